"""Intervals and tests over questions: whatever belongs to one question is resampled as one.

All draws are seeded, so the same rows give the same digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from litdesk.evaluate.measures import Measure

__all__ = [
    "DRAWS",
    "Estimate",
    "Paired",
    "compare_paired",
    "estimate",
    "holm",
    "minimum_detectable_difference",
    "percentile_interval",
]

DRAWS = 2000
LEVEL = 0.95
_EXACT_UP_TO = 12
_Z_TWO_SIDED, _Z_POWER = 1.959963984540054, 0.8416212335729143


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A measure over some rows, with its uncertainty."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    """Rows that were measured."""
    questions: int
    """Questions that they belong to, which are what is resampled."""
    unscored: int
    """Rows that could not be measured."""


Parts = list[tuple[str, tuple[float, ...] | None]]
"""Question, and what its row gives to a measure."""


def estimate(measure: Measure, parts: Parts, *, draws: int = DRAWS) -> Estimate:
    """Return a measure with a bootstrap interval clustered by question.

    Args:
        measure: The measure.
        parts: What each row gives to it; None for a row that cannot be measured.
        draws: Number of resamples.

    Returns:
        The estimate; without a measured row, all None.
    """
    found = [(group, p) for group, p in parts if p is not None]
    groups = sorted({group for group, _ in found})
    unscored = len(parts) - len(found)
    values = np.array([p for _, p in found], dtype=float)
    value = measure.of(values) if found else None
    if value is None:
        return Estimate(value=None, low=None, high=None, n=0, questions=0, unscored=unscored)
    place = {group: n for n, group in enumerate(groups)}
    cluster = np.array([place[group] for group, _ in found])
    drawn = _resampled(measure, values, cluster, size=len(groups), draws=draws)
    low, high = percentile_interval(drawn, count=len(groups))
    return Estimate(
        value=value, low=low, high=high, n=len(found), questions=len(groups), unscored=unscored
    )


def percentile_interval(drawn: np.ndarray, *, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share from its resamples.

    The 2.5th and the 97.5th percentile. Where all that is resampled has the same extreme value, 0
    or 1, resampling shows no spread at all; the interval then ends at the exact (Clopper-Pearson)
    bound for as many without an exception. One alone with another value tells nothing of the rest.

    Args:
        drawn: The share in each resample.
        count: How many questions, or papers, were resampled.

    Returns:
        The lower and the upper end.
    """
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    exact = ((1 - LEVEL) / 2) ** (1 / count)
    if low == high == 1.0:
        return exact, high
    if low == high == 0.0:
        return low, 1 - exact
    return (low, high) if count > 1 else (0.0, 1.0)


