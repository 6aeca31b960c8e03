"""What the relevance model decides in a review, and what is decided without it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.desk import open_desk, paper

from litdesk import reviewing
from litdesk.relevance import Relevance, RelevanceModel, log_odds, titled
from litdesk.review.assemble import write_review
from litdesk.review.relevance import (
    Measured,
    Signals,
    decide_relevance,
    read_nearest,
)
from litdesk.review.results import Scope

BIRDS = [
    {"title": "Song of the wren", "abstract": "We record the song of wrens. Their song is long."},
    {"title": "Song in towns", "abstract": "We study song of birds in towns. Towns are loud."},
    {"title": "Traffic of towns", "abstract": "We count cars in towns. Cars are many."},
    {"title": "Soup", "abstract": "We cook a soup of leeks. It is good."},
]


class Reader:
    """Finds texts with a word on the topic, and keeps what it was asked."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.asked: list[tuple[str, str]] = []

    def scores(self, query, texts):
        self.asked += [(query, text) for text in texts]
        return [
            Relevance(answers=0.5, about=0.99 if self.word in text else 0.01, denies=0.0)
            for text in texts
        ]


def measured(**given: float) -> Measured:
    return Measured(
        signals=Signals(
            **{
                "concepts": 0.2, "relative": 0.4, "head": 0.2, "cosine": 0.3,
                "unworded": 0.1, **given,
            }
        ),
        has=(),
        lacks=("song",),
    )  # fmt: skip


def papers(*names: str):
    return {name: paper(name, f"Abstract of {name}.", title=f"The {name}") for name in names}


def test_a_paper_is_read_with_its_title_and_its_whole_abstract():
    reader = Reader("wren")
    read_nearest({"wren": measured()}, topic="song", papers=papers("wren"), reader=reader)
    assert reader.asked == [("song", titled("The wren", "Abstract of wren."))]


def test_what_the_model_reads_decides_about_papers_with_the_same_words():
    alike = {"wren": measured(), "soup": measured()}
    read = read_nearest(alike, topic="song", papers=papers(*alike), reader=Reader("wren"))
    first, second = decide_relevance(read)
    assert (first.paper_id, first.relevant) == ("wren", True)
    assert (second.paper_id, second.relevant) == ("soup", False)
    assert "the relevance model read it and gives 99% that it is on the topic" in first.reason
    assert "gives 1% that it is on the topic" in second.reason


def test_words_count_beside_the_model():
    doubted = {"worded": measured(concepts=0.9, relative=1.0, head=0.9), "not": measured()}
    read = {name: replace(one, about=0.2) for name, one in doubted.items()}
    first, second = decide_relevance(read)
    assert (first.paper_id, first.relevant) == ("worded", True)
    assert (second.paper_id, second.relevant) == ("not", False)


def test_only_the_nearest_are_read_and_the_others_keep_what_their_words_say():
    given = {"wren": measured(concepts=0.5), "lark": measured(concepts=0.4), "soup": measured()}
    reader = Reader("lark")
    read = read_nearest(given, topic="song", papers=papers(*given), reader=reader, at_most=2)
    assert [text for _, text in reader.asked] == [
        titled("The wren", "Abstract of wren."),
        titled("The lark", "Abstract of lark."),
    ]
    decided = {d.paper_id: d for d in decide_relevance(read)}
    unread = {d.paper_id: d for d in decide_relevance(given)}
    assert decided["soup"].score == unread["soup"].score
    assert "; not among the 2 nearest, which the relevance model read; " in decided["soup"].reason
    assert decided["soup"].reason.endswith(
        f"; in all {decided['soup'].score:.1%}: listed from 1.4%, cited from 52%"
    )
    assert "relevance model" not in unread["soup"].reason


def test_what_is_near_in_meaning_is_read_before_what_has_the_words():
    given = {"worded": measured(concepts=0.5), "near": measured(cosine=0.6)}
    reader = Reader("near")
    read_nearest(given, topic="song", papers=papers(*given), reader=reader, at_most=1)
    assert [text for _, text in reader.asked] == [titled("The near", "Abstract of near.")]


@pytest.mark.parametrize(("word", "times"), [("lark", 3), ("wren", 2), ("soup", 1)])
def test_reading_goes_on_while_it_finds_papers_on_the_topic(word, times):
    given = {
        name: measured(cosine=c) for name, c in (("lark wren", 0.9), ("lark", 0.8), ("x", 0.7))
    }
    order = []

    class Counting(Reader):
        def scores(self, query, texts):
            order.append(len(texts))
            return super().scores(query, texts)

    read_nearest(given, topic="song", papers=papers(*given), reader=Counting(word), at_once=1)
    assert order == [1] * times


@pytest.mark.parametrize("about", [0.0, 1.0, 1e-12, 1 - 1e-12])
def test_the_model_is_only_so_sure(about):
    assert abs(log_odds(about, furthest=6)) == pytest.approx(6.0)
    assert (log_odds(about, furthest=6) > 0) == (about > 0.5)


def test_log_odds_are_those_of_the_probability_in_between():
    assert log_odds(0.5, furthest=6) == 0
    assert (
        log_odds(0.9, furthest=6)
        == pytest.approx(-log_odds(0.1, furthest=6))
        == pytest.approx(2.1972, abs=1e-4)
    )


def reviewed(folder, topic, reader):
    """A review of a small library with the reader in place of the shipped model."""
    with open_desk(folder, *BIRDS) as assistant:
        desk, _ = reviewing.open_desk(
            Scope(topic=topic), shelf=assistant._open_shelf(), equipment=assistant._equipment
        )
        return write_review(Scope(topic=topic), replace(desk, relevance=reader))


def test_a_review_cites_what_the_model_finds_on_the_topic_and_says_so(tmp_path, word_embeddings):
    review = reviewed(tmp_path, "vehicles and their noise", Reader("cars"))
    decided = {c.title: c for c in review.candidates}
    assert decided["Traffic of towns"].decision == "cited"
    assert decided["Soup"].decision != "cited"
    assert all("the relevance model read it" in c.reason for c in review.candidates)
    assert "decide: the relevance model read four candidates" in review.trace


def test_without_the_model_a_review_is_decided_by_words_and_vectors(tmp_path, word_embeddings):
    review = reviewed(tmp_path, "song in towns", None)
    assert {c.title for c in review.candidates_by("cited")} >= {"Song in towns"}
    assert not any("relevance model" in c.reason for c in review.candidates)
    assert not any("relevance model" in line for line in review.trace)


def test_the_shipped_model_finds_a_topic_in_other_words():
    about = [
        one.about
        for one in RelevanceModel.load().scores(
            "preparing meals from vegetables",
            [titled(bird["title"], bird["abstract"]) for bird in BIRDS],
        )
    ]
    assert max(about[:3]) < 0.5 < about[3]
