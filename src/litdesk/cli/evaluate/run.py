"""`litdesk eval run`: ask the cases, judge the answers, write a report."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litdesk.cli.evaluate.judging import (
    JudgeFolder,
    JudgeName,
    judge_settings,
    open_judge,
    read_card,
)
from litdesk.cli.evaluate.progress import progress_bar
from litdesk.cli.files import make_folder, writing
from litdesk.cli.options import AsJson, BaseUrl, LibraryFolder, Model, Verbose
from litdesk.cli.terminal import Terminal, one_line
from litdesk.errors import CaseFileError
from litdesk.settings import load_settings

if TYPE_CHECKING:
    from litdesk.evaluate.judge_card import JudgeCard
    from litdesk.evaluate.judging import Judge
    from litdesk.evaluate.run import Plan, Run
    from litdesk.settings import Settings

__all__ = ["RUN_HELP", "run"]

RUN_HELP = """Ask the cases, judge the answers, and write a report.

Writes `run.json`, `results.jsonl`, `shuffled.jsonl`, `report.json`, `report.html`, `junit.xml`,
`judge_card.json` and `exports/` into the folder. A run that was broken off is taken up where it
stopped, if the same code, settings, library and model would go on with it.

**Examples**

- `litdesk eval run cases.jsonl -o runs/today`
- `litdesk eval run --answers runs/today -o runs/again`
- `litdesk eval run cases.jsonl --gate "citation_recall>=0.9" --gate "abstention_recall>=0.7"`

Exit codes: 0 every gate is met, 4 one is not, 5 one could not be measured.
"""
_ASKING, _GATES = "How the cases are asked", "Gates and baselines"


def run(  # noqa: PLR0913 (the options of a command are its interface)
    ctx: typer.Context,
    cases: Annotated[
        list[Path] | None,
        typer.Argument(metavar="CASES.jsonl", help="Files of cases.", show_default=False),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--output", "--out", file_okay=False, metavar="DIR", help="Folder of the run."
        ),
    ] = Path("eval-run"),
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            metavar="FILE",
            help="Judge stored answers (the folder of a run, or JSONL with ragas' fields) instead "
            "of asking.",
        ),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option("--jobs", min=1, help="Questions asked at once.", rich_help_panel=_ASKING),
    ] = 2,
    repeat: Annotated[
        int,
        typer.Option(
            "--repeat", min=1, help="Ask each case this many times.", rich_help_panel=_ASKING
        ),
    ] = 1,
    shuffled: Annotated[
        int,
        typer.Option(
            "--shuffled",
            min=0,
            help="Ask up to this many questions once more, with the passages shuffled before the "
            "writer reads them.",
            rich_help_panel=_ASKING,
        ),
    ] = 60,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            metavar="",
            help="Ask everything again, whatever the folder holds.",
            rich_help_panel=_ASKING,
        ),
    ] = False,
    gate: Annotated[
        list[str] | None,
        typer.Option(
            "--gate",
            metavar="EXPR",
            help='A condition, such as "citation_recall>=0.9".',
            rich_help_panel=_GATES,
        ),
    ] = None,
    accept_unseen: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-unseen",
            metavar="ERROR",
            help="Let gates rest on this kind of error though the judge does not see it.",
            rich_help_panel=_GATES,
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            metavar="FILE",
            help="Fail where a measure is worse than in this file.",
            rich_help_panel=_GATES,
        ),
    ] = None,
    save_baseline: Annotated[
        Path | None,
        typer.Option(
            "--save-baseline",
            dir_okay=False,
            metavar="FILE",
            help="Write the measures to this file.",
            rich_help_panel=_GATES,
        ),
    ] = None,
    card: Annotated[
        Path | None,
        typer.Option(
            "--card", metavar="FILE", help="Judge card to stamp on the report; made if not given."
        ),
    ] = None,
    prices: Annotated[
        str | None,
        typer.Option(
            "--prices",
            metavar="IN,OUT",
            help="Price of a million input and of a million output tokens.",
        ),
    ] = None,
    judge: JudgeName = None,
    judge_folder: JudgeFolder = None,
    model: Model = None,
    base_url: BaseUrl = None,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Ask the cases, judge the answers, and write a report."""
    from litdesk.evaluate.baseline import read_baseline, worse_than, write_baseline
    from litdesk.evaluate.gate import Gate
    from litdesk.evaluate.outputs import write_outputs
    from litdesk.evaluate.report import make_report
    from litdesk.evaluate.run import Plan

    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    if bool(cases) == bool(answers):
        raise typer.BadParameter(
            "name either files of cases or --answers", param_hint="CASES.jsonl"
        )
    gates = [Gate.parse(expression) for expression in gate or ()]
    accepted = _kinds(accept_unseen or ())
    money = _prices(prices)
    known = read_baseline(baseline) if baseline else None
    opened = open_judge(judge_settings(judge, judge_folder, base_url=base_url, library=library))
    stamped = read_card(card, opened) if card else None
    if answers:
        found = _stored(answers, out, fresh=fresh)
    else:
        settings = load_settings(model=model, base_url=base_url, library=library)
        plan = Plan(jobs=jobs, repeat=repeat, shuffled=shuffled, fresh=fresh)
        found = _ask(terminal, settings, cases or [], out, plan)
    stamped = stamped or _small_card(terminal, opened, found)
    with terminal.working("Judging the answers…"):
        report, judged = make_report(
            found, opened, card=stamped, gates=gates, accepted=accepted, prices=money
        )
        with writing(out):
            write_outputs(out, found, report, judged, stamped)
    if save_baseline:
        with writing(save_baseline):
            write_baseline(save_baseline, report)
    worse = worse_than(report, known) if known else []
    if as_json:
        terminal.write_json(report | {"worse_than_baseline": worse})
    else:
        _show(terminal, report, worse)
        terminal.note(f"Report: {out / 'report.html'}")
    raise typer.Exit(_exit_code(report, worse))


