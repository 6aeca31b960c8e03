"""What every verifier is given and gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from litdesk.types import Span, Usage, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["EvidenceText", "Judgement", "Verifier", "nothing_claimed", "readable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceText:
    """A cited text: an abstract, or a part of one, with the title of its paper."""

    paper_id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a verifier says of one sentence and the texts that it cites."""

    verdict: Verdict
    score: float
    """Probability, 0-1, that the evidence supports the sentence."""
    reason: str
    """One phrase that a person understands."""
    verifier: str
    """Name of the part that decided."""
    paper_id: str | None
    """The paper whose text decided; None without evidence."""
    span: Span | None
    """The sentence of that paper's text that comes nearest; None where there is none."""
    usage: Usage = field(default_factory=Usage)
    """What a chat model was asked for it."""


class Verifier(Protocol):
    """Anything that can say whether texts support a sentence; their order must not matter."""

    @property
    def name(self) -> str:
        """What verdicts and the provenance of an answer call it."""
        ...

    def judge(self, claim: str, evidence: Sequence[EvidenceText]) -> Judgement:
        """Say whether the evidence supports the claim.

        Args:
            claim: One sentence.
            evidence: The cited texts, in any order.

        Returns:
            The verdict, its probability and the sentence that decided.
        """
        ...


def readable(evidence: Sequence[EvidenceText]) -> list[EvidenceText]:
    """Return the texts that say something, in an order of their own.

    Args:
        evidence: The cited texts, in any order.

    Returns:
        Those with a text or a title, the same whatever order they were given in.
    """
    said = (one for one in evidence if one.text.strip() or one.title)
    return sorted(said, key=lambda one: (one.paper_id, one.title, one.text))


def nothing_claimed(verifier: str, reason: str) -> Judgement:
    """Return the judgement of a claim that says nothing, or has nothing to stand on.

    Args:
        verifier: Name of the verifier.
        reason: Why there is nothing to judge.

    Returns:
        An `unsupported` judgement of score 0.
    """
    return Judgement(
        verdict=Verdict.UNSUPPORTED,
        score=0.0,
        reason=reason,
        verifier=verifier,
        paper_id=None,
        span=None,
    )
