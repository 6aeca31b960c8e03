"""Runs in the files of other tools: TREC run and qrels, RAGChecker's JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from litdesk.evaluate.rows import Row

__all__ = ["write_exports"]


def write_exports(rows: Sequence[Row], folder: Path) -> None:
    """Write `run.trec`, `qrels.trec` and `ragchecker.json`.

    Only the first repetition of a case is written, because these formats know none.

    Args:
        rows: The rows of a run.
        folder: Where to write; made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first = [row for row in rows if row.repeat == 0]
    run = [
        f"{_token(row.id)} Q0 {_token(paper)} {rank} {1 / rank:.6f} litdesk\n"
        for row in first
        for rank, paper in enumerate(row.retrieved, start=1)
    ]
    qrels = [f"{_token(row.id)} 0 {_token(paper)} 1\n" for row in first for paper in row.right]
    (folder / "run.trec").write_text("".join(run), encoding="utf-8")
    (folder / "qrels.trec").write_text("".join(qrels), encoding="utf-8")
    checker = {
        "results": [
            {
                "query_id": row.id,
                "query": row.user_input,
                "gt_answer": row.reference or "",
                "response": row.response or "",
                "retrieved_context": [
                    {"doc_id": paper, "text": text}
                    for paper, text in zip(
                        row.retrieved, row.retrieved_contexts or (), strict=False
                    )
                ],
            }
            for row in first
        ]
    }
    text = json.dumps(checker, ensure_ascii=False, indent=1)
    (folder / "ragchecker.json").write_text(text + "\n", encoding="utf-8")


def _token(name: str) -> str:
    """TREC's columns are parted by white space."""
    return "_".join(name.split())
