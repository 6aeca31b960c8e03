"""Reviews end to end: what they claim, what they leave out, and how they are brought up to date."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import bibtexparser
import pytest
from benchmarks.reviews import cells_of, sentences_of
from pymarkdown.api import PyMarkdownApi
from tests.desk import open_desk, write_records
from tests.scripted_model import scripted

from litdesk import reviewing
from litdesk.errors import PaperMissingError, ProviderDownError, QuestionError
from litdesk.export import to_bibtex
from litdesk.review.docx import save_docx
from litdesk.review.markdown import escape, to_markdown
from litdesk.review.results import NOT_STATED, Candidate, Review, Scope
from litdesk.review.search import find_candidates
from litdesk.review.writing import spell
from litdesk.types import Action, Verdict

if TYPE_CHECKING:
    from litdesk.assistant import Assistant

TOPICS = [
    "optimizers for language models",
    "inventory management with reinforcement learning",
    "scaling laws and emergent capabilities",
    "masked diffusion models for discrete sequences",
]
# Read here, before the tests' own fixtures clean the environment.
IN_CI = bool(os.environ.get("CI"))  # noqa: TID251 (a switch of the tests)


def assert_holds(citation, assistant: Assistant) -> None:
    paper = assistant.paper(citation.paper_id)
    assert citation.version == paper.version
    if citation.field in ("abstract", "title"):
        text = getattr(paper, citation.field)
        assert text[citation.start : citation.end] == citation.quote != ""
    else:
        assert (citation.start, citation.end) == (None, None)
        assert citation.quote in (str(paper.year), "yes")


@pytest.fixture(scope="module", params=TOPICS)
def reviewed(request, seeds) -> Review:
    return seeds.review(request.param)


def test_every_sentence_is_a_quotation_or_counted_from_the_records(reviewed, seeds):
    told = list(sentences_of(reviewed))
    assert told
    for sentence in told:
        assert sentence.verdict is Verdict.SUPPORTED
        if sentence.kind == "template":
            assert sentence.verifier == "record"
        else:
            assert sentence.kind == "quotation"
            assert sentence.text.endswith(f"“{sentence.citations[0].quote}”")
        for citation in sentence.citations:
            assert_holds(citation, seeds)


def test_every_cell_is_a_quotation_or_not_stated(reviewed, seeds):
    for cell in cells_of(reviewed):
        if cell.citation is None:
            assert cell.text == NOT_STATED
        else:
            assert cell.text == cell.citation.quote
            assert_holds(cell.citation, seeds)


def test_every_candidate_is_accounted_for_with_a_reason(reviewed, seeds):
    ids = [candidate.paper_id for candidate in reviewed.candidates]
    assert len(ids) == len(set(ids))
    assert all(candidate.reason and candidate.found_by for candidate in reviewed.candidates)
    cited = {candidate.paper_id for candidate in reviewed.candidates_by("cited")}
    told = {c.paper_id for s in reviewed.sections for x in s.sentences for c in x.citations}
    assert cited == told == {r.paper_id for r in reviewed.references}
    assert [r.marker for r in reviewed.references] == list(range(1, len(cited) + 1))


def test_papers_that_may_belong_are_listed_with_their_nearest_sentence(seeds):
    review = seeds.review(TOPICS[0])
    unused = review.candidates_by("not used")
    assert unused
    shown = to_markdown(review)
    for candidate in unused:
        assert not candidate.relevant
        assert_holds(candidate.nearest, seeds)
        assert "://" not in candidate.nearest.quote
        assert f"It says: “{escape(candidate.nearest.quote)}”" in shown
    assert f"{spell(len(unused))} papers that may belong" in review.abstract[2].text


def test_a_review_is_the_same_each_time(reviewed, seeds):
    again = seeds.review(reviewed.scope.topic)
    untimed = {"timings_ms": {}}
    assert again.model_copy(update=untimed) == reviewed.model_copy(update=untimed)
    assert Review.model_validate_json(reviewed.model_dump_json()) == reviewed


def test_the_markdown_passes_a_linter_and_its_keys_are_those_of_the_bib(reviewed, seeds, tmp_path):
    text = to_markdown(reviewed)
    path = tmp_path / "review.md"
    path.write_text(text, encoding="utf-8")
    # MD013 bounds the length of lines, and a paragraph here is one line
    found = PyMarkdownApi().disable_rule_by_identifier("MD013").scan_path(str(path))
    assert [str(failure) for failure in found.scan_failures] == []
    assert found.pragma_errors == []
    library = bibtexparser.parse_string(
        to_bibtex([seeds.paper(r.paper_id) for r in reviewed.references])
    )
    assert library.failed_blocks == []
    for key in library.entries_dict:
        assert f"[@{key}]" in text


def test_the_word_document_opens_in_libreoffice(reviewed, tmp_path):
    office = shutil.which("soffice")
    if office is None:
        if IN_CI:
            pytest.fail("LibreOffice is not installed, and CI needs it for this test.")
        pytest.skip("LibreOffice (soffice) is not installed: the DOCX is not rendered.")
    path = tmp_path / "review.docx"
    save_docx(reviewed, path)
    command = [office, "--headless", f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"]
    subprocess.run(
        [*command, "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    assert (tmp_path / "review.pdf").read_bytes().startswith(b"%PDF")


def test_the_abstract_has_three_sentences_and_sections_say_who_and_when(seeds):
    review = seeds.review("inventory management with reinforcement learning")
    assert review.status == "review"
    assert len(review.abstract) == 3
    text = to_markdown(review)
    assert "they are from 2022 to 2024" in text
    assert "Dhruv Madeka is among the authors of all of them" in text
    assert "A year later, Andaz et al. (2023) “" in text


def test_nothing_relevant_is_said_with_the_nearest_topics(seeds):
    review = seeds.review("medieval trade routes")
    assert (review.status, review.sections, review.references) == ("nothing", (), ())
    assert review.nearest_topics
    assert "none is on this topic" in to_markdown(review)
    assert {c.decision for c in review.candidates} == {"off topic"}


def test_one_relevant_paper_gives_a_summary(seeds):
    review = seeds.review("topic modelling of tweets in a crisis")
    assert review.status == "summary"
    assert "a summary of one paper" in review.title
    assert [r.paper_id for r in review.references] == ["brunila2021bridging"]


def test_papers_are_cited_and_left_out_by_name_whatever_is_found(seeds):
    scope = Scope(topic="inventory management with reinforcement learning", first_year=2023)
    before = seeds.review(scope)
    first, *_ = before.references
    asked = scope.naming(cite=["vyas2024soap", "hsu2010robust"], leave_out=[first.paper_id])
    review = seeds.review(asked, before=before)
    cited = {c.paper_id: c for c in review.candidates_by("cited")}
    assert {"vyas2024soap", "hsu2010robust"} <= cited.keys()
    assert first.paper_id not in cited
    assert cited["vyas2024soap"].reason.startswith("asked for by name; has")
    assert cited["hsu2010robust"].reason == "asked for by name; the search did not find it"
    assert cited["hsu2010robust"].found_by == ("name",)
    (out,) = review.candidates_by("left out")
    assert (out.paper_id, out.reason[:17]) == (first.paper_id, "left out by name;")
    told = {c.paper_id for s in review.sections for x in s.sentences for c in x.citations}
    assert told == cited.keys() == {r.paper_id for r in review.references}
    assert set(review.changes.added) == {"vyas2024soap", "hsu2010robust"}
    assert first.paper_id in review.changes.removed
    assert f"{spell(len(cited)).capitalize()} papers are cited here, two of them asked for" in (
        review.abstract[0].text
    )
    text = to_markdown(review)
    assert "Not found by it, and cited because they were asked for: 1." in text
    assert "Left out by name:" in text


def test_naming_a_paper_changes_nothing_about_the_others(seeds):
    scope = Scope(topic="scaling laws", first_year=2023)
    before = {c.paper_id: (c.decision, c.score) for c in seeds.review(scope).candidates}
    review = seeds.review(scope.naming(cite=["tuylsndscaling"]))
    after = {c.paper_id: (c.decision, c.score) for c in review.candidates}
    assert after.pop("tuylsndscaling") == ("cited", 0.0)
    assert after == before
    assert review.library_papers == len(before)
    (notice,) = review.notices
    assert notice.startswith("23 papers of the library have no year there")


def test_leaving_out_all_papers_shows_them_so_that_they_can_be_taken_back(seeds):
    scope = Scope(topic="deep inventory management")
    before = seeds.review(scope)
    names = [r.paper_id for r in before.references]
    review = seeds.review(scope.naming(leave_out=names), before=before)
    assert (review.status, review.title) == ("nothing", f"No review of “{scope.topic}”")
    text = to_markdown(review)
    assert "but for those left out by name" in text
    assert all(name in text for name in names)
    again = seeds.review(review.scope.naming(cite=names), before=review)
    assert {r.paper_id for r in again.references} == set(names)


def test_named_papers_are_all_cited_whatever_the_limit(seeds):
    names = ("vyas2024soap", "hsu2010robust", "kim2025order")
    review = seeds.review(Scope(topic="optimizers", max_papers=1, cite=names))
    assert {r.paper_id for r in review.references} == set(names)
    assert "uses 3 of them" in review.notices[0]
    assert all("limit of three papers" in c.reason for c in review.candidates if c.relevant
               and c.decision == "not used")  # fmt: skip


def test_the_last_word_about_a_paper_counts():
    scope = Scope(topic="bees").naming(cite=["a", "b"], leave_out=["c"])
    assert (scope.cite, scope.leave_out) == (("a", "b"), ("c",))
    scope = scope.naming(cite=["c"], leave_out=["a"])
    assert (scope.cite, scope.leave_out) == (("b", "c"), ("a",))
    with pytest.raises(ValueError, match="a cannot be cited and left out"):
        Scope(topic="bees", cite=("a",), leave_out=("a",))


def test_a_paper_without_an_abstract_is_cited_by_name_and_listed_without_a_quote(
    tmp_path, word_embeddings
):
    titled = {"title": "Bees dance in autumn", "authors": ["Zoe Ang"], "year": 2019}
    with open_desk(tmp_path, *DANCE, titled) as desk:
        (autumn,) = desk.papers("autumn")
        review = desk.review(Scope(topic="bees dance", cite=(autumn.paper_id,)))
        short = desk.review(Scope(topic="bees dance in autumn", max_papers=1))
    assert autumn.paper_id in {r.paper_id for r in review.references}
    assert all(c.nearest is None or c.nearest.quote for c in short.candidates)
    assert "It says: “”" not in to_markdown(short)


def test_a_named_paper_must_be_in_the_library_unless_an_earlier_review_named_it(seeds):
    for names in ({"cite": ("nobody2020",)}, {"leave_out": ("nobody2020",)}):
        scope = Scope(topic="inventory management", **names)
        with pytest.raises(PaperMissingError, match="nobody2020"):
            seeds.review(scope)
        before = seeds.review(Scope(topic=scope.topic))
        review = seeds.review(scope, before=before.model_copy(update={"scope": scope}))
        assert review.references == before.references
        gone = "nobody2020, asked for by name, is no longer in the library."
        assert (gone in review.notices) == bool(scope.cite)


def test_what_may_belong_is_shown_up_to_a_limit_and_what_belongs_always():
    candidates = [
        Candidate(
            paper_id=f"p{n}", title=f"Paper {n}", decision="not used", reason="doubtful",
            relevant=n < 70, score=0.5, found_by=("topic",),
        )
        for n in range(140)
    ]  # fmt: skip
    review = Review(
        status="review", scope=Scope(topic="x"), title="X", candidates=tuple(candidates)
    )
    text = to_markdown(review)
    assert text.count(": doubtful.") == 70 + 50
    assert "of 70 that may belong to the topic, the 50 likeliest; the JSON form has all" in text


def test_filters_leave_out_what_is_not_in_the_scope(seeds):
    scope = Scope(topic="inventory management", author="Madeka", first_year=2023, max_papers=1)
    review = seeds.review(scope)
    assert review.library_papers == 2
    assert len(review.references) == 1
    (unused,) = review.candidates_by("not used")
    assert "beyond the limit of one paper" in unused.reason
    assert review.notices
    assert unused.title in to_markdown(review).replace("\\", "")


def test_papers_that_a_filter_leaves_out_for_want_of_a_record_are_counted(
    tmp_path, word_embeddings
):
    undated = {"title": "Wasps dance", "authors": ["Cy Poe"], "abstract": "Wasps dance at night."}
    with open_desk(tmp_path, *DANCE, undated) as desk:
        review = desk.review(Scope(topic="bees dance", first_year=2016))
        nothing = desk.review(Scope(topic="soup", category="LG"))
        whole = desk.review(Scope(topic="bees dance"))
    assert "Three of the 3 papers within the scope" in review.abstract[0].text
    (told,) = review.notices
    assert told == "One paper of the library has no year there, and the filter leaves it out."
    assert "Five papers of the library have no category there" in to_markdown(nothing)
    assert whole.notices == ()
    assert "papers in the library" in whole.abstract[0].text


def test_more_relevant_papers_than_a_review_can_hold_are_listed_and_counted(
    tmp_path, word_embeddings
):
    many = [
        {"title": f"Bees dance in hive {n}", "authors": [f"Ana Lima{n}"], "year": 1990 + n % 30,
         "abstract": f"We study the dance of bees in hive {n}. We find that they waggle {n} times."}
        for n in range(520)
    ]  # fmt: skip
    steps = []
    with open_desk(tmp_path, *many) as desk:
        review = desk.review("bees dance", progress=lambda *step: steps.append(step))
    assert len(review.references) == 60
    assert len(review.candidates_by("not used")) == 460
    left_out = [c for c in review.candidates_by("not used") if c.relevant]
    assert len(left_out) > 400
    assert review.notices[0].startswith(
        f"{60 + len(left_out)} papers are relevant; this review uses 60 of them"
    )
    assert f"{len(left_out)} papers judged relevant were left out" in review.abstract[2].text
    assert all("beyond the limit of 60 papers" in c.reason for c in left_out)
    assert all(0 <= done <= total for _, done, total in steps)
    assert steps[-1][1] == steps[-1][2]


def test_a_search_that_stops_among_relevant_papers_says_so(tmp_path, word_embeddings):
    with open_desk(tmp_path, *DANCE) as desk:
        made, _ = reviewing.open_desk(
            Scope(topic="bees dance"), shelf=desk._open_shelf(), equipment=desk._equipment
        )
        whole, cut = (
            find_candidates(
                "bees dance",
                finder=made.finder,
                vectors=made.vectors,
                allowed=made.papers,
                per_query=most,
            )
            for most in (4, 3)
        )
    assert (len(whole.found_by), whole.cut) == (4, False)
    assert cut.cut


@pytest.mark.parametrize("topic", ["", "  ", "?!", "x " * 400])
def test_a_topic_that_says_nothing_is_refused(seeds, topic):
    with pytest.raises(QuestionError):
        seeds.review(topic)


@pytest.mark.parametrize("topic", ["{{ 7*7 }} <b>%s</b> [@key] | $x", "日本語", "a\x00b " * 9])
def test_no_topic_breaks_the_review(seeds, topic):
    assert to_markdown(seeds.review(topic)).startswith("# ")


def test_the_map_of_the_library_has_every_paper_once(seeds):
    clusters = seeds.topics()
    ids = [paper_id for cluster in clusters for paper_id in cluster.paper_ids]
    assert sorted(ids) == sorted(paper.paper_id for paper in seeds.papers())
    assert all(
        cluster.keywords and cluster.papers == len(cluster.paper_ids) for cluster in clusters
    )


def test_markdown_of_hostile_text_shows_the_text():
    assert escape("<img src=x> [a](b) `c` *d* | e_f $5") == (
        "\\<img src=x\\> \\[a\\](b) \\`c\\` \\*d\\* \\| e\\_f \\$5"
    )
    assert (
        escape("the $k$-sparse at https://x.org/a_b.") == "the $k$-sparse at <https://x.org/a_b>."
    )


DANCE = [
    {"title": f"Bees dance {n}", "authors": ["Ana Lima", "Bo Wu"], "year": 2015 + n,
     "abstract": f"We study how honey bees dance in hive number {word}. "
     f"We find that dancing bees waggle longer in hive {word}."}
    for n, word in enumerate(["alpha", "beta", "gamma", "delta"])
]  # fmt: skip


class TestUpdate:
    def test_an_update_keeps_numbers_and_says_what_is_new(self, tmp_path, word_embeddings):
        with open_desk(tmp_path, *DANCE[:2]) as desk:
            before = desk.review("bees dance")
            desk.ingest([write_records(tmp_path / "more.jsonl", *DANCE[2:])])
            after = desk.review(before.scope, before=before)
            kept = {r.paper_id: r.marker for r in after.references}
            for reference in before.references:
                assert kept[reference.paper_id] == reference.marker
            assert set(after.changes.added) == kept.keys() - {r.paper_id for r in before.references}
            assert len(after.changes.added) == 2
            assert after.changes.rewritten
            unchanged = desk.review(after.scope, before=after)
            assert unchanged.changes.rewritten == unchanged.changes.added == ()
            assert unchanged.sections == after.sections
            assert "Nothing has changed." in to_markdown(unchanged)


class TestModelWriter:
    def opened(self, tmp_path, *replies):
        return open_desk(tmp_path, *DANCE[:2], chat_model=scripted(*replies))

    def test_prose_is_judged_and_papers_left_out_are_quoted(self, tmp_path, word_embeddings):
        reply = (
            "Dancing bees waggle longer in hive alpha [1]. "
            "Bees are made of 47 kinds of cheese and sing operas in Vienna [1]."
        )
        with self.opened(tmp_path, reply) as desk:
            review = desk.review("bees dance")
        (section,) = review.sections
        prose = [s for s in section.sentences if s.kind == "prose"]
        assert any("waggle longer in hive alpha" in s.text for s in section.sentences)
        assert all("cheese" not in s.text for s in section.sentences)
        assert all(s.action is not Action.DROPPED for s in prose)
        cited = {c.paper_id for s in section.sentences for c in s.citations}
        assert cited == set(section.paper_ids)
        assert review.provenance.writer == "model"
        assert set(review.provenance.prompts) == {"review_rules", "review_section"}

    def test_a_model_that_fails_leaves_quotations_and_a_notice(self, tmp_path, word_embeddings):
        with self.opened(tmp_path, ProviderDownError("gone", remedy="wait")) as desk:
            review = desk.review("bees dance")
        assert {s.kind for x in review.sections for s in x.sentences} == {"template", "quotation"}
        assert any("the model failed" in notice for notice in review.notices)


def test_the_marked_papers_are_papers_of_the_seeds(seeds):
    cases = Path(__file__).parents[1] / "evals" / "cases" / "reviews.jsonl"
    ids = {paper.paper_id for paper in seeds.papers()}
    topics = [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines()]
    assert len({case["id"] for case in topics}) == len(topics)
    for case in topics:
        assert case["id"].startswith(f"review-{case['split']}-")
        assert ids >= {*case["relevant"], *case["borderline"]}
        assert not set(case["relevant"]) & set(case["borderline"])
