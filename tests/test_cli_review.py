"""`litdesk review`, `topics` and `export` as a person at a terminal uses them."""

from __future__ import annotations

import io
import json

import bibtexparser
import pytest
from docx import Document
from tests.desk import open_desk

from litdesk.cli import main
from litdesk.cli.terminal import Terminal

DANCE = [
    {
        "title": "How honey bees dance",
        "authors": ["Ana Lima", "Bo Wu"],
        "year": 2020,
        "abstract": "We study how bees dance for pollen. We find that they waggle longer at noon.",
    },
    {
        "title": "The dance of bumble bees",
        "authors": ["Di Vey", "Ed Orr"],
        "year": 2021,
        "abstract": "This paper asks whether bumble bees dance. Our results show that none dances.",
    },
]
TRAINS = {"title": "Signals of trains", "authors": ["Cy Poe"], "abstract": "Trains obey signals."}


@pytest.fixture
def library(tmp_path, word_embeddings):
    with open_desk(tmp_path, *DANCE, TRAINS) as desk:
        return desk.settings.library


def run(*arguments):
    terminal = Terminal(out=io.StringIO(), err=io.StringIO())
    code = main([str(argument) for argument in arguments], terminal=terminal)
    return code, terminal.out.getvalue(), terminal.err.getvalue()


def test_a_review_is_written_with_its_references(library, tmp_path):
    md, bib = tmp_path / "review.md", tmp_path / "refs.bib"
    code, out, err = run("review", "bees dance", "--library", library, "-o", md, "--bib", bib)
    assert (code, out) == (0, "")
    assert "0 more were found and not used" in err
    keys = bibtexparser.parse_string(bib.read_text("utf-8")).entries_dict
    assert len(keys) == 2
    assert all(f"[@{key}]" in md.read_text("utf-8") for key in keys)


def test_a_word_document_numbers_its_references(library, tmp_path):
    path = tmp_path / "review.docx"
    assert run("review", "bees dance", "--library", library, "-o", path)[0] == 0
    text = "\n".join(paragraph.text for paragraph in Document(str(path)).paragraphs)
    assert "[1] Ana Lima, Bo Wu (2020). How honey bees dance." in text


def test_without_a_file_the_review_is_on_stdout_and_the_trace_on_stderr(library):
    code, out, err = run("review", "bees dance", "--library", library, "--trace")
    assert code == 0
    assert out.startswith("# Bees dance: a review of two papers")
    for step in ("search: ", "decide: ", "group: ", "write: ", "relate: "):
        assert step in err


def test_json_is_one_document_that_an_update_takes(library, tmp_path):
    path = tmp_path / "review.json"
    code, out, _ = run("review", "bees dance", "--library", library, "-o", path, "--json")
    assert code == 0
    assert json.loads(out)["status"] == "review"
    code, out, _ = run("review", "--update", path, "--library", library)
    assert code == 0
    assert "Nothing has changed." in out


def test_a_listed_paper_is_cited_on_request_and_the_request_is_kept(library, tmp_path):
    path, bib = tmp_path / "review.json", tmp_path / "refs.bib"
    begin = ("review", "bees dance", "--library", library, "-o", path)
    with open_desk(tmp_path, TRAINS) as desk:
        (trains,) = desk.papers("signals")
    assert run(*begin)[0] == 0
    again = ("review", "--update", path, "--library", library, "-o", path)
    code, _, err = run(*again, "--cite", trains.paper_id)
    assert code == 0
    assert f"New: {trains.paper_id}." in err
    assert run(*again, "--bib", bib)[0] == 0
    assert trains.paper_id in bib.read_text("utf-8")
    assert run(*again, "--leave-out", trains.paper_id, "--bib", bib)[0] == 0
    assert trains.paper_id not in bib.read_text("utf-8")


def test_the_references_are_not_written_over_the_review(library, tmp_path):
    path = tmp_path / "review.json"
    begin = ("review", "bees dance", "--library", library)
    for files in (("-o", path, "--bib", path), ("--update", path, "--bib", path)):
        assert run(*begin, "-o", path)[0] == 0
        written = path.read_bytes()
        code, _, err = run(*begin, *files)
        assert code == 2
        assert "review.json is the file of the review" in err
        assert path.read_bytes() == written


def test_an_update_keeps_the_topic(library, tmp_path):
    path = tmp_path / "review.json"
    assert run("review", "bees dance", "--library", library, "-o", path)[0] == 0
    code, _, err = run("review", "trains", "--update", path, "--library", library)
    assert code == 2
    assert "another topic is another review" in err
    assert run("review", "bees dance", "--update", path, "--library", library)[0] == 0


def test_a_topic_in_bytes_that_are_no_text_is_read(library):
    code, out, err = run("review", "bees dance \udcff", "--library", library)
    assert (code, err) == (0, "")
    assert "bees" in out.lower()


def test_an_empty_scope_is_told(library):
    code, out, _ = run("review", "bees dance", "--author", "Nobody", "--library", library)
    assert code == 0
    assert "No paper is within the scope." in out
    assert "nearest topics" not in out


def test_a_paper_that_the_library_does_not_have_cannot_be_named(library):
    code, out, err = run("review", "bees", "--cite", "nobody2020", "--library", library)
    assert (code, out) == (1, "")
    assert "nobody2020" in err


def test_nothing_relevant_is_no_failure_and_shows_topics(library):
    code, out, _ = run("review", "quantum chromodynamics", "--library", library)
    assert code == 0
    assert "none is on this topic" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("review",),
        ("review", "bees", "-o", "review.pdf"),
        ("review", "bees", "--bib", "refs.txt"),
        ("review", "bees", "--year", "soon"),
        ("review", "bees", "--cite", "a", "--leave-out", "a"),
        ("review", "bees", "-o", "no/such/folder/review.md"),
        ("review", "bees", "--bib", "no/such/folder/refs.bib"),
        ("export", "refs.doc"),
        ("export", "no/such/folder/refs.bib"),
    ],
)
def test_wrong_usage_is_told(library, arguments):
    code, out, err = run(*arguments, "--library", library)
    assert (code, out) == (2, "")
    assert "Error: " in err


def test_a_file_that_is_no_review_is_not_updated(library, tmp_path):
    path = tmp_path / "other.json"
    path.write_text("[]", encoding="utf-8")
    code, _, err = run("review", "--update", path, "--library", library)
    assert code == 2
    assert "is not a review that litdesk wrote" in err


def test_topics_show_the_map(library):
    code, out, _ = run("topics", "--library", library)
    assert code == 0
    assert out.startswith("- ")
    document = json.loads(run("topics", "--library", library, "--json")[1])
    assert sum(topic["papers"] for topic in document["topics"]) == 3


@pytest.mark.parametrize(("name", "begin"), [("a.bib", "@"), ("a.ris", "TY  - "), ("a.json", "[")])
def test_export_writes_what_the_ending_says(library, tmp_path, name, begin):
    path = tmp_path / name
    code, _, err = run("export", path, "--papers", "bees", "--library", library)
    assert code == 0
    assert "2 references in " in err
    assert path.read_text("utf-8").startswith(begin)


def test_a_disk_that_is_full_is_told_without_a_traceback(library, tmp_path, monkeypatch):
    def fail(self, *_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", fail)
    code, _, err = run("review", "bees dance", "--library", library, "-o", tmp_path / "review.md")
    assert code == 1
    assert "review.md cannot be written: No space left on device." in err
