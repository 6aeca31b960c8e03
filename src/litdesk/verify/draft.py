"""Judging a draft sentence by sentence, and what to do with the sentences that fail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from litdesk.types import Action, CheckedSentence, Citation, DraftSentence, Paper, Verdict
from litdesk.verify.judge import EvidenceText, Judgement, Verifier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["check_sentence", "repair_sentences"]


def check_sentence(
    sentence: DraftSentence, *, papers: Mapping[str, Paper], verifier: Verifier
) -> CheckedSentence:
    """Judge a sentence by what it cites.

    Args:
        sentence: A sentence with its citations bound.
        papers: The cited papers by id.
        verifier: Judges sentences that are neither quotations nor filled from the record.

    Returns:
        The sentence with its verdict; one that cites a number of no passage is never supported.
        Its citations of the paper that decided point to the sentence of the abstract that decided.
    """
    if sentence.from_record:
        return _settled(sentence, "stated by the record", "record")
    known = [c for c in sentence.citations if c.status == "ok" and c.paper_id in papers]
    if known and len(known) == len(sentence.citations) and _is_quotation(sentence, known, papers):
        return _settled(sentence, "the words of the abstract", "quotation")
    cited = {c.paper_id: papers[c.paper_id] for c in known if c.paper_id}
    judgement = verifier.judge(
        sentence.text,
        [
            EvidenceText(paper_id=paper.paper_id, title=paper.title, text=paper.abstract)
            for paper in cited.values()
        ],
    )
    return CheckedSentence(
        text=sentence.text,
        verdict=_verdict(judgement, sentence.citations),
        score=judgement.score,
        reason=_reason(judgement, sentence.citations),
        verifier=judgement.verifier,
        citations=tuple(_repointed(c, judgement, papers) for c in sentence.citations),
        usage=judgement.usage,
    )


def repair_sentences(
    checked: Sequence[CheckedSentence],
    *,
    papers: Mapping[str, Paper],
    unsupported: Literal["mark", "replace", "drop"],
) -> list[CheckedSentence]:
    """Do with the sentences that failed what the setting says.

    Args:
        checked: Judged sentences.
        papers: The cited papers by id.
        unsupported: `mark` leaves them, `replace` puts the nearest quotation in their place,
            `drop` takes them out of the answer; a sentence with no quotation to take is dropped.

    Returns:
        As many sentences, in the same order.
    """
    if unsupported == "mark":
        return list(checked)
    repaired: list[CheckedSentence] = []
    for sentence in checked:
        one = _repaired(sentence, papers, unsupported) if sentence.verdict.failed else sentence
        if one.action is Action.REPLACED and any(one.text == other.text for other in repaired):
            one = replace(sentence, action=Action.DROPPED)  # its quotation stands there already
        repaired.append(one)
    return repaired


def _repaired(
    sentence: CheckedSentence, papers: Mapping[str, Paper], how: Literal["replace", "drop"]
) -> CheckedSentence:
    quoted = next((c for c in sentence.citations if c.status == "ok" and c.quote), None)
    if how == "drop" or quoted is None or quoted.paper_id is None:
        return replace(sentence, action=Action.DROPPED)
    return CheckedSentence(
        text=f"{papers[quoted.paper_id].label}: “{quoted.quote}”",
        verdict=Verdict.SUPPORTED,
        score=1.0,
        reason=f"put in place of a sentence that failed: {sentence.reason}",
        verifier="quotation",
        citations=(quoted,),
        action=Action.REPLACED,
    )


def _is_quotation(
    sentence: DraftSentence, citations: Sequence[Citation], papers: Mapping[str, Paper]
) -> bool:
    return all(
        sentence.text.endswith(f"“{c.quote}”")
        and c.field == "abstract"
        and c.paper_id is not None
        and papers[c.paper_id].abstract[c.start : c.end] == c.quote
        and sentence.text.removesuffix(f"“{c.quote}”") in ("", f"{papers[c.paper_id].label}: ")
        for c in citations
    )


def _settled(sentence: DraftSentence, reason: str, verifier: str) -> CheckedSentence:
    return CheckedSentence(
        text=sentence.text,
        verdict=Verdict.SUPPORTED,
        score=1.0,
        reason=reason,
        verifier=verifier,
        citations=sentence.citations,
    )


def _verdict(judgement: Judgement, citations: Sequence[Citation]) -> Verdict:
    unknown = any(c.status == "unknown" for c in citations)
    if unknown and judgement.verdict is Verdict.SUPPORTED:
        return Verdict.UNCERTAIN
    return judgement.verdict


def _reason(judgement: Judgement, citations: Sequence[Citation]) -> str:
    unknown = [f"[{c.marker}]" for c in citations if c.status == "unknown"]
    if not unknown:
        return judgement.reason
    return f"{' and '.join(unknown)} names no passage; {judgement.reason}"


def _repointed(citation: Citation, judgement: Judgement, papers: Mapping[str, Paper]) -> Citation:
    if judgement.span is None or citation.paper_id != judgement.paper_id:
        return citation
    if citation.status != "ok" or citation.field != "abstract" or citation.paper_id is None:
        return citation
    start, end = judgement.span.start, judgement.span.end
    quote = papers[citation.paper_id].abstract[start:end]
    return citation.model_copy(update={"quote": quote, "start": start, "end": end})
