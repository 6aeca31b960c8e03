"""A title and its authors that a web page ran together: `…using AdamNikhil Vyas, Rosie Zhao`.

Where the title ends is decided by rules: a capital letter right after a letter, digit or closing
sign may begin the first author; what follows must be a list of names; and of several such places
the likeliest is taken (see `_score`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.ingest.names import looks_like_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["GluedLine", "looks_glued", "parse_glued_line", "whole_names"]

_TAGS = re.compile(r"\s*·\s*([a-z0-9][a-z0-9.&'-]*(?:, [a-z0-9][a-z0-9.&'-]*)*)\s*$")
_NOT_TITLE_END = "-/'([{_&+.\u2010\u2011\u2013\u2014\u2018\u2019\u201c"
_CUT = re.compile(r"\s+et al\.?\s*$")
_NAME_PREFIXES = frozenset(("Mc", "Mac", "De", "Di", "Du", "Da", "La", "Le", "Van", "Von", "Fitz"))
_CAMEL = re.compile(r"(?<=[^\W\d_])(?=[^\W\d_a-zß-öø-ÿ][^\W\d_A-ZÀ-ÖØ-Þ])")


@dataclass(frozen=True, slots=True, kw_only=True)
class GluedLine:
    """The parts of such a line."""

    title: str
    names: tuple[str, ...]
    """The authors as written, in order; empty if none could be told from the title."""
    complete: bool
    """False if the line ends the list with `et al.`."""
    affiliations: tuple[str, ...]


def looks_glued(line: str) -> bool:
    """Tell whether a line ends as only lines of this kind do.

    Args:
        line: One line.

    Returns:
        True if it ends with `et al.` or with affiliation tags after a middle dot.
    """
    return _TAGS.search(line) is not None or _CUT.search(line) is not None


def whole_names(line: str) -> list[str]:
    """Return the authors after the first one; commas set them apart beyond doubt.

    Args:
        line: One line.

    Returns:
        Names as written.
    """
    listing, _, _ = _strip_ending(line)
    names: list[str] = []
    for part in reversed(listing.split(", ")[1:]):
        if not looks_like_name(part) or _CAMEL.search(part):
            break
        names.append(part)
    return names


def parse_glued_line(line: str, *, abstract: str, known_names: Collection[str]) -> GluedLine:
    """Part the title, the authors and the affiliation tags of a line.

    Args:
        line: One line.
        abstract: The text below it, which often repeats the last word of the title.
        known_names: Names of authors met elsewhere in the file.

    Returns:
        The parts; all of it is the title if no list of names follows one.
    """
    listing, complete, affiliations = _strip_ending(line)
    words = frozenset(re.findall(r"[^\W_]+", abstract.casefold()))
    scores = {
        at: _score(listing, at, words=words, known_names=known_names) for at in _boundaries(listing)
    }
    best = max(scores, key=lambda at: (scores[at], at), default=None)
    if best is not None and scores[best] < 0 and not re.search(r"[\s,]", listing[best:]):
        # One word is no list of names: a title may well end in `OpenAI`.
        best = None
    return GluedLine(
        title=listing[:best].strip(),
        names=() if best is None else tuple(listing[best:].split(", ")),
        complete=complete,
        affiliations=affiliations,
    )


def _strip_ending(line: str) -> tuple[str, bool, tuple[str, ...]]:
    tags = _TAGS.search(line)
    listing = line[: tags.start()] if tags else line
    uncut = _CUT.sub("", listing)
    return uncut, uncut == listing, tuple(tags[1].split(", ")) if tags else ()


def _boundaries(listing: str) -> Iterator[int]:
    for at in range(1, len(listing)):
        if _may_begin_name(listing, at):
            names = listing[at:].split(", ")
            if all(looks_like_name(name) for name in names):
                yield at


def _may_begin_name(text: str, at: int) -> bool:
    before, first, after = text[at - 1], text[at], text[at + 1 : at + 2]
    if not first.isupper() or before.isspace() or before in _NOT_TITLE_END:
        return False
    # Within capitals (`VAETheo`) only a capital that a small letter or a full stop follows begins
    # a word.
    return not before.isupper() or after.islower() or after == "."


def _score(listing: str, at: int, *, words: frozenset[str], known_names: Collection[str]) -> int:
    """Rate a place to cut; of equal ones the later is the better.

    A cut must not part a name such as `McCracken`, nor leave two words run together in the first
    author, nor at the end of the title unless the abstract repeats them (`AlphaGo`). A first author
    met elsewhere speaks for it, so does a last word of the title that the abstract repeats, and a
    first author of one word speaks against it.
    """
    name = listing[at:].split(", ", 1)[0]
    last_word = re.split(r"[\s\-/(]", listing[:at])[-1]
    bare_word = last_word.casefold().strip(".,:;!?)\"'$\u2019\u201d")
    score = -8 * (last_word in _NAME_PREFIXES or _ends_in_prefix(last_word))
    if name in known_names:
        score += 3
    else:
        score -= 4 * sum(not _is_prefix_cut(name, m.start()) for m in _CAMEL.finditer(name))
    if not words.isdisjoint((bare_word, bare_word.removesuffix("s"))):
        score += 2
    elif _CAMEL.search(last_word):
        score -= 3
    return score - (" " not in name)


def _ends_in_prefix(word: str) -> bool:
    """Tell whether the word is a title's last word and a prefix run together: `ModelsMc`."""
    pieces = _CAMEL.split(word)
    return len(pieces) > 1 and pieces[-1] in _NAME_PREFIXES


def _is_prefix_cut(name: str, at: int) -> bool:
    return re.split(r"[\s\-]", name[:at])[-1] in _NAME_PREFIXES
