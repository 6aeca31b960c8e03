"""Readers of the public data, and the split of abstracts that keeps training and test apart."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from _typeshed import DataclassInstance

__all__ = [
    "LABELS",
    "Case",
    "Document",
    "Pair",
    "part_of",
    "read_cases",
    "read_corpus",
    "read_pairs",
    "read_seeds",
    "write_rows",
]

LABELS = ("supported", "contradicted", "unsupported", "not-supported", "unknown")
"""`not-supported` is either of the two before, where a source does not tell them apart; a pair of
`unknown` label is only learnt from other judges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A claim and evidence, as the judge reads them."""

    source: str
    claim: str
    evidence: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text that is perturbed."""

    doc_id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A seeded error, or the same sentence without it, for calibration and evaluation."""

    item: str
    """What the clean and the wrong versions of one sentence share."""
    kind: str
    """The kind of error; `clean` for none."""
    style: str
    """`near`, `evidence` (the error is in the evidence) or `paraphrase`."""
    claim: str
    title: str
    text: str


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a gzipped JSON-lines file.

    Args:
        path: The file.

    Yields:
        One object a line.
    """
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def write_rows(path: Path, rows: Iterable[DataclassInstance]) -> int:
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


def read_pairs(path: Path) -> list[Pair]:
    """Return the claim/evidence pairs of a file.

    Args:
        path: A file such as `train.jsonl.gz`.

    Returns:
        The pairs in order.
    """
    return [Pair(**row) for row in read_rows(path)]


def read_cases(path: Path) -> list[Case]:
    """Return the seeded errors of a file.

    Args:
        path: A file that `prepare` wrote.

    Returns:
        The cases in order.
    """
    return [Case(**row) for row in read_rows(path)]


def read_corpus(folder: Path) -> list[Document]:
    """Return SciFact's abstracts but the documents of the development claims.

    Args:
        folder: The folder that holds `corpus.jsonl` and `claim_abstract_pairs.jsonl`.

    Returns:
        The abstracts in the file's order.
    """
    pairs = map(json.loads, (folder / "claim_abstract_pairs.jsonl").read_text().splitlines())
    tested = {str(pair["doc_id"]) for pair in pairs if pair["split"] == "dev"}
    rows = map(json.loads, (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        Document(doc_id=row["_id"], title=row["title"], text=row["text"])
        for row in rows
        if row["_id"] not in tested
    ]


def documents_of(claims: set[str], folder: Path) -> set[str]:
    """Return the documents that some SciFact claims cite.

    Args:
        claims: Texts of claims.
        folder: The folder that holds `claim_abstract_pairs.jsonl`.

    Returns:
        Ids of documents.
    """
    pairs = map(json.loads, (folder / "claim_abstract_pairs.jsonl").read_text().splitlines())
    return {str(pair["doc_id"]) for pair in pairs if pair["claim"] in claims}


def read_seeds(folder: Path) -> list[Document]:
    """Return the abstracts among the seed papers, which no step trains on.

    Args:
        folder: The folder of the publication lists.

    Returns:
        Long lines of the lists, each once.
    """
    found: dict[str, Document] = {}
    for path in sorted(folder.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = re.sub(r"^Abstract:\s*", "", line.strip())
            if len(text) > 400:
                key = "seed-" + _digest(text[:80])
                found.setdefault(key, Document(doc_id=key, title="", text=text))
    return list(found.values())


def part_of(doc_id: str, *, trained: set[str]) -> str:
    """Return the part of the recipe that an abstract belongs to.

    Args:
        doc_id: Id of the abstract.
        trained: Ids of abstracts that the human-labelled training pairs cite.

    Returns:
        `train`, `calibration` or `test`.
    """
    if doc_id in trained:
        return "train"
    place = int(_digest(f"verifier {doc_id}"), 16) % 100
    return "test" if place < 12 else ("calibration" if place < 20 else "train")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
