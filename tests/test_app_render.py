from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from app.examples import example_questions
from app.render import (
    SHOWN_PAPERS,
    Html,
    render_exchange,
    render_header,
    render_panel,
    render_papers,
    safe_link,
)
from app.respond import Exchange
from app.source import show_source
from tests.browser.fake_assistant import (
    HOSTILE,
    LANTERN_QUOTE,
    PAPERS,
    FakeAssistant,
    cite,
    lantern_answer,
    paper,
)

from litdesk.settings import Settings
from litdesk.types import (
    Abstention,
    AbstentionReason,
    AbstractVersion,
    AnswerStatus,
    Citation,
    ModelUse,
    Usage,
)

ALLOWED = {
    "a", "blockquote", "button", "dd", "details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4",
    "li", "mark", "ol", "p", "section", "small", "span", "strong", "summary", "ul",
}  # fmt: skip


class Tags(HTMLParser):
    """The tags, attributes and text of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str | None] = []
        self.marked = ""
        self.text = ""
        self._in_mark = False
        self.feed(str(html))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src")]
        self._in_mark = self._in_mark or tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        self._in_mark = self._in_mark and tag != "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        self.marked += data if self._in_mark else ""


def shown(question: str, assistant: FakeAssistant | None = None) -> Tags:
    answer = (assistant or FakeAssistant()).ask(question)
    return Tags(render_exchange(Exchange(question=question, answer=answer), turn=0))


def test_format_escapes_what_is_not_markup() -> None:
    assert Html("<b>{}</b>").format("<i>&\"'") == "<b>&lt;i&gt;&amp;&#34;&#39;</b>"
    assert Html("").join(["<", Html("<br>")]) == "&lt;<br>"
    assert Html("{}").format(Html("<br>")) == "<br>"


def test_characters_that_cannot_be_seen_are_left_out() -> None:
    assert Html.escape("a\x00b\x1bc\u202ed\ud800e\ufefff\u200bg\nh\ti") == "abcdefg\nh\ti"


@pytest.mark.parametrize("question", ["hostile", "submarine", "lanterns", "failed", HOSTILE])
def test_only_known_tags_without_handlers_or_foreign_links_reach_the_page(question: str) -> None:
    tags = shown(question)
    assert tags.tags <= ALLOWED
    assert tags.attributes <= {"class", "id", "aria-label", "aria-busy", "role"}
    assert tags.links == []


def test_every_paper_is_shown_inert_in_the_panel_and_in_the_library() -> None:
    for html in (*(render_panel(p) for p in PAPERS), render_papers(PAPERS)):
        tags = Tags(html)
        assert tags.tags <= ALLOWED
        assert not {name for name in tags.attributes if name.startswith("on")}
        assert all(link and link.startswith("https://") for link in tags.links)
    assert HOSTILE in Tags(render_panel(PAPERS[2])).text


@pytest.mark.parametrize(
    ("link", "safe"),
    [
        ("https://arxiv.org/abs/2409.11321", True),
        ("https://doi.org/10.1000/a(b)<c>", True),
        ("http://example.org/", False),
        ("javascript:alert(1)", False),
        ("https://user@example.org/", False),
        ("https://", False),
        ("https://[::1", False),
        ("https://example.org/\nx", False),
        ("https://example.org/a b", False),
        ("//example.org/", False),
        (None, False),
    ],
)
def test_only_plain_https_addresses_are_links(link: str | None, safe: bool) -> None:
    assert safe_link(link) == (link if safe else None)


def test_each_sentence_has_its_chip_and_those_not_supported_their_verdict() -> None:
    tags = shown("lanterns")
    html = render_exchange(Exchange(question="q", answer=lantern_answer("q")), turn=3)
    chips = re.findall(r'id="(ld-c-[^"]+)"', html)
    assert chips == ["ld-c-3-0-1", "ld-c-3-1-2", "ld-c-3-2-1", "ld-c-3-3-9", "ld-c-3-4-1",
                     "ld-c-3-5-1"]  # fmt: skip
    assert re.findall(r'id="(ld-v-[^"]+)"', html) == [f"ld-v-3-{n}" for n in (2, 3, 4, 5)]
    assert "2 of 6 sentences supported" in tags.text
    assert "[1]" not in tags.text  # the marker in the text has become the chip


def test_a_premise_in_doubt_is_said_above_the_quotes_that_correct_it() -> None:
    doubted = lantern_answer("q").model_copy(
        update={
            "status": AnswerStatus.ABSTAINED,
            "abstention": Abstention(reason=AbstentionReason.FALSE_PREMISE, message="Not so:"),
        }
    )
    html = render_exchange(Exchange(question="q", answer=doubted), turn=0)
    assert html.index("false premise") < html.index('id="ld-c-0-0-1"')


def test_markers_after_a_sentence_give_way_to_its_chips() -> None:
    answer = lantern_answer("q")
    first = answer.sentences[0]
    text = f"{first.text} [1][1] [7] and more."
    answer = answer.model_copy(update={"answer": text, "sentences": (first,)})
    text = Tags(render_exchange(Exchange(question="q", answer=answer), turn=0)).text
    assert f"{first.text}\xa01 [7] and more." in text


def test_a_dropped_sentence_is_told_apart_from_the_answer() -> None:
    tags = shown("dropped")
    assert "Left out because nothing supports it (1)" in tags.text
    assert tags.text.count("Lanterns are loved by poets.") == 1


def test_the_foot_of_an_answer_says_what_a_chat_model_used_for_it() -> None:
    used = Usage.of(ModelUse(model="m", calls=2, input_tokens=1200, output_tokens=80))
    priced = used.model_copy(update={"cost": 0.0012, "currency": "EUR"})
    answer = lantern_answer("q").model_copy(update={"usage": priced})
    text = Tags(render_exchange(Exchange(question="q", answer=answer), turn=0)).text
    assert "2 calls, 1,200 tokens in, 80 out, 0.0012 EUR" in text
    assert "tokens" not in shown("lanterns").text


def test_an_answer_in_progress_is_busy_and_shows_its_draft() -> None:
    html = render_exchange(Exchange(question="q", draft="So <far>"), turn=0)
    assert 'aria-busy="true"' in html
    assert "So &lt;far&gt;" in html


def test_a_long_question_is_shortened_for_display() -> None:
    text = Tags(render_exchange(Exchange(question="x" * 100_000), turn=0)).text
    assert len(text) < 1000
    assert "(100,000 characters)" in text


def test_the_panel_marks_exactly_the_quoted_words() -> None:
    source = PAPERS[0]
    panel = Tags(render_panel(source, citations=[cite(1, source, LANTERN_QUOTE)]))
    assert panel.marked == LANTERN_QUOTE
    assert source.abstract in panel.text


def test_the_panel_marks_a_quote_in_the_wording_that_it_names() -> None:
    old, new = "An older wording, with one claim.", "A newer wording."
    versions = (AbstractVersion(text=new), AbstractVersion(text=old))
    source = paper("p", "T", new)
    source = type(source)(paper_id="p", title="T", versions=versions)
    citation = Citation(
        marker=1, paper_id="p", field="abstract", version=versions[1].digest,
        quote="one claim", start=old.index("one claim"), end=old.index("one claim") + 9,
    )  # fmt: skip
    panel = Tags(render_panel(source, citations=[citation]))
    assert panel.marked == "one claim"
    assert "earlier wording" in panel.text
    assert old in panel.text


def test_a_quote_that_no_stored_wording_has_is_shown_apart_and_marks_nothing_else() -> None:
    source = PAPERS[0]
    stale = cite(1, source, LANTERN_QUOTE).model_copy(
        update={"quote": "Gone words.", "version": "000000000000"}
    )
    panel = Tags(render_panel(source, citations=[stale]))
    assert panel.marked == "Gone words."
    assert "no longer stored" in panel.text


def test_overlapping_quotes_are_marked_once() -> None:
    source = PAPERS[0]
    citations = [cite(1, source, "forty lanterns in a dark"), cite(1, source, "in a dark hall")]
    panel = Tags(render_panel(source, citations=citations))
    assert panel.marked == "forty lanterns in a dark hall"
    assert source.abstract in panel.text


def test_a_large_library_is_cut_and_says_so() -> None:
    papers = [paper(f"p{n}", f"Title {n}", "A.") for n in range(SHOWN_PAPERS + 1)]
    html = render_papers(papers)
    assert html.count("<li>") == SHOWN_PAPERS
    assert f"{len(papers)} papers, the first {SHOWN_PAPERS} shown" in html
    assert "No paper matches" in render_papers([], query="x")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Nothing leaves this machine"),
        ({"model": "llamacpp:/m.gguf"}, "Nothing leaves this machine"),
        ({"model": "openai:m", "base_url": "http://127.0.0.1:8080/v1"}, "Nothing leaves"),
        ({"model": "ollama:m"}, "Nothing leaves"),
        ({"model": "ollama:m-cloud"}, "go to ollama"),
        ({"model": "openai:m"}, "go to openai"),
        ({"model": "openai:m", "base_url": "https://k:s@api.example.org/v1"}, "//api.example.org"),
        ({"chroma_url": "http://db.example.org:8000"}, "go to http://db.example.org:8000"),
    ],
)
def test_the_header_says_what_leaves_the_machine(given: dict[str, str], said: str) -> None:
    settings = Settings(_env_file=None, **given)
    text = Tags(render_header(settings, papers=63)).text
    assert "63 papers" in text
    assert (given.get("model") or "quoting writer") in text
    assert said in text
    assert "k:s" not in text


def test_the_header_says_what_to_do_without_a_library() -> None:
    text = Tags(render_header(Settings(_env_file=None), papers=None)).text
    assert "litdesk ingest" in text


def test_examples_come_from_the_records() -> None:
    assert example_questions(PAPERS[:2]) == [
        "What is LAMP?",
        "What does “How High a Kite Can Fly on a Cotton Line” find?",
        "Which papers by Ada Wick are here?",
        "What appeared in 2021?",
    ]
    assert example_questions([]) == []


@pytest.mark.parametrize(
    ("ref", "shown_text"),
    [
        ("c-0-0-1", LANTERN_QUOTE),
        ("v-0-2", "The passage says the opposite."),
        ("v-0-3", "no passage has this number"),
        ("r-0-1", "Annals of Wind"),
        ("p-0-0", "Journal of Dim Halls"),
        ("l-string2023kites", "Annals of Wind"),
        ("l-nobody", "No paper is named nobody."),
        ("c-7-0-1", "no longer held"),
        ("c-0-99-1", "no longer held"),
        ("x-0-0", "no longer held"),
        ("c-0", "no longer held"),
        ("", "no longer held"),
        ("c-a-b", "no longer held"),
    ],
)
def test_a_button_shows_its_source_or_says_why_not(ref: str, shown_text: str) -> None:
    exchanges = [Exchange(question="q", answer=lantern_answer("q"))]
    assert shown_text in Tags(show_source(FakeAssistant(), exchanges, ref=ref)).text


def test_a_reference_marks_all_that_the_answer_quotes_from_it() -> None:
    exchanges = [Exchange(question="q", answer=lantern_answer("q"))]
    panel = Tags(show_source(FakeAssistant(), exchanges, ref="r-0-0"))
    assert LANTERN_QUOTE in panel.marked
    assert "Wind has no effect on it." in panel.marked
