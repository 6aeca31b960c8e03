"""The measures, one a file; each says in its docstring what it is, needs and cannot tell."""

from litdesk.evaluate.measures import (
    abstention_precision,
    abstention_recall,
    calibration,
    citation_precision,
    citation_recall,
    citation_recall_inherited,
    forbidden_rate,
    key_fact_recall,
    mrr,
    ndcg,
    over_cited,
    quote_exists,
    recall_at_k,
    risk_coverage,
    sentence_faithfulness,
    supported_elsewhere,
    uncited,
    unknown_citations,
    unsupported,
)
from litdesk.evaluate.measures.measure import ALL_KINDS, Measure

__all__ = ["ALL_KINDS", "MEASURES", "Measure"]

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        ndcg.MEASURE,
        recall_at_k.MEASURE,
        mrr.MEASURE,
        key_fact_recall.MEASURE,
        forbidden_rate.MEASURE,
        citation_recall.MEASURE,
        citation_recall_inherited.MEASURE,
        citation_precision.MEASURE,
        quote_exists.MEASURE,
        uncited.MEASURE,
        unknown_citations.MEASURE,
        unsupported.MEASURE,
        supported_elsewhere.MEASURE,
        over_cited.MEASURE,
        sentence_faithfulness.LOWER,
        sentence_faithfulness.UPPER,
        abstention_precision.MEASURE,
        abstention_recall.MEASURE,
        risk_coverage.MEASURE,
        calibration.ERROR,
        calibration.BRIER,
    )
}
"""By name, in the order of a report."""
