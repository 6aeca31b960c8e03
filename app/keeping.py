"""Conversations that outlive the page: kept in the library, and brought back by their id."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from litdesk.errors import ConversationMissingError, LitdeskError

from .respond import Exchange

if TYPE_CHECKING:
    from litdesk.assistant import Assistant
    from litdesk.types import Answer

__all__ = ["keep", "kept_conversations", "restore"]

_LOG = logging.getLogger(__name__)
_SHOWN = 50
_TITLE_CHARS = 70


def keep(assistant: Assistant, answer: Answer, *, to: str) -> str:
    """Keep a finished answer; never raises, so that the answer is shown in any case.

    Args:
        assistant: Who has the library.
        answer: The answer; one that failed is not kept.
        to: Id of the conversation; empty for a new one, which is also begun where the old one has
            been deleted meanwhile.

    Returns:
        The conversation's id; empty if nothing is kept of it.
    """
    try:
        try:
            return assistant.conversations.add(answer, to=to or None) or ""
        except ConversationMissingError:
            return assistant.conversations.add(answer) or ""
    except LitdeskError as error:
        _LOG.warning("The answer could not be kept: %s", error)
        return to


def restore(assistant: Assistant, conversation_id: str) -> tuple[Exchange, ...]:
    """Return the exchanges of a conversation that was kept.

    Args:
        assistant: Who has the library.
        conversation_id: The conversation's id.

    Returns:
        The exchanges, the oldest first; empty where there is no such conversation.
    """
    if not conversation_id:
        return ()
    try:
        answers = assistant.conversations.read(conversation_id).answers
    except LitdeskError as error:
        _LOG.info("Not restored: %s", error)
        return ()
    return tuple(Exchange(question=answer.question, answer=answer) for answer in answers)


def kept_conversations(assistant: Assistant) -> list[tuple[str, str]]:
    """Return the latest conversations, to choose from.

    Args:
        assistant: Who has the library.

    Returns:
        Title and id of each, the latest first; empty where there is no library.
    """
    try:
        entries = assistant.conversations.entries()[:_SHOWN]
    except LitdeskError:
        return []
    return [(_short(f"{e.updated[:10]}  {e.title}"), e.conversation_id) for e in entries]


def _short(title: str) -> str:
    return title if len(title) <= _TITLE_CHARS else f"{title[: _TITLE_CHARS - 1]}…"
