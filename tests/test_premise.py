"""What a question takes for granted, and the abstracts that say the opposite."""

from __future__ import annotations

import pytest
from tests.desk import paper

from litdesk.answer.premise import contradicted_premise, correct_premise
from litdesk.sentences import split_sentences
from litdesk.types import AbstentionReason, Evidence, Passage

ABSTRACT = (
    "We study how bees and ants find nectar. Bees outperform ants at finding nectar in fields. "
    "Dancing reduces the search time of bees in fields. Bee memory does not require any smell. "
    "Dancing bees are robust to wind. Old bees do not confer any advantage on young bees. "
    "Rain makes the search of bees harder, while sun makes the search of ants easier. "
    "Winter amplifies the habits of bees. Both sexes of wasps forage comparably in fields."
)


def passage(abstract: str = ABSTRACT) -> Passage:
    evidence = tuple(
        Evidence(span=span, text=abstract[span.start : span.end], score=0.5)
        for span in split_sentences(abstract)
    )
    return Passage(
        paper=paper("bees", abstract, title="Bees"), score=1.0, similarity=1.0, evidence=evidence
    )


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("Why do ants outperform bees at finding nectar?", "Bees outperform ants"),
        ("Why are ants better than bees at finding nectar?", "Bees outperform ants"),
        ("Why does dancing increase the search time of bees?", "Dancing reduces"),
        ("Which smell does bee memory require?", "Bee memory does not"),
        ("Why are dancing bees vulnerable to wind?", "Dancing bees are robust"),
        ("What advantage do old bees confer on young bees?", "Old bees do not"),
        ("How much does rain help the search of bees?", "Rain makes"),
        ("Why does winter erase the habits of bees?", "Winter amplifies"),
        ("Given that ants outperform bees at finding nectar, what do they do?", "Bees outperform"),
        ("Since ants outperform bees at finding nectar, how do they do it?", "Bees outperform"),
        ("Explain why ants outperform bees at finding nectar.", "Bees outperform ants"),
        ("How come ants outperform bees at finding nectar?", "Bees outperform ants"),
        ("Why are male wasps better than female wasps in fields?", "Both sexes"),
    ],
)
def test_a_premise_that_the_abstract_contradicts_is_found_with_its_sentence(
    question: str, says: str
) -> None:
    found = contradicted_premise(question, [passage()])
    assert found is not None
    assert found.evidence.text.startswith(says)


@pytest.mark.parametrize(
    "question",
    [
        "Why do bees outperform ants at finding nectar?",
        "Why are bees better than ants at finding nectar?",
        "Why does dancing cut the search time of bees?",
        "How do dancing bees stay robust to wind?",
        "Why does bee memory not require any smell?",
        "How much harder does rain make the search of bees?",
        "Why do winters amplify the habits of bees?",
        "Why are dancing bees less vulnerable to wind?",
        "What do bees do in winter?",
        "Bees outperform ants at finding nectar",
        "Why do moths fail at chess?",
        "Since bees outperform ants at finding nectar, how do they do it?",
        "How come bees outperform ants at finding nectar?",
        "Why?",
    ],
)
def test_a_premise_that_holds_or_that_nobody_mentions_is_let_pass(question: str) -> None:
    assert contradicted_premise(question, [passage()]) is None


def test_without_passages_nothing_is_contradicted() -> None:
    assert contradicted_premise("Why do ants outperform bees?", []) is None


def test_the_correction_quotes_the_sentence_and_says_that_the_premise_is_in_doubt() -> None:
    question = "Why do ants outperform bees at finding nectar?"
    found = contradicted_premise(question, [passage()])
    assert found is not None
    draft = correct_premise(question, found, max_sentences=3)
    assert draft.abstention is AbstentionReason.FALSE_PREMISE
    assert 1 <= len(draft.sentences) <= 3
    assert draft.sentences[0].text.endswith(f"“{found.evidence.text}”")
    assert not any(sentence.text[0] != "“" for sentence in draft.sentences[1:])
