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

__all__ = ["Condition", "author_at", "month_named", "place_in_list", "read_conditions"]

_HAS_CODE = re.compile(
    r"\b(?:with|have|has|having|marked|come|comes|coming|release\w*|provide\w*|include\w*|flag\w*)\b"
    r"[^?.]*\bcode\b|\bcode (?:available|flag|is available|release)\b",
    re.IGNORECASE,
)
_AT = r"(?:[- ](?:named )?author\w*|[- ]place| one\b| name\b)"
_PLACES = (
    (
        0,
        "first author",
        re.compile(
            rf"\b(?:first|1st|lead|leading){_AT}|\b(?:comes?|came|stands?|listed|named) first\b"
            r"|\b(?:who|whom)\b[^?,]*\b(?:leads|led)\b|\bled by\b",
            re.IGNORECASE,
        ),
    ),
    (1, "second author", re.compile(rf"\b(?:second|2nd){_AT}", re.IGNORECASE)),
    (2, "third author", re.compile(rf"\b(?:third|3rd){_AT}", re.IGNORECASE)),
    (
        -1,
        "last author",
        re.compile(
            rf"\b(?:last|senior|final|closing){_AT}"
            r"|\b(?:comes?|came|stands?|listed|named) (?:last|at the (?:very )?end)\b"
            r"|\b(?:end|bottom) of the (?:author )?(?:list|byline)\b",
            re.IGNORECASE,
        ),
    ),
)
_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_NAMED = "|".join(f"{month[:3]}(?:{month[3:]}|t)?" for month in _MONTHS)
"""In full or short: `September`, `Sept.`, `Sep`."""
_MONTH = re.compile(
    rf"\b(?P<month>{_NAMED})\.?\s+(?:of\s+)?(?P<year>(?:19|20)\d\d)",
    re.IGNORECASE,
)
_FROM = r"\b(?:from|at|by)\s+(?:the\s+|a\s+)?"
_OF_LAB = r"(?:'s)?\s+(?:labs?|papers?|institut\w*|affiliat\w*)\b"
_PLACE = re.compile(r"\b(?:univ\w*|institut\w*|college|school|labs?|laborator\w*)\b", re.IGNORECASE)
_SHORT_LAB = re.compile(r"[a-z]{2,5}")
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
    labs = sorted({a for paper in papers for a in paper.affiliations})
    for lab in labs:
        if said := _says_lab(question, lab, labs):
            yield Condition(
                words=f"from {lab}",
                field="affiliations",
                keeps=lambda p, lab=lab: lab in p.affiliations,  # type: ignore[misc]
                says=frozenset(stems(f"{lab.replace('-', ' ')} {lab} {said}")),
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
        An index, None for any place or several; and how an answer says so.
    """
    asked = [(place, role) for place, role, said in _PLACES if said.search(question)]
    if len(asked) != 1:
        return None, ""
    place, role = asked[0]
    return place, f" as {role}"


def author_at(paper: Paper, place: int) -> Author | None:
    """Return the author at a place of the list.

    Args:
        paper: The paper.
        place: From `place_in_list`.

    Returns:
        The author; None where the record does not tell who that is.
    """
    if not paper.authors or (place < 0 and not paper.authors_complete):
        return None
    return paper.authors[place] if place < len(paper.authors) else None


def month_named(date: str) -> str:
    """Return the month of a date in words.

    Args:
        date: As in `Paper.date`.

    Returns:
        The name of the month, capitalised; empty where the date has none.
    """
    month = date[5:7]
    return _MONTHS[int(month) - 1].capitalize() if month else ""


def _says_lab(question: str, lab: str, labs: Sequence[str]) -> str:
    """Return the words of a question that name a laboratory; empty if it names another or none."""
    spelt = "[- ]".join(re.escape(part) for part in lab.split("-"))
    whole = re.search(rf"\b{spelt}\b", question, re.IGNORECASE)
    long = _in_full(question, lab)
    if whole or long:
        return f"{whole.group() if whole else ''} {long}"
    first = lab.split("-")[0]
    # `amazon` is the one whose laboratory is called `amazon-science`, if none else begins so.
    one_alone = first != lab and sum(other.split("-")[0] == first for other in labs) == 1
    name = rf"\b{re.escape(first)}\b"
    short = re.search(rf"{_FROM}({name})|({name}){_OF_LAB}", question, re.IGNORECASE)
    return (short.group(1) or short.group(2)) if one_alone and short else ""


def _in_full(question: str, lab: str) -> str:
    """Return the capitalised words whose initials are a laboratory's name, such as `uw`."""
    if not _SHORT_LAB.fullmatch(lab):
        return ""
    small = r"\s+(?:(?:of|the|for|and)\s+)*"
    for match in re.finditer(rf"(?=\b([A-Z]\w+(?:{small}[A-Z]\w+){{{len(lab) - 1}}})\b)", question):
        capitals = [word[0] for word in match.group(1).split() if word[0].isupper()]
        before = question[: match.start()]
        placed = _PLACE.search(match.group(1)) or re.search(rf"{_FROM}$", before, re.IGNORECASE)
        if placed and "".join(capitals).lower() == lab:
            return match.group(1)
    return ""


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
