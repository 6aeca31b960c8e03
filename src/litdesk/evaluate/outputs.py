"""Writing the folder of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.export import write_exports
from litdesk.evaluate.files import write_json, write_lines
from litdesk.evaluate.junit import write_junit
from litdesk.evaluate.page import render_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from litdesk.evaluate.judge_card import JudgeCard
    from litdesk.evaluate.judging import JudgedRow
    from litdesk.evaluate.report import Report
    from litdesk.evaluate.run import Run

__all__ = ["write_outputs"]


def write_outputs(
    folder: Path, run: Run, report: Report, judged: Sequence[JudgedRow], card: JudgeCard | None
) -> None:
    """Write everything that a run leaves behind.

    Args:
        folder: Where to write; made if it is not there.
        run: The answers.
        report: The report.
        judged: The judged rows.
        card: What is known of the judge.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_lines(folder / "results.jsonl", run.rows)
    write_lines(folder / "shuffled.jsonl", run.shuffled)
    if run.origin:
        write_json(folder / "run.json", run.origin)
    else:
        (folder / "run.json").unlink(missing_ok=True)
    write_json(folder / "report.json", report)
    (folder / "report.html").write_text(render_page(report, judged), encoding="utf-8")
    write_junit(judged, report["gates"], folder / "junit.xml")
    write_exports(run.rows, folder / "exports")
    if card:
        write_json(folder / "judge_card.json", card.model_dump(mode="json"))
