"""Reading a chat model under deadlines.

The model is read on an event loop of its own thread, because only there can a silent connection be
given up: dropping the reader cancels the task, and that closes the connection. The clients are
opened without retries of their own; the one place that tries again is here, where the deadline is
known, and never after the first piece of text.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from litdesk.errors import (
    BadReplyError,
    LitdeskError,
    ProviderDownError,
    ProviderTimeoutError,
    RateLimitedError,
    RefusedError,
)
from litdesk.providers.faults import describe_fault, refuse_unfinished, retry_after_s
from litdesk.types import ModelUse, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from langchain_core.messages import AIMessage
    from langchain_core.runnables import Runnable

__all__ = ["Deadlines", "Meter", "Reply", "read_reply", "stream_reply"]

Meter: TypeAlias = "Callable[[Usage, str | None], None]"
"""Told what a reply took, and how it failed: `timeout`, `down`, `rate-limited`, `refused`,
`bad-reply`, `cancelled` or `other`; None for a complete one."""

_RETRIES = 2
_PAUSE_S = 0.5
_MAX_CHARS = 100_000
_GRACE_S = 0.5
_CHARS_A_TOKEN = 4
_KINDS: dict[type[Exception], str] = {
    ProviderTimeoutError: "timeout",
    ProviderDownError: "down",
    RateLimitedError: "rate-limited",
    RefusedError: "refused",
    BadReplyError: "bad-reply",
}
_UNREAD = ("down", "rate-limited", "refused", "other")
"""Failures before which the model has read nothing, unless it has begun to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long to wait for a chat model, in seconds."""

    connect_s: float = 5
    first_token_s: float = 60
    gap_s: float = 30
    total_s: float = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A complete reply of a chat model."""

    text: str
    usage: Usage


def stream_reply(
    chain: Runnable[Any, Any],
    value: object,
    *,
    name: str,
    deadlines: Deadlines,
    streamed: bool = True,
    meter: Meter | None = None,
) -> Iterator[str | Reply]:
    """Yield the pieces of a reply as they come, and at last the whole.

    Closing the iterator closes the connection to the model.

    Args:
        chain: A chat model, or a chain that ends in one.
        value: What the chain takes.
        name: How to call the model in errors.
        deadlines: How long to wait.
        streamed: False for a server that cannot stream; then only the total deadline counts.
        meter: Told once what the reply took, however it ended.

    Yields:
        Text, then one Reply, and only if the model finished by itself.

    Raises:
        LitdeskError: A ProviderError that says what the model did wrong, or what an earlier step of
            the chain raised.
    """
    items: queue.SimpleQueue[str | Reply | Exception] = queue.SimpleQueue()
    reading = _Reading(chain, value, name, deadlines, streamed, items.put)
    task = asyncio.run_coroutine_threadsafe(reading.run(), _loop())
    failure: str | None = "cancelled"
    try:
        while True:
            try:
                item = items.get(timeout=deadlines.total_s + _GRACE_S)
            except queue.Empty:
                item = _late(name, "finish", deadlines.total_s, "TOTAL")
            if isinstance(item, Exception):
                failure = _kind(item)
                raise item
            if isinstance(item, Reply):
                failure = None
            yield item
            if isinstance(item, Reply):
                return
    finally:
        task.cancel()
        if meter:
            meter(reading.usage(reached=failure not in _UNREAD), failure)


def read_reply(
    chain: Runnable[Any, Any],
    value: object,
    *,
    name: str,
    deadlines: Deadlines,
    meter: Meter | None = None,
) -> Reply:
    """Return a reply when it is complete.

    Args:
        chain: A chat model, or a chain that ends in one.
        value: What the chain takes.
        name: How to call the model in errors.
        deadlines: How long to wait.
        meter: As in `stream_reply`.

    Returns:
        The reply.

    Raises:
        BadReplyError: If the model ended without one; stream_reply names the other faults.
    """
    for item in stream_reply(chain, value, name=name, deadlines=deadlines, meter=meter):
        if isinstance(item, Reply):
            return item
    raise _empty(name)


