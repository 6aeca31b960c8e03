"""The trained judge and its combination with the rules, on the file that litdesk ships."""

from __future__ import annotations

import itertools
import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from litdesk.cross_encoder import CrossEncoder
from litdesk.errors import SettingsError
from litdesk.types import Verdict
from litdesk.verify.combine import CombinedVerifier, open_built_in
from litdesk.verify.judge import EvidenceText
from litdesk.verify.trained import Logits, TrainedJudge, model_folder
from litdesk.verify.windows import best_windows, pack

if TYPE_CHECKING:
    from pathlib import Path

ABSTRACT = EvidenceText(
    paper_id="vyas2024soap",
    title="SOAP: Improving and Stabilizing Shampoo using Adam",
    text=(
        "We evaluate SOAP on language model pre-training with 360m and 660m sized models. "
        "In the large batch regime, SOAP reduces the number of iterations by over 40% and wall "
        "clock time by over 35% compared to AdamW. Momentum does not help in this regime."
    ),
)
OTHER = EvidenceText(
    paper_id="roe2023cells",
    title="Stem cells in mice",
    text="Transplanted stem cells survived for 12 weeks in mice. Growth was slow in old animals.",
)
CLAIM = "SOAP reduces the number of iterations by over 40% in the large batch regime."


@pytest.fixture(scope="module")
def judge() -> TrainedJudge:
    return TrainedJudge.load()


@pytest.fixture(scope="module")
def verifier(judge) -> CombinedVerifier:
    return CombinedVerifier(judge)


def test_the_shipped_files_are_small():
    assert sum(path.stat().st_size for path in model_folder().iterdir()) <= 30e6


def test_a_file_that_is_not_the_manifests_is_refused(tmp_path):
    folder = tmp_path / "verifier"
    shutil.copytree(model_folder(), folder)
    with (folder / "tokenizer.json").open("a") as file:
        file.write(" ")
    with pytest.raises(SettingsError, match="damaged"):
        TrainedJudge.load(folder)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="no verifier"):
        TrainedJudge.load(tmp_path)


def test_a_calibration_for_other_features_is_refused(tmp_path, judge):
    wrong = dict(judge.calibration or {}, features=["covered"])
    other = TrainedJudge(CrossEncoder(None, None, digest="", calibration=wrong))
    with pytest.raises(SettingsError, match="another version"):
        CombinedVerifier(other)
    with pytest.raises(SettingsError, match="no calibration"):
        CombinedVerifier(TrainedJudge(CrossEncoder(None, None, digest="", calibration=None)))


def test_a_score_does_not_depend_on_what_is_judged_before_or_after(judge):
    alone = TrainedJudge.load().logits(CLAIM, ABSTRACT.text)
    for other in ("Short.", "A much longer claim about mice " * 20):
        judge.logits(other, OTHER.text)
        assert judge.logits(CLAIM, ABSTRACT.text) == alone


def test_pairs_read_at_the_same_time_have_the_scores_that_each_has_alone():
    pairs = [(CLAIM, ABSTRACT.text), ("Short.", OTHER.text), (CLAIM, OTHER.text)] * 3
    alone = TrainedJudge.load()
    assert TrainedJudge.load().read(pairs) == [alone.logits(*pair) for pair in pairs]


def test_the_tokenizer_neither_pads_nor_cuts_at_128(judge):
    long = "Filler words stand here. " * 40
    near_the_end = judge.logits(CLAIM, long + ABSTRACT.text)
    without = judge.logits(CLAIM, long)
    assert near_the_end != without


@pytest.mark.parametrize("text", [*ABSTRACT.text.split(". "), *OTHER.text.split(". ")])
def test_a_claim_equal_to_its_evidence_is_supported(verifier, text):
    claim = text.rstrip(".") + "."
    alone = EvidenceText(paper_id="p", title="", text=claim)
    for evidence in (ABSTRACT if claim in ABSTRACT.text else OTHER, alone):
        assert verifier.judge(claim, [evidence]).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    "claim",
    [
        "SOAP reduces the number of iterations by over 90% in the large batch regime.",
        "SOAP does not reduce the number of iterations in the large batch regime.",
        "SOAP increases the number of iterations by over 40% in the large batch regime.",
        "Lion reduces the number of iterations by over 40% in the large batch regime.",
        "In the large batch regime, SOAP reduces iterations by 40%, and it cures malaria in mice.",
        "Momentum helps a lot in this regime.",
        "The transplanted stem cells died within days.",
    ],
)
def test_a_changed_claim_is_not_supported(verifier, claim):
    judgement = verifier.judge(claim, [ABSTRACT])
    assert judgement.verdict is not Verdict.SUPPORTED
    assert judgement.reason


