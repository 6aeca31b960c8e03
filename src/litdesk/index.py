"""Search over the library: Chroma for vectors, BM25 for words, fused by paper.

An index is a *generation*: a folder that is filled under another name, renamed when it is whole and
never written again. A crash leaves the old generation, or none, and the library can always fill a
new one from its stored vectors. With a Chroma server, a generation is a collection of that server.
"""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager, suppress
from math import log1p
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any, Self, TypeAlias, cast
from urllib.parse import urlsplit
from weakref import finalize

import numpy as np

from litdesk.errors import SettingsError, StoreError
from litdesk.sentences import stem, stems, words
from litdesk.types import Chunk, Hit, Paper, PaperScore, paper_of_chunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import bm25s
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

__all__ = ["PaperIndex", "fuse"]

_COLLECTION = "chunks"
_BUILDING = "building-"
_LONGEST_BUILD_S = 24 * 3600
_VOCABULARY = "vocabulary.json"
_CANDIDATES = 400
# Share of the rarity of a question's words that a good match scores in BM25; from the tuning half
# of the seed questions, harmless on SciFact's training queries.
_FULL_MATCH = 0.48


class PaperIndex:
    """One generation of the index, open for reading."""

    def __init__(
        self,
        *,
        client: Client,
        collection: Collection,
        bm25: bm25s.BM25,
        vocabulary: frozenset[str],
        paper_ids: Sequence[str],
    ) -> None:
        """Hold what `PaperIndex.open` has opened.

        Args:
            client: The Chroma client; closed by `close`.
            collection: The collection of this generation.
            bm25: Word index over the papers, in the order of `paper_ids`.
            vocabulary: The words of the papers as they are written, in lower case.
            paper_ids: The papers of the library.
        """
        # Also closes an index that nobody holds any more: a question may outlive its generation.
        self._close = finalize(self, client.close)
        self._collection = collection
        self._bm25 = bm25
        self.vocabulary = vocabulary
        self._paper_ids = paper_ids

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        generation: str,
        papers: Sequence[Paper],
        chunks: Callable[[], Sequence[Chunk]],
        vectors: Callable[[Sequence[Chunk]], NDArray[np.float32]],
        chroma_url: str | None = None,
    ) -> Self:
        """Open a generation of the index, filling it first where it is missing.

        Args:
            folder: Where generations are kept.
            generation: Name that changes with the content of the library.
            papers: Every paper, in the order of their ids.
            chunks: Gives every chunk; asked only when the generation has to be filled.
            vectors: Gives the unit vectors of chunks, of shape (number of chunks, dimension).
            chroma_url: Address of a Chroma server to use instead of the embedded store.

        Returns:
            The index.

        Raises:
            StoreError: If the folder cannot be written or the server does not answer.
        """
        try:
            if chroma_url:
                client = _server_client(chroma_url)
                name = f"litdesk-{generation}"
                collection = _find_or_fill_collection(client, name, chunks=chunks, vectors=vectors)
                bm25 = _word_index(papers)
                vocabulary = _vocabulary(papers)
            else:
                home = folder / generation
                found = _find_generation(home)
                if found is None:
                    shutil.rmtree(home, ignore_errors=True)
                    _build_generation(home, papers=papers, chunks=chunks, vectors=vectors)
                    found = _open_generation(home)
                client, collection, bm25, vocabulary = found
        except OSError as error:
            raise StoreError(
                f"The search index in {folder} cannot be written: {error.strerror or error}.",
                remedy="Free some room or correct the folder's permissions, then try again.",
            ) from error
        except _chroma_errors() as error:
            raise _failed(error) from error
        ids = [paper.paper_id for paper in papers]
        return cls(
            client=client, collection=collection, bm25=bm25, vocabulary=vocabulary, paper_ids=ids
        )

    def close(self) -> None:
        """Let go of the store."""
        self._close()

    def search(
        self, question: str, vector: Sequence[float], *, dense_weight: float
    ) -> list[PaperScore]:
        """Score the papers that may answer a question.

        Args:
            question: The question, for its words.
            vector: Its unit vector.
            dense_weight: Share of the vectors in the fused score, in [0, 1].

        Returns:
            Papers, best first; ties in the order of ids.
        """
        asked = stems(question)
        return fuse(
            self._dense_scores(vector),
            self._word_scores(asked),
            dense_weight=dense_weight,
            full_match=_FULL_MATCH * sum(self.rarity(asked).values()),
        )

    def rarity(self, question_stems: Sequence[str]) -> dict[str, float]:
        """Return how much each word tells: the logarithm of papers over papers that have it.

        Args:
            question_stems: Stems of words.

        Returns:
            Stem to inverse document frequency, above 0; a word that no paper has tells most.
        """
        vocabulary, columns = self._bm25.vocab_dict, self._bm25.scores["indptr"]
        total = len(self._paper_ids)

        def frequency(word: str) -> int:
            column = vocabulary.get(word)
            return int(columns[column + 1] - columns[column]) if column is not None else 0

        return {word: log1p(total / (frequency(word) + 0.5)) for word in question_stems}

    def similarities(self, vector: Sequence[float], chunk_ids: Sequence[str]) -> dict[str, float]:
        """Return the cosine of a question and some chunks.

        Args:
            vector: Unit vector of the question.
            chunk_ids: Chunks of this index.

        Returns:
            Chunk id to cosine, 0 where it is negative.
        """
        if not chunk_ids:
            return {}
        with _failures_told():
            found = self._collection.get(ids=list(chunk_ids), include=["embeddings"])
        cosines = np.asarray(found["embeddings"]) @ np.asarray(vector)
        return dict(zip(found["ids"], np.clip(cosines, 0, 1).tolist(), strict=True))

    def nearest_chunks(self, vector: Sequence[float], *, k: int) -> list[Hit]:
        """Return the chunks nearest to a vector.

        Args:
            vector: Unit vector.
            k: At most this many, 1 or more.

        Returns:
            Hits by falling cosine (0 where negative).
        """
        with _failures_told():
            found = self._collection.query(
                query_embeddings=list(vector),
                n_results=min(k, self._collection.count()),
                include=["distances"],
            )
        distances = (found["distances"] or [[]])[0]
        return [
            Hit(
                chunk_id=chunk_id,
                paper_id=paper_of_chunk(chunk_id),
                score=min(1.0, max(0.0, 1.0 - distance)),
            )
            for chunk_id, distance in zip(found["ids"][0], distances, strict=True)
        ]

    def _dense_scores(self, vector: Sequence[float]) -> dict[str, float]:
        best: dict[str, float] = {}
        for hit in self.nearest_chunks(vector, k=_CANDIDATES):
            best[hit.paper_id] = max(hit.score, best.get(hit.paper_id, 0.0))
        return best

    def _word_scores(self, question_stems: Sequence[str]) -> dict[str, float]:
        known = [word for word in question_stems if word in self._bm25.vocab_dict]
        if not known:
            return {}
        scores = self._bm25.get_scores(known)
        return {self._paper_ids[i]: float(scores[i]) for i in np.flatnonzero(scores > 0).tolist()}


