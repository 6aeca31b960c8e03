"""What the steps of the recipe pass on: texts cut into sentences, and what was asked about them."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["HEADS", "Document", "Query", "read_documents", "read_queries", "write_lines"]

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


def write_lines(path: Path, rows: Iterable[Document | Query]) -> int:
    """Write a gzipped JSON-lines file, the same bytes for the same rows.

    Args:
        path: The file; its folder must exist.
        rows: What to write.

    Returns:
        How many rows were written.
    """
    count = 0
    with gzip.GzipFile(path, "wb", mtime=0) as out:
        for row in rows:
            out.write((json.dumps(asdict(row), ensure_ascii=False) + "\n").encode())
            count += 1
    return count


def read_documents(path: Path) -> dict[str, Document]:
    """Return the documents of a file by their ids.

    Args:
        path: A file that `prepare` wrote.

    Returns:
        The documents in order.
    """
    rows = (_tuples(row, "sentences") for row in _rows(path))
    return {row["doc_id"]: Document(**row) for row in rows}


def read_queries(path: Path) -> list[Query]:
    """Return the queries of a file.

    Args:
        path: A file that `prepare` wrote.

    Returns:
        The queries in order.
    """
    return [Query(**_tuples(row, "answers", "denies")) for row in _rows(path)]


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _tuples(row: dict[str, Any], *names: str) -> dict[str, Any]:
    lists = {name: tuple(row[name]) for name in names if row.get(name) is not None}
    return row | lists
