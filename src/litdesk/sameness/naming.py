"""Readable identifiers in the manner of citation keys: `vyas2024soap`."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

from litdesk.sentences import STOP_WORDS, fold

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from litdesk.types import Paper

__all__ = ["name_paper"]

_LONG_WORD = 4
_MOST_LETTERS = 30
_WORD = re.compile(r"[^\W\d_]+")


def name_paper(paper: Paper, *, taken: Container[str]) -> str:
    """Return a new identifier: first author's family name, year, first long word of the title.

    Args:
        paper: The paper.
        taken: Identifiers in use or used before.

    Returns:
        Such as `vyas2024soap`; `anon` for no author, `nd` for no year, a word of the abstract for
        no title; with `a`, `b`, … at its end if it is taken.
    """
    family = _letters(paper.authors[0].family) if paper.authors else ""
    stem = (
        f"{family or 'anon'}{paper.year or 'nd'}{_first_long_word(paper.title or paper.abstract)}"
    )
    return next(name for suffix in _suffixes() if (name := stem + suffix) not in taken)


def _letters(text: str) -> str:
    return "".join(_WORD.findall(fold(text)))[:_MOST_LETTERS]


def _first_long_word(text: str) -> str:
    words = _WORD.findall(fold(text)[:1000])
    long = (word for word in words if len(word) >= _LONG_WORD and word not in STOP_WORDS)
    return next(long, words[0] if words else "")[:_MOST_LETTERS]


def _suffixes() -> Iterator[str]:
    yield ""
    for number in count():
        yield _alphabetic(number)


def _alphabetic(number: int) -> str:
    head, letter = divmod(number, 26)
    return (_alphabetic(head - 1) if head else "") + chr(ord("a") + letter)
