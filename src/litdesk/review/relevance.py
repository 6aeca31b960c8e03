"""Step 2 of a review: which candidates belong to the topic, and why."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from math import exp, expm1
from typing import TYPE_CHECKING

import numpy as np

from litdesk.relevance import log_odds, titled
from litdesk.review.wording import Term, Vocabulary, read_wordings, terms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from litdesk.relevance import RelevanceReader
    from litdesk.review.search import Finder, PaperVectors, Pool
    from litdesk.types import Paper

    Column = NDArray[np.float64]
    """A number for each candidate."""

__all__ = [
    "DOUBTED_FROM",
    "PRESENT_FROM",
    "SUREST",
    "Decision",
    "Measured",
    "Signals",
    "decide_relevance",
    "measure_candidates",
    "odds_by_words",
    "read_nearest",
]

_AT_ONCE, _AT_MOST = 100, 200
"""Candidates that the relevance model reads before it looks whether to go on, and in all: a hundred
is about two seconds of work."""
_GOES_ON, _FOUND = 0.1, 0.5
"""It goes on where so many of the last ones are on the topic, with this probability or a higher."""
_COSINE_FIRST = 12.0
"""Weight of the cosine in what is read first, beside what words and vectors say: the model is there
for papers that have the topic in other words."""
SUREST = 6.0
"""Log-odds of the model beyond which it counts as no surer."""

_SENTENCE, _OFTEN, _COSINE, _NEAR = 0.25, 0.35, 0.25, 0.15
"""What counts for a concept: a sentence that has its words, how many have, the nearest sentence by
meaning, and likeness to the papers that have it most."""
_BEST = 3
_FAR, _NEAREST = 5.0, 10
"""Standard deviations above the mean beyond which a cosine stands out no further, and how many
papers may stand out in full: in a large library hundreds are far above the mean."""
_FROM, _FULLY = 0.3, 0.45
"""Cosines between which a sentence begins to count as one on the topic: the nearest of a library
that has nothing on it stands out, too."""
_ALONE = 0.85
"""What a paper gets that is about one of several things that the topic lists."""
_BROAD_SHARE, _BROAD_PAPERS = 0.03, 40
_ABOUT, _ENOUGH = 0.3, 5
"""From here a paper is about a concept. Where so many are about all concepts of the topic, those
about one alone do not belong to it."""
_GENERIC_WEIGHT = 0.3
_GENERIC = frozenset(
    """advance analysis application approach challenge effect impact introduction method model
    overview problem relation relationship review role study survey system technique theory
    understanding use""".split()
)
"""Words that alone say nothing of what a topic is about, such as the theory in `theory of X`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What speaks for a paper; all in [0, 1]."""

    concepts: float
    """How much it is about the concepts of the topic, or of one of the things that it lists."""
    relative: float
    """The same over that of the best paper."""
    head: float
    """The same for the first concept alone; for the least, where many papers have all."""
    cosine: float
    """Of the topic and the nearest sentence."""
    unworded: float
    """How far that cosine stands out among those of all papers, as far as concepts are missing:
    for papers that say in other words what the topic asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was found out about a candidate."""

    signals: Signals
    has: tuple[str, ...]
    """Words of the topic that the paper has; one of the same stem does not count."""
    lacks: tuple[str, ...]
    about: float | None = None
    """Probability that the paper is about the topic, of a model that read both; None unread."""


# Logistic regressions, rounded, as `python -m benchmarks.review_weights --papers …` prints them: on
# the tuning topics of evals/cases/reviews.jsonl, and on topics over other papers whose words are
# seldom those of the topic. Four in five of the papers that are cited should be relevant, and 19 in
# 20 of the relevant ones be cited or listed.
_WEIGHTS = Signals(concepts=2.3, relative=3.7, head=1.9, cosine=3.2, unworded=4.5)
_INTERCEPT = -6.6
_CITED_FROM, _LISTED_FROM = 0.52, 0.014
# Of a paper that the relevance model has read, too, from log-odds: what words and vectors say of it
# and, less, of the best candidate. Where some papers have the words of the topic, others need more.
_WORDS_WEIGHT, _BEST_WEIGHT, _ABOUT_WEIGHT, _READ_INTERCEPT = 0.49, -0.37, 0.71, 1.3
_READ_CITED_FROM, _READ_LISTED_FROM = 0.56, 0.02
PRESENT_FROM, DOUBTED_FROM = 0.4, 0.2
"""Where the best paper is below the first, the library probably has nothing on the topic, and
papers are listed from the second on: three of 41 such tuning topics reach the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a paper belongs to the topic."""

    paper_id: str
    relevant: bool
    """Whether it surely enough belongs to be cited."""
    possible: bool
    """Whether it may belong, too likely to be passed over without a word; relevant or not."""
    score: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """The candidates, and what they are measured with."""

    ids: tuple[str, ...]
    places: NDArray[np.int64]
    vectors: PaperVectors
    words: Vocabulary
    rarity: Mapping[str, float]
    """Of the stems of the topic's terms."""

    def share(self, terms: Sequence[Term], told: Sequence[float]) -> float:
        # Squared, because what is rare is what the topic is about.
        weights = [self.rarity[term.stem] ** 2 for term in terms]
        return sum(w * t for w, t in zip(weights, told, strict=True)) / (sum(weights) or 1)

    def about(self, terms: Sequence[Term], vector: NDArray[np.float32]) -> Column:
        """Return how much each candidate is about a concept."""
        seen = self.vectors.from_centre(vector)
        cosines = np.clip(self.vectors.best_apart(seen)[self.places], 0, 1)
        rough = np.array([self._worded(terms, i) for i in self.ids]) + _COSINE * cosines
        about: Column = rough + _NEAR * self._near_best(seen, rough)
        return about

    def _worded(self, terms: Sequence[Term], paper_id: str) -> float:
        credits_ = self.words.wordings[paper_id].credits_of(terms)
        together = max(self.share(terms, row) for row in credits_)
        counts = [sum(column) for column in zip(*credits_, strict=True)]
        often = self.share(terms, [count / (count + 1) for count in counts])
        return _SENTENCE * together + _OFTEN * often

    def _near_best(self, seen: NDArray[np.float32], rough: Column) -> Column:
        """Rocchio feedback: likeness to the concept and the papers that are best so far."""
        best = np.argsort(-rough, kind="stable")[:_BEST]
        centre = seen.astype(np.float64)
        if total := float(rough[best].sum()):
            centre = centre + (rough[best] / total) @ self.vectors.apart[self.places[best]]
        near = self.vectors.apart[self.places] @ (centre / (np.linalg.norm(centre) or 1))
        return np.clip(near, 0, 1)

    def is_broad(self, terms: Sequence[Term]) -> bool:
        """Return whether too many papers of the library have the terms to be a topic."""
        total = len(self.vectors.ids)
        rarest = max((self.rarity[term.stem] for term in terms), default=0.0)
        having = total / expm1(rarest) if rarest else total
        return having > max(_BROAD_PAPERS, _BROAD_SHARE * total)


