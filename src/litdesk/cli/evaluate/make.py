"""`litdesk eval make`: cases from the library, and looking through them."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from litdesk.cli.evaluate.progress import progress_bar
from litdesk.cli.files import make_folder, writing
from litdesk.cli.options import AsJson, BaseUrl, LibraryFolder, Verbose
from litdesk.cli.render import counted
from litdesk.cli.terminal import Terminal, one_line
from litdesk.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.assistant import Assistant
    from litdesk.evaluate.cases import Case
    from litdesk.evaluate.make import Made
    from litdesk.evaluate.make_by_model import CaseWriter

__all__ = ["MAKE_HELP", "make"]

MAKE_HELP = """Make cases from the abstracts of the library, by rules or with a chat model.

Answerable questions, unanswerable twins (asked with their paper left out), and false premises. With
a model it writes the answerable ones, and code holds each against its abstract; where that fails,
rules make the case. All are marked as machine-made; look through them with `--review`.

**Examples**

- `litdesk eval make -o cases.jsonl`
- `litdesk eval make -o cases.jsonl --model openai:NAME`
- `litdesk eval make --review cases.jsonl`
"""
_KEEP, _DROP, _EDIT, _LATER, _QUIT = "keep", "drop", "edit", "later", "quit"
_CHOICES = (_KEEP, _DROP, _EDIT, _LATER, _QUIT)


def make(  # noqa: PLR0913 (the options of a command are its interface)
    ctx: typer.Context,
    out: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            "--out",
            dir_okay=False,
            metavar="FILE",
            help="Where to write the cases.",
        ),
    ] = Path("cases.jsonl"),
    count: Annotated[
        int, typer.Option("--count", min=1, help="About how many answerable questions.")
    ] = 30,
    seed: Annotated[int, typer.Option("--seed", help="Another seed makes other cases.")] = 0,
    review: Annotated[
        Path | None,
        typer.Option(
            "--review",
            metavar="FILE",
            help="Look through the machine-made cases of a file: keep, drop or edit each.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="PROVIDER:NAME",
            help="Chat model that writes the answerable questions, as for litdesk ask. "
            "Default: LITDESK_MODEL; without one, rules write them.",
        ),
    ] = None,
    base_url: BaseUrl = None,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Make cases from the abstracts of the library."""
    from litdesk.evaluate.cases import read_cases
    from litdesk.evaluate.files import write_lines
    from litdesk.evaluate.make import make_cases

    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    if review:
        cases = _review(terminal, read_cases(review), review)
        _say(terminal, review, cases)
        return
    if out.exists():
        raise typer.BadParameter(f"{out} exists already", param_hint="--output")
    make_folder(out.parent)
    settings = load_settings(model=model, base_url=base_url, library=library)
    with terminal.assistant(settings) as assistant, progress_bar(terminal, "Writing") as progress:
        made = make_cases(
            assistant.papers(),
            count=count,
            seed=seed,
            writer=_case_writer(assistant),
            progress=progress,
        )
    with writing(out):
        write_lines(out, made.cases)
    _say(terminal, out, made.cases, made)


def _case_writer(assistant: "Assistant") -> "CaseWriter | None":
    from litdesk.evaluate.make_by_model import CaseWriter

    writer = assistant.model_writer
    if writer is None:
        return None
    return CaseWriter(
        model=writer.model,
        name=writer.name,
        deadlines=writer.deadlines,
        meter=partial(assistant.usage_log.record, purpose="cases"),
    )


def _say(
    terminal: Terminal, path: Path, cases: "Sequence[Case]", made: "Made | None" = None
) -> None:
    reviewed = sum(bool(case.reviewed) for case in cases)
    if terminal.as_json:
        told = {"file": str(path), "cases": len(cases), "reviewed": reviewed}
        if made:
            told |= {"by_model": made.by_model, "refused": dict(made.refused)}
        terminal.write_json(told)
        return
    terminal.write(f"{counted(len(cases), 'case')} in {path}, {reviewed} of them reviewed")
    if made and (made.by_model or made.refused):
        refused = sum(made.refused.values())
        questions = counted(made.by_model, "question")
        terminal.write(f"{questions} by the model; replies not used: {refused}")
        for why, times in made.refused.most_common():
            terminal.write(one_line(why), label=f"{times:5}: ")


def _review(terminal: Terminal, cases: "list[Case]", path: Path) -> "list[Case]":
    """Show each case that nobody has looked at; what is decided is written at once."""
    from litdesk.evaluate.files import write_lines
    from litdesk.evaluate.review import drop_case, keep_case, waiting

    left = waiting(cases)
    for number, shown in enumerate(left, start=1):
        # a twin may have gone, or ask otherwise, since its case was decided
        case = next((case for case in cases if case.id == shown.id), None)
        if case is None:
            continue
        _show(terminal, case, f"{number} of {len(left)}")
        choice = _choose()
        if choice == _QUIT:
            break
        if choice == _KEEP:
            cases = keep_case(cases, case.id)
        elif choice == _DROP:
            cases = drop_case(cases, case.id)
        elif choice == _EDIT:
            cases = _edit(cases, case)
        write_lines(path, cases)
    return cases


def _edit(cases: "list[Case]", case: "Case") -> "list[Case]":
    from litdesk.evaluate.review import edit_case

    question = typer.prompt("question", default=case.user_input)
    reference = typer.prompt("right answer", default=case.reference or "")
    facts = typer.prompt("key facts, parted by ;  (other words for one by |)", default=_facts(case))
    return edit_case(
        cases,
        case.id,
        question=question,
        reference=reference,
        key_facts=tuple(
            tuple(phrase.strip() for phrase in fact.split("|") if phrase.strip())
            for fact in facts.split(";")
            if fact.strip(" |")
        ),
    )


def _show(terminal: Terminal, case: "Case", place: str) -> None:
    terminal.write()
    terminal.write(
        one_line(f"{place}: {case.id} ({case.category}, by {case.maker or 'a machine'})")
    )
    terminal.write(one_line(case.user_input), label="  asks:      ")
    if case.without:
        terminal.write(one_line(", ".join(case.without)), label="  without:   ")
    if case.answerable:
        terminal.write(one_line(case.reference or ""), label="  answer:    ")
        terminal.write(one_line(_facts(case)), label="  must say:  ")
    else:
        corrects = f"correct it by saying {_facts(case)}" if case.key_facts else "not answer"
        terminal.write(one_line(f"decline, or {corrects}"), label="  must:      ")
    for sentence in case.gold_sentences:
        terminal.write(one_line(sentence), label="  abstract:  ")


def _facts(case: "Case") -> str:
    return "; ".join(" | ".join(fact) for fact in case.key_facts)


def _choose() -> str:
    while True:
        said = str(typer.prompt(" / ".join(_CHOICES), default=_KEEP)).strip().lower()
        for choice in _CHOICES:
            if said and choice.startswith(said):
                return choice
