"""`litdesk eval` from end to end on a small library with the packaged model."""

import json

import pytest
from tests.fake_openai_server import serving

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
    assert names == {
        "run.json", "results.jsonl", "shuffled.jsonl", "report.json", "report.html", "junit.xml",
        "judge_card.json", "exports",
    }  # fmt: skip
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


def test_a_run_says_what_made_it_and_no_other_code_goes_on_with_it(desk, monkeypatch, capsys):
    origin = json.loads((desk / "run" / "run.json").read_text())
    assert origin["writer"] == "quoting"
    assert len(origin["code"]) == 12
    run = ["eval", "run", str(desk / "cases.jsonl"), "-o", str(desk / "run"), "--judge", "rules"]
    run += ["--library", str(desk / "library")]
    monkeypatch.setattr("litdesk.evaluate.origin.code_digest", lambda: "newer")
    assert main(run) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert f"holds answers that were made otherwise: code {origin['code']}, now newer." in said
    assert "-o, or ask everything again with --fresh" in said


def test_the_quoting_writer_is_not_moved_by_the_order_of_its_passages(desk):
    controls = json.loads((desk / "run" / "report.json").read_text())["controls"]
    found = [one for name, one in controls.items() if name.startswith("writer_order")]
    assert len(found) == 4
    assert {one["value"] for one in found} == {0.0}
    assert {one["n"] for one in found} == {1}


def test_stored_answers_are_not_overwritten_by_others(desk, tmp_path, capsys):
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps({"user_input": "Why?", "response": "So."}))
    assert again(desk) == 0
    judge = ["eval", "run", "--answers", str(other), "-o", str(desk / "again"), "--judge", "rules"]
    assert main(judge) == 2
    assert "holds other answers than" in capsys.readouterr().err
    assert main([*judge, "--fresh"]) == 0
    assert not (desk / "again" / "run.json").exists()
    assert again(desk, "--fresh") == 0


@pytest.mark.parametrize("command", ["run", "judge", "make"])
def test_what_cannot_be_written_to_is_told_at_once(desk, command, capsys):
    out = desk / "cases.jsonl" if command == "run" else desk
    assert main(["eval", command, "-o", str(out), "--library", str(desk / "library")]) == 2
    assert "--out" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "judge", "make"])
def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(desk, tmp_path, command, capsys):
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "folder"
    out = place if command == "run" else place / "out.json"
    cases = [str(desk / "cases.jsonl")] if command == "run" else []
    library = ["--library", str(desk / "library"), "--judge", "rules"]
    options = library[:2] if command == "make" else library
    assert main(["eval", command, *cases, "-o", str(out), *options]) == 1
    assert f"{place} cannot be written: Not a directory." in capsys.readouterr().err


def test_a_kind_of_error_that_is_not_known_cannot_be_accepted(desk, capsys):
    assert again(desk, "--accept-unseen", "hedges") == 2
    assert "'hedges' is no kind of error" in capsys.readouterr().err


def test_the_card_of_another_version_of_the_judge_is_refused(desk, monkeypatch, capsys):
    card = str(desk / "run" / "judge_card.json")
    assert again(desk, "--card", card) == 0
    monkeypatch.setattr("litdesk.evaluate.origin.judge_digest", lambda folder: "newer")
    assert again(desk, "--card", card) == 2
    assert "card of another version of the judge rules" in " ".join(capsys.readouterr().err.split())


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


def test_a_file_without_a_pair_of_the_split_is_named(desk, tmp_path, capsys):
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text(json.dumps({"claim": "A.", "text": "B.", "label": 1, "split": "dev"}))
    code = main(["eval", "judge", "--labelled", str(pairs), "--split", "test", "--pairs", "0"])
    assert code == 2
    assert "has no line whose field split is 'test'" in " ".join(capsys.readouterr().err.split())


def make(desk, name, *options):
    path = desk / name
    code = main(["eval", "make", "-o", str(path), "--library", str(desk / "library"), *options])
    return path, code


def answer(monkeypatch, *said):
    left = iter(said)

    def prompt(_, **options):
        text = next(left)
        return options["default"] if text is None else text

    monkeypatch.setattr("typer.prompt", prompt)


def rows(path):
    return {case["id"]: case for case in map(json.loads, path.read_text().splitlines())}


def test_cases_are_made_kept_dropped_and_edited(desk, monkeypatch, capsys):
    made, code = make(desk, "made.jsonl")
    assert code == 0
    before = rows(made)
    kept, dropped, edited = list(before)[:3]
    facts = "12 years | twelve years; fishing"
    answer(monkeypatch, None, "nonsense", "d", "edit", "When do reefs recover?", None, facts, "q")
    assert main(["eval", "make", "--review", str(made)]) == 0
    shown = capsys.readouterr().out
    assert f"1 of {len(before)}: {kept}" in shown
    after = rows(made)
    assert after[kept] == before[kept] | {"reviewed": True}
    assert before.keys() - after.keys() == {dropped, f"{dropped}-twin"}
    assert after[edited]["user_input"] == "When do reefs recover?"
    assert after[edited]["reference"] == before[edited]["reference"]
    assert after[edited]["key_facts"] == [["12 years", "twelve years"], ["fishing"]]
    assert after[f"{edited}-twin"]["user_input"] == "When do reefs recover?"
    assert "reviewed" not in after[f"{edited}-twin"]


def test_what_was_decided_is_kept_when_the_reviewer_leaves(desk, monkeypatch):
    made, _ = make(desk, "left.jsonl")
    first = next(iter(rows(made)))

    def prompt(*_, **__):
        if rows(made)[first].get("reviewed"):
            raise KeyboardInterrupt
        return "keep"

    monkeypatch.setattr("typer.prompt", prompt)
    assert main(["eval", "make", "--review", str(made)]) == 130
    assert [case.get("reviewed") for case in rows(made).values()].count(True) == 1


def test_a_file_of_cases_is_not_overwritten(desk, capsys):
    _, code = make(desk, "cases.jsonl")
    assert code == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("mode", "said"),
    [("ok", "no JSON object of the wanted form"), ("server-error", "failed (500)")],
)
def test_a_model_without_use_is_counted_and_rules_take_its_place(desk, capsys, mode, said):
    with serving() as server:
        options = ["--model", f"openai:{mode}", "--base-url", server.base_url]
        made, code = make(desk, f"{mode}.jsonl", *options)
    assert code == 0
    out = capsys.readouterr().out
    assert "0 questions by the model; replies not used: 2" in out
    assert said in out
    assert {case["maker"] for case in rows(made).values()} == {"rules"}
    assert main(["usage", "--library", str(desk / "library")]) == 0
    assert f"openai:{mode}" in capsys.readouterr().out


def test_a_bad_case_file_is_wrong_usage_and_named(desk, tmp_path, capsys):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": "a"}\n')
    library = str(desk / "library")
    assert main(["eval", "run", str(bad), "-o", str(tmp_path / "no"), "--library", library]) == 2
    assert f"{bad}:1: field user_input is missing" in capsys.readouterr().err.replace("\n", " ")
    assert main(["eval", "run", "-o", str(tmp_path / "no")]) == 2
    assert not (tmp_path / "no").exists()
