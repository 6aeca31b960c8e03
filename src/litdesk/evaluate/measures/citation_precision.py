"""Citation precision, as ALCE defines it.

Definition: a citation is precise if its sentence has citation recall 1 and it is not irrelevant;
it is irrelevant if it does not support the sentence alone while the other citations do without it.
The share of precise citations of an answer, averaged over answers; an answer that cites nothing
scores 0, as in ALCE's program.
Source: Gao, Yen, Yu and Chen 2023 (ALCE), section 3.3.
Range: 0-1 (ALCE prints percent), higher is better.
Needs: an answer with sentences, the cited texts, a judge.
Limits: as good as the judge; agrees with people at 78 % with ALCE's own judge; a citation that
supports a part of what the others support in full counts as irrelevant.
Other than ALCE's program: all that `citation_recall` names; a citation of a number of no passage,
and the others of its sentence, stay in the denominator; a number that a sentence cites twice counts
once.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import ALL_KINDS, Measure

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow


def _parts(judged: JudgedRow) -> tuple[float, float] | None:
    if not judged.claims:
        return None
    precise = [s.supported and not c.over_cited for s in judged.claims for c in s.citations]
    return (sum(precise) / len(precise) if precise else 0.0), 1.0


MEASURE = Measure(
    name="citation_precision",
    title="Citation precision (ALCE)",
    version=1,
    better="higher",
    group="citation",
    parts=_parts,
    rests_on=ALL_KINDS,
)
