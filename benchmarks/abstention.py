"""When not to answer: `python -m benchmarks.abstention`.

Fits the two logistic regressions of `litdesk.answer.reading` on the tuning questions, and prints
beside the fitted coefficients those that are shipped: whether what was found is about the question
(against off-topic questions, and questions that were written for other papers), and whether it
answers it (against near misses and false premises). Then, for the quoting writer: what each
threshold answers and how much of that is right, and the risk-coverage curve, with the shipped
coefficients and with coefficients of folds that had not seen the paper.

Right is an answer that has all key facts; any answer to a question that cannot be answered is
wrong, unless it corrects the premise. The other reasons not to answer hold at every threshold.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from training.relevance.prepare import QUESTIONS
from training.relevance.sources import part_of

from benchmarks.questions import ROOT, TUNING, Asked, ask_all
from benchmarks.report import machine, share
from litdesk import answering
from litdesk.answer import reading
from litdesk.assistant import Assistant
from litdesk.evaluate.measures.risk_coverage import risks
from litdesk.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from litdesk.answer.reading import Reading, Regression, Signals
    from litdesk.relevance import RelevanceReader
    from litdesk.types import Passage

THRESHOLDS = (0.1, 0.15, 0.2, 0.22, 0.24, 0.26, 0.28, 0.3, 0.35, 0.4, 0.5)
COVERAGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
FOLDS = 10
NOT_ANSWERABLE = ("offtopic", "nearmiss", "falsepremise")
WEIGHTS = {"offtopic": 2.0, "unrelated": 1.0, "plain": 0.8, "paraphrase": 0.1}
"""Of questions that are not about the library; those written for other papers by their kind: what
is asked in words of no paper may well be about one of the library's."""
OTHERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A question that the model reads, and its answer as if the model had nothing against it."""

    asked: Asked
    signals: Signals

    @property
    def category(self) -> str:
        """Of the case; `plain` or `paraphrase` for a question on a paper of no library."""
        return self.asked.case.get("kind") or self.asked.category

    @property
    def answerable(self) -> bool:
        """Whether a paper of the library answers it."""
        return "kind" not in self.asked.case and self.asked.category not in NOT_ANSWERABLE

    @property
    def group(self) -> str:
        """What is left out together: questions on the same paper."""
        return min(self.asked.right, default=str(self.asked.case["user_input"]))

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        stated = bool(self.asked.case["key_facts"]) and self.asked.facts == 1
        return stated and not self.asked.forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One of the two regressions, and what it is fitted on."""

    title: str
    against: str
    signals: tuple[str, ...]
    wrong: tuple[str, ...]
    """Categories that it should stop."""
    shipped: Regression


def rules() -> tuple[Rule, Rule]:
    """Return both regressions as they are shipped."""
    return (
        Rule(
            title="about the question",
            against="off topic",
            signals=("similarity", "follows", "about", "whole", "sentence"),
            wrong=tuple(WEIGHTS),
            shipped=reading.ABOUT,
        ),
        Rule(
            title="answers the question",
            against="near misses and false premises",
            signals=("whole", "sentence", "denies"),
            wrong=("nearmiss", "falsepremise"),
            shipped=reading.ANSWERED,
        ),
    )


def decide_all(assistant: Assistant, cases: Sequence[dict[str, object]]) -> list[Decided]:
    """Ask all cases with the model's reading out of force.

    Args:
        assistant: Open on the seeds.
        cases: Cases as in `evals/README.md`.

    Returns:
        Those that the model reads at all: not those that the record answers.
    """
    seen: list[Signals] = []
    shipped = reading.read_passages

    def certain(
        question: str,
        passages: Sequence[Passage],
        *,
        reader: RelevanceReader,
        follows: bool = False,
    ) -> Reading:
        if passages:
            seen.append(reading.measure(question, passages, reader=reader, follows=follows))
        return reading.Reading(is_about=True, is_answered=True)

    decided = []
    vars(answering)["read_passages"] = certain
    try:
        for case in cases:
            seen.clear()
            (asked,) = ask_all(assistant, [case])
            decided += [Decided(asked=asked, signals=signals) for signals in seen[:1]]
    finally:
        vars(answering)["read_passages"] = shipped
    return decided


def other_questions() -> list[dict[str, object]]:
    """Return questions that were written for papers of no library or for none, as cases.

    Returns:
        Questions of the validation part, which the model was not trained on.
    """
    rows = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    asked = [r for r in rows if r["kind"] in WEIGHTS]
    fresh = [r for r in asked if part_of(r.get("id", r["question"])) == "validation"]
    some = [r for r in fresh if r["kind"] != "unrelated"]
    chosen = random.Random(5).sample(some, OTHERS)  # noqa: S311 (chance that can be repeated)
    chosen += [r for r in fresh if r["kind"] == "unrelated"]
    return [
        {"user_input": r["question"], "kind": r["kind"], "tags": ["offtopic"], "history": [],
         "papers": [], "key_facts": [], "forbidden": []}
        for r in chosen
    ]  # fmt: skip


