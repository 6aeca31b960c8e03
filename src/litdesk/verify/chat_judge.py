"""A chat model as a verifier. It judges on data: what it reads can give it no orders."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from litdesk.errors import ProviderError
from litdesk.prompts import Prompt, load_prompt
from litdesk.providers import Deadlines, Meter, read_reply
from litdesk.types import Span, Usage, Verdict, digest
from litdesk.verify.judge import EvidenceText, Judgement, nothing_claimed, readable
from litdesk.verify.reading import best_sentence, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable

__all__ = ["ChatJudge"]

_SCORES = {
    Verdict.SUPPORTED: 0.9,
    Verdict.CONTRADICTED: 0.05,
    Verdict.UNSUPPORTED: 0.1,
    Verdict.UNCERTAIN: 0.5,
}
"""A model says a word, not a probability; these stand for it until somebody calibrates them."""
_REASON_CHARS = 200


class _Said(BaseModel):
    """The object that the prompt asks for."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    verdict: Literal["supported", "contradicted", "unsupported", "uncertain"]
    quote: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatJudge:
    """Asks a chat model once a sentence."""

    model: BaseChatModel
    name: str
    """How to call it; verdicts carry this name."""
    deadlines: Deadlines = field(default_factory=Deadlines)
    prompt: Prompt = field(default_factory=lambda: load_prompt("judge"))
    meter: Meter | None = None
    """Told what each reply took."""

    def judge(self, claim: str, evidence: Sequence[EvidenceText]) -> Judgement:
        """Say whether the evidence supports the claim.

        Args:
            claim: One sentence.
            evidence: The cited texts; the model is shown them in the order of their ids.

        Returns:
            What the model says; `uncertain` where it fails, or does not answer as it was asked.
        """
        texts = readable(evidence)
        if not texts:
            return nothing_claimed(self.name, "nothing is cited")
        spent: list[Usage] = []

        def note(usage: Usage, failure: str | None) -> None:
            spent.append(usage)
            if self.meter:
                self.meter(usage, failure)

        try:
            reply = read_reply(
                self.chain(),
                (claim, tuple(texts)),
                name=self.name.removeprefix("chat:"),
                deadlines=self.deadlines,
                meter=note,
            )
        except ProviderError as error:
            found = self._judgement(claim, texts, f"the judge failed: {error.message}")
        else:
            said = _parsed(reply.text)
            reason = said.reason if said else "the judge's reply could not be read"
            found = self._judgement(claim, texts, reason, said)
        return replace(found, usage=sum(spent, Usage()))

    def chain(self) -> Runnable[Any, BaseMessage]:
        """Return the LangChain chain: the prompt, then the model.

        Returns:
            A runnable that takes the claim and its texts.
        """
        from langchain_core.runnables import RunnableLambda

        return RunnableLambda(self._messages, name="judge prompt") | self.model

    def _messages(self, asked: tuple[str, Sequence[EvidenceText]]) -> list[BaseMessage]:
        from langchain_core.messages import HumanMessage

        claim, texts = asked
        shown = [" ".join(f"{t.title}. {t.text}".split()) for t in texts]
        fence = f"==={digest(claim, *shown, length=12)}==="
        return [HumanMessage(self.prompt.render(claim=claim, texts=shown, fence=fence))]

    def _judgement(
        self, claim: str, texts: Sequence[EvidenceText], reason: str, said: _Said | None = None
    ) -> Judgement:
        verdict = Verdict(said.verdict) if said else Verdict.UNCERTAIN
        text, span = _decided(claim, texts, said.quote if said else "")
        return Judgement(
            verdict=verdict,
            score=_SCORES[verdict],
            reason=" ".join(reason.split())[:_REASON_CHARS] or f"the judge says {verdict.value}",
            verifier=self.name,
            paper_id=text.paper_id,
            span=span,
        )


def _parsed(text: str) -> _Said | None:
    found = re.search(r"\{[^{}]*\}", text)
    try:
        return _Said.model_validate_json(found.group()) if found else None
    except ValidationError:
        return None


def _decided(
    claim: str, texts: Sequence[EvidenceText], quote: str
) -> tuple[EvidenceText, Span | None]:
    """Where the judge's quotation stands; the nearest sentence where it stands nowhere."""
    for text in texts:
        if quote and (start := text.text.find(quote)) >= 0:
            return text, Span(start=start, end=start + len(quote))
    near = [(best_sentence(read(claim), text.text), text) for text in texts]
    wanted = read(claim).content
    best, text = max(near, key=lambda item: len(wanted & item[0][1].content) if item[0] else -1)
    return text, best[0] if best else None
