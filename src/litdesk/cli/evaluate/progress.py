"""A progress bar on stderr, for people only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from litdesk.cli.terminal import Terminal

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(terminal: Terminal, what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar while something is done; a pipe or a file gets none.

    Args:
        terminal: Where to show it.
        what: What is done, such as `Asking`.

    Yields:
        A function to be told how much is done, and of how much.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeElapsedColumn as Elapsed

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Elapsed())
    hidden = not terminal.stderr.is_terminal
    with Progress(*columns, console=terminal.stderr, disable=hidden) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
