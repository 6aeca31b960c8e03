"""The review tab's HTML."""

from __future__ import annotations

import pytest
from app.render import Html
from app.review import render_review, save_files, write_review
from app.source import show_source
from tests.desk import BEES, paper

from litdesk.errors import LibraryMissingError, QuestionError
from litdesk.review.results import (
    Candidate,
    Cell,
    Changes,
    Review,
    ReviewSection,
    ReviewSentence,
    Scope,
    TableRow,
)
from litdesk.types import Citation, Reference

EVIL = "<script>alert(1)</script><img src=//x.org>"


def test_a_review_of_hostile_papers_is_only_text():
    cited = Citation(marker=3, paper_id="a", field="abstract", quote=EVIL, start=0, end=9)
    cell = Cell(text=EVIL, citation=cited)
    review = Review(
        status="review",
        scope=Scope(topic=EVIL),
        title=EVIL,
        sections=(
            ReviewSection(
                heading=EVIL,
                keywords=(EVIL,),
                paper_ids=("a",),
                versions=("v",),
                sentences=(
                    ReviewSentence(text=f"“{EVIL}”", kind="quotation", citations=(cited,)),
                ),
            ),
        ),
        table=(
            TableRow(
                paper_id="a", year=cell, question=cell, method=cell, data=Cell(), finding=cell,
                code=cell,
            ),
        ),
        references=(
            Reference(
                marker=3, paper_id="a", title=EVIL, authors=(), year=None, url=None, formatted=EVIL
            ),
        ),
    )  # fmt: skip
    shown = render_review(review)
    html, cited = shown.html, shown.cited
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "<td>not stated</td>" in html
    assert len(cited) == html.count('id="ld-w-')


HIVE = paper("lima2021bees", BEES["abstract"], title=BEES["title"], authors=BEES["authors"])
QUOTE = "Dancers waggled 35% longer with pollen"
START = HIVE.abstract.index(QUOTE)
WAGGLE = Citation(
    marker=1, paper_id=HIVE.paper_id, field="abstract", version=HIVE.version, quote=QUOTE,
    start=START, end=START + len(QUOTE),
)  # fmt: skip
HIVE_REVIEW = Review(
    status="summary",
    scope=Scope(topic="bees"),
    title="Bees: a summary of one paper",
    sections=(
        ReviewSection(
            heading="Dance",
            keywords=("dance",),
            paper_ids=(HIVE.paper_id,),
            versions=(HIVE.version,),
            sentences=(
                ReviewSentence(text=f"They add: “{QUOTE}”", kind="quotation", citations=(WAGGLE,)),
            ),
        ),
    ),
    references=(
        Reference(
            marker=1, paper_id=HIVE.paper_id, title=HIVE.title, authors=("Ana Lima",), year=2021,
            url=None, formatted="Ana Lima (2021). How Bees Dance.",
        ),
    ),
)  # fmt: skip


class Shelf:
    """Knows one paper; what it writes is what it was given."""

    def __init__(self, made=HIVE_REVIEW):
        self.made = made
        self.asked = []

    def paper(self, paper_id):
        assert paper_id == HIVE.paper_id
        return HIVE

    def review(self, scope, *, before, progress):
        self.asked.append((scope, before))
        progress("search", 0, 2)
        progress("write", 1, 2)
        if isinstance(self.made, Exception):
            raise self.made
        return self.made


def test_a_number_of_the_review_opens_the_paper_with_the_cited_words_marked():
    shown = render_review(HIVE_REVIEW)
    html, cited = shown.html, shown.cited
    assert "They add: “Dancers waggled 35% longer with pollen”</span>&nbsp;<button" in html
    assert 'id="ld-w-0"' in html
    for number in range(len(cited)):  # the sentence, then the reference
        panel = show_source(Shelf(), (), ref=f"w-{number}", reviewed=cited)
        assert f"<mark>{QUOTE}</mark>" in panel
        assert "How Bees Dance" in panel
    assert "The words" not in panel  # a reference alone has no sentence to judge
    assert "They add" in show_source(Shelf(), (), ref="w-0", reviewed=cited)


@pytest.mark.parametrize("ref", ["w-7", "w-", "w-a"])
def test_a_number_that_the_review_does_not_have_leaves_the_page_alive(ref):
    cited = render_review(HIVE_REVIEW).cited
    assert "no longer held" in show_source(Shelf(), (), ref=ref, reviewed=cited)


def test_the_steps_are_shown_and_then_the_review():
    shown = list(write_review(Shelf(), "bees"))
    texts = [one.html for one in shown]
    assert "Searching… (1 of 2)" in texts[1]
    assert "Writing… (2 of 2)" in texts[2]
    assert shown[-1] == render_review(HIVE_REVIEW)


@pytest.mark.parametrize(
    ("topic", "made", "told"),
    [
        ("bees", QuestionError("Too <long>.", remedy="Cut it."), "Too &lt;long&gt;. Cut it."),
        ("bees", LibraryMissingError("No library.", remedy="Ingest."), "No library. Ingest."),
        ("bees", RuntimeError("<b>inside</b>"), "the terminal has the details"),
    ],
)
def test_what_went_wrong_is_told_and_no_number_is_left(topic, made, told):
    *_, last = write_review(Shelf(made), topic)
    assert isinstance(last.html, Html)
    assert told in last.html
    assert (last.cited, last.review) == ((), None)


def test_papers_that_are_not_cited_have_a_button_that_cites_them_and_cited_ones_one_to_leave_out():
    candidate = Candidate(
        paper_id='a"><b>', title="Ants", decision="not used", reason="doubtful", score=0.3,
        found_by=("topic",),
    )  # fmt: skip
    html = render_review(HIVE_REVIEW.model_copy(update={"candidates": (candidate,)})).html
    assert 'data-paper="a&#34;&gt;&lt;b&gt;" data-how="cite" aria-label="Cite it: Ants">' in html
    assert 'data-paper="lima2021bees" data-how="leave_out" aria-label="Leave out: How' in html


def test_a_change_begins_with_the_review_that_is_shown():
    shelf = Shelf()
    scope = Scope(topic="bees", cite=("ants",))
    assert list(write_review(shelf, scope, before=HIVE_REVIEW))[-1].review is HIVE_REVIEW
    assert shelf.asked == [(scope, HIVE_REVIEW)]


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("Optimizers for ../language models?", "optimizers-for-language-models"),
        ("?!", "review"),
        ("Größe " * 30, "größe-" * 10),
    ],
)
def test_the_files_of_a_review_are_named_by_its_topic(tmp_path, topic, name):
    changes = Changes(added=("lima2021bees",))
    review = HIVE_REVIEW.model_copy(update={"scope": Scope(topic=topic), "changes": changes})
    files = save_files(review, Shelf(), tmp_path)
    assert [file.name for file in files] == [
        f"{name.strip('-')}{ending}" for ending in (".md", ".docx", ".json", ".bib")
    ]
    markdown, _, _, bib = files
    assert QUOTE in markdown.read_text("utf-8")
    assert "What is new" not in markdown.read_text("utf-8")
    assert "lima2021bees" in bib.read_text("utf-8")


def test_a_review_that_cannot_be_saved_or_cites_nothing_has_no_files(tmp_path, caplog):
    assert save_files(HIVE_REVIEW, Shelf(), tmp_path / "missing") == []
    assert "could not be saved" in caplog.text
    nothing = HIVE_REVIEW.model_copy(update={"references": ()})
    assert save_files(nothing, Shelf(), tmp_path) == []
    assert list(tmp_path.iterdir()) == []
