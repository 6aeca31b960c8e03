"""Abstention recall: how often a question that cannot be answered is not answered.

Definition: of the cases that cannot be answered, the share from which the assistant abstained, or
whose false premise it corrected in the words of `key_facts`.
Source: the two-by-two of abstained and answerable, as in selective question answering; that a
correction counts is litdesk's own rule, and corrections are counted apart on the page.
Range: 0-1, higher is better.
Needs: `answerable`: false.
Limits: abstaining from everything scores 1; read it with `abstention_precision`.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import Measure
from litdesk.evaluate.measures.phrases import is_corrected
from litdesk.types import AnswerStatus

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow


def _parts(judged: JudgedRow) -> tuple[float, float] | None:
    if judged.row.answerable is not False or judged.row.state is AnswerStatus.FAILED:
        return None
    return float(judged.abstained or is_corrected(judged)), 1.0


MEASURE = Measure(
    name="abstention_recall",
    title="Abstention recall",
    version=1,
    better="higher",
    group="abstention",
    parts=_parts,
)
