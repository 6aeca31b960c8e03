"""The formats that can be read, each a `Reader`; a new format is a module and a line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.errors import UnsupportedFormatError
from litdesk.ingest.abstract_lines import is_abstract_lines, read_abstract_lines
from litdesk.ingest.bibtex import is_bibtex, read_bibtex
from litdesk.ingest.jsonl import is_jsonl, read_jsonl
from litdesk.ingest.listing_page import is_listing_page, read_listing_page
from litdesk.ingest.person_listing import is_person_listing, read_person_listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from litdesk.ingest.document import Document
    from litdesk.types import IngestFailure, Record

__all__ = ["READERS", "SUFFIXES", "Reader", "find_reader"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One format: which files it may be in, how its content is told, and how it is read."""

    name: str
    suffixes: frozenset[str]
    """In lower case, with the dot."""
    recognises: Callable[[Document], bool]
    read: Callable[[Document], Iterator[Record | IngestFailure]]


_TEXT = frozenset((".txt", ".text"))

READERS = (
    Reader(
        name="BibTeX",
        suffixes=frozenset((".bib", ".bibtex")),
        recognises=is_bibtex,
        read=read_bibtex,
    ),
    Reader(
        name="JSON Lines",
        suffixes=frozenset((".jsonl", ".ndjson")),
        recognises=is_jsonl,
        read=read_jsonl,
    ),
    Reader(
        name="lines of `Abstract:`",
        suffixes=_TEXT,
        recognises=is_abstract_lines,
        read=read_abstract_lines,
    ),
    # Before the listing page, whose lines of glued names could also be read as names alone.
    Reader(
        name="title, `Last, First, …`, abstract",
        suffixes=_TEXT,
        recognises=is_person_listing,
        read=read_person_listing,
    ),
    Reader(
        name="date, title with authors, abstract",
        suffixes=_TEXT,
        recognises=is_listing_page,
        read=read_listing_page,
    ),
)
"""In the order in which they are tried."""

SUFFIXES = frozenset(suffix for reader in READERS for suffix in reader.suffixes)


def find_reader(document: Document) -> Reader:
    """Return the reader of a file, by its suffix and then by its content.

    Args:
        document: The file.

    Returns:
        The first reader that recognises it.

    Raises:
        UnsupportedFormatError: If none does.
    """
    suffix = document.path.suffix.lower()
    candidates = [reader for reader in READERS if suffix in reader.suffixes]
    if not candidates:
        raise UnsupportedFormatError(
            document.path,
            f"has a suffix that no reader knows ({suffix or 'none'}).",
            remedy=f"Use one of {', '.join(sorted(SUFFIXES))}.",
        )
    if not document.text.strip():
        raise UnsupportedFormatError(
            document.path, "is empty.", remedy="Put at least one record into it."
        )
    for reader in candidates:
        if reader.recognises(document):
            return reader
    raise UnsupportedFormatError(
        document.path,
        f"has a layout that no reader of {suffix} files knows.",
        remedy="Known are: " + "; ".join(reader.name for reader in candidates) + ".",
    )
