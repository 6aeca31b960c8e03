"""The library as it stood when it was last read, open for search."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from litdesk.errors import LibraryMissingError
from litdesk.index import PaperIndex
from litdesk.retrieve import PaperRetriever
from litdesk.review.search import PaperVectors

if TYPE_CHECKING:
    from litdesk.embeddings import SentenceEmbeddings
    from litdesk.library import Library
    from litdesk.settings import Settings
    from litdesk.types import Paper

__all__ = ["Shelf"]


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Papers, index and retriever of one state of a library."""

    library: Library
    revision: str
    fingerprint: str
    papers: dict[str, Paper]
    """By id."""
    index: PaperIndex
    retriever: PaperRetriever

    @classmethod
    def read(cls, library: Library, *, settings: Settings, embeddings: SentenceEmbeddings) -> Shelf:
        """Read a library.

        Args:
            library: The library.
            settings: How to search it, and where Chroma is.
            embeddings: The model of its vectors.

        Returns:
            The shelf.

        Raises:
            LibraryMissingError: If the library is empty.
            EmbeddingMismatchError: If it was embedded with another model.
            StoreError: If the index cannot be opened.
        """
        revision, papers = library.revision, library.papers()
        if not papers:
            raise LibraryMissingError(
                f"The library in {library.folder} is empty.",
                remedy="Ingest some papers first: litdesk ingest FOLDER.",
            )
        library.check_embedding(embeddings.fingerprint)
        fingerprint = library.fingerprint
        index = PaperIndex.open(
            library.folder / "index",
            generation=fingerprint,
            papers=papers,
            chunks=library.chunks,
            vectors=library.vectors,
            chroma_url=settings.chroma_url,
        )
        by_id = {paper.paper_id: paper for paper in papers}
        retriever = PaperRetriever(
            index=index,
            embeddings=embeddings,
            papers=by_id,
            chunks_of=library.chunks,
            k=settings.retrieval.passages,
            dense_weight=settings.retrieval.dense_weight,
        )
        return cls(
            library=library,
            revision=revision,
            fingerprint=fingerprint,
            papers=by_id,
            index=index,
            retriever=retriever,
        )

    @cached_property
    def vectors(self) -> PaperVectors:
        """The vectors of all chunks, by paper."""
        chunks = self.library.chunks()
        return PaperVectors.of(chunks, self.library.vectors(chunks))

    def close(self) -> None:
        """Let go of the index."""
        self.index.close()
