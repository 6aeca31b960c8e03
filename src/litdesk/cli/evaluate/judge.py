"""`litdesk eval judge`: what the judge sees, by kind of error."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from litdesk.cli.evaluate.judging import JudgeFolder, JudgeName, judge_settings, open_judge
from litdesk.cli.evaluate.progress import progress_bar
from litdesk.cli.files import make_folder, writing
from litdesk.cli.options import AsJson, LibraryFolder, Verbose
from litdesk.cli.terminal import Terminal, one_line
from litdesk.errors import CaseFileError
from litdesk.settings import load_settings

if TYPE_CHECKING:
    from litdesk.evaluate.judge_card import JudgeCard, KindCard
    from litdesk.evaluate.judge_pairs import LabelledPair

__all__ = ["JUDGE_HELP", "judge"]

JUDGE_HELP = """Measure the judge: what it sees of each kind of error.

Makes labelled pairs of the library's own abstracts by seeded errors, and reads any labelled file
(JSON lines with `claim`, `label` and `evidence`, `text` or `sentences`).

**Examples**

- `litdesk eval judge -o judge_card.json`
- `litdesk eval judge --labelled pairs.jsonl --split dev --pairs 0`
"""


def judge(  # noqa: PLR0913 (the options of a command are its interface)
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
        Path,
        typer.Option(
            "-o",
            "--output",
            "--out",
            dir_okay=False,
            metavar="FILE",
            help="Where to write the card.",
        ),
    ] = Path("judge_card.json"),
    judge_name: JudgeName = None,
    judge_folder: JudgeFolder = None,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Measure the judge."""
    from litdesk.evaluate.files import write_json
    from litdesk.evaluate.judge_card import make_card

    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    sets = _read_sets(labelled or (), split)
    if per_kind:
        sets["library"] = _pairs_of_library(terminal, library, per_kind=per_kind, seed=seed)
    if not any(sets.values()):
        raise CaseFileError(
            "There is no pair to judge.",
            remedy="Ingest some papers, or name a file of pairs with --labelled.",
        )
    make_folder(out.parent)
    opened = open_judge(judge_settings(judge_name, judge_folder, library=library))
    with progress_bar(terminal, "Judging pairs") as progress:
        card = make_card(opened, sets, seed=seed, progress=progress)
    with writing(out):
        write_json(out, card.model_dump(mode="json"))
    if as_json:
        terminal.write_json(card.model_dump(mode="json"))
    else:
        _show(terminal, card)
        terminal.note(f"Judge card: {out}")


def _read_sets(paths: Sequence[Path], split: str | None) -> "dict[str, list[LabelledPair]]":
    from litdesk.evaluate.judge_pairs import read_pairs

    sets: dict[str, list[LabelledPair]] = {}
    for path in paths:
        if path.name in sets:
            raise typer.BadParameter(f"two files are named {path.name}", param_hint="--labelled")
        sets[path.name] = read_pairs(path, split=split)
        if not sets[path.name]:
            raise CaseFileError(
                f"{path} has no line whose field split is {split!r}.", remedy="Correct --split."
            )
    return sets


def _pairs_of_library(
    terminal: Terminal, library: Path | None, *, per_kind: int, seed: int
) -> "list[LabelledPair]":
    from litdesk.evaluate.judge_pairs import make_pairs
    from litdesk.verify.judge import EvidenceText

    with terminal.assistant(load_settings(library=library)) as assistant:
        papers = assistant.papers()
    texts = [EvidenceText(paper_id=p.paper_id, title=p.title, text=p.abstract) for p in papers]
    return make_pairs(texts, per_kind=per_kind, seed=seed)


def _show(terminal: Terminal, card: "JudgeCard") -> None:
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
        for kind, found in one.kinds.items():
            terminal.write(f"  {one_line(kind):16} {_in_words(found)}")


def _in_words(found: "KindCard") -> str:
    if found.auroc is None or found.auroc_interval is None or found.recall_interval is None:
        return f"too few pairs (n {found.n})"
    return (
        f"AUROC {found.auroc:.3f} ({found.auroc_interval[0]:.3f} – {found.auroc_interval[1]:.3f})  "
        f"found at 10 % false alarms {found.recall:.3f} "
        f"({found.recall_interval[0]:.3f} – {found.recall_interval[1]:.3f})  n {found.n}"
        + ("" if found.seen else "  NOT SEEN")
    )
