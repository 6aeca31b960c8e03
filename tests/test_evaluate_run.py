"""Runs over a stand-in assistant: rows, report, controls, gates, comparison, exports."""

import json
import shutil
import xml.etree.ElementTree as ET

import ir_measures
import pytest
from tests.eval_fakes import Table, judged, row
from tests.fakes import SOAP, UNDATED, answered, sentence

from litdesk.errors import CaseFileError, LitdeskError, SettingsError
from litdesk.evaluate import origin
from litdesk.evaluate.baseline import worse_than
from litdesk.evaluate.cases import Case
from litdesk.evaluate.compare import compare_runs
from litdesk.evaluate.controls import run_controls, writer_order
from litdesk.evaluate.export import write_exports
from litdesk.evaluate.gate import Gate
from litdesk.evaluate.judge_card import make_card
from litdesk.evaluate.judge_pairs import make_pairs
from litdesk.evaluate.judging import Judge
from litdesk.evaluate.measures import ALL_KINDS
from litdesk.evaluate.origin import code_digest, judge_digest
from litdesk.evaluate.outputs import write_outputs
from litdesk.evaluate.page import render_page
from litdesk.evaluate.report import make_report
from litdesk.evaluate.run import Plan, Run, ask_cases, ask_run, read_run
from litdesk.evaluate.statistics import Estimate
from litdesk.settings import Settings
from litdesk.types import AnswerStatus, Provenance, RetrievedPaper
from litdesk.verify.rules import RulesVerifier


class Desk:
    """An assistant that counts what it is asked, and fails when told to."""

    def __init__(self, library="l1"):
        self.asked = []
        self.failing = set()
        self.settings = Settings()
        self.provenance = Provenance(writer="quoting", library=library)

    def warm_up(self):
        pass

    def papers(self):
        return [SOAP, UNDATED]

    def ask(self, question, *, history=(), without=(), shuffle=None):
        self.asked.append((question, tuple(without), shuffle))
        if question in self.failing:
            raise LitdeskError("The model is away.", remedy="Wait.")
        quote = SOAP.abstract
        said = sentence(f"“{quote}”", quote=quote)
        answer = answered(question, said.model_copy(update={"verifier": "quotation"}))
        found = tuple(
            RetrievedPaper(rank=n, paper_id=p.paper_id, title=p.title, score=1.0 / n)
            for n, p in enumerate((SOAP, UNDATED), start=1)
        )
        return answer.model_copy(
            update={"retrieved": found, "timings_ms": {"total": 5.0},
                    "provenance": self.provenance}
        )  # fmt: skip


CASES = [
    Case(id="a", user_input="What is SOAP?", papers=(SOAP.title,), answerable=True,
         key_facts=(("eigenbasis",),), tags=("single",)),
    Case(id="b", user_input="Who won?", answerable=False, without=(SOAP.title,), tags=("off",)),
]  # fmt: skip


def test_a_run_keeps_what_is_needed_to_judge_it_again(tmp_path):
    run = ask_run(Desk(), CASES, folder=tmp_path, plan=Plan(shuffled=1))
    assert read_run(tmp_path) == Run(
        rows=list(run.rows), shuffled=list(run.shuffled), origin=run.origin
    )
    assert run.rows[0].reference_context_ids == (SOAP.paper_id,)
    assert run.rows[0].retrieved_contexts == (SOAP.abstract, "")
    first, _ = make_report(run, Judge(RulesVerifier()))
    again, _ = make_report(read_run(tmp_path), Judge(RulesVerifier()))
    assert json.dumps(first) == json.dumps(again)
    assert first["measures"]["citation_recall"]["value"] == 1.0
    assert first["measures"]["forbidden_rate"]["value"] is None


