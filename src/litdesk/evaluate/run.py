"""A run: asking the cases of a file, taking a broken run up again, reading a stored one."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from litdesk.errors import CaseFileError, LitdeskError
from litdesk.evaluate.cases import Resolved
from litdesk.evaluate.files import write_json, write_lines
from litdesk.evaluate.origin import origin_of, read_origin, refuse_other_origin
from litdesk.evaluate.rows import Asking, Row, failed_row, read_rows, row_of
from litdesk.types import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from litdesk.assistant import Assistant
    from litdesk.evaluate.cases import Case
    from litdesk.types import Paper

__all__ = ["Plan", "Run", "ask_cases", "ask_run", "read_run"]

_SHUFFLE = 1
"""The seed of the one order by chance that is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The answers of a run."""

    rows: Sequence[Row]
    shuffled: Sequence[Row] = ()
    """Some of the questions, asked again with their passages in an order by chance."""
    origin: dict[str, str] = field(default_factory=dict)
    """What made the answers; empty where nobody has said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the cases are to be asked."""

    jobs: int = 1
    """Questions at once."""
    repeat: int = 1
    """How often each case is asked."""
    shuffled: int = 0
    """At most so many questions are asked once more with their passages shuffled."""
    fresh: bool = False
    """Keep nothing of an earlier run in the folder."""


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

    A row of the file is kept if the case is the same, the answer was made by the same code with the
    same settings, library and models, and did not fail. A question that fails becomes a failed row.

    Args:
        assistant: Open on a library.
        cases: The cases.
        path: The file of rows to take up and to write.
        jobs: How many questions at once.
        repeat: How often each case is asked.
        progress: Told how many rows are there, and of how many.

    Returns:
        A row for each case and repetition, in their order.

    Raises:
        CaseFileError: If a case names a paper that the library does not have.
    """
    desk = _Desk(assistant, jobs=jobs, progress=progress)
    return desk.ask(desk.askings(cases, repeat=repeat), path)


