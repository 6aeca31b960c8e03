"""Questions about the record are answered from the record, and others are left alone."""

from __future__ import annotations

import pytest
from tests.desk import paper

from litdesk.answer.record import MAX_LISTED, answer_from_record
from litdesk.types import AbstentionReason

PAPERS = [
    paper(
        "foster2021bees",
        "Bees dance to tell of flowers.",
        title="WAGGLE: How Bees Dance",
        authors=("Dylan J. Foster", "Ana Lima"),
        date="2021-03-02",
        affiliations=("hive-institute", "google"),
        arxiv_id="2103.00001",
        has_code=True,
    ),
    paper(
        "foster2023ants",
        "Ants lay trails of scent.",
        title="Scent Trails of Ants",
        authors=("Dean Foster", "Bo Zhou", "Ana Lima"),
        date="2023",
        affiliations=("google",),
    ),
    paper(
        "angstrom2024wasps",
        "Wasps sting twice.",
        title="Wasps in Autumn?",
        authors=("Zoë Ångström", "Li Wei"),
        date="2024-09",
        authors_complete=False,
    ),
    paper("anonndtermites", "Termites build mounds that dance."),
    paper("limandflies", title="On Flies", authors=("Ana Lima",), date="XXXX-02-16"),
]


def listed(question, *, focus=()):
    """The papers that an answer cites; None if the question was not taken for one."""
    draft = answer_from_record(question, PAPERS, focus=focus)
    if draft is None:
        return None
    return list(dict.fromkeys(c.paper_id for s in draft.sentences for c in s.citations))


def said(question, *, focus=()):
    draft = answer_from_record(question, PAPERS, focus=focus)
    assert draft is not None
    return draft.message or " ".join(s.text for s in draft.sentences)


@pytest.mark.parametrize(
    ("question", "papers"),
    [
        ("Which papers are by Dylan Foster?", ["foster2021bees"]),
        ("What has Dean Foster published?", ["foster2023ants"]),
        ("papers by foster", ["foster2023ants", "foster2021bees"]),
        ("Papers by Foster, Dylan", ["foster2021bees"]),
        ("List papers by Zoe Angstrom", ["angstrom2024wasps"]),
        ("Lima's papers", ["foster2023ants", "foster2021bees", "limandflies"]),
        ("Papers by Bo Zhou and Ana Lima", ["foster2023ants"]),
        ("Summarize the papers by Dylan Foster", ["foster2021bees"]),
        ("Which papers by Lima are from 2021?", ["foster2021bees"]),
        ("papers from 2021 to 2023", ["foster2023ants", "foster2021bees"]),
        ("papers between 2023 and 2021", ["foster2023ants", "foster2021bees"]),
        ("papers since 2023", ["angstrom2024wasps", "foster2023ants"]),
        ("papers after 2023", ["angstrom2024wasps"]),
        ("papers before 2023", ["foster2021bees"]),
        ("papers published in 2023 or 2024", ["angstrom2024wasps", "foster2023ants"]),
        ("Which papers are from Google?", ["foster2023ants", "foster2021bees"]),
        ("papers from hive institute", ["foster2021bees"]),
        ("Which papers come with code?", ["foster2021bees"]),
        ("How many papers have code by Dylan Foster?", ["foster2021bees"]),
        ("What is the newest paper?", ["angstrom2024wasps"]),
        ("What is the oldest paper by Lima?", ["foster2021bees"]),
        ("Papers on bees from 2021", ["foster2021bees"]),
        ("Did Bo Zhou and Ana Lima ever write together?", ["foster2023ants"]),
        ("Joint work of Dylan Foster and Ana Lima?", ["foster2021bees"]),
        ("What came out in 2021 with Ana Lima on the author list?", ["foster2021bees"]),
        ("How many has Dean Foster co-authored?", ["foster2023ants"]),
        ("Which entries carry hive-institute as an affiliation?", ["foster2021bees"]),
        ("Which of Bo Zhou's papers are there?", ["foster2023ants"]),
        ("Which paper did Ana Lima co-author in 2021?", ["foster2021bees"]),
        ("Zhou and Lima as co-authors: which papers?", ["foster2023ants"]),
        ("papers published in March 2021", ["foster2021bees"]),
        ("What appeared in Sept. 2024?", ["angstrom2024wasps"]),
        ("Which papers predate 2023?", ["foster2021bees"]),
        ("Papers with Ana Lima as first author", ["limandflies"]),
        (
            "Which papers have Ana Lima as last author?",
            ["foster2023ants", "foster2021bees", "limandflies"],
        ),
        ("Does Dyl Foster have papers here?", ["foster2021bees"]),
        ("Lima 2021", ["foster2021bees"]),
        ("Foster et al. (2023)", ["foster2023ants"]),
        ("Which two papers share the authors Dylan Foster and Ana Lima?", ["foster2021bees"]),
        ("find me all stuff from Bo Zhou", ["foster2023ants"]),
        ("Got anything by Bo Zhou?", ["foster2023ants"]),
        ("What is the oldest thing I have by Lima?", ["foster2021bees"]),
        ("Ana Lima first-author papers", ["limandflies"]),
        ("papers led by Dean Foster", ["foster2023ants"]),
        ("stuff co-written by dean foster (not dylan)", ["foster2023ants"]),
        ("papers w/ hive affiliation", ["foster2021bees"]),
        ("Is a Google affiliation listed anywhere?", ["foster2023ants", "foster2021bees"]),
        ("Which papers predate 2023, i.e. are rather old?", ["foster2021bees"]),
    ],
)
def test_papers_are_listed_by_their_record(question, papers):
    assert listed(question) == papers


