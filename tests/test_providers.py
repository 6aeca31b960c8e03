from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda
from tests.fake_openai_server import ANSWER, MODES, FakeOpenAI, serving

from litdesk.errors import (
    BadReplyError,
    LitdeskError,
    MissingExtraError,
    MissingKeyError,
    PromptError,
    ProviderDownError,
    ProviderError,
    ProviderTimeoutError,
    RateLimitedError,
    RefusedError,
    SettingsError,
)
from litdesk.providers import (
    Deadlines,
    Reply,
    leaves_machine,
    open_chat_model,
    read_reply,
    stream_reply,
)
from litdesk.providers.llamacpp import LlamaCppChat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHORT = Deadlines(connect_s=0.5, first_token_s=0.8, gap_s=0.5, total_s=1.2)

# What each mode is reported as, streamed and whole; a single class stands for both.
EXPECTED: dict[str, tuple[type[ProviderError], type[ProviderError]]] = {
    "unauthorized": (RefusedError, RefusedError),
    "forbidden": (RefusedError, RefusedError),
    "no-such-model": (RefusedError, RefusedError),
    "bad-request": (ProviderError, ProviderError),
    "too-long": (ProviderError, ProviderError),
    "rate-limited": (RateLimitedError, RateLimitedError),
    "rate-limited-until": (RateLimitedError, RateLimitedError),
    "server-error": (ProviderDownError, ProviderDownError),
    "bad-gateway-page": (ProviderDownError, ProviderDownError),
    "overloaded": (ProviderDownError, ProviderDownError),
    "gateway-timeout": (ProviderTimeoutError, ProviderTimeoutError),
    "error-not-json": (ProviderDownError, ProviderDownError),
    "error-not-an-object": (ProviderDownError, ProviderDownError),
    "html": (BadReplyError, BadReplyError),
    "bad-json": (BadReplyError, BadReplyError),
    "bad-utf8": (BadReplyError, BadReplyError),
    "json-of-another-kind": (BadReplyError, BadReplyError),
    "choices-of-another-kind": (BadReplyError, BadReplyError),
    "empty-body": (BadReplyError, BadReplyError),
    "empty-text": (BadReplyError, BadReplyError),
    "null-text": (BadReplyError, BadReplyError),
    "white-space": (BadReplyError, BadReplyError),
    "no-choices": (BadReplyError, BadReplyError),
    "length": (BadReplyError, BadReplyError),
    "content-filter": (RefusedError, RefusedError),
    "calls-a-tool": (BadReplyError, BadReplyError),
    "unknown-reason": (BadReplyError, BadReplyError),
    "no-finish-reason": (BadReplyError, BadReplyError),
    "just-ends": (BadReplyError, BadReplyError),
    "cut": (BadReplyError, ProviderDownError),
    "reset": (ProviderDownError, ProviderDownError),
    "hangs-up": (ProviderDownError, ProviderDownError),
    "silent": (ProviderTimeoutError, ProviderTimeoutError),
    "silent-after-headers": (ProviderTimeoutError, ProviderTimeoutError),
    "stalls": (ProviderTimeoutError, ProviderTimeoutError),
    "stalls-later": (ProviderTimeoutError, ProviderTimeoutError),
    "drips": (ProviderTimeoutError, ProviderTimeoutError),
    "keeps-alive": (ProviderTimeoutError, ProviderTimeoutError),
    "endless": (BadReplyError, BadReplyError),
    "error-event": (ProviderDownError, ProviderDownError),
}
SUCCEED = {"ok", "rate-limited-once", "server-error-once"}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeOpenAI]:
    with serving() as running:
        # The first use imports the client; that is not part of any deadline measured below.
        ask(running, "ok", deadlines=Deadlines())
        yield running


def ask(
    server: FakeOpenAI, mode: str, *, streamed: bool = True, deadlines: Deadlines = SHORT
) -> list[str | Reply]:
    model = open_chat_model(f"openai:{mode}", base_url=server.base_url, deadlines=deadlines)
    return list(
        stream_reply(model, "Hello", name="The model", deadlines=deadlines, streamed=streamed)
    )


