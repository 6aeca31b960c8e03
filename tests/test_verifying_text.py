# ruff: noqa: E501, S311 (a line is a case, and chance is for covering ground)
"""Reading a cited text: what is a sentence, what it cites, and what is only listed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from litdesk.errors import CitedTextError
from litdesk.types import Verdict
from litdesk.verifying.blocks import blocks_of_markdown
from litdesk.verifying.cited_text import CitedText, load_cited_text, parse_blocks


def parsed(text: str, *, plain: bool = False) -> CitedText:
    return parse_blocks(blocks_of_markdown(text, plain=plain), "text")


def cited(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(s.claim, s.cited) for s in parsed(text).sentences]


@pytest.mark.parametrize(
    ("text", "claim", "labels"),
    [
        ("Bees dance [@lima2021bees].", "Bees dance.", ("@lima2021bees",)),
        ("Bees dance [@a; @b, p. 3].", "Bees dance.", ("@a", "@b")),
        ("Bees dance [see @a, pp. 3-5; also -@b].", "Bees dance.", ("@a", "@b")),
        ("Bees dance (see @a; @b).", "Bees dance.", ("@a", "@b")),
        ("@lima2021bees says that bees dance.", "The paper says that bees dance.", ("@lima2021bees",)),
        ("As @a [p. 3] shows, bees dance.", "As the paper shows, bees dance.", ("@a",)),
        ("Bees dance [@{https://x.org/a?b=1}].", "Bees dance.", ("@https://x.org/a?b=1",)),
        ("Bees dance [@doi:10.1/x.y].", "Bees dance.", ("@doi:10.1/x.y",)),
        ("Bees dance [1].", "Bees dance.", ("1",)),
        ("Bees dance. [1]", "Bees dance.", ("1",)),
        ("Bees dance.[1]", "Bees dance.", ("1",)),
        ("Bees [1, 3] dance [2\u20134].", "Bees dance.", ("1", "3", "2", "4")),
        ("Bees dance [1][2].", "Bees dance.", ("1", "2")),
        ("Bees dance \\[1\\].", "Bees dance.", ("1",)),
        ("Bees dance [[1]](#t3-s1 \"Lima 2021\").", "Bees dance.", ("1",)),
        ("Bees dance [4, p. 12].", "Bees dance.", ("4",)),
        ("[1] shows that bees dance.", "The paper shows that bees dance.", ("1",)),
        ("As shown in [1], bees dance.", "As shown in the paper, bees dance.", ("1",)),
        ("Bees dance [?].", "Bees dance.", ("?",)),
        ("Bees dance.[^n]", "Bees dance.", ("^n",)),
        ("**Bees** *dance* [@a].", "Bees dance.", ("@a",)),
        ("Bees `[@x]` dance [@a].", "Bees [@x] dance.", ("@a",)),
        ("Write to ana@hive.org.", "Write to ana@hive.org.", ()),
        ("Write \\@a for a key.", "Write @a for a key.", ()),
        ("Bees dance in $x[1] + y$ ways [@a].", "Bees dance in $x[1] + y$ ways.", ("@a",)),
        ("Bees dance [a link](https://x.org).", "Bees dance a link.", ()),
    ],
)  # fmt: skip
def test_a_citation_is_taken_out_of_what_is_claimed(text, claim, labels):
    [(said, found)] = cited(text)
    assert said == claim
    assert sorted(found) == sorted(labels)


def test_each_sentence_has_its_own_citations_and_line():
    text = parsed("Bees dance [1]. Ants\nwalk.[2] Wasps sting.\n\n[3] says that moths fly.\n")
    assert [(s.claim, s.cited, s.line) for s in text.sentences] == [
        ("Bees dance.", ("1",), 1),
        ("Ants walk.", ("2",), 1),
        ("Wasps sting.", (), 2),
        ("The paper says that moths fly.", ("3",), 4),
    ]


def test_a_sentence_is_shown_with_its_citations():
    [first, second] = parsed("Bees dance [@c]. As @a says, they sing [@b].").sentences
    assert first.text == "Bees dance [@c]."
    assert second.text == "As @a says, they sing [@b]."


def test_numbers_in_brackets_are_text_where_keys_are_cited_and_no_list_numbers_them():
    assert cited("Weights lie in [0, 1] [@a].") == [("Weights lie in [0, 1].", ("@a",))]
    listed = "Weights are small [1] [@a].\n\n# References\n[1] A. Lima. How Bees Dance. 2021."
    assert cited(listed) == [("Weights are small.", ("1", "@a"))]


DOCUMENT = """---
title: Bees
---

# All about bees [@a]

Bees dance [1].

```
print("Bees do not dance [1].")
```

| paper | year |
| --- | --- |
| Bees sing [1]. | 2021 |

<div>Bees fight [1].</div>

- Bees fly [2].

> Bees sleep [2].

Bees sting.[^n]

[^n]: Only some of them do [2].

[home]: https://hive.org "The hive"

## References

1. Lima, A. (2021). How Bees Dance.
2. Zhou, B. (2023). Scent Trails of Ants.

## Appendix

