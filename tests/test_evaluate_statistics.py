import numpy as np
import pytest
from scipy import stats

from litdesk.evaluate.measures import MEASURES
from litdesk.evaluate.statistics import (
    compare_paired,
    estimate,
    holm,
    minimum_detectable_difference,
)

MEAN = MEASURES["key_fact_recall"]


def parts(values):
    return [(f"q{n:03}", None if v is None else (v, 1.0)) for n, v in enumerate(values)]


VALUES = np.random.default_rng(1).random(60).round(3).tolist()
NOISE = np.random.default_rng(2).normal(0.05, 0.2, 60)
OTHERS = [min(1.0, v + d) for v, d in zip(VALUES, NOISE, strict=True)]


def test_the_interval_is_the_percentile_bootstrap_of_scipy():
    found = estimate(MEAN, parts(VALUES), draws=20_000)
    theirs = stats.bootstrap(
        (VALUES,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(3)
    ).confidence_interval
    assert found.value == pytest.approx(np.mean(VALUES))
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.004)


def test_rows_of_one_question_are_resampled_together():
    alone = estimate(MEAN, parts(VALUES))
    twice = estimate(MEAN, parts(VALUES) * 4)
    assert (twice.n, twice.questions) == (240, 60)
    assert (twice.low, twice.high) == pytest.approx((alone.low, alone.high))


def test_the_same_rows_give_the_same_digits():
    assert estimate(MEAN, parts(VALUES)) == estimate(MEAN, parts(VALUES))


def test_rows_that_could_not_be_measured_are_counted_and_nothing_gives_none():
    found = estimate(MEAN, parts([0.2, None, 0.4, None]))
    assert (found.n, found.unscored) == (2, 2)
    empty = estimate(MEAN, parts([None, None]))
    assert (empty.value, empty.low, empty.high, empty.unscored) == (None, None, None, 2)


@pytest.mark.parametrize("count", [1, 5, 40])
def test_without_an_exception_the_interval_ends_at_the_exact_bound(count):
    exact = stats.binomtest(count, count).proportion_ci(method="exact")
    found = estimate(MEAN, parts([1.0] * count))
    assert (found.low, found.high) == pytest.approx((exact.low, 1.0))
    none = stats.binomtest(0, count).proportion_ci(method="exact")
    found = estimate(MEAN, parts([0.0] * count))
    assert (found.low, found.high) == pytest.approx((0.0, none.high))


def test_one_question_alone_tells_nothing_of_the_others():
    found = estimate(MEAN, [("q", (0.2, 1.0))])
    assert (found.value, found.low, found.high) == (0.2, 0.0, 1.0)


def test_a_small_comparison_counts_all_permutations_as_scipy_does():
    a, b = VALUES[:9], OTHERS[:9]
    theirs = stats.permutation_test(
        (b, a), lambda x, y: np.mean(x) - np.mean(y), permutation_type="samples",
        n_resamples=np.inf,
    )  # fmt: skip
    found = compare_paired(MEAN, parts(a), parts(b))
    assert found.p == pytest.approx(theirs.pvalue)
    assert found.difference == pytest.approx(np.mean(b) - np.mean(a))


def test_a_larger_comparison_is_near_the_exact_one():
    found = compare_paired(MEAN, parts(VALUES), parts(OTHERS), draws=20_000)
    theirs = stats.permutation_test(
        (OTHERS, VALUES), lambda x, y, axis: np.mean(x, axis=axis) - np.mean(y, axis=axis),
        permutation_type="samples", n_resamples=20_000, vectorized=True,
        rng=np.random.default_rng(4),
    )  # fmt: skip
    assert found.p == pytest.approx(theirs.pvalue, abs=0.01)
    assert found.low < found.difference < found.high


def test_a_measure_that_is_no_mean_is_permuted_as_a_whole():
    aurc = MEASURES["aurc"]
    a = [(f"q{n}", (0.1 * n, float(n < 3))) for n in range(8)]
    b = [(f"q{n}", (0.1 * n, float(n >= 5))) for n in range(8)]
    found = compare_paired(aurc, a, b)
    assert found.difference > 0
    assert 0 < found.p < 1
    assert compare_paired(aurc, a, a).p == 1.0


def test_questions_that_only_one_run_has_are_left_out():
    found = compare_paired(MEAN, parts([0.0, 1.0, None]), parts([1.0, None, 1.0]))
    assert (found.questions, found.difference) == (1, 1.0)
    assert compare_paired(MEAN, parts([None]), parts([1.0])).p is None


def test_a_row_that_one_run_could_not_measure_is_left_out_of_both():
    a = [("q1", (0.0, 1.0)), ("q1", (1.0, 1.0)), ("q2", (0.5, 1.0))]
    b = [("q1", (1.0, 1.0)), ("q1", None), ("q2", (0.5, 1.0))]
    found = compare_paired(MEAN, a, b)
    assert (found.a, found.b, found.questions) == (0.25, 0.75, 2)
    assert found.p == 1.0


def test_holm_is_the_step_down_of_the_definition():
    assert holm([0.01, 0.04, 0.03, None]) == pytest.approx([0.03, 0.06, 0.06, None])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_detectable_difference_has_eighty_percent_power():
    differences = np.random.default_rng(5).normal(0, 0.3, 100)
    found = minimum_detectable_difference(differences.tolist())
    error = differences.std(ddof=1) / 10
    power = 1 - stats.norm.cdf(stats.norm.ppf(0.975) - found / error)
    assert power == pytest.approx(0.8, abs=1e-6)
    assert minimum_detectable_difference([0.1]) is None
    assert minimum_detectable_difference([0.0] * 50) is None
