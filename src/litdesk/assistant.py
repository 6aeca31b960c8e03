"""The assistant: the one place that composes the stages."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from threading import RLock
from typing import TYPE_CHECKING, Self

from litdesk.answer.abstain import abstention, refuse
from litdesk.answer.compose import compose
from litdesk.answer.leak import CopyFilter, without_foreign_names, without_foreign_sources
from litdesk.answer.order import PassageOrder, lay_out
from litdesk.answer.premise import contradicted_premise, correct_premise
from litdesk.answer.quoting import asks_for_several, write_quotes
from litdesk.answer.record import answer_from_record
from litdesk.chunk import split_paper
from litdesk.conversations import Conversations
from litdesk.errors import LibraryMissingError, ProviderError
from litdesk.library import Library
from litdesk.listing import select_papers
from litdesk.question import (
    StandAlone,
    check_question,
    correct_spelling,
    papers_of,
    stand_alone,
)
from litdesk.trace import Trace
from litdesk.types import (
    Abstention,
    AbstentionReason,
    Action,
    Answer,
    AnswerStatus,
    CheckedSentence,
    Draft,
    DraftSentence,
    IngestReport,
    Paper,
    Passage,
    Provenance,
    Revision,
    TextDelta,
    Turn,
    Usage,
    Verdict,
    by_rank,
)
from litdesk.verify.draft import check_sentence, repair_sentences
from litdesk.verify.revision import compare_drafts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.language_models import BaseChatModel

    from litdesk.answer.model import ModelWriter
    from litdesk.embeddings import SentenceEmbeddings
    from litdesk.index import PaperIndex
    from litdesk.providers import Deadlines
    from litdesk.retrieve import PaperRetriever
    from litdesk.review.assemble import Desk
    from litdesk.review.results import Cluster, Review, Scope
    from litdesk.review.search import PaperVectors
    from litdesk.settings import Settings
    from litdesk.usage import UsageLog
    from litdesk.verify.judge import Verifier
    from litdesk.verifying.cited_text import CitedText
    from litdesk.verifying.results import CheckedText

__all__ = ["Assistant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """The library as it stood when it was last read, open for search."""

    revision: str
    fingerprint: str
    papers: dict[str, Paper]
    index: PaperIndex
    retriever: PaperRetriever


@dataclass(slots=True, kw_only=True)
class _Work:
    """What is known of a question while it is being answered."""

    question: str
    reading: StandAlone
    without: frozenset[str] = frozenset()
    order: PassageOrder | int = "best-first"
    passages: list[Passage] = field(default_factory=list)
    """By rank."""
    trace: Trace = field(default_factory=Trace)
    usage: Usage = field(default_factory=Usage)
    """What chat models were asked so far."""
    prompts: dict[str, str] = field(default_factory=dict)
    revision: Revision | None = None
    judged: dict[DraftSentence, CheckedSentence] = field(default_factory=dict)
    """Verdicts given so far: with `--revise` a draft is weighed before it is finished."""

    @property
    def laid_out(self) -> list[Passage]:
        """The passages in the order in which the writer reads them."""
        return lay_out(self.passages, self.order)


class Assistant:
    """Answers questions about one library. Safe to share between threads."""

    def __init__(self, settings: Settings, *, chat_model: BaseChatModel | None = None) -> None:
        """Keep the settings; use `Assistant.open` to get an assistant.

        Args:
            settings: The settings.
            chat_model: As in `Assistant.open`.
        """
        self.settings = settings
        self._chat_model = chat_model
        self._opened: Library | None = None
        self._shelf: _Shelf | None = None
        self._vectors: tuple[str, PaperVectors] | None = None
        self._lock = RLock()

    @classmethod
    def open(cls, settings: Settings, *, chat_model: BaseChatModel | None = None) -> Self:
        """Open the library that the settings name. Models load at first use.

        Args:
            settings: The settings.
            chat_model: A LangChain chat model that writes the answers, instead of the one that
                the settings name.

        Returns:
            The assistant; where there is no library yet, `ingest` makes it.

        Raises:
            SettingsError: If the database cannot be used here.
            StoreError: If the library cannot be opened.
        """
        assistant = cls(settings, chat_model=chat_model)
        with suppress(LibraryMissingError):
            assistant._open_library(create=False)
        return assistant

    def _open_library(self, *, create: bool) -> Library:
        with self._lock:
            if self._opened is None:
                self._opened = Library.open(
                    self.settings.library_dir, url=self.settings.database_url, create=create
                )
            return self._opened

    @property
    def _library(self) -> Library:
        return self._open_library(create=False)

    def close(self) -> None:
        """Let go of the library and the index."""
        with self._lock:
            if self._shelf:
                self._shelf.index.close()
                self._shelf = None
            if self._opened:
                self._opened.close()
                self._opened = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ingest(
        self, paths: Sequence[Path], *, progress: Callable[[str, int, int], None] | None = None
    ) -> IngestReport:
        """Read files of papers into the library.

        Args:
            paths: Files and folders.
            progress: Called with the step (`read`, `embed`, `index`), what is done and the total.

        Returns:
            What became of each record; failures are named.

        Raises:
            IngestError: If nothing could be read; the library is as it was.
            LibraryInUseError: If another process is writing.
            EmbeddingMismatchError: If the library was embedded with another model.
        """
        from litdesk.ingest import read_paths
        from litdesk.ingest.instructions import flag_papers
        from litdesk.sameness import resolve_records

        tell = progress or (lambda *_: None)
        reading = read_paths(paths)
        total = len(reading.records)
        tell("read", total, total)
        self._open_library(create=True)
        with self._library.writing():
            known = self._library.known_records()
            fresh = [record for record in reading.records if record.digest not in known]
            resolution = resolve_records(
                fresh, papers=self._library.papers(), retired_ids=set(known.values())
            )
            self._store(
                [*resolution.added, *resolution.changed],
                [(a.record_digest, a.paper_id) for a in resolution.assignments],
                tell,
            )
        outcomes = [assignment.outcome for assignment in resolution.assignments]
        return IngestReport(
            files=reading.files,
            records_in=total + len(reading.failures),
            added=outcomes.count("added"),
            merged=outcomes.count("merged"),
            unchanged=outcomes.count("unchanged") + total - len(fresh),
            failed=len(reading.failures),
            failures=reading.failures,
            flagged=flag_papers([*resolution.added, *resolution.changed]),
        )

    def _store(
        self,
        papers: Sequence[Paper],
        records: Sequence[tuple[str, str]],
        tell: Callable[[str, int, int], None],
    ) -> None:
        options = self.settings.index
        chunks = [
            chunk
            for paper in papers
            for chunk in split_paper(paper, window=options.window, stride=options.stride)
        ]
        if chunks:
            self._library.claim_embedding(self._embeddings.fingerprint)
            self._library.embed_missing(
                chunks,
                encode=self._embeddings.encode,
                progress=lambda done, all_: tell("embed", done, all_),
            )
        if records:
            self._library.save(papers, chunks=chunks, records=records)
        if self._library.count_papers():
            tell("index", 0, 1)
            self._open_shelf()
            tell("index", 1, 1)

    def papers(
        self,
        query: str = "",
        *,
        author: str | None = None,
        years: tuple[int | None, int | None] = (None, None),
    ) -> list[Paper]:
        """Return papers of the library.

        Args:
            query: Words that a paper must have; all papers if empty.
            author: Part of an author's name.
            years: First and last year, both included; None for an open end.

        Returns:
            The papers, the best match first, then the newest.

        Raises:
            LibraryMissingError: If there is no library.
        """
        return select_papers(self._library.papers(), query, author=author, years=years)

    def paper(self, paper_id: str) -> Paper:
        """Return one paper.

        Args:
            paper_id: Its id.

        Returns:
            The paper.

        Raises:
            PaperMissingError: If there is none with this id.
            LibraryMissingError: If there is no library.
        """
        return self._library.paper(paper_id)

    @property
    def conversations(self) -> Conversations:
        """The conversations that are kept in the library.

        Raises:
            LibraryMissingError: If there is no library.
        """
        return Conversations(self._library)

    @property
    def usage_log(self) -> UsageLog:
        """What chat models were asked for this library, call by call.

        Raises:
            SettingsError: If the prices that the settings name cannot be read.
        """
        return self._usage_log

    @cached_property
    def _usage_log(self) -> UsageLog:
        from litdesk.usage import UsageLog, load_prices

        return UsageLog(lambda: self._library, prices=load_prices(self.settings.prices))

    def warm_up(self) -> None:
        """Load the models and the index, so that the first answer comes at once.

        Raises:
            LibraryMissingError: If the library is empty.
        """
        self._open_shelf().retriever.find_passages("warm up")
        _ = self._verifier

    @property
    def retriever(self) -> PaperRetriever:
        """The retriever over the library as it stands, a LangChain `BaseRetriever`.

        Raises:
            LibraryMissingError: If the library is empty.
        """
        return self._open_shelf().retriever

    @property
    def provenance(self) -> Provenance:
        """What an answer given now would carry, to tell whether an older one is still good.

        Raises:
            LibraryMissingError: If the library is empty.
        """
        return self._provenance({}, self._open_shelf(), self._model_writer)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        without: Collection[str] = (),
        shuffle: int | None = None,
        callbacks: Sequence[BaseCallbackHandler] = (),
    ) -> Answer:
        """Answer a question.

        Args:
            question: The question.
            history: The turns before it, oldest first.
            without: Ids of papers to answer without, as if they were not in the library.
            shuffle: Seed of an order by chance in which the writer reads the passages; the order
                of the settings if None.
            callbacks: As in `stream`.

        Returns:
            The answer, an abstention, or a failure that still carries the papers found.

        Raises:
            QuestionError: If the question cannot be asked as it is.
            LibraryMissingError: If the library is empty.
            StoreError: If the library cannot be read.
            SettingsError: If the chat model cannot be opened.
        """
        *_, last = self.stream(
            question, history=history, without=without, shuffle=shuffle, callbacks=callbacks
        )
        if not isinstance(last, Answer):
            raise TypeError(last)
        return last

    async def aask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        without: Collection[str] = (),
        shuffle: int | None = None,
        callbacks: Sequence[BaseCallbackHandler] = (),
    ) -> Answer:
        """Answer a question without blocking the event loop; see `ask`.

        Args:
            question: The question.
            history: The turns before it, oldest first.
            without: As in `ask`.
            shuffle: As in `ask`.
            callbacks: As in `stream`.

        Returns:
            The answer.
        """
        return await asyncio.to_thread(
            self.ask,
            question,
            history=history,
            without=without,
            shuffle=shuffle,
            callbacks=callbacks,
        )

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        without: Collection[str] = (),
        shuffle: int | None = None,
        callbacks: Sequence[BaseCallbackHandler] = (),
    ) -> Iterator[TextDelta | Answer]:
        """Answer a question piece by piece; see `ask` for what it raises.

        Args:
            question: The question.
            history: The turns before it, oldest first.
            without: Ids of papers to answer without.
            shuffle: As in `ask`.
            callbacks: LangChain callback handlers; each step is a run of a chain.

        Yields:
            Pieces of unchecked text as they are written, and at last the checked answer.
        """
        asked = check_question(question)
        trace = Trace(callbacks=callbacks)
        with trace.whole(asked) as whole:
            shelf = self._open_shelf()
            writer = self._model_writer
            with trace.step("read", asked) as step:
                reading = self._read_question(asked, history, shelf)
                step.given = reading.text
            work = _Work(
                question=asked,
                reading=reading,
                trace=trace,
                without=frozenset(without),
                order=self.settings.answer.order if shuffle is None else shuffle,
            )
            if writer:
                writer = self._metered(writer, work)
            if writer and history and not reading.only_focus:
                _rewrite(work, writer, history)
            try:
                draft = yield from self._draft(work, shelf, writer, history)
                if writer and draft.usage and self.settings.answer.revise:
                    draft = self._revise(work, shelf, writer, draft)
            except ProviderError as error:
                answer = self._finish(work, shelf, writer, Draft(), history, error=error)
            else:
                answer = self._finish(work, shelf, writer, draft, history)
            whole.given = answer
        yield answer.model_copy(update={"timings_ms": trace.timings_ms})

    def review(
        self,
        scope: Scope | str,
        *,
        before: Review | None = None,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Review:
        """Write a literature review of a topic.

        Args:
            scope: The topic, or a scope with filters.
            before: An earlier review of the scope, to bring it up to date.
            progress: Called with a step's name, the steps done and their number.

        Returns:
            The review; its status says if there was enough for one.

        Raises:
            QuestionError: If the topic cannot be used as it is.
            LibraryMissingError: If the library is empty.
            SettingsError: If the chat model cannot be opened.
        """
        from litdesk.review.assemble import write_review
        from litdesk.review.results import Scope

        if isinstance(scope, str):
            scope = Scope(topic=scope, max_papers=self.settings.review.max_papers)
        shelf = self._open_shelf()
        desk, model = self._desk(scope, shelf)
        written = write_review(scope, desk, before=before, progress=progress)
        made = self._provenance({}, shelf, model)
        return written.model_copy(update={"provenance": made})

    def verify(
        self,
        text: CitedText | str,
        *,
        bib: Path | None = None,
        uncited: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> CheckedText:
        """Check a cited text that litdesk did not write against the library.

        Args:
            text: The text; a string is Markdown.
            bib: A .bib file, for keys that are not ids of papers.
            uncited: Look for sentences that cite nothing in the whole library.
            progress: Called with the sentences judged and their number.

        Returns:
            A verdict for each sentence, and what each citation means.

        Raises:
            LibraryMissingError: If the library is empty.
            IngestError: If the .bib file cannot be read.
            SettingsError: If the verifier cannot be opened.
        """
        from litdesk.ingest import read_paths
        from litdesk.verifying.blocks import blocks_of_markdown
        from litdesk.verifying.check import Desk, check_text
        from litdesk.verifying.cited_text import parse_blocks

        if isinstance(text, str):
            text = parse_blocks(blocks_of_markdown(text), "text")
        records = read_paths([bib]).records if bib else ()
        shelf = self._open_shelf()
        desk = Desk(
            papers=shelf.papers,
            verifier=self._verifier,
            find=lambda claim: [p.paper for p in shelf.retriever.find_passages(claim)],
            uncited=uncited,
        )
        return check_text(text, desk, records=records, progress=progress)

    def topics(self) -> list[Cluster]:
        """Return the map of the library.

        Returns:
            Clusters of papers, the largest first.

        Raises:
            LibraryMissingError: If the library is empty.
        """
        from litdesk.review.themes import map_library

        shelf = self._open_shelf()
        return map_library(shelf.papers, vectors=self._paper_vectors(shelf))

    def _desk(self, scope: Scope, shelf: _Shelf) -> tuple[Desk, ModelWriter | None]:
        """Return what a review is written with, and the model's writer in it."""
        from litdesk.review.assemble import Desk
        from litdesk.review.search import Finder
        from litdesk.reviewing import contradiction_by, section_model, section_writer
        from litdesk.verify.rules import RulesVerifier

        index, weight = shelf.index, self.settings.retrieval.dense_weight
        by_author = select_papers(list(shelf.papers.values()), author=scope.author)
        fitting = select_papers(by_author, years=(scope.first_year, scope.last_year))
        wanted = (scope.category or "").casefold()
        unknown = {
            "year": sum(not p.year for p in by_author) if scope.has_years else 0,
            "category": sum(not p.category for p in fitting) if wanted else 0,
        }
        model = section_model(self._model_writer) if self._model_writer else None
        if model:
            model = replace(model, meter=partial(self.usage_log.record, purpose="review"))
        desk = Desk(
            papers={
                p.paper_id: p
                for p in sorted(fitting, key=lambda paper: paper.paper_id)
                if not wanted or wanted == (p.category or "").casefold()
            },
            unknown=unknown,
            finder=Finder(
                search=lambda query, vector: index.search(query, vector, dense_weight=weight),
                embed=self._embeddings.embed_query,
                rarity=index.rarity,
            ),
            vectors=self._paper_vectors(shelf),
            write=section_writer(
                model,
                verifier=self._verifier,
                unsupported=self.settings.verification.unsupported,
            )
            if model
            else None,
            contradicts=contradiction_by(RulesVerifier()),
        )
        return desk, model

    def _paper_vectors(self, shelf: _Shelf) -> PaperVectors:
        from litdesk.review.search import PaperVectors

        with self._lock:
            if self._vectors is None or self._vectors[0] != shelf.revision:
                chunks = self._library.chunks()
                found = PaperVectors.of(chunks, self._library.vectors(chunks))
                self._vectors = (shelf.revision, found)
            return self._vectors[1]

    def _read_question(self, question: str, history: Sequence[Turn], shelf: _Shelf) -> StandAlone:
        corrected = correct_spelling(
            question, vocabulary=shelf.index.vocabulary, is_word=self._embeddings.knows_word
        )
        reading = stand_alone(corrected, history)
        known = tuple(paper_id for paper_id in reading.focus if paper_id in shelf.papers)
        return StandAlone(
            text=reading.text,
            asked=reading.asked,
            focus=known,
            only_focus=reading.only_focus and bool(known),
        )

    def _draft(
        self,
        work: _Work,
        shelf: _Shelf,
        writer: ModelWriter | None,
        history: Sequence[Turn],
    ) -> Generator[TextDelta, None, Draft]:
        reading = work.reading
        with work.trace.step("retrieve", reading.text) as step:
            step.given = work.passages = shelf.retriever.find_passages(
                reading.text,
                asked=reading.asked,
                focus=reading.focus,
                only_focus=reading.only_focus,
                without=work.without,
            )
        if not reading.only_focus:
            with work.trace.step("record", reading.asked) as step:
                papers = [p for i, p in shelf.papers.items() if i not in work.without]
                focus = [p for p in papers if p.paper_id in reading.focus]
                focus.sort(key=lambda paper: reading.focus.index(paper.paper_id))
                step.given = by_record = answer_from_record(reading.asked, papers, focus=focus)
            if by_record is not None:
                return by_record
            refusal = refuse(
                reading.asked,
                work.passages,
                vocabulary=shelf.index.vocabulary,
                follows=bool(reading.focus),
            )
            if refusal is not None:
                return refusal
            with work.trace.step("premise", reading.asked) as step:
                opposite = contradicted_premise(reading.asked, work.passages)
                step.given = opposite.evidence.text if opposite else "not in doubt"
            if opposite is not None:
                return correct_premise(
                    reading.asked, opposite, max_sentences=self.settings.answer.max_sentences
                )
        with work.trace.step("write", work.laid_out) as step:
            if writer is None:
                step.given = draft = write_quotes(
                    reading.asked,
                    work.laid_out,
                    max_sentences=self.settings.answer.max_sentences,
                    max_sentences_survey=self.settings.answer.max_sentences_survey,
                )
            else:
                step.given = draft = yield from self._write_with_model(
                    work, shelf.papers, writer, history
                )
        return draft

    def _write_with_model(
        self,
        work: _Work,
        papers: Mapping[str, Paper],
        writer: ModelWriter,
        history: Sequence[Turn],
    ) -> Generator[TextDelta, None, Draft]:
        draft, written = Draft(), ""
        copying = CopyFilter(passage.paper for passage in work.passages)
        for piece in writer.stream(
            work.reading.asked,
            work.laid_out,
            history=history,
            max_sentences=self._most_sentences(work),
            language=self.settings.answer.language,
        ):
            if isinstance(piece, Draft):
                draft = piece
            elif not copying.copies(written + piece):
                written += piece
                yield TextDelta(text=f"{without_foreign_names(piece, papers.values())} ")
        return draft

    def _revise(self, work: _Work, shelf: _Shelf, writer: ModelWriter, first: Draft) -> Draft:
        """Let the model draft once more where sentences fail, and keep the better draft."""
        judged = self._judge(first, shelf, work)
        if all(sentence.verdict is Verdict.SUPPORTED for sentence in judged):
            return first
        work.prompts[writer.revision.name] = writer.revision.digest
        with work.trace.step("revise", judged) as step:
            try:
                second = writer.revise(
                    work.reading.asked,
                    work.laid_out,
                    checked=judged,
                    max_sentences=self._most_sentences(work),
                    language=self.settings.answer.language,
                )
            except ProviderError as error:
                work.revision = compare_drafts(judged, [], problem=str(error))
                return first
            work.revision = compare_drafts(judged, self._judge(second, shelf, work))
            if work.revision.kept == "first":
                return first
            step.given = second
            return second

    def _most_sentences(self, work: _Work) -> int:
        options = self.settings.answer
        several = asks_for_several(work.reading.asked)
        return options.max_sentences_survey if several else options.max_sentences

    def _judge(self, draft: Draft, shelf: _Shelf, work: _Work) -> list[CheckedSentence]:
        for sentence in draft.sentences:
            if sentence not in work.judged:
                work.judged[sentence] = check_sentence(
                    sentence, papers=shelf.papers, verifier=self._verifier
                )
                work.usage += work.judged[sentence].usage
        return [work.judged[sentence] for sentence in draft.sentences]

    def _metered(self, writer: ModelWriter, work: _Work) -> ModelWriter:
        """Return the writer for one question, whose replies are counted however they end."""
        log = self.usage_log

        def note(usage: Usage, failure: str | None) -> None:
            work.usage += usage
            log.record(usage, failure, purpose="answer")

        return replace(writer, meter=note)

    def _finish(
        self,
        work: _Work,
        shelf: _Shelf,
        writer: ModelWriter | None,
        draft: Draft,
        history: Sequence[Turn],
        *,
        error: ProviderError | None = None,
    ) -> Answer:
        with work.trace.step("verify", draft) as step:
            step.given = checked = repair_sentences(
                self._judge(draft, shelf, work),
                papers=shelf.papers,
                unsupported=self.settings.verification.unsupported,
            )
        with work.trace.step("filter", checked) as step:
            read = [passage.paper for passage in work.passages]
            read += [shelf.papers[i] for i in papers_of(history) if i in shelf.papers]
            own = [without_foreign_sources(one, shelf.papers.values()) for one in checked]
            step.given = checked = CopyFilter(read).quote_copies(own)
        refusal = None if error else _refusal(draft, checked, work.passages)
        composed = compose(
            checked,
            papers=shelf.papers,
            numbered=papers_of(history),
            lead=refusal.message if refusal else "",
        )
        status = AnswerStatus.ABSTAINED if refusal else AnswerStatus.ANSWERED
        text = work.reading.text
        return Answer(
            question=work.question,
            status=AnswerStatus.FAILED if error else status,
            answer=composed.text,
            sentences=composed.sentences,
            references=composed.references,
            abstention=refusal,
            error=str(error) if error else None,
            read_as=text if text != work.question else None,
            retrieved=by_rank(work.passages),
            revision=work.revision,
            usage=self.usage_log.prices.apply(work.usage) if work.usage.calls else Usage(),
            provenance=self._provenance(work.prompts, shelf, writer),
        )

    def _provenance(
        self, prompts: dict[str, str], shelf: _Shelf, writer: ModelWriter | None
    ) -> Provenance:
        return Provenance(
            writer="model" if writer else "quoting",
            model=writer.name if writer else None,
            embedding_model=self._embeddings.fingerprint,
            verifier=self._verifier.name,
            prompts=prompts | (writer.prompts if writer else {}),
            settings=self.settings.digest,
            library=shelf.fingerprint,
        )

    @cached_property
    def _embeddings(self) -> SentenceEmbeddings:
        from litdesk.embeddings import SentenceEmbeddings

        options = self.settings.index
        return SentenceEmbeddings(options.embedding_model, batch_size=options.batch_size)

    @property
    def verifier(self) -> Verifier:
        """The verifier that the settings name; it needs no library.

        Raises:
            SettingsError: If it cannot be opened.
        """
        return self._verifier

    @property
    def model_writer(self) -> ModelWriter | None:
        """The chat model that the settings name, as a writer; None for the quoting writer.

        Raises:
            SettingsError: If it cannot be opened.
        """
        return self._model_writer

    @cached_property
    def _verifier(self) -> Verifier:
        from litdesk.verify.combine import open_built_in
        from litdesk.verify.rules import RulesVerifier
        from litdesk.verify.several import open_verifier

        options = self.settings.verification
        return open_verifier(
            options.verifier,
            built_in={"auto": lambda: open_built_in(options.judge), "rules": RulesVerifier},
            open_chat=self._open_chat_judge,
        )

    def _open_chat_judge(self, name: str) -> Verifier:
        from litdesk.providers import open_chat_model
        from litdesk.verify.chat_judge import ChatJudge

        model = open_chat_model(name, base_url=self.settings.base_url, deadlines=self._deadlines)
        return ChatJudge(
            model=model,
            name=f"chat:{name}",
            deadlines=self._deadlines,
            meter=partial(self.usage_log.record, purpose="judge"),
        )

    @cached_property
    def _deadlines(self) -> Deadlines:
        from litdesk.providers import Deadlines

        limits = self.settings.chat
        return Deadlines(
            connect_s=limits.connect_timeout_s,
            first_token_s=limits.first_token_timeout_s,
            gap_s=limits.gap_timeout_s,
            total_s=limits.total_timeout_s,
        )

    @cached_property
    def _model_writer(self) -> ModelWriter | None:
        name = self.settings.model
        if name is None and self._chat_model is None:
            return None
        from litdesk.answer.model import ModelWriter
        from litdesk.providers import leaves_machine, open_chat_model

        model = self._chat_model or open_chat_model(
            name or "",
            base_url=self.settings.base_url,
            temperature=self.settings.chat.temperature,
            deadlines=self._deadlines,
        )
        return ModelWriter(
            model=model,
            name=name or type(model).__name__,
            deadlines=self._deadlines,
            # Models on this machine are small, and read slowly.
            compact=name is not None and not leaves_machine(name, self.settings.base_url),
        )

    def _open_shelf(self) -> _Shelf:
        """Return the library open for search, read again if somebody has written to it."""
        with self._lock:
            revision = self._library.revision
            if self._shelf is None or self._shelf.revision != revision:
                # The old one closes by itself when the last question that reads it is answered.
                self._shelf = self._read_shelf(revision)
            return self._shelf

    def _read_shelf(self, revision: str) -> _Shelf:
        from litdesk.index import PaperIndex
        from litdesk.retrieve import PaperRetriever

        library = self._library
        papers = library.papers()
        if not papers:
            raise LibraryMissingError(
                f"The library in {library.folder} is empty.",
                remedy="Ingest some papers first: litdesk ingest FOLDER.",
            )
        library.claim_embedding(self._embeddings.fingerprint)
        fingerprint = library.fingerprint
        index = PaperIndex.open(
            library.folder / "index",
            generation=fingerprint,
            papers=papers,
            chunks=library.chunks,
            vectors=library.vectors,
            chroma_url=self.settings.chroma_url,
        )
        by_id = {paper.paper_id: paper for paper in papers}
        options = self.settings.retrieval
        retriever = PaperRetriever(
            index=index,
            embeddings=self._embeddings,
            papers=by_id,
            chunks_of=library.chunks,
            k=options.passages,
            dense_weight=options.dense_weight,
        )
        return _Shelf(
            revision=revision,
            fingerprint=fingerprint,
            papers=by_id,
            index=index,
            retriever=retriever,
        )


