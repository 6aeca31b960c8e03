# ruff: noqa: S311 (chance that can be repeated)
"""The recipe of the relevance model: what its pairs are, and what they teach."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pytest
from training.relevance.data import Document, Query, read_queries
from training.relevance.pairs import LACKING, WHOLE, beside_topics, examples_of, mined, pair_of
from training.relevance.premises import ask_about, claim_of, opposite
from training.relevance.prepare import QUESTIONS
from training.relevance.sources import (
    authored,
    details,
    keywords_of,
    mistyped,
    squad,
    topics,
)
from training.relevance.train import told
from training.verifier.data import write_rows

DOCUMENT = Document(
    doc_id="d",
    title="On Parcels",
    sentences=("Parcels are many.", "Two arms sort faster than one.", "We use simulation."),
)
ASKED = Query(
    source="authored", kind="plain", query="Which sorts faster?", doc_id="d", answers=(1,),
    denies=(),
)  # fmt: skip


def examples(query: Query):
    found = examples_of([query], {"d": DOCUMENT}, random.Random(1))
    return {example.place: example for example in found}


def test_a_question_is_read_beside_each_sentence_the_whole_and_the_whole_without_its_answer():
    found = examples(ASKED)
    answers = {place: example.targets[0] for place, example in found.items()}
    assert answers == {0: 0.0, 1: 1.0, 2: 0.0, WHOLE: 1.0, LACKING: 0.0}
    lacking = pair_of(found[LACKING], {"d": DOCUMENT}).evidence
    assert lacking == "On Parcels. Parcels are many. We use simulation."


def test_a_topic_says_nothing_of_answers():
    topic = Query(source="keyword", kind="topic", query="robots", doc_id="d", about=True)
    answers, about, denies = examples(topic)[WHOLE].targets
    assert about == 1.0
    assert math.isnan(answers)
    assert math.isnan(denies)


def test_a_sentence_nearly_as_like_as_the_answer_is_of_unknown_label():
    places = [("other", 0), ("third", 0)]
    found = mined(
        [ASKED], np.array([0.8]), places, np.array([[0, 1]]), np.array([[0.79, 0.5]]),
        random.Random(1),
    )  # fmt: skip
    told_of = {example.doc_id: example.targets[0] for example in found if example.place >= 0}
    assert math.isnan(told_of["other"])
    assert told_of["third"] == 0.0


def test_what_only_the_teachers_judge_is_of_unknown_label():
    topic = Query(source="authored", kind="topic", query="robots", doc_id="d", about=True)
    found = list(beside_topics({"robots": topic}, np.array([[0.9, 0.1]]), "de", random.Random(1)))
    assert {example.doc_id for example in found} == {"d", "e"}
    assert all(math.isnan(target) for example in found for target in example.targets)


def test_a_question_that_rightly_supposes_something_is_denied_by_nothing():
    row = {"batch": "1", "kind": "truepremise", "id": "a", "question": "Why so?", "answers": [0]}
    papers = {"a": {"title": "A", "abstract": "It is so. It is small."}}
    [asked] = [
        query
        for query in authored([row | {"contradicts": []}], papers, rng=random.Random(1))
        if isinstance(query, Query)
    ]
    assert (asked.answers, asked.denies) == (None, ())


def test_slips_of_the_fingers_change_a_question_little():
    for seed in range(20):
        asked = mistyped("Which sorts faster?", random.Random(seed))
        assert len(asked) == len("Which sorts faster?") - 1


def test_what_is_not_known_costs_nothing():
    import torch

    loss = told(np.float32([[1, math.nan, 0]]), None, np.ones((1, 3)), hard=1.0)
    rows = np.array([0])
    assert loss(torch.tensor([[3.0, 9.0, -3.0]]), rows) == loss(
        torch.tensor([[3.0, -9.0, -3.0]]), rows
    )
    assert loss(torch.tensor([[-3.0, 0.0, 3.0]]), rows) > loss(
        torch.tensor([[3.0, 0.0, -3.0]]), rows
    )


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        (
            "However, we show that our robot sorts parcels faster.",
            "their robot sorts parcels faster",
        ),
        ("It is small.", ""),
    ],
)
def test_a_claim_is_what_is_left_without_the_opening_words(sentence, claim):
    assert claim_of(sentence) == claim


def test_the_opposite_of_a_claim_differs_from_it():
    claim = "the robot with two arms reduces the time of sorting"
    turned = opposite(claim, random.Random(2))
    assert turned
    assert turned != claim


def test_a_plain_subject_is_asked_about_as_people_do():
    claim = "The robot reduces the time of sorting"
    asked = {ask_about(claim, random.Random(seed)) for seed in range(20)}
    assert "Why does the robot reduce the time of sorting?" in asked


def test_names_of_areas_are_no_topics():
    assert keywords_of({"keywords": ["ML: Federated Learning", "General", "GANs"]}) == [
        "federated learning",
        "GANs",
    ]


def test_a_paper_that_names_a_topic_in_its_text_is_never_taken_to_be_off_it():
    papers = {
        str(n): {"title": f"Study {n}", "abstract": f"We study {word}.", "keywords": [word]}
        for n, word in enumerate(("parcel sorting", "robot arms", "parcel sorting", "onions"))
    }
    for query in topics(papers, list(papers), rng=random.Random(1)):
        if "," not in query.query and " and " not in query.query and " or " not in query.query:
            stated = query.query in papers[query.doc_id]["abstract"]
            assert stated == query.about


def test_a_detail_that_a_text_states_is_not_asked_for_in_vain():
    stating = Document(doc_id="d", title="Parcels", sentences=("It ran on a GPU for a day.",))
    for seed in range(40):
        for query in details([stating], rng=random.Random(seed), share=1.0):
            assert "GPU" not in query.query


def test_a_question_without_answer_in_its_paragraph_is_a_near_miss():
    paragraph = {
        "context": "Rollo led the Normans. He ruled Rouen.",
        "qas": [
            {"question": "Who led?", "answers": [{"answer_start": 0}], "is_impossible": False},
            {"question": "Who swam?", "answers": [], "is_impossible": True},
        ],
    }
    found = squad({"data": [{"title": "Normans", "paragraphs": [paragraph]}]})
    assert [q.answers for q in found if isinstance(q, Query)] == [(0,), ()]


def test_all_papers_read_with_a_topic_are_known_to_be_on_it_or_not():
    papers = {i: {"title": i, "abstract": "Text stands here."} for i in "ab"}
    rows = [
        {
            "batch": "1",
            "kind": "plain",
            "id": i,
            "question": "What?",
            "answers": [0],
            "contradicts": [],
        }
        for i in "ab"
    ]
    topic = {"batch": "1", "kind": "topic", "topic": "t", "relevant": ["a"], "touching": []}
    found = [
        q for q in authored([*rows, topic], papers, rng=random.Random(1)) if isinstance(q, Query)
    ]
    assert {q.doc_id: q.about for q in found if q.kind == "topic"} == {"a": True, "b": False}


def test_a_batch_of_topics_alone_names_its_papers_and_those_without_a_record_are_left_out():
    papers = {i: {"title": i, "abstract": "Text stands here."} for i in "ab"}
    rows = [
        {"batch": "2", "kind": "papers", "ids": ["a", "b", "unknown"]},
        {"batch": "2", "kind": "topic", "topic": "t", "relevant": ["b"], "touching": []},
    ]
    found = list(authored(rows, papers, rng=random.Random(1)))
    assert {d.doc_id for d in found if isinstance(d, Document)} == {"a", "b"}
    assert {q.doc_id: q.about for q in found if isinstance(q, Query)} == {"a": False, "b": True}


def test_a_question_that_has_to_do_with_no_paper_is_answered_by_none():
    papers = {i: {"title": i, "abstract": "Text stands here."} for i in "abcdefgh"}
    rows = [
        {"batch": "2", "kind": "papers", "ids": list("abcdefgh")},
        {"batch": "2", "kind": "topic", "topic": "t", "relevant": ["b"], "touching": []},
        {"batch": "0", "kind": "unrelated", "question": "Write a haiku about my cat."},
    ]
    queries = [q for q in authored(rows, papers, rng=random.Random(1)) if isinstance(q, Query)]
    strange = [q for q in queries if q.kind == "unrelated"]
    assert len({q.doc_id for q in strange}) == 6
    assert {(q.answers, q.denies) for q in strange} == {((), ())}


def test_the_questions_written_by_hand_name_sentences_and_hold_no_text_of_papers():
    rows = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    assert len(rows) > 3000
    for row in rows:
        assert row.keys() <= {
            "batch", "kind", "id", "question", "answers", "contradicts", "topic", "relevant",
            "touching", "ids",
        }  # fmt: skip
        if row["kind"] in {"plain", "paraphrase"}:
            assert row["answers"]


def test_queries_are_read_as_they_were_written(tmp_path):
    write_rows(tmp_path / "queries.jsonl.gz", [ASKED])
    assert read_queries(tmp_path / "queries.jsonl.gz") == [ASKED]
