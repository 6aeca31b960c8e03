"""Fit what decides whether a paper belongs to a review: `python -m benchmarks.review_weights`.

Logistic regressions on the signals of the candidates, whose weights are in
`litdesk.review.relevance`: one for papers that the relevance model has read and one for others. The
topics over the seeds weigh together as much as those over other papers. A paper is cited from the
probability on with which four in five of the cited ones are relevant, and listed from the one on
with which 19 in 20 of the relevant ones are listed or cited. The figures are those of leaving out
one topic at a time; intervals are over topics. The model reads no topic that it was trained on.
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
    DOUBTED_FROM,
    PRESENT_FROM,
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
THRESHOLDS = (0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
_FIRST = ("1", "2", "3")
"""Batches of topics that the weights of words and vectors are fitted on. There are far more of the
later ones than of those over the seeds."""
_SHRINKAGE = 1.0
_PRECISION, _RECALL = 0.8, 0.95
"""Aims: of the cited papers, and of those that are cited or listed."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """The candidates of all topics, one after the other; arrays of shape `(n,)` but for rows."""

    rows: NDArray[np.float64]
    """What speaks for each, of shape `(n, signals)`."""
    relevant: NDArray[np.bool_]
    topics: NDArray[np.int64]
    """Number of the topic of each."""
    weights: NDArray[np.float64]
    """What each weighs in a fit, 1 on average."""
    of_seeds: NDArray[np.bool_]

    @classmethod
    def of(
        cls, measured: Sequence[Topic], rows_of: Callable[[Topic], list[list[float]]]
    ) -> Candidates:
        """Gather the candidates of topics, with what speaks for each."""
        sizes = [len(topic.relevant) for topic in measured]
        of_seeds = np.repeat([topic.of_seeds for topic in measured], sizes)
        groups = [group for group in (of_seeds, ~of_seeds) if group.any()]
        weights = np.zeros(len(of_seeds))
        for group in groups:
            weights[group] = len(of_seeds) / len(groups) / group.sum()
        return cls(
            rows=np.array([row for topic in measured for row in rows_of(topic)]),
            relevant=np.array([marked for topic in measured for marked in topic.relevant]),
            topics=np.repeat(np.arange(len(measured)), sizes),
            weights=weights,
            of_seeds=of_seeds,
        )

    def __getitem__(self, some: NDArray[np.bool_]) -> Candidates:
        return Candidates(**{field.name: getattr(self, field.name)[some] for field in fields(self)})

    def by_topic(self) -> list[NDArray[np.bool_]]:
        """Return for each topic which candidates are its own."""
        return [self.topics == topic for topic in np.unique(self.topics)]

    def fit(self) -> LogisticRegression:
        """Return a regression of relevance on the rows."""
        model = LogisticRegression(C=_SHRINKAGE, max_iter=5000)
        return model.fit(self.rows, self.relevant, sample_weight=self.weights)

    def scored_apart(self) -> NDArray[np.float64]:
        """Return the score of each by what was fitted on the other topics."""
        apart = np.zeros(len(self.rows))
        for own in self.by_topic():
            apart[own] = self[~own].fit().predict_proba(self.rows[own])[:, 1]
        return apart

    def thresholds(self, scores: NDArray[np.float64]) -> tuple[float, float]:
        """Return the scores from which a paper is cited, and listed."""
        order = np.argsort(-scores, kind="stable")
        weights, ranked = self.weights[order], scores[order]
        hits = np.cumsum(weights * self.relevant[order])
        precise = np.flatnonzero(hits / np.cumsum(weights) >= _PRECISION)
        cited = precise[-1] if len(precise) else 0
        return float(ranked[cited]), float(ranked[np.argmax(hits >= _RECALL * hits[-1])])

    def best_of(self, scores: NDArray[np.float64], relevant: int) -> str:
        """Return how high the best score of a topic is, with a relevant paper or without."""
        best = [
            scores[own].max() for own in self.by_topic() if self.relevant[own].any() == relevant
        ]
        above = ((least, sum(one >= least for one in best)) for least in (0.1, 0.2, 0.3, 0.4, 0.5))
        return f"n = {len(best)}; " + ", ".join(f"{n} from {least}" for least, n in above)

    def told(self, chosen: NDArray[np.bool_]) -> str:
        """Return recall and precision of what was chosen, in words."""
        each = self.by_topic()
        recall = pooled_share([list(chosen[own & self.relevant]) for own in each])
        precision = pooled_share([list(self.relevant[own & chosen]) for own in each])
        return (
            f"recall {recall}, precision {precision}, {chosen.sum() / len(each):.1f} papers a topic"
        )


def report(
    measured: Sequence[Topic], names: Sequence[str], rows_of: Callable[[Topic], list[list[float]]]
) -> None:
    """Print what is found on topics that are left out, and the weights fitted on all."""
    all_ = Candidates.of(measured, rows_of)
    apart = all_.scored_apart()
    cited, listed = (np.zeros(len(apart), dtype=bool) for _ in range(2))
    for own in all_.by_topic():
        cited_from, listed_from = all_[~own].thresholds(apart[~own])
        present = apart[own].max() >= PRESENT_FROM
        cited[own] = apart[own] >= cited_from
        listed[own] = apart[own] >= (listed_from if present else DOUBTED_FROM)
    for name, part in (("seeds", all_.of_seeds), ("other papers", ~all_.of_seeds)):
        if part.any():
            some = all_[part]
            print(f"\n{name}: {len(some.by_topic())} topics left out in turn")
            print(f"cited by the threshold of the others: {some.told(cited[part])}")
            print(f"cited or listed by it: {some.told(listed[part])}")
            print(f"the best paper of each, where none is relevant: {some.best_of(apart[part], 0)}")
            print(f"the same, where one is: {some.best_of(apart[part], 1)}")
            for least in THRESHOLDS:
                print(f"from {least:.2f}: {some.told(apart[part] >= least)}")
    fitted = all_.fit()
    for name, weight in zip(names, fitted.coef_[0], strict=True):
        print(f"{name} {weight:.2f}")
    print(f"intercept {fitted.intercept_[0]:.2f}")
    print("cited from {:.3f}, listed from {:.3f}".format(*all_.thresholds(apart)))


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
