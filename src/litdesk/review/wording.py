"""The words of papers, so that a topic's words are found in another form or under an acronym."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from litdesk.sentences import STOP_WORDS, split_sentences, stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from litdesk.types import Paper

__all__ = ["Term", "Vocabulary", "Wording", "acronyms_of", "read_wordings", "singular", "terms_of"]

_TOKEN = re.compile(r"[^\W_]+(?:[-'’./+][^\W_]+)*", re.UNICODE)
_JOINT = re.compile(r"[-/ ]")
_DEFINED = re.compile(r"\(([A-Z][A-Za-z0-9-]{0,11})[,;)]")
_PLAIN = re.compile(r"[A-Za-z0-9]+")
_CAPITAL = re.compile(r"\b[a-z0-9]*[A-Z][A-Za-z0-9]*\b")
_BEFORE = 120
"""Characters before an acronym in brackets in which its words are looked for."""
_IES, _ES = re.compile(r"(?<=..)ies$"), re.compile(r"(?<=ss|ch|sh)es$|(?<=x)es$")
_S = re.compile(r"(?<=..)(?<![sui])s$")
_IRREGULAR = {
    "dices": "dex", "ia": "ium", "theses": "thesis", "tices": "tex", "trices": "trix",
    "yses": "ysis",
}  # fmt: skip
"""Latin and Greek plurals by their endings: `equilibria`, `matrices`, `analyses`."""
_IRREGULAR_END = re.compile(rf"(?<=..)(?:{'|'.join(_IRREGULAR)})$")
_SAME_STEM = 0.5
"""What a word counts where only its stem is there: `optimal` for `optimizer`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of a topic; `fine-tuning` may stand in one word or in two, `vitamin D` is one."""

    shown: str
    """As the topic has it, in lower case."""
    word: str
    """In the singular, in one word."""
    parts: tuple[str, ...]
    stem: str
    """Of it, hyphens and all; of its longest word where it has several."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The words of a sentence, in the singular, and their stems."""

    words: frozenset[str]
    stems: frozenset[str]
    pairs: frozenset[tuple[str, str]]

    def credit(self, term: Term) -> float:
        """Return how well the sentence has a term.

        Args:
            term: The term.

        Returns:
            1 for the word, `_SAME_STEM` for one of the same stem, 0 for none; a hyphenated word
            may have its parts side by side.
        """
        if term.word in self.words:
            return 1.0
        if len(term.parts) > 1:
            if all(pair in self.pairs for pair in pairwise(term.parts)):
                return 1.0
            return _SAME_STEM * sum(p in self.words for p in term.parts) / len(term.parts)
        return _SAME_STEM if term.stem in self.stems else 0.0


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a paper, by sentence; the first are those of its titles."""

    sentences: tuple[Sentence, ...]

    def credits_of(self, terms: Sequence[Term]) -> list[list[float]]:
        """Return how well each sentence has each term.

        Args:
            terms: The terms.

        Returns:
            A row a sentence, as `Sentence.credit`.
        """
        return [[sentence.credit(term) for term in terms] for sentence in self.sentences]


def terms_of(text: str) -> tuple[Term, ...]:
    """Return the terms of a topic or a concept of it.

    Args:
        text: Any text.

    Returns:
        Its words but stop words, each once, in order.
    """
    found: dict[str, Term] = {}
    for token in _joined(t for t in _TOKEN.findall(text.lower()) if t not in STOP_WORDS):
        parts = tuple(singular(part) for part in _JOINT.split(token) if part)
        if parts:
            rarest = max(token.split(), key=len)
            term = Term(shown=token, word="".join(parts), parts=parts, stem=stem(rarest))
            found.setdefault(term.word, term)
    return tuple(found.values())


def _joined(tokens: Iterable[str]) -> list[str]:
    """Join a letter or figure to the word that it belongs to, as in `vitamin D` and `T cells`."""
    joined: list[str] = []
    for token in tokens:
        if joined and (len(token) == 1 or len(joined[-1]) == 1):
            joined[-1] += f" {token}"
        else:
            joined.append(token)
    return joined


@lru_cache(maxsize=200_000)
def singular(word: str) -> str:
    """Return a word without the ending of a plural, by rules.

    Args:
        word: One word in lower case.

    Returns:
        The singular; a word that only looks like a plural may lose its ending, always the same.
    """
    if ending := _IRREGULAR_END.search(word):
        return word[: ending.start()] + _IRREGULAR[ending.group()]
    return _S.sub("", _ES.sub("", _IES.sub("y", word)))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of papers, and the acronyms that they define."""

    wordings: Mapping[str, Wording]
    """By paper id."""
    acronyms: Mapping[str, str]
    """To the words that most papers mean by them."""

    def spell_out(self, text: str) -> str:
        """Return a text with the words of its acronyms in their place.

        Args:
            text: Such as `RL for robots`.

        Returns:
            Such as `reinforcement learning for robots`.
        """

        def spelled(match: re.Match[str]) -> str:
            name = match.group()
            return self.acronyms.get(name) or self.acronyms.get(name.removesuffix("s")) or name

        return _PLAIN.sub(spelled, text)