def measure_candidates(
    pool: Pool,
    *,
    papers: Mapping[str, Paper],
    vectors: PaperVectors,
    finder: Finder,
) -> dict[str, Measured]:
    """Measure what speaks for each candidate.

    Args:
        pool: The candidates.
        papers: The papers by id.
        vectors: Their vectors.
        finder: Embeds the concepts of the topic and tells how rare words are.

    Returns:
        Paper id to what was measured.
    """
    ids = tuple(pool.found_by)
    if not ids:
        return {}
    words = read_wordings(papers[i] for i in ids)
    topic = pool.topic
    terms = {text: terms_of(words.spell_out(text)) for text in (topic.text, *topic.concepts)}
    bench = _Bench(
        ids=ids,
        places=np.array([vectors.places[i] for i in ids]),
        vectors=vectors,
        words=words,
        rarity=finder.rarity(sorted({term.stem for some in terms.values() for term in some})),
    )
    columns = _columns(pool, bench, terms, finder)
    asked = terms[topic.text]
    measured = {}
    for n, paper_id in enumerate(ids):
        credits_ = words.wordings[paper_id].credits_of(asked)
        found = [max(column) == 1 for column in zip(*credits_, strict=True)]
        measured[paper_id] = Measured(
            signals=Signals(**{name: float(column[n]) for name, column in columns.items()}),
            has=tuple(t.shown for t, has in zip(asked, found, strict=True) if has),
            lacks=tuple(t.shown for t, has in zip(asked, found, strict=True) if not has),
        )
    return measured


