"""Deciding which records are the same paper, and what they say of it together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from litdesk.sameness.grouping import group_works
from litdesk.sameness.merging import as_paper, merge_papers
from litdesk.sameness.naming import name_paper
from litdesk.sameness.work import view

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from litdesk.types import Paper, Record

__all__ = ["Assignment", "Outcome", "Resolution", "resolve_records"]

Outcome = Literal["added", "merged", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Where a record went."""

    record_digest: str
    paper_id: str
    outcome: Outcome
    """`added` for the first record of a new paper, `merged` if it joined one, `unchanged` if it
    says nothing that its paper did not say before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What some records make of a library."""

    added: tuple[Paper, ...]
    """New papers, in the order of their first records."""
    changed: tuple[Paper, ...]
    """Papers of the library that say more than before, under their old identifiers."""
    assignments: tuple[Assignment, ...]
    """One for each record, in order."""


def resolve_records(
    records: Sequence[Record], *, papers: Sequence[Paper], retired_ids: Collection[str] = ()
) -> Resolution:
    """Decide which papers the records are of, and merge what they say.

    The outcome for a set of records does not depend on their order. It can depend on what was
    resolved before them: papers of the library keep their identifiers and are never joined with
    each other, even if a later record shows them to be the same.

    Args:
        records: What was read.
        papers: The papers of the library.
        retired_ids: Identifiers that were used once and must not be used again.

    Returns:
        The papers to add and to change, and where each record went.
    """
    stated = [as_paper(record) for record in records]
    digests = [record.digest for record in records]
    settled = len(papers)
    groups = group_works(
        [view(paper) for paper in (*papers, *stated)],
        ranks=[*(paper.paper_id for paper in papers), *digests],
        settled=settled,
    )
    changed: list[Paper] = []
    fresh: list[tuple[Paper, list[int]]] = []
    placed: dict[int, tuple[str, Outcome]] = {}
    for group in groups:
        members = [i - settled for i in group if i >= settled]
        if group[0] >= settled:
            in_fixed_order = sorted(members, key=lambda i: digests[i])
            fresh.append((merge_papers([stated[i] for i in in_fixed_order]), members))
        elif members:
            paper = papers[group[0]]
            whole = merge_papers([paper, *(stated[i] for i in members)])
            changed += [whole] * (whole != paper)
            for i in members:
                placed[i] = paper.paper_id, _outcome(paper, stated[i])
    added = _name_all(fresh, taken={*retired_ids, *(paper.paper_id for paper in papers)})
    for paper, (_, members) in zip(added, fresh, strict=True):
        for i in members:
            placed[i] = paper.paper_id, "added" if i == members[0] else "merged"
    return Resolution(
        added=tuple(added),
        changed=tuple(changed),
        assignments=tuple(
            Assignment(record_digest=digests[i], paper_id=placed[i][0], outcome=placed[i][1])
            for i in range(len(records))
        ),
    )


def _outcome(paper: Paper, stated: Paper) -> Outcome:
    return "unchanged" if merge_papers([paper, stated]) == paper else "merged"


def _name_all(fresh: Sequence[tuple[Paper, list[int]]], *, taken: set[str]) -> list[Paper]:
    """Name new papers in the order of their content, whatever the order of the records."""
    names: dict[int, str] = {}
    for at in sorted(range(len(fresh)), key=lambda at: _content(fresh[at][0])):
        names[at] = name_paper(fresh[at][0], taken=taken)
        taken.add(names[at])
    return [replace(paper, paper_id=names[at]) for at, (paper, _) in enumerate(fresh)]


def _content(paper: Paper) -> tuple[str | int, ...]:
    first = paper.sources[0]
    stated = (paper.date, paper.title, paper.abstract, paper.doi, paper.arxiv_id, first.file)
    return *(value or "" for value in stated), first.record, first.line
