"""Questions whose answer an abstract does not state, read by rules.

Similarity cannot see them: a question about a detail of a paper is as near to its abstract as one
that the abstract answers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from litdesk.sentences import stem, stems, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.types import Passage

__all__ = ["missing_detail"]

_MEASURES = (
    "size|rate|score|value|error|number|count|length|dimension|temperature|accuracy|percentage|"
    "budget|cost|duration|footprint|threshold|weight|coefficient|speed|depth|width"
)
_AMOUNT = re.compile(
    # `how many` within a clause is told, not asked: `decide how many to cut`
    r"(?:^|[?.!:;,] |\band )(?:(?:so|and|about|after|at|by|for|from|in|of|on|to|up|with) ){0,2}"
    r"how many (?!times|fewer|less)"
    r"(?:(?:extra|more|additional|different|other|new|such) )?"
    # the head of `training steps` is its plural
    r"(?P<many>[\w-]+[^s\W] [\w-]+[^s\W]s\b|[\w-]+)"
    r"|\bhow much (?P<much>memory|time|compute|energy|storage|money|disk)\b"
    rf"|\b(?:what|which) (?:(?:is|was|are|were) )?(?:the )?"
    rf"(?P<kind>(?:(?!(?:do|does|did|is|are|was|were|has|have|can|the|an?|its|their|of)\b)[\w-]+ )"
    rf"{{0,3}}?)"
    rf"(?P<measure>{_MEASURES})s?\b",
    re.IGNORECASE,
)
_ASKED_FOR = r"\b(?:which|what|whose)(?: (?:is|was|are|were))?(?: the)?(?: [\w-]+){0,2}? "
# Things that papers state outside their abstracts.
_DETAIL = re.compile(
    _ASKED_FOR
    + r"(?P<detail>gpus?|tpus?|cpus?|hardware|cluster|machines?(?!-| learning)|learning rates?"
    r"|batch sizes?|epochs?|random seeds?|optimi[sz]er settings|training (?:time|cost|set|data)"
    r"|hyper-?parameter (?:values|settings)|corpus|annotators?|annotator agreement|agreement"
    r"|participants?|conference|journal|e-?mail(?: address)?|phone|funding|grants?|funded"
    r"|acknowledg\w+|licen[cs]e"
    r"|reviewers?|carbon footprint|energy (?:use|consumption)|appendix"
    r"|(?:section|figure|table|equation|theorem|page) \d+|p-?values?|confidence intervals?"
    r"|error bars|standard deviations?|code listing|pseudo-?code|vocabulary size"
    r"|number of (?:layers|parameters|heads)|rank|(?:base|backbone) (?:models?|llms?)|venue|city"
    r"|positional encodings?|future (?:work|directions|plans))\b",
    re.IGNORECASE,
)
# Words that ask for a number and need not stand beside it.
_CALLS_FOR_NUMBER = frozenset(stem(word) for word in "percentage number value count exact".split())
# `7B` states the size of a model, not of a batch or of a vocabulary.
_SIZE = re.compile(r"\b\d[\d.,]*\s?(?:[kmbKMB]|million|billion)\b")
_SIZE_OF_MODEL = frozenset(stem(word) for word in "model network size largest smallest".split())
# A sentence that fits the question so well is shown, whatever the rules below miss in it.
_GOOD_FIT = 0.65
_NUMBER_WORDS = frozenset(
    """one two three four five six seven eight nine ten twelve twenty hundred thousand million
    billion dozen half third quarter twice double single""".split()
)


def missing_detail(question: str, passages: Sequence[Passage]) -> str | None:
    """Return what a question asks for that the best abstract does not state.

    Args:
        question: The question.
        passages: What was found, best first; nothing is missing where a sentence fits very well.

    Returns:
        The thing, in the question's words: an amount for which the abstract has no sentence with
        both the thing and a number, or a detail that papers state elsewhere and that the abstract
        does not name. None if nothing is seen to be missing.
    """
    if not passages:
        return None
    best = passages[0]
    asked = _AMOUNT.search(question)
    if asked and not _asks_meaning(question, asked):
        thing = _amount_of(asked)
        wanted = set(stems(thing)) - _CALLS_FOR_NUMBER
        if wanted and not any(_states_amount(e.text, wanted) for e in best.evidence):
            return thing
    found = _DETAIL.search(question)
    if found and not _fits_well(best):
        detail = found.group("detail")
        present = set(stems(f"{best.paper.title} {best.paper.abstract}"))
        if not set(stems(detail)) <= present:
            return detail
    return None


def _asks_meaning(question: str, asked: re.Match[str]) -> bool:
    """Return whether the whole question is `What is the X score?`, which asks for no number."""
    return not question[: asked.start()].strip() and not question[asked.end() :].strip(" ?.")


def _fits_well(passage: Passage) -> bool:
    return bool(passage.evidence) and passage.evidence[0].score >= _GOOD_FIT


def _has_number(sentence: str) -> bool:
    said = words(sentence)
    # a formula is an amount, too
    return any(c.isdigit() or c == "$" for c in sentence) or not _NUMBER_WORDS.isdisjoint(said)


def _amount_of(asked: re.Match[str]) -> str:
    if counted := asked.group("many") or asked.group("much"):
        return str(counted).split()[-1]
    kind = " ".join(asked.group("kind").split()[-1:])
    return f"{kind} {asked.group('measure')}".strip()


def _states_amount(sentence: str, wanted: set[str]) -> bool:
    if wanted <= _SIZE_OF_MODEL and _SIZE.search(sentence):
        return True
    return _has_number(sentence) and wanted <= set(stems(sentence))
