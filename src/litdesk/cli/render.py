"""Results as paragraphs for a reader; knows no command and no stream."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from litdesk.cli.terminal import one_line, plain
from litdesk.types import (
    Abstention,
    Action,
    Answer,
    FlaggedPaper,
    IngestReport,
    Paper,
    Reference,
    Revision,
    Sentence,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

__all__ = [
    "Paragraph",
    "answer_paragraphs",
    "counted",
    "ingest_paragraphs",
    "listed",
    "paper_rows",
]

_MARKER = re.compile(r"\s*\[\d+\]")
_REMARK_STYLE = {Verdict.CONTRADICTED: "bold red", Verdict.UNSUPPORTED: "red"}
_SHOWN_FAILURES = 20


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text that is wrapped as one, and what stands before its first line."""

    body: Text
    label: str = ""


def answer_paragraphs(answer: Answer) -> Iterator[Paragraph]:
    """Yield what a reader sees of an answer.

    Args:
        answer: Any answer that did not fail.

    Yields:
        The answer, in which a sentence that is not supported has its verdict and the reason after
        it; then the references, or the nearest papers where there is no answer.
    """
    if answer.read_as:
        yield Paragraph(Text(f"Read as: {one_line(answer.read_as)}", style="dim"))
        yield Paragraph(Text())
    if answer.answer.strip():
        yield Paragraph(_prose(answer))
    if answer.abstention:
        yield from _abstention(answer.abstention, answer)
    if dropped := [s for s in answer.sentences if s.action == Action.DROPPED]:
        yield from _heading("Left out")
        for sentence in dropped:
            yield Paragraph(Text(one_line(sentence.text)) + _remark(sentence), "  ")
    if answer.revision:
        yield Paragraph(Text())
        yield Paragraph(Text(_redrafted(answer.revision), style="dim"))
    if answer.references:
        yield from _heading("References")
        for reference in answer.references:
            yield from _reference(reference, answer.sentences)


def _abstention(abstention: Abstention, answer: Answer) -> Iterator[Paragraph]:
    if abstention.message not in answer.answer:
        yield Paragraph(Text(plain(abstention.message)))
    if not answer.references:
        yield from listed("Nearest papers", [(p.paper_id, p.title) for p in abstention.nearest])


def listed(heading: str, papers: Sequence[tuple[str, str]]) -> Iterator[Paragraph]:
    """Yield a short list of papers.

    Args:
        heading: What they are.
        papers: Identifier and title of each.

    Yields:
        The heading and a line a paper; nothing if there are none.
    """
    if papers:
        yield from _heading(heading)
        widest = max(cell_len(paper_id) for paper_id, _ in papers)
        for paper_id, title in papers:
            yield Paragraph(Text(one_line(title) or "(untitled)"), f"  {paper_id:<{widest}}  ")


def paper_rows(papers: Sequence[Paper], *, flagged: Collection[str] = ()) -> Iterator[Paragraph]:
    """Yield a line a paper: identifier, year, authors in short, title.

    Args:
        papers: Any number of papers.
        flagged: Ids of those whose text reads like an instruction; their lines say so.

    Yields:
        The lines, in the order of `papers`, with their columns aligned.
    """
    cells = [
        (one_line(p.paper_id), str(p.year or "n.d."), one_line(p.byline) if p.authors else "-")
        for p in papers
    ]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    for paper, row in zip(papers, cells, strict=True):
        padded = (
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        )
        body = Text(one_line(paper.title) or _opening(paper))
        if paper.paper_id in flagged:
            body.append("  [reads like an instruction]", style="yellow")
        yield Paragraph(body, "  ".join(padded) + "  ")


def ingest_paragraphs(report: IngestReport) -> Iterator[Paragraph]:
    """Yield what a reader sees of an ingest.

    Args:
        report: What the ingest did.

    Yields:
        The counts, each record that was not read, with its place and the reason, and the papers
        whose text reads like an instruction.
    """
    counts = (
        f"{counted(report.records_in, 'record')} in {counted(report.files, 'file')}: "
        f"{report.added} added, {report.merged} merged into papers already there, "
        f"{report.unchanged} unchanged, {report.failed} failed."
    )
    yield Paragraph(Text(counts))
    if report.failures:
        yield from _heading("Not read")
    for failure in report.failures[:_SHOWN_FAILURES]:
        place = "".join(
            f", {name} {number}"
            for name, number in (("record", failure.record), ("line", failure.line))
            if number is not None
        )
        yield Paragraph(Text(f"{one_line(failure.path)}{place}: {one_line(failure.reason)}"), "  ")
    if (more := len(report.failures) - _SHOWN_FAILURES) and more > 0:
        yield Paragraph(Text(f"… and {more} more; --json lists them all."), "  ")
    yield from _flags(report.flagged)


