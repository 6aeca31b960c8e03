# ruff: noqa: S311 (chance that can be repeated)
"""Step 1: gather documents and queries from all sources.

python -m training.relevance.prepare --papers papers.json --generated generated.jsonl \
--scifact FOLDER --squad dev-v2.0.json --pubmedqa ori_pqal.json \
--claims out/verifier/real.jsonl.gz --out out/relevance

`papers.json` is a list of records with `id`, `title`, `abstract` and `keywords`; the questions
written by hand are in `questions.jsonl` beside this file.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.relevance import sources
from training.relevance.data import Document, Query
from training.verifier.data import read_pairs, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from training.relevance.sources import Papers

__all__ = ["Sources", "prepare"]

QUESTIONS = Path(__file__).with_name("questions.jsonl")
SCIFACT = "claim_abstract_pairs.jsonl"
SHARE_OF_PREMISES = 0.6
SHARE_OF_DETAILS = 0.12
_SEED = 7


class Sources(argparse.Namespace):
    """Where the sources are; None for one that is left out."""

    papers: Path
    generated: Path | None
    scifact: Path | None
    squad: Path | None
    pubmedqa: Path | None
    claims: Path | None
    out: Path


def prepare(given: Sources) -> dict[str, int]:
    """Write `documents.jsonl.gz` and `queries.jsonl.gz`.

    Args:
        given: The sources.

    Returns:
        How many queries there are, by source, kind and part.
    """
    papers: Papers = {row["id"]: row for row in json.loads(given.papers.read_text("utf-8"))}
    scifact: list[str] = []
    if given.scifact is not None:
        scifact = (given.scifact / SCIFACT).read_text("utf-8").splitlines()
    papers |= sources.scifact_papers(scifact)
    rng = random.Random(_SEED)
    rows: list[Document | Query] = list(sources.authored(_lines(QUESTIONS), papers, rng=rng))
    by_hand = {row.doc_id for row in rows}
    if given.generated is not None:
        asked = [row for row in _lines(given.generated) if row["id"] not in by_hand]
        rows += sources.generated(asked, papers)
    known = [row for row in rows if isinstance(row, Document)]
    fresh = [d for d in known if d.doc_id not in by_hand and len(d.sentences) > 2]
    rows += sources.premises(fresh, rng=rng, share=SHARE_OF_PREMISES)
    rows += sources.details(fresh, rng=rng, share=SHARE_OF_DETAILS)
    there = {document.doc_id for document in known}
    marked = [i for i, p in papers.items() if p.get("keywords") and i not in by_hand]
    rows += (
        sources.document_of(i, papers[i]["title"], papers[i]["abstract"])
        for i in marked
        if i not in there
    )
    rows += sources.topics(papers, marked, rng=rng)
    rows += sources.scifact(scifact)
    if given.squad is not None:
        rows += sources.squad(json.loads(given.squad.read_text("utf-8")))
    if given.pubmedqa is not None:
        rows += sources.pubmedqa(json.loads(given.pubmedqa.read_text("utf-8")))
    if given.claims is not None:
        rows += sources.claims(read_pairs(given.claims), rng=rng)
    given.out.mkdir(parents=True, exist_ok=True)
    documents = {row.doc_id: row for row in rows if isinstance(row, Document)}
    queries = [row for row in rows if isinstance(row, Query)]
    write_rows(given.out / "documents.jsonl.gz", documents.values())
    write_rows(given.out / "queries.jsonl.gz", queries)
    counts: dict[str, int] = {}
    for query in queries:
        key = f"{query.source} {query.kind} {query.part}"
        counts[key] = counts.get(key, 0) + 1
    return counts


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def main() -> None:
    """Run the step from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=Path, required=True)
    for name in ("generated", "scifact", "squad", "pubmedqa", "claims"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out/relevance"))
    for key, count in sorted(prepare(parser.parse_args(namespace=Sources())).items()):
        print(f"{count:7d}  {key}")  # noqa: T201 (what was made)


if __name__ == "__main__":
    main()