def test_a_run_is_taken_up_where_it_stopped_and_failures_are_asked_again(tmp_path):
    path = tmp_path / "results.jsonl"
    desk = Desk()
    desk.failing.add("Who won?")
    rows = ask_run(desk, CASES, folder=tmp_path).rows
    assert rows[1].state is AnswerStatus.FAILED
    assert rows[1].error == "The model is away. Wait."
    desk.failing.clear()
    desk.asked.clear()
    path.write_text(path.read_text() + '{"id": "torn')
    ask_run(desk, CASES, folder=tmp_path, plan=Plan(jobs=2))
    assert desk.asked == [("Who won?", (SOAP.paper_id,), None)]
    again = Desk()
    ask_run(again, CASES, folder=tmp_path)
    assert again.asked == []


def test_a_row_with_separators_of_unicode_in_it_is_taken_up(tmp_path):
    cases = [Case(id="a", user_input="What\u2028is\x85SOAP?")]
    ask_run(Desk(), cases, folder=tmp_path)
    again = Desk()
    ask_run(again, cases, folder=tmp_path)
    assert again.asked == []


def test_answers_that_something_else_made_are_not_mixed_with_new_ones(tmp_path, monkeypatch):
    ask_run(Desk(), CASES, folder=tmp_path)
    other = Desk("another library")
    with pytest.raises(CaseFileError, match="made otherwise: library l1, now another library"):
        ask_run(other, CASES, folder=tmp_path)
    monkeypatch.setattr("litdesk.evaluate.origin.code_digest", lambda: "newer")
    with pytest.raises(CaseFileError, match=r"code [0-9a-f]{12}, now newer") as caught:
        ask_run(Desk(), CASES, folder=tmp_path)
    assert "--fresh" in caught.value.remedy
    assert other.asked == []
    run = ask_run(other, CASES, folder=tmp_path, plan=Plan(fresh=True))
    assert len(other.asked) == 2
    assert read_run(tmp_path).origin == run.origin
    assert run.rows[0].made_by["code"] == "newer"


def test_answers_that_do_not_say_what_made_them_are_not_added_to(tmp_path):
    (tmp_path / "results.jsonl").write_text(row("So.", id="a").line)
    with pytest.raises(CaseFileError, match="do not say what made them"):
        ask_run(Desk(), CASES, folder=tmp_path)


def test_answers_to_other_questions_are_not_thrown_away(tmp_path):
    ask_run(Desk(), CASES, folder=tmp_path)
    other = [Case(id="z", user_input="What is it?")]
    with pytest.raises(CaseFileError, match="holds answers to other questions"):
        ask_run(Desk(), other, folder=tmp_path)
    assert len(read_run(tmp_path).rows) == 2
    fewer = Desk()
    ask_run(fewer, CASES[:1], folder=tmp_path)
    assert fewer.asked == []


def test_a_file_of_rows_is_asked_again_where_the_code_has_changed(tmp_path, monkeypatch):
    path = tmp_path / "rows.jsonl"
    desk = Desk()
    ask_cases(desk, CASES, path=path)
    ask_cases(desk, CASES, path=path)
    assert len(desk.asked) == 2
    monkeypatch.setattr("litdesk.evaluate.origin.code_digest", lambda: "newer")
    ask_cases(desk, CASES, path=path)
    assert len(desk.asked) == 4


def test_the_digest_of_the_code_changes_with_what_answers_and_with_nothing_else(
    tmp_path, monkeypatch
):
    code_digest.cache_clear()
    shutil.copytree(origin._PACKAGE, tmp_path / "litdesk")
    monkeypatch.setattr(origin, "_PACKAGE", tmp_path / "litdesk")
    before, judged_before = code_digest(), judge_digest()

    def after(path):
        code_digest.cache_clear()
        with (tmp_path / "litdesk" / path).open("a") as file:
            file.write("\n# changed\n")
        return code_digest(), judge_digest()

    assert after("cli/__init__.py") == (before, judged_before)
    assert after("evaluate/report.py") == (before, judged_before)
    changed, same = after("retrieve.py")
    assert (changed != before, same) == (True, judged_before)
    assert after("verify/rules.py")[1] != judged_before
    monkeypatch.undo()
    code_digest.cache_clear()
    assert code_digest() == before


