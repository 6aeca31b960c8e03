"""The rules: what they see near the cited wording, and what they say about it."""

from __future__ import annotations

import itertools

import pytest

from litdesk.types import Verdict
from litdesk.verify.judge import EvidenceText
from litdesk.verify.quantities import find_quantities, same_unit, same_value
from litdesk.verify.rules import RulesVerifier

ABSTRACT = EvidenceText(
    paper_id="vyas2024soap",
    title="SOAP: Improving and Stabilizing Shampoo using Adam",
    text=(
        "We evaluate SOAP on language model pre-training with 360m and 660m sized models. "
        "In the large batch regime, SOAP reduces the number of iterations by over 40% and wall "
        "clock time by over 35% compared to AdamW. Momentum does not help in this regime. "
        "The gain may vanish for small batches. Training ran for at least 3 days."
    ),
)
OTHER = EvidenceText(
    paper_id="roe2023cells",
    title="Stem cells in mice",
    text="Transplanted stem cells survived for 12 weeks in mice. Growth was slow.",
)


def judge(claim: str, *evidence: EvidenceText):
    return RulesVerifier().judge(claim, evidence or (ABSTRACT,))


def sentence_of(judgement, text=ABSTRACT.text) -> str:
    return text[judgement.span.start : judgement.span.end]


def test_a_quotation_is_supported_and_its_place_is_given():
    quote = "Momentum does not help in this regime."
    judgement = judge(quote)
    assert judgement.verdict is Verdict.SUPPORTED
    assert sentence_of(judgement) == quote
    assert judgement.paper_id == "vyas2024soap"


def test_nearly_the_cited_words_are_supported():
    claim = "In the large batch regime, SOAP reduces iterations by more than 40 percent."
    assert judge(claim).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        ("SOAP reduces the number of iterations by over 60% compared to AdamW.", "60%"),
        ("In the large batch regime, SOAP reduces wall clock time by over 40%.", "40%"),
        ("SOAP increases the number of iterations by over 40%.", "increases"),
        ("SOAP does not reduce the number of iterations by over 40%.", "negates"),
        ("Momentum does help in this regime.", "negates"),
        ("SOAP reduces the number of iterations by at most 40%.", "bound"),
        ("Training ran for at least 3 weeks.", "3 days"),
        ("Training ran for at most 3 days.", "bound"),
        ("The Lion optimizer reduces the number of iterations.", "Lion"),
        ("In the large batch regime, Lion reduces the number of iterations by over 40%.", "SOAP"),
        ("Bees pollinate most orchards in spring.", "words"),
        ("Training always ran for at least 3 days, and it cost 9 dollars.", "9 dollars"),
    ],
)
def test_a_changed_word_is_not_supported_and_the_reason_names_it(claim, word):
    judgement = judge(claim)
    assert judgement.verdict is not Verdict.SUPPORTED
    assert word in judgement.reason


def test_reserve_that_is_dropped_is_named():
    assert "reserve" in judge("The gain vanishes for small batches.").reason


def test_certainty_in_the_place_of_reserve_is_not_supported():
    judgement = judge("The gain will vanish for small batches.")
    assert judgement.verdict is not Verdict.SUPPORTED
    assert "“will”" in judgement.reason
    assert "“may”" in judgement.reason


def test_reserve_put_in_other_words_is_no_conflict():
    assert "reserve" not in judge("The gain could vanish for small batches.").reason
    text = EvidenceText(paper_id="p", title="", text="Our results suggest that gains may vanish.")
    assert "reserve" not in judge("Gains may vanish.", text).reason


@pytest.mark.parametrize(
    "frame",
    [
        "The authors report that",
        "The paper says that",
        "According to Vyas et al. (2024),",
        "Vyas et al. (2024) show that",
        "Vyas and Kakade (2024) also find that the authors report that",
        "In this work,",
        "It has been shown that",
    ],
)
def test_who_says_it_does_not_count_against_a_claim(frame):
    quote = "SOAP reduces the number of iterations by over 40% and wall clock time by over 35%"
    said = judge(f"{frame} in the large batch regime, {quote} compared to AdamW.")
    assert said.verdict is Verdict.SUPPORTED
    assert said.reason == "word for word in the abstract"


