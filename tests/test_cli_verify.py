"""`litdesk verify`, from a file to what a reader, a program and CI get."""

from __future__ import annotations

import io
import json
import random
from types import SimpleNamespace

import pytest
from tests.desk import BEES, open_desk

from litdesk.cli import main
from litdesk.conversations import as_markdown
from litdesk.review.docx import save_docx
from litdesk.review.markdown import to_markdown

GOOD = "Honey bees dance to tell of flowers [@lima2021dance].\n"
WRONG = "Dancers waggled 53% longer with pollen [@lima2021dance].\n"


@pytest.fixture
def desk(tmp_path, word_embeddings):
    with open_desk(tmp_path) as assistant:
        [bees] = [p for p in assistant.papers() if p.title == BEES["title"]]
    return SimpleNamespace(folder=tmp_path, key=bees.paper_id)


def run(desk, text, *options, name="text.md"):
    path = desk.folder / name
    path.write_text(text.replace("@lima2021dance", f"@{desk.key}"), encoding="utf-8")
    library = str(desk.folder / "library")
    return main(["verify", str(path), "--library", library, "--judge", "rules", *options])


def test_a_reader_gets_sentence_verdict_reason_judge_and_the_words(desk, capsys):
    assert run(desk, f"# Bees\n\n{GOOD}{WRONG}Moths fly.\n") == 0
    assert capsys.readouterr().out.splitlines() == [
        "text.md: 3 sentences, 1 supported, 1 unsupported, 1 unchecked; judged by rules",
        "",
        f"line 3: supported  Honey bees dance to tell of flowers [@{desk.key}].",
        "    word for word in the abstract (rules, 0.99)",
        f"    {desk.key}, characters 0–36: “Honey bees dance to tell of flowers.”",
        "",
        f"line 4: unsupported  Dancers waggled 53% longer with pollen [@{desk.key}].",
        "    the number 53% is not in the cited text (rules, 0.23)",
        f"    {desk.key}, characters 37–76: “Dancers waggled 35% longer with pollen.”",
        "",
        "line 5: unchecked  Moths fly.",
        "    it cites nothing",
    ]


def test_a_program_gets_one_json_document(desk, capsys):
    assert run(desk, WRONG + "Moths fly [@moths].\n", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"file", "unit", "judge", "counts", "sentences", "references"}
    assert found["sentences"][0]["verdict"] == "unsupported"
    assert found["sentences"][0]["line"] == 1
    assert [r["status"] for r in found["references"]] == ["ok", "not in the library"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GOOD, 0),
        (GOOD + "Moths fly.", 0),
        (GOOD + WRONG, 4),
        (GOOD + "Moths fly [@moths].", 0),
        ("Moths fly [@moths].", 5),
        (GOOD + "Bees fly [3].\n\n# References\n\n[1] Lima. How Bees Dance. 2021.", 4),
    ],
)
def test_strict_is_for_ci(desk, text, code):
    assert run(desk, text, "--strict") == code
    assert run(desk, text) == 0


def test_standard_input_is_markdown(desk, capsys, monkeypatch):
    text = GOOD.replace("@lima2021dance", f"@{desk.key}").encode()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    library = str(desk.folder / "library")
    assert main(["verify", "-", "--library", library, "--judge", "rules"]) == 0
    assert capsys.readouterr().out.startswith("standard input: 1 sentence, 1 supported")


def test_keys_of_a_bib_file_are_understood(desk, capsys):
    bib = desk.folder / "refs.bib"
    bib.write_text("@misc{dance, title={How Bees Dance}, author={Lima, Ana}, year={2021}}")
    text = "Honey bees dance to tell of flowers [@dance]."
    assert run(desk, text, "--bib", str(bib), "--strict") == 0
    assert f"@dance {desk.key}" in capsys.readouterr().out


def test_a_sentence_that_cites_nothing_is_looked_for_on_request(desk, capsys):
    assert run(desk, "A scent trail fades within an hour.", "--uncited") == 0
    shown = capsys.readouterr().out
    assert "it cites nothing; " in shown
    assert "elsewhere: " in shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Bees dance. Ants walk.", ("text.md cites nothing in its 2 sentences", "--uncited")),
        ("", ("text.md is empty",)),
        ("# Bees\n", ("no sentence",)),
    ],
)
def test_a_text_that_cannot_be_checked_is_wrong_usage_with_a_remedy(desk, capsys, text, words):
    assert run(desk, text) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in words)


def test_a_missing_file_and_a_bad_judge_are_told_in_json_as_well(desk, capsys):
    library = str(desk.folder / "library")
    assert main(["verify", "no.md", "--json", "--library", library]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["type"] == "CitedTextError"
    assert "no.md" in error["message"]
    assert run(desk, GOOD, "--judge", "oracle") == 2


def test_what_litdesk_wrote_is_supported_and_a_changed_number_is_caught(
    seeds, seeds_library, tmp_path, capsys
):
    """A conversation and a review, exported, pass without change; an edited one does not."""
    questions = (
        "What does SOAP do differently from Shampoo?",
        "Who wrote Deep Inventory Management?",
        "How many papers are from 2022?",
    )
    answers = tuple(seeds.ask(question) for question in questions)
    review = seeds.review("inventory management with reinforcement learning")
    save_docx(review, tmp_path / "review.docx")
    said = SimpleNamespace(title="Asked", updated="2025-01-01", answers=answers)
    exports = {"answer.md": as_markdown(said), "review.md": to_markdown(review)}
    for name, text in exports.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name in (*exports, "review.docx"):
        found = _verified(tmp_path / name, seeds_library, capsys)
        cited = [s for s in found["sentences"] if s["citations"]]
        assert len(cited) >= 5, name
        assert [s for s in cited if s["verdict"] != "supported"] == [], name
        assert {r["status"] for r in found["references"]} == {"ok"}, name
    edited = exports["answer.md"].replace("one additional hyperparameter", "two additional layers")
    edited = edited.replace("40%", "60%")
    assert edited != exports["answer.md"]
    lines = zip(exports["answer.md"].split("\n"), edited.split("\n"), strict=True)
    changed = [n for n, (one, other) in enumerate(lines, start=1) if one != other]
    (tmp_path / "edited.md").write_text(edited, encoding="utf-8")
    failed = _verified(tmp_path / "edited.md", seeds_library, capsys, code=4)["sentences"]
    wrong = [s["line"] for s in failed if s["citations"] and s["verdict"] != "supported"]
    assert wrong
    assert set(wrong) <= set(changed)


def _verified(path, library, capsys, code=0):
    options = ["--library", str(library), "--judge", "rules", "--json", "--strict"]
    assert main(["verify", str(path), *options]) == code
    return json.loads(capsys.readouterr().out)


WORDS = (
    "bees", "dance", "35%", "not", "[@lima2021dance]", "[1]", "[9]", "@lima2021dance",
    "Lima et al.",
    "(2021)", "“", "”", "flowers.", "\n\n", "# ", "References\n\n[1] How Bees Dance\n", "?", "\n- ",
    "was written by", "2019", "…", "[@]", "@", "$", "\\", "all", "the paper", ".", "é", "[1-9]",
)  # fmt: skip


def test_no_text_whatever_gives_a_traceback(desk, capsys):
    rng = random.Random(0)  # noqa: S311 (chance is for covering ground)
    for _ in range(25):
        text = " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 40)))
        assert run(desk, text, "--uncited") in (0, 2)
        shown = capsys.readouterr()
        assert "did not expect" not in shown.err
        assert "Traceback" not in shown.err