def read_wordings(papers: Iterable[Paper]) -> Vocabulary:
    """Return the words of papers.

    Args:
        papers: The papers; an acronym that one of them defines is read in all of them.

    Returns:
        Their words and acronyms.
    """
    several = list(papers)
    defined = {paper.paper_id: acronyms_of(paper.abstract) for paper in several}
    counted: dict[str, Counter[str]] = {}
    for own in defined.values():
        for acronym, words in own.items():
            counted.setdefault(acronym, Counter())[words] += 1
    common = {acronym: meant.most_common(1)[0][0] for acronym, meant in counted.items()}
    read = {
        paper.paper_id: Wording(tuple(_sentences(paper, {**common, **defined[paper.paper_id]})))
        for paper in several
    }
    return Vocabulary(read, common)


def _sentences(paper: Paper, acronyms: Mapping[str, str]) -> Iterator[Sentence]:
    yield _read(" . ".join((paper.title, *paper.aliases)), acronyms)
    for span in split_sentences(paper.abstract):
        yield _read(paper.abstract[span.start : span.end], acronyms)


def _read(text: str, acronyms: Mapping[str, str]) -> Sentence:
    words: list[str] = []
    pairs: set[tuple[str, str]] = set()
    for piece in (text, *_spelled(text, acronyms)):
        row: list[str] = []
        for token in _TOKEN.findall(piece.lower()):
            parts = [part for part in _JOINT.split(token) if part] if _is_joint(token) else [token]
            row += [singular(part) for part in parts]
            if len(parts) > 1:
                words.append(singular("".join(parts)))
        words += row
        pairs.update(pairwise(row))
    told = frozenset(words) - STOP_WORDS
    return Sentence(told, frozenset(stem(word) for word in told), frozenset(pairs))


def _is_joint(token: str) -> bool:
    return "-" in token or "/" in token


def _spelled(text: str, acronyms: Mapping[str, str]) -> Iterator[str]:
    """Yield what the acronyms of a text mean."""
    for name in set(_CAPITAL.findall(text)):
        if words := acronyms.get(name) or acronyms.get(name.removesuffix("s")):
            yield words


def acronyms_of(text: str) -> dict[str, str]:
    """Return the acronyms that a text defines.

    A short form in brackets stands for the words before it whose initials it has, as in Schwartz
    and Hearst, “A Simple Algorithm for Identifying Abbreviation Definitions” (2003).

    Args:
        text: Such as `reinforcement learning (RL)`.

    Returns:
        Such as `{"RL": "reinforcement learning"}`.
    """
    found = {}
    for match in _DEFINED.finditer(text):
        name = match.group(1).removesuffix("s")
        initials = [c.lower() for c in name if c.isalnum()]
        before = _PLAIN.findall(text[max(0, match.start() - _BEFORE) : match.start()])
        words = before[len(before) - len(initials) :]
        if len(initials) > 1 and [word[0].lower() for word in words] == initials:
            found[name] = " ".join(words).lower()
    return found
