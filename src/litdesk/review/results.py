"""What a review is made of; the JSON form of `Review` is that of `litdesk review --json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from litdesk.types import Action, Citation, Provenance, Reference, Usage, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "NOT_STATED",
    "Candidate",
    "Cell",
    "Changes",
    "Cluster",
    "OpenQuestion",
    "Relation",
    "Review",
    "ReviewSection",
    "ReviewSentence",
    "Scope",
    "TableRow",
]

NOT_STATED = "not stated"


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scope(_Result):
    """What a review is about, and which papers may be in it."""

    topic: str
    first_year: int | None = None
    last_year: int | None = None
    author: str | None = None
    category: str | None = None
    max_papers: int = Field(60, ge=1, le=500)
    cite: tuple[str, ...] = ()
    """Ids of papers that are cited whatever is found, filtered or judged."""
    leave_out: tuple[str, ...] = ()
    """Ids of papers that are not cited."""

    @property
    def has_years(self) -> bool:
        """Whether only papers of some years may be in it."""
        return self.first_year is not None or self.last_year is not None

    @property
    def is_narrow(self) -> bool:
        """Whether not every paper of the library may be in it."""
        return self.has_years or bool(self.author or self.category)

    def naming(self, *, cite: Sequence[str] = (), leave_out: Sequence[str] = ()) -> Scope:
        """Return the scope with more papers named; the last word about a paper counts.

        Args:
            cite: Ids of papers to cite.
            leave_out: Ids of papers not to cite; none of `cite`.

        Returns:
            The scope.
        """
        cited = (*(i for i in self.cite if i not in leave_out), *cite)
        left_out = (*(i for i in self.leave_out if i not in cite), *leave_out)
        return Scope.model_validate(
            self.model_dump()
            | {
                "cite": tuple(dict.fromkeys(cited)),
                "leave_out": tuple(dict.fromkeys(left_out)),
            }
        )

    @model_validator(mode="after")
    def _names_apart(self) -> Scope:
        if both := set(self.cite) & set(self.leave_out):
            raise ValueError(f"{min(both)} cannot be cited and left out")
        return self


class ReviewSentence(_Result):
    """A sentence without its markers and its final stop.

    A `template` states what the records prove, a `quotation` ends with the quoted words, `prose`
    was written by a model and judged.
    """

    text: str
    kind: Literal["template", "quotation", "prose"]
    verdict: Verdict = Verdict.SUPPORTED
    score: float | None = None
    reason: str = ""
    verifier: str | None = None
    action: Action = Action.KEPT
    citations: tuple[Citation, ...] = ()


class ReviewSection(_Result):
    """A theme: its name, its papers in the order in which they are told, and its text."""

    heading: str
    keywords: tuple[str, ...]
    paper_ids: tuple[str, ...]
    versions: tuple[str, ...]
    """Version of each paper's abstract, in the same order."""
    sentences: tuple[ReviewSentence, ...]


class Cell(_Result):
    """A cell of the table: the quoted words, or `not stated`."""

    text: str = NOT_STATED
    citation: Citation | None = None


class TableRow(_Result):
    """One paper of the comparison table."""

    paper_id: str
    year: Cell
    question: Cell
    method: Cell
    data: Cell
    finding: Cell
    code: Cell


class Relation(_Result):
    """Statements of two papers that oppose each other, or of one that disputes earlier work."""

    kind: Literal["opposed", "disputes", "near"]
    reason: str
    sentences: tuple[ReviewSentence, ...]


class OpenQuestion(_Result):
    """A question that an abstract calls open."""

    kind: Literal["left open", "gap"]
    """`gap` where the paper names it before its own contribution, else `left open`."""
    sentence: ReviewSentence


class Candidate(_Result):
    """A paper that the search considered, and what became of it."""

    paper_id: str
    title: str
    decision: Literal["cited", "not used", "left out", "off topic"]
    """`left out` by name."""
    reason: str
    relevant: bool = False
    """Whether it was judged to belong to the topic surely enough to be cited."""
    score: float = Field(ge=0, le=1)
    """Probability that the paper is relevant."""
    nearest: Citation | None = None
    """The sentence that is nearest to the topic, of a paper that was found and not used."""
    found_by: tuple[str, ...]
    """`topic`, `part: …`, `neighbour of …`, `scope` where all of a small scope was read, or `name`
    where only the scope names it."""


class Cluster(_Result):
    """A part of the library's map."""

    keywords: tuple[str, ...]
    papers: int
    first_year: int | None
    last_year: int | None
    paper_ids: tuple[str, ...]


class Changes(_Result):
    """What an update did to the review before it."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    """Headings of the sections that were written anew."""
    kept: tuple[str, ...] = ()


class Review(_Result):
    """A literature review, or why there is none."""

    status: Literal["review", "summary", "nothing"]
    scope: Scope
    title: str
    abstract: tuple[ReviewSentence, ...] = ()
    sections: tuple[ReviewSection, ...] = ()
    table: tuple[TableRow, ...] = ()
    relations: tuple[Relation, ...] = ()
    open_questions: tuple[OpenQuestion, ...] = ()
    references: tuple[Reference, ...] = ()
    """In the order of their numbers, which an update keeps."""
    candidates: tuple[Candidate, ...] = ()
    library_papers: int = 0
    """Papers of the library within the scope."""
    notices: tuple[str, ...] = ()
    nearest_topics: tuple[Cluster, ...] = ()
    changes: Changes | None = None
    trace: tuple[str, ...] = ()
    """What each step did, in a line each."""
    usage: Usage = Usage()
    timings_ms: dict[str, float] = Field(default_factory=dict)
    provenance: Provenance | None = None

    def candidates_by(self, decision: str) -> list[Candidate]:
        """Return the candidates of one decision, those named first, then the most relevant.

        Args:
            decision: `cited`, `not used`, `left out` or `off topic`.

        Returns:
            The candidates.
        """
        return [one for one in self.candidates if one.decision == decision]
