"""Whether two works are the same paper, from their titles, authors, identifiers and abstracts.

All thresholds are similarities in [0, 1]. They are set between what versions of one paper reach
and what neighbouring papers of one group reach, and tests hold cases on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz.distance import Indel

if TYPE_CHECKING:
    from litdesk.sameness.work import Title, Work

__all__ = ["are_in_conflict", "sameness"]

_NEARLY_EQUAL = 0.9
_REVISED = 0.75
_RELATED = 0.5
_NEAR_TITLE = 0.6
_SAME_AUTHORS = 0.6
_RETITLED_AUTHORS = 0.75
_RETITLED = 0.6
_TYPO = 0.95
_YEARS_TO_PRINT = 2
_GENERIC_TITLE_WORDS = 2

_NOTICES = frozenset(
    """addendum comment comments correction corrigenda corrigendum discussion editorial errata
    erratum rejoinder reply response retracted retraction supplement supplementary""".split()
)
_PREPRINT_DOIS = ("10.48550/", "10.1101/", "10.2139/", "10.21203/", "10.31234/", "10.26434/")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signs:
    """What two works have in common; None where one of them does not say."""

    title: float | None
    same_title: bool
    typo: float
    """Similarity of the letters of the titles."""
    generic: bool
    """The title in common says too little by itself, such as `Introduction`."""
    abstract: float | None
    authors: float | None
    first_author: bool
    years_apart: int


def sameness(one: Work, other: Work) -> float:
    """Return how surely two works are the same paper.

    Args:
        one: A work.
        other: Another.

    Returns:
        0 if they are taken for different papers; otherwise more than 0, at most 1, more for
        stronger evidence.
    """
    if are_in_conflict(one, other):
        return 0.0
    if _share_identifier(one, other):
        return 1.0
    signs = _compare(one, other)
    if not _is_same(signs, one, other):
        return 0.0
    return _weight(signs)


def are_in_conflict(one: Work, other: Work) -> bool:
    """Tell whether something rules out that two works are the same paper.

    Args:
        one: A work.
        other: Another.

    Returns:
        True for different arXiv identifiers or publishers' DOIs, for parts of a series, for a paper
        and its erratum, and for works that have no author in common.
    """
    if one.arxiv_id and other.arxiv_id:
        return one.arxiv_id != other.arxiv_id
    titles = _closest_titles(one, other)
    if titles and (_are_sequels(*titles) or _is_notice(titles[0]) != _is_notice(titles[1])):
        return True
    alike = titles is not None and titles[0].key == titles[1].key
    if _share_identifier(one, other):
        return not alike and _is_reused_identifier(one, other)
    strangers = _shared_authors(one, other) == 0 or _have_other_dois(one, other)
    return strangers and not (alike and (_abstracts(one, other) or 0) >= _NEARLY_EQUAL)


def _is_same(signs: _Signs, one: Work, other: Work) -> bool:
    if signs.title is None:
        return (signs.abstract or 0) >= _REVISED
    if signs.same_title:
        return _is_same_under_one_title(signs, one, other)
    return _is_same_under_two_titles(signs)


def _is_same_under_one_title(signs: _Signs, one: Work, other: Work) -> bool:
    if (signs.abstract or 0) >= _RELATED:
        return True
    if signs.generic:
        same_place = signs.years_apart == 0 and one.year is not None and one.venue == other.venue
        return signs.abstract is None and same_place and (signs.authors or 0) >= _SAME_AUTHORS
    if signs.years_apart > _YEARS_TO_PRINT:
        return False
    if signs.authors is None:
        return signs.abstract is None
    return signs.authors >= _SAME_AUTHORS


def _is_same_under_two_titles(signs: _Signs) -> bool:
    """Ask more of the abstract and the authors, the less the titles have in common."""
    title, abstract = signs.title or 0, signs.abstract
    if abstract is None:
        same_authors = (signs.authors or 0) >= _RETITLED_AUTHORS
        return same_authors and signs.typo >= _TYPO and signs.years_apart <= 1
    if signs.authors is None:
        return abstract >= (_REVISED if title >= _NEAR_TITLE else _NEARLY_EQUAL) and title >= 0.3
    if title >= _NEAR_TITLE or signs.typo >= _TYPO:
        return abstract >= _RELATED and signs.authors >= _SAME_AUTHORS
    return signs.authors >= _RETITLED_AUTHORS and _weight(signs) >= _RETITLED


def _weight(signs: _Signs) -> float:
    """Blend the signs; an unstated one counts half."""
    title = 0.5 if signs.title is None else signs.title
    abstract = 0.5 if signs.abstract is None else signs.abstract
    authors = 0.5 if signs.authors is None else signs.authors
    return 0.6 * abstract + 0.25 * title + 0.15 * authors * (1 if signs.first_author else 0.5)


def _compare(one: Work, other: Work) -> _Signs:
    titles = _closest_titles(one, other)
    same_title = titles is not None and titles[0].key == titles[1].key
    years_apart = abs(one.year - other.year) if one.year and other.year else 0
    return _Signs(
        title=_title_similarity(*titles) if titles else None,
        same_title=same_title,
        typo=Indel.normalized_similarity(titles[0].key, titles[1].key) if titles else 0.0,
        generic=titles is not None and len(titles[0].content) <= _GENERIC_TITLE_WORDS,
        abstract=_abstracts(one, other),
        authors=_shared_authors(one, other),
        first_author=one.author_keys[:1] == other.author_keys[:1],
        years_apart=years_apart,
    )


def _closest_titles(one: Work, other: Work) -> tuple[Title, Title] | None:
    pairs = ((a, b) for a in one.titles for b in other.titles)
    return max(pairs, key=lambda pair: _title_similarity(*pair), default=None)


def _title_similarity(one: Title, other: Title) -> float:
    if one.key == other.key:
        return 1.0
    union = len(one.content | other.content)
    # Two titles of the same words in another order or with other stop words are not one title.
    return min(0.99, len(one.content & other.content) / union)


def _abstracts(one: Work, other: Work) -> float | None:
    """Return the share of words that the closest wordings have in common, in one order."""
    pairs = [(a, b) for a in one.abstracts for b in other.abstracts]
    if not pairs:
        return None
    return max(1.0 if a == b else Indel.normalized_similarity(a, b) for a, b in pairs)


def _shared_authors(one: Work, other: Work) -> float | None:
    """Return the share of authors in common; of the shorter list, where one is cut short."""
    if not one.author_keys or not other.author_keys:
        return None
    keys, others = set(one.author_keys), set(other.author_keys)
    if any(key.endswith("/") for key in keys | others):
        keys, others = _families(keys), _families(others)
    shared = max(len(keys & others), len(one.author_names & other.author_names))
    complete = one.authors_complete and other.authors_complete
    return shared / (max if complete else min)(len(keys), len(others))


def _families(keys: set[str]) -> set[str]:
    """Leave the initials away, where a list gives family names alone."""
    return {key.partition("/")[0] for key in keys}


def _share_identifier(one: Work, other: Work) -> bool:
    if one.arxiv_id and one.arxiv_id == other.arxiv_id:
        return True
    return one.doi is not None and one.doi == other.doi


def _is_reused_identifier(one: Work, other: Work) -> bool:
    """Tell whether the DOI in common is, say, that of a volume, given for its chapters."""
    titles = _closest_titles(one, other)
    unlike_title = titles is not None and _title_similarity(*titles) < 0.3
    return unlike_title and (_abstracts(one, other) or 0) < _RELATED


def _have_other_dois(one: Work, other: Work) -> bool:
    """Tell whether publishers gave the works two DOIs; a preprint's says nothing."""
    if not one.doi or not other.doi or one.doi == other.doi:
        return False
    return not one.doi.startswith(_PREPRINT_DOIS) and not other.doi.startswith(_PREPRINT_DOIS)


def _are_sequels(one: Title, other: Title) -> bool:
    """Tell whether two titles differ in their numbers alone: `Part I`, `Part II`."""
    return one.unnumbered == other.unnumbered and one.numbers != other.numbers


def _is_notice(title: Title) -> bool:
    return not _NOTICES.isdisjoint(title.words[:2])
