"""Sentence faithfulness, with bounds for what the judge cannot tell.

Definition: the share of the sentences of an answer that are supported; averaged over answers.
`supported` counts for, `contradicted` and `unsupported` against; `uncertain` and `unchecked` open
the bounds: the lower counts them against (`sentence_faithfulness`), the upper for
(`sentence_faithfulness_upper`).
Source: litdesk; ragas' faithfulness with sentences for statements and no unknown counted as known.
Range: 0-1, higher is better; the lower bound never exceeds the upper.
Needs: an answer with sentences, the cited texts, a judge.
Limits: as good as the judge. Sentences filled in from the record are not measured.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import ALL_KINDS, Measure
from litdesk.types import Verdict

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow

_OPEN = (Verdict.UNCERTAIN, Verdict.UNCHECKED)


def _lower(judged: JudgedRow) -> tuple[float, float] | None:
    claims = judged.claims
    return (sum(s.supported for s in claims) / len(claims), 1.0) if claims else None


def _upper(judged: JudgedRow) -> tuple[float, float] | None:
    claims = judged.claims
    if not claims:
        return None
    return sum(s.supported or s.verdict in _OPEN for s in claims) / len(claims), 1.0


LOWER = Measure(
    name="sentence_faithfulness",
    title="Sentence faithfulness, lower bound",
    version=1,
    better="higher",
    group="sentence",
    parts=_lower,
    rests_on=ALL_KINDS,
)
UPPER = Measure(
    name="sentence_faithfulness_upper",
    title="Sentence faithfulness, upper bound",
    version=1,
    better="higher",
    group="sentence",
    parts=_upper,
    rests_on=ALL_KINDS,
)
