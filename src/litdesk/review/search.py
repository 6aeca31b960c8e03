"""Step 1 of a review: every paper that may belong to the topic, recall first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from litdesk.sentences import content_words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from litdesk.types import Chunk, Paper, PaperScore

__all__ = ["Finder", "PaperVectors", "Pool", "concepts_of", "find_candidates", "parts_of"]

_PER_QUERY = 300
_SEEDS = 8
_NEIGHBOURS = 8
_CONNECTIVES = re.compile(r"\s*(?:,\s*(?:and|or)\b|,|;|:|\band\b|\bor\b|\bversus\b|\bvs\.?)\s*")

_RELATIONS = re.compile(
    r"\s+(?:for|with|in|of|on|to|from|by|via|using|under|through|and|between|without)\s+|:"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperVectors:
    """The vectors of a library: one a chunk, and their mean a paper."""

    ids: tuple[str, ...]
    papers: NDArray[np.float32]
    """Unit vectors, one row for each of `ids`."""
    chunks: tuple[Chunk, ...]
    """In the order of `ids`."""
    rows: NDArray[np.float32]
    """Unit vectors, one for each of `chunks`."""
    begins: NDArray[np.int64]
    """Where the chunks of each paper begin; one more at the end."""

    @classmethod
    def of(cls, chunks: Sequence[Chunk], rows: NDArray[np.float32]) -> PaperVectors:
        """Gather the vectors of chunks by paper.

        Args:
            chunks: Chunks, those of a paper together.
            rows: Their unit vectors.

        Returns:
            The vectors.
        """
        ids = tuple(dict.fromkeys(chunk.paper_id for chunk in chunks))
        owners = [chunk.paper_id for chunk in chunks]
        starts = [n for n, one in enumerate(owners) if n == 0 or owners[n - 1] != one]
        means = np.add.reduceat(rows, starts, axis=0) if starts else rows
        norms = np.linalg.norm(means, axis=1, keepdims=True)
        return cls(
            ids=ids,
            papers=(means / np.where(norms > 0, norms, 1)).astype(np.float32),
            chunks=tuple(chunks),
            rows=rows,
            begins=np.array([*starts, len(chunks)]),
        )

    def best_cosines(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return for each paper the cosine of its nearest chunk.

        Args:
            vector: A unit vector.

        Returns:
            Cosines in the order of `ids`.
        """
        cosines = self.rows @ vector
        best: NDArray[np.float32] = np.maximum.reduceat(cosines, self.begins[:-1])
        return best


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """How a review searches: plain functions of an index and an embedding model."""

    search: Callable[[str, Sequence[float]], Sequence[PaperScore]]
    """A query and its unit vector to papers, best first."""
    embed: Callable[[str], Sequence[float]]
    rarity: Callable[[Sequence[str]], dict[str, float]]
    """Stems to how much each tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The candidates of a search, and by which queries each was found."""

    topic: str
    vector: NDArray[np.float32]
    found_by: dict[str, tuple[str, ...]]
    """Paper id to `topic`, `part: …` or `neighbour of …`; in the order of finding."""
    queries: tuple[str, ...]


def parts_of(topic: str) -> list[str]:
    """Return the parts of a topic that lists several things.

    Args:
        topic: Such as `scaling laws and emergent capabilities`.

    Returns:
        Parts of two content words or more, none if the topic is one thing.
    """
    pieces = [piece.strip() for piece in _CONNECTIVES.split(topic)]
    parts = [piece for piece in pieces if len(content_words(piece)) >= 2]
    return parts if len(pieces) > 1 else []


def concepts_of(topic: str) -> list[list[str]]:
    """Return what a paper must be about: the concepts of each part of a topic.

    Args:
        topic: Such as `optimizers for language models`.

    Returns:
        For each part that would do alone, the concepts that all belong to it, such as
        `[["optimizers", "language models"]]`.
    """
    alternatives = parts_of(topic) or [topic]
    split = [[c.strip() for c in _RELATIONS.split(part)] for part in alternatives]
    return [[c for c in concepts if content_words(c)] or [topic] for concepts in split]


def find_candidates(
    topic: str, *, finder: Finder, vectors: PaperVectors, allowed: Collection[str]
) -> Pool:
    """Find every paper that may belong to a topic.

    Args:
        topic: The topic.
        finder: Where to search.
        vectors: The vectors of the papers.
        allowed: Ids of the papers within the scope.

    Returns:
        The candidates: what the topic and its parts find, and the neighbours of the best.
    """
    parts = parts_of(topic)
    places = {paper_id: n for n, paper_id in enumerate(vectors.ids)}
    known = places.keys() & set(allowed)
    found: dict[str, list[str]] = {}
    best: list[str] = []
    vector = np.asarray(finder.embed(topic), dtype=np.float32)
    for query, label in [(topic, "topic"), *((part, f"part: {part}") for part in parts)]:
        asked = vector if query == topic else np.asarray(finder.embed(query), dtype=np.float32)
        hits = [h for h in finder.search(query, asked.tolist()) if h.paper_id in known]
        for hit in hits[:_PER_QUERY]:
            found.setdefault(hit.paper_id, []).append(label)
        best += [hit.paper_id for hit in hits[:_SEEDS]]
    for seed in dict.fromkeys(best):
        cosines = vectors.papers @ vectors.papers[places[seed]]
        for place in np.argsort(-cosines, kind="stable")[1 : _NEIGHBOURS + 1]:
            neighbour = vectors.ids[int(place)]
            if neighbour in known:
                found.setdefault(neighbour, []).append(f"neighbour of {seed}")
    return Pool(
        topic=topic,
        vector=vector,
        found_by={paper_id: tuple(labels[:3]) for paper_id, labels in found.items()},
        queries=(topic, *parts),
    )


def text_of(paper: Paper) -> str:
    """Return the titles and the abstract of a paper.

    Args:
        paper: The paper.

    Returns:
        One text.
    """
    return " ".join((paper.title, *paper.aliases, paper.abstract))
