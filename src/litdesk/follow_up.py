"""A follow-up question rewritten by a chat model, so that it can be read alone.

Where there is no model, or it fails, `litdesk.question` does this by rules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from litdesk.errors import ProviderError
from litdesk.prompts import Prompt, load_prompt
from litdesk.providers import Deadlines, Meter, Reply, read_reply
from litdesk.types import Turn, digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable

__all__ = ["PROMPT", "rewrite_question", "rewriting_chain"]

PROMPT = "stand_alone"
_TURNS = 3
_ANSWER_CHARS = 400
_MAX_CHARS = 300


def rewrite_question(
    question: str,
    history: Sequence[Turn],
    *,
    model: BaseChatModel,
    name: str,
    deadlines: Deadlines,
    meter: Meter | None = None,
) -> Reply | None:
    """Ask a model for the question as it would be without the conversation.

    Args:
        question: The new question.
        history: The turns before it, oldest first.
        model: Any chat model.
        name: How to call it in errors.
        deadlines: How long to wait.
        meter: Told what the reply took.

    Returns:
        The question and what it took; None if the model failed, or did not write one question, and
        the rules must do.
    """
    try:
        reply = read_reply(
            rewriting_chain(model),
            (question, tuple(history)),
            name=name,
            deadlines=deadlines,
            meter=meter,
        )
    except ProviderError:
        return None
    lines = [" ".join(line.split()) for line in reply.text.strip().splitlines() if line.strip()]
    rewritten = lines[0].removeprefix("Last question:").strip(' "“”') if lines else ""
    if len(lines) != 1 or not _is_question(rewritten):
        return None
    return Reply(text=rewritten, usage=reply.usage)


def rewriting_chain(model: BaseChatModel, *, prompt: Prompt | None = None) -> Runnable[Any, Any]:
    """Return the LangChain chain: the prompt, then the model.

    Args:
        model: Any chat model.
        prompt: Another prompt than the packaged one.

    Returns:
        A runnable that takes the question and the turns before it.
    """
    from langchain_core.messages import HumanMessage
    from langchain_core.runnables import RunnableLambda

    prompt = prompt or load_prompt(PROMPT)

    def messages(asked: tuple[str, Sequence[Turn]]) -> list[BaseMessage]:
        question, history = asked
        turns = [_shortened(turn) for turn in history[-_TURNS:]]
        fence = _fence(question, turns)
        return [HumanMessage(prompt.render(question=question, history=turns, fence=fence))]

    return RunnableLambda(messages, name="stand-alone prompt") | model


def _shortened(turn: Turn) -> Turn:
    return turn.model_copy(update={"answer": " ".join(turn.answer.split())[:_ANSWER_CHARS]})


def _fence(question: str, turns: Sequence[Turn]) -> str:
    return f"==={digest(question, *(turn.answer for turn in turns), length=12)}==="


def _is_question(text: str) -> bool:
    plain = text.isprintable() and not re.search(r"[<>]|://|\]\(|!\[", text)
    return plain and len(text) <= _MAX_CHARS and any(c.isalpha() for c in text)
