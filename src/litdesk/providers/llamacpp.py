"""A chat model from a GGUF file, run in this process by llama.cpp."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Generator  # noqa: TC003 (pydantic reads the annotations)
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

if TYPE_CHECKING:
    from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun

__all__ = ["LlamaCppChat"]


class LlamaCppChat(BaseChatModel):
    """Chat model over a file. The file is opened at the first use; one reply is made at a time.

    Our own, because the one of langchain-community goes with that package, and because llama.cpp
    must not be entered twice, as it is when a reply is given up and the next question comes.
    """

    path: Path
    temperature: float = 0.0
    max_tokens: int = 1024
    context_tokens: int = 8192
    seed: int = 0
    _llama: Any = PrivateAttr(default=None)
    _busy: threading.Lock = PrivateAttr(default_factory=threading.Lock)
    _worker: ThreadPoolExecutor = PrivateAttr(default_factory=lambda: ThreadPoolExecutor(1))

    @property
    def _llm_type(self) -> str:
        return "llamacpp"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 (LangChain's signature)
    ) -> ChatResult:
        return _whole(list(self._stream(messages, stop, run_manager, **kwargs)))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 (LangChain's signature)
    ) -> ChatResult:
        return _whole([p async for p in self._astream(messages, stop, run_manager, **kwargs)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 (LangChain's signature)
    ) -> AsyncIterator[ChatGenerationChunk]:
        parts = self._stream(messages, stop, **kwargs)
        step = self._worker.submit(next, parts, None)
        try:
            while (part := await asyncio.wrap_future(step)) is not None:
                yield part
                step = self._worker.submit(next, parts, None)
        finally:
            # A reply that is given up ends after the token in hand, and frees the model for the
            # next question; LangChain's own bridge leaves that to the garbage collector.
            step.add_done_callback(lambda _: parts.close())

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 (LangChain's signature)
    ) -> Generator[ChatGenerationChunk, None, None]:
        with self._busy:
            for event in self._open().create_chat_completion(
                messages=[{"role": _role(m), "content": str(m.text)} for m in messages],
                stop=stop,
                stream=True,
                temperature=self.temperature,
                max_tokens=self.max_tokens,
                seed=self.seed,
                **kwargs,
            ):
                yield _chunk(event["choices"][0])

    def _open(self) -> Any:  # noqa: ANN401 (llama_cpp has no types)
        if self._llama is None:
            from llama_cpp import Llama  # type: ignore[import-not-found,unused-ignore]

            self._llama = Llama(
                model_path=str(self.path),
                n_ctx=self.context_tokens,
                n_threads=os.cpu_count(),  # its own default is half of them
                seed=self.seed,
                verbose=False,
            )
        return self._llama


def _role(message: BaseMessage) -> str:
    match message:
        case SystemMessage():
            return "system"
        case HumanMessage():
            return "user"
    return "assistant"


def _whole(parts: list[ChatGenerationChunk]) -> ChatResult:
    text = "".join(str(part.message.text) for part in parts)
    metadata = parts[-1].message.response_metadata if parts else {}
    message = AIMessage(text, response_metadata=metadata)
    return ChatResult(generations=[ChatGeneration(message=message)])


def _chunk(choice: dict[str, Any]) -> ChatGenerationChunk:
    reason = choice["finish_reason"]
    return ChatGenerationChunk(
        message=AIMessageChunk(
            content=choice["delta"].get("content") or "",
            response_metadata={"finish_reason": reason} if reason else {},
        )
    )