def test_questions_are_asked_once_more_with_their_passages_shuffled(tmp_path):
    desk = Desk()
    run = ask_run(desk, CASES, folder=tmp_path, plan=Plan(shuffled=5))
    assert [row.shuffle for row in run.rows] == [None, None]
    assert [(row.id, row.shuffle) for row in run.shuffled] == [("a", 1), ("b", 1)]
    desk.asked.clear()
    ask_run(desk, CASES, folder=tmp_path, plan=Plan(shuffled=1))
    assert desk.asked == []
    assert len(read_run(tmp_path).shuffled) == 1


def test_a_wrong_title_is_told_before_the_models_are_loaded(tmp_path):
    class Cold(Desk):
        def warm_up(self):
            raise AssertionError

    case = Case(id="a", user_input="Why?", papers=("Nowhere",))
    with pytest.raises(CaseFileError, match="Not in the library: case a, field papers: 'Nowhere'"):
        ask_run(Cold(), [case], folder=tmp_path)


def test_whoever_stops_a_run_asks_nothing_more(tmp_path):
    class Impatient(Desk):
        def ask(self, question, **options):
            super().ask(question, **options)
            raise KeyboardInterrupt

    desk = Impatient()
    many = [Case(id=str(n), user_input=f"Why {n}?") for n in range(50)]
    with pytest.raises(KeyboardInterrupt):
        ask_run(desk, many, folder=tmp_path)
    assert len(desk.asked) < 10


def test_a_case_that_changed_is_asked_again(tmp_path):
    desk = Desk()
    ask_run(desk, CASES, folder=tmp_path)
    changed = [CASES[0].model_copy(update={"key_facts": (("Adam",),)}), CASES[1]]
    rows = ask_run(desk, changed, folder=tmp_path).rows
    assert len(desk.asked) == 3
    assert rows[0].key_facts == (("Adam",),)


def test_repeats_are_shown_as_a_distribution(tmp_path):
    run = ask_run(Desk(), CASES, folder=tmp_path, plan=Plan(repeat=3))
    report, _ = make_report(run, Judge(RulesVerifier()))
    assert report["counts"]["rows"] == 6
    assert report["repeats"]["runs"] == 3
    assert report["repeats"]["values"]["key_fact_recall"] == [1.0, 1.0, 1.0]
    assert report["repeats"]["questions_decided_otherwise"] == 0
    assert report["measures"]["key_fact_recall"]["questions"] == 1


def test_a_run_leaves_a_page_with_every_text_escaped_and_nothing_to_load(tmp_path):
    hostile = row(
        "<script>alert(1)</script> It is so [1].", user_input="<img src=x>", tags=("<b>",),
        status="answered",
    )  # fmt: skip
    failed = row("", id="q2", status="failed", error="no \x07 reply")
    run = Run(rows=[hostile, failed])
    card = make_card(Judge(Table()), {"library": make_pairs(list(hostile.texts().values()))})
    report, judged_rows = make_report(run, Judge(Table()), card=card)
    write_outputs(tmp_path, run, report, judged_rows, card)
    page = (tmp_path / "report.html").read_text()
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src 'none'" in page
    suite = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 (our own file)
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "1")
    assert "NaN" not in (tmp_path / "report.json").read_text()


def test_the_page_shows_first_what_wants_a_look_and_says_why():
    right = {"answerable": True, "key_facts": (("so",),), "status": "answered"}
    rows = [
        row("It is so [1].", id="fine", **right),
        row("It is not [1].", id="wrong", **right),
        row("I don't know.", id="shy", answerable=True, status="abstained"),
        row("It is so [1].", id="bold", answerable=False, status="answered"),
        row("", id="away", status="failed", error="gone"),
    ]
    report, judged_rows = make_report(Run(rows=rows), Judge(Table([("It is so.", ("p1",))])))
    page = render_page(report, judged_rows)
    look, others = page.index("Cases to look at (4)"), page.index("Other cases (1)")
    assert look < page.index("wrong · answered") < others < page.index("fine · answered")
    for told in ("shy · abstained · <span class=\"bad\">could be answered",
                 "bold · answered · <span class=\"bad\">cannot be answered",
                 "wrong · answered · <span class=\"bad\">not right",
                 "not all supported", "away · failed · <span class=\"bad\">no answer"):  # fmt: skip
        assert told in page
    assert page.count('<details class="case">') == 5


