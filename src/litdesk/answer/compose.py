"""Putting an answer together: the text with its markers, the references, the offsets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.types import Action, CheckedSentence, Citation, Paper, Reference, Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Composition", "compose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """The shown part of an answer."""

    text: str
    sentences: tuple[Sentence, ...]
    references: tuple[Reference, ...]


def compose(
    checked: Sequence[CheckedSentence],
    *,
    papers: Mapping[str, Paper],
    numbered: Sequence[str] = (),
    lead: str = "",
) -> Composition:
    """Lay sentences out as an answer.

    Args:
        checked: Judged sentences in order.
        papers: The cited papers by id.
        numbered: Ids of the papers that the conversation has numbered before, from 1; they keep
            their numbers.
        lead: What the text begins with, before the first sentence.

    Returns:
        The text, where each sentence is followed by its markers `[n]` and sentences from the record
        begin a line; sentences with their
        offsets into it; the references of this answer, in the order of their first citation.
    """
    numbers = {paper_id: n for n, paper_id in enumerate(numbered, start=1)}
    text = lead
    sentences: list[Sentence] = []
    for sentence in checked:
        dropped = sentence.action is Action.DROPPED
        citations = tuple(
            citation if dropped else _numbered(citation, numbers) for citation in sentence.citations
        )
        start = len(text) + (1 if text and not dropped else 0)
        if not dropped:
            between = "\n" if sentence.verifier == "record" else " "
            text += (between if text else "") + sentence.text + _markers(citations)
        sentences.append(
            Sentence(
                text=sentence.text,
                start=start,
                end=start + (0 if dropped else len(sentence.text)),
                verdict=sentence.verdict,
                score=sentence.score,
                reason=sentence.reason,
                verifier=sentence.verifier,
                action=sentence.action,
                citations=citations,
            )
        )
    cited = dict.fromkeys(
        c.paper_id
        for sentence in sentences
        if sentence.action is not Action.DROPPED
        for c in sentence.citations
        if c.status == "ok" and c.paper_id
    )
    references = tuple(
        Reference.of(papers[paper_id], marker=numbers[paper_id]) for paper_id in cited
    )
    return Composition(text=text, sentences=tuple(sentences), references=references)


def _numbered(citation: Citation, numbers: dict[str, int]) -> Citation:
    if citation.status != "ok" or citation.paper_id is None:
        return citation
    number = numbers.setdefault(citation.paper_id, len(numbers) + 1)
    return citation.model_copy(update={"marker": number})


def _markers(citations: Sequence[Citation]) -> str:
    known = dict.fromkeys(c.marker for c in citations if c.status == "ok")
    shown = "".join(f"[{n}]" for n in known)
    shown += "[?]" * sum(c.status == "unknown" for c in citations)
    return f" {shown}" if shown else ""
