"""What chat models were asked: kept in the library call by call, and summed up with its cost.

Prices are the user's: a TOML file that the setting `prices` names. litdesk has no list of its own,
which would be out of date.

    currency = "EUR"
    [models."openai:NAME"]   # as in --model
    input = 1.25             # for a million tokens
    output = 10.0
"""

from __future__ import annotations

import logging
import tomllib
from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from litdesk.errors import LibraryMissingError, SettingsError, StoreError
from litdesk.library import create_missing
from litdesk.types import ModelUse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from pathlib import Path

    from litdesk.library import Library
    from litdesk.types import Usage

__all__ = ["Price", "Prices", "UsageGroup", "UsageLog", "UsageSummary", "load_prices"]

_MILLION = 1_000_000
_log = logging.getLogger(__name__)
_metadata = sa.MetaData()
_calls = sa.Table(
    "model_calls",
    _metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("time", sa.String, nullable=False, index=True),
    sa.Column("purpose", sa.String, nullable=False),
    sa.Column("model", sa.String, nullable=False),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("input_tokens", sa.Integer, nullable=False),
    sa.Column("output_tokens", sa.Integer, nullable=False),
    sa.Column("estimated", sa.Boolean, nullable=False),
    sa.Column("failure", sa.String),
    sa.Column("cost", sa.Float),
    sa.Column("currency", sa.String),
)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(_Frozen):
    """What a model costs for a million tokens."""

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)


class Prices(_Frozen):
    """The prices that the user has given."""

    currency: str = Field(default="", max_length=12)
    models: dict[str, Price] = Field(default_factory=dict)
    """By name as in `--model`."""

    def cost(self, use: ModelUse) -> float | None:
        """Return what a use of a model costs.

        Args:
            use: The model and its tokens.

        Returns:
            The cost in `currency`; None where no price is known.
        """
        price = self.models.get(use.model)
        if price is None:
            return None
        return (use.input_tokens * price.input + use.output_tokens * price.output) / _MILLION

    def apply(self, usage: Usage) -> Usage:
        """Return a usage with its cost.

        Args:
            usage: What one result took.

        Returns:
            The same; its cost stays None where a model in it has no price.
        """
        costs = [self.cost(use) for use in usage.by_model]
        known = [cost for cost in costs if cost is not None]
        if not costs or len(known) < len(costs):
            return usage
        return usage.model_copy(update={"cost": sum(known), "currency": self.currency})


class UsageGroup(_Frozen):
    """What the calls of one model, of one day, or all of them took."""

    name: str
    calls: int = 0
    """Requests sent; one that was tried again counts each time."""
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    """Whether some tokens were estimated, because the provider did not report them."""
    failures: dict[str, int] = Field(default_factory=dict)
    """Kind of failure to the number of replies that ended so."""
    cost: dict[str, float] = Field(default_factory=dict)
    """Currency to amount, of the models that have a price."""
    unpriced: tuple[str, ...] = ()
    """Models without a price; their tokens are not in the cost."""


class UsageSummary(_Frozen):
    """What chat models were asked since a day."""

    since: str | None
    by: Literal["model", "day"]
    groups: tuple[UsageGroup, ...]
    total: UsageGroup


def load_prices(path: Path | None) -> Prices:
    """Read the user's prices.

    Args:
        path: A TOML file; None for no prices.

    Returns:
        The prices.

    Raises:
        SettingsError: If the file cannot be read or is not as it should be.
    """
    if path is None:
        return Prices()
    remedy = 'Write currency = "EUR", then [models."openai:NAME"] with input and output.'
    try:
        return Prices.model_validate(tomllib.loads(path.expanduser().read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(
            f"The prices in {path} cannot be read: {error.strerror or error}.",
            remedy="Correct LITDESK_PRICES, or unset it.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no TOML file: {error}.", remedy=remedy) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{path}: {place}: {first['msg']}.", remedy=remedy) from error


class UsageLog:
    """The calls of chat models that one library remembers."""

    def __init__(self, library: Callable[[], Library], *, prices: Prices) -> None:
        """Take the library; its table of calls is made with the first of them.

        Args:
            library: Opens the library.
            prices: What each call costs, and in the summary those from before there were prices.
        """
        self._library = library
        self.prices = prices

    def record(self, usage: Usage, failure: str | None, *, purpose: str) -> None:
        """Keep what a reply took; what cannot be kept is logged, and never fails an answer.

        Args:
            usage: What it took.
            failure: How it failed, in a word; None for a complete reply.
            purpose: What it was for: `answer`, `judge`, `review` or `cases`.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        rows = []
        for use in usage.by_model:
            cost = self.prices.cost(use)
            rows.append(
                {
                    "time": now,
                    "purpose": purpose,
                    "failure": failure,
                    "cost": cost,
                    "currency": None if cost is None else self.prices.currency,
                    **use.model_dump(),
                }
            )
        if not rows:
            return
        try:
            with self._library().committing() as connection:
                create_missing(connection, _metadata)
                connection.execute(sa.insert(_calls), rows)
        except LibraryMissingError:
            return
        except StoreError as error:
            _log.warning("What a chat model was asked could not be kept: %s", error)

    def summary(
        self, *, since: date | None = None, by: Literal["model", "day"] = "model"
    ) -> UsageSummary:
        """Sum up the calls.

        Args:
            since: The first day, in UTC; all days if None.
            by: What to group by.

        Returns:
            The groups, by name, and the total.

        Raises:
            StoreError: If there is no library, or it cannot be read.
        """
        query = sa.select(_calls).order_by(_calls.c.number)
        if since is not None:
            query = query.where(_calls.c.time >= since.isoformat())
        with self._library().reading() as connection:
            there = sa.inspect(connection).has_table(_calls.name)
            rows = [dict(row) for row in connection.execute(query).mappings()] if there else []
        grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            grouped[row["model"] if by == "model" else row["time"][:10]].append(row)
        return UsageSummary(
            since=since.isoformat() if since else None,
            by=by,
            groups=tuple(self._group(name, grouped[name]) for name in sorted(grouped)),
            total=self._group("all", rows),
        )

    def _group(self, name: str, rows: Iterable[dict[str, Any]]) -> UsageGroup:
        rows = list(rows)
        cost: dict[str, float] = defaultdict(float)
        unpriced: set[str] = set()
        for row in rows:
            amount, currency = self._cost_of(row)
            if amount is None:
                unpriced.add(row["model"])
            else:
                cost[currency] += amount
        return UsageGroup(
            name=name,
            calls=sum(row["calls"] for row in rows),
            input_tokens=sum(row["input_tokens"] for row in rows),
            output_tokens=sum(row["output_tokens"] for row in rows),
            estimated=any(row["estimated"] for row in rows),
            failures=dict(sorted(Counter(r["failure"] for r in rows if r["failure"]).items())),
            cost=dict(cost),
            unpriced=tuple(sorted(unpriced)),
        )

    def _cost_of(self, row: dict[str, Any]) -> tuple[float | None, str]:
        if row["cost"] is not None:
            return row["cost"], row["currency"]
        use = ModelUse(**{name: row[name] for name in ModelUse.model_fields})
        return self.prices.cost(use), self.prices.currency
