"""Cases that a chat model writes of an abstract, and the checks that code makes of them.

What the model says is used only where code can hold it against the abstract: the key facts are
words of the abstract, the question does not give them away, and the answer is supported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from litdesk.errors import MalformedOutputError
from litdesk.evaluate.cases import Case
from litdesk.evaluate.measures.phrases import folded
from litdesk.prompts import Prompt, load_prompt
from litdesk.providers import Deadlines, Meter, Reply, read_reply
from litdesk.sentences import split_sentences, stems, word_runs
from litdesk.types import digest
from litdesk.verify.judge import EvidenceText
from litdesk.verify.rules import RulesVerifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable

    from litdesk.types import Paper

__all__ = ["CaseWriter", "RefusedCaseError"]

_QUESTION_CHARS = 300
_FACT_WORDS = 12
_RUN = 8
"""A question with so many words in a row from the abstract is found by any search."""
_SHARED = 2
"""Words that question and paper have in common at least."""
_YES_OR_NO = re.compile(
    r"^(?:is|are|was|were|do|does|did|can|could|will|would|has|have|had|should|may|might)\b",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"\b(?:the|this|their|these) (?:\w+ )?(?:papers?|abstracts?|authors?|stud(?:y|ies)|works?"
    r"|articles?|texts?|passages?|publications?)\b",
    re.IGNORECASE,
)


class RefusedCaseError(MalformedOutputError):
    """What the model wrote is no case that could be used."""


class _Written(BaseModel):
    """The object that the prompt asks for."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    question: str
    answer: Annotated[str, Field(min_length=1)]
    key_facts: Annotated[list[str], Field(min_length=1, max_length=3)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWriter:
    """Asks a chat model for one case of each abstract."""

    model: BaseChatModel
    name: str
    """How to call the model in errors and in the cases."""
    deadlines: Deadlines = field(default_factory=Deadlines)
    prompt: Prompt = field(default_factory=lambda: load_prompt("eval_case"))
    meter: Meter | None = None
    """Told what each reply took."""

    def write(self, paper: Paper) -> Case:
        """Return a case of a paper.

        Args:
            paper: The paper; its abstract is all that the model is shown.

        Returns:
            An answerable case whose key facts are words of the abstract; facts that would give
            the answer away, or that the answer lacks, are left out while another remains.

        Raises:
            RefusedCaseError: If the reply is no case that could be used; its message says why.
            ProviderError: If the model failed.
        """
        reply = read_reply(
            self.chain(), paper, name=self.name, deadlines=self.deadlines, meter=self.meter
        )
        written = _parsed(reply.text)
        if written is None:
            raise _refused("no JSON object of the wanted form", reply)
        if why := _against_question(written.question, paper) or _against_answer(written, paper):
            raise _refused(why, reply)
        objections = {fact: _against_fact(fact, written, paper) for fact in written.key_facts}
        facts = [" ".join(fact.split()) for fact, why in objections.items() if not why]
        if not facts:
            raise _refused(next(iter(objections.values())), reply)
        return Case(
            id=f"made-model-{paper.paper_id}",
            user_input=" ".join(written.question.split()),
            reference=" ".join(written.answer.split()),
            answerable=True,
            key_facts=tuple((fact,) for fact in facts),
            tags=("model", "machine-made"),
            papers=(paper.paper_id,),
            gold_sentences=tuple(_sentences_with(facts, paper.abstract)),
            machine_made=True,
            maker=f"{self.name}, {self.prompt.name} {self.prompt.digest}",
        )

    def chain(self) -> Runnable[Any, BaseMessage]:
        """Return the LangChain chain: the prompt, then the model.

        Returns:
            A runnable that takes a paper.
        """
        from langchain_core.runnables import RunnableLambda

        return RunnableLambda(self._messages, name="case prompt") | self.model

    def _messages(self, paper: Paper) -> list[BaseMessage]:
        from langchain_core.messages import HumanMessage

        title, abstract = " ".join(paper.title.split()), " ".join(paper.abstract.split())
        fence = f"==={digest(title, abstract, length=12)}==="
        return [HumanMessage(self.prompt.render(title=title, abstract=abstract, fence=fence))]


def _refused(why: str, reply: Reply) -> RefusedCaseError:
    return RefusedCaseError(why, raw=reply.text, remedy="Name a stronger model.")


def _parsed(text: str) -> _Written | None:
    found = re.search(r"\{.*\}", text, re.DOTALL)
    try:
        return _Written.model_validate_json(found.group()) if found else None
    except ValidationError:
        return None


def _against_question(question: str, paper: Paper) -> str:
    asked = question.strip()
    if not asked.endswith("?") or len(asked) > _QUESTION_CHARS or not _is_plain(asked):
        return "no plain question on one line"
    if _YES_OR_NO.match(asked):
        return "a question for yes or no"
    if _LEANING.search(asked):
        return "a question that cannot be understood without the abstract"
    if len(set(stems(asked)) & set(stems(f"{paper.title} {paper.abstract}"))) < _SHARED:
        return "a question that names nothing of the paper"
    if word_runs(asked, _RUN) & word_runs(paper.abstract, _RUN):
        return "a question that repeats the abstract"
    return ""


def _is_plain(text: str) -> bool:
    return text.isprintable() and not re.search(r"[<>]|://|\]\(|!\[", text)


def _against_answer(written: _Written, paper: Paper) -> str:
    if not all(_stands_in(fact, paper.abstract) for fact in written.key_facts):
        return "a key fact that is not in the abstract"
    text = EvidenceText(paper_id=paper.paper_id, title=paper.title, text=paper.abstract)
    said = RulesVerifier().judge(written.answer, [text])
    if said.verdict.failed:
        return "an answer that the abstract does not support"
    return ""


def _against_fact(fact: str, written: _Written, paper: Paper) -> str:
    if len(fact.split()) > _FACT_WORDS or not (stems(fact) or any(map(str.isdigit, fact))):
        return "no key fact that is a short fact"
    if _stands_in(fact, written.question) or _stands_in(fact, paper.title):
        return "no key fact that neither the question nor the title gives away"
    if not _stands_in(fact, written.answer):
        return "no key fact that is in the answer"
    return ""


def _stands_in(fact: str, text: str) -> bool:
    """Whether the words are there, not only as a part of longer ones; case is ignored."""
    wanted = folded(fact)
    return bool(wanted) and bool(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", folded(text)))


def _sentences_with(facts: Sequence[str], abstract: str) -> list[str]:
    sentences = [abstract[s.start : s.end] for s in split_sentences(abstract)]
    return [s for s in sentences if any(_stands_in(fact, s) for fact in facts)]
