"""`litdesk eval`: run, compare, judge, make."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litdesk.cli.options import AsJson, BaseUrl, LibraryFolder, Model, Verbose
from litdesk.cli.terminal import Terminal, one_line
from litdesk.settings import Settings, load_settings

if TYPE_CHECKING:
    from litdesk.evaluate.cases import Case
    from litdesk.evaluate.judge_card import JudgeCard
    from litdesk.evaluate.judging import Judge
    from litdesk.evaluate.rows import Row
    from litdesk.verify.judge import EvidenceText

__all__ = ["EVAL_HELP", "eval_app"]

EVAL_HELP = "Measure how faithful the answers are, with intervals, and the judge first."

_RUN_HELP = """Ask the cases, judge the answers, and write a report.

Writes `results.jsonl`, `report.json`, `report.html`, `junit.xml`, `judge_card.json` and `exports/`
into the folder. A run that was broken off is taken up where it stopped.

**Examples**

- `litdesk eval run cases.jsonl -o runs/today`
- `litdesk eval run --answers runs/today -o runs/again`
- `litdesk eval run cases.jsonl --gate "citation_recall>=0.9" --gate "abstention_recall>=0.7"`

Exit codes: 0 every gate is met, 4 one is not, 5 one could not be measured.
"""
_COMPARE_HELP = """Compare two runs over the same questions.

Every measure gets a paired permutation test over questions, adjusted for there being several
(Holm), an interval, and the smallest difference that this many questions could show; then come the
cases and sentences that ended otherwise.

**Example**

- `litdesk eval compare runs/before runs/after`
"""
_JUDGE_HELP = """Measure the judge: what it sees of each kind of error.

Makes labelled pairs of the library's own abstracts by seeded errors, and reads any labelled file
(JSON lines with `claim`, `label` and `evidence`, `text` or `sentences`).

**Examples**

- `litdesk eval judge -o judge_card.json`
- `litdesk eval judge --labelled pairs.jsonl --split dev`
"""
_MAKE_HELP = """Make cases from the abstracts of the library, by rules.

Answerable questions, unanswerable twins (asked with their paper left out), and false premises. All
are marked as machine-made; look through them with `--review`.

**Examples**

