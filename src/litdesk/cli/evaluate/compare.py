"""`litdesk eval compare`: two runs over the same questions."""

from pathlib import Path
from typing import Annotated, Any

import typer

from litdesk.cli.evaluate.judging import JudgeFolder, JudgeName, judge_settings, open_judge
from litdesk.cli.options import AsJson, Verbose
from litdesk.cli.terminal import Terminal, one_line

__all__ = ["COMPARE_HELP", "compare"]

COMPARE_HELP = """Compare two runs over the same questions.

Every measure gets a paired permutation test over questions, adjusted for there being several
(Holm), an interval, and the smallest difference that this many questions could show; then come the
cases and sentences that ended otherwise.

**Example**

- `litdesk eval compare runs/before runs/after`
"""


def compare(  # noqa: PLR0913 (the options of a command are its interface)
    ctx: typer.Context,
    a: Annotated[Path, typer.Argument(metavar="A", help="Folder or results.jsonl of a run.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The same of another run.")],
    judge: JudgeName = None,
    judge_folder: JudgeFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Compare two runs over the same questions."""
    from litdesk.evaluate.compare import compare_runs
    from litdesk.evaluate.run import read_run

    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    first, second = read_run(a).rows, read_run(b).rows
    with terminal.working("Comparing…"):
        found = compare_runs(first, second, open_judge(judge_settings(judge, judge_folder)))
    if as_json:
        terminal.write_json(found)
    else:
        _show(terminal, found)


def _show(terminal: Terminal, found: dict[str, Any]) -> None:
    terminal.write(f"{found['questions']} questions in both runs; judged by {found['judge']}")
    for field, (before, after) in found["made_otherwise"].items():
        terminal.write(one_line(f"{field}: {before or 'none'} → {after or 'none'}"))
    width = max(len(name) for name in found["measures"])
    for name, m in found["measures"].items():
        if m["difference"] is None:
            terminal.write(f"{name.ljust(width)}  not measured in both")
            continue
        detectable = "–" if m["detectable"] is None else f"{m['detectable']:.3f}"
        terminal.write(
            f"{name.ljust(width)}  {m['a']:.3f} → {m['b']:.3f}  {m['difference']:+.3f} "
            f"({m['low']:+.3f} – {m['high']:+.3f})  p {m['p']:.4f}, Holm {m['p_holm']:.4f}  "
            f"n {m['questions']}, detectable {detectable}"
        )
    for flip in found["flipped_cases"]:
        terminal.write(one_line(f"{flip['id']}: {flip['a']} → {flip['b']}: {flip['question']}"))
    for flip in found["flipped_sentences"]:
        terminal.write(one_line(f"{flip['id']}: {flip['a']} → {flip['b']}: {flip['sentence']}"))
    for side in ("a", "b"):
        if left := found[f"rows_{side}"] - found["rows"]:
            terminal.note(f"Only in {side.upper()}, not compared: {left} rows")
