"""The page in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.browser.conftest import visiting
from tests.browser.fake_assistant import HOSTILE, KITE_QUOTE, LANTERN_QUOTE

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser
    from tests.browser.conftest import Visit
    from tests.browser.fake_assistant import FakeAssistant

# Gradio counts its events with what pandas is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")

Served = tuple["FakeAssistant", str]


def open_source(visit: Visit, chip: str = "#ld-c-0-0-1") -> None:
    visit.page.click(chip)
    visit.page.locator(".ld-source").wait_for()


def test_an_answer_streams_and_its_chip_opens_the_passage_with_the_quote_marked(
    visit: Visit,
) -> None:
    visit.start("slow lanterns")
    draft = visit.page.locator(".ld-draft .ld-prose")
    draft.wait_for()
    assert 0 < len(draft.inner_text()) < len(LANTERN_QUOTE)
    visit.page.locator("#ld-turn-0[aria-busy=false]").wait_for()
    assert LANTERN_QUOTE in visit.look(".ld-prose")

    open_source(visit)
    panel = visit.page.locator(".ld-source")
    assert panel.locator("mark").text_content() == LANTERN_QUOTE
    assert LANTERN_QUOTE in (panel.locator(".ld-abstract").text_content() or "")
    text = panel.inner_text()
    for shown in (
        "LAMP: The Fall of Light",
        "Ada Wick, Bo Tallow, Cleo Ember",
        "2021 · Journal of Dim Halls",
        "supported",
        "The words are quoted as they stand.",
    ):
        assert shown in text
    link = panel.get_by_role("link")
    assert link.get_attribute("href") == "https://arxiv.org/abs/2103.01234"
    assert "noopener" in (link.get_attribute("rel") or "")


def test_sentences_that_are_not_supported_carry_their_verdict(visit: Visit) -> None:
    visit.ask("lanterns")
    badges = visit.page.locator("button.ld-verdict").all_inner_texts()
    assert badges == ["contradicted", "not supported", "uncertain", "not checked"]
    assert "2 of 6 sentences supported" in visit.look(".ld-foot")
    visit.page.click("#ld-v-0-2")
    visit.page.get_by_text("The passage says the opposite.").wait_for()
    assert visit.page.locator(".ld-source mark").text_content() == "Wind has no effect on it."


def test_a_citation_of_nothing_and_a_citation_of_the_record_are_shown_as_such(
    visit: Visit,
) -> None:
    visit.ask("lanterns")
    visit.page.click("#ld-c-0-3-9")
    visit.page.get_by_text("no passage has this number").wait_for()
    visit.page.click("#ld-c-0-5-1")
    visit.page.get_by_text("From the record").wait_for()
    assert visit.page.locator(".ld-source mark").text_content() == "Ada Wick, Bo Tallow, Cleo Ember"


def test_hostile_text_is_shown_as_text_and_does_nothing(visit: Visit) -> None:
    visit.ask("hostile")
    open_source(visit)
    visit.page.wait_for_timeout(300)
    assert visit.page.locator(".ld-source mark").text_content() == HOSTILE
    assert (visit.page.locator(".ld-sentence").first.text_content() or "") == HOSTILE
    assert visit.page.evaluate("window.hacked") is None
    within = ":is(#ld-live, #ld-side, #ld-papers)"
    for element in ("img", "script", "form", "iframe", "video", "image", "input", "a", "style"):
        assert visit.page.locator(f"{within} :is({element}:not(#ld-search *))").count() == 0
    assert "{{7*7}}" in visit.look(".ld-references")
    # the record's own address is no https link, so there is none


def test_an_inline_script_that_got_into_the_page_would_not_run(visit: Visit) -> None:
    visit.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend',"
        ' \'<img src="data:," onerror="window.hacked = 1">\')'
    )
    visit.page.evaluate(
        "{ const s = document.createElement('script'); s.textContent = 'window.hacked = 2';"
        " document.body.append(s); }"
    )
    visit.page.wait_for_timeout(300)
    assert visit.page.evaluate("window.hacked") is None
    refused = [text for text in visit.complaints if "Content Security Policy" in text]
    assert len(refused) == 2
    visit.complaints.clear()


def test_a_failing_assistant_leaves_the_page_alive(visit: Visit) -> None:
    for question, shown in (
        ("crash", "RuntimeError"),
        ("midway", "RuntimeError"),
        ("refuse", "The model is away. Start it."),
        ("failed", "The model did not answer in time."),
        ("x" * 100_000, "The question is too long. Ask a shorter one."),
    ):
        visit.ask(question)
        assert shown in visit.look("#ld-live .ld-problem")
    assert "<b>" not in visit.look("#ld-live")
    visit.ask("lanterns \x07\x00 \u202e after all")
    assert LANTERN_QUOTE in visit.look("#ld-live .ld-prose")
    open_source(visit, "#ld-c-5-0-1")


def test_an_empty_question_is_not_asked(visit: Visit, served: Served) -> None:
    asked = len(served[0].asked)
    visit.start("   ")
    visit.page.get_by_text("Type a question first.").wait_for()
    assert len(served[0].asked) == asked
    visit.ask("lanterns")


def test_an_abstention_gives_its_reason_and_the_nearest_papers(visit: Visit) -> None:
    visit.ask("submarine")
    text = visit.look(".ld-abstention")
    assert "Not answered" in text
    assert "None of the papers is about submarines." in text
    nearest = visit.page.locator(".ld-abstention").get_by_role("button")
    nearest.filter(has_text="How High a Kite Can Fly").click()
    visit.page.get_by_text("Annals of Wind").wait_for()


def test_an_example_is_asked_by_a_click(visit: Visit, served: Served) -> None:
    visit.page.get_by_role("button", name="What is LAMP?").click()
    visit.page.locator("#ld-turn-0[aria-busy=false]").wait_for()
    assert served[0].asked[-1][0] == "What is LAMP?"
    assert not visit.page.locator("#ld-welcome").is_visible()


def test_a_follow_up_passes_the_history_and_a_new_conversation_does_not(
    visit: Visit, served: Served
) -> None:
    visit.ask("lanterns")
    visit.ask("crash")
    visit.ask("and kites?")
    question, history = served[0].asked[-1]
    assert question == "and kites?"
    assert [turn.question for turn in history] == ["lanterns"]
    assert history[0].paper_ids == ("wick2021lantern", "string2023kites")
    open_source(visit, "#ld-c-0-0-1")  # an earlier answer can still be checked

    visit.page.get_by_role("button", name="New conversation").click()
    visit.page.locator("#ld-welcome").wait_for()
    visit.ask("lanterns again")
    assert served[0].asked[-1][1] == ()


def test_tabs_have_conversations_of_their_own(
    visit: Visit, served: Served, browser: Browser
) -> None:
    with visiting(browser, served[1]) as other:
        visit.ask("slow lanterns")
        other.ask("kites")
        assert served[0].asked[-1][1] == ()
        visit.ask("more lanterns")
        assert [t.question for t in served[0].asked[-1][1]] == ["slow lanterns"]
        other.ask("more kites")
        assert [t.question for t in served[0].asked[-1][1]] == ["kites"]


def test_an_answer_can_be_stopped(visit: Visit) -> None:
    visit.start("slow lanterns")
    visit.page.locator(".ld-draft").wait_for()
    visit.page.get_by_role("button", name="Stop", exact=True).click()
    visit.page.get_by_text("Stopped before the answer was finished.").wait_for()
    visit.page.wait_for_timeout(500)  # Gradio takes no new event until the old one is cancelled
    visit.ask("lanterns")
    assert visit.page.locator(".ld-exchange").count() == 2


def test_a_chip_works_from_the_keyboard_and_escape_goes_back_to_it(visit: Visit) -> None:
    visit.ask("lanterns")
    focused = "document.activeElement.id"
    visit.page.locator("#ld-fresh").focus()
    for _ in range(40):
        visit.page.keyboard.press("Shift+Tab")
        if visit.page.evaluate(focused) == "ld-c-0-1-2":
            break
    assert visit.page.evaluate(focused) == "ld-c-0-1-2"
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("heading", name="How High a Kite Can Fly").wait_for()
    visit.page.wait_for_function("document.activeElement.tagName === 'H2'")
    visit.page.keyboard.press("Escape")
    assert visit.page.evaluate(focused) == "ld-c-0-1-2"


def test_everything_that_can_be_pressed_has_a_name(visit: Visit) -> None:
    visit.ask("lanterns")
    open_source(visit)
    nameless = visit.page.evaluate(
        """() => [...document.querySelectorAll("#ld-desk button, #ld-desk a, #ld-desk textarea")]
            .filter((e) => e.checkVisibility() && !e.closest("[aria-hidden=true]"))
            .filter((e) => !(e.ariaLabel || e.textContent.trim() || e.labels?.length))
            .map((e) => e.outerHTML)"""
    )
    assert nameless == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, served: Served, scheme: str) -> None:
    with visiting(browser, served[1], color_scheme=scheme) as visit:
        visit.ask("lanterns")
        open_source(visit)
        faint = visit.page.evaluate(CONTRAST)
        assert faint == []


def test_a_narrow_screen_shows_the_source_as_a_sheet(browser: Browser, served: Served) -> None:
    with visiting(browser, served[1], viewport={"width": 400, "height": 800}) as visit:
        visit.ask("lanterns")
        assert visit.page.evaluate("document.scrollingElement.scrollWidth") <= 400
        assert not visit.page.locator("#ld-side").is_visible()
        open_source(visit)
        visit.page.get_by_role("button", name="Close the source").click()
        visit.page.locator("#ld-side").wait_for(state="hidden")


def test_the_library_lists_and_searches_the_papers(visit: Visit) -> None:
    visit.page.get_by_role("tab", name="Library").click()
    items = visit.page.locator(".ld-library li")
    items.nth(2).wait_for()
    visit.page.get_by_label("Search the papers").fill("cotton")
    visit.page.get_by_text(re.compile("^1 paper$")).wait_for()
    items.first.get_by_role("button").click()
    visit.page.locator(".ld-source").get_by_text("Annals of Wind").wait_for()


def test_a_number_of_a_review_opens_the_passage_with_the_quote_marked(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("tab", name="Review").click()
    box = page.get_by_label("Topic of the review")
    box.fill("<b>light</b>")
    box.press("Enter")
    page.locator("#ld-reviewed article").wait_for()
    assert page.get_by_role("tab", name="Review").count() == 1
    assert visit.look("#ld-reviewed h2") == "<b>light</b>: a review of two papers"
    page.locator("#ld-reviewed .ld-prose .ld-chip").click()
    page.locator(".ld-source mark").wait_for()
    assert visit.look(".ld-source mark") == LANTERN_QUOTE
    page.locator("#ld-reviewed td .ld-chip").last.click()
    page.locator(".ld-source mark", has_text=KITE_QUOTE).wait_for()
    assert "How High a Kite" in visit.look(".ld-source h2")
    page.locator("#ld-reviewed .ld-references .ld-chip").first.click()
    page.locator(".ld-source mark", has_text=LANTERN_QUOTE).wait_for()


def test_a_review_is_changed_by_naming_papers_and_taken_away_as_files(
    visit: Visit, tmp_path: Path
) -> None:
    page = visit.page
    page.get_by_role("tab", name="Review").click()
    box = page.get_by_label("Topic of the review")
    box.fill("light")
    box.press("Enter")
    page.get_by_role("button", name="Cite it").click()
    page.get_by_role("heading", name="light: a changed review").wait_for()
    page.get_by_text("cite ('evil2024img',), leave out ()").wait_for()
    page.get_by_role("button", name="Leave out: How High a Kite").click()
    page.get_by_text("cite ('evil2024img',), leave out ('string2023kites',)").wait_for()
    for name, ending in (
        ("Save as Markdown", ".md"), ("Save as Word", ".docx"), ("Save as JSON", ".json"),
        ("Save the references", ".bib"),
    ):  # fmt: skip
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        assert download.value.suggested_filename == f"light{ending}"
        download.value.save_as(tmp_path / name)
        assert (tmp_path / name).stat().st_size
    assert KITE_QUOTE in (tmp_path / "Save as Markdown").read_text("utf-8")
    box.fill("  ")
    box.press("Enter")
    page.get_by_text("Type a topic first.").wait_for()
    page.get_by_role("heading", name="light: a changed review").wait_for()


def test_a_review_that_fails_leaves_the_page_alive(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("tab", name="Review").click()
    box = page.get_by_label("Topic of the review")
    box.fill("crash")
    box.press("Enter")
    page.locator("#ld-reviewed .ld-problem").wait_for()
    assert "the terminal has the details" in visit.look("#ld-reviewed .ld-problem")
    box.fill("light")
    box.press("Enter")
    page.locator("#ld-reviewed article").wait_for()


def test_the_header_says_what_is_in_use(visit: Visit) -> None:
    visit.page.get_by_text("3 papers", exact=True).wait_for()
    text = visit.look("#ld-head")
    assert "quoting writer" in text
    assert "Nothing leaves this machine" in text


def test_the_papers_read_can_be_unfolded_and_an_answer_copied(visit: Visit) -> None:
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.ask("lanterns")
    visit.page.get_by_text("3 papers read for this answer").click()
    assert visit.page.locator("#ld-p-0-0").is_visible()
    visit.page.get_by_role("button", name="Copy the answer").click()
    visit.page.get_by_text("Copied").wait_for()
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{LANTERN_QUOTE} [1] ")
    assert "(contradicted)" in copied
    assert "[2] Dev String, Ada Wick (2023)" in copied


CONTRAST = """() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const color = parse(getComputedStyle(e).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const e of document.querySelectorAll("#ld-head *, #ld-main *, #ld-side *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${e.className}: ${e.textContent.slice(0, 30)} ${ratio}`);
  }
  return faint;
}"""


def test_a_conversation_is_there_again_after_a_reload_and_can_be_gone_on_with(
    visit: Visit, served: Served
) -> None:
    assistant, _ = served
    visit.ask("lanterns at two metres")
    visit.page.reload()
    visit.page.locator("#ld-turn-0[aria-busy=false]").wait_for()
    assert LANTERN_QUOTE in visit.look(".ld-prose")
    open_source(visit)
    assert visit.page.locator(".ld-source mark").text_content() == LANTERN_QUOTE
    visit.ask("and kites?")
    question, turns = assistant.asked[-1]
    assert (question, [turn.question for turn in turns]) == (
        "and kites?",
        ["lanterns at two metres"],
    )
    assert len(list(assistant.conversations.kept.values())[-1]) == 2


def test_a_past_conversation_can_be_chosen_from_the_list(visit: Visit) -> None:
    visit.ask("lanterns to be chosen")
    visit.page.get_by_role("button", name="New conversation").click()
    visit.page.locator(".ld-exchange").first.wait_for(state="detached")
    visit.page.get_by_label("Past conversations").click()
    visit.page.get_by_role("option", name=re.compile("lanterns to be chosen")).first.click()
    visit.page.locator("#ld-turn-0[aria-busy=false]").wait_for()
    assert visit.look("#ld-turn-0 h2") == "lanterns to be chosen"


def test_a_new_conversation_stays_new_after_a_reload(visit: Visit) -> None:
    visit.ask("lanterns")
    visit.page.get_by_role("button", name="New conversation").click()
    visit.page.locator(".ld-exchange").first.wait_for(state="detached")
    visit.page.reload()
    visit.page.get_by_label("Your question").wait_for()
    visit.page.wait_for_timeout(500)
    assert visit.page.locator(".ld-exchange").count() == 0
