"""The command line: reads options, calls the assistant, and lays out what it returns.

`main` is the one place where an error becomes a message and an exit code.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from litdesk.cli.chat import CHAT_HELP, chat
from litdesk.cli.conversations import conversations
from litdesk.cli.corpus import INGEST_HELP, PAPERS_HELP, ingest, papers
from litdesk.cli.desk import DOCTOR_HELP, UI_HELP, doctor, ui
from litdesk.cli.evaluate import EVAL_HELP, eval_app
from litdesk.cli.questions import ASK_HELP, ask
from litdesk.cli.review import EXPORT_HELP, REVIEW_HELP, TOPICS_HELP, export, review, topics
from litdesk.cli.terminal import Terminal
from litdesk.cli.usage import USAGE_HELP, usage
from litdesk.cli.verify import VERIFY_HELP, verify
from litdesk.errors import LitdeskError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "main"]

_READ, _ASK, _CHECK = "Your papers", "Ask them", "Check the installation"
_MEASURE = "Measure the answers"
_HELP = """Ask your own papers: every sentence of an answer has a checked quotation behind it.

**Start here**

- `litdesk ingest seeds/` reads papers into the library,
- `litdesk ask "What is SOAP?"` asks them,
- `litdesk ui` opens the chat page in the browser.
"""


app = typer.Typer(
    help=_HELP,
    epilog="Settings: LITDESK_… variables or a .env file. "
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the library is in use, "
    "4 a gate is not met, 5 could not measure.",
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(help=INGEST_HELP, rich_help_panel=_READ)(ingest)
app.command(help=PAPERS_HELP, rich_help_panel=_READ)(papers)
app.command(help=TOPICS_HELP, rich_help_panel=_READ)(topics)
app.command(help=EXPORT_HELP, rich_help_panel=_READ)(export)
app.command(help=ASK_HELP, rich_help_panel=_ASK)(ask)
app.command(help=CHAT_HELP, rich_help_panel=_ASK)(chat)
app.add_typer(conversations, name="conversations", rich_help_panel=_ASK)
app.command(help=REVIEW_HELP, rich_help_panel=_ASK)(review)
app.command(help=VERIFY_HELP, rich_help_panel=_ASK)(verify)
app.command(help=UI_HELP, rich_help_panel=_ASK)(ui)
app.add_typer(eval_app, name="eval", help=EVAL_HELP, rich_help_panel=_MEASURE)
app.command(help=USAGE_HELP, rich_help_panel=_MEASURE)(usage)
app.command(help=DOCTOR_HELP, rich_help_panel=_CHECK)(doctor)


def main(argv: Sequence[str] | None = None, *, terminal: Terminal | None = None) -> int:
    """Run one command.

    Args:
        argv: The arguments after the program's name; those of the process if not given.
        terminal: Where to write, and how to open the assistant.

    Returns:
        The exit code; no error leaves this function, and no traceback unless asked with -v.
    """
    arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    terminal = terminal or Terminal()
    # known before the options are parsed, so that wrong usage is told in JSON as well
    terminal.as_json = "--json" in arguments
    try:
        code = _run(arguments, terminal)
        terminal.out.flush()
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        _discard_output(terminal)
        return 0
    return code


def _run(arguments: list[str], terminal: Terminal) -> int:
    command = typer.main.get_command(app)
    try:
        with command.make_context("litdesk", arguments, obj=terminal) as context:
            command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        raise
    except (LitdeskError, typer.TyperException) as error:
        terminal.fail(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 (a reader gets a message, never a traceback)
        terminal.fail(error)
        return 1
    return 0


def _discard_output(terminal: Terminal) -> None:
    """Send what is still buffered nowhere, or Python complains of it when it exits."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), terminal.out.fileno())


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"litdesk {version('litdesk')}")
        raise typer.Exit


@app.callback()
def _litdesk(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Say which litdesk this is."
        ),
    ] = False,
) -> None:
    del version  # its callback has done the work