def fuse(
    dense: dict[str, float],
    words: dict[str, float],
    *,
    dense_weight: float,
    full_match: float = 0.0,
) -> list[PaperScore]:
    """Combine two rankings: convex combination of scores over their theoretical minimum, 0.

    Source: Bruch, Gai and Ingber, “An Analysis of Fusion Functions for Hybrid Retrieval” (2023).

    Args:
        dense: Paper id to cosine, for the nearest papers.
        words: Paper id to BM25 score, for the papers that share a word with the question.
        dense_weight: Share of the cosine, in [0, 1].
        full_match: BM25 score from which the best paper counts as one that has the question's
            words; below it all word scores count less, so that a shared common word does not win.

    Returns:
        The papers of both, best first; ties in the order of ids. A paper beyond the nearest counts
        with the cosine of the last of them.
    """
    top_dense = max(dense.values(), default=0.0) or 1.0
    top_words = max(full_match, max(words.values(), default=0.0)) or 1.0
    floor = min(dense.values(), default=0.0)
    fused = [
        PaperScore(
            paper_id=paper_id,
            fused=dense_weight * dense.get(paper_id, floor) / top_dense
            + (1 - dense_weight) * words.get(paper_id, 0.0) / top_words,
            dense=dense.get(paper_id, floor),
            words=words.get(paper_id, 0.0) / top_words,
        )
        for paper_id in dense.keys() | words.keys()
    ]
    return sorted(fused, key=lambda score: (-score.fused, score.paper_id))


def _build_generation(
    home: Path,
    *,
    papers: Sequence[Paper],
    chunks: Callable[[], Sequence[Chunk]],
    vectors: Callable[[Sequence[Chunk]], NDArray[np.float32]],
) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=home.parent))
    try:
        client = _embedded_client(draft / "chroma")
        _find_or_fill_collection(client, _COLLECTION, chunks=chunks, vectors=vectors)
        client.close()
        _word_index(papers).save(draft / "bm25", show_progress=False)
        words_file = draft / _VOCABULARY
        words_file.write_text(json.dumps(sorted(_vocabulary(papers))), encoding="utf-8")
        # Another process may have built the same generation meanwhile; either copy serves.
        if not home.is_dir():
            draft.rename(home)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    for other in home.parent.iterdir():
        if other != home and not _may_be_in_the_making(other):
            shutil.rmtree(other, ignore_errors=True)


