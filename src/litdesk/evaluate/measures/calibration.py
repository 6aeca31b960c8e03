"""Calibration of the shown confidence: expected calibration error and Brier score.

Definition: over the sentences that were shown with a score, against whether the judge of this run
finds them supported. ECE: in ten bins of equal width, the distance of the mean score and the share
supported, weighted by the bins' sizes (`calibration_error`). Brier: the mean squared difference of
score and outcome (`brier_score`).
Source: Naeini, Cooper and Hauskrecht 2015 for ECE; Brier 1950.
Range: 0-1, lower is better.
Needs: sentences with a score that another judge than that of this run gave; a verifier cannot
calibrate itself, so its own scores are left out. The judge card has its calibration on labelled
pairs.
Limits: ECE depends on the bins; the outcome is the judge's, not a person's.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from litdesk.evaluate.measures.measure import ALL_KINDS, Measure
from litdesk.types import Verdict

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow

__all__ = ["BINS", "BRIER", "ERROR", "bin_parts", "binned", "error_of"]

BINS = 10


def bin_parts(scored: list[tuple[float, bool]]) -> tuple[float, ...]:
    """Return the sums of scores, by bin.

    Args:
        scored: Score and outcome.

    Returns:
        For each of ten bins: how many, sum of the scores, sum of the outcomes.
    """
    sums = np.zeros((BINS, 3))
    for score, outcome in scored:
        sums[min(int(score * BINS), BINS - 1)] += (1.0, score, float(outcome))
    return tuple(sums.ravel().tolist())


def binned(parts: np.ndarray) -> np.ndarray:
    """Return the sums over all rows.

    Args:
        parts: What `bin_parts` gave, in rows.

    Returns:
        An array of shape (10, 3).
    """
    return np.asarray(parts.sum(axis=0).reshape(BINS, 3))


def error_of(parts: np.ndarray) -> float | None:
    """Return the expected calibration error.

    Args:
        parts: What `bin_parts` gave, in rows.

    Returns:
        The error; None without a score.
    """
    sums = binned(parts)
    total = sums[:, 0].sum()
    return float(np.abs(sums[:, 1] - sums[:, 2]).sum() / total) if total else None


def _scored(judged: JudgedRow) -> list[tuple[float, bool]]:
    own = set(judged.judge.split("+"))
    return [
        (s.sentence.score, s.supported)
        for s in judged.claims
        if s.sentence.score is not None
        and s.sentence.verifier not in own
        and s.verdict is not Verdict.UNCHECKED
    ]


def _error_parts(judged: JudgedRow) -> tuple[float, ...] | None:
    scored = _scored(judged)
    return bin_parts(scored) if scored else None


def _brier_parts(judged: JudgedRow) -> tuple[float, float] | None:
    scored = _scored(judged)
    return (sum((s - o) ** 2 for s, o in scored), float(len(scored))) if scored else None


ERROR = Measure(
    name="calibration_error",
    title="Calibration error (ECE)",
    version=1,
    better="lower",
    group="confidence",
    parts=_error_parts,
    combine=error_of,
    rests_on=ALL_KINDS,
)
BRIER = Measure(
    name="brier_score",
    title="Brier score",
    version=1,
    better="lower",
    group="confidence",
    parts=_brier_parts,
    rests_on=ALL_KINDS,
)
