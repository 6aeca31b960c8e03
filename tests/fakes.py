"""Stand-ins for the assistant, for tests of the shells around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from litdesk.conversations import Conversation, ConversationEntry
from litdesk.errors import ConversationMissingError
from litdesk.types import (
    AbstractVersion,
    Answer,
    AnswerStatus,
    Author,
    Citation,
    IngestReport,
    Paper,
    Provenance,
    Reference,
    Sentence,
    TextDelta,
    Turn,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

SOAP = Paper(
    paper_id="vyas2024soap",
    title="SOAP: Improving and Stabilizing Shampoo using Adam",
    authors=(Author(family="Vyas", given="Nikhil"), Author(family="Kakade", given="Sham")),
    date="2024-09-17",
    arxiv_id="2409.11321",
    versions=(AbstractVersion(text="SOAP runs Adam in the eigenbasis of Shampoo."),),
)
UNDATED = Paper(paper_id="müllerndgraph", title="Grüße an die Kante", versions=())
PROVENANCE = Provenance(writer="quoting")


def sentence(
    text: str,
    *,
    start: int = 0,
    verdict: Verdict = Verdict.SUPPORTED,
    reason: str = "",
    quote: str | None = None,
) -> Sentence:
    cited = Citation(
        marker=1,
        paper_id=SOAP.paper_id,
        field="abstract",
        version=SOAP.version,
        quote=quote or text.removesuffix(" [1]"),
    )
    return Sentence(
        text=text,
        start=start,
        end=start + len(text),
        verdict=verdict,
        score=0.5,
        reason=reason,
        citations=(cited,),
    )


def answered(question: str, *sentences: Sentence) -> Answer:
    kept = sentences or (sentence("SOAP runs Adam in the eigenbasis of Shampoo. [1]"),)
    reference = Reference(
        marker=1,
        paper_id=SOAP.paper_id,
        title=SOAP.title,
        authors=tuple(a.name for a in SOAP.authors),
        year=SOAP.year,
        url=SOAP.link,
        formatted=SOAP.formatted,
    )
    return Answer(
        question=question,
        status=AnswerStatus.ANSWERED,
        answer=" ".join(s.text for s in kept),
        sentences=kept,
        references=(reference,),
        timings_ms={"total": 12.0},
        provenance=PROVENANCE,
    )


class FakeConversations:
    """Keeps conversations in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, list[Answer]] = {}
        self.titles: dict[str, str] = {}
        self.error: Exception | None = None

    def add(self, answer: Answer, *, to: str | None = None) -> str:
        if self.error:
            raise self.error
        name = to or f"c{len(self.titles)}"
        if to is not None:
            self.read(to)
        self.titles.setdefault(name, answer.question)
        self.kept.setdefault(name, []).append(answer)
        return name

    def read(self, conversation_id: str) -> Conversation:
        if conversation_id not in self.kept:
            raise ConversationMissingError("There is none.", remedy="See the list.")
        return Conversation(
            conversation_id=conversation_id,
            title=self.titles[conversation_id],
            created="2026-01-01T00:00:00",
            updated="2026-01-02T00:00:00",
            answers=tuple(self.kept[conversation_id]),
        )

    def entries(self) -> list[ConversationEntry]:
        return [
            ConversationEntry(
                exchanges=len(answers), **self.read(name).model_dump(exclude={"answers"})
            )
            for name, answers in reversed(self.kept.items())
        ]


class FakeAssistant:
    """Answers by a function and remembers what it was asked."""

    def __init__(
        self,
        *,
        reply: Callable[[str], Answer] = answered,
        papers: Sequence[Paper] = (SOAP, UNDATED),
        report: IngestReport | None = None,
        error: BaseException | None = None,
    ) -> None:
        self.reply, self.error = reply, error
        self.stored, self.report = papers, report or IngestReport(files=1, records_in=2, added=2)
        self.histories: list[tuple[Turn, ...]] = []
        self.searches: list[tuple[str, str | None, tuple[int | None, int | None]]] = []
        self.closed = False
        self.conversations = FakeConversations()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def ask(
        self, question: str, *, history: Sequence[Turn] = (), callbacks: Sequence[object] = ()
    ) -> Answer:
        del callbacks
        self._fail()
        self.histories.append(tuple(history))
        return self.reply(question)

    def stream(
        self, question: str, *, history: Sequence[Turn] = ()
    ) -> Iterator[TextDelta | Answer]:
        answer = self.ask(question, history=history)
        for word in answer.answer.split(" "):
            yield TextDelta(text=word + " ")
        yield answer

    def ingest(
        self, paths: Sequence[Path], *, progress: Callable[[str, int, int], None] | None = None
    ) -> IngestReport:
        self._fail()
        if progress:
            progress("Reading", 1, 1)
        return self.report

    def papers(
        self,
        query: str = "",
        *,
        author: str | None = None,
        years: tuple[int | None, int | None] = (None, None),
    ) -> list[Paper]:
        self.searches.append((query, author, years))
        return [paper for paper in self.stored if query.casefold() in paper.title.casefold()]

    def warm_up(self) -> None:
        pass

    def _fail(self) -> None:
        if self.error:
            raise self.error
