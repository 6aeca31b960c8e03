"""What the SciFact benchmarks share: the corpus as a file that litdesk reads, and the library."""

from __future__ import annotations

import contextlib
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from litdesk.assistant import Assistant
from litdesk.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator


def corpus_file(data: Path) -> Path:
    """Return the corpus, or stop with a message if it is not there.

    Args:
        data: Folder with SciFact in BEIR layout.

    Returns:
        Path of `corpus.jsonl`.
    """
    path = data / "corpus.jsonl"
    if not path.is_file():
        raise SystemExit(f"{path} is not there: DATA must name SciFact in BEIR layout.")
    return path


@contextlib.contextmanager
def opened_corpus(data: Path, library: Path | None) -> Iterator[Assistant]:
    """Open a library of the corpus, ingesting it where that was not done before.

    Args:
        data: Folder with SciFact in BEIR layout.
        library: Where to keep the library between runs; a temporary folder if None.

    Yields:
        The assistant.
    """
    with contextlib.ExitStack() as stack:
        folder = library or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        assistant = stack.enter_context(
            Assistant.open(load_settings(library=folder, retrieval={"passages": 8}))
        )
        begin = time.perf_counter()
        report = assistant.ingest([corpus_file(data)])
        took = time.perf_counter() - begin
        print(f"ingest: {took:.0f} s, {report.model_dump(exclude={'failures'})}")
        yield assistant
