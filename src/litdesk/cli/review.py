"""`litdesk review`, `topics` and `export`: reviews, the library's map, references."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from litdesk.cli.corpus import parse_years
from litdesk.cli.files import check_place, writing
from litdesk.cli.options import AsJson, BaseUrl, LibraryFolder, Model, Verbose
from litdesk.cli.render import counted
from litdesk.cli.terminal import Terminal, one_line, plain
from litdesk.errors import QuestionError
from litdesk.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.review.results import Review, Scope
    from litdesk.types import Paper

__all__ = ["EXPORT_HELP", "REVIEW_HELP", "TOPICS_HELP", "export", "review", "topics"]

REVIEW_HELP = """Write a literature review of a topic from the papers of the library.

Themes, a table, open questions and disagreements, every sentence a quotation or counted from the
records; and what was found and not used, with the reason. With a chat model the sections are prose,
checked sentence by sentence.

**Examples**

- `litdesk review "optimizers for language models"`
- `litdesk review "optimizers" -o review.md --bib refs.bib`
- `litdesk review --update review.json -o review.docx`
- `litdesk review --update review.json --cite vyas2024soap -o review.json`
"""
TOPICS_HELP = """Show the map of the library: its topics, each with papers and years."""
EXPORT_HELP = """Write references for LaTeX, citation managers and pandoc.

The ending of the file decides: `.bib`, `.ris` or `.json` (CSL-JSON). Keys are the ids of papers.

**Examples**

- `litdesk export library.bib`
- `litdesk export some.ris --papers "policy gradient"`
"""
_FILES = "Files to write"
_SCOPE = "Which papers"
_ENDINGS = (".md", ".docx", ".json")
_REFERENCE_ENDINGS = (".bib", ".ris", ".json")


def review(  # noqa: PLR0913 (the options of a command are its interface)
    ctx: typer.Context,
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC", help="What it is about.", show_default=False)
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", dir_okay=False, metavar="FILE", help="A .md, .docx or .json file.",
            rich_help_panel=_FILES,
        ),
    ] = None,
    bib: Annotated[
        Path | None,
        typer.Option(
            "--bib", dir_okay=False, metavar="FILE", rich_help_panel=_FILES,
            help="The cited papers as .bib, .ris or .json (CSL-JSON).",
        ),
    ] = None,
    update: Annotated[
        Path | None,
        typer.Option(
            "--update", exists=True, dir_okay=False, metavar="REVIEW.json",
            help="Bring an earlier review up to date; what did not change is kept.",
        ),
    ] = None,
    year: Annotated[
        str | None,
        typer.Option("--year", metavar="YEARS", help="2023, 2022-2025, 2022- or -2020.",
                     rich_help_panel=_SCOPE),
    ] = None,
    author: Annotated[
        str | None,
        typer.Option("--author", metavar="NAME", help="Only papers by this author.",
                     rich_help_panel=_SCOPE),
    ] = None,
    category: Annotated[
        str | None,
        typer.Option("--category", metavar="CODE", help="Only papers of this category, such as LG.",
                     rich_help_panel=_SCOPE),
    ] = None,
    max_papers: Annotated[
        int | None,
        typer.Option("--max-papers", min=1, max=500, metavar="N", rich_help_panel=_SCOPE,
                     help="Cite at most this many; the others are listed."),
    ] = None,
    cite: Annotated[
        list[str] | None,
        typer.Option("--cite", metavar="KEY", rich_help_panel=_SCOPE, show_default=False,
                     help="Cite this paper, too; may be given again."),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option("--leave-out", metavar="KEY", rich_help_panel=_SCOPE, show_default=False,
                     help="Do not cite this one; may be given again."),
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace", metavar="", help="Say on stderr what each step did.")
    ] = False,
    model: Model = None,
    base_url: BaseUrl = None,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:  # fmt: skip
    """Write a literature review of a topic from the papers of the library."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    _check_ending(output, _ENDINGS, "--output")
    _check_ending(bib, _REFERENCE_ENDINGS, "--bib")
    check_place(output, bib)
    if bib is not None and bib.resolve() in {f.resolve() for f in (output, update) if f}:
        raise typer.BadParameter(f"{bib.name} is the file of the review.", param_hint="--bib")
    settings = load_settings(model=model, base_url=base_url, library=library)
    if both := set(cite or ()) & set(leave_out or ()):
        raise typer.BadParameter(f"{min(both)!r} is to be cited, too.", param_hint="--leave-out")
    before = _read_review(update) if update else None
    years = parse_years(year) if year is not None else (None, None)
    limit = max_papers if before else max_papers or settings.review.max_papers
    scope = _scope(topic, before, years, (author, category), limit).naming(
        cite=cite or (), leave_out=leave_out or ()
    )
    with terminal.assistant(settings) as assistant, _progress(terminal) as progress:
        written = assistant.review(scope, before=before, progress=progress)
        cited = [assistant.paper(reference.paper_id) for reference in written.references]
    if trace or verbose:
        for line in written.trace:
            terminal.note(one_line(line))
        timings = ", ".join(f"{step} {ms:.0f} ms" for step, ms in written.timings_ms.items())
        terminal.note(one_line(timings))
    _deliver(terminal, written, output)
    if bib is not None:
        _write_references(terminal, cited, bib)


