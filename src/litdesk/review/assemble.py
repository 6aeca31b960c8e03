"""The steps of a review, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING

from litdesk.errors import QuestionError
from litdesk.review.relations import find_open_questions, find_relations
from litdesk.review.relevance import (
    Decision,
    decide_relevance,
    measure_candidates,
    read_nearest,
)
from litdesk.review.results import (
    Candidate,
    Changes,
    OpenQuestion,
    Relation,
    Review,
    ReviewSection,
    ReviewSentence,
    Scope,
    TableRow,
)
from litdesk.review.search import (
    READ_FIRST,
    Finder,
    PaperVectors,
    Pool,
    find_candidates,
)
from litdesk.review.table import tabulate
from litdesk.review.themes import Theme, map_library, order_papers, rejoin_papers
from litdesk.review.writing import (
    cite_span,
    count_of,
    listed,
    spell,
    template,
    write_section,
    years_of,
)
from litdesk.types import (
    Action,
    CheckedSentence,
    Citation,
    Paper,
    Reference,
    Span,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litdesk.relevance import RelevanceReader
    from litdesk.review.cues import Statement

__all__ = ["Desk", "SectionWriter", "WrittenSection", "check_topic", "write_review"]

_LONGEST_TOPIC = 300
_NEAREST_TOPICS = 5
_TWO_QUOTES_UP_TO = 40
_READ_AT_MOST = 1500
_MANY = 0.4
"""Share of relevant candidates from which a search that was cut goes on."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSection:
    """What a model made of a section's papers."""

    sentences: tuple[CheckedSentence, ...] = ()
    usage: Usage = field(default_factory=Usage)
    notice: str = ""
    """Why there is no text, or what the reader should know of it."""


SectionWriter = Callable[[str, str, Sequence[Paper]], WrittenSection]
"""Topic, heading and papers to judged and repaired sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a review is written with."""

    papers: Mapping[str, Paper]
    """The papers within the scope, by id."""
    named: Mapping[str, Paper] = field(default_factory=dict)
    """Those that the scope asks for by name, by id, within its filters or not."""
    finder: Finder
    vectors: PaperVectors
    relevance: RelevanceReader | None = None
    """Reads the topic with the papers that are nearest to it; none does if None."""
    write: SectionWriter | None = None
    """A model's writer; quotations if None."""
    contradicts: Callable[[Statement, Paper], bool] | None = None
    unknown: Mapping[str, int] = field(default_factory=dict)
    """What a filter asks for to the number of papers that it left out, because the library does
    not know it of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """Which papers a review is about."""

    pool: Pool
    decisions: Sequence[Decision]
    within: int
    """Papers within the scope."""
    named: Sequence[str]
    """Ids of those that are asked for by name, whatever was decided."""
    left_out: frozenset[str]
    limit: int
    used: Sequence[str]
    """Ids of those that are cited, the named ones first."""

    @classmethod
    def of(cls, scope: Scope, desk: Desk, pool: Pool, decisions: Sequence[Decision]) -> _Chosen:
        named = tuple(i for i in scope.cite if i in desk.named)
        limit = max(scope.max_papers, len(named))
        aside = {*named, *scope.leave_out}
        judged = [d.paper_id for d in decisions if d.relevant and d.paper_id not in aside]
        return cls(
            pool=pool,
            decisions=decisions,
            within=len(desk.papers),
            named=named,
            left_out=frozenset(scope.leave_out),
            limit=limit,
            used=(*named, *judged)[:limit],
        )

    @property
    def unused(self) -> list[Decision]:
        """What was decided about papers that are neither cited nor left out by name."""
        aside = {*self.used, *self.left_out}
        return [d for d in self.decisions if d.paper_id not in aside]

    @property
    def beyond(self) -> int:
        """Papers that were judged relevant and are beyond the limit."""
        return sum(d.relevant for d in self.unused)


@dataclass(slots=True, kw_only=True)
class _Log:
    """What the steps did, and how long they took."""

    progress: Progress
    trace: list[str] = field(default_factory=list)
    timings_ms: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step; one that is done again counts once."""
        self.progress(name, len(self.timings_ms), _STEPS)
        begin = perf_counter()
        yield
        taken = 1000 * (perf_counter() - begin)
        self.timings_ms[name] = round(self.timings_ms.get(name, 0.0) + taken, 2)
        self.progress(name, len(self.timings_ms), _STEPS)