- `litdesk eval make -o cases.jsonl`
- `litdesk eval make --review cases.jsonl`
"""

eval_app = typer.Typer(help=EVAL_HELP, rich_markup_mode="markdown", no_args_is_help=True)

JudgeName = Annotated[
    str | None,
    typer.Option(
        "--judge",
        metavar="SPEC",
        help="Who judges: auto (rules with the trained judge where it is there), rules, nli:MODEL, "
        "chat:PROVIDER:NAME, or several joined by +. Default: the verifier of the settings.",
    ),
]
JudgeFolder = Annotated[
    Path | None,
    typer.Option("--judge-folder", metavar="DIR", help="Folder of another trained judge."),
]


@eval_app.command(help=_RUN_HELP)
def run(  # noqa: PLR0913 (the options of a command are its interface)
    ctx: typer.Context,
    cases: Annotated[
        list[Path] | None,
        typer.Argument(metavar="CASES.jsonl", help="Files of cases.", show_default=False),
    ] = None,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="Folder of the run.")
    ] = Path("eval-run"),
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            metavar="FILE",
            help="Judge stored answers (results.jsonl, or ragas' fields) instead of asking.",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Questions asked at once.")] = 2,
    repeat: Annotated[int, typer.Option("--repeat", min=1, help="Ask each case this often.")] = 1,
    gate: Annotated[
        list[str] | None,
        typer.Option("--gate", metavar="EXPR", help='A condition, such as "citation_recall>=0.9".'),
    ] = None,
    accept_unseen: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-unseen",
            metavar="ERROR",
            help="Let gates rest on this kind of error though the judge does not see it.",
        ),
    ] = None,
    card: Annotated[
        Path | None,
        typer.Option(
            "--card", metavar="FILE", help="Judge card to stamp on the report; made if not given."
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline", metavar="FILE", help="Fail where a measure is worse than in this file."
        ),
    ] = None,
    save_baseline: Annotated[
        Path | None,
        typer.Option("--save-baseline", metavar="FILE", help="Write the measures to this file."),
    ] = None,
    prices: Annotated[
        str | None,
        typer.Option(
            "--prices", metavar="IN,OUT", help="Money for a million input and output tokens."
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

    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    if bool(cases) == bool(answers):
        raise typer.BadParameter(
            "name either files of cases or --answers", param_hint="CASES.jsonl"
        )
    gates = [Gate.parse(expression) for expression in gate or ()]
    money = _prices(prices)
    known = read_baseline(baseline) if baseline else None
    opened = _open_judge(judge, judge_folder, base_url)
    if answers:
        from litdesk.evaluate.rows import read_rows

        rows = read_rows(answers)
    else:
        settings = load_settings(model=model, base_url=base_url, library=library)
        rows = _ask(terminal, settings, cases or [], out=out, jobs=jobs, repeat=repeat)
    found = _card(terminal, card, opened, _texts_of(rows))
    with terminal.working("Judging the answers…"):
        report, judged = make_report(
            rows, opened, card=found, gates=gates, accepted=accept_unseen or (), prices=money
        )
        write_outputs(out, report, judged, card=found)
    if save_baseline:
        write_baseline(save_baseline, report)
    worse = worse_than(report, known) if known else []
    if as_json:
        terminal.write_json(report | {"worse_than_baseline": worse})
    else:
        _show_report(terminal, report, worse, out)
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


def _open_judge(name: str | None, folder: Path | None, base_url: str | None = None) -> "Judge":
    """Open the judge that the options name, else the verifier of the settings."""
    from litdesk.assistant import Assistant
    from litdesk.evaluate.judging import Judge

    settings = load_settings(base_url=base_url)
    named = settings.verification.model_dump()
    named |= {k: v for k, v in (("verifier", name), ("judge", folder)) if v is not None}
    return Judge(Assistant(load_settings(base_url=base_url, verification=named)).verifier)


def _ask(
    terminal: Terminal,
    settings: Settings,
    cases: Sequence[Path],
    *,
    out: Path,
    jobs: int,
    repeat: int,
) -> "list[Row]":
    from litdesk.evaluate.cases import read_cases
    from litdesk.evaluate.run import ask_cases

    read = read_cases(*cases)
    with terminal.assistant(settings) as assistant, _progress(terminal, "Asking") as progress:
        return ask_cases(
            assistant, read, path=out / "results.jsonl", jobs=jobs, repeat=repeat, progress=progress
        )


def _texts_of(rows: "Sequence[Row]") -> "list[EvidenceText]":
    found = {text.text: text for row in rows for text in row.texts().values() if text.text}
    return list(found.values())


def _card(
    terminal: Terminal, path: Path | None, judge: "Judge", texts: "Sequence[EvidenceText]"
) -> "JudgeCard | None":
    """Read the judge card, or make a small one of the texts that were retrieved."""
    from litdesk.errors import CaseFileError
    from litdesk.evaluate.judge_card import JudgeCard, make_card, make_pairs

    if path is None:
        if not texts:
            return None
        with _progress(terminal, "Measuring the judge") as progress:
            return make_card(judge, {"library": make_pairs(texts, per_kind=30)}, progress=progress)
    try:
        card = JudgeCard.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CaseFileError(
            f"{path} is no judge card.", remedy="Make one: litdesk eval judge -o FILE."
        ) from error
    if card.judge != judge.name:
        raise CaseFileError(
            f"{path} is the card of the judge {card.judge}, and {judge.name} judges here.",
            remedy="Make one for this judge: litdesk eval judge -o FILE.",
        )
    return card


def _show_report(
    terminal: Terminal, report: dict[str, Any], worse: Sequence[dict[str, Any]], out: Path
) -> None:
    counts = report["counts"]
    terminal.write(
        f"{counts['rows']} rows, {counts['answered']} answered, {counts['abstained']} abstained, "
        f"{counts['failed']} failed; judged by {report['provenance']['judge']}"
    )
    width = max(len(name) for name in report["measures"])
    for name, m in report["measures"].items():
        shown = (
            f"{m['value']:.3f}  {m['low']:.3f} – {m['high']:.3f}  n {m['n']}"
            if m["value"] is not None
            else f"not measured  n 0, not scored {m['unscored']}"
        )
        terminal.write(f"{name.ljust(width)}  {shown}")
    for check in report["gates"]:
        terminal.write(f"gate {check['gate']}: {check['outcome']} ({check['reason']})")
    for one in worse:
        terminal.write(one_line(f"worse than the baseline: {one['measure']}: {one['why']}"))
    terminal.note(f"Report: {out / 'report.html'}")


@eval_app.command(help=_COMPARE_HELP)
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
    from litdesk.evaluate.rows import read_rows

    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    first, second = read_rows(a), read_rows(b)
    with terminal.working("Comparing…"):
        found = compare_runs(first, second, _open_judge(judge, judge_folder))
    if as_json:
        terminal.write_json(found)
        return
    terminal.write(f"{found['questions']} questions in both runs; judged by {found['judge']}")
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
        if left := found[f"only_{side}"]:
            terminal.note(f"Only in {side.upper()}, not compared: {len(left)} questions")


@eval_app.command(name="judge", help=_JUDGE_HELP)
def judge_command(  # noqa: PLR0913 (the options of a command are its interface)
    ctx: typer.Context,
    labelled: Annotated[
        list[Path] | None,
        typer.Option("--labelled", metavar="FILE", help="A file of labelled pairs."),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option("--split", metavar="NAME", help="Only lines of the file with this split."),
    ] = None,
    per_kind: Annotated[
        int, typer.Option("--pairs", min=0, help="Pairs of each kind from the library; 0 for none.")
    ] = 60,
    seed: Annotated[int, typer.Option("--seed", help="Another seed makes other pairs.")] = 0,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE", help="Where to write the card.")
    ] = Path("judge_card.json"),
    judge: JudgeName = None,
    judge_folder: JudgeFolder = None,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Measure the judge."""
    from litdesk.errors import CaseFileError
    from litdesk.evaluate.judge_card import make_card, make_pairs, read_pairs
    from litdesk.evaluate.outputs import write_json
    from litdesk.verify.judge import EvidenceText

    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    sets = {path.name: read_pairs(path, split=split) for path in labelled or ()}
    if per_kind:
        with terminal.assistant(load_settings(library=library)) as assistant:
            papers = assistant.papers()
        texts = [EvidenceText(paper_id=p.paper_id, title=p.title, text=p.abstract) for p in papers]
        sets["library"] = make_pairs(texts, per_kind=per_kind, seed=seed)
    if not any(sets.values()):
        raise CaseFileError(
            "There is no pair to judge.", remedy="Ingest some papers, or correct --split."
        )
    opened = _open_judge(judge, judge_folder)
    with _progress(terminal, "Judging pairs") as progress:
        card = make_card(opened, sets, seed=seed, progress=progress)
    write_json(out, card.model_dump(mode="json"))
    if as_json:
        terminal.write_json(card.model_dump(mode="json"))
    else:
        _show_card(terminal, card)
        terminal.note(f"Judge card: {out}")


