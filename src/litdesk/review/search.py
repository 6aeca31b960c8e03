"""Step 1 of a review: every paper that may belong to the topic, recall first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from litdesk.review.topic import Topic, read_topic

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from litdesk.types import Chunk, Paper, PaperScore

    Embed = Callable[[Sequence[str]], NDArray[np.float32]]
    """Texts to unit vectors, one row each."""

__all__ = ["READ_FIRST", "Finder", "PaperVectors", "Pool", "find_candidates", "text_of"]

READ_FIRST = 300
"""Papers that each query may find; a library or scope of no more papers is read whole."""

_SEEDS = 8
_NEIGHBOURS = 8
_TINY = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperVectors:
    """The vectors of a library: one a chunk, and their mean a paper."""

    ids: tuple[str, ...]
    places: Mapping[str, int]
    """Where each of `ids` is."""
    papers: NDArray[np.float32]
    """Unit vectors, one row for each of `ids`."""
    chunks: tuple[Chunk, ...]
    """In the order of `ids`."""
    rows: NDArray[np.float32]
    """Unit vectors, one for each of `chunks`."""
    begins: NDArray[np.int64]
    """Where the chunks of each paper begin; one more at the end."""
    centre: NDArray[np.float32]
    """Mean of `rows`: what all papers of the library have in common."""
    lengths: NDArray[np.float32]
    """Of each row less the centre."""
    apart: NDArray[np.float32]
    """`papers` less their mean, unit vectors again: what sets each apart."""

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
        means = _unit(np.add.reduceat(rows, starts, axis=0) if starts else rows)
        centre = rows.mean(axis=0) if starts else np.zeros(rows.shape[1:], dtype=np.float32)
        squares = np.einsum("ij,ij->i", rows, rows) - 2 * rows @ centre + centre @ centre
        return cls(
            ids=ids,
            places={paper_id: n for n, paper_id in enumerate(ids)},
            papers=means,
            chunks=tuple(chunks),
            rows=rows,
            begins=np.array([*starts, len(chunks)]),
            centre=centre,
            lengths=np.sqrt(np.maximum(squares, _TINY)),
            apart=_unit(means - means.mean(axis=0)) if len(ids) > 1 else means,
        )

    def chunks_of(self, paper_id: str) -> range:
        """Return where the chunks of a paper are.

        Args:
            paper_id: Its id.

        Returns:
            Places in `chunks` and `rows`; none if no chunk of it is known.
        """
        if paper_id not in self.places:
            return range(0)
        place = self.places[paper_id]
        return range(int(self.begins[place]), int(self.begins[place + 1]))

    def cosines_of(self, paper_id: str, vector: NDArray[np.float32]) -> list[tuple[Chunk, float]]:
        """Return the chunks of a paper and how near each is to a vector.

        Args:
            paper_id: Its id.
            vector: A unit vector.

        Returns:
            Chunks with their cosines; none if no chunk of it is known.
        """
        own = self.chunks_of(paper_id)
        cosines: list[float] = (self.rows[own.start : own.stop] @ vector).tolist()
        return list(zip(self.chunks[own.start : own.stop], cosines, strict=True))

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

    def from_centre(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a vector as seen from the centre of the library.

        Args:
            vector: A unit vector.

        Returns:
            A unit vector, to be compared with `apart`.
        """
        return _unit(vector - self.centre)

    def best_apart(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return for each paper the cosine of its nearest chunk, seen from the centre.

        Args:
            vector: From `from_centre`.

        Returns:
            Cosines in the order of `ids`.
        """
        cosines = (self.rows @ vector - self.centre @ vector) / self.lengths
        best: NDArray[np.float32] = np.maximum.reduceat(cosines, self.begins[:-1])
        return best


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return (rows / np.where(norms > _TINY, norms, 1)).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """How a review searches: plain functions of an index and an embedding model."""

    search: Callable[[str, Sequence[float]], Sequence[PaperScore]]
    """A query and its unit vector to papers, best first."""
    embed: Embed
    rarity: Callable[[Sequence[str]], dict[str, float]]
    """Stems to how much each tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The candidates of a search, and by which queries each was found."""

    topic: Topic
    vector: NDArray[np.float32]
    found_by: dict[str, tuple[str, ...]]
    """Paper id to `topic`, `part: …`, `neighbour of …` or `scope`; in the order of finding."""
    cut: bool
    """Whether a query found more papers than it might."""


def find_candidates(
    topic: str,
    *,
    finder: Finder,
    vectors: PaperVectors,
    allowed: Collection[str],
    per_query: int = READ_FIRST,
) -> Pool:
    """Find every paper that may belong to a topic.

    Args:
        topic: The topic.
        finder: Where to search.
        vectors: The vectors of the papers.
        allowed: Ids of the papers within the scope.
        per_query: How many papers each query may find.

    Returns:
        The candidates: what the topic and what it lists find, and the neighbours of the best; all
        papers where there are no more than `per_query`.
    """
    asked_for = read_topic(topic)
    known = vectors.places.keys() & set(allowed)
    found: dict[str, list[str]] = {}
    best: list[str] = []
    cut = False
    (vector,) = finder.embed([topic])
    for query in asked_for.queries:
        asked = vector if query == topic else finder.embed([query])[0]
        label = "topic" if query == topic else f"part: {query}"
        hits = [h for h in finder.search(query, asked.tolist()) if h.paper_id in known]
        cut = cut or len(hits) > per_query
        for hit in hits[:per_query]:
            found.setdefault(hit.paper_id, []).append(label)
        best += [hit.paper_id for hit in hits[:_SEEDS]]
    for seed in dict.fromkeys(best):
        cosines = vectors.papers @ vectors.papers[vectors.places[seed]]
        for place in np.argsort(-cosines, kind="stable")[1 : _NEIGHBOURS + 1]:
            neighbour = vectors.ids[int(place)]
            if neighbour in known:
                found.setdefault(neighbour, []).append(f"neighbour of {seed}")
    if len(known) <= per_query:
        for paper_id in vectors.ids:
            if paper_id in known:
                found.setdefault(paper_id, ["scope"])
    return Pool(
        topic=asked_for,
        vector=vector,
        found_by={paper_id: tuple(labels[:3]) for paper_id, labels in found.items()},
        cut=cut,
    )


def text_of(paper: Paper) -> str:
    """Return the titles and the abstract of a paper.

    Args:
        paper: The paper.

    Returns:
        One text.
    """
    return " ".join((paper.title, *paper.aliases, paper.abstract))
