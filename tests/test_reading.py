"""Whether what was found answers the question, as a model that reads both sees it."""

from __future__ import annotations

import pytest
from tests.desk import paper

from litdesk.answer.reading import measure, read_passages
from litdesk.relevance import Relevance, titled
from litdesk.types import Evidence, Passage, Span

TITLE = "Sorting Parcels"
DENYING = "Two arms are faster than one."
TEXT = f"Parcels are sorted by robots. {DENYING}"


def passage(name="a", similarity=0.5):
    evidence = tuple(
        Evidence(
            text=text,
            span=Span(start=TEXT.index(text), end=TEXT.index(text) + len(text)),
            score=1.0,
        )
        for text in ("Parcels are sorted by robots.", DENYING)
    )
    return Passage(
        paper=paper(name, TEXT, title=TITLE), score=1.0, similarity=similarity, evidence=evidence
    )


class Told:
    """Says of whole abstracts and of sentences what it was told, and counts what it reads."""

    def __init__(self, *, whole=(0.01, 0.01), sentence=0.01, denies=0.01):
        self.answers, self.about = whole
        self.sentence, self.denies = sentence, denies
        self.read = []

    def scores(self, query, texts):
        self.read += texts
        return [
            Relevance(answers=self.answers, about=self.about, denies=0.01)
            if text == titled(TITLE, TEXT)
            else Relevance(
                answers=self.sentence,
                about=0.01,
                denies=self.denies if DENYING in text else 0.01,
            )
            for text in texts
        ]


def read(reader, *passages):
    return read_passages("Why are two arms slower?", passages, reader=reader)


def test_where_nothing_was_found_nothing_is_read():
    reader = Told()
    found = read(reader)
    assert not found.is_about
    assert not found.is_answered
    assert reader.read == []


def test_an_abstract_that_probably_answers_spares_reading_the_sentences():
    reader = Told(whole=(0.95, 0.9))
    found = read(reader, passage())
    assert found.is_about
    assert found.is_answered
    assert reader.read == [titled(TITLE, TEXT)]


def test_what_is_far_is_read_in_full_whatever_the_first_abstracts_seem_to_say():
    reader = Told(whole=(0.95, 0.01))
    assert not read(reader, passage(similarity=0.1)).is_about
    assert len(reader.read) > 1


def test_what_is_near_and_about_it_but_does_not_answer_is_not_an_answer():
    found = read(Told(whole=(0.02, 0.9)), passage(similarity=0.7))
    assert found.is_about
    assert not found.is_answered
    assert found.denial is None


def test_what_is_far_and_about_something_else_is_off_topic():
    assert not read(Told(), passage(similarity=0.1)).is_about


def test_the_sentence_that_denies_most_is_named():
    found = read(Told(whole=(0.02, 0.9), denies=0.8), passage(similarity=0.7))
    assert found.denial.evidence.text == DENYING


@pytest.mark.parametrize(("chance", "odds"), [(0.0, -8.0), (1.0, 8.0), (0.5, 0.0)])
def test_log_odds_stay_within_bounds(chance, odds):
    signals = measure("Why?", [passage()], reader=Told(whole=(chance, 0.5)))
    assert signals.whole == odds


def test_what_answers_more_is_answered_whatever_its_place():
    near = [passage("a"), passage("b")]
    values = [
        measure("Why?", near, reader=Told(whole=(chance, 0.5))).whole for chance in (0.1, 0.5, 0.8)
    ]
    assert values == sorted(set(values))
