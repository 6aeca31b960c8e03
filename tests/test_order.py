import pytest
from tests.desk import open_desk, paper
from tests.scripted_model import scripted

from litdesk.answer.order import lay_out
from litdesk.types import Passage

ASKED = "What do bees and ants do?"


def ranked(count):
    return [
        Passage(paper=paper(f"p{n}"), score=1 / n, rank=n, similarity=0.5, coverage=0.5)
        for n in range(1, count + 1)
    ]


def ids(passages):
    return [passage.paper.paper_id for passage in passages]


@pytest.mark.parametrize(
    ("order", "read"),
    [
        ("best-first", ["p1", "p2", "p3", "p4", "p5"]),
        ("best-last", ["p5", "p4", "p3", "p2", "p1"]),
        ("best-outside", ["p1", "p3", "p5", "p4", "p2"]),
    ],
)
def test_an_order_by_rank_is_what_it_says(order, read):
    assert ids(lay_out(ranked(5), order)) == read


@pytest.mark.parametrize("seed", range(20))
def test_an_order_by_chance_has_all_passages_and_is_never_that_of_the_ranks(seed):
    for count in (2, 3, 8):
        shuffled = lay_out(ranked(count), seed)
        assert sorted(ids(shuffled)) == sorted(ids(ranked(count))) != ids(shuffled)
        assert shuffled == lay_out(ranked(count), seed)
    assert lay_out(ranked(1), seed) == ranked(1)


def read(model):
    """The papers in the order in which the model was last shown them."""
    titles = ("How", "Scent", "Wasps")
    return sorted(titles, key=model.asked[-1].partition("===")[2].index)


def test_the_model_reads_in_the_order_asked_for_and_what_was_found_stays_by_rank(tmp_path):
    model = scripted(*["Bees dance [1]."] * 3)
    with open_desk(tmp_path, chat_model=model) as desk:
        first = desk.ask(ASKED)
        usual = read(model)
        shuffled = desk.ask(ASKED, shuffle=1)
    assert read(model) != usual
    assert shuffled.retrieved == first.retrieved
    with open_desk(tmp_path, chat_model=model, answer={"order": "best-last"}) as desk:
        desk.ask(ASKED)
    assert read(model) == usual[::-1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_quoting_writer_answers_alike_in_any_order(tmp_path, seed):
    with open_desk(tmp_path) as desk:
        usual, shuffled = desk.ask(ASKED), desk.ask(ASKED, shuffle=seed)
    assert shuffled.model_copy(update={"timings_ms": {}}) == usual.model_copy(
        update={"timings_ms": {}}
    )
