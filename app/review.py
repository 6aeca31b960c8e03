"""The tab that writes a review: a topic in, the document out, every text escaped."""

# No postponed annotations here: Gradio evaluates those of the event functions at run time.

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Any

from litdesk.errors import LitdeskError
from litdesk.export import save_papers
from litdesk.review.layout import Block, in_progress, is_stated, lay_out, mark_of
from litdesk.review.results import Cell, Review, ReviewSentence, Scope
from litdesk.review.saving import save_review
from litdesk.types import Citation, Reference

from .render import Html
from .scripts import read_script

if TYPE_CHECKING:
    import gradio

    from litdesk.assistant import Assistant

__all__ = ["Cited", "add_review_tab", "render_review", "save_files", "write_review"]

_EMPTY = Html()
_FILES = {
    ".md": "Save as Markdown",
    ".docx": "Save as Word",
    ".json": "Save as JSON",
    ".bib": "Save the references",
}
_NAME_CHARS = 60
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """What a number in a shown review stands for: citations of one paper, and who makes them."""

    citations: tuple[Citation, ...]
    sentence: ReviewSentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the tab shows."""

    html: Html
    cited: tuple[Cited, ...] = ()
    """What the numbers stand for: the button `ld-w-3` for the fourth of them."""
    review: Review | None = None
    """The review, once it is written."""


def add_review_tab(assistant: "Assistant", **options: Any) -> "gradio.State":  # noqa: ANN401
    """Add the tab to the tabs that are being laid out.

    Args:
        assistant: Who writes.
        **options: Options of the event.

    Returns:
        What the numbers of the shown review stand for, as `render_review` gives it.
    """
    import gradio as gr

    asked: Counter[str | None] = Counter()

    def write(
        scope: Scope | str, request: gr.Request, before: Review | None = None
    ) -> Iterator[dict[Any, Any]]:
        asked[request.session_hash] += 1
        own = asked[request.session_hash]
        yield {row: gr.Row(visible=False)}
        for now in write_review(assistant, scope, before=before):
            if asked[request.session_hash] != own:  # something else was asked for meanwhile
                return
            update = {shown: now.html, cited: now.cited}
            if now.review is None:
                yield update
                continue
            with TemporaryDirectory(prefix="litdesk-") as folder:
                files = save_files(now.review, assistant, Path(folder))
                update |= {button: str(file) for button, file in zip(buttons, files, strict=False)}
                yield update | {written: now.review, row: gr.Row(visible=bool(files))}

    def begin(topic: str, request: gr.Request) -> Iterator[dict[Any, Any]]:
        if topic.strip():
            yield from write(topic, request)
        else:
            gr.Info("Type a topic first.")
            yield {shown: gr.skip()}

    def amend(
        before: Review | None, event: gr.EventData, request: gr.Request
    ) -> Iterator[dict[Any, Any]]:
        if before is not None:
            named = {str(event.how): [str(event.paper)]}
            yield from write(before.scope.naming(**named), request, before)

    with gr.Tab("Review", elem_id="ld-review"):
        cited, written = gr.State(()), gr.State(None)
        box = gr.Textbox(
            label="Topic of the review",
            show_label=False,
            container=False,
            placeholder="Topic of a literature review",
            submit_btn="Review",
            elem_id="ld-topic",
        )
        with gr.Row(visible=False, elem_id="ld-files") as row:
            buttons = [gr.DownloadButton(name, size="sm") for name in _FILES.values()]
        shown = gr.HTML(
            apply_default_css=False, elem_id="ld-reviewed", js_on_load=read_script("review.js")
        )
    changed = [shown, cited, written, row, *buttons]
    box.submit(begin, box, changed, trigger_mode="multiple", **options)
    shown.amend(amend, written, changed, trigger_mode="always_last", **options)
    return cited


def save_files(review: Review, assistant: "Assistant", folder: Path) -> list[Path]:
    """Write a review as the files that a reader may want of it.

    Args:
        review: The review.
        assistant: Who has the papers.
        folder: Where to write.

    Returns:
        The files: Markdown, Word, JSON and the references as BibTeX; none of a review that cites
        nothing, or where a file cannot be written, which is logged.
    """
    if not review.references:
        return []
    words = "".join(c if c.isalnum() else " " for c in review.scope.topic.lower()).split()
    name = "-".join(words)[:_NAME_CHARS].strip("-") or "review"
    *texts, references = files = [folder / f"{name}{ending}" for ending in _FILES]
    try:
        for file in texts:
            save_review(review.model_copy(update={"changes": None}), file)
        save_papers([assistant.paper(r.paper_id) for r in review.references], references)
    except (LitdeskError, OSError):
        _LOG.exception("The review could not be saved")
        return []
    return files


def write_review(
    assistant: "Assistant", scope: Scope | str, *, before: Review | None = None
) -> Iterator[Shown]:
    """Write a review, and yield what to show meanwhile; never raises.

    Args:
        assistant: Who writes.
        scope: The topic as it was typed, or a scope.
        before: The review that is to be changed.

    Yields:
        The step that is being done, then the review, or why there is none.
    """
    # In a thread of its own, because the steps are told while the review is being written.
    told: SimpleQueue[tuple[str, int, int] | Review | Exception] = SimpleQueue()

    def work() -> None:
        try:
            told.put(assistant.review(scope, before=before, progress=lambda *step: told.put(step)))
        except Exception as error:  # noqa: BLE001 (told to the reader below)
            told.put(error)

    Thread(target=work, daemon=True).start()
    yield Shown(html=_waiting("Opening the library…"))
    while isinstance(item := told.get(), tuple):
        yield Shown(html=_waiting(in_progress(*item)))
    if isinstance(item, Review):
        yield render_review(item)
    elif isinstance(item, LitdeskError):
        yield Shown(html=_problem(f"{item.message} {item.remedy}"))
    else:
        _LOG.error("The review could not be written", exc_info=item)
        problem = "The review could not be written; the terminal has the details."
        yield Shown(html=_problem(problem))


def _waiting(text: str) -> Html:
    return Html(
        '<div class="ld-wait" role="status"><span></span><span></span><span></span> {}</div>'
    ).format(text)


def _problem(text: str) -> Html:
    return Html('<div class="ld-problem"><strong>No review.</strong> {}</div>').format(text)


def render_review(review: Review) -> Shown:
    """Return a review as HTML, and what its numbers stand for.

    Args:
        review: Any review.

    Returns:
        HTML without links or scripts, whose numbers are buttons `ld-w-N` for the citations N, and
        buttons that cite a paper or leave it out.
    """
    page = _Page(numbers={r.paper_id: r.marker for r in review.references})
    blocks = _EMPTY.join(page.block(block) for block in lay_out(review))
    html = Html('<article class="ld-answer">{}</article>').format(blocks)
    return Shown(html=html, cited=tuple(page.cited), review=review)


@dataclass(slots=True, kw_only=True)
class _Page:
    """A review that is being rendered; each button is kept with what it stands for."""

    numbers: dict[str, int]
    cited: list[Cited] = field(default_factory=list)

    def block(self, block: Block) -> Html:
        match block.kind:
            case "title":
                return Html("<h2>{}</h2>").format(block.text)
            case "heading":
                return Html("<h3>{}</h3>").format(block.text)
            case "prose":
                return Html('<div class="ld-prose">{}</div>').format(
                    Html(" ").join(self._sentence(s) for s in block.sentences)
                )
            case "list":
                return Html("<ul>{}</ul>").format(
                    _EMPTY.join(map(self._item, block.items, _buttons(block)))
                )
            case "table":
                return self._table(block)
            case "references":
                return Html('<div class="ld-references"><ul>{}</ul></div>').format(
                    _EMPTY.join(self._reference(r) for r in block.references)
                )
            case _:
                return Html('<p class="ld-note">{}</p>').format(block.text)

    def _sentence(self, sentence: ReviewSentence) -> Html:
        by_marker: dict[int, list[Citation]] = {}
        for citation in sentence.citations:
            if citation.paper_id:
                by_marker.setdefault(citation.marker, []).append(citation)
        chips = (self._chip(cited, sentence=sentence) for cited in by_marker.values())
        return Html('<span class="ld-sentence ld-is-{}">{}</span>{}{}.').format(
            Html(sentence.verdict.value), sentence.text, _EMPTY.join(chips), mark_of(sentence)
        )

    def _chip(
        self, citations: Sequence[Citation], *, sentence: ReviewSentence | None = None
    ) -> Html:
        self.cited.append(Cited(citations=tuple(citations), sentence=sentence))
        marker = citations[0].marker
        return Html(
            '&nbsp;<button class="ld-chip" id="ld-w-{}" '
            'aria-label="Source {}: show the words behind this">{}</button>'
        ).format(len(self.cited) - 1, marker, marker)

    def _item(self, item: Sequence[ReviewSentence | str], button: Html) -> Html:
        pieces = (Html.escape(p) if isinstance(p, str) else self._sentence(p) for p in item)
        return Html("<li>{}{}</li>").format(Html(" ").join(pieces), button)

    def _table(self, block: Block) -> Html:
        head = _EMPTY.join(Html("<th>{}</th>").format(name) for name in block.columns)
        rows = _EMPTY.join(self._row(paper_id, cells) for paper_id, cells in block.rows)
        return Html('<div class="ld-table"><table><tr>{}</tr>{}</table></div>').format(head, rows)

    def _row(self, paper_id: str, cells: Sequence[Cell]) -> Html:
        return Html("<tr><th>[{}]</th>{}</tr>").format(
            self.numbers.get(paper_id, "?"),
            _EMPTY.join(Html("<td>{}</td>").format(self._cell(cell)) for cell in cells),
        )

    def _cell(self, cell: Cell) -> Html:
        if cell.citation is None or not is_stated(cell):
            return Html.escape(cell.text)
        quoted = cell.citation.start is not None
        text = f"“{cell.text}”" if quoted else cell.text
        return Html.escape(text) + self._chip([cell.citation])

    def _reference(self, reference: Reference) -> Html:
        every = (c for cited in self.cited for c in cited.citations)
        own = dict.fromkeys(c for c in every if c.paper_id == reference.paper_id)
        number = self._chip(list(own)) if own else Html("[{}] ").format(reference.marker)
        button = _change(reference.paper_id, reference.title, "leave_out", "Leave out")
        return Html("<li>{}<span>{}{}</span></li>").format(number, reference.formatted, button)


def _buttons(block: Block) -> Iterable[Html]:
    """What stands at the end of each line of a list."""
    if block.candidates:
        return [_change(c.paper_id, c.title, "cite", "Cite it") for c in block.candidates]
    return repeat(_EMPTY)


def _change(paper_id: str, title: str, how: str, label: str) -> Html:
    """A button that changes what the review cites."""
    return Html(
        ' <button class="ld-change" data-paper="{}" data-how="{}" aria-label="{}: {}">{}</button>'
    ).format(paper_id, how, label, title, label)
