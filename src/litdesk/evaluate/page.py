"""The report as one HTML file with no script and nothing to load."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from litdesk.evaluate.measures import MEASURES
from litdesk.evaluate.measures.calibration import ERROR, binned
from litdesk.evaluate.measures.risk_coverage import MEASURE as AURC
from litdesk.evaluate.measures.risk_coverage import risks

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
        judged: The judged rows, which can be unfolded below it.

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
    return environment.get_template("report.html.jinja").render(
        report=report,
        judged=judged,
        measures=MEASURES,
        risk_curve=_risk_curve(judged),
        reliability=_reliability(judged),
    )


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
