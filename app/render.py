"""HTML of the page, from results; every text that goes in is escaped, and made inert.

Answers and papers are hostile data here: only the literals of this file are markup, `Html.format`
escapes whatever is not `Html`, and the one address that reaches the page is a paper's own https
link.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from markupsafe import Markup

from litdesk.doctor import what_leaves
from litdesk.ingest.instructions import flag_papers
from litdesk.types import Action, AnswerStatus, Paper, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from litdesk.review.results import ReviewSentence
    from litdesk.settings import Settings
    from litdesk.types import Abstention, Answer, Citation, Sentence

    from .respond import Exchange

__all__ = [
    "Html",
    "render_empty_panel",
    "render_exchange",
    "render_header",
    "render_panel",
    "render_papers",
    "render_welcome",
    "safe_link",
]

SHOWN_PAPERS = 200
_SHOWN_QUESTION = 600
# Controls, lone surrogates, and the marks that reverse the direction of a line.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_VERDICTS = {
    Verdict.SUPPORTED: "supported",
    Verdict.CONTRADICTED: "contradicted",
    Verdict.UNSUPPORTED: "not supported",
    Verdict.UNCERTAIN: "uncertain",
    Verdict.UNCHECKED: "not checked",
}


class Html(Markup):
    """Markup that is safe to show; `format` and `join` escape everything else."""

    @classmethod
    def escape(cls, s: object, /) -> Html:
        """Return a text as markup that shows it, and does nothing else.

        Args:
            s: A text, or markup that stays as it is.

        Returns:
            The text, escaped, without the characters that cannot be seen.
        """
        return super().escape(s if hasattr(s, "__html__") else _INVISIBLE.sub("", str(s)))


_NONE = Html()
_GLUE = Html("&nbsp;")  # a chip stays with the last word of its sentence


def _all(parts: Iterable[Html]) -> Html:
    return _NONE.join(parts)


def safe_link(paper_link: str | None) -> str | None:
    """Return a link if it is an ordinary https address, else None.

    Args:
        paper_link: The link of a paper's record.

    Returns:
        The same link, or None.
    """
    if not paper_link or not re.fullmatch(r"[!-~]+", paper_link):
        return None
    try:
        parts = urlsplit(paper_link)
        fine = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc
    except ValueError:
        return None
    return paper_link if fine else None


def render_exchange(exchange: Exchange, *, turn: int) -> Html:
    """Return a question and what has become of it.

    Args:
        exchange: The exchange, finished or not.
        turn: Number of the exchange in its conversation, from 0; part of every reference.

    Returns:
        HTML; its buttons have ids that `show_source` and the page's script understand.
    """
    return Html(
        '<section class="ld-exchange" id="ld-turn-{}" aria-busy="{}"><h2>{}</h2>{}</section>'
    ).format(
        turn, str(exchange.pending).lower(), _question(exchange.question), _outcome(exchange, turn)
    )


def _question(question: str) -> str:
    shown = question.strip()
    if len(shown) <= _SHOWN_QUESTION:
        return shown
    return f"{shown[:_SHOWN_QUESTION]}… ({len(question):,} characters)"


def _outcome(exchange: Exchange, turn: int) -> Html:
    answer = exchange.answer
    if exchange.problem:
        return _problem(exchange.problem)
    if answer is None:
        return _draft(exchange.draft)
    if answer.status is AnswerStatus.FAILED:
        return _problem(answer.error or "The answer could not be written.") + _read(answer, turn)
    if answer.abstention is not None and not answer.references:
        return _abstention(answer.abstention, turn) + _read(answer, turn)
    return Html('<div class="ld-answer">{}{}{}{}{}{}</div>').format(
        _reason(answer.abstention),
        _prose(answer, turn),
        _left_out(answer),
        _references(answer, turn),
        _read(answer, turn),
        _foot(answer),
    )


def _draft(text: str) -> Html:
    if not text:
        return Html('<div class="ld-wait"><span></span><span></span><span></span> Reading…</div>')
    return Html('<div class="ld-answer ld-draft"><div class="ld-prose">{}</div></div>').format(text)


def _problem(message: str) -> Html:
    return Html('<div class="ld-problem"><strong>No answer.</strong> {}</div>').format(message)


def _reason(abstention: Abstention | None) -> Html:
    """Say why the question was not answered as it was asked, above what was found instead."""
    if abstention is None:
        return _NONE
    return Html(
        '<p><strong>Not answered as asked</strong> <span class="ld-reason">{}</span></p>'
    ).format(abstention.reason.value.replace("-", " "))


def _abstention(abstention: Abstention, turn: int) -> Html:
    nearest = _all(
        Html('<li><button class="ld-title" id="ld-n-{}-{}">{}</button></li>').format(
            turn, n, paper.title or "Untitled"
        )
        for n, paper in enumerate(abstention.nearest)
    )
    return Html(
        '<div class="ld-abstention"><p><strong>Not answered</strong> '
        '<span class="ld-reason">{}</span></p><p>{}</p>{}</div>'
    ).format(
        abstention.reason.value.replace("-", " "),
        abstention.message,
        Html("<h4>Nearest papers</h4><ul>{}</ul>").format(nearest) if nearest else "",
    )


def _prose(answer: Answer, turn: int) -> Html:
    parts, end = [], 0
    cited: set[int] = set()
    for n, sentence in enumerate(answer.sentences):
        if sentence.action is Action.DROPPED or sentence.start < end:
            continue
        parts.append(_between(answer.answer[end : sentence.start], cited))
        parts.append(_sentence(sentence, turn, n))
        end = sentence.end
        cited = {citation.marker for citation in sentence.citations}
    parts.append(_between(answer.answer[end:], cited))
    return Html('<div class="ld-prose">{}</div>').format(_all(parts))


def _between(text: str, cited: set[int]) -> Html:
    """Return the text after a sentence, without the markers that its chips show already."""
    while (found := re.match(r"\s*\[(\d{1,4})\]", text)) and int(found[1]) in cited:
        text = text[found.end() :]
    return Html.escape(text)


def _sentence(sentence: Sentence, turn: int, n: int) -> Html:
    chips = {
        marker: _chip(cited, turn, n) for marker, cited in _by_marker(sentence.citations).items()
    }
    text, placed = _place(sentence.text, chips)
    rest = _all(_GLUE + chip for marker, chip in chips.items() if marker not in placed)
    badge = _NONE
    if sentence.verdict is not Verdict.SUPPORTED:
        badge = _GLUE + Html('<button class="ld-verdict ld-{}" id="ld-v-{}-{}">{}</button>').format(
            Html(sentence.verdict.value), turn, n, _VERDICTS[sentence.verdict]
        )
    return Html('<span class="ld-sentence ld-is-{}">{}</span>{}{}').format(
        Html(sentence.verdict.value), text, rest, badge
    )


def _place(text: str, chips: dict[int, Html]) -> tuple[Html, set[int]]:
    """Put the chips where the text itself has the markers."""
    parts: list[Html] = []
    placed: set[int] = set()
    for piece in re.split(r"(\s*\[\d{1,4}\])", text):
        marker = int(piece.strip()[1:-1]) if re.fullmatch(r"\s*\[\d{1,4}\]", piece) else -1
        if marker in chips:
            parts.append(_GLUE + chips[marker])
            placed.add(marker)
        else:
            parts.append(Html.escape(piece))
    return _all(parts), placed


def _by_marker(citations: Sequence[Citation]) -> dict[int, list[Citation]]:
    grouped: dict[int, list[Citation]] = {}
    for citation in citations:
        grouped.setdefault(citation.marker, []).append(citation)
    return grouped


def _chip(cited: Sequence[Citation], turn: int, n: int) -> Html:
    marker = cited[0].marker
    if cited[0].status == "unknown":
        return Html(
            '<button class="ld-chip ld-chip-unknown" id="ld-c-{}-{}-{}" '
            'aria-label="{}: this number names no passage">{}?</button>'
        ).format(turn, n, marker, marker, marker)
    return Html(
        '<button class="ld-chip" id="ld-c-{}-{}-{}" '
        'aria-label="Source {}: show the words behind this sentence">{}</button>'
    ).format(turn, n, marker, marker, marker)


def _left_out(answer: Answer) -> Html:
    dropped = [s for s in answer.sentences if s.action is Action.DROPPED]
    replaced = sum(s.action is Action.REPLACED for s in answer.sentences)
    notes = _NONE
    if replaced:
        noun = "sentence was" if replaced == 1 else "sentences were"
        notes += Html('<p class="ld-note">{} {} replaced by the nearest quotation.</p>').format(
            replaced, noun
        )
    if dropped:
        items = _all(Html("<li>{} <em>{}</em></li>").format(s.text, s.reason) for s in dropped)
        notes += Html(
            '<details class="ld-fold"><summary>Left out because nothing supports it ({})</summary>'
            "<ul>{}</ul></details>"
        ).format(len(dropped), items)
    return notes


def _references(answer: Answer, turn: int) -> Html:
    if not answer.references:
        return _NONE
    items = _all(
        Html(
            '<li><button class="ld-chip" id="ld-r-{}-{}" aria-label="Show source {}">{}</button>'
            "<span>{}</span></li>"
        ).format(turn, n, reference.marker, reference.marker, reference.formatted)
        for n, reference in enumerate(answer.references)
    )
    return Html('<div class="ld-references"><h4>References</h4><ul>{}</ul></div>').format(items)


def _read(answer: Answer, turn: int) -> Html:
    if not answer.retrieved:
        return _NONE
    items = _all(
        Html(
            '<li><button class="ld-title" id="ld-p-{}-{}">{}</button> <small>{}</small></li>'
        ).format(turn, n, paper.title or "Untitled", f"{paper.score:.2f}")
        for n, paper in enumerate(answer.retrieved)
    )
    noun = "paper" if len(answer.retrieved) == 1 else "papers"
    return Html(
        '<details class="ld-fold"><summary>{} {} read for this answer</summary>'
        "<ol>{}</ol></details>"
    ).format(len(answer.retrieved), noun, items)


def _foot(answer: Answer) -> Html:
    judged = [s for s in answer.sentences if s.action is not Action.DROPPED]
    if not judged:
        return _NONE
    supported = sum(s.verdict is Verdict.SUPPORTED for s in judged)
    writer = answer.provenance.model or f"{answer.provenance.writer} writer"
    if answer.revision:
        writer += f" · drafted twice, the {answer.revision.kept} draft is shown"
    if answer.usage.calls:
        writer += f" · {answer.usage.in_words}"
    return Html(
        '<p class="ld-foot">{} · {} '
        '<button class="ld-copy" aria-label="Copy the answer">Copy</button></p>'
    ).format(_tally(supported, len(judged)), writer)


def _tally(supported: int, judged: int) -> str:
    if supported < judged:
        return f"{supported} of {judged} {'sentence' if judged == 1 else 'sentences'} supported"
    return "The sentence is supported" if judged == 1 else f"All {judged} sentences supported"


def render_empty_panel(message: str = "") -> Html:
    """Return the source panel before anything was chosen.

    Args:
        message: What to say instead of the usual hint.

    Returns:
        HTML.
    """
    return Html('<div class="ld-empty"><p class="ld-eyebrow">Source</p><p>{}</p></div>').format(
        message
        or "Every sentence of an answer stands on words of a paper. Choose a number beside a "
        "sentence to read them here, marked in their place."
    )


def render_panel(
    paper: Paper | None,
    *,
    citations: Sequence[Citation] = (),
    sentence: Sentence | ReviewSentence | None = None,
) -> Html:
    """Return the source panel: a paper, the words that are cited, and what was made of them.

    Args:
        paper: The paper; None where a sentence cites nothing that exists.
        citations: Citations of this paper, to be marked.
        sentence: The sentence of the answer or of the review that cites them.

    Returns:
        HTML.
    """
    parts = [
        Html(
            '<div class="ld-source" role="region" aria-label="Source">'
            '<button class="ld-close" aria-label="Close the source" title="Close">&times;</button>'
        )
    ]
    if paper is not None:
        parts.append(_paper_head(paper, citations))
    else:
        parts.append(Html('<p class="ld-eyebrow">Source</p><h2 tabindex="-1">No source</h2>'))
    parts.extend(_unknown(citation) for citation in citations if citation.status == "unknown")
    if sentence is not None:
        parts.append(_judgement(sentence))
    if paper is not None:
        parts.append(_paper_body(paper, citations))
    return _all(parts) + Html("</div>")


def _unknown(citation: Citation) -> Html:
    return Html(
        '<p class="ld-note">The writer cited [{}], and no passage has this number. '
        "The sentence is shown as it was written, and counts as not supported by it.</p>"
    ).format(citation.marker)


def _paper_head(paper: Paper, citations: Sequence[Citation]) -> Html:
    eyebrow = f"Source [{citations[0].marker}]" if citations else "Paper"
    authors = ", ".join(author.name for author in paper.authors)
    if authors and not paper.authors_complete:
        authors += " et al."
    facts = " · ".join(str(f) for f in (paper.year, paper.venue, paper.category) if f)
    link = safe_link(paper.link)
    anchor = _NONE
    if link:
        anchor = Html(
            '<p><a class="ld-link" href="{}" target="_blank" rel="noopener noreferrer">'
            "Open at {} ↗</a></p>"
        ).format(link, urlsplit(link).hostname)
    title = [c for c in citations if c.field == "title"]
    return Html(
        '<div class="ld-source-head"><p class="ld-eyebrow">{}</p><h2 tabindex="-1">{}</h2></div>'
        '<p class="ld-authors">{}</p><p class="ld-facts">{}</p>{}'
    ).format(
        eyebrow,
        _marked(paper.title, title) if paper.title else "Untitled",
        authors or "Authors unknown",
        facts or "Year unknown",
        anchor,
    )


def _judgement(sentence: Sentence | ReviewSentence) -> Html:
    score = "" if sentence.score is None else f" · {sentence.score:.0%} likely supported"
    return Html(
        '<div class="ld-judgement"><blockquote>{}</blockquote>'
        '<p><span class="ld-verdict ld-{}">{}</span> <span>{}{}</span></p></div>'
    ).format(
        sentence.text,
        Html(sentence.verdict.value),
        _VERDICTS[sentence.verdict],
        f"{sentence.reason[:1].upper()}{sentence.reason[1:]}" or "The judge gave no reason.",
        score,
    )


def _paper_body(paper: Paper, citations: Sequence[Citation]) -> Html:
    known = [c for c in citations if c.status == "ok"]
    record = [c for c in known if c.field not in ("abstract", "title")]
    abstract = [c for c in known if c.field == "abstract"]
    text, stale = _cited_abstract(paper, abstract)
    parts = []
    if record:
        rows = _all(
            Html("<dt>{}</dt><dd><mark>{}</mark></dd>").format(c.field or "record", c.quote)
            for c in record
        )
        parts.append(Html("<h3>From the record</h3><dl>{}</dl>").format(rows))
    if stale:
        quotes = _all(Html("<p><mark>{}</mark></p>").format(c.quote) for c in stale)
        parts.append(
            Html("<h3>Quoted from an abstract that is no longer stored</h3>{}").format(quotes)
        )
    heading = "Abstract" if text == paper.abstract else "Abstract, earlier wording"
    body = _marked(text, [c for c in abstract if c not in stale]) if text else "No abstract."
    parts.append(Html('<h3>{}</h3><p class="ld-abstract">{}</p>').format(heading, body))
    if paper.aliases:
        parts.append(
            Html('<p class="ld-note">Also met as: {}</p>').format("; ".join(paper.aliases))
        )
    parts.append(Html('<p class="ld-note ld-id">{}</p>').format(paper.paper_id))
    return _all(parts)


def _cited_abstract(paper: Paper, citations: Sequence[Citation]) -> tuple[str, list[Citation]]:
    """Return the wording that the citations quote, and those that fit no stored wording."""
    named = {c.version for c in citations}
    text = next((v.text for v in paper.versions if v.digest in named), paper.abstract)
    return text, [c for c in citations if text[c.start : c.end] != c.quote or not c.quote]


def _marked(text: str, citations: Sequence[Citation]) -> Html:
    parts, end = [], 0
    for citation in sorted(citations, key=lambda c: c.start or 0):
        start, stop = max(citation.start or 0, end), citation.end or 0
        if start >= stop:
            continue
        parts.append(Html("{}<mark>{}</mark>").format(text[end:start], text[start:stop]))
        end = stop
    parts.append(Html.escape(text[end:]))
    return _all(parts)


def render_papers(papers: Sequence[Paper], *, query: str = "") -> Html:
    """Return the list of papers of the library tab.

    Args:
        papers: The papers, in the order to show.
        query: What was searched for.

    Returns:
        HTML.
    """
    if not papers:
        text = "No paper matches." if query.strip() else "The library is empty."
        return Html('<p class="ld-note">{}</p>').format(text)
    count = f"{len(papers):,} paper{'' if len(papers) == 1 else 's'}"
    if len(papers) > SHOWN_PAPERS:
        count += f", the first {SHOWN_PAPERS} shown; search to narrow them down"
    items = _all(_library_item(paper) for paper in papers[:SHOWN_PAPERS])
    return Html('<p class="ld-note" role="status">{}</p><ul class="ld-library">{}</ul>').format(
        count, items
    )


def _library_item(paper: Paper) -> Html:
    facts = [str(f) for f in (paper.year, paper.venue, paper.category) if f]
    if paper.has_code:
        facts.append("code")
    if flag_papers([paper]):
        facts.append("reads like an instruction to a language model")
    return Html(
        '<li><button class="ld-title" id="ld-l-{}">{}</button><p>{}</p>'
        '<p class="ld-facts">{}</p></li>'
    ).format(
        paper.paper_id,
        paper.title or f"{paper.abstract[:90]}…",
        ", ".join(a.name for a in paper.authors) or "Authors unknown",
        " · ".join(facts),
    )


def render_welcome() -> Html:
    """Return what an empty conversation shows.

    Returns:
        HTML.
    """
    return Html(
        "<h2>Ask your papers.</h2><p>Every sentence of an answer comes with the words it stands "
        "on, checked and marked. What the papers do not say is not answered.</p>"
    )


def render_header(settings: Settings, *, papers: int | None) -> Html:
    """Return the line that says what is in use, and what leaves the machine.

    Args:
        settings: The settings of the assistant.
        papers: Number of papers; None where there is no library yet.

    Returns:
        HTML.
    """
    if papers:
        count = f"{papers:,} paper{'' if papers == 1 else 's'}"
    else:
        count = "No papers yet: run “litdesk ingest PATH” in a terminal"
    writer = settings.model or "quoting writer"
    return Html(
        '<div class="ld-header"><h1>litdesk</h1><p><span>{}</span><span>{}</span>'
        '<span class="{}">{}</span></p></div>'
    ).format(count, writer, *_privacy(settings))


def _privacy(settings: Settings) -> tuple[Html, str]:
    leaving = what_leaves(settings)
    if leaving:
        return Html("ld-sends"), " ".join(leaving)
    return Html("ld-private"), "Nothing leaves this machine"