_STEPS = 6


def check_topic(topic: str) -> str:
    """Return a topic without the white space around it.

    Args:
        topic: What was asked for.

    Returns:
        The topic.

    Raises:
        QuestionError: If it is empty or far too long.
    """
    # Bytes of the command line that are no UTF-8 come as surrogates.
    cleaned = " ".join(topic.encode("utf-8", "replace").decode("utf-8").split())
    if not any(c.isalnum() for c in cleaned):
        raise QuestionError(
            "The topic of a review is empty.", remedy='Name one, such as "optimizers".'
        )
    if len(cleaned) > _LONGEST_TOPIC:
        raise QuestionError(
            f"The topic of a review has {len(cleaned):,} characters.",
            remedy=f"Say it in {_LONGEST_TOPIC} characters or fewer.",
        )
    return cleaned


def write_review(
    scope: Scope,
    desk: Desk,
    *,
    before: Review | None = None,
    progress: Progress | None = None,
) -> Review:
    """Write a review: search, decide, group, write, relate, assemble.

    Args:
        scope: The topic and the filters, which `desk.papers` have been through.
        desk: What to write it with.
        before: An earlier review of the scope to bring up to date; its numbers and themes are
            kept, and its sections where their papers are as they were.
        progress: Called with a step's name, the steps done and their number.

    Returns:
        The review; a summary where one paper is relevant; status `nothing` and the nearest topics
        where none is.
    """
    log = _Log(progress=progress or (lambda *_: None))
    scope = scope.model_copy(update={"topic": check_topic(scope.topic)})
    pool, decisions = _decided(scope, desk, log, per_query=READ_FIRST)
    if _is_short(pool, decisions):
        pool, decisions = _decided(scope, desk, log, per_query=_READ_AT_MOST)
    chosen = _Chosen.of(scope, desk, pool, decisions)
    desk = replace(desk, papers={**desk.papers, **desk.named})
    if not chosen.used:
        return _nothing(scope, desk, chosen, log)
    return _written(scope, desk, chosen, before, log)


def _decided(scope: Scope, desk: Desk, log: _Log, *, per_query: int) -> tuple[Pool, list[Decision]]:
    """Search, and decide about what was found."""
    with log.step("search"):
        pool = find_candidates(
            scope.topic,
            finder=desk.finder,
            vectors=desk.vectors,
            allowed=desk.papers,
            per_query=per_query,
        )
        log.trace.append(
            f"search: {len(pool.found_by)} candidates of {len(desk.papers)} papers, by "
            + "; ".join(f"“{query}”" for query in pool.topic.queries)
            + " and by neighbours of the best"
        )
    with log.step("decide"):
        measured = measure_candidates(
            pool, papers=desk.papers, vectors=desk.vectors, finder=desk.finder
        )
        if desk.relevance:
            measured = read_nearest(
                measured, topic=scope.topic, papers=desk.papers, reader=desk.relevance
            )
            read = sum(found.about is not None for found in measured.values())
            log.trace.append(f"decide: the relevance model read {count_of(read, 'candidate')}")
        decisions = decide_relevance(measured)
        possible = sum(d.possible for d in decisions)
        log.trace += [
            f"decide: {d.paper_id} {_judged(d)} ({d.score:.2f}): {d.reason}"
            for d in decisions[: possible + 10]
        ]
    return pool, decisions


def _judged(decision: Decision) -> str:
    if decision.relevant:
        return "relevant"
    return "possible" if decision.possible else "off topic"