def _flags(flagged: Sequence[FlaggedPaper]) -> Iterator[Paragraph]:
    if flagged:
        yield from _heading("Reads like an instruction to a language model; it is treated as text")
    for flag in flagged[:_SHOWN_FAILURES]:
        said = f"{one_line(flag.paper_id)} {one_line(flag.reason)}: “{one_line(flag.quote)}”"
        yield Paragraph(Text(said), "  ")
    if (more := len(flagged) - _SHOWN_FAILURES) and more > 0:
        yield Paragraph(Text(f"… and {more} more; --json lists them all."), "  ")


def _prose(answer: Answer) -> Text:
    text, at = Text(), 0
    kept = sorted((s for s in answer.sentences if s.action != Action.DROPPED), key=_begin)
    unjudged = bool(kept) and all(s.verdict == Verdict.UNCHECKED for s in kept)
    for sentence in kept:
        text.append(plain(answer.answer[at : sentence.end]))
        at = sentence.end
        if not unjudged:
            text.append_text(_remark(sentence))
    text.append(plain(answer.answer[at:]))
    if unjudged:
        text.append("\n\nNothing has checked these sentences.", style="yellow")
    return text


def _redrafted(revision: Revision) -> str:
    if revision.problem:
        return f"A second draft failed; this is the first. {one_line(revision.problem)}"
    first, second = (
        f"{supported} of {number} supported"
        for supported, number in zip(revision.supported, revision.sentences, strict=True)
    )
    return f"Drafted twice; this is the {revision.kept} draft (first {first}, second {second})."


def _begin(sentence: Sentence) -> int:
    return sentence.start


def _remark(sentence: Sentence) -> Text:
    """What a reader must know of a sentence; nothing where it is kept and supported."""
    words = [] if sentence.verdict == Verdict.SUPPORTED else [sentence.verdict.value]
    if sentence.action == Action.REPLACED:
        words.append("replaced by the nearest quotation")
    if not words:
        return Text()
    reason = f": {one_line(sentence.reason).rstrip('.')}" if sentence.reason else ""
    style = _REMARK_STYLE.get(sentence.verdict, "yellow")
    return Text(f" [{', '.join(words)}{reason}]", style=style)


def _reference(reference: Reference, sentences: Iterable[Sentence]) -> Iterator[Paragraph]:
    label = f"[{reference.marker}] "
    indent = " " * len(label)
    entry = Text(one_line(reference.formatted))
    yield Paragraph(entry.append(f"  {one_line(reference.paper_id)}", style="dim"), label)
    if reference.url:
        yield Paragraph(Text(one_line(reference.url), style="blue"), indent)
    for quote in _quotes_behind(reference.marker, sentences):
        yield Paragraph(Text(f"“{quote}”", style="italic"), indent)


def _quotes_behind(marker: int, sentences: Iterable[Sentence]) -> Iterator[str]:
    """The words that support a paraphrase; a sentence that is itself the quotation needs none."""
    seen = set()
    for sentence in sentences:
        said = one_line(_MARKER.sub("", sentence.text))
        for citation in sentence.citations:
            quote = one_line(citation.quote)
            if citation.marker != marker or citation.field != "abstract" or quote in seen:
                continue
            seen.add(quote)
            if quote.rstrip(".") not in said:
                yield quote


def _opening(paper: Paper) -> str:
    words = one_line(paper.abstract).split()
    return "(untitled) " + " ".join(words[:12]) + ("…" if len(words) > 12 else "")


def _heading(words: str) -> Iterator[Paragraph]:
    yield Paragraph(Text())
    yield Paragraph(Text(words, style="bold"))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the singular or the plural.

    Args:
        number: The number.
        noun: A noun whose plural is made with an s.

    Returns:
        Such as `1 paper` or `63 papers`.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
