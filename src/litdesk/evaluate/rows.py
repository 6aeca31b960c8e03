"""A row of `results.jsonl`: a case with its answer and all that is needed to judge it again."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import Field

from litdesk.errors import CaseFileError
from litdesk.evaluate.cases import Case, Resolved
from litdesk.evaluate.files import Record, read_lines
from litdesk.sentences import split_sentences
from litdesk.types import Answer, AnswerStatus, Citation, Sentence, Usage, Verdict, digest
from litdesk.verify.judge import EvidenceText

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from litdesk.types import Paper

__all__ = ["Asking", "Row", "SourceText", "failed_row", "read_rows", "row_of"]

_MARKER = re.compile(r"\s*\[(\d+(?:\s*,\s*\d+)*)\]")
_LEADING = re.compile(rf"^(?:{_MARKER.pattern})+[.,;]?\s*")

_JUDGED_BY = (
    "answerable", "key_facts", "forbidden", "min_papers", "reference_context_ids", "without",
    "history",
)  # fmt: skip


class SourceText(Record):
    """A paper that was retrieved or cited; the text is empty where `retrieved_contexts` has it."""

    paper_id: str
    title: str = ""
    label: str = ""
    """How an answer names the paper before a quotation."""
    text: str = ""


class Row(Case):
    """A case and its answer."""

    repeat: int = Field(default=0, ge=0)
    """Which of several runs of the same case, from 0."""
    shuffle: int | None = None
    """Seed of the order by chance in which the writer read the passages; None for the usual one."""
    status: AnswerStatus | None = Field(default=None, strict=False)
    abstention_reason: str | None = None
    error: str | None = None
    sentences: tuple[Sentence, ...] | None = None
    sources: tuple[SourceText, ...] = ()
    usage: Usage | None = None
    timings_ms: dict[str, float] | None = None
    writer: str | None = None
    provenance: str = ""
    """Digest of the case and of everything that made the answer."""
    made_by: dict[str, str] = Field(default_factory=dict)
    """What made it, as in `run.json`, with the prompts that were used."""

    @property
    def key(self) -> tuple[str, int]:
        """Names the row in its file."""
        return self.id, self.repeat

    @property
    def digest_of_case(self) -> str:
        """Changes when the question, or what is known of its answer, does."""
        known = {name: getattr(self, name) for name in _JUDGED_BY}
        return digest(self.id, self.user_input, repr(known))

    @property
    def state(self) -> AnswerStatus:
        """How the question ended; a stored response without a status counts as answered."""
        if self.status is not None:
            return self.status
        return AnswerStatus.ANSWERED if self.response else AnswerStatus.FAILED

    @property
    def retrieved(self) -> tuple[str, ...]:
        """Ids of what was retrieved, best first; numbers from 1 where the file has no ids."""
        if self.retrieved_context_ids is not None:
            return tuple(map(str, self.retrieved_context_ids))
        return tuple(str(n) for n in range(1, len(self.retrieved_contexts or ()) + 1))

    @property
    def written(self) -> bool:
        """Whether a writer read passages for the answer: the record alone did not give it."""
        if self.usage is not None and self.usage.calls:
            return True
        return any(s.verifier != "record" for s in self.sentences or ())

    @property
    def right(self) -> tuple[str, ...]:
        """Ids of the right papers."""
        return tuple(map(str, self.reference_context_ids or ()))

    @property
    def labels(self) -> dict[str, str]:
        """Paper id to the name that stands before a quotation."""
        return {source.paper_id: source.label for source in self.sources}

    def texts(self) -> dict[str, EvidenceText]:
        """Return every text that the row carries, by id, the retrieved ones first and in order."""
        titles = {source.paper_id: source.title for source in self.sources}
        found = {
            paper_id: EvidenceText(paper_id=paper_id, title=titles.get(paper_id, ""), text=text)
            for paper_id, text in zip(self.retrieved, self.retrieved_contexts or (), strict=False)
        }
        for source in self.sources:
            if source.text and source.paper_id not in found:
                found[source.paper_id] = EvidenceText(
                    paper_id=source.paper_id, title=source.title, text=source.text
                )
        return found

    def shown(self) -> tuple[Sentence, ...]:
        """Return the sentences of the answer; a bare response is split, `[n]` naming contexts."""
        if self.sentences is not None:
            return self.sentences
        if self.state is not AnswerStatus.ANSWERED or not self.response:
            return ()
        return _split_response(self.response, self.retrieved)


def _split_response(response: str, retrieved: tuple[str, ...]) -> tuple[Sentence, ...]:
    pieces: list[tuple[str, list[int]]] = []
    for span in split_sentences(response):
        piece = response[span.start : span.end]
        leading = _LEADING.match(piece)
        if leading and pieces:
            pieces[-1][1].extend(_numbers(leading.group()))
            piece = piece[leading.end() :]
        text = _MARKER.sub("", piece).strip()
        if text:
            pieces.append((text, _numbers(piece)))
    sentences = []
    for text, markers in pieces:
        citations = tuple(
            Citation(marker=n, paper_id=retrieved[n - 1], field=None)
            if 1 <= n <= len(retrieved)
            else Citation(marker=n, status="unknown")
            for n in dict.fromkeys(markers)
        )
        sentences.append(
            Sentence(text=text, start=0, end=0, verdict=Verdict.UNCHECKED, citations=citations)
        )
    return tuple(sentences)


def _numbers(text: str) -> list[int]:
    return [int(n) for group in _MARKER.findall(text) for n in group.split(",")]


def read_rows(file: Path) -> list[Row]:
    """Read stored answers: `results.jsonl`, or any JSONL with ragas' names.

    Args:
        file: The file.

    Returns:
        The rows in order, each with an id.

    Raises:
        CaseFileError: If the file cannot be read, or a row occurs twice.
    """
    rows: list[Row] = []
    seen: dict[tuple[str, int], int] = {}
    for number, row in read_lines(file, Row):
        if not row.id:
            row = row.model_copy(update={"id": f"q-{digest(row.user_input, length=10)}"})
        if row.key in seen:
            raise CaseFileError(
                f"{file}:{number}: field id: {row.id!r} stands already in line {seen[row.key]}.",
                remedy="Give each row its own id, or number its repeats.",
            )
        seen[row.key] = number
        rows.append(row)
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question of a run, and what its answer will be made by."""

    resolved: Resolved
    repeat: int = 0
    shuffle: int | None = None
    origin: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int]:
        """As in `Row`."""
        return self.resolved.case.id, self.repeat

    @property
    def provenance(self) -> str:
        """Digest of the question and the origin, to know its row by when a run is taken up."""
        made = json.dumps(dict(self.origin), sort_keys=True)
        return digest(self.resolved.case.digest, made, str(self.repeat), str(self.shuffle))