def _may_be_in_the_making(folder: Path) -> bool:
    """Whether another process may be filling a generation there; one left by a crash is old."""
    if not folder.name.startswith(_BUILDING):
        return False
    with suppress(FileNotFoundError):
        return time() - folder.stat().st_mtime < _LONGEST_BUILD_S
    return True


def _find_or_fill_collection(
    client: Client,
    name: str,
    *,
    chunks: Callable[[], Sequence[Chunk]],
    vectors: Callable[[Sequence[Chunk]], NDArray[np.float32]],
) -> Collection:
    collection = client.get_or_create_collection(
        name,
        embedding_function=None,
        configuration={"hnsw": {"space": "cosine", "ef_search": 2 * _CANDIDATES}},
    )
    wanted = chunks()
    if collection.count() == len(wanted):
        return collection
    rows = vectors(wanted)
    size = client.get_max_batch_size()
    for begin in range(0, len(wanted), size):
        some = wanted[begin : begin + size]
        collection.upsert(
            ids=[chunk.chunk_id for chunk in some], embeddings=rows[begin : begin + size]
        )
    return collection


def _word_index(papers: Sequence[Paper]) -> bm25s.BM25:
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    index = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    index.index([_words_of(paper) for paper in papers], show_progress=False)
    return index


_Generation: TypeAlias = "tuple[Client, Collection, bm25s.BM25, frozenset[str]]"


def _find_generation(home: Path) -> _Generation | None:
    """Open a generation; None if it is not there or is damaged."""
    try:
        return _open_generation(home)
    except (OSError, ValueError, LookupError, sqlite3.Error):
        return None
    except _chroma_errors():
        return None


def _open_generation(home: Path) -> _Generation:
    import bm25s

    words_index = bm25s.BM25.load(home / "bm25", load_corpus=False, show_progress=False)
    vocabulary = frozenset(json.loads((home / _VOCABULARY).read_text("utf-8")))
    _check_database(home / "chroma" / "chroma.sqlite3")
    client = _embedded_client(home / "chroma")
    try:
        collection = client.get_collection(_COLLECTION, embedding_function=None)
    except _chroma_errors():
        client.close()
        raise
    return client, collection, words_index, vocabulary


def _check_database(path: Path) -> None:
    # A Chroma client that fails to open a folder stays broken for that folder.
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        database.execute("SELECT count(*) FROM collections").fetchone()


def _vocabulary(papers: Sequence[Paper]) -> frozenset[str]:
    texts = (" ".join((p.title, *p.aliases, p.abstract)) for p in papers)
    names = (author.name for paper in papers for author in paper.authors)
    return frozenset(word for text in (*texts, *names) for word in words(text))


def _words_of(paper: Paper) -> list[str]:
    names = [stem(author.family.lower()) for author in paper.authors]
    return stems(" ".join((paper.title, *paper.aliases, paper.abstract))) + names


def _chroma_errors() -> tuple[type[Exception], ...]:
    from chromadb.errors import ChromaError
    from httpx import HTTPError

    return ChromaError, HTTPError


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except _chroma_errors() as error:
        raise _failed(error) from error


def _failed(error: Exception) -> StoreError:
    return StoreError(
        f"The search index failed: {str(error) or type(error).__name__}.",
        remedy="See that the Chroma server runs, if LITDESK_CHROMA_URL names one, or delete the "
        "folder `index` of the library: it is built again from what is stored.",
    )


def _chroma_settings() -> Any:  # noqa: ANN401 (chromadb is imported only here)
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def _embedded_client(folder: Path) -> Client:
    import chromadb

    client = chromadb.PersistentClient(str(folder), settings=_chroma_settings())
    return cast("Client", client)


def _server_client(url: str) -> Client:
    import chromadb

    parts = urlsplit(url)
    if not parts.hostname:
        raise SettingsError(
            f"The Chroma address {url} names no host.",
            remedy="Write LITDESK_CHROMA_URL as http://HOST:PORT.",
        )
    ssl = parts.scheme == "https"
    try:
        client = chromadb.HttpClient(
            host=parts.hostname,
            port=parts.port or (443 if ssl else 8000),
            ssl=ssl,
            settings=_chroma_settings(),
        )
    except ValueError as error:
        raise StoreError(
            f"No Chroma server answers at {url}.",
            remedy="Start one with `chroma run`, or unset LITDESK_CHROMA_URL.",
        ) from error
    return cast("Client", client)
