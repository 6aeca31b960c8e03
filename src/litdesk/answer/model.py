"""The model writer: a LangChain chain over any chat model.

The model sees numbered abstracts and writes sentences with numbers; code binds these to the words
of the abstracts. Abstracts are data: they stand between lines that occur in none of them, and their
spaces are replaced by a mark ("spotlighting" by delimiting and datamarking: Hines et al., Defending
Against Indirect Prompt Injection Attacks With Spotlighting, 2024, arXiv:2403.14720).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from litdesk.answer.bind import bind_citations, bind_unmarked
from litdesk.answer.quoting import write_quotes
from litdesk.answer.reply import ABSTAINED, abstains, parse_reply, stable_part
from litdesk.errors import BadReplyError
from litdesk.prompts import Prompt, load_prompt
from litdesk.providers import Deadlines, Meter, Reply, read_reply, stream_reply
from litdesk.sentences import split_sentences
from litdesk.types import (
    AbstentionReason,
    CheckedSentence,
    Draft,
    DraftSentence,
    Passage,
    Turn,
    digest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable

__all__ = ["ModelWriter", "datamark", "fence_for"]

_MARKS = ("\u02c6", "¦", "§", "¤")
_MAY_END = re.compile(r"[.!?]\S*\s|\n")
_MAY_END_CHARS = 12
_FENCE_DIGITS = 12
_COMPACT_SENTENCES = 4
_HISTORY_TURNS = 3
_HISTORY_CHARS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWriter:
    """Writes drafts with a chat model."""

    model: BaseChatModel
    name: str
    """How to call the model in errors, such as `openai:gpt-5`."""
    deadlines: Deadlines = field(default_factory=Deadlines)
    compact: bool = False
    """For small local models, which read slowly and forget much: show the best sentences of each
    abstract only, with marks and numbers on lines instead of marks between words; and let the
    sentences that the quoting writer would choose follow the model's, or stand alone where it says
    that there is no answer, since two in three such replies of a small model are wrong. Follow-ups
    are then left to the rules, too."""
    streamed: bool = True
    """False for a server that cannot stream."""
    meter: Meter | None = None
    """Told what each reply took."""
    rules: Prompt = field(default_factory=lambda: load_prompt("answer_rules"))
    request: Prompt = field(default_factory=lambda: load_prompt("answer"))
    revision: Prompt = field(default_factory=lambda: load_prompt("revise"))

    @property
    def prompts(self) -> dict[str, str]:
        """Name and digest of each prompt, for the provenance of an answer."""
        return {prompt.name: prompt.digest for prompt in (self.rules, self.request)}

    def revise(
        self,
        question: str,
        passages: Sequence[Passage],
        *,
        checked: Sequence[CheckedSentence],
        max_sentences: int,
        language: str = "",
    ) -> Draft:
        """Write the answer once more, with the verdicts on the first draft.

        Args:
            question: The reader's question.
            passages: As in `stream`.
            checked: The first draft, judged; its citations still number the passages.
            max_sentences: The draft has at most so many.
            language: As in `stream`.

        Returns:
            The second draft.

        Raises:
            ProviderError: If the model fails or does not finish.
        """
        own = tuple(sentence for sentence in checked if not _is_quotation(sentence))
        asked = _Asked(question, tuple(passages), (), max_sentences, language, own)
        reply = read_reply(
            self.chain(), asked, name=self.name, deadlines=self.deadlines, meter=self.meter
        )
        return self._draft(reply, asked)

    def stream(
        self,
        question: str,
        passages: Sequence[Passage],
        *,
        max_sentences: int,
        history: Sequence[Turn] = (),
        language: str = "",
    ) -> Iterator[str | Draft]:
        """Yield whole sentences as they come, and at last the draft.

        Closing the iterator closes the connection to the model.

        Args:
            question: The reader's question.
            passages: The papers to answer from; the model cites them by number, from 1.
            max_sentences: The draft has at most so many.
            history: Earlier questions of the conversation, the oldest first; papers that they
                cited keep their numbers in what is shown.
            language: Language of the answer, by its English name; that of the model's choice if
                empty.

        Yields:
            Plain text, safe to show, then one Draft with its citations bound.

        Raises:
            ProviderError: If the model fails or does not finish; what was yielded before is then
                no answer.
        """
        if not passages:
            yield Draft(abstention=AbstentionReason.NOTHING_RELEVANT)
            return
        asked = _Asked(question, tuple(passages), tuple(history), max_sentences, language)
        mark = _mark_for(asked)
        raw, shown = "", 0
        cited = dict.fromkeys(paper_id for turn in history for paper_id in turn.paper_ids)
        numbers = {paper_id: number for number, paper_id in enumerate(cited, start=1)}
        for item in stream_reply(
            self.chain(),
            asked,
            name=self.name,
            deadlines=self.deadlines,
            streamed=self.streamed,
            meter=self.meter,
        ):
            if isinstance(item, Reply):
                yield self._draft(item, asked)
                return
            raw += item
            if not _MAY_END.search(raw, len(raw) - len(item) - _MAY_END_CHARS):
                continue
            sure = stable_part(raw).replace(mark, " ")
            sentences = parse_reply(sure, passages, max_sentences=max_sentences)
            if not abstains(sure, sentences):
                # The last one is still being written, or a marker for it may follow its full stop.
                for sentence in sentences[shown:-1]:
                    yield _shown(_bound(sentence, passages), numbers)
                shown = max(shown, len(sentences) - 1)

    def chain(self) -> Runnable[Any, BaseMessage]:
        """Return the LangChain chain: the prompts, then the model.

        Returns:
            A runnable that takes what was asked and gives the model's message.
        """
        from langchain_core.runnables import RunnableLambda

        return RunnableLambda(self._messages, name="answer prompt") | self.model

    def _messages(self, asked: _Asked) -> list[BaseMessage]:
        from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

        mark, fence = _mark_for(asked), fence_for(asked.question, asked.texts)
        rules = self.rules.render(
            language=asked.language,
            fence=fence,
            mark=mark,
            compact=self.compact,
            abstention=ABSTAINED,
        )
        numbered = enumerate(asked.passages, start=1)
        request = self.request.render(
            question=asked.question,
            passages=[_laid_out(n, p, mark, compact=self.compact) for n, p in numbered],
            history=[_shortened(turn) for turn in asked.history[-_HISTORY_TURNS:]],
            fence=fence,
            max_sentences=asked.max_sentences,
        )
        messages: list[BaseMessage] = [SystemMessage(rules), HumanMessage(request)]
        if asked.checked:
            revision = self.revision.render(
                verdicts=asked.checked, max_sentences=asked.max_sentences, abstention=ABSTAINED
            )
            messages += [AIMessage(_as_written(asked.checked)), HumanMessage(revision)]
        return messages

    def _draft(self, reply: Reply, asked: _Asked) -> Draft:
        text = reply.text.replace(_mark_for(asked), " ")
        sentences = parse_reply(text, asked.passages, max_sentences=asked.max_sentences)
        refused = abstains(text, sentences)
        if self.compact:
            written = () if refused else tuple(_bound(s, asked.passages) for s in sentences)
            if both := written + _quotes_beside(written, asked):
                return Draft(sentences=both, usage=reply.usage)
        if refused:
            return Draft(abstention=AbstentionReason.NOT_IN_ABSTRACTS, usage=reply.usage)
        if not sentences:
            raise BadReplyError(
                f"{self.name} wrote nothing that could be read as a sentence.",
                remedy="Try again, or name another model with --model.",
            )
        bound = tuple(_bound(sentence, asked.passages) for sentence in sentences)
        return Draft(sentences=bound, usage=reply.usage)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What goes into the chain."""

    question: str
    passages: tuple[Passage, ...]
    history: tuple[Turn, ...]
    max_sentences: int
    language: str
    checked: tuple[CheckedSentence, ...] = ()
    """A first draft with its verdicts, where there is one."""

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(_text(passage) for passage in self.passages)


