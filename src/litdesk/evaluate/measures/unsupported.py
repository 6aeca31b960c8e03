"""Unsupported: sentences that cite something which does not support them.

Definition: the share of the sentences of an answer that cite and are judged unsupported or
contradicted; averaged over answers.
Source: litdesk; what ALCE's citation recall and precision hide in one number, counted apart.
Range: 0-1, lower is better.
Needs: an answer with sentences, the cited texts, a judge.
Limits: as good as the judge; sentences judged uncertain are not among them.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import ALL_KINDS, Measure

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow


def _parts(judged: JudgedRow) -> tuple[float, float] | None:
    found = [bool(s.citations) and s.verdict.failed for s in judged.claims]
    return (sum(found) / len(found), 1.0) if found else None


MEASURE = Measure(
    name="unsupported",
    title="Cited sentences that are not supported",
    version=1,
    better="lower",
    group="citation",
    parts=_parts,
    rests_on=ALL_KINDS,
)
