from __future__ import annotations

import pytest
from tests.desk import paper

from litdesk.answer.abstain import abstention, answerability
from litdesk.types import AbstentionReason, Passage


def passage(name, similarity, coverage=0.0):
    return Passage(
        paper=paper(name, "Text.", title=name), score=1.0, similarity=similarity, coverage=coverage
    )


def test_with_no_passage_nothing_can_be_answered():
    assert answerability([]) == 0.0


def test_what_is_nearer_or_has_more_of_the_words_is_more_answerable():
    values = [
        answerability([passage("a", similarity, coverage)])
        for similarity, coverage in [(0.0, 0.0), (0.2, 0.0), (0.2, 0.8), (0.9, 1.0)]
    ]
    assert values == sorted(set(values))
    assert values[0] < 0.5 < values[-1] <= 1.0


def test_the_best_passage_decides_wherever_it_is():
    assert answerability([passage("a", 0.1), passage("b", 0.9)]) > 0.5


def test_a_follow_up_is_likelier_to_be_about_the_papers():
    found = [passage("a", 0.34)]
    assert answerability(found) < 0.5 < answerability(found, follows=True)


@pytest.mark.parametrize("reason", list(AbstentionReason))
def test_an_abstention_has_its_reason_a_message_and_the_nearest_papers(reason):
    said = abstention(reason, [passage(name, 0.5) for name in "abcdef"])
    assert said.reason is reason
    assert said.message
    assert [(n.paper_id, n.score) for n in said.nearest] == [("a", 0.5), ("b", 0.5), ("c", 0.5)]


def test_a_writer_can_say_it_in_its_own_words():
    said = abstention(AbstentionReason.NOTHING_RELEVANT, [], message="No such author.")
    assert (said.message, said.nearest) == ("No such author.", ())
