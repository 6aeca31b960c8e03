"""Names of people."""

from __future__ import annotations

import pytest

from litdesk.ingest.names import family_given_pairs, looks_like_name, parse_author_list, parse_name


@pytest.mark.parametrize(
    ("name", "family", "given"),
    [
        ("Vyas, Nikhil", "Vyas", "Nikhil"),
        ("Sham M. Kakade", "Kakade", "Sham M."),
        ("Devvrit", "Devvrit", ""),
        ("Ludwig van Beethoven", "van Beethoven", "Ludwig"),
        ("van der Berg, Jan", "van der Berg", "Jan"),
        ("Chase Van Amburg", "Van Amburg", "Chase"),
        ("Martin Luther King Jr.", "King Jr.", "Martin Luther"),
        ("King, Jr., Martin Luther", "King Jr.", "Martin Luther"),
        ("Sahand Rezaei-Shoshtari", "Rezaei-Shoshtari", "Sahand"),
        (",", "", ""),
    ],
)
def test_a_name_is_parted_into_family_and_given(name: str, family: str, given: str) -> None:
    author = parse_name(name)

    assert (author.family, author.given) == (family, given)


@pytest.mark.parametrize(
    ("text", "families", "complete"),
    [
        ("A. Lovelace and C. Babbage", ["Lovelace", "Babbage"], True),
        ("Ada Lovelace, Charles Babbage, and Alan Turing", ["Lovelace", "Babbage", "Turing"], True),
        ("Lovelace, A.; Babbage, C.", ["Lovelace", "Babbage"], True),
        ("Lovelace, Ada", ["Lovelace"], True),
        ("Lovelace, Ada, Babbage, Charles", ["Lovelace", "Babbage"], True),
        ("Ada Lovelace and others", ["Lovelace"], False),
        ("Ada Lovelace, Charles Babbage et al.", ["Lovelace", "Babbage"], False),
        ("", [], True),
    ],
)
def test_a_written_list_is_parted_into_people(
    text: str, families: list[str], complete: bool
) -> None:
    authors, whole = parse_author_list(text)

    assert ([author.family for author in authors], whole) == (families, complete)


@pytest.mark.parametrize("text", ["Yi-Fan Zhang", "Sharan Ranjit S", "J.-P. Serre", "Jan de Wit"])
def test_these_look_like_names(text: str) -> None:
    assert looks_like_name(text)


@pytest.mark.parametrize("text", ["Learning to Rank", "GPT-4", "Deep: Learning", "and Luck", ""])
def test_these_do_not_look_like_names(text: str) -> None:
    assert not text or not looks_like_name(text)


def test_pairs_are_read_from_a_line_of_names_alone() -> None:
    assert family_given_pairs("Qin, Tian, King, Jr., Ann") == (("Qin", "Tian"), ("King Jr.", "Ann"))
    assert family_given_pairs("Training is costly, and so is reading") == ()