def _show_card(terminal: Terminal, card: "JudgeCard") -> None:
    for one in card.sets:
        alarms = "–" if one.false_alarms is None else f"{one.false_alarms:.3f}"
        terminal.write(
            f"{card.judge} on {one_line(one.name)}: {one.pairs} pairs, {one.faithful} faithful, "
            f"false alarms {alarms}"
        )
        if one.balanced_accuracy is not None and one.balanced_accuracy_interval is not None:
            low, high = one.balanced_accuracy_interval
            terminal.write(
                f"  balanced accuracy {one.balanced_accuracy:.3f} ({low:.3f} – {high:.3f}), "
                f"calibration error {one.calibration_error:.3f}, Brier {one.brier_score:.3f}"
            )
        for kind, k in one.kinds.items():
            if k.auroc is None or k.auroc_interval is None or k.recall_interval is None:
                terminal.write(f"  {one_line(kind):16} too few pairs (n {k.n})")
                continue
            terminal.write(
                f"  {one_line(kind):16} AUROC {k.auroc:.3f} ({k.auroc_interval[0]:.3f} – "
                f"{k.auroc_interval[1]:.3f})  found at 10 % false alarms {k.recall:.3f} "
                f"({k.recall_interval[0]:.3f} – {k.recall_interval[1]:.3f})  n {k.n}"
                + ("" if k.seen else "  NOT SEEN")
            )


