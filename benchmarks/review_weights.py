"""Fit what decides whether a paper belongs to a review: `python -m benchmarks.review_weights`.

A logistic regression on the signals of the candidates of the tuning topics, whose weights are in
`litdesk.review.relevance`. The figures are those of leaving out one topic at a time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.report import share
from litdesk.assistant import Assistant
from litdesk.review.relevance import Signals, measure_candidates
from litdesk.review.results import Scope
from litdesk.review.search import find_candidates
from litdesk.settings import load_settings

ROOT = Path(__file__).parents[1]
THRESHOLDS = (0.08, 0.1, 0.12, 0.13, 0.14, 0.15, 0.17, 0.2, 0.25, 0.3)


def measure(assistant: Assistant, case: dict) -> list[tuple[tuple[float, ...], bool]]:
    """Return the signals of a topic's candidates and whether they were marked as relevant."""
    desk, _ = assistant._desk(Scope(topic=case["topic"]), assistant._open_shelf())
    pool = find_candidates(
        case["topic"], finder=desk.finder, vectors=desk.vectors, allowed=desk.papers
    )
    found = measure_candidates(pool, papers=desk.papers, vectors=desk.vectors, finder=desk.finder)
    lost = set(case["relevant"]) - found.keys()
    if lost:
        print(f"not even found for “{case['topic']}”: {', '.join(sorted(lost))}")
    return [
        (astuple(measured.signals), paper_id in case["relevant"])
        for paper_id, measured in found.items()
        if paper_id not in case["borderline"]
    ]


def fit(rows: np.ndarray, relevant: np.ndarray) -> LogisticRegression:
    return LogisticRegression(max_iter=5000).fit(rows, relevant)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path, help="a library of the seeds, to skip the ingest")
    options = parser.parse_args()
    lines = (ROOT / "evals" / "cases" / "reviews.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [case for case in map(json.loads, lines) if case["split"] == "tune"]
    with tempfile.TemporaryDirectory() as scratch:
        settings = load_settings(library=options.library or Path(scratch) / "library")
        with Assistant.open(settings) as assistant:
            if options.library is None:
                assistant.ingest([ROOT / "seeds"])
            measured = [measure(assistant, case) for case in cases]
    rows = np.array([signals for some in measured for signals, _ in some])
    relevant = np.array([marked for some in measured for _, marked in some])
    topics = np.repeat(np.arange(len(cases)), [len(some) for some in measured])
    apart = np.zeros(len(rows))
    for topic in range(len(cases)):
        rest = topics != topic
        apart[~rest] = fit(rows[rest], relevant[rest]).predict_proba(rows[~rest])[:, 1]
    print(f"{len(cases)} topics, {relevant.sum()} relevant of {len(rows)} candidates")
    for least in THRESHOLDS:
        chosen = apart >= least
        print(f"from {least}: recall {share(list(chosen[relevant]))}, precision "
              f"{share(list(relevant[chosen]))}")  # fmt: skip
    fitted = fit(rows, relevant)
    for field, weight in zip(fields(Signals), fitted.coef_[0], strict=True):
        print(f"{field.name} {weight:.1f}")
    print(f"intercept {fitted.intercept_[0]:.1f}")


if __name__ == "__main__":
    main()
