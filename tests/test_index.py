"""The index is disposable: it is filled from the library, and can always be again."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from tests.desk import paper
from tests.fake_embeddings import WordEmbeddings

from litdesk.chunk import split_paper
from litdesk.errors import LitdeskError, SettingsError, StoreError
from litdesk.index import PaperIndex, fuse

PAPERS = [
    paper("ants", "Ants lay trails of scent. Trails fade within an hour.", title="Ants"),
    paper("bees", "Bees dance. They danced longer with pollen.", title="Bees"),
    paper("wasps", title="Wasps in Autumn", authors=("Zoë Ångström",)),
]
CHUNKS = [chunk for p in PAPERS for chunk in split_paper(p, window=1, stride=1)]
CHROMA = Path(sys.executable).parent / "chroma"
WORDS = WordEmbeddings()


def vectors_of(chunks):
    return WORDS.encode([chunk.embedded_text for chunk in chunks])


def open_index(folder, generation="one", **options):
    given = {"papers": PAPERS, "chunks": lambda: CHUNKS, "vectors": vectors_of} | options
    return PaperIndex.open(folder, generation=generation, **given)


def best(index, question):
    found = index.search(question, WORDS.embed_query(question), dense_weight=0.6)
    return found[0].paper_id


def unreachable(*_):
    raise AssertionError("the index was filled again")


def test_a_question_finds_its_paper_and_all_scores_are_shares(tmp_path):
    with closing(open_index(tmp_path)) as index:
        assert best(index, "how long do trails of scent last") == "ants"
        assert best(index, "wasps") == "wasps"
        scores = index.search("pollen", WORDS.embed_query("pollen"), dense_weight=0.6)
        for score in scores:
            assert all(0 <= s <= 1 for s in (score.fused, score.dense, score.words))


@pytest.mark.parametrize("question", ["the of and", "zyzzyva", "§ %", "日本語"])
def test_a_question_of_unknown_or_empty_words_does_not_fail(tmp_path, question):
    with closing(open_index(tmp_path)) as index:
        vector = WORDS.embed_query(question)
        assert {s.paper_id for s in index.search(question, vector, dense_weight=0.6)} <= {
            p.paper_id for p in PAPERS
        }


def test_a_generation_is_filled_once_and_then_only_read(tmp_path):
    open_index(tmp_path).close()
    with closing(open_index(tmp_path, chunks=unreachable, vectors=unreachable)) as index:
        assert best(index, "pollen") == "bees"


def test_a_new_generation_takes_the_place_of_the_old_one(tmp_path):
    open_index(tmp_path, "one").close()
    open_index(tmp_path, "two").close()
    assert [folder.name for folder in tmp_path.iterdir()] == ["two"]


def test_what_a_killed_process_left_is_removed_and_what_another_is_filling_stays(tmp_path):
    for name, age_s in (("building-killed", 100_000), ("building-now", 10)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    open_index(tmp_path, "one").close()
    assert {folder.name for folder in tmp_path.iterdir()} == {"one", "building-now"}


def test_a_crash_while_filling_leaves_nothing_that_is_taken_for_whole(tmp_path):
    def crash(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_index(tmp_path, vectors=crash)
    with closing(open_index(tmp_path)) as index:
        assert best(index, "pollen") == "bees"


@pytest.mark.parametrize(
    "damage",
    [
        lambda home: shutil.rmtree(home / "chroma"),
        lambda home: (home / "chroma" / "chroma.sqlite3").write_bytes(b"x" * 5000),
        lambda home: shutil.rmtree(home / "bm25"),
        lambda home: (home / "vocabulary.json").write_text("{broken", encoding="utf-8"),
        lambda home: (home / "vocabulary.json").unlink(),
    ],
    ids=["no-vectors", "torn-vectors", "no-words", "torn-vocabulary", "no-vocabulary"],
)
def test_a_damaged_generation_is_filled_again(tmp_path, damage):
    open_index(tmp_path).close()
    damage(tmp_path / "one")
    with closing(open_index(tmp_path)) as index:
        assert best(index, "pollen") == "bees"
        assert len(index.nearest_chunks(WORDS.embed_query("ants"), k=50)) == len(CHUNKS)


def test_an_index_that_nobody_holds_lets_go_of_its_store(tmp_path):
    index = open_index(tmp_path)
    finalizer = index._close
    del index
    assert not finalizer.alive


def test_similarities_are_the_cosines_of_the_stored_vectors(tmp_path):
    with closing(open_index(tmp_path)) as index:
        vector = WORDS.embed_query("pollen dance")
        found = index.similarities(vector, [chunk.chunk_id for chunk in CHUNKS])
        expected = np.clip(vectors_of(CHUNKS) @ np.asarray(vector), 0, 1)
        assert [found[c.chunk_id] for c in CHUNKS] == pytest.approx(expected, abs=1e-5)
        assert index.similarities(vector, []) == {}


def test_rare_words_tell_more_than_common_ones(tmp_path):
    with closing(open_index(tmp_path)) as index:
        rarity = index.rarity(["trail", "dance", "nobody"])
        assert rarity["nobody"] > rarity["trail"] > 0


def test_fusion_lets_the_best_of_both_win_and_breaks_ties_by_id():
    fused = fuse({"b": 0.5, "a": 0.5}, {}, dense_weight=0.6)
    assert [score.paper_id for score in fused] == ["a", "b"]
    fused = fuse({"a": 0.5, "b": 0.4}, {"b": 9.0}, dense_weight=0.6)
    assert [score.paper_id for score in fused] == ["b", "a"]
    assert fuse({}, {}, dense_weight=0.6) == []


def test_a_shared_common_word_counts_little_where_a_full_match_would_score_high():
    weak = fuse({}, {"a": 1.0}, dense_weight=0.5, full_match=10.0)
    assert weak[0].words == pytest.approx(0.1)


def test_an_address_without_a_host_is_a_wrong_setting(tmp_path):
    with pytest.raises(SettingsError):
        open_index(tmp_path, chroma_url="nonsense")


def test_a_chroma_server_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1\b"):
        open_index(tmp_path, chroma_url="http://127.0.0.1:1")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="file"):
        open_index(tmp_path / "file")


@pytest.fixture
def chroma_server(tmp_path):
    if not CHROMA.is_file():
        pytest.skip("the chroma command is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [CHROMA, "run", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--path", tmp_path / "server"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if not _answers(port, server):
            pytest.skip("the chroma command does not serve here")
        yield server, f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def _answers(port, server):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def test_a_chroma_server_serves_the_same_answers_and_its_end_is_told(tmp_path, chroma_server):
    server, url = chroma_server
    embedded = open_index(tmp_path / "index")
    served = open_index(tmp_path / "index", chroma_url=url)
    vector = WORDS.embed_query("trails of scent")
    for question in ("trails of scent", "pollen"):
        vector = WORDS.embed_query(question)
        here = embedded.search(question, vector, dense_weight=0.6)
        there = served.search(question, vector, dense_weight=0.6)
        assert [s.paper_id for s in here] == [s.paper_id for s in there]
        assert [s.fused for s in here] == pytest.approx([s.fused for s in there], abs=1e-4)
    # Another generation is another collection; the one in use stays.
    open_index(tmp_path / "index", "two", chroma_url=url).close()
    assert best(served, "pollen") == "bees"
    server.kill()
    server.wait()
    with pytest.raises(LitdeskError):
        served.search("pollen", vector, dense_weight=0.6)
    served.close()
    embedded.close()
