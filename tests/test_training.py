# ruff: noqa: S311 (chance that can be repeated)
"""The verifier's recipe, from end to end at toy size, on a tiny model drawn at random."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from training.verifier import evaluate as evaluation
from training.verifier.calibrate import (
    Table,
    calibrate,
    cross_fitted,
    table_of,
    validation_rows,
)
from training.verifier.compose import (
    evidence_removed,
    mis_cited,
    negated_refutations,
    rationale_views,
    titles,
)
from training.verifier.data import Document, Pair, read_cases, read_pairs, write_rows
from training.verifier.export import export, write_manifest
from training.verifier.measures import area, calibration_error, recall_at
from training.verifier.model import batch_of, build, config_of, start_from
from training.verifier.perturb import EDITS, Edit, Pools, clauses_of, fabricate_clause, reword
from training.verifier.prepare import prepare
from training.verifier.train import FILES, Plan, shares_of, train

from litdesk.verify.combine import CombinedVerifier
from litdesk.verify.features import LEXICAL, MODEL
from litdesk.verify.trained import TrainedJudge

if TYPE_CHECKING:
    from pathlib import Path

POOLS = Pools(names=["Shampoo", "IL-6"], terms=["regularization", "hypertension"])
SENTENCE = (
    "In mice, Adam reduced the loss by at least 40 % over 12 weeks, which may improve memory."
)


def abstracts(count: int) -> list[dict[str, str]]:
    chance = random.Random(5)
    nouns = [
        "memory",
        "attention",
        "growth",
        "error",
        "weight",
        "signal",
        "tissue",
        "protein",
        "network",
        "policy",
    ]
    rows = []
    for number in range(count):
        a, b, c = chance.sample(nouns, 3)
        n = chance.randint(11, 88)
        rows.append(
            {
                "_id": str(number),
                "title": f"On {a} and {b}",
                "text": f"We study how {a} depends on {b} in {n} mice. {a.title()} increases with "
                f"{b} by {n + 3} % over {n} weeks. The {c} of Adam is higher than the {c} of SGD. "
                f"This may explain why {c} is not lost after training.",
            }
        )
    return rows


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    (folder / "scifact").mkdir()
    (folder / "faithfulness").mkdir()
    rows = abstracts(60)
    (folder / "scifact" / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    dev = {"split": "dev", "doc_id": 0, "claim": "held out"}
    (folder / "scifact" / "claim_abstract_pairs.jsonl").write_text(json.dumps(dev))
    pairs = []
    for row in rows:
        first, second = row["text"].split(". ")[:2]
        labels = ((first, "supported"), (second.replace("increases", "decreases"), "contradicted"))
        for claim, label in (*labels, ("Bees sleep in winter", "unsupported")):
            pairs.append(
                Pair(source="scifact", claim=claim + ".", evidence=row["text"], label=label)
            )
    for name, part in (("train", pairs[:90]), ("validation", pairs[90:]), ("test-scifact", pairs)):
        write_rows(folder / "faithfulness" / f"{name}.jsonl.gz", part)
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory, bench) -> Path:
    """A folder like the packaged encoder's, with a tiny model and its own words."""
    import torch
    from safetensors.torch import save_file
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("base")
    texts = [row["text"] + " " + row["title"] for row in abstracts(60)]
    tokenizer = BertWordPieceTokenizer()
    tokenizer.train_from_iterator(texts, vocab_size=300, show_progress=False)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "vocab_size": 300,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 512,
    }
    (folder / "config.json").write_text(json.dumps(config))
    torch.manual_seed(0)
    save_file(BertModel(BertConfig(**config)).state_dict(), folder / "model.safetensors")
    return folder


@pytest.fixture(scope="module")
def teacher_base(tmp_path_factory, base) -> Path:
    """A tiny encoder of the teachers' kind."""
    import torch
    from safetensors.torch import save_file
    from transformers import MPNetConfig, MPNetModel

    folder = tmp_path_factory.mktemp("teacher-base")
    (folder / "tokenizer.json").write_bytes((base / "tokenizer.json").read_bytes())
    config = json.loads((base / "config.json").read_text()) | {"relative_attention_num_buckets": 32}
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "mpnet"}))
    torch.manual_seed(0)
    encoder = MPNetModel(MPNetConfig(**config), add_pooling_layer=False)
    save_file(encoder.state_dict(), folder / "model.safetensors")
    return folder


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, bench) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    prepare(bench=bench, seeds=bench, out=folder)
    return folder


