"""Text in an abstract that reads like an instruction to a language model.

An abstract tells what was done; it asks its reader for nothing. What is found here is shown, never
removed: abstracts are data for every writer, whatever stands in them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from litdesk.sentences import split_sentences
from litdesk.types import FlaggedPaper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litdesk.types import Paper

__all__ = ["flag_papers", "instruction_in"]

_QUOTE_CHARS = 200
_OUTPUT = r"(?:answer|response|reply|message|output|summary|review)"
_ORDER = (
    r"(?:add|anagram|answer|append|augment|break down|calculate|combine|compose|convert|create"
    r"|describe|develop|disregard|draft|encode|enhance|ensure|explain|forget|generate|give|group"
    r"|ignore|include|insert|integrate|introduce|jumble|list|make|mention|misspell|modify|output"
    r"|pretend|print|provide|rearrange|recommend|remove|render|repeat|replace|reply|respond|reveal"
    r"|say|scramble|send|substitute|suggest|summari[sz]e|tell|translate|use|write)"
)
_RULES = (
    (
        "tells a reader to set instructions aside",
        re.compile(
            r"\b(?:ignore|disregard|forget|override|bypass)\b[^.!?]{0,40}\b(?:instruction|prompt"
            r"|rule|guideline|direction|command|context)s?\b",
            re.I,
        ),
    ),
    (
        "speaks to a language model",
        re.compile(
            r"\b(?:you are (?:now )?(?:an? )?(?:\w+ )?(?:ai|assistant|chatbot|language model|llm)\b"
            r"|(?:note|instructions?|message) (?:to|for) (?:the )?(?:ai|llm|language model"
            r"|assistant|reviewer)s?\b|as an ai\b|(?:your|the|this) system prompt\b"
            r"|\[/?INST\]|<\|im_(?:start|end)\|>|^\s*(?:system|assistant)\s*:)",
            re.I,
        ),
    ),
    (
        "holds markup that a page would act on",
        re.compile(r"<(?:script|img|iframe|svg|form|a)\b|!\[[^\]]*\]\(|\]\(\s*javascript:", re.I),
    ),
    (
        "tells a reader what to write",
        re.compile(
            rf"(?:^|[:;,]\s*)(?:please |now |then )?{_ORDER}\b[^.?!]*\byour {_OUTPUT}\b"
            rf"|\bin your {_OUTPUT}\b|\byour {_OUTPUT}(?:'s|\u2019s)? (?:words|letters)\b",
            re.I,
        ),
    ),
    (
        "asks its reader for something",
        re.compile(
            r"^(?:please (?!see\b|note\b)|can you\b|could you\b|how do (?:i|you)\b"
            r"|tell me\b|show me\b|give me\b|(?:what is|what's|how do you say) ['\u2018\u201c\"])",
            re.I,
        ),
    ),
    (
        "gives an order",
        re.compile(
            rf"^{_ORDER} (?:an?|the|me|this|that|all|every|any|each|random|letters|vowels|words"
            rf"|numbers|spaces|anagrams|commonly|how|\S+ to|[\"\u201c'])\b[^,]*[.!]?$",
            re.I,
        ),
    ),
)


def instruction_in(text: str) -> tuple[str, str] | None:
    """Return the first sentence that reads like an instruction.

    Args:
        text: An abstract, or a title.

    Returns:
        Why, in a phrase, and the sentence, cut to 200 characters; None if there is none.
    """
    for span in split_sentences(text):
        sentence = text[span.start : span.end]
        for reason, pattern in _RULES:
            if pattern.search(sentence):
                return reason, sentence[:_QUOTE_CHARS]
    return None


def flag_papers(papers: Iterable[Paper]) -> tuple[FlaggedPaper, ...]:
    """Return the papers whose title or abstract reads like an instruction.

    Args:
        papers: Any papers.

    Returns:
        One flag a paper, in the same order; papers without are left out.
    """
    found = ((paper, instruction_in(f"{paper.title}\n\n{paper.abstract}")) for paper in papers)
    return tuple(
        FlaggedPaper(paper_id=paper.paper_id, reason=flag[0], quote=flag[1])
        for paper, flag in found
        if flag is not None
    )
