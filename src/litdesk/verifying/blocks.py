"""A text as blocks: headings, list items and paragraphs, each with the line it begins in.

Code, tables, HTML, images and the destinations of links are left behind. Markdown is parsed as
CommonMark, to which formulas, tables and pandoc's metadata block are added.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from litdesk.errors import CitedTextError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

__all__ = ["AT", "OPEN", "Block", "blocks_of_docx", "blocks_of_markdown", "shown"]

AT, OPEN = "\ufdd0", "\ufdd1"
"""Stand for an `@` and a `[` that are text and no citation: code points that no text may have."""

_METADATA = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FORMULA = re.compile(r"\$(?=\S)[^$\n]*?[^\s$\\]\$(?!\d)")
_MARKER = re.compile(r"\[?\^?[\w, ;\u2013-]+\]?")
_NUMBERED = re.compile(r"\d{1,3}|\^[\w-]+")
_INSIDE_TABLE = ("th_open", "td_open")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of a text that is read as one."""

    kind: Literal["prose", "heading", "item", "definition"]
    """`definition` gives the destination of a label, as in `[1]: https://…`."""
    text: str
    """Without markup; a line feed stands where the source has one."""
    line: int
    """First line, or paragraph of a Word document, from 1."""
    label: str = ""
    """Number of an item of an ordered list, or label of a definition."""
    level: int = 0
    """Depth of a heading, from 1."""


def shown(text: str) -> str:
    """Return a piece of a block as a reader sees it.

    Args:
        text: Any part of `Block.text`.

    Returns:
        One line.
    """
    return " ".join(text.replace(AT, "@").replace(OPEN, "[").split())


def _hidden(text: str) -> str:
    return text.replace("@", AT).replace("[", OPEN)


def blocks_of_markdown(text: str, *, plain: bool = False) -> list[Block]:
    """Return the blocks of a text in Markdown.

    Args:
        text: The text, with line feeds for line ends.
        plain: Take indented lines for prose, as in plain text, and not for code.

    Returns:
        The blocks in order, definitions last.
    """
    text = re.sub("[\ufdd0-\ufdef]", "", text)
    text = _METADATA.sub(lambda found: "\n" * found.group().count("\n"), text)
    environment: dict[str, dict[str, dict[str, str | list[int]]]] = {}
    tokens = _parser(plain=plain).parse(text, environment)
    found = list(_blocks(tokens))
    for label, definition in environment.get("references", {}).items():
        lines = definition.get("map") or [0]
        target = f"{definition['title']} {definition['href']}".strip()
        found.append(
            Block(kind="definition", text=target, line=int(lines[0]) + 1, label=label.casefold())
        )
    return found


def _parser(*, plain: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table").disable("text_join")
    parser.inline.ruler.before("escape", "formula", _formula)
    return parser.disable("code") if plain else parser


def _formula(state: StateInline, silent: bool) -> bool:
    """Keep a formula as it is written."""
    found = _FORMULA.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("text_special", "", 0).content = _hidden(found.group())
    state.pos = found.end()
    return True


def _blocks(tokens: list[Token]) -> Iterator[Block]:
    kind: Literal["prose", "heading", "item"] = "prose"
    level, labels, in_cell = 0, [""], False
    for token in tokens:
        if token.type in ("list_item_open", "list_item_close"):
            labels = [*labels, token.info or "-"] if token.nesting > 0 else labels[:-1]
        elif token.type == "heading_open":
            kind, level = "heading", int(token.tag[1:])
        elif token.type == "paragraph_open":
            kind, level = ("item" if labels[-1] else "prose"), 0
        elif token.type in _INSIDE_TABLE:
            in_cell = True
        elif token.type == "inline" and token.map and not in_cell:
            if text := _text(token):
                number = labels[-1].removesuffix("-")
                yield Block(kind=kind, text=text, line=token.map[0] + 1, label=number, level=level)
        elif token.type == "table_close":
            in_cell = False


def _text(inline: Token) -> str:
    pieces: list[str] = []
    link_from = -1
    for child in inline.children or ():
        match child.type:
            case "softbreak" | "hardbreak":
                pieces.append("\n")
            case "text":
                pieces.append(child.content)
            case "text_special":  # an escaped bracket still shows a number in brackets
                pieces.append(child.content.replace("@", AT))
            case "code_inline":
                pieces.append(_hidden(child.content))
            case "link_open":
                link_from = len(pieces)
            case "link_close" if link_from >= 0:
                inner = "".join(pieces[link_from:])
                del pieces[link_from:]
                pieces.append(_linked(inner))
                link_from = -1
    return "".join(pieces).strip("\n")


def _linked(inner: str) -> str:
    """The text of a link; a number that links to its reference gets its brackets back."""
    if _MARKER.fullmatch(inner) and _NUMBERED.match(inner.strip("[]")):
        return f"[{inner.strip('[]')}]"
    return inner.replace("@", AT)


def blocks_of_docx(path: Path) -> list[Block]:
    """Return the blocks of a Word document; a line is a paragraph there.

    Args:
        path: The file.

    Returns:
        The blocks in order.

    Raises:
        CitedTextError: If it is no Word document.
    """
    from zipfile import BadZipFile

    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = Document(str(path))
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError) as error:
        raise CitedTextError(
            f"{path} is not a Word document.", remedy="Save it as .docx, or as Markdown."
        ) from error
    found: list[Block] = []
    for number, paragraph in enumerate(document.paragraphs, start=1):
        style = str(getattr(paragraph.style, "name", "") or "")
        text = re.sub("[\ufdd0-\ufdef]", "", paragraph.text)
        if not text.strip():
            continue
        heading = re.match(r"(?:Heading (\d)|Title)", style)
        kind: Literal["prose", "heading", "item"] = "item" if "List" in style else "prose"
        found.append(
            Block(
                kind="heading" if heading else kind,
                text=text,
                line=number,
                level=int(heading[1] or 1) if heading else 0,
            )
        )
    return found
