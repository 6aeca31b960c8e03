import io
import json
import re

import pytest
from tests.fakes import PROVENANCE, SOAP, FakeAssistant, answered, sentence

from litdesk.cli import main
from litdesk.cli.terminal import Terminal, plain
from litdesk.types import (
    Abstention,
    AbstentionReason,
    Action,
    Answer,
    AnswerStatus,
    NearestPaper,
    RetrievedPaper,
    Verdict,
)

ANSI = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")


class Screen(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self):
        return True


def run(*argv, reply=answered, out=None):
    streams = {"out": out} if out else {}
    terminal = Terminal(open_assistant=lambda _settings: FakeAssistant(reply=reply), **streams)
    return main(argv, terminal=terminal)


def test_an_answer_is_its_sentences_then_the_references(capsys):
    assert run("ask", "What is SOAP?") == 0
    assert capsys.readouterr().out.splitlines() == [
        "SOAP runs Adam in the eigenbasis of Shampoo. [1]",
        "",
        "References",
        "[1] Nikhil Vyas, Sham Kakade (2024). SOAP: Improving and Stabilizing Shampoo using Adam."
        "  vyas2024soap",
        "    https://arxiv.org/abs/2409.11321",
    ]


def test_a_sentence_that_is_not_supported_is_marked_with_the_reason(capsys):
    good = sentence("SOAP runs Adam. [1]")
    bad = sentence(
        "It is 40 % faster. [1]",
        start=len(good.text) + 1,
        verdict=Verdict.UNSUPPORTED,
        reason="the number 40 % is not in the cited sentence.",
    )
    run("ask", "q", reply=lambda q: answered(q, good, bad))
    first = capsys.readouterr().out.splitlines()[0]
    assert first == (
        "SOAP runs Adam. [1] It is 40 % faster. [1] "
        "[unsupported: the number 40 % is not in the cited sentence]"
    )


def test_what_was_done_to_a_sentence_is_said(capsys):
    kept = sentence("SOAP runs Adam. [1]").model_copy(
        update={"action": Action.REPLACED, "reason": "the draft was not supported"}
    )
    dropped = sentence("Cats purr.", verdict=Verdict.CONTRADICTED, reason="no").model_copy(
        update={"action": Action.DROPPED, "end": 0}
    )
    run(
        "ask",
        "q",
        reply=lambda q: answered(q, kept).model_copy(update={"sentences": (kept, dropped)}),
    )
    shown = capsys.readouterr().out
    assert "[replaced by the nearest quotation: the draft was not supported]" in shown
    assert "Left out\n  Cats purr. [contradicted: no]" in shown


def test_an_answer_that_nothing_has_checked_says_so_once(capsys):
    unjudged = sentence("SOAP runs Adam. [1]", verdict=Verdict.UNCHECKED)
    run("ask", "q", reply=lambda q: answered(q, unjudged))
    shown = capsys.readouterr().out
    assert "Nothing has checked these sentences." in shown
    assert "[unchecked" not in shown


def test_a_question_that_was_read_otherwise_says_how(capsys):
    run("ask", "wat is SOPA", reply=lambda q: answered(q).model_copy(update={"read_as": "SOAP?"}))
    assert capsys.readouterr().out.startswith("Read as: SOAP?\n\nSOAP runs Adam")


def test_the_words_behind_a_paraphrase_are_quoted_under_its_reference(capsys):
    free = sentence("Adam works in Shampoo's basis. [1]", quote=SOAP.abstract)
    run("ask", "q", reply=lambda q: answered(q, free))
    assert f"    “{SOAP.abstract}”" in capsys.readouterr().out


def test_an_abstention_is_done_and_names_the_nearest_papers(capsys):
    assert run("ask", "Who won the cup?", reply=abstained) == 0
    assert capsys.readouterr().out.splitlines() == [
        "No paper of the library is about this.",
        "",
        "Nearest papers",
        "  vyas2024soap  SOAP: Improving and Stabilizing Shampoo using Adam",
    ]


def test_an_answer_that_failed_exits_with_1_and_shows_what_was_found(capsys):
    assert run("ask", "q", reply=failed) == 1
    shown = capsys.readouterr()
    assert shown.err == "Error: The model did not answer in 60 s.\n"
    assert "vyas2024soap  SOAP" in shown.out


def test_an_answer_that_failed_is_still_one_json_document(capsys):
    assert run("ask", "q", "--json", reply=failed) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["status"] == "failed"
    assert document["retrieved"][0]["paper_id"] == "vyas2024soap"


def test_an_answer_as_json_has_the_fields_of_the_interface(capsys):
    assert run("ask", "What is SOAP?", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert {
        "question",
        "status",
        "answer",
        "sentences",
        "references",
        "abstention",
        "retrieved",
        "usage",
        "timings_ms",
        "provenance",
    } <= document.keys()
    first = document["sentences"][0]
    assert {
        "text",
        "start",
        "end",
        "verdict",
        "score",
        "reason",
        "verifier",
        "action",
        "citations",
    } <= first.keys()
    assert document["answer"][first["start"] : first["end"]] == first["text"]
    assert {"marker", "status", "paper_id", "field", "version", "quote", "start", "end"} <= first[
        "citations"
    ][0].keys()


def test_offsets_hold_where_the_answer_has_control_characters(capsys):
    hostile = sentence("A\x1b[31mred\x07 word. [1]")
    later = sentence("Fine. [1]", start=len(hostile.text) + 1, verdict=Verdict.UNCERTAIN)
    run("ask", "q", reply=lambda q: answered(q, hostile, later))
    assert capsys.readouterr().out.splitlines()[0] == "Ared word. [1] Fine. [1] [uncertain]"


def test_a_terminal_gets_wrapped_lines_with_references_indented(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    run("ask", "q", out=screen)
    lines = [ANSI.sub("", line) for line in screen.getvalue().splitlines()]
    assert max(map(len, lines)) <= 40
    start = lines.index("References") + 1
    assert lines[start].startswith("[1] Nikhil Vyas")
    assert all(line.startswith("    ") for line in lines[start + 1 :])


def test_verbose_tells_who_wrote_it_and_how_long_it_took(capsys):
    run("ask", "q", "-v")
    assert "Written by quoting. total 12 ms" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢字\nnext", "plain é 漢字\nnext"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b2Jgone", "gone"),
        ("tab\there\rthere", "tab here there"),
        ("\x1b]0;title\x07rest", "]0;titlerest"),
        ("left\u202e\u2066right\u200b\ufeff", "leftright"),
        ("\ud800surrogate\U000e0041", "surrogate"),
        ("line\u2028break", "line break"),
    ],
)
def test_plain_text_has_nothing_that_a_terminal_acts_on(text, shown):
    assert plain(text) == shown


def abstained(question):
    nearest = (NearestPaper(paper_id=SOAP.paper_id, title=SOAP.title, score=0.1),)
    return Answer(
        question=question,
        status=AnswerStatus.ABSTAINED,
        answer="",
        abstention=Abstention(
            reason=AbstentionReason.NOTHING_RELEVANT,
            message="No paper of the library is about this.",
            nearest=nearest,
        ),
        provenance=PROVENANCE,
    )


def failed(question):
    found = (RetrievedPaper(rank=1, paper_id=SOAP.paper_id, title=SOAP.title, score=0.9),)
    return Answer(
        question=question,
        status=AnswerStatus.FAILED,
        answer="",
        error="The model did not answer in 60 s.",
        retrieved=found,
        provenance=PROVENANCE,
    )
