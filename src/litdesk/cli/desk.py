"""`litdesk ui` and `litdesk doctor`: the page, and the state of the installation."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.text import Text

from litdesk.cli.options import AsJson, BaseUrl, LibraryFolder, Model, Verbose
from litdesk.cli.render import Paragraph
from litdesk.cli.terminal import Terminal, one_line
from litdesk.doctor import Diagnosis, RelevanceState, VerifierState, examine
from litdesk.settings import load_settings

__all__ = ["DOCTOR_HELP", "UI_HELP", "doctor", "ui"]

UI_HELP = """Open the chat page in the browser.

The page is served to this machine only; its address is printed. Ctrl-C stops it.

**Examples**

- `litdesk ui`
- `litdesk ui --port 0 --no-browser`
- `litdesk ui --library ~/thesis`
"""

DOCTOR_HELP = """Say what is installed and in use, and what to do about each problem.

That is: versions, the writer, the embedding model, the verifier, the relevance model, the library
and its index, room on the disk, and whether anything would leave this machine. Nothing is changed.
The exit code is 1 if a problem stops litdesk from working.

**Examples**

- `litdesk doctor`
- `litdesk doctor --model ollama:qwen2.5`
- `litdesk doctor --json`
"""

_PAGE = "litdesk._app"
_CHECKOUT = Path(__file__).parents[3] / "app"


def ui(  # noqa: PLR0913 (the options of a command are its interface)
    ctx: typer.Context,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            help="Port of the page, 0 for any free one. Default: LITDESK_APP__PORT, else 7860.",
        ),
    ] = None,
    no_browser: Annotated[
        bool,
        typer.Option(
            "--no-browser", metavar="", help="Print the address without opening the browser."
        ),
    ] = False,
    model: Model = None,
    base_url: BaseUrl = None,
    library: LibraryFolder = None,
    verbose: Verbose = False,
) -> None:
    """Open the chat page in the browser."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(verbose=verbose)
    settings = load_settings(model=model, base_url=base_url, library=library)
    with terminal.assistant(settings) as assistant:
        with terminal.working("Getting the page ready…"):
            server = _load_page()
        with redirect_stdout(terminal.out):
            server.serve(
                assistant,
                host=settings.app.host,
                port=settings.app.port if port is None else port,
                open_browser=not no_browser,
            )


def doctor(
    ctx: typer.Context,
    model: Model = None,
    base_url: BaseUrl = None,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Say what is installed and in use, and what to do about each problem."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    settings = load_settings(model=model, base_url=base_url, library=library)
    with terminal.working("Looking…"):
        diagnosis = examine(settings)
    if as_json:
        terminal.write_json(diagnosis.model_dump(mode="json"))
    else:
        for paragraph in _paragraphs(diagnosis):
            terminal.write(paragraph.body, label=paragraph.label)
    if not diagnosis.ok:
        raise typer.Exit(1)


def _load_page() -> ModuleType:
    """The server of the page: from the wheel, or from the folder of the checkout."""
    if importlib.util.find_spec(_PAGE) is None:
        spec = importlib.util.spec_from_file_location(_PAGE, _CHECKOUT / "__init__.py")
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(_PAGE)
        package = importlib.util.module_from_spec(spec)
        sys.modules[_PAGE] = package
        spec.loader.exec_module(package)
    return importlib.import_module(f"{_PAGE}.server")


def _paragraphs(diagnosis: Diagnosis) -> Iterator[Paragraph]:
    yield Paragraph(
        Text(
            f"litdesk {diagnosis.litdesk}, Python {diagnosis.python}, {diagnosis.platform}",
            style="bold",
        )
    )
    yield Paragraph(Text())
    for name, finding in _findings(diagnosis):
        yield Paragraph(Text(one_line(finding)), f"{name:<12} ")
    yield Paragraph(Text())
    if not diagnosis.problems:
        yield Paragraph(Text("No problems.", style="green"))
    for problem in diagnosis.problems:
        kind = ("Problem: ", "bold red") if problem.stops else ("Note: ", "bold yellow")
        said = Text(f"{one_line(problem.message)} {one_line(problem.remedy)}")
        yield Paragraph(Text.assemble(kind).append_text(said))


def _findings(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    writer, embedding = diagnosis.writer, diagnosis.embedding
    library, index = diagnosis.library, diagnosis.index
    yield "Writer", writer.model or "litdesk itself, by quotation; no chat model"
    checked = f"{embedding.fingerprint[:19]}…" if embedding.fingerprint else "not readable"
    yield "Embedding", f"{embedding.model} ({checked})"
    yield "Verifier", _verifier(diagnosis.verifier)
    yield "Relevance", _relevance(diagnosis.relevance)
    counts = f"{library.papers} papers, {library.chunks} chunks" if library.papers else "no papers"
    yield "Library", f"{library.folder} ({library.store}): {counts}"
    yield "Index", f"{index.store}: {index.state}"
    room = "" if library.writable else ", cannot be written"
    yield "Disk", f"{_size(library.bytes_used)} used, {_size(library.bytes_free)} free{room}"
    yield "Network", " ".join(diagnosis.leaves_machine) or "Nothing leaves this machine."
    for extra, state in diagnosis.extras.items():
        install = f"not installed; to add it: pip install 'litdesk[{extra}]'"
        yield f"[{extra}]", _versions(state.packages) if state.installed else install
    yield "Packages", _versions(diagnosis.packages)


def _relevance(relevance: RelevanceState) -> str:
    state = f"sha256:{relevance.sha256[:12]}…" if relevance.sha256 else "not used"
    return f"{state} ({relevance.folder})"


def _verifier(verifier: VerifierState) -> str:
    if verifier.condition == "not used":
        return f"{verifier.judge}; the trained judge is not used"
    where = f"{verifier.judge} (trained judge in {verifier.folder}: "
    if verifier.bytes is None or verifier.sha256 is None:
        return f"{where}{verifier.condition})"
    calibrated = "calibrated" if verifier.calibrated else "not calibrated"
    digest = f"sha256:{verifier.sha256[:12]}… as in its manifest"
    return f"{where}{_size(verifier.bytes)}, {digest}, {calibrated})"


def _versions(packages: dict[str, str | None]) -> str:
    return ", ".join(f"{name} {found or 'MISSING'}" for name, found in packages.items())


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
