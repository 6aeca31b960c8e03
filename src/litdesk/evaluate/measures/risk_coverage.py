"""AURC: the area under the risk-coverage curve.

Definition: answers are ordered by their shown confidence (the mean score of their sentences),
highest first; at coverage i/n the risk is the share of wrong ones among the first i; AURC is the
mean of these risks. Answers of equal confidence count in the mean over all their orders. Wrong is
an answer that lacks a key fact, has a forbidden one or cites too few of the right papers, and any
answer, but for a correction, to a case that cannot be answered.
Source: Geifman, Uziel and El-Yaniv 2019; El-Yaniv and Wiener 2010 for the curve.
Range: 0-1, lower is better; with constant confidence it is the overall risk.
Needs: answers with scores, and `key_facts` or `answerable`: false.
Limits: a writer that only quotes shows the same confidence everywhere, and then AURC says no more
than the share of wrong answers; see `key_fact_recall` for what a phrase can miss.
Version: 2: counts the right papers that are cited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from litdesk.evaluate.measures.measure import Measure
from litdesk.evaluate.measures.phrases import is_right

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow

__all__ = ["MEASURE", "risks"]


def _parts(judged: JudgedRow) -> tuple[float, float] | None:
    right = is_right(judged)
    scores = [s.sentence.score for s in judged.sentences if s.sentence.score is not None]
    if right is None or not scores:
        return None
    return sum(scores) / len(scores), float(not right)


def risks(parts: np.ndarray) -> np.ndarray:
    """Return the risk at each coverage.

    Args:
        parts: Confidence, and 1 for a wrong answer, in rows.

    Returns:
        The risk among the first 1, 2, … n.
    """
    _, group, sizes = np.unique(-parts[:, 0], return_inverse=True, return_counts=True)
    wrong = np.bincount(group, weights=parts[:, 1])
    # Within equal confidence every answer carries the group's mean error: the mean over orders.
    expected = np.repeat(wrong / sizes, sizes)
    return np.asarray(np.cumsum(expected) / np.arange(1, len(parts) + 1))


def _area(parts: np.ndarray) -> float:
    return float(risks(parts).mean())


MEASURE = Measure(
    name="aurc",
    title="Area under risk-coverage",
    version=2,
    better="lower",
    group="abstention",
    parts=_parts,
    combine=_area,
)
