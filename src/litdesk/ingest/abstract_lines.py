"""Text files of `Abstract:` lines: one abstract each, with no title and no authors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from litdesk.ingest.document import Document, clean
from litdesk.types import IngestFailure, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_abstract_lines", "read_abstract_lines"]

_LABEL = re.compile(r"abstract\s*:", re.IGNORECASE)


def is_abstract_lines(document: Document) -> bool:
    """Tell whether the first line, or else most paragraphs, begin with `Abstract:`.

    Args:
        document: A text file.

    Returns:
        True if `read_abstract_lines` should read it.
    """
    paragraphs = list(_paragraphs(document))
    labelled = sum(_LABEL.match(text) is not None for _, text in paragraphs)
    return 2 * labelled > len(paragraphs) or (
        labelled > 0 and _LABEL.match(paragraphs[0][1]) is not None
    )


def read_abstract_lines(document: Document) -> Iterator[Record | IngestFailure]:
    """Read one record from each `Abstract:`; the lines below it, up to a blank one, belong to it.

    Args:
        document: A text file.

    Yields:
        A record of an abstract alone, or a failure for a paragraph that has none.
    """
    for number, (line, text) in enumerate(_paragraphs(document), start=1):
        label = _LABEL.match(text)
        abstract = text[label.end() :].strip() if label else ""
        if abstract:
            yield Record(source=document.source(record=number, line=line), abstract=abstract)
        else:
            what = "has no text after `Abstract:`" if label else "does not begin with `Abstract:`"
            yield document.failure(
                f"This paragraph {what}; write `Abstract:` and then the abstract, without blank "
                "lines in it.",
                record=number,
                line=line,
            )


def _paragraphs(document: Document) -> Iterator[tuple[int, str]]:
    start = 0
    held: list[str] = []
    for number, raw in enumerate([*document.text.split("\n"), ""], start=1):
        line = clean(raw)
        if held and (not line or _LABEL.match(line)):
            yield start, " ".join(held)
            held = []
        if line:
            start = start if held else number
            held.append(line)
