"""What a measure is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from litdesk.evaluate.judging import JudgedRow

__all__ = ["ALL_KINDS", "Measure"]

ALL_KINDS = (
    "number",
    "unit",
    "negation",
    "direction",
    "comparator",
    "hedge",
    "name",
    "clause",
    "near citation",
    "random citation",
    "merged",
)
"""The kinds of error that a judge of sentences must see; `litdesk.evaluate.perturb` makes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number from 0 to 1 over rows, made of parts that each row gives, to be resampled."""

    name: str
    title: str
    version: int
    better: Literal["higher", "lower"]
    parts: Callable[[JudgedRow], tuple[float, ...] | None]
    """What one row gives; None where it cannot be measured."""
    combine: Callable[[np.ndarray], float | None] | None = None
    """Makes the number of an array of parts, a row each; None for the ratio of the sums of the
    first part and the second."""
    rests_on: tuple[str, ...] = ()
    """Kinds of error that the judge must see for the number to mean anything."""
    group: Literal["retrieval", "answer", "citation", "sentence", "abstention", "confidence"]

    def of(self, parts: np.ndarray) -> float | None:
        """Return the number.

        Args:
            parts: An array of shape (rows, parts).

        Returns:
            The number; None where there is nothing to measure, never NaN.
        """
        if not len(parts):
            return None
        if self.combine is not None:
            return self.combine(parts)
        whole = float(parts[:, 1].sum())
        return float(parts[:, 0].sum()) / whole if whole else None
