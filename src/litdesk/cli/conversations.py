"""`litdesk conversations`: what was asked before, kept in the library."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from litdesk.cli.files import check_place, writing
from litdesk.cli.options import AsJson, LibraryFolder, Verbose
from litdesk.cli.terminal import Terminal, one_line, plain
from litdesk.settings import load_settings

if TYPE_CHECKING:
    from litdesk.conversations import Conversation, ConversationEntry

__all__ = ["conversations"]

_HELP = """List, rename, delete and export the conversations of the library.

`litdesk chat --resume ID` goes on with one.

**Examples**

- `litdesk conversations list`
- `litdesk conversations rename 3f2a91c0 "Copying and state-space models"`
- `litdesk conversations export 3f2a91c0 -o copying.md`
"""

conversations = typer.Typer(help=_HELP, rich_markup_mode="markdown", no_args_is_help=True)

_Id = Annotated[str, typer.Argument(metavar="ID", help="Id of a conversation, as `list` shows it.")]


@conversations.command("list", help="List the conversations, the latest first.")
def list_conversations(
    ctx: typer.Context,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """List the conversations."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    with terminal.assistant(load_settings(library=library)) as assistant:
        found = assistant.conversations.entries()
    if as_json:
        listed = [entry.model_dump(mode="json") for entry in found]
        terminal.write_json({"count": len(found), "conversations": listed})
        return
    for entry in found:
        terminal.write(one_line(entry.title), label=_label(entry))
    if not found:
        terminal.note("There are no conversations yet: litdesk chat begins one.")


@conversations.command("rename", help="Give a conversation another title.")
def rename(
    ctx: typer.Context,
    conversation_id: _Id,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="The new title, in quotes.")],
    library: LibraryFolder = None,
    verbose: Verbose = False,
) -> None:
    """Give a conversation another title."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(verbose=verbose)
    if not title.strip():
        raise typer.BadParameter("A title needs a letter.", param_hint="TITLE")
    with terminal.assistant(load_settings(library=library)) as assistant:
        assistant.conversations.rename(conversation_id, title)
    terminal.note(f"{one_line(conversation_id)} is now called {one_line(title)}.")


@conversations.command("delete", help="Delete a conversation and its answers.")
def delete(
    ctx: typer.Context,
    conversation_id: _Id,
    library: LibraryFolder = None,
    verbose: Verbose = False,
) -> None:
    """Delete a conversation and its answers."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(verbose=verbose)
    with terminal.assistant(load_settings(library=library)) as assistant:
        assistant.conversations.delete(conversation_id)
    terminal.note(f"{one_line(conversation_id)} is deleted.")


@conversations.command("export", help="Write a conversation as Markdown, or as JSON.")
def export(
    ctx: typer.Context,
    conversation_id: _Id,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            dir_okay=False,
            help="A .md or .json file; by default it is written on stdout.",
        ),
    ] = None,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Write a conversation as Markdown, or as JSON."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    check_place(output)
    with terminal.assistant(load_settings(library=library)) as assistant:
        conversation = assistant.conversations.read(conversation_id)
    if output is None and as_json:
        terminal.write_json(conversation.model_dump(mode="json"))
    elif output is None:
        terminal.write(plain(_markdown(conversation)))
    else:
        wants_json = as_json or output.suffix.lower() == ".json"
        text = conversation.model_dump_json(indent=2) if wants_json else _markdown(conversation)
        with writing(output):
            output.write_text(text + "\n", encoding="utf-8")
        terminal.note(f"Written to {one_line(str(output))}.")


def _markdown(conversation: "Conversation") -> str:
    from litdesk.conversations import as_markdown  # with the database, which is slow to import

    return as_markdown(conversation)


def _label(entry: "ConversationEntry") -> str:
    noun = "answer " if entry.exchanges == 1 else "answers"
    return f"{entry.conversation_id}  {entry.updated[:10]}  {entry.exchanges:>3} {noun}  "
