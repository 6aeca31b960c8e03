"""The order in which a writer reads the passages.

Chat models attend more to what stands first and last in a long prompt, so the order may change an
answer. `litdesk eval` measures that: by the setting for an order, by a seed for chance.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.types import Passage

__all__ = ["PassageOrder", "lay_out"]

PassageOrder = Literal["best-first", "best-last", "best-outside"]


def lay_out(passages: Sequence[Passage], order: PassageOrder | int) -> list[Passage]:
    """Return the passages in the order in which they are to be read.

    Args:
        passages: The passages, best first.
        order: `best-first`, `best-last`, `best-outside` (the best at both ends, the least in the
            middle), or a seed for an order by chance.

    Returns:
        The same passages; with a seed in another order than by rank, if there are two or more.
    """
    ranked = list(passages)
    match order:
        case "best-first":
            return ranked
        case "best-last":
            return ranked[::-1]
        case "best-outside":
            return ranked[::2] + ranked[1::2][::-1]
    shuffled = random.Random(order).sample(ranked, len(ranked))  # noqa: S311 (chance, not secrecy)
    return shuffled if shuffled != ranked else ranked[::-1]
