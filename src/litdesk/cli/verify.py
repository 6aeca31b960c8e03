"""`litdesk verify`: a cited text that litdesk did not write, checked against the library."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from litdesk.cli.evaluate.judging import JudgeFolder, JudgeName, judge_settings
from litdesk.cli.options import AsJson, BaseUrl, LibraryFolder, Verbose
from litdesk.cli.render import Paragraph, counted
from litdesk.cli.terminal import Terminal, one_line
from litdesk.errors import CitedTextError
from litdesk.types import Citation, Verdict

if TYPE_CHECKING:
    from litdesk.verifying.cited_text import CitedText
    from litdesk.verifying.results import CheckedText, TextSentence

__all__ = ["VERIFY_HELP", "verify"]

VERIFY_HELP = """Check a cited text against the papers of the library, sentence by sentence.

The text is Markdown, plain text or Word, yours or a program's. It cites by key, as pandoc does
(`[@key]`, `[@a; @b, p. 3]`, `@key says`), or by number (`[1]`, `[2-4]`) with a list of references
at its end. Keys are the ids of papers, or those of a .bib file. For each sentence you get the
verdict, the words that it rests on, the reason, and who judged.

**Examples**

- `litdesk verify related-work.md --bib refs.bib`
- `litdesk verify review.md --strict`
- `litdesk verify - --json < answer.md`

Exit codes: 0 checked; with `--strict` 4 if a sentence is contradicted or unsupported or cites a
number that the list does not have, 5 if no sentence could be judged.
"""
_STYLES = {
    Verdict.SUPPORTED: "green",
    Verdict.CONTRADICTED: "bold red",
    Verdict.UNSUPPORTED: "red",
    Verdict.UNCERTAIN: "yellow",
    Verdict.UNCHECKED: "dim",
}
_INDENT = "    "


def verify(  # noqa: PLR0913 (the options of a command are its interface)
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            allow_dash=True,
            help="A .md, .txt or .docx file; - for Markdown on standard input.",
        ),
    ],
    bib: Annotated[
        Path | None,
        typer.Option(
            "--bib",
            metavar="REFS.bib",
            dir_okay=False,
            help="A .bib file that has the keys of the text that are not ids of papers.",
        ),
    ] = None,
    uncited: Annotated[
        bool,
        typer.Option(
            "--uncited",
            metavar="",
            help="Search the whole library for papers that support sentences that cite nothing.",
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", metavar="", help="Exit with 4 where a sentence fails, for use in CI."
        ),
    ] = False,
    judge: JudgeName = None,
    judge_folder: JudgeFolder = None,
    base_url: BaseUrl = None,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Check a cited text against the papers of the library, sentence by sentence."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    text = _load(file)
    if not text.cites and not uncited:
        raise CitedTextError(
            f"{text.name} cites nothing in its {counted(len(text.sentences), 'sentence')}.",
            remedy="Cite as [@key], @key or [1] with a list of references, or use --uncited.",
        )
    settings = judge_settings(judge, judge_folder, base_url=base_url, library=library)
    with terminal.assistant(settings) as assistant, _progress(terminal) as progress:
        checked = assistant.verify(text, bib=bib, uncited=uncited, progress=progress)
    if as_json:
        terminal.write_json(checked.model_dump(mode="json"))
    else:
        for paragraph in _paragraphs(checked):
            terminal.write(paragraph.body, label=paragraph.label)
    if strict and checked.failed:
        raise typer.Exit(4)
    if strict and not checked.judged:
        raise typer.Exit(5)


def _load(file: Path) -> "CitedText":
    from litdesk.verifying.cited_text import load_cited_text

    if str(file) == "-":
        return load_cited_text(Path("standard input"), raw=sys.stdin.buffer.read())
    return load_cited_text(file)


@contextmanager
def _progress(terminal: Terminal) -> Iterator[Callable[[int, int], None] | None]:
    from rich.progress import Progress

    if not terminal.stderr.is_terminal:
        yield None
        return
    with Progress(console=terminal.stderr, transient=True) as bar:
        task = bar.add_task("Checking")
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _paragraphs(checked: "CheckedText") -> Iterator[Paragraph]:
    counts = ", ".join(f"{n} {verdict}" for verdict, n in checked.counts.items() if n)
    yield Paragraph(
        Text(
            f"{one_line(checked.file)}: {counted(len(checked.sentences), 'sentence')}, {counts}; "
            f"judged by {one_line(checked.judge)}",
            style="bold",
        )
    )
    for sentence in checked.sentences:
        yield Paragraph(Text())
        yield from _sentence(sentence, checked)
    missing = [r for r in checked.references if r.status != "ok"]
    if missing:
        yield Paragraph(Text())
        yield Paragraph(Text("Cited, but not found", style="bold"))
    for reference in missing:
        told = f"{reference.cited_as} ({checked.unit} {reference.line}): {reference.status}"
        entry = f": {reference.entry}" if reference.entry else ""
        yield Paragraph(Text(one_line(told + entry)), "  ")


def _sentence(sentence: "TextSentence", checked: "CheckedText") -> Iterator[Paragraph]:
    place = Text(f"{checked.unit} {sentence.line}: ", style="dim")
    verdict = Text(sentence.verdict.value, style=_STYLES[sentence.verdict])
    yield Paragraph(place + verdict + Text(f"  {one_line(sentence.text)}"))
    said = one_line(sentence.reason)
    if sentence.verifier:
        score = "" if sentence.score is None else f", {sentence.score:.2f}"
        said += f" ({one_line(sentence.verifier)}{score})"
    yield Paragraph(Text(said), _INDENT)
    cited_as = {r.marker: r.cited_as for r in checked.references}
    for citation in sentence.citations:
        if citation.status == "ok":
            yield _evidence(citation, cited_as[citation.marker])
    if found := sentence.elsewhere:
        where = _characters(found.paper_id, found.start, found.end)
        yield Paragraph(where + _quoted(found.quote), f"{_INDENT}elsewhere: ")


def _evidence(citation: Citation, cited_as: str) -> Paragraph:
    paper_id = citation.paper_id or ""
    who = paper_id if cited_as == f"@{paper_id}" else f"{cited_as} {paper_id}"
    if citation.start is None or citation.end is None:
        where = Text(f"{one_line(who)}, its record: ")
    else:
        where = _characters(who, citation.start, citation.end)
    return Paragraph(where + _quoted(citation.quote), _INDENT)


def _characters(who: str, start: int, end: int) -> Text:
    return Text(f"{one_line(who)}, characters {start}–{end}: ")


def _quoted(quote: str) -> Text:
    return Text(f"“{one_line(quote)}”", style="italic")