def row_of(asking: Asking, answer: Answer, papers: Mapping[str, Paper]) -> Row:
    """Return the row of an answer.

    Args:
        asking: What was asked.
        answer: What the assistant said.
        papers: The papers of the library by id.

    Returns:
        The row with every text that the answer was made from or cites; that of a failed answer has
        no provenance, so that it is asked again.
    """
    retrieved = [p.paper_id for p in answer.retrieved if p.paper_id in papers]
    cited = [c.paper_id for s in answer.sentences for c in s.citations if c.paper_id in papers]
    sources = [
        SourceText(
            paper_id=i,
            title=papers[i].title,
            label=papers[i].label,
            text="" if i in retrieved else papers[i].abstract,
        )
        for i in dict.fromkeys([*retrieved, *(c for c in cited if c)])
    ]
    prompts = {f"prompt {name}": value for name, value in answer.provenance.prompts.items()}
    failed = answer.status is AnswerStatus.FAILED
    return Row.model_validate(
        _asked_fields(asking)
        | {
            "response": answer.answer,
            "retrieved_contexts": tuple(papers[i].abstract for i in retrieved),
            "retrieved_context_ids": tuple(retrieved),
            "status": answer.status,
            "abstention_reason": answer.abstention.reason.value if answer.abstention else None,
            "error": answer.error,
            "sentences": answer.sentences,
            "sources": tuple(sources),
            "usage": answer.usage,
            "timings_ms": answer.timings_ms,
            "writer": answer.provenance.writer,
            "provenance": "" if failed else asking.provenance,
            "made_by": dict(asking.origin) | prompts,
        }
    )


def failed_row(asking: Asking, error: str) -> Row:
    """Return the row of a case that could not be asked; it is asked again in the next run.

    Args:
        asking: What was asked.
        error: What failed.

    Returns:
        The row.
    """
    return Row.model_validate(
        _asked_fields(asking) | {"status": AnswerStatus.FAILED, "error": error, "response": ""}
    )


def _asked_fields(asking: Asking) -> dict[str, object]:
    case = asking.resolved.case
    fields: dict[str, object] = {name: getattr(case, name) for name in type(case).model_fields}
    return fields | {
        "reference_context_ids": asking.resolved.right,
        "without": asking.resolved.without,
        "repeat": asking.repeat,
        "shuffle": asking.shuffle,
    }
