"""Retrieval on SciFact through the product's own retriever: `make bench-retrieval DATA=…`.

Reports nDCG@10 and recall@100 on the test queries with the product's default weight. `--tune`
prints the same over weights on the training queries, which is how the default was chosen.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import machine, mean
from benchmarks.scifact import opened_corpus

if TYPE_CHECKING:
    from litdesk.assistant import Assistant

DEPTH = 100


def read_queries(data: Path, split: str) -> dict[str, tuple[str, dict[str, int]]]:
    """Read the queries of a split with their judgements.

    Args:
        data: Folder with SciFact in BEIR layout.
        split: `train` or `test`.

    Returns:
        Query id to its text and the relevance of the judged documents.
    """
    texts = {}
    for line in (data / "queries.jsonl").read_text("utf-8").splitlines():
        query = json.loads(line)
        texts[query["_id"]] = query["text"]
    judged: dict[str, dict[str, int]] = defaultdict(dict)
    with (data / "qrels" / f"{split}.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            judged[row["query-id"]][row["corpus-id"]] = int(row["score"])
    return {name: (texts[name], relevance) for name, relevance in judged.items()}


def ndcg(ranked: list[str], relevance: dict[str, int], *, k: int) -> float:
    """Return the normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002).

    Args:
        ranked: Document ids, best first.
        relevance: Gain of the judged documents.
        k: Cut-off.

    Returns:
        A value in [0, 1].
    """
    gains = [relevance.get(name, 0) / log2(n + 2) for n, name in enumerate(ranked[:k])]
    best = sorted(relevance.values(), reverse=True)[:k]
    return sum(gains) / sum(gain / log2(n + 2) for n, gain in enumerate(best))


def recall(ranked: list[str], relevance: dict[str, int], *, k: int) -> float:
    """Return the share of the relevant documents among the first `k`.

    Args:
        ranked: Document ids, best first.
        relevance: Gain of the judged documents.
        k: Cut-off.

    Returns:
        A value in [0, 1].
    """
    relevant = {name for name, gain in relevance.items() if gain > 0}
    return len(relevant & set(ranked[:k])) / len(relevant)


def rank_all(
    assistant: Assistant, queries: dict[str, tuple[str, dict[str, int]]], weight: float
) -> dict[str, list[str]]:
    """Ask the product's retriever every query.

    Args:
        assistant: Open on the corpus.
        queries: As from `read_queries`.
        weight: Share of the vectors in the fused score.

    Returns:
        Query id to document ids, best first, as many as `DEPTH`.
    """
    retriever = assistant.retriever.model_copy(update={"k": DEPTH, "dense_weight": weight})
    keys = {paper.paper_id: paper.sources for paper in assistant.papers()}
    lines = {
        paper_id: [str(source.record) for source in sources] for paper_id, sources in keys.items()
    }
    return {
        name: [
            record
            for document in retriever.invoke(text)
            for record in lines[document.metadata["paper_id"]]
        ]
        for name, (text, _) in queries.items()
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="SciFact in BEIR layout")
    parser.add_argument("--library", type=Path, help="keep the library here between runs")
    parser.add_argument("--tune", action="store_true", help="weights on the training queries")
    options = parser.parse_args()
    with opened_corpus(options.data, options.library) as assistant:
        names = [
            json.loads(line)["_id"]
            for line in (options.data / "corpus.jsonl").read_text("utf-8").splitlines()
        ]
        default = assistant.settings.retrieval.dense_weight
        split = "train" if options.tune else "test"
        weights = [0.4, 0.5, 0.6, 0.65, 0.7, 0.8] if options.tune else [default, 0.0, 1.0]
        queries = read_queries(options.data, split)
        print(f"{machine()}; {len(names)} abstracts, {len(queries)} {split} queries")
        for weight in weights:
            ranked = {
                query: [names[int(record) - 1] for record in records]
                for query, records in rank_all(assistant, queries, weight).items()
            }
            gain = mean([ndcg(ranked[q], rel, k=10) for q, (_, rel) in queries.items()])
            found = mean([recall(ranked[q], rel, k=DEPTH) for q, (_, rel) in queries.items()])
            what = {default: "default", 0.0: "BM25 alone", 1.0: "vectors alone"}.get(weight, "")
            print(f"weight {weight:.2f} {what:13s} nDCG@10 {gain}  recall@{DEPTH} {found}")


if __name__ == "__main__":
    main()