@eval_app.command(help=_MAKE_HELP)
def make(  # noqa: PLR0913 (the options of a command are its interface)
    ctx: typer.Context,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE", help="Where to write the cases.")
    ] = Path("cases.jsonl"),
    count: Annotated[
        int, typer.Option("--count", min=1, help="About how many answerable questions.")
    ] = 30,
    seed: Annotated[int, typer.Option("--seed", help="Another seed makes other cases.")] = 0,
    review: Annotated[
        Path | None,
        typer.Option(
            "--review", metavar="FILE", help="Look through the machine-made cases of a file."
        ),
    ] = None,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Make cases from the abstracts of the library."""
    from litdesk.evaluate.cases import read_cases, write_cases
    from litdesk.evaluate.make import make_cases

    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    if review:
        cases = _review(terminal, read_cases(review), review)
        target = review
    else:
        if out.exists():
            raise typer.BadParameter(f"{out} exists already", param_hint="--out")
        with terminal.assistant(load_settings(library=library)) as assistant:
            cases = make_cases(assistant.papers(), count=count, seed=seed)
        write_cases(out, cases)
        target = out
    reviewed = sum(bool(case.reviewed) for case in cases)
    if as_json:
        terminal.write_json({"file": str(target), "cases": len(cases), "reviewed": reviewed})
    else:
        terminal.write(f"{len(cases)} cases in {target}, {reviewed} of them reviewed")


def _review(terminal: Terminal, cases: "Sequence[Case]", path: Path) -> "list[Case]":
    """Show each case that nobody has looked at; what is decided is written at once."""
    from litdesk.evaluate.cases import write_cases

    kept = list(cases)
    for case in cases:
        if not case.machine_made or case.reviewed:
            continue
        terminal.write(one_line(f"{case.id} ({case.category})"))
        terminal.write(one_line(case.user_input), label="  asks: ")
        terminal.write(one_line(case.reference or ""), label="  from: ")
        facts = "; ".join(" | ".join(fact) for fact in case.key_facts)
        terminal.write(one_line(facts or "nothing; it cannot be answered"), label="  must say: ")
        choice = typer.prompt("keep, drop, edit the question, later, quit", default="keep").lower()
        place = kept.index(case)
        if choice.startswith("q"):
            break
        if choice.startswith("d"):
            del kept[place]
        elif choice.startswith("e"):
            asked = typer.prompt("question", default=case.user_input)
            kept[place] = case.model_copy(update={"user_input": asked, "reviewed": True})
        elif choice.startswith("k"):
            kept[place] = case.model_copy(update={"reviewed": True})
        write_cases(path, kept)
    return kept


@contextmanager
def _progress(terminal: Terminal, what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, for people only."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeElapsedColumn as Elapsed

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Elapsed())
    hidden = not terminal.stderr.is_terminal
    with Progress(*columns, console=terminal.stderr, disable=hidden) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
