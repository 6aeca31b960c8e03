"""The report as one HTML file with no script and nothing to load."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from litdesk.evaluate.judge_card import JudgeCard
from litdesk.evaluate.measures import MEASURES
from litdesk.evaluate.measures.calibration import ERROR, binned
from litdesk.evaluate.measures.phrases import is_corrected, is_right
from litdesk.evaluate.measures.risk_coverage import MEASURE as AURC
from litdesk.evaluate.measures.risk_coverage import risks
from litdesk.types import AnswerStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.evaluate.judging import JudgedRow
    from litdesk.evaluate.report import Report

__all__ = ["render_page"]

_TEMPLATES = Path(__file__).parent / "templates"


def render_page(report: Report, judged: Sequence[JudgedRow]) -> str:
    """Return the report as a page.

    Args:
        report: The report.
        judged: The judged rows, which can be unfolded at its end.

    Returns:
        HTML; every text is escaped.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    environment.filters["milliseconds"] = milliseconds
    return (
        environment.get_template("report.html.jinja")
        .render(
            report=report,
            card=JudgeCard.model_validate(card) if (card := report["judge_card"]) else None,
            cases=_cases(judged),
            groups=_groups(report),
            measures=MEASURES,
            risk_curve=_risk_curve(judged),
            reliability=_reliability(judged),
        )
        .lstrip()
    )


_GROUPS = {
    "retrieval": "Retrieval",
    "answer": "Answers",
    "citation": "Citations",
    "sentence": "Sentences",
    "abstention": "Abstention",
    "confidence": "Confidence",
}


def _groups(report: Report) -> dict[str, dict[str, Any]]:
    """The measures by what they are about."""
    return {
        title: {n: m for n, m in report["measures"].items() if m["group"] == group}
        for group, title in _GROUPS.items()
    }


def _cases(judged: Sequence[JudgedRow]) -> dict[str, list[tuple[JudgedRow, list[str]]]]:
    """The rows with what is wrong about them, those first that want a look."""
    remarked = [(one, _remarks(one)) for one in judged]
    return {
        "Cases to look at": [(one, remarks) for one, remarks in remarked if remarks],
        "Other cases": [(one, remarks) for one, remarks in remarked if not remarks],
    }


def _remarks(one: JudgedRow) -> list[str]:
    found = []
    if one.row.state is AnswerStatus.FAILED:
        found.append("no answer")
    if one.abstained and one.row.answerable:
        found.append("could be answered")
    if one.answered and one.row.answerable is False and not is_corrected(one):
        found.append("cannot be answered")
    if one.answered and one.row.answerable is not False and is_right(one) is False:
        found.append("not right")
    if any(s.verdict.failed for s in one.claims):
        found.append("not all supported")
    return found


def milliseconds(value: float | None) -> str:
    """Return a duration as the page shows it.

    Args:
        value: Milliseconds; None where nothing was timed.

    Returns:
        Whole milliseconds, or a dash.
    """
    return "–" if value is None else f"{value:.0f} ms"


def figure(value: float | None) -> str:
    """Return a number as the page shows it.

    Args:
        value: A number; None for one that was not measured.

    Returns:
        Three decimals, or a dash.
    """
    return "–" if value is None else f"{value:.3f}"


def _risk_curve(judged: Sequence[JudgedRow]) -> list[tuple[float, float]]:
    parts = [p for p in map(AURC.parts, judged) if p is not None]
    if not parts:
        return []
    found = risks(np.array(parts))
    return [((n + 1) / len(found), float(risk)) for n, risk in enumerate(found)]


def _reliability(judged: Sequence[JudgedRow]) -> list[tuple[int, float, float]]:
    parts = [p for p in map(ERROR.parts, judged) if p is not None]
    if not parts:
        return []
    return [(int(n), score / n, so / n) for n, score, so in binned(np.array(parts)).tolist() if n]
