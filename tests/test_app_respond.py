from __future__ import annotations

import logging
from itertools import pairwise

import pytest
from app.respond import Exchange, history, respond
from tests.browser.fake_assistant import FakeAssistant, abstained, lantern_answer


def last(question: str, assistant: FakeAssistant | None = None) -> Exchange:
    return list(respond(assistant or FakeAssistant(), question))[-1]


def test_an_exchange_grows_until_the_answer_replaces_the_draft() -> None:
    steps = list(respond(FakeAssistant(), "lanterns"))
    assert steps[0].pending
    assert steps[0].draft == ""
    drafts = [step.draft for step in steps[1:-1]]
    assert all(b.startswith(a) and len(b) > len(a) for a, b in pairwise(drafts))
    assert steps[-1].answer == lantern_answer("lanterns")
    assert not steps[-1].pending
    assert steps[-1].draft == ""


def test_a_litdesk_error_becomes_its_message_and_remedy() -> None:
    assert last("refuse").problem == "The model is away. Start it."


@pytest.mark.parametrize("question", ["crash", "midway"])
def test_any_exception_becomes_a_message_without_its_text(
    question: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        exchange = last(question)
    assert "RuntimeError" in exchange.problem
    assert "internal" not in exchange.problem
    assert exchange.draft == ""
    assert "Traceback" in caplog.text


def test_a_stream_without_an_answer_is_a_problem() -> None:
    class Silent(FakeAssistant):
        def stream(self, *_: object, **__: object):  # type: ignore[no-untyped-def]
            return iter(())

    assert "stopped before it finished" in last("lanterns", Silent()).problem


def test_history_has_the_exchanges_that_came_to_an_end() -> None:
    failed = FakeAssistant().ask("failed")
    exchanges = [
        Exchange(question="a", answer=lantern_answer("a")),
        Exchange(question="b", problem="away"),
        Exchange(question="c", answer=failed),
        Exchange(question="d", answer=abstained("d")),
        Exchange(question="e"),
    ]
    assert [turn.question for turn in history(exchanges)] == ["a", "d"]


def test_the_assistant_is_given_the_history() -> None:
    assistant = FakeAssistant()
    earlier = [Exchange(question="a", answer=lantern_answer("a"))]
    list(respond(assistant, "b", earlier=earlier))
    assert assistant.asked == [("b", history(earlier))]


def test_closing_the_response_closes_the_stream() -> None:
    closed = []

    class Endless(FakeAssistant):
        def stream(self, *arguments: object, **named: object):  # type: ignore[no-untyped-def]
            try:
                yield from super().stream("slow lanterns")
            finally:
                closed.append(True)

    response = respond(Endless(), "lanterns")
    next(response)
    next(response)
    response.close()
    assert closed == [True]
