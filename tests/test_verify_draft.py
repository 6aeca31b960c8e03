from __future__ import annotations

import pytest
from tests.desk import paper

from litdesk.types import Action, Citation, DraftSentence, Span, Verdict
from litdesk.verify.draft import check_sentence, repair_sentences
from litdesk.verify.judge import Judgement

BEES = paper(
    "bees", "Bees 🐝 dance. They sleep.", title="On Bees", authors=("A Smith",), date="2024"
)
WASPS = paper("wasps", title="On Wasps")
PAPERS = {p.paper_id: p for p in (BEES, WASPS)}
FIRST, SECOND = (0, 13), (14, 25)


class Says:
    """A verifier that always says the same, and remembers what it was asked."""

    name = "says"

    def __init__(self, verdict=Verdict.SUPPORTED, *, paper_id="bees", span=SECOND):
        self.verdict, self.paper_id, self.span = verdict, paper_id, span
        self.asked = []

    def judge(self, claim, evidence):
        self.asked.append((claim, [e.paper_id for e in evidence]))
        return Judgement(
            verdict=self.verdict,
            score=0.5,
            reason="so",
            verifier=self.name,
            paper_id=self.paper_id,
            span=Span(start=self.span[0], end=self.span[1]) if self.span else None,
        )


def quote(start, end, **fields):
    given = {
        "marker": 1, "paper_id": "bees", "field": "abstract", "version": BEES.version,
        "quote": BEES.abstract[start:end], "start": start, "end": end,
    }  # fmt: skip
    return Citation(**given | fields)


TITLE = Citation(marker=2, paper_id="wasps", field="title", quote="On Wasps", start=0, end=8)
UNKNOWN = Citation(marker=9, status="unknown")


def check(text, *citations, verifier=None, from_record=False):
    sentence = DraftSentence(text=text, citations=citations, from_record=from_record)
    return check_sentence(sentence, papers=PAPERS, verifier=verifier or Says())


@pytest.mark.parametrize("lead", ["", "Smith (2024): "])
def test_a_quotation_is_settled_without_a_verifier(lead):
    verifier = Says(Verdict.UNSUPPORTED)
    found = check(f"{lead}“{BEES.abstract[:13]}”", quote(*FIRST), verifier=verifier)
    assert (found.verdict, found.score, found.verifier) == (Verdict.SUPPORTED, 1.0, "quotation")
    assert verifier.asked == []


@pytest.mark.parametrize(
    ("text", "citation"),
    [
        ("“Bees 🐝 do not dance.”", quote(*FIRST)),
        ("Nobody says: “Bees 🐝 dance.”", quote(*FIRST)),
        ("“Bees 🐝 fly.”", quote(*FIRST, quote="Bees 🐝 fly.")),
        ("“Bees 🐝 dance.”", quote(1, 14, quote="Bees 🐝 dance.")),
        ("“On Wasps”", TITLE),
    ],
)
def test_what_only_looks_like_a_quotation_is_judged(text, citation):
    verifier = Says(Verdict.UNSUPPORTED)
    assert check(text, citation, verifier=verifier).verdict is Verdict.UNSUPPORTED
    assert len(verifier.asked) == 1


def test_what_code_took_from_the_record_is_settled():
    verifier = Says(Verdict.UNSUPPORTED)
    found = check("“On Wasps” has no date.", TITLE, verifier=verifier, from_record=True)
    assert (found.verdict, found.verifier) == (Verdict.SUPPORTED, "record")


def test_a_sentence_of_a_model_that_cites_a_title_is_judged_like_any_other():
    verifier = Says(Verdict.UNSUPPORTED, span=None)
    found = check("Wasps prove that P is NP.", TITLE, verifier=verifier)
    assert found.verdict is Verdict.UNSUPPORTED
    assert verifier.asked == [("Wasps prove that P is NP.", ["wasps"])]


@pytest.mark.parametrize("text", ["Bees dance.", "“Bees 🐝 dance.”"])
def test_a_number_of_no_passage_counts_against_its_sentence(text):
    found = check(text, quote(*FIRST), UNKNOWN)
    assert found.verdict is Verdict.UNCERTAIN
    assert "[9] names no passage" in found.reason
    assert UNKNOWN in found.citations


def test_a_sentence_that_cites_nothing_or_a_paper_that_is_gone_is_judged_on_nothing():
    verifier = Says(Verdict.UNSUPPORTED, paper_id=None, span=None)
    check("Bees dance.", verifier=verifier)
    check("Bees dance.", quote(*FIRST, paper_id="gone"), verifier=verifier)
    assert [evidence for _, evidence in verifier.asked] == [[], []]


def test_citations_of_the_paper_that_decided_point_to_the_sentence_that_decided():
    found = check("Bees sleep.", quote(*FIRST), TITLE)
    assert [(c.start, c.end) for c in found.citations] == [SECOND, (0, 8)]
    assert found.citations[0].quote == "They sleep."
    other = check("Bees sleep.", quote(*FIRST), verifier=Says(paper_id="wasps"))
    assert (other.citations[0].start, other.citations[0].end) == FIRST


def failing(text="Bees fly.", *citations):
    return check(text, *(citations or (quote(*FIRST),)), verifier=Says(Verdict.CONTRADICTED))


@pytest.mark.parametrize(
    ("how", "actions"),
    [
        ("mark", [Action.KEPT, Action.KEPT]),
        ("replace", [Action.KEPT, Action.REPLACED]),
        ("drop", [Action.KEPT, Action.DROPPED]),
    ],
)
def test_a_sentence_that_failed_is_marked_replaced_or_dropped(how, actions):
    good = check("Bees sleep.", quote(*SECOND))
    repaired = repair_sentences([good, failing()], papers=PAPERS, unsupported=how)
    assert [s.action for s in repaired] == actions
    assert repaired[0] == good


def test_a_replacement_is_a_quotation_and_says_why():
    (found,) = repair_sentences([failing()], papers=PAPERS, unsupported="replace")
    assert found.text == "Smith (2024): “They sleep.”"
    assert found.verdict is Verdict.SUPPORTED
    assert "so" in found.reason


def test_the_same_quotation_does_not_replace_two_sentences():
    found = repair_sentences([failing(), failing("B.")], papers=PAPERS, unsupported="replace")
    assert [s.action for s in found] == [Action.REPLACED, Action.DROPPED]
    assert found[1].text == "B."


def test_a_sentence_with_no_quotation_to_take_is_dropped():
    bare = failing("Bees fly.", UNKNOWN)
    (found,) = repair_sentences([bare], papers=PAPERS, unsupported="replace")
    assert found.action is Action.DROPPED


def test_a_verifier_that_cannot_tell_does_not_fail_a_sentence():
    unsure = check("Bees fly.", quote(*FIRST), verifier=Says(Verdict.UNCERTAIN))
    assert repair_sentences([unsure], papers=PAPERS, unsupported="drop") == [unsure]
