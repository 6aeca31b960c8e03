"""Ranking measures of one row, computed by ir-measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow

__all__ = ["ranking_parts"]


def ranking_parts(judged: JudgedRow, measure: str) -> tuple[float, float] | None:
    """Return a ranking measure of one row as a part of a mean.

    Args:
        judged: The row.
        measure: Its name in ir-measures, such as `nDCG@10`.

    Returns:
        The value and 1; None where no right paper is known, the case cannot be answered, or the
        answer was filled in from the record. Nothing retrieved counts as 0.
    """
    row = judged.row
    if not row.right or row.answerable is False or judged.from_record:
        return None
    if not row.retrieved:
        return 0.0, 1.0
    import ir_measures

    qrels = [ir_measures.Qrel("q", paper_id, 1) for paper_id in row.right]
    # ir-measures orders by score and breaks ties by id, so the rank itself is the score.
    run = [
        ir_measures.ScoredDoc("q", paper_id, -float(rank))
        for rank, paper_id in enumerate(row.retrieved)
    ]
    found = ir_measures.calc_aggregate([ir_measures.parse_measure(measure)], qrels, run)
    return float(next(iter(found.values()))), 1.0
