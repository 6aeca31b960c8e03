"""Conversations in the library, and the commands that show them."""

import io
import json
import re

import pytest
import sqlalchemy as sa
from tests.fakes import SOAP, FakeAssistant, answered, sentence

from litdesk.cli import main
from litdesk.cli.terminal import Terminal
from litdesk.conversations import Conversations, as_markdown
from litdesk.errors import ConversationMissingError, StoreError
from litdesk.library import Library
from litdesk.types import AnswerStatus, Verdict


@pytest.fixture
def library(tmp_path):
    opened = Library.open(tmp_path / "library")
    yield opened
    opened.close()


def failed(question):
    return answered(question).model_copy(
        update={"status": AnswerStatus.FAILED, "error": "It was cut short."}
    )


def test_answers_come_back_as_they_were_kept(library):
    kept = Conversations(library)
    first, second = answered("What is SOAP?"), answered("Who wrote it?")
    conversation_id = kept.add(first)
    assert kept.add(second, to=conversation_id) == conversation_id
    read = kept.read(conversation_id)
    assert read.answers == (first, second)
    assert read.answers[0].sentences[0].citations[0].version == SOAP.version
    assert [turn.paper_ids for turn in read.turns] == [(SOAP.paper_id,)] * 2


def test_conversations_are_still_there_when_the_library_is_opened_again(library):
    conversation_id = Conversations(library).add(answered("What is SOAP?"))
    library.close()
    again = Library.open(library.folder, create=False)
    assert Conversations(again).read(conversation_id).title == "What is SOAP?"
    again.close()


def test_what_failed_is_not_kept(library):
    kept = Conversations(library)
    assert kept.add(failed("What is SOAP?")) is None
    conversation_id = kept.add(answered("What is SOAP?"))
    assert kept.add(failed("And Adam?"), to=conversation_id) == conversation_id
    assert len(kept.read(conversation_id).answers) == 1


def test_the_list_has_the_latest_first_with_its_number_of_answers(library):
    kept = Conversations(library)
    assert kept.entries() == []
    old, new = kept.add(answered("old")), kept.add(answered("new"))
    kept.add(answered("more"), to=old)
    assert [(e.conversation_id, e.title, e.exchanges) for e in kept.entries()] == [
        (old, "old", 2),
        (new, "new", 1),
    ]


def test_a_conversation_is_renamed_and_deleted_without_touching_another(library):
    kept = Conversations(library)
    one, other = kept.add(answered("one")), kept.add(answered("other"))
    kept.rename(one, "  The   first ")
    assert kept.read(one).title == "The first"
    kept.delete(one)
    assert [entry.conversation_id for entry in kept.entries()] == [other]
    assert len(kept.read(other).answers) == 1


@pytest.mark.parametrize("laid_out", [True, False])
def test_a_conversation_that_is_not_there_is_named(library, laid_out):
    kept = Conversations(library)
    if laid_out:
        kept.add(answered("one"))
    for act in (
        lambda: kept.read("nowhere"),
        lambda: kept.rename("nowhere", "x"),
        lambda: kept.delete("nowhere"),
        lambda: kept.add(answered("two"), to="nowhere"),
    ):
        with pytest.raises(ConversationMissingError, match="nowhere"):
            act()
    assert len(kept.entries()) == laid_out


def test_a_damaged_answer_is_told_as_such(library):
    kept = Conversations(library)
    conversation_id = kept.add(answered("one"))
    with library.committing() as connection:
        connection.execute(sa.text("UPDATE exchanges SET answer = '{'"))
    with pytest.raises(StoreError, match="damaged"):
        kept.read(conversation_id)


def test_papers_ingested_meanwhile_leave_conversations_alone(library):
    kept = Conversations(library)
    conversation_id = kept.add(answered("one"))
    revision = library.revision
    library.save([SOAP], chunks=[], records=[("digest", SOAP.paper_id)])
    assert library.revision != revision
    assert len(kept.read(conversation_id).answers) == 1


