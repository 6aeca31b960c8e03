"""The trained judge: a small cross-encoder that reads a claim and a text, on a CPU, offline."""

from __future__ import annotations

import hashlib
import json
import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litdesk.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onnxruntime import InferenceSession  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

__all__ = ["Logits", "TrainedJudge", "checked_manifest", "model_folder"]

_PACKAGED = Path(__file__).parents[1] / "_models" / "verifier"
_CHECKOUT = Path(__file__).parents[3] / "models" / "verifier"
_REMEDY = "Install litdesk again, or let the setting name a complete folder of a verifier."


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
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


class TrainedJudge:
    """Reads one pair at a time: int8 activations are scaled by what is in the batch."""

    def __init__(
        self,
        session: InferenceSession,
        tokenizer: Tokenizer,
        *,
        digest: str,
        calibration: dict[str, Any] | None,
    ) -> None:
        """Take the parts; `load` makes them.

        Args:
            session: The ONNX model.
            tokenizer: Its tokenizer, without padding.
            digest: SHA-256 of the model's file.
            calibration: What `calibration.json` holds; None where there is none yet.
        """
        self._session = session
        self._tokenizer = tokenizer
        self.digest = digest
        self.calibration = calibration
        self._judge = lru_cache(maxsize=4096)(self._run)

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
        folder = folder or model_folder()
        manifest = checked_manifest(folder)
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        options = SessionOptions()
        # one pair on each core is twice as fast as one pair on all of them, see `read`
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        session = InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(manifest["max_tokens"], strategy="longest_first")
        calibrated = "calibration.json" in manifest["sha256"]
        calibration = json.loads((folder / "calibration.json").read_text()) if calibrated else None
        digest = manifest["sha256"]["model.onnx"]
        return cls(session, tokenizer, digest=digest, calibration=calibration)

    def logits(self, claim: str, evidence: str) -> Logits:
        """Return what the judge says of one pair.

        Args:
            claim: One sentence.
            evidence: The text; what is beyond the model's length is not read.

        Returns:
            The logits; the same for the same pair, whatever was judged before.
        """
        return self._judge(claim, evidence)

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Logits]:
        """Return what the judge says of several pairs, one on each core at a time.

        Args:
            pairs: Claims with their evidence.

        Returns:
            The logits of each pair, in the same order; those that `logits` gives.
        """
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as cores:
            distinct = list(dict.fromkeys(pairs))
            found = dict(zip(distinct, cores.map(lambda p: self.logits(*p), distinct), strict=True))
        return [found[pair] for pair in pairs]

    def _run(self, claim: str, evidence: str) -> Logits:
        import numpy as np

        encoded = self._tokenizer.encode(claim, evidence)
        ids = np.array([encoded.ids], dtype=np.int64)
        inputs = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.array([encoded.type_ids], dtype=np.int64),
        }
        found = self._session.run(["logits"], inputs)[0][0]
        return Logits(
            supported=float(found[0]), contradicted=float(found[1]), unsupported=float(found[2])
        )


def checked_manifest(folder: Path) -> dict[str, Any]:
    """Return what a verifier's manifest says, after checking that its files are those it names.

    Args:
        folder: Folder of a verifier.

    Returns:
        The manifest.

    Raises:
        SettingsError: If a file is missing or is another than the manifest says.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        for name, digest in manifest["sha256"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                raise SettingsError(
                    f"The file {folder / name} of the verifier is damaged.", remedy=_REMEDY
                )
    except (OSError, ValueError, KeyError) as error:
        raise SettingsError(f"There is no verifier in {folder}.", remedy=_REMEDY) from error
    return manifest