def probabilities(rule: Rule, decided: Sequence[Decided]) -> np.ndarray:
    """Return what the shipped coefficients say.

    Args:
        rule: The regression.
        decided: Questions.

    Returns:
        A probability for each.
    """
    return np.array([rule.shipped.probability(d.signals) for d in decided])


def fit(rule: Rule, decided: Sequence[Decided]) -> tuple[np.ndarray, list[str]]:
    """Fit a rule, and what it says of questions on papers that it has not seen.

    Args:
        rule: Which.
        decided: All questions; those that it is not fitted on are weighed all the same.

    Returns:
        A probability for each question, from coefficients that were fitted without its paper, and
        lines that say what the coefficients are.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold

    names = [field.name for field in fields(reading.Signals)]
    places = [names.index(name) for name in rule.signals]
    x = np.array([astuple(d.signals) for d in decided])[:, places]
    y = np.array([d.answerable for d in decided])
    weight = np.array([
        1.0 if d.answerable else WEIGHTS.get(d.category, 1.0) if d.category in rule.wrong else 0.0
        for d in decided
    ])  # fmt: skip
    groups = [d.group for d in decided]

    def fitted(rows: np.ndarray) -> LogisticRegression:
        rows = rows[weight[rows] > 0]
        return LogisticRegression(C=100, max_iter=2000).fit(
            x[rows], y[rows], sample_weight=weight[rows]
        )

    whole = fitted(np.arange(len(x)))
    found = np.zeros(len(x))
    each = []
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for train, test in folds.split(x, y, groups):
        one = fitted(train)
        found[test] = one.predict_proba(x[test])[:, 1]
        each.append([*one.coef_[0], one.intercept_[0]])
    low, high = np.min(each, axis=0), np.max(each, axis=0)
    shipped = [*(getattr(rule.shipped.weights, name) for name in rule.signals), rule.shipped.offset]
    return found, [
        f"  {name:12s}{value:8.2f}  in folds {a:.2f} to {b:.2f}; shipped {ours:.2f}"
        for name, value, a, b, ours in zip(
            (*rule.signals, "offset"), [*whole.coef_[0], whole.intercept_[0]], low, high, shipped,
            strict=True,
        )
    ]  # fmt: skip


def threshold_lines(rule: Rule, decided: Sequence[Decided], found: np.ndarray) -> Iterator[str]:
    """Yield a line for each threshold.

    Args:
        rule: What the probabilities are of.
        decided: All questions.
        found: A probability for each.

    Yields:
        How many questions that should be stopped pass, by category, and how many that can be
        answered do not.
    """
    for threshold in sorted({*THRESHOLDS, rule.shipped.threshold}):
        stopped = found < threshold
        mark = " shipped" if threshold == rule.shipped.threshold else ""
        kinds = ["answerable" if d.answerable else d.category for d in decided]
        by_kind = {
            wanted: [bool(s) for s, kind in zip(stopped, kinds, strict=True) if kind == wanted]
            for wanted in (*rule.wrong, "answerable")
        }
        cells = [f"{kind} {share(some)}" for kind, some in by_kind.items()]
        yield f"  {threshold:<5g}{mark:8s} stopped: {'; '.join(cells)}"


def curve_line(decided: Sequence[Decided], found: np.ndarray) -> str:
    """Return the risk at each coverage, the surest questions first.

    Args:
        decided: All questions.
        found: A probability for each.

    Returns:
        Coverage and risk in pairs, and the area under them; of the questions that nothing but the
        reading could stop.
    """
    parts = np.array(
        [
            (p, float(not d.right))
            for p, d in zip(found, decided, strict=True)
            if not d.asked.refused and "kind" not in d.asked.case
        ]
    )
    risk = risks(parts)
    shown = (f"{c:.0%} {risk[max(0, round(c * len(risk)) - 1)]:.3f}" for c in COVERAGES)
    return f"  {'  '.join(shown)}; area {risk.mean():.3f} (n = {len(risk)})"


def main() -> None:
    """Run the benchmark."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    lines = [
        line
        for name in TUNING
        for line in (ROOT / f"evals/cases/seeds-{name}.jsonl").read_text("utf-8").splitlines()
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant.open(load_settings(library=Path(folder))) as assistant,
    ):
        assistant.ingest([ROOT / "seeds"])
        cases = [json.loads(line) for line in lines]
        decided = decide_all(assistant, [*cases, *other_questions()])
    print(f"{len(decided)} of {len(lines) + OTHERS} tuning questions; {machine()}")
    both = {"as shipped": np.ones(len(decided)), f"{FOLDS} folds": np.ones(len(decided))}
    for rule in rules():
        found, coefficients = fit(rule, decided)
        print(f"{rule.title}, against {rule.against}:", *coefficients, sep="\n")
        for title, some in (
            ("as shipped", probabilities(rule, decided)),
            (f"{FOLDS} folds", found),
        ):
            print(f"thresholds, {title}", *threshold_lines(rule, decided, some), sep="\n")
            both[title] = both[title] * some
    for title, some in both.items():
        print(f"risk at coverage, {title}", curve_line(decided, some), sep="\n")


if __name__ == "__main__":
    main()
