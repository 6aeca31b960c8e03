"""BibTeX and BibLaTeX files."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.ingest.document import Document, iso_date, tidy_arxiv_id, tidy_doi
from litdesk.ingest.latex import plain_text
from litdesk.ingest.names import parse_name
from litdesk.types import Author, IngestFailure, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bibtexparser.model import Block

__all__ = ["is_bibtex", "read_bibtex"]

# The library logs each faulty block; here it becomes a failure that is reported.
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())

_ENTRY = re.compile(r"^\s*@\s*\w+\s*[{(]", re.MULTILINE)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_VALUE = re.compile(r'\s*(?:#\s*)?(?P<value>[{"]|[^\s#{}"]+)')
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_VENUES = ("journaltitle", "journal", "booktitle", "maintitle", "school", "institution")
_INHERITED = ("booktitle", "journal", "journaltitle", "year", "date", "month")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    key: str
    line: int
    fields: Mapping[str, str]
    """LaTeX by field name in lower case, strings and concatenations resolved."""


def is_bibtex(document: Document) -> bool:
    """Tell whether the file has an entry.

    Args:
        document: A file named `.bib`.

    Returns:
        True if a line begins like `@article{`.
    """
    return _ENTRY.search(document.text) is not None


def read_bibtex(document: Document) -> Iterator[Record | IngestFailure]:
    """Read a record from each entry, in the order of the file.

    `@string` and `#` are resolved, and `crossref` lends its venue and date. An entry without an
    abstract goes in for the sake of its title; an entry without either does not. Of a field given
    twice the first counts, and two entries of one key are two records.

    Args:
        document: A BibTeX file.

    Yields:
        A record, or a failure for an entry that cannot be parsed or says nothing.
    """
    entries = _parse(document.text)
    by_key = {entry.key.casefold(): entry for entry in entries if isinstance(entry, _Entry)}
    for number, entry in enumerate(entries, start=1):
        if isinstance(entry, _Entry):
            yield _record(document, entry, by_key, number=number)
        else:
            line, reason = entry
            yield document.failure(reason, record=number, line=line)


def _parse(text: str) -> list[_Entry | tuple[int, str]]:
    from bibtexparser.entrypoint import parse_string
    from bibtexparser.model import String

    library = parse_string(text, parse_stack=[])
    strings = {month: f"{{{month}}}" for month in _MONTHS}
    for block in library.blocks:
        if isinstance(block, String):
            strings[block.key.casefold()] = f"{{{_resolve(block.value, strings)}}}"
    entries = (_entry(block, strings) for block in library.blocks)
    return [entry for entry in entries if entry is not None]


def _entry(block: Block, strings: Mapping[str, str]) -> _Entry | tuple[int, str] | None:
    """Return an entry, the line and reason of a faulty one, or None for any other block."""
    from bibtexparser.model import Entry, ParsingFailedBlock

    line = (block.start_line or 0) + 1
    inner = block.ignore_error_block if isinstance(block, ParsingFailedBlock) else block
    if isinstance(inner, Entry):
        fields: dict[str, str] = {}
        for field in inner.fields:
            if value := _resolve(field.value, strings):
                fields.setdefault(field.key.casefold(), value)
        return _Entry(key=inner.key, line=line, fields=fields)
    if isinstance(block, ParsingFailedBlock) and _ENTRY.match(block.raw or ""):
        why = getattr(block.error, "abort_reason", str(block.error)).strip().rstrip(".")
        return line, f"This entry is not valid BibTeX ({why}); correct its braces and commas."
    return None


def _resolve(raw: str, strings: Mapping[str, str]) -> str:
    """Return the LaTeX of a value such as `"Proc. of " # acl # { 2024}`."""
    pieces: list[str] = []
    at = 0
    while match := _VALUE.match(raw, at):
        start = match.start("value")
        if raw[start] in '{"':
            at = _closing(raw, start) + 1
            pieces.append(raw[start + 1 : at - 1])
        else:
            at = match.end()
            named = strings.get(match["value"].casefold(), match["value"])
            pieces.append(named.removeprefix("{").removesuffix("}"))
    return "".join(pieces).strip()


def _closing(raw: str, start: int) -> int:
    closing = "}" if raw[start] == "{" else '"'
    depth = 0
    for at in range(start + 1, len(raw)):
        if raw[at - 1] == "\\":
            continue
        if raw[at] == closing and depth == 0:
            return at
        depth += (raw[at] == "{") - (raw[at] == "}")
    return len(raw)


def _record(
    document: Document, entry: _Entry, by_key: Mapping[str, _Entry], *, number: int
) -> Record | IngestFailure:
    fields = _with_inherited(entry, by_key)
    text = {
        name: plain_text(fields[name])
        for name in ("title", "subtitle", "abstract")
        if name in fields
    }
    title = ": ".join(text[name] for name in ("title", "subtitle") if text.get(name))
    if not title and not text.get("abstract"):
        return document.failure(
            f"The entry {entry.key or 'without a key'} has neither title nor abstract; add at "
            "least one of them.",
            record=number,
            line=entry.line,
        )
    authors, complete = _authors(fields.get("author") or fields.get("editor") or "")
    url = plain_text(fields.get("url", ""))
    return Record(
        source=document.source(record=number, line=entry.line),
        title=title,
        abstract=text.get("abstract", ""),
        authors=authors,
        authors_complete=complete,
        date=_date(fields),
        venue=next((plain_text(fields[name]) for name in _VENUES if name in fields), None),
        doi=tidy_doi(plain_text(fields.get("doi", ""))),
        arxiv_id=_arxiv_id(fields),
        url=url if url.startswith(("https://", "http://")) else None,
        key=plain_text(entry.key) or None,
    )


def _with_inherited(entry: _Entry, by_key: Mapping[str, _Entry]) -> Mapping[str, str]:
    parent = by_key.get(entry.fields.get("crossref", "").casefold())
    if parent is None or parent is entry:
        return entry.fields
    lent = {name: parent.fields[name] for name in _INHERITED if name in parent.fields}
    if "booktitle" not in lent and "title" in parent.fields:
        lent["booktitle"] = parent.fields["title"]
    return {**lent, **entry.fields}


def _authors(latex: str) -> tuple[tuple[Author, ...], bool]:
    names = [name.strip() for name in _split_names(latex)]
    people = [name for name in names if name.casefold() not in ("others", "et al.")]
    authors = (_author(name) for name in people)
    return tuple(author for author in authors if author.family), people == names


def _split_names(latex: str) -> list[str]:
    """Part a list at each `and` that stands outside braces."""
    names = [""]
    at = 0
    for match in _AND.finditer(latex):
        names[-1] += latex[at : match.start()]
        if names[-1].count("{") > names[-1].count("}"):
            names[-1] += match.group()
        else:
            names.append("")
        at = match.end()
    names[-1] += latex[at:]
    return names


def _author(latex: str) -> Author:
    if latex.startswith("{") and _closing(latex, 0) == len(latex) - 1:
        return Author(family=plain_text(latex[1:-1]))
    return parse_name(plain_text(latex))


def _date(fields: Mapping[str, str]) -> str | None:
    if stated := iso_date(plain_text(fields.get("date", ""))):
        return stated
    year = iso_date(plain_text(fields.get("year", "")))
    month = re.search(r"\d{1,2}|[a-z]{3}", plain_text(fields.get("month", "")).casefold())
    if year is None or month is None or len(year) > 4:
        return year
    name = month.group()
    number = _MONTHS.index(name) + 1 if name in _MONTHS else name
    return iso_date(f"{year}-{number}") if str(number).isdigit() else year


def _arxiv_id(fields: Mapping[str, str]) -> str | None:
    archive = fields.get("archiveprefix") or fields.get("eprinttype") or ""
    if archive.casefold() == "arxiv":
        return tidy_arxiv_id(plain_text(fields.get("eprint", "")))
    named = " ".join(
        plain_text(fields.get(name, ""))
        for name in ("arxivid", "eprint", "journal", "url", "note", "doi")
    )
    match = re.search(r"arxiv(?:id)?[:. /]*(?:abs/|pdf/)?(\S+)", named, re.IGNORECASE)
    return tidy_arxiv_id(match.group(1)) if match else None
