"""Embeddings with no model: texts are near to each other if they share words."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from litdesk.embeddings import SentenceEmbeddings
from litdesk.sentences import stems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

DIMENSION = 256


class WordEmbeddings(SentenceEmbeddings):
    """Hashes the words of a text into a vector, and remembers what it was given."""

    encoded: ClassVar[list[str]] = []
    fingerprint = "words:1"
    folder: Path | None = None
    dimension = DIMENSION

    def knows_word(self, word: str) -> bool:
        return False

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        self.encoded.extend(texts)
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            row[0] = 0.01
            for stem in stems(text):
                row[int(sha256(stem.encode()).hexdigest(), 16) % DIMENSION] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
