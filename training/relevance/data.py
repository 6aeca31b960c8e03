"""What the steps of the recipe pass on: texts cut into sentences, and what was asked about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from training.verifier.data import read_rows

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["HEADS", "Document", "Query", "read_documents", "read_queries"]

HEADS = ("answers", "about", "denies")
"""What the model says of a query and a text, in the order of its logits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text that was asked about."""

    doc_id: str
    title: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """All sentences."""
        return " ".join(self.sentences)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question or a topic, and what is known of one document; None for what is not known."""

    source: str
    kind: str
    query: str
    doc_id: str
    part: str = "train"
    answers: tuple[int, ...] | None = None
    """Sentences that answer it; the document's others do not."""
    denies: tuple[int, ...] | None = None
    """Sentences that say the opposite of what it takes for granted; the others do not."""
    about: bool | None = None
    """Whether the document is about the topic."""


def read_documents(path: Path) -> dict[str, Document]:
    """Return the documents of a file by their ids.

    Args:
        path: A file that `prepare` wrote.

    Returns:
        The documents in order.
    """
    rows = (_tuples(row, "sentences") for row in read_rows(path))
    return {row["doc_id"]: Document(**row) for row in rows}


def read_queries(path: Path) -> list[Query]:
    """Return the queries of a file.

    Args:
        path: A file that `prepare` wrote.

    Returns:
        The queries in order.
    """
    return [Query(**_tuples(row, "answers", "denies")) for row in read_rows(path)]


def _tuples(row: dict[str, Any], *names: str) -> dict[str, Any]:
    lists = {name: tuple(row[name]) for name in names if row.get(name) is not None}
    return row | lists
