"""nDCG@10: how high the right papers stand among those retrieved.

Definition: discounted cumulative gain of the first ten, divided by that of the best order; gain 1
for a right paper, discount 1/log2(rank + 1). Averaged over questions.
Source: Järvelin and Kekäläinen 2002; computed by ir-measures (trec_eval).
Range: 0-1, higher is better.
Needs: `reference_context_ids` (or `papers`) and `retrieved_context_ids`.
Limits: a paper that is right and was not named so counts as wrong; questions that cannot be
answered, and answers filled in from the record, are not measured.
Version: 1.
"""

from functools import partial

from litdesk.evaluate.measures.measure import Measure
from litdesk.evaluate.measures.ranking import ranking_parts

MEASURE = Measure(
    name="ndcg_at_10",
    title="nDCG@10",
    version=1,
    better="higher",
    group="retrieval",
    parts=partial(ranking_parts, measure="nDCG@10"),
)
