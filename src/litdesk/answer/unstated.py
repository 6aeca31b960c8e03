"""Questions whose answer an abstract does not state, read by rules.

Similarity cannot see them: a question about a detail of a paper is as near to its abstract as one
that the abstract answers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from litdesk.sentences import stem, stems, words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from litdesk.types import Passage

__all__ = ["missing_detail", "unknown_names"]

_MEASURES = (
    "size|rate|score|value|error|number|count|length|dimension|temperature|accuracy|percentage|"
    "budget|price|cost|duration|footprint|threshold|weight|coefficient|speed|depth|width"
)
_AMOUNT = re.compile(
    r"\bhow many (?P<many>[\w-]+)"
    rf"|\b(?:what|which) (?:(?:is|was|are|were) )?(?:the )?(?P<kind>(?:[\w-]+ ){{0,3}}?)"
    rf"(?P<measure>{_MEASURES})s?\b",
    re.IGNORECASE,
)
# Things that papers state outside their abstracts.
_DETAIL = re.compile(
    r"\b(?P<detail>gpus?|tpus?|cpus?|hardware|cluster|machines?|learning rates?|batch sizes?"
    r"|epochs?|random seeds?|optimi[sz]er settings|hyper-?parameter (?:values|settings)"
    r"|training (?:time|cost|set|data)|corpus|annotators?|annotator agreement|agreement"
    r"|participants?|e-?mail(?: address)?|phone|funding|grants?|funded|acknowledg\w+|licen[cs]e"
    r"|reviewers?|price|carbon footprint|energy (?:use|consumption)|appendix"
    r"|(?:section|figure|table|equation|theorem|page) \d+|p-?values?|confidence intervals?"
    r"|error bars|standard deviations?|code listing|pseudo-?code|vocabulary size"
    r"|number of (?:layers|parameters|heads))\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:which|what|who|how|where|whose|list|name|give)\b|\?", re.IGNORECASE)
_NUMBER_WORDS = frozenset(
    """one two three four five six seven eight nine ten twelve twenty hundred thousand million
    billion dozen half third quarter twice double single""".split()
)
_NAME = re.compile(r"\b(?=[\w-]*[^\W\d_])[^\W_][\w-]*[A-Z0-9][\w-]*\b|\b[A-Z]{2,}\b")


def missing_detail(question: str, passages: Sequence[Passage]) -> str | None:
    """Return what a question asks for that the best abstract does not state.

    Args:
        question: The question.
        passages: What was found, best first.

    Returns:
        The thing, in the question's words: an amount for which the abstract has no sentence with
        both the thing and a number, or a detail that papers state elsewhere and that the abstract
        does not name. None if nothing is seen to be missing.
    """
    if not passages:
        return None
    if (asked := _AMOUNT.search(question)) and (thing := _amount_of(asked)):
        wanted = {stem(word) for word in words(thing)} & set(stems(thing))
        if wanted and not any(_states_amount(e.text, wanted) for e in passages[0].evidence):
            return thing
    if _ASKS.search(question) and (found := _DETAIL.search(question)):
        detail = found.group("detail")
        present = set(stems(f"{passages[0].paper.title} {passages[0].paper.abstract}"))
        if not set(stems(detail)) <= present:
            return detail
    return None


def _amount_of(asked: re.Match[str]) -> str:
    if many := asked.group("many"):
        return many
    kind = " ".join(asked.group("kind").split()[-1:])
    return f"{kind} {asked.group('measure')}".strip()


def _states_amount(sentence: str, wanted: set[str]) -> bool:
    has_number = any(c.isdigit() for c in sentence) or _NUMBER_WORDS & set(words(sentence))
    return bool(has_number) and wanted <= set(stems(sentence))


def unknown_names(question: str, vocabulary: Collection[str]) -> list[str]:
    """Return the names in a question that no paper mentions.

    Args:
        question: The question.
        vocabulary: The words of the papers, in lower case.

    Returns:
        Acronyms and names with a capital or a digit inside, as the question writes them, in order;
        a plural or a part of a known word is known.
    """
    return [
        name
        for name in dict.fromkeys(match.group() for match in _NAME.finditer(question))
        if not any(_is_known(part, vocabulary) for part in (name, *name.split("-")) if part)
    ]


def _is_known(name: str, vocabulary: Collection[str]) -> bool:
    folded = name.lower()
    return (
        folded in vocabulary
        or folded.removesuffix("s") in vocabulary
        or f"{folded}s" in vocabulary
        or any(sorted(folded) == sorted(word) for word in vocabulary if len(word) == len(folded))
    )
