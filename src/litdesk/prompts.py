"""Prompts: Markdown files with a header that names their variables, rendered with Jinja2.

A prompt file begins with a header between two lines of `---` that has `description`, `inputs` (a
comma-separated list) and `output`. The body may use just those inputs. Text of papers goes in as a
value, so braces in it are inert.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from litdesk.errors import PromptError
from litdesk.types import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Prompt", "load_prompt", "prompt_folder"]

_PACKAGED = Path(__file__).parent / "_prompts"
_CHECKOUT = Path(__file__).parents[2] / "prompts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt and the variables that it takes."""

    name: str
    description: str
    output: str
    text: str
    inputs: frozenset[str]

    @property
    def digest(self) -> str:
        """Eight hexadecimal digits that change with the prompt's text."""
        return digest(self.text, length=8)

    def render(self, **values: object) -> str:
        """Fill in the variables.

        Args:
            **values: One value for each of `inputs`, and no other.

        Returns:
            The text for the model.

        Raises:
            PromptError: If a variable is missing or not known.
        """
        if missing := self.inputs - values.keys():
            raise _misfit(self.name, f"is not given {_listed(missing)}")
        if extra := values.keys() - self.inputs:
            raise _misfit(self.name, f"does not take {_listed(extra)}")
        from jinja2 import StrictUndefined
        from jinja2.sandbox import SandboxedEnvironment

        environment = SandboxedEnvironment(
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        return environment.from_string(self.text).render(**values)


def prompt_folder() -> Path:
    """Return the folder of the prompts that come with litdesk.

    Returns:
        The packaged folder, or that of the checkout that litdesk runs from.
    """
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def load_prompt(name: str, *, folder: Path | None = None) -> Prompt:
    """Read a prompt and check that its header and its body agree.

    Args:
        name: File name without `.md`.
        folder: Where to look; by default in the package, or in the checkout that it runs from.

    Returns:
        The prompt.

    Raises:
        PromptError: If there is no such prompt, or its header and body do not agree.
    """
    folder = folder or prompt_folder()
    path = folder / f"{name}.md"
    try:
        raw = path.read_text(encoding="utf-8")
    except OSError as error:
        known = ", ".join(sorted(p.stem for p in folder.glob("*.md")))
        raise PromptError(
            f"There is no prompt named {name}.", remedy=f"The known prompts are: {known}."
        ) from error
    header, text = _split_header(name, raw)
    inputs = frozenset(part.strip() for part in header["inputs"].split(",") if part.strip())
    if (used := _variables(text)) != inputs:
        raise _misfit(name, f"names {_listed(inputs)} in its header and uses {_listed(used)}")
    return Prompt(
        name=name,
        description=header["description"],
        output=header["output"],
        text=text,
        inputs=inputs,
    )


def _split_header(name: str, raw: str) -> tuple[Mapping[str, str], str]:
    parts = raw.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise _misfit(name, "does not begin with a header between two lines of ---")
    pairs = (line.partition(":") for line in parts[1].splitlines() if line.strip())
    header = {key.strip(): value.strip() for key, _, value in pairs}
    if missing := {"description", "inputs", "output"} - header.keys():
        raise _misfit(name, f"has no {_listed(missing)} in its header")
    return header, parts[2].strip() + "\n"


def _variables(text: str) -> set[str]:
    from jinja2 import Environment, meta

    return meta.find_undeclared_variables(Environment(autoescape=True).parse(text))


def _listed(names: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _misfit(name: str, what: str) -> PromptError:
    return PromptError(f"The prompt {name} {what}.", remedy="Make its header and its use agree.")
