"""Ingests papers and stops for ever once the first batch of vectors is committed: to be killed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.fake_embeddings import WordEmbeddings

import litdesk.embeddings
from litdesk.assistant import Assistant
from litdesk.settings import Settings


def main(folder: str, source: str) -> None:
    litdesk.embeddings.SentenceEmbeddings = WordEmbeddings

    def wait_to_be_killed(step: str, done: int, total: int) -> None:
        if step == "embed" and done < total:
            sys.stdout.write(f"{done}\n")
            sys.stdout.flush()
            time.sleep(60)

    with Assistant.open(Settings(library=Path(folder))) as assistant:
        assistant.ingest([Path(source)], progress=wait_to_be_killed)


if __name__ == "__main__":
    main(*sys.argv[1:])