def _is_short(pool: Pool, decisions: Sequence[Decision]) -> bool:
    """Whether the search stopped among papers that belong to the topic."""
    return pool.cut and sum(d.relevant for d in decisions) > _MANY * len(decisions)


def _nothing(scope: Scope, desk: Desk, chosen: _Chosen, log: _Log) -> Review:
    with log.step("map"):
        clusters = map_library(desk.papers, vectors=desk.vectors, embed=desk.finder.embed)
        places, rows = desk.vectors.places, desk.vectors.papers

        def nearness(ids: Sequence[str]) -> float:
            return max(float(rows[places[i]] @ chosen.pool.vector) for i in ids)

        nearest = sorted(clusters, key=lambda c: -nearness(c.paper_ids))[:_NEAREST_TOPICS]
    return Review(
        status="nothing",
        scope=scope,
        title=f"No review of “{scope.topic}”"
        if any(d.possible for d in chosen.decisions)
        else f"Nothing in the library is about “{scope.topic}”",
        candidates=_account(chosen, desk),
        library_papers=chosen.within,
        notices=(*_filtered(desk.unknown), *_gone(scope, desk)),
        nearest_topics=tuple(nearest),
        trace=tuple(log.trace),
        timings_ms=log.timings_ms,
    )


def _written(scope: Scope, desk: Desk, chosen: _Chosen, before: Review | None, log: _Log) -> Review:
    """Write about the papers that are used."""
    pool, used = chosen.pool, chosen.used
    background = {i: desk.papers[i] for i in (*pool.found_by, *used)}
    with log.step("group"):
        earlier = (
            [Theme(paper_ids=s.paper_ids, keywords=s.keywords) for s in before.sections]
            if before
            else []
        )
        themes = rejoin_papers(
            used,
            before=earlier,
            papers=background,
            vectors=desk.vectors,
            embed=desk.finder.embed,
            topic=scope.topic,
        )
        log.trace += [f"group: {t.heading}: {', '.join(t.paper_ids)}" for t in themes]
    with log.step("write"):
        nearness = {i: _sentence_nearness(i, pool, desk.vectors) for i in used}
        written = _Written(scope=scope, desk=desk, nearness=nearness, before=before)
        sections = [written.section(theme, len(used)) for theme in themes]
        order = [paper_id for section in sections for paper_id in section.paper_ids]
        log.trace += written.trace
    with log.step("relate"):
        relations = find_relations(
            order, papers=desk.papers, vectors=desk.vectors, contradicts=desk.contradicts
        )
        questions = find_open_questions(order, papers=desk.papers)
        rows = [tabulate(desk.papers[i], bonus=nearness[i]) for i in order]
        log.trace.append(
            f"relate: {len(relations)} relations, {len(questions)} open questions, "
            f"{len(rows)} rows of the table"
        )
    with log.step("assemble"):
        numbers = _numbers(order, before)
        review = Review(
            status="review" if len(used) > 1 else "summary",
            scope=scope,
            title=_title(scope, len(used)),
            abstract=_abstract(scope, sections, relations, questions, desk, chosen),
            sections=tuple(_numbered_section(s, numbers) for s in sections),
            table=tuple(_numbered_row(row, numbers) for row in rows),
            relations=tuple(
                r.model_copy(
                    update={"sentences": tuple(_numbered(s, numbers) for s in r.sentences)}
                )
                for r in relations
            ),
            open_questions=tuple(
                q.model_copy(update={"sentence": _numbered(q.sentence, numbers)}) for q in questions
            ),
            references=tuple(
                Reference.of(desk.papers[i], marker=n)
                for i, n in sorted(numbers.items(), key=lambda item: item[1])
                if i in set(order)
            ),
            candidates=_account(chosen, desk),
            library_papers=chosen.within,
            notices=(
                *_filtered(desk.unknown),
                *_gone(scope, desk),
                *_limits(chosen),
                *written.notices,
            ),
            changes=_changes(before, order, sections, desk.papers, written.kept),
            trace=tuple(log.trace),
            usage=written.usage,
        )
    return review.model_copy(update={"timings_ms": log.timings_ms})


