"""Which of two drafts is better, by the verdicts on their sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.types import CheckedSentence, Revision, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["compare_drafts"]


def compare_drafts(
    first: Sequence[CheckedSentence], second: Sequence[CheckedSentence], *, problem: str = ""
) -> Revision:
    """Compare two judged drafts.

    Args:
        first: The first draft.
        second: The second; empty where it is an abstention.
        problem: Why there is no second draft.

    Returns:
        What is kept: the second if a larger share of it is supported, or as large a share and a
        smaller one fails. An abstention is better than a draft of which nothing is supported.
    """
    better = not problem and _quality(second) > _quality(first)
    return Revision(
        kept="second" if better else "first",
        supported=(_count(first), _count(second)),
        sentences=(len(first), len(second)),
        problem=problem,
    )


def _quality(checked: Sequence[CheckedSentence]) -> tuple[float, float]:
    if not checked:
        return 0.0, 0.0
    failed = sum(sentence.verdict.failed for sentence in checked)
    return _count(checked) / len(checked), -failed / len(checked)


def _count(checked: Sequence[CheckedSentence]) -> int:
    return sum(sentence.verdict is Verdict.SUPPORTED for sentence in checked)