def test_exports_are_read_by_ir_measures_and_have_ragcheckers_fields(tmp_path):
    rows = [row("x", id="q 1", reference_context_ids=("p2",), reference="r")]
    write_exports(rows, tmp_path)
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels.trec")))
    run = list(ir_measures.read_trec_run(str(tmp_path / "run.trec")))
    found = ir_measures.calc_aggregate([ir_measures.RR], qrels, run)
    assert found[ir_measures.RR] == 0.5
    (one,) = json.loads((tmp_path / "ragchecker.json").read_text())["results"]
    assert set(one) == {"query_id", "query", "gt_answer", "response", "retrieved_context"}
    assert one["retrieved_context"][0] == {"doc_id": "p1", "text": "The text of p1."}


def estimated(low, high):
    return {"citation_recall": Estimate(
        value=0.9, low=low, high=high, n=10, questions=10, unscored=0)}  # fmt: skip


def test_a_gate_tests_the_bound_of_the_interval():
    gate = Gate.parse(" citation_recall >= 0.8 ")
    found = gate.check(estimated(0.81, 0.95), card=None, judged_freely=False)
    assert found.outcome == "met"
    found = gate.check(estimated(0.79, 0.95), card=None, judged_freely=False)
    assert found.outcome == "not met"
    upper = Gate.parse("citation_recall<=0.9")
    assert upper.check(estimated(0.1, 0.95), card=None, judged_freely=False).outcome == "not met"
    empty = gate.check(estimated(None, None), card=None, judged_freely=False)
    assert empty.outcome == "not measured"


def test_a_gate_does_not_rest_on_errors_that_the_judge_does_not_see():
    gate = Gate.parse("citation_recall>=0.5")
    found = gate.check(estimated(0.9, 1.0), card=None, judged_freely=True)
    assert found.outcome == "not measured"
    assert "hedge" in found.reason
    told = gate.check(estimated(0.9, 1.0), card=None, judged_freely=True, accepted=ALL_KINDS)
    assert told.outcome == "met"


@pytest.mark.parametrize("text", ["citation_recall>0.9", "nothing>=0.5", "citation_recall", ""])
def test_what_is_no_gate_is_wrong_usage(text):
    with pytest.raises(SettingsError):
        Gate.parse(text)


def test_two_runs_are_compared_and_what_flipped_is_listed():
    told = {"key_facts": (("so",),), "answerable": True, "status": "answered"}
    a = [row("It is so [1].", id=f"q{n}", **told) for n in range(6)]
    b = [row("It is not [1]." if n else "It is so [1].", id=f"q{n}", **told) for n in range(6)]
    found = compare_runs(a, [*b, row("x", id="more")], Judge(Table([("It is so.", ("p1",))])))
    recall = found["measures"]["key_fact_recall"]
    assert (recall["a"], recall["b"], recall["questions"]) == (1.0, pytest.approx(1 / 6), 6)
    assert recall["p"] == pytest.approx(2 / 32)
    assert recall["p_holm"] >= recall["p"]
    assert [f["id"] for f in found["flipped_cases"]] == [f"q{n}" for n in range(1, 6)]
    assert found["only_b"] == ["more"]
    with pytest.raises(LitdeskError, match="no question in common"):
        compare_runs(a, [row("x", id="more")], Judge(Table()))


def test_runs_repeated_unequally_are_compared_on_what_both_have():
    told = {"key_facts": (("so",),), "answerable": True, "status": "answered"}
    a = [row("It is not [1].", id=f"q{n}", repeat=r, **told) for n in range(9) for r in range(3)]
    b = [row("It is so [1]." if n == 4 else "It is not [1].", id=f"q{n}", **told) for n in range(9)]
    found = compare_runs(a, b, Judge(Table()))
    assert (found["rows"], found["rows_a"], found["rows_b"]) == (9, 27, 9)
    recall = found["measures"]["key_fact_recall"]
    # one question alone differs, so that every permutation differs as much
    assert (recall["difference"], recall["p"]) == (pytest.approx(1 / 9), 1.0)