@pytest.mark.parametrize("kind", sorted(EDITS))
def test_every_kind_of_edit_changes_the_sentence_in_one_place(kind):
    edit = EDITS[kind](SENTENCE, random.Random(3), POOLS)
    assert edit is not None
    assert edit.kind == kind
    changed = edit.apply(SENTENCE)
    assert changed not in {None, SENTENCE}
    assert changed.replace(edit.new, edit.old, 1) == SENTENCE


def test_an_edit_whose_place_is_not_unique_is_not_made():
    assert Edit(kind="number", old="4", new="5").apply("4 of 4") is None
    assert Edit(kind="number", old="4", new="5").apply("14 and 0.4") is None


def test_chance_is_repeatable():
    first, second = (reword(SENTENCE, random.Random(7), strength=1) for _ in range(2))
    assert first == second
    one, other = (fabricate_clause(SENTENCE, random.Random(7), POOLS, foreign="") for _ in range(2))
    assert one == other
    assert one != SENTENCE


def test_preparing_twice_gives_the_same_bytes(tmp_path, bench, prepared):
    prepare(bench=bench, seeds=bench, out=tmp_path)
    for path in prepared.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_no_training_pair_comes_from_an_abstract_that_errors_are_tested_on(prepared):
    tested = {case.text for case in read_cases(prepared / "seeded-test.jsonl.gz")}
    trained = " ".join(p.evidence for p in read_pairs(prepared / "abstracts.jsonl.gz"))
    sentences = {text.split(". ")[1] for text in tested if "increases" in text}
    assert sentences
    assert not any(sentence in trained for sentence in sentences)


def test_edits_in_claim_and_evidence_balance(prepared):
    pairs = read_pairs(prepared / "abstracts.jsonl.gz")
    wrong = {p.claim for p in pairs if p.label != "supported"}
    both = [p for p in pairs if p.label == "supported" and p.claim in wrong]
    assert len(both) > 0.3 * len(wrong)


def a_pair(claim: str, evidence: str, label: str = "supported") -> Pair:
    return Pair(source="fever", claim=claim, evidence=evidence, label=label)


def test_a_claim_without_the_sentence_that_bears_it_is_unsupported():
    text = "Bees sleep in winter. Adam lowers the loss of networks. Tea grows in hills."
    (made,) = evidence_removed([a_pair("Adam lowers the loss.", text)], seed=1)
    assert "Adam" not in made.evidence
    assert made.label == "unsupported"
    repeated = text + " Adam also lowers the loss of trees."
    assert all(
        p.label == "unknown"
        for p in evidence_removed([a_pair("Adam lowers the loss.", repeated)], seed=1)
    )


def test_a_mis_cited_claim_never_stands_beside_its_own_evidence():
    texts = [
        f"The {noun} of mice grows with age and with light." for noun in ("heart", "liver", "eye")
    ]
    pairs = [a_pair(f"Age makes the {t.split()[1]} grow.", t) for t in texts]
    made = list(mis_cited(pairs, seed=1))
    assert made == []  # the texts are too much alike: any of them may support the claim
    texts = [
        "The heart grows with age.",
        "Rivers freeze in cold winters.",
        "Adam needs warm starts.",
    ]
    made = list(mis_cited([a_pair(t.replace("s ", " ", 1), t) for t in texts], seed=1))
    assert len(made) == 3
    assert all(own.evidence != text for own, text in zip(made, texts, strict=True))
    assert {p.label for p in made} == {"unsupported"}


def test_the_negation_of_a_refuted_claim_is_supported():
    refuted = a_pair("Donna was played by a man.", "A woman played Donna.", "contradicted")
    made = {p.label: p.claim for p in negated_refutations([refuted], seed=1)}
    assert made["supported"] in {
        "Donna was not played by a man.",
        "Donna was never played by a man.",
    }


def test_rationales_of_held_out_claims_give_nothing(tmp_path):
    row = {
        "split": "train", "claim": "Adam helps.", "doc_id": 4, "title": "On Adam",
        "label": "SUPPORT", "sentences": ["We study Adam.", "It helps.", "Data follow."],
        "rationales": [[1]],
    }  # fmt: skip
    (tmp_path / "claim_abstract_pairs.jsonl").write_text(json.dumps(row))
    made = list(rationale_views(tmp_path, left_out=set(), seed=1))
    assert {("It helps." in p.evidence, p.label) for p in made} == {
        (True, "supported"),
        (False, "unsupported"),
    }
    assert not list(rationale_views(tmp_path, left_out={"4"}, seed=1))
    assert not list(rationale_views(tmp_path, left_out={"Adam helps."}, seed=1))