def test_markdown_shows_hostile_text_and_does_nothing_with_it(library):
    evil = (
        "See ![x](https://evil.example/x.png) <img src=x> [a](javascript:b) www.evil.example "
        "| # $x$ `code`."
    )
    kept = Conversations(library)
    answer = answered(evil, sentence(evil, verdict=Verdict.UNSUPPORTED, reason="[r](http://e.e)"))
    text = as_markdown(kept.read(kept.add(answer)))
    for active in ("![", "<img", "](", "https://evil", "www.evil", "http://e.e"):
        assert not re.search(rf"(?<!\\){re.escape(active)}", text)
    assert f"<{SOAP.link}>" in text
    assert "*(unsupported" in text


@pytest.fixture
def run(capsys, monkeypatch):
    assistant = FakeAssistant()

    def _run(*argv, lines=()):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        code = main(argv, terminal=Terminal(open_assistant=lambda _settings: assistant))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    _run.assistant = assistant
    return _run


def test_a_chat_is_kept_and_says_how_to_go_on(run):
    _, _, err = run("chat", lines=["What is SOAP?", "/new", "And Adam?"])
    assert run.assistant.conversations.titles == {"c0": "What is SOAP?", "c1": "And Adam?"}
    assert "litdesk chat --resume c1" in err


def test_a_resumed_chat_shows_and_knows_what_went_before(run):
    run("chat", lines=["What is SOAP?"])
    code, out, _ = run("chat", "--resume", "c0", lines=["Who wrote it?"])
    assert code == 0
    assert out.startswith("> What is SOAP?\nSOAP runs Adam")
    assert [turn.question for turn in run.assistant.histories[-1]] == ["What is SOAP?"]
    assert len(run.assistant.conversations.kept["c0"]) == 2


def test_a_chat_that_cannot_be_resumed_says_so(run):
    code, _, err = run("chat", "--resume", "c9")
    assert code == 1
    assert "There is none." in err


def test_a_chat_goes_on_where_nothing_can_be_kept(run):
    run.assistant.conversations.error = StoreError("The disk is full.", remedy="Make room.")
    code, out, err = run("chat", lines=["What is SOAP?", "And?"])
    assert code == 0
    assert "The disk is full." in err
    assert out.count("SOAP runs Adam in the eigenbasis") >= 2


@pytest.fixture
def stored(tmp_path, capsys):
    folder = tmp_path / "library"
    library = Library.open(folder)
    conversation_id = Conversations(library).add(answered("What is SOAP?"))
    library.close()

    def _run(command, *argv):
        code = main(["conversations", command, *argv, "--library", str(folder)])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    _run.id, _run.folder = conversation_id, tmp_path
    return _run


def test_the_commands_list_rename_and_delete(stored):
    assert stored.id in stored("list")[1]
    assert stored("rename", stored.id, "Soap at last")[0] == 0
    document = json.loads(stored("list", "--json")[1])
    assert [entry["title"] for entry in document["conversations"]] == ["Soap at last"]
    assert stored("delete", stored.id)[0] == 0
    assert json.loads(stored("list", "--json")[1])["count"] == 0
    code, _, err = stored("delete", stored.id)
    assert (code, "no conversation" in err) == (1, True)


def test_a_conversation_is_exported_as_markdown_and_as_json(stored):
    assert "## What is SOAP?" in stored("export", stored.id)[1]
    document = json.loads(stored("export", stored.id, "--json")[1])
    assert document["answers"][0]["question"] == "What is SOAP?"
    file = stored.folder / "soap.json"
    assert stored("export", stored.id, "-o", str(file))[0] == 0
    assert json.loads(file.read_text())["conversation_id"] == stored.id
    code, _, err = stored("export", stored.id, "-o", str(stored.folder / "no" / "soap.md"))
    assert (code, "cannot be written" in err) == (2, True)
