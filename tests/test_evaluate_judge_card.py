import json
from random import Random

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score, roc_curve

from litdesk.errors import CaseFileError
from litdesk.evaluate.judge_card import (
    JudgeCard,
    area_under_curve,
    make_card,
    recall_at_false_alarms,
)
from litdesk.evaluate.judge_pairs import make_pairs, read_pairs
from litdesk.evaluate.judging import Judge
from litdesk.evaluate.measures import ALL_KINDS
from litdesk.evaluate.perturb import EDITS, reformat, reword
from litdesk.types import Verdict
from litdesk.verify.judge import EvidenceText, Judgement
from litdesk.verify.rules import RulesVerifier

TEXTS = [
    EvidenceText(
        paper_id=f"p{n:02}",
        title=f"Paper {n}",
        text=f"We show that the {name} method reduces training time by {n + 11} percent over "
        f"{10 + n} hours. This may improve the accuracy of {name} on ImageNet{n}X in most cases. "
        f"Larger models of kind {name} are better than smaller ones, and they use at least {n + 3} "
        f"layers of {name} cells.",
    )
    for n, name in enumerate(["SOAP", "ADAM", "LION", "MUON", "GALORE", "SGDM", "RMSP", "ADAF"] * 3)
]  # fmt: skip


class Blind:
    """Sees everything but hedges."""

    name = "blind"

    def judge(self, claim, evidence):
        wrong = all(claim not in e.text for e in evidence) and "will" not in claim
        score = 0.1 if wrong else 0.9
        verdict = Verdict.UNSUPPORTED if wrong else Verdict.SUPPORTED
        return Judgement(
            verdict=verdict, score=score, reason="", verifier="blind", paper_id=None, span=None
        )


def chance(seed=0):
    return Random(seed)  # noqa: S311


def test_the_same_seed_makes_the_same_pairs_of_every_kind():
    pairs = make_pairs(TEXTS, per_kind=12)
    assert pairs == make_pairs(TEXTS[::-1], per_kind=12)
    assert pairs != make_pairs(TEXTS, per_kind=12, seed=1)
    kinds = {pair.kind for pair in pairs}
    assert kinds == {"verbatim", "rewrite", *ALL_KINDS}
    assert all(pair.supported == (pair.kind in ("verbatim", "rewrite")) for pair in pairs)


def test_a_seeded_error_is_never_word_for_word_in_its_evidence():
    for pair in make_pairs(TEXTS, per_kind=30):
        stands = any(pair.claim in text.text for text in pair.evidence)
        assert stands == (pair.kind == "verbatim"), pair


@pytest.mark.parametrize(
    ("kind", "text", "changed"),
    [
        ("unit", "It took 3 days to train.", "It took 3 weeks to train."),
        ("negation", "The bound is tight.", "The bound is not tight."),
        ("negation", "The bound is not tight.", "The bound is tight."),
        ("direction", "It increases the rate.", "It decreases the rate."),
        ("comparator", "It has at least three layers.", "It has at most three layers."),
        ("comparator", "It saves over 40 hours.", "It saves under 40 hours."),
        ("hedge", "It may diverge.", "It will diverge."),
    ],
)
def test_an_edit_says_something_else(kind, text, changed):
    assert EDITS[kind](text, chance()) == changed


@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_leaves_a_sentence_alone_that_gives_it_nothing(kind):
    assert EDITS[kind]("Gradient descent converges here.", chance()) is None


def test_a_number_is_changed_and_never_one_inside_a_name_or_a_longer_number():
    for seed in range(50):
        changed = EDITS["number"]("GPT-4 saw 60,000 texts, 12 of them twice.", chance(seed))
        assert changed.startswith("GPT-4 saw 60,000 texts, ")
        assert ", 12 of" not in changed


def test_rewording_changes_the_words():
    text = "We show that the approach improves many tasks."
    assert reword(text, chance()) not in (None, text)


