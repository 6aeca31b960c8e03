"""A review as blocks of text, the same for every format that it is written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from litdesk.review.results import NOT_STATED, Candidate, Cell, Cluster, Review, ReviewSentence
from litdesk.review.writing import count_of
from litdesk.types import Action, Reference, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Block", "describe", "in_progress", "is_stated", "lay_out", "mark_of"]

_OFF_TOPIC_SHOWN, _POSSIBLE_SHOWN = 10, 50
_STEPS = {
    "search": "Searching",
    "decide": "Judging relevance",
    "group": "Finding themes",
    "write": "Writing",
    "relate": "Comparing",
    "assemble": "Putting together",
    "map": "Mapping the library",
}
_COLUMNS = ("Paper", "Year", "Question", "Method", "Data or setting", "Main finding", "Code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of a document."""

    kind: Literal["title", "heading", "prose", "note", "list", "table", "references"]
    text: str = ""
    sentences: tuple[ReviewSentence, ...] = ()
    items: tuple[tuple[ReviewSentence | str, ...], ...] = ()
    """Lines of a list; each is text and sentences one after the other."""
    rows: tuple[tuple[str, tuple[Cell, ...]], ...] = ()
    """Paper id and cells."""
    columns: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    """Of a list of papers that are not cited: one for each of `items`."""


def lay_out(review: Review) -> Iterator[Block]:
    """Yield a review block by block, in the order of reading.

    Args:
        review: Any review.

    Yields:
        Its blocks; the first is the title.
    """
    yield Block(kind="title", text=review.title)
    if review.status == "nothing":
        yield from _nothing(review)
        return
    if review.changes is not None:
        yield from _changes(review)
    for notice in review.notices:
        yield Block(kind="note", text=notice)
    yield Block(kind="heading", text="Abstract")
    yield Block(kind="prose", sentences=review.abstract)
    for section in review.sections:
        heading = section.heading if len(review.sections) > 1 else "What the papers say"
        if review.status == "summary":
            heading = "What the paper says"
        yield Block(kind="heading", text=heading)
        yield Block(kind="prose", sentences=_shown(section.sentences))
    yield from _relations(review)
    yield from _questions(review)
    yield Block(kind="heading", text="The papers side by side")
    yield Block(
        kind="table",
        columns=_COLUMNS,
        rows=tuple(
            (r.paper_id, (r.year, r.question, r.method, r.data, r.finding, r.code))
            for r in review.table
        ),
    )
    yield from _coverage(review)
    yield Block(kind="heading", text="References")
    yield Block(kind="references", references=review.references)


def in_progress(step: str, done: int, total: int) -> str:
    """Return what to tell a reader who waits for a review.

    Args:
        step: Name of the step that is being done.
        done: Steps done.
        total: Their number.

    Returns:
        A few words.
    """
    return f"{_STEPS.get(step, step.capitalize())}… ({min(done + 1, total)} of {total})"


def _shown(sentences: tuple[ReviewSentence, ...]) -> tuple[ReviewSentence, ...]:
    return tuple(s for s in sentences if s.action is not Action.DROPPED)


def _nothing(review: Review) -> Iterator[Block]:
    for notice in review.notices:
        yield Block(kind="note", text=notice)
    count = count_of(review.library_papers, "paper")
    possible, left_out = (review.candidates_by(what) for what in ("not used", "left out"))
    none = "none is surely" if possible else "none is"
    rest = " but for those left out by name" if left_out else ""
    if not review.library_papers:
        yield Block(kind="note", text="No paper is within the scope.")
        return
    yield Block(kind="note", text=f"Of the {count} within the scope, {none} on this topic{rest}.")
    yield from _unused(possible)
    yield from _left_out(left_out)
    yield Block(kind="note", text="The nearest topics that the library does have:")
    yield Block(kind="list", items=tuple((describe(c),) for c in review.nearest_topics))


def describe(cluster: Cluster) -> str:
    """Return a part of the library's map in a line.

    Args:
        cluster: The part.

    Returns:
        Keywords, number of papers and years.
    """
    years = ""
    if cluster.first_year:
        same = cluster.first_year == cluster.last_year
        years = f", {cluster.first_year}" + ("" if same else f"–{cluster.last_year}")
    words = ", ".join(cluster.keywords) or "no telling words"
    return f"{words}: {cluster.papers} paper{'' if cluster.papers == 1 else 's'}{years}"


