"""Names in a question that nothing found mentions.

A question about Adam is not answered by an abstract on another optimizer, however near it comes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.sentences import STOP_WORDS, content_words, fold, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from litdesk.types import Paper, Passage

__all__ = ["unmentioned_names"]

_READ = 3
# `GPT-4`, `MatFormer`, `LSTM`, and any word with a capital that does not begin a sentence.
_NAME = re.compile(
    r"\b(?=[\w-]*[^\W\d_])[^\W_][\w-]*[A-Z0-9][\w-]*\b|\b[A-Z]{2,}\b"
    r"|(?<!^)(?<![.?!:] )(?<![\"“(])\b[A-Z][\w-]*[a-z][\w-]*\b"
)
_FEWEST_PLAIN_WORDS = 2
_MIN_MISSPELT = 5
_MIN_INSIDE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the papers say, in the forms in which a name is looked for."""

    words: frozenset[str]
    squeezed: str
    """Without spaces and signs: `PF$^2$ES` has `pf2es`."""
    initials: str


def unmentioned_names(question: str, passages: Sequence[Passage]) -> list[str]:
    """Return the names in a question that none of the best passages mentions.

    Args:
        question: The question.
        passages: What was found, best first; three are read, with their records.

    Returns:
        Acronyms and words with a capital, as the question writes them, in order; a plural, a part,
        a slip of one letter and an acronym that the passages spell out are known. Empty where
        capitals tell nothing: where The Words Of It have them, or in no English sentence.
    """
    names = list(dict.fromkeys(match.group() for match in _NAME.finditer(question)))
    plain = len(words(question)) - len(content_words(question))
    in_capitals = any(fold(name) in STOP_WORDS for name in names)
    if not passages or not names or in_capitals or plain < _FEWEST_PLAIN_WORDS:
        return []
    said = _said(passage.paper for passage in passages[:_READ])
    return [name for name in names if not _mentions(said, name)]


def _said(papers: Iterable[Paper]) -> _Said:
    text = " ".join(
        part
        for paper in papers
        for part in (
            paper.title, *paper.aliases, paper.abstract, *(a.name for a in paper.authors),
            *paper.affiliations, paper.venue or "",
        )
    )  # fmt: skip
    said = words(text)
    return _Said(
        words=frozenset(said),
        squeezed=_squeeze(text),
        initials="".join(part[0] for word in said for part in word.split("-") if part),
    )


def _mentions(said: _Said, name: str) -> bool:
    folded = fold(name)
    return (
        any(_has_part(said, part) for part in (name, *name.split("-")) if part)
        or folded.removesuffix("s") in said.initials
        or any(_is_slip(folded, word) for word in said.words)
    )


def _has_part(said: _Said, part: str) -> bool:
    squeezed = _squeeze(part)
    if len(squeezed) < _MIN_INSIDE:
        return squeezed in said.words
    return squeezed.removesuffix("s") in said.squeezed


def _is_slip(name: str, word: str) -> bool:
    from rapidfuzz.distance import OSA

    if abs(len(name) - len(word)) > 1:
        return False
    if sorted(name) == sorted(word):
        return True
    return len(name) >= _MIN_MISSPELT and OSA.distance(name, word, score_cutoff=1) <= 1


def _squeeze(text: str) -> str:
    return re.sub(r"[\W_]", "", fold(text))
