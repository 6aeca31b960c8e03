"""Citation recall, as ALCE defines it.

Definition: of the sentences of an answer, the share that has citations and is supported by all the
cited texts together; averaged over answers.
Source: Gao, Yen, Yu and Chen 2023, "Enabling Large Language Models to Generate Text with
Citations" (ALCE), section 3.3; there the judge is the TRUE model, here it is litdesk's verifier.
Range: 0-1 (ALCE prints percent), higher is better.
Needs: an answer with sentences, the cited texts, a judge.
Limits: as good as the judge, see the judge card; agrees with people at 85 % with ALCE's own judge.
A sentence whose cited text is not at hand counts as not supported.
Other than ALCE's program: its command looks at the first three citations of a sentence, litdesk at
all; the words of a quotation need no judge where they stand in the cited text; abstentions without
a sentence, and sentences filled in from the record, are not measured instead of scoring 0;
sentences are cut by litdesk. As there, a sentence that cites a number of no passage scores 0.
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
    return sum(bool(s.citations) and s.supported for s in claims) / len(claims), 1.0


MEASURE = Measure(
    name="citation_recall",
    title="Citation recall (ALCE)",
    version=1,
    better="higher",
    group="citation",
    parts=_parts,
    rests_on=ALL_KINDS,
)
