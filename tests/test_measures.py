"""Each measure on cases small enough to be counted by hand."""

import math

import ir_measures
import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, ndcg_score
from tests.eval_fakes import judged

from litdesk.evaluate.judging import JudgedRow
from litdesk.evaluate.measures import MEASURES
from litdesk.evaluate.measures.calibration import bin_parts, error_of
from litdesk.evaluate.measures.cost import cost
from litdesk.evaluate.measures.latency import latency
from litdesk.evaluate.measures.phrases import is_right
from litdesk.evaluate.measures.risk_coverage import risks
from litdesk.types import Citation, Sentence, Verdict


def value(name, *rows: JudgedRow):
    measure = MEASURES[name]
    parts = [p for p in map(measure.parts, rows) if p is not None]
    return measure.of(np.array(parts, dtype=float))


RANKED = [
    (("a", "b", "c"), ("b",)),
    (("a", "b", "c"), ("a", "c")),
    (("a", "b", "c", "d", "e", "f", "g"), ("g", "b")),
    (("a",), ("z",)),
]


@pytest.mark.parametrize(("retrieved", "right"), RANKED)
def test_ranking_measures_are_those_of_the_definition_and_of_sklearn(retrieved, right):
    one = judged("x", papers=retrieved, reference_context_ids=right, answerable=True)
    gains = [1 / math.log2(n + 1) for n, p in enumerate(retrieved, 1) if p in right]
    best = sum(1 / math.log2(n + 1) for n in range(1, len(right) + 1))
    assert value("ndcg_at_10", one) == pytest.approx(sum(gains) / best)
    first = next((n for n, p in enumerate(retrieved, 1) if p in right), None)
    assert value("mrr_at_10", one) == pytest.approx(1 / first if first else 0)
    assert value("recall_at_5", one) == len(set(retrieved[:5]) & set(right)) / len(right)
    everything = [*retrieved, *(p for p in right if p not in retrieved)]
    if len(everything) > 1 and set(right) <= set(retrieved):
        truth = [[float(p in right) for p in everything]]
        scores = [[-float(n) for n in range(len(everything))]]
        assert value("ndcg_at_10", one) == pytest.approx(ndcg_score(truth, scores, k=10))


def test_ranking_agrees_with_ir_measures_over_all_questions_at_once():
    rows = [
        judged("x", id=f"q{n}", papers=r, reference_context_ids=right)
        for n, (r, right) in enumerate(RANKED)
    ]
    qrels = [ir_measures.Qrel(f"q{n}", p, 1) for n, (_, right) in enumerate(RANKED) for p in right]
    run = [
        ir_measures.ScoredDoc(f"q{n}", p, 10.0 - rank)
        for n, (r, _) in enumerate(RANKED)
        for rank, p in enumerate(r)
    ]
    found = ir_measures.calc_aggregate([ir_measures.nDCG @ 10, ir_measures.RR @ 10], qrels, run)
    assert value("ndcg_at_10", *rows) == pytest.approx(found[ir_measures.nDCG @ 10])
    assert value("mrr_at_10", *rows) == pytest.approx(found[ir_measures.RR @ 10])


def test_nothing_retrieved_is_zero_and_no_right_paper_is_not_measured():
    assert value("recall_at_5", judged(papers=(), reference_context_ids=("a",))) == 0.0
    assert value("recall_at_5", judged("x")) is None
    assert value("ndcg_at_10", judged(reference_context_ids=("p1",), answerable=False)) is None


def test_uncited_unsupported_and_over_cited_are_counted_apart():
    told = [("One is so.", ("p1", "p2")), ("Two is so.", ("p1",))]
    one = judged("One is so [1][2]. Two is so [1][3]. Three is so.", supported=told)
    assert value("uncited", one) == pytest.approx(1 / 3)
    assert value("unsupported", one) == 0.0
    # [1][2] are both needed; of [1][3] the second neither supports alone nor is it needed
    assert value("over_cited", one) == pytest.approx(1 / 4)
    assert value("unsupported", judged("One is so [1][2].")) == 1.0


def test_a_number_of_no_passage_counts_against_its_sentence():
    one = judged("One is so [1][9].", supported=[("One is so.", ("p1",))])
    assert value("citation_recall", one) == 0.0
    assert value("unknown_citations", one) == 0.5


