from __future__ import annotations

from pathlib import Path

import pytest

from litdesk.errors import SettingsError
from litdesk.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _no_env_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_with_nothing_set_nothing_leaves_the_machine():
    settings = load_settings()
    assert settings.model is settings.chroma_url is settings.database_url is None
    assert settings.library_dir.is_absolute()


def test_sections_are_read_from_the_environment_and_from_a_file(monkeypatch):
    Path(".env").write_text("LITDESK_ANSWER__MAX_SENTENCES=2\n", encoding="utf-8")
    monkeypatch.setenv("LITDESK_RETRIEVAL__PASSAGES", "3")
    settings = load_settings()
    assert (settings.retrieval.passages, settings.answer.max_sentences) == (3, 2)


def test_the_command_line_wins_and_none_means_not_given(monkeypatch):
    monkeypatch.setenv("LITDESK_MODEL", "ollama:environment")
    assert load_settings(model="ollama:given").model == "ollama:given"
    assert load_settings(model=None).model == "ollama:environment"


def test_a_key_of_a_provider_switches_nothing_on(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    assert load_settings().model is None


def test_an_empty_variable_means_not_set(monkeypatch):
    for name in ("MODEL", "BASE_URL", "CHROMA_URL", "DATABASE_URL", "LIBRARY"):
        monkeypatch.setenv(f"LITDESK_{name}", "")
    settings = load_settings()
    assert (settings.model, settings.chroma_url, settings.library) == (None, None, None)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LITDESK_RETREIVAL__PASSAGES", "3"),
        ("LITDESK_RETRIEVAL__PASAGES", "3"),
        ("LITDESK_RETRIEVAL__PASSAGES", "0"),
        ("LITDESK_RETRIEVAL__PASSAGES", "many"),
        ("LITDESK_RETRIEVAL__DENSE_WEIGHT", "1.5"),
        ("LITDESK_VERIFICATION__UNSUPPORTED", "hide"),
        ("LITDESK_APP__HOST", "0.0.0.0"),  # noqa: S104 (is refused)
        ("LITDESK_RETRIEVAL", "no json"),
        ("LITDESK_NONSENSE", "1"),
    ],
)
def test_a_wrong_variable_is_named_with_a_remedy(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert variable.split("__")[0] in refused.value.message
    assert refused.value.exit_code == 2
    assert refused.value.remedy


def test_a_mistyped_line_of_the_file_is_refused():
    Path(".env").write_text("LITDESK_RETREIVAL__PASSAGES=2\n", encoding="utf-8")
    with pytest.raises(SettingsError):
        load_settings()


def test_the_digest_changes_with_what_shapes_answers_and_with_nothing_else(tmp_path):
    usual = Settings().digest
    assert Settings(library=tmp_path, app={"port": 1}).digest == usual
    assert Settings(answer={"max_sentences": 1}).digest != usual
    assert Settings(model="ollama:x").digest != usual


def test_a_folder_of_the_home_is_found():
    assert Settings(library=Path("~/desk")).library_dir == Path.home() / "desk"
