from __future__ import annotations

import pytest
from tests.desk import paper

from litdesk.answer.quoting import asks_for_several, write_quotes
from litdesk.types import Evidence, Passage, Span


def passage(paper_id, score, *sentences):
    """A paper whose abstract is made of sentences, each with its score."""
    texts = [f"{paper_id} 🐝 {n}." for n in range(len(sentences))]
    abstract = " ".join(texts)
    evidence = []
    for text, fit in zip(texts, sentences, strict=True):
        start = abstract.index(text)
        span = Span(start=start, end=start + len(text))
        evidence.append(Evidence(span=span, text=text, score=fit))
    evidence.sort(key=lambda e: -e.score)
    return Passage(
        paper=paper(paper_id, abstract, title=paper_id, authors=("A Smith",), date="2024"),
        score=score,
        similarity=score,
        evidence=tuple(evidence),
    )


def written(*passages, question="How do bees dance?", limit=4, survey=6):
    return write_quotes(
        question, passages, max_sentences=limit, max_sentences_survey=survey
    ).sentences


def cited(sentences):
    return [(c.paper_id, c.quote) for s in sentences for c in s.citations]


def test_the_best_sentences_come_in_the_order_of_the_abstract():
    found = written(passage("a", 1.0, 0.7, 0.9, 0.1, 0.8))
    assert cited(found) == [("a", "a 🐝 0."), ("a", "a 🐝 1."), ("a", "a 🐝 3.")]


def test_a_paper_is_named_once_and_every_sentence_is_one_quotation():
    found = written(passage("a", 1.0, 0.9, 0.9), passage("b", 0.9, 0.9, 0.9))
    assert [s.text.startswith("Smith (2024): ") for s in found] == [True, False, True, False]
    assert all(s.text.endswith(f"“{s.citations[0].quote}”") for s in found)


def test_quotes_are_slices_of_their_abstracts():
    found = written(passage("a", 1.0, 0.9, 0.8, 0.7), passage("b", 0.95, 0.9))
    papers = {"a": passage("a", 1.0, 0, 0, 0).paper, "b": passage("b", 1.0, 0).paper}
    for sentence in found:
        (citation,) = sentence.citations
        abstract = papers[citation.paper_id].abstract
        assert abstract[citation.start : citation.end] == citation.quote
        assert citation.version == papers[citation.paper_id].version


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_there_are_never_more_sentences_than_asked_for(limit):
    one = [passage("a", 1.0, *[0.9] * 9)]
    several = [passage(name, 1.0, *[0.9] * 3) for name in "abcdefgh"]
    assert len(written(*one, limit=limit)) == min(limit, 9)
    assert len(written(*several, limit=limit)) == min(limit, 9)
    assert len(written(*several, question="Compare the bees.", survey=limit)) == min(limit, 9)


def test_no_sentence_comes_twice():
    several = [passage(name, 1.0, *[0.9] * 5) for name in "abc"]
    found = cited(written(*several, question="Compare the bees.", survey=40))
    assert len(found) == len(set(found))


def test_papers_and_sentences_that_fit_much_less_are_left_out():
    found = written(passage("a", 1.0, 0.9, 0.2), passage("b", 0.2, 0.9), passage("c", 0.9, 0.1))
    assert cited(found) == [("a", "a 🐝 0.")]


def test_a_question_about_several_papers_takes_more_of_them():
    found = [passage("a", 1.0, 0.9), passage("b", 0.72, 0.6)]
    assert len(written(*found)) == 1
    assert len(written(*found, question="Compare the methods.")) == 2


def test_one_paper_has_no_more_sentences_because_several_were_asked_for():
    found = [passage("a", 1.0, *[0.9] * 9), passage("b", 0.1, 0.9)]
    assert len(written(*found, question="Compare the methods.")) == 4


def test_no_more_than_three_papers_are_quoted():
    several = [passage(name, 1.0, 0.9) for name in "abcdefgh"]
    assert len(written(*several, question="Compare the bees.", survey=6)) == 3


def test_papers_without_an_abstract_are_passed_over():
    bare = Passage(paper=paper("t", title="Title"), score=1.0, similarity=1.0)
    assert written() == written(bare) == ()
    assert cited(written(bare, passage("a", 0.5, 0.9))) == [("a", "a 🐝 0.")]


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("What papers discuss bees?", True),
        ("Ants versus bees", True),
        ("Which dances are known?", True),
        ("Where are dances seen?", True),
        ("How do rain and wind change a dance?", True),
        ("Where do bees dance, and where do they not?", True),
        ("Is there a way to read a dance?", True),
        ("dance in honey bees and bumble bees", True),
        ("Why do bees dance?", False),
        ("why do bees dance", False),
        ("What does the dance tell?", False),
        ("What makes bees dance?", False),
        ("What class is the bee in?", False),
    ],
)
def test_questions_for_several_papers_are_known_by_their_words(question, several):
    assert asks_for_several(question) is several
