"""Cost: what the chat model was asked for.

Definition: calls, input and output tokens, summed over the rows; money where prices are given, in
their currency for a million tokens.
Source: the counts that the provider reports.
Range: 0 and more, lower is better.
Needs: rows with `usage`; prices for the money.
Limits: tokens that the provider does not report are not counted; the quoting writer costs nothing.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.evaluate.rows import Row

__all__ = ["cost"]


def cost(
    rows: Sequence[Row], *, prices: tuple[float, float] | None = None
) -> dict[str, float | int | None]:
    """Return what the answers cost.

    Args:
        rows: The rows of a run.
        prices: For a million input tokens and a million output tokens.

    Returns:
        `n`, `calls`, `input_tokens`, `output_tokens` and `money`; None where nothing is known.
    """
    used = [row.usage for row in rows if row.usage is not None]
    if not used:
        return dict.fromkeys(("calls", "input_tokens", "output_tokens", "money"), None) | {"n": 0}
    tokens_in, tokens_out = sum(u.input_tokens for u in used), sum(u.output_tokens for u in used)
    money = (tokens_in * prices[0] + tokens_out * prices[1]) / 1e6 if prices else None
    return {
        "n": len(used),
        "calls": sum(u.calls for u in used),
        "input_tokens": tokens_in,
        "output_tokens": tokens_out,
        "money": money,
    }
