"""Latency: how long an answer takes.

Definition: the median and the 95th percentile (nearest rank) of `timings_ms.total` over the rows
that were asked.
Source: litdesk.
Range: milliseconds, lower is better.
Needs: rows with `timings_ms`.
Limits: of this machine at this time, and with as many questions at once as `--jobs` says; it is
kept apart from the measures, which are the same to the last digit on a second run.
Version: 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.evaluate.rows import Row

__all__ = ["latency"]


def latency(rows: Sequence[Row]) -> dict[str, float | int | None]:
    """Return how long the answers took.

    Args:
        rows: The rows of a run.

    Returns:
        `n`, `median_ms` and `p95_ms`; None where no row was timed.
    """
    times = sorted(r.timings_ms["total"] for r in rows if r.timings_ms and "total" in r.timings_ms)
    return {"n": len(times), "median_ms": _rank(times, 0.5), "p95_ms": _rank(times, 0.95)}


def _rank(ordered: Sequence[float], share: float) -> float | None:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
