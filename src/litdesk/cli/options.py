"""The options that several commands share, so that they read alike everywhere."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

__all__ = ["AsJson", "BaseUrl", "LibraryFolder", "Model", "Verbose"]

_COMMON = "Common options"
_CHAT_MODEL = "Chat model"

Model: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="PROVIDER:NAME",
        help="Chat model that writes the answers: openai:NAME, anthropic:NAME, ollama:NAME or "
        "llamacpp:/path.gguf. Default: LITDESK_MODEL; without one, litdesk quotes the abstracts "
        "and nothing leaves this machine.",
        rich_help_panel=_CHAT_MODEL,
    ),
]
BaseUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        help="Server of the chat model, such as http://127.0.0.1:8080/v1 for openai: models. "
        "Default: LITDESK_BASE_URL, else the provider's own.",
        rich_help_panel=_CHAT_MODEL,
    ),
]
LibraryFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--library",
        metavar="DIR",
        file_okay=False,
        help="Folder of the library. Default: LITDESK_LIBRARY, else your user data folder.",
        rich_help_panel=_COMMON,
    ),
]
AsJson: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--json",
        metavar="",
        help="Write the result as one JSON document, and nothing else, on stdout.",
        rich_help_panel=_COMMON,
    ),
]
Verbose: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        metavar="",
        help="Say more on stderr, with the traceback of an error.",
        rich_help_panel=_COMMON,
    ),
]
