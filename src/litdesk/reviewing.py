"""What a review takes from the writer of answers and from the verifier."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from litdesk.answer.leak import CopyFilter, without_foreign_sources
from litdesk.errors import ProviderError
from litdesk.listing import select_papers
from litdesk.prompts import load_prompt
from litdesk.review.assemble import Desk, SectionWriter, WrittenSection
from litdesk.review.search import Finder
from litdesk.types import Action, Draft, Paper, Passage, Usage, Verdict
from litdesk.verify.draft import check_sentence, repair_sentences
from litdesk.verify.judge import EvidenceText
from litdesk.verify.rules import RulesVerifier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from litdesk.answer.model import ModelWriter
    from litdesk.equipment import Equipment
    from litdesk.review.cues import Statement
    from litdesk.review.results import Scope
    from litdesk.shelf import Shelf
    from litdesk.verify.judge import Verifier

__all__ = ["open_desk"]

_PAPERS_AT_ONCE = 8


def open_desk(
    scope: Scope, *, shelf: Shelf, equipment: Equipment
) -> tuple[Desk, ModelWriter | None]:
    """Return what a review is written with.

    Args:
        scope: The topic, and which papers may be in the review.
        shelf: The library.
        equipment: The models.

    Returns:
        The desk, and the chat model that writes at it; None for the quoting writer.

    Raises:
        SettingsError: If a model cannot be opened.
    """
    by_author = select_papers(list(shelf.papers.values()), author=scope.author)
    fitting = select_papers(by_author, years=(scope.first_year, scope.last_year))
    wanted = (scope.category or "").casefold()
    weight = equipment.settings.retrieval.dense_weight
    model = _section_model(equipment.writer, equipment) if equipment.writer else None
    desk = Desk(
        papers={
            p.paper_id: p
            for p in sorted(fitting, key=lambda paper: paper.paper_id)
            if not wanted or wanted == (p.category or "").casefold()
        },
        named={i: shelf.papers[i] for i in scope.cite if i in shelf.papers},
        unknown={
            "year": _lacking("year", by_author, scope) if scope.has_years else 0,
            "category": _lacking("category", fitting, scope) if wanted else 0,
        },
        finder=Finder(
            search=lambda query, vector: shelf.index.search(query, vector, dense_weight=weight),
            embed=equipment.embeddings.encode,
            rarity=shelf.index.rarity,
        ),
        vectors=shelf.vectors,
        relevance=equipment.relevance,
        write=_section_writer(
            model,
            verifier=equipment.verifier,
            unsupported=equipment.settings.verification.unsupported,
        )
        if model
        else None,
        contradicts=_contradiction_by(RulesVerifier()),
    )
    return desk, model


def _lacking(what: str, papers: Sequence[Paper], scope: Scope) -> int:
    """Count the papers whose record lacks something, but for those that are cited all the same."""
    return sum(not getattr(p, what) for p in papers if p.paper_id not in scope.cite)


def _section_model(writer: ModelWriter, equipment: Equipment) -> ModelWriter:
    """Return the writer of answers with the prompts of a review's section."""
    return replace(
        writer,
        rules=load_prompt("review_rules"),
        request=load_prompt("review_section"),
        meter=partial(equipment.usage_log.record, purpose="review"),
    )


def _section_writer(
    writer: ModelWriter, *, verifier: Verifier, unsupported: Literal["mark", "replace", "drop"]
) -> SectionWriter:
    """Return what writes a section with a chat model, from its papers alone, and judges it.

    Where the model fails the section's notice says so. `mark` counts as `replace`, because a
    review is made to be pasted.
    """
    how: Literal["replace", "drop"] = "drop" if unsupported == "drop" else "replace"

    def write(topic: str, heading: str, papers: Sequence[Paper]) -> WrittenSection:
        parts = [
            _write_part(
                f"{topic}: {heading}",
                papers[n : n + _PAPERS_AT_ONCE],
                writer=writer,
                verifier=verifier,
                unsupported=how,
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
    subject: str,
    papers: Sequence[Paper],
    *,
    writer: ModelWriter,
    verifier: Verifier,
    unsupported: Literal["replace", "drop"],
) -> WrittenSection:
    spent: list[Usage] = []

    def note(usage: Usage, failure: str | None) -> None:
        spent.append(usage)
        if writer.meter:
            writer.meter(usage, failure)

    passages = [Passage(paper=paper, score=1.0, similarity=1.0) for paper in papers]
    by_id = {paper.paper_id: paper for paper in papers}
    draft = Draft()
    try:
        metered = replace(writer, meter=note)
        for piece in metered.stream(subject, passages, max_sentences=2 * len(papers)):
            draft = piece if isinstance(piece, Draft) else draft
    except ProviderError as error:
        return WrittenSection(
            usage=sum(spent, Usage()), notice=f"quoted, because the model failed ({error})."
        )
    checked = [check_sentence(s, papers=by_id, verifier=verifier) for s in draft.sentences]
    spent += (sentence.usage for sentence in checked)
    repaired = repair_sentences(checked, papers=by_id, unsupported=unsupported)
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
        usage=sum(spent, Usage()),
        notice=notice if left_out or not draft.sentences else "",
    )


def _contradiction_by(verifier: Verifier) -> Callable[[Statement, Paper], bool]:
    """Return what says whether a paper contradicts a statement of another."""

    def contradicts(statement: Statement, paper: Paper) -> bool:
        evidence = EvidenceText(paper_id=paper.paper_id, title=paper.title, text=paper.abstract)
        return verifier.judge(statement.text, [evidence]).verdict is Verdict.CONTRADICTED

    return contradicts
