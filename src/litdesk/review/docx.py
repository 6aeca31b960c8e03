"""A review as a Word document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from litdesk.review.layout import Block, is_stated, lay_out, mark_of

if TYPE_CHECKING:
    from pathlib import Path

    from litdesk.review.results import Cell, Review, ReviewSentence

__all__ = ["save_docx"]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARGIN_CM = 2.0
_CELL_PT = 7


def save_docx(review: Review, path: Path) -> None:
    """Write a review as a Word document; the same review gives the same text.

    Args:
        review: Any review.
        path: The file, replaced if it is there.
    """
    from docx import Document
    from docx.shared import Cm

    document = Document()
    document.core_properties.title = _clean(review.title)
    document.core_properties.author = "litdesk"
    for section in document.sections:
        section.left_margin = section.right_margin = Cm(_MARGIN_CM)
    numbers = {r.paper_id: r.marker for r in review.references}
    for block in lay_out(review):
        _add(document, block, numbers)
    document.save(str(path))


def _add(document: Any, block: Block, numbers: dict[str, int]) -> None:  # noqa: ANN401 (no types)
    match block.kind:
        case "title":
            document.add_heading(_clean(block.text), level=0)
        case "heading":
            document.add_heading(_clean(block.text), level=1)
        case "prose":
            document.add_paragraph(" ".join(_sentence(s) for s in block.sentences))
        case "list":
            for item in block.items:
                pieces = (_clean(p) if isinstance(p, str) else _sentence(p) for p in item)
                document.add_paragraph(" ".join(pieces), style="List Bullet")
        case "table":
            _add_table(document, block, numbers)
        case "references":
            for r in block.references:
                link = f" {r.url}" if r.url else ""
                text = f"[{r.marker}] {r.formatted}{link} ({r.paper_id})"
                document.add_paragraph(_clean(text))
        case _:
            document.add_paragraph(_clean(block.text))


def _add_table(document: Any, block: Block, numbers: dict[str, int]) -> None:  # noqa: ANN401
    from docx.shared import Pt

    table = document.add_table(rows=1, cols=len(block.columns), style="Table Grid")
    rows = [block.columns]
    rows += [(f"[{numbers[i]}] {i}", *(_cell(cell) for cell in cells)) for i, cells in block.rows]
    for n, texts in enumerate(rows):
        cells = table.rows[0].cells if n == 0 else table.add_row().cells
        for cell, text in zip(cells, texts, strict=True):
            run = cell.paragraphs[0].add_run(_clean(text))
            run.font.size = Pt(_CELL_PT)
            run.bold = n == 0


def _cell(cell: Cell) -> str:
    quoted = cell.citation is not None and cell.citation.start is not None
    return f"“{cell.text}”" if quoted and is_stated(cell) else cell.text


def _sentence(sentence: ReviewSentence) -> str:
    numbers = dict.fromkeys(c.marker for c in sentence.citations if c.paper_id)
    cited = " " + "".join(f"[{n}]" for n in numbers) if numbers else ""
    return _clean(sentence.text + cited + mark_of(sentence) + ".")


def _clean(text: str) -> str:
    return _CONTROL.sub("", " ".join(text.split()))
