"""Citation recall and precision against ALCE's published definition.

Gao, Yen, Yu and Chen 2023, "Enabling Large Language Models to Generate Text with Citations"
(EMNLP): section 3.3 for the definition, figure 3 for its worked example; `compute_autoais` in
`eval.py` of github.com/princeton-nlp/ALCE is called its program here. The entailment model of the
paper is a table here, so that every outcome of it can be tried.
"""

from itertools import chain, combinations, product

import numpy as np
import pytest
from tests.eval_fakes import row

from litdesk.evaluate.judging import Judge, judge_row
from litdesk.evaluate.measures import MEASURES
from litdesk.types import Verdict
from litdesk.verify.judge import Judgement
from litdesk.verify.rules import RulesVerifier


class Entailment:
    """The entailment model: says for each claim which sets of passages entail it."""

    name = "entailment"

    def __init__(self, table):
        self.table = table

    def judge(self, claim, evidence):
        entailed = self.table(claim, frozenset(text.paper_id for text in evidence))
        return Judgement(
            verdict=Verdict.SUPPORTED if entailed else Verdict.UNSUPPORTED,
            score=float(entailed),
            reason="",
            verifier=self.name,
            paper_id=None,
            span=None,
        )


NAMES = ("One", "Two", "Three", "Four")


def claim(number):
    return f"{NAMES[number]} is so."


def answer(*cited):
    """An answer with a sentence for each list of numbers of passages."""
    numbers = ("".join(f"[{n}]" for n in some) for some in cited)
    return " ".join(f"{NAMES[n]} is so{marks}." for n, marks in enumerate(numbers))


def measured(text, table, *, passages=5):
    papers = tuple(f"p{n}" for n in range(1, passages + 1))
    judged = judge_row(row(text, papers=papers), Judge(Entailment(table)))
    parts = (MEASURES[name].parts(judged) for name in ("citation_recall", "citation_precision"))
    return tuple(top / bottom for top, bottom in parts)


def by_definition(cited, table):
    """Section 3.3, word for word: no shortcut, and nothing of litdesk's."""
    sentences = [(claim(n), frozenset(f"p{c}" for c in some)) for n, some in enumerate(cited)]
    recall = [bool(refs) and table(text, refs) for text, refs in sentences]
    precision = []
    for (text, refs), supported in zip(sentences, recall, strict=True):
        for ref in refs:
            irrelevant = not table(text, frozenset({ref})) and table(text, refs - {ref})
            precision.append(supported and not irrelevant)
    return np.mean(recall), np.mean(precision) if precision else 0.0


def minimal(told):
    """A table in which a claim follows from these sets and all that hold one of them."""
    sets = [(claim(n), frozenset(f"p{c}" for c in some)) for n, some in told]
    return lambda text, refs: any(text == t and some <= refs for t, some in sets)


def test_the_worked_example_of_figure_3():
    # Statements 1 and 3 of 3 are supported: recall 2/3. Of 6 citations the one of statement 2 goes
    # with its statement, and [2] of statement 3 is irrelevant: precision 4/6.
    cited = [(1, 2), (3,), (2, 4, 5)]
    table = minimal([(0, (1, 2)), (2, (4, 5))])
    assert measured(answer(*cited), table) == pytest.approx((2 / 3, 4 / 6))


def test_the_example_of_section_3_3_of_an_irrelevant_citation():
    # [2] does not entail the statement, [4][5] do without it; [4] and [5] are both needed.
    assert measured(answer((2, 4, 5)), minimal([(0, (4, 5))])) == pytest.approx((1, 2 / 3))


def test_a_citation_that_only_supports_a_part_counts_as_irrelevant():
    # The limit that section 3.3 names: what [2] says in part, [4][5] say in full.
    assert measured(answer((2, 4)), minimal([(0, (4,))])) == pytest.approx((1, 1 / 2))


def test_redundant_citations_that_each_support_are_precise():
    # Section 3.3 does not ask for a minimal set.
    assert measured(answer((1, 2)), minimal([(0, (1,)), (0, (2,))])) == (1, 1)


