"""Sentences that need no judge: quotations, and what the record of a paper says.

A sentence counts as one of these if nothing is left of it once the quoted words, the facts of the
record and the words that present them are taken away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.answer.conditions import month_named
from litdesk.sentences import STOP_WORDS, fold
from litdesk.types import Span
from litdesk.verify.lexicon import NEGATIONS, NUMBER_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.types import Paper

__all__ = ["Quotation", "Statement", "find_quote", "quoted_words", "read_statement"]

_QUOTED = re.compile(r"“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|(?<!\w)\"([^\"]+)\"(?!\w)")
_CUT = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|…|\.\.\.)\s*")
_ALIKE = {
    "'": "['’‘]",
    "’": "['’‘]",
    "‘": "['’‘]",
    "-": "[-–—\u2010\u2011]",
    "–": "[-–—]+",
    "—": "[-–—]+",
}
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_QUOTATION_WORDS = 4
_PRESENTING = frozenset(
    """abstract abstracts according add adds al argue argues article articles author authors
    authored conclude concludes conclusion et find finds found later note notes observe observes
    paper papers put puts report reports said say says show shows state stated states stating study
    word words write writes writing wrote works""".split()
)
_RECORD = frozenset(
    """affiliated affiliation appear appeared appears apart arxiv authors belong belongs called
    code conference date dated doi entitled first here in journal journals last library link list
    listed matching name named names others people preprint proceedings publication published
    publishes record records second set several theme themes third title titled titles topic topics
    venue written year years""".split()
)
_TELLING = frozenset(
    """affiliation appeared arxiv author authored authors dated doi entitled journal library
    published record title titled titles venue written wrote""".split()
)
"""Words that show a sentence to be about the record; without one, or a title, none is."""
_UNNAMED = "and others that the record does not name"
_COUNTS = NUMBER_WORDS | {"one": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Quoted words and where a paper has them."""

    paper_id: str
    words: str
    """As the abstract writes them: `abstract[start:end]`."""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What there is in a sentence besides a claim about the contents of papers."""

    quotations: tuple[Quotation, ...] = ()
    """The quoted words that stand in a cited abstract."""
    missing: tuple[str, ...] = ()
    """Quoted words, four or more, that no cited text has."""
    left: tuple[str, ...] = ()
    """What neither the quotations nor the records account for."""
    foreign: tuple[str, ...] = ()
    """The same, if it is nothing but names and years that no cited text has."""
    facts: int = 0
    """Names, years, titles and numbers that the records account for."""
    telling: bool = False
    """It names a title, or has a word such as `written`."""

    @property
    def is_quotation(self) -> bool:
        """Whether it is nothing but quoted words and who says them."""
        long = any(len(q.words.split()) >= _QUOTATION_WORDS for q in self.quotations)
        return long and not self.left and not self.missing

    @property
    def is_recorded(self) -> bool:
        """Whether the records say all of it."""
        return self.telling and self.facts > 0 and not self.left and not self.missing

    @property
    def against_record(self) -> str:
        """A name or year that the records do not have, in a sentence on nothing else; or empty."""
        return self.foreign[0] if self.telling and self.foreign else ""


def quoted_words(text: str) -> list[str]:
    """Return what stands between quotation marks.

    Args:
        text: A sentence.

    Returns:
        The quoted words in order.
    """
    return [next(g for g in m.groups() if g).strip() for m in _QUOTED.finditer(text)]


def find_quote(quote: str, text: str) -> Span | None:
    """Return where a text has quoted words; letter case, spaces and kinds of dashes do not count.

    Args:
        quote: The words; `…` stands for words left out.
        text: The text.

    Returns:
        From the first word to the last, or None.
    """
    parts = [part for part in _CUT.split(quote.strip(" .,;:")) if part.strip()]
    if not parts:
        return None
    pattern = r".{0,600}?".join(_tolerant(part) for part in parts)
    found = re.search(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE | re.DOTALL)
    return Span(start=found.start(), end=found.end()) if found else None


def _tolerant(part: str) -> str:
    words = re.sub(r"\[(\w+)\]", r"\1", part).split()
    return r"\s+".join("".join(_ALIKE.get(c) or re.escape(c) for c in word) for word in words)


def read_statement(claim: str, papers: Sequence[Paper]) -> Statement:
    """Take apart what a sentence says of its papers.

    Args:
        claim: The sentence without its citations.
        papers: The papers that it cites, at least one.

    Returns:
        What is quoted, what the records account for, and what is left.
    """
    rest, stated = _without(claim, [p.link for p in papers if p.link])
    titles = [title for p in papers for title in (p.title, *p.aliases) if len(title.split()) > 1]
    rest, titled = _without(rest, titles)
    rest, _ = _without(rest, [_UNNAMED])
    places = {quote: _place(quote, papers) for quote in quoted_words(rest)}
    for quote, place in places.items():
        rest = rest.replace(quote, " ", 1) if place else rest
    words = _WORD.findall(rest)
    recorded = _recorded(
        papers, everyone=not {"all", "each", "both"}.isdisjoint(rest.lower().split())
    )
    told = [word for word in words if not _is_presented(word)]
    left = [word for word in told if not _is_recorded(word, recorded, number=len(papers))]
    return Statement(
        quotations=tuple(place for place in places.values() if place),
        missing=tuple(
            q for q, place in places.items() if not place and len(q.split()) >= _QUOTATION_WORDS
        ),
        left=tuple(left),
        foreign=tuple(left) if all(_is_foreign(word, papers) for word in left) else (),
        facts=stated + titled + len(told) - len(left),
        telling=bool(titled) or any(word.lower() in _TELLING for word in words),
    )


def _is_foreign(word: str, papers: Sequence[Paper]) -> bool:
    """Whether a word is a name or a year that no cited text has."""
    if not word[0].isupper() and not re.fullmatch(r"(?:1[89]|20)\d\d", word):
        return False
    return not any(find_quote(word, f"{p.title} {p.abstract}") for p in papers)


def _place(quote: str, papers: Sequence[Paper]) -> Quotation | None:
    for paper in papers:
        if span := find_quote(quote, paper.abstract):
            words = paper.abstract[span.start : span.end]
            return Quotation(paper_id=paper.paper_id, words=words, span=span)
    return None


def _without(text: str, phrases: Sequence[str]) -> tuple[str, int]:
    """Take phrases out of a text, the longest first; how many were there."""
    count = 0
    for phrase in sorted(phrases, key=len, reverse=True):
        if span := find_quote(phrase, text):
            text = f"{text[: span.start]} {text[span.end :]}"
            count += 1
    return text, count


def _is_presented(word: str) -> bool:
    lower = word.lower()
    if lower in NEGATIONS:
        return False
    return lower in STOP_WORDS or lower in _PRESENTING or lower in _RECORD


def _is_recorded(word: str, recorded: frozenset[str], *, number: int) -> bool:
    return fold(word) in recorded or _COUNTS.get(word.lower(), 0) == number or word == str(number)


def _recorded(papers: Sequence[Paper], *, everyone: bool) -> frozenset[str]:
    """The words of the records: names, dates, venues, affiliations."""
    each = [_words_of(paper) for paper in papers]
    names = [frozenset(_folded(" ".join(a.name for a in paper.authors))) for paper in papers]
    people = frozenset.intersection(*names) if everyone else frozenset().union(*names)
    return frozenset().union(*each) | people


def _words_of(paper: Paper) -> frozenset[str]:
    date = paper.date or ""
    people = str(len(paper.authors)) if paper.authors_complete else ""
    named = (date, month_named(date), people, paper.venue or "", paper.category or "")
    return frozenset(_folded(" ".join((*named, *paper.affiliations))))


def _folded(text: str) -> list[str]:
    return [fold(word) for word in _WORD.findall(text)]