def test_the_inheriting_variant_judges_by_the_citation_before():
    told = [("One is so.", ("p1",)), ("Two as well.", ("p1",))]
    one = judged("One is so [1]. Two as well.", supported=told)
    assert value("citation_recall", one) == 0.5
    assert value("citation_recall_inherited", one) == 1.0
    other = judged("Two as well. One is so [1].", supported=told)
    assert value("citation_recall_inherited", other) == 0.5


def test_a_sentence_that_another_passage_supports_is_counted_apart():
    one = judged("One is so [1].", supported=[("One is so.", ("p3",))])
    assert value("supported_elsewhere", one) == 1.0
    assert value("supported_elsewhere", judged("One is so [1].")) == 0.0


def test_what_the_judge_cannot_tell_opens_the_bounds_of_faithfulness():
    one = judged(
        "One is so [1]. Two is so [1]. Three is so [1]. Four is so [1].",
        supported=[("One is so.", ("p1",))],
        verdicts={"Two is so.": Verdict.UNCERTAIN, "Three is so.": Verdict.CONTRADICTED},
    )
    assert value("sentence_faithfulness", one) == 0.25
    assert value("sentence_faithfulness_upper", one) == 0.5


def quoting(quote, start, end):
    cited = Citation(marker=1, paper_id="p1", field="abstract", quote=quote, start=start, end=end)
    return Sentence(
        text=f"“{quote}”", start=0, end=0, verdict="supported", score=1.0, verifier="quotation",
        citations=(cited,),
    )  # fmt: skip


def test_a_quote_must_stand_where_it_says():
    good, moved = quoting("text of p1", 4, 14), quoting("text of p1", 0, 10)
    assert value("quote_exists", judged("x", sentences=(good, moved))) == 0.5
    assert value("quote_exists", judged("One [1].")) is None


def test_an_invented_quotation_is_not_supported_by_looking_like_one():
    one = judged("x", sentences=(quoting("not in any text", 0, 15),))
    assert value("citation_recall", one) == 0.0


FACTS = {"key_facts": (("over 40%", "40 percent"), ("AdamW",))}


def test_key_facts_are_found_in_any_of_their_phrases_and_an_abstention_has_none():
    assert value("key_fact_recall", judged("By 40  PERCENT.", answerable=True, **FACTS)) == 0.5
    refused = judged("I don't know.", status="abstained", answerable=True, **FACTS)
    assert value("key_fact_recall", refused) == 0.0
    assert value("key_fact_recall", judged("x", status="failed", **FACTS)) is None
    assert value("key_fact_recall", judged("x", answerable=False, **FACTS)) is None


def test_forbidden_facts_are_counted_over_answers_to_cases_that_name_some():
    assert value("forbidden_rate", judged("It is slower.", forbidden=("slower",))) == 1.0
    assert value("forbidden_rate", judged("It is faster.", forbidden=("slower",))) == 0.0
    assert value("forbidden_rate", judged("It is slower.")) is None


def test_abstention_counts_the_two_by_two():
    rows = [
        judged(status="abstained", answerable=False),
        judged(status="abstained", answerable=False),
        judged(status="abstained", answerable=True),
        judged("x", status="answered", answerable=False),
        judged("It was 40 percent of AdamW.", status="answered", answerable=False, **FACTS),
        judged("x", status="answered", answerable=True),
    ]
    assert value("abstention_precision", *rows) == pytest.approx(2 / 3)
    assert value("abstention_recall", *rows) == pytest.approx(3 / 4)
    assert value("abstention_precision", rows[-1]) is None


def test_an_answer_that_cites_too_few_of_the_right_papers_is_not_right():
    told = {"answerable": True, "key_facts": (("so",),), "reference_context_ids": ("p1", "p2")}
    assert is_right(judged("It is so [1]. It is so [2].", min_papers=2, **told)) is True
    assert is_right(judged("It is so [1]. It is so [3].", min_papers=2, **told)) is False
    assert is_right(judged("It is so [3].", **told)) is True


def test_the_area_under_risk_and_coverage_is_the_mean_of_the_risks():
    parts = np.array([[0.9, 0], [0.8, 1], [0.7, 0]])
    assert risks(parts).tolist() == pytest.approx([0, 1 / 2, 1 / 3])
    assert MEASURES["aurc"].of(parts) == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)


