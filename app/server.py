"""The web server around the page: loopback only, and nothing is fetched from elsewhere."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import typer

from litdesk.errors import LitdeskError, SettingsError

from .ui import build_ui

if TYPE_CHECKING:
    from fastapi import FastAPI

    from litdesk.assistant import Assistant

__all__ = ["build_app", "serve"]

_LOG = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

# Gradio compiles the templates of its HTML components (unsafe-eval) and sets styles from scripts;
# scripts in the page itself run only with the nonce of the response.
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def serve(
    assistant: Assistant,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
) -> None:
    """Serve the page until interrupted, and print its address.

    Args:
        assistant: Who answers.
        host: A loopback address.
        port: The port; 0 for any free one.
        open_browser: Whether to open the page in the reader's browser.

    Raises:
        SettingsError: If the address is not a loopback one, or is in use.
    """
    import uvicorn

    with _listen(host, port) as listener:
        threading.Thread(target=_warm_up, args=(assistant,), daemon=True).start()
        app = build_app(assistant)
        address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/"
        typer.echo(f"litdesk is at {address}  (Ctrl-C stops it)")
        if open_browser:
            typer.launch(address)
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        # An open page holds a connection; that it is cut at the end is no error to report.
        logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def build_app(assistant: Assistant) -> FastAPI:
    """Return the page as a web application with its security headers; nothing is started.

    Args:
        assistant: Who answers.

    Returns:
        The application.
    """
    import gradio as gr
    from fastapi import FastAPI
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    # Gradio copies what readers save to a folder that it never empties; this one goes at the end.
    saved = TemporaryDirectory(prefix="litdesk-", ignore_cleanup_errors=True)
    os.environ["GRADIO_TEMP_DIR"] = saved.name  # noqa: TID251 (Gradio has no other way)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        yield
        saved.cleanup()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=running)
    gr.mount_gradio_app(
        app,
        build_ui(assistant),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        max_file_size=1,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
        css_paths=_HERE / "page.css",
        favicon_path=str(_HERE / "favicon.svg"),
    )
    app.add_middleware(SecurityHeaders)
    # A foreign site must not reach the page through a name that resolves to loopback.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS)
    return app


class SecurityHeaders:
    """Middleware that adds a Content-Security-Policy, and its nonce to the page's own scripts."""

    def __init__(self, app: Application) -> None:
        """Wrap an application.

        Args:
            app: The application.
        """
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request.

        Args:
            scope: The request.
            receive: Where its body comes from.
            send: Where the response goes.
        """
        nonce = secrets.token_urlsafe(16)

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_headers(nonce)]
            await send(message)

        if scope["type"] == "http" and scope["path"] == "/":
            # The page is about to be rewritten, which its compressed form would not allow.
            scope["headers"] = [h for h in scope["headers"] if h[0] != b"accept-encoding"]
            await self.app(scope, receive, _Page(send_secured, nonce))
        else:
            await self.app(scope, receive, send_secured)


class _Page:
    """Holds a response back until it is complete, and gives its scripts the nonce."""

    def __init__(self, send: Send, nonce: str) -> None:
        self.send = send
        self.tag = f'<script nonce="{nonce}"'.encode()
        self.start: Message = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self._release()
        else:
            await self.send(message)

    async def _release(self) -> None:
        body = self.body.replace(b"<script", self.tag)
        kept = [h for h in self.start["headers"] if h[0] != b"content-length"]
        self.start["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": body})


def _headers(nonce: str) -> list[tuple[bytes, bytes]]:
    policy = _POLICY.format(nonce=nonce).encode()
    return [*_HEADERS, (b"content-security-policy", policy)]


def _listen(host: str, port: int) -> socket.socket:
    if f"[{host}]" not in _HOSTS and host not in _HOSTS:
        raise SettingsError(
            f"The page cannot be served on {host}.", remedy="Use 127.0.0.1, localhost or ::1."
        )
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"The address {host}:{port} cannot be used: {error.strerror or error}.",
            remedy="Name another with --port or LITDESK_APP__PORT, or 0 for any free one.",
        ) from error
    return listener


def _warm_up(assistant: Assistant) -> None:
    try:
        assistant.warm_up()
    except LitdeskError as error:
        _LOG.info("Not warmed up: %s", error)  # the first question says it again, on the page
