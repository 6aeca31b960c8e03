"""Uncited: sentences that cite nothing.

Definition: the share of the sentences of an answer that have no citation; averaged over answers.
Source: litdesk; what ALCE's citation recall and precision hide in one number, counted apart.
Range: 0-1, lower is better.
Needs: an answer with sentences.
Limits: a sentence that needs no citation, such as a connecting one, counts as well.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import Measure

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow


def _parts(judged: JudgedRow) -> tuple[float, float] | None:
    found = [not s.citations for s in judged.claims]
    return (sum(found) / len(found), 1.0) if found else None


MEASURE = Measure(
    name="uncited",
    title="Sentences without a citation",
    version=1,
    better="lower",
    group="citation",
    parts=_parts,
)
