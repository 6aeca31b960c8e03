"""Step 4 of a review: sentences that quote, joined by words that state only what records prove."""

from __future__ import annotations

import re
from textwrap import shorten
from typing import TYPE_CHECKING

from litdesk.review.cues import HEADING, Statement, best_statement, statements
from litdesk.review.results import ReviewSentence
from litdesk.sentences import fold
from litdesk.types import Citation, Paper, Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from litdesk.review.themes import Theme

__all__ = [
    "cite_span",
    "count_of",
    "listed",
    "quote",
    "spell",
    "template",
    "write_section",
    "years_of",
]

_NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()
# Openings that carry no claim, so that a quotation may begin after them.
_OPENING = re.compile(
    rf"(?:{HEADING})?"
    r"(?:(?:In (?:this|the present|our) (?:paper|work|study|article|project|note|review)|Here"
    r"|Finally|Furthermore"
    r"|Moreover|Additionally|In addition|Specifically|In particular|More precisely|Thus|Therefore"
    r"|Hence|Overall|Instead|However|Further|Also|To this end|As a result|Then|First|Second|Next)"
    r",?\s+)?",
)
_AIM = re.compile(
    r"(?:(?<=[A-Z] )To|(?<=[A-Za-z]: )To|(?:[Tt]he|[Oo]ur) (?:aim|objective|goal|purpose)s? "
    r"(?:of (?:this|the|our)(?: present| current)? (?:study|work|paper|trial|review) )?"
    r"(?:was|is|were) to) (?=[a-z])"
)
"""`OBJECTIVE To assess …`, `The aim of this study was to assess …`."""
_WE = re.compile(r"[Ww]e (?:also |then |further )?(?=[a-z])")
_THIS = re.compile(r"[Tt]his (paper|work|study|article|note|review) (?=[a-z]+(?:s|ed)\b)")
_OUR = re.compile(
    r"[Oo]ur ((?:(?:main|central|primary|key|theoretical|empirical|numerical|extensive) )?"
    r"(?:results?|findings?|analys[ei]s|experiments?|study|work|approach|method|algorithm"
    r"|framework"
    r"|theory|bounds|observations|evaluation|observations)) (?=[a-z])"
)
_STOPS = ".!? "
_LONG_TITLE, _FEW_WORDS = 90, 3
_OWN = 2.0
"""What it counts that a sentence tells of the paper from its first word on."""


def spell(number: int) -> str:
    """Return a number as running text has it.

    Args:
        number: 0 or more.

    Returns:
        A word up to twelve, figures beyond.
    """
    return _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun.

    Args:
        number: 0 or more.
        noun: In the singular.

    Returns:
        Such as `three papers`.
    """
    return f"{spell(number)} {noun}{'' if number == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in running text.

    Args:
        names: Any number of names.

    Returns:
        Such as `a, b and c`.
    """
    *before, last = names or ("",)
    return f"{', '.join(before)} and {last}" if before else last


def years_of(papers: Sequence[Paper]) -> str:
    """Return when papers are from, as their records say.

    Args:
        papers: The papers.

    Returns:
        Such as `from 2022 to 2024 (one without a date)`; empty for no papers.
    """
    years = sorted(paper.year for paper in papers if paper.year)
    undated = len(papers) - len(years)
    if not years:
        return "without a date in the library" if papers else ""
    span = f"from {years[0]}" + (f" to {years[-1]}" if years[-1] != years[0] else "")
    return span + (f" ({spell(undated)} without a date)" if undated else "")


def template(text: str, reason: str) -> ReviewSentence:
    """Return a sentence that states what the records prove.

    Args:
        text: The sentence without its final stop.
        reason: What proves it.

    Returns:
        The sentence.
    """
    return ReviewSentence(text=text, kind="template", score=1.0, reason=reason, verifier="record")


def cite_span(paper: Paper, span: Span) -> Citation:
    """Return a citation of some words of an abstract; references are numbered later.

    Args:
        paper: The paper.
        span: The words, in its abstract.

    Returns:
        The citation.
    """
    return Citation.of_abstract(paper, span, marker=0)


def quote(
    paper: Paper, statement: Statement, *, again: bool = False, when: str = ""
) -> ReviewSentence:
    """Return a sentence that quotes a statement, its beginning turned into the paper's name.

    Args:
        paper: The paper.
        statement: A sentence of its abstract.
        again: Whether the sentence before was about the same paper.
        when: Words on time that the records prove, such as `A year later, `.

    Returns:
        Such as `Vyas et al. (2024) “show that …”`; the quoted words are those of the abstract.
    """
    lead, span = _lead_and_span(paper, statement, again=again)
    if when and not lead.startswith("“"):
        begins = lead.startswith(("The ", "For ", "In "))
        lead = when + (lead[0].lower() + lead[1:] if begins else lead)
    citation = cite_span(paper, span)
    return ReviewSentence(
        text=f"{lead}“{citation.quote}”",
        kind="quotation",
        score=1.0,
        reason="the words of the abstract",
        verifier="quotation",
        citations=(citation,),
    )


def _lead_and_span(paper: Paper, statement: Statement, *, again: bool) -> tuple[str, Span]:
    text = statement.text
    start = _OPENING.match(text)
    begin = start.end() if start else 0
    end = len(text.rstrip(_STOPS)) if not text.rstrip().endswith("?") else len(text)
    several = len(paper.authors) > 1 or not paper.authors_complete
    known = bool(paper.authors)
    for pattern in (_AIM, _WE, _THIS, _OUR):
        match = pattern.match(text, begin)
        if match is None or (pattern is not _AIM and not known) or (pattern is _WE and not several):
            continue
        inner = Span(start=statement.span.start + match.end(), end=statement.span.start + end)
        return _subject(paper, pattern, match, again=again, several=several), inner
    whole = Span(start=statement.span.start + begin, end=statement.span.start + end)
    if not again:
        return (f"{paper.label}: " if known else f"In {_named(paper)}: "), whole
    return ("They add: " if known and several else "The abstract adds: "), whole