def _columns(
    pool: Pool, bench: _Bench, terms: Mapping[str, Sequence[Term]], finder: Finder
) -> dict[str, Column]:
    """Return the signals by name, each for all candidates."""
    topic = pool.topic
    about = {
        concept: bench.about(
            terms[concept],
            pool.vector if concept == topic.text else finder.embed([concept])[0],
        )
        for concept in topic.concepts
    }
    broad = {
        some: bench.is_broad([t for c in some for t in terms[c]]) for some in topic.alternatives
    }
    least = np.min([about[c] for c in _telling(topic.together, terms)], axis=0)
    joint = np.count_nonzero(least >= _ABOUT) >= _ENOUGH
    listed = [some for some in topic.alternatives if not broad[some]] or topic.alternatives
    alone: Sequence[tuple[str, ...]] = () if joint else listed

    def best(measure: Callable[[Sequence[str]], Column]) -> Column:
        """Of all concepts together, or of one of the things that the topic lists."""
        parts = [measure(topic.together), *(_ALONE * measure(some) for some in alone)]
        return np.asarray(np.max(parts, axis=0))

    def mean(concepts: Sequence[str]) -> Column:
        weights = [_GENERIC_WEIGHT if _is_generic(terms[c]) else 1.0 for c in concepts]
        return np.asarray(np.average([about[c] for c in concepts], axis=0, weights=weights))

    concepts = best(mean)
    cosines = bench.vectors.best_cosines(pool.vector)
    return {
        "concepts": concepts,
        "relative": concepts / (concepts.max() or 1),
        "head": least if joint else best(lambda some: about[_telling(some, terms)[0]]),
        "cosine": np.clip(cosines[bench.places], 0, 1),
        "unworded": _outstanding(cosines)[bench.places] * (1 - np.clip(concepts, 0, 1)),
    }


def _outstanding(cosines: NDArray[np.float32]) -> Column:
    """Return how far each cosine stands out among all, 0 for those of sentences off the topic."""
    above = (cosines - cosines.mean()) / (cosines.std() or 1)
    ranks = 1 + np.argsort(np.argsort(-cosines, kind="stable"), kind="stable")
    on_topic = np.clip((cosines - _FROM) / (_FULLY - _FROM), 0, 1)
    return np.asarray(np.clip(above / _FAR, 0, 1) * np.minimum(1, _NEAREST / ranks) * on_topic)


def _telling(concepts: Sequence[str], terms: Mapping[str, Sequence[Term]]) -> Sequence[str]:
    return [c for c in concepts if not _is_generic(terms[c])] or concepts


def _is_generic(terms: Sequence[Term]) -> bool:
    return all(term.word in _GENERIC for term in terms)


def odds_by_words(signals: Signals) -> float:
    """Return what words and vectors say of a paper.

    Args:
        signals: What speaks for it.

    Returns:
        Log-odds that it belongs to the topic.
    """
    weighted = zip(astuple(_WEIGHTS), astuple(signals), strict=True)
    odds: float = _INTERCEPT + sum(weight * value for weight, value in weighted)
    return odds


