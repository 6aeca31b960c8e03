"""What went wrong with a chat model, in one sentence, whichever library raised it.

Clients raise their own classes, LangChain's, those of either httpx, or plain ValueErrors; which of
these packages are installed is not known here. So a fault is told by the HTTP status that the error
carries, and by the names of the classes of it and of its causes.
"""

from __future__ import annotations

import contextlib
import re
from email.utils import parsedate_to_datetime
from time import time

from litdesk.errors import (
    BadReplyError,
    LitdeskError,
    ProviderDownError,
    ProviderError,
    ProviderTimeoutError,
    RateLimitedError,
    RefusedError,
)

__all__ = ["describe_fault", "refuse_unfinished", "retry_after_s"]

_COMPLETE = {"stop", "end_turn", "stop_sequence", "eos"}
_TOO_LONG = {"length", "max_tokens", "model_length"}
_WITHHELD = {"content_filter", "refusal", "safety"}
_ANOTHER_MODEL = "Try again, or name another model with --model."
_CONTEXT = re.compile(r"context (?:length|size|window)|too many tokens|prompt is too long", re.I)


def describe_fault(error: Exception, *, name: str, started: bool) -> LitdeskError:
    """Return the error of ours that says what went wrong.

    Args:
        error: What the client raised.
        name: How to call the model.
        started: Whether any text had come.

    Returns:
        A ProviderError to raise `from` the given one; one of ours is given back as it is.
    """
    if isinstance(error, LitdeskError):
        return error
    kinds = {cls.__name__ for cause in _causes(error) for cls in type(cause).__mro__}
    if "ContextOverflowError" in kinds or _CONTEXT.search(str(error)):
        return ProviderError(
            f"The question and the passages are too long for {name}.",
            remedy="Set LITDESK_RETRIEVAL__PASSAGES lower, or give the model a longer context.",
        )
    if status := _status(error):
        return _describe_status(status, error, name=name)
    if kinds & {"TimeoutError", "TimeoutException", "ModelTimeoutError"}:
        return ProviderTimeoutError(
            f"{name} did not answer in time.",
            remedy="Check that it is running, or set LITDESK_CHAT__CONNECT_TIMEOUT_S higher.",
        )
    if kinds & {"TransportError", "ModelConnectionError", "ConnectionError", "OSError"}:
        return _cut_off(name) if started else _unreachable(name)
    if kinds & {"APIError", "ModelError", "ResponseError"}:
        return ProviderDownError(f"{name} reported an error of its own.", remedy=_ANOTHER_MODEL)
    return BadReplyError(
        f"{name} sent something that is not a chat reply ({type(error).__name__}).",
        remedy="Check that the address is that of a chat server, and that the model works there.",
    )


def refuse_unfinished(reason: str | None, *, name: str) -> None:
    """Refuse a reply that did not end by itself.

    Args:
        reason: What the model gave as the reason for stopping; None if it gave none.
        name: How to call the model.

    Raises:
        BadReplyError: If the reply is cut short.
        RefusedError: If a content filter withheld it.
    """
    match (reason or "").lower():
        case word if word in _COMPLETE:
            return
        case word if word in _WITHHELD:
            raise RefusedError(
                f"The content filter of {name} withheld the reply.",
                remedy="Put the question in other words, or name another model with --model.",
            )
        case word if word in _TOO_LONG:
            raise BadReplyError(
                f"The reply of {name} ran into its length limit and is incomplete.",
                remedy="Ask a narrower question, or name another model with --model.",
            )
        case "":
            raise _cut_off(name)
        case word:
            raise BadReplyError(
                f"{name} stopped for a reason that is no answer ({word[:40]}).",
                remedy=_ANOTHER_MODEL,
            )


def retry_after_s(error: Exception) -> float | None:
    """Return how long the provider asks to wait.

    Args:
        error: What the client raised.

    Returns:
        Seconds, 0 or more; None if it does not say.
    """
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    value = headers.get("retry-after")
    if not value:
        return None
    with contextlib.suppress(ValueError):
        return max(0.0, float(value))
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    return None


def _describe_status(status: int, error: Exception, *, name: str) -> ProviderError:
    match status:
        case 401 | 403:
            return RefusedError(
                f"{name} does not accept the key ({status}).",
                remedy="Set the right key in the environment and start again.",
            )
        case 404:
            return RefusedError(
                f"{name} is not known at its address (404).",
                remedy="Correct the name in --model, or the address in --base-url.",
            )
        case 408 | 504:
            return ProviderTimeoutError(
                f"{name} took too long by its own account ({status}).", remedy=_ANOTHER_MODEL
            )
        case 429:
            wait = retry_after_s(error)
            when = "in a while" if wait is None else f"in {wait:.0f} s"
            return RateLimitedError(
                f"{name} has had too many requests, or the account has no quota left (429).",
                remedy=f"Try again {when}.",
            )
        case _ if status >= 500:
            return ProviderDownError(f"{name} failed ({status}).", remedy=_ANOTHER_MODEL)
    return ProviderError(
        f"{name} does not take the request ({status}).",
        remedy="Name another model with --model; -v shows what it said.",
    )


def _status(error: Exception) -> int | None:
    """The HTTP status that the error or one of its causes carries, if it is one of failure."""
    for cause in _causes(error):
        for holder in (cause, getattr(cause, "response", None)):
            status = getattr(holder, "status_code", None)
            if isinstance(status, int) and status >= 400:
                return status
    return None


def _causes(error: BaseException) -> list[BaseException]:
    found = [error]
    while (cause := found[-1].__cause__ or found[-1].__context__) and cause not in found:
        found.append(cause)
    return found


def _unreachable(name: str) -> ProviderDownError:
    return ProviderDownError(
        f"{name} cannot be reached.",
        remedy="Check that it is running, and the address in --base-url.",
    )


def _cut_off(name: str) -> BadReplyError:
    return BadReplyError(f"The reply of {name} was cut off in the middle.", remedy=_ANOTHER_MODEL)
