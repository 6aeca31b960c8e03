from __future__ import annotations

import random

import pytest

from litdesk.sentences import content_words, split_sentences, stem, stems, words


def sentences(text):
    return [text[span.start : span.end] for span in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" \n\t ", 0),
        ("One", 1),
        ("One. Two.", 2),
        ("Really? Yes! Good.", 3),
        ("We follow Vyas et al. (2024) and Smith et al. 2023 here.", 1),
        ("Use it, e.g. Adam, i.e. SGD, cf. Fig. 3 and Eq. 4 vs. Tab. 5.", 1),
        ("Rates of 3.5 and 0.1 differ. It is v2.0 now.", 2),
        ("J. Smith and A. B. Jones wrote it.", 1),
        ("We say “It works.” Then we stop.", 2),
        ("(It works.) Then we stop.", 2),
        ("A formula $a. B$ is whole. Next.", 2),
        ("it ends. but this goes on", 1),
        ("First paragraph\n\nSecond paragraph", 2),
        ("Wait... What? Yes.", 3),
        ("Adam, SGD, etc. We test all.", 2),
        ("Übung. Éclair. Ωmega.", 3),
        ("\\textbf{A} is. \\textbf{B} is not.", 2),
    ],
)
def test_a_text_has_so_many_sentences(text, count):
    assert len(sentences(text)) == count


@pytest.mark.parametrize(
    "text",
    [
        "🐝 is a set. 👩‍🔬 ran. It works.",
        "Cafe\u0301 opened. E\u0301tude closed.",
        "\ufeffFirst. \u200bSecond. Third\u00a0one.",
        "日本語。 次の文。 English now. Done.",
    ],
)
def test_sentences_are_slices_that_lose_nothing_but_white_space(text):
    found = sentences(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(one == one.strip() != "" for one in found)


def test_spans_are_in_order_and_never_overlap_whatever_the_text():
    pieces = ["a", "B", ". ", "? ", "$", "\n\n", "et al. ", "”", "(", ") ", "1.5 ", "🐝", "e.g. "]
    for seed in range(300):
        text = "".join(random.Random(seed).choices(pieces, k=40))  # noqa: S311 (no secret)
        ends = [0]
        for span in split_sentences(text):
            assert ends[-1] <= span.start < span.end <= len(text)
            ends.append(span.end)
        assert "".join("".join(sentences(text)).split()) == "".join(text.split())


def test_hyphenated_words_are_whole_and_in_parts():
    assert words("Chain-of-Thought") == ["chain-of-thought", "chain", "of", "thought"]
    assert words("C++ and Adam’s AdamW's 3.5") == ["c++", "and", "adam", "adamw", "3.5"]
    assert words("") == words("§ % —") == []


def test_content_words_have_no_stop_words_and_stems_no_endings():
    assert content_words("What is the dance of the bees?") == ["dance", "bees"]
    assert stems("dances dancing danced") == [stem("dance")] * 3