def fence_for(question: str, texts: Sequence[str]) -> str:
    """Return a line that occurs in none of the texts, the same for the same input.

    Args:
        question: The reader's question.
        texts: What is to be fenced.

    Returns:
        A line that nobody who wrote one of the texts could put into it.
    """
    attempt = 0
    while True:
        fence = f"==={digest(question, *texts, str(attempt), length=_FENCE_DIGITS)}==="
        if not any(fence in text for text in texts):
            return fence
        attempt += 1


def datamark(text: str, mark: str) -> str:
    """Return a text with a mark in place of its spaces, so that a model sees what is data.

    Args:
        text: Text of a paper.
        mark: One character.

    Returns:
        The text on one line; a mark that was in it before is gone.
    """
    return mark.join(text.replace(mark, " ").split())


def _laid_out(number: int, passage: Passage, mark: str, *, compact: bool) -> str:
    """A passage as the model sees it."""
    if not compact:
        return f"[{number}] {datamark(_text(passage), mark)}"
    lines = (" ".join(line.replace(mark, " ").split()) for line in _best_sentences(passage))
    return "\n".join(f"{mark} {line} [{number}]" for line in lines)


def _best_sentences(passage: Passage) -> list[str]:
    """The sentences that the evidence selection found best, in the order of the abstract."""
    spans = [one.span for one in passage.evidence[:_COMPACT_SENTENCES]]
    spans = spans or split_sentences(passage.paper.abstract)
    abstract = passage.paper.abstract
    return [abstract[s.start : s.end] for s in sorted(spans, key=lambda span: span.start)]


