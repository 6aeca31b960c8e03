"""`litdesk ingest` and `litdesk papers`: what is in the library."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from litdesk.cli.options import AsJson, LibraryFolder, Verbose
from litdesk.cli.render import counted, ingest_paragraphs, paper_rows
from litdesk.cli.terminal import Terminal
from litdesk.ingest.instructions import flag_papers
from litdesk.settings import load_settings
from litdesk.types import IngestReport, Paper

__all__ = ["INGEST_HELP", "PAPERS_HELP", "ingest", "papers", "parse_years"]

INGEST_HELP = """Read papers from files and folders into the library.

These can be read: BibTeX (.bib), JSON lines (.jsonl: title, authors, year, abstract, …) and text
files of abstracts. A paper that is met twice is stored once; reading a file again changes nothing.
A record that cannot be read is named with its file and line, and the rest goes in.

**Examples**

- `litdesk ingest seeds/`
- `litdesk ingest references.bib notes/abstracts.txt`
- `litdesk ingest --library ~/thesis papers.jsonl`
"""

PAPERS_HELP = """List the papers of the library, or those that match.

QUERY is searched for in titles, other titles of the same paper, authors, abstracts and ids; a word
is found in any inflection.

**Examples**

- `litdesk papers`
- `litdesk papers "policy gradient"`
- `litdesk papers --author Vyas --year 2024-`
"""

_STEPS = {"read": "Reading files", "embed": "Embedding texts", "index": "Building the index"}
_YEARS = re.compile(r"(?P<first>\d{4})?\s*(?P<to>[-\u2013])?\s*(?P<last>\d{4})?")


def ingest(
    ctx: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", exists=True, help="Files, and folders of files."),
    ],
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Read papers from files and folders into the library."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    settings = load_settings(library=library)
    with terminal.assistant(settings) as assistant, _progress(terminal) as progress:
        report = assistant.ingest(paths, progress=progress)
    if as_json:
        terminal.write_json(report.model_dump(mode="json"))
    else:
        for paragraph in ingest_paragraphs(report):
            terminal.write(paragraph.body, label=paragraph.label)
        if report.added:
            terminal.note('Now ask it something: litdesk ask "…"')
    if _nothing_went_in(report):
        raise typer.Exit(1)


def papers(  # noqa: PLR0913 (the options of a command are its interface)
    ctx: typer.Context,
    query: Annotated[
        str,
        typer.Argument(metavar="QUERY", help="Words that a paper must have.", show_default=False),
    ] = "",
    author: Annotated[
        str | None,
        typer.Option("--author", metavar="NAME", help="Only papers by this author."),
    ] = None,
    year: Annotated[
        str | None,
        typer.Option(
            "--year", metavar="YEARS", help="Only papers of 2023, 2022-2025, 2022- or -2020."
        ),
    ] = None,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """List the papers of the library, or those that match."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    years = parse_years(year) if year is not None else (None, None)
    with terminal.assistant(load_settings(library=library)) as assistant:
        found = assistant.papers(query, author=author, years=years)
    flagged = {flag.paper_id for flag in flag_papers(found)}
    if as_json:
        listed = [_as_document(p) | {"flagged": p.paper_id in flagged} for p in found]
        terminal.write_json({"count": len(found), "papers": listed})
        return
    for row in paper_rows(found, flagged=flagged):
        terminal.write(row.body, label=row.label)
    terminal.note(_remark(len(found), filtered=bool(query or author or year)))


def _remark(count: int, *, filtered: bool) -> str:
    if count:
        return counted(count, "paper")
    if filtered:
        return "No paper of the library matches."
    return "The library is empty. Read some papers in: litdesk ingest FOLDER."


def _nothing_went_in(report: IngestReport) -> bool:
    return report.failed == report.records_in


def parse_years(text: str) -> tuple[int | None, int | None]:
    """Return the first and last year of an option.

    Args:
        text: Such as `2023`, `2022-2025`, `2022-` or `-2020`.

    Returns:
        Both ends, None where the range is open.

    Raises:
        BadParameter: If it is neither a year nor a range.
    """
    match = _YEARS.fullmatch(text.strip())
    if match and (match["first"] or match["last"]) and (match["to"] or not match["last"]):
        first = int(match["first"]) if match["first"] else None
        last = int(match["last"]) if match["last"] else None
        if not match["to"]:
            return first, first
        if first is None or last is None or first <= last:
            return first, last
    raise typer.BadParameter(
        f"{text!r} is not a year or a range of years, such as 2023, 2022-2025, 2022- or -2020.",
        param_hint="--year",
    )


def _as_document(paper: Paper) -> dict[str, object]:
    record = asdict(paper)
    versions = record.pop("versions")
    return record | {
        "authors": [author.name for author in paper.authors],
        "year": paper.year,
        "url": paper.link,
        "abstract": paper.abstract,
        "version": paper.version,
        "versions": len(versions),
    }


@contextmanager
def _progress(terminal: Terminal) -> Iterator[Callable[[str, int, int], None]]:
    """A bar a step on stderr, for people only."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
    from rich.progress import TimeElapsedColumn as Elapsed

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Elapsed(),
    )
    hidden = not terminal.stderr.is_terminal
    with Progress(*columns, console=terminal.stderr, disable=hidden) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(_STEPS.get(step, step), total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield progress