def read_nearest(
    measured: Mapping[str, Measured],
    *,
    topic: str,
    papers: Mapping[str, Paper],
    reader: RelevanceReader,
    at_once: int = _AT_ONCE,
    at_most: int = _AT_MOST,
) -> dict[str, Measured]:
    """Let the relevance model read the candidates that seem nearest to the topic.

    Args:
        measured: Paper id to what was measured.
        topic: The topic.
        papers: The papers by id.
        reader: The model.
        at_once: How many it reads before it goes on only if enough of them are on the topic.
        at_most: How many it reads in all.

    Returns:
        The same with what the model says of those that it read.
    """
    order = sorted(measured, key=lambda i: (-_nearness(measured[i].signals), i))[:at_most]
    told: dict[str, float] = {}
    for begin in range(0, len(order), at_once):
        some = order[begin : begin + at_once]
        read = reader.scores(topic, [titled(papers[i].title, papers[i].abstract) for i in some])
        told |= {i: one.about for i, one in zip(some, read, strict=True)}
        if sum(told[i] >= _FOUND for i in some) < _GOES_ON * len(some):
            break
    return {i: replace(found, about=told.get(i)) for i, found in measured.items()}


def _nearness(signals: Signals) -> float:
    return odds_by_words(signals) + _COSINE_FIRST * signals.cosine


def decide_relevance(measured: Mapping[str, Measured]) -> list[Decision]:
    """Decide for each candidate whether it belongs to the topic.

    Args:
        measured: Paper id to what speaks for it.

    Returns:
        One decision a candidate, the most relevant first.
    """
    read = sum(found.about is not None for found in measured.values())
    best = max((odds_by_words(found.signals) for found in measured.values()), default=0.0)
    scores = {i: _score(found, best=best) for i, found in measured.items()}
    present = max(scores.values(), default=0.0) >= PRESENT_FROM
    decisions = []
    for i, found in measured.items():
        cited_from, listed_from = _thresholds(found)
        listed_from = listed_from if present else DOUBTED_FROM
        told = f"listed from {listed_from:.1%}, cited from {cited_from:.0%}"
        score = round(scores[i], 3)
        decisions.append(
            Decision(
                paper_id=i,
                relevant=score >= cited_from,
                possible=score >= listed_from,
                score=round(scores[i], 4),
                reason=f"{_reason(found, read=read)}; in all {score:.1%}: {told}",
            )
        )
    return sorted(decisions, key=lambda d: (-d.score, d.paper_id))


def _score(found: Measured, *, best: float) -> float:
    """Return how probably a paper belongs, `best` being what words say of the best candidate."""
    odds = odds_by_words(found.signals)
    if found.about is not None:
        odds = _READ_INTERCEPT + _WORDS_WEIGHT * odds + _BEST_WEIGHT * best
        odds += _ABOUT_WEIGHT * log_odds(found.about, furthest=SUREST)
    return 1 / (1 + exp(-odds))


def _thresholds(found: Measured) -> tuple[float, float]:
    """Return the probabilities from which a paper is cited, and listed."""
    if found.about is None:
        return _CITED_FROM, _LISTED_FROM
    return _READ_CITED_FROM, _READ_LISTED_FROM


def _reason(found: Measured, *, read: int) -> str:
    """Return what was found out, where the relevance model has read so many papers."""
    told = f"has {_listed(found.has)}" if found.has else "has none of the topic's words"
    if found.has and found.lacks:
        told += f", not {_listed(found.lacks)}"
    told += f"; its nearest sentence has cosine {found.signals.cosine:.2f} with the topic"
    if found.about is not None:
        told += f"; the relevance model read it and gives {found.about:.0%} that it is on the topic"
    elif read:
        told += f"; not among the {read} nearest, which the relevance model read"
    return told


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)
