"""Files that commands write; one that cannot be written is told before the work is done."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from litdesk.errors import LitdeskError, SettingsError

__all__ = ["check_place", "make_folder", "writing"]


def check_place(*files: Path | None) -> None:
    """Make sure that files could be written, before the work is done that goes into them.

    Args:
        *files: The files; None for one that was not asked for.

    Raises:
        SettingsError: If a folder is not there or cannot be written.
    """
    for file in files:
        if file is None:
            continue
        if not file.parent.is_dir():
            raise SettingsError(
                f"{file} cannot be written: there is no folder {file.parent}.",
                remedy="Make the folder, or name another file.",
            )
        if not os.access(file if file.exists() else file.parent, os.W_OK):
            raise SettingsError(
                f"{file} cannot be written: you have no permission.", remedy="Name another file."
            )


def make_folder(folder: Path) -> None:
    """Make a folder before the work is done whose results go into it.

    Args:
        folder: The folder; it may be there.

    Raises:
        LitdeskError: If it cannot be made, or something else is there.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def writing(file: Path) -> Iterator[None]:
    """Say in a sentence why a file or a folder cannot be written.

    Args:
        file: What is written meanwhile.

    Yields:
        Nothing.

    Raises:
        LitdeskError: If it cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise LitdeskError(
            f"{file} cannot be written: {error.strerror or error}.",
            remedy="Free some room, or name another place.",
        ) from error