def test_a_comparison_says_what_made_the_runs_different():
    made = {"code": "c1", "settings": "s1"}
    a = [row("So.", id="q1", made_by=made), row("So.", id="q2", made_by=made | {"prompt p": "x"})]
    b = [row("So.", id="q1", made_by=made | {"settings": "s2"}), row("", id="q2", status="failed")]
    found = compare_runs(a, b, Judge(Table()))
    assert found["made_otherwise"] == {"settings": ("s1", "s2"), "prompt p": ("x", "")}


def test_the_controls_have_a_floor_and_a_ceiling():
    rows = [
        judged("Fact of one [1].", id="a", papers=("p1",)),
        judged("Fact of two [1].", id="b", papers=("p2",)),
    ]
    found = run_controls(rows, Judge(Table([("Fact of one.", ("p1",)), ("Fact of two.", ("p2",))])))
    assert (found["shuffled_contexts"]["value"], found["shuffled_contexts"]["n"]) == (0.0, 2)
    assert found["shuffled_contexts"]["high"] == pytest.approx(1 - 0.025**0.5)
    assert found["verbatim_copy"]["expected"] == "near 1"
    assert found["judge_order"]["value"] is None


def test_an_order_that_changes_the_verdict_is_seen():
    class First(Table):
        def judge(self, claim, evidence):
            self.supported = {(claim, frozenset({"p1"}))} if evidence[0].paper_id == "p1" else set()
            return super().judge(claim, evidence)

    one = judged("It is so [1][2].")
    found = run_controls([one], Judge(First()))["judge_order"]
    assert (found["value"], found["n"], found["expected"]) == (1.0, 1, "0")


def test_what_another_order_of_the_passages_changes_is_counted_apart():
    told = {"supported": [("It is so.", ("p1",)), ("It is so.", ("p2",))],
            "key_facts": (("so",),), "answerable": True}  # fmt: skip
    texts = {
        "same": ("It is so [1].", "It is so [1]."),
        "papers": ("It is so [1].", "It is so [2]."),
        "support": ("It is so [1].", "It is so [3]."),
        "right": ("It is so [1].", "It is not [1]."),
        "decision": ("It is so [1].", ""),
        "failed": ("It is so [1].", None),
    }
    usual = [judged(first, id=name, **told) for name, (first, _) in texts.items()]
    states = {"": "abstained", None: "failed"}
    shuffled = [
        judged(second or "", id=name, shuffle=1, status=states.get(second, "answered"), **told)
        for name, (_, second) in texts.items()
    ]
    found = {name: (one["value"], one["n"]) for name, one in writer_order(usual, shuffled).items()}
    assert found == {
        "writer_order_decision": (1 / 5, 5),
        "writer_order_papers": (2 / 4, 4),
        "writer_order_support": (2 / 4, 4),
        "writer_order_right": (1 / 4, 4),
    }
    assert writer_order(usual, [])["writer_order_decision"]["value"] is None


def test_a_worse_figure_and_other_cases_are_told_from_the_baseline():
    rows = [row("It is so [1].", status="answered")]
    good, _ = make_report(Run(rows=rows), Judge(Table([("It is so.", ("p1",))])))
    bad, _ = make_report(Run(rows=rows), Judge(Table()))
    kept = {"cases": good["provenance"]["cases"], "judge": "table", "failed": 0,
            "measures": good["measures"], "controls": {}}  # fmt: skip
    assert worse_than(good, kept) == []
    recall = kept["measures"]["citation_recall"]
    for value, worse in ((1.009, []), (1.011, ["citation_recall"])):
        higher = kept | {"measures": {"citation_recall": recall | {"value": value}}}
        assert [one["measure"] for one in worse_than(good, higher)] == worse
    moved = kept | {"controls": {"writer_order_papers": 0.0}}
    assert worse_than(good, moved)[0]["why"] == "not measured, 0.0000 before"
    assert "citation_recall" in {one["measure"] for one in worse_than(bad, kept)}
    assert worse_than(good, kept | {"cases": "other"})[0]["measure"] == "cases"