@pytest.mark.parametrize(
    "question",
    [
        "How many papers are there?",
        "List all papers.",
        "What papers do you have?",
        "How many papers does it hold in total?",
    ],
)
def test_the_whole_library_can_be_asked_for(question):
    assert set(listed(question)) == {p.paper_id for p in PAPERS}
    assert "5 papers" in said(question)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who wrote Scent Trails of Ants?", "Dean Foster, Bo Zhou and Ana Lima"),
        ("Who are the authors of the paper on wasps in autumn?", "others that the record does not"),
        ("Who wrote On Flies?", "Ana Lima"),
        ("Who introduced WAGGLE?", "Dylan J. Foster"),
        ("When was Scent Trails of Ants published?", "2023"),
        ("What year was Scent Trails of Ants published?", "2023"),
        ("When was On Flies published?", "no year"),
        ("Where does Scent Trails of Ants come from?", "google"),
        ("Which institutions are behind How Bees Dance?", "hive-institute and google"),
        ("What is the link to How Bees Dance?", "https://arxiv.org/abs/2103.00001"),
        ("Is there a link to Scent Trails of Ants?", "no link"),
        ("Who are Bo Zhou's co-authors?", "Dean Foster and Ana Lima"),
        ("Who has Bo Zhou written with?", "Dean Foster and Ana Lima"),
        ("Who are Bo Zhou's co-authors, and on what?", "“Scent Trails of Ants”"),
        ("Who wrote the WAGGLE insect paper?", "Dylan J. Foster"),
        ("How many authors does On Flies have?", "Ana Lima"),
        ("Was On Flies published before 2020?", "no year"),
        ("What affiliations does How Bees Dance state?", "hive-institute"),
        ("Who is behind the insect paper (Scent Trails of Ants)?", "Bo Zhou"),
        ("Who is the first author of Scent Trails of Ants?", "Ants” is Dean Foster."),
        ("Who is the senior author of Scent Trails of Ants?", "Ants” is Ana Lima."),
        ("Who is the last author of Wasps in Autumn?", "others that the record does not"),
        ("What category is Scent Trails of Ants filed under?", "states no category"),
        ("Who has the most papers?", "The most papers, 3, are by Ana Lima; then come Bo Zhou (1),"),
        ("Which authors appear most often?", "(some records do not name every author)"),
        ("authors Scent Trails of Ants", "Dean Foster, Bo Zhou and Ana Lima"),
        ("Full author list of the scent trails paper, please.", "Dean Foster, Bo Zhou and Ana"),
        ("Scent Trails of Ants - whose name comes last?", "Ants” is Ana Lima."),
        ("WAGGLE: lead author plus the second one?", "Dylan J. Foster and Ana Lima"),
        ("who's the second author on Scent Trails of Ants", "Ants” is Bo Zhou."),
        ("How many authors are on Scent Trails of Ants?", "by 3 people: Dean Foster"),
        ("I must cite the work on the scent of ants. Who are its authors?", "Bo Zhou"),
        ("How Bees Dance publication date?", "March 2021 (2021-03-02)"),
        ("when was the waggle paper put online", "March 2021"),
        ("In which years did How Bees Dance and Scent Trails of Ants appear?", "is dated 2023"),
        ("Who wrote the 2023 trails paper?", "Bo Zhou"),
        ("What is the year of the trails paper by Zhou?", "2023"),
        ("What are the affiliations of the authors of How Bees Dance?", "hive-institute"),
        ("Where are the authors of How Bees Dance based?", "hive-institute"),
        ("Which paper has the longest author list?", "by 3 people: Dean Foster"),
        ("Besides Bo Zhou, who worked on trails?", "with Dean Foster and Ana Lima"),
        ("With whom did Zhou and Lima write about ants?", "with Dean Foster."),
        ("Who has Lima written with besides Dean Foster?", "Ana Lima has written with"),
        ("One work is from March 2021, which is it and who leads it?", "is Dylan J. Foster."),
        ("Which year has the most papers?", "The most papers, 1, are from 2021, 2023 and 2024."),
    ],
)
def test_one_fact_of_the_record_is_told(question, words):
    assert words in said(question)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who wrote it?", "Dean Foster, Bo Zhou and Ana Lima"),
        ("When was it published?", "2023"),
        ("Where does it come from?", "google"),
    ],
)
def test_it_is_the_paper_that_the_conversation_is_about(question, words):
    assert words in said(question, focus=PAPERS[1:2])
    assert listed(question) is None


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What has Ada Lovelace published?", "Ada Lovelace"),
        ("Which papers are by Grace Hopper?", "Grace Hopper"),
        ("papers in 1999", "1999"),
        ("Papers by Dylan Foster from 2024", "2024"),
    ],
)
def test_what_the_record_does_not_have_is_said_with_its_name(question, words):
    draft = answer_from_record(question, PAPERS)
    assert draft is not None
    assert draft.abstention is AbstentionReason.NOTHING_RELEVANT
    assert words in draft.message
    assert draft.sentences == ()


