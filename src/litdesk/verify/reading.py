"""A text as the rules see it: words with their places, numbers, names, negations, directions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from litdesk.sentences import STOP_WORDS, split_sentences, stem
from litdesk.types import Span
from litdesk.verify.lexicon import DIRECTIONS, HEDGES, NEGATIONS, NUMBER_WORDS, SECTION_LABELS
from litdesk.verify.quantities import Quantity, find_quantities

__all__ = ["Reading", "Word", "best_sentence", "coverage", "read", "read_sentences"]

_TOKEN = re.compile(r"[^\W_]+(?:['\u2019.][^\W_]+)*|[%≥≤<>]", re.UNICODE)
_NAME = re.compile(r"[^\W_]+(?:[-/+.][^\W_]+)*", re.UNICODE)
_SCOPE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of a text."""

    text: str
    """The word in lower case."""
    stem: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the rules know of a text."""

    text: str
    words: tuple[Word, ...]
    content: frozenset[str]
    """Stems of the words that carry meaning, numbers left out."""
    pairs: frozenset[tuple[str, str]]
    """Neighbouring stems, to see the wording beside the words."""
    quantities: tuple[Quantity, ...]
    names: tuple[str, ...]
    """Names of methods, data sets, genes, places: tokens with capitals or digits inside."""
    negated: frozenset[str]
    """Stems that stand shortly after a negation."""
    negations: int
    directions: frozenset[tuple[int, int]]
    hedged: bool


@lru_cache(maxsize=20_000)
def read(text: str) -> Reading:
    """Return what the rules know of a text.

    Args:
        text: Any text.

    Returns:
        Its words, numbers, names, negations, directions and hedges.
    """
    words = tuple(
        Word(text=(w := m.group().lower().replace("\u2019", "'").removesuffix("'s")), stem=stem(w),
             span=Span(start=m.start(), end=m.end()))
        for m in _TOKEN.finditer(text)
    )  # fmt: skip
    stems = [word.stem for word in words]
    return Reading(
        text=text,
        words=words,
        content=frozenset(word.stem for word in words if is_content(word.text)),
        pairs=frozenset(pairwise(stems)),
        quantities=tuple(find_quantities(text)),
        names=tuple(_names(text)),
        negated=_negated(words, text),
        negations=sum(word.text in NEGATIONS or word.text.endswith("n't") for word in words),
        directions=_directions(words),
        hedged=any(word.text in HEDGES for word in words),
    )


def is_content(word: str) -> bool:
    """Return whether a word carries meaning and is no number.

    Args:
        word: One word in lower case.

    Returns:
        False for stop words, numbers and single signs.
    """
    if word in STOP_WORDS or word in NEGATIONS or word in NUMBER_WORDS or word == "percent":
        return False
    return len(word) > 1 and not word[0].isdigit()


def _directions(words: tuple[Word, ...]) -> frozenset[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for place, word in enumerate(words):
        after = "".join(w.text for w in words[place + 1 : place + 3])
        bounds_a_number = re.match(r"than\d", after)
        if not bounds_a_number:
            found.update(DIRECTIONS.get(word.text, ()))
    return frozenset(found)


def _negated(words: tuple[Word, ...], text: str) -> frozenset[str]:
    found: set[str] = set()
    for place, word in enumerate(words):
        if word.text in NEGATIONS or word.text.endswith("n't"):
            following = words[place + 1 : place + 1 + _SCOPE]
            for prior, later in pairwise((word, *following)):
                if any(sign in text[prior.span.end : later.span.start] for sign in ",;:.("):
                    break
                if is_content(later.text):
                    found.add(later.stem)
    return frozenset(found)


def _names(text: str) -> list[str]:
    found: list[str] = []
    starts = {span.start for span in split_sentences(text)}
    for match in _NAME.finditer(text):
        token = match.group()
        if token in SECTION_LABELS:
            continue
        inner = any(c.isupper() for c in token[1:]) or (
            any(c.isdigit() for c in token) and any(c.isalpha() for c in token)
        )
        plain = token[0].isupper() and match.start() not in starts and len(token) > 2
        if (inner and token[0].isalpha()) or (plain and token.lower() not in STOP_WORDS):
            found.append(token.removesuffix("s") if token[:-1].isupper() else token)
    return found


@lru_cache(maxsize=20_000)
def read_sentences(text: str) -> tuple[tuple[Span, Reading], ...]:
    """Return the sentences of a text, read.

    Args:
        text: Prose.

    Returns:
        Each sentence's place in the text and what the rules know of it, in order.
    """
    return tuple((span, read(text[span.start : span.end])) for span in split_sentences(text))


def coverage(claim: Reading, evidence: frozenset[str]) -> float:
    """Return the share of the claim's content words that are among the evidence's.

    Args:
        claim: The claim, read.
        evidence: Stems of the evidence.

    Returns:
        0-1; 0 for a claim without content words.
    """
    return len(claim.content & evidence) / len(claim.content) if claim.content else 0.0


def best_sentence(claim: Reading, text: str) -> tuple[Span, Reading] | None:
    """Return the sentence that shares most words and wording with the claim.

    Args:
        claim: The claim, read.
        text: The evidence.

    Returns:
        The sentence's place and reading, the first of equals; None if the text has no sentence.
    """
    sentences = read_sentences(text)
    if not sentences:
        return None
    return max(sentences, key=lambda item: _closeness(claim, item[1]))


def _closeness(claim: Reading, sentence: Reading) -> float:
    wording = len(claim.pairs & sentence.pairs) / len(claim.pairs) if claim.pairs else 0.0
    length = len(sentence.words) or 1
    return coverage(claim, sentence.content) + wording - 1e-4 * length
