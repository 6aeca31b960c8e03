"""The values that pass between the stages, and the results that leave litdesk.

Values inside the process are frozen dataclasses; results (`Answer`, `IngestReport` and their parts)
are frozen pydantic models, because others read them as JSON. Offsets are Unicode code points.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Abstention",
    "AbstentionReason",
    "AbstractVersion",
    "Action",
    "Answer",
    "AnswerStatus",
    "Author",
    "CheckedSentence",
    "Chunk",
    "Citation",
    "Draft",
    "DraftSentence",
    "Evidence",
    "FlaggedPaper",
    "Hit",
    "IngestFailure",
    "IngestReport",
    "ModelUse",
    "NearestPaper",
    "Paper",
    "PaperScore",
    "Passage",
    "Provenance",
    "Record",
    "Reference",
    "RetrievedPaper",
    "Revision",
    "Sentence",
    "Source",
    "Span",
    "TextDelta",
    "Turn",
    "Usage",
    "Verdict",
    "by_rank",
    "digest",
    "fold",
    "paper_of_chunk",
]


_ACCENT = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]")
_BEYOND_ACCENTS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"}
)


def digest(*parts: str, length: int = 16) -> str:
    """Return a short, stable digest of some texts.

    Args:
        *parts: The texts; their boundaries count.
        length: How many hexadecimal digits to keep.

    Returns:
        The first `length` hexadecimal digits of a SHA-256.
    """
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:length]


def fold(text: str) -> str:
    """Return a text without case and accents, to compare names and titles.

    Args:
        text: Any text.

    Returns:
        `zoe strom` for `Zoë Strøm`; letters of other scripts than Latin stay.
    """
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _ACCENT.sub("", decomposed).translate(_BEYOND_ACCENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A half-open range of code points, `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person (or a group, with an empty `given`) who wrote a paper."""

    family: str
    given: str = ""

    @property
    def name(self) -> str:
        """The name in reading order, such as `Nikhil Vyas`."""
        return f"{self.given} {self.family}".strip()

    @property
    def key(self) -> str:
        """The family name and first initial, folded, to compare spellings of one person."""
        initial = fold(self.given)[:1]
        return re.sub(r"[^\w ]", "", fold(self.family)) + "/" + initial


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a record was read: the file's name and its place in the file."""

    file: str
    record: int
    """Number of the record in its file, from 1."""
    line: int
    """First line of the record, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One entry of an ingested file, as a reader found it. Unknown fields are empty or None."""

    source: Source
    abstract: str = ""
    title: str = ""
    authors: tuple[Author, ...] = ()
    authors_complete: bool = True
    """False where the file cuts the list short (`et al.`)."""
    date: str | None = None
    """ISO 8601 date of as many parts as are known: `2024`, `2024-09`, `2024-09-17`; EDTF
    `XXXX-02-16` where the year is not stated."""
    venue: str | None = None
    category: str | None = None
    """Primary arXiv category or subject code, such as `LG`."""
    affiliations: tuple[str, ...] = ()
    doi: str | None = None
    arxiv_id: str | None = None
    url: str | None = None
    has_code: bool | None = None
    key: str | None = None
    """The citation key that the file itself uses."""

    @property
    def year(self) -> int | None:
        """The year of `date`, if stated."""
        return _year(self.date)

    @property
    def digest(self) -> str:
        """Digest of the content and of the file's name; the same record read again has the same."""
        return digest(
            self.source.file,
            self.title,
            self.abstract,
            "|".join(a.name for a in self.authors),
            *(str(v) for v in (self.date, self.venue, self.category, self.doi, self.arxiv_id)),
            *(str(v) for v in (self.url, self.has_code, self.key, *self.affiliations)),
        )


