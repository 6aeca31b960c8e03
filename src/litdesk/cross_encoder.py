"""Small models that read two texts together: an int8 ONNX file, its tokenizer and their digests."""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litdesk.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onnxruntime import InferenceSession  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

__all__ = ["CrossEncoder", "checked_manifest", "shipped_folder"]

_PACKAGED = Path(__file__).parent / "_models"
_CHECKOUT = Path(__file__).parents[2] / "models"


def shipped_folder(name: str) -> Path:
    """Return the folder of a model that comes with litdesk.

    Args:
        name: Of the model, such as `verifier`.

    Returns:
        The packaged folder, or the checkout's.
    """
    return (_PACKAGED if _PACKAGED.is_dir() else _CHECKOUT) / name


class CrossEncoder:
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
        self._memo = lru_cache(maxsize=4096)(self._run)

    @classmethod
    def load(cls, folder: Path, *, name: str) -> CrossEncoder:
        """Open a model after checking that its files are those of its manifest.

        Args:
            folder: Folder with `manifest.json`, `model.onnx` and `tokenizer.json`.
            name: What to call it in an error.

        Returns:
            The model.

        Raises:
            SettingsError: If a file is missing or is another than the manifest says.
        """
        manifest = checked_manifest(folder, name=name)
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

    def logits(self, first: str, second: str) -> tuple[float, ...]:
        """Return what the model says of one pair.

        Args:
            first: The shorter text.
            second: The longer one; what is beyond the model's length is not read.

        Returns:
            The logits; the same for the same pair, whatever was read before.
        """
        return self._memo(first, second)

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[float, ...]]:
        """Return what the model says of several pairs, one on each core at a time.

        Args:
            pairs: The texts.

        Returns:
            The logits of each pair, in the same order; those that `logits` gives.
        """
        distinct = list(dict.fromkeys(pairs))
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as cores:
            found = dict(zip(distinct, cores.map(lambda p: self.logits(*p), distinct), strict=True))
        return [found[pair] for pair in pairs]

    def _run(self, first: str, second: str) -> tuple[float, ...]:
        import numpy as np

        encoded = self._tokenizer.encode(first, second)
        ids = np.array([encoded.ids], dtype=np.int64)
        inputs = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.array([encoded.type_ids], dtype=np.int64),
        }
        return tuple(float(logit) for logit in self._session.run(["logits"], inputs)[0][0])


def checked_manifest(folder: Path, *, name: str) -> dict[str, Any]:
    """Return what a model's manifest says, after checking that its files are those it names.

    Args:
        folder: Folder of the model.
        name: What to call it in an error.

    Returns:
        The manifest.

    Raises:
        SettingsError: If a file is missing or is another than the manifest says.
    """
    remedy = f"Install litdesk again, or let the setting name a complete folder of a {name}."
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        for file, digest in manifest["sha256"].items():
            if hashlib.sha256((folder / file).read_bytes()).hexdigest() != digest:
                raise SettingsError(
                    f"The file {folder / file} of the {name} is damaged.", remedy=remedy
                )
    except (OSError, ValueError, KeyError) as error:
        raise SettingsError(f"There is no {name} in {folder}.", remedy=remedy) from error
    return manifest
