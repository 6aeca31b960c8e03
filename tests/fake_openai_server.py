"""An OpenAI-compatible server on loopback that fails in one way on purpose.

The name of the model that is asked for is the mode: `MODES` lists them. Each mode answers streamed
and whole, as the request wants.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ANSWER = "SOAP needs 40% fewer iterations than AdamW [1]. It adds one hyperparameter [1]."
WORDS = [word + " " for word in ANSWER.split()]
LONG_S = 20.0


class FakeOpenAI(ThreadingHTTPServer):
    """Counts what it is asked, and notes when a client goes away."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        self.client_left = threading.Event()
        self.stopping = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that give up are what this server is for."""


@contextmanager
def serving() -> Iterator[FakeOpenAI]:
    server = FakeOpenAI()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeOpenAI

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        self.streamed = bool(body.get("stream"))
        try:
            MODES[body["model"]](self)
        except (BrokenPipeError, ConnectionResetError):
            self.server.client_left.set()
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        pass

    def status(self, code: int, error: Any, headers: dict[str, str] | None = None) -> None:
        self.whole(json.dumps({"error": error}).encode(), code=code, headers=headers)

    def whole(
        self,
        data: bytes,
        *,
        code: int = 200,
        kind: str = "application/json",
        headers: dict[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def raw(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def event(self, value: Any) -> None:
        self.raw(b"data: " + json.dumps(value).encode() + b"\n\n")

    def words(self, words: list[str]) -> None:
        for word in words:
            self.event(_chunk({"content": word}))

    def end_stream(self, *, done: bool = True) -> None:
        if done:
            self.raw(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def pause(self, seconds: float) -> None:
        """Wait, and notice a client that goes away meanwhile."""
        until = time.monotonic() + seconds
        self.connection.settimeout(0.02)
        while time.monotonic() < until and not self.server.stopping.is_set():
            try:
                if not self.connection.recv(1, socket.MSG_PEEK):
                    raise BrokenPipeError
            except TimeoutError:
                continue

    def reply(self, text: str | None, reason: str | None, **message: Any) -> None:
        """A well-formed reply with this text and finish reason."""
        if not self.streamed:
            self.whole(json.dumps(_whole(text, reason, **message)).encode())
            return
        self.begin_stream()
        self.event(_chunk({"role": "assistant", "content": "", **message}))
        self.words([word + " " for word in (text or "").split()])
        if reason:
            self.event(_chunk({}, reason))
        self.event({**_chunk({}), "choices": [], "usage": _USAGE})
        self.end_stream()

    def body(self, data: bytes, kind: str = "application/json") -> None:
        """These bytes where a reply should be."""
        if self.streamed and kind == "application/json":
            self.begin_stream()
            self.words(WORDS[:3])
            self.raw(b"data: " + data + b"\n\n")
            self.event(_chunk({}, "stop"))
            self.end_stream()
        else:
            self.whole(data, kind=kind)


_USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
_HEAD = {"id": "x", "created": 1, "model": "fake"}


def _chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {**_HEAD, "object": "chat.completion.chunk", "choices": [choice]}


def _whole(text: str | None, reason: str | None, **message: Any) -> dict[str, Any]:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text, **message},
        "finish_reason": reason,
    }
    return {**_HEAD, "object": "chat.completion", "choices": [choice], "usage": _USAGE}


def _first_then_ok(code: int, headers: dict[str, str]) -> Callable[[_Handler], None]:
    def handle(handler: _Handler) -> None:
        mode = handler.server.requests[-1]["model"]
        if sum(request["model"] == mode for request in handler.server.requests) % 2:
            handler.status(code, {"message": "try again"}, headers)
        else:
            handler.reply(ANSWER, "stop")

    return handle


def _reset(handler: _Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    raise ConnectionResetError


def _hang_up(handler: _Handler) -> None:
    handler.close_connection = True


def _cut(handler: _Handler) -> None:
    """Half a reply, then the connection breaks."""
    if handler.streamed:
        handler.begin_stream()
        handler.words(WORDS[:5])
    else:
        data = json.dumps(_whole(ANSWER, "stop")).encode()
        handler.whole(data[: len(data) // 2], length=len(data))
    handler.close_connection = True


def _ends(*, done: bool) -> Callable[[_Handler], None]:
    """Half a reply, and a clean end without a finish reason."""

    def handle(handler: _Handler) -> None:
        if not handler.streamed:
            handler.reply(ANSWER[:30], None)
            return
        handler.begin_stream()
        handler.words(WORDS[:5])
        handler.end_stream(done=done)

    return handle


def _no_choices(handler: _Handler) -> None:
    if not handler.streamed:
        handler.whole(json.dumps({**_whole("", "stop"), "choices": []}).encode())
        return
    handler.begin_stream()
    handler.event({**_chunk({}), "choices": []})
    handler.end_stream()


def _silent(handler: _Handler) -> None:
    handler.pause(LONG_S)
    handler.close_connection = True


def _silent_after_headers(handler: _Handler) -> None:
    if handler.streamed:
        handler.begin_stream()
        handler.event(_chunk({"role": "assistant", "content": ""}))
    else:
        handler.whole(b"{", length=1000)
    _silent(handler)


def _stalls(handler: _Handler) -> None:
    if handler.streamed:
        handler.begin_stream()
        handler.words(WORDS[:5])
    else:
        handler.whole(b'{"choices": [', length=1000)
    _silent(handler)


def _stalls_later(handler: _Handler) -> None:
    if handler.streamed:
        handler.begin_stream()
        handler.words([*WORDS, "More "])
        _silent(handler)
    else:
        _stalls(handler)


def _drips(handler: _Handler) -> None:
    """A word, or a space of a body, every tenth of a second, for ever."""
    if handler.streamed:
        handler.begin_stream()
    else:
        handler.whole(b" ", length=100_000)
    until = time.monotonic() + LONG_S
    while time.monotonic() < until and not handler.server.stopping.is_set():
        handler.words(["more "]) if handler.streamed else handler.wfile.write(b" ")
        handler.pause(0.1)


def _keeps_alive(handler: _Handler) -> None:
    """Comments that keep the connection open, and never a word."""
    if not handler.streamed:
        _drips(handler)
        return
    handler.begin_stream()
    until = time.monotonic() + LONG_S
    while time.monotonic() < until and not handler.server.stopping.is_set():
        handler.raw(b": ping\n\n")
        handler.pause(0.1)


def _endless(handler: _Handler) -> None:
    """Text without end, as fast as it is taken."""
    if not handler.streamed:
        handler.reply("word " * 50_000, "stop")
        return
    handler.begin_stream()
    while not handler.server.stopping.is_set():
        handler.words(["word " * 1_000])


def _error_event(handler: _Handler) -> None:
    error = {"message": "the model crashed", "type": "server_error", "code": None}
    if not handler.streamed:
        handler.status(500, error)
        return
    handler.begin_stream()
    handler.words(WORDS[:5])
    handler.event({"error": error})
    handler.end_stream()


_CONTEXT = {
    "message": "This model's maximum context length is 4096 tokens.",
    "code": "context_length_exceeded",
}
_TOOL = [{"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}]

MODES: dict[str, Callable[[_Handler], None]] = {
    "ok": lambda h: h.reply(ANSWER, "stop"),
    "unauthorized": lambda h: h.status(401, {"message": "Incorrect API key provided: sk-secret"}),
    "forbidden": lambda h: h.status(403, {"message": "no"}),
    "no-such-model": lambda h: h.status(404, {"message": "no such model"}),
    "bad-request": lambda h: h.status(400, {"message": "unknown field"}),
    "too-long": lambda h: h.status(400, _CONTEXT),
    "rate-limited": lambda h: h.status(429, {"message": "slow"}, {"Retry-After": "20"}),
    "rate-limited-until": lambda h: h.status(
        429, {"message": "slow"}, {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}
    ),
    "rate-limited-once": _first_then_ok(429, {"Retry-After": "0"}),
    "server-error": lambda h: h.status(500, {"message": "oops"}),
    "server-error-once": _first_then_ok(500, {}),
    "bad-gateway-page": lambda h: h.whole(b"<html>502</html>", code=502, kind="text/html"),
    "overloaded": lambda h: h.status(503, {"message": "busy"}),
    "gateway-timeout": lambda h: h.status(504, {"message": "late"}),
    "error-not-json": lambda h: h.whole(b"\xff\xfe oops", code=500),
    "error-not-an-object": lambda h: h.status(500, ["oops"]),
    "html": lambda h: h.body(b"<html><h1>Welcome</h1></html>", "text/html"),
    "bad-json": lambda h: h.body(b'{"choices": [{"delta": {'),
    "bad-utf8": lambda h: h.body(b'{"choices": [{"delta": {"content": "\xff\xfe"}}]}'),
    "json-of-another-kind": lambda h: h.body(b'["hello"]'),
    "choices-of-another-kind": lambda h: h.body(b'{"choices": "none"}'),
    "empty-body": lambda h: h.whole(b""),
    "empty-text": lambda h: h.reply("", "stop"),
    "null-text": lambda h: h.reply(None, "stop"),
    "white-space": lambda h: h.reply(" \n ", "stop"),
    "no-choices": _no_choices,
    "length": lambda h: h.reply(ANSWER[:30], "length"),
    "content-filter": lambda h: h.reply(ANSWER[:30], "content_filter"),
    "calls-a-tool": lambda h: h.reply("", "tool_calls", tool_calls=_TOOL),
    "unknown-reason": lambda h: h.reply(ANSWER, "weather"),
    "no-finish-reason": _ends(done=True),
    "just-ends": _ends(done=False),
    "cut": _cut,
    "reset": _reset,
    "hangs-up": _hang_up,
    "silent": _silent,
    "silent-after-headers": _silent_after_headers,
    "stalls": _stalls,
    "stalls-later": _stalls_later,
    "drips": _drips,
    "keeps-alive": _keeps_alive,
    "endless": _endless,
    "error-event": _error_event,
}
