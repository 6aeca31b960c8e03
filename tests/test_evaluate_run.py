"""Runs over a stand-in assistant: rows, report, controls, gates, comparison, exports."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import ir_measures
import pytest
from tests.eval_fakes import Table, judged, row
from tests.fakes import SOAP, UNDATED, answered, sentence

from litdesk.errors import LitdeskError, SettingsError
from litdesk.evaluate.baseline import worse_than
from litdesk.evaluate.cases import Case
from litdesk.evaluate.compare import compare_runs
from litdesk.evaluate.controls import run_controls
from litdesk.evaluate.export import write_exports
from litdesk.evaluate.gate import Gate
from litdesk.evaluate.judge_card import make_card, make_pairs
from litdesk.evaluate.judging import Judge
from litdesk.evaluate.make import make_cases
from litdesk.evaluate.measures import ALL_KINDS
from litdesk.evaluate.outputs import write_outputs
from litdesk.evaluate.report import make_report
from litdesk.evaluate.rows import read_rows
from litdesk.evaluate.run import ask_cases
from litdesk.evaluate.statistics import Estimate
from litdesk.types import AbstractVersion, AnswerStatus, Provenance, RetrievedPaper
from litdesk.verify.rules import RulesVerifier


class Desk:
    """An assistant that counts what it is asked, and fails when told to."""

    def __init__(self, library="l1"):
        self.asked = []
        self.failing = set()
        self.provenance = Provenance(writer="quoting", library=library)

    def warm_up(self):
        pass

    def papers(self):
        return [SOAP, UNDATED]

    def ask(self, question, *, history=(), without=()):
        self.asked.append((question, tuple(without)))
        if question in self.failing:
            raise LitdeskError("The model is away.", remedy="Wait.")
        quote = SOAP.abstract
        said = sentence(f"“{quote}”", quote=quote)
        answer = answered(question, said.model_copy(update={"verifier": "quotation"}))
        found = RetrievedPaper(rank=1, paper_id=SOAP.paper_id, title=SOAP.title, score=1.0)
        return answer.model_copy(
            update={"retrieved": (found,), "timings_ms": {"total": 5.0},
                    "provenance": self.provenance}
        )  # fmt: skip


CASES = [
    Case(id="a", user_input="What is SOAP?", papers=(SOAP.title,), answerable=True,
         key_facts=(("eigenbasis",),), tags=("single",)),
    Case(id="b", user_input="Who won?", answerable=False, without=(SOAP.title,), tags=("off",)),
]  # fmt: skip


def test_a_run_keeps_what_is_needed_to_judge_it_again(tmp_path):
    path = tmp_path / "results.jsonl"
    rows = ask_cases(Desk(), CASES, path=path)
    assert read_rows(tmp_path) == rows
    assert rows[0].reference_context_ids == (SOAP.paper_id,)
    assert rows[0].retrieved_contexts == (SOAP.abstract,)
    first, _ = make_report(rows, Judge(RulesVerifier()))
    again, _ = make_report(read_rows(path), Judge(RulesVerifier()))
    assert json.dumps(first) == json.dumps(again)
    assert first["measures"]["citation_recall"]["value"] == 1.0
    assert first["measures"]["forbidden_rate"]["value"] is None


def test_a_run_is_taken_up_where_it_stopped_and_failures_are_asked_again(tmp_path):
    path = tmp_path / "results.jsonl"
    desk = Desk()
    desk.failing.add("Who won?")
    rows = ask_cases(desk, CASES, path=path)
    assert rows[1].state is AnswerStatus.FAILED
    assert rows[1].error == "The model is away. Wait."
    desk.failing.clear()
    desk.asked.clear()
    path.write_text(path.read_text() + '{"id": "torn')
    ask_cases(desk, CASES, path=path, jobs=2)
    assert desk.asked == [("Who won?", (SOAP.paper_id,))]
    desk.asked.clear()
    ask_cases(Desk("l1"), CASES, path=path)
    other = Desk("another library")
    ask_cases(other, CASES, path=path)
    assert len(other.asked) == 2


def test_a_case_that_changed_is_asked_again(tmp_path):
    path = tmp_path / "results.jsonl"
    desk = Desk()
    ask_cases(desk, CASES, path=path)
    changed = [CASES[0].model_copy(update={"key_facts": (("Adam",),)}), CASES[1]]
    rows = ask_cases(desk, changed, path=path)
    assert len(desk.asked) == 3
    assert rows[0].key_facts == (("Adam",),)


def test_repeats_are_shown_as_a_distribution(tmp_path):
    rows = ask_cases(Desk(), CASES, path=tmp_path / "results.jsonl", repeat=3)
    report, _ = make_report(rows, Judge(RulesVerifier()))
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
    report, judged_rows = make_report([hostile, failed], Judge(Table()))
    card = make_card(Judge(Table()), {"library": make_pairs(list(hostile.texts().values()))})
    write_outputs(tmp_path, report | {"judge_card": card.model_dump(mode="json")}, judged_rows,
                  card=card)  # fmt: skip
    page = (tmp_path / "report.html").read_text()
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src 'none'" in page
    suite = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 (our own file)
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "1")
    assert "NaN" not in (tmp_path / "report.json").read_text()


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


def test_the_controls_have_a_floor_and_a_ceiling():
    rows = [
        judged("Fact of one [1].", id="a", papers=("p1",)),
        judged("Fact of two [1].", id="b", papers=("p2",)),
    ]
    found = run_controls(rows, Judge(Table([("Fact of one.", ("p1",)), ("Fact of two.", ("p2",))])))
    assert (found["shuffled_contexts"]["share"], found["shuffled_contexts"]["n"]) == (0.0, 2)
    assert found["verbatim_copy"]["expected"] == "near 1"
    assert found["order_sensitivity"]["share"] is None


def test_an_order_that_changes_the_verdict_is_seen():
    class First(Table):
        def judge(self, claim, evidence):
            self.supported = {(claim, frozenset({"p1"}))} if evidence[0].paper_id == "p1" else set()
            return super().judge(claim, evidence)

    one = judged("It is so [1][2].")
    found = run_controls([one], Judge(First()))
    assert found["order_sensitivity"] == {"share": 1.0, "n": 1, "expected": "0"}


def test_a_worse_figure_and_other_cases_are_told_from_the_baseline():
    rows = [row("It is so [1].", status="answered")]
    good, _ = make_report(rows, Judge(Table([("It is so.", ("p1",))])))
    bad, _ = make_report(rows, Judge(Table()))
    kept = {"cases": good["provenance"]["cases"], "judge": "table", "failed": 0,
            "measures": good["measures"]}  # fmt: skip
    assert worse_than(good, kept) == []
    assert "citation_recall" in {one["measure"] for one in worse_than(bad, kept)}
    assert worse_than(good, kept | {"cases": "other"})[0]["measure"] == "cases"


def test_made_cases_are_marked_and_twins_leave_their_paper_out():
    paper = replace(
        SOAP,
        versions=(
            AbstractVersion(
                text="We introduce a new optimizer called SOAP that runs Adam in an eigenbasis. "
                "SOAP reduces the number of iterations by 40% in most runs."
            ),
        ),
    )
    cases = {case.id: case for case in make_cases([paper])}
    figure = cases["made-figure-vyas2024soap"]
    assert "___ in most runs" in figure.user_input
    assert figure.key_facts == (("40%",),)
    twin = cases["made-figure-vyas2024soap-twin"]
    assert (twin.answerable, twin.without, twin.group) == (False, (paper.paper_id,), figure.id)
    false = cases["made-false-vyas2024soap"]
    assert "SOAP raises the number" in false.user_input
    assert all(case.machine_made and case.reviewed is None for case in cases.values())
