"""Which paper of the library a citation means: by key, DOI, arXiv number or title."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from rapidfuzz import fuzz

from litdesk.ingest.document import tidy_arxiv_id, tidy_doi
from litdesk.sameness import resolve_records
from litdesk.sentences import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from litdesk.types import Paper, Record
    from litdesk.verifying.cited_text import Entry

__all__ = ["Cited", "References"]

_NEARLY = 95.0
"""Similarity in percent from which a title with a typing error is the same."""
_LONG_RUN = 20
"""Letters of a title from which on a typing error is forgiven."""
_TELLING_WORDS = 3
"""Words of a title from which on it needs no author beside it."""
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """What a label of the text stands for."""

    cited_as: str
    status: Literal["ok", "not in the library", "no entry"]
    paper: Paper | None = None
    entry: str = ""
    line: int | None = None
    """Of the entry; None where there is none."""


class References:
    """The list of references of a text, matched against a library."""

    def __init__(
        self,
        papers: Mapping[str, Paper],
        *,
        entries: Sequence[Entry] = (),
        records: Sequence[Record] = (),
    ) -> None:
        """Take what citations can refer to.

        Args:
            papers: The library by id.
            entries: The text's own list of references.
            records: Entries of a .bib file; their keys count where the library has none like it.
        """
        self._papers = papers
        self._entries = entries
        self._records = {record.key: record for record in records if record.key}
        self._by_key = _match_records(list(self._records.values()), papers)
        self._listed: dict[Entry, Paper | None] = {}

    def find(self, label: str, *, line: int) -> Cited:
        """Return what a label means.

        Args:
            label: `@key`, `1`, `^note`, or `?`.
            line: Where it is cited; of lists with the same numbers the next one counts.

        Returns:
            What is cited.
        """
        return self._key(label) if label.startswith("@") else self._number(label, line)

    def _key(self, label: str) -> Cited:
        key = label[1:]
        paper = self._papers.get(key) or self._by_key.get(key)
        record = self._records.get(key)
        entry = next((e for e in self._entries if label in e.cited or e.label == label), None)
        if paper is None and entry is not None:
            paper = self._paper_of(entry)
        if paper is None and record is not None:
            paper = self._by_title(f"{record.title} {' '.join(a.family for a in record.authors)}")
        told = entry.text if entry else (record.title if record else "")
        return Cited(
            cited_as=label,
            status="ok" if paper else "not in the library",
            paper=paper,
            entry=told,
            line=entry.line if entry else None,
        )

    def _number(self, label: str, line: int) -> Cited:
        shown = f"[{label}]"
        listed = [entry for entry in self._entries if entry.label == label]
        if not listed:
            return Cited(cited_as=shown, status="no entry")
        entry = next((entry for entry in listed if entry.line >= line), listed[-1])
        paper = self._paper_of(entry)
        status: Literal["ok", "not in the library"] = "ok" if paper else "not in the library"
        return Cited(cited_as=shown, status=status, paper=paper, entry=entry.text, line=entry.line)

    def _paper_of(self, entry: Entry) -> Paper | None:
        if entry not in self._listed:
            self._listed[entry] = self._match(entry)
        return self._listed[entry]

    def _match(self, entry: Entry) -> Paper | None:
        for key in (*(label[1:] for label in entry.cited), *re.findall(r"\w+", entry.text)):
            if found := self._papers.get(key) or self._by_key.get(key):
                return found
        doi, arxiv_id = tidy_doi(entry.text), tidy_arxiv_id(entry.text)
        for paper in self._papers.values():
            if (doi and doi == (paper.doi or "").lower()) or (
                arxiv_id and arxiv_id == paper.arxiv_id
            ):
                return paper
        return self._by_title(entry.text)

    def _by_title(self, text: str) -> Paper | None:
        """Find the paper with the longest title that the text holds."""
        words = _WORD.findall(fold(text))
        spaced, run, known = f" {' '.join(words)} ", "".join(words), set(words)
        for title in self._titles:
            names_author = not title.families or any(f <= known for f in title.families)
            if not names_author and title.short:
                continue
            if f" {title.words} " in spaced:
                return title.paper
            long = names_author and len(title.run) >= _LONG_RUN
            if long and fuzz.partial_ratio(title.run, run, score_cutoff=_NEARLY) >= _NEARLY:
                return title.paper
        return None

    @cached_property
    def _titles(self) -> list[_Title]:
        """Every title of the library, the longest first."""
        found = [
            _title(title, paper)
            for paper in self._papers.values()
            for title in (paper.title, *paper.aliases)
        ]
        told = (title for title in found if title.words)
        return sorted(told, key=lambda title: (-len(title.words), title.paper.paper_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Title:
    """A title as it is looked for in an entry."""

    words: str
    run: str
    """The same without spaces, to see through a typing error."""
    families: tuple[frozenset[str], ...]
    """Words of each author's family name."""
    paper: Paper

    @property
    def short(self) -> bool:
        """Whether it needs an author beside it to tell a paper."""
        return self.words.count(" ") + 1 < _TELLING_WORDS


def _title(title: str, paper: Paper) -> _Title:
    words = _WORD.findall(fold(title))
    return _Title(
        words=" ".join(words),
        run="".join(words),
        families=tuple(frozenset(_WORD.findall(fold(a.family))) for a in paper.authors),
        paper=paper,
    )


def _match_records(records: Sequence[Record], papers: Mapping[str, Paper]) -> dict[str, Paper]:
    """The papers of the library that the entries of a .bib file are, by the file's keys."""
    if not records:
        return {}
    resolution = resolve_records(records, papers=list(papers.values()))
    return {
        record.key: papers[assigned.paper_id]
        for record, assigned in zip(records, resolution.assignments, strict=True)
        if record.key and assigned.paper_id in papers
    }
