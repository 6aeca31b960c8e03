"""Text files that list one person's papers: title, `Last, First, …`, abstract, in threes.

The name of the person, such as `Zhao, Rosie`, may stand above each person's papers.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from litdesk.ingest.names import family_given_pairs
from litdesk.types import Author, IngestFailure, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from litdesk.ingest.document import Document

__all__ = ["is_person_listing", "read_person_listing"]

_PROSE_WORDS = 40
_Pairs = tuple[tuple[str, str], ...]


def is_person_listing(document: Document) -> bool:
    """Tell whether a line of authors follows the first title, which a person's name may precede.

    Args:
        document: A text file.

    Returns:
        True if `read_person_listing` should read it.
    """
    lines = [text for _, text in document.lines[:4]]
    below = [bool(family_given_pairs(text)) for text in lines]
    return len(lines) >= 3 and (below[1] or (below[0] and below[2]))


def read_person_listing(document: Document) -> Iterator[Record | IngestFailure]:
    """Read a record from each title that a line of authors follows.

    Args:
        document: A text file.

    Yields:
        A record, its abstract empty if the next title follows at once; or a failure for lines that
        belong to no record.
    """
    lines = document.lines
    authors = [family_given_pairs(text) for _, text in lines]
    known = Counter(pair for pairs in authors for pair in pairs if pair[1])
    at = number = 0
    while at < len(lines):
        if _is_heading(authors, at):
            at += 1
            continue
        number += 1
        line, title = lines[at]
        if not _is_authors(authors, at + 1):
            yield document.failure(
                "No line of authors follows this line; write the title, then `Last, First, Last, "
                "First, …`, then the abstract, each on one line.",
                record=number,
                line=line,
            )
            at = _next_start(authors, at + 1)
            continue
        has_abstract = at + 2 < len(lines) and (
            len(lines[at + 2][1].split()) >= _PROSE_WORDS or not _is_authors(authors, at + 3)
        )
        yield Record(
            source=document.source(record=number, line=line),
            title=title,
            authors=_people(authors[at + 1], known),
            abstract=lines[at + 2][1] if has_abstract else "",
        )
        at += 3 if has_abstract else 2


def _is_authors(authors: Sequence[_Pairs], at: int) -> bool:
    return at < len(authors) and bool(authors[at])


def _is_heading(authors: Sequence[_Pairs], at: int) -> bool:
    alone = len(authors[at]) == 1
    return alone and (not _is_authors(authors, at + 1) or _is_authors(authors, at + 2))


def _next_start(authors: Sequence[_Pairs], at: int) -> int:
    while at < len(authors) and not _is_authors(authors, at + 1) and not _is_heading(authors, at):
        at += 1
    return at


def _people(pairs: _Pairs, known: Counter[tuple[str, str]]) -> tuple[Author, ...]:
    """Name the authors of a line; an odd number of parts hides somebody of one name.

    The lone name is put where most of the other names pair up as elsewhere in the file, and last
    where nothing tells.
    """
    if pairs[-1][1]:
        return tuple(Author(family=family, given=given) for family, given in pairs)
    parts = [part for pair in pairs for part in pair if part]
    choices = [
        (*_paired(parts[:lone]), (parts[lone], ""), *_paired(parts[lone + 1 :]))
        for lone in range(0, len(parts), 2)
    ]
    best = max(enumerate(choices), key=lambda c: (sum(known[p] > 1 for p in c[1]), c[0]))[1]
    return tuple(Author(family=family, given=given) for family, given in best)


def _paired(parts: Sequence[str]) -> _Pairs:
    return tuple(zip(parts[::2], parts[1::2], strict=True))
