"""The commands over a real assistant and a small library, with the packaged model."""

import io
import json

import pytest

from litdesk.cli import main
from litdesk.library import Library

PAPERS = [
    {
        "title": "SOAP: Improving and Stabilizing Shampoo using Adam",
        "authors": ["Nikhil Vyas", "Sham Kakade"],
        "year": 2024,
        "abstract": "Shampoo is costly to run. SOAP runs Adam in the eigenbasis of Shampoo's "
        "preconditioner. It reduces the number of iterations by 40 % compared to AdamW.",
    },
    {
        "title": "Coral Reefs under Warming Seas",
        "authors": ["Ana Lima"],
        "year": 2021,
        "abstract": "Coral bleaching follows marine heat waves. We survey reefs on two oceans.",
    },
]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    source = folder / "papers.jsonl"
    lines = [json.dumps(paper) for paper in PAPERS] + ["{broken"]
    source.write_text("\n".join(lines), encoding="utf-8")
    assert main(["ingest", str(source), "--library", str(folder / "library")]) == 0
    return folder / "library"


def run(capsys, *argv):
    code = main([*argv, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_second_ingest_changes_nothing_and_names_the_broken_line(library, capsys):
    source = library.parent / "papers.jsonl"
    code, report = run(capsys, "ingest", str(source), "--library", str(library))
    assert code == 0
    assert (report["records_in"], report["unchanged"], report["failed"]) == (3, 2, 1)
    assert report["failures"][0]["line"] == 3


def test_an_answer_quotes_the_abstract_at_its_offsets(library, capsys):
    code, answer = run(capsys, "ask", "Where does SOAP run Adam?", "--library", str(library))
    assert (code, answer["status"]) == (0, "answered")
    abstracts = {paper["title"]: paper["abstract"] for paper in PAPERS}
    titles = {ref["paper_id"]: ref["title"] for ref in answer["references"]}
    cited = [c for sentence in answer["sentences"] for c in sentence["citations"]]
    assert cited
    for sentence in answer["sentences"]:
        assert answer["answer"][sentence["start"] : sentence["end"]] == sentence["text"]
    for citation in cited:
        if citation["field"] == "abstract":
            abstract = abstracts[titles[citation["paper_id"]]]
            assert abstract[citation["start"] : citation["end"]] == citation["quote"]


def test_a_question_beyond_the_library_is_not_answered(library, capsys):
    code, answer = run(capsys, "ask", "Who won the 1998 world cup?", "--library", str(library))
    assert (code, answer["status"]) == (0, "abstained")
    assert answer["abstention"]["reason"]


@pytest.mark.parametrize("question", ["", "   ", "a" * 100_000, "What is\x07 SOAP?"])
def test_a_question_that_cannot_be_asked_is_wrong_usage(library, capsys, question):
    code, document = run(capsys, "ask", question, "--library", str(library))
    assert (code, document["error"]["type"]) == (2, "QuestionError")


def test_papers_are_found_by_author_and_year(library, capsys):
    code, found = run(
        capsys, "papers", "--author", "Lima", "--year", "-2022", "--library", str(library)
    )
    assert (code, [paper["title"] for paper in found["papers"]]) == (0, [PAPERS[1]["title"]])


def test_a_library_in_use_by_another_writer_exits_with_3(library, capsys):
    writer = Library.open(library)
    with writer.writing():
        code, document = run(capsys, "ingest", str(library.parent), "--library", str(library))
    writer.close()
    assert (code, document["error"]["type"]) == (3, "LibraryInUseError")


def test_files_without_a_paper_leave_the_library_as_it_was(library, capsys, tmp_path):
    (tmp_path / "noise.txt").write_bytes(bytes(range(256)) * 20)
    before = run(capsys, "papers", "--library", str(library))
    code, document = run(capsys, "ingest", str(tmp_path), "--library", str(library))
    assert code == 1
    assert "noise.txt" in document["error"]["message"]
    assert run(capsys, "papers", "--library", str(library)) == before


def test_a_chat_answers_and_follows_up(library, capsys, monkeypatch):
    lines = "Where does SOAP run Adam?\nWho wrote it?\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert main(["chat", "--library", str(library)]) == 0
    shown = capsys.readouterr().out
    assert "eigenbasis" in shown
    assert "Nikhil Vyas" in shown.partition("References")[2]


def test_the_doctor_finds_the_index_ready(library, capsys):
    code, diagnosis = run(capsys, "doctor", "--library", str(library))
    assert (code, diagnosis["problems"]) == (0, [])
    assert diagnosis["library"]["papers"] == 2
    assert diagnosis["index"]["state"] == "ready"