def _rewrite(work: _Work, writer: ModelWriter, history: Sequence[Turn]) -> None:
    """Let the model say what a follow-up means; where it cannot, the rules' reading stays."""
    from litdesk.follow_up import PROMPT, rewrite_question
    from litdesk.prompts import load_prompt

    with work.trace.step("rewrite", work.reading.asked) as step:
        reply = rewrite_question(
            work.reading.asked,
            history,
            model=writer.model,
            name=writer.name,
            deadlines=writer.deadlines,
            meter=writer.meter,
        )
        step.given = reply.text if reply else "left to the rules"
    if reply is not None:
        work.prompts = {PROMPT: load_prompt(PROMPT).digest}
        work.reading = StandAlone(text=reply.text, asked=reply.text, focus=work.reading.focus)


def _refusal(
    draft: Draft, checked: Sequence[CheckedSentence], passages: Sequence[Passage]
) -> Abstention | None:
    """Return why there is no answer, or None if there is one."""
    if draft.abstention is not None:
        return abstention(draft.abstention, passages, message=draft.message)
    if not checked:
        return abstention(AbstentionReason.NOTHING_RELEVANT, passages)
    if all(sentence.action is Action.DROPPED for sentence in checked):
        return abstention(AbstentionReason.NOTHING_SUPPORTED, passages)
    return None
