"""What chat models were asked: counted however a reply ends, kept in the library, summed up."""

import contextlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from threading import Barrier

import pytest
import sqlalchemy as sa
from tests.desk import SOAP, open_desk
from tests.fake_openai_server import ANSWER, serving
from tests.fakes import FakeAssistant
from tests.scripted_model import scripted

from litdesk.assistant import Assistant
from litdesk.cli import main
from litdesk.cli.terminal import Terminal
from litdesk.errors import LitdeskError, SettingsError
from litdesk.library import Library
from litdesk.providers import Deadlines, open_chat_model, read_reply, stream_reply
from litdesk.settings import load_settings
from litdesk.types import ModelUse, TextDelta, Usage
from litdesk.usage import Price, Prices, UsageLog, load_prices
from litdesk.verify.chat_judge import ChatJudge
from litdesk.verify.judge import EvidenceText
from litdesk.verify.several import SeveralVerifiers

SHORT = Deadlines(connect_s=1, first_token_s=1, gap_s=0.5, total_s=3)
PROMPT = "What is SOAP?" * 4
PRICES = Prices(currency="EUR", models={"openai:dear": Price(input=2, output=10)})
GOOD = "SOAP runs Adam in the eigenbasis of Shampoo's preconditioner [1]."
BAD = "SOAP cures rabbits of every known disease of winter [1]."


def use(model="openai:dear", calls=1, read=1_000_000, written=100_000, **fields):
    return ModelUse(model=model, calls=calls, input_tokens=read, output_tokens=written, **fields)


@pytest.fixture
def library(tmp_path):
    opened = Library.open(tmp_path / "library")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def stocked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("usage")
    open_desk(folder, SOAP).close()
    return folder / "library"


def metered(mode, **options):
    """What a reply of the server took, and how it failed."""
    told = []
    with serving() as server:
        model = open_chat_model(f"openai:{mode}", base_url=server.base_url, deadlines=SHORT)
        items = stream_reply(
            model,
            PROMPT,
            name="openai:fake",
            deadlines=SHORT,
            meter=lambda *what: told.append(what),
            **options,
        )
        with contextlib.suppress(LitdeskError):
            list(items)
    ((usage, failure),) = told
    return usage, failure


@pytest.mark.parametrize("streamed", [True, False])
def test_the_tokens_of_a_complete_reply_are_those_that_the_provider_reports(streamed):
    usage, failure = metered("ok", streamed=streamed)
    assert failure is None
    assert usage == Usage.of(use("openai:fake", 1, 11, 7))
    assert not usage.estimated


def test_a_stream_that_is_cut_counts_what_was_used_up_to_then_as_an_estimate():
    usage, failure = metered("cut")
    assert failure == "bad-reply"
    assert usage.estimated
    assert usage.input_tokens == len(PROMPT) / 4
    assert 0 < usage.output_tokens < len(ANSWER) / 4


@pytest.mark.parametrize(
    ("mode", "kind", "tokens"),
    [
        ("unauthorized", "refused", 0),
        ("server-error", "down", 0),
        ("rate-limited", "rate-limited", 0),
        ("silent", "timeout", 13),
        ("length", "bad-reply", 11),
    ],
)
def test_a_failure_is_counted_by_its_kind(mode, kind, tokens):
    usage, failure = metered(mode)
    assert (failure, usage.input_tokens) == (kind, tokens)
    assert usage.calls >= 1


def test_each_try_is_a_call():
    usage, failure = metered("server-error-once")
    assert (usage.calls, failure) == (2, None)


def test_a_reply_that_the_reader_gives_up_is_counted_as_cancelled():
    told = []
    with serving() as server:
        model = open_chat_model("openai:drips", base_url=server.base_url, deadlines=SHORT)
        items = stream_reply(
            model, PROMPT, name="m", deadlines=SHORT, meter=lambda *what: told.append(what)
        )
        next(items)
        items.close()
    ((usage, failure),) = told
    assert failure == "cancelled"
    assert usage.estimated
    assert usage.input_tokens == 13


def test_what_a_model_does_not_report_is_estimated_by_characters():
    reply = read_reply(scripted("x" * 40), PROMPT, name="m", deadlines=SHORT)
    assert reply.usage == Usage.of(use("m", 1, 13, 10, estimated=True))
    assert reply.usage.in_words == "1 call, about 13 tokens in, 10 out"


def test_usages_add_up_by_model():
    both = Usage.of(use("a", 1, 10, 1), use("b", 1, 5, 5)) + Usage.of(use("a", 2, 1, 1))
    assert (both.calls, both.input_tokens, both.output_tokens) == (4, 16, 7)
    assert [(one.model, one.calls) for one in both.by_model] == [("a", 3), ("b", 1)]


