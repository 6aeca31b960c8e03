"""When not to answer: `python -m benchmarks.abstention`.

Fits the logistic regression behind `litdesk.answer.abstain` on the tuning half of the questions,
and prints beside the fitted coefficients those that are shipped. Then, for the quoting writer: what
each threshold answers and how much of that is right, and the risk-coverage curve, with the shipped
coefficients and with coefficients of folds that had not seen the question.

Right is an answer that has all key facts; any answer to a question that cannot be answered is
wrong, unless it corrects the premise. The other reasons not to answer hold at every threshold.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.questions import ROOT, Asked, ask_all
from benchmarks.report import machine, share
from litdesk.answer import abstain
from litdesk.assistant import Assistant
from litdesk.evaluate.measures.risk_coverage import risks
from litdesk.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from litdesk.types import Passage

THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
COVERAGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
FOLDS = 10
NOT_ANSWERABLE = ("offtopic", "nearmiss", "falsepremise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A question that the threshold decides, and its answer as if there were no threshold."""

    asked: Asked
    features: tuple[float, float]
    """The best similarity, and the best coverage of the first three papers."""
    shipped: float
    """Probability by the shipped coefficients."""

    @property
    def off_topic(self) -> bool:
        """Whether nothing in the library is about the question."""
        return self.asked.category == "offtopic"

    @property
    def answerable(self) -> bool:
        """Whether a paper answers it."""
        return self.asked.category not in NOT_ANSWERABLE

    @property
    def follows(self) -> bool:
        """Whether it goes on with a conversation."""
        return bool(self.asked.case["history"])

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        stated = bool(self.asked.case["key_facts"]) and self.asked.facts == 1
        return stated and not self.asked.forbidden


def decide_all(assistant: Assistant, cases: Sequence[dict[str, object]]) -> list[Decided]:
    """Ask all cases with the threshold out of force.

    Args:
        assistant: Open on the seeds.
        cases: Cases as in `evals/README.md`.

    Returns:
        Those for which the threshold is asked at all: not those that the record answers.
    """
    seen: list[tuple[Sequence[Passage], float]] = []
    shipped = abstain.answerability

    def certain(passages: Sequence[Passage], *, follows: bool = False) -> float:
        seen.append((passages, shipped(passages, follows=follows)))
        return 1.0

    decided = []
    abstain.answerability = certain
    try:
        for case in cases:
            seen.clear()
            (asked,) = ask_all(assistant, [case])
            if seen:
                passages, probability = seen[0]
                features = (
                    max(p.similarity for p in passages),
                    max(p.coverage for p in passages[:3]),
                )
                decided.append(Decided(asked=asked, features=features, shipped=probability))
    finally:
        abstain.answerability = shipped
    return decided


def fit(decided: Sequence[Decided]) -> tuple[np.ndarray, list[str]]:
    """Fit the rule, and what it says of questions that it has not seen.

    Args:
        decided: All questions; follow-ups are not fitted, because their words are not their own.

    Returns:
        A probability for each question, from coefficients that were fitted without it, and lines
        that say what the coefficients are.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    def model() -> LogisticRegression:
        return LogisticRegression(C=100, class_weight="balanced")

    x = np.array([d.features for d in decided])
    about = np.array([not d.off_topic for d in decided])
    alone = np.array([not d.follows for d in decided])
    whole = model().fit(x[alone], about[alone])
    found = whole.predict_proba(x)[:, 1]  # follow-ups take no part in any fold
    places = np.flatnonzero(alone)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    each = []
    for train, test in folds.split(x[places], about[places]):
        one = model().fit(x[places[train]], about[places[train]])
        found[places[test]] = one.predict_proba(x[places[test]])[:, 1]
        each.append([*one.coef_[0], one.intercept_[0]])
    low, high = np.min(each, axis=0), np.max(each, axis=0)
    fitted = [*whole.coef_[0], whole.intercept_[0]]
    shipped = (abstain._SIMILARITY, abstain._COVERAGE, abstain._OFFSET)
    return found, [
        f"  {name:12s}{value:8.2f}  in folds {a:.2f} to {b:.2f}; shipped {ours:.2f}"
        for name, value, a, b, ours in zip(
            ("similarity", "coverage", "offset"), fitted, low, high, shipped, strict=True
        )
    ]


def threshold_lines(decided: Sequence[Decided], probabilities: np.ndarray) -> Iterator[str]:
    """Yield a line for each threshold.

    Args:
        decided: All questions.
        probabilities: One for each.

    Yields:
        How many off-topic questions pass, how many that can be answered do not, how many are
        answered in all, and how many of these are right.
    """
    yield (
        f"  {'from':9s} {'off-topic let through':32s} {'answerable stopped':32s} "
        f"{'answered, of all':32s} right, of the answered"
    )
    for threshold in sorted({*THRESHOLDS, abstain.ANSWERABLE_FROM}):
        passed = probabilities >= threshold
        through = [bool(p) for p, d in zip(passed, decided, strict=True) if d.off_topic]
        stopped = [not p for p, d in zip(passed, decided, strict=True) if d.answerable]
        answered = [bool(p) and not d.asked.refused for p, d in zip(passed, decided, strict=True)]
        right = [d.right for a, d in zip(answered, decided, strict=True) if a]
        mark = " shipped" if threshold == abstain.ANSWERABLE_FROM else ""
        yield (
            f"  {threshold:<4g}{mark:8s}{share(through):32s} {share(stopped):32s} "
            f"{share(answered):32s} {share(right)}"
        )


def curve_line(decided: Sequence[Decided], probabilities: np.ndarray) -> str:
    """Return the risk at each coverage, the surest questions first.

    Args:
        decided: All questions.
        probabilities: One for each.

    Returns:
        Coverage and risk in pairs, and the area under them; of the questions that nothing but the
        threshold could stop.
    """
    parts = np.array(
        [
            (p, float(not d.right))
            for p, d in zip(probabilities, decided, strict=True)
            if not d.asked.refused
        ]
    )
    risk = risks(parts)
    shown = (f"{c:.0%} {risk[max(0, round(c * len(risk)) - 1)]:.3f}" for c in COVERAGES)
    return f"  {'  '.join(shown)}; area {risk.mean():.3f} (n = {len(risk)})"


def main() -> None:
    """Run the benchmark."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    lines = (ROOT / "evals/cases/seeds-tune.jsonl").read_text("utf-8").splitlines()
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant.open(load_settings(library=Path(folder))) as assistant,
    ):
        assistant.ingest([ROOT / "seeds"])
        decided = decide_all(assistant, [json.loads(line) for line in lines])
    found, coefficients = fit(decided)
    shipped = np.array([d.shipped for d in decided])
    print(f"{len(decided)} of {len(lines)} questions, tuning half; {machine()}")
    print("coefficients, about or off-topic:")
    print(*coefficients, sep="\n")
    for title, probabilities in (("as shipped", shipped), (f"{FOLDS} folds", found)):
        print(f"thresholds, {title}")
        print(*threshold_lines(decided, probabilities), sep="\n")
        print(f"risk at coverage, {title}")
        print(curve_line(decided, probabilities))


if __name__ == "__main__":
    main()
