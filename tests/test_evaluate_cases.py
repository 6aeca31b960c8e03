import json
from pathlib import Path

import pytest

from litdesk.errors import CaseFileError
from litdesk.evaluate.cases import Case, Resolved, Titles, read_cases
from litdesk.evaluate.files import write_lines
from litdesk.evaluate.rows import read_rows
from litdesk.types import Paper

SEEDS = Path(__file__).parents[1] / "evals" / "cases"


def written(tmp_path, *lines):
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def refusal(path):
    with pytest.raises(CaseFileError) as caught:
        read_cases(path)
    assert caught.value.exit_code == 2
    return caught.value.message


def test_the_shipped_cases_are_all_read():
    cases = read_cases(*sorted(SEEDS.glob("seeds-*.jsonl")))
    lines = sum(len(p.read_text().splitlines()) for p in SEEDS.glob("seeds-*.jsonl"))
    assert len(cases) == lines >= 60


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "a"}', "field user_input is missing"),
        ('{"id": "a", "user_input": 3}', "field user_input: input should be a valid string"),
        ('{"user_input": "Why?", "answerable": "yes"}', "field answerable"),
        ('{"user_input": "Why?", "key_facts": [["a", 1]]}', "field key_facts.0.1"),
        ('{"user_input": "Why?", "history": [{"user_imput": "x"}]}', "history.0.user_imput"),
        ('{"user_input": "Why?", "key_fact": []}', "field key_fact is not known"),
        ('{"user_input": ""}', "field user_input"),
        ('{"user_input": "Why?"', "no JSON object"),
        ("[1, 2]", "should be an object"),
    ],
)
def test_a_bad_line_is_named_with_file_line_and_field(tmp_path, line, said):
    path = written(tmp_path, '{"user_input": "Good?"}', "", line)
    message = refusal(path)
    assert f"{path}:3: " in message
    assert said in message


def test_every_fault_is_named_up_to_ten(tmp_path):
    message = refusal(written(tmp_path, *['{"id": "a"}'] * 30))
    assert message.count("user_input is missing") == 10
    assert message.endswith("and more.")


def test_an_id_that_occurs_twice_is_named_with_both_places(tmp_path):
    line = '{"id": "one", "user_input": "Why?"}'
    path = written(tmp_path, line, line)
    assert f"{path}:2: field id: 'one' stands already in {path}:1" in refusal(path)


def test_an_empty_missing_or_binary_file_is_said_so(tmp_path):
    assert "is empty" in refusal(written(tmp_path, "", "  "))
    assert "cannot be read" in refusal(tmp_path / "nowhere.jsonl")
    path = tmp_path / "binary.jsonl"
    path.write_bytes(b'{"user_input": "\xff"}')
    assert "byte 17 is not UTF-8" in refusal(path)


def test_a_file_that_is_one_list_is_said_so_once(tmp_path):
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps([{"user_input": "Why?"}], indent=1))
    message = refusal(path)
    assert "cases.jsonl:1: a list, where one JSON object a line is wanted." in message
    assert ":2:" not in message


def test_a_byte_order_mark_and_fields_of_ragas_are_let_in(tmp_path):
    path = tmp_path / "cases.jsonl"
    sample = {
        "user_input": "Why?",
        "response": "So.",
        "retrieved_contexts": ["x"],
        "reference": "So.",
        "reference_contexts": ["x"],
        "retrieved_context_ids": [7],
        "reference_context_ids": ["7"],
        "rubrics": {"a": "b"},
    }
    path.write_text("\ufeff" + json.dumps(sample), encoding="utf-8")
    (case,) = read_cases(path)
    assert case.id.startswith("q-")
    assert case.retrieved_context_ids == (7,)


def test_the_bad_one_of_a_hundred_thousand_lines_is_found(tmp_path):
    good = [f'{{"id": "{n}", "user_input": "Why {n}?"}}' for n in range(100_000)]
    assert len(read_cases(written(tmp_path, *good))) == 100_000
    good[77_776] = '{"id": "x"}'
    assert "cases.jsonl:77777: field user_input is missing" in refusal(written(tmp_path, *good))


def test_a_plain_string_is_a_fact_of_one_phrase(tmp_path):
    (case,) = read_cases(written(tmp_path, '{"user_input": "Why?", "key_facts": ["a", ["b","c"]]}'))
    assert case.key_facts == (("a",), ("b", "c"))


def test_papers_are_found_by_title_alias_and_id_whatever_the_punctuation():
    titles = Titles([Paper(paper_id="vyas2024soap", title="SOAP: Better", aliases=("Old Name",))])
    for name in ("soap better", "SOAP: Better", "old-name", "vyas2024soap"):
        assert titles.find(name) == "vyas2024soap"
    assert titles.find("Other") is None


def test_a_paper_that_the_library_lacks_is_named_with_its_case():
    case = Case(id="one", user_input="Why?", papers=("Nowhere",))
    with pytest.raises(CaseFileError, match="case one, field papers: 'Nowhere'"):
        Resolved.all([case], [Paper(paper_id="a", title="A")])


def test_cases_are_written_as_they_are_read(tmp_path):
    cases = read_cases(SEEDS / "seeds-tune.jsonl")
    write_lines(tmp_path / "again.jsonl", cases)
    assert read_cases(tmp_path / "again.jsonl") == cases


def test_stored_answers_in_ragas_fields_are_split_into_cited_sentences(tmp_path):
    line = {"user_input": "Why?", "retrieved_contexts": ["A.", "B."],
            "response": "It is so [1][2]. Also this. [2] And that [5]."}  # fmt: skip
    (row,) = read_rows(written(tmp_path, json.dumps(line)))
    assert [(s.text, [(c.marker, c.status) for c in s.citations]) for s in row.shown()] == [
        ("It is so.", [(1, "ok"), (2, "ok")]),
        ("Also this.", [(2, "ok")]),
        ("And that.", [(5, "unknown")]),
    ]


def test_the_same_row_twice_is_refused(tmp_path):
    line = '{"id": "a", "user_input": "Why?", "response": "So."}'
    with pytest.raises(CaseFileError, match="stands already in line 1"):
        read_rows(written(tmp_path, line, line))