def test_only_titles_that_state_something_are_claims():
    def made(title: str) -> list[Pair]:
        return list(titles([Document(doc_id="1", title=title, text="Some text.")], seed=1))

    assert next(p.label for p in made("Sleep improves the memory of mice")) == "supported"
    assert not made("Sleep and memory of mice: a review")


def test_a_sentence_is_cut_only_into_clauses_with_verbs():
    assert clauses_of("Adam lowers the loss quickly, and the test error was lower too.") == [
        "Adam lowers the loss quickly.",
        "The test error was lower too.",
    ]
    assert clauses_of("We studied mice of both sexes, and rats of one strain of ours.") == []


def test_unknown_labels_are_shown_only_to_who_learns_from_teachers():
    pairs = [a_pair("a", "b", "unknown"), a_pair("a", "b")]
    assert shares_of(pairs, labelled=True)[0] == 0
    assert shares_of(pairs, labelled=False)[0] > 0


def test_a_teacher_does_not_see_the_padding_beside_it(teacher_base):
    import torch

    module = build(config_of(teacher_base))
    start_from(module, teacher_base / "model.safetensors")
    module.eval()
    short, long = np.arange(5, 12), np.arange(5, 40)
    with torch.inference_mode():
        alone = module(*batch_of([(short, 3)], "cpu"))
        beside = module(*batch_of([(short, 3), (long, 9)], "cpu"))[:1]
    assert torch.allclose(alone, beside, atol=1e-5)


@pytest.fixture(scope="module")
def exported(tmp_path_factory, prepared, base, teacher_base) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    few = tmp_path_factory.mktemp("few")
    for name in FILES:
        write_rows(few / f"{name}.jsonl.gz", read_pairs(prepared / f"{name}.jsonl.gz")[:80])
    plan = Plan(teachers=2, epochs=1, student_epochs=1, polish_epochs=0.5, batch=64)
    weights = train(data=few, base=base, teacher_base=teacher_base, out=folder, plan=plan)
    assert weights.name == "student.safetensors"
    export(weights=weights, base=base, out=folder / "model")
    return folder / "model"


def test_the_recipe_ends_in_a_small_model_with_the_digests_of_its_files(exported):
    manifest = json.loads((exported / "manifest.json").read_text())
    assert {"model.onnx", "tokenizer.json"} <= manifest["sha256"].keys()


def test_the_rest_of_the_recipe_calibrates_and_evaluates_what_it_made(
    exported, prepared, bench, base, monkeypatch, capsys
):
    def no_cosines(rows, base):
        return np.linspace(0, 1, len(rows))

    rows = validation_rows(bench=bench, data=prepared)
    table = table_of(TrainedJudge.load(exported), rows)
    (exported / "calibration.json").write_text(json.dumps(calibrate(table)))
    write_manifest(exported)
    monkeypatch.setattr(evaluation, "cosines", no_cosines)
    evaluation.evaluate(
        bench=bench,
        data=prepared,
        model=exported,
        weights=exported.parent / "student.safetensors",
        base=base,
        test=True,
    )
    printed = capsys.readouterr().out
    assert "Paired gain" in printed
    assert "claim only" in printed
    CombinedVerifier.load(exported)


def test_the_area_is_the_share_of_pairs_in_the_right_order():
    assert area(np.array([0.1, 0.4, 0.4, 0.9]), np.array([0, 0, 1, 1])) == 0.875


def test_recall_at_false_alarms_counts_what_is_below_the_clean_ones():
    clean, wrong = np.arange(10.0), np.array([-1.0, -1.0, 5.0, 5.0])
    assert recall_at(clean, wrong, alarms=0.1) == 0.5
    assert recall_at(np.zeros(10), np.zeros(10), alarms=0.1) == pytest.approx(0.1)


def test_calibration_error_is_the_distance_between_said_and_so():
    assert calibration_error(np.full(10, 0.8), np.array([1] * 8 + [0] * 2)) == pytest.approx(0)
    assert calibration_error(np.full(10, 0.8), np.zeros(10)) == pytest.approx(0.8)


def test_no_row_helps_to_fit_its_own_probability(prepared):
    size = len(LEXICAL + MODEL)
    chance = np.random.default_rng(0)
    noise = Table(
        features=chance.normal(size=(400, size)),
        logits=np.zeros((400, 3)),
        claim_only=np.zeros(400),
        verbatim=np.zeros(400, dtype=bool),
        supported=np.arange(400) % 2,
        contradicted=np.zeros(400),
        sources=("noise",) * 400,
        groups=tuple(map(str, range(400))),
    )
    fitted = cross_fitted(noise, range(size))
    assert abs(area(fitted, noise.supported) - 0.5) < 0.12
