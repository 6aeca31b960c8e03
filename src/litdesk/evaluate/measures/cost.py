"""Cost: what the chat model was asked for.

Definition: calls, input and output tokens, summed over the rows; money where prices are given for
a million tokens, else what the rows cost by the prices of the setting, where every row has a cost.
Source: the counts that the provider reports.
Range: 0 and more, lower is better.
Needs: rows with `usage`; prices for the money.
Limits: tokens that the provider does not report are estimated by characters, and `estimated` says
so; the quoting writer costs nothing.
Version: 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.evaluate.rows import Row
    from litdesk.types import Usage

__all__ = ["cost"]

_FIGURES = ("calls", "input_tokens", "output_tokens", "estimated", "money", "currency")


def cost(
    rows: Sequence[Row], *, prices: tuple[float, float] | None = None
) -> dict[str, float | int | str | None]:
    """Return what the answers cost.

    Args:
        rows: The rows of a run.
        prices: For a million input tokens and a million output tokens.

    Returns:
        `n`, `calls`, `input_tokens`, `output_tokens`, `estimated`, and `money` with its
        `currency`; None where nothing is known.
    """
    used = [row.usage for row in rows if row.usage is not None]
    if not used:
        return dict.fromkeys(_FIGURES, None) | {"n": 0}
    tokens_in, tokens_out = sum(u.input_tokens for u in used), sum(u.output_tokens for u in used)
    money, currency = _stated_cost(used)
    if prices:
        money, currency = (tokens_in * prices[0] + tokens_out * prices[1]) / 1e6, None
    return {
        "n": len(used),
        "calls": sum(u.calls for u in used),
        "input_tokens": tokens_in,
        "output_tokens": tokens_out,
        "estimated": any(u.estimated for u in used),
        "money": money,
        "currency": currency,
    }


def _stated_cost(used: Sequence[Usage]) -> tuple[float | None, str | None]:
    """The sum of the rows' own costs, if all that asked a model have one in one currency."""
    asked = [u for u in used if u.calls]
    costs = [u.cost for u in asked if u.cost is not None]
    currencies = {u.currency for u in asked}
    if not asked or len(costs) < len(asked) or len(currencies) > 1:
        return None, None
    return sum(costs), currencies.pop()
