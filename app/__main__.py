"""`python -m app`: the page with the settings of the environment."""

from __future__ import annotations

import sys

import typer

from litdesk.assistant import Assistant
from litdesk.errors import LitdeskError
from litdesk.settings import load_settings

from .server import serve


def main() -> int:
    """Serve the page until it is interrupted.

    Returns:
        The exit code.
    """
    try:
        settings = load_settings()
        with Assistant.open(settings) as assistant:
            serve(assistant, host=settings.app.host, port=settings.app.port)
    except LitdeskError as error:
        typer.echo(str(error), err=True)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
