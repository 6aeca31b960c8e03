"""A record or a paper in the form in which works are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.sentences import STOP_WORDS, fold

if TYPE_CHECKING:
    from litdesk.types import Author, Paper

__all__ = ["Title", "Work", "view"]

_WORD = re.compile(r"[^\W_]+")
_NUMERALS = frozenset("i ii iii iv v vi vii viii ix x one two three four five".split())
_NUMBERED = frozenset(("part", "volume", "vol"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A title as words, case and accents folded."""

    key: str
    """The same for spellings that differ in case, accents, spaces or punctuation alone."""
    words: tuple[str, ...]
    content: frozenset[str]
    """The words that are not stop words; all of them if there is no other."""
    numbers: tuple[str, ...]
    unnumbered: tuple[str, ...]
    """The words without numbers, and without `part` and `volume` that go with them."""

    @classmethod
    def from_words(cls, words: tuple[str, ...]) -> Title:
        """Prepare a title for comparing.

        Args:
            words: Its folded words.

        Returns:
            The title.
        """
        return cls(
            key="".join(words),
            words=words,
            content=frozenset(words) - STOP_WORDS or frozenset(words),
            numbers=tuple(word for word in words if _is_number(word)),
            unnumbered=tuple(w for w in words if not _is_number(w) and w not in _NUMBERED),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What tells one work from another."""

    titles: tuple[Title, ...]
    abstracts: tuple[tuple[str, ...], ...]
    """Each wording as folded words."""
    author_keys: tuple[str, ...]
    author_names: frozenset[tuple[str, ...]]
    """The words of each name in alphabetical order, the same whichever name is put first."""
    authors_complete: bool
    year: int | None
    venue: str
    doi: str | None
    arxiv_id: str | None


def view(paper: Paper) -> Work:
    """Return what is compared of a paper.

    Args:
        paper: A paper, or one record in the form of a paper.

    Returns:
        The folded view.
    """
    titles = [words for text in (paper.title, *paper.aliases) if (words := _words(text))]
    return Work(
        titles=tuple(Title.from_words(words) for words in titles),
        abstracts=tuple(words for v in paper.versions if (words := _words(v.text))),
        author_keys=tuple(author.key for author in paper.authors),
        author_names=frozenset(_name_words(author) for author in paper.authors),
        authors_complete=paper.authors_complete,
        year=paper.year,
        venue="".join(_words(paper.venue or "")),
        doi=paper.doi,
        arxiv_id=paper.arxiv_id,
    )


def _is_number(word: str) -> bool:
    return word in _NUMERALS or any(c.isdigit() for c in word)


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(fold(text)))


def _name_words(author: Author) -> tuple[str, ...]:
    return tuple(sorted(_words(author.name)))
