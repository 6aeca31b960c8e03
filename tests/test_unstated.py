"""Questions whose answer an abstract does not state."""

from __future__ import annotations

import pytest

from litdesk.answer.unstated import missing_detail
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
