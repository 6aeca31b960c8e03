"""Questions to start with, made from the records of the library itself."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.types import Paper

__all__ = ["example_questions"]


def example_questions(papers: Sequence[Paper]) -> list[str]:
    """Return a few questions that these papers can answer.

    Args:
        papers: The papers of the library.

    Returns:
        At most four questions, of different kinds; none for an empty library.
    """
    titled = sorted((p for p in papers if p.title), key=lambda p: (p.date or "", p.paper_id))
    named = [p for p in titled if _short_name(p)]
    questions = [f"What is {_short_name(p)}?" for p in named[-1:]]
    plain = [p for p in titled if p not in named and p.abstract and len(p.title) <= 80]
    questions += [f"What does “{p.title}” find?" for p in plain[-1:]]
    authors = Counter(a.name for p in papers for a in p.authors)
    questions += [f"Which papers by {name} are here?" for name, _ in authors.most_common(1)]
    years = Counter(p.year for p in papers if p.year)
    questions += [f"What appeared in {year}?" for year, _ in years.most_common(1)]
    return questions


def _short_name(paper: Paper) -> str:
    """Return the name that a title such as `BERT: Pre-training of …` gives, or nothing."""
    name, colon, _ = paper.title.partition(": ")
    is_name = colon and " " not in name and sum(letter.isupper() for letter in name) > 1
    return name if is_name else ""
