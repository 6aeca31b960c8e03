"""Selecting papers by their record, for lists and search boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.sentences import fold, stem, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.types import Paper

__all__ = ["select_papers"]


def select_papers(
    papers: Sequence[Paper],
    query: str = "",
    *,
    author: str | None = None,
    years: tuple[int | None, int | None] = (None, None),
) -> list[Paper]:
    """Return the papers that fit all conditions.

    Args:
        papers: Where to look.
        query: Words that the id, titles, authors or abstract must all have, in any inflection.
        author: Words that the name of one author must have, whole or as beginnings of words.
        years: First and last year, both included; None for an open end. A paper of unknown year
            fits only where both ends are open.

    Returns:
        Papers; those with more of the query in the title first, then the newest, then by id.
    """
    wanted = _stems(query)
    fitting = [
        paper
        for paper in papers
        if _fits_years(paper, years)
        and (not author or _has_author(paper, author))
        and (not wanted or wanted <= _stems_of(paper))
    ]
    return sorted(
        fitting,
        key=lambda p: (-_in_title(p, wanted) if wanted else 0, -(p.year or 0), p.paper_id),
    )


def _fits_years(paper: Paper, years: tuple[int | None, int | None]) -> bool:
    first, last = years
    if first is None and last is None:
        return True
    return paper.year is not None and (first or 0) <= paper.year <= (last or 9999)


def _has_author(paper: Paper, author: str) -> bool:
    asked = words(fold(author))
    return any(
        all(any(part.startswith(word) for part in words(fold(one.name))) for word in asked)
        for one in paper.authors
    )


def _stems_of(paper: Paper) -> set[str]:
    names = " ".join(author.name for author in paper.authors)
    text = " ".join((paper.paper_id, paper.title, *paper.aliases, names, paper.abstract))
    return _stems(text)


def _in_title(paper: Paper, wanted: set[str]) -> int:
    titles = " ".join((paper.title, *paper.aliases))
    return len(wanted & _stems(titles))


def _stems(text: str) -> set[str]:
    return {stem(word) for word in words(fold(text))}