@dataclass(slots=True)
class _Reading:
    """One reply in the making; lives on the event loop."""

    chain: Runnable[Any, Any]
    value: object
    name: str
    deadlines: Deadlines
    streamed: bool
    put: Callable[[str | Reply | Exception], None]
    message: AIMessage | None = None
    pieces: list[str] = field(default_factory=list)
    reason: str | None = None
    has_metadata: bool = False
    calls: int = 0

    async def run(self) -> None:
        """Hand over the pieces and the reply, or the error that ended them."""
        begin = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(begin + self.deadlines.total_s):
                self.put(await self._read(begin))
        except TimeoutError:
            self.put(_late(self.name, "finish", self.deadlines.total_s, "TOTAL"))
        except Exception as error:  # noqa: BLE001 (the reader raises it, in its own thread)
            self.put(error)

    async def _prepare(self) -> None:
        """Run the steps before the model, so that the model itself is what is streamed.

        A RunnableSequence that is cancelled between two pieces leaves its model's stream to the
        garbage collector, and the connection open until then.
        """
        from langchain_core.runnables import RunnableSequence

        if isinstance(self.chain, RunnableSequence):
            *steps, model = self.chain.steps
            for step in steps:
                self.value = await step.ainvoke(self.value)
            self.chain = model

    async def _read(self, begin: float) -> Reply:
        limit_s = self.deadlines.first_token_s if self.streamed else self.deadlines.total_s
        first_by = begin + limit_s
        await self._prepare()
        while True:
            self.calls += 1
            try:
                await (self._stream(first_by) if self.streamed else self._invoke())
            except Exception as error:  # clients raise anything; describe_fault tells them apart
                fault = describe_fault(error, name=self.name, started=bool(self.pieces))
                wait_s = self._pause_s(fault, error)
                if wait_s is None or asyncio.get_running_loop().time() + wait_s >= first_by:
                    raise fault from error
                await asyncio.sleep(wait_s)
            else:
                return self._reply()

    def _pause_s(self, fault: LitdeskError, error: Exception) -> float | None:
        """How long to wait before asking again; None where again is no use."""
        hopeful = isinstance(fault, ProviderDownError | RateLimitedError)
        if not hopeful or self.pieces or self.calls > _RETRIES:
            return None
        asked_s = retry_after_s(error)
        return _PAUSE_S * 2 ** (self.calls - 1) if asked_s is None else asked_s

    async def _stream(self, first_by: float) -> None:
        loop = asyncio.get_running_loop()
        async with aclosing(self.chain.astream(self.value)) as chunks:  # type: ignore[type-var]
            while True:
                gap_by = loop.time() + self.deadlines.gap_s
                limit = asyncio.timeout_at(gap_by if self.pieces else first_by)
                try:
                    async with limit:
                        chunk = await anext(chunks, None)
                except TimeoutError:
                    if not limit.expired():
                        raise
                    raise self._silent() from None
                if chunk is None:
                    return
                self._take(chunk)

    async def _invoke(self) -> None:
        self._take(await self.chain.ainvoke(self.value))

    def _take(self, chunk: AIMessage) -> None:
        self.message = chunk if self.message is None else self.message + chunk  # type: ignore[assignment]
        metadata = chunk.response_metadata
        self.has_metadata = self.has_metadata or bool(metadata)
        for key in ("finish_reason", "stop_reason", "done_reason"):
            self.reason = metadata.get(key) or self.reason
        if text := str(chunk.text):
            self.pieces.append(text)
            self.put(text)
        if sum(map(len, self.pieces)) > _MAX_CHARS:
            refuse_unfinished("length", name=self.name)

    def _reply(self) -> Reply:
        # Models of LangChain's own tests say nothing about themselves; one that does, must say how
        # it ended, or a broken stream would pass for a short answer.
        if self.reason or self.has_metadata:
            refuse_unfinished(self.reason, name=self.name)
        text = "".join(self.pieces)
        if not text.strip():
            raise _empty(self.name)
        return Reply(text=text, usage=self.usage(reached=True))

    def usage(self, *, reached: bool) -> Usage:
        """Return what the reply has taken so far.

        Args:
            reached: Whether the model has read the prompt, even if it gave nothing.

        Returns:
            The tokens that the provider reports; where it does not, an estimate by characters.
        """
        counts: Mapping[str, Any] = (self.message and self.message.usage_metadata) or {}
        read, written = counts.get("input_tokens"), counts.get("output_tokens")
        if reached or self.pieces:
            read = read or _estimated(_chars(self.value))
            written = written or _estimated(sum(map(len, self.pieces)))
        use = ModelUse(
            model=self.name,
            calls=self.calls,
            input_tokens=read or 0,
            output_tokens=written or 0,
            estimated=bool(read or written)
            and not (counts.get("input_tokens") and counts.get("output_tokens")),
        )
        return Usage.of(use)

    def _silent(self) -> ProviderTimeoutError:
        if self.pieces:
            return _late(self.name, "go on", self.deadlines.gap_s, "GAP")
        return _late(self.name, "begin", self.deadlines.first_token_s, "FIRST_TOKEN")


def _kind(error: Exception) -> str:
    kinds = (kind for cls, kind in _KINDS.items() if isinstance(error, cls))
    return next(kinds, "other")


def _chars(value: object) -> int:
    """How long a prompt is, whichever of LangChain's forms it has."""
    from langchain_core.messages import BaseMessage
    from langchain_core.prompt_values import PromptValue

    if isinstance(value, PromptValue):
        value = value.to_messages()
    if isinstance(value, list):
        return sum(len(str(m.text)) for m in value if isinstance(m, BaseMessage))
    return len(value) if isinstance(value, str) else 0


def _estimated(chars: int) -> int:
    return -(-chars // _CHARS_A_TOKEN)


def _late(name: str, verb: str, limit_s: float, setting: str) -> ProviderTimeoutError:
    return ProviderTimeoutError(
        f"{name} did not {verb} within {limit_s:g} s.",
        remedy=f"Try again, or set LITDESK_CHAT__{setting}_TIMEOUT_S higher.",
    )


def _empty(name: str) -> BadReplyError:
    return BadReplyError(
        f"{name} sent an empty reply.", remedy="Try again, or name another model with --model."
    )


_lock = threading.Lock()
_started: list[asyncio.AbstractEventLoop] = []


def _loop() -> asyncio.AbstractEventLoop:
    """The one loop that all chat models are read on; clients keep connections that belong to it."""
    with _lock:
        if not _started:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="litdesk-chat", daemon=True).start()
            _started.append(loop)
        return _started[0]
