"""Any sentence-transformers cross-encoder for natural language inference as a verifier.

Its probabilities are taken as they are; nothing here has calibrated them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from litdesk.errors import SettingsError
from litdesk.types import Span, Verdict
from litdesk.verify.judge import EvidenceText, Judgement, nothing_claimed, readable
from litdesk.verify.reading import best_sentence, read
from litdesk.verify.windows import best_windows, pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentence_transformers import CrossEncoder

__all__ = ["NliVerifier"]

_SUPPORTED_FROM = 0.5
_UNSUPPORTED_BELOW = 0.3
_CONTRADICTED_FROM = 0.5
_REMEDY = "Let LITDESK_VERIFICATION__VERIFIER name an NLI cross-encoder, or set it to auto."


class _Probabilities(NamedTuple):
    entailed: float
    contradicted: float


class NliVerifier:
    """Reads one pair at a time, so that a verdict depends on nothing but its claim and text."""

    def __init__(self, model: CrossEncoder, *, name: str) -> None:
        """Take a model.

        Args:
            model: A cross-encoder that has one label for entailment, or one output in all.
            name: How to call it; verdicts carry this name.

        Raises:
            SettingsError: If its labels name no entailment.
        """
        self.name = name
        self._model = model
        self._entailment, self._contradiction = _places(model, name)
        self._read = lru_cache(maxsize=4096)(self._run)

    @classmethod
    def load(cls, model: str) -> NliVerifier:
        """Open a model by its name or its folder.

        Args:
            model: What sentence-transformers understands.

        Returns:
            The verifier, named `nli:MODEL`.

        Raises:
            SettingsError: If there is no such model, or it is not for inference.
        """
        from sentence_transformers import CrossEncoder

        try:
            opened = CrossEncoder(model, device="cpu")
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"The verifier {model} cannot be opened: {str(error).splitlines()[0]}.",
                remedy=_REMEDY,
            ) from error
        return cls(opened, name=f"nli:{model}")

    def judge(self, claim: str, evidence: Sequence[EvidenceText]) -> Judgement:
        """Say whether the evidence supports the claim.

        Args:
            claim: One sentence.
            evidence: The cited texts, in any order.

        Returns:
            The verdict by the text that entails the claim most.
        """
        texts = readable(evidence)
        if not texts:
            return nothing_claimed(self.name, "nothing is cited")
        weighed = [(self._weigh(claim, text), text) for text in texts]
        found, text = max(weighed, key=lambda item: item[0].entailed)
        verdict, reason = _verdict(found)
        return Judgement(
            verdict=verdict,
            score=found.entailed,
            reason=reason,
            verifier=self.name,
            paper_id=text.paper_id,
            span=_nearest(claim, text),
        )

    def _weigh(self, claim: str, text: EvidenceText) -> _Probabilities:
        """The whole text and its nearest window: the one that speaks more clearly for the claim."""
        premises = {
            pack(claim, text.title, text.text),
            *best_windows(claim, text.title, text.text),
        }
        return max(self._read(premise, claim) for premise in sorted(premises))

    def _run(self, premise: str, claim: str) -> _Probabilities:
        import torch

        logits = self._model.predict(
            [(premise, claim)],
            activation_fn=torch.nn.Identity(),
            convert_to_tensor=True,
            show_progress_bar=False,
        ).reshape(-1)
        if self._entailment is None:
            return _Probabilities(float(torch.sigmoid(logits[0])), 0.0)
        shares = torch.softmax(logits, dim=-1).tolist()
        against = 0.0 if self._contradiction is None else shares[self._contradiction]
        return _Probabilities(shares[self._entailment], against)


def _places(model: CrossEncoder, name: str) -> tuple[int | None, int | None]:
    """Which outputs say entailment and contradiction; None and None for a single output."""
    named = getattr(model.config, "id2label", None) or {}
    labels = {int(place): str(label).lower() for place, label in named.items()}
    if len(labels) == 1:
        return None, None
    entailment = [n for n, label in labels.items() if label.startswith(("entail", "support"))]
    contradiction = [n for n, label in labels.items() if label.startswith(("contra", "refute"))]
    if len(entailment) != 1:
        raise SettingsError(
            f"The model {name} has no label for entailment, but {', '.join(labels.values())}.",
            remedy=_REMEDY,
        )
    return entailment[0], contradiction[0] if contradiction else None


def _verdict(found: _Probabilities) -> tuple[Verdict, str]:
    if found.entailed >= _SUPPORTED_FROM:
        return Verdict.SUPPORTED, "the NLI model finds that the cited text says this"
    if found.contradicted >= _CONTRADICTED_FROM:
        return Verdict.CONTRADICTED, "the NLI model finds that the cited text says otherwise"
    if found.entailed < _UNSUPPORTED_BELOW:
        return Verdict.UNSUPPORTED, "the NLI model does not find it in the cited text"
    return Verdict.UNCERTAIN, "the NLI model cannot tell whether the cited text says this"


def _nearest(claim: str, text: EvidenceText) -> Span | None:
    found = best_sentence(read(claim), text.text)
    return found[0] if found else None
