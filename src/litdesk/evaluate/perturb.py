"""Seeded errors for measuring a judge, and rewordings that change nothing.

The word lists are their own and not those that the trained judge learned from, so that a judge is
not measured by the very edits it was trained on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

__all__ = ["EDITS", "add_clause", "names_in", "reformat", "reword", "swap_name", "turn_direction"]

_NUMBER = re.compile(r"(?<![\w.,^_{\\-])(\d+(?:\.\d+)?)(?![\w^_}-]|[.,]\d)")
_UNITS = (
    ("seconds", "hours"), ("minutes", "hours"), ("hours", "days"), ("days", "weeks"),
    ("weeks", "months"), ("months", "years"), ("ms", "s"), ("mg", "g"), ("mm", "cm"),
    ("km", "miles"), ("million", "billion"), ("billion", "trillion"), ("thousand", "million"),
    ("patients", "hospitals"), ("layers", "heads"), ("tokens", "documents"), ("epochs", "steps"),
    ("percent", "percentage points"), ("%", " percentage points"), ("M", "B"), ("B", "T"),
    ("tasks", "models"), ("models", "tasks"), ("datasets", "models"), ("parameters", "tokens"),
    ("times", "percent"), ("x", " percent"),
)  # fmt: skip
_OPPOSITES = (
    "increase decrease", "increases decreases", "increased decreased", "increasing decreasing",
    "improve worsen", "improves worsens", "improved worsened", "improving worsening",
    "improvement decline", "improvements declines", "higher lower", "high low", "more fewer",
    "better worse", "best worst", "larger smaller", "large small", "largest smallest",
    "faster slower", "fast slow", "reduce raise", "reduces raises", "reduced raised",
    "reducing raising", "reduction rise", "outperforms trails", "outperform trail",
    "strong weak", "stronger weaker", "positive negative", "positively negatively", "easy hard",
    "easier harder", "efficient wasteful", "stable unstable", "necessary unnecessary",
    "sufficient insufficient", "possible impossible", "upper lower", "optimal suboptimal",
    "similar dissimilar", "simple complicated", "robust brittle", "accurate inaccurate",
    "linear nonlinear", "gain loss", "gains losses", "before after",
)  # fmt: skip
_TURNED: dict[str, str] = {}
for _pair in _OPPOSITES:
    _one, _other = _pair.split()
    _TURNED.setdefault(_one, _other)
    _TURNED.setdefault(_other, _one)
_BOUNDS = (
    ("at least", "at most"), ("more than", "less than"), ("greater than", "smaller than"),
    ("larger than", "smaller than"), ("higher than", "lower than"), ("exceeds", "stays below"),
    ("better than", "worse than"), ("fewer than", "more than"), ("outperforms", "falls short of"),
    ("faster than", "slower than"), ("less than", "more than"), ("≥", "≤"), ("≤", "≥"),
)  # fmt: skip
_BEFORE_NUMBERS = (
    ("over", "under"), ("above", "below"), ("up to", "no less than"), ("under", "over"),
    ("below", "above"),
)  # fmt: skip
_CERTAIN = (
    ("may", "will"), ("might", "will"), ("could", "will"), ("can", "always"),
    ("suggest that", "prove that"), ("suggests that", "proves that"), ("suggesting", "proving"),
    ("often", "always"), ("usually", "always"), ("typically", "always"), ("sometimes", "always"),
    ("likely", "certainly"), ("potentially", "certainly"), ("possibly", "certainly"),
    ("some", "all"), ("most", "all"), ("many", "all"), ("conjecture", "prove"),
    ("hypothesize", "prove"), ("appears to", "is proven to"), ("seems to", "is proven to"),
    ("partially", "fully"), ("approximately", "exactly"), ("nearly", "exactly"),
)  # fmt: skip
_SAME = (
    ("show that", "demonstrate that"), ("shows that", "demonstrates that"),
    ("demonstrate that", "show that"), ("we propose", "we put forward"),
    ("we introduce", "we present"), ("we present", "we introduce"), ("in order to", "to"),
    ("such as", "like"), ("however", "yet"), ("moreover", "in addition"), ("thus", "hence"),
    ("therefore", "hence"), ("due to", "because of"), ("a number of", "several"),
    ("utilize", "use"), ("significantly", "substantially"), ("while", "whereas"),
    ("for example", "for instance"), ("furthermore", "moreover"), ("many", "numerous"),
    ("compared to", "compared with"), ("approach", "method"), ("importance", "significance"),
    ("obtain", "get"), ("crucial", "essential"), ("examine", "study"), ("also", "additionally"),
    ("improve", "enhance"), ("improves", "enhances"), ("use", "employ"), ("uses", "employs"),
)  # fmt: skip
_NAME = re.compile(r"(?<![\w\\$-])(?=[\w-]*[A-Z][\w-]*[A-Z])[A-Za-z][\w-]*[\w](?![\w$])")
_BE = re.compile(
    r"\b(is|are|was|were|can|may|will|does|do|has been|have been)(?! not\b| n't)\b", re.IGNORECASE
)
_VERB = re.compile(
    r"\b(?:we|they) (show|find|prove|propose|introduce|observe|use|provide|study|demonstrate)\b",
    re.IGNORECASE,
)
_ADDED = (
    ", and the effect persists after {n} months", ", at the expense of {name}",
    ", which was confirmed on {n} further benchmarks", ", although {name} shows the reverse",
    ", chiefly because of sampling noise in {name}", ", and costs {n} % more memory",
    ", a result that was later withdrawn", ", as an independent audit in {year} found",
    " only when {name} is switched off", ", and it was first deployed in {year}",
)  # fmt: skip


def _swap(text: str, old: str, new: str, *, start: int) -> str:
    new = new.capitalize() if text[start].isupper() and not old.isupper() else new
    return text[:start] + new + text[start + len(old) :]


def _one_of(text: str, pairs: Sequence[tuple[str, str]], rng: random.Random) -> str | None:
    found = [
        (match.start(), match.group(), new)
        for old, new in pairs
        for match in re.finditer(rf"(?<![\w-]){re.escape(old)}(?![\w-])", text, re.IGNORECASE)
    ]
    if not found:
        return None
    start, old, new = rng.choice(found)
    return _swap(text, old, new, start=start)


def change_number(text: str, rng: random.Random) -> str | None:
    """Return the sentence with one number changed.

    Args:
        text: A sentence.
        rng: Where chance comes from.

    Returns:
        The changed sentence; None if it has no number.
    """
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    old = match.group(1)
    value, decimals = float(old), len(old.partition(".")[2])
    if re.fullmatch(r"(?:19|20)\d\d", old):
        new = str(int(old) + rng.choice((-4, -1, 2, 5)))
    else:
        new = f"{value * rng.choice((0.5, 1.5, 2.0, 3.0)) + 10.0**-decimals:.{decimals}f}"
    return None if new == old else text[: match.start()] + new + text[match.end() :]


def change_unit(text: str, rng: random.Random) -> str | None:
    """Return the sentence with the unit of one number changed.

    Args:
        text: A sentence.
        rng: Where chance comes from.

    Returns:
        The changed sentence; None if no number has a unit that is known.
    """
    found = [
        (match, new)
        for old, new in _UNITS
        for match in re.finditer(
            rf"(?<![\w.-])(\d[\d,.]*|two|three|four|five|six|several)(\s?){re.escape(old)}(?!\w)",
            text,
        )
    ]
    if not found:
        return None
    match, new = rng.choice(found)
    gap = "" if new.startswith(" ") else match[2]
    return text[: match.start()] + match[1] + gap + new + text[match.end() :]


def negate(text: str, rng: random.Random) -> str | None:
    """Return the sentence with one statement negated, or with its negation taken away.

    Args:
        text: A sentence.
        rng: Where chance comes from.

    Returns:
        The changed sentence; None if no verb is known.
    """
    if match := re.search(r"\b(is|are|was|were|can|does|do|will|may) not\b ?", text):
        return text[: match.start()] + match[1] + " " + text[match.end() :]
    found = [(m.end(), " not", m.start(), m.start()) for m in _BE.finditer(text)]
    found += [(m.start(1), "do not ", m.start(1), m.start(1)) for m in _VERB.finditer(text)]
    if not found:
        return None
    place, word, _, _ = rng.choice(found)
    changed = text[:place] + word + text[place:]
    return re.sub(r"\b(has|have) been not\b", r"\1 not been", changed)


def turn_direction(text: str, rng: random.Random) -> str | None:
    """Return the sentence with one word of direction turned into its opposite.

    Args:
        text: A sentence.
        rng: Where chance comes from.

    Returns:
        The changed sentence; None if it has no such word.
    """
    return _one_of(text, list(_TURNED.items()), rng)


def turn_comparator(text: str, rng: random.Random) -> str | None:
    """Return the sentence with one comparison or bound turned round.

    Args:
        text: A sentence.
        rng: Where chance comes from.

    Returns:
        The changed sentence; None if it compares nothing.
    """
    bounded = [
        (f"{old}{n}", f"{new}{n}") for old, new in _BEFORE_NUMBERS for n in _after(old, text)
    ]
    return _one_of(text, [*_BOUNDS, *bounded], rng)


def _after(word: str, text: str) -> list[str]:
    """The numbers that follow a word which only then is a bound."""
    return re.findall(rf"\b{word}( \d[\d,.]*\d|\ \d)", text)


def drop_hedge(text: str, rng: random.Random) -> str | None:
    """Return the sentence with one reserve turned into certainty.

    Args:
        text: A sentence.
        rng: Where chance comes from.

    Returns:
        The changed sentence; None if it has no reserve.
    """
    return _one_of(text, _CERTAIN, rng)


EDITS: dict[str, Callable[[str, random.Random], str | None]] = {
    "number": change_number,
    "unit": change_unit,
    "negation": negate,
    "direction": turn_direction,
    "comparator": turn_comparator,
    "hedge": drop_hedge,
}
"""The kinds of error that need nothing but the sentence."""


def names_in(text: str) -> list[str]:
    """Return the names of methods and datasets in a text, as their capitals give them away.

    Args:
        text: Any text.

    Returns:
        Each name once, in order.
    """
    return list(dict.fromkeys(m.group() for m in _NAME.finditer(text)))


def swap_name(text: str, rng: random.Random, *, foreign: Sequence[str]) -> str | None:
    """Return the sentence with one name of a method or dataset swapped for a foreign one.

    Args:
        text: A sentence.
        rng: Where chance comes from.
        foreign: Names that the evidence does not have.

    Returns:
        The changed sentence; None if it has no name, or there is none to put in.
    """
    own = names_in(text)
    if not own or not foreign:
        return None
    old = rng.choice(own)
    return re.sub(rf"(?<![\w-]){re.escape(old)}(?![\w-])", rng.choice(foreign), text)


def add_clause(text: str, rng: random.Random, *, foreign: Sequence[str]) -> str:
    """Return the sentence with an invented clause at its end.

    Args:
        text: A sentence.
        rng: Where chance comes from.
        foreign: Names that the evidence does not have.

    Returns:
        The longer sentence.
    """
    clause = rng.choice(_ADDED).format(
        n=rng.randint(3, 97), year=rng.randint(1990, 2020), name=rng.choice(list(foreign) or ["it"])
    )
    return text.rstrip(" .") + clause + "."


def reword(text: str, rng: random.Random) -> str | None:
    """Return the sentence in slightly other words of the same meaning.

    Args:
        text: A sentence.
        rng: Where chance comes from.

    Returns:
        The sentence with up to two phrases exchanged, or opened by a report of who says it.
    """
    changed = _one_of(text, _SAME, rng)
    if changed is not None and rng.random() < 0.5:
        changed = _one_of(changed, _SAME, rng) or changed
    if changed is None and re.match(r"We \w+", text):
        changed = re.sub(r"^We\b", "The authors", text)
    if changed is None and re.match(r"[A-Z][a-z]+ [a-z]", text) and not names_in(text.split()[0]):
        lead = rng.choice(("According to the abstract, ", "The paper says that "))
        changed = lead + text[0].lower() + text[1:]
    return changed if changed != text else None


def reformat(text: str) -> dict[str, str]:
    """Return a sentence in forms that mean the same to any reader.

    Args:
        text: A sentence.

    Returns:
        Name of the change to the changed sentence; changes that do nothing are left out.
    """
    forms = {
        "no full stop": text.rstrip(" ."),
        "double spaces": text.replace(" ", "  "),
        "straight quotes": text.translate({0x201C: '"', 0x201D: '"', 0x2018: "'", 0x2019: "'"}),
        "emphasis": f"**{text}**",
        "trailing space": f" {text} ",
    }
    return {name: form for name, form in forms.items() if form != text}
