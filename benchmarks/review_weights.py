"""Fit what decides whether a paper belongs to a review: `python -m benchmarks.review_weights`.

Logistic regressions on the signals of the candidates, whose weights are in
`litdesk.review.relevance`: one for papers that the relevance model has read and one for others. The
figures are those of leaving out one topic at a time; intervals are over topics. The model reads no
topic that it was trained on.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from training.relevance.sources import batches_of, part_of

from benchmarks.report import pooled_share
from litdesk.assistant import Assistant
from litdesk.relevance import log_odds
from litdesk.review.relevance import (
    SUREST,
    Signals,
    measure_candidates,
    odds_by_words,
    read_nearest,
)
from litdesk.review.results import Scope
from litdesk.review.search import find_candidates
from litdesk.reviewing import open_desk
from litdesk.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
QUESTIONS = ROOT / "training" / "relevance" / "questions.jsonl"
THRESHOLDS = (0.05, 0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.25, 0.3, 0.35, 0.4)
_FIRST = ("1", "2", "3")
"""Batches of topics that the weights of words and vectors are fitted on. There are far more of the
later ones than of those over the seeds."""
_SHRINKAGE = 1.0
_BETA = 1.5
"""How much more a missed paper weighs than a wrong one when the threshold is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The candidates of one topic, a value of each list for each."""

    signals: list[Signals]
    about: list[float]
    """Log-odds of the relevance model; empty where it has not read them."""
    relevant: list[bool]
    of_seeds: bool = True
    first: bool = True
    """Whether the weights of words and vectors are fitted on it."""


def measure(assistant: Assistant, case: dict[str, Any], *, read: bool = True) -> Topic:
    """Return what speaks for a topic's candidates and whether they were marked as relevant."""
    desk, _ = open_desk(
        Scope(topic=case["topic"]), shelf=assistant._open_shelf(), equipment=assistant._equipment
    )
    pool = find_candidates(
        case["topic"], finder=desk.finder, vectors=desk.vectors, allowed=desk.papers
    )
    found = measure_candidates(pool, papers=desk.papers, vectors=desk.vectors, finder=desk.finder)
    lost = set(case["relevant"]) - found.keys()
    if lost:
        print(f"not even found for “{case['topic']}”: {', '.join(sorted(lost))}")
    kept = {i: one for i, one in found.items() if i not in case["borderline"]}
    if read and desk.relevance:
        kept = read_nearest(
            kept, topic=case["topic"], papers=desk.papers, reader=desk.relevance, at_once=len(kept)
        )
    return Topic(
        signals=[one.signals for one in kept.values()],
        about=[
            log_odds(one.about, furthest=SUREST) for one in kept.values() if one.about is not None
        ],
        relevant=[paper_id in case["relevant"] for paper_id in kept],
    )


