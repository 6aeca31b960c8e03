"""Names in a question that nothing found mentions."""

from __future__ import annotations

import pytest
from tests.desk import paper

from litdesk.answer.unmentioned import unmentioned_names
from litdesk.types import Passage


def passage(name: str = "a", abstract: str = "") -> Passage:
    said = abstract or (
        "We train transformers on addition with SOAP. A PF$^2$ES layer helps generalised state "
        "space models with GPT-3.5. Adam is slower."
    )
    found = paper(name, said, title="Adding Numbers", authors=("Ana Lima",))
    return Passage(paper=found, score=1.0, similarity=0.9)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("How does FlashAttention tile the softmax?", ["FlashAttention"]),
        ("Does the LSTM add?", ["LSTM"]),
        ("Do they add in BERT-4?", ["BERT-4"]),
        ("How does it compare with Muon on the numbers?", ["Muon"]),
        ("What is the role of Muon and of LSTMs?", ["Muon", "LSTMs"]),
        ("How does GPT3.5 add to the rest?", []),
        ("Why is the SAOP faster?", []),
        ("What is PF2ES for?", []),
        ("Is it the SSM that copies?", []),
        ("What do the Transformers add?", []),
        ("Are Transfomers what they train?", []),
        ("What did Lima find in this?", []),
        ("Muon is what this is about, isn't it?", []),
        ("It is slow. Why is that, and what is better?", []),
        ("What Is The Role Of It?", []),
        ("WHAT IS THE LSTM?", []),
        ("Welchen Vorteil hat Muon?", []),
    ],
)
def test_a_name_is_missing_if_no_passage_has_it_in_any_spelling(
    question: str, missing: list[str]
) -> None:
    assert unmentioned_names(question, [passage()]) == missing


def test_three_passages_are_read() -> None:
    found = [passage("a"), passage("b"), passage("c", "Muon."), passage("d", "LSTM.")]
    assert unmentioned_names("How is it with Muon and an LSTM?", found) == ["LSTM"]
    assert unmentioned_names("How is it with Muon?", []) == []
