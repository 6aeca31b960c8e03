"""The comparison table: every cell is a quotation, or says that nothing is stated."""

from __future__ import annotations

import re

from litdesk.review.cues import HEADING, Role, Statement, best_statement
from litdesk.review.results import Cell, TableRow
from litdesk.review.writing import cite_span
from litdesk.types import Citation, Paper, Span

__all__ = ["tabulate"]

_HEADING = re.compile(HEADING)

# The roles with the clearest wording choose first, so that no sentence fills two cells.
_ORDER: tuple[Role, ...] = ("code", "finding", "method", "question", "data")


def tabulate(paper: Paper, *, bonus: dict[int, float]) -> TableRow:
    """Return the row of a paper.

    Args:
        paper: The paper.
        bonus: Sentence start to how near the sentence is to the topic, in [0, 1].

    Returns:
        The row; a cell quotes a sentence of the abstract, the year and a flag for code may
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
        citation = cite_span(paper, _without_heading(found))
        cells[role] = Cell(text=citation.quote, citation=citation)
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


def _without_heading(statement: Statement) -> Span:
    """The words of a sentence after a heading such as `RESULTS`."""
    match = _HEADING.match(statement.text)
    begin = statement.span.start + (match.end() if match else 0)
    return Span(start=begin, end=statement.span.end)


def _from_record(paper: Paper, field: str, value: str) -> Cell:
    citation = Citation(
        marker=0, paper_id=paper.paper_id, field=field, version=paper.version, quote=value
    )
    return Cell(text=value, citation=citation)
