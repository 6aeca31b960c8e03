import subprocess
import sys

import pytest
from tests.fakes import FakeAssistant

import litdesk
from litdesk.cli import main
from litdesk.cli.terminal import Terminal

SERVER = """
def serve(assistant, *, host, port, open_browser):
    print(type(assistant).__name__, host, port, open_browser)
"""


@pytest.fixture
def packaged_page(tmp_path, monkeypatch):
    """The page where a wheel has it, with a server that tells what it is called with."""
    page = tmp_path / "_app"
    page.mkdir()
    (page / "__init__.py").write_text("")
    (page / "server.py").write_text(SERVER)
    monkeypatch.setattr(litdesk, "__path__", [*litdesk.__path__, str(tmp_path)])
    yield
    for name in ("litdesk._app.server", "litdesk._app"):
        sys.modules.pop(name, None)


def run(*argv):
    fake = FakeAssistant()
    return main(argv, terminal=Terminal(open_assistant=lambda _settings: fake))


@pytest.mark.usefixtures("packaged_page")
def test_the_page_is_served_on_loopback_and_opened_in_the_browser(capsys):
    assert run("ui") == 0
    assert capsys.readouterr().out == "FakeAssistant 127.0.0.1 7860 True\n"


@pytest.mark.usefixtures("packaged_page")
def test_the_port_and_the_browser_are_options(capsys):
    assert run("ui", "--port", "0", "--no-browser") == 0
    assert capsys.readouterr().out == "FakeAssistant 127.0.0.1 0 False\n"


@pytest.mark.usefixtures("packaged_page")
def test_the_port_of_the_settings_is_the_default(capsys, monkeypatch):
    monkeypatch.setenv("LITDESK_APP__PORT", "8123")
    assert run("ui", "--no-browser") == 0
    assert capsys.readouterr().out == "FakeAssistant 127.0.0.1 8123 False\n"


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_what_is_no_port_is_refused(port, capsys):
    assert run("ui", "--port", port) == 2
    assert "--port" in capsys.readouterr().err


def test_a_checkout_serves_its_own_page_from_any_folder(tmp_path):
    script = "from litdesk.cli.desk import _load_page; print(_load_page().serve.__module__)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "litdesk._app.server\n", done.stderr
