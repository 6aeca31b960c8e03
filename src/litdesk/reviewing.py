"""What a review takes from the writer of answers and from the verifier."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from litdesk.answer.leak import CopyFilter, without_foreign_sources
from litdesk.errors import ProviderError
from litdesk.prompts import load_prompt
from litdesk.review.assemble import SectionWriter, WrittenSection
from litdesk.types import Action, Draft, Paper, Passage, Usage, Verdict
from litdesk.verify.draft import check_sentence, repair_sentences
from litdesk.verify.judge import EvidenceText

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from litdesk.answer.model import ModelWriter
    from litdesk.review.cues import Statement
    from litdesk.verify.judge import Verifier

__all__ = ["contradiction_by", "section_model", "section_writer"]

_PAPERS_AT_ONCE = 8


def section_model(writer: ModelWriter) -> ModelWriter:
    """Return the writer of answers with the prompts of a review's section.

    Args:
        writer: The writer of answers.

    Returns:
        A writer for `section_writer`.
    """
    return replace(writer, rules=load_prompt("review_rules"), request=load_prompt("review_section"))


def section_writer(
    writer: ModelWriter, *, verifier: Verifier, unsupported: Literal["mark", "replace", "drop"]
) -> SectionWriter:
    """Return what writes a section with a chat model, from its papers alone, and judges it.

    Args:
        writer: From `section_model`.
        verifier: Judges the sentences.
        unsupported: What becomes of a sentence that failed; `mark` counts as `replace`, because a
            review is made to be pasted.

    Returns:
        A function of topic, heading and papers; where the model fails its notice says so.
    """

    def write(topic: str, heading: str, papers: Sequence[Paper]) -> WrittenSection:
        parts = [
            _write_part(
                writer,
                verifier,
                unsupported,
                f"{topic}: {heading}",
                papers[n : n + _PAPERS_AT_ONCE],
            )
            for n in range(0, len(papers), _PAPERS_AT_ONCE)
        ]
        return WrittenSection(
            sentences=tuple(s for part in parts for s in part.sentences),
            usage=sum((part.usage for part in parts), Usage()),
            notice=" ".join(dict.fromkeys(part.notice for part in parts if part.notice)),
        )

    return write


def _write_part(
    writer: ModelWriter,
    verifier: Verifier,
    unsupported: Literal["mark", "replace", "drop"],
    subject: str,
    papers: Sequence[Paper],
) -> WrittenSection:
    passages = [Passage(paper=paper, score=1.0, similarity=1.0) for paper in papers]
    by_id = {paper.paper_id: paper for paper in papers}
    draft = Draft()
    try:
        for piece in writer.stream(subject, passages, max_sentences=2 * len(papers)):
            draft = piece if isinstance(piece, Draft) else draft
    except ProviderError as error:
        return WrittenSection(notice=f"quoted, because the model failed ({error}).")
    checked = [check_sentence(s, papers=by_id, verifier=verifier) for s in draft.sentences]
    how: Literal["replace", "drop"] = "drop" if unsupported == "drop" else "replace"
    repaired = repair_sentences(checked, papers=by_id, unsupported=how)
    own = [without_foreign_sources(one, papers) for one in repaired]
    kept = [
        s
        for s in CopyFilter(papers).quote_copies(own)
        if s.action is not Action.DROPPED and s.citations
    ]
    left_out = len(draft.sentences) - len(kept)
    notice = f"{left_out} of the model’s sentences could not be supported and were left out."
    if not draft.sentences:
        notice = "quoted, because the model wrote nothing from these abstracts."
    return WrittenSection(
        sentences=tuple(kept),
        usage=draft.usage or Usage(),
        notice=notice if left_out or not draft.sentences else "",
    )


def contradiction_by(verifier: Verifier) -> Callable[[Statement, Paper], bool]:
    """Return what says whether a paper contradicts a statement of another.

    Args:
        verifier: Judges the statement as a claim about the paper's abstract.

    Returns:
        A function of statement and paper.
    """

    def contradicts(statement: Statement, paper: Paper) -> bool:
        evidence = EvidenceText(paper_id=paper.paper_id, title=paper.title, text=paper.abstract)
        return verifier.judge(statement.text, [evidence]).verdict is Verdict.CONTRADICTED

    return contradicts
