"""An assistant with fixed answers, one of every kind, for tests of the page."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.fakes import FakeConversations

from litdesk.errors import PaperMissingError, ProviderError, QuestionError
from litdesk.review.results import (
    Candidate,
    Cell,
    Review,
    ReviewSection,
    ReviewSentence,
    Scope,
    TableRow,
)
from litdesk.settings import Settings
from litdesk.types import (
    Abstention,
    AbstentionReason,
    AbstractVersion,
    Action,
    Answer,
    AnswerStatus,
    Author,
    Citation,
    NearestPaper,
    Paper,
    Provenance,
    Reference,
    RetrievedPaper,
    Sentence,
    TextDelta,
    Turn,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HOSTILE = (
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'> "
    "![pixel](http://198.51.100.7/pixel.png) [click](javascript:window.hacked=3) "
    "<form action='http://198.51.100.7/steal'><input name=q><button>Go</button></form> "
    "<a href='http://198.51.100.7/away'>away</a> <svg><image href='http://198.51.100.7/i.svg'/>"
    "</svg><div style='background:url(http://198.51.100.7/b.png)'>styled</div> "
    "${window.hacked=4} {{hacked}} $$\\href{http://198.51.100.7}{x}$$ `code` **bold** "
    "<iframe src='http://198.51.100.7/frame'></iframe> This sentence is hostile.\n\n"
    "# Heading\n\n- <video src='http://198.51.100.7/v.mp4'></video> | a | b |"
)

LANTERN = (
    "Lamplight falls off with the square of the distance. We measure the fall of light from "
    "forty lanterns in a dark hall. The brightness at two metres is a quarter of that at one "
    "metre, within 3% for every lantern. Wind has no effect on it."
)
KITES = (
    "Kites fly higher on longer lines until the weight of the line balances the lift. "
    "We derive the height at which a longer line no longer helps, and confirm it with 120 "
    "flights over two summers. The balance is reached at 410 m for a cotton line."
)


def paper(paper_id: str, title: str, abstract: str, *authors: str, **known: object) -> Paper:
    names = tuple(Author(given=a.rsplit(" ", 1)[0], family=a.rsplit(" ", 1)[-1]) for a in authors)
    versions = (AbstractVersion(text=abstract),)
    return Paper(paper_id=paper_id, title=title, authors=names, versions=versions, **known)


PAPERS = [
    paper(
        "wick2021lantern", "LAMP: The Fall of Light from Forty Lanterns", LANTERN,
        "Ada Wick", "Bo Tallow", "Cleo Ember", date="2021-03-04", venue="Journal of Dim Halls",
        category="OPT", arxiv_id="2103.01234", has_code=True,
        aliases=("On the Dimming of Lanterns",),
    ),
    paper(
        "string2023kites", "How High a Kite Can Fly on a Cotton Line", KITES,
        "Dev String", "Ada Wick", date="2023", venue="Annals of Wind", doi="10.5555/kites.23",
    ),
    paper(
        "evil2024img", "<img src=x onerror=alert(1)> **Title** {{7*7}}", HOSTILE,
        "Mallory <b>Evil</b>", date="2023", url="javascript:alert(1)",
    ),
]  # fmt: skip


def cite(marker: int, source: Paper, quote: str, field: str = "abstract") -> Citation:
    start = getattr(source, field).index(quote)
    return Citation(
        marker=marker, paper_id=source.paper_id, field=field, version=source.version,
        quote=quote, start=start, end=start + len(quote),
    )  # fmt: skip


def reference(marker: int, source: Paper) -> Reference:
    return Reference(
        marker=marker, paper_id=source.paper_id, title=source.title,
        authors=tuple(a.name for a in source.authors), year=source.year, url=source.link,
        formatted=source.formatted,
    )  # fmt: skip


def answered(question: str, *parts: tuple[str, Verdict, Sequence[Citation]]) -> Answer:
    text, sentences = "", []
    for words, verdict, citations in parts:
        text += " " if text else ""
        reason = {
            Verdict.SUPPORTED: "The words are quoted as they stand.",
            Verdict.CONTRADICTED: "The passage says the opposite.",
        }.get(verdict, "No cited passage says this.")
        sentences.append(
            Sentence(
                text=words,
                start=len(text),
                end=len(text) + len(words),
                verdict=verdict,
                score={Verdict.SUPPORTED: 0.98, Verdict.UNCHECKED: None}.get(verdict, 0.12),
                reason=reason,
                verifier="fake",
                citations=tuple(citations),
            )
        )
        text += words
    cited = {c.paper_id for _, _, citations in parts for c in citations}
    used = {c.marker: p for _, _, cs in parts for c in cs for p in PAPERS
            if p.paper_id == c.paper_id}  # fmt: skip
    assert cited
    return Answer(
        question=question, status=AnswerStatus.ANSWERED, answer=text, sentences=tuple(sentences),
        references=tuple(reference(marker, p) for marker, p in sorted(used.items())),
        retrieved=tuple(
            RetrievedPaper(rank=n, paper_id=p.paper_id, title=p.title, score=1 - n / 10)
            for n, p in enumerate(PAPERS, start=1)
        ),
        timings_ms={"total": 42.0}, provenance=Provenance(writer="quoting"),
    )  # fmt: skip


LANTERN_QUOTE = (
    "The brightness at two metres is a quarter of that at one metre, within 3% for every lantern."
)
KITE_QUOTE = "The balance is reached at 410 m for a cotton line."


def lantern_answer(question: str) -> Answer:
    lanterns, kites = PAPERS[0], PAPERS[1]
    return answered(
        question,
        (LANTERN_QUOTE, Verdict.SUPPORTED, [cite(1, lanterns, LANTERN_QUOTE)]),
        (KITE_QUOTE, Verdict.SUPPORTED, [cite(2, kites, KITE_QUOTE)]),
        ("Wind dims the lanterns [1].", Verdict.CONTRADICTED,
         [cite(1, lanterns, "Wind has no effect on it.")]),
        ("Lanterns are loved by poets.", Verdict.UNSUPPORTED,
         [Citation(marker=9, status="unknown")]),
        ("Perhaps light is slow.", Verdict.UNCERTAIN, [cite(1, lanterns, "Lamplight falls off")]),
        ("The authors are Ada Wick and others.", Verdict.UNCHECKED,
         [Citation(marker=1, paper_id=lanterns.paper_id, field="authors",
                   version=lanterns.version, quote="Ada Wick, Bo Tallow, Cleo Ember")]),
    )  # fmt: skip


def abstained(question: str) -> Answer:
    return Answer(
        question=question, status=AnswerStatus.ABSTAINED, answer="",
        abstention=Abstention(
            reason=AbstentionReason.NOTHING_RELEVANT,
            message="None of the papers is about submarines.",
            nearest=tuple(
                NearestPaper(paper_id=p.paper_id, title=p.title, score=0.1) for p in PAPERS[:2]
            ),
        ),
        provenance=Provenance(writer="quoting"),
    )  # fmt: skip


def hostile_answer(question: str) -> Answer:
    evil = PAPERS[2]
    return answered(
        question,
        (HOSTILE, Verdict.SUPPORTED, [cite(1, evil, HOSTILE)]),
        ("See the ![title](http://198.51.100.7/t.png).", Verdict.UNSUPPORTED,
         [cite(1, evil, "This sentence is hostile.")]),
    )  # fmt: skip


class FakeAssistant:
    """Answers by a word of the question: submarine, hostile, crash, refuse, failed, slow, echo."""

    def __init__(self, settings: Settings | None = None, papers: Sequence[Paper] = PAPERS) -> None:
        self.settings = settings or Settings(_env_file=None)
        self.library = list(papers)
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []
        self.warm = False
        self.conversations = FakeConversations()

    def warm_up(self) -> None:
        self.warm = True

    def ask(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        self.asked.append((question, tuple(history)))
        if not question.strip() or len(question) > 50_000:
            raise QuestionError("The question is too long.", remedy="Ask a shorter one.")
        if "crash" in question:
            raise RuntimeError("<b>internal</b>")
        if "refuse" in question:
            raise ProviderError("The model is away.", remedy="Start it.")
        if "submarine" in question:
            return abstained(question)
        if "hostile" in question:
            return hostile_answer(question)
        if "failed" in question:
            return abstained(question).model_copy(
                update={"status": AnswerStatus.FAILED, "abstention": None,
                        "error": "The model did not answer in time."}
            )  # fmt: skip
        if "dropped" in question:
            return _with_dropped(lantern_answer(question))
        return lantern_answer(question)

    def stream(
        self, question: str, *, history: Sequence[Turn] = ()
    ) -> Iterator[TextDelta | Answer]:
        answer = self.ask(question, history=history)
        for word in answer.answer.split(" ")[:60]:
            if "slow" in question:
                time.sleep(0.1)
            yield TextDelta(text=word + " ")
            if "midway" in question:
                raise RuntimeError("midway")
        yield answer

    def review(
        self,
        scope: Scope | str,
        *,
        before: Review | None = None,
        progress: Callable[[str, int, int], None],
    ) -> Review:
        scope = Scope(topic=scope) if isinstance(scope, str) else scope
        if "crash" in scope.topic:
            raise RuntimeError("<b>internal</b>")
        progress("search", 0, 6)
        title = "a changed review" if before else "a review of two papers"
        return reviewed(scope).model_copy(update={"title": f"{scope.topic}: {title}"})

    def papers(self, query: str = "", **_: object) -> list[Paper]:
        return [p for p in self.library if query.casefold() in (p.title + p.abstract).casefold()]

    def paper(self, paper_id: str) -> Paper:
        for known in self.library:
            if known.paper_id == paper_id:
                return known
        raise PaperMissingError(f"No paper is named {paper_id}.", remedy="See litdesk papers.")


def reviewed(scope: Scope) -> Review:
    """A review that quotes the lanterns in a sentence and the kites in a cell of the table.

    The third paper is listed; its reason tells which papers the scope names.
    """
    evil = PAPERS[2]
    lanterns, kites = PAPERS[0], PAPERS[1]
    quoted = cite(1, lanterns, LANTERN_QUOTE)
    found = cite(2, kites, KITE_QUOTE)
    rows = tuple(
        TableRow(
            paper_id=source.paper_id, year=Cell(), question=Cell(), method=Cell(), data=Cell(),
            finding=Cell(text=one.quote, citation=one), code=Cell(),
        )
        for source, one in ((lanterns, quoted), (kites, found))
    )  # fmt: skip
    return Review(
        status="review", scope=scope, title="",
        abstract=(
            ReviewSentence(text="Two of the three papers are on this topic", kind="template"),
        ),
        sections=(
            ReviewSection(
                heading="Light", keywords=("light",), paper_ids=(lanterns.paper_id,),
                versions=(lanterns.version,),
                sentences=(
                    ReviewSentence(
                        text=f"Wick et al. (2021): “{LANTERN_QUOTE}”", kind="quotation",
                        citations=(quoted,), reason="the words of the abstract", score=1.0,
                    ),
                ),
            ),
        ),
        table=rows, references=(reference(1, lanterns), reference(2, kites)), library_papers=3,
        candidates=(
            Candidate(
                paper_id=evil.paper_id, title=evil.title, decision="not used", score=0.3,
                reason=f"cite {scope.cite}, leave out {scope.leave_out}", found_by=("topic",),
            ),
        ),
    )  # fmt: skip


def _with_dropped(answer: Answer) -> Answer:
    """Return the answer as it is when its fourth sentence and all after it were dropped."""
    kept = answer.sentences[:3]
    dropped = answer.sentences[3].model_copy(
        update={"action": Action.DROPPED, "start": 0, "end": 0}
    )
    text = answer.answer[: kept[-1].end]
    return answer.model_copy(update={"answer": text, "sentences": (*kept, dropped)})
