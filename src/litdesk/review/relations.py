"""What papers say beside and against each other, and what they leave open."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from litdesk.review.cues import HEADING, Statement, statements
from litdesk.review.results import OpenQuestion, Relation
from litdesk.review.writing import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from litdesk.review.search import PaperVectors
    from litdesk.types import Paper

__all__ = ["find_open_questions", "find_relations"]

_NEAR = 0.62
_MOST_NEAR = 3
_MOST_OPPOSED = 5
_COMPARABLE = re.compile(
    r"\b(?:perform\w* (?:comparabl|similar)\w*|no (?:single \w+|clear winner"
    r"|significant difference"
    r"|benefit|advantage|effect|association)|not (?:better|associated|reduced?|improved?)"
    r"|do(?:es)? not (?:confer|improve|outperform|reduce|benefit)|comparable (?:performance|to)"
    r"|(?:did|was|were) not (?:significantly )?(?:reduce|improve|associated|affect"
    r"|different)\w*)\b",
    re.IGNORECASE,
)
_SUPERIOR = re.compile(
    r"\b(?:outperform\w*|superior|better than|effectiveness of \S+.{0,60}? over"
    r"|improvements? (?:in|over)"
    r"|reduces? the (?:number|risk|incidence)|(?:was|were|is|are) (?:significantly |inversely"
    r" |strongly )*(?:associated|correlated) with|reduced the (?:risk|incidence))\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b(?:[A-Z][a-z]*[A-Z][\w-]*|[A-Z]{2,}[\w-]*|(?<=[a-z,] )[A-Z][a-z]{2,})\b")
_WIDESPREAD = 0.6
_ALIKE, _ALIKE_BY_NAME = 0.35, 0.2
"""Cosine from which two statements may oppose each other; less where their papers share names."""
_HEADED = re.compile(HEADING)


def find_relations(
    paper_ids: Sequence[str],
    *,
    papers: Mapping[str, Paper],
    vectors: PaperVectors,
    contradicts: Callable[[Statement, Paper], bool] | None = None,
) -> list[Relation]:
    """Find statements that dispute earlier work, oppose each other, or come close.

    Args:
        paper_ids: The papers of the review.
        papers: The papers by id.
        vectors: Their vectors.
        contradicts: Says whether a paper's abstract contradicts a statement of another.

    Returns:
        Disputes in the order of papers, then oppositions and nearness, the strongest first.
    """
    told = [papers[i] for i in paper_ids]
    disputes = [
        Relation(
            kind="disputes",
            reason="its wording disputes a view or earlier work",
            sentences=(quote(paper, statement),),
        )
        for paper in told
        for statement in statements(paper)
        if statement.plays("disputes")
    ]
    said = _Said(told, vectors)
    pairs = said.near_pairs()
    opposed = _opposed(told, said, contradicts, pairs)
    seen = {frozenset(c.paper_id for s in r.sentences for c in s.citations) for r in opposed}
    near: list[Relation] = []
    told_near: set[str] = set()
    for cosine, (one, first), (other, second) in pairs:
        both = frozenset((one.paper_id, other.paper_id))
        if (
            both & told_near
            or both in seen
            or not (first.plays("finding") and second.plays("finding"))
        ):
            continue
        told_near |= both
        near.append(
            Relation(
                kind="near",
                reason=f"the two findings have cosine {cosine:.2f}",
                sentences=(quote(one, first), quote(other, second)),
            )
        )
    return [*disputes, *opposed[:_MOST_OPPOSED], *near[:_MOST_NEAR]]


_Pair = tuple[float, tuple["Paper", Statement], tuple["Paper", Statement]]


class _Said:
    """The sentences of papers with the vectors of their chunks."""

    def __init__(self, told: Sequence[Paper], vectors: PaperVectors) -> None:
        self.all: list[tuple[Paper, Statement]] = []
        rows: list[int] = []
        for paper in told:
            by_start = {vectors.chunks[n].start: n for n in vectors.chunks_of(paper.paper_id)}
            for statement in statements(paper):
                if (row := by_start.get(statement.span.start)) is not None:
                    self.all.append((paper, statement))
                    rows.append(row)
        self._rows = vectors.rows[rows]
        self._place = {(p.paper_id, s.span.start): n for n, (p, s) in enumerate(self.all)}

    def near_pairs(self) -> list[_Pair]:
        """Return pairs of near sentences of different papers, the nearest first."""
        if not self.all:
            return []
        cosines = self._rows @ self._rows.T
        firsts, seconds = np.nonzero(np.triu(cosines >= _NEAR, k=1))
        pairs = [
            (float(cosines[a, b]), self.all[a], self.all[b])
            for a, b in zip(firsts.tolist(), seconds.tolist(), strict=True)
            if self.all[a][0].paper_id != self.all[b][0].paper_id
        ]
        return sorted(pairs, key=lambda p: (-p[0], p[1][0].paper_id, p[1][1].span.start))

    def cosine(self, one: Paper, first: Statement, other: Paper, second: Statement) -> float:
        """Return the cosine of two statements, 0 where one has no vector."""
        a = self._place.get((one.paper_id, first.span.start))
        b = self._place.get((other.paper_id, second.span.start))
        return 0.0 if a is None or b is None else float(self._rows[a] @ self._rows[b])


def _opposed(
    told: Sequence[Paper],
    said: _Said,
    contradicts: Callable[[Statement, Paper], bool] | None,
    near: Sequence[_Pair],
) -> list[Relation]:
    found: dict[frozenset[str], Relation] = {}
    for _, (one, first), (other, second) in near[:40]:
        if contradicts and first.plays("finding") and contradicts(first, other):
            both = frozenset((one.paper_id, other.paper_id))
            found.setdefault(
                both,
                _opposition(
                    one,
                    first,
                    other,
                    second,
                    "the checker of sentences calls one a contradiction of the other",
                ),
            )
    names_of = {paper.paper_id: _names(paper) for paper in told}
    common = _common_names(list(names_of.values()))
    claims = {paper.paper_id: _claims(paper) for paper in told}
    for one in told:
        for first in statements(one):
            if not _COMPARABLE.search(first.text) or not first.plays("finding"):
                continue
            answers = [
                (said.cosine(one, first, other, claim), other.paper_id, other, claim, names)
                for other in told
                if other is not one and frozenset((one.paper_id, other.paper_id)) not in found
                if claims[other.paper_id]
                if (names := (names_of[one.paper_id] & names_of[other.paper_id]) - common)
                if (claim := _claim_about(names, claims[other.paper_id])) is not None
            ]
            if not answers:
                continue
            cosine, _, best, answer, names = max(answers, key=lambda a: a[:2])
            if cosine >= (_ALIKE_BY_NAME if len(names) > 1 else _ALIKE):
                shown = ", ".join(sorted(names)[:3])
                reason = f"one finds a difference, the other none; both are about {shown}"
                both = frozenset((one.paper_id, best.paper_id))
                found[both] = _opposition(one, first, best, answer, reason)
    return list(found.values())


def _claims(paper: Paper) -> list[tuple[Statement, set[str]]]:
    """Return what a paper says of one thing being better than another, with the names in it."""
    return [
        (s, set(_NAME.findall(s.text)))
        for s in statements(paper)
        if _SUPERIOR.search(s.text) and not _COMPARABLE.search(s.text) and not s.plays("question")
    ]


def _claim_about(names: set[str], claims: Sequence[tuple[Statement, set[str]]]) -> Statement | None:
    return next((statement for statement, own in claims if names & own), None)


def _opposition(
    one: Paper, first: Statement, other: Paper, second: Statement, reason: str
) -> Relation:
    told = sorted(((one, first), (other, second)), key=lambda item: item[0].date or "9")
    return Relation(kind="opposed", reason=reason, sentences=tuple(quote(p, s) for p, s in told))


def _names(paper: Paper) -> set[str]:
    found = set(_NAME.findall(paper.abstract)) | set(_NAME.findall(paper.title))
    return {name for name in found if not _HEADED.fullmatch(f"{name} ")}


def _common_names(told: Sequence[set[str]]) -> set[str]:
    """Names that most of the papers have tell nothing about two of them."""
    counts = Counter(name for names in told for name in names)
    most = max(2, _WIDESPREAD * len(told))
    return {name for name, count in counts.items() if count > most or len(name) < 3}


def find_open_questions(
    paper_ids: Sequence[str], *, papers: Mapping[str, Paper]
) -> list[OpenQuestion]:
    """Find what the abstracts call open.

    Args:
        paper_ids: The papers of the review, in the order of its text.
        papers: The papers by id.

    Returns:
        What papers leave open, then what they name as a gap before their own contribution; one
        of each kind a paper.
    """
    found: list[OpenQuestion] = []
    for paper in (papers[i] for i in paper_ids):
        own = next(
            (s.place for s in statements(paper) if s.plays("method") or s.plays("question")), 0.5
        )
        kinds: set[str] = set()
        for statement in statements(paper):
            if not statement.plays("open"):
                continue
            kind = "left open" if statement.place > max(own, 0.6) else "gap"
            if kind not in kinds:
                kinds.add(kind)
                sentence = quote(paper, statement)
                found.append(
                    OpenQuestion(kind="left open", sentence=sentence)
                    if kind == "left open"
                    else OpenQuestion(kind="gap", sentence=sentence)
                )
    return sorted(found, key=lambda q: q.kind != "left open")