def _with_stop(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _year(date: str | None) -> int | None:
    return int(date[:4]) if date and date[:4].isdigit() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbstractVersion:
    """One wording of a paper's abstract."""

    text: str
    date: str | None = None
    source: Source | None = None

    @property
    def digest(self) -> str:
        """The name under which citations refer to this wording."""
        return digest(self.text, length=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper of the library: everything its records say, merged."""

    paper_id: str
    title: str
    """Empty if no record states it."""
    authors: tuple[Author, ...] = ()
    authors_complete: bool = True
    date: str | None = None
    venue: str | None = None
    category: str | None = None
    affiliations: tuple[str, ...] = ()
    doi: str | None = None
    arxiv_id: str | None = None
    url: str | None = None
    has_code: bool | None = None
    aliases: tuple[str, ...] = ()
    """Other titles under which the paper was met."""
    versions: tuple[AbstractVersion, ...] = ()
    """Every wording of the abstract, the newest first."""
    sources: tuple[Source, ...] = ()

    @property
    def abstract(self) -> str:
        """The newest wording of the abstract; empty if no record has one."""
        return self.versions[0].text if self.versions else ""

    @property
    def version(self) -> str:
        """Digest of the newest wording of the abstract."""
        return self.versions[0].digest if self.versions else digest("", length=12)

    @property
    def year(self) -> int | None:
        """The year of publication, if stated."""
        return _year(self.date)

    @property
    def label(self) -> str:
        """How running text names the paper, such as `Vyas et al. (2024)`."""
        year = f" ({self.year})" if self.year else ""
        return f"{self.byline}{year}"

    @property
    def byline(self) -> str:
        """The authors in short: `Wu`, `Hsu and Kakade`, `Vyas et al.`; the title if unknown."""
        match self.authors:
            case ():
                return f"“{self.title}”" if self.title else "An untitled abstract"
            case (only,) if self.authors_complete:
                return only.family
            case (first, second) if self.authors_complete:
                return f"{first.family} and {second.family}"
            case _:
                return f"{self.authors[0].family} et al."

    @property
    def link(self) -> str | None:
        """An https address of the paper, from its DOI, arXiv id or URL; None if it has none."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.arxiv_id:
            return f"https://arxiv.org/abs/{self.arxiv_id}"
        return self.url if self.url and self.url.startswith(("https://", "http://")) else None

    @property
    def formatted(self) -> str:
        """The reference in one line: authors, year, title, venue."""
        names = ", ".join(a.name for a in self.authors) or "Unknown authors"
        cut = "" if self.authors_complete else " et al."
        year = f" ({self.year})" if self.year else ""
        parts = (f"{names}{cut}{year}", self.title or "Untitled", self.venue or "")
        return " ".join(_with_stop(part) for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A window of whole sentences of one abstract: `paper.abstract[start:end] == text`."""

    chunk_id: str
    """The paper's id, a slash and a digest of the content."""
    paper_id: str
    version: str
    text: str
    start: int
    end: int
    title: str
    """Context for the embedding; not part of `text`."""

    @property
    def embedded_text(self) -> str:
        """What is embedded: the title, then the window."""
        return f"{self.title}. {self.text}" if self.title else self.text


def paper_of_chunk(chunk_id: str) -> str:
    """Return the id of the paper that a chunk belongs to.

    Args:
        chunk_id: The chunk's id.

    Returns:
        The paper's id.
    """
    return chunk_id.rpartition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A chunk that a search found; `score` is in [0, 1], higher is better."""

    chunk_id: str
    paper_id: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperScore:
    """How well a paper fits a question; all scores are in [0, 1]."""

    paper_id: str
    fused: float
    dense: float
    """Cosine of the question and the paper's best chunk, 0 if it is negative."""
    words: float
    """BM25 as a share of the best paper's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One sentence of an abstract, and how well it answers; all scores in [0, 1]."""

    span: Span
    text: str
    score: float
    similarity: float = 0.0
    """Cosine of the question and the sentence with its title as context."""
    coverage: float = 0.0
    """Share of the question's words, weighted by rarity, that the sentence has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A paper that may answer the question, with its sentences best first."""

    paper: Paper
    score: float
    """How well the paper fits the question, in [0, 1]; comparable within one question."""
    similarity: float
    """Cosine of the question and the paper's best chunk; comparable between questions."""
    coverage: float = 0.0
    """Share of the question's words, weighted by rarity, that the paper's title or abstract has."""
    evidence: tuple[Evidence, ...] = ()
    rank: int = 0
    """Place among the passages of its question, from 1; 0 where there is no order but the score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSentence:
    """A sentence as its writer left it.

    `markers` are the numbers that it cites. A writer that quotes gives the citations themselves;
    for a writer that only numbers passages they are bound later.
    """

    text: str
    markers: tuple[int, ...] = ()
    citations: tuple[Citation, ...] = ()
    from_record: bool = False
    """True if code filled it in from the library's record; there is then nothing to judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a writer made of the passages: sentences, or the reason for none."""

    sentences: tuple[DraftSentence, ...] = ()
    abstention: AbstentionReason | None = None
    message: str = ""
    """What to tell the reader when abstaining; empty for the usual words."""
    usage: Usage | None = None


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Verdict(StrEnum):
    """What a verifier says of a sentence and its citations."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNSUPPORTED = "unsupported"
    UNCERTAIN = "uncertain"
    UNCHECKED = "unchecked"

    @property
    def failed(self) -> bool:
        """Whether the citations do not carry the sentence: unsupported or contradicted."""
        return self in (Verdict.UNSUPPORTED, Verdict.CONTRADICTED)


class Action(StrEnum):
    """What was done with a sentence after its verdict."""

    KEPT = "kept"
    REPLACED = "replaced"
    DROPPED = "dropped"


class AnswerStatus(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    ABSTAINED = "abstained"
    FAILED = "failed"


class AbstentionReason(StrEnum):
    """Why no answer was given."""

    NOTHING_RELEVANT = "nothing-relevant"
    NOT_IN_ABSTRACTS = "not-in-abstracts"
    FALSE_PREMISE = "false-premise"
    NOTHING_SUPPORTED = "nothing-supported"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSentence:
    """A sentence of a draft after it was judged; `markers` still number the passages."""

    text: str
    verdict: Verdict
    score: float | None
    reason: str
    verifier: str | None
    citations: tuple[Citation, ...]
    action: Action = Action.KEPT
    usage: Usage = field(default_factory=lambda: Usage())
    """What a chat model was asked to judge it."""


class Citation(_Result):
    """A reference to the words that support a sentence.

    For `field` `abstract` and `title`, `paper.<field>[start:end] == quote`; other fields carry
    their formatted value in `quote` and no offsets. An `unknown` citation names no passage.
    """

    marker: int
    status: Literal["ok", "unknown"] = "ok"
    paper_id: str | None = None
    field: str | None = None
    version: str | None = None
    quote: str = ""
    start: int | None = None
    end: int | None = None
    origin: Literal["writer", "code"] = "writer"
    """Who chose the paper: `code` where the writer gave no number and the words decided."""

    @classmethod
    def of_abstract(
        cls,
        paper: Paper,
        span: Span,
        *,
        marker: int,
        origin: Literal["writer", "code"] = "writer",
    ) -> Citation:
        """Return a citation of some words of an abstract.

        Args:
            paper: The paper.
            span: The words, in its abstract.
            marker: The number of the paper.
            origin: Who chose the paper.

        Returns:
            The citation, with the words and their offsets.
        """
        return cls(
            marker=marker,
            paper_id=paper.paper_id,
            field="abstract",
            version=paper.version,
            quote=paper.abstract[span.start : span.end],
            start=span.start,
            end=span.end,
            origin=origin,
        )

    @classmethod
    def of_title(cls, paper: Paper, *, marker: int) -> Citation:
        """Return a citation of a title.

        Args:
            paper: The paper.
            marker: The number of the paper.

        Returns:
            The citation, with the whole title.
        """
        return cls(
            marker=marker,
            paper_id=paper.paper_id,
            field="title",
            version=paper.version,
            quote=paper.title,
            start=0,
            end=len(paper.title),
        )


class Sentence(_Result):
    """A sentence of an answer: `answer[start:end] == text`, and then come its markers.

    A sentence that was dropped is not in the answer; its `start` and `end` say where it stood.
    """

    text: str
    start: int
    end: int
    verdict: Verdict
    score: float | None = Field(default=None, ge=0, le=1)
    """Probability that the citations support the sentence; None where nothing judged it."""
    reason: str = ""
    verifier: str | None = None
    action: Action = Action.KEPT
    citations: tuple[Citation, ...] = ()


class Reference(_Result):
    """A cited paper, from its record."""

    marker: int
    paper_id: str
    title: str
    authors: tuple[str, ...]
    year: int | None
    url: str | None
    formatted: str

    @classmethod
    def of(cls, paper: Paper, *, marker: int) -> Reference:
        """Return the reference to a paper.

        Args:
            paper: The paper.
            marker: Its number.

        Returns:
            The reference.
        """
        return cls(
            marker=marker,
            paper_id=paper.paper_id,
            title=paper.title,
            authors=tuple(author.name for author in paper.authors),
            year=paper.year,
            url=paper.link,
            formatted=paper.formatted,
        )


class NearestPaper(_Result):
    """A paper that is near to a question that was not answered."""

    paper_id: str
    title: str
    score: float


class Abstention(_Result):
    """Why there is no answer, in a closed word and in a sentence."""

    reason: AbstentionReason
    message: str
    nearest: tuple[NearestPaper, ...] = ()


class RetrievedPaper(_Result):
    """A paper that was read for the answer; `rank` counts from 1."""

    rank: int
    paper_id: str
    title: str
    score: float


class ModelUse(_Result):
    """What one chat model was asked."""

    model: str
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    """Whether some tokens were estimated, because the provider did not report them."""


class Usage(_Result):
    """What chat models were asked, judges among them; all zero with the quoting writer."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    """Whether some tokens were estimated, because the provider did not report them."""
    by_model: tuple[ModelUse, ...] = ()
    """The same for each model, in the order of their first call."""
    cost: float | None = None
    """In `currency`; None where a model has no price."""
    currency: str | None = None

    @classmethod
    def of(cls, *uses: ModelUse) -> Usage:
        """Return the usage that some uses of models make together, without a cost.

        Args:
            *uses: Uses; those of one model become one.

        Returns:
            Their sum.
        """
        models = dict.fromkeys(use.model for use in uses)
        return cls(
            **_summed(uses),
            by_model=tuple(
                ModelUse(model=model, **_summed([use for use in uses if use.model == model]))
                for model in models
            ),
        )

    def __add__(self, other: Usage) -> Usage:
        both = (self, other)
        return Usage.of(*self.by_model, *other.by_model).model_copy(update=_summed(both))

    @property
    def in_words(self) -> str:
        """Such as `2 calls, about 1,200 tokens in, 80 out, 0.0012 EUR`; empty without a call."""
        if not self.calls:
            return ""
        about = "about " if self.estimated else ""
        calls = f"{self.calls} {'call' if self.calls == 1 else 'calls'}"
        tokens = f"{about}{self.input_tokens:,} tokens in, {self.output_tokens:,} out"
        cost = "" if self.cost is None else f", {self.cost:.4f} {self.currency}".rstrip()
        return f"{calls}, {tokens}{cost}"


def _summed(uses: Sequence[ModelUse] | Sequence[Usage]) -> dict[str, Any]:
    """The counts of some uses; `estimated` is true where one of them is."""
    return {
        "calls": sum(use.calls for use in uses),
        "input_tokens": sum(use.input_tokens for use in uses),
        "output_tokens": sum(use.output_tokens for use in uses),
        "estimated": any(use.estimated for use in uses),
    }


class Provenance(_Result):
    """What it takes to repeat an answer."""

    writer: str
    model: str | None = None
    embedding_model: str = ""
    verifier: str = ""
    relevance: str = ""
    """Digest of the relevance model; empty where there is none."""
    prompts: dict[str, str] = Field(default_factory=dict)
    """Prompt name to digest, for the prompts that were used."""
    settings: str = ""
    library: str = ""


class Revision(_Result):
    """What became of a second draft, written with the verdicts on the first."""

    kept: Literal["first", "second"]
    supported: tuple[int, int]
    """Supported sentences of the first draft and of the second."""
    sentences: tuple[int, int]
    """All sentences of the first draft and of the second."""
    problem: str = ""
    """Why there is no second draft, where the model failed."""


class Answer(_Result):
    """The result of a question; its JSON form is the interface of `litdesk ask --json`."""

    question: str
    status: AnswerStatus
    answer: str
    sentences: tuple[Sentence, ...] = ()
    references: tuple[Reference, ...] = ()
    abstention: Abstention | None = None
    error: str | None = None
    """What failed, in a sentence, when `status` is `failed`."""
    read_as: str | None = None
    """The question that was searched for, where spelling or the conversation changed it."""
    retrieved: tuple[RetrievedPaper, ...] = ()
    revision: Revision | None = None
    """None where there was one draft only."""
    usage: Usage = Usage()
    timings_ms: dict[str, float] = Field(default_factory=dict)
    provenance: Provenance

    def as_turn(self) -> Turn:
        """Return what a follow-up question needs to know of this answer."""
        return Turn(
            question=self.question,
            answer=self.answer,
            paper_ids=tuple(reference.paper_id for reference in self.references),
        )


class Turn(_Result):
    """An earlier question of a conversation, and the papers that its answer cited."""

    question: str
    answer: str = ""
    paper_ids: tuple[str, ...] = ()


class TextDelta(_Result):
    """A piece of an answer that is still being written; the final `Answer` replaces it."""

    text: str


class IngestFailure(_Result):
    """A record (or a whole file) that did not go in."""

    path: str
    record: int | None = None
    line: int | None = None
    reason: str


class FlaggedPaper(_Result):
    """A paper whose text reads like an instruction to a language model."""

    paper_id: str
    reason: str
    quote: str


class IngestReport(_Result):
    """What an ingest did; `records_in == added + merged + unchanged + failed`, always."""

    files: int = 0
    records_in: int = 0
    added: int = 0
    merged: int = 0
    unchanged: int = 0
    failed: int = 0
    failures: tuple[IngestFailure, ...] = ()
    flagged: tuple[FlaggedPaper, ...] = ()
    """New and changed papers whose text reads like an instruction; they went in all the same."""


def by_rank(items: Sequence[Passage]) -> tuple[RetrievedPaper, ...]:
    """Return the passages as the list of papers that a result shows, in the same order."""
    return tuple(
        RetrievedPaper(rank=n, paper_id=p.paper.paper_id, title=p.paper.title, score=p.score)
        for n, p in enumerate(items, start=1)
    )