@dataclass(slots=True, kw_only=True)
class _Written:
    """The writing of sections, and what there is to say about it."""

    scope: Scope
    desk: Desk
    nearness: Mapping[str, dict[int, float]]
    before: Review | None
    usage: Usage = field(default_factory=Usage)
    notices: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)

    def section(self, theme: Theme, papers_in_review: int) -> ReviewSection:
        desk = self.desk
        order = order_papers(theme.paper_ids, papers=desk.papers, vectors=desk.vectors)
        versions = tuple(desk.papers[i].version for i in order)
        for old in self.before.sections if self.before else ():
            if (old.paper_ids, old.versions) == (tuple(order), versions):
                self.kept.append(old.heading)
                self.trace.append(f"write: {old.heading}: kept")
                return old
        quoted = write_section(
            theme,
            order=order,
            papers=desk.papers,
            bonus=self.nearness,
            per_paper=2 if papers_in_review <= _TWO_QUOTES_UP_TO else 1,
        )
        sentences = self._by_model(theme, order, quoted) if desk.write else quoted
        self.trace.append(f"write: {theme.heading}: {count_of(len(sentences), 'sentence')}")
        return ReviewSection(
            heading=theme.heading,
            keywords=theme.keywords,
            paper_ids=tuple(order),
            versions=versions,
            sentences=tuple(sentences),
        )

    def _by_model(
        self, theme: Theme, order: Sequence[str], quoted: list[ReviewSentence]
    ) -> list[ReviewSentence]:
        """A model's sentences, and quotations for the papers that it left out."""
        if self.desk.write is None:
            return quoted
        made = self.desk.write(
            self.scope.topic, theme.heading, [self.desk.papers[i] for i in order]
        )
        self.usage += made.usage
        if made.notice:
            self.notices.append(f"Section “{theme.heading}”: {made.notice}")
        prose = [_prose(sentence) for sentence in made.sentences]
        cited = {c.paper_id for s in prose if s.action is not Action.DROPPED for c in s.citations}
        opening = [s for s in quoted if s.kind == "template" and not s.citations]
        rest = [s for s in quoted if s.citations and s.citations[0].paper_id not in cited]
        return [*opening, *prose, *rest]


def _prose(sentence: CheckedSentence) -> ReviewSentence:
    quotation = sentence.verifier == "quotation"
    text = sentence.text.removesuffix(".")
    citations = sentence.citations
    if quotation and text.endswith(("”", ".”")):
        text = sentence.text
    return ReviewSentence(
        text=text,
        kind="quotation" if quotation else "prose",
        verdict=sentence.verdict,
        score=sentence.score,
        reason=sentence.reason,
        verifier=sentence.verifier,
        action=sentence.action,
        citations=citations,
    )


def _sentence_nearness(paper_id: str, pool: Pool, vectors: PaperVectors) -> dict[int, float]:
    near = vectors.cosines_of(paper_id, pool.vector)
    return {chunk.start: min(max(cosine, 0.0), 1.0) for chunk, cosine in near}


def _nearest_words(paper: Paper, pool: Pool, vectors: PaperVectors) -> Citation | None:
    """Cite the chunk of a paper that is nearest to the topic, and no link if it has another."""
    near = vectors.cosines_of(paper.paper_id, pool.vector)
    if not near or not paper.abstract:
        return None
    told = [one for one in near if "://" not in one[0].text] or near
    chunk, _ = max(told, key=lambda one: one[1])
    return cite_span(paper, Span(start=chunk.start, end=chunk.end))


