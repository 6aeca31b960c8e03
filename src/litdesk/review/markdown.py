"""A review as Markdown, its citations in pandoc's form `[@key]`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from litdesk.review.layout import Block, is_stated, lay_out, mark_of

if TYPE_CHECKING:
    from litdesk.review.results import Cell, Review, ReviewSentence

__all__ = ["to_markdown"]

_FORMULA = re.compile(r"(\$[^$\n]+\$)")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~@])")
_ADDRESS = re.compile(r"(https?://[^\s\\<>|]+[^\s\\<>|.,;:)”])")


def to_markdown(review: Review) -> str:
    """Return a review as a Markdown document.

    Args:
        review: Any review.

    Returns:
        The text; quoted words are escaped so that they show as they are.
    """
    return "\n\n".join(_block(block) for block in lay_out(review)).rstrip() + "\n"


def escape(text: str) -> str:
    """Return a text that Markdown shows as it is; formulas between `$` are left alone.

    Args:
        text: Any text.

    Returns:
        The text on one line, addresses made links.
    """
    line = " ".join(text.split())
    parts = _FORMULA.split(line)
    shown = [
        part.replace("|", "\\vert ") if n % 2 else _escaped(part) for n, part in enumerate(parts)
    ]
    return "".join(shown)


def _escaped(text: str) -> str:
    parts = _ADDRESS.split(text)
    return "".join(
        f"<{part}>" if n % 2 else _SPECIAL.sub(r"\\\1", part).replace("$", "\\$")
        for n, part in enumerate(parts)
    )


def _block(block: Block) -> str:
    match block.kind:
        case "title":
            return f"# {escape(block.text)}"
        case "heading":
            return f"## {escape(block.text)}"
        case "prose":
            return " ".join(_sentence(s) for s in block.sentences)
        case "list":
            return "\n".join("- " + " ".join(_piece(p) for p in item) for item in block.items)
        case "table":
            return _table(block)
        case "references":
            # Numbers are written out, because they are not always consecutive after an update.
            return "\n".join(
                f"- \\[{r.marker}\\] \\@{escape(r.paper_id)}: {escape(r.formatted)}"
                + (f" <{r.url}>" if r.url else "")
                for r in block.references
            )
        case _:
            return escape(block.text)


def _piece(piece: ReviewSentence | str) -> str:
    return escape(piece) if isinstance(piece, str) else _sentence(piece)


def _sentence(sentence: ReviewSentence) -> str:
    keys = list(dict.fromkeys(c.paper_id for c in sentence.citations if c.paper_id))
    cited = f" [{'; '.join(f'@{key}' for key in keys)}]" if keys else ""
    end = "" if sentence.text.endswith(("?", "!")) else "."
    return (
        escape(sentence.text) + cited + escape(mark_of(sentence)) + (end or ("." if cited else ""))
    )


def _table(block: Block) -> str:
    head = "| " + " | ".join(block.columns) + " |"
    rule = "|" + " --- |" * len(block.columns)
    rows = [
        f"| [@{paper_id}] | " + " | ".join(_cell(cell) for cell in cells) + " |"
        for paper_id, cells in block.rows
    ]
    return "\n".join((head, rule, *rows))


def _cell(cell: Cell) -> str:
    quoted = cell.citation is not None and cell.citation.start is not None
    text = escape(cell.text)
    return f"“{text}”" if quoted and is_stated(cell) else text
