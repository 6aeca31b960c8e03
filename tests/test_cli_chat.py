import io

import pytest
from tests.fakes import SOAP, FakeAssistant, answered

from litdesk.cli import main
from litdesk.cli.terminal import Terminal
from litdesk.errors import ProviderError, QuestionError


@pytest.fixture
def talk(monkeypatch, capsys):
    def _talk(*lines, assistant=None):
        assistant = assistant or FakeAssistant()
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        code = main(["chat"], terminal=Terminal(open_assistant=lambda _settings: assistant))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return _talk


def test_a_question_is_answered_with_its_sources(talk):
    code, out, err = talk("What is SOAP?")
    assert code == 0
    assert out.startswith("SOAP runs Adam in the eigenbasis of Shampoo. [1]\n")
    assert "https://arxiv.org/abs/2409.11321" in out
    assert "2 papers" in err


def test_a_follow_up_knows_what_went_before(talk):
    assistant = FakeAssistant()
    talk("What is SOAP?", "", "Who wrote it?", assistant=assistant)
    first, second = assistant.histories
    assert first == ()
    assert [(turn.question, turn.paper_ids) for turn in second] == [
        ("What is SOAP?", (SOAP.paper_id,))
    ]


def test_what_went_before_can_be_forgotten(talk):
    assistant = FakeAssistant()
    talk("What is SOAP?", "/new", "Who wrote it?", assistant=assistant)
    assert assistant.histories[-1] == ()


def test_the_end_of_input_and_quit_both_end_the_chat(talk):
    assert talk()[0] == 0
    assistant = FakeAssistant()
    assert talk("/quit", "never asked", assistant=assistant)[0] == 0
    assert assistant.histories == []
    assert assistant.closed


def test_help_names_every_command(talk):
    _, out, _ = talk("/help")
    assert all(name in out for name in ("/papers", "/new", "/help", "/quit"))


def test_papers_can_be_listed_and_searched_within_the_chat(talk):
    _, out, _ = talk("/papers soap", "/papers zebra")
    assert "vyas2024soap" in out
    assert "müller" not in out
    assert "No paper of the library matches." in out


def test_an_unknown_command_is_not_sent_as_a_question(talk):
    assistant = FakeAssistant()
    _, out, _ = talk("/paper", assistant=assistant)
    assert "/paper; /help lists them" in out
    assert assistant.histories == []


@pytest.mark.parametrize(
    "error",
    [QuestionError("Too long.", remedy="Shorten it."), ProviderError("Gone.", remedy="Wait.")],
)
def test_the_chat_outlives_a_question_that_fails(talk, error):
    def reply(question):
        if question == "bad":
            raise error
        return answered(question)

    assistant = FakeAssistant(reply=reply)
    code, out, err = talk("bad", "good", assistant=assistant)
    assert code == 0
    assert f"Error: {error}" in err
    assert "SOAP runs Adam" in out
    assert assistant.histories[-1] == ()


def test_an_interrupt_at_the_prompt_still_says_how_to_go_on(monkeypatch, capsys):
    lines = iter(["What is SOAP?"])

    def read(_prompt):
        for line in lines:
            return line
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", read)
    assert (
        main(["chat"], terminal=Terminal(open_assistant=lambda _settings: FakeAssistant())) == 130
    )
    assert "litdesk chat --resume c0" in capsys.readouterr().err


def test_an_interrupt_stops_the_answer_and_not_the_chat(talk):
    def reply(question):
        if question == "slow":
            raise KeyboardInterrupt
        return answered(question)

    code, out, err = talk("slow", "good", assistant=FakeAssistant(reply=reply))
    assert code == 0
    assert "Stopped." in err
    assert "SOAP runs Adam" in out
