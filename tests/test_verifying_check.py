"""Checking a cited text: quotations, the record, what a citation means, and the verdicts."""

from __future__ import annotations

import pytest
from tests.desk import paper

from litdesk.types import Record, Source, Verdict
from litdesk.verify.rules import RulesVerifier
from litdesk.verifying.blocks import blocks_of_markdown
from litdesk.verifying.check import Desk, check_text
from litdesk.verifying.cited_text import Entry, parse_blocks
from litdesk.verifying.references import References
from litdesk.verifying.statements import find_quote, read_statement

BEES = paper(
    "lima2021bees",
    "Honey bees dance to tell of flowers. Dancers waggled 35% longer with pollen. "
    "We filmed a hive for two summers -- and it didn't rain.",
    title="How Bees Dance",
    authors=("Ana Lima", "Dylan Foster"),
    date="2021-05",
    doi="10.1000/bees",
)
ANTS = paper(
    "zhou2023scent",
    "Ants lay trails of scent to food. A scent trail fades within an hour.",
    title="Scent Trails of Ants: A Field Study",
    authors=("Bo Zhou",),
    date="2023",
    arxiv_id="2301.00001",
)
WASPS = paper("roe2019wasps", title="Wasps in Autumn", authors=("Jo Roe",), date="2019")
PAPERS = {p.paper_id: p for p in (BEES, ANTS, WASPS)}
LIST = (
    "\n\n# References\n\n"
    "[1] A. Lima, D. Foster. How bees dance. 2021.\n"
    "[2] Zhou, Bo (2023). Scent trails of ants: a field study. arXiv:2301.00001v2\n"
    "[3] Doe, J. The Lives of Moths. 2001.\n"
    "[4] Roe. Wasps in autumn. 2019.\n"
)


def checked(text: str, *, uncited: bool = False, records: tuple[Record, ...] = ()):
    desk = Desk(
        papers=PAPERS,
        verifier=RulesVerifier(),
        find=lambda _: list(PAPERS.values()),
        uncited=uncited,
    )
    return check_text(parse_blocks(blocks_of_markdown(text), "t"), desk, records=records)


def only(text: str, **options):
    [sentence] = checked(text, **options).sentences
    return sentence


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("bees  dance to tell", "bees dance to tell"),
        ("honey bees dance", "Honey bees dance"),
        ("two summers \u2013 and it didn\u2019t rain.", "two summers -- and it didn't rain"),
        ("Dancers waggled … with pollen", "Dancers waggled 35% longer with pollen"),
        ("[H]oney bees […] flowers", "Honey bees dance to tell of flowers"),
        ("bees sing", None),
        ("ees dance", None),
        ("", None),
    ],
)
def test_a_quotation_is_found_whatever_its_spaces_case_and_dashes(quote, found):
    span = find_quote(quote, BEES.abstract)
    assert (BEES.abstract[span.start : span.end] if span else None) == found


@pytest.mark.parametrize(
    "claim",
    [
        "“Honey bees dance to tell of flowers.”",
        "Lima and Foster (2021): “Dancers waggled 35% longer with pollen”.",
        'The authors write: "Dancers waggled 35% longer with pollen."',
        "They add: “Dancers waggled 35% longer with pollen”.",
    ],
)
def test_a_quotation_with_nothing_but_who_says_it_needs_no_judge(claim):
    assert read_statement(claim, [BEES]).is_quotation


@pytest.mark.parametrize(
    "claim",
    [
        "“Dancers waggled 35% longer with pollen”, which is wrong.",
        "The authors do not say: “Dancers waggled 35% longer with pollen”.",
        "“Dancers waggled 53% longer with pollen”.",
        "“Honey bees”.",
    ],
)
def test_a_quotation_that_is_turned_changed_or_a_mere_term_is_a_claim(claim):
    assert not read_statement(claim, [BEES]).is_quotation


@pytest.mark.parametrize(
    "claim",
    [
        "“How Bees Dance” was written by Ana Lima and Dylan Foster.",
        "How Bees Dance is dated 2021.",
        "The paper was published in 2021.",
        "“How Bees Dance” was written by 2 people: Ana Lima and Dylan Foster.",
        "“How Bees Dance”, Lima and Foster (2021).",
        "“How Bees Dance” was written by Ana Lima, and others that the record does not name.",
    ],
)
def test_what_the_record_says_needs_no_judge(claim):
    assert read_statement(claim, [BEES]).is_recorded


