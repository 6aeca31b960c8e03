"""Citation recall where a sentence without citations inherits those of the sentence before.

Definition: as `citation_recall`, but a sentence that cites nothing is judged by the citations of
the nearest sentence before it that has some.
Source: a variant of ALCE's citation recall (Gao et al. 2023) for writers that cite once for
several sentences.
Range: 0-1, higher is better; never below `citation_recall`.
Needs: an answer with sentences, the cited texts, a judge.
Limits: forgives what a reader may not; report it beside `citation_recall`, never instead.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import ALL_KINDS, Measure

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow


def _parts(judged: JudgedRow) -> tuple[float, float] | None:
    claims = judged.claims
    if not claims:
        return None
    return sum(s.supported_with_previous for s in claims) / len(claims), 1.0


MEASURE = Measure(
    name="citation_recall_inherited",
    title="Citation recall, citations inherited",
    version=1,
    better="higher",
    group="citation",
    parts=_parts,
    rests_on=ALL_KINDS,
)