def test_a_frame_that_holds_back_is_part_of_the_claim():
    text = EvidenceText(paper_id="p", title="", text="We prove that every network memorises noise.")
    sure, held_back = (
        judge(f"They {verb} that every network memorises noise.", text).score
        for verb in ("show", "suggest")
    )
    assert held_back < sure


def test_a_word_of_the_same_sense_costs_nothing_and_a_foreign_one_is_named():
    same = judge("In the large batch regime, SOAP decreases the number of iterations by over 40%.")
    other = judge("In the large batch regime, SOAP reduces the number of accidents by over 40%.")
    assert same.verdict is Verdict.SUPPORTED
    assert "but" not in same.reason
    assert other.score < same.score
    assert "accidents" in other.reason


def test_a_clause_that_is_put_in_is_named():
    judgement = judge("Momentum does not help in this regime, mainly because of rainy weather.")
    assert judgement.verdict is not Verdict.SUPPORTED
    assert "rainy weather" in judgement.reason


def test_a_turned_sign_is_no_quotation():
    text = EvidenceText(paper_id="p", title="", text="Groups differed in age (P < 0.05, n = 12).")
    judgement = judge("Groups differed in age (P > 0.05, n = 12).", text)
    assert judgement.verdict is Verdict.CONTRADICTED


def test_a_spelled_number_that_was_exchanged_is_not_supported():
    text = EvidenceText(paper_id="p", title="", text="We find three subsets of cells in marrow.")
    assert "seven" in judge("We find seven subsets of cells in marrow.", text).reason


def test_a_piece_of_a_sentence_that_leaves_its_negation_behind_is_no_quotation():
    text = EvidenceText(paper_id="p", title="", text="It is not the case that bees sleep at noon.")
    assert judge("Bees sleep at noon.", text).verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize("claim", ["", "   ", "...", "?!", "42", "[1]", "the of and", "\x00\x00"])
def test_a_claim_that_says_nothing_is_never_supported(claim):
    judgement = judge(claim)
    assert judgement.verdict is Verdict.UNSUPPORTED
    assert judgement.score == 0


def test_a_claim_without_evidence_is_not_supported():
    assert RulesVerifier().judge("SOAP is fast.", ()).verdict is Verdict.UNSUPPORTED


def test_the_order_of_the_evidence_is_irrelevant():
    same = EvidenceText(paper_id="zz", title=OTHER.title, text=OTHER.text)
    for claim in ("Growth was slow.", "Growth was fast.", "SOAP reduces iterations by 40%."):
        orders = itertools.permutations((ABSTRACT, OTHER, same))
        assert len({RulesVerifier().judge(claim, order) for order in orders}) == 1


def test_the_paper_that_supports_the_claim_is_named():
    judgement = judge("Growth was slow.", ABSTRACT, OTHER)
    assert judgement.paper_id == "roe2023cells"
    assert sentence_of(judgement, OTHER.text) == "Growth was slow."


@pytest.mark.parametrize(
    ("said", "found", "agree"),
    [
        ("40%", "40 percent", True),
        ("40 per cent", "0.4", True),
        ("1,000 patients", "1000 subjects", True),
        ("7B", "7 billion", True),
        ("12%", "12.3%", True),
        ("12.3%", "12%", False),
        ("three days", "3 days", True),
        ("5 mg", "5 kg", False),
        ("5%", "5 patients", False),
        ("1941", "1942", False),
    ],
)
def test_numbers_agree_in_any_writing_and_only_in_their_unit(said, found, agree):
    (one,), (other,) = find_quantities(said), find_quantities(found)
    assert (same_value(one, other) and same_unit(one, other)) is agree


@pytest.mark.parametrize("name", ["GPT-4", "p53", "IL-6", "BERT"])
def test_a_digit_inside_a_name_is_no_number(name):
    assert find_quantities(f"{name} was used") == []