def test_every_mode_of_the_server_has_an_expectation() -> None:
    assert EXPECTED.keys() | SUCCEED == MODES.keys()
    assert len(MODES) >= 20


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("mode", sorted(EXPECTED))
def test_a_fault_is_named_in_time_and_nothing_passes_for_complete(
    server: FakeOpenAI, mode: str, streamed: bool
) -> None:
    model = open_chat_model(f"openai:{mode}", base_url=server.base_url, deadlines=SHORT)
    items: list[str | Reply] = []
    begin = time.monotonic()
    with pytest.raises(LitdeskError) as raised:
        items.extend(
            stream_reply(model, "Hi", name="The model", deadlines=SHORT, streamed=streamed)
        )
    assert type(raised.value) is EXPECTED[mode][0 if streamed else 1]
    assert not any(isinstance(item, Reply) for item in items)
    assert "The model" in str(raised.value)
    assert raised.value.remedy
    assert "sk-secret" not in str(raised.value)
    assert time.monotonic() - begin < SHORT.total_s + 1


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("mode", sorted(SUCCEED))
def test_a_reply_comes_in_pieces_and_then_whole(
    server: FakeOpenAI, mode: str, streamed: bool
) -> None:
    *pieces, reply = ask(server, mode, streamed=streamed, deadlines=Deadlines())
    assert isinstance(reply, Reply)
    assert reply.text.strip() == ANSWER
    assert "".join(str(piece) for piece in pieces) == reply.text
    assert (len(pieces) > 5) is streamed
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (11, 7)
    assert reply.usage.calls == (1 if mode == "ok" else 2)


def test_too_many_requests_says_how_long_to_wait(server: FakeOpenAI) -> None:
    with pytest.raises(RateLimitedError, match="Try again in 20 s"):
        ask(server, "rate-limited")


def test_a_fault_after_the_first_word_is_not_tried_again(server: FakeOpenAI) -> None:
    before = len(server.requests)
    with pytest.raises(BadReplyError, match="cut off in the middle"):
        ask(server, "cut")
    assert len(server.requests) == before + 1


def test_a_server_error_is_tried_three_times(server: FakeOpenAI) -> None:
    before = len(server.requests)
    with pytest.raises(ProviderDownError, match="failed \\(500\\)"):
        ask(server, "server-error", deadlines=Deadlines(first_token_s=5))
    assert len(server.requests) == before + 3


@pytest.mark.parametrize("pause_s", [0, 0.1])
@pytest.mark.parametrize("chained", [False, True])
def test_closing_the_iterator_closes_the_connection(
    server: FakeOpenAI, chained: bool, pause_s: float
) -> None:
    model = open_chat_model("openai:stalls", base_url=server.base_url)
    chain = RunnableLambda(str) | model if chained else model
    for _ in range(5):
        server.client_left.clear()
        items = stream_reply(chain, "Hello", name="The model", deadlines=Deadlines())
        with closing(items):  # type: ignore[type-var]
            assert next(items) == "SOAP "
            time.sleep(pause_s)
        assert server.client_left.wait(2)


def test_a_mistake_in_an_earlier_step_is_raised_at_once() -> None:
    chain = RunnableLambda(lambda _: 1 / 0) | RunnableLambda(str)
    with pytest.raises(ZeroDivisionError):
        read_reply(chain, "Hello", name="The model", deadlines=Deadlines())


def test_a_model_that_is_down_is_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model = open_chat_model("openai:x", base_url=f"http://127.0.0.1:{port}/v1", deadlines=SHORT)
    with pytest.raises(ProviderDownError, match="cannot be reached"):
        read_reply(model, "Hello", name="The model", deadlines=SHORT)


def test_a_connection_that_does_not_open_ends_in_time() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        model = open_chat_model("openai:x", base_url=f"http://127.0.0.1:{port}/v1", deadlines=SHORT)
        begin = time.monotonic()
        with pytest.raises(ProviderTimeoutError):
            read_reply(model, "Hello", name="The model", deadlines=SHORT)
        assert time.monotonic() - begin < SHORT.connect_s + 1
        for one in waiting:
            one.close()


def test_a_fake_model_that_gives_no_finish_reason_is_believed() -> None:
    model = GenericFakeChatModel(messages=iter([AIMessage("All is well.")]))
    reply = read_reply(model, "Hello", name="The fake", deadlines=SHORT)
    assert reply.text == "All is well."


def test_an_error_of_an_earlier_step_passes_as_it_is() -> None:
    def fail(_: object) -> object:
        raise PromptError("The prompt is wrong.", remedy="Mend it.")

    with pytest.raises(PromptError):
        read_reply(RunnableLambda(fail), "Hello", name="The model", deadlines=SHORT)


@pytest.mark.parametrize(
    ("spec", "base_url", "leaves"),
    [
        ("openai:gpt-5", None, True),
        ("openai:local", "http://127.0.0.1:8080/v1", False),
        ("openai:local", "http://localhost:8080/v1", False),
        ("openai:local", "http://[::1]:8080/v1", False),
        ("openai:local", "http://127.0.0.1.example.org/v1", True),
        ("openai:local", "http://localhost@example.org/v1", True),
        ("openai:local", "http://192.168.1.5/v1", True),
        ("anthropic:claude", None, True),
        ("ollama:qwen3", None, False),
        ("ollama:qwen3", "http://gpu.example.org:11434", True),
        ("ollama:gpt-oss:120b-cloud", None, True),
        ("llamacpp:/models/x.gguf", None, False),
    ],
)
def test_what_leaves_the_machine_is_known(spec: str, base_url: str | None, leaves: bool) -> None:
    assert leaves_machine(spec, base_url) is leaves


