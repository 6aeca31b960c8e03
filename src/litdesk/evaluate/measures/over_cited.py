"""Over-cited: citations that the sentence does not need.

Definition: the share of the citations of an answer that do not support their sentence alone while
the others do without them; averaged over answers that cite.
Source: litdesk; what ALCE's citation recall and precision hide in one number, counted apart.
Range: 0-1, lower is better.
Needs: an answer with citations, the cited texts, a judge.
Limits: as good as the judge.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import ALL_KINDS, Measure

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow


def _parts(judged: JudgedRow) -> tuple[float, float] | None:
    found = [c.over_cited for s in judged.claims for c in s.citations]
    return (sum(found) / len(found), 1.0) if found else None


MEASURE = Measure(
    name="over_cited",
    title="Citations that add nothing",
    version=1,
    better="lower",
    group="citation",
    parts=_parts,
    rests_on=ALL_KINDS,
)
