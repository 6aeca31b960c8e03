"""The page: components and the events between them. What they show is made in `render`."""

# No postponed annotations here: Gradio evaluates those of the event functions at run time, and
# gradio, slow to import, is a local name of the functions that build the page.

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litdesk.errors import LitdeskError

from .examples import example_questions
from .keeping import keep, kept_conversations, restore
from .render import (
    Html,
    render_empty_panel,
    render_exchange,
    render_header,
    render_papers,
    render_welcome,
)
from .respond import Exchange, respond
from .review import Cited, add_review_tab
from .scripts import read_script
from .source import show_source

if TYPE_CHECKING:
    import gradio

    from litdesk.assistant import Assistant
    from litdesk.types import Paper

__all__ = ["build_ui"]

_ASK, _STOP = "Ask", "Stop"
_FRESH = "new"  # the browser does not remember an empty value
_STOPPED = "Stopped before the answer was finished."
# Everything but `gr.api` is for the page alone; fifty readers do not wait for one another.
_PRIVATE: dict[str, Any] = {
    "api_visibility": "private",
    "concurrency_limit": None,
    "show_progress": "hidden",
}

Conversation = tuple[Exchange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The components that events read and change."""

    header: "gradio.HTML"
    welcome: "gradio.Column"
    examples: "list[gradio.Button]"
    past: "gradio.HTML"
    """The exchanges before the current one."""
    live: "gradio.HTML"
    """The current exchange, which alone is sent again while it is written."""
    box: "gradio.Textbox"
    fresh: "gradio.Button"
    library: "gradio.Tab"
    search: "gradio.Textbox"
    listing: "gradio.HTML"
    panel: "gradio.HTML"
    exchanges: "gradio.State"
    reviewed: "gradio.State"
    """What the numbers of the shown review stand for."""
    conversations: "gradio.Dropdown"
    current: "gradio.BrowserState"
    """Id of the conversation on the page, which the browser remembers over a reload."""


def build_ui(assistant: "Assistant") -> "gradio.Blocks":
    """Return the page; nothing is started, asked or loaded yet.

    Args:
        assistant: Who answers.

    Returns:
        The page, to be mounted by `build_app`.
    """
    import gradio as gr
    from gradio.events import api

    def ask(question: str) -> dict[str, Any]:
        """Answer a question about the papers; the result is that of `litdesk ask --json`."""
        try:
            return assistant.ask(question).model_dump(mode="json")
        except LitdeskError as error:
            kind = type(error).__name__
            return {"error": {"type": kind, "message": error.message, "remedy": error.remedy}}

    page = gr.Blocks(title="litdesk", analytics_enabled=False)
    with page:
        parts = _lay_out(assistant)
        _connect_chat(assistant, parts)
        _connect_conversations(assistant, parts, page)
        _connect_library(assistant, parts, page)
        api(ask, api_name="ask", concurrency_limit=None)
    page.queue(default_concurrency_limit=None)
    return page


def _lay_out(assistant: "Assistant") -> _Parts:
    import gradio as gr

    exchanges = gr.State(())
    current = gr.BrowserState(_FRESH, storage_key="litdesk-conversation", secret="litdesk")  # noqa: S106
    header = gr.HTML(elem_id="ld-head", apply_default_css=False)
    with gr.Row(elem_id="ld-desk"):
        with gr.Column(elem_id="ld-main"), gr.Tabs():
            with gr.Tab("Ask", elem_id="ld-ask"):
                with gr.Column(elem_id="ld-welcome") as welcome:
                    gr.HTML(render_welcome(), apply_default_css=False)
                    questions = example_questions(_papers(assistant) or ())
                    examples = [gr.Button(text, elem_classes="ld-example") for text in questions]
                past = gr.HTML(elem_id="ld-past", apply_default_css=False)
                live = gr.HTML(
                    elem_id="ld-live", apply_default_css=False, js_on_load=read_script("live.js")
                )
                with gr.Column(elem_id="ld-composer"):
                    box = gr.Textbox(
                        label="Your question",
                        show_label=False,
                        container=False,
                        placeholder="Ask your papers a question",
                        lines=1,
                        max_lines=6,
                        submit_btn=_ASK,
                        autofocus=True,
                        elem_id="ld-box",
                    )
                    with gr.Row(elem_id="ld-conversations"):
                        fresh = gr.Button("New conversation", size="sm", elem_id="ld-fresh")
                        conversations = gr.Dropdown(
                            [],
                            label="Past conversations",
                            container=False,
                            filterable=False,
                            elem_id="ld-kept",
                        )
            with gr.Tab("Library", elem_id="ld-papers") as library:
                search = gr.Textbox(
                    label="Search the papers",
                    show_label=False,
                    container=False,
                    placeholder="Search titles, authors and abstracts",
                    elem_id="ld-search",
                )
                listing = gr.HTML(apply_default_css=False)
            reviewed = add_review_tab(assistant, **_PRIVATE)
        with gr.Column(elem_id="ld-side"):
            panel = gr.HTML(
                render_empty_panel(), apply_default_css=False, js_on_load=read_script("page.js")
            )
    return _Parts(
        header=header,
        welcome=welcome,
        examples=examples,
        past=past,
        live=live,
        box=box,
        fresh=fresh,
        library=library,
        search=search,
        listing=listing,
        panel=panel,
        exchanges=exchanges,
        reviewed=reviewed,
        conversations=conversations,
        current=current,
    )


def _connect_chat(assistant: "Assistant", parts: _Parts) -> None:
    import gradio as gr

    def converse(
        question: str, earlier: Conversation, current: str, event: gr.EventData
    ) -> Iterator[dict[Any, Any]]:
        if isinstance(event.target, gr.Button):
            question = str(event.target.value)
        if question.strip():
            yield from _updates(assistant, parts, question, earlier, current)
        else:
            gr.Info("Type a question first.")
            yield {parts.box: gr.skip()}

    def stop(earlier: Conversation) -> tuple[Conversation, str, gr.Textbox]:
        *before, last = earlier
        if last.pending:
            last = Exchange(question=last.question, problem=_STOPPED)
        shown = render_exchange(last, turn=len(before))
        return (*before, last), shown, gr.Textbox(submit_btn=_ASK, stop_btn=False)

    def clear() -> dict[Any, Any]:
        box = gr.Textbox("", submit_btn=_ASK, stop_btn=False)
        return _restored(parts, ()) | {
            parts.box: box,
            parts.current: _FRESH,
            parts.conversations: gr.Dropdown(value=None),
        }

    def cite(earlier: Conversation, reviewed: tuple[Cited, ...], event: gr.EventData) -> str:
        return show_source(assistant, earlier, ref=str(event.ref), reviewed=reviewed)

    p = parts
    asking = gr.on(
        [p.box.submit, *(button.click for button in p.examples)],
        converse,
        inputs=[p.box, p.exchanges, p.current],
        outputs=[p.past, p.live, p.exchanges, p.box, p.welcome, p.current, p.conversations],
        trigger_mode="once",
        **_PRIVATE,
    )
    # Cancel first, then show: an update on its way must not come after the last word.
    stopping = p.box.stop(None, cancels=asking, **_PRIVATE)
    stopping.then(stop, p.exchanges, [p.exchanges, p.live, p.box], **_PRIVATE)
    clearing = p.fresh.click(None, cancels=asking, **_PRIVATE)
    cleared = [*_shown(p), p.box, p.current, p.conversations]
    clearing.then(clear, None, cleared, **_PRIVATE)
    choosing = p.conversations.input(None, cancels=asking, **_PRIVATE)

    def choose(conversation_id: str | None) -> dict[Any, Any]:
        box = gr.Textbox(submit_btn=_ASK, stop_btn=False)
        shown = _restored(parts, restore(assistant, _known(conversation_id)))
        return shown | {parts.current: conversation_id or _FRESH, parts.box: box}

    choosing.then(choose, p.conversations, [*_shown(p), p.current, p.box], **_PRIVATE)
    p.panel.cite(cite, [p.exchanges, p.reviewed], p.panel, trigger_mode="always_last", **_PRIVATE)


def _connect_conversations(assistant: "Assistant", parts: _Parts, page: "gradio.Blocks") -> None:
    import gradio as gr

    def reopen(current: str | None) -> dict[Any, Any]:
        found = restore(assistant, _known(current))
        choices = kept_conversations(assistant)
        return _restored(parts, found) | {
            parts.conversations: gr.Dropdown(choices, value=current if found else None),
            parts.current: current if found else _FRESH,
        }

    shown = [*_shown(parts), parts.conversations, parts.current]
    page.load(reopen, parts.current, shown, **_PRIVATE)


def _known(current: str | None) -> str:
    """The id of a conversation; empty for one that has just begun."""
    return "" if current in (None, _FRESH) else str(current)


def _shown(parts: _Parts) -> "list[gradio.blocks.Block]":
    return [parts.exchanges, parts.past, parts.live, parts.welcome, parts.panel]


def _restored(parts: _Parts, exchanges: Conversation) -> dict[Any, Any]:
    """What the page shows of a conversation before the next question."""
    import gradio as gr

    return {
        parts.exchanges: exchanges,
        parts.past: _render_all(exchanges),
        parts.live: "",
        parts.welcome: gr.Column(visible=not exchanges),
        parts.panel: render_empty_panel(),
    }


def _updates(
    assistant: "Assistant", parts: _Parts, question: str, earlier: Conversation, current: str
) -> Iterator[dict[Any, Any]]:
    """Yield what changes on the page while a question is answered."""
    import gradio as gr

    started = False
    for exchange in respond(assistant, question, earlier=earlier):
        update: dict[Any, Any] = {parts.live: render_exchange(exchange, turn=len(earlier))}
        if not started:
            update |= {
                parts.past: _render_all(earlier),
                parts.welcome: gr.Column(visible=False),
                parts.box: gr.Textbox("", submit_btn=False, stop_btn=_STOP),
            }
        if not exchange.pending:
            update[parts.box] = gr.Textbox(submit_btn=_ASK, stop_btn=False)
        if not started or not exchange.pending:
            update[parts.exchanges] = (*earlier, exchange)
        if exchange.answer is not None:
            kept_as = keep(assistant, exchange.answer, to=_known(current))
            choices = kept_conversations(assistant)
            update[parts.current] = kept_as or _FRESH
            update[parts.conversations] = gr.Dropdown(choices, value=kept_as or None)
        started = True
        yield update


def _connect_library(assistant: "Assistant", parts: _Parts, page: "gradio.Blocks") -> None:
    def find(query: str | None) -> str:
        return render_papers(_papers(assistant, query or "") or (), query=query or "")

    def refresh(query: str | None) -> tuple[str, str]:
        papers = _papers(assistant)
        count = None if papers is None else len(papers)
        return render_header(assistant.settings, papers=count), find(query)

    p = parts
    p.search.change(find, p.search, p.listing, trigger_mode="always_last", **_PRIVATE)
    p.library.select(refresh, p.search, [p.header, p.listing], **_PRIVATE)
    page.load(refresh, p.search, [p.header, p.listing], **_PRIVATE)


def _render_all(exchanges: Conversation) -> Html:
    return Html().join(render_exchange(e, turn=turn) for turn, e in enumerate(exchanges))


def _papers(assistant: "Assistant", query: str = "") -> "list[Paper] | None":
    """Return the papers, or None where there is no library to ask."""
    try:
        return assistant.papers(query)
    except LitdeskError:
        return None
