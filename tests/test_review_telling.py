"""How a review tells papers: what it quotes, how it names themes, what it sets against what."""

from __future__ import annotations

import numpy as np
import pytest
from tests.desk import paper

from litdesk.review.cues import best_statement, statements
from litdesk.review.table import tabulate
from litdesk.review.themes import Theme, name_groups
from litdesk.review.writing import quote, write_section

TRIAL = (
    "BACKGROUND Bees are many. OBJECTIVES To test whether dancing keeps bees warm. MATERIALS AND "
    "METHODS We weighed 40 hives. RESULTS AND CONCLUSIONS: Dancing was associated with warmth."
)


def lead_of(one, text: str) -> str:
    (statement,) = (s for s in statements(one) if text in s.text)
    return quote(one, statement).text


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("To test", "Lima and Wu set out to “test whether dancing keeps bees warm”"),
        ("We weighed", "Lima and Wu “weighed 40 hives”"),
        ("associated", "Lima and Wu: “Dancing was associated with warmth”"),
    ],
)
def test_headings_of_structured_abstracts_are_not_quoted(part, told):
    trial = paper("bees", TRIAL, title="Dance", authors=("Ana Lima", "Bo Wu"))
    assert lead_of(trial, part) == told


def test_a_paper_without_authors_is_named_by_the_beginning_of_its_title():
    title = "The warmth of dancing bees in the long winters of the north"
    trial = paper("bees", TRIAL, title=f"{title}: a randomized trial of forty hives.")
    named = f"“{title}”"
    assert lead_of(trial, "To test").startswith(f"{named} sets out to “test")
    assert lead_of(trial, "associated").startswith(f"In {named}: “Dancing was")


def test_an_aim_that_is_stated_is_told_before_the_finding():
    trial = paper("bees", TRIAL, title="Dance", authors=("Ana Lima", "Bo Wu"))
    theme = Theme(paper_ids=("bees",), keywords=())
    told = write_section(theme, order=["bees"], papers={"bees": trial}, bonus={}, per_paper=2)
    assert [s.citations[0].quote.split()[0] for s in told] == ["test", "Dancing"]


def test_cells_quote_sentences_without_their_headings():
    row = tabulate(paper("bees", TRIAL, title="Dance"), bonus={})
    assert row.finding.text == "Dancing was associated with warmth."
    assert row.question.text == "To test whether dancing keeps bees warm."


def test_a_sentence_that_leans_on_another_gives_way():
    leaning = "We connect these two lines of work. We propose a dance for cold hives."
    found = best_statement(paper("a", leaning), "method", bonus={})
    assert found is not None
    assert found.text.startswith("We propose")


def test_late_sentences_tell_findings_in_weaker_words():
    text = "Bees dance. Hives are cold. Our dance outperforms the stove in most hives."
    found = best_statement(paper("a", text), "finding", bonus={})
    assert found is not None
    assert found.text.startswith("Our dance")


def test_names_of_themes_keep_hyphens_and_no_part_of_a_compound_pairs_with_its_neighbour():
    abstract = "We play multi-agent football. In multi-agent football all learn."
    titles = ("Wren football", "Lark football")
    papers = {title: paper(title, abstract, title=title) for title in titles}
    (theme,) = name_groups([titles], papers=papers)
    assert "multi-agent" in theme.keywords
    assert not any("agent football" in word for word in theme.keywords)


def test_themes_are_named_by_what_titles_have_and_not_by_the_topic():
    group = [
        paper(str(n), "Warm Markov bees dance. Widely observed bees glow.", title="Markov dance")
        for n in range(3)
    ]
    other = [paper("x", "Ants walk far.", title="Ants")]
    papers = {p.paper_id: p for p in (*group, *other)}
    (theme,) = name_groups([["0", "1", "2"]], papers=papers, topic="the dance of bees")
    assert theme.keywords[0] == "Markov"
    assert not {"dance", "bees", "observed", "Widely", "widely"} & set(theme.keywords)


def test_of_the_words_that_tell_a_theme_those_like_it_in_meaning_come_first():
    group = [paper(str(n), "Larks wander. Nests wobble.", title="On larks") for n in range(3)]
    papers = {p.paper_id: p for p in group}
    alike = {"Nests": 0.9, "wobble": 0.1}

    def likeness(terms, paper_ids):
        assert paper_ids == ["0", "1", "2"]
        return np.array([alike.get(term, 0.3) for term in terms])

    (counted,) = name_groups([["0", "1", "2"]], papers=papers)
    (theme,) = name_groups([["0", "1", "2"]], papers=papers, likeness=likeness)
    assert counted.keywords[0] != "Nests"
    assert theme.keywords[0] == "Nests"
    assert "wobble" not in theme.keywords


def test_two_people_of_one_initial_are_not_one_author_of_all_papers():
    bees = paper("bees", "We film bees.", title="Bees", authors=("Yi Zhang", "Yan Zhang"))
    ants = paper("ants", "We film ants.", title="Ants", authors=("Ana Lima",))
    told = {one.paper_id: one for one in (bees, ants)}
    theme = Theme(paper_ids=("bees", "ants"), keywords=("film",))
    opening, *_ = write_section(theme, order=["bees", "ants"], papers=told, bonus={}, per_paper=1)
    assert "Zhang" not in opening.text