Bees hum [2].
"""


def test_headings_code_tables_html_definitions_and_references_are_no_sentences():
    text = parsed(DOCUMENT)
    assert [s.claim for s in text.sentences] == [
        "Bees dance.", "Bees fly.", "Bees sleep.", "Bees sting.", "Bees hum.",
    ]  # fmt: skip
    assert [s.line for s in text.sentences] == [7, 19, 21, 23, 36]


def test_the_list_of_references_and_the_notes_are_entries():
    labels = {entry.label: entry.text for entry in parsed(DOCUMENT).entries}
    assert labels == {
        "^n": "Only some of them do [2].",
        "1": "Lima, A. (2021). How Bees Dance.",
        "2": "Zhou, B. (2023). Scent Trails of Ants.",
        "home": "The hive https://hive.org",
    }


@pytest.mark.parametrize(
    "listed",
    [
        "# References\n\n[1] A. Lima. How Bees Dance. 2021.\n[2] B. Zhou. Scent Trails. 2023.",
        "## Bibliography\n\n- [1] A. Lima. How Bees Dance. 2021.\n- [2] B. Zhou. Scent Trails. 2023.",
        "References\n\n1. A. Lima. How Bees Dance. 2021.\n2. B. Zhou. Scent Trails. 2023.",
        "[1] A. Lima. How Bees Dance. 2021.\n\n[2] B. Zhou. Scent Trails. 2023.",
        "- \\[1\\] A. Lima. How Bees Dance. 2021.\n- \\[2\\] B. Zhou. Scent Trails. 2023.",
        "[1]: https://doi.org/10.1/bees 'A. Lima. How Bees Dance. 2021.'\n"
        "[2]: https://arxiv.org/abs/2301.00001 'B. Zhou. Scent Trails. 2023.'",
    ],
)
def test_a_list_of_references_may_be_written_in_several_ways(listed):
    text = parsed(f"Bees dance [1], ants walk [2].\n\n{listed}\n")
    assert [s.cited for s in text.sentences] == [("1", "2")]
    assert [entry.label for entry in text.entries] == ["1", "2"]
    assert "How Bees Dance" in text.entries[0].text


def test_indented_lines_are_prose_in_plain_text_and_code_in_markdown():
    text = "Bees dance [1].\n\n    Ants walk [1].\n"
    assert len(parsed(text).sentences) == 1
    assert len(parsed(text, plain=True).sentences) == 2


def test_the_verdicts_of_a_litdesk_export_are_no_part_of_its_sentences():
    text = "Bees sing [@a] (unsupported: the abstract says “dance” (not “sing”)). Ants walk [@b]."
    assert cited(text) == [("Bees sing.", ("@a",)), ("Ants walk.", ("@b",))]


def test_word_documents_are_read_by_paragraph(tmp_path):
    from docx import Document

    document = Document()
    document.add_heading("Bees", level=1)
    document.add_paragraph("Bees dance [1]. They sing.")
    document.add_paragraph("Bees fly [1].", style="List Bullet")
    document.add_heading("References", level=1)
    document.add_paragraph("[1] A. Lima. How Bees Dance. 2021.")
    document.save(str(tmp_path / "bees.docx"))
    text = load_cited_text(tmp_path / "bees.docx")
    assert text.unit == "paragraph"
    assert [(s.claim, s.line) for s in text.sentences] == [
        ("Bees dance.", 2), ("They sing.", 2), ("Bees fly.", 3),
    ]  # fmt: skip
    assert [entry.label for entry in text.entries] == ["1"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("no.md", None, ("no.md", "cannot be opened", "Check that it exists")),
        ("empty.md", b" \n", ("empty.md", "is empty")),
        ("binary.md", b"\x00\x01", ("binary", "Markdown, plain text or .docx")),
        ("latin.md", "Über Bienen".encode("latin-1"), ("latin.md", "line 1", "UTF-8")),
        ("heads.md", b"# One\n\n# Two\n", ("heads.md", "no sentence")),
        ("not.docx", b"Bees dance [1].", ("not.docx", "not a Word document")),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_remedy(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CitedTextError) as raised:
        load_cited_text(tmp_path / name)
    assert all(word in str(raised.value) for word in words)


PIECES = (
    "[", "]", "(", ")", "@", "@key", "[@a", "; @b]", "[1", "-3]", "[^1]", "[^1]: ", "$", "`", "```\n",
    "“", "”", '"', "\n", "\n\n", "# ", "- ", "1. ", "> ", "| a | b |\n|---|---|\n", "---\n", "<div>",
    "References\n\n", "\\", "*", "_", "…", "é", "\ufdd0", "\u2028", "\t", "Bees dance. ", "et al. ",
    "2021", "10.1/x", "http://x.org", "(unsupported: ", "[?]", "a" * 50, "\u0000", "😀", "[0-99999]",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_no_text_whatever_stops_the_reader(seed):
    rng = random.Random(seed)
    for _ in range(25):
        raw = "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 60)))
        try:
            text = load_cited_text(Path("random.md"), raw=raw.encode())
        except CitedTextError:
            continue
        assert all(s.claim and s.line >= 1 for s in text.sentences)
        lines = raw.replace("\r\n", "\n").count("\n") + 1
        assert all(s.line <= lines for s in text.sentences)


def test_verdicts_have_a_place_in_the_export_pattern():
    remarks = [f"Bees sing [@a] ({v.value}: no)." for v in Verdict if v is not Verdict.SUPPORTED]
    assert all(cited(remark) == [("Bees sing.", ("@a",))] for remark in remarks)