def test_a_judge_counts_and_so_do_several_together():
    said = '{"verdict": "supported", "quote": "", "reason": "said"}'
    told = []

    def judge(name, reply):
        return ChatJudge(model=scripted(reply), name=name, meter=lambda *what: told.append(what))

    judges = SeveralVerifiers(verifiers=(judge("chat:openai:a", said), judge("chat:b:c", "")))
    found = judges.judge("SOAP is fast.", [EvidenceText(paper_id="p", title="T", text="Fast.")])
    assert [one.model for one in found.usage.by_model] == ["openai:a", "b:c"]
    assert found.usage.calls == 2
    assert [failure for _, failure in told] == [None, "bad-reply"]


def test_an_answer_drafted_twice_carries_both_calls_and_the_library_keeps_them(stocked, tmp_path):
    prices = tmp_path / "prices.toml"
    prices.write_text('currency = "EUR"\n[models.Scripted]\ninput = 1000\noutput = 1000\n')
    settings = load_settings(library=stocked, prices=prices, answer={"revise": True})
    with Assistant.open(settings, chat_model=scripted(f"{GOOD} {BAD}", GOOD)) as assistant:
        answer = assistant.ask("Where does SOAP run Adam?")
        total = assistant.usage_log.summary().total
    assert (answer.usage.calls, answer.usage.currency) == (2, "EUR")
    assert answer.usage.estimated
    assert answer.usage.cost == pytest.approx(
        (answer.usage.input_tokens + answer.usage.output_tokens) / 1000
    )
    assert (total.calls, total.input_tokens) == (2, answer.usage.input_tokens)
    assert total.cost == {"EUR": pytest.approx(answer.usage.cost)}


def test_a_review_carries_what_all_its_replies_took_and_what_they_cost(tmp_path):
    prices = tmp_path / "prices.toml"
    prices.write_text('currency = "EUR"\n[models.Scripted]\ninput = 1000\noutput = 1000\n')
    other = {"title": "Shampoo", "authors": ["Bo Wu"], "abstract": "Shampoo is an optimizer."}
    with open_desk(tmp_path, SOAP, other, prices=prices, chat_model=scripted(GOOD, "")) as desk:
        good, failed = desk.review("optimizer Shampoo"), desk.review("optimizer Shampoo")
        total = desk.usage_log.summary().total
    assert [one.model for one in good.usage.by_model] == ["Scripted"]
    assert good.usage.estimated
    assert (good.usage.currency, good.usage.cost is None) == ("EUR", False)
    assert failed.usage.calls == 1
    assert total.calls == good.usage.calls + failed.usage.calls


def test_what_a_failed_and_a_cancelled_answer_took_is_kept(stocked):
    settings = load_settings(library=stocked)
    with Assistant.open(
        settings, chat_model=scripted("", f"{GOOD} {GOOD} And so on.")
    ) as assistant:
        before = assistant.usage_log.summary().total
        failed = assistant.ask("Where does SOAP run Adam?")
        items = assistant.stream("Where does SOAP run Adam?")
        assert isinstance(next(items), TextDelta)
        items.close()
        after = assistant.usage_log.summary().total
    assert (failed.status, failed.usage.calls) == ("failed", 1)
    assert after.calls == before.calls + 2
    assert after.failures == {"bad-reply": 1, "cancelled": 1}


def test_the_quoting_writer_uses_nothing(stocked):
    with Assistant.open(load_settings(library=stocked)) as assistant:
        before = assistant.usage_log.summary().total
        assert assistant.ask("Where does SOAP run Adam?").usage == Usage()
        assert assistant.usage_log.summary().total == before


def log_of(library, prices=PRICES):
    return UsageLog(lambda: library, prices=prices)


def test_the_first_calls_of_several_threads_are_all_kept(library):
    log, together = log_of(library), Barrier(8)

    def call(_):
        together.wait()
        log.record(Usage.of(use()), None, purpose="answer")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(call, range(8)))
    assert log.summary().total.calls == 8


def test_the_summary_has_calls_tokens_cost_and_failures_by_model(library):
    log = log_of(library)
    assert log.summary().groups == ()
    log.record(Usage.of(use()), None, purpose="answer")
    log.record(Usage.of(use(read=500_000, written=0, estimated=True)), "timeout", purpose="judge")
    log.record(Usage.of(use("ollama:free", 1, 70, 7)), None, purpose="answer")
    summary = log.summary()
    free, dear = sorted(summary.groups, key=lambda group: group.calls)
    assert (free.name, free.cost, free.unpriced) == ("ollama:free", {}, ("ollama:free",))
    assert (dear.calls, dear.input_tokens, dear.estimated) == (2, 1_500_000, True)
    assert dear.failures == {"timeout": 1}
    assert dear.cost == {"EUR": pytest.approx(4.0)}
    assert (summary.total.calls, summary.total.unpriced) == (3, ("ollama:free",))


