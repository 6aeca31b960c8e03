"""What a topic asks for, and the words in which papers may have it."""

from __future__ import annotations

import pytest
from tests.desk import open_desk

from litdesk import reviewing
from litdesk.review.relevance import Measured, Signals, decide_relevance, measure_candidates
from litdesk.review.results import Scope
from litdesk.review.search import find_candidates
from litdesk.review.topic import read_topic
from litdesk.review.wording import acronyms_of, read_wordings, singular, terms_of
from litdesk.types import AbstractVersion, Paper


def paper(paper_id: str, abstract: str, title: str = "A title") -> Paper:
    return Paper(paper_id=paper_id, title=title, versions=(AbstractVersion(text=abstract),))


@pytest.mark.parametrize(
    ("text", "together", "alternatives"),
    [
        ("bird song", ["bird song"], []),
        ("song of birds in cities", ["song", "birds", "cities"], []),
        ("bird song and city noise", ["bird song", "city noise"], ["bird song", "city noise"]),
        ("pitch and tempo in bird song", ["pitch", "tempo", "bird song"],
         ["pitch bird song", "tempo bird song"]),
        ("song learning and loss of hearing", ["song learning", "loss", "hearing"],
         ["song learning", "loss hearing"]),
        ("models for song and flight", ["models", "song", "flight"],
         ["models song", "models flight"]),
        ("birds: song, flight and nests", ["birds", "song", "flight", "nests"],
         ["birds song", "birds flight", "birds nests"]),
        ("relation between song and flight", ["relation", "song", "flight"], []),
        ("song and flight", ["song", "flight"], []),
        ("birds:", ["birds"], []),
        ("of the", ["of the"], []),
    ],
)  # fmt: skip
def test_a_topic_is_read_as_concepts_and_alternatives(text, together, alternatives):
    topic = read_topic(text)
    assert list(topic.together) == together
    assert list(topic.queries) == [text, *alternatives]


def test_an_acronym_needs_the_initials_of_the_words_before_it():
    text = "We train hidden Markov models (HMMs), see (Fig). A map (RL) of the land (NASA)."
    assert acronyms_of(text) == {"HMM": "hidden Markov models".lower()}


def test_an_acronym_that_one_paper_defines_is_read_in_all():
    vocabulary = read_wordings(
        [paper("a", "We study bird song learning (BSL)."), paper("b", "BSL fails at night.")]
    )
    (_, sentence) = vocabulary.wordings["b"].sentences
    assert {sentence.credit(term) for term in terms_of("bird song learning")} == {1.0}
    assert vocabulary.spell_out("BSL in towns") == "bird song learning in towns"


def test_a_word_counts_more_than_one_of_the_same_stem():
    read = read_wordings([paper("a", "Optimal nests."), paper("b", "An optimizer for nests.")])
    (term,) = terms_of("optimizers")
    assert read.wordings["b"].sentences[1].credit(term) == 1.0
    assert 0 < read.wordings["a"].sentences[1].credit(term) < 1


@pytest.mark.parametrize("text", ["fine-tuning", "finetuning", "fine tuning"])
def test_a_hyphenated_word_may_stand_in_one_word_or_two(text):
    read = read_wordings([paper("a", f"We do {text} at night.")])
    (term,) = terms_of("Fine-tuning")
    assert read.wordings["a"].sentences[1].credit(term) == 1.0


def test_a_letter_belongs_to_the_word_beside_it():
    assert [term.shown for term in terms_of("vitamin D and regulatory T cells")] == [
        "vitamin d",
        "regulatory t",
        "cells",
    ]
    read = read_wordings([paper("a", "A vitamin E trial. Plan D holds.")])
    (term,) = terms_of("vitamin D")
    assert max(s.credit(term) for s in read.wordings["a"].sentences) < 1


def test_plurals_lose_their_ending():
    assert [singular(w) for w in ("studies", "laws", "boxes", "classes", "analysis", "virus")] == [
        "study", "law", "box", "class", "analysis", "virus",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("equilibria", "equilibrium"),
        ("matrices", "matrix"),
        ("indices", "index"),
        ("vertices", "vertex"),
        ("analyses", "analysis"),
        ("hypotheses", "hypothesis"),
    ],
)
def test_latin_and_greek_plurals_are_those_of_their_singular(plural, one):
    assert singular(plural) == singular(one) == one


