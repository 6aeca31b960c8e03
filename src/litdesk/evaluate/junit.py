"""A run as JUnit XML, for the pages of CI systems."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from litdesk.types import AnswerStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from litdesk.evaluate.judging import JudgedRow

__all__ = ["write_junit"]

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(judged: Sequence[JudgedRow], gates: Sequence[dict[str, Any]], path: Path) -> None:
    """Write one test case for each row and each gate.

    A row that failed is an error; a sentence that is contradicted or unsupported fails its row; a
    gate that is not met is a failure, and one that could not be measured an error.

    Args:
        judged: The judged rows.
        gates: The outcomes of the gates, as in the report.
        path: The file.
    """
    suite = ET.Element("testsuite", name="litdesk eval")
    failures = errors = 0
    for one in judged:
        name = one.row.id if not one.row.repeat else f"{one.row.id} (repeat {one.row.repeat})"
        seconds = (one.row.timings_ms or {}).get("total", 0.0) / 1000
        case = ET.SubElement(
            suite, "testcase", classname=_clean(one.row.category or "cases"), name=_clean(name),
            time=f"{seconds:.3f}",
        )  # fmt: skip
        wrong = [s for s in one.claims if s.verdict in ("contradicted", "unsupported")]
        if one.row.state is AnswerStatus.FAILED:
            errors += 1
            ET.SubElement(case, "error", message=_clean(one.row.error or "no answer"))
        elif wrong:
            failures += 1
            found = ET.SubElement(case, "failure", message=f"{len(wrong)} sentences not supported")
            found.text = _clean("\n".join(f"{s.verdict}: {s.claim} ({s.reason})" for s in wrong))
    for gate in gates:
        case = ET.SubElement(suite, "testcase", classname="gates", name=_clean(gate["gate"]))
        if gate["outcome"] == "not met":
            failures += 1
            ET.SubElement(case, "failure", message=_clean(gate["reason"]))
        elif gate["outcome"] == "not measured":
            errors += 1
            ET.SubElement(case, "error", message=_clean(gate["reason"]))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suite.set("errors", str(errors))
    ET.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def _clean(text: str) -> str:
    """XML knows no control characters, not even escaped."""
    return _ILLEGAL.sub("\ufffd", text)
