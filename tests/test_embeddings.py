from __future__ import annotations

import numpy as np
import pytest

from litdesk import embeddings
from litdesk.embeddings import PACKAGED_MODEL, PACKAGED_SHA256, SentenceEmbeddings
from litdesk.errors import ProviderError, SettingsError


@pytest.fixture(scope="module")
def packaged():
    return SentenceEmbeddings()


def test_the_packaged_weights_are_the_published_ones(packaged):
    assert packaged.fingerprint == f"sha256:{PACKAGED_SHA256}"


def test_damaged_weights_are_refused_before_they_are_loaded(tmp_path, monkeypatch):
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 100)
    monkeypatch.setattr(embeddings, "_packaged_folder", lambda: tmp_path)
    damaged = SentenceEmbeddings(PACKAGED_MODEL)
    for use in (lambda: damaged.fingerprint, lambda: damaged.encode(["a"])):
        with pytest.raises(ProviderError, match="damaged"):
            use()


def test_weights_that_are_not_installed_are_named(monkeypatch):
    monkeypatch.setattr(embeddings, "find_spec", lambda _: None)
    with pytest.raises(ProviderError, match="not installed"):
        _ = SentenceEmbeddings().folder


def test_a_model_that_is_not_here_is_not_downloaded():
    with pytest.raises(SettingsError, match="downloads nothing"):
        SentenceEmbeddings("nobody/no-such-model").encode(["a"])


def test_a_folder_that_is_no_model_is_a_wrong_setting(tmp_path):
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SettingsError):
        SentenceEmbeddings(str(tmp_path)).encode(["a"])


def test_other_weights_have_another_fingerprint(tmp_path):
    names = set()
    for content in (b"a", b"b"):
        folder = tmp_path / content.decode()
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(content)
        names.add(SentenceEmbeddings(str(folder)).fingerprint)
    assert len(names | {f"sha256:{PACKAGED_SHA256}"}) == 3


def test_vectors_come_in_the_order_of_the_texts_with_length_1(packaged):
    texts = ["short", "a very much longer text about bees and their dances", "", "🐝 é 日本"]
    done: list[int] = []
    together = packaged.encode(texts, progress=done.append)
    alone = np.vstack([packaged.encode([text]) for text in texts])
    assert together.shape == (4, packaged.dimension)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(4), abs=1e-4)
    assert together == pytest.approx(alone, abs=1e-4)
    assert done[-1] == 4


def test_no_texts_give_no_vectors(packaged):
    assert packaged.encode([]).shape == (0, packaged.dimension)


def test_langchain_gets_lists_of_floats(packaged):
    (row,) = packaged.embed_documents(["bees"])
    assert row == packaged.embed_query("bees")
    assert isinstance(row[0], float)


def test_the_vocabulary_knows_words_of_the_language(packaged):
    assert packaged.knows_word("learning")
    assert not packaged.knows_word("lerning")
