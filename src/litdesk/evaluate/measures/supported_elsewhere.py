"""Supported elsewhere: sentences that another retrieved passage supports than those they cite.

Definition: the share of the sentences of an answer that their citations do not support while
another retrieved text does; averaged over answers.
Source: litdesk; what ALCE's citation recall and precision hide in one number, counted apart.
Range: 0-1, lower is better.
Needs: an answer with sentences, the retrieved texts, a judge.
Limits: as good as the judge; a right sentence with a wrong number is told from an invented one
only by this.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import ALL_KINDS, Measure

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow


def _parts(judged: JudgedRow) -> tuple[float, float] | None:
    found = [s.supported_elsewhere for s in judged.claims]
    return (sum(found) / len(found), 1.0) if found else None


MEASURE = Measure(
    name="supported_elsewhere",
    title="Sentences that another passage supports",
    version=1,
    better="lower",
    group="citation",
    parts=_parts,
    rests_on=ALL_KINDS,
)
