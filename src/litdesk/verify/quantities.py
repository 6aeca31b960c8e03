"""Numbers in prose, with their units, and when two of them say the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

from litdesk.types import Span
from litdesk.verify.lexicon import AT_LEAST, AT_MOST, NUMBER_WORDS, SCALES, UNITS

__all__ = ["Quantity", "find_quantities", "same_unit", "same_value"]

_NUMBER = (
    r"(?<![\w.])(?<![A-Za-z][-\u2013])(?P<digits>\d+(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+)"
    r"(?P<suffix>[kKMB](?![A-Za-z]))?(?![\w]*[A-Za-z]\d)"
)
_WORDS = r"\b(?P<word>" + "|".join(NUMBER_WORDS) + r")\b"
_UNIT = (
    r"(?:[\s-]*(?P<scale>" + "|".join(SCALES) + r")\b)?(?:\s*-?\s*(?P<unit>%|°[CF]|[A-Za-zµμ]+))?"
)
_QUANTITY = re.compile(f"(?:{_NUMBER}|{_WORDS}){_UNIT}", re.IGNORECASE)
_SUFFIXES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9}
_BOUND = re.compile(
    r"("
    + "|".join(re.escape(p) for p in sorted(AT_LEAST + AT_MOST, key=len, reverse=True))
    + r")\s*"
    r"(?:a |an |the |about |approximately |[$€£]\s*)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number as it is written in a text."""

    value: float
    decimals: int
    """Digits after the point; negative for trailing zeros of a whole number."""
    unit: str
    """One name for each group of units; empty where none is known."""
    bound: int
    """1 for `at least` and the like before the number, -1 for `at most`, 0 for neither."""
    spelled: bool
    """Written as a word, such as `three`."""
    span: Span
    text: str


def find_quantities(text: str) -> list[Quantity]:
    """Return the numbers of a text in order, with the units that follow them.

    Args:
        text: Any text. Digits inside names (`GPT-4`, `p53`) are no numbers.

    Returns:
        The quantities.
    """
    return [_read(text, match) for match in _QUANTITY.finditer(text)]


def _read(text: str, match: re.Match[str]) -> Quantity:
    digits, word = match["digits"], match["word"]
    value = float(digits.replace(",", "")) if digits else NUMBER_WORDS[word.lower()]
    value *= _SUFFIXES.get(match["suffix"] or "", 1.0)
    value *= SCALES.get((match["scale"] or "").lower(), 1.0)
    unit, end = _unit(text, match)
    bound = _BOUND.search(text[max(0, match.start() - 24) : match.start()])
    return Quantity(
        value=value,
        decimals=_decimals(digits) if digits else 0,
        unit=unit,
        bound=0 if bound is None else (1 if bound[1].lower() in AT_LEAST else -1),
        spelled=digits is None,
        span=Span(start=match.start(), end=end),
        text=text[match.start() : end].strip(),
    )


def _unit(text: str, match: re.Match[str]) -> tuple[str, int]:
    written = match["unit"] or ""
    known = UNITS.get(written) or UNITS.get(written.lower())
    if written.lower() == "per" and text[match.end() :].lstrip().lower().startswith("cent"):
        return "%", match.end()
    if known:
        return known, match.end()
    end = (
        match.end("scale") if match["scale"] else match.end("digits" if match["digits"] else "word")
    )
    if text[match.start() - 1 : match.start()] in {"$", "€", "£"}:
        return UNITS[text[match.start() - 1]], end
    return "", max(end, match.end("suffix"))


def _decimals(digits: str) -> int:
    if "." in digits:
        return len(digits.rpartition(".")[2])
    plain = digits.replace(",", "")
    return -(len(plain) - len(plain.rstrip("0"))) if plain.strip("0") else 0


def same_value(said: Quantity, found: Quantity) -> bool:
    """Return whether a text that says one number may rest on the other.

    Args:
        said: The number of the claim; it may be rounded.
        found: The number of the evidence.

    Returns:
        True for the same value, for a rounding of it, and for a share written as a percentage.
    """
    if _equal(said.value, found.value):
        return True
    if said.unit == "%" and found.unit == "" and _equal(said.value, found.value * 100):
        return True
    if found.unit == "%" and said.unit == "" and _equal(said.value * 100, found.value):
        return True
    rounds = said.decimals < found.decimals and _equal(
        round(found.value, said.decimals), said.value
    )
    return rounds and abs(said.value - found.value) <= 0.05 * abs(found.value)


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1e-9)


def same_unit(said: Quantity, found: Quantity) -> bool:
    """Return whether the units of two quantities can be the same.

    Args:
        said: The quantity of the claim.
        found: The quantity of the evidence.

    Returns:
        False only where both units are known and differ, or just one is a percentage.
    """
    if said.unit == found.unit:
        return True
    if not _equal(said.value, found.value) and "" in {said.unit, found.unit}:
        return True  # a share written as a percentage
    if said.unit and found.unit:
        return {said.unit, found.unit} == {"points", "%"}
    return "%" not in {said.unit, found.unit}
