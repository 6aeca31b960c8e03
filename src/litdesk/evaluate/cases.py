"""The cases of an eval: JSON lines with the field names of ragas, and ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, field_validator

from litdesk.errors import CaseFileError
from litdesk.evaluate.files import SHOWN_FAULTS, Record, faulty, read_lines
from litdesk.types import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from litdesk.types import Paper

__all__ = ["Case", "Resolved", "Titles", "read_cases"]

Words = Annotated[str, Field(min_length=1)]


class EarlierTurn(Record):
    """A turn of the conversation before the question."""

    user_input: Words
    response: str = ""
    papers: tuple[Words, ...] = ()
    """Titles or ids of the papers that were cited, in the order of their numbers."""


class Case(Record):
    """One question of an eval, with what is known of its right answer."""

    user_input: Words
    id: str = ""
    """Unique in its file; where it is missing, a digest of the question."""
    response: str | None = None
    retrieved_contexts: tuple[str, ...] | None = None
    reference: str | None = None
    reference_contexts: tuple[str, ...] | None = None
    retrieved_context_ids: tuple[str | int, ...] | None = None
    reference_context_ids: tuple[str | int, ...] | None = None
    # Fields of ragas that have no meaning here; they are let in so that its files can be read.
    multi_responses: tuple[str, ...] | None = None
    rubrics: dict[str, str] | None = None
    persona_name: str | None = None
    query_style: str | None = None
    query_length: str | None = None

    answerable: bool | None = None
    """Whether the library can answer; None where nobody has said."""
    key_facts: tuple[tuple[Words, ...], ...] = ()
    """Facts; of the phrases of each, one must occur in the answer."""
    forbidden: tuple[Words, ...] = ()
    """Phrases that no right answer has."""
    history: tuple[EarlierTurn, ...] = ()
    tags: tuple[Words, ...] = ()
    """The category first."""
    papers: tuple[Words, ...] = ()
    """Titles of the right papers, or ids."""
    min_papers: int | None = Field(default=None, ge=1)
    """How many of the right papers a right answer cites at least."""
    gold_sentences: tuple[str, ...] = ()
    without: tuple[Words, ...] = ()
    """Titles or ids of papers that are left out when the case is asked."""
    twin_of: str | None = None
    """The id of the case that this one is a variant of; both are resampled together."""
    machine_made: bool = False
    maker: str = ""
    """What made it, where a machine did: `rules`, or a chat model and the digest of its prompt."""
    reviewed: bool | None = None
    """Whether a person has kept it; None where nobody has looked."""

    @field_validator("key_facts", mode="before")
    @classmethod
    def _one_phrase_is_a_fact(cls, value: object) -> object:
        if isinstance(value, list):
            return tuple((f,) if isinstance(f, str) else _as_tuple(f) for f in value)
        return value

    @property
    def group(self) -> str:
        """What is resampled as one: the question with its twins."""
        return self.twin_of or self.id

    @property
    def category(self) -> str:
        """The first tag; empty without tags."""
        return self.tags[0] if self.tags else ""

    @property
    def digest(self) -> str:
        """Changes when anything that is asked or judged by does."""
        return digest(self.model_dump_json(exclude={"reviewed", "maker"}))


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def read_cases(*paths: Path) -> list[Case]:
    """Read files of cases.

    Args:
        *paths: Files of JSON lines.

    Returns:
        All cases in order, each with an id.

    Raises:
        CaseFileError: If a file cannot be read, is empty, has a line that is no case, or an id
            occurs twice.
    """
    cases: list[Case] = []
    places: dict[str, str] = {}
    faults: list[str] = []
    for path in paths:
        for number, case in read_lines(path, Case):
            if not case.id:
                case = case.model_copy(update={"id": f"q-{digest(case.user_input, length=10)}"})
            if case.id in places:
                faults.append(
                    f"{path}:{number}: field id: {case.id!r} stands already in {places[case.id]}"
                )
            places.setdefault(case.id, f"{path}:{number}")
            cases.append(case)
    if faults:
        raise faulty(faults)
    return cases


def _plain(title: str) -> str:
    return re.sub(r"\W", "", title.casefold())


class Titles:
    """Finds papers by title, by another title under which they were met, or by id."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        """Take the papers of a library.

        Args:
            papers: All of them.
        """
        self._ids: dict[str, str] = {}
        for paper in papers:
            for name in (paper.paper_id, paper.title, *paper.aliases):
                if name:
                    self._ids.setdefault(_plain(name), paper.paper_id)

    def find(self, name: str) -> str | None:
        """Return the id of a paper.

        Args:
            name: Its title, one of its other titles, or its id; case and punctuation are ignored.

        Returns:
            The id; None if the library has no such paper.
        """
        return self._ids.get(_plain(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A case whose papers have been found in a library."""

    case: Case
    right: tuple[str, ...]
    """Ids of the right papers."""
    without: tuple[str, ...]
    history: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Question, answer and ids of the cited papers of each earlier turn."""

    @classmethod
    def all(cls, cases: Sequence[Case], papers: Iterable[Paper]) -> list[Resolved]:
        """Find the papers of all cases.

        Args:
            cases: The cases.
            papers: The papers of the library.

        Returns:
            As many cases, in the same order.

        Raises:
            CaseFileError: If a case names a paper that the library does not have.
        """
        titles = Titles(papers)
        missing: dict[str, str] = {}

        def ids(case: Case, field: str, names: Iterable[str | int]) -> tuple[str, ...]:
            found = []
            for name in map(str, names):
                paper_id = titles.find(name)
                if paper_id is None:
                    missing.setdefault(name, f"case {case.id}, field {field}: {name!r}")
                else:
                    found.append(paper_id)
            return tuple(dict.fromkeys(found))

        resolved = [
            cls(
                case=case,
                right=ids(case, "papers", case.papers)
                or ids(case, "reference_context_ids", case.reference_context_ids or ()),
                without=ids(case, "without", case.without),
                history=tuple(
                    (turn.user_input, turn.response, ids(case, "history.papers", turn.papers))
                    for turn in case.history
                ),
            )
            for case in cases
        ]
        if missing:
            shown = "; ".join(list(missing.values())[:SHOWN_FAULTS])
            more = f"; and {len(missing) - SHOWN_FAULTS} more" * (len(missing) > SHOWN_FAULTS)
            raise CaseFileError(
                f"Not in the library: {shown}{more}.",
                remedy="Ingest them first, or correct the titles.",
            )
        return resolved
