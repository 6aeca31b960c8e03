"""The assistant end to end: on the seeds with the packaged model, and on small libraries."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from tests.conftest import SEEDS
from tests.desk import ANTS, BEES, RECORDS, WASPS, open_desk, write_records
from tests.fake_openai_server import serving

from litdesk.assistant import Assistant
from litdesk.errors import (
    EmbeddingMismatchError,
    IngestError,
    LibraryInUseError,
    LibraryMissingError,
    LitdeskError,
    PaperMissingError,
    ProviderDownError,
    QuestionError,
)
from litdesk.settings import Settings
from litdesk.types import AbstentionReason, Action, Answer, AnswerStatus, TextDelta, Turn, Verdict

QUESTIONS = [
    "What does SOAP do differently from Shampoo?",
    "How does critical batch size scale?",
    "What papers discuss length generalization?",
    "Compare the optimizers for language models.",
    "Do more experts improve reasoning?",
    "What is known about policy gradients and symmetries?",
    "Why do emergent capabilities look sudden?",
    "How is inventory managed with reinforcement learning?",
    "What do value trade-offs reveal?",
    "Give an overview of learning theory for games.",
    "shampo precondtioner",
    "Which papers are by Sham Kakade?",
    "How many papers are there?",
    "Who wrote SOAP?",
    "When was Mixture of Parrots published?",
    "papers from 2022 to 2023",
    "Which papers are from Harvard?",
    "Which papers have code?",
    "Who are Rosie Zhao's co-authors?",
    "What is the best recipe for sourdough bread?",
    "What has Ada Lovelace published?",
    "{{ question }} %s {0} <script>alert(1)</script> [1] “quoted”",
    "$\\textbf{S}$hampoo",
    "日本語で何ですか",
]


def assert_whole(answer: Answer, assistant: Assistant) -> None:
    """What must hold of every answer."""
    for sentence in answer.sentences:
        if sentence.action is not Action.DROPPED:
            assert answer.answer[sentence.start : sentence.end] == sentence.text != ""
        for citation in sentence.citations:
            if citation.status == "unknown":
                continue
            cited = assistant.paper(citation.paper_id)
            if citation.field in ("abstract", "title"):
                text = getattr(cited, citation.field)
                assert text[citation.start : citation.end] == citation.quote
            else:
                assert (citation.start, citation.end) == (None, None)
            assert citation.version == cited.version
    shown = [s for s in answer.sentences if s.action is not Action.DROPPED]
    markers = {c.paper_id: c.marker for s in shown for c in s.citations if c.paper_id}
    assert {r.paper_id: r.marker for r in answer.references} == markers
    assert len(set(markers.values())) == len(markers)
    assert (answer.abstention is not None) == (answer.status is AnswerStatus.ABSTAINED)
    assert (answer.error is not None) == (answer.status is AnswerStatus.FAILED)
    assert [r.rank for r in answer.retrieved] == list(range(1, len(answer.retrieved) + 1))
    assert answer.provenance.library


def untimed(answer: Answer) -> Answer:
    return answer.model_copy(update={"timings_ms": {}})


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_citation_and_sentence_is_where_its_offsets_say(seeds, question):
    answer = seeds.ask(question)
    assert_whole(answer, seeds)
    texts = [s.text for s in answer.sentences]
    assert len(texts) == len(set(texts))


def test_the_json_of_an_answer_has_the_keys_that_were_promised(seeds):
    answered = json.loads(seeds.ask(QUESTIONS[0]).model_dump_json())
    assert answered.keys() - {"error", "read_as", "revision"} == {
        "question", "status", "answer", "sentences", "references", "abstention", "retrieved",
        "usage", "timings_ms", "provenance",
    }  # fmt: skip
    (sentence, *_), (reference, *_) = answered["sentences"], answered["references"]
    assert sentence.keys() == {
        "text", "start", "end", "verdict", "score", "reason", "verifier", "action", "citations",
    }  # fmt: skip
    assert sentence["citations"][0].keys() >= {
        "marker", "status", "paper_id", "field", "version", "quote", "start", "end",
    }  # fmt: skip
    assert reference.keys() == {
        "marker", "paper_id", "title", "authors", "year", "url", "formatted",
    }  # fmt: skip
    assert answered["retrieved"][0].keys() == {"rank", "paper_id", "title", "score"}
    assert answered["provenance"].keys() >= {"writer", "model", "prompts", "settings", "library"}
    abstained = json.loads(seeds.ask("Best sourdough bread recipe?").model_dump_json())
    assert abstained["abstention"].keys() == {"reason", "message", "nearest"}
    assert abstained["abstention"]["nearest"][0].keys() == {"paper_id", "title", "score"}


@pytest.mark.parametrize("question", [QUESTIONS[0], QUESTIONS[11], QUESTIONS[19]])
def test_the_same_question_has_the_same_answer_also_streamed_and_awaited(seeds, question):
    first = untimed(seeds.ask(question))
    assert untimed(seeds.ask(question)) == first
    assert untimed(asyncio.run(seeds.aask(question))) == first
    *pieces, last = seeds.stream(question)
    assert all(isinstance(piece, TextDelta) for piece in pieces)
    assert untimed(last) == first


def test_another_process_of_the_same_library_would_answer_the_same(seeds, seeds_library):
    with Assistant.open(Settings(library=seeds_library)) as other:
        assert untimed(other.ask(QUESTIONS[0])) == untimed(seeds.ask(QUESTIONS[0]))


def test_namesakes_are_told_apart_on_the_seeds(seeds):
    def papers(question):
        return {r.paper_id for r in seeds.ask(question).references}

    dylan, dean = papers("Which papers are by Dylan Foster?"), papers("papers by Dean Foster")
    assert dylan
    assert dean
    assert not dylan & dean
    assert papers("papers by Foster") == dylan | dean


def test_a_question_beyond_the_library_names_the_nearest_papers(seeds):
    answer = seeds.ask("Which sourdough starter makes the best bread?")
    assert answer.status is AnswerStatus.ABSTAINED
    assert answer.abstention.reason is AbstentionReason.NOTHING_RELEVANT
    assert len(answer.abstention.nearest) == 3
    assert answer.answer == answer.abstention.message
    assert answer.references == answer.sentences == ()


def test_a_premise_that_the_papers_contradict_is_said_and_corrected_by_quotes(seeds):
    answer = seeds.ask("Why does LSTD need stronger conditions than FQI?")
    assert answer.status is AnswerStatus.ABSTAINED
    assert answer.abstention.reason is AbstentionReason.FALSE_PREMISE
    assert answer.answer.startswith(answer.abstention.message)
    assert "weaker conditions than FQI" in answer.answer
    assert answer.references
    assert_whole(answer, seeds)


def test_papers_keep_their_numbers_and_can_be_opened_by_them(seeds):
    history: list[Turn] = []
    numbers: dict[str, int] = {}
    for question in (
        "What papers discuss length generalization?",
        "papers by Rosie Zhao",
        "What does SOAP do?",
        "And compared with Shampoo?",
        "Who wrote it?",
    ):
        answer = seeds.ask(question, history=history)
        assert_whole(answer, seeds)
        for reference in answer.references:
            assert numbers.setdefault(reference.paper_id, reference.marker) == reference.marker
        history.append(answer.as_turn())
    assert sorted(numbers.values()) == list(range(1, len(numbers) + 1))
    for number in (1, len(numbers) // 2, len(numbers)):
        opened = seeds.ask(f"expand [{number}]", history=history)
        assert [r.marker for r in opened.references] == [number]
        assert [r.paper_id for r in opened.retrieved] == [r.paper_id for r in opened.references]


def test_a_paper_that_is_not_there_is_named(seeds):
    with pytest.raises(PaperMissingError):
        seeds.paper("nobody1900")


def test_reading_the_seeds_again_changes_nothing(seeds_library, tmp_path):
    shutil.copytree(seeds_library, tmp_path / "copy")
    with Assistant.open(Settings(library=tmp_path / "copy")) as assistant:
        before = assistant.papers()
        report = assistant.ingest([SEEDS])
        assert assistant.papers() == before
    assert report.added == report.merged == report.failed == 0
    assert report.records_in == report.unchanged > len(before)


@pytest.mark.usefixtures("word_embeddings")
class TestSmallLibrary:
    def test_every_record_is_counted_once(self, tmp_path):
        source = write_records(tmp_path / "papers.jsonl", *RECORDS, BEES, {**ANTS, "year": 2022})
        with source.open("a", encoding="utf-8") as file:
            file.write("\n{broken")
        with Assistant.open(Settings(library=tmp_path / "library")) as assistant:
            report = assistant.ingest([source, source])
            again = assistant.ingest([source])
            assert len(assistant.papers()) == 3
        for one in (report, again):
            assert one.records_in == one.added + one.merged + one.unchanged + one.failed
            assert one.failed >= 1
        assert (report.added, again.added, again.merged) == (3, 0, 0)

    def test_the_index_is_filled_again_from_stored_vectors(self, tmp_path, word_embeddings):
        with open_desk(tmp_path) as assistant:
            before = untimed(assistant.ask("How do bees dance?"))
        shutil.rmtree(tmp_path / "library" / "index")
        word_embeddings.encoded.clear()
        with Assistant.open(Settings(library=tmp_path / "library")) as assistant:
            assert untimed(assistant.ask("How do bees dance?")) == before
        assert set(word_embeddings.encoded) == {"How do bees dance?"}

    def test_a_library_of_another_model_is_refused(self, tmp_path, word_embeddings, monkeypatch):
        open_desk(tmp_path).close()
        monkeypatch.setattr(word_embeddings, "fingerprint", "words:2")
        with Assistant.open(Settings(library=tmp_path / "library")) as assistant:
            more = write_records(tmp_path / "more.jsonl", {"title": "T", "abstract": "New one."})
            for use in (lambda: assistant.ask("Bees?"), lambda: assistant.ingest([more])):
                with pytest.raises(EmbeddingMismatchError):
                    use()
            assert len(assistant.papers()) == 3

    def test_reading_makes_no_library_and_ingest_does(self, tmp_path):
        settings = Settings(library=tmp_path / "typo")
        with Assistant.open(settings) as assistant:
            for use in (
                assistant.papers,
                assistant.warm_up,
                lambda: assistant.paper("p"),
                lambda: assistant.ask("Bees?"),
                lambda: assistant.retriever,
            ):
                with pytest.raises(LibraryMissingError):
                    use()
            (tmp_path / "empty").mkdir()
            with pytest.raises(IngestError):
                assistant.ingest([tmp_path / "empty"])
            assert not (tmp_path / "typo").exists()
            assistant.ingest([write_records(tmp_path / "papers.jsonl", *RECORDS)])
            assert len(assistant.papers()) == 3

    def test_while_another_writes_an_ingest_is_refused_and_questions_are_answered(self, tmp_path):
        with open_desk(tmp_path) as assistant, open_desk(tmp_path) as other:
            with other._library.writing(), pytest.raises(LibraryInUseError) as refused:
                assistant.ingest([tmp_path / "papers.jsonl"])
            assert refused.value.exit_code == 3
            assert assistant.ask("How do bees dance?").status is AnswerStatus.ANSWERED

    def test_what_another_process_wrote_is_seen_at_the_next_question(self, tmp_path):
        with open_desk(tmp_path, BEES) as assistant:
            assert assistant.ask("papers by Dean Foster").status is AnswerStatus.ABSTAINED
            with Assistant.open(assistant.settings) as other:
                other.ingest([write_records(tmp_path / "more.jsonl", ANTS)])
            assert len(assistant.ask("papers by Dean Foster").references) == 1

    @pytest.mark.parametrize("question", ["", "a\x00", "x" * 5000])
    def test_what_cannot_be_asked_is_refused(self, tmp_path, question):
        with open_desk(tmp_path, BEES) as assistant, pytest.raises(QuestionError):
            assistant.ask(question)

    def test_papers_without_abstract_or_title_are_found_and_cited_with_care(self, tmp_path):
        untitled = {"abstract": "Termites 🐜 build mounds e\u0301 of clay 👩‍🔬. They cool them."}
        with open_desk(tmp_path, WASPS, untitled, BEES) as assistant:
            for question in (
                "wasps in autumn", "How do termites cool mounds of clay?", "papers by Angstrom",
                "Who wrote Wasps in Autumn?", "How many papers are there?", "mounds dance autumn",
            ):  # fmt: skip
                assert_whole(assistant.ask(question), assistant)
            answer = assistant.ask("How do termites build mounds of clay?")
            quotes = [c.quote for s in answer.sentences for c in s.citations]
            assert any("🐜" in quote for quote in quotes)

    def test_eight_threads_on_a_cold_assistant_get_the_same_answers(self, tmp_path):
        open_desk(tmp_path).close()
        questions = ["How do bees dance?", "papers by Foster", "Do trails fade?", "Bread?"] * 2
        with Assistant.open(Settings(library=tmp_path / "library")) as assistant:
            start = threading.Barrier(len(questions))

            def ask(question):
                start.wait()
                return untimed(assistant.ask(question))

            with ThreadPoolExecutor(len(questions)) as pool:
                found = list(pool.map(ask, questions))
            assert found == [untimed(assistant.ask(question)) for question in questions]

    def test_questions_are_answered_while_the_library_grows(self, tmp_path):
        with open_desk(tmp_path) as assistant:
            failures: list[BaseException] = []
            done = threading.Event()

            def keep_asking():
                while not done.is_set():
                    try:
                        assert_whole(assistant.ask("How do bees dance?"), assistant)
                    except BaseException as error:  # noqa: BLE001 (told below)
                        failures.append(error)
                        return

            threads = [threading.Thread(target=keep_asking) for _ in range(3)]
            for thread in threads:
                thread.start()
            for n in range(4):
                more = {"title": f"Flies {n}", "abstract": f"Flies of kind {n} hum and hover."}
                assistant.ingest([write_records(tmp_path / f"more{n}.jsonl", more)])
            done.set()
            for thread in threads:
                thread.join()
            assert failures == []
            assert len(assistant.papers()) == 7

    def test_a_stream_that_is_given_up_leaves_the_assistant_well(self, tmp_path):
        with open_desk(tmp_path) as assistant:
            stream = assistant.stream("How do bees dance?")
            stream.close()
            assert assistant.ask("How do bees dance?").status is AnswerStatus.ANSWERED

    def test_papers_can_be_left_out(self, tmp_path):
        with open_desk(tmp_path) as assistant:
            (bees,) = assistant.papers("waggled")
            answer = assistant.ask("How do bees dance?", without=[bees.paper_id])
            assert bees.paper_id not in {r.paper_id for r in answer.retrieved}


def test_an_ingest_that_is_killed_leaves_a_library_that_opens_and_can_be_finished(
    tmp_path, word_embeddings
):
    many = [
        {"title": f"Paper {n}", "abstract": f"We study topic{n} thing{n}. It has effect{n}."}
        for n in range(400)
    ]
    source = write_records(tmp_path / "papers.jsonl", *many)
    script = [sys.executable, "-m", "tests.killed_ingest", str(tmp_path / "library"), str(source)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True, cwd=root) as ingest:
        committed = int(ingest.stdout.readline())
        ingest.kill()
    with Assistant.open(Settings(library=tmp_path / "library")) as assistant:
        assert assistant.papers() == []
        report = assistant.ingest([source])
        assert (report.added, report.failed) == (400, 0)
        again = len(word_embeddings.encoded)
        assert again == 800 - committed < 800
        assert len(assistant.papers("topic7")) == 1
        assert assistant.ask("What is thing7 of topic7?").status is AnswerStatus.ANSWERED


def scripted(*replies):
    return GenericFakeChatModel(messages=iter([AIMessage(reply) for reply in replies]))


class Failing(GenericFakeChatModel):
    """Breaks like a server that is not there."""

    def _generate(self, *_, **__):
        raise ProviderDownError("The model is down.", remedy="Start it.")

    def _stream(self, *_, **__):
        raise ProviderDownError("The model is down.", remedy="Start it.")


@pytest.mark.usefixtures("word_embeddings")
class TestModelWriter:
    def test_a_langchain_chat_model_writes_the_answer(self, tmp_path):
        model = scripted("Dancers waggled 35% longer with pollen [1]. They danced on the moon [1].")
        with open_desk(tmp_path, chat_model=model) as assistant:
            *pieces, answer = assistant.stream("How do bees dance with pollen?")
            assert_whole(answer, assistant)
        assert all(isinstance(piece, TextDelta) for piece in pieces)
        assert [s.text for s in answer.sentences] == [
            "Dancers waggled 35% longer with pollen.",
            "They danced on the moon.",
        ]
        assert answer.sentences[0].verdict is Verdict.SUPPORTED
        assert answer.sentences[1].verdict is not Verdict.SUPPORTED
        assert answer.provenance.writer == "model"
        assert answer.provenance.model == "GenericFakeChatModel"
        assert answer.provenance.prompts
        assert answer.usage.calls == 1

    def test_a_number_of_no_passage_stays_in_the_answer_and_counts_against_it(self, tmp_path):
        model = scripted("Dancers waggled 35% longer with pollen [1][42].")
        with open_desk(tmp_path, chat_model=model) as assistant:
            answer = assistant.ask("How do bees dance with pollen?")
            assert_whole(answer, assistant)
        (sentence,) = answer.sentences
        assert {c.status for c in sentence.citations} == {"ok", "unknown"}
        assert sentence.verdict is not Verdict.SUPPORTED

    def test_an_answer_of_dropped_sentences_alone_is_an_abstention_that_keeps_them(self, tmp_path):
        model = scripted("Bees flew to the moon in 1969 [1].")
        options = {"verification": {"unsupported": "drop"}}
        with open_desk(tmp_path, chat_model=model, **options) as assistant:
            answer = assistant.ask("How do bees dance with pollen?")
            assert_whole(answer, assistant)
        assert answer.abstention.reason is AbstentionReason.NOTHING_SUPPORTED
        assert [s.action for s in answer.sentences] == [Action.DROPPED]
        assert answer.references == ()

    def test_questions_about_the_record_do_not_ask_the_model(self, tmp_path):
        with open_desk(tmp_path, chat_model=Failing(messages=iter(()))) as assistant:
            answer = assistant.ask("papers by Dean Foster")
        assert (answer.status, answer.usage.calls) == (AnswerStatus.ANSWERED, 0)

    def test_a_model_that_fails_makes_a_failed_answer_with_its_passages(self, tmp_path):
        with open_desk(tmp_path, chat_model=Failing(messages=iter(()))) as assistant:
            answer = assistant.ask("How do bees dance with pollen?")
            assert_whole(answer, assistant)
        assert answer.status is AnswerStatus.FAILED
        assert "down" in answer.error
        assert answer.retrieved
        assert answer.answer == ""

    @pytest.mark.parametrize("mode", ["server-error", "just-ends", "length"])
    def test_a_server_that_fails_makes_a_failed_answer(self, tmp_path, mode, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        with serving() as server:
            options = {"model": f"openai:{mode}", "base_url": server.base_url}
            with open_desk(tmp_path, **options) as assistant:
                answer = assistant.ask("How do bees dance with pollen?")
        assert answer.status is AnswerStatus.FAILED
        assert answer.retrieved
        assert answer.error

    def test_a_model_that_cannot_be_opened_is_an_error_of_ours(self, tmp_path):
        with (
            open_desk(tmp_path, model="nosuch:model") as assistant,
            pytest.raises(LitdeskError, match="nosuch"),
        ):
            assistant.ask("How do bees dance?")


def test_closing_twice_and_closing_unused_is_fine(tmp_path):
    for folder in ("a", "b"):
        assistant = Assistant.open(Settings(library=tmp_path / folder))
        assistant.close()
        assistant.close()
