from __future__ import annotations

from tests.desk import paper

from litdesk.answer.compose import compose
from litdesk.types import Action, CheckedSentence, Citation, Verdict

PAPERS = {name: paper(name, f"{name} text.", title=name.title()) for name in "abcd"}


def checked(text, *cited, action=Action.KEPT):
    """A sentence that cites papers by name; `?` is a number of no passage."""
    citations = tuple(
        Citation(marker=7, status="unknown")
        if name == "?"
        else Citation(marker=9, paper_id=name, field="abstract", quote="q", start=0, end=1)
        for name in cited
    )
    return CheckedSentence(
        text=text,
        verdict=Verdict.SUPPORTED,
        score=1.0,
        reason="",
        verifier=None,
        citations=citations,
        action=action,
    )


def numbers(composition):
    return {r.paper_id: r.marker for r in composition.references}


def test_every_sentence_is_where_its_offsets_say():
    made = compose(
        [checked("🐝 é one.", "b"), checked("Two.", "a", "b"), checked("Three.")], papers=PAPERS
    )
    for sentence in made.sentences:
        assert made.text[sentence.start : sentence.end] == sentence.text
    assert made.text.split() == ["🐝", "é", "one.", "[1]", "Two.", "[2][1]", "Three."]


def test_papers_are_numbered_in_the_order_of_their_first_citation():
    made = compose([checked("One.", "c"), checked("Two.", "a", "c")], papers=PAPERS)
    assert numbers(made) == {"c": 1, "a": 2}
    assert [c.marker for s in made.sentences for c in s.citations] == [1, 2, 1]


def test_numbers_of_the_conversation_stay():
    made = compose([checked("One.", "d", "b", "c")], papers=PAPERS, numbered=["a", "b"])
    assert numbers(made) == {"d": 3, "b": 2, "c": 4}
    assert "[3][2][4]" in made.text


def test_a_number_of_no_passage_is_shown_and_kept_as_it_came():
    made = compose([checked("One.", "a", "?")], papers=PAPERS)
    assert made.text == "One. [1][?]"
    assert [(c.marker, c.status) for c in made.sentences[0].citations] == [
        (1, "ok"),
        (7, "unknown"),
    ]
    assert numbers(made) == {"a": 1}


def test_a_paper_cited_twice_in_a_sentence_is_shown_once():
    assert compose([checked("One.", "a", "a")], papers=PAPERS).text == "One. [1]"


def test_a_dropped_sentence_is_data_but_not_text_and_takes_no_number():
    made = compose(
        [checked("Gone.", "a", action=Action.DROPPED), checked("Kept.", "b")], papers=PAPERS
    )
    assert made.text == "Kept. [1]"
    assert numbers(made) == {"b": 1}
    gone = made.sentences[0]
    assert (gone.text, gone.start, gone.end, gone.action) == ("Gone.", 0, 0, Action.DROPPED)


def test_what_leads_stands_before_the_first_sentence():
    made = compose([checked("One.", "a")], papers=PAPERS, lead="It seems not:")
    assert made.text == "It seems not: One. [1]"
    assert made.text[made.sentences[0].start :].startswith("One.")


def test_nothing_makes_an_empty_answer():
    made = compose([], papers=PAPERS)
    assert (made.text, made.sentences, made.references) == ("", (), ())
