"""The order of papers and sentences for a question in other words than theirs.

Likeness finds the papers of such a question, but not which of them is the right one. A question
that shares its words with the best paper gains nothing from being read again.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, zip_longest
from typing import TYPE_CHECKING

from litdesk.relevance import log_odds, titled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from litdesk.relevance import RelevanceReader
    from litdesk.types import Evidence, Passage, Span

__all__ = ["in_other_words", "reread"]

# From tuning questions on the seed papers and validation questions on other papers; on the latter
# half of either weight and one and a half times of it give the same within two points.
_SHARED_WORDS = 0.5
_PAPERS = 8
_CLOSELY = 2
"""Of so many papers the sentences are read too."""
_SENTENCES = 12
_PAPER_WEIGHT = 0.4
_SENTENCE_WEIGHT = 0.2
_FURTHEST = 4.0

_Strengths = dict[tuple[str, "Span"], float]


def in_other_words(passages: Sequence[Passage]) -> bool:
    """Return whether a question shares few words with what was found.

    Args:
        passages: What was found, best first.

    Returns:
        True if the best paper lacks most of the question's words, weighted by rarity.
    """
    return bool(passages) and passages[0].coverage < _SHARED_WORDS


def reread(question: str, passages: Sequence[Passage], *, reader: RelevanceReader) -> list[Passage]:
    """Order papers and sentences by likeness and by what the relevance model makes of them.

    Args:
        question: The question as it was asked.
        passages: What was found, best first.
        reader: The relevance model.

    Returns:
        The same papers, ranked anew, and the sentences of each, best first. They are as they were
        if the question is asked in the papers' words. Scores of papers stay those of likeness.
    """
    if not in_other_words(passages):
        return list(passages)
    ordered = _order(question, passages, reader)
    strengths = _read_sentences(question, ordered[:_CLOSELY], reader)
    return [
        replace(passage, rank=rank, evidence=_weigh(passage, strengths))
        for rank, passage in enumerate(ordered, start=1)
    ]


def _order(question: str, passages: Sequence[Passage], reader: RelevanceReader) -> list[Passage]:
    texts = [titled(p.paper.title, p.paper.abstract) for p in passages[:_PAPERS]]
    read = [_strength(one.about) + _strength(one.answers) for one in reader.scores(question, texts)]
    # A paper that a conversation is about may stand before one with a better score.
    floors = list(accumulate((p.score for p in reversed(passages)), max))[::-1]
    merits = [
        floor + _PAPER_WEIGHT * strength
        for floor, strength in zip_longest(floors, read, fillvalue=0.0)
    ]
    places = sorted(range(len(passages)), key=lambda n: -merits[n])
    return [passages[n] for n in places]


def _read_sentences(
    question: str, passages: Sequence[Passage], reader: RelevanceReader
) -> _Strengths:
    """Read those of the sentences that come nearest."""
    near = [(passage.paper, evidence) for passage in passages for evidence in passage.evidence]
    near = sorted(near, key=lambda found: -found[1].score)[:_SENTENCES]
    read = reader.scores(question, [titled(paper.title, e.text) for paper, e in near])
    return {
        (paper.paper_id, evidence.span): _strength(one.answers)
        for (paper, evidence), one in zip(near, read, strict=True)
    }


def _weigh(passage: Passage, strengths: Mapping[tuple[str, Span], float]) -> tuple[Evidence, ...]:
    weighed = [
        replace(
            evidence,
            score=(1 - _SENTENCE_WEIGHT) * evidence.score
            + _SENTENCE_WEIGHT * strengths.get((passage.paper.paper_id, evidence.span), 0.0),
        )
        for evidence in passage.evidence
    ]
    return tuple(sorted(weighed, key=lambda e: (-e.score, e.span.start)))


def _strength(chance: float) -> float:
    """Return log-odds within bounds, from 0 to 1: a probability says little near 0 and 1."""
    return (log_odds(chance, furthest=_FURTHEST) + _FURTHEST) / (2 * _FURTHEST)
