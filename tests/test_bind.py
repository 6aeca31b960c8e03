from __future__ import annotations

import pytest

from litdesk.answer.bind import bind_citations, bind_unmarked
from litdesk.types import AbstractVersion, DraftSentence, Paper, Passage

ABSTRACT = (
    "Bees find their way by the sun. They dance to tell others where flowers are. "
    "In 12 hives, ω-pollen fed bees danced 35% longer than bees fed sugar. "
    "We release the recordings of all BeeCam sensors."
)
OTHER = (
    "Ants lay trails of scent. A colony of 900 ants found the shorter of two paths in 8 minutes. "
    "Trails fade within an hour."
)


def passage(paper_id: str, abstract: str, title: str = "A title") -> Passage:
    versions = (AbstractVersion(text=abstract),) if abstract else ()
    paper = Paper(paper_id=paper_id, title=title, versions=versions)
    return Passage(paper=paper, score=0.5, similarity=0.5)


PASSAGES = (passage("bees", ABSTRACT), passage("ants", OTHER))


@pytest.mark.parametrize(
    ("text", "marker", "begins"),
    [
        ("Bees fed with pollen danced 35% longer.", 1, "In 12 hives"),
        ("The BeeCam recordings are public.", 1, "We release"),
        ("It took 900 ants 8 minutes to find the shorter path.", 2, "A colony"),
        ("Ant trails are gone after an hour.", 2, "Trails fade"),
        ("Bees are led by the sun.", 1, "Bees find"),
    ],
)
def test_a_marker_is_bound_to_the_sentence_that_supports_it(
    text: str, marker: int, begins: str
) -> None:
    (citation,) = bind_citations(DraftSentence(text=text, markers=(marker,)), PASSAGES).citations
    paper = PASSAGES[marker - 1].paper
    assert citation.quote.startswith(begins)
    assert paper.abstract[citation.start : citation.end] == citation.quote
    assert (citation.marker, citation.status, citation.origin) == (marker, "ok", "writer")
    assert (citation.paper_id, citation.field, citation.version) == (
        paper.paper_id,
        "abstract",
        paper.version,
    )


def test_every_marker_of_a_sentence_is_bound_to_its_own_paper() -> None:
    sentence = DraftSentence(text="Bees dance and ants lay trails.", markers=(2, 1))
    bound = bind_citations(sentence, PASSAGES)
    assert [(c.marker, c.paper_id) for c in bound.citations] == [(2, "ants"), (1, "bees")]


@pytest.mark.parametrize("marker", [3, 0, 999])
def test_a_number_that_names_no_passage_stays_as_unknown(marker: int) -> None:
    bound = bind_citations(DraftSentence(text="Wasps sting.", markers=(marker,)), PASSAGES)
    (citation,) = bound.citations
    assert (citation.marker, citation.status, citation.paper_id) == (marker, "unknown", None)
    assert (citation.quote, citation.start, citation.end) == ("", None, None)


def test_a_sentence_that_needs_two_neighbours_quotes_both() -> None:
    text = "Scent trails fade within an hour; a colony found the shorter path."
    (citation,) = bind_citations(DraftSentence(text=text, markers=(2,)), PASSAGES).citations
    assert citation.quote == OTHER[OTHER.index("A colony") :]


def test_a_sentence_that_shares_no_word_still_quotes_something_of_the_paper() -> None:
    (citation,) = bind_citations(
        DraftSentence(text="Zebras gallop.", markers=(1,)), PASSAGES
    ).citations
    assert citation.quote
    assert ABSTRACT[citation.start : citation.end] == citation.quote


def test_a_paper_without_an_abstract_is_cited_by_its_title() -> None:
    passages = (passage("bare", "", title="On bees"),)
    (citation,) = bind_citations(DraftSentence(text="Bees.", markers=(1,)), passages).citations
    assert (citation.field, citation.quote, citation.start, citation.end) == (
        "title",
        "On bees",
        0,
        7,
    )


def test_a_sentence_without_a_marker_has_no_citation() -> None:
    sentence = DraftSentence(text="Bees find their way by the sun.")
    assert bind_citations(sentence, PASSAGES) == sentence


def test_a_forgotten_marker_is_found_by_the_words_and_says_so() -> None:
    bound = bind_unmarked(DraftSentence(text="The colony of 900 ants took 8 minutes."), PASSAGES)
    (citation,) = bound.citations
    assert bound.markers == ()
    assert (citation.origin, citation.marker, citation.paper_id) == ("code", 2, "ants")
    assert OTHER[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize("text", ["The GPU was a Titan V.", "Insects are animals.", "It works."])
def test_a_sentence_that_no_passage_supports_stays_unbound(text: str) -> None:
    assert bind_unmarked(DraftSentence(text=text), PASSAGES).citations == ()


def test_a_sentence_that_two_passages_support_alike_stays_unbound() -> None:
    twins = (passage("a", ABSTRACT), passage("b", ABSTRACT))
    assert (
        bind_unmarked(DraftSentence(text="Bees find their way by the sun."), twins).citations == ()
    )
