"""What a question asks of the record of a paper: people, dates, places, category, code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from litdesk.answer.names import nicknames
from litdesk.sentences import stem, stems, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from litdesk.answer.names import Person
    from litdesk.types import Author, Paper

__all__ = ["Condition", "author_at", "place_in_list", "read_conditions"]

_HAS_CODE = re.compile(
    r"\b(?:with|have|has|having|marked|come|comes|coming|release\w*|provide\w*|include\w*|flag\w*)\b"
    r"[^?.]*\bcode\b|\bcode (?:available|flag|is available|release)\b",
    re.IGNORECASE,
)
_FIRST_AUTHOR = re.compile(r"\bfirst[- ]author", re.IGNORECASE)
_LAST_AUTHOR = re.compile(r"\b(?:last|senior)[- ]author", re.IGNORECASE)
_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_NAMED = "|".join(f"{month[:3]}(?:{month[3:]}|t)?" for month in _MONTHS)
"""In full or short: `September`, `Sept.`, `Sep`."""
_MONTH = re.compile(
    rf"\b(?P<month>{_NAMED})\.?\s+(?:of\s+)?(?P<year>(?:19|20)\d\d)",
    re.IGNORECASE,
)
_YEAR = r"((?:19|20)\d\d)"
_RANGES: tuple[tuple[re.Pattern[str], Callable[[int, int], tuple[int, int]]], ...] = (
    (
        re.compile(rf"\b(?:between|from)\s+{_YEAR}\s*(?:and|to|until|till|through|-|–)\s*{_YEAR}"),
        lambda a, b: (a, b),
    ),
    (re.compile(rf"\b{_YEAR}\s*(?:-|–|to)\s*{_YEAR}"), lambda a, b: (a, b)),
    (re.compile(rf"\b{_YEAR}\s*(?:or|and|,)\s*{_YEAR}"), lambda a, b: (a, b)),
    (
        re.compile(
            rf"\b(?:since|from|starting in)\s+{_YEAR}\s+(?:on|onwards?)\b|\bsince\s+{_YEAR}"
        ),
        lambda a, b: (a or b, 9999),
    ),
    (
        re.compile(rf"\b(?:after|later than|newer than|more recent than)\s+{_YEAR}"),
        lambda a, _: (a + 1, 9999),
    ),
    (
        re.compile(rf"\b(?:before|older than|earlier than|prior to|predat\w+)\s+{_YEAR}"),
        lambda a, _: (0, a - 1),
    ),
    (re.compile(rf"\b(?:until|up to|till)\s+{_YEAR}"), lambda a, _: (0, a)),
    (re.compile(rf"\b{_YEAR}\b"), lambda a, _: (a, a)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition on the record that a question states."""

    words: str
    """How an answer puts it, such as `by Sham Kakade`."""
    field: str
    keeps: Callable[[Paper], bool]
    says: frozenset[str]
    """Stems of the question that the condition accounts for."""


def read_conditions(
    question: str, papers: Sequence[Paper], people: Sequence[Person]
) -> Iterator[Condition]:
    """Read what a question asks of a record.

    Args:
        question: The question as it was asked.
        papers: Every paper of the library.
        people: Those whom it names.

    Yields:
        Its conditions; all must hold.
    """
    place, role = place_in_list(question)
    for person in people:
        yield Condition(
            words=f"by {person.name}{role}",
            field="authors",
            keeps=partial(_wrote, person, place),
            says=frozenset(
                stem(word)
                for name in (person.name.lower(), *nicknames(person.given), person.family)
                for word in (*words(name), *name.split())
            ),
        )
    if found := _month(question) or _years(question):
        dates, (low, high), said = found
        yield Condition(
            words=dates,
            field="date",
            keeps=lambda p: p.year is not None and low <= (p.date or "")[: len(low)] <= high,
            says=frozenset(stems(said)),
        )
    for lab in sorted({a for paper in papers for a in paper.affiliations}):
        spelt = "[- ]".join(re.escape(part) for part in lab.split("-"))
        if re.search(rf"\b{spelt}\b", question, re.IGNORECASE):
            yield Condition(
                words=f"from {lab}",
                field="affiliations",
                keeps=lambda p, lab=lab: lab in p.affiliations,  # type: ignore[misc]
                says=frozenset(stems(lab.replace("-", " ") + " " + lab)),
            )
    for category in sorted({p.category for p in papers if p.category}):
        if re.search(rf"\b(?:cs\.|stat\.|math\.)?{re.escape(category)}\b", question):
            yield Condition(
                words=f"of category {category}",
                field="category",
                keeps=lambda p, category=category: p.category == category,  # type: ignore[misc]
                says=frozenset(
                    stems(f"category cs stat math {category}")
                    + [stem(f"{field}.{category}".lower()) for field in ("cs", "stat", "math")]
                ),
            )
    if _HAS_CODE.search(question):
        yield Condition(
            words="marked as coming with code",
            field="has_code",
            keeps=lambda p: p.has_code is True,
            says=frozenset([stem("code")]),
        )


def place_in_list(question: str) -> tuple[int | None, str]:
    """Return which place in the list of authors a question asks for.

    Args:
        question: The question.

    Returns:
        An index, None for any place; and how an answer says so.
    """
    if _FIRST_AUTHOR.search(question):
        return 0, " as first author"
    return (-1, " as last author") if _LAST_AUTHOR.search(question) else (None, "")


def author_at(paper: Paper, place: int) -> Author | None:
    """Return the author at a place of the list.

    Args:
        paper: The paper.
        place: From `place_in_list`.

    Returns:
        The author; None where the record does not tell who that is.
    """
    if not paper.authors or (place and not paper.authors_complete):
        return None
    return paper.authors[place]


def _wrote(person: Person, place: int | None, paper: Paper) -> bool:
    if place is None:
        return person.wrote(paper)
    author = author_at(paper, place)
    return author is not None and person.is_author(author)


def _month(question: str) -> tuple[str, tuple[str, str], str] | None:
    if not (match := _MONTH.search(question)):
        return None
    name = next(m for m in _MONTHS if m.startswith(match["month"][:3].lower()))
    day = f"{match['year']}-{_MONTHS.index(name) + 1:02}"
    return f"from {name.capitalize()} {match['year']}", (day, day), match.group()


def _years(question: str) -> tuple[str, tuple[str, str], str] | None:
    for pattern, bounds in _RANGES:
        if match := pattern.search(question):
            numbers = [int(group) for group in match.groups() if group] + [0]
            said = match.group()
            low, high = (f"{year:04}" for year in sorted(bounds(*numbers[:2])))
            return (said if not said[0].isdigit() else f"from {said}"), (low, high), said
    return None
