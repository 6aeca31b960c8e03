"""Starting is light: what is heavy is imported by the command that needs it."""

import json
import subprocess
import sys

import pytest

HEAVY = [
    "torch",
    "chromadb",
    "gradio",
    "transformers",
    "sentence_transformers",
    "langchain",
    "langchain_core",
    "sqlalchemy",
    "numpy",
]
LAST_LINE = f"print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"


def loaded_by(*lines):
    script = "\n".join(["import json, sys", *lines, LAST_LINE])
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_importing_the_package_loads_nothing_heavy():
    assert loaded_by("import litdesk") == []


@pytest.mark.parametrize(
    "argv",
    [["--help"], ["ask", "--help"], ["--version"], ["nonsense"], ["papers", "--year", "soon"]],
)
def test_help_and_wrong_usage_load_nothing_heavy(argv):
    assert loaded_by("from litdesk.cli import main", f"main({argv})") == []


def test_a_wrong_setting_loads_nothing_heavy(tmp_path):
    lines = [
        "from litdesk.cli import main",
        "import os",
        "os.environ['LITDESK_RETRIEVAL__PASSAGES'] = 'many'",
        "assert main(['ask', 'q']) == 2",
    ]
    assert loaded_by(*lines) == []


def test_an_empty_library_is_told_without_loading_a_model(tmp_path):
    argv = ["ask", "q", "--library", str(tmp_path / "none")]
    lines = ["from litdesk.cli import main", f"assert main({argv}) == 1"]
    light = {
        "sqlalchemy",
        "numpy",
        "langchain_core",
    }  # what the library and its retriever are made of
    assert set(loaded_by(*lines)) <= light
