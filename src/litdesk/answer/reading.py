"""Whether the abstracts answer a question, as the relevance model sees it, which reads both.

Likeness alone cannot tell a question in words of its own from one that is off topic, nor a question
that an abstract answers from one that is only about the same thing.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from math import exp, log
from typing import TYPE_CHECKING

from litdesk.answer.premise import Contradiction
from litdesk.relevance import titled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.relevance import Relevance, RelevanceReader
    from litdesk.types import Passage

__all__ = ["Reading", "Signals", "measure", "read_passages", "weigh"]

ABOUT_FROM, ANSWERED_FROM = 0.24, 0.23
"""Probabilities from which passages are about a question and answer it: where on the tuning
questions hardly any answerable one is stopped for each that should be."""

_BEST = 2
"""So many abstracts are read first; one that surely answers spares the rest."""
_SURELY = 0.85
_ABSTRACTS = 5
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


# Logistic regressions, as `python -m benchmarks.abstention` prints them.
_ABOUT = Signals(similarity=10.5, follows=3.7, about=0.75, whole=-0.14, sentence=0.48, denies=0.0)
_ABOUT_OFFSET = -1.3
_ANSWERED = Signals(similarity=0.0, follows=0.0, about=0.0, whole=0.68, sentence=0.31, denies=-0.1)
_ANSWERED_OFFSET = 1.9


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
    best = _read(question, passages[:_BEST], reader)
    if max(one.answers for one in best) >= _SURELY:
        return Reading(is_about=True, is_answered=True)
    signals = measure(question, passages, reader=reader, follows=follows)
    about, answered = weigh(signals)
    return Reading(
        is_about=about >= ABOUT_FROM,
        is_answered=answered >= ANSWERED_FROM,
        denial=_denial(question, passages[0], reader),
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
    wholes = _read(question, passages[:_ABSTRACTS], reader)
    sentences = _read_sentences(question, passages[0], reader)
    return Signals(
        similarity=max(passage.similarity for passage in passages),
        follows=float(follows),
        about=_log_odds(max(one.about for one in wholes)),
        whole=_log_odds(max(one.answers for one in wholes)),
        sentence=_log_odds(max((one.answers for one in sentences), default=0.0)),
        denies=_log_odds(max((one.denies for one in sentences), default=0.0)),
    )


def weigh(signals: Signals) -> tuple[float, float]:
    """Return the probabilities that passages are about a question, and that they answer it.

    Args:
        signals: From `measure`.

    Returns:
        Both.
    """
    return (
        _probability(signals, _ABOUT, _ABOUT_OFFSET),
        _probability(signals, _ANSWERED, _ANSWERED_OFFSET),
    )


def _denial(question: str, passage: Passage, reader: RelevanceReader) -> Contradiction | None:
    read = _read_sentences(question, passage, reader)
    found = max(zip(read, passage.evidence, strict=False), key=_how_denying, default=None)
    if found is None or found[0].denies < _DENIED:
        return None
    return Contradiction(passage=passage, evidence=found[1])


def _how_denying(found: tuple[Relevance, object]) -> float:
    return found[0].denies


def _read(question: str, passages: Sequence[Passage], reader: RelevanceReader) -> list[Relevance]:
    return reader.scores(question, [titled(p.paper.title, p.paper.abstract) for p in passages])


def _read_sentences(question: str, passage: Passage, reader: RelevanceReader) -> list[Relevance]:
    near = passage.evidence[:_SENTENCES]
    return reader.scores(question, [titled(passage.paper.title, e.text) for e in near])


def _log_odds(chance: float) -> float:
    if not 0 < chance < 1:
        return _FURTHEST if chance else -_FURTHEST
    return max(-_FURTHEST, min(_FURTHEST, log(chance / (1 - chance))))


def _probability(signals: Signals, weights: Signals, offset: float) -> float:
    odds = sum(w * s for w, s in zip(astuple(weights), astuple(signals), strict=True)) + offset
    return 1 / (1 + exp(-odds))
