"""Gates: conditions on the bound of an interval, such as `citation_recall>=0.9`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from litdesk.errors import SettingsError
from litdesk.evaluate.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from litdesk.evaluate.judge_card import JudgeCard
    from litdesk.evaluate.statistics import Estimate

__all__ = ["Gate", "GateResult"]

_EXPRESSION = re.compile(r"\s*(?P<name>[a-z_0-9]+)\s*(?P<sign>>=|<=)\s*(?P<bound>\d*\.?\d+)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """What became of a gate."""

    gate: str
    outcome: Literal["met", "not met", "not measured"]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A condition on one measure."""

    name: str
    sign: Literal[">=", "<="]
    bound: float

    @classmethod
    def parse(cls, expression: str) -> Gate:
        """Read a gate.

        Args:
            expression: A measure, `>=` or `<=`, and a number.

        Returns:
            The gate.

        Raises:
            SettingsError: If it is none, or there is no such measure.
        """
        match = _EXPRESSION.fullmatch(expression)
        if match is None or match["name"] not in MEASURES:
            raise SettingsError(
                f"{expression!r} is no gate.",
                remedy='Write it like "citation_recall>=0.9"; measures are '
                + ", ".join(MEASURES)
                + ".",
            )
        sign: Literal[">=", "<="] = ">=" if match["sign"] == ">=" else "<="
        return cls(name=match["name"], sign=sign, bound=float(match["bound"]))

    def __str__(self) -> str:
        return f"{self.name}{self.sign}{self.bound:g}"

    def check(
        self,
        estimates: Mapping[str, Estimate],
        *,
        card: JudgeCard | None,
        judged_freely: bool,
        accepted: Collection[str] = (),
    ) -> GateResult:
        """Say whether the measure meets the condition with its whole interval.

        Args:
            estimates: The measures of a run.
            card: What is known of the judge; None for nothing.
            judged_freely: Whether any sentence was judged that is not word for word in what it
                cites; without one, the number rests on no judge.
            accepted: Kinds of error that the gate may rest on though the judge does not see them.

        Returns:
            The outcome with its reason.
        """
        found = estimates[self.name]
        if found.low is None or found.high is None:
            return self._result("not measured", "no row could be measured")
        needed = [k for k in MEASURES[self.name].rests_on if k not in accepted]
        if judged_freely and needed:
            blind = card.blind_to(needed) if card else needed
            if blind:
                why = "the judge has not been shown to see these errors: " + ", ".join(blind)
                return self._result("not measured", why)
        bound = found.low if self.sign == ">=" else found.high
        met = bound >= self.bound if self.sign == ">=" else bound <= self.bound
        end = "lower" if self.sign == ">=" else "upper"
        return self._result(
            "met" if met else "not met", f"the {end} end of the interval is {bound:.4f}"
        )

    def _result(
        self, outcome: Literal["met", "not met", "not measured"], reason: str
    ) -> GateResult:
        return GateResult(gate=str(self), outcome=outcome, reason=reason)