def _exit_code(report: dict[str, Any], worse: Sequence[object]) -> int:
    outcomes = {check["outcome"] for check in report["gates"]}
    if "not met" in outcomes or worse:
        return 4
    nothing = report["counts"]["failed"] == report["counts"]["rows"]
    return 5 if "not measured" in outcomes or nothing else 0


def _prices(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        price_in, price_out = (float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is not two prices, such as 0.15,0.60", param_hint="--prices"
        ) from error
    return price_in, price_out


def _kinds(names: Sequence[str]) -> Sequence[str]:
    from litdesk.evaluate.measures import ALL_KINDS

    for name in names:
        if name not in ALL_KINDS:
            raise typer.BadParameter(
                f"{name!r} is no kind of error; there are {', '.join(ALL_KINDS)}",
                param_hint="--accept-unseen",
            )
    return names


def _ask(
    terminal: Terminal, settings: "Settings", cases: Sequence[Path], out: Path, plan: "Plan"
) -> "Run":
    from litdesk.evaluate.cases import read_cases
    from litdesk.evaluate.run import ask_run

    read = read_cases(*cases)
    make_folder(out)
    with terminal.assistant(settings) as assistant, progress_bar(terminal, "Asking") as progress:
        return ask_run(assistant, read, folder=out, plan=plan, progress=progress)


def _stored(answers: Path, out: Path, *, fresh: bool) -> "Run":
    """Read stored answers, and make sure that others are not overwritten by them."""
    from litdesk.evaluate.run import read_run

    found = read_run(answers)
    there = out / "results.jsonl"
    if there.exists() and not fresh and read_run(out).rows != found.rows:
        raise CaseFileError(
            f"{there} holds other answers than {answers}.",
            remedy="Name another folder with -o, or replace them with --fresh.",
        )
    return found


def _small_card(terminal: Terminal, judge: "Judge", found: "Run") -> "JudgeCard | None":
    """A judge card of the texts that were retrieved."""
    from litdesk.evaluate.judge_card import make_card
    from litdesk.evaluate.judge_pairs import make_pairs

    texts = {text.text: text for row in found.rows for text in row.texts().values() if text.text}
    if not texts:
        return None
    pairs = make_pairs(list(texts.values()), per_kind=30)
    with progress_bar(terminal, "Measuring the judge") as progress:
        return make_card(judge, {"library": pairs}, progress=progress)


def _show(terminal: Terminal, report: dict[str, Any], worse: Sequence[dict[str, Any]]) -> None:
    counts = report["counts"]
    terminal.write(
        f"{counts['rows']} rows, {counts['answered']} answered, {counts['abstained']} abstained, "
        f"{counts['failed']} failed; judged by {report['provenance']['judge']}"
    )
    if repeats := report["repeats"]:
        terminal.write(
            f"{repeats['runs']} runs; {repeats['questions_answered_otherwise']} questions were not "
            f"answered alike in all, {repeats['questions_decided_otherwise']} not even decided"
        )
    width = max(map(len, [*report["measures"], *report["controls"]]))
    for name, found in report["measures"].items():
        nothing = f"not measured  n 0, not scored {found['unscored']}"
        terminal.write(f"{name.ljust(width)}  {_figure(found) or nothing}")
    terminal.write("Controls:")
    for name, found in report["controls"].items():
        shown = _figure(found) or "not measured  n 0"
        terminal.write(f"{name.ljust(width)}  {shown}  expected {found['expected']}")
    for check in report["gates"]:
        terminal.write(f"gate {check['gate']}: {check['outcome']} ({check['reason']})")
    for one in worse:
        terminal.write(one_line(f"worse than the baseline: {one['measure']}: {one['why']}"))


def _figure(found: dict[str, Any]) -> str:
    if found["value"] is None:
        return ""
    return f"{found['value']:.3f}  {found['low']:.3f} – {found['high']:.3f}  n {found['n']}"
