"""What an answer may copy of an abstract, and whom it may name."""

import pytest

from litdesk.answer.leak import COPY_FROM, CopyFilter, without_foreign_sources
from litdesk.types import (
    AbstractVersion,
    Action,
    Author,
    CheckedSentence,
    Citation,
    Paper,
    Verdict,
)

FIRST = (
    "We show that honey bees dance in the dark of the hive to tell the others where the flowers "
    "are and how far they have to fly."
)
SECOND = "Dances are longer for far flowers."
LAST = (
    "In a field study of twelve hives over three summers, nine in ten of the dances pointed to "
    "within five degrees of the flowers that were meant."
)
ABSTRACT = f"{FIRST} {SECOND} {LAST}"


def paper(paper_id="frisch1967dance", **known):
    return Paper(
        paper_id=paper_id,
        title="Dances",
        authors=(Author(family="Frisch", given="Karl"),),
        date="1967",
        versions=(AbstractVersion(text=ABSTRACT),),
        **known,
    )


PAPER = paper(doi="10.1000/bees")


def citation(quote=SECOND, paper_id=PAPER.paper_id, field="abstract"):
    start = ABSTRACT.index(quote)
    return Citation(
        marker=3, paper_id=paper_id, field=field, quote=quote, start=start, end=start + len(quote)
    )


def checked(text, *citations, verifier="rules"):
    return CheckedSentence(
        text=text,
        verdict=Verdict.UNCERTAIN,
        score=0.5,
        reason="some words",
        verifier=verifier,
        citations=citations,
    )


def filtered(*sentences):
    return CopyFilter([PAPER]).quote_copies(sentences)


def test_a_copied_sentence_is_shown_as_the_quotation_that_it_is():
    (one,) = filtered(checked(FIRST, citation()))
    assert one.text == f"“{FIRST}”"
    assert (one.action, one.verdict, one.verifier) == (
        Action.REPLACED,
        Verdict.SUPPORTED,
        "quotation",
    )
    (cited,) = one.citations
    assert ABSTRACT[cited.start : cited.end] == cited.quote == FIRST
    assert (cited.marker, cited.origin, cited.version) == (3, "writer", PAPER.version)


def test_a_copy_that_cites_nothing_gets_the_citation_of_its_source():
    (one,) = filtered(checked(f"Sure! Here it is: {FIRST}"))
    assert [(c.paper_id, c.origin) for c in one.citations] == [(PAPER.paper_id, "code")]


def test_of_a_whole_abstract_in_one_sentence_one_sentence_is_quoted():
    (one,) = filtered(checked(ABSTRACT.replace(".", ";"), citation()))
    assert one.text in (f"“{FIRST}”", f"“{LAST}”")


@pytest.mark.parametrize("marks", ["“{}”", '"{}"'])
def test_quotation_marks_count_only_with_a_citation_behind_them(marks):
    text = marks.format(FIRST)
    assert filtered(checked(text))[0].action is Action.REPLACED
    kept = checked(text, citation(FIRST))
    assert filtered(kept) == [kept]


def test_a_quotation_with_text_around_it_is_kept_and_its_copied_surroundings_are_not():
    fine = checked(f"They report: “{FIRST}”", citation(FIRST))
    assert filtered(fine) == [fine]
    more = checked(f"“{FIRST}” {LAST}", citation(FIRST))
    assert filtered(more)[0].text == f"“{LAST}”"


def test_copying_is_seen_across_sentences():
    words = FIRST.split()
    pieces = [checked(" ".join(words[n : n + 9])) for n in range(0, len(words), 9)]
    result = filtered(*pieces)
    assert result[0].text == f"“{FIRST}”"
    assert [one.action for one in result[1:]] == [Action.DROPPED] * (len(pieces) - 1)


def test_a_quotation_that_stands_there_already_is_not_shown_twice():
    quoted = checked(f"Frisch (1967): “{FIRST}”", citation(FIRST), verifier="quotation")
    kept, copy = filtered(quoted, checked(FIRST, citation()))
    assert kept == quoted
    assert copy.action is Action.DROPPED


@pytest.mark.parametrize("change", [str.upper, lambda t: t.replace(" ", " - "), str.title])
def test_case_and_punctuation_hide_nothing(change):
    assert filtered(checked(change(FIRST), citation()))[0].action is Action.REPLACED


def test_one_word_less_is_no_copy():
    words = FIRST.split()
    short = checked(" ".join(words[: COPY_FROM - 1]) + " perhaps.", citation())
    assert filtered(short) == [short]
    long = checked(" ".join(words[:COPY_FROM]) + " perhaps.", citation())
    assert filtered(long) != [long]


def test_sentences_of_the_record_stay():
    record = checked(FIRST, verifier="record")
    assert filtered(record) == [record]


def test_text_on_its_way_is_a_copy_with_and_without_quotation_marks():
    copying = CopyFilter([PAPER])
    assert copying.copies(f"“{FIRST}” [1]")
    assert not copying.copies(SECOND)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Bees dance (Mallory et al., 2031).", "Bees dance."),
        ("Bees dance (see Mallory and Eve, 2031; Trudy, 2030), they say.", "Bees dance, they say."),
        ("Mallory et al. (2031) show that bees dance.", "another paper show that bees dance."),
        ("Bees dance, doi:10.9999/evil.1 says.", "Bees dance, says."),
        ("Bees dance arXiv:3101.00001.", "Bees dance."),
        ("Frisch (1967) show that bees dance.", "Frisch (1967) show that bees dance."),
        ("Bees dance (Frisch, 1967).", "Bees dance (Frisch, 1967)."),
        ("Bees dance (doi:10.1000/bees).", "Bees dance (doi:10.1000/bees)."),
        ("Frisch (1999) show it.", "another paper show it."),
        ("Adam (with 2 betas) won in 2031.", "Adam (with 2 betas) won in 2031."),
    ],
)
def test_only_papers_of_the_library_are_named(text, left):
    sentence = without_foreign_sources(checked(text, citation()), [PAPER])
    assert sentence.text == left
    assert ("not in the library" in sentence.reason) == (text != left)


def test_a_quotation_names_whom_the_abstract_names():
    quoted = checked("“As Mallory et al. (2031) show.”", verifier="quotation")
    assert without_foreign_sources(quoted, [PAPER]) == quoted
