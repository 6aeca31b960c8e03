"""The layouts of the seed corpus: read on the real files, and on lines that are harder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from litdesk.ingest import read_paths
from litdesk.ingest.glued_line import parse_glued_line
from litdesk.types import Author, Record

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"
EXPECTED = Path(__file__).parent / "data" / "ingest" / "seed_listing_pages.txt"


@pytest.fixture(scope="module")
def records() -> tuple[Record, ...]:
    reading = read_paths([SEEDS])
    assert (reading.files, reading.failures) == (5, ())
    return reading.records


def _of_file(records: tuple[Record, ...], prefix: str) -> list[Record]:
    return [record for record in records if record.source.file.startswith(prefix)]


def test_each_seed_file_has_its_number_of_records(records: tuple[Record, ...]) -> None:
    assert Counter(record.source.file[:3] for record in records) == {
        "000": 8,
        "001": 10,
        "002": 16,
        "003": 10,
        "004": 50,
    }


def test_every_line_of_the_listing_pages_is_parted_right(records: tuple[Record, ...]) -> None:
    lines = [
        f"{r.source.file[:3]} {r.source.line} | {r.title} | "
        + ", ".join(author.name for author in r.authors)
        + ("" if r.authors_complete else " …")
        + f" | {r.date or '-'} | {r.category or '-'} | {'code' if r.has_code else '-'}"
        + f" | {', '.join(r.affiliations) or '-'}"
        for r in records
        if r.source.file[:3] in ("002", "004")
    ]

    assert lines == EXPECTED.read_text("utf-8").splitlines()[1:]


def test_every_abstract_is_the_text_of_its_line(records: tuple[Record, ...]) -> None:
    for record in records:
        lines = (SEEDS / record.source.file).read_text("utf-8").split("\n")
        below = lines[record.source.line - 1 : record.source.line + 2]
        found = [" ".join(line.removeprefix("Abstract:").split()) for line in below]
        assert record.abstract in found
        assert len(record.abstract) > 300


def test_the_lists_of_one_person_keep_whole_author_lists(records: tuple[Record, ...]) -> None:
    rosie, sham = _of_file(records, "000"), _of_file(records, "003")

    assert [len(record.authors) for record in rosie] == [5, 51, 5, 5, 6, 5, 5, 5]
    assert [len(record.authors) for record in sham] == [5, 5, 5, 4, 5, 10, 6, 6, 5, 8]
    assert all(r.authors_complete and r.date is None for r in (*rosie, *sham))
    assert rosie[0].title == "Distributional Scaling Laws for Emergent Capabilities"
    assert rosie[3].authors[1] == Author(family="Edelman", given="Benjamin L.")
    assert rosie[6].authors[-1] == Author(family="Machado", given="Marlos C.")
    assert sham[5].authors[8] == Author(family="Ma", given="Wei-Chiu")
    assert sham[-1].title == "How Does Critical Batch Size Scale in Pre-training?"
    assert sham[-1].source.line == 29


def test_abstract_lines_have_an_abstract_and_nothing_else(records: tuple[Record, ...]) -> None:
    for number, record in enumerate(_of_file(records, "001"), start=1):
        assert (record.title, record.authors, record.date) == ("", (), None)
        assert not record.abstract.startswith("Abstract:")
        assert record.source.line == number


@pytest.mark.parametrize(
    ("line", "abstract", "title", "names"),
    [
        ("Aligning LLMsJo Smith, Mary Jones", "", "Aligning LLMs", ["Jo Smith", "Mary Jones"]),
        ("What of RLHF?Ada Li", "", "What of RLHF?", ["Ada Li"]),
        (
            "Scaling to GPT-4Lee Cheuk-Kit, Bo Li",
            "",
            "Scaling to GPT-4",
            ["Lee Cheuk-Kit", "Bo Li"],
        ),
        ("A Study of SGDAda Li", "", "A Study of SGD", ["Ada Li"]),
        ("Learning (RL)A. Bee, C. Dee", "", "Learning (RL)", ["A. Bee", "C. Dee"]),
        ("Go with AlphaGoDan Silver", "AlphaGo plays.", "Go with AlphaGo", ["Dan Silver"]),
        ("Deep ModelsGavin McCracken, Bo Li", "", "Deep Models", ["Gavin McCracken", "Bo Li"]),
        ("Deep ModelsMcCracken Gavin", "models", "Deep Models", ["McCracken Gavin"]),
        ("Laws of ModelsChengXiang Zhai", "models", "Laws of Models", ["ChengXiang Zhai"]),
        ("Data, Compute, and LuckAda Li", "", "Data, Compute, and Luck", ["Ada Li"]),
        ("One ReLU NeuronAda Wu, Bo Li", "", "One ReLU Neuron", ["Ada Wu", "Bo Li"]),
        ("At the EdgeÉric Ça, Bo Li", "", "At the Edge", ["Éric Ça", "Bo Li"]),
        ("High DimensionsDevvrit", "in all dimensions", "High Dimensions", ["Devvrit"]),
        ("Jan's BoundsJan van der Berg", "", "Jan's Bounds", ["Jan van der Berg"]),
        ("A title of OpenAI", "no authors here", "A title of OpenAI", []),
        ("A title with no authors at all", "", "A title with no authors at all", []),
    ],
)
def test_a_title_is_parted_from_the_authors_run_on(
    line: str, abstract: str, title: str, names: list[str]
) -> None:
    parts = parse_glued_line(line, abstract=abstract, known_names=())

    assert (parts.title, list(parts.names)) == (title, names)
    assert parts.complete


def test_a_first_author_met_elsewhere_settles_where_the_title_ends() -> None:
    line = "On NeuroLi XiaoMing Wei, Bo Li"

    told = parse_glued_line(line, abstract="", known_names={"Li XiaoMing Wei"})

    assert told.title == "On Neuro"


def test_tags_and_the_cut_are_taken_off_the_end() -> None:
    parts = parse_glued_line(
        "Dots · in TitlesAda Li, Bo Wu et al. · mit, microsoft-research",
        abstract="",
        known_names=(),
    )

    assert (parts.title, parts.names, parts.complete) == (
        "Dots · in Titles",
        ("Ada Li", "Bo Wu"),
        False,
    )
    assert parts.affiliations == ("mit", "microsoft-research")


def test_a_listing_page_with_lines_missing_keeps_its_records_apart(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(
        "12.5hep-thMay 2, 2001Code\n"
        "math.OCMar 3, 2002\n"
        "No Abstract FollowsAda Li, Bo Wu et al.\n"
        "\n"
        "csDec 1\n"
        "Short OneAda Li, Bo Wu et al.\n"
        "A short abstract.\n"
    )

    reading = read_paths([page])

    assert [(f.record, f.line) for f in reading.failures] == [(1, 1)]
    first, second = reading.records
    assert (first.title, first.abstract, first.date) == ("No Abstract Follows", "", "2002-03-03")
    assert (first.category, first.source.line) == ("math.OC", 2)
    assert (second.abstract, second.date, second.year) == ("A short abstract.", "XXXX-12-01", None)


def test_a_list_of_one_person_with_lines_missing_keeps_its_records_apart(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(
        "Li, Ada\n"
        "No abstract here\n"
        "Li, Ada, Wu, Bo\n"
        "The second title\n"
        "Wu, Bo\n"
        "Its abstract is short.\n"
        "A title whose authors are missing\n"
        "This abstract belongs to no record.\n"
        "The last title\n"
        "Devvrit, Li, Ada, Wu, Bo\n"
        "The last abstract.\n"
    )

    reading = read_paths([page])

    assert [(r.title, r.abstract) for r in reading.records] == [
        ("No abstract here", ""),
        ("The second title", "Its abstract is short."),
        ("The last title", "The last abstract."),
    ]
    assert [author.name for author in reading.records[-1].authors] == ["Devvrit", "Ada Li", "Bo Wu"]
    assert [f.line for f in reading.failures] == [7]
