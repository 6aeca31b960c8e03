"""Asking the cases of a file, several at once, and taking a broken run up again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

from litdesk.errors import CaseFileError, LitdeskError
from litdesk.evaluate.cases import Resolved
from litdesk.evaluate.rows import Row, failed_row, row_of
from litdesk.types import AnswerStatus, Turn, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from litdesk.assistant import Assistant
    from litdesk.evaluate.cases import Case
    from litdesk.types import Paper

__all__ = ["ask_cases", "write_rows"]


def ask_cases(
    assistant: Assistant,
    cases: Sequence[Case],
    *,
    path: Path,
    jobs: int = 1,
    repeat: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Ask all cases that the file does not hold yet.

    A row of the file is kept if the same case was asked of the same library with the same settings,
    models and prompts, and did not fail. A question that fails becomes a failed row.

    Args:
        assistant: Open on a library.
        cases: The cases.
        path: The `results.jsonl` to take up and to write.
        jobs: How many questions at once.
        repeat: How often each case is asked.
        progress: Told how many rows are there, and of how many.

    Returns:
        A row for each case and repetition, in their order.

    Raises:
        CaseFileError: If a case names a paper that the library does not have.
    """
    assistant.warm_up()
    papers = {paper.paper_id: paper for paper in assistant.papers()}
    resolved = Resolved.all(cases, papers.values())
    made_by = assistant.provenance.model_dump_json()
    wanted = [
        (one, n, digest(one.case.digest, made_by, str(n)))
        for n in range(repeat)
        for one in resolved
    ]
    known = _known_rows(path)
    done: dict[tuple[str, int], Row] = {}
    left = []
    for one, n, provenance in wanted:
        row = known.get((one.case.id, n))
        if row is not None and row.provenance == provenance:
            done[row.key] = row
        else:
            left.append((one, n, provenance))
    write_rows(path, done.values())
    with path.open("a", encoding="utf-8") as file, ThreadPoolExecutor(max(1, jobs)) as pool:
        futures = [pool.submit(_ask, assistant, one, papers, n, p) for one, n, p in left]
        for future in as_completed(futures):
            row = future.result()
            done[row.key] = row
            file.write(_line(row))
            file.flush()
            if progress:
                progress(len(done), len(wanted))
    rows = [done[one.case.id, n] for one, n, _ in wanted]
    write_rows(path, rows)
    return rows


def _ask(
    assistant: Assistant, one: Resolved, papers: dict[str, Paper], repeat: int, provenance: str
) -> Row:
    history = [Turn(question=q, answer=a, paper_ids=ids) for q, a, ids in one.history]
    try:
        answer = assistant.ask(one.case.user_input, history=history, without=one.without)
    except LitdeskError as error:
        return failed_row(one, str(error), repeat=repeat)
    if answer.status is AnswerStatus.FAILED:
        provenance = ""  # so that the next run asks it again
    return row_of(one, answer, papers=papers, repeat=repeat, provenance=provenance)


def _known_rows(path: Path) -> dict[tuple[str, int], Row]:
    """The rows of an earlier run; a last line that was cut off is asked again."""
    if not path.exists():
        return {}
    found: dict[tuple[str, int], Row] = {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            row = Row.model_validate_json(line)
        except ValueError as error:
            if number == len(lines):
                break
            raise CaseFileError(
                f"{path}:{number} is no row of a run that could be taken up.",
                remedy="Name another folder with -o, or remove the file.",
            ) from error
        found[row.key] = row
    return found


def _line(row: Row) -> str:
    return row.model_dump_json(exclude_defaults=True) + "\n"


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write rows in the place of whatever the file holds, all or nothing.

    Args:
        path: The file.
        rows: The rows.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(_line(row))
    part.replace(path)
