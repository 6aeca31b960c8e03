"""Unknown: citations of a number that names no passage.

Definition: the share of the citations of an answer that name no passage; averaged over answers
that cite.
Source: litdesk; what ALCE's citation recall and precision hide in one number, counted apart.
Range: 0-1, lower is better.
Needs: an answer with citations.
Limits: none; code finds them without a judge.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import Measure

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow


def _parts(judged: JudgedRow) -> tuple[float, float] | None:
    found = [c.citation.status == "unknown" for s in judged.claims for c in s.citations]
    return (sum(found) / len(found), 1.0) if found else None


MEASURE = Measure(
    name="unknown_citations",
    title="Citations of no passage",
    version=1,
    better="lower",
    group="citation",
    parts=_parts,
)
