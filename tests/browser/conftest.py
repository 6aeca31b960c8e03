"""A served page with a fake assistant, and a headless Chromium to look at it with."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from tests.browser.fake_assistant import FakeAssistant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
IN_CI = bool(os.environ.get("CI"))  # noqa: TID251 (whether a skip is acceptable)


def missing(what: str) -> None:
    if IN_CI:
        pytest.fail(f"{what}; in CI the page must be tested")
    pytest.skip(f"{what}; the page is not tested")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed")
    program = shutil.which("chromium")
    if program is None:
        missing("there is no program named chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakeAssistant, str]]:
    """The fake assistant behind the page, and the page's address."""
    import uvicorn
    from app import build_app

    assistant = FakeAssistant()
    server = uvicorn.Server(uvicorn.Config(build_app(assistant), log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        yield assistant, f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join(10)


class Visit:
    """An open page, what it asked of the network, and what it complained about."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self._note(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.goto(address)
        page.get_by_label("Your question").wait_for()

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.foreign.append(url)

    def ask(self, question: str) -> None:
        """Ask, and wait until the answer is there."""
        turn = self.page.locator(".ld-exchange").count()
        self.start(question)
        self.page.locator(f"#ld-turn-{turn}[aria-busy=false]").wait_for()

    def start(self, question: str) -> None:
        box = self.page.get_by_label("Your question")
        box.fill(question)
        box.press("Enter")

    def look(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text()


@pytest.fixture
def visit(browser: Browser, served: tuple[FakeAssistant, str]) -> Iterator[Visit]:
    with visiting(browser, served[1]) as opened:
        yield opened


@contextmanager
def visiting(browser: Browser, address: str, **options: object) -> Iterator[Visit]:
    """Open the page in a browser session of its own; it must stay on loopback and be content."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    context.set_default_timeout(15_000)
    try:
        opened = Visit(context.new_page(), address)
        yield opened
        assert opened.foreign == []
        assert opened.complaints == []
    finally:
        context.close()
