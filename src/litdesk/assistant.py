"""The assistant: the one place that composes the stages."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from threading import RLock
from typing import TYPE_CHECKING, Self

from litdesk.answering import Answering
from litdesk.chunk import split_paper
from litdesk.conversations import Conversations
from litdesk.equipment import Equipment
from litdesk.errors import LibraryMissingError
from litdesk.library import Library
from litdesk.listing import select_papers
from litdesk.question import check_question
from litdesk.trace import Trace
from litdesk.types import Answer, IngestReport, Paper, Provenance, TextDelta, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.language_models import BaseChatModel

    from litdesk.answer.model import ModelWriter
    from litdesk.retrieve import PaperRetriever
    from litdesk.review.results import Cluster, Review, Scope
    from litdesk.settings import Settings
    from litdesk.shelf import Shelf
    from litdesk.usage import UsageLog
    from litdesk.verify.judge import Verifier
    from litdesk.verifying.cited_text import CitedText
    from litdesk.verifying.results import CheckedText

__all__ = ["Assistant"]


class Assistant:
    """Answers questions about one library. Safe to share between threads."""

    def __init__(self, settings: Settings, *, chat_model: BaseChatModel | None = None) -> None:
        """Keep the settings; use `Assistant.open` to get an assistant.

        Args:
            settings: The settings.
            chat_model: As in `Assistant.open`.
        """
        self.settings = settings
        self._equipment = Equipment(settings, library=lambda: self._library, chat_model=chat_model)
        self._opened: Library | None = None
        self._shelf: Shelf | None = None
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
                self._shelf.close()
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
            self._library.claim_embedding(self._equipment.embeddings.fingerprint)
            self._library.embed_missing(
                chunks,
                encode=self._equipment.embeddings.encode,
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
        return self._equipment.usage_log

    @property
    def verifier(self) -> Verifier:
        """The verifier that the settings name; it needs no library.

        Raises:
            SettingsError: If it cannot be opened.
        """
        return self._equipment.verifier

    @property
    def model_writer(self) -> ModelWriter | None:
        """The chat model that the settings name, as a writer; None for the quoting writer.

        Raises:
            SettingsError: If it cannot be opened.
        """
        return self._equipment.writer

    def warm_up(self) -> None:
        """Load the models and the index, so that the first answer comes at once.

        Raises:
            LibraryMissingError: If the library is empty.
        """
        self._open_shelf().retriever.find_passages("warm up")
        _ = self._equipment.verifier
        _ = self._equipment.relevance

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
        return self._equipment.provenance(
            self._open_shelf().fingerprint, writer=self._equipment.writer
        )

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
            answering = Answering(
                question=asked,
                shelf=self._open_shelf(),
                equipment=self._equipment,
                trace=trace,
                history=history,
                without=frozenset(without),
                order=self.settings.answer.order if shuffle is None else shuffle,
            )
            whole.given = answer = yield from answering.run()
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
            PaperMissingError: If the scope names a paper that the library does not have, and
                `before` did not name it.
            LibraryMissingError: If the library is empty.
            SettingsError: If the chat model cannot be opened.
        """
        from litdesk.review.assemble import write_review
        from litdesk.review.results import Scope
        from litdesk.reviewing import open_desk

        if isinstance(scope, str):
            scope = Scope(topic=scope, max_papers=self.settings.review.max_papers)
        shelf = self._open_shelf()
        earlier = {*before.scope.cite, *before.scope.leave_out} if before else set()
        for paper_id in (*scope.cite, *scope.leave_out):
            if paper_id not in earlier:
                shelf.library.paper(paper_id)
        desk, model = open_desk(scope, shelf=shelf, equipment=self._equipment)
        written = write_review(scope, desk, before=before, progress=progress)
        update: dict[str, object] = {
            "provenance": self._equipment.provenance(shelf.fingerprint, writer=model)
        }
        if written.usage.calls:
            update["usage"] = self.usage_log.prices.apply(written.usage)
        return written.model_copy(update=update)

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
            uncited: Search the whole library for support of sentences that cite nothing.
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
            verifier=self._equipment.verifier,
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
        return map_library(
            shelf.papers, vectors=shelf.vectors, embed=self._equipment.embeddings.encode
        )

    def _open_shelf(self) -> Shelf:
        """Return the library open for search, read again if somebody has written to it."""
        from litdesk.shelf import Shelf

        with self._lock:
            library = self._library
            if self._shelf is None or self._shelf.revision != library.revision:
                # The old one closes by itself when the last question that reads it is answered.
                self._shelf = Shelf.read(
                    library, settings=self.settings, embeddings=self._equipment.embeddings
                )
            return self._shelf
