"""Choosing a verifier by a setting, and several that judge together."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from litdesk.types import Usage, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from litdesk.verify.judge import EvidenceText, Judgement, Verifier

__all__ = ["SeveralVerifiers", "open_verifier"]

_SUPPORTED_FROM = 0.7
_UNSUPPORTED_BELOW = 0.4
_NEXT = re.compile(r"\+(?=auto|rules|nli:|chat:)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralVerifiers:
    """Verifiers that judge by the mean of their scores.

    The one that speaks gives the reason: of those that say the verdict the surest, else the one
    nearest to the mean.
    """

    verifiers: tuple[Verifier, ...]

    @property
    def name(self) -> str:
        """The names, joined by `+`."""
        return "+".join(verifier.name for verifier in self.verifiers)

    def judge(self, claim: str, evidence: Sequence[EvidenceText]) -> Judgement:
        """Say whether the evidence supports the claim.

        Args:
            claim: One sentence.
            evidence: The cited texts, in any order.

        Returns:
            The verdict, with the name of the verifier that spoke.
        """
        said = [verifier.judge(claim, evidence) for verifier in self.verifiers]
        score = sum(one.score for one in said) / len(said)
        verdict = _verdict(score, said)
        agreeing = [one for one in said if one.verdict is verdict]
        if agreeing:
            speaker = max(agreeing, key=lambda one: (abs(one.score - 0.5), one.verifier))
        else:
            speaker = min(said, key=lambda one: (abs(one.score - score), one.verifier))
        usage = sum((one.usage for one in said), Usage())
        return replace(speaker, verdict=verdict, score=score, usage=usage)


def _verdict(score: float, said: Sequence[Judgement]) -> Verdict:
    if score >= _SUPPORTED_FROM:
        return Verdict.SUPPORTED
    if score >= _UNSUPPORTED_BELOW:
        return Verdict.UNCERTAIN
    against = any(one.verdict is Verdict.CONTRADICTED for one in said)
    return Verdict.CONTRADICTED if against else Verdict.UNSUPPORTED


def open_verifier(
    spec: str,
    *,
    built_in: Mapping[str, Callable[[], Verifier]],
    open_chat: Callable[[str], Verifier],
) -> Verifier:
    """Open the verifier that a setting names.

    Args:
        spec: `auto`, `rules`, `nli:MODEL`, `chat:PROVIDER:NAME`, or several joined by `+`.
        built_in: How to open `auto` and `rules`.
        open_chat: Makes a judge of a chat model, named as in `--model`.

    Returns:
        The verifier.

    Raises:
        SettingsError: If a model cannot be opened.
    """
    opened: list[Verifier] = []
    for part in _NEXT.split(spec):
        kind, _, model = part.partition(":")
        if kind == "nli":
            from litdesk.verify.nli import NliVerifier

            opened.append(NliVerifier.load(model))
        elif kind == "chat":
            opened.append(open_chat(model))
        else:
            opened.append(built_in[part]())
    return opened[0] if len(opened) == 1 else SeveralVerifiers(verifiers=tuple(opened))
