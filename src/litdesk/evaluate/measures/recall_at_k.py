"""Recall@5: the share of the right papers among the first five retrieved.

Definition: right papers among the first five, divided by all right papers; averaged over questions.
Source: computed by ir-measures (trec_eval) as R@5.
Range: 0-1, higher is better.
Needs: `reference_context_ids` (or `papers`) and `retrieved_context_ids`.
Limits: below 1 by necessity where more than five papers are right; see also `ndcg`.
Version: 1.
"""

from functools import partial

from litdesk.evaluate.measures.measure import Measure
from litdesk.evaluate.measures.ranking import ranking_parts

MEASURE = Measure(
    name="recall_at_5",
    title="Recall@5",
    version=1,
    better="higher",
    group="retrieval",
    parts=partial(ranking_parts, measure="R@5"),
)
