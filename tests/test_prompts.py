from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from litdesk.errors import PromptError
from litdesk.prompts import load_prompt

if TYPE_CHECKING:
    from pathlib import Path

INPUTS = {
    "answer": {"question", "passages", "history", "fence", "max_sentences"},
    "answer_rules": {"language", "fence", "mark", "compact", "abstention"},
}


def write(folder: Path, text: str) -> Path:
    (folder / "one.md").write_text(text, encoding="utf-8")
    return folder


def prompt_text(inputs: str, body: str) -> str:
    return f"---\ndescription: A test.\ninputs: {inputs}\noutput: Words.\n---\n{body}\n"


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_a_prompt_of_the_project_loads_and_takes_these_inputs(name: str) -> None:
    prompt = load_prompt(name)
    assert prompt.inputs == INPUTS[name]
    assert prompt.description.endswith(".")
    assert len(prompt.digest) == 8


def test_the_request_renders_as_it_should() -> None:
    text = load_prompt("answer").render(
        question="Who?",
        passages=["[1] A first.", "[2] A second."],
        history=[],
        fence="===f===",
        max_sentences=4,
    )
    assert text == (
        "===f===\n[1] A first.\n\n[2] A second.\n\n===f===\n\nQuestion: Who?\n"
        "Answer in at most 4 short sentences. End each sentence with the number, in square "
        "brackets, of the abstract that says it."
    )


def test_a_rendering_takes_values_in_and_leaves_their_braces_alone(tmp_path: Path) -> None:
    prompt = load_prompt("one", folder=write(tmp_path, prompt_text("text", "Say {{ text }}.")))
    hostile = "{{ 7 * 7 }} {% for x in y %} {# no #} {text}"
    assert prompt.render(text=hostile) == f"Say {hostile}."


def test_a_missing_variable_is_refused(tmp_path: Path) -> None:
    prompt = load_prompt("one", folder=write(tmp_path, prompt_text("a, b", "{{ a }}{{ b }}")))
    with pytest.raises(PromptError, match="is not given b"):
        prompt.render(a=1)


def test_an_extra_variable_is_refused(tmp_path: Path) -> None:
    prompt = load_prompt("one", folder=write(tmp_path, prompt_text("a", "{{ a }}")))
    with pytest.raises(PromptError, match="does not take c"):
        prompt.render(a=1, c=2)


@pytest.mark.parametrize(
    ("inputs", "body"), [("a, b", "{{ a }}"), ("a", "{{ a }} {{ b }}"), ("", "{{ a }}")]
)
def test_a_header_that_does_not_fit_the_body_is_refused(
    inputs: str, body: str, tmp_path: Path
) -> None:
    with pytest.raises(PromptError, match="in its header and uses"):
        load_prompt("one", folder=write(tmp_path, prompt_text(inputs, body)))


@pytest.mark.parametrize("text", ["no header", "---\ndescription: x\n---\nbody", "x---\n---\n"])
def test_a_prompt_without_a_whole_header_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="header"):
        load_prompt("one", folder=write(tmp_path, text))


def test_an_unknown_prompt_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PromptError, match=r"answer, .*answer_rules"):
        load_prompt("nonsense")


def test_the_digest_changes_with_the_text(tmp_path: Path) -> None:
    first = load_prompt("one", folder=write(tmp_path, prompt_text("a", "{{ a }}")))
    second = load_prompt("one", folder=write(tmp_path, prompt_text("a", "{{ a }}!")))
    assert first.digest != second.digest
