"""A text as the rules see it: words with their places, numbers, names, negations, directions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from litdesk.sentences import STOP_WORDS, split_sentences, stem
from litdesk.types import Span
from litdesk.verify.lexicon import (
    CONNECTIVES,
    DIRECTIONS,
    HEDGES,
    NEGATIONS,
    NUMBER_WORDS,
    SECTION_LABELS,
    SENSES,
)
from litdesk.verify.quantities import Quantity, find_quantities

__all__ = [
    "Reading",
    "Word",
    "best_sentence",
    "coverage",
    "is_content",
    "is_said",
    "read",
    "read_sentences",
    "share_said",
    "without_frame",
]

_TOKEN = re.compile(r"[^\W_]+(?:['\u2019.][^\W_]+)*|[%≥≤<>]", re.UNICODE)
_NAME = re.compile(r"[^\W_]+(?:[-/+.][^\W_]+)*", re.UNICODE)
_SCOPE = 4
_WHO = (
    r"(?:we|they|it|the (?:present )?(?:authors?|papers?|stud(?:y|ies)|work|abstract|article"
    r"|researchers|results?|findings?|data|experiments?)|(?:this|these|our|their) (?:papers?|work"
    r"|stud(?:y|ies)|articles?|authors|results?|findings?|data|experiments?|analys[ie]s)"
    r"|[A-Z][\w’'-]+(?: et al\.?| and [A-Z][\w’'-]+)?(?: \(\d{4}[a-z]?\)|,? \d{4}[a-z]?,?)?)"
)
_SAYS = (
    r"(?:(?:also|further|here|now|then|have|has) )*(?:show|shows|showed|shown|find|finds|found"
    r"|report|reports|reported|say|says|said|state|states|stated|observe|observes|observed"
    r"|demonstrate|demonstrates|demonstrated|reveal|reveals|revealed|note|notes|noted"
    r"|conclude|concludes|concluded) that "
)
_FRAME = re.compile(
    r"in (?:this|the present) (?:paper|work|study|article),? "
    rf"|(?:here,? )?(?:{_WHO} {_SAYS}|according to {_WHO},? |it (?:is|was|has been) "
    r"(?:shown|found|reported|observed|noted|stated|demonstrated) that )",
    re.IGNORECASE,
)


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


def without_frame(claim: str) -> str:
    """Return a claim without the words that only say who says it.

    Args:
        claim: One sentence.

    Returns:
        What follows `The authors report that` and the like; the claim itself where that is short
        of three words. A frame that holds back (`suggest that`) is part of the statement.
    """
    rest = claim.strip()
    while match := _FRAME.match(rest):
        rest = rest[match.end() :]
    return rest if len(rest.split()) >= 3 else claim


@cache
def _senses() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for group in SENSES:
        stems = {stem(word) for word in group}
        for one in stems:
            table.setdefault(one, set()).update(stems)
    return {one: frozenset(others) for one, others in table.items()}


def is_said(word: str, evidence: frozenset[str]) -> bool:
    """Return whether a text has a word, or one that says much the same.

    Args:
        word: Stem of the word.
        evidence: Stems of the text.

    Returns:
        Whether it has.
    """
    return word in evidence or not evidence.isdisjoint(_senses().get(word, ()))


def share_said(claim: Reading, evidence: frozenset[str]) -> float:
    """Return the share of the claim's content words that a text has, synonyms counted.

    Args:
        claim: The claim, read.
        evidence: Stems of the text.

    Returns:
        0-1; 0 for a claim without content words.
    """
    counted = [w for w in claim.content if w not in _joining()]
    return sum(is_said(w, evidence) for w in counted) / len(counted) if counted else 0.0


@cache
def _joining() -> frozenset[str]:
    return frozenset(stem(word) for word in CONNECTIVES)


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
