"""Forbidden facts: the share of answers that have a phrase which no right answer has.

Definition: answers with at least one phrase of `forbidden`, divided by all answers to cases that
name some.
Source: litdesk.
Range: 0-1, lower is better.
Needs: `forbidden`, and an answer.
Limits: finds the errors that were thought of, and no others; "not X" contains "X".
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import Measure
from litdesk.evaluate.measures.phrases import forbidden_found

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow


def _parts(judged: JudgedRow) -> tuple[float, float] | None:
    if not judged.answered or not judged.row.forbidden:
        return None
    return float(forbidden_found(judged)), 1.0


MEASURE = Measure(
    name="forbidden_rate",
    title="Answers with a forbidden fact",
    version=1,
    better="lower",
    group="answer",
    parts=_parts,
)
