"""The answering chain: from a question to a checked answer, a step at a time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from litdesk.answer.abstain import ANSWERABLE_FROM, abstention, answerability, refuse
from litdesk.answer.compose import compose
from litdesk.answer.leak import CopyFilter, without_foreign_names, without_foreign_sources
from litdesk.answer.order import PassageOrder, lay_out
from litdesk.answer.other_words import in_other_words, reread
from litdesk.answer.premise import contradicted_premise, correct_premise
from litdesk.answer.quoting import asks_for_several, write_quotes
from litdesk.answer.reading import Reading, read_passages
from litdesk.answer.record import answer_from_record
from litdesk.errors import ProviderError
from litdesk.question import StandAlone, correct_spelling, papers_of, stand_alone, take_up
from litdesk.types import (
    Abstention,
    AbstentionReason,
    Action,
    Answer,
    AnswerStatus,
    CheckedSentence,
    Draft,
    DraftSentence,
    Passage,
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
    from collections.abc import Generator, Sequence

    from litdesk.answer.model import ModelWriter
    from litdesk.equipment import Equipment
    from litdesk.shelf import Shelf
    from litdesk.trace import Trace

__all__ = ["Answering"]


@dataclass(slots=True, kw_only=True)
class Answering:
    """One question on its way to an answer.

    Steps: read, (rewrite), retrieve, record, relevance, premise, (reread),
    write, (revise), verify, filter.
    """

    question: str
    """As `litdesk.question.check_question` returns it."""
    shelf: Shelf
    equipment: Equipment
    trace: Trace
    history: Sequence[Turn] = ()
    """The turns before it, oldest first."""
    without: frozenset[str] = frozenset()
    """Ids of papers to answer without."""
    order: PassageOrder | int = "best-first"
    """In which the writer reads the passages; a number is the seed of an order by chance."""
    _reading: StandAlone = field(init=False)
    _writer: ModelWriter | None = field(init=False)
    _passages: list[Passage] = field(init=False, default_factory=list)
    """By rank."""
    _usage: Usage = field(init=False, default_factory=Usage)
    """What chat models were asked so far."""
    _prompts: dict[str, str] = field(init=False, default_factory=dict)
    _revision: Revision | None = field(init=False, default=None)
    _judged: dict[DraftSentence, CheckedSentence] = field(init=False, default_factory=dict)
    """Verdicts given so far: with `--revise` a draft is weighed before it is finished."""

    def run(self) -> Generator[TextDelta, None, Answer]:
        """Take the steps, and yield pieces of unchecked text as they are written.

        Returns:
            The checked answer.

        Raises:
            SettingsError: If a model cannot be opened.
        """
        self._writer = self._metered_writer()
        with self.trace.step("read", self.question) as step:
            self._reading = self._read_question()
            step.given = self._reading.text
        writer = self._writer
        # A small model reads follow-ups worse than the rules do.
        if writer and not writer.compact and self.history and not self._reading.only_focus:
            self._rewrite(writer)
        try:
            draft = yield from self._draft()
            if self._writer and draft.usage and self.equipment.settings.answer.revise:
                draft = self._revise(self._writer, draft)
        except ProviderError as error:
            return self._finish(Draft(), error=error)
        return self._finish(draft)

    def _metered_writer(self) -> ModelWriter | None:
        """Return the writer for this question, whose replies are counted however they end."""
        writer = self.equipment.writer
        if writer is None:
            return None
        log = self.equipment.usage_log

        def note(usage: Usage, failure: str | None) -> None:
            self._usage += usage
            log.record(usage, failure, purpose="answer")

        return replace(writer, meter=note)

    def _read_question(self) -> StandAlone:
        corrected = correct_spelling(
            self.question,
            vocabulary=self.shelf.index.vocabulary,
            is_word=self.equipment.embeddings.knows_word,
        )
        reading = stand_alone(corrected, self.history)
        known = tuple(paper_id for paper_id in reading.focus if paper_id in self.shelf.papers)
        return replace(reading, focus=known, only_focus=reading.only_focus and bool(known))

    def _rewrite(self, writer: ModelWriter) -> None:
        """Let the model say what a follow-up means; where it cannot, the rules' reading stays."""
        from litdesk.follow_up import PROMPT, rewrite_question
        from litdesk.prompts import load_prompt

        with self.trace.step("rewrite", self._reading.asked) as step:
            reply = rewrite_question(
                self._reading.asked,
                self.history,
                model=writer.model,
                name=writer.name,
                deadlines=writer.deadlines,
                meter=writer.meter,
            )
            step.given = reply.text if reply else "left to the rules"
        if reply is not None:
            self._prompts = {PROMPT: load_prompt(PROMPT).digest}
            self._reading = StandAlone(text=reply.text, asked=reply.text, focus=self._reading.focus)

    def _draft(self) -> Generator[TextDelta, None, Draft]:
        self._retrieve()
        if not self._reading.focus and answerability(self._passages) < ANSWERABLE_FROM:
            self._take_up()
        reading = self._reading
        if not reading.only_focus:
            settled = self._draft_without_writer()
            if settled is not None:
                return settled
            self._reread()
        laid_out = lay_out(self._passages, self.order)
        with self.trace.step("write", laid_out) as step:
            if self._writer is None:
                options = self.equipment.settings.answer
                step.given = draft = write_quotes(
                    reading.asked,
                    laid_out,
                    max_sentences=options.max_sentences,
                    max_sentences_survey=options.max_sentences_survey,
                )
            else:
                step.given = draft = yield from self._write(self._writer, laid_out)
        return draft

    def _retrieve(self) -> None:
        reading = self._reading
        with self.trace.step("retrieve", reading.text) as step:
            step.given = self._passages = self.shelf.retriever.find_passages(
                reading.text,
                asked=reading.asked,
                focus=reading.focus,
                only_focus=reading.only_focus,
                without=self.without,
            )

    def _take_up(self) -> None:
        """Read a question about nothing in the library as one on the papers of the last turn."""
        last = self.history[-1].paper_ids if self.history else ()
        papers = [self.shelf.papers[i] for i in last if i in self.shelf.papers]
        taken = take_up(self._reading.asked, self.history, papers) if papers else None
        if taken is not None:
            self._reading = replace(taken, focus=tuple(paper.paper_id for paper in papers))
            self._retrieve()

    def _draft_without_writer(self) -> Draft | None:
        """Return the draft where the record answers, nothing does, or the question is mistaken."""
        reading = self._reading
        with self.trace.step("record", reading.asked) as step:
            papers = [p for i, p in self.shelf.papers.items() if i not in self.without]
            focus = [p for p in papers if p.paper_id in reading.focus]
            focus.sort(key=lambda paper: reading.focus.index(paper.paper_id))
            nearest = self._passages[0].paper if self._passages else None
            step.given = by_record = answer_from_record(
                reading.asked, papers, focus=focus, nearest=nearest
            )
        if by_record is not None:
            return by_record
        with self.trace.step("relevance", reading.asked) as step:
            step.given = read = self._read_passages()
        refusal = refuse(reading.asked, self._passages, is_about=read.is_about)
        if refusal is not None:
            return refusal
        with self.trace.step("premise", reading.asked) as step:
            opposite = contradicted_premise(reading.asked, self._passages)
            if opposite is None and not read.is_answered:
                opposite = read.denial
            step.given = opposite.evidence.text if opposite else "not in doubt"
        if opposite is not None:
            most = self.equipment.settings.answer.max_sentences
            return correct_premise(reading.asked, opposite, max_sentences=most)
        return None if read.is_answered else Draft(abstention=AbstentionReason.NOT_IN_ABSTRACTS)

    def _reread(self) -> None:
        """Order what was found anew where the question shares few words with it."""
        reader = self.equipment.relevance
        if self._writer is None and reader is not None and in_other_words(self._passages):
            with self.trace.step("reread", self._reading.asked) as step:
                step.given = self._passages = reread(
                    self._reading.asked, self._passages, reader=reader
                )

    def _read_passages(self) -> Reading:
        """Read what was found beside the question; without a model, likeness must do."""
        asked, follows = self._reading.asked, bool(self._reading.focus)
        reader = self.equipment.relevance
        if reader is None:
            likely = answerability(self._passages, follows=follows)
            return Reading(is_about=likely >= ANSWERABLE_FROM, is_answered=True)
        return read_passages(asked, self._passages, reader=reader, follows=follows)

    def _write(
        self, writer: ModelWriter, laid_out: Sequence[Passage]
    ) -> Generator[TextDelta, None, Draft]:
        draft, written = Draft(), ""
        copying = CopyFilter(passage.paper for passage in self._passages)
        for piece in writer.stream(
            self._reading.asked,
            laid_out,
            history=self.history,
            max_sentences=self._most_sentences(),
            language=self.equipment.settings.answer.language,
        ):
            if isinstance(piece, Draft):
                draft = piece
            elif not copying.copies(written + piece):
                written += piece
                shown = without_foreign_names(piece, self.shelf.papers.values())
                yield TextDelta(text=f"{shown} ")
        return draft

    def _revise(self, writer: ModelWriter, first: Draft) -> Draft:
        """Let the model draft once more where sentences fail, and keep the better draft."""
        judged = self._judge(first)
        if all(sentence.verdict is Verdict.SUPPORTED for sentence in judged):
            return first
        self._prompts[writer.revision.name] = writer.revision.digest
        with self.trace.step("revise", judged) as step:
            try:
                second = writer.revise(
                    self._reading.asked,
                    lay_out(self._passages, self.order),
                    checked=judged,
                    max_sentences=self._most_sentences(),
                    language=self.equipment.settings.answer.language,
                )
            except ProviderError as error:
                self._revision = compare_drafts(judged, [], problem=str(error))
                return first
            self._revision = compare_drafts(judged, self._judge(second))
            if self._revision.kept == "first":
                return first
            step.given = second
            return second

    def _most_sentences(self) -> int:
        options = self.equipment.settings.answer
        several = asks_for_several(self._reading.asked)
        return options.max_sentences_survey if several else options.max_sentences

    def _judge(self, draft: Draft) -> list[CheckedSentence]:
        for sentence in draft.sentences:
            if sentence not in self._judged:
                self._judged[sentence] = check_sentence(
                    sentence, papers=self.shelf.papers, verifier=self.equipment.verifier
                )
                self._usage += self._judged[sentence].usage
        return [self._judged[sentence] for sentence in draft.sentences]

    def _finish(self, draft: Draft, *, error: ProviderError | None = None) -> Answer:
        papers, earlier = self.shelf.papers, papers_of(self.history)
        with self.trace.step("verify", draft) as step:
            step.given = checked = repair_sentences(
                self._judge(draft),
                papers=papers,
                unsupported=self.equipment.settings.verification.unsupported,
            )
        with self.trace.step("filter", checked) as step:
            read = [passage.paper for passage in self._passages]
            read += [papers[i] for i in earlier if i in papers]
            own = [without_foreign_sources(one, papers.values()) for one in checked]
            step.given = checked = CopyFilter(read).quote_copies(own)
        refusal = None if error else _refusal(draft, checked, self._passages)
        composed = compose(
            checked, papers=papers, numbered=earlier, lead=refusal.message if refusal else ""
        )
        status = AnswerStatus.ABSTAINED if refusal else AnswerStatus.ANSWERED
        text, usage = self._reading.text, self._usage
        return Answer(
            question=self.question,
            status=AnswerStatus.FAILED if error else status,
            answer=composed.text,
            sentences=composed.sentences,
            references=composed.references,
            abstention=refusal,
            error=str(error) if error else None,
            read_as=text if text != self.question else None,
            retrieved=by_rank(self._passages),
            revision=self._revision,
            usage=self.equipment.usage_log.prices.apply(usage) if usage.calls else Usage(),
            provenance=self.equipment.provenance(
                self.shelf.fingerprint, writer=self._writer, prompts=self._prompts
            ),
        )


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
