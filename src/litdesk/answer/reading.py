"""Whether the abstracts answer a question, as the relevance model sees it, which reads both.

Likeness alone cannot tell a question in words of its own from one that is off topic, nor a question
that an abstract answers from one that is only about the same thing.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from math import exp
from typing import TYPE_CHECKING

from litdesk.answer.premise import Contradiction
from litdesk.relevance import log_odds, titled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.relevance import Relevance, RelevanceReader
    from litdesk.types import Passage

__all__ = ["ABOUT", "ANSWERED", "Reading", "Regression", "Signals", "measure", "read_passages"]

_BEST = 2
"""So many abstracts are read first; one that probably answers spares the rest, if the question is
near: what is nothing like a question on papers is beyond the model."""
_LIKELY = 0.4
_NEAR = 0.25
_ABSTRACTS = 4
_SENTENCES = 6
"""Of the first paper, those that come nearest."""
_DENIED = 0.5
"""From this probability on a sentence is said to deny what the question takes for granted."""
_FURTHEST = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What is known of a question and what was found; the last four are log-odds in [-8, 8]."""

    similarity: float
    """The best cosine."""
    follows: float
    """1 if the question goes on with a conversation about papers, else 0."""
    about: float
    """That one of the best abstracts is about the question."""
    whole: float
    """That one of them answers it."""
    sentence: float
    """That a sentence of the first paper does."""
    denies: float
    """That one says the opposite of what the question takes for granted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """A logistic regression, and the probability from which it says yes."""

    weights: Signals
    offset: float
    threshold: float

    def probability(self, signals: Signals) -> float:
        """Return how probable it is.

        Args:
            signals: From `measure`.

        Returns:
            A probability.
        """
        weighed = zip(astuple(self.weights), astuple(signals), strict=True)
        return 1 / (1 + exp(-self.offset - sum(weight * value for weight, value in weighed)))

    def accepts(self, signals: Signals) -> bool:
        """Return whether it says yes.

        Args:
            signals: From `measure`.

        Returns:
            True from the threshold on.
        """
        return self.probability(signals) >= self.threshold


# As `python -m benchmarks.abstention` prints them; the thresholds are where on the tuning questions
# hardly any answerable one is stopped for each that should be.
ABOUT = Regression(
    weights=Signals(
        similarity=10.5, follows=3.1, about=0.95, whole=-0.33, sentence=0.76, denies=0.0
    ),
    offset=-0.51,
    threshold=0.24,
)
"""That passages are about the question."""
ANSWERED = Regression(
    weights=Signals(similarity=0.0, follows=0.0, about=0.0, whole=0.5, sentence=0.42, denies=-0.12),
    offset=1.67,
    threshold=0.24,
)
"""That they answer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What to make of a question and what was found."""

    is_about: bool
    """Whether the passages are about the question."""
    is_answered: bool
    """Whether they answer it."""
    denial: Contradiction | None = None
    """The sentence that most clearly denies what the question takes for granted."""


def read_passages(
    question: str, passages: Sequence[Passage], *, reader: RelevanceReader, follows: bool = False
) -> Reading:
    """Read what was found beside the question.

    Args:
        question: The question as it was asked.
        passages: What was found, best first.
        reader: The relevance model.
        follows: Whether the question goes on with a conversation about papers.

    Returns:
        What to make of it; nothing is about the question where nothing was found.
    """
    if not passages:
        return Reading(is_about=False, is_answered=False)
    best = reader.scores(question, [_whole(passage) for passage in passages[:_BEST]])
    likely = max(one.answers for one in best) >= _LIKELY
    if likely and max(passage.similarity for passage in passages) >= _NEAR:
        return Reading(is_about=True, is_answered=True)
    wholes, sentences = _read(question, passages, reader)
    signals = _signals(passages, wholes, sentences, follows=follows)
    return Reading(
        is_about=ABOUT.accepts(signals),
        is_answered=ANSWERED.accepts(signals),
        denial=_denial(passages[0], sentences),
    )


def measure(
    question: str, passages: Sequence[Passage], *, reader: RelevanceReader, follows: bool = False
) -> Signals:
    """Return what speaks for an answer.

    Args:
        question: The question as it was asked.
        passages: What was found, best first; at least one.
        reader: The relevance model.
        follows: As for `read_passages`.

    Returns:
        The signals.
    """
    return _signals(passages, *_read(question, passages, reader), follows=follows)


def _read(
    question: str, passages: Sequence[Passage], reader: RelevanceReader
) -> tuple[list[Relevance], list[Relevance]]:
    """Read the best abstracts, and sentences of the first: at once, so that no core waits."""
    wholes = [_whole(passage) for passage in passages[:_ABSTRACTS]]
    first = passages[0]
    sentences = [titled(first.paper.title, e.text) for e in first.evidence[:_SENTENCES]]
    read = reader.scores(question, [*wholes, *sentences])
    return read[: len(wholes)], read[len(wholes) :]


def _whole(passage: Passage) -> str:
    return titled(passage.paper.title, passage.paper.abstract)


def _signals(
    passages: Sequence[Passage],
    wholes: Sequence[Relevance],
    sentences: Sequence[Relevance],
    *,
    follows: bool,
) -> Signals:
    return Signals(
        similarity=max(passage.similarity for passage in passages),
        follows=float(follows),
        about=log_odds(max(one.about for one in wholes), furthest=_FURTHEST),
        whole=log_odds(max(one.answers for one in wholes), furthest=_FURTHEST),
        sentence=log_odds(max((one.answers for one in sentences), default=0.0), furthest=_FURTHEST),
        denies=log_odds(max((one.denies for one in sentences), default=0.0), furthest=_FURTHEST),
    )


def _denial(passage: Passage, sentences: Sequence[Relevance]) -> Contradiction | None:
    denies = [one.denies for one in sentences]
    if max(denies, default=0.0) < _DENIED:
        return None
    return Contradiction(passage=passage, evidence=passage.evidence[denies.index(max(denies))])