def test_a_count_of_papers_is_that_of_the_cited_ones():
    assert read_statement(
        "Two papers in the library are from 2021 to 2023.", [BEES, ANTS]
    ).is_recorded
    assert not read_statement("Three papers in the library.", [BEES, ANTS]).is_recorded


def test_who_wrote_all_of_several_papers_must_have_written_each():
    claim = "Bo Zhou is among the authors of all of them."
    assert read_statement(claim, [ANTS]).is_recorded
    assert not read_statement(claim, [BEES, ANTS]).is_recorded


@pytest.mark.parametrize(
    ("claim", "foreign"),
    [
        ("The paper was published in 2019.", "2019"),
        ("“How Bees Dance” was written by Zoe Smith.", "Zoe"),
        ("The authors show that bees dance.", ""),
        ("Lima and Foster (2021) show this.", ""),
    ],
)
def test_a_name_or_year_that_the_record_does_not_have_is_named(claim, foreign):
    statement = read_statement(claim, [BEES])
    assert statement.against_record == foreign
    assert not statement.is_recorded


@pytest.mark.parametrize(
    ("entry", "paper_id"),
    [
        ("Lima et al. How bees dance. Journal of Bees, 2021.", "lima2021bees"),
        ("https://doi.org/10.1000/BEES", "lima2021bees"),
        ("Somebody. A preprint. arXiv:2301.00001v3", "zhou2023scent"),
        ("Zhou B. Scent trails of ants - a feild study. 2023.", "zhou2023scent"),
        ("Scent Trails of Ants: A Field Study", "zhou2023scent"),
        ("@zhou2023scent: a note", "zhou2023scent"),
        ("Bo Zhou. Ants. (zhou2023scent)", "zhou2023scent"),
        ("Doe. How Bees Do Not Dance. 2021.", None),
        ("Smith, A. Wasps in the autumn of life. 2020.", None),
    ],
)
def test_an_entry_is_matched_by_identifier_key_or_title(entry, paper_id):
    keys = ("@zhou2023scent",) if entry.startswith("@") else ()
    references = References(PAPERS, entries=[Entry(label="1", text=entry, line=9, cited=keys)])
    found = references.find("1", line=1)
    assert (found.paper.paper_id if found.paper else None) == paper_id
    assert found.status == ("ok" if paper_id else "not in the library")


def test_of_lists_with_the_same_numbers_the_next_one_counts():
    entries = [
        Entry(label="1", text="Lima. How Bees Dance.", line=5),
        Entry(label="1", text="Zhou. Scent Trails of Ants: A Field Study.", line=20),
    ]
    references = References(PAPERS, entries=entries)
    found = [references.find("1", line=line).paper for line in (1, 10, 30)]
    assert [p.paper_id for p in found if p] == ["lima2021bees", "zhou2023scent", "zhou2023scent"]


def bib_record(key: str, title: str, **fields: object) -> Record:
    return Record(source=Source(file="r.bib", record=1, line=1), key=key, title=title, **fields)


def test_a_bib_file_says_what_foreign_keys_mean():
    records = (
        bib_record("bees", "How bees dance", authors=BEES.authors, date="2021"),
        bib_record("moths", "The Lives of Moths"),
    )
    text = "Honey bees dance to tell of flowers [@bees]. Moths fly [@moths]. Flies buzz [@flies]."
    found = checked(text, records=records)
    assert [s.verdict for s in found.sentences] == ["supported", "unchecked", "unchecked"]
    assert [(r.cited_as, r.status, r.paper_id, r.entry) for r in found.references] == [
        ("@bees", "ok", "lima2021bees", "How bees dance"),
        ("@moths", "not in the library", None, "The Lives of Moths"),
        ("@flies", "not in the library", None, ""),
    ]


def test_every_sentence_gets_a_verdict_its_line_and_the_words_it_rests_on():
    text = (
        "Bees dance to tell of flowers [1].\nDancers waggled 53% longer with pollen [1].\n"
        "Ants do not lay trails of scent to food [2].\nSomething else." + LIST
    )
    found = checked(text)
    assert [(s.line, s.verdict.value) for s in found.sentences] == [
        (1, "supported"), (2, "unsupported"), (3, "contradicted"), (4, "unchecked"),
    ]  # fmt: skip
    assert found.counts == {
        "supported": 1, "contradicted": 1, "unsupported": 1, "uncertain": 0, "unchecked": 1,
    }  # fmt: skip
    wrong = found.sentences[1]
    assert "53%" in wrong.reason
    assert wrong.verifier == "rules"
    [citation] = wrong.citations
    assert BEES.abstract[citation.start : citation.end] == citation.quote
    assert citation.quote == "Dancers waggled 35% longer with pollen."
    assert found.failed


