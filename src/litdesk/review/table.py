"""The comparison table: every cell is a quotation, or says that nothing is stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.review.cues import Role, best_statement
from litdesk.review.results import Cell, TableRow
from litdesk.review.writing import cite_span
from litdesk.types import Citation, Paper

if TYPE_CHECKING:
    from litdesk.types import Span

__all__ = ["tabulate"]

# The roles with the clearest wording choose first, so that no sentence fills two cells.
_ORDER: tuple[Role, ...] = ("code", "finding", "method", "question", "data")


def tabulate(paper: Paper, *, bonus: dict[int, float]) -> TableRow:
    """Return the row of a paper.

    Args:
        paper: The paper.
        bonus: Sentence start to how near the sentence is to the topic, in [0, 1].

    Returns:
        The row; a cell quotes whole sentences of the abstract, the year and a flag for code may
        come from the record.
    """
    cells: dict[str, Cell] = {}
    taken: frozenset[Span] = frozenset()
    for role in _ORDER:
        found = best_statement(paper, role, taken=taken, bonus=bonus)
        if found is None:
            cells[role] = Cell()
            continue
        taken |= {found.span}
        cells[role] = Cell(text=found.text, citation=cite_span(paper, found.span))
    if cells["code"].citation is None and paper.has_code:
        cells["code"] = _from_record(paper, "has_code", "yes")
    year = _from_record(paper, "year", str(paper.year)) if paper.year else Cell()
    return TableRow(
        paper_id=paper.paper_id,
        year=year,
        question=cells["question"],
        method=cells["method"],
        data=cells["data"],
        finding=cells["finding"],
        code=cells["code"],
    )


def _from_record(paper: Paper, field: str, value: str) -> Cell:
    citation = Citation(
        marker=0, paper_id=paper.paper_id, field=field, version=paper.version, quote=value
    )
    return Cell(text=value, citation=citation)
