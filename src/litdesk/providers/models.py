"""Opening the chat model that a setting names."""

from __future__ import annotations

import ipaddress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from litdesk.errors import MissingExtraError, MissingKeyError, SettingsError
from litdesk.providers.replies import Deadlines

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.language_models import BaseChatModel

__all__ = ["leaves_machine", "open_chat_model"]

# Stated rather than left to the clients: they would follow variables such as OPENAI_BASE_URL or
# OLLAMA_HOST, and `leaves_machine` could not tell where the question goes.
_HOMES = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "ollama": "http://127.0.0.1:11434",
}
_NO_KEY = "none"


class _Wish(NamedTuple):
    """What the caller asks of a model."""

    name: str
    base_url: str
    temperature: float
    max_tokens: int
    deadlines: Deadlines


def open_chat_model(
    spec: str,
    *,
    base_url: str | None = None,
    temperature: float = 0.0,
    max_tokens: int = 1024,
    deadlines: Deadlines | None = None,
) -> BaseChatModel:
    """Open a chat model; nothing is sent yet.

    Args:
        spec: `openai:NAME`, `anthropic:NAME`, `ollama:NAME` or `llamacpp:/path.gguf`.
        base_url: Address of the server; the provider's own if None.
        temperature: Sampling temperature, 0 for the most likely words.
        max_tokens: Longest reply.
        deadlines: How long to wait; the client gets those for connecting and in total.

    Returns:
        The model, without retries of its own: `stream_reply` owns them.

    Raises:
        SettingsError: If the provider is unknown, or the file of the model is not there.
        MissingExtraError: If the package of the provider is not installed.
        MissingKeyError: If the provider needs a key that is not in the environment.
    """
    provider, name = _split(spec)
    home = base_url or _HOMES.get(provider, "")
    wish = _Wish(name, home, temperature, max_tokens, deadlines or Deadlines())
    return _OPENERS[provider](wish)


def leaves_machine(spec: str, base_url: str | None = None) -> bool:
    """Return whether questions and abstracts go to another machine.

    Args:
        spec: A chat model, as for `open_chat_model`.
        base_url: Address of its server; the provider's own if None.

    Returns:
        False only for a model in this process or on a loopback address.

    Raises:
        SettingsError: If the provider is unknown.
    """
    provider, name = _split(spec)
    if provider == "llamacpp":
        return False
    # A local Ollama passes the models of its cloud on.
    cloud = provider == "ollama" and name.endswith(("-cloud", ":cloud"))
    return cloud or not _is_loopback(base_url or _HOMES[provider])


def _split(spec: str) -> tuple[str, str]:
    provider, _, name = spec.partition(":")
    if provider not in _OPENERS or not name:
        raise SettingsError(
            f"{spec!r} names no chat model.",
            remedy="Write provider:name; the known providers are "
            + ", ".join(sorted(_OPENERS))
            + ".",
        )
    return provider, name


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _open_openai(wish: _Wish) -> BaseChatModel:
    _require("langchain_openai", extra="openai")
    import openai

    options: dict[str, Any] = {
        "max_tokens": wish.max_tokens,
        "timeout": (wish.deadlines.connect_s, wish.deadlines.total_s),
        "stream_usage": True,
        "seed": 0,
        "stream_chunk_timeout": None,
    }
    if _is_loopback(wish.base_url):
        # No proxy of the environment: what is meant for this machine stays on it.
        options["http_client"] = openai.DefaultHttpxClient(trust_env=False)
        options["http_async_client"] = openai.DefaultAsyncHttpxClient(trust_env=False)
    try:
        return _init("openai", wish, options)
    except openai.OpenAIError as error:
        if not _is_loopback(wish.base_url):
            raise _missing_key("OPENAI_API_KEY", "openai") from error
        return _init("openai", wish, {**options, "api_key": _NO_KEY})


def _open_anthropic(wish: _Wish) -> BaseChatModel:
    _require("langchain_anthropic", extra="anthropic")
    options = {"max_tokens": wish.max_tokens, "timeout": wish.deadlines.total_s}
    model = _init("anthropic", wish, options)
    if not model.anthropic_api_key.get_secret_value():  # type: ignore[attr-defined]
        raise _missing_key("ANTHROPIC_API_KEY", "anthropic")
    return model


def _open_ollama(wish: _Wish) -> BaseChatModel:
    _require("langchain_ollama", extra="ollama")
    connect_s, total_s = wish.deadlines.connect_s, wish.deadlines.total_s
    client = {
        "timeout": (connect_s, total_s, total_s, total_s),
        "trust_env": not _is_loopback(wish.base_url),
    }
    return _init(
        "ollama", wish, {"num_predict": wish.max_tokens, "client_kwargs": client, "seed": 0}
    )


def _open_llamacpp(wish: _Wish) -> BaseChatModel:
    path = Path(wish.name).expanduser()
    if not path.is_file():
        raise SettingsError(
            f"There is no model file {path}.",
            remedy="Give the path of a GGUF file, as in llamacpp:/path/to/model.gguf.",
        )
    _require("llama_cpp", extra="llamacpp", package="llama-cpp-python")
    from litdesk.providers.llamacpp import LlamaCppChat

    return LlamaCppChat(path=path, temperature=wish.temperature, max_tokens=wish.max_tokens)


_OPENERS: dict[str, Callable[[_Wish], BaseChatModel]] = {
    "openai": _open_openai,
    "anthropic": _open_anthropic,
    "ollama": _open_ollama,
    "llamacpp": _open_llamacpp,
}


def _init(provider: str, wish: _Wish, options: dict[str, Any]) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    if provider != "ollama":  # whose client has no retries
        options = {**options, "max_retries": 0}
    model: BaseChatModel = init_chat_model(
        wish.name,
        model_provider=provider,
        base_url=wish.base_url,
        temperature=wish.temperature,
        **options,
    )
    return model


def _require(module: str, *, extra: str, package: str = "") -> None:
    if find_spec(module) is None:
        raise MissingExtraError(package or module.replace("_", "-"), extra)


def _missing_key(variable: str, provider: str) -> MissingKeyError:
    return MissingKeyError(
        f"The environment variable {variable} is not set, and {provider} needs it.",
        remedy=f"Set {variable}, or name a local model with --model.",
    )