@pytest.mark.parametrize(
    "question",
    [
        "How many experts does the largest MoE have?",
        "Which papers are not by Dylan Foster?",
        "What happens from 2 to 4 layers?",
        "Which paper shows that bees dance?",
        "Which papers discuss scent?",
        "How many bees dance?",
        "Who introduced scent?",
        "who proposed the ants?",
        "What did the authors of WAGGLE find?",
        "When do wasps sting?",
        "Where do ants lay trails?",
        "What is the number of flowers?",
        "Is the code of the dance known to bees?",
        "How far do bees fly from 2021 flowers?",
        "What do Lima and others say of flowers?",
        "Why does it dance?",
        "What do the authors of WAGGLE show?",
        "Do the authors of WAGGLE release code?",
        "Why do the authors of WAGGLE dance?",
        "Which authors does the WAGGLE paper compare with?",
        "Whose work does the WAGGLE paper build on?",
        "What did Lima and co-authors find about the scent of ants?",
        "When is the waggle dance of bees danced?",
        "Which institutions could use the scent of ants?",
        "Which comes first, scent or trails?",
        "",
        "?",
    ],
)
def test_a_question_about_what_papers_say_is_left_alone(question):
    assert answer_from_record(question, PAPERS) is None


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who wrote the paper about how insects tell of flowers by dancing?", "Dylan J. Foster"),
        ("When did the paper on flowers and the dance come out?", "March 2021"),
        ("By whom is the article on dancing for flowers?", "Dylan J. Foster"),
    ],
)
def test_a_paper_may_be_described_by_its_topic(question, words):
    draft = answer_from_record(question, PAPERS, nearest=PAPERS[0])
    assert draft is not None
    assert words in draft.sentences[0].text
    assert answer_from_record(question, PAPERS) is None


def test_the_nearest_paper_is_not_taken_where_it_lacks_the_topic():
    question = "Who wrote the paper on the chess of quantum engines?"
    assert answer_from_record(question, PAPERS, nearest=PAPERS[0]) is None


