"""Binding sentences to the words of the abstracts that they cite."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from math import log
from typing import TYPE_CHECKING

from litdesk.sentences import split_sentences, stems
from litdesk.types import Citation, DraftSentence, Paper, Passage, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["bind_citations", "bind_unmarked"]

_MIN_SUPPORT = 0.5
_MIN_MARGIN = 0.05
_SECOND_SENTENCE_GAIN = 0.25
_NUMBER_WEIGHT = 3.0
_NAME_WEIGHT = 2.0
_NAME = re.compile(r"\b(?:[A-Z][\w-]*[A-Z0-9][\w-]*|[A-Z]{2,})\b")


def bind_citations(sentence: DraftSentence, passages: Sequence[Passage]) -> DraftSentence:
    """Return the sentence with a citation for each of its markers.

    Args:
        sentence: A sentence with the numbers that its writer gave.
        passages: What the numbers refer to, from 1.

    Returns:
        The sentence; a citation quotes the part of the abstract that shares the most with it, and
        one of status `unknown` stands for a number that names no passage. Without markers it is
        given back as it came.
    """
    if not sentence.markers:
        return sentence
    weights = _weights(sentence.text, passages)
    return replace(
        sentence,
        citations=tuple(
            _cite(marker, passages[marker - 1].paper, weights)
            if 0 < marker <= len(passages)
            else Citation(marker=marker, status="unknown")
            for marker in sentence.markers
        ),
    )


def bind_unmarked(
    sentence: DraftSentence, passages: Sequence[Passage], *, min_support: float = _MIN_SUPPORT
) -> DraftSentence:
    """Return a sentence without markers, bound to the one passage that its words point to.

    Small models forget their numbers. What is bound here says so: `markers` stays empty and the
    citation's `origin` is `code`. Whether the quote supports the sentence is for the verifier.

    Args:
        sentence: A sentence without markers.
        passages: The passages that its writer read.
        min_support: Least share of the sentence's words, weighted by rarity, in the quote.

    Returns:
        The sentence with one citation, or as it came if no passage stands out.
    """
    weights = _weights(sentence.text, passages)
    ranked = sorted(
        ((_best_span(p.paper, weights)[1], -n) for n, p in enumerate(passages, start=1)),
        reverse=True,
    )
    if not ranked or ranked[0][0] < min_support:
        return sentence
    if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _MIN_MARGIN:
        return sentence
    marker = -ranked[0][1]
    citation = _cite(marker, passages[marker - 1].paper, weights)
    return replace(sentence, citations=(citation.model_copy(update={"origin": "code"}),))


def _cite(marker: int, paper: Paper, weights: dict[str, float]) -> Citation:
    if not paper.abstract:
        return Citation.of_title(paper, marker=marker)
    span, _ = _best_span(paper, weights)
    return Citation.of_abstract(paper, span, marker=marker)


def _weights(text: str, passages: Sequence[Passage]) -> dict[str, float]:
    """How much each word of the text counts: rare words, numbers and names count more."""
    sources = [set(stems(s)) for p in passages for s in _sentences(p.paper.abstract)]
    counts = Counter(stem for source in sources for stem in source)
    names = {stem for name in _NAME.findall(text) for stem in stems(name)}
    weights = {}
    for stem in stems(text):
        rarity = 1 + log((1 + len(sources)) / (1 + counts[stem]))
        factor = _NUMBER_WEIGHT if stem[0].isdigit() else _NAME_WEIGHT if stem in names else 1.0
        weights[stem] = rarity * factor
    return weights


def _best_span(paper: Paper, weights: dict[str, float]) -> tuple[Span, float]:
    """The sentence, or two in a row where the second adds much, that shares most with a text."""
    spans = split_sentences(paper.abstract)
    total = sum(weights.values())
    if not spans or not total:
        return Span(start=0, end=len(paper.abstract)), 0.0
    found = [set(stems(paper.abstract[s.start : s.end])) & weights.keys() for s in spans]

    def share(stems_found: set[str]) -> float:
        return sum(weights[stem] for stem in stems_found) / total

    best = max(range(len(spans)), key=lambda n: share(found[n]))
    span, score = spans[best], share(found[best])
    for other in (best - 1, best + 1):
        if 0 <= other < len(spans):
            both = share(found[best] | found[other])
            if both >= share(found[best]) + _SECOND_SENTENCE_GAIN and both > score:
                first, last = sorted((best, other))
                span, score = Span(start=spans[first].start, end=spans[last].end), both
    return span, score


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]
