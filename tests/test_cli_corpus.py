import json

import pytest
from tests.fakes import SOAP, FakeAssistant

from litdesk.cli import main
from litdesk.cli.terminal import Terminal
from litdesk.types import IngestFailure, IngestReport, Paper


def run(*argv, assistant):
    return main(argv, terminal=Terminal(open_assistant=lambda _settings: assistant))


def test_papers_are_a_line_each_with_aligned_columns(capsys):
    assert run("papers", assistant=FakeAssistant()) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "vyas2024soap   2024  Vyas and Kakade  SOAP: Improving and Stabilizing Shampoo using Adam",
        "müllerndgraph  n.d.  -                Grüße an die Kante",
    ]
    assert shown.err == "2 papers\n"


def test_a_paper_without_a_title_is_shown_by_its_opening_words(capsys):
    untitled = Paper(paper_id="anonndwords", title="", versions=SOAP.versions)
    run("papers", assistant=FakeAssistant(papers=[untitled]))
    assert "(untitled) SOAP runs Adam" in capsys.readouterr().out


def test_escape_sequences_in_a_title_do_not_reach_the_terminal(capsys):
    hostile = Paper(paper_id="x", title="Safe \x1b]8;;http://evil\x07link\x1b[31m\nred \u202eRLO")
    run("papers", assistant=FakeAssistant(papers=[hostile]))
    shown = capsys.readouterr().out
    assert shown.count("\n") == 1
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}


def test_no_match_is_said_and_is_no_error(capsys):
    assert run("papers", "zebra", assistant=FakeAssistant()) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "No paper" in shown.err


def test_an_empty_library_says_what_to_do(capsys):
    assert run("papers", assistant=FakeAssistant(papers=[])) == 0
    assert "litdesk ingest FOLDER" in capsys.readouterr().err


def test_papers_as_json_carry_their_record(capsys):
    assert run("papers", "soap", "--json", assistant=FakeAssistant()) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["count"] == 1
    paper = document["papers"][0]
    assert paper["paper_id"] == "vyas2024soap"
    assert paper["authors"] == ["Nikhil Vyas", "Sham Kakade"]
    assert paper["year"] == 2024
    assert paper["url"] == "https://arxiv.org/abs/2409.11321"
    assert paper["abstract"] == SOAP.abstract


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2023", (2023, 2023)),
        ("2022-2025", (2022, 2025)),
        ("2022-", (2022, None)),
        ("-2020", (None, 2020)),
        ("2022\u20132025", (2022, 2025)),
    ],
)
def test_years_are_one_or_a_range_open_at_either_end(text, years):
    assistant = FakeAssistant()
    assert run("papers", "--author", "Vyas", "--year", text, assistant=assistant) == 0
    assert assistant.searches == [("", "Vyas", years)]


@pytest.mark.parametrize("text", ["", "-", "23", "20222025", "2025-2022", "2022-2023-2024"])
def test_what_is_no_range_of_years_is_refused(text, capsys):
    assert run("papers", "--year", text, assistant=FakeAssistant()) == 2
    assert "2022-2025" in capsys.readouterr().err


def test_ingest_says_what_went_in_and_names_what_did_not(capsys, tmp_path):
    failure = IngestFailure(path="seeds/a.txt", record=3, line=17, reason="no abstract")
    report = IngestReport(
        files=2, records_in=94, added=63, merged=30, failed=1, failures=(failure,)
    )
    assert run("ingest", str(tmp_path), assistant=FakeAssistant(report=report)) == 0
    shown = capsys.readouterr()
    assert "94 records in 2 files: 63 added, 30 merged" in shown.out
    assert "seeds/a.txt, record 3, line 17: no abstract" in shown.out
    assert "litdesk ask" in shown.err


def test_ingest_as_json_is_the_report(capsys, tmp_path):
    assert run("ingest", str(tmp_path), "--json", assistant=FakeAssistant()) == 0
    assert json.loads(capsys.readouterr().out) == {
        "files": 1,
        "records_in": 2,
        "added": 2,
        "merged": 0,
        "unchanged": 0,
        "failed": 0,
        "failures": [],
        "flagged": [],
    }


def test_an_ingest_that_reads_nothing_fails(capsys, tmp_path):
    failure = IngestFailure(path="a.txt", reason="a layout that nobody knows")
    report = IngestReport(files=1, records_in=1, failed=1, failures=(failure,))
    assert run("ingest", str(tmp_path), assistant=FakeAssistant(report=report)) == 1
    assert "a.txt: a layout that nobody knows" in capsys.readouterr().out


def test_many_failures_are_counted_rather_than_listed(capsys, tmp_path):
    failures = tuple(IngestFailure(path=f"{n}.txt", reason="?") for n in range(50))
    report = IngestReport(files=51, records_in=51, added=1, failed=50, failures=failures)
    run("ingest", str(tmp_path), assistant=FakeAssistant(report=report))
    shown = capsys.readouterr().out
    assert "19.txt" in shown
    assert "20.txt" not in shown
    assert "and 30 more" in shown
