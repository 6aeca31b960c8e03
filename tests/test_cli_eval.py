"""`litdesk eval` from end to end on a small library with the packaged model."""

import json

import pytest

from litdesk.cli import main

ABSTRACTS = {
    "SOAP": "Shampoo is costly to run. We introduce SOAP, which runs Adam in the eigenbasis of the "
    "preconditioner of Shampoo. SOAP reduces the number of iterations by 40% compared to AdamW.",
    "Reefs": "Coral bleaching follows marine heat waves in the tropics. We show that reefs recover "
    "within 12 years where fishing is restricted. Bleaching increases the loss of fish species.",
}
CASES = [
    {"id": "a", "user_input": "What does SOAP reduce?", "papers": ["SOAP"], "answerable": True,
     "key_facts": ["40%"], "tags": ["single"]},
    {"id": "b", "user_input": "Who won the 1998 world cup?", "answerable": False, "tags": ["off"]},
]  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evals")
    papers = [{"title": t, "authors": ["A. Lee"], "abstract": a} for t, a in ABSTRACTS.items()]
    (folder / "papers.jsonl").write_text("\n".join(map(json.dumps, papers)))
    (folder / "cases.jsonl").write_text("\n".join(map(json.dumps, CASES)))
    library = str(folder / "library")
    assert main(["ingest", str(folder / "papers.jsonl"), "--library", library]) == 0
    run = [
        "eval",
        "run",
        str(folder / "cases.jsonl"),
        "-o",
        str(folder / "run"),
        "--judge",
        "rules",
    ]
    assert main([*run, "--library", library]) == 0
    return folder


def again(desk, *options):
    out = ["-o", str(desk / "again"), "--judge", "rules"]
    return main(["eval", "run", "--answers", str(desk / "run"), *out, *options])


def test_a_run_writes_its_folder(desk):
    names = {path.name for path in (desk / "run").iterdir()}
    assert names >= {"results.jsonl", "report.json", "report.html", "junit.xml", "judge_card.json"}
    assert {path.name for path in (desk / "run" / "exports").iterdir()} == {
        "run.trec", "qrels.trec", "ragchecker.json",
    }  # fmt: skip
    report = json.loads((desk / "run" / "report.json").read_text())
    assert report["counts"]["rows"] == 2
    assert report["judge_card"]["judge"] == "rules"
    assert report["measures"]["key_fact_recall"]["value"] == 1.0


def test_judging_again_gives_the_same_report_to_the_last_digit(desk):
    assert again(desk) == 0
    first, second = (desk / run / "report.json" for run in ("run", "again"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("gate", "code"),
    [
        ("key_fact_recall>=0.01", 0),
        ("key_fact_recall>=0.9", 4),
        ("forbidden_rate<=0.9", 5),
        ("nonsense>=1", 2),
    ],
)
def test_gates_decide_the_exit_code(desk, gate, code):
    assert again(desk, "--gate", gate) == code


def test_a_judge_that_is_not_known_is_wrong_usage(desk, capsys):
    run = str(desk / "run")
    assert main(["eval", "compare", run, run, "--judge", "nonsense"]) == 2
    assert "VERIFIER is wrong" in capsys.readouterr().err
    assert again(desk, "--card", str(desk / "cases.jsonl")) == 2
    assert "is no judge card" in capsys.readouterr().err.replace("\n", " ")


def test_a_baseline_is_kept_and_compared_with(desk, capsys):
    kept = desk / "baseline.json"
    assert again(desk, "--save-baseline", str(kept)) == 0
    assert again(desk, "--baseline", str(kept)) == 0
    figures = json.loads(kept.read_text())
    figures["measures"]["abstention_recall"]["value"] = 1.5
    kept.write_text(json.dumps(figures))
    assert again(desk, "--baseline", str(kept)) == 4
    assert "worse than the baseline: abstention_recall" in capsys.readouterr().out


def test_a_run_compared_with_itself_differs_in_nothing(desk, capsys):
    capsys.readouterr()
    run = str(desk / "run")
    assert main(["eval", "compare", run, run, "--judge", "rules", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["questions"] == 2
    assert found["flipped_cases"] == []
    assert found["measures"]["citation_recall"]["p"] == 1.0


def test_the_judge_is_measured_on_the_library_and_on_a_file(desk, capsys):
    pairs = [{"claim": f"Claim {n}.", "text": "Text.", "label": n % 2} for n in range(4)]
    (desk / "pairs.jsonl").write_text("\n".join(map(json.dumps, pairs)))
    out = desk / "card.json"
    code = main(["eval", "judge", "--judge", "rules", "--labelled", str(desk / "pairs.jsonl"),
                 "--library", str(desk / "library"), "-o", str(out)])  # fmt: skip
    assert code == 0
    card = json.loads(out.read_text())
    assert [one["name"] for one in card["sets"]] == ["pairs.jsonl", "library"]
    assert "too few pairs" in capsys.readouterr().out


def test_cases_are_made_and_reviewed(desk, monkeypatch, capsys):
    made = desk / "made.jsonl"
    assert main(["eval", "make", "-o", str(made), "--library", str(desk / "library")]) == 0
    count = len(made.read_text().splitlines())
    assert count >= 3
    choices = iter(["keep", "drop", "quit"])
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(choices))
    assert main(["eval", "make", "--review", str(made)]) == 0
    left = [json.loads(line) for line in made.read_text().splitlines()]
    assert len(left) == count - 1
    assert [case.get("reviewed") for case in left].count(True) == 1
    assert main(["eval", "make", "-o", str(made), "--library", str(desk / "library")]) == 2


def test_a_bad_case_file_is_wrong_usage_and_named(desk, capsys):
    bad = desk / "bad.jsonl"
    bad.write_text('{"id": "a"}\n')
    assert main(["eval", "run", str(bad), "-o", str(desk / "no"), "--library", "x"]) == 2
    assert f"{bad}:1: field user_input is missing" in capsys.readouterr().err.replace("\n", " ")
    assert main(["eval", "run", "-o", str(desk / "no")]) == 2
