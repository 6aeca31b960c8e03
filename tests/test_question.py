from __future__ import annotations

import pytest
from tests.desk import paper

from litdesk.errors import QuestionError
from litdesk.question import (
    MAX_CHARS,
    StandAlone,
    check_question,
    correct_spelling,
    papers_of,
    stand_alone,
    take_up,
)
from litdesk.types import Turn

VOCABULARY = frozenset(
    "shampoo adam sgd lora gpt optimizer learning supervised aligned position bias attention "
    "preconditioner kakade vyas the critical odin".split()
)
ENGLISH = frozenset("what does the paper open learn which about optimal".split())

FIRST = Turn(question="What is SOAP?", answer="…", paper_ids=("soap", "shampoo"))
SECOND = Turn(question="How do bees dance?", answer="…", paper_ids=("shampoo", "bees"))


@pytest.mark.parametrize(
    "question",
    ["", "  \n", "?!…", "a" * (MAX_CHARS + 1), "a\x00b", "a\x1b[31m", "a\ud800", "a\x7fb"],
)
def test_what_cannot_be_asked_is_refused_with_a_remedy(question):
    with pytest.raises(QuestionError) as refused:
        check_question(question)
    assert refused.value.exit_code == 2
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("question", "read"),
    [
        (" a \t b\r\nc ", "a b c"),
        ("cafe\u0301?", "caf\u00e9?"),
        ("日本", "日本"),
        ("a" * MAX_CHARS, "a" * MAX_CHARS),
        ("{{ braces }} and {0} %s", "{{ braces }} and {0} %s"),
    ],
)
def test_a_question_is_read_in_its_normal_form(question, read):
    assert check_question(question) == read


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("shampo", "shampoo"),
        ("Kakde", "kakade"),
        ("the postion bais", "the position bias"),
        ("atention, crtical!", "attention, critical!"),
        ("precondtionor", "preconditioner"),
    ],
)
def test_a_mistake_becomes_the_word_of_the_library(question, read):
    assert corrected(question) == read


@pytest.mark.parametrize(
    "word",
    [
        "shampoo", "SHAMPO", "ADMM", "GPTQ", "QLoRA", "unlearning", "unsupervised", "unaligned",
        "optimizers", "learn", "open", "optimal", "odi", "zyzzyva", "Schmidhuber", "2409.11321",
        "don't", "lorra7", "",
    ],
)  # fmt: skip
def test_words_acronyms_inflections_and_prefixes_stay(word):
    assert corrected(word) == word


def corrected(question):
    return correct_spelling(question, vocabulary=VOCABULARY, is_word=lambda word: word in ENGLISH)


def test_correcting_with_an_empty_library_changes_nothing():
    assert correct_spelling("shampo", vocabulary=(), is_word=lambda _: False) == "shampo"


@pytest.mark.parametrize("question", ["What is SOAP?", "Who wrote it?", "expand [2]", "and?"])
def test_without_a_conversation_a_question_stands_as_it_is(question):
    assert stand_alone(question, ()) == StandAlone(text=question, asked=question)


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote it?", "And compared with Adam?", "why?", "What about their results?",
        "Does the method scale?", "How does that work in practice for large models?",
    ],
)  # fmt: skip
def test_a_follow_up_takes_the_words_that_began_its_thread_and_the_last_papers(question):
    read = stand_alone(question, (FIRST, SECOND))
    assert read.asked == question
    assert read.text == f"How do bees dance? {question}"
    assert read.focus == ("shampoo", "bees")
    assert not read.only_focus


def test_a_chain_of_follow_ups_keeps_the_question_that_began_it():
    begun = Turn(question="What does SOAP do about preconditioning cost?", paper_ids=("soap",))
    chain = (
        FIRST,
        begun,
        Turn(question="who made it?", paper_ids=("soap", "shampoo")),
        Turn(question="how large was the biggest one?"),
    )
    read = stand_alone("is the code public?", chain)
    assert read.text == f"{begun.question} is the code public?"
    assert read.focus == ("soap", "shampoo")


@pytest.mark.parametrize(
    "question",
    [
        "What limits context length generalization of Transformers?",
        "Which optimizers need tuning of momentum?",
    ],
)
def test_a_question_that_stands_alone_leaves_the_conversation_behind(question):
    assert stand_alone(question, (FIRST,)) == StandAlone(text=question, asked=question)


@pytest.mark.parametrize(
    "opening", ["Something else:", "New topic.", "OK, another question:", "By the way,"]
)
def test_a_new_topic_is_taken_at_its_word(opening):
    read = stand_alone(f"{opening} does it dance?", (FIRST,))
    assert read == StandAlone(text="does it dance?", asked="does it dance?")


def test_a_new_topic_that_is_all_that_is_said_stays_a_question():
    assert stand_alone("New topic", (FIRST,)).text == "New topic"


@pytest.mark.parametrize(
    ("question", "paper_id", "text"),
    [
        ("expand [2]", "shampoo", "How do bees dance?"),
        ("Tell me more about [3].", "bees", "How do bees dance?"),
        ("explain the pollen of [1]", "soap", "How do bees dance?"),
    ],
)
def test_a_number_opens_its_paper_however_long_ago_it_was_given(question, paper_id, text):
    read = stand_alone(question, (FIRST, SECOND))
    assert read.focus == (paper_id,)
    assert read.only_focus
    assert read.text


@pytest.mark.parametrize("number", ["[0]", "[4]", "[999]"])
def test_a_number_that_was_never_given_opens_nothing(number):
    assert not stand_alone(f"expand {number}", (FIRST, SECOND)).only_focus


def test_papers_keep_their_numbers_through_a_conversation():
    assert papers_of(()) == []
    assert papers_of((FIRST, SECOND, FIRST)) == ["soap", "shampoo", "bees"]


@pytest.mark.parametrize(
    ("question", "taken"),
    [
        ("Which layers need the adaptivity?", True),
        ("Which layers need butter?", True),
        ("Which breads need the butter?", False),
        ("Adaptivity?", False),
        ("Something else: which layers need adaptivity?", False),
    ],
)
def test_a_question_in_the_words_of_the_last_papers_is_taken_up(question, taken):
    layers = paper("soap", "Adaptivity is needed in the last layer.")
    read = take_up(question, [FIRST], [layers])
    expected = StandAlone(
        text=f"What is SOAP? {question}", asked=question, focus=("soap", "shampoo")
    )
    assert read == (expected if taken else None)