def _changes(review: Review) -> Iterator[Block]:
    if review.changes is None:
        return
    yield Block(kind="heading", text="What is new")
    told = (
        ("New", review.changes.added),
        ("With a newer abstract", review.changes.changed),
        ("No longer in it", review.changes.removed),
    )
    items = tuple((f"{label}: {', '.join(ids)}",) for label, ids in told if ids)
    items += tuple((f"Section written anew: {name}",) for name in review.changes.rewritten)
    yield Block(kind="list", items=items or (("Nothing has changed.",),))


def _relations(review: Review) -> Iterator[Block]:
    against = [r for r in review.relations if r.kind != "near"]
    if against:
        yield Block(kind="heading", text="Where the papers disagree")
        yield Block(
            kind="note",
            text="Found by wording; whether the statements exclude each other is for the reader.",
        )
        yield Block(
            kind="list",
            items=tuple((*r.sentences, f"Why it is here: {r.reason}.") for r in against),
        )
    if near := [r for r in review.relations if r.kind == "near"]:
        yield Block(kind="heading", text="Where findings come close")
        yield Block(kind="list", items=tuple(tuple(r.sentences) for r in near))


def _questions(review: Review) -> Iterator[Block]:
    groups = (
        ("left open", "Open questions that the abstracts state"),
        ("gap", "Gaps that the papers set out from"),
    )
    for kind, heading in groups:
        if asked := [q for q in review.open_questions if q.kind == kind]:
            yield Block(kind="heading", text=heading)
            yield Block(kind="list", items=tuple((q.sentence,) for q in asked))


def _coverage(review: Review) -> Iterator[Block]:
    cited, unused, left_out, off = (
        review.candidates_by(decision)
        for decision in ("cited", "not used", "left out", "off topic")
    )
    more = sum(c.found_by == ("name",) for c in review.candidates)
    counts = [f"cited: {len(cited)}", f"found and not used: {len(unused)}"]
    counts += [f"left out by name: {len(left_out)}"] if left_out else []
    counts.append(f"judged off topic: {len(off)}")
    beside = f" Not found by it, and cited because they were asked for: {more}." if more else ""
    yield Block(kind="heading", text="Coverage")
    yield Block(
        kind="note",
        text=f"The search considered {len(review.candidates) - more} of "
        f"{review.library_papers:,} papers.{beside} {', '.join(counts).capitalize()}.",
    )
    yield from _unused(unused)
    yield from _left_out(left_out)
    if off:
        more = len(off) - _OFF_TOPIC_SHOWN
        rest = f" (the {_OFF_TOPIC_SHOWN} nearest; the JSON form has all)" if more > 0 else ""
        yield Block(kind="note", text=f"Judged off topic, the nearest first{rest}:")
        yield _candidates(off[:_OFF_TOPIC_SHOWN])


def _unused(candidates: Sequence[Candidate]) -> Iterator[Block]:
    if not candidates:
        return
    relevant = [c for c in candidates if c.relevant]
    possible = [c for c in candidates if not c.relevant]
    rest = (
        f" (of {len(possible)} that may belong to the topic, the {_POSSIBLE_SHOWN} likeliest; the "
        "JSON form has all)"
        if len(possible) > _POSSIBLE_SHOWN
        else ""
    )
    yield Block(kind="note", text=f"Found, not used{rest}:")
    yield _candidates([*relevant, *possible[:_POSSIBLE_SHOWN]])


def _left_out(candidates: Sequence[Candidate]) -> Iterator[Block]:
    if candidates:
        yield Block(kind="note", text="Left out by name:")
        yield _candidates(candidates)


def _candidates(candidates: Sequence[Candidate]) -> Block:
    items = ((_told(candidate),) for candidate in candidates)
    return Block(kind="list", items=tuple(items), candidates=tuple(candidates))


def _told(candidate: Candidate) -> str:
    title = candidate.title or candidate.paper_id
    quoted = f" It says: “{candidate.nearest.quote}”" if candidate.nearest else ""
    return f"{title} ({candidate.paper_id}): {candidate.reason}.{quoted}"


def mark_of(sentence: ReviewSentence) -> str:
    """Return what warns a reader of a sentence that was not confirmed.

    Args:
        sentence: The sentence.

    Returns:
        Words in brackets, empty for a confirmed sentence.
    """
    return (
        "" if sentence.verdict is Verdict.SUPPORTED else f" ({sentence.verdict}: {sentence.reason})"
    )


def is_stated(cell: Cell) -> bool:
    """Return whether a cell holds something.

    Args:
        cell: The cell.

    Returns:
        False for `not stated`.
    """
    return cell.text != NOT_STATED