def _account(chosen: _Chosen, desk: Desk) -> tuple[Candidate, ...]:
    """What became of every candidate; those asked for by name come first."""
    judged = {d.paper_id: d for d in chosen.decisions}
    named = []
    for i in chosen.named:
        reason = judged[i].reason if i in judged else "the search did not find it"
        became = ("cited", f"asked for by name; {reason}")
        named.append(_candidate(desk.papers[i], judged.get(i), became, chosen.pool, desk.vectors))
    rest = (
        _candidate(desk.papers[d.paper_id], d, _fate(d, rank, chosen), chosen.pool, desk.vectors)
        for rank, d in enumerate(chosen.decisions, start=1)
        if d.paper_id not in chosen.named
    )
    return (*named, *rest)


def _fate(judged: Decision, rank: int, chosen: _Chosen) -> tuple[str, str]:
    """What became of a candidate that nobody asked for by name, and why."""
    if judged.paper_id in chosen.used:
        return "cited", judged.reason
    if judged.paper_id in chosen.left_out:
        return "left out", f"left out by name; {judged.reason}"
    if judged.relevant:
        limit = count_of(chosen.limit, "paper")
        return "not used", f"number {rank} by relevance, beyond the limit of {limit}"
    if judged.possible:
        return "not used", f"may belong to the topic: {judged.reason}"
    return "off topic", judged.reason


def _candidate(
    paper: Paper,
    judged: Decision | None,
    became: tuple[str, str],
    pool: Pool,
    vectors: PaperVectors,
) -> Candidate:
    decision, reason = became
    return Candidate.model_validate(
        {
            "paper_id": paper.paper_id,
            "title": paper.title,
            "decision": decision,
            "reason": reason,
            "relevant": judged is not None and judged.relevant,
            "score": judged.score if judged else 0.0,
            "nearest": _nearest_words(paper, pool, vectors) if decision == "not used" else None,
            "found_by": pool.found_by.get(paper.paper_id, ("name",)),
        }
    )


def _title(scope: Scope, papers: int) -> str:
    topic = scope.topic[:1].upper() + scope.topic[1:]
    return f"{topic}: {'a review of' if papers > 1 else 'a summary of'} {count_of(papers, 'paper')}"


def _abstract(
    scope: Scope,
    sections: Sequence[ReviewSection],
    relations: Sequence[Relation],
    questions: Sequence[OpenQuestion],
    desk: Desk,
    chosen: _Chosen,
) -> tuple[ReviewSentence, ...]:
    """Three sentences, all of them counted from the records."""
    told = [desk.papers[i] for section in sections for i in section.paper_ids]
    counted = "counted from the review and the records of its papers"
    one, by_name = len(told) == 1, len(chosen.named)
    number = spell(len(told)).capitalize()
    if by_name:
        some = "" if by_name == len(told) else f"{spell(by_name)} of them "
        considered = f"{number} {'paper is' if one else 'papers are'} cited here, "
        considered += f"{some}asked for by name"
    else:
        considered = (
            f"{number} of the {chosen.within:,} papers "
            f"{'within the scope' if scope.is_narrow else 'in the library'} "
            f"{'is' if one else 'are'} on this topic"
        )
    considered += f": {'it is' if one else 'they are'} {years_of(told)}"
    if all(not p.year for p in told):
        considered = (
            considered.partition(":")[0]
            + "; the library has no date for "
            + ("it" if one else "them")
        )
    named = [f"{listed(s.keywords) or 'other papers'} ({len(s.paper_ids)})" for s in sections]
    keywords = listed([f"“{word}”" for word in sections[0].keywords])
    themes = (
        f"They fall into {count_of(len(sections), 'theme')}: {'; '.join(named)}"
        if len(sections) > 1
        else f"What sets {'it' if one else 'them'} apart from the other candidates is {keywords}"
        if keywords
        else "No words set them apart from the other candidates"
    )
    against = sum(r.kind != "near" for r in relations)
    left_out = chosen.beyond
    at_will = sum(d.relevant for d in chosen.decisions if d.paper_id in chosen.left_out)
    possible = sum(d.possible for d in chosen.unused) - left_out
    parts = [
        f"{count_of(against, 'statement')} of disagreement "
        f"{'was' if against == 1 else 'were'} found",
        f"the abstracts name {count_of(len(questions), 'open question')}",
        f"{count_of(left_out, 'paper')} judged relevant "
        f"{'was' if left_out == 1 else 'were'} left out"
        + (f" but for {spell(at_will)} by name" if at_will else ""),
    ]
    if possible:
        parts.append(
            f"{count_of(possible, 'paper')} that may belong to the topic "
            f"{'is' if possible == 1 else 'are'} listed and not cited"
        )
    last = listed(parts)
    return (
        template(considered, counted),
        template(themes, "computed from the papers’ vectors and words"),
        template(last[:1].upper() + last[1:], counted),
    )