def test_without_recall_no_citation_is_precise():
    assert measured(answer((1, 2)), lambda *_: False) == (0, 0)
    # not even one that entails by itself where all together do not, as a model may find
    table = {frozenset({"p1"}): True, frozenset({"p2"}): False, frozenset({"p1", "p2"}): False}
    assert measured(answer((1, 2)), lambda _, refs: table.get(refs, False)) == (0, 0)


def test_copying_a_passage_and_citing_it_is_perfect_as_section_3_4_says():
    passage = "We train a model on ten tasks. It improves the mean score by 3 points."
    text = "We train a model on ten tasks [1]. It improves the mean score by 3 points [1]."
    copied = row(text, papers=("p1",), retrieved_contexts=(passage,))
    judged = judge_row(copied, Judge(RulesVerifier()))
    for name in ("citation_recall", "citation_precision"):
        assert MEASURES[name].of(np.array([MEASURES[name].parts(judged)])) == 1.0


def subsets(papers):
    some = (combinations(papers, size) for size in range(1, len(papers) + 1))
    return [frozenset(one) for one in chain.from_iterable(some)]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_entailment_table_over_the_citations_of_a_sentence_gives_the_definition(count):
    cited = [tuple(range(1, count + 1))]
    sets = subsets([f"p{n}" for n in cited[0]])
    for outcomes in product((False, True), repeat=len(sets)):
        table = dict(zip(sets, outcomes, strict=True))

        def entails(_, refs, table=table):
            return table.get(refs, False)

        assert measured(answer(*cited), entails) == pytest.approx(by_definition(cited, entails))


@pytest.mark.parametrize("seed", range(100))
def test_random_tables_over_several_sentences_give_the_definition(seed):
    chance = np.random.default_rng(seed)
    cited = [
        tuple(sorted(chance.choice(5, chance.integers(0, 5), replace=False) + 1)) for _ in NAMES
    ]
    known = {}

    def entails(text, refs):
        return known.setdefault((text, refs), bool(chance.random() < 0.6))

    found = measured(answer(*cited), entails)
    assert found == pytest.approx(by_definition(cited, entails))


def test_an_answer_is_a_mean_over_sentences_and_a_run_one_over_answers():
    table = minimal([(0, (1,))])
    rows = [measured(answer((1,)), table), measured(answer((1,), (2,), ()), table)]
    papers = ("p1", "p2")
    judged = [
        judge_row(row(text, papers=papers), Judge(Entailment(table)))
        for text in (answer((1,)), answer((1,), (2,), ()))
    ]
    for n, name in enumerate(("citation_recall", "citation_precision")):
        measure = MEASURES[name]
        whole = measure.of(np.array([measure.parts(one) for one in judged]))
        assert whole == pytest.approx(np.mean([found[n] for found in rows]))


# Where litdesk goes another way than ALCE's program, as the docstrings of the two measures say.


def test_a_number_of_no_passage_stays_in_the_denominator_unlike_in_the_program():
    text = answer((1, 9), (1,))
    # the program: recall 1/2; precision 1/1, because it counts no citation of the first sentence
    assert measured(text, lambda *_: True) == pytest.approx((1 / 2, 1 / 3))


def test_more_than_three_citations_are_all_looked_at_unlike_by_the_programs_default():
    # the program drops [4] and all that follow, and finds no support then
    assert measured(answer((1, 2, 3, 4)), minimal([(0, (4,))])) == pytest.approx((1, 1 / 4))


def test_the_same_number_twice_is_one_citation_unlike_in_the_program():
    # the program counts three citations, of which two are precise
    found = measured("One is so[1][1][2].", minimal([(0, (1,))]))
    assert found == pytest.approx((1, 1 / 2))


def test_an_abstention_is_not_measured_and_not_zero_as_in_the_program():
    refused = judge_row(row("I don't know.", status="abstained"), Judge(Entailment(minimal([]))))
    assert MEASURES["citation_recall"].parts(refused) is None
    assert MEASURES["citation_precision"].parts(refused) is None
