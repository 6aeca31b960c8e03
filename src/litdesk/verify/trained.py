"""The trained judge: a small cross-encoder that reads a claim and a text, on a CPU, offline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litdesk import cross_encoder
from litdesk.cross_encoder import CrossEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Logits", "TrainedJudge", "checked_manifest", "model_folder"]

_NAME = "verifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Logits:
    """What the judge says of one claim and one text, before calibration."""

    supported: float
    contradicted: float
    unsupported: float

    @property
    def support(self) -> float:
        """Log-odds that the text supports the claim."""
        return self.supported - _log_sum(self.contradicted, self.unsupported)

    @property
    def contradiction(self) -> float:
        """Log-odds that the text contradicts the claim."""
        return self.contradicted - _log_sum(self.supported, self.unsupported)


def _log_sum(one: float, other: float) -> float:
    top = max(one, other)
    return top + math.log(math.exp(one - top) + math.exp(other - top))


def model_folder() -> Path:
    """Return the folder of the verifier that comes with litdesk.

    Returns:
        The packaged folder, or the checkout's.
    """
    return cross_encoder.shipped_folder(_NAME)


class TrainedJudge:
    """Says of a claim and a text whether the one supports, contradicts or lacks the other."""

    def __init__(self, encoder: CrossEncoder) -> None:
        """Take the model that reads pairs.

        Args:
            encoder: A model of three logits.
        """
        self._encoder = encoder

    @classmethod
    def load(cls, folder: Path | None = None) -> TrainedJudge:
        """Open a model after checking that its files are those of its manifest.

        Args:
            folder: Folder with `manifest.json`, `model.onnx` and `tokenizer.json`; by default the
                one that comes with litdesk.

        Returns:
            The judge.

        Raises:
            SettingsError: If a file is missing or is another than the manifest says.
        """
        return cls(CrossEncoder.load(folder or model_folder(), name=_NAME))

    @property
    def digest(self) -> str:
        """SHA-256 of the model's file."""
        return self._encoder.digest

    @property
    def calibration(self) -> dict[str, Any] | None:
        """What `calibration.json` holds; None where there is none yet."""
        return self._encoder.calibration

    def logits(self, claim: str, evidence: str) -> Logits:
        """Return what the judge says of one pair.

        Args:
            claim: One sentence.
            evidence: The text; what is beyond the model's length is not read.

        Returns:
            The logits; the same for the same pair, whatever was judged before.
        """
        return _named(self._encoder.logits(claim, evidence))

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Logits]:
        """Return what the judge says of several pairs, one on each core at a time.

        Args:
            pairs: Claims with their evidence.

        Returns:
            The logits of each pair, in the same order; those that `logits` gives.
        """
        return [_named(found) for found in self._encoder.read(pairs)]


def checked_manifest(folder: Path) -> dict[str, Any]:
    """Return what a verifier's manifest says, after checking that its files are those it names.

    Args:
        folder: Folder of a verifier.

    Returns:
        The manifest.

    Raises:
        SettingsError: If a file is missing or is another than the manifest says.
    """
    return cross_encoder.checked_manifest(folder, name=_NAME)


def _named(found: tuple[float, ...]) -> Logits:
    supported, contradicted, unsupported = found
    return Logits(supported=supported, contradicted=contradicted, unsupported=unsupported)
