"""Questions whose answer an abstract does not state."""

from __future__ import annotations

import pytest

from litdesk.answer.unstated import missing_detail, unknown_names
from litdesk.sentences import split_sentences
from litdesk.types import AbstractVersion, Evidence, Paper, Passage

ABSTRACT = (
    "We train small transformers on addition. The models have 12 layers. They learn at a constant "
    "rate. Several experts vote in the last layer. We stop after three epochs."
)


def passage(abstract: str = ABSTRACT, *, similarity: float = 0.4) -> Passage:
    paper = Paper(
        paper_id="a2024b", title="Adding numbers", versions=(AbstractVersion(text=abstract),)
    )
    evidence = tuple(
        Evidence(span=span, text=abstract[span.start : span.end], score=0.5)
        for span in split_sentences(abstract)
    )
    return Passage(paper=paper, score=1.0, similarity=similarity, evidence=evidence)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("How many experts vote?", "experts"),
        ("What learning rate was used?", "learning rate"),
        ("Which GPUs were used?", "GPUs"),
        ("What is the vocabulary size?", "vocabulary size"),
        ("What e-mail address do the authors have?", "e-mail address"),
        ("How many layers do the models have?", None),
        ("What number of layers do the models have?", None),
        ("What can machine learning do here?", None),
        ("How are batch sizes chosen?", None),
        ("After how many epochs do they stop?", None),
        ("What do the models learn?", None),
        ("How long do they train?", None),
        ("What happens to the average score of the models?", None),
        ("How much memory do they need?", "memory"),
        ("How many extra experts vote?", "experts"),
        ("How many training steps do they take?", "steps"),
        ("What is the addition score?", None),
        ("What gain does addition size bring?", None),
        ("What is the rank of the adapters?", "rank"),
        ("Which conference was it shown at, and by how many experts?", "experts"),
        ("Who decides how many experts vote?", None),
        ("How many times fewer experts vote?", None),
        ("What shapes the learning rates of small models?", None),
        ("How many sums need as many steps?", "sums"),
    ],
)
def test_a_detail_is_missing_only_where_the_abstract_has_no_words_or_number_for_it(
    question: str, missing: str | None
) -> None:
    assert missing_detail(question, [passage()]) == missing


def test_a_formula_is_an_amount() -> None:
    assert missing_detail("How many sums does it need?", [passage("It needs $n^k$ sums.")]) is None
    assert (
        missing_detail("How many sums does it need?", [passage("It needs those sums.")]) == "sums"
    )


def test_nothing_is_missing_from_no_passage() -> None:
    assert missing_detail("How many experts vote?", []) is None


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("How does FlashAttention tile the softmax?", ["FlashAttention"]),
        ("Does the LSTM add?", ["LSTM"]),
        ("Do LLMs add in GPT-4?", ["GPT-4"]),
        ("Is an LLM needed?", []),
        ("What do Transformers add?", []),
        ("Why is SAOP faster?", []),
        ("Do 12-layer models add?", []),
    ],
)
def test_a_name_is_unknown_if_no_paper_has_it_in_any_spelling(
    question: str, unknown: list[str]
) -> None:
    vocabulary = {"transformers", "llms", "soap", "layer", "add"}
    assert unknown_names(question, [passage()], vocabulary=vocabulary) == unknown


def test_a_name_is_known_if_the_passages_spell_it_out() -> None:
    spelt = passage("We study generalised state space models.")
    assert unknown_names("Does an SSM copy?", [spelt], vocabulary=set()) == []
    assert unknown_names("Does an RNN copy?", [spelt], vocabulary=set()) == ["RNN"]


def test_an_unknown_name_beside_the_point_is_let_pass() -> None:
    near = passage(similarity=0.8)
    assert unknown_names("Do 12-layer LSTMs add?", [near], vocabulary=set()) == []