def _subject(
    paper: Paper, pattern: re.Pattern[str], match: re.Match[str], *, again: bool, several: bool
) -> str:
    if pattern is _AIM:
        who = "They" if again and several else "The abstract" if again else _named(paper)
        return f"{who} {'set' if several and paper.authors else 'sets'} out to "
    if pattern is _WE:
        return "They " if again else f"{paper.label} "
    whose = "Their" if several else "The author’s"
    if again:
        return f"{whose} {match[1]} "
    if pattern is _THIS:
        return f"The {match[1]} of {paper.label} "
    return f"For {paper.label}, {'their' if several else 'the'} {match[1]} "


def _named(paper: Paper) -> str:
    """Authors and year, or the beginning of the title."""
    if paper.authors or not paper.title:
        return paper.label
    title = paper.title.strip("[]. ")
    head, colon, _ = title.partition(": ")
    if len(title) > _LONG_TITLE and colon and len(head.split()) > _FEW_WORDS:
        title = head
    year = f" ({paper.year})" if paper.year else ""
    return f"“{shorten(title, _LONG_TITLE, placeholder='…')}”{year}"


def write_section(
    theme: Theme,
    *,
    order: Sequence[str],
    papers: Mapping[str, Paper],
    bonus: Mapping[str, dict[int, float]],
    per_paper: int,
) -> list[ReviewSentence]:
    """Tell a theme in the words of its papers.

    Args:
        theme: The theme.
        order: Its papers in the order of telling.
        papers: The papers by id.
        bonus: Paper id to sentence start to how near the sentence is to the topic, in [0, 1].
        per_paper: Quotations from each paper, 1 or 2.

    Returns:
        An opening from the records, then the quotations of each paper in turn.
    """
    told = [papers[i] for i in order]
    sentences = [_opening(theme, told)] if len(told) > 1 else []
    before: Paper | None = None
    for paper in told:
        chosen = _chosen(paper, bonus.get(paper.paper_id, {}), per_paper)
        for n, statement in enumerate(chosen):
            when = _when(before, paper) if n == 0 else ""
            sentences.append(quote(paper, statement, again=n > 0, when=when))
        if not chosen:
            sentences.append(_titled(paper))
        before = paper
    return sentences


def _opening(theme: Theme, told: Sequence[Paper]) -> ReviewSentence:
    words = listed([f"“{word}”" for word in theme.keywords])
    number = spell(len(told)).capitalize()
    apart = f", set apart by the words {words}" if len(theme.keywords) > 1 else ""
    dated = any(paper.year for paper in told)
    text = f"{number} papers belong here{apart}"
    if dated:
        text += f": they are {years_of(told)}"
    if shared := _shared_author(told):
        name, number_of = shared
        all_ = "all of them" if number_of == len(told) else f"{spell(number_of)} of them"
        text += f", and {name} is among the authors of {all_}"
    return template(text, "counted from the records of the section’s papers")


def _shared_author(told: Sequence[Paper]) -> tuple[str, int] | None:
    """Who wrote most of the papers, by the whole name: an initial may be another person's."""
    counts: dict[str, list[str]] = {}
    for paper in told:
        for name, shown in {fold(author.name): author.name for author in paper.authors}.items():
            counts.setdefault(name, []).append(shown)
    best = max(counts.values(), key=lambda names: (len(names), names[0]), default=[])
    return (best[0], len(best)) if len(best) > 1 else None


def _when(before: Paper | None, paper: Paper) -> str:
    if before is None or not before.year or not paper.year:
        return ""
    match paper.year - before.year:
        case 0:
            return "In the same year, "
        case 1:
            return "A year later, "
        case _:
            return ""


def _chosen(paper: Paper, bonus: dict[int, float], per_paper: int) -> list[Statement]:
    """The contribution and the main finding, in the order of the abstract."""
    finding = best_statement(paper, "finding", bonus=bonus)
    taken = frozenset({finding.span}) if finding else frozenset()
    own = [s for s in statements(paper) if _begins(s, _WE, _THIS, _OUR)]
    nearer = bonus | {s.span.start: bonus.get(s.span.start, 0.0) + _OWN for s in own}
    stated = [s for s in statements(paper) if s.span not in taken and _begins(s, _AIM)]
    aims = [
        one
        for role in ("method", "question")
        if (one := best_statement(paper, role, taken=taken, bonus=nearer))
    ]
    aims.sort(key=lambda s: s not in own)
    aim = next(iter([*stated, *aims]), None)
    chosen = [one for one in (aim, finding) if one]
    if not chosen:
        chosen = sorted(statements(paper), key=lambda s: -bonus.get(s.span.start, 0.0))[:per_paper]
    if per_paper == 1:
        chosen = chosen[:1]
    return sorted(chosen, key=lambda statement: statement.span.start)


def _begins(statement: Statement, *patterns: re.Pattern[str]) -> bool:
    start = _OPENING.match(statement.text)
    return any(p.match(statement.text, start.end() if start else 0) for p in patterns)


def _titled(paper: Paper) -> ReviewSentence:
    """A paper without an abstract can only be named."""
    text = f"The library has no abstract of “{paper.title}”"
    return template(text, "the record has a title and no abstract").model_copy(
        update={"citations": (Citation.of_title(paper, marker=0),)}
    )