def test_a_wrong_citation_is_told_with_the_right_one():
    sentence = only("A scent trail fades within an hour [1]." + LIST)
    assert sentence.verdict is Verdict.UNSUPPORTED
    assert sentence.reason.startswith("supported by zhou2023scent, not by [1]")
    found = sentence.elsewhere
    assert found
    assert ANTS.abstract[found.start : found.end] == "A scent trail fades within an hour."


def test_a_sentence_without_citation_is_looked_for_only_on_request():
    text = "Ants lay trails of scent to food. Moths love lamps. Bees dance [@lima2021bees]."
    assert [s.elsewhere for s in checked(text).sentences][:2] == [None, None]
    ants, moths, _ = checked(text, uncited=True).sentences
    assert ants.verdict is Verdict.UNCHECKED
    assert ants.elsewhere
    assert ants.elsewhere.paper_id == "zhou2023scent"
    assert moths.elsewhere is None
    assert "no paper of the library" in moths.reason


def test_a_number_of_no_entry_counts_against_the_sentence():
    unknown, mixed = checked(
        "Ants walk [9]. Bees dance to tell of flowers [1, 9]." + LIST
    ).sentences
    assert unknown.verdict is Verdict.UNSUPPORTED
    assert unknown.reason == "[9] is not in the list of references"
    assert mixed.verdict is Verdict.UNCERTAIN
    assert [c.status for c in mixed.citations] == ["ok", "unknown"]


def test_a_paper_that_the_library_lacks_leaves_the_verdict_to_the_others():
    alone, with_one, failing = checked(
        "Moths fly [3]. Bees dance to tell of flowers [1, 3]. Moths love lamps [1, 3]." + LIST
    ).sentences
    assert alone.verdict is Verdict.UNCHECKED
    assert alone.reason == "[3] is not in the library"
    assert with_one.verdict is Verdict.SUPPORTED
    assert failing.verdict is Verdict.UNCERTAIN


def test_a_paper_without_abstract_is_checked_by_its_record_alone():
    claim, record = checked(
        "Wasps sting [4]. The paper was published in 2019 [4]." + LIST
    ).sentences
    assert claim.verdict is Verdict.UNCHECKED
    assert claim.reason == "the library has no abstract of roe2019wasps"
    assert record.verdict is Verdict.SUPPORTED


def test_a_sentence_that_says_nothing_is_not_checked():
    sentence = only("442, 426 [1]." + LIST)
    assert sentence.verdict is Verdict.UNCHECKED
    assert sentence.reason == "it says nothing that could be checked"


def test_the_names_of_the_cited_authors_do_not_count_against_a_claim():
    for name in (
        "Lima and Foster (2021) show that",
        "Lima et al. [1] find that",
        "Ana Lima, 2021,",
    ):
        sentence = only(f"{name} honey bees dance to tell of flowers [1]." + LIST)
        assert sentence.verdict is Verdict.SUPPORTED, (name, sentence.reason)
    other = only("Smith et al. (1999) say bees dance to tell of flowers [1]." + LIST)
    assert other.verdict is Verdict.UNSUPPORTED
    assert "1999" in other.reason


def test_a_year_that_is_not_that_of_the_paper_is_named():
    sentence = only("Lima et al. (1999) show that honey bees dance to tell of flowers [1]." + LIST)
    assert sentence.verdict is Verdict.UNSUPPORTED
    assert "1999" in sentence.reason


def test_quoted_words_that_are_not_there_are_named():
    sentence = only(
        "The hive “hums to tell of the flowers it found” to bees that dance [1]." + LIST
    )
    assert sentence.verdict is not Verdict.SUPPORTED
    assert "is not word for word in the cited text" in sentence.reason


def test_the_order_of_citations_does_not_change_a_verdict():
    one = only("Ants lay trails of scent to food [1, 2]." + LIST)
    other = only("Ants lay trails of scent to food [2, 1]." + LIST)
    assert (one.verdict, one.score, one.reason) == (other.verdict, other.score, other.reason)
