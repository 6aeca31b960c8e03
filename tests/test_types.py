from __future__ import annotations

import dataclasses

import pytest
from pydantic import ValidationError
from tests.desk import paper

from litdesk.types import (
    AbstractVersion,
    Answer,
    Author,
    Chunk,
    Provenance,
    Record,
    Reference,
    Sentence,
    Source,
    Verdict,
    digest,
    paper_of_chunk,
)

SOURCE = Source(file="a.txt", record=1, line=1)


def test_a_digest_minds_the_boundaries_of_its_texts():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("a") == digest("a")
    assert len(digest("a", length=8)) == 8


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("Ångström", "Zoë"), ("Angstrom", "Z."), True),
        (("Foster", "Dylan"), ("Foster", "Dean"), True),
        (("Foster", "Dylan"), ("Foster", "Ana"), False),
        (("O'Brien", "A"), ("OBrien", "A"), True),
        (("Kaiser", "Łukasz"), ("Kaiser", "Lukasz"), True),
        (("Sørensen", "Å"), ("Sorensen", "A"), True),
        (("李", "明"), ("王", "明"), False),
    ],
)
def test_spellings_of_one_person_have_one_key(one, other, same):
    first, second = (Author(family=family, given=given) for family, given in (one, other))
    assert (first.key == second.key) is same


@pytest.mark.parametrize(
    ("date", "year"),
    [("2024", 2024), ("2024-09-17", 2024), ("XXXX-02-16", None), (None, None), ("", None)],
)
def test_a_year_is_stated_or_unknown(date, year):
    assert Record(source=SOURCE, date=date).year == paper("p", date=date).year == year


@pytest.mark.parametrize(
    ("fields", "byline"),
    [
        ({"authors": ("Jingfeng Wu",)}, "Wu"),
        ({"authors": ("A Hsu", "B Kakade")}, "Hsu and Kakade"),
        ({"authors": ("A Hsu", "B Kakade"), "authors_complete": False}, "Hsu et al."),
        ({"authors": ("A Hsu",), "authors_complete": False}, "Hsu et al."),
        ({"authors": ("A A", "B B", "C C")}, "A et al."),
        ({"title": "On Bees"}, "“On Bees”"),
        ({}, "An untitled abstract"),
    ],
)
def test_a_paper_is_named_by_its_authors_or_title(fields, byline):
    assert paper("p", **fields).byline == byline
    assert paper("p", date="2024", **fields).label == f"{byline} (2024)"


@pytest.mark.parametrize(
    ("fields", "link"),
    [
        ({"doi": "10.1/x", "arxiv_id": "2401.00001"}, "https://doi.org/10.1/x"),
        ({"arxiv_id": "2401.00001"}, "https://arxiv.org/abs/2401.00001"),
        ({"url": "https://example.org/a"}, "https://example.org/a"),
        ({"url": "javascript:alert(1)"}, None),
        ({"url": "ftp://example.org"}, None),
        ({}, None),
    ],
)
def test_only_web_addresses_are_links(fields, link):
    assert paper("p", **fields).link == link


def test_a_paper_without_an_abstract_has_an_empty_one_and_a_version():
    bare = paper("p", title="T")
    assert bare.abstract == ""
    assert bare.version
    assert paper("p", "Text.").version == AbstractVersion(text="Text.").digest != bare.version


def test_the_same_record_has_the_same_digest_and_any_change_another():
    record = Record(source=SOURCE, title="T", abstract="A", authors=(Author(family="F"),))
    moved = dataclasses.replace(record, source=dataclasses.replace(SOURCE, record=5, line=9))
    assert moved.digest == record.digest
    for change in ({"title": "U"}, {"abstract": "B"}, {"authors": ()}, {"has_code": True}):
        assert dataclasses.replace(record, **change).digest != record.digest


def test_a_chunk_knows_its_paper_and_what_is_embedded():
    chunk = Chunk(
        chunk_id="a/b2020x/123",
        paper_id="a/b2020x",
        version="v",
        text="Text.",
        start=0,
        end=5,
        title="",
    )
    assert paper_of_chunk(chunk.chunk_id) == "a/b2020x"
    assert chunk.embedded_text == "Text."
    assert dataclasses.replace(chunk, title="T").embedded_text == "T. Text."


def test_results_cannot_be_changed_and_take_no_unknown_fields():
    answer = Answer(
        question="Q", status="answered", answer="A", provenance=Provenance(writer="quoting")
    )
    with pytest.raises(ValidationError):
        answer.answer = "B"
    with pytest.raises(ValidationError):
        Answer.model_validate(answer.model_dump() | {"mood": "good"})
    assert Answer.model_validate_json(answer.model_dump_json()) == answer


@pytest.mark.parametrize("score", [-0.1, 1.1])
def test_a_score_is_a_probability(score):
    with pytest.raises(ValidationError):
        Sentence(text="A", start=0, end=1, verdict=Verdict.SUPPORTED, score=score)


def test_a_turn_keeps_what_a_follow_up_needs():
    reference = Reference(
        marker=3, paper_id="p", title="T", authors=(), year=None, url=None, formatted="T."
    )
    answer = Answer(
        question="Q", status="answered", answer="A", references=(reference,),
        provenance=Provenance(writer="quoting"),
    )  # fmt: skip
    turn = answer.as_turn()
    assert (turn.question, turn.answer, turn.paper_ids) == ("Q", "A", ("p",))