def test_equal_confidence_counts_in_the_mean_over_all_orders():
    from itertools import permutations

    tied = [[0.9, 0.0], [0.5, 1.0], [0.5, 0.0], [0.5, 0.0], [0.1, 1.0]]
    orders = [[tied[0], *middle, tied[4]] for middle in permutations(tied[1:4])]
    areas = [
        np.mean([np.mean([w for _, w in order[: n + 1]]) for n in range(5)]) for order in orders
    ]
    assert MEASURES["aurc"].of(np.array(tied)) == pytest.approx(np.mean(areas))


def test_calibration_error_and_brier_score_are_those_of_the_definition():
    scored = [(0.95, True), (0.91, False), (0.55, True), (0.15, False), (1.0, True)]
    bins = {9: [(0.95, 1), (0.91, 0), (1.0, 1)], 5: [(0.55, 1)], 1: [(0.15, 0)]}
    by_hand = sum(
        len(b) / 5 * abs(np.mean([s for s, _ in b]) - np.mean([o for _, o in b]))
        for b in bins.values()
    )
    assert error_of(np.array([bin_parts(scored[:2]), bin_parts(scored[2:])])) == pytest.approx(
        by_hand
    )
    sentences = tuple(
        Sentence(
            text=f"Claim {n} holds.", start=0, end=0, verdict="supported", score=score,
            verifier="other", citations=(Citation(marker=1, paper_id="p1"),),
        )
        for n, (score, _) in enumerate(scored)
    )  # fmt: skip
    told = [(f"Claim {n} holds.", ("p1",)) for n, (_, outcome) in enumerate(scored) if outcome]
    one = judged("x", sentences=sentences, supported=told)
    truth, chances = [o for _, o in scored], [s for s, _ in scored]
    assert value("brier_score", one) == pytest.approx(brier_score_loss(truth, chances))
    assert value("calibration_error", one) == pytest.approx(by_hand)


def test_a_judge_does_not_calibrate_its_own_scores():
    sentence = Sentence(
        text="One.", start=0, end=0, verdict="supported", score=0.9, verifier="table",
        citations=(Citation(marker=1, paper_id="p1"),),
    )  # fmt: skip
    assert value("calibration_error", judged("x", sentences=(sentence,))) is None


def test_sentences_from_the_record_are_not_judged():
    sentence = Sentence(
        text="7 papers.", start=0, end=0, verdict="supported", score=1.0, verifier="record"
    )
    one = judged("7 papers.", sentences=(sentence,), reference_context_ids=("p1",))
    assert value("citation_recall", one) is None
    assert value("ndcg_at_10", one) is None


def test_dropped_sentences_are_not_part_of_the_answer():
    sentence = Sentence(text="One.", start=0, end=0, verdict="unsupported", action="dropped")
    assert value("citation_recall", judged("", sentences=(sentence,))) is None


def test_latency_is_by_nearest_rank_and_cost_by_the_million():
    rows = [judged(timings_ms={"total": float(n)}).row for n in range(1, 101)]
    assert latency(rows) == {"n": 100, "median_ms": 50.0, "p95_ms": 95.0}
    assert latency([judged().row]) == {"n": 0, "median_ms": None, "p95_ms": None}
    used = judged(usage={"calls": 1, "input_tokens": 2_000_000, "output_tokens": 500_000}).row
    assert cost([used], prices=(0.5, 2.0))["money"] == pytest.approx(2.0)
    assert cost([used])["money"] is None
    assert cost([judged().row])["calls"] is None


def test_every_measure_says_what_it_is():
    import importlib
    import pkgutil

    from litdesk.evaluate import measures

    bases = {"measure", "ranking", "phrases"}
    for module in pkgutil.iter_modules(measures.__path__):
        if module.name not in bases:
            doc = importlib.import_module(f"litdesk.evaluate.measures.{module.name}").__doc__
            for part in ("Definition:", "Source:", "Range:", "Needs:", "Limits:", "Version:"):
                assert part in doc, (module.name, part)


@pytest.mark.parametrize("name", MEASURES)
def test_no_measure_makes_a_number_of_nothing(name):
    assert MEASURES[name].of(np.empty((0, 2))) is None
