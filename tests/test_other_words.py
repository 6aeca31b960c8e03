from __future__ import annotations

from dataclasses import replace

import pytest
from tests.desk import paper

from litdesk.answer.other_words import in_other_words, reread
from litdesk.answer.quoting import write_quotes
from litdesk.relevance import Relevance, titled
from litdesk.types import Evidence, Passage, Span

QUESTION = "How do insects tell one another where food is?"


class Reader:
    """Says what it was told of a text, and keeps which texts it read."""

    def __init__(self, answers=(), about=()):
        self.answers, self.about = dict(answers), dict(about)
        self.read = []

    def scores(self, query, texts):
        assert query == QUESTION
        self.read += texts
        return [
            Relevance(answers=self.answers.get(t, 0.01), about=self.about.get(t, 0.01), denies=0.0)
            for t in texts
        ]


def passage(paper_id, score, *sentences, coverage=0.1, rank=1):
    texts = [f"{paper_id} 🐝 {n}." for n in range(len(sentences))]
    abstract = " ".join(texts)
    spans = [Span(start=abstract.index(t), end=abstract.index(t) + len(t)) for t in texts]
    found = [
        Evidence(span=span, text=text, score=fit)
        for span, text, fit in zip(spans, texts, sentences, strict=True)
    ]
    return Passage(
        paper=paper(paper_id, abstract, title=paper_id, authors=("A Smith",), date="2024"),
        score=score,
        similarity=score,
        coverage=coverage,
        evidence=tuple(sorted(found, key=lambda e: -e.score)),
        rank=rank,
    )


def whole(found):
    return titled(found.paper.title, found.paper.abstract)


def sentence(found, n):
    return titled(found.paper.title, f"{found.paper.paper_id} 🐝 {n}.")


def ids(passages):
    return [p.paper.paper_id for p in passages]


def texts(found):
    return [e.text for e in found.evidence]


def test_a_paper_that_is_read_as_answering_comes_before_one_that_is_only_more_alike():
    a, b = passage("a", 0.7, 0.5), passage("b", 0.6, 0.5, rank=2)
    reader = Reader(answers={whole(b): 0.9}, about={whole(b): 0.9})
    found = reread(QUESTION, [a, b], reader=reader)
    assert ids(found) == ["b", "a"]
    assert [p.rank for p in found] == [1, 2]
    assert [p.score for p in found] == [0.6, 0.7]


@pytest.mark.parametrize("head", ["answers", "about"])
def test_either_reading_of_an_abstract_counts(head):
    a, b = passage("a", 0.7, 0.5), passage("b", 0.6, 0.5, rank=2)
    assert ids(reread(QUESTION, [a, b], reader=Reader(**{head: {whole(b): 0.9}}))) == ["b", "a"]


def test_a_paper_that_is_much_more_alike_stays_first():
    a, b = passage("a", 1.0, 0.5), passage("b", 0.1, 0.5, rank=2)
    reader = Reader(answers={whole(b): 1.0}, about={whole(b): 1.0})
    assert ids(reread(QUESTION, [a, b], reader=reader)) == ["a", "b"]


def test_the_paper_of_a_conversation_stays_before_one_with_a_better_score():
    a, b = passage("a", 0.5, 0.5), passage("b", 0.6, 0.5, rank=2)
    assert ids(reread(QUESTION, [a, b], reader=Reader())) == ["a", "b"]


def test_the_sentence_that_is_read_as_answering_is_quoted_first():
    a = passage("a", 0.7, 0.6, 0.5, 0.4)
    (found,) = reread(QUESTION, [a], reader=Reader(answers={sentence(a, 2): 0.95}))
    assert texts(found) == ["a 🐝 2.", "a 🐝 0.", "a 🐝 1."]
    assert all(0 <= e.score <= 1 for e in found.evidence)
    draft = write_quotes(QUESTION, [found], max_sentences=1, max_sentences_survey=1)
    assert [c.quote for s in draft.sentences for c in s.citations] == ["a 🐝 2."]


def test_a_question_in_the_papers_words_is_not_read_again():
    a, b = passage("a", 0.7, 0.5, coverage=0.8), passage("b", 0.6, 0.5, rank=2)
    reader = Reader(answers={whole(b): 1.0})
    assert not in_other_words([a, b])
    assert reread(QUESTION, [a, b], reader=reader) == [a, b]
    assert reader.read == []


def test_at_most_eight_abstracts_and_twelve_sentences_are_read():
    found = [passage(f"p{n}", 0.9, *[0.5] * 10, rank=n) for n in range(1, 13)]
    reader = Reader()
    again = reread(QUESTION, found, reader=reader)
    assert ids(again) == ids(found)
    assert len(reader.read) == 8 + 12
    assert {text.split(".")[0] for text in reader.read[8:]} == {"p1", "p2"}


def test_the_sentences_of_the_papers_that_come_first_now_are_read():
    found = [passage(f"p{n}", 0.6, 0.5, rank=n) for n in range(1, 5)]
    reader = Reader(answers={whole(found[3]): 0.9})
    reread(QUESTION, found, reader=reader)
    assert reader.read[4:] == [sentence(found[3], 0), sentence(found[0], 0)]


def test_readings_of_0_and_1_are_no_error():
    a, b = passage("a", 0.6, 0.5), passage("b", 0.6, 0.5, rank=2)
    reader = Reader(answers={whole(a): 0.0, whole(b): 1.0}, about={whole(a): 0.0, whole(b): 1.0})
    assert ids(reread(QUESTION, [a, b], reader=reader)) == ["b", "a"]


def test_with_nothing_found_or_a_paper_without_an_abstract_there_is_nothing_to_order():
    empty = replace(passage("a", 0.7, 0.5), evidence=())
    assert reread(QUESTION, [], reader=Reader()) == []
    assert ids(reread(QUESTION, [empty], reader=Reader())) == ["a"]