@pytest.mark.parametrize("spec", ["gpt-5", "openai:", "", ":x", "mystery:x", "OpenAI:x"])
def test_an_unknown_provider_is_refused_with_the_known_ones(spec: str) -> None:
    with pytest.raises(SettingsError, match="anthropic, llamacpp, ollama, openai"):
        open_chat_model(spec)


def test_a_hosted_model_without_a_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(MissingKeyError, match="OPENAI_API_KEY"):
        open_chat_model("openai:gpt-5")


def test_a_variable_does_not_send_a_hosted_model_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.example.org/v1")
    model = open_chat_model("openai:gpt-5")
    assert model.openai_api_base == "https://api.openai.com/v1"  # type: ignore[attr-defined]


def test_a_local_model_is_asked_without_the_proxy(
    server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert isinstance(ask(server, "ok", deadlines=Deadlines())[-1], Reply)


def test_a_model_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="absent\\.gguf"):
        open_chat_model(f"llamacpp:{tmp_path / 'absent.gguf'}")


@pytest.mark.parametrize(
    ("spec", "module", "extra"),
    [
        ("openai:x", "langchain_openai", "openai"),
        ("anthropic:x", "langchain_anthropic", "anthropic"),
        ("ollama:x", "langchain_ollama", "ollama"),
        ("llamacpp:{file}", "llama_cpp", "llamacpp"),
    ],
)
def test_a_missing_package_names_its_extra(
    spec: str, module: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    monkeypatch.setattr("litdesk.providers.models.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=rf"litdesk\[{extra}\]"):
        open_chat_model(spec.format(file=file))


def test_importing_the_providers_loads_no_client() -> None:
    code = (
        "import sys, litdesk.providers, litdesk.answer.model\n"
        "heavy = {'langchain', 'langchain_core', 'langchain_openai', 'openai', 'llama_cpp'}\n"
        "print(heavy & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


class _FakeLlama:
    """Writes words for ever, or the ones it is given, and knows if it is entered twice."""

    def __init__(self, words: list[str] | None, reason: str = "stop") -> None:
        self.words = words
        self.reason = reason
        self.running = 0

    def create_chat_completion(self, **options: Any) -> Iterator[dict[str, Any]]:
        assert options["messages"] == [{"role": "user", "content": "Hello"}]
        assert self.running == 0
        self.running += 1
        try:
            for word in itertools.repeat("word ") if self.words is None else self.words:
                time.sleep(0.01)
                yield {"choices": [{"delta": {"content": word}, "finish_reason": None}]}
            yield {"choices": [{"delta": {}, "finish_reason": self.reason}]}
        finally:
            self.running -= 1


def llama_chat(llama: _FakeLlama, tmp_path: Path) -> LlamaCppChat:
    model = LlamaCppChat(path=tmp_path / "model.gguf")
    model._llama = llama  # the file is opened only where there is none
    return model


@pytest.mark.parametrize("streamed", [True, False])
def test_a_model_in_this_process_answers(streamed: bool, tmp_path: Path) -> None:
    model = llama_chat(_FakeLlama(["All ", "is ", "well."]), tmp_path)
    *pieces, reply = stream_reply(
        model, "Hello", name="The model", deadlines=SHORT, streamed=streamed
    )
    assert isinstance(reply, Reply)
    assert reply.text == "All is well."
    assert len(pieces) == (3 if streamed else 1)


@pytest.mark.parametrize("streamed", [True, False])
def test_a_model_in_this_process_that_runs_into_its_limit_is_incomplete(
    streamed: bool, tmp_path: Path
) -> None:
    model = llama_chat(_FakeLlama(["All "], "length"), tmp_path)
    with pytest.raises(BadReplyError, match="length limit"):
        list(stream_reply(model, "Hello", name="The model", deadlines=SHORT, streamed=streamed))


def test_a_model_in_this_process_that_was_given_up_takes_the_next_question(tmp_path: Path) -> None:
    llama = _FakeLlama(None)
    model = llama_chat(llama, tmp_path)
    for _ in range(3):
        with closing(stream_reply(model, "Hello", name="m", deadlines=SHORT)) as items:  # type: ignore[type-var]
            assert next(items) == "word "
    with pytest.raises(ProviderTimeoutError):
        list(stream_reply(model, "Hello", name="m", deadlines=SHORT, streamed=False))
    llama.words = ["Done."]
    assert read_reply(model, "Hello", name="m", deadlines=SHORT).text == "Done."