BIRDS = [
    {"title": "Song of the wren", "abstract": "We record the song of wrens. Their song is long."},
    {"title": "Song in towns", "abstract": "We study song of birds in towns. Towns are loud."},
    {"title": "Traffic of towns", "abstract": "We count cars in towns. Cars are many."},
    {"title": "Soup", "abstract": "We cook a soup of leeks. It is good."},
]


def decided(review):
    return {c.title: c.decision for c in review.candidates}


def test_a_listed_thing_does_alone_where_few_papers_have_all(tmp_path, word_embeddings):
    with open_desk(tmp_path, *BIRDS) as desk:
        review = desk.review("wren song and town traffic")
    found = decided(review)
    assert found["Song of the wren"] == found["Traffic of towns"] == "cited"
    assert found.get("Soup", "off topic") == "off topic"


def test_reasons_name_the_words_that_a_paper_has_and_lacks(tmp_path, word_embeddings):
    with open_desk(tmp_path, *BIRDS) as desk:
        review = desk.review("song in towns")
    reasons = {c.title: c.reason for c in review.candidates}
    assert "has “song”, not “towns”" in reasons["Song of the wren"]
    assert "has “song”, “towns”" in reasons["Song in towns"]


def test_between_cited_and_off_topic_a_paper_is_listed():
    sure = Measured(
        signals=Signals(concepts=0.9, relative=1.0, head=0.9, cosine=0.8, unworded=0.0),
        has=("song", "towns"),
        lacks=(),
    )
    doubtful = Measured(
        signals=Signals(concepts=0.5, relative=0.6, head=0.3, cosine=0.3, unworded=0.0),
        has=("song",),
        lacks=("towns",),
    )
    away = Measured(
        signals=Signals(concepts=0.1, relative=0.1, head=0.1, cosine=0.1, unworded=0.0),
        has=(),
        lacks=(),
    )
    best, near, far = decide_relevance({"far": away, "near": doubtful, "best": sure})
    assert (best.paper_id, best.relevant, best.possible) == ("best", True, True)
    assert (near.paper_id, near.relevant, near.possible) == ("near", False, True)
    assert (far.paper_id, far.relevant, far.possible) == ("far", False, False)


def test_where_no_paper_is_likely_to_belong_more_is_asked_of_those_that_are_listed():
    doubtful, likelier = (
        Measured(
            signals=Signals(concepts=0.5, relative=0.6, head=0.3, cosine=cosine, unworded=0.0),
            has=("song",),
            lacks=("towns",),
        )
        for cosine in (0.3, 0.5)
    )
    first, second = decide_relevance({"doubtful": doubtful, "likelier": likelier})
    assert (first.paper_id, first.relevant, first.possible) == ("likelier", False, True)
    assert (second.paper_id, second.relevant, second.possible) == ("doubtful", False, False)
    assert "listed from 20.0%" in first.reason


def signals(**given):
    return Signals(**{"concepts": 0.2, "relative": 0.5, "head": 0.2, "cosine": 0.4, **given})


def test_a_paper_may_say_in_other_words_what_the_topic_asks():
    alike = {
        name: Measured(signals=signals(unworded=value), has=(), lacks=("song",))
        for name, value in (("stands out", 0.9), ("does not", 0.0))
    }
    first, second = decide_relevance(alike)
    assert (first.paper_id, first.relevant) == ("stands out", True)
    assert (second.paper_id, second.relevant) == ("does not", False)


def test_what_stands_out_counts_as_far_as_words_are_missing(tmp_path, word_embeddings):
    with open_desk(tmp_path, *BIRDS) as desk:
        found = measured_in(desk, "song in towns")
    assert all(0 <= one.signals.unworded <= 1 - one.signals.concepts for one in found.values())
    said = {title: one.signals.unworded for title, one in found.items()}
    assert said["Song of the wren"] > said["Soup"] == 0


def measured_in(assistant, topic):
    """What is measured of each paper, by title."""
    desk, _ = reviewing.open_desk(
        Scope(topic=topic), shelf=assistant._open_shelf(), equipment=assistant._equipment
    )
    pool = find_candidates(topic, finder=desk.finder, vectors=desk.vectors, allowed=desk.papers)
    found = measure_candidates(pool, papers=desk.papers, vectors=desk.vectors, finder=desk.finder)
    return {desk.papers[paper_id].title: one for paper_id, one in found.items()}
