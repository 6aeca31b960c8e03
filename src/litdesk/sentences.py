"""Sentences and words of scientific prose, with exact offsets.

A small splitter of our own: the packaged ones need data from a hub (NLTK, spaCy) or change the
text, and offsets must index the text as it is stored.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from litdesk.types import Span, fold

__all__ = [
    "STOP_WORDS",
    "content_words",
    "fold",
    "split_sentences",
    "stem",
    "stems",
    "word_runs",
    "words",
]

_END = re.compile(r"[.!?]+[\"”’')\]]*\s+|\n\s*\n\s*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|etc|vs|cf|approx|resp|viz|ca|fig|figs|eq|eqs|sec|ref|refs|tab|no|nos"
    r"|vol|dr|mr|mrs|ms|prof|st|jr|sr|inc|sp|spp|var|w\.r\.t|a\.k\.a|s\.t)|\b[A-Z])\.\s+$",
    re.IGNORECASE,
)
_INITIAL = re.compile(r"(?:^|[\s(])[A-Z]\.\s+$")
_SENTENCE_START = re.compile(r"[A-Z0-9“\"‘'(\[$\\À-ÞΑ-Ω*]")
_WORD = re.compile(r"[^\W_]+(?:[-'’.+/][^\W_]+)*\+*", re.UNICODE)

STOP_WORDS = frozenset(
    """a about above after again against all also although am among an and any are as at be became
    because been before being below between both but by can cannot could did do does doing down
    due during each either else ever every few for from further had has have having he her here
    hers him his how however i if in into is it its itself just let like many may me might more most
    much must my near no nor not now of off on once one only onto or other our ours out over own
    per quite rather same shall she should show shows since so some such tell than that the their
    theirs them then there these they this those through thus to too toward under until up upon us
    use used uses using very via was we were what when where whether which while who whom whose
    why will with within without would yet you your""".split()
)


def split_sentences(text: str) -> list[Span]:
    """Return the sentences of a text, in order, without the white space around them.

    Args:
        text: Prose; formulas between `$` are never cut.

    Returns:
        Spans into `text`; together they hold every character but white space between sentences.
    """
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if _is_boundary(text, start, match):
            _append_trimmed(spans, text, start, match.end())
            start = match.end()
    _append_trimmed(spans, text, start, len(text))
    return spans


def _is_boundary(text: str, start: int, match: re.Match[str]) -> bool:
    if "\n\n" in match.group():
        return True
    before = text[start : match.end()]
    if before.count("$") % 2 or not _SENTENCE_START.match(text, match.end()):
        return False
    if not match.group().startswith("."):
        return True
    tail = before[-16:]
    if _INITIAL.search(tail):
        return False
    found = _ABBREVIATION.search(tail)
    # "et al." and "etc." may end a sentence; what follows them then starts with a capital word.
    return found is None or bool(re.match(r"(?:etc)\b", found.group(), re.IGNORECASE))


def _append_trimmed(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    if stripped := piece.strip():
        offset = start + piece.index(stripped[0])
        spans.append(Span(start=offset, end=offset + len(stripped)))


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, hyphenated words whole and in parts.

    Args:
        text: Any text.

    Returns:
        Words in order; `chain-of-thought` gives itself, `chain`, `of` and `thought`.
    """
    found: list[str] = []
    for match in _WORD.finditer(text.lower().replace("’", "'")):
        word = match.group().removesuffix("'s")
        found.append(word)
        parts = re.split(r"[-/]", word)
        if len(parts) > 1:
            found.extend(part for part in parts if part)
    return found


def word_runs(text: str, length: int) -> set[tuple[str, ...]]:
    """Return all runs of words of a text; case, hyphens and punctuation do not count.

    Args:
        text: Any text.
        length: Words in a run.

    Returns:
        The runs; empty for a shorter text.
    """
    tokens = re.findall(r"\w+", text.lower())
    return {tuple(tokens[n : n + length]) for n in range(len(tokens) - length + 1)}


def content_words(text: str) -> list[str]:
    """Return the words of a text that carry meaning.

    Args:
        text: Any text.

    Returns:
        `words(text)` without stop words, in order.
    """
    return [word for word in words(text) if word not in STOP_WORDS]


def stem(word: str) -> str:
    """Return the stem of an English word.

    Args:
        word: One word in lower case.

    Returns:
        Its Snowball stem (Porter 2).
    """
    return _stem(word)


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@cache
def _stemmer():  # type: ignore[no-untyped-def]  # noqa: ANN202 (PyStemmer has no types)
    import Stemmer

    return Stemmer.Stemmer("english")


def stems(text: str) -> list[str]:
    """Return the stems of the content words of a text.

    Args:
        text: Any text.

    Returns:
        Stems in order, repeated where the words are.
    """
    return [stem(word) for word in content_words(text)]
