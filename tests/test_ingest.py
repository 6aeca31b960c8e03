"""Reading files and folders: what goes in, what fails by name, what raises."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from litdesk.errors import IngestError, UnreadableDocumentError, UnsupportedFormatError
from litdesk.ingest import Reading, read_paths
from litdesk.types import Author

DATA = Path(__file__).parent / "data" / "ingest"
BENCH = os.environ.get("LITDESK_BENCH")  # noqa: TID251 (where the public files lie, if here)


def _read(path: Path, content: str | bytes) -> Reading:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_paths([path])


def _jsonl(*lines: object) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


# -- BibTeX


def test_bibtex_fields_are_decoded_and_a_formula_stays() -> None:
    paper = read_paths([DATA / "library.bib"]).records[0]

    assert paper.title == "The SMALL Print: naïve bounds for $O(n^2)$ lists"
    assert paper.abstract == (
        "We cut the cost by 20% on average, from $5 to $x_i < 4$ — a “large” gain."
    )
    assert paper.authors == (
        Author(family="Özgür", given="Ayşe"),
        Author(family="van der Berg", given="Jan"),
        Author(family="Tiny Things Consortium"),
    )
    assert not paper.authors_complete
    assert paper.venue == "Theory of Small Things (Series B)"
    assert (paper.date, paper.doi, paper.key) == ("2019-03", "10.1000/abc.123", "oezguer2019tiny")
    assert (paper.source.file, paper.source.record, paper.source.line) == ("library.bib", 1, 5)


def test_bibtex_crossref_lends_venue_and_year() -> None:
    paper = read_paths([DATA / "library.bib"]).records[1]

    assert paper.authors[0] == Author(family="King Jr.", given="Martin")
    assert paper.authors[1] == Author(family="Evans", given="Mary Ann")
    assert (paper.venue, paper.date) == ("Proceedings of the Parsing Days", "2020")
    assert paper.abstract == ""


def test_bibtex_preprint_keeps_its_identifier_without_the_version() -> None:
    paper = read_paths([DATA / "library.bib"]).records[2]

    assert (paper.arxiv_id, paper.date) == ("2101.00001", "2021-01-02")
    assert paper.url == "https://example.org/preprint"


def test_bibtex_entries_that_say_nothing_fail_with_their_line_and_the_rest_goes_in() -> None:
    reading = read_paths([DATA / "library.bib"])

    assert [(f.record, f.line) for f in reading.failures] == [(3, 22), (5, 35)]
    assert "neither title nor abstract" in reading.failures[0].reason
    assert "not valid BibTeX" in reading.failures[1].reason
    assert [record.source.record for record in reading.records] == [1, 2, 4, 6]


def test_bibtex_entries_of_one_key_are_all_read(tmp_path: Path) -> None:
    reading = _read(tmp_path / "a.bib", "@misc{k, title={One}}\n@misc{k, title={Two}}\n")

    assert [record.title for record in reading.records] == ["One", "Two"]


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"\'{E}cole {\v{C}}ech \L{}ukasz", "École Čech Łukasz"),
        ("a 5 $ note", "a 5 $ note"),
        ("R&D is 50% of it, #1", "R&D is 50% of it, #1"),
        (r"\emph{in vivo} 5\,mm", "in vivo 5 mm"),
        ("{" * 3000 + "deep" + "}" * 3000, "deep"),
    ],
)
def test_bibtex_markup_becomes_text(tmp_path: Path, latex: str, plain: str) -> None:
    (paper,) = _read(tmp_path / "a.bib", f"@misc{{k, title={{{latex}}}}}").records

    assert paper.title == plain


@pytest.mark.skipif(not BENCH, reason="LITDESK_BENCH names no folder of public files")
@pytest.mark.parametrize(
    "name",
    [
        "biber_papers.bib",
        "jabref_complex.bib",
        "zbb_1641.bib",
        "zbb_873_parens.bib",
        "zbb_97_jabref_abstracts.bib",
    ],
)
def test_no_entry_of_a_real_bibliography_is_lost(name: str) -> None:
    path = Path(BENCH or "") / "biblio" / "bibtex" / name
    kinds = re.findall(r"^[ \t]*@[ \t]*(\w+)[ \t]*[{(]", path.read_text("utf-8"), re.MULTILINE)
    entries = [k for k in kinds if k.lower() not in ("comment", "string", "preamble")]

    reading = read_paths([path])

    assert len(reading.records) + len(reading.failures) == len(entries)
    assert all("neither title nor abstract" in f.reason for f in reading.failures)
    lines = path.read_text("utf-8").split("\n")
    assert all(lines[r.source.line - 1].lstrip().startswith("@") for r in reading.records)
    assert not any("\\" in r.title.replace("$", "") for r in reading.records if "$" not in r.title)


# -- JSON Lines


def test_jsonl_takes_each_spelling_of_authors(tmp_path: Path) -> None:
    reading = _read(
        tmp_path / "a.jsonl",
        _jsonl(
            {"title": "A", "authors": ["Ada Lovelace", "Babbage, Charles", "et al."]},
            {"title": "B", "authors": [{"family": "Lovelace", "given": "Ada"}]},
            {"title": "C", "authors": "Ada Lovelace and Charles Babbage"},
            {"title": "D", "authors": "Lovelace, A.; Babbage, C."},
        ),
    )
    ada, charles = Author(family="Lovelace", given="Ada"), Author(family="Babbage", given="Charles")

    assert [record.authors for record in reading.records[:3]] == [
        (ada, charles),
        (ada,),
        (ada, charles),
    ]
    assert [author.family for author in reading.records[3].authors] == ["Lovelace", "Babbage"]
    assert [record.authors_complete for record in reading.records] == [False, True, True, True]


def test_jsonl_reads_the_fields_of_a_paper(tmp_path: Path) -> None:
    line = {
        "id": 7,
        "title": "A  Title\u200b",
        "abstract": "Cafe\u0301\u0007 is\n open.",
        "year": 2020,
        "date": "2021-05",
        "doi": "https://doi.org/10.1000/XY",
        "arxiv_id": "arXiv:2101.00001v2",
        "url": "javascript:alert(1)",
        "venue": "Journal",
        "anything": {"else": 1},
    }

    (paper,) = _read(tmp_path / "a.jsonl", _jsonl(line)).records

    assert (paper.title, paper.abstract) == ("A Title", "Café is open.")
    assert (paper.date, paper.doi, paper.arxiv_id) == ("2021-05", "10.1000/xy", "2101.00001")
    assert (paper.venue, paper.url, paper.key) == ("Journal", None, "7")


def test_jsonl_takes_text_for_the_abstract_of_a_corpus_but_not_of_a_query(tmp_path: Path) -> None:
    reading = _read(
        tmp_path / "corpus.jsonl",
        _jsonl({"_id": "4983", "title": "", "text": "Body."}, {"_id": "1", "text": "Is it so?"}),
    )

    assert [(r.key, r.abstract) for r in reading.records] == [("4983", "Body.")]
    assert [f.line for f in reading.failures] == [2]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{bad", "not JSON"),
        ("[1, 2]", "not an object"),
        ('{"title": 3}', "`title` has a wrong type"),
        ('{"title": "a", "authors": [1]}', "`authors` has a wrong type"),
        ('{"title": "a", "year": []}', "`year` has a wrong type"),
        ('{"title": " ", "abstract": ""}', "both empty"),
        ('{"name": "a"}', "neither `title` nor `abstract`"),
        ("[" * 100_000, "too deep"),
        ('{"title": "a", "year": ' + "9" * 6000 + "}", "too long"),
    ],
)
def test_a_bad_line_of_jsonl_is_named_and_the_rest_goes_in(
    tmp_path: Path, line: str, reason: str
) -> None:
    reading = _read(tmp_path / "a.jsonl", f'{{"title": "First"}}\n\n{line}\n{{"title": "Last"}}\n')

    (failure,) = reading.failures
    assert (failure.path, failure.record, failure.line) == (str(tmp_path / "a.jsonl"), 2, 3)
    assert reason in failure.reason
    assert [record.title for record in reading.records] == ["First", "Last"]


def test_a_text_that_cannot_be_encoded_is_cleaned(tmp_path: Path) -> None:
    (paper,) = _read(tmp_path / "a.jsonl", '{"title": "a\\ud800b \\u202ec"}\n').records

    assert paper.title == "ab c"
    assert paper.digest


# -- Text files of abstracts


def test_abstract_lines_may_run_on_and_strays_are_named(tmp_path: Path) -> None:
    reading = _read(
        tmp_path / "a.txt",
        "\ufeffAbstract: One\r\nruns on.\r\nabstract :Two.\r\n\r\nstray\r\n\r\nAbstract:\r\n",
    )

    assert [(r.abstract, r.source.line) for r in reading.records] == [
        ("One runs on.", 1),
        ("Two.", 3),
    ]
    assert [(f.record, f.line) for f in reading.failures] == [(3, 5), (4, 7)]


# -- Whole files and folders


@pytest.mark.parametrize(
    ("name", "content", "error", "says"),
    [
        ("a.txt", b"\x00\x01\x02", UnreadableDocumentError, "binary"),
        ("a.txt", "caf\xe9".encode("latin-1"), UnreadableDocumentError, "WINDOWS-1252"),
        ("a.txt", "Abstract: x".encode("utf-16"), UnreadableDocumentError, "UTF-16"),
        ("a.txt", b"", UnsupportedFormatError, "empty"),
        ("a.txt", b"Dear all,\nplease come.\nOn Monday.\n", UnsupportedFormatError, "layout"),
        ("a.bib", b"just words", UnsupportedFormatError, "layout"),
        ("a.pdf", b"%PDF-1.4", UnsupportedFormatError, "suffix"),
        ("a", b"Abstract: x", UnsupportedFormatError, "suffix"),
    ],
)
def test_a_file_that_cannot_be_read_raises_and_says_what_to_do(
    tmp_path: Path, name: str, content: bytes, error: type[IngestError], says: str
) -> None:
    with pytest.raises(error, match=says) as raised:
        _read(tmp_path / name, content)

    assert raised.value.path == tmp_path / name
    assert raised.value.remedy.endswith(".")


def test_a_bad_file_beside_a_good_one_is_one_failure(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("Abstract: fine\n")
    bad.write_bytes(b"\x00")

    reading = read_paths([bad, good])

    assert (len(reading.records), reading.files) == (1, 2)
    (failure,) = reading.failures
    assert (failure.path, failure.record, failure.line) == (str(bad), None, None)
    assert failure.reason.startswith("is a binary file")


def test_a_missing_path_raises_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Abstract: fine\n")

    with pytest.raises(UnreadableDocumentError, match="does not exist"):
        read_paths([tmp_path / "a.txt", tmp_path / "nope.txt"])


def test_a_folder_is_walked_in_order_without_hidden_files_and_readmes(tmp_path: Path) -> None:
    for name in ("b/2.txt", "a.txt", ".hidden.txt", ".git/x.txt", "README.txt", "LICENSE.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"Abstract: {name}\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")

    reading = read_paths([tmp_path, tmp_path / "a.txt"])

    assert [record.abstract for record in reading.records] == ["a.txt", "b/2.txt"]
    assert (reading.files, reading.failures) == (2, ())


def test_a_folder_without_papers_raises(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Notes")

    with pytest.raises(UnsupportedFormatError, match="no file of papers"):
        read_paths([tmp_path])


def test_files_of_nothing_but_bad_records_raise_with_the_first_reason(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match=r"none of 2 records.*line 1.*not JSON"):
        _read(tmp_path / "a.jsonl", "{x\n{y\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Abstract: x")
    path.chmod(0)

    with pytest.raises(UnreadableDocumentError, match="cannot be opened"):
        read_paths([path])