def ask_run(
    assistant: Assistant,
    cases: Sequence[Case],
    *,
    folder: Path,
    plan: Plan | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Ask all cases that the folder of a run does not hold yet, as `ask_cases` does for a file.

    Args:
        assistant: Open on a library.
        cases: The cases.
        folder: Where `run.json`, `results.jsonl` and `shuffled.jsonl` are taken up and written.
        plan: How to ask.
        progress: Told how many rows are there, and of how many.

    Returns:
        A row for each case and repetition, in their order, and the shuffled ones.

    Raises:
        CaseFileError: If a case names a paper that the library does not have, or the folder holds
            answers that something else made, or to other questions only.
    """
    plan = plan or Plan()
    desk = _Desk(assistant, jobs=plan.jobs, progress=progress)
    askings = desk.askings(cases, repeat=plan.repeat)
    results, shuffled = folder / "results.jsonl", folder / "shuffled.jsonl"
    if plan.fresh:
        results.unlink(missing_ok=True)
        shuffled.unlink(missing_ok=True)
    if results.exists():
        refuse_other_origin(folder / "run.json", desk.origin)
        _refuse_other_questions(results, askings)
    write_json(folder / "run.json", desk.origin)
    rows = desk.ask(askings, results)
    again = [replace(one, shuffle=_SHUFFLE) for one in _order_may_matter(askings, rows)]
    return Run(
        rows=rows,
        shuffled=desk.ask(_some(again, plan.shuffled), shuffled),
        origin=desk.origin,
    )


def _refuse_other_questions(path: Path, askings: Sequence[Asking]) -> None:
    known = _known_rows(path).keys()
    if known and known.isdisjoint(asking.key for asking in askings):
        raise CaseFileError(
            f"{path.parent} holds answers to other questions.",
            remedy="Name another folder with -o, or replace them with --fresh.",
        )


def _order_may_matter(askings: Sequence[Asking], rows: Sequence[Row]) -> list[Asking]:
    """The first askings of the questions for which a writer read several passages."""
    pairs = zip(askings, rows, strict=True)
    return [a for a, row in pairs if not a.repeat and row.written and len(row.retrieved) > 1]


def _some(askings: Sequence[Asking], count: int) -> list[Asking]:
    """As many, drawn with a fixed seed, in their order."""
    if len(askings) <= count:
        return list(askings)
    places = random.Random(0).sample(range(len(askings)), count)  # noqa: S311 (chance, not secrecy)
    return [askings[n] for n in sorted(places)]


class _Desk:
    """An assistant with what is known of it, read once."""

    def __init__(
        self,
        assistant: Assistant,
        *,
        jobs: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.assistant, self.jobs = assistant, jobs
        self.progress = progress or (lambda *_: None)
        self.papers: dict[str, Paper] = {paper.paper_id: paper for paper in assistant.papers()}

    @cached_property
    def origin(self) -> dict[str, str]:
        """As `origin_of` says, which loads the models."""
        self.assistant.warm_up()
        return origin_of(self.assistant)

    def askings(self, cases: Sequence[Case], *, repeat: int) -> list[Asking]:
        # first, so that a wrong title is told before the models are loaded
        resolved = Resolved.all(cases, self.papers.values())
        return [
            Asking(resolved=one, repeat=n, origin=self.origin)
            for n in range(repeat)
            for one in resolved
        ]

    def ask(self, wanted: Sequence[Asking], path: Path) -> list[Row]:
        """Ask what the file does not hold; it holds a row for each afterwards, in order."""
        known = _known_rows(path)
        done: dict[tuple[str, int], Row] = {}
        left = []
        for asking in wanted:
            row = known.get(asking.key)
            if row is not None and row.provenance == asking.provenance:
                done[row.key] = row
            else:
                left.append(asking)
        write_lines(path, done.values())
        with path.open("a", encoding="utf-8") as file:
            for row in self._answers(left):
                done[row.key] = row
                file.write(row.line)
                file.flush()
                self.progress(len(done), len(wanted))
        rows = [done[asking.key] for asking in wanted]
        write_lines(path, rows)
        return rows

    def _answers(self, askings: Sequence[Asking]) -> Iterator[Row]:
        """The rows as they come; whoever stops early asks nothing more."""
        pool = ThreadPoolExecutor(self.jobs)
        try:
            for future in as_completed([pool.submit(self._answer, asking) for asking in askings]):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _answer(self, asking: Asking) -> Row:
        one = asking.resolved
        history = [Turn(question=q, answer=a, paper_ids=ids) for q, a, ids in one.history]
        ask = self.assistant.ask
        if asking.shuffle is not None:
            ask = partial(ask, shuffle=asking.shuffle)
        try:
            answer = ask(one.case.user_input, history=history, without=one.without)
        except LitdeskError as error:
            return failed_row(asking, str(error))
        return row_of(asking, answer, self.papers)


def _known_rows(path: Path) -> dict[tuple[str, int], Row]:
    """The rows of an earlier run; a last line that was cut off is asked again."""
    if not path.exists():
        return {}
    found: dict[tuple[str, int], Row] = {}
    lines = path.read_bytes().rstrip(b"\n").split(b"\n")
    for number, line in enumerate(lines, start=1):
        try:
            row = Row.model_validate_json(line)
        except ValueError as error:
            if number == len(lines):  # cut off, or the file is empty
                break
            raise CaseFileError(
                f"{path}:{number} is no row of a run that could be taken up.",
                remedy="Name another folder with -o, or ask everything again with --fresh.",
            ) from error
        found[row.key] = row
    return found


def read_run(path: Path) -> Run:
    """Read a stored run.

    Args:
        path: The folder of a run, or a file of rows.

    Returns:
        Its rows, with whatever else the folder holds.

    Raises:
        CaseFileError: If the rows cannot be read, or one occurs twice.
    """
    if not path.is_dir():
        return Run(rows=read_rows(path))
    shuffled = path / "shuffled.jsonl"
    some = shuffled.exists() and shuffled.stat().st_size
    return Run(
        rows=read_rows(path / "results.jsonl"),
        shuffled=read_rows(shuffled) if some else (),
        origin=read_origin(path / "run.json"),
    )
