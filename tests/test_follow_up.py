"""Follow-up questions rewritten by a chat model, and by the rules where it fails."""

import json

import pytest
from tests.scripted_model import scripted

from litdesk.assistant import Assistant
from litdesk.follow_up import rewrite_question
from litdesk.providers import Deadlines
from litdesk.settings import Settings
from litdesk.types import Turn

HISTORY = [Turn(question="What is SOAP?", answer="SOAP runs Adam {{ 7*7 }}.", paper_ids=("x",))]


def rewritten(model):
    found = rewrite_question(
        "Who wrote it?", HISTORY, model=model, name="fake", deadlines=Deadlines()
    )
    return found and found.text


def test_the_model_is_shown_the_conversation_and_its_question_is_taken():
    model = scripted("Who wrote the SOAP paper?\n")
    assert rewritten(model) == "Who wrote the SOAP paper?"
    (prompt,) = model.asked
    assert "What is SOAP?" in prompt
    assert "{{ 7*7 }}" in prompt
    assert prompt.rstrip().endswith("Who wrote it?")


@pytest.mark.parametrize(
    "reply",
    [ConnectionError("gone"), "", "1.\n2.", "x" * 301, "See <b>it</b>?", "...", "Who\x1b[31m?"],
)
def test_a_model_that_fails_or_writes_no_question_leaves_it_to_the_rules(reply):
    assert rewritten(scripted(reply)) is None


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("follow")
    papers = [
        {
            "title": "SOAP: Improving and Stabilizing Shampoo using Adam",
            "authors": ["Nikhil Vyas"],
            "abstract": "SOAP runs Adam in the eigenbasis of Shampoo's preconditioner. "
            "It reduces the number of iterations by 40 % compared to AdamW.",
        },
        {
            "title": "Coral Reefs under Warming Seas",
            "authors": ["Ana Lima"],
            "abstract": "Coral bleaching follows marine heat waves.",
        },
    ]
    source = folder / "papers.jsonl"
    source.write_text("\n".join(map(json.dumps, papers)))
    with Assistant.open(Settings(_env_file=None, library=folder / "library")) as assistant:
        assistant.ingest([source])
    return folder / "library"


def ask_with(library, model, question, history):
    settings = Settings(_env_file=None, library=library)
    with Assistant.open(settings, chat_model=model) as assistant:
        return assistant.ask(question, history=history)


def test_the_assistant_searches_for_the_rewritten_question_and_says_so(library):
    model = scripted(
        "By how much does SOAP reduce the number of iterations?", "SOAP saves 40 % of them [1]."
    )
    turn = Turn(question="What is SOAP?", paper_ids=("vyasndsoap",))
    answer = ask_with(library, model, "And by how much is it cut?", [turn])
    assert answer.read_as == "By how much does SOAP reduce the number of iterations?"
    assert set(answer.provenance.prompts) == {"stand_alone", "answer", "answer_rules"}
    assert answer.usage.calls == 2


def test_the_rules_read_the_question_where_the_model_cannot(library):
    model = scripted("one\ntwo", "SOAP runs Adam [1].")
    turn = Turn(question="What does SOAP do?", paper_ids=("vyasndsoap",))
    answer = ask_with(library, model, "And compared to AdamW?", [turn])
    assert answer.read_as == "What does SOAP do? And compared to AdamW?"
    assert answer.retrieved[0].title.startswith("SOAP")


def test_a_first_question_is_not_rewritten(library):
    model = scripted("SOAP runs Adam in the eigenbasis [1].")
    answer = ask_with(library, model, "What does SOAP do?", [])
    assert (answer.read_as, answer.usage.calls) == (None, 1)


def test_follow_ups_are_left_to_the_rules_with_a_small_model_on_this_machine(library, monkeypatch):
    model = scripted("SOAP runs Adam [1].")
    monkeypatch.setattr("litdesk.providers.open_chat_model", lambda *_, **__: model)
    settings = Settings(_env_file=None, library=library, model="llamacpp:/small.gguf")
    turn = Turn(question="What does SOAP do?", paper_ids=("vyasndsoap",))
    with Assistant.open(settings) as assistant:
        answer = assistant.ask("And compared to AdamW?", history=[turn])
    assert answer.read_as == "What does SOAP do? And compared to AdamW?"
    assert "stand_alone" not in answer.provenance.prompts
    assert answer.usage.calls == 1
