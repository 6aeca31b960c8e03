"""The paper that a question about the record is after: named by title, or described by topic."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from litdesk.answer.conditions import read_conditions
from litdesk.answer.names import find_people
from litdesk.answer.titles import find_titled
from litdesk.sentences import stem, stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.types import Paper

__all__ = ["find_asked", "stems_of"]

# Of the words that describe a paper, so many must be in its title or abstract.
_MIN_SHARE = 0.6
_MIN_WORDS = 2

_PAPER = r"(?:papers?|publications?|articles?|works?|preprints?|stud(?:y|ies)|one)"
# A title that a question gives beside its own name for the paper.
_IN_BRACKETS = re.compile(r"[(“\"«](?P<title>[^()“”\"«»]{3,})[)”\"»]")
# `SOAP`, `MatFormer`, `360-1M`: what a title may begin with.
_SHORT_NAME = re.compile(r"(?<![\w-])(?=[\w-]*[A-Z0-9][\w-]*[A-Z])[\w-]+")
_NOT_THAT = re.compile(r",\s*(?:and )?not\b.*|\b(?:please|thanks|thank you)\b", re.IGNORECASE)
_BOTH = re.compile(r"\s+and\s+|\s*[,;]\s*")
# Words with which a question asks, and which say nothing of the paper that it asks about.
_ASKING = frozenset(
    stem(word)
    for word in """paper papers publication article work preprint study author authors authored
    co-author list full complete entire whole name names named first second third fourth last
    final lead leading senior leads led end beginning stand stands come comes came tell give show
    know need want look looking cite please year years month months date dates day dated
    publish published publication appear appeared appearance release released post posted online
    upload uploaded put submit submitted out people person researcher researchers everyone
    sign signed write wrote written behind affiliation affiliations affiliated institution
    institutions institute university lab given state stated two three four five six seven
    eight nine ten exact exactly plus also again byline listed submission arxiv co coauthored
    based recent
    i'm i'd i've that's who's what's it's got""".split()
)


def find_asked(said: str, papers: Sequence[Paper], *, nearest: Paper | None = None) -> list[Paper]:
    """Return the papers that part of a question names or describes.

    Args:
        said: The part of the question.
        papers: Every paper of the library.
        nearest: What retrieval found to be the nearest to the question; it is taken where it has
            the words of the description. None if the words may only be those of a title.

    Returns:
        One paper as a rule; several that are named together or fit equally well; none if the
        words fit no paper.
    """
    said = _NOT_THAT.sub("", said)
    people = find_people(said, (a for paper in papers for a in paper.authors))
    conditions = [
        one for one in read_conditions(said, papers, people) if one.field in {"authors", "date"}
    ]
    kept = [paper for paper in papers if all(one.keeps(paper) for one in conditions)]
    stated = frozenset(word for one in conditions for word in one.says)
    subject = _without(said, stated)
    tries = [subject, *(match["title"] for match in _IN_BRACKETS.finditer(said))]
    found = (find_titled(words, kept) for words in tries)
    if papers_found := next(filter(None, found), None) or _named_shortly(said, kept):
        return papers_found
    if both := _find_each(said, kept):
        return both
    if nearest is None:
        return []
    if nearest in kept and _fits(subject, nearest):
        return [nearest]
    likely = [paper for paper in kept if _fits(subject, paper)] if conditions else []
    return likely if len(likely) == 1 else []


def stems_of(paper: Paper) -> frozenset[str]:
    """Return the stems of the words of a paper.

    Args:
        paper: The paper.

    Returns:
        Those of its titles and its abstract.
    """
    return frozenset(stems(f"{paper.title} {' '.join(paper.aliases)} {paper.abstract}"))


def _without(said: str, stated: frozenset[str]) -> str:
    """Return the words of a question that describe a paper."""
    drop = _ASKING | stated
    kept = [word for word in re.findall(r"[^\s,;:?!.()“”\"«»]+", said) if _keep(word, drop)]
    return " ".join(kept)


def _keep(word: str, drop: frozenset[str]) -> bool:
    own = stems(word)
    return bool(own) and not all(one in drop for one in own)


def _named_shortly(said: str, papers: Sequence[Paper]) -> list[Paper]:
    if not re.search(rf"\b{_PAPER}\b", said, re.IGNORECASE):
        return []
    names = _SHORT_NAME.findall(said)
    return next(filter(None, (find_titled(n, papers, as_name=True) for n in names)), [])


def _find_each(said: str, papers: Sequence[Paper]) -> list[Paper]:
    """Return the papers of a list of titles, each of which must be found."""
    parts = [_without(part, frozenset()) for part in _BOTH.split(said)]
    parts = [part for part in parts if part]
    found = [find_titled(part, papers) for part in parts]
    named = all(len(stems(part)) >= _MIN_WORDS or _SHORT_NAME.fullmatch(part) for part in parts)
    clear = all(len(some) == 1 for some in found)
    return list(dict.fromkeys(p for some in found for p in some)) if named and clear else []


def _fits(subject: str, paper: Paper) -> bool:
    wanted = {word for word in stems(subject) if "-" not in word}
    if len(wanted) < _MIN_WORDS and not _SHORT_NAME.fullmatch(subject):
        return False
    return len(wanted & stems_of(paper)) >= _MIN_SHARE * len(wanted)
