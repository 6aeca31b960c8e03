"""Names of people: one name, or a list of them, into `Author` values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from litdesk.types import Author

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["family_given_pairs", "looks_like_name", "parse_author_list", "parse_name"]

_PARTICLES = frozenset(
    """af al av bin da das de degli dei del della den der des di do dos du e el het ibn la las le
    lo los op san st st. 't ten ter und van vande vander vanden von vom y zu zum zur""".split()
)
_CAPITAL_PARTICLES = frozenset(
    """Al Bin De Del Della Den Der Des Dos El Ibn San St St. Ten Ter Van Vander Von""".split()
)
_SUFFIX = re.compile(r"(?:jr|sr|junior|senior|ii|iii|iv|2nd|3rd|ph\.?d|m\.?d)\.?", re.IGNORECASE)
_CUT = re.compile(r"[\s,;]*(?:\band\s+others|\bet\s+al\.?)\s*$", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W\d_]+(?:['.\-\u2010\u2011\u2019]{1,2}[^\W\d_]+)*\.?")


def parse_name(name: str) -> Author:
    """Return the person that a name stands for.

    `Last, First`, `Last, Jr., First` and `First Last` are known; lower-case particles (`van der`)
    and a capital one before the last word (`Van Amburg`) belong to the family name, and so does a
    suffix (`Jr.`). In a name without a comma the last word is taken for the family name, which is
    wrong for names that are written family name first.

    Args:
        name: One name.

    Returns:
        The author; a name of one word is all family name, and no word leaves it empty.
    """
    parts = [part for part in (p.strip() for p in name.split(",")) if part]
    suffixes = [part for part in parts[1:] if _SUFFIX.fullmatch(part)]
    rest = [part for part in parts if part not in suffixes]
    if len(rest) > 1:
        return Author(family=" ".join((rest[0], *suffixes)), given=" ".join(rest[1:]))
    tokens = rest[0].split() if rest else []
    if len(tokens) > 2 and _SUFFIX.fullmatch(tokens[-1]):
        suffixes.insert(0, tokens.pop())
    start = _family_start(tokens)
    return Author(family=" ".join((*tokens[start:], *suffixes)), given=" ".join(tokens[:start]))


def _family_start(tokens: Sequence[str]) -> int:
    last = len(tokens) - 1
    for i in range(1, last):
        if tokens[i] in _PARTICLES:
            return i
    if last >= 2 and tokens[last - 1] in _CAPITAL_PARTICLES:
        return last - 1
    return 0 if tokens and tokens[0] in _PARTICLES else max(last, 0)


def parse_author_list(text: str) -> tuple[tuple[Author, ...], bool]:
    """Return the people of a written list, and whether the list is complete.

    Names are parted by ` and `, by `;`, or by commas where each part is a whole name. A final
    `and others` or `et al.` says that the list is cut short.

    Args:
        text: Such as `Ada Lovelace and Charles Babbage` or `Lovelace, A.; Babbage, C.`.

    Returns:
        The authors in order, and False where the list is cut short.
    """
    whole = _CUT.sub("", text)
    people = (parse_name(name) for name in _split_names(whole))
    return tuple(person for person in people if person.family), whole == text


def _split_names(text: str) -> list[str]:
    if ";" in text:
        return text.split(";")
    if re.search(r"\s(?:and|&)\s", text):
        pieces = re.split(r"\s(?:and|&)\s", text)
        # "A B, C D, and E F": every piece but a sole "Last, First" is itself a list of names.
        return [name for piece in pieces for name in _split_commas(piece)]
    return _split_commas(text)


def _split_commas(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > 1 and all(_is_full_name(part) for part in parts):
        return parts
    if len(parts) > 2 and len(parts) % 2 == 0:
        return [f"{family}, {given}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    return [text]


def _is_full_name(text: str) -> bool:
    tokens = text.split()
    return len(tokens) > 1 and tokens[0] not in _PARTICLES and len(tokens[-1].strip(".")) > 1


def looks_like_name(text: str) -> bool:
    """Tell whether a text could be the name of one person.

    Args:
        text: A few words.

    Returns:
        True for one to six words, each of them capitalised, an initial, or a particle.
    """
    tokens = text.split()
    if not 1 <= len(tokens) <= 6 or len(text) > 60 or tokens[-1] in _PARTICLES:
        return False
    return all(
        token in _PARTICLES
        or _SUFFIX.fullmatch(token) is not None
        or (_TOKEN.fullmatch(token) is not None and token[0].isupper())
        for token in tokens
    )


def family_given_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Return the (family, given) pairs of a line such as `Qin, Tian, Kakade, Sham`.

    Args:
        text: One line.

    Returns:
        The pairs, the given name of a lone last name empty; nothing if the line is no such list.
    """
    parts: list[str] = []
    for part in (p.strip() for p in text.split(",")):
        if parts and _SUFFIX.fullmatch(part):
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    if len(parts) < 2 or not all(looks_like_name(part) for part in parts):
        return ()
    if len(parts) % 2:
        parts.append("")
    return tuple(zip(parts[::2], parts[1::2], strict=True))
