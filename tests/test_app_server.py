from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from app.server import build_app, serve
from tests.browser.fake_assistant import FakeAssistant

from litdesk.errors import LibraryMissingError, SettingsError

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")


ROOT = Path(__file__).parents[1]


class Empty(FakeAssistant):
    """An assistant whose library does not exist."""

    def papers(self, *_: object, **__: object):  # type: ignore[no-untyped-def]
        raise LibraryMissingError("There is no library.", remedy="Ingest something.")


@pytest.fixture(scope="module")
def client() -> TestClient:
    from starlette.testclient import TestClient

    return TestClient(build_app(FakeAssistant()), base_url="http://127.0.0.1")


def test_building_the_page_asks_and_warms_nothing() -> None:
    assistant = FakeAssistant()
    build_app(assistant)
    assert assistant.asked == []
    assert not assistant.warm


def test_the_page_can_be_built_before_there_is_a_library() -> None:
    build_app(Empty())


def test_scripts_of_the_page_run_by_a_nonce_that_changes(client: TestClient) -> None:
    nonces = set()
    for _ in range(2):
        response = client.get("/", headers={"accept-encoding": "br, gzip"})
        policy = response.headers["content-security-policy"]
        (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
        scripts = re.findall(r"<script[^>]*>", response.text)
        assert scripts
        assert all(f'nonce="{nonce}"' in script for script in scripts)
        nonces.add(nonce)
    assert len(nonces) == 2


@pytest.mark.parametrize("path", ["/", "/theme.css", "/config", "/nowhere"])
def test_every_response_has_a_policy_without_foreign_hosts(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert "'unsafe-inline'" not in policy["script-src"]
    assert policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert not re.search(r"https?:|\*|//", " ".join(policy.values()))
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_name_that_is_not_loopback_is_refused(client: TestClient) -> None:
    assert client.get("/", headers={"host": "rebound.example.org"}).status_code == 400
    assert client.get("/", headers={"host": "localhost:7860"}).status_code == 200


def test_only_ask_is_open_to_programs(client: TestClient) -> None:
    assert list(client.get("/gradio_api/info").json()["named_endpoints"]) == ["/ask"]


def test_analytics_sharing_and_uploads_are_off(client: TestClient) -> None:
    config = client.get("/config").json()
    assert config["analytics_enabled"] is False
    assert not config.get("share_url")
    upload = client.post("/gradio_api/upload", files={"files": ("a.txt", b"some text")})
    assert upload.status_code >= 400


def test_ask_over_the_api_gives_the_answer_or_the_error_as_json() -> None:
    from starlette.testclient import TestClient

    with TestClient(build_app(FakeAssistant()), base_url="http://127.0.0.1") as started:
        assert '"status": "answered"' in _call(started, "lanterns")
        assert '"type": "ProviderError"' in _call(started, "refuse")


def _call(client: TestClient, question: str) -> str:
    event = client.post("/gradio_api/call/ask", json={"data": [question]}).json()["event_id"]
    return client.get(f"/gradio_api/call/ask/{event}").text


def test_a_port_in_use_is_a_clear_error() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(SettingsError, match="LITDESK_APP__PORT"),
    ):
        serve(FakeAssistant(), port=taken.getsockname()[1])


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", ""])  # noqa: S104
def test_only_loopback_is_served(host: str) -> None:
    with pytest.raises(SettingsError, match="cannot be served on"):
        serve(FakeAssistant(), host=host, port=0)


SERVE = """
import signal
from app.server import serve
from tests.browser.fake_assistant import FakeAssistant
signal.signal(signal.SIGINT, signal.default_int_handler)
serve(FakeAssistant(), port=0)
"""


def test_serving_prints_the_address_and_ends_quietly_at_an_interrupt() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
        assert said
        with urllib.request.urlopen(said[0], timeout=30) as page:  # noqa: S310 (loopback)
            assert page.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


def test_what_readers_saved_goes_with_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.testclient import TestClient

    monkeypatch.setenv("GRADIO_TEMP_DIR", "")
    app = build_app(FakeAssistant())
    saved = Path(os.environ["GRADIO_TEMP_DIR"])  # noqa: TID251 (where Gradio saves)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get("/").status_code == 200
        assert saved.is_dir()
    assert not saved.exists()
