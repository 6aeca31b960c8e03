"""A second draft with the verdicts on the first, and drafts that do not depend on order."""

from itertools import permutations

import pytest
from tests.desk import SOAP, open_desk
from tests.fakes import FakeAssistant, answered
from tests.scripted_model import scripted

from litdesk.answer.quoting import write_quotes
from litdesk.assistant import Assistant
from litdesk.cli import main
from litdesk.cli.terminal import Terminal
from litdesk.settings import load_settings
from litdesk.types import (
    AbstractVersion,
    CheckedSentence,
    Evidence,
    Paper,
    Passage,
    Revision,
    Span,
    Verdict,
)
from litdesk.verify.judge import EvidenceText
from litdesk.verify.revision import compare_drafts
from litdesk.verify.rules import RulesVerifier

GOOD = "SOAP runs Adam in the eigenbasis of Shampoo's preconditioner [1]."
BAD = "SOAP cures rabbits of every known disease of winter [1]."
QUESTION = "Where does SOAP run Adam?"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("revise")
    open_desk(folder, SOAP).close()
    return folder / "library"


def ask(library, *replies, revise=True):
    model = scripted(*replies)
    settings = load_settings(library=library, answer={"revise": revise})
    with Assistant.open(settings, chat_model=model) as assistant:
        return assistant.ask(QUESTION), model


def test_the_second_draft_is_kept_where_it_is_better(library):
    answer, model = ask(library, f"{GOOD} {BAD}", GOOD)
    assert [s.verdict for s in answer.sentences] == [Verdict.SUPPORTED]
    assert answer.revision == Revision(kept="second", supported=(1, 1), sentences=(2, 1))
    assert answer.usage.calls == 2
    assert "revise" in answer.provenance.prompts
    feedback = model.asked[1]
    assert "rabbits" in feedback
    assert "unsupported" in feedback


def test_the_first_draft_is_kept_where_the_second_is_no_better(library):
    answer, _ = ask(library, f"{GOOD} {BAD}", BAD)
    assert len(answer.sentences) == 2
    assert answer.revision == Revision(kept="first", supported=(1, 0), sentences=(2, 1))
    assert answer.usage.calls == 2


def test_a_draft_that_is_supported_is_not_drafted_again(library):
    answer, model = ask(library, GOOD)
    assert (answer.revision, len(model.asked)) == (None, 1)


def test_without_the_setting_nothing_is_drafted_again(library):
    answer, model = ask(library, BAD, revise=False)
    assert (answer.revision, len(model.asked)) == (None, 1)


def test_a_model_that_fails_the_second_time_leaves_the_first_draft(library):
    answer, _ = ask(library, f"{GOOD} {BAD}", "")
    assert len(answer.sentences) == 2
    assert answer.revision.kept == "first"
    assert "Scripted sent" in answer.revision.problem


def test_an_abstention_is_better_than_a_draft_of_which_nothing_stands(library):
    answer, _ = ask(library, BAD, "NOT IN THE ABSTRACTS")
    assert answer.abstention is not None
    assert answer.revision.kept == "second"


def checked(*verdicts):
    return [
        CheckedSentence(
            text=v, verdict=Verdict(v), score=0.5, reason="", verifier="rules", citations=()
        )
        for v in verdicts
    ]


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (["supported"], ["supported"], "first"),
        (["unsupported"], ["uncertain"], "second"),
        (["supported", "uncertain"], [], "first"),
        (["supported", "unsupported"], ["supported", "uncertain"], "second"),
    ],
)
def test_drafts_are_compared_by_their_verdicts(first, second, kept):
    assert compare_drafts(checked(*first), checked(*second)).kept == kept


def test_the_command_asks_for_a_second_draft_and_says_what_became_of_it(capsys):
    revision = Revision(kept="second", supported=(1, 2), sentences=(2, 2))
    opened = []

    def open_assistant(settings):
        opened.append(settings)
        return FakeAssistant(
            reply=lambda question: answered(question).model_copy(update={"revision": revision})
        )

    main(["ask", "What is SOAP?", "--revise"], terminal=Terminal(open_assistant=open_assistant))
    assert opened[0].answer.revise
    assert "this is the second draft (first 1 of 2 supported" in capsys.readouterr().out


def passage(number, score, rank=0):
    text = f"Finding {number} is that method {number} works. It was tested {number} times."
    first = text.index(". ") + 1
    spans = (Span(start=0, end=first), Span(start=first + 1, end=len(text)))
    paper = Paper(
        paper_id=f"p{number}", title=f"Method {number}", versions=(AbstractVersion(text=text),)
    )
    evidence = tuple(
        Evidence(span=s, text=text[s.start : s.end], score=score - 0.1 * n)
        for n, s in enumerate(spans)
    )
    return Passage(paper=paper, score=score, similarity=score, evidence=evidence, rank=rank)


@pytest.mark.parametrize("ranks", [(0, 0, 0, 0), (2, 1, 4, 3)])
def test_the_quoting_writer_answers_alike_whatever_the_order_of_the_passages(ranks):
    passages = [passage(n, 0.9 - 0.02 * (n // 2), rank) for n, rank in enumerate(ranks)]
    drafts = {
        write_quotes("Which methods work?", order, max_sentences=4, max_sentences_survey=6)
        for order in permutations(passages)
    }
    (draft,) = drafts
    assert len({c.paper_id for s in draft.sentences for c in s.citations}) == 3


@pytest.mark.parametrize(
    "claim",
    ["Method 2 works.", "It was tested 3 times.", "Method 1 does not work.", "Rabbits are ill."],
)
def test_verdicts_are_alike_whatever_the_order_of_the_passages(claim):
    texts = [
        EvidenceText(paper_id=p.paper.paper_id, title=p.paper.title, text=p.paper.abstract)
        for p in (passage(n, 0.5) for n in range(4))
    ]
    verifier = RulesVerifier()
    first, *others = [verifier.judge(claim, order) for order in permutations(texts)]
    assert all(judgement == first for judgement in others)