def _filtered(unknown: Mapping[str, int]) -> list[str]:
    return [
        f"{spell(number).capitalize()} {'paper' if number == 1 else 'papers'} of the library "
        f"{'has' if number == 1 else 'have'} no {what} there, and the filter leaves "
        f"{'it' if number == 1 else 'them'} out."
        for what, number in unknown.items()
        if number
    ]


def _gone(scope: Scope, desk: Desk) -> list[str]:
    gone = [i for i in scope.cite if i not in desk.named]
    return [f"{i}, asked for by name, is no longer in the library." for i in gone]


def _limits(chosen: _Chosen) -> list[str]:
    notices = []
    if chosen.beyond:
        named = " or asked for by name" if chosen.named else ""
        notices.append(
            f"{len(chosen.used) + chosen.beyond:,} papers are relevant{named}; this review uses "
            f"{len(chosen.used)} of them, the most relevant first, and lists the others under "
            "“Found, not used”. Narrow the topic or the years, or raise the limit, to read more."
        )
    if _is_short(chosen.pool, chosen.decisions):
        notices.append(
            f"The search read the {len(chosen.decisions):,} papers nearest to the topic, and most "
            "of them belong to it: there may be more, which are not listed. Narrow the topic or "
            "the years."
        )
    return notices


def _numbers(order: Sequence[str], before: Review | None) -> dict[str, int]:
    numbers = {r.paper_id: r.marker for r in before.references} if before else {}
    for paper_id in order:
        numbers.setdefault(paper_id, max(numbers.values(), default=0) + 1)
    return numbers


def _numbered_citation(citation: Citation, numbers: Mapping[str, int]) -> Citation:
    if citation.paper_id is None or citation.paper_id not in numbers:
        return citation
    return citation.model_copy(update={"marker": numbers[citation.paper_id]})


def _numbered(sentence: ReviewSentence, numbers: Mapping[str, int]) -> ReviewSentence:
    citations = tuple(_numbered_citation(c, numbers) for c in sentence.citations)
    return sentence.model_copy(update={"citations": citations})


def _numbered_section(section: ReviewSection, numbers: Mapping[str, int]) -> ReviewSection:
    sentences = tuple(_numbered(s, numbers) for s in section.sentences)
    return section.model_copy(update={"sentences": sentences})


def _numbered_row(row: TableRow, numbers: Mapping[str, int]) -> TableRow:
    update = {
        name: cell.model_copy(update={"citation": _numbered_citation(cell.citation, numbers)})
        for name in ("year", "question", "method", "data", "finding", "code")
        if (cell := getattr(row, name)).citation is not None
    }
    return row.model_copy(update=update)


def _changes(
    before: Review | None,
    order: Sequence[str],
    sections: Sequence[ReviewSection],
    papers: Mapping[str, Paper],
    kept: Sequence[str],
) -> Changes | None:
    if before is None:
        return None
    old = {i: v for s in before.sections for i, v in zip(s.paper_ids, s.versions, strict=True)}
    return Changes(
        added=tuple(i for i in order if i not in old),
        changed=tuple(i for i in order if i in old and old[i] != papers[i].version),
        removed=tuple(i for i in old if i not in set(order)),
        rewritten=tuple(s.heading for s in sections if s.heading not in kept),
        kept=tuple(kept),
    )
