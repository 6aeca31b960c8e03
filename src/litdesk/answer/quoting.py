"""The quoting writer: answers in the words of the abstracts, with no language model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from litdesk.types import Citation, Draft, DraftSentence, Evidence, Paper, Passage

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["asks_for_several", "write_quotes"]

_VERB = r"(?:does|happens|makes|lets|sets|shapes|gets|takes|causes|limits|drives|keeps|allows)"
_SEVERAL = re.compile(
    r"\b(?:papers|works|approaches|methods|techniques|ways|studies|results|compare|comparison"
    r"|contrast|difference|differences|differ|overview|survey|summari[sz]e|summary|review|relate"
    r"|versus|vs|across|various|several|both|all|list|landscape"
    r"|what (?:do|does|is|are) (?:we|the library|the papers) know|what role)\b"
    # a plural is asked for, which `does` and `makes` are not, or two things at once
    rf"|\b(?:which|what) (?:(?!{_VERB}\b)[\w-]+ ){{0,2}}?(?!{_VERB}\b)[\w-]+[^s\W]s\b"
    r"(?! (?:is|was|does|has)\b)"
    # nobody's paper in particular is asked about
    r"|\bis there (?:a|any|some) way\b|\bhow (?:can|could|do|does|should|would) (?:i|we|you|one)\b"
    r"|\bwhere (?:do|are)\b|\bwhere\b.*\bwhere\b|\bhow (?:has|have)\b"
    r"|\bhow (?:do|can|are) .*\b(?:and|or)\b",
    re.IGNORECASE,
)
# `miscalibration in language models` asks nothing: it names a topic.
_ASKS = re.compile(
    r"\?|^\W*(?:what|which|how|why|who|whose|where|when|is|are|was|were|do|does|did|can|could|has"
    r"|have|should|will|would|in|on|by|define|describe|explain|tell|name|give|show)\b",
    re.IGNORECASE,
)
# Least shares of the best score: of a sentence in its paper; of a paper and of its best sentence,
# for an ordinary question and for one about several papers. From the tuning half of the questions.
_SENTENCE_SHARE = 0.35
_SHARES = (0.75, 0.8)
_SURVEY_SHARES = (0.4, 0.5)
_MOST_PAPERS = 3


def asks_for_several(question: str) -> bool:
    """Return whether a question is likely to be answered by several papers.

    Args:
        question: The question.

    Returns:
        True if it asks to compare, to list or to survey, or only names a topic.
    """
    return _SEVERAL.search(question) is not None or _ASKS.search(question) is None


def write_quotes(
    question: str,
    passages: Sequence[Passage],
    *,
    max_sentences: int,
    max_sentences_survey: int,
) -> Draft:
    """Answer with the sentences of the abstracts that answer best.

    Args:
        question: The question, to see if several papers are wanted.
        passages: Papers in any order, each with its sentences, best first.
        max_sentences: At most this many sentences.
        max_sentences_survey: The same where several papers are wanted.

    Returns:
        A draft whose sentences are each one quotation with its citation, the papers by
        their rank and the sentences of each in the order of its abstract.
    """
    ordered = sorted(passages, key=lambda p: (p.rank, -p.score, p.paper.paper_id))
    several = asks_for_several(question)
    good = _good_papers(ordered, several=several)[:_MOST_PAPERS]
    limit = max_sentences_survey if several and len(good) > 1 else max_sentences
    chosen = _choose_sentences(good, limit)
    sentences = [
        _quote(passage.paper, evidence, marker=marker, first=first)
        for marker, (passage, picked) in enumerate(chosen, start=1)
        for first, evidence in _in_order(picked)
    ]
    return Draft(sentences=tuple(sentences))


_Choice = list[tuple[Passage, list[Evidence]]]


def _good_papers(passages: Sequence[Passage], *, several: bool) -> list[Passage]:
    """Take the best paper, and those that are nearly as good."""
    readable = [p for p in passages if p.evidence]
    if not readable:
        return []
    best = readable[0]
    least_score, least_evidence = _SURVEY_SHARES if several else _SHARES
    return [best] + [
        p
        for p in readable[1:]
        if p.score >= least_score * best.score
        and p.evidence[0].score >= least_evidence * best.evidence[0].score
    ]


def _choose_sentences(good: Sequence[Passage], limit: int) -> _Choice:
    """Take the best sentence of each paper, then the best of all others while there is room."""
    good = good[:limit]
    picked = [[p.evidence[0]] for p in good]
    spare = sorted(
        (
            (-evidence.score, n, evidence)
            for n, p in enumerate(good)
            for evidence in p.evidence[1:]
            if evidence.score >= _SENTENCE_SHARE * p.evidence[0].score
        ),
        key=lambda item: item[:2],
    )
    for _, n, evidence in spare[: limit - len(picked)]:
        picked[n].append(evidence)
    return list(zip(good, picked, strict=True))


def _in_order(picked: Sequence[Evidence]) -> list[tuple[bool, Evidence]]:
    ordered = sorted(picked, key=lambda e: e.span.start)
    return [(n == 0, evidence) for n, evidence in enumerate(ordered)]


def _quote(paper: Paper, evidence: Evidence, *, marker: int, first: bool) -> DraftSentence:
    lead = f"{paper.label}: " if first else ""
    citation = Citation.of_abstract(paper, evidence.span, marker=marker)
    return DraftSentence(text=f"{lead}“{evidence.text}”", markers=(marker,), citations=(citation,))
