"""JSON Lines: one object a line, with `title`, `authors`, `year` or `date`, `abstract` and so on.

The spelling of retrieval corpora is known too: `_id`, `title`, and `text` for the abstract. Their
queries, which have a `text` alone, are no papers.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from litdesk.ingest.document import Document, clean, iso_date, tidy_arxiv_id, tidy_doi
from litdesk.ingest.names import parse_author_list, parse_name
from litdesk.types import Author, IngestFailure, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_jsonl", "read_jsonl"]

_EXPECTED = {
    "title": "text",
    "abstract": "text",
    "text": "text",
    "authors": 'a list such as ["Ada Lovelace"] or [{"family": "Lovelace", "given": "Ada"}], '
    "or text",
    "year": "a number such as 2024",
    "date": "text such as 2024-09-17",
}


class _Person(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    family: str
    given: str | None = None


class _Line(BaseModel):
    """The fields of a line that are used; others are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: str | None = None
    abstract: str | None = None
    text: str | None = None
    authors: tuple[str | _Person, ...] | str | None = None
    year: int | str | None = None
    date: str | int | None = None
    doi: str | None = None
    url: str | None = None
    venue: str | None = None
    arxiv_id: str | None = None
    id: str | int | None = Field(None, validation_alias=AliasChoices("id", "_id"))


class _BadLineError(ValueError):
    """A line that holds no record; its text says what to do."""


def is_jsonl(document: Document) -> bool:
    """Tell whether the file has a line that could be an object.

    Args:
        document: A file named `.jsonl` or `.ndjson`.

    Returns:
        True if any line begins with a brace, or nothing else is in it to tell.
    """
    return any(text.startswith("{") for _, text in document.lines)


def read_jsonl(document: Document) -> Iterator[Record | IngestFailure]:
    """Read a record from each line that is not blank.

    Args:
        document: A JSON Lines file.

    Yields:
        A record, or a failure for a line that is not an object, has a field of a wrong type, or has
        neither title nor abstract.
    """
    number = 0
    for line, raw in enumerate(document.text.split("\n"), start=1):
        if not raw.strip():
            continue
        number += 1
        try:
            yield _record(document, _parse(raw), number=number, line=line)
        except _BadLineError as error:
            yield document.failure(str(error), record=number, line=line)


def _parse(raw: str) -> _Line:
    try:
        fields = json.loads(raw)
    except json.JSONDecodeError as error:
        raise _BadLineError(
            f"This line is not JSON ({error.msg} at column {error.colno}); "
            "write one whole object on each line."
        ) from error
    except (ValueError, RecursionError) as error:
        raise _BadLineError(
            "This line is JSON with a number too long or lists too deep; write a plain object."
        ) from error
    if not isinstance(fields, dict):
        raise _BadLineError('This line is not an object; write {"title": …, "abstract": …}.')
    if "title" not in fields and "abstract" not in fields:
        raise _BadLineError(
            "This object has neither `title` nor `abstract`; add at least one of them."
        )
    try:
        return _Line.model_validate(fields)
    except ValidationError as error:
        field = str(error.errors(include_url=False)[0]["loc"][0])
        expected = _EXPECTED.get(field, "text")
        raise _BadLineError(f"`{field}` has a wrong type; write {expected}.") from error


def _record(document: Document, fields: _Line, *, number: int, line: int) -> Record:
    title = clean(fields.title or "")
    abstract = clean(fields.abstract or fields.text or "")
    if not title and not abstract:
        raise _BadLineError("`title` and `abstract` are both empty; fill in at least one of them.")
    authors, complete = _authors(fields.authors)
    url = clean(fields.url or "")
    return Record(
        source=document.source(record=number, line=line),
        title=title,
        abstract=abstract,
        authors=authors,
        authors_complete=complete,
        date=_date(fields),
        venue=clean(fields.venue or "") or None,
        doi=tidy_doi(fields.doi or ""),
        arxiv_id=tidy_arxiv_id(fields.arxiv_id or ""),
        url=url if url.startswith(("https://", "http://")) else None,
        key=clean(str(fields.id)) if fields.id is not None else None,
    )


def _authors(value: tuple[str | _Person, ...] | str | None) -> tuple[tuple[Author, ...], bool]:
    if isinstance(value, str):
        return parse_author_list(clean(value))
    people: list[Author] = []
    complete = True
    for person in value or ():
        if isinstance(person, str):
            name = clean(person)
            if name.casefold() in _CUTS:
                complete = False
            else:
                people.append(parse_name(name))
        else:
            people.append(Author(family=clean(person.family), given=clean(person.given or "")))
    return tuple(person for person in people if person.family), complete


_CUTS = frozenset(("et al", "et al.", "others", "and others"))


def _date(fields: _Line) -> str | None:
    stated = (iso_date(str(value)) for value in (fields.date, fields.year) if value is not None)
    return next((date for date in stated if date), None)