def _deliver(terminal: Terminal, written: "Review", output: Path | None) -> None:
    from litdesk.review.markdown import to_markdown
    from litdesk.review.saving import save_review

    if output is not None:
        with writing(output):
            save_review(written, output)
    if terminal.as_json:
        terminal.write_json(written.model_dump(mode="json"))
    elif output is None or written.status == "nothing":
        for line in to_markdown(written).splitlines():
            terminal.write(plain(line))
    if output is not None and written.status != "nothing":
        _announce(terminal, written, output)


def _announce(terminal: Terminal, written: "Review", output: Path) -> None:
    unused = len(written.candidates_by("not used"))
    terminal.note(
        one_line(f"{written.title} is in {output}; {unused} more were found and not used.")
    )
    if written.changes is not None:
        new = ", ".join(written.changes.added) or "no paper"
        terminal.note(
            one_line(
                f"New: {new}. {counted(len(written.changes.rewritten), 'section')} written anew, "
                f"{len(written.changes.kept)} kept."
            )
        )


def topics(
    ctx: typer.Context,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Show the map of the library: its topics, each with papers and years."""
    from litdesk.review.layout import describe

    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    settings = load_settings(library=library)
    with terminal.assistant(settings) as assistant, terminal.working("Mapping the library…"):
        clusters = assistant.topics()
    if as_json:
        terminal.write_json({"topics": [cluster.model_dump(mode="json") for cluster in clusters]})
        return
    for cluster in clusters:
        terminal.write(one_line(describe(cluster)), label="- ")


def export(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", dir_okay=False, help="A .bib, .ris or .json file to write."),
    ],
    papers: Annotated[
        str, typer.Option("--papers", metavar="QUERY", help="Only papers that have these words.")
    ] = "",
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Write references for LaTeX, citation managers and pandoc."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    _check_ending(file, _REFERENCE_ENDINGS, "FILE")
    check_place(file)
    with terminal.assistant(load_settings(library=library)) as assistant:
        found = sorted(assistant.papers(papers), key=lambda paper: paper.paper_id)
    _write_references(terminal, found, file)
    if as_json:
        terminal.write_json({"file": str(file), "papers": [paper.paper_id for paper in found]})


def _check_ending(file: Path | None, known: tuple[str, ...], hint: str) -> None:
    if file is not None and file.suffix.lower() not in known:
        raise typer.BadParameter(
            f"{file.name!r} does not end in {', '.join(known)}.", param_hint=hint
        )


def _scope(
    topic: str,
    before: "Review | None",
    years: tuple[int | None, int | None],
    who: tuple[str | None, str | None],
    limit: int | None,
) -> "Scope":
    """The scope that was asked for; an update keeps what is not named again."""
    from litdesk.review.results import Scope

    asked = {
        "topic": topic,
        "first_year": years[0],
        "last_year": years[1],
        "author": who[0],
        "category": who[1],
        "max_papers": limit,
    }
    given = {name: value for name, value in asked.items() if value not in (None, "")}
    if before is not None:
        if topic.strip() and topic.strip() != before.scope.topic:
            raise typer.BadParameter(
                f"The review to update is about {before.scope.topic!r}; another topic is another "
                "review.",
                param_hint="TOPIC",
            )
        return before.scope.model_copy(update=given)
    if not topic.strip():
        raise typer.BadParameter("Name a topic, or a review to --update.", param_hint="TOPIC")
    return Scope.model_validate(given)


def _read_review(path: Path) -> "Review":
    from pydantic import ValidationError

    from litdesk.review.results import Review

    try:
        return Review.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise QuestionError(
            f"{path.name} is not a review that litdesk wrote.",
            remedy="Give the .json file that `litdesk review -o review.json` wrote.",
        ) from error


def _write_references(terminal: Terminal, papers: "Sequence[Paper]", path: Path) -> None:
    from litdesk.export import save_papers

    with writing(path):
        save_papers(papers, path)
    terminal.note(one_line(f"{counted(len(papers), 'reference')} in {path}."))


@contextmanager
def _progress(terminal: Terminal) -> Iterator[Callable[[str, int, int], None]]:
    """The step that is being done, on stderr, for people only."""
    from litdesk.review.layout import in_progress

    if not terminal.stderr.is_terminal:
        yield lambda *_: None
        return
    with terminal.stderr.status("Opening the library…") as status:

        def progress(step: str, done: int, total: int) -> None:
            status.update(in_progress(step, done, total))

        yield progress
