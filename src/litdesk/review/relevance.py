"""Step 2 of a review: which candidates belong to the topic, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from litdesk.review.search import Finder, PaperVectors, Pool, concepts_of, parts_of, text_of
from litdesk.sentences import content_words, stem, stems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from litdesk.types import Paper

__all__ = ["Decision", "Signals", "decide_relevance", "measure_candidates"]

# A logistic regression on the tuning topics of evals/cases/reviews.jsonl, rounded; the threshold
# is the one that keeps 95 % of their relevant papers.
_WEIGHTS = {
    "cosine": 3.9,
    "covered": 2.7,
    "in_title": 0.9,
    "near_best": 5.9,
    "phrases": 0.5,
    "weakest_cosine": 1.5,
    "weakest_covered": 1.9,
}
_INTERCEPT = -9.6
RELEVANT_FROM = 0.1
_BEST = 3
_PART = 0.8
"""What it counts to have the words of one part of the topic, beside those of the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What speaks for a paper; all in [0, 1]."""

    cosine: float
    """Of the topic and the nearest sentence."""
    covered: float
    """Share of the topic's words, weighted by rarity, in titles and abstract."""
    in_title: float
    near_best: float
    """Cosine of the paper and the mean of the topic and the best papers (Rocchio feedback)."""
    weakest_cosine: float
    """Of the concept of the topic that the paper is farthest from, for the topic's best part."""
    weakest_covered: float
    """The same with the share of the concept's words that the paper has."""
    phrases: float
    """Share of the topic's pairs of neighbouring words that the paper has as neighbours."""

    def values(self) -> list[float]:
        """Return the signals in the order of their names."""
        return [getattr(self, name) for name in _WEIGHTS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a paper belongs to the topic."""

    paper_id: str
    relevant: bool
    score: float
    reason: str


def measure_candidates(
    pool: Pool,
    *,
    papers: Mapping[str, Paper],
    vectors: PaperVectors,
    finder: Finder,
) -> dict[str, Signals]:
    """Measure what speaks for each candidate.

    Args:
        pool: The candidates.
        papers: The papers by id.
        vectors: Their vectors.
        finder: Embeds the concepts of the topic and tells how rare words are.

    Returns:
        Paper id to signals.
    """
    places = {paper_id: n for n, paper_id in enumerate(vectors.ids)}
    cosines = np.clip(vectors.best_cosines(pool.vector), 0, 1)
    asked = [set(stems(query)) for query in (pool.topic, *parts_of(pool.topic))]
    weights = finder.rarity(sorted(asked[0]))
    alternatives = [
        [(set(stems(c)), _concept_cosines(c, pool, finder, vectors, cosines)) for c in concepts]
        for concepts in concepts_of(pool.topic)
    ]
    phrases = set(pairwise(stems(pool.topic)))
    ids = [paper_id for paper_id in pool.found_by if paper_id in places]
    in_text = {i: stems(text_of(papers[i])) for i in ids}
    covered = {i: _covered(set(in_text[i]), asked, weights) for i in ids}
    rough = {i: 0.6 * float(cosines[places[i]]) + 0.4 * covered[i] for i in ids}
    best = sorted(ids, key=lambda i: (-rough[i], i))[:_BEST]
    centre = pool.vector.copy()
    if total := sum(rough[i] for i in best):
        centre = centre + sum(rough[i] / total * vectors.papers[places[i]] for i in best)
    centre /= np.linalg.norm(centre) or 1
    near = np.clip(vectors.papers @ centre, 0, 1)
    return {
        i: Signals(
            cosine=float(cosines[places[i]]),
            covered=covered[i],
            in_title=_covered(set(stems(papers[i].title)), asked, weights),
            near_best=float(near[places[i]]),
            weakest_cosine=max(min(float(c[places[i]]) for _, c in part) for part in alternatives),
            weakest_covered=max(
                min(_covered(set(in_text[i]), [words], weights) for words, _ in part)
                for part in alternatives
            ),
            phrases=len(phrases & set(pairwise(in_text[i]))) / (len(phrases) or 1),
        )
        for i in ids
    }


def _concept_cosines(
    concept: str,
    pool: Pool,
    finder: Finder,
    vectors: PaperVectors,
    cosines: NDArray[np.float32],
) -> NDArray[np.float32]:
    if concept == pool.topic:
        return cosines
    vector = np.asarray(finder.embed(concept), dtype=np.float32)
    return np.clip(vectors.best_cosines(vector), 0, 1)


def _covered(present: set[str], asked: Sequence[set[str]], weights: Mapping[str, float]) -> float:
    """Share of the whole topic's words, or nearly as much for those of its best part."""
    whole, *parts = [
        sum(weights[w] for w in words & present) / (sum(weights[w] for w in words) or 1)
        for words in asked
    ]
    return max([whole, *(_PART * part for part in parts)])


def decide_relevance(
    pool: Pool, signals: Mapping[str, Signals], *, papers: Mapping[str, Paper]
) -> list[Decision]:
    """Decide for each candidate whether it belongs to the topic.

    Args:
        pool: The candidates.
        signals: What speaks for each.
        papers: The papers by id.

    Returns:
        One decision a candidate, the most relevant first.
    """
    shown = {stem(word): word for word in content_words(pool.topic)}
    decisions = [
        _decide(paper_id, measured, set(stems(text_of(papers[paper_id]))), shown)
        for paper_id, measured in signals.items()
    ]
    return sorted(decisions, key=lambda d: (-d.score, d.paper_id))


def _decide(
    paper_id: str, signals: Signals, present: set[str], shown: Mapping[str, str]
) -> Decision:
    odds = _INTERCEPT + sum(
        weight * value for weight, value in zip(_WEIGHTS.values(), signals.values(), strict=True)
    )
    score = 1 / (1 + exp(-odds))
    has = [word for key, word in shown.items() if key in present]
    lacks = [word for key, word in shown.items() if key not in present]
    words = f"has {_listed(has)}" if has else "has none of the topic's words"
    if has and lacks:
        words += f", not {_listed(lacks)}"
    relevant = score >= RELEVANT_FROM
    return Decision(
        paper_id=paper_id,
        relevant=relevant,
        score=round(score, 4),
        reason=f"{words}; its nearest sentence has cosine {signals.cosine:.2f} with the topic",
    )


def _listed(words: Sequence[str]) -> str:
    parts = [word for word in words if not any(word in re.split("-", o) for o in words if "-" in o)]
    return ", ".join(f"“{word}”" for word in parts)
