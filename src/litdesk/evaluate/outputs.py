"""Writing the folder of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from litdesk.evaluate.export import write_exports
from litdesk.evaluate.junit import write_junit
from litdesk.evaluate.page import render_page
from litdesk.evaluate.run import write_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from litdesk.evaluate.judge_card import JudgeCard
    from litdesk.evaluate.judging import JudgedRow
    from litdesk.evaluate.report import Report

__all__ = ["write_json", "write_outputs"]


def write_outputs(
    folder: Path, report: Report, judged: Sequence[JudgedRow], *, card: JudgeCard | None
) -> None:
    """Write everything that a run leaves behind.

    Args:
        folder: Where to write; made if it is not there.
        report: The report.
        judged: The judged rows.
        card: What is known of the judge.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = [one.row for one in judged]
    write_rows(folder / "results.jsonl", rows)
    write_json(folder / "report.json", report)
    (folder / "report.html").write_text(render_page(report, judged), encoding="utf-8")
    write_junit(judged, report["gates"], folder / "junit.xml")
    write_exports(rows, folder / "exports")
    if card:
        write_json(folder / "judge_card.json", card.model_dump(mode="json"))


def write_json(path: Path, document: object) -> None:
    """Write a JSON document.

    Args:
        path: The file.
        document: What JSON knows; NaN is refused.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
