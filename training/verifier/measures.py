"""Measures of a judge, with intervals from the bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "area",
    "balanced_accuracy",
    "best_threshold",
    "calibration_error",
    "interval",
    "macro",
    "recall_at",
    "softmax",
]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities.

    Args:
        logits: One row a case.

    Returns:
        Rows that sum to 1.
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def area(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the area under the ROC curve.

    Args:
        scores: Higher means label 1.
        labels: 0 or 1.

    Returns:
        0-1, ties counting half; NaN if there is only one label.
    """
    ones, zeros = scores[labels == 1], scores[labels == 0]
    if not len(ones) or not len(zeros):
        return float("nan")
    both = np.concatenate([ones, zeros])
    _, inverse, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float(
        (ranks[: len(ones)].sum() - len(ones) * (len(ones) + 1) / 2) / (len(ones) * len(zeros))
    )


def balanced_accuracy(said: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean of the accuracies on label 1 and on label 0.

    Args:
        said: True where label 1 is said.
        labels: 0 or 1.

    Returns:
        0-1; NaN if there is only one label.
    """
    if len(set(labels.tolist())) < 2:
        return float("nan")
    return float((said[labels == 1].mean() + (~said[labels == 0]).mean()) / 2)


def macro(
    measure: Callable[[np.ndarray, np.ndarray], float],
    values: np.ndarray,
    labels: np.ndarray,
    sources: np.ndarray,
) -> float:
    """Return the mean of a measure over sources.

    Args:
        measure: Of values and labels.
        values: Scores or decisions.
        labels: 0 or 1.
        sources: The source of each row.

    Returns:
        The mean; sources with one label are left out.
    """
    found = [measure(values[sources == s], labels[sources == s]) for s in sorted(set(sources))]
    return float(np.nanmean(found))


def best_threshold(scores: np.ndarray, labels: np.ndarray, sources: np.ndarray) -> float:
    """Return the threshold of the best balanced accuracy, averaged over sources.

    Args:
        scores: Higher means label 1.
        labels: 0 or 1.
        sources: The source of each row.

    Returns:
        The middle of the thresholds that are within a tenth of a point of the best.
    """
    grid = np.unique(np.quantile(scores, np.linspace(0.01, 0.99, 197)))
    found = np.array([macro(balanced_accuracy, scores >= t, labels, sources) for t in grid])
    near = grid[found >= np.nanmax(found) - 0.001]
    return round(float(np.median(near)), 4)


def calibration_error(
    chances: np.ndarray, labels: np.ndarray, *, weights: np.ndarray | None = None, bins: int = 10
) -> float:
    """Return the expected calibration error over bins of equal width.

    Args:
        chances: Probabilities of label 1.
        labels: 0 or 1.
        weights: How much each row counts; all the same if None.
        bins: How many.

    Returns:
        The mean distance between what is said and what is so.
    """
    weights = np.ones(len(labels)) if weights is None else weights
    place = np.minimum((chances * bins).astype(int), bins - 1)
    gaps = [abs((weights * (chances - labels))[place == n].sum()) for n in range(bins)]
    return float(sum(gaps) / weights.sum())


def recall_at(clean: np.ndarray, wrong: np.ndarray, *, alarms: float = 0.1) -> float:
    """Return the share of errors found when this share of clean sentences is flagged.

    Args:
        clean: Scores of support of clean sentences.
        wrong: Scores of sentences with an error.
        alarms: Share of false alarms.

    Returns:
        0-1; of errors that score the same as the threshold, the share that the clean ones leave.
    """
    threshold = np.quantile(clean, alarms, method="lower")
    below, at = (clean < threshold).mean(), (clean == threshold).mean()
    share = (alarms - below) / at if at else 0.0
    return float((wrong < threshold).mean() + share * (wrong == threshold).mean())


def interval(
    measure: Callable[[np.ndarray], float], size: int, *, draws: int = 1000
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a measure.

    Args:
        measure: Of the places of the rows drawn.
        size: Number of rows.
        draws: Number of resamples.

    Returns:
        The 2.5th and the 97.5th percentile.
    """
    chance = np.random.default_rng(0)
    found = [measure(chance.integers(0, size, size)) for _ in range(draws)]
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return float(low), float(high)