def test_the_days_are_apart_and_since_leaves_the_earlier_out(library):
    log = log_of(library)
    log.record(Usage.of(use()), None, purpose="answer")
    log.record(Usage.of(use()), None, purpose="answer")
    with library.committing() as connection:
        connection.execute(
            sa.text("UPDATE model_calls SET time = '2020-02-29T23:59:59+00:00' WHERE number = 1")
        )
    assert next(group.name for group in log.summary(by="day").groups) == "2020-02-29"
    assert log.summary(since=date(2020, 2, 29)).total.calls == 2
    assert log.summary(since=date(2020, 2, 29) + timedelta(days=1)).total.calls == 1


def test_a_cost_stays_as_it_was_and_a_price_given_later_counts_for_earlier_calls(library):
    log_of(library).record(Usage.of(use()), None, purpose="answer")
    log_of(library).record(Usage.of(use("new", 1, 1_000_000, 0)), None, purpose="answer")
    later = Prices(
        currency="USD",
        models={"openai:dear": Price(input=9, output=9), "new": Price(input=5, output=0)},
    )
    assert log_of(library, later).summary().total.cost == {"EUR": 3.0, "USD": 5.0}


def test_an_answer_has_no_cost_where_one_of_its_models_has_no_price():
    assert PRICES.apply(Usage.of(use())).cost == pytest.approx(3.0)
    assert PRICES.apply(Usage.of(use(), use("ollama:free"))).cost is None
    assert PRICES.apply(Usage()).cost is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("currency = ", "no TOML file"),
        ("[models.a]\ninput = 1\n", "models.a.output"),
        ("[models.a]\ninput = -1\noutput = 1\n", "models.a.input"),
        ("[prices.a]\ninput = 1\n", "prices"),
        ("[models.a]\ninput = nan\noutput = 1\n", "models.a.input"),
    ],
)
def test_a_file_of_prices_that_is_wrong_is_told_with_its_place(tmp_path, text, said):
    file = tmp_path / "prices.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=said) as told:
        load_prices(file)
    assert str(file) in told.value.message


def test_a_file_of_prices_that_is_missing_is_told(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        load_prices(tmp_path / "none.toml")


class Metered(FakeAssistant):
    """A fake with a log of its own."""

    usage_log = None


def run(library, *arguments):
    out, err = io.StringIO(), io.StringIO()
    fake = Metered()
    fake.usage_log = log_of(library)
    terminal = Terminal(open_assistant=lambda settings: fake, out=out, err=err)
    return main(["usage", *arguments], terminal=terminal), out.getvalue(), err.getvalue()


def test_the_command_says_what_was_used_and_what_has_no_price(library):
    log = log_of(library)
    log.record(Usage.of(use(estimated=True)), None, purpose="answer")
    log.record(Usage.of(use("ollama:free", 1, 70, 7)), "timeout", purpose="answer")
    code, out, _ = run(library)
    text = " ".join(out.split())
    assert code == 0
    assert "openai:dear" in text
    assert "about 1,000,000 tokens in, 100,000 out; about 3.0000 EUR" in text
    assert "no price known for ollama:free" in text
    assert "failed: 1 timeout" in text


def test_the_command_gives_the_same_as_json(library):
    log_of(library).record(Usage.of(use()), None, purpose="answer")
    code, out, _ = run(library, "--json", "--by", "day", "--since", "2020-01-01")
    document = json.loads(out)
    assert (code, document["by"], document["since"]) == (0, "day", "2020-01-01")
    assert document["total"]["cost"] == {"EUR": 3.0}


def test_the_command_says_so_where_no_model_was_asked(library):
    code, out, err = run(library)
    assert (code, out) == (0, "")
    assert "No chat model was asked." in err


def test_a_date_that_is_none_is_wrong_usage(library):
    assert run(library, "--since", "yesterday")[0] == 2


def test_a_library_that_cannot_be_written_costs_no_answer(library, caplog):
    library.close()
    record = partial(log_of(library).record, Usage.of(use()), None, purpose="answer")
    with library.committing() as connection:
        connection.execute(sa.text("CREATE TABLE model_calls (other TEXT)"))
    record()
    assert "could not be kept" in caplog.text