def _resampled(
    measure: Measure, values: np.ndarray, cluster: np.ndarray, *, size: int, draws: int
) -> np.ndarray:
    chance = np.random.default_rng(0)
    drawn = chance.integers(0, size, (draws, size))
    if measure.combine is None:
        sums = np.zeros((size, 2))
        np.add.at(sums, cluster, values)
        top, bottom = sums[drawn].sum(axis=1).T
        return np.asarray(top[bottom > 0] / bottom[bottom > 0])
    drawn = drawn[: draws // 2]  # each draw costs more here
    rows = [np.flatnonzero(cluster == n) for n in range(size)]
    single = all(len(r) == 1 for r in rows)
    order = np.array([r[0] for r in rows])
    found = []
    for places in drawn:
        picked = order[places] if single else np.concatenate([rows[n] for n in places])
        if (value := measure.of(values[picked])) is not None:
            found.append(value)
    return np.array(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """How a measure differs between two runs over the questions that both have."""

    a: float | None
    b: float | None
    difference: float | None
    """b minus a."""
    low: float | None
    high: float | None
    p: float | None
    """Two-sided; None without a question that both have measured."""
    questions: int
    detectable: float | None
    """The smallest true difference that this many questions show with 80 % power at 5 %."""


def compare_paired(measure: Measure, a: Parts, b: Parts, *, draws: int = DRAWS) -> Paired:
    """Compare two runs by a paired permutation test over questions.

    A row that could not be measured in one run is left out of both: what is swapped must be alike.

    Args:
        measure: The measure.
        a: What each row of the first run gives.
        b: What the same rows of the second run give, in the same order.
        draws: Number of permutations and of resamples; up to twelve questions, all 2^n
            permutations are counted instead.

    Returns:
        The comparison.
    """
    both = [(group, x, y) for (group, x), (_, y) in zip(a, b, strict=True) if x and y]
    shared = sorted({group for group, _, _ in both})
    if not shared:
        return Paired(
            a=None, b=None, difference=None, low=None, high=None, p=None, questions=0,
            detectable=None,
        )  # fmt: skip
    first = _by_question((group, x) for group, x, _ in both)
    second = _by_question((group, y) for group, _, y in both)
    whole_a, whole_b = measure.of(np.concatenate(first)), measure.of(np.concatenate(second))
    if whole_a is None or whole_b is None:
        difference = None
        low = high = p = None
    else:
        difference = whole_b - whole_a
        p = _permuted(measure, first, second, difference, draws=draws)
        low, high = _difference_interval(measure, first, second, draws=draws)
    return Paired(
        a=whole_a,
        b=whole_b,
        difference=difference,
        low=low,
        high=high,
        p=p,
        questions=len(shared),
        detectable=minimum_detectable_difference(
            [_own(measure, y) - _own(measure, x) for x, y in zip(first, second, strict=True)]
        ),
    )


def _own(measure: Measure, rows: np.ndarray) -> float:
    return measure.of(rows) or 0.0


def _by_question(parts: Iterable[tuple[str, tuple[float, ...]]]) -> list[np.ndarray]:
    """The parts of each question, in the order of their names."""
    found: dict[str, list[tuple[float, ...]]] = {}
    for group, part in parts:
        found.setdefault(group, []).append(part)
    return [np.array(found[group], dtype=float) for group in sorted(found)]


def _statistic(measure: Measure, first: list[np.ndarray], second: list[np.ndarray]) -> float:
    a, b = measure.of(np.concatenate(first)), measure.of(np.concatenate(second))
    return 0.0 if a is None or b is None else b - a


def _permuted(
    measure: Measure,
    first: list[np.ndarray],
    second: list[np.ndarray],
    observed: float,
    *,
    draws: int,
) -> float:
    """Swap the two runs on some questions, and see how often they differ as much."""
    size = len(first)
    exact = size <= _EXACT_UP_TO
    swaps = (
        np.array(list(product((False, True), repeat=size)))
        if exact
        else np.random.default_rng(0).random((draws, size)) < 0.5
    )
    if measure.combine is None:
        found = _swapped_ratios(first, second, swaps)
    else:
        found = np.array(
            [
                _statistic(
                    measure,
                    [y if s else x for x, y, s in zip(first, second, swap, strict=True)],
                    [x if s else y for x, y, s in zip(first, second, swap, strict=True)],
                )
                for swap in swaps
            ]
        )
    as_much = int((np.abs(found) >= abs(observed) - 1e-12).sum())
    return as_much / len(swaps) if exact else (as_much + 1) / (len(swaps) + 1)


def _swapped_ratios(
    first: list[np.ndarray], second: list[np.ndarray], swaps: np.ndarray
) -> np.ndarray:
    a, b = (np.array([rows.sum(axis=0) for rows in side]) for side in (first, second))
    swap = swaps.astype(float)
    top = a.sum(axis=0) + swap @ (b - a)
    bottom = b.sum(axis=0) + swap @ (a - b)
    return np.asarray(bottom[:, 0] / bottom[:, 1] - top[:, 0] / top[:, 1])


def _difference_interval(
    measure: Measure, first: list[np.ndarray], second: list[np.ndarray], *, draws: int
) -> tuple[float, float]:
    size = len(first)
    drawn = np.random.default_rng(0).integers(0, size, (draws, size))
    if measure.combine is None:
        a, b = (np.array([rows.sum(axis=0) for rows in side]) for side in (first, second))
        one, other = a[drawn].sum(axis=1), b[drawn].sum(axis=1)
        found = other[:, 0] / other[:, 1] - one[:, 0] / one[:, 1]
    else:
        found = np.array(
            [
                _statistic(measure, [first[n] for n in places], [second[n] for n in places])
                for places in drawn
            ]
        )
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return low, high


def minimum_detectable_difference(differences: Sequence[float]) -> float | None:
    """Return the smallest true difference that a paired test would find.

    Args:
        differences: The difference on each question.

    Returns:
        (1.96 + 0.84) standard errors: 80 % power at 5 %, two-sided; None for fewer than two, and
        where no question differs from another, which tells nothing of their spread.
    """
    if len(set(differences)) < 2:
        return None
    error = float(np.std(differences, ddof=1)) / float(np.sqrt(len(differences)))
    return (_Z_TWO_SIDED + _Z_POWER) * error


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Return p-values adjusted for there being several (Holm 1979).

    Args:
        ps: The p-values; None for a test that was not made.

    Returns:
        As many, in the same order; None stays None.
    """
    made = sorted((p, n) for n, p in enumerate(ps) if p is not None)
    adjusted: list[float | None] = [None] * len(ps)
    least = 0.0
    for rank, (p, place) in enumerate(made):
        least = max(least, min(1.0, (len(made) - rank) * p))
        adjusted[place] = least
    return adjusted
