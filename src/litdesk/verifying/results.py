"""What checking a cited text gives back; its JSON form is that of `litdesk verify --json`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from litdesk.types import Citation, Verdict

__all__ = ["CheckedText", "CitedReference", "Elsewhere", "TextSentence"]


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Elsewhere(_Result):
    """The words of another paper than the cited ones that support a sentence."""

    paper_id: str
    title: str
    version: str
    quote: str
    start: int
    end: int
    score: float = Field(ge=0, le=1)


class TextSentence(_Result):
    """A sentence of the text."""

    text: str
    line: int
    verdict: Verdict
    score: float | None = Field(default=None, ge=0, le=1)
    """Probability that the citations support the sentence; None where nothing judged it."""
    reason: str = ""
    verifier: str | None = None
    citations: tuple[Citation, ...] = ()
    """Their `marker` is that of `references`; `unknown` where the library has no such paper."""
    elsewhere: Elsewhere | None = None


class CitedReference(_Result):
    """Something that the text cites."""

    marker: int
    """Counts from 1, in the order of first citation."""
    cited_as: str
    """As the text writes it, such as `@key` or `[3]`."""
    line: int
    """Where its entry in the list of references is, else where it is first cited."""
    status: Literal["ok", "not in the library", "no entry"]
    """`no entry`: a number that the list of references does not have."""
    paper_id: str | None = None
    title: str = ""
    """From the library; empty if it has no such paper."""
    entry: str = ""
    """What the text or the .bib file says of it."""


class CheckedText(_Result):
    """A text and the verdicts on its sentences."""

    file: str
    unit: Literal["line", "paragraph"]
    """What `line` counts."""
    judge: str
    counts: dict[str, int]
    """Verdict to number of sentences; every verdict is there."""
    sentences: tuple[TextSentence, ...]
    references: tuple[CitedReference, ...]

    @property
    def failed(self) -> bool:
        """Whether a sentence is contradicted or unsupported, or cites a number of no entry."""
        return any(sentence.verdict.failed for sentence in self.sentences) or any(
            reference.status == "no entry" for reference in self.references
        )

    @property
    def judged(self) -> int:
        """How many sentences got another verdict than `unchecked`."""
        return len(self.sentences) - self.counts[Verdict.UNCHECKED]