def test_reformatting_leaves_the_words_as_they_are():
    text = "SOAP is “fast”."
    for form in reformat(text).values():
        assert "".join(c for c in form if c.isalnum()) == "SOAPisfast"


@pytest.mark.parametrize("seed", range(5))
def test_the_area_and_the_recall_are_those_of_sklearns_curve(seed):
    draw = np.random.default_rng(seed)
    faithful, wrong = draw.random(200).round(1 + seed), draw.random(150).round(1 + seed) * 0.8
    labels = np.r_[np.zeros(200), np.ones(150)]
    suspicion = -np.r_[faithful, wrong]
    assert area_under_curve(faithful, wrong) == pytest.approx(roc_auc_score(labels, suspicion))
    alarms, found, _ = roc_curve(labels, suspicion, drop_intermediate=False)
    # where the curve rises at 10 % itself, the foot of the rise is taken
    recall = recall_at_false_alarms(faithful, wrong)
    assert found[alarms < 0.1].max() <= recall <= np.interp(0.1, alarms, found) + 1e-9
    assert recall == pytest.approx(np.interp(0.1 - 1e-9, alarms, found))


def test_a_card_shows_what_a_judge_does_not_see():
    card = make_card(Judge(Blind()), {"library": make_pairs(TEXTS, per_kind=20)})
    kinds = card.sets[0].kinds
    assert not kinds["hedge"].seen
    assert kinds["negation"].n == 20
    assert "hedge" in card.blind_to(ALL_KINDS)
    assert JudgeCard.model_validate_json(card.model_dump_json()) == card


def test_the_card_of_the_rules_is_the_same_to_the_last_digit():
    pairs = make_pairs(TEXTS, per_kind=12)
    first, second = (make_card(Judge(RulesVerifier()), {"a": pairs}) for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()
    assert first.sets[0].kinds["number"].auroc > 0.8


def test_a_perfect_judge_is_no_surer_than_its_pairs_allow():
    pairs = [p for p in make_pairs(TEXTS, per_kind=20) if p.kind in ("verbatim", "negation")]
    found = make_card(Judge(Blind()), {"a": pairs}).sets[0].kinds["negation"]
    papers = len({pair.group for pair in pairs if pair.kind == "negation"})
    exact = stats.binomtest(papers, papers).proportion_ci(method="exact").low
    assert (found.recall, found.auroc) == (1.0, 1.0)
    assert found.recall_interval == pytest.approx((exact, 1.0))
    assert found.auroc_interval == pytest.approx((exact, 1.0))


def test_a_kind_with_few_pairs_is_not_said_to_be_seen():
    pairs = [p for p in make_pairs(TEXTS, per_kind=20) if p.kind in ("verbatim", "number")]
    card = make_card(Judge(Blind()), {"a": pairs[:20] + pairs[-3:]})
    assert card.sets[0].kinds["number"].auroc is None
    assert card.blind_to(["number"]) == ["number"]


def test_labelled_files_are_read_in_the_words_of_their_sources(tmp_path):
    path = tmp_path / "pairs.jsonl"
    lines = [
        {"claim": "A.", "sentences": ["One.", "Two. "], "label": "SUPPORT", "split": "dev"},
        {"claim": "B.", "evidence": "One.", "label": "contradicted", "split": "dev"},
        {"sentence": "C.", "text": "One.", "label": 0, "split": "dev", "kind": "number"},
        {"claim": "D.", "text": "One.", "label": "NOT_ENOUGH_INFO", "split": "train"},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    pairs = read_pairs(path, split="dev")
    assert [p.kind for p in pairs] == ["supported", "contradicted", "number"]
    assert pairs[0].evidence[0].text == "One. Two."
    assert len(read_pairs(path)) == 4
    path.write_text(json.dumps({"claim": "A.", "text": "x", "label": "perhaps"}))
    with pytest.raises(CaseFileError, match=r"pairs.jsonl:1: .*perhaps"):
        read_pairs(path)