def seed_topics(library: Path | None, scratch: Path) -> list[Topic]:
    lines = (ROOT / "evals" / "cases" / "reviews.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [case for case in map(json.loads, lines) if case["split"] == "tune"]
    with Assistant.open(load_settings(library=library or scratch / "seeds")) as assistant:
        if library is None:
            assistant.ingest([ROOT / "seeds"])
        return [measure(assistant, case) for case in cases]


def is_first(topic: dict[str, Any]) -> bool:
    return topic["batch"] in _FIRST


def is_fresh(topic: dict[str, Any]) -> bool:
    """Return whether the relevance model was not trained on a topic."""
    return part_of(topic["topic"]) == "validation"


def other_topics(records: Path, scratch: Path) -> list[Topic]:
    """Return the same of topics over other papers, those of each batch in a library of its own."""
    papers = {paper["id"]: paper for paper in json.loads(records.read_text(encoding="utf-8"))}
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    topics = [row for row in rows if row["kind"] == "topic" and (is_first(row) or is_fresh(row))]
    measured, batches = [], batches_of(rows)
    for batch in sorted({topic["batch"] for topic in topics}):
        if not batches[batch] <= papers.keys():
            continue
        told = [
            json.dumps({"title": papers[i]["title"], "abstract": papers[i]["abstract"]})
            for i in sorted(batches[batch])
        ]
        source = scratch / f"{batch}.jsonl"
        source.write_text("\n".join(told), encoding="utf-8")
        with Assistant.open(load_settings(library=scratch / batch)) as assistant:
            assistant.ingest([source])
            named = {paper.title: paper.paper_id for paper in assistant.papers()}
            for topic in (topic for topic in topics if topic["batch"] == batch):
                marks = {
                    mark: [named[" ".join(papers[i]["title"].split())] for i in topic[of]]
                    for mark, of in (("relevant", "relevant"), ("borderline", "touching"))
                }
                case = {"topic": topic["topic"], **marks}
                found = measure(assistant, case, read=is_fresh(topic))
                measured.append(replace(found, of_seeds=False, first=is_first(topic)))
    return measured


def fit(rows: NDArray[np.float64], relevant: NDArray[np.bool_]) -> LogisticRegression:
    return LogisticRegression(C=_SHRINKAGE, max_iter=5000).fit(rows, relevant)


def fit_apart(
    rows: NDArray[np.float64], relevant: NDArray[np.bool_], topics: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the score of each candidate by what was fitted on the other topics."""
    apart = np.zeros(len(rows))
    for topic in np.unique(topics):
        own = topics == topic
        apart[own] = fit(rows[~own], relevant[~own]).predict_proba(rows[own])[:, 1]
    return apart


def choose_threshold(scores: NDArray[np.float64], relevant: NDArray[np.bool_]) -> float:
    """Return the score from which recall and precision together are best, recall first."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(relevant[order])
    weighed = (1 + _BETA**2) * hits / (_BETA**2 * relevant.sum() + np.arange(1, len(scores) + 1))
    return float(scores[order[int(weighed.argmax())]])


def told(chosen: NDArray[np.bool_], relevant: NDArray[np.bool_], topics: NDArray[np.int64]) -> str:
    each = [topics == topic for topic in np.unique(topics)]
    recall = pooled_share([list(chosen[own & relevant]) for own in each])
    precision = pooled_share([list(relevant[own & chosen]) for own in each])
    return f"recall {recall}, precision {precision}"


def report(
    measured: Sequence[Topic], names: Sequence[str], rows_of: Callable[[Topic], list[list[float]]]
) -> None:
    """Print what is found on topics that are left out, and the weights fitted on all."""
    rows = np.array([row for topic in measured for row in rows_of(topic)])
    relevant = np.array([marked for topic in measured for marked in topic.relevant])
    topics = np.repeat(np.arange(len(measured)), [len(topic.relevant) for topic in measured])
    apart = fit_apart(rows, relevant, topics)
    chosen = np.zeros(len(rows), dtype=bool)
    for topic in np.unique(topics):
        own = topics == topic
        chosen[own] = apart[own] >= choose_threshold(apart[~own], relevant[~own])
    seeds = topics < sum(topic.of_seeds for topic in measured)
    for name, part in (("seeds", seeds), ("other papers", ~seeds)):
        if part.any():
            print(f"\n{name}: {len(np.unique(topics[part]))} topics left out in turn")
            print(f"threshold of the others: {told(chosen[part], relevant[part], topics[part])}")
            for least in THRESHOLDS:
                found = told(apart[part] >= least, relevant[part], topics[part])
                print(f"from {least:.2f}: {found}")
    fitted = fit(rows, relevant)
    for name, weight in zip(names, fitted.coef_[0], strict=True):
        print(f"{name} {weight:.2f}")
    print(f"intercept {fitted.intercept_[0]:.2f}")
    print(f"threshold {choose_threshold(apart, relevant):.3f}")


def by_words(topic: Topic) -> list[list[float]]:
    return [list(astuple(signals)) for signals in topic.signals]


def by_both(topic: Topic) -> list[list[float]]:
    odds = [odds_by_words(signals) for signals in topic.signals]
    return [[one, max(odds), about] for one, about in zip(odds, topic.about, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path, help="a library of the seeds, to skip the ingest")
    parser.add_argument(
        "--papers",
        type=Path,
        help="records that training/relevance/questions.jsonl asks about, with id, title and "
        "abstract: fit on its topics, too; with the relevance model on those kept from it",
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = seed_topics(options.library, Path(folder))
        if options.papers:
            measured += other_topics(options.papers, Path(folder))
    print("\nby words and vectors")
    report([one for one in measured if one.first], [f.name for f in fields(Signals)], by_words)
    if read := [one for one in measured if one.about]:
        print("\nread by the relevance model, too")
        report(read, ["by words", "best by words", "about"], by_both)


if __name__ == "__main__":
    main()
