"""The steps of an answer: told to LangChain callbacks, and shown by `ask --trace`."""

import json
import re

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.tracers.run_collector import RunCollectorCallbackHandler
from tests.desk import SOAP, open_desk
from tests.scripted_model import scripted

from litdesk.assistant import Assistant
from litdesk.cli import main
from litdesk.cli.steps import in_short
from litdesk.settings import Settings, load_settings
from litdesk.trace import ROOT, Trace
from litdesk.types import Answer, Draft, DraftSentence, Passage

STEPS = ["read", "retrieve", "record", "relevance", "premise", "write", "verify", "filter"]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trace")
    open_desk(folder, SOAP).close()
    return folder / "library"


def test_every_step_is_a_run_below_the_question(library):
    collector = RunCollectorCallbackHandler()
    with Assistant.open(Settings(_env_file=None, library=library)) as assistant:
        answer = assistant.ask("Where does SOAP run Adam?", callbacks=[collector])
    (root,) = collector.traced_runs
    assert root.name == ROOT
    assert root.inputs == {"question": "Where does SOAP run Adam?"}
    assert isinstance(root.outputs["output"], Answer)
    assert [run.name for run in root.child_runs] == STEPS
    assert all(isinstance(p, Passage) for p in root.child_runs[1].outputs["output"])
    assert set(answer.timings_ms) == {*STEPS, "total"}


def test_without_callbacks_the_steps_are_timed_all_the_same(library):
    with Assistant.open(Settings(_env_file=None, library=library)) as assistant:
        answer = assistant.ask("Where does SOAP run Adam?")
    assert set(answer.timings_ms) == {*STEPS, "total"}


def test_a_step_that_fails_is_told_and_its_error_goes_on():
    errors = []

    class Listener(BaseCallbackHandler):
        def on_chain_error(self, error, **_):
            errors.append(str(error))

    trace = Trace(callbacks=[Listener()])
    with pytest.raises(ValueError, match="broken"), trace.whole("why"), trace.step("write"):
        raise ValueError("broken")
    assert errors == ["broken", "broken"]


def test_the_command_writes_a_line_for_each_step_on_stderr(library, capsys):
    code = main(
        ["ask", "Where does SOAP run Adam?", "--trace", "--json", "--library", str(library)]
    )
    shown = capsys.readouterr()
    assert code == 0
    assert json.loads(shown.out)["status"] == "answered"
    lines = [line for line in shown.err.splitlines() if " ms  " in line]
    assert [line.split()[0] for line in lines] == STEPS
    assert re.search(r"retrieve +[\d.]+ ms  Where does SOAP run Adam\? → 1 paper: vyas", shown.err)
    assert "2 sentences → 2 sentences: 2 supported" in shown.err


def test_what_is_shown_of_a_step_is_short_and_plain():
    assert in_short("x" * 500) == "x" * 99 + "…"
    assert in_short("a\x1b[31m\nb") == "a b"
    assert in_short(None) == "nothing"
    assert in_short(Draft(sentences=(DraftSentence(text="a"),))) == "1 sentence"
    assert in_short([]) == "0 sentences"


@pytest.mark.parametrize("language", ["", "German"])
def test_the_model_is_told_the_language_of_the_answer(library, language, monkeypatch):
    monkeypatch.setenv("LITDESK_ANSWER__LANGUAGE", language)
    model = scripted("SOAP läuft [1].")
    with Assistant.open(load_settings(library=library), chat_model=model) as assistant:
        assistant.ask("Where does SOAP run Adam?")
    assert ("in German" in model.asked[0]) == bool(language)
