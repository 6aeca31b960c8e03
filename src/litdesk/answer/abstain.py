"""When not to answer."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from litdesk.answer.unmentioned import unmentioned_names
from litdesk.answer.unstated import missing_detail
from litdesk.types import Abstention, AbstentionReason, Draft, NearestPaper, Passage

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["abstention", "answerability", "refuse"]

ANSWERABLE_FROM = 0.5
_NEAREST = 3
# Logistic regression over the first tuning questions, for want of the relevance model.
_SIMILARITY = 18.9
_COVERAGE = 2.5
_OFFSET = -7.2
# A follow-up on papers that were found is likelier to be about them than any question is.
_FOLLOWS = 1.0

_MESSAGES = {
    AbstentionReason.NOTHING_RELEVANT: "I don't know: nothing in the library is about this.",
    AbstentionReason.NOT_IN_ABSTRACTS: "I don't know: the abstracts in the library do not say.",
    AbstentionReason.FALSE_PREMISE: "The papers seem to say the opposite of what the question "
    "takes for granted:",
    AbstentionReason.NOTHING_SUPPORTED: "I don't know: no sentence of the draft was supported by "
    "the abstracts.",
}


def refuse(question: str, passages: Sequence[Passage], *, is_about: bool) -> Draft | None:
    """Decide before writing whether there is anything to answer with.

    Args:
        question: The question as it was asked.
        passages: What was found, best first.
        is_about: Whether they are about the question.

    Returns:
        A draft that abstains and says why, or None if the question may be answered.
    """
    if not is_about:
        return Draft(abstention=AbstentionReason.NOTHING_RELEVANT)
    if names := unmentioned_names(question, passages):
        return Draft(
            abstention=AbstentionReason.NOT_IN_ABSTRACTS,
            message="I don't know: none of the abstracts that come nearest mentions "
            f"{' or '.join(names)}.",
        )
    if detail := missing_detail(question, passages):
        return Draft(
            abstention=AbstentionReason.NOT_IN_ABSTRACTS,
            message="I don't know: the abstract of the nearest paper does not state this "
            f"({detail}); its full text may.",
        )
    return None


def answerability(passages: Sequence[Passage], *, follows: bool = False) -> float:
    """Return the probability that the passages are about the question, by likeness alone.

    Args:
        passages: What was found, best first.
        follows: Whether the question goes on with a conversation about papers.

    Returns:
        A probability from the best cosine and the best share of the question's words; 0 with no
        passage.
    """
    if not passages:
        return 0.0
    similarity = max(passage.similarity for passage in passages)
    coverage = max(passage.coverage for passage in passages[:3])
    odds = _SIMILARITY * similarity + _COVERAGE * coverage + _OFFSET + _FOLLOWS * follows
    return 1 / (1 + exp(-odds))


def abstention(
    reason: AbstentionReason, passages: Sequence[Passage], *, message: str = ""
) -> Abstention:
    """Say why there is no answer, and what comes nearest.

    Args:
        reason: The reason.
        passages: What was found, best first.
        message: What to tell the reader instead of the usual words.

    Returns:
        The abstention with at most three papers.
    """
    return Abstention(
        reason=reason,
        message=message or _MESSAGES[reason],
        nearest=tuple(
            NearestPaper(
                paper_id=passage.paper.paper_id,
                title=passage.paper.title,
                score=passage.similarity,
            )
            for passage in passages[:_NEAREST]
        ),
    )
