"""The library is the truth: what it has returned from is on disk, and nothing else breaks it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import numpy as np
import pytest
from tests.desk import paper

from litdesk.chunk import split_paper
from litdesk.errors import (
    EmbeddingMismatchError,
    LibraryInUseError,
    LibraryMissingError,
    PaperMissingError,
    SettingsError,
    StoreError,
)
from litdesk.library import Library
from litdesk.types import Author, Chunk, Source

BEES = paper(
    "lima2021how",
    "Bees dance 🐝ast. They danced 35% longer.",
    title="How Bees Dance",
    authors=("Ana Lima", "Zoë Ångström"),
    date="2021-03",
    aliases=("Waggle",),
    has_code=True,
    sources=(Source(file="papers.jsonl", record=1, line=1),),
)
CHUNKS = split_paper(BEES, window=1, stride=1)


def ones(texts):
    return np.ones((len(texts), 4), np.float32)


@pytest.fixture
def library(tmp_path):
    with closing(Library.open(tmp_path / "library")) as library:
        yield library


def save(library, papers=(BEES,), chunks=CHUNKS, records=(("d1", "lima2021how"),)):
    library.embed_missing(chunks, encode=ones)
    library.save(papers, chunks=chunks, records=records)


def test_what_was_saved_is_read_back_equal(library):
    save(library)
    with closing(Library.open(library.folder, create=False)) as again:
        assert again.papers() == [BEES]
        assert again.paper("lima2021how") == BEES
        assert again.chunks() == CHUNKS
        assert again.chunks(["nobody"]) == []
        assert again.known_records() == {"d1": "lima2021how"}
        assert again.vectors(CHUNKS).shape == (len(CHUNKS), 4)
        assert again.count_papers() == 1


def test_a_paper_that_is_not_there_is_named(library):
    with pytest.raises(PaperMissingError, match="nobody2020"):
        library.paper("nobody2020")


def test_saving_a_paper_again_replaces_it_and_its_chunks(library):
    save(library)
    other = paper("lima2021how", "Bees sleep.", title="How Bees Dance")
    chunks = split_paper(other, window=1, stride=1)
    save(library, (other,), chunks, (("d2", "lima2021how"),))
    assert library.papers() == [other]
    assert library.chunks() == chunks
    assert library.known_records().keys() == {"d1", "d2"}


def test_every_save_changes_the_revision_and_new_chunks_change_the_fingerprint(library):
    seen = [(library.revision, library.fingerprint)]
    save(library)
    seen.append((library.revision, library.fingerprint))
    save(library)
    seen.append((library.revision, library.fingerprint))
    assert len({revision for revision, _ in seen}) == 3
    assert seen[0][1] != seen[1][1] == seen[2][1]


def test_nothing_is_embedded_twice(library):
    save(library)
    library.embed_missing(CHUNKS, encode=lambda _: pytest.fail("embedded again"))


def test_a_batch_that_was_embedded_survives_the_failure_of_the_next(library):
    chunks = split_paper(paper("p", " ".join(f"Sentence {n}." for n in range(9))), **ONE_BY_ONE)
    given: list[int] = []

    def fails_at_the_second(texts):
        given.append(len(texts))
        if len(given) == 2:
            raise KeyboardInterrupt
        return ones(texts)

    with pytest.raises(KeyboardInterrupt):
        library.embed_missing(chunks, encode=fails_at_the_second, batch=4)
    library.embed_missing(chunks, encode=fails_at_the_second, batch=100)
    assert given == [4, 4, 5]


ONE_BY_ONE = {"window": 1, "stride": 1}


def test_a_save_that_fails_leaves_everything_as_it_was(library):
    save(library)
    before = library.revision
    twice = [*CHUNKS, CHUNKS[0]]
    with pytest.raises(StoreError):
        library.save([paper("lima2021how", "New.")], chunks=twice, records=[])
    assert library.papers() == [BEES]
    assert library.revision == before


def test_chunks_without_vectors_ask_for_another_ingest(library):
    library.save([BEES], chunks=CHUNKS, records=[])
    with pytest.raises(StoreError, match="vector"):
        library.vectors(CHUNKS)


def test_vectors_of_two_models_never_mix(library):
    library.claim_embedding("sha256:one")
    library.claim_embedding("sha256:one")
    with pytest.raises(EmbeddingMismatchError):
        library.claim_embedding("sha256:two")


def test_more_papers_than_a_statement_takes_parameters_go_in(library):
    papers = [paper(f"p{n:05}", title=f"Title {n}") for n in range(1200)]
    chunks = [chunk for p in papers for chunk in split_paper(p, **ONE_BY_ONE)]
    records = [(f"d{n}", p.paper_id) for n, p in enumerate(papers)]
    save(library, papers, chunks, records)
    save(library, papers, chunks, records)
    assert library.count_papers() == len(library.known_records()) == 1200


def test_one_writer_at_a_time_in_this_process_and_readers_meanwhile(library):
    save(library)
    met: list[object] = []

    def second():
        with closing(Library.open(library.folder)) as other:
            met.append(other.count_papers())
            try:
                with other.writing():
                    met.append("wrote")
            except LibraryInUseError as error:
                met.append(error.exit_code)

    with library.writing():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert met == [1, 3]
    with library.writing():
        pass


def test_the_lock_of_a_killed_writer_is_free_again(library):
    script = (
        "import sys, time; from pathlib import Path; from litdesk.library import Library\n"
        "with Library.open(Path(sys.argv[1])).writing():\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(library.folder)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout.readline() == "held\n"
    with pytest.raises(LibraryInUseError), library.writing():
        pass
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    with library.writing():
        pass


def test_a_library_that_is_only_read_is_not_made(tmp_path):
    with pytest.raises(LibraryMissingError, match="typo"):
        Library.open(tmp_path / "typo", create=False)
    url = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    with pytest.raises(LibraryMissingError):
        Library.open(tmp_path / "typo", url=url, create=False)
    assert list(tmp_path.iterdir()) == []


def test_another_database_of_that_name_is_no_library(tmp_path):
    with closing(sqlite3.connect(tmp_path / "library.sqlite3")) as database:
        database.execute("create table notes (text)")
    with pytest.raises(LibraryMissingError):
        Library.open(tmp_path, create=False)


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("content", [b"no database " * 500, b"SQLite format 3\x00" + b"\xff" * 999])
def test_a_file_that_is_no_database_is_a_store_error(tmp_path, content, create):
    (tmp_path / "library.sqlite3").write_bytes(content)
    with pytest.raises(StoreError, match="cannot be opened"):
        Library.open(tmp_path, create=create)


def test_a_page_that_is_damaged_later_is_a_store_error(library):
    many = [paper(f"p{n:04}", f"Sentence {n}. " * 20, title="T") for n in range(400)]
    save(library, many, [c for p in many for c in split_paper(p, window=20, stride=20)], [])
    library.close()
    file = library.folder / "library.sqlite3"
    with file.open("r+b") as database:
        database.seek(5 * 4096)
        database.write(b"\xff" * (file.stat().st_size - 6 * 4096))
    with pytest.raises(StoreError), closing(Library.open(library.folder)) as damaged:
        damaged.papers()


def test_a_record_of_a_paper_that_does_not_parse_is_a_store_error(library):
    save(library)
    with closing(sqlite3.connect(library.folder / "library.sqlite3")) as database:
        database.execute("update papers set content = '{}'")
        database.commit()
    for read in (library.papers, lambda: library.paper("lima2021how")):
        with pytest.raises(StoreError):
            read()


def test_the_layout_of_a_newer_litdesk_is_refused(library):
    library._set_fact("schema", "99")
    with pytest.raises(StoreError, match="99"):
        Library.open(library.folder)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+pg8000://anna:s3cret@127.0.0.1/papers",
        "nosuch://anna:s3cret@127.0.0.1/papers",
        "postgresql://anna:s3cret@127.0.0.1:port/papers",
        "anna:s3cret",
    ],
)
def test_a_database_that_cannot_be_used_is_a_wrong_setting_that_keeps_the_password(tmp_path, url):
    with pytest.raises(SettingsError) as refused:
        Library.open(tmp_path / "library", url=url)
    assert "s3cret" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_any_database_serves_that_sqlalchemy_knows(tmp_path):
    url = f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"
    with closing(Library.open(tmp_path / "library", url=url)) as library:
        save(library)
    with closing(Library.open(tmp_path / "library", url=url, create=False)) as library:
        assert library.papers() == [BEES]
    assert not (tmp_path / "library" / "library.sqlite3").exists()


def test_names_of_all_scripts_survive(library):
    odd = paper(
        "李2020深度",
        "🐝 combining e\u0301 and 👩‍🔬. \u202eabc",
        title="深度学习",
    )
    odd = type(odd)(
        paper_id=odd.paper_id,
        title=odd.title,
        versions=odd.versions,
        authors=(Author(family="李", given="伟"),),
    )
    chunks: list[Chunk] = split_paper(odd, window=2, stride=1)
    save(library, (odd,), chunks, ())
    assert library.papers() == [odd]
    assert [odd.abstract[c.start : c.end] for c in library.chunks()] == [c.text for c in chunks]
