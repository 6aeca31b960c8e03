"""Papers that a question names by their title, or by a good part of it."""

from __future__ import annotations

from collections import Counter
from math import log1p
from typing import TYPE_CHECKING

from litdesk.sentences import stem, stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.types import Paper

__all__ = ["find_titled"]

_MIN_SHARE = 0.75
_FRAME = frozenset(
    stem(word) for word in "paper article work preprint publication study note report".split()
)


def find_titled(words: str, papers: Sequence[Paper], *, as_name: bool = False) -> list[Paper]:
    """Return the papers whose title has the given words.

    Args:
        words: The part of a question that names a paper.
        papers: Every paper of the library.
        as_name: Take the words for the name of what a paper brings, such as `SOAP` of `SOAP:
            Improving Shampoo`, and find no paper that only speaks of it.

    Returns:
        The paper whose title, or other title, has the largest part of the words, weighted by how
        rare they are among titles; several if they do equally well, none below three quarters.
    """
    wanted = [word for word in dict.fromkeys(stems(words)) if word not in _FRAME]
    if not wanted:
        return []
    titles = [set(stems(" ".join((paper.title, *paper.aliases)))) for paper in papers]
    counts = Counter(word for title in titles for word in title)
    weights = {word: log1p(len(papers) / (counts[word] + 0.5)) for word in wanted}
    total = sum(weights.values())
    shares = [sum(weights[w] for w in wanted if w in title) / total for title in titles]
    best = max(shares, default=0.0)
    if best < _MIN_SHARE:
        return []
    found = [p for p, share in zip(papers, shares, strict=True) if share == best][:5]
    return [paper for paper in found if not as_name or _is_name(wanted, paper)]


def _is_name(wanted: Sequence[str], paper: Paper) -> bool:
    return any(
        set(wanted) == set(stems(title.partition(":")[0]))
        for title in (paper.title, *paper.aliases)
    )
