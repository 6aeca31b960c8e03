"""Key-fact recall: the share of the facts of a right answer that the answer has.

Definition: of the key facts of a case, the share of which the answer has one phrase, case and white
space ignored; averaged over the cases that can be answered. An abstention has none of them.
Source: litdesk; nugget recall with exact phrases in the place of a judge.
Range: 0-1, higher is better.
Needs: `key_facts`, and `answerable` not false.
Limits: an answer in other words may be right without a phrase, so paraphrasing writers lose here.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import Measure
from litdesk.evaluate.measures.phrases import facts_found
from litdesk.types import AnswerStatus

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow


def _parts(judged: JudgedRow) -> tuple[float, float] | None:
    row = judged.row
    if not row.key_facts or row.answerable is False or row.state is AnswerStatus.FAILED:
        return None
    found = facts_found(judged)
    return sum(found) / len(found), 1.0


MEASURE = Measure(
    name="key_fact_recall",
    title="Key-fact recall",
    version=1,
    better="higher",
    group="answer",
    parts=_parts,
)
