import io
import json
import logging
import os
import subprocess
import sys

import pytest
from tests.fakes import FakeAssistant, answered

from litdesk.cli import main
from litdesk.cli.terminal import Terminal
from litdesk.errors import LibraryInUseError, LibraryMissingError, MalformedOutputError


@pytest.fixture(autouse=True)
def _untouched_logging():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    logging.captureWarnings(False)


def run(*argv, assistant=None):
    assistant = assistant or FakeAssistant()
    return main(argv, terminal=Terminal(open_assistant=lambda _settings: assistant))


def test_no_argument_shows_the_help_and_is_no_error(capsys):
    assert run() == 0
    assert "litdesk ingest seeds/" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["ingest", "papers", "ask", "chat", "ui", "doctor"])
def test_every_command_gives_examples_in_its_help(command, capsys):
    assert run(command, "--help") == 0
    shown = capsys.readouterr().out
    assert "Examples" in shown
    assert f"litdesk {command}" in shown.partition("Examples")[2]


def test_the_version_is_that_of_the_package(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("litdesk 0.")


@pytest.mark.parametrize(
    "argv",
    [
        ("ask",),
        ("nonsense",),
        ("ask", "x", "--nonsense"),
        ("papers", "--year", "soon"),
        ("ingest", "/no/such/path"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_where_to_look(argv, capsys):
    assert run(*argv) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("Error: ")
    assert "--help` shows how to use it." in " ".join(shown.err.split())


def test_wrong_usage_is_json_where_json_is_asked(capsys):
    assert run("ask", "--json") == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["type"] == "UsageError"
    assert "QUESTION" in error["message"]
    assert "litdesk ask --help" in error["remedy"]


def test_an_error_is_its_message_and_its_remedy_on_stderr(capsys):
    error = LibraryMissingError("The library is empty.", remedy="Ingest some papers first.")
    assert run("papers", assistant=Failing(error)) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "Error: The library is empty. Ingest some papers first.\n"


def test_an_error_is_one_json_document_where_json_is_asked(capsys):
    error = LibraryMissingError("The library is empty.", remedy="Ingest some papers first.")
    assert run("papers", "--json", assistant=Failing(error)) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {
        "error": {
            "type": "LibraryMissingError",
            "message": "The library is empty.",
            "remedy": "Ingest some papers first.",
        }
    }
    assert shown.err == ""


def test_the_exit_code_is_that_of_the_error():
    assert run("ask", "q", assistant=Failing(LibraryInUseError("Busy.", remedy="Wait."))) == 3


def test_control_characters_in_an_error_do_not_reach_the_terminal(capsys):
    error = MalformedOutputError("Bad \x1b[2Jreply\x07.", raw="", remedy="Try\nagain.")
    run("ask", "q", assistant=Failing(error))
    assert capsys.readouterr().err == "Error: Bad reply. Try again.\n"


def test_an_unexpected_error_names_its_type_without_a_traceback(capsys):
    assert run("ask", "q", assistant=Failing(ZeroDivisionError("by zero"))) == 1
    shown = capsys.readouterr().err
    assert "ZeroDivisionError: by zero" in shown
    assert "-v" in shown
    assert "Traceback" not in shown


def test_the_traceback_of_an_unexpected_error_is_shown_on_demand(capsys):
    assert run("ask", "q", "-v", assistant=Failing(ZeroDivisionError("by zero"))) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_ends_quietly_with_130(capsys):
    assert run("ask", "q", assistant=Failing(KeyboardInterrupt())) == 130
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "")


def test_a_wrong_setting_is_an_error_of_usage(capsys, monkeypatch):
    monkeypatch.setenv("LITDESK_RETRIEVAL__PASSAGES", "many")
    assert run("ask", "q", "--json") == 2
    assert "LITDESK_RETRIEVAL__PASSAGES" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_what_libraries_print_stays_off_stdout(capsys):

    def reply(question):
        print("a library that prints")  # noqa: T201
        return answered(question)

    assert run("ask", "q", "--json", assistant=FakeAssistant(reply=reply)) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["question"] == "q"
    assert "a library that prints" in shown.err


def test_control_characters_in_a_log_do_not_reach_the_terminal(capsys):
    logging.getLogger().handlers.clear()

    def reply(question):
        logging.getLogger("chatty").error("read \x1b[2J%s", question)
        return answered(question)

    run("ask", "q\x07", assistant=FakeAssistant(reply=reply))
    assert capsys.readouterr().err == "chatty: read q\n"


def test_what_a_library_logs_is_shown_only_on_demand(capsys):
    def reply(question):
        chatty = logging.getLogger("chatty")
        chatty.setLevel(logging.DEBUG)
        chatty.info("building")
        return answered(question)

    for verbose in (["-v"], []):
        logging.getLogger().handlers.clear()
        run("ask", "q", *verbose, assistant=FakeAssistant(reply=reply))
        assert ("building" in capsys.readouterr().err) == bool(verbose)


def test_json_escapes_what_a_terminal_would_act_on():
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    hostile = "a\x1b[2Jb\x9b\u202ec\ud800 é"
    Terminal(out=out).write_json({"title": hostile})
    out.flush()
    written = out.buffer.getvalue().decode()
    assert json.loads(written) == {"title": hostile}
    assert "é" in written
    assert not set(written) & {"\x1b", "\x9b", "\u202e"}


def test_json_is_ascii_where_stdout_is_not_utf8():
    out = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    Terminal(out=out).write_json({"title": "Łukasz é"})
    out.flush()
    assert json.loads(out.buffer.getvalue().decode("ascii")) == {"title": "Łukasz é"}


def test_a_reader_that_closes_the_pipe_is_no_error():
    script = (
        "import sys\n"
        "from litdesk.cli import main\n"
        "from litdesk.cli.terminal import Terminal\n"
        "from tests.fakes import SOAP, FakeAssistant\n"
        "fake = FakeAssistant(papers=[SOAP] * 5000)\n"
        "sys.exit(main(['papers'], terminal=Terminal(open_assistant=lambda _: fake)))\n"
    )
    reading, writing = os.pipe()
    program = subprocess.Popen(
        [sys.executable, "-c", script], stdout=writing, stderr=subprocess.PIPE, text=True
    )
    os.close(writing)
    os.read(reading, 10)
    os.close(reading)
    _, complaint = program.communicate(timeout=60)
    assert complaint == ""
    assert program.returncode == 0


class Failing(FakeAssistant):
    """An assistant that fails at whatever it is asked."""

    def __init__(self, error):
        super().__init__(error=error)

    def papers(self, query="", *, author=None, years=(None, None)):
        raise self.error
