"""`litdesk chat`: a conversation in the terminal."""

import sys
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live
from rich.text import Text

from litdesk.cli.options import BaseUrl, LibraryFolder, Model, Verbose
from litdesk.cli.questions import write_answer
from litdesk.cli.render import counted, paper_rows
from litdesk.cli.terminal import Terminal, one_line, plain
from litdesk.errors import LitdeskError
from litdesk.settings import load_settings
from litdesk.types import Answer, AnswerStatus, TextDelta, Turn

if TYPE_CHECKING:
    from litdesk.assistant import Assistant

__all__ = ["CHAT_HELP", "chat"]

CHAT_HELP = """Talk with your papers in the terminal.

Ask, then follow up: "and compared with Adam?" is understood from what went before. Ctrl-C stops an
answer; Ctrl-D or /quit ends the chat. The conversation is kept in the library;
`litdesk conversations` lists what is kept.

**Examples**

- `litdesk chat`
- `litdesk chat --library ~/thesis`
- `litdesk chat --resume 3f2a91c0`
- `litdesk chat --model openai:local --base-url http://127.0.0.1:8080/v1`
"""

_COMMANDS = """Type a question, or one of these:
  /papers [WORDS]  list the papers, or those whose titles have these words
  /new             begin a new conversation
  /help            this text
  /quit            end the chat (Ctrl-D does the same)"""


def chat(
    ctx: typer.Context,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="ID", help="Go on with a conversation that was kept."),
    ] = None,
    model: Model = None,
    base_url: BaseUrl = None,
    library: LibraryFolder = None,
    verbose: Verbose = False,
) -> None:
    """Talk with your papers in the terminal."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(verbose=verbose)
    settings = load_settings(model=model, base_url=base_url, library=library)
    with terminal.assistant(settings) as assistant:
        conversation = _Conversation(terminal, assistant)
        if resume is not None:
            conversation.resume(resume)
        with terminal.working("Getting ready…"):
            assistant.warm_up()
        count = counted(len(assistant.papers()), "paper")
        writer = settings.model or "litdesk itself, by quotation"
        terminal.note(f"{count}. Answers are written by {writer}. /help says what you can do.")
        conversation.run()


class _Conversation:
    def __init__(self, terminal: Terminal, assistant: "Assistant") -> None:
        self._terminal = terminal
        self._assistant = assistant
        self._history: list[Turn] = []
        self._kept_as: str | None = None

    def resume(self, conversation_id: str) -> None:
        """Go on with a conversation of the library.

        Args:
            conversation_id: Its id.

        Raises:
            ConversationMissingError: If there is none with this id.
        """
        kept = self._assistant.conversations.read(conversation_id)
        self._kept_as = kept.conversation_id
        self._history = list(kept.turns)
        for answer in kept.answers:
            self._terminal.write(f"> {one_line(answer.question)}")
            write_answer(self._terminal, answer)
            self._terminal.write()

    def run(self) -> None:
        """Answer line after line, until the reader has had enough."""
        try:
            self._answer_lines()
        finally:  # Ctrl-C at the prompt ends the chat too
            if self._kept_as is not None:
                self._terminal.note(f"To go on: litdesk chat --resume {self._kept_as}")

    def _answer_lines(self) -> None:
        for line in _lines(self._terminal):
            word, _, rest = line.partition(" ")
            match word:
                case "/quit" | "/exit":
                    return
                case "/help":
                    self._terminal.write(_COMMANDS)
                case "/new":
                    self._history.clear()
                    self._kept_as = None
                    self._terminal.write("A new conversation begins.")
                case "/papers":
                    self._list_papers(rest.strip())
                case _ if word.startswith("/"):
                    self._terminal.write(f"There is no command {plain(word)}; /help lists them.")
                case _:
                    self._reply(line)

    def _list_papers(self, query: str) -> None:
        found = self._assistant.papers(query)
        for row in paper_rows(found):
            self._terminal.write(row.body, label=row.label)
        if not found:
            self._terminal.write("No paper of the library matches.")

    def _reply(self, question: str) -> None:
        try:
            answer = self._stream(question)
        except LitdeskError as error:  # a chat outlives a question that cannot be answered
            self._terminal.fail(error)
            return
        except KeyboardInterrupt:
            self._terminal.note("Stopped.")
            return
        write_answer(self._terminal, answer)
        if not self._terminal.stdout.is_terminal:  # where no prompt sets the answers apart
            self._terminal.write()
        if answer.status != AnswerStatus.FAILED:
            self._history.append(answer.as_turn())
            self._keep(answer)

    def _keep(self, answer: Answer) -> None:
        try:
            self._kept_as = self._assistant.conversations.add(answer, to=self._kept_as)
        except LitdeskError as error:  # the answer stands, even where it cannot be kept
            self._terminal.fail(error)

    def _stream(self, question: str) -> Answer:
        """Show the words as they come; what is returned takes their place."""
        console = self._terminal.stdout
        written = ""
        with Live(console=console, transient=True, redirect_stdout=False) as live:
            for item in self._assistant.stream(question, history=tuple(self._history)):
                match item:
                    case TextDelta(text=text):
                        written += text
                        live.update(_tail(plain(written), terminal=self._terminal))
                    case Answer():
                        return item
        raise AssertionError("a stream ends with its answer")


def _tail(text: str, *, terminal: Terminal) -> Text:
    """The last lines of a text that is still being written: as many as the terminal shows."""
    console = terminal.stdout
    lines = Text(text).wrap(console, console.width)
    return Text("\n").join(lines[-max(1, console.height - 2) :])


def _lines(terminal: Terminal) -> Iterator[str]:
    """Lines from the reader until the end of input, without the empty ones."""
    with suppress(ImportError):  # not on every system; `input` edits lines with it
        import readline  # noqa: F401
    if reconfigure := getattr(sys.stdin, "reconfigure", None):
        reconfigure(errors="replace")
    prompt = "\n> " if terminal.stdout.is_terminal and sys.stdin.isatty() else ""
    while True:
        try:
            with redirect_stdout(terminal.out):  # `input` edits lines on the real stdout only
                line = input(prompt)
        except EOFError:
            if prompt:
                terminal.write()
            return
        if line.strip():
            yield line.strip()