def _quotes_beside(written: Sequence[DraftSentence], asked: _Asked) -> tuple[DraftSentence, ...]:
    """What the quoting writer would answer, without what the model has written already."""
    said = {sentence.text.strip("“”") for sentence in written}
    quotes = write_quotes(
        asked.question,
        asked.passages,
        max_sentences=asked.max_sentences,
        max_sentences_survey=asked.max_sentences,
    )
    numbers = {p.paper.paper_id: n for n, p in enumerate(asked.passages, start=1)}
    return tuple(
        replace(
            quote,
            markers=tuple(numbers[c.paper_id] for c in quote.citations if c.paper_id),
            citations=tuple(
                c.model_copy(update={"marker": numbers[c.paper_id]})
                for c in quote.citations
                if c.paper_id
            ),
        )
        for quote in quotes.sentences
        if quote.citations[0].quote not in said
    )


def _is_quotation(sentence: CheckedSentence) -> bool:
    return any(c.quote and sentence.text.endswith(f"“{c.quote}”") for c in sentence.citations)


def _text(passage: Passage) -> str:
    title = f"{passage.paper.title}. " if passage.paper.title else ""
    return title + passage.paper.abstract


def _mark_for(asked: _Asked) -> str:
    everything = "".join((asked.question, *asked.texts))
    return min(_MARKS, key=everything.count)


def _as_written(checked: Sequence[CheckedSentence]) -> str:
    """A draft as the model wrote it."""
    return " ".join(
        sentence.text + "".join(f" [{citation.marker}]" for citation in sentence.citations)
        for sentence in checked
    )


def _shortened(turn: Turn) -> Turn:
    return turn.model_copy(update={"answer": " ".join(turn.answer.split())[:_HISTORY_CHARS]})


def _bound(sentence: DraftSentence, passages: Sequence[Passage]) -> DraftSentence:
    if sentence.markers:
        return bind_citations(sentence, passages)
    return bind_unmarked(sentence, passages)


def _shown(sentence: DraftSentence, numbers: dict[str, int]) -> str:
    """The sentence as the finished answer will have it: references are numbered as they come."""
    known = [
        f"[{numbers.setdefault(citation.paper_id, len(numbers) + 1)}]"
        for citation in sentence.citations
        if citation.paper_id is not None
    ]
    unknown = ["[?]"] * (len(sentence.citations) - len(known))
    return " ".join((sentence.text, "".join((*dict.fromkeys(known), *unknown)))).strip() + " "
