"""Which works belong together: those that share a trait are compared, the surest joined first."""

from __future__ import annotations

import zlib
from collections import defaultdict
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from litdesk.sameness.evidence import are_in_conflict, sameness

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from litdesk.sameness.work import Work

__all__ = ["group_works"]

_SHINGLE_WORDS = 4
_SKETCH = 24
_MOST_IN_BLOCK = 60
"""A trait that more works share than this tells nothing."""
_MIXERS = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93],
    dtype=np.uint64,
)


def group_works(works: Sequence[Work], *, ranks: Sequence[str], settled: int) -> list[list[int]]:
    """Part works into papers.

    The time grows with the number of works, not of pairs, since only works that share an
    identifier, a title, or a run of words of the abstract are compared. Pairs are joined in the
    order of their evidence unless something speaks against it, so that the order of the works does
    not matter.

    Args:
        works: The works; the first ones are papers already.
        ranks: A text for each work that settles ties, the same whatever the order of the works.
        settled: How many of the works, from the front, are papers, which are never joined.

    Returns:
        For each paper the positions of its works, in order; papers by their first position.
    """
    groups = {i: [i] for i in range(len(works))}
    originals = _join_copies(works, groups, settled)
    scores = {
        (i, j): sameness(works[i], works[j]) for i, j in _candidates(works, originals, settled)
    }
    same = (pair for pair, score in scores.items() if score > 0)
    for i, j in sorted(same, key=lambda p: (-scores[p], sorted((ranks[p[0]], ranks[p[1]])), p)):
        one, other = sorted((groups[i], groups[j]))
        if one is not other and _may_join(works, one, other, settled):
            _join(groups, one, other)
    return sorted({id(group): sorted(group) for group in groups.values()}.values())


def _join_copies(works: Sequence[Work], groups: dict[int, list[int]], settled: int) -> list[int]:
    """Join works that are alike in every respect, and return the first of each."""
    first: dict[Work, int] = {}
    originals = []
    for i, work in enumerate(works):
        original = first.setdefault(work, i)
        if original == i or i < settled:
            originals.append(i)
        else:
            _join(groups, groups[original], groups[i])
    return originals


def _join(groups: dict[int, list[int]], one: list[int], other: list[int]) -> None:
    one += other
    groups.update(dict.fromkeys(other, one))


def _may_join(works: Sequence[Work], one: list[int], other: list[int], settled: int) -> bool:
    if min(one) < settled and min(other) < settled:
        return False
    return not any(
        are_in_conflict(a, b) for a in {works[i] for i in one} for b in {works[j] for j in other}
    )


def _candidates(
    works: Sequence[Work], originals: Sequence[int], settled: int
) -> set[tuple[int, int]]:
    blocks: dict[str | int, list[int]] = defaultdict(list)
    for i in originals:
        for trait in set(_traits(works[i])):
            blocks[trait].append(i)
    return {
        (i, j)
        for members in blocks.values()
        if len(members) <= _MOST_IN_BLOCK
        for i, j in combinations(members, 2)
        if j >= settled
    }


def _traits(work: Work) -> Iterator[str | int]:
    if work.doi:
        yield f"doi {work.doi}"
    if work.arxiv_id:
        yield f"arxiv {work.arxiv_id}"
    first_author = work.author_keys[0] if work.author_keys else ""
    for title in work.titles:
        yield f"title {title.key}"
        yield f"title {title.key} {first_author}"
        # A misspelt title still has its first words or its last ones.
        yield f"start {' '.join(title.words[:3])} {first_author}"
        yield f"end {' '.join(title.words[-3:])} {first_author}"
    for abstract in work.abstracts:
        yield from _sketch(abstract)


def _sketch(words: tuple[str, ...]) -> list[int]:
    """Return the smallest hashes of the runs of words: alike texts share some of them (MinHash)."""
    hashes = np.fromiter((_word_hash(word) for word in words), dtype=np.uint64, count=len(words))
    if len(words) < _SHINGLE_WORDS:
        hashes = np.pad(hashes, (0, _SHINGLE_WORDS - len(words)))
    windows = np.lib.stride_tricks.sliding_window_view(hashes, _SHINGLE_WORDS)
    mixed = np.unique((windows * _MIXERS).sum(axis=1, dtype=np.uint64) * _MIXERS[0])
    smallest: list[int] = mixed[:_SKETCH].tolist()
    return smallest


@lru_cache(maxsize=100_000)
def _word_hash(word: str) -> int:
    return zlib.crc32(word.encode())
