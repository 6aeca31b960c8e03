"""MRR@10: how soon the first right paper comes.

Definition: 1/rank of the first right paper among the first ten, else 0; averaged over questions.
Source: computed by ir-measures (trec_eval) as RR@10.
Range: 0-1, higher is better.
Needs: `reference_context_ids` (or `papers`) and `retrieved_context_ids`.
Limits: says nothing of the second right paper; see also `ndcg`.
Version: 1.
"""

from functools import partial

from litdesk.evaluate.measures.measure import Measure
from litdesk.evaluate.measures.ranking import ranking_parts

MEASURE = Measure(
    name="mrr_at_10",
    title="MRR@10",
    version=1,
    better="higher",
    group="retrieval",
    parts=partial(ranking_parts, measure="RR@10"),
)
