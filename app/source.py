"""What the source panel shows for a button of the page."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from litdesk.errors import LitdeskError

from .render import render_empty_panel, render_panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.assistant import Assistant
    from litdesk.types import Answer

    from .render import Html
    from .respond import Exchange
    from .review import Cited

__all__ = ["show_source"]

_LOG = logging.getLogger(__name__)
_GONE = "This is no longer held here. Ask again to see its sources."


def show_source(
    assistant: Assistant,
    exchanges: Sequence[Exchange],
    *,
    ref: str,
    reviewed: Sequence[Cited] = (),
) -> Html:
    """Return the panel for a button, named by its id; never raises.

    Args:
        assistant: Who has the papers.
        exchanges: The conversation that the button is part of.
        ref: The button's id without `ld-`: `c-TURN-SENTENCE-MARKER` for a citation,
            `v-TURN-SENTENCE` for a verdict, `r-`, `p-` or `n-TURN-NUMBER` for a reference, a paper
            that was read or a nearest paper, `l-PAPER_ID` for a paper of the library, `w-NUMBER`
            for a citation of the review.
        reviewed: What the numbers of the shown review stand for.

    Returns:
        HTML.
    """
    kind, _, rest = ref.partition("-")
    try:
        if kind == "l":
            return render_panel(assistant.paper(rest))
        if kind == "w":
            return _review_panel(assistant, reviewed[int(rest)])
        turn, *numbers = (int(number) for number in rest.split("-"))
        answer = exchanges[turn].answer
        if answer is None:
            return render_empty_panel(_GONE)
        if kind in ("c", "v"):
            return _sentence_panel(assistant, answer, *numbers)
        return _paper_panel(assistant, answer, kind, *numbers)
    except LitdeskError as error:
        return render_empty_panel(str(error))
    except (ValueError, LookupError, TypeError):
        return render_empty_panel(_GONE)
    except Exception:  # noqa: BLE001 (the page must stay alive)
        _LOG.exception("The source could not be shown")
        return render_empty_panel("The source could not be shown; the terminal has the details.")


def _sentence_panel(
    assistant: Assistant, answer: Answer, number: int, marker: int | None = None
) -> Html:
    sentence = answer.sentences[number]
    if marker is None and sentence.citations:
        marker = sentence.citations[0].marker
    cited = [citation for citation in sentence.citations if citation.marker == marker]
    paper_id = next((citation.paper_id for citation in cited if citation.paper_id), None)
    paper = assistant.paper(paper_id) if paper_id else None
    return render_panel(paper, citations=cited, sentence=sentence)


def _review_panel(assistant: Assistant, cited: Cited) -> Html:
    paper = assistant.paper(cited.citations[0].paper_id or "")
    return render_panel(paper, citations=cited.citations, sentence=cited.sentence)


def _paper_panel(assistant: Assistant, answer: Answer, kind: str, number: int) -> Html:
    nearest = answer.abstention.nearest if answer.abstention else ()
    listed = {
        "r": [paper.paper_id for paper in answer.references],
        "p": [paper.paper_id for paper in answer.retrieved],
        "n": [paper.paper_id for paper in nearest],
    }
    paper_id = listed[kind][number]
    cited = [c for s in answer.sentences for c in s.citations if c.paper_id == paper_id]
    return render_panel(assistant.paper(paper_id), citations=cited)
