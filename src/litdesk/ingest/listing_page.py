"""Text files copied from a page that lists papers.

Of each paper there is a line of date and category, which may be missing, a line of title, authors
and affiliation tags run together, and the abstract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.ingest.glued_line import GluedLine, looks_glued, parse_glued_line, whole_names
from litdesk.ingest.names import parse_name
from litdesk.types import IngestFailure, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litdesk.ingest.document import Document

__all__ = ["is_listing_page", "read_listing_page"]

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_HEADER = re.compile(
    r"(?:\d+(?:\.\d+)?)?(?P<category>[A-Z]{2}|[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z-]+?)?)?"
    rf"(?P<month>{'|'.join(_MONTHS)})[a-z]* (?P<day>\d{{1,2}})(?:, (?P<year>\d{{4}}))?"
    r"(?P<code>Code)?"
)
_PROSE_WORDS = 40
_LONGEST_TITLE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    category: str | None = None
    date: str | None = None
    has_code: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """The lines of one record; those that the file does not have are empty."""

    line: int
    header: str
    title: str
    abstract: str


def is_listing_page(document: Document) -> bool:
    """Tell whether a date line, or a title with its authors run on, comes first.

    Args:
        document: A text file.

    Returns:
        True if `read_listing_page` should read it.
    """
    lines = [text for _, text in document.lines[:2]]
    if len(lines) < 2:
        return False
    title = lines[1] if _HEADER.fullmatch(lines[0]) else lines[0]
    return title is lines[1] or looks_glued(title) or len(_glued(title, lines[1], ()).names) > 1


def read_listing_page(document: Document) -> Iterator[Record | IngestFailure]:
    """Read a record from each line of title and authors.

    The flag `Code` says that there is code; where it is missing the page says nothing, so that
    `has_code` is None. The leading number of a date line is a score of the page, and left out.

    Args:
        document: A text file.

    Yields:
        A record, its abstract empty if the next entry follows at once; or a failure for a date line
        with nothing below it.
    """
    known = frozenset(
        name for _, text in document.lines if not _is_prose(text) for name in whole_names(text)
    )
    for number, entry in enumerate(_entries(document), start=1):
        if not entry.title and not entry.abstract:
            yield document.failure(
                "No title follows this line of date and category; add the line of title and "
                "authors, and the abstract, below it.",
                record=number,
                line=entry.line,
            )
            continue
        header = _read_header(entry.header)
        parts = _glued(entry.title, entry.abstract, known)
        yield Record(
            source=document.source(record=number, line=entry.line),
            title=parts.title,
            authors=tuple(parse_name(name) for name in parts.names),
            authors_complete=parts.complete,
            affiliations=parts.affiliations,
            abstract=entry.abstract,
            date=header.date,
            category=header.category,
            has_code=header.has_code,
        )


def _glued(title: str, abstract: str, known: frozenset[str] | tuple[()]) -> GluedLine:
    return parse_glued_line(title, abstract=abstract, known_names=known)


def _entries(document: Document) -> Iterator[_Entry]:
    lines = document.lines
    at = 0
    while at < len(lines):
        first = lines[at][0]
        header = title = abstract = ""
        if _HEADER.fullmatch(lines[at][1]):
            header = lines[at][1]
            at += 1
        if at < len(lines) and not _HEADER.fullmatch(lines[at][1]) and not _is_prose(lines[at][1]):
            title = lines[at][1]
            at += 1
        if at < len(lines) and not _starts_entry(lines[at][1]):
            abstract = lines[at][1]
            at += 1
        yield _Entry(line=first, header=header, title=title, abstract=abstract)


def _starts_entry(line: str) -> bool:
    return _HEADER.fullmatch(line) is not None or (looks_glued(line) and not _is_prose(line))


def _is_prose(line: str) -> bool:
    """Tell an abstract from a title with its authors, which can be long but has many capitals."""
    words = line.split()
    small = sum(word[0].islower() for word in words)
    return len(line) > _LONGEST_TITLE or (len(words) >= _PROSE_WORDS and 2 * small > len(words))


def _read_header(line: str) -> _Header:
    match = _HEADER.fullmatch(line)
    if match is None:
        return _Header()
    month = _MONTHS.index(match["month"]) + 1
    date = f"{match['year'] or 'XXXX'}-{month:02d}-{int(match['day']):02d}"
    return _Header(category=match["category"], date=date, has_code=True if match["code"] else None)
