"""Whether an answer has the phrases that a right one must and must not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow

__all__ = ["facts_found", "folded", "forbidden_found", "is_corrected", "is_right"]


def folded(text: str) -> str:
    """Return a text as phrases are compared.

    Args:
        text: Any text.

    Returns:
        The text without regard to case and white space.
    """
    return " ".join(text.casefold().split())


def facts_found(judged: JudgedRow) -> list[bool]:
    """Return for each key fact whether one of its phrases is in the answer.

    Args:
        judged: The row.

    Returns:
        As many as the case has key facts; case and white space are ignored.
    """
    text = folded(judged.row.response or "") if judged.answered else ""
    return [any(folded(phrase) in text for phrase in fact) for fact in judged.row.key_facts]


def forbidden_found(judged: JudgedRow) -> bool:
    """Return whether the answer has a phrase that no right one has.

    Args:
        judged: The row.

    Returns:
        Whether it has.
    """
    text = folded(judged.row.response or "") if judged.answered else ""
    return any(folded(phrase) in text for phrase in judged.row.forbidden)


def is_corrected(judged: JudgedRow) -> bool:
    """Return whether an answer to a question with a false premise has the words that correct it.

    Args:
        judged: The row.

    Returns:
        True for a case that cannot be answered, has key facts, and was answered with all of them.
    """
    facts = facts_found(judged)
    return judged.answered and judged.row.answerable is False and bool(facts) and all(facts)


def is_right(judged: JudgedRow) -> bool | None:
    """Return whether an answer is right as far as the case can tell.

    Args:
        judged: The row.

    Returns:
        None for no answer, or a case that cannot tell; else whether all key facts and nothing
        forbidden are in it, and it cites as many of the right papers as the case asks for; or,
        where the case cannot be answered, whether it corrects the premise.
    """
    row = judged.row
    if not judged.answered:
        return None
    if row.answerable is False:
        return is_corrected(judged)
    if not row.key_facts:
        return None
    if len(judged.cited_papers.intersection(row.right)) < (row.min_papers or 0):
        return False
    return all(facts_found(judged)) and not forbidden_found(judged)
