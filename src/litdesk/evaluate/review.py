"""What a person decides on machine-made cases; a twin follows the case that it is a variant of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.evaluate.cases import Case

__all__ = ["drop_case", "edit_case", "keep_case", "waiting"]


def waiting(cases: Sequence[Case]) -> list[Case]:
    """Return the cases that nobody has looked at.

    Args:
        cases: All cases of a file.

    Returns:
        The machine-made ones that are not reviewed, in order.
    """
    return [case for case in cases if case.machine_made and not case.reviewed]


def keep_case(cases: Sequence[Case], case_id: str) -> list[Case]:
    """Accept a case as it is.

    Args:
        cases: All cases of a file.
        case_id: Which one.

    Returns:
        All cases, this one reviewed.
    """
    return [
        case.model_copy(update={"reviewed": True}) if case.id == case_id else case for case in cases
    ]


def drop_case(cases: Sequence[Case], case_id: str) -> list[Case]:
    """Reject a case.

    Args:
        cases: All cases of a file.
        case_id: Which one.

    Returns:
        The cases without this one and its twins, which ask the same.
    """
    return [case for case in cases if case_id not in (case.id, case.twin_of)]


def edit_case(
    cases: Sequence[Case],
    case_id: str,
    *,
    question: str,
    reference: str,
    key_facts: tuple[tuple[str, ...], ...],
) -> list[Case]:
    """Accept a case in other words.

    Args:
        cases: All cases of a file.
        case_id: Which one.
        question: What to ask.
        reference: A short right answer.
        key_facts: As in `Case`.

    Returns:
        All cases, this one changed and reviewed; its twins ask the same, and wait for a review of
        their own.
    """
    changed = {
        "user_input": question,
        "reference": reference,
        "key_facts": key_facts,
        "reviewed": True,
    }
    asked = {"user_input": question, "reviewed": None}
    updates = {case.id: asked for case in cases if case.twin_of == case_id} | {case_id: changed}
    return [case.model_copy(update=updates.get(case.id, {})) for case in cases]
