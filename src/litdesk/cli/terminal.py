"""What the commands write, and where: results on stdout, everything else on stderr.

The text of papers and models is hostile data, so nothing reaches a terminal but through `plain`.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from litdesk.errors import LitdeskError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from litdesk.assistant import Assistant
    from litdesk.settings import Settings

__all__ = ["Terminal", "one_line", "plain"]

_ESCAPE_SEQUENCE = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]")
# Controls (C0 but for line feed, DEL, C1), characters that reorder or hide text, and surrogates.
_UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SPACING = frozenset("\t\x0b\x0c\r\x85\u2028\u2029")


def plain(text: str) -> str:
    """Return a text with nothing in it that a terminal would act on.

    Args:
        text: Any text, such as the title or the abstract of a paper.

    Returns:
        The text without escape sequences, control characters (but line feeds) and characters that
        reorder or hide others.
    """
    text = _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n"))
    return _UNSAFE.sub(lambda match: " " if match[0] in _SPACING else "", text)


def one_line(text: str) -> str:
    """Return a text as `plain` does, on one line.

    Args:
        text: Any text.

    Returns:
        The text with every run of white space made one space.
    """
    return " ".join(plain(text).split())


def _open_assistant(settings: Settings) -> Assistant:
    from litdesk.assistant import Assistant

    return Assistant.open(settings)


class _PlainFormatter(logging.Formatter):
    """Log lines may quote papers too."""

    def format(self, record: logging.LogRecord) -> str:
        return plain(super().format(record))


class _Console(Console):
    """A console that writes text as it is given, and leaves a closed pipe to the shell."""

    def __init__(self, file: TextIO) -> None:
        super().__init__(file=file, highlight=False, markup=False, emoji=False)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


@dataclass(kw_only=True)
class Terminal:
    """The two streams of a command, and how it opens its assistant."""

    open_assistant: Callable[[Settings], Assistant] = _open_assistant
    as_json: bool = False
    verbose: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    def __post_init__(self) -> None:
        for stream in (self.out, self.err):
            if reconfigure := getattr(stream, "reconfigure", None):
                reconfigure(errors="replace")
        self.stdout = _Console(self.out)
        self.stderr = _Console(self.err)

    def begin(self, *, as_json: bool = False, verbose: bool = False) -> None:
        """Take note of the options that every command has.

        Args:
            as_json: Write one JSON document, and nothing else, on stdout.
            verbose: Log what happens on stderr, and show the traceback of an error.
        """
        self.as_json, self.verbose = as_json, verbose
        handler = logging.StreamHandler(self.err)
        handler.setFormatter(_PlainFormatter("%(name)s: %(message)s"))
        # on the handler, because some libraries lower the level of their own loggers
        handler.setLevel(logging.INFO if verbose else logging.ERROR)
        logging.basicConfig(handlers=[handler], level=logging.INFO)
        logging.captureWarnings(capture=True)

    def write(self, body: Text | str = "", *, label: str = "") -> None:
        """Write a paragraph of a result on stdout; a terminal gets it wrapped.

        Args:
            body: What has been through `plain`.
            label: What stands before it, such as `[1] `; further lines are indented as far.
        """
        body = Text(body) if isinstance(body, str) else body
        wrapped = body.split(allow_blank=True)
        if self.stdout.is_terminal:
            room = max(20, self.stdout.width - cell_len(label))
            wrapped = body.wrap(self.stdout, room)
        for number, line in enumerate(wrapped):
            line.rstrip()
            before = " " * cell_len(label) if number else label
            self.stdout.print(Text(before).append_text(line) if line else "", soft_wrap=True)

    def write_json(self, document: object) -> None:
        """Write the one JSON document of a command on stdout.

        Args:
            document: Values that JSON knows.
        """
        utf8 = (self.out.encoding or "").lower().replace("-", "") == "utf8"
        text = json.dumps(document, ensure_ascii=not utf8, indent=2)
        text = _UNSAFE.sub(lambda match: json.dumps(match[0])[1:-1], text)
        self.out.write(text + "\n")

    def note(self, text: Text | str) -> None:
        """Write a remark that is not part of the result on stderr.

        Args:
            text: What has been through `plain`.
        """
        self.stderr.print(text, soft_wrap=not self.stderr.is_terminal)

    def fail(self, error: Exception) -> None:
        """Say what went wrong and what to do, on stderr, and as JSON on stdout if that is asked.

        Args:
            error: Any error; those of litdesk say themselves what to do.
        """
        message, remedy = _explained(error)
        if self.as_json:
            kind = "UsageError" if isinstance(error, typer.TyperException) else type(error).__name__
            self.write_json({"error": {"type": kind, "message": message, "remedy": remedy}})
        else:
            lead = Text("Error: ", style="bold red")
            self.note(lead.append(f"{one_line(message)} {one_line(remedy)}", style="default"))
        if self.verbose:
            self.err.write(plain("".join(traceback.format_exception(error))))

    @contextmanager
    def working(self, message: str) -> Iterator[None]:
        """Show on stderr that something is going on, and keep other people's prints off stdout.

        Args:
            message: What is going on, such as `Reading…`.
        """
        with redirect_stdout(self.err):
            if self.stderr.is_terminal:
                with self.stderr.status(message):
                    yield
            else:
                yield

    @contextmanager
    def assistant(self, settings: Settings) -> Iterator[Assistant]:
        """Open the assistant and close it after use; other people's prints go to stderr.

        Args:
            settings: Where its library is, and how it answers.

        Yields:
            The assistant.
        """
        with redirect_stdout(self.err), self.open_assistant(settings) as assistant:
            yield assistant


def _explained(error: Exception) -> tuple[str, str]:
    match error:
        case LitdeskError(message=message, remedy=remedy):
            return message, remedy
        case typer.TyperException():
            context = getattr(error, "ctx", None)
            command = context.command_path if context else "litdesk"
            return error.format_message(), f"`{command} --help` shows how to use it."
        case _:
            found = f"{type(error).__name__}: {error}".rstrip(".: ")
            return (
                f"Something failed that litdesk did not expect ({found}).",
                "Run the same command with -v to see the traceback, and report it.",
            )
