"""People in a question, matched with the authors of the library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.sentences import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litdesk.types import Author, Paper

__all__ = ["Person", "find_people", "nicknames"]

_CUE = (
    r"(?:by|of|from|has|have|had|did|does|with|author|authors|and|is|was)\s+(?:(?:dr|prof)\.?\s+)?"
)
_AFTER = r"(?:'s\b|’s\b|\s+(?:publish\w*|wr[io]t\w*|author\w*|co-?author\w*|work\w*|papers?)\b)"

# `Vyas 2024`, `Vyas et al. (2024)`, and nothing else.
_CITED = r"^\W*({name})(?:\s+et al\.?|\s+papers?)?\W{{1,3}}(?:19|20)\d\d\W*$"
_SHORTEST_NICKNAME = 3

# A family name of one letter is an initial out of its place, and would be found in every `'s`.
_MIN_FAMILY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom a question names: a family name, and a given name where it is said."""

    family: str
    given: str
    """First given name, folded; empty if the question leaves it out."""
    name: str
    """How an answer calls the person."""

    def is_author(self, author: Author) -> bool:
        """Return whether an entry of an author list is this person.

        Args:
            author: The entry.

        Returns:
            True if the family names are equal and the given names do not contradict.
        """
        if fold(author.family) != self.family:
            return False
        given = _first(author.given)
        short = min(len(given), len(self.given))
        return not short or given[:short] == self.given[:short]

    def wrote(self, paper: Paper) -> bool:
        """Return whether this person is among the authors of a paper.

        Args:
            paper: The paper.

        Returns:
            True if one of its authors is the person.
        """
        return any(self.is_author(author) for author in paper.authors)


def find_people(question: str, authors: Iterable[Author]) -> list[Person]:
    """Return the people whom a question names.

    Args:
        question: The question, in any case.
        authors: Every author of the library, repeated as often as you like.

    Returns:
        People in the order in which the question names them; a family name alone counts only
        where the wording shows that a person is meant, because many family names are words.
    """
    folded = fold(question)
    found: dict[tuple[int, str], Person] = {}
    known: dict[str, dict[str, Author]] = {}
    for author in authors:
        family = fold(author.family)
        if len(family) >= _MIN_FAMILY and family in folded:
            known.setdefault(family, {}).setdefault(author.name, author)
    for family, namesakes in known.items():
        place = _full_name(folded, family, namesakes.values())
        if place is None:
            place = _family_alone(folded, question, family)
        if place is not None:
            start, given = place
            person = _person(family, given, namesakes.values())
            found.setdefault((start, person.family), person)
    certain = {family for _, family in found}
    for family in known.keys() - certain:
        if (joined := _joined(folded, family, certain)) is not None:
            found[(joined, family)] = _person(family, "", known[family].values())
    return [found[key] for key in sorted(found)]


def nicknames(given: str) -> list[str]:
    """Return what somebody may be called: the given name or the beginning of it.

    Args:
        given: A given name, folded.

    Returns:
        The longest first: `benjamin`, …, `ben`.
    """
    return [given[:end] for end in range(len(given), min(_SHORTEST_NICKNAME, len(given)) - 1, -1)]


def _joined(folded: str, family: str, found: Iterable[str]) -> int | None:
    """Return where a family name stands that `and` joins to one already found."""
    others = "|".join(map(re.escape, found))
    match = re.search(rf"\b{re.escape(family)} (?:and|&) (?:{others})\b", folded)
    return match.start() if match and others else None


def _full_name(folded: str, family: str, namesakes: Iterable[Author]) -> tuple[int, str] | None:
    for author in namesakes:
        first = _first(author.given)
        if not first:
            if match := re.search(rf"\b{re.escape(family)}\b", folded):
                return match.start(), ""
            continue
        called = "|".join(map(re.escape, nicknames(first)))
        pattern = rf"\b(?:{called})\b\.?(?:\s+[\w.-]+){{0,2}}?\s+{re.escape(family)}\b"
        reverse = rf"\b{re.escape(family)},\s*{re.escape(first)}\b"
        if match := re.search(f"{pattern}|{reverse}", folded):
            return match.start(), first
    return None


def _family_alone(folded: str, question: str, family: str) -> tuple[int, str] | None:
    name = re.escape(family)
    if cited := re.search(_CITED.format(name=name), folded):
        return cited.start(1), ""
    match = re.search(rf"\b(?:{_CUE})({name})\b|\b({name}){_AFTER}", folded)
    if match is None:
        return None
    start = match.start(1) if match.group(1) else match.start(2)
    # A word before it that is no cue would be a given name that no namesake has.
    before = re.search(r"([A-Z][\w-]+)\s+$", question[:start]) if start <= len(question) else None
    if re.match(r"\s+[A-Z][a-z]", question[start + len(family) :]):
        return None  # `Li Wei` is not `Li`
    if before and not re.fullmatch(_CUE.replace(r"\s+(?:", "(?:"), before.group(1).lower()):
        return None
    return start, ""


def _person(family: str, given: str, namesakes: Iterable[Author]) -> Person:
    same = [a for a in namesakes if not given or _first(a.given) == given]
    names = sorted({a.name for a in same}, key=len)
    one = len({_first(a.given) for a in same}) == 1
    shown = names[0] if one else same[0].family
    return Person(family=family, given=given, name=shown)


def _first(given: str) -> str:
    parts = fold(given).replace(".", " ").split()
    return parts[0] if parts else ""
