"""The tab that writes a review: a topic in, the document out, every text escaped."""

# No postponed annotations here: Gradio evaluates those of the event functions at run time.

from typing import TYPE_CHECKING, Any

from litdesk.errors import LitdeskError
from litdesk.review.layout import Block, is_stated, lay_out, mark_of
from litdesk.review.results import Cell, Review, ReviewSentence

from .render import Html

if TYPE_CHECKING:
    from litdesk.assistant import Assistant

__all__ = ["add_review_tab", "render_review"]

_EMPTY = Html()


def add_review_tab(assistant: "Assistant", **options: Any) -> None:  # noqa: ANN401 (Gradio's)
    """Add the tab to the tabs that are being laid out.

    Args:
        assistant: Who writes.
        **options: Options of the event.
    """
    import gradio as gr

    def write(topic: str) -> str:
        if not topic.strip():
            return Html('<p class="ld-note">Type a topic first.</p>')
        try:
            return render_review(assistant.review(topic))
        except LitdeskError as error:
            return Html('<div class="ld-problem"><strong>No review.</strong> {} {}</div>').format(
                error.message, error.remedy
            )

    with gr.Tab("Review", elem_id="ld-review"):
        box = gr.Textbox(
            label="Topic of the review",
            show_label=False,
            container=False,
            placeholder="Topic of a literature review",
            submit_btn="Review",
            elem_id="ld-topic",
        )
        shown = gr.HTML(apply_default_css=False)
    box.submit(write, box, shown, **options)


def render_review(review: Review) -> Html:
    """Return a review as HTML.

    Args:
        review: Any review.

    Returns:
        HTML without links or scripts; citations are numbers of the references.
    """
    numbers = {r.paper_id: r.marker for r in review.references}
    blocks = _EMPTY.join(_block(block, numbers) for block in lay_out(review))
    return Html('<article class="ld-answer">{}</article>').format(blocks)


def _block(block: Block, numbers: dict[str, int]) -> Html:
    match block.kind:
        case "title":
            return Html("<h2>{}</h2>").format(block.text)
        case "heading":
            return Html("<h3>{}</h3>").format(block.text)
        case "prose":
            return Html("<p>{}</p>").format(" ".join(_sentence(s) for s in block.sentences))
        case "list":
            items = (" ".join(_piece(p) for p in item) for item in block.items)
            return Html("<ul>{}</ul>").format(
                _EMPTY.join(Html("<li>{}</li>").format(i) for i in items)
            )
        case "table":
            return _table(block, numbers)
        case "references":
            rows = (Html("<p>[{}] {}</p>").format(r.marker, r.formatted) for r in block.references)
            return _EMPTY.join(rows)
        case _:
            return Html('<p class="ld-note">{}</p>').format(block.text)


def _table(block: Block, numbers: dict[str, int]) -> Html:
    head = _EMPTY.join(Html("<th>{}</th>").format(name) for name in block.columns)
    rows = (
        Html("<tr><th>[{}]</th>{}</tr>").format(
            numbers.get(paper_id, "?"),
            _EMPTY.join(Html("<td>{}</td>").format(_cell(cell)) for cell in cells),
        )
        for paper_id, cells in block.rows
    )
    return Html('<div class="ld-table"><table><tr>{}</tr>{}</table></div>').format(
        head, _EMPTY.join(rows)
    )


def _cell(cell: Cell) -> str:
    quoted = cell.citation is not None and cell.citation.start is not None
    return f"“{cell.text}”" if quoted and is_stated(cell) else cell.text


def _piece(piece: ReviewSentence | str) -> str:
    return piece if isinstance(piece, str) else _sentence(piece)


def _sentence(sentence: ReviewSentence) -> str:
    cited = "".join(dict.fromkeys(f"[{c.marker}]" for c in sentence.citations if c.paper_id))
    return f"{sentence.text}{' ' if cited else ''}{cited}{mark_of(sentence)}."
