"""Two runs over the same questions: what differs, how surely, and which verdicts flipped."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from litdesk.errors import CaseFileError
from litdesk.evaluate.judging import judge_row
from litdesk.evaluate.measures import MEASURES
from litdesk.evaluate.measures.phrases import is_right
from litdesk.evaluate.report import parts_of
from litdesk.evaluate.statistics import compare_paired, holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.evaluate.judging import Judge, JudgedRow
    from litdesk.evaluate.rows import Row

__all__ = ["compare_runs"]


def compare_runs(a: Sequence[Row], b: Sequence[Row], judge: Judge) -> dict[str, Any]:
    """Compare two runs, both judged by the same judge.

    Compared is what both have: the same case in the same repetition.

    Args:
        a: Rows of the first run.
        b: Rows of the second run.
        judge: Who judges.

    Returns:
        `measures` with the paired test of each, adjusted by Holm over all of them; `flips`, the
        cases and sentences that ended otherwise; `made_otherwise`, what else than litdesk's
        measures differs between the runs; how many rows each run has, and how many of them were
        compared; and the questions that only one run has.

    Raises:
        CaseFileError: If the runs have no question in common.
    """
    others = {row.key: row for row in b}
    shared = [(row, others[row.key]) for row in a if row.key in others]
    if not shared:
        raise CaseFileError(
            "The two runs have no question in common.", remedy="Run both on the same cases."
        )
    first = [judge_row(row, judge) for row, _ in shared]
    second = [judge_row(row, judge) for _, row in shared]
    parts_a, parts_b = parts_of(first), parts_of(second)
    found = {n: compare_paired(m, parts_a[n], parts_b[n]) for n, m in MEASURES.items()}
    adjusted = holm([one.p for one in found.values()])
    measures = {
        name: asdict(one) | {"title": MEASURES[name].title, "p_holm": p}
        for (name, one), p in zip(found.items(), adjusted, strict=True)
    }
    cases, sentences = _flips(first, second)
    ids_a, ids_b = {row.id for row in a}, {row.id for row in b}
    return {
        "judge": judge.name,
        "questions": len({row.id for row, _ in shared}),
        "rows": len(shared),
        "rows_a": len(a),
        "rows_b": len(b),
        "only_a": sorted(ids_a - ids_b),
        "only_b": sorted(ids_b - ids_a),
        "measures": measures,
        "flipped_cases": cases,
        "flipped_sentences": sentences,
        "made_otherwise": _made_otherwise(a, b),
    }


def _made_otherwise(a: Sequence[Row], b: Sequence[Row]) -> dict[str, tuple[str, str]]:
    """What the answers were made by, where it differs between the runs."""
    fields = sorted({field for row in (*a, *b) for field in row.made_by})
    made = {
        field: tuple(
            ", ".join(sorted({row.made_by[field] for row in side if field in row.made_by}))
            for side in (a, b)
        )
        for field in fields
    }
    return {field: (one, other) for field, (one, other) in made.items() if one != other}


def _flips(
    first: Sequence[JudgedRow], second: Sequence[JudgedRow]
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    cases, sentences = [], []
    for one, other in zip(first, second, strict=True):
        before, after = _state(one), _state(other)
        if before != after:
            question = one.row.user_input
            cases.append({"id": one.row.id, "question": question, "a": before, "b": after})
        verdicts = {s.claim: s.verdict.value for s in other.claims}
        sentences += [
            {"id": one.row.id, "sentence": s.claim, "a": s.verdict.value, "b": verdicts[s.claim]}
            for s in one.claims
            if s.claim in verdicts and verdicts[s.claim] != s.verdict.value
        ]
    return cases, sentences


def _state(judged: JudgedRow) -> str:
    right = is_right(judged)
    tail = {True: ", right", False: ", not right", None: ""}[right]
    return judged.row.state.value + tail
