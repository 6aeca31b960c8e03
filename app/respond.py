"""A conversation, one exchange after the other; knows nothing of the page."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from litdesk.errors import LitdeskError
from litdesk.types import Answer, AnswerStatus, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from litdesk.assistant import Assistant

__all__ = ["Exchange", "history", "respond"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exchange:
    """A question, and what has become of it so far.

    Compared by identity, so that the page can keep it as session state cheaply.
    """

    question: str
    draft: str = ""
    """What the writer has written so far; `answer` replaces it."""
    answer: Answer | None = None
    problem: str = ""
    """What to tell the reader where there is no answer."""

    @property
    def pending(self) -> bool:
        """Whether the answer is still to come."""
        return self.answer is None and not self.problem


def history(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """Return what the next question may refer to: the exchanges that came to an end.

    Args:
        exchanges: The conversation, the oldest first.

    Returns:
        One turn for each exchange that has an answer or an abstention, in the same order.
    """
    answers = (exchange.answer for exchange in exchanges)
    return tuple(a.as_turn() for a in answers if a and a.status is not AnswerStatus.FAILED)


def respond(
    assistant: Assistant, question: str, *, earlier: Sequence[Exchange] = ()
) -> Iterator[Exchange]:
    """Ask, and yield the exchange as it grows; never raises, so that the page stays alive.

    Args:
        assistant: Who answers.
        question: The question as it was typed.
        earlier: The conversation so far, the oldest exchange first.

    Yields:
        The same exchange again and again with more text; the last has an answer or a problem.
    """
    exchange = Exchange(question=question)
    yield exchange
    try:
        for item in assistant.stream(question, history=history(earlier)):
            if isinstance(item, Answer):
                exchange = replace(exchange, draft="", answer=item)
            else:
                exchange = replace(exchange, draft=exchange.draft + item.text)
            yield exchange
    except LitdeskError as error:
        exchange = replace(exchange, draft="", problem=str(error))
        yield exchange
    except Exception as error:  # noqa: BLE001 (the page must answer the next question)
        _LOG.exception("The question could not be answered")
        exchange = replace(exchange, draft="", problem=_unexpected(error))
        yield exchange
    if exchange.pending:
        problem = "The writer stopped before it finished. Ask again."
        yield replace(exchange, draft="", problem=problem)


def _unexpected(error: Exception) -> str:
    return (
        f"litdesk hit an error that it does not know ({type(error).__name__}); the details are in "
        "the terminal it runs in. The page still works: ask again, or ask something else."
    )
