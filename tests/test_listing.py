from __future__ import annotations

import pytest
from tests.desk import paper

from litdesk.listing import select_papers

PAPERS = [
    paper("bees2021", "They dance.", title="Bees", authors=("Zoë Ångström",), date="2021-03"),
    paper("ants2023", "Bees and ants.", title="Ants", authors=("Ana Lima",), date="2023"),
    paper("waspsnd", "", title="Wasps", authors=("Ana Maria Lima", "Bo Li"), aliases=("Hornets",)),
]


def ids(query="", **options):
    return [p.paper_id for p in select_papers(PAPERS, query, **options)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["ants2023", "bees2021", "waspsnd"]),
        ("bee", ["bees2021", "ants2023"]),
        ("bees dancing", ["bees2021"]),
        ("hornet", ["waspsnd"]),
        ("angstrom", ["bees2021"]),
        ("lima", ["ants2023", "waspsnd"]),
        ("ants2023", ["ants2023"]),
        ("nothing", []),
        ("§ %", ["ants2023", "bees2021", "waspsnd"]),
    ],
)
def test_words_find_papers_best_first_then_newest(query, found):
    assert ids(query) == found


@pytest.mark.parametrize(
    ("author", "found"),
    [
        ("lima", ["ants2023", "waspsnd"]),
        ("Ana Lima", ["ants2023", "waspsnd"]),
        ("maria", ["waspsnd"]),
        ("Ångström", ["bees2021"]),
        ("Angstrom", ["bees2021"]),
        ("Zoe\u0308 A\u030angstro\u0308m", ["bees2021"]),
        ("ima", []),
        ("Bo Lima", []),
    ],
)
def test_authors_are_found_by_beginnings_of_their_names(author, found):
    assert ids(author=author) == found


def test_an_author_is_found_without_the_letters_that_a_keyboard_lacks():
    papers = [paper("kaiser", authors=("Łukasz Kaiser",)), paper("ogaard", authors=("Bo Øgård",))]
    for name, found in (("Lukasz", "kaiser"), ("Łukasz", "kaiser"), ("ogard", "ogaard")):
        assert [p.paper_id for p in select_papers(papers, author=name)] == [found]


@pytest.mark.parametrize(
    ("years", "found"),
    [
        ((2021, 2021), ["bees2021"]),
        ((None, 2022), ["bees2021"]),
        ((2022, None), ["ants2023"]),
        ((2030, None), []),
        ((None, None), ["ants2023", "bees2021", "waspsnd"]),
    ],
)
def test_years_include_both_ends_and_leave_out_the_undated(years, found):
    assert ids(years=years) == found