def test_a_near_paraphrase_is_supported_and_its_sentence_is_the_quote(verifier):
    judgement = verifier.judge(CLAIM, [ABSTRACT, OTHER])
    assert judgement.verdict is Verdict.SUPPORTED
    assert judgement.paper_id == "vyas2024soap"
    quote = ABSTRACT.text[judgement.span.start : judgement.span.end]
    assert quote.startswith("In the large batch regime")


@pytest.mark.parametrize(
    "claim",
    ["", " ", "...", "42", "[1]", "\x00", "the the the", "Glorb fleems the snark.", "🙂" * 50],
)
def test_an_empty_or_absurd_claim_is_never_supported(verifier, claim):
    assert verifier.judge(claim, [ABSTRACT, OTHER]).verdict is not Verdict.SUPPORTED


def test_nothing_cited_supports_nothing(verifier):
    blank = EvidenceText(paper_id="p", title="", text="")
    for evidence in ([], [blank]):
        assert verifier.judge(CLAIM, evidence).verdict is Verdict.UNSUPPORTED


def test_the_order_of_the_evidence_is_irrelevant(verifier):
    blank = EvidenceText(paper_id="p", title="", text="")
    same = EvidenceText(paper_id="zz", title=ABSTRACT.title, text=ABSTRACT.text)
    for claim in (CLAIM, "SOAP was tried on mice for 12 weeks.", "Growth was fast."):
        orders = itertools.permutations((ABSTRACT, OTHER, blank, same))
        assert len({verifier.judge(claim, order) for order in orders}) == 1


def test_every_verdict_says_who_spoke(verifier):
    claims = (CLAIM, "Growth was fast.", ABSTRACT.text.split(". ")[0] + ".")
    spoken = {verifier.judge(claim, [ABSTRACT]).verifier for claim in claims}
    assert spoken <= {"rules", "trained"}
    assert "rules" in spoken


def test_a_half_sure_judge_does_not_overrule_a_rule_that_names_the_error(verifier):
    judgement = verifier.judge("SOAP needs more steps than AdamW.", [ABSTRACT])
    assert judgement.verdict is not Verdict.SUPPORTED
    assert "“more”" in judgement.reason


def test_the_calibration_names_a_number_for_each_feature(judge):
    values = judge.calibration
    assert len(values["features"]) == len(values["coefficients"]) == len(values["centre"])
    assert values["unsupported_below"] <= values["supported_from"]
    json.dumps(values)


def test_log_odds_leave_no_room_for_a_third_class():
    logits = Logits(supported=1.0, contradicted=1.0, unsupported=1.0)
    assert np.isclose(logits.support, -np.log(2))
    assert np.isclose(logits.contradiction, -np.log(2))


def test_a_long_text_is_cut_to_the_sentences_that_cover_the_claim():
    filler = "Nothing of interest is said in this sentence at all. " * 40
    text = filler + "Momentum does not help. " + filler
    packed = pack("Momentum helps.", "On momentum", text)
    assert "Momentum does not help." in packed
    assert packed.startswith("On momentum. ")
    assert len(packed.split()) <= 170
    assert pack("Momentum helps.", "", "Short text.") == "Short text."


def test_a_window_is_the_nearest_sentence_with_its_neighbours_and_the_title():
    text = "First one here. Second one there. Momentum does not help. Fourth is last. Fifth too."
    (window,) = best_windows("Momentum helps.", "Title", text)
    assert window == "Title. Second one there. Momentum does not help. Fourth is last."
    assert best_windows("Momentum helps.", "Title", "") == ()


def test_the_built_in_verifier_is_both_together_and_a_named_folder_must_be_whole(
    tmp_path: Path,
) -> None:
    assert open_built_in().name == "rules+trained"
    with pytest.raises(SettingsError, match="no verifier in"):
        open_built_in(tmp_path)