def test_a_laboratory_may_be_given_in_full():
    papers = [
        paper("a", title="Mites", affiliations=("uw",)),
        paper("b", title="Ticks", affiliations=("mit",)),
    ]
    for question, found in (
        ("How many of the papers are from the University of Washington (uw)?", "a"),
        ("Which papers come from the Massachusetts Institute of Technology?", "b"),
    ):
        draft = answer_from_record(question, papers)
        assert draft is not None
        assert {c.paper_id for s in draft.sentences for c in s.citations} == {found}


def test_two_people_of_one_family_name_and_initial_are_counted_apart():
    assert "Dean Foster (1) and Dylan J. Foster (1)" in said("Who has the most papers?")


def test_co_authors_of_one_family_name_and_initial_are_both_told():
    together = [paper("a", title="Mites", authors=("Ana Lima", "Yi Zhang", "Yan Zhang"))]
    draft = answer_from_record("Who are Ana Lima's co-authors?", together)
    assert draft is not None
    assert "Yi Zhang and Yan Zhang" in draft.sentences[0].text


def test_li_is_not_any_li():
    assert listed("Papers by Li Na") is None or listed("Papers by Li Na") == []


def test_an_empty_library_has_no_answer_to_fail_on():
    for question in ("Who wrote SOAP?", "papers by Foster", "How many papers?", "papers in 2020"):
        answer_from_record(question, [])


def test_a_long_list_says_how_long_it_is():
    many = [paper(f"p{n:03}", title=f"T{n}", date="2020") for n in range(MAX_LISTED + 9)]
    draft = answer_from_record("papers from 2020", many)
    assert draft is not None
    assert len(draft.sentences) == MAX_LISTED + 1
    assert str(len(many)) in draft.sentences[0].text


@pytest.mark.parametrize(
    "question",
    [
        "papers by Lima", "Who wrote On Flies?", "How many papers are there?", "papers since 2020",
        "When was On Flies published?", "papers from google", "Which papers have code?",
        "Who are Bo Zhou's co-authors?", "Where does On Flies come from?",
    ],
)  # fmt: skip
def test_citations_carry_the_value_and_only_titles_have_offsets(question):
    draft = answer_from_record(question, PAPERS)
    assert draft is not None
    by_id = {p.paper_id: p for p in PAPERS}
    for sentence in draft.sentences:
        assert sentence.from_record
        assert sentence.markers == tuple(c.marker for c in sentence.citations)
        for citation in sentence.citations:
            cited = by_id[citation.paper_id]
            assert citation.version == cited.version
            if citation.field == "title":
                assert cited.title[citation.start : citation.end] == citation.quote
            else:
                assert (citation.start, citation.end) == (None, None)
                assert citation.quote


def test_of_two_papers_the_earlier_is_told_first():
    question = "Which was published earlier, Scent Trails of Ants or How Bees Dance?"
    assert listed(question) == ["foster2021bees", "foster2023ants"]
    assert "2021" in said(question)
    assert "2023" in said(question)
    assert listed("Which is older, On Spiders or How Bees Dance?") is None


def test_authors_and_year_may_be_asked_for_at_once():
    told = said("By whom and in which year was Scent Trails of Ants written?")
    assert "Bo Zhou" in told
    assert "2023" in told
    assert "Bo Zhou" in said("Name the people behind Scent Trails of Ants.")


def test_whoever_worked_with_somebody_is_a_co_author():
    assert "Bo Zhou" in said("Who worked with Dean Foster on trails?")


def test_a_title_that_begins_like_what_authors_do_is_still_a_title():
    traces = paper(
        "lima2020traces", "We learn.", title="Training Networks with Traces",
        authors=("Ana Lima", "Bo Zhou"), date="2020",
    )  # fmt: skip
    draft = answer_from_record("Who are the authors of Training Networks with Traces?", [traces])
    assert "Ana Lima and Bo Zhou" in draft.sentences[0].text


@pytest.mark.parametrize(
    "question",
    ["Which papers are about deep learning?", "Which papers use Masked Image Transformers?"],
)
def test_words_that_only_look_like_a_laboratory_are_none(question):
    labs = [
        paper("a2020", "Genes.", title="Genes", affiliations=("deep-genomics",)),
        paper("b2020", "Masks.", title="Masks", affiliations=("mit",)),
    ]
    draft = answer_from_record(question, labs)
    assert draft is None or "from" not in draft.sentences[0].text
