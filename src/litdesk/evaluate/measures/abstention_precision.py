"""Abstention precision: how often an abstention is right.

Definition: abstentions from cases that cannot be answered, divided by all abstentions.
Source: the two-by-two of abstained and answerable, as in selective question answering.
Range: 0-1, higher is better.
Needs: `answerable`, and at least one abstention.
Limits: depends on the share of unanswerable cases in the file; read it with the two-by-two.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import Measure

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow


def _parts(judged: JudgedRow) -> tuple[float, float] | None:
    if judged.row.answerable is None or not judged.abstained:
        return None
    return float(not judged.row.answerable), 1.0


MEASURE = Measure(
    name="abstention_precision",
    title="Abstention precision",
    version=1,
    better="higher",
    group="abstention",
    parts=_parts,
)
