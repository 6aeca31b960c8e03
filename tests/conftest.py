"""What tests of several modules share: the seed corpus, ingested once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.fake_embeddings import WordEmbeddings

from litdesk.assistant import Assistant
from litdesk.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = Path(__file__).parents[1] / "seeds"


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_developer() -> Iterator[None]:
    """Keep what is set in a shell from the tests; their own switches have been read by now."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LITDESK_")]:  # noqa: TID251
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def seeds_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeds in a library, with the packaged embedding model. Read it, never write to it."""
    folder = tmp_path_factory.mktemp("seeds") / "library"
    with Assistant.open(Settings(library=folder)) as assistant:
        assistant.ingest([SEEDS])
    return folder


@pytest.fixture(scope="session")
def seeds(seeds_library: Path) -> Iterator[Assistant]:
    """An assistant over the seeds that quotes."""
    with Assistant.open(Settings(library=seeds_library)) as assistant:
        yield assistant


@pytest.fixture
def word_embeddings(monkeypatch: pytest.MonkeyPatch) -> type[WordEmbeddings]:
    """Put embeddings that count words in place of the packaged model."""
    monkeypatch.setattr("litdesk.embeddings.SentenceEmbeddings", WordEmbeddings)
    monkeypatch.setattr(WordEmbeddings, "encoded", [])
    return WordEmbeddings
