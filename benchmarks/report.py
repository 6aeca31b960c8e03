"""What every benchmark prints: figures with n and an interval, and the machine."""

from __future__ import annotations

import os
import platform
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


def machine() -> str:
    """Return the machine in a line: processor, cores, memory, Python."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return f"{model}, {cores} cores, {gib:.0f} GiB, Python {platform.python_version()}"


def share(hits: Sequence[bool]) -> str:
    """Return a share with its Wilson 95 % interval.

    Args:
        hits: One value a case.

    Returns:
        Such as `95.0 % [90.1, 98.2] (n = 120)`.
    """
    n = len(hits)
    if n == 0:
        return "not measured (n = 0)"
    p, z = sum(hits) / n, 1.96
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low, high = 100 * max(0, centre - half), 100 * min(1, centre + half)
    return f"{100 * p:5.1f} % [{low:.1f}, {high:.1f}] (n = {n})"


def pooled_share(groups: Sequence[Sequence[bool]], *, seed: int = 0, draws: int = 2000) -> str:
    """Return the share over all groups with its bootstrap 95 % interval over groups.

    Args:
        groups: One value a case, by what the cases have in common, such as their topic.
        seed: Seed of the resampling.
        draws: Number of resamples.

    Returns:
        Such as `95.0 % [90.1, 98.2] (n = 120 in 40)`.
    """
    counted = [(sum(group), len(group)) for group in groups if len(group)]
    if not counted:
        return "not measured (n = 0)"
    data = np.array(counted, dtype=float)
    rng = np.random.default_rng(seed)
    drawn = data[rng.integers(0, len(data), size=(draws, len(data)))].sum(axis=1)
    low, high = 100 * np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    hits, n = data.sum(axis=0)
    return f"{100 * hits / n:5.1f} % [{low:.1f}, {high:.1f}] (n = {n:.0f} in {len(data)})"


def mean(values: Sequence[float], *, seed: int = 0, draws: int = 2000) -> str:
    """Return a mean with a bootstrap 95 % interval over cases.

    Args:
        values: One value a case.
        seed: Seed of the resampling.
        draws: Number of resamples.

    Returns:
        Such as `0.741 [0.702, 0.780] (n = 300)`.
    """
    if not values:
        return "not measured (n = 0)"
    data = np.asarray(values, dtype=float)
    rng = np.random.default_rng(seed)
    means = data[rng.integers(0, len(data), size=(draws, len(data)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{data.mean():.3f} [{low:.3f}, {high:.3f}] (n = {len(data)})"
