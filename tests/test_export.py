"""References as other programs read them."""

from __future__ import annotations

import json

import bibtexparser
import pytest

from litdesk.export import export_papers, to_bibtex, to_csl, to_ris
from litdesk.types import AbstractVersion, Author, Paper

HOSTILE = Paper(
    paper_id="müller2024kante",
    title="100% of {A & B}_1: SOAP, $x^{2}$ and #tags ~ \\end } @misc{evil,",
    authors=(Author(family="Müller", given="Jürgen"), Author(family="The {SOAP} Group")),
    authors_complete=False,
    date="2024-09-17",
    venue="Annals of A & B",
    doi="10.1/x_y",
    versions=(AbstractVersion(text="One.\nTwo."),),
)
BARE = Paper(paper_id="anonndgraph", title="", date="XXXX-02-16")


def strictly_parsed(text: str) -> bibtexparser.Library:
    library = bibtexparser.parse_string(text)
    assert library.failed_blocks == []
    return library


def test_bibtex_is_parsed_strictly_with_the_paper_ids_as_keys():
    library = strictly_parsed(to_bibtex([HOSTILE, BARE]))
    assert list(library.entries_dict) == ["müller2024kante", "anonndgraph"]
    entry = library.entries_dict["müller2024kante"]
    assert entry.entry_type == "article"
    assert entry["author"] == r"Müller, Jürgen and {The \{SOAP\} Group} and others"
    assert (entry["year"], entry["month"], entry["doi"]) == ("2024", "sep", "10.1/x_y")
    assert r"100\% of" in entry["title"]
    assert "{SOAP}" in entry["title"]
    assert "$x^{2}$" in entry["title"]


@pytest.mark.parametrize("title", ["{", "}", "a } b { c", "$x^{2$ and }", "\\", "“x” – é", '"'])
def test_no_title_breaks_an_entry_or_the_one_after_it(title):
    broken = Paper(paper_id="a", title=title, authors=(Author(family=title),))
    assert list(strictly_parsed(to_bibtex([broken, HOSTILE])).entries_dict) == [
        "a",
        "müller2024kante",
    ]


def test_csl_has_the_ids_that_pandoc_looks_for():
    first, second = json.loads(to_csl([HOSTILE, BARE]))
    assert first["id"] == "müller2024kante"
    assert first["author"] == [
        {"family": "Müller", "given": "Jürgen"},
        {"literal": "The {SOAP} Group"},
    ]
    assert first["issued"] == {"date-parts": [[2024, 9, 17]]}
    assert second == {"id": "anonndgraph", "type": "article"}


def test_ris_keeps_each_field_on_its_line():
    text = to_ris([HOSTILE, BARE])
    assert text.count("TY  - ") == text.count("ER  - ") == 2
    assert "AB  - One. Two.\r\n" in text
    assert "AU  - Müller, Jürgen\r\n" in text


def test_export_chooses_by_format():
    assert export_papers([BARE], "bib").startswith("@misc{anonndgraph,")
    assert export_papers([BARE], "ris").startswith("TY  - GEN")
    assert export_papers([], "json") == "[]\n"
