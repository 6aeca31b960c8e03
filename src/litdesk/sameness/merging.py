"""One paper from all that its records say.

Each field is chosen by a rule that gives the same result in any order and again when a record is
met twice. The newest record (see `_recency`) gives the title and the abstract that are shown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from litdesk.sentences import fold
from litdesk.types import AbstractVersion, Paper, Record, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["as_paper", "merge_papers"]

_PREPRINT_VENUES = ("arxiv", "corr", "biorxiv", "medrxiv", "ssrn", "preprint", "research square")
_PREPRINT_DOI = "10.48550/"


def as_paper(record: Record) -> Paper:
    """Return a record in the form of a paper that has no identifier yet.

    Args:
        record: A record.

    Returns:
        A paper with an empty `paper_id`.
    """
    version = AbstractVersion(text=record.abstract, date=record.date, source=record.source)
    return Paper(
        paper_id="",
        title=record.title,
        authors=record.authors,
        authors_complete=record.authors_complete,
        date=record.date,
        venue=record.venue,
        category=record.category,
        affiliations=tuple(sorted(set(record.affiliations))),
        doi=record.doi,
        arxiv_id=record.arxiv_id,
        url=record.url,
        has_code=record.has_code,
        versions=(version,) if record.abstract else (),
        sources=(record.source,),
    )


def merge_papers(papers: Sequence[Paper]) -> Paper:
    """Return what several papers that are the same one say together.

    Newest is the record with the latest full date; then a date without a year; then none. Between
    equals the longer abstract counts as the newer, and the text settles what is left.

    - `title`: that of the newest; the others are `aliases`, unless they differ in case, accents or
      punctuation alone.
    - `versions`: every wording, newest first, each with the latest date that is stated for it.
    - `authors`: the longest list; of equally long ones a complete one, then the fuller names.
    - `date`: the earliest, in as many parts as are stated for it.
    - `venue`, `doi`: a publisher's before a preprint server's; all else that differs is settled by
      the text.
    - `affiliations`, `sources`: the union; `has_code`: True if any says so.

    Args:
        papers: At least one; the identifier of the first is kept, and between equally new titles
            the first paper's.

    Returns:
        The paper.
    """
    versions = _merge_versions(version for paper in papers for version in paper.versions)
    title, aliases = _merge_titles(papers)
    best = max((p for p in papers if p.authors), key=_author_rank, default=papers[0])
    return replace(
        papers[0],
        title=title,
        aliases=aliases,
        authors=best.authors,
        authors_complete=best.authors_complete,
        versions=versions,
        date=min((p.date for p in papers if p.date), key=_earliness, default=None),
        venue=min((p.venue for p in papers if p.venue), key=_venue_rank, default=None),
        category=min((p.category for p in papers if p.category), default=None),
        affiliations=tuple(sorted({a for p in papers for a in p.affiliations})),
        doi=min((p.doi for p in papers if p.doi), key=_doi_rank, default=None),
        arxiv_id=min((p.arxiv_id for p in papers if p.arxiv_id), default=None),
        url=min((p.url for p in papers if p.url), key=_url_rank, default=None),
        has_code=_any_true([p.has_code for p in papers]),
        sources=tuple(sorted({s for p in papers for s in p.sources}, key=_place)),
    )


def _merge_versions(versions: Iterable[AbstractVersion]) -> tuple[AbstractVersion, ...]:
    by_text: dict[str, AbstractVersion] = {}
    for version in sorted(versions, key=_version_place):
        held = by_text.get(version.text)
        if held is None or _recency(version.date) > _recency(held.date):
            by_text[version.text] = version
    return tuple(sorted(by_text.values(), key=lambda v: _recency(v.date, v.text), reverse=True))


def _version_place(version: AbstractVersion) -> tuple[str, int, int]:
    return _place(version.source) if version.source else ("", 0, 0)


def _merge_titles(papers: Sequence[Paper]) -> tuple[str, tuple[str, ...]]:
    titled = [paper for paper in papers if paper.title]
    if not titled:
        return "", ()
    newest = max(titled, key=lambda p: (_paper_recency(p), p is papers[0], p.title)).title
    others: dict[str, str] = {}
    for title in sorted({t for p in titled for t in (p.title, *p.aliases)}):
        others.setdefault(_title_key(title), title)
    others.pop(_title_key(newest), None)
    return newest, tuple(sorted(others.values()))


def _title_key(title: str) -> str:
    return "".join(c for c in fold(title) if c.isalnum())


def _paper_recency(paper: Paper) -> tuple[int, str, int, str]:
    if paper.versions:
        return _recency(paper.versions[0].date, paper.versions[0].text)
    return _recency(paper.date)


def _recency(date: str | None, text: str = "") -> tuple[int, str, int, str]:
    stated = 0 if date is None else 1 if date.startswith("X") else 2
    return stated, date or "", len(text), text


def _earliness(date: str) -> tuple[str, ...]:
    """Order dates so that `2024-09-17` comes before `2024`: an unstated part counts as late."""
    return tuple([*date.split("-"), "99", "99"][:3])


def _author_rank(paper: Paper) -> tuple[int, bool, int, tuple[str, ...]]:
    names = tuple(author.name for author in paper.authors)
    return len(names), paper.authors_complete, sum(map(len, names)), names


def _venue_rank(venue: str) -> tuple[bool, int, str]:
    return fold(venue).startswith(_PREPRINT_VENUES), -len(venue), venue


def _doi_rank(doi: str) -> tuple[bool, str]:
    return doi.startswith(_PREPRINT_DOI), doi


def _url_rank(url: str) -> tuple[bool, int, str]:
    return not url.startswith("https://"), len(url), url


def _any_true(flags: Sequence[bool | None]) -> bool | None:
    stated = [flag for flag in flags if flag is not None]
    return any(stated) if stated else None


def _place(source: Source) -> tuple[str, int, int]:
    return source.file, source.record, source.line
