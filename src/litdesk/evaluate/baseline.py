"""The figures of an earlier run, kept to see whether a change makes something worse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from litdesk.errors import CaseFileError
from litdesk.evaluate.files import write_json
from litdesk.evaluate.measures import MEASURES

if TYPE_CHECKING:
    from pathlib import Path

    from litdesk.evaluate.report import Report

__all__ = ["read_baseline", "worse_than", "write_baseline"]

TOLERANCE = 0.01
"""A processor that rounds otherwise may turn a case or two of the seeds; a change does more."""
_WRITER_ORDER = "writer_order"
_KEPT = ("value", "low", "high", "n", "version")


def write_baseline(path: Path, report: Report) -> None:
    """Keep the figures of a run.

    Args:
        path: The file.
        report: The report.
    """
    kept = {name: {field: m[field] for field in _KEPT} for name, m in report["measures"].items()}
    write_json(
        path,
        {
            "judge": report["provenance"]["judge"],
            "cases": report["provenance"]["cases"],
            "rows": report["counts"]["rows"],
            "failed": report["counts"]["failed"],
            "measures": kept,
            "controls": {
                name: found["value"]
                for name, found in report["controls"].items()
                if name.startswith(_WRITER_ORDER)
            },
        },
    )


def read_baseline(path: Path) -> dict[str, Any]:
    """Read the figures of an earlier run.

    Args:
        path: The file.

    Returns:
        What `write_baseline` wrote.

    Raises:
        CaseFileError: If the file is none.
    """
    try:
        found = json.loads(path.read_bytes())
        if all(isinstance(found[part], dict) for part in ("measures", "controls")):
            return dict(found)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise CaseFileError(
        f"{path} is no baseline.", remedy="Write one: litdesk eval run … --save-baseline FILE."
    )


def worse_than(report: Report, baseline: dict[str, Any]) -> list[dict[str, str]]:
    """Return what is worse than in an earlier run.

    Args:
        report: The report.
        baseline: The figures of the earlier run.

    Returns:
        A measure and why, for each; empty where all is as good or better. Figures of other cases,
        or of another version of a measure, are not comparable, which is said in the same way.
    """
    if report["provenance"]["cases"] != baseline["cases"]:
        return [{"measure": "cases", "why": "the baseline is of other cases; write a new one"}]
    if report["provenance"]["judge"] != baseline["judge"]:
        why = f"the baseline was judged by {baseline['judge']}; write a new one"
        return [{"measure": "judge", "why": why}]
    found = []
    if report["counts"]["failed"] > baseline["failed"]:
        found.append({"measure": "failed", "why": f"{report['counts']['failed']} rows failed"})
    for name, before in baseline["measures"].items():
        now = report["measures"].get(name)
        if now is None or now["version"] != before["version"]:
            found.append({"measure": name, "why": "another version of the measure"})
            continue
        if why := _worse(now["value"], before["value"], better=MEASURES[name].better):
            found.append({"measure": name, "why": why})
    for name, share in baseline["controls"].items():
        if why := _worse(report["controls"][name]["value"], share, better="lower"):
            found.append({"measure": name, "why": why})
    return found


def _worse(now: float | None, before: float | None, *, better: str) -> str:
    if before is None:
        return ""
    if now is None:
        return f"not measured, {before:.4f} before"
    gain = now - before if better == "higher" else before - now
    return "" if gain >= -TOLERANCE else f"{now:.4f}, {before:.4f} before"
