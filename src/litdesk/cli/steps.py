"""The steps of an answer, a line each on stderr: what `--trace` shows."""

from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from litdesk.cli.render import counted
from litdesk.cli.terminal import Terminal, one_line
from litdesk.types import Abstention, CheckedSentence, Draft, Passage

if TYPE_CHECKING:
    from langchain_core.callbacks import BaseCallbackHandler

__all__ = ["in_short", "step_printer"]

_SHOWN_CHARS = 100
_SHOWN_PAPERS = 3


def step_printer(terminal: Terminal) -> "BaseCallbackHandler":
    """Return a LangChain callback handler that writes a line for each step.

    Args:
        terminal: Where to write; the lines go to stderr.

    Returns:
        The handler.
    """
    from langchain_core.callbacks import BaseCallbackHandler

    class StepPrinter(BaseCallbackHandler):
        """Remembers when a step began, and writes its line when it ends."""

        def __init__(self) -> None:
            self.begun: dict[UUID, tuple[str, str, float]] = {}

        def on_chain_start(
            self,
            serialized: dict[str, Any],
            inputs: dict[str, Any],
            *,
            run_id: UUID,
            parent_run_id: UUID | None = None,
            **named: Any,  # noqa: ANN401 (LangChain's signature)
        ) -> None:
            if parent_run_id is not None:
                taken = in_short(inputs.get("input"))
                self.begun[run_id] = (str(named.get("name")), taken, perf_counter())

        def on_chain_end(self, outputs: dict[str, Any], *, run_id: UUID, **_: object) -> None:
            self._write(run_id, in_short(outputs.get("output")))

        def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: object) -> None:
            self._write(run_id, f"failed: {one_line(str(error))}")

        def _write(self, run_id: UUID, given: str) -> None:
            if run_id in self.begun:
                name, taken, begin = self.begun.pop(run_id)
                ms = 1000 * (perf_counter() - begin)
                terminal.note(f"{name:<9}{ms:8.1f} ms  {taken} → {given}")

    return StepPrinter()


def in_short(value: object) -> str:
    """Return what goes into a step or comes out of it, in a few words.

    Args:
        value: A value of `litdesk.types`, several of them, a text, or None.

    Returns:
        One line.
    """
    match value:
        case None:
            return "nothing"
        case Abstention(reason=reason):
            return f"abstained: {reason.value}"
        case Draft(abstention=None, sentences=sentences):
            return counted(len(sentences), "sentence")
        case Draft(abstention=reason):
            return f"abstained: {reason}"
        case str():
            return _cut(value)
        case Sequence():
            return _several(value)
        case _:
            return _cut(str(value))


def _several(values: Sequence[object]) -> str:
    if values and isinstance(values[0], Passage):
        ids = [v.paper.paper_id for v in values[:_SHOWN_PAPERS] if isinstance(v, Passage)]
        more = "…" if len(values) > _SHOWN_PAPERS else ""
        return f"{counted(len(values), 'paper')}: {', '.join(ids)}{more}"
    if values and isinstance(values[0], CheckedSentence):
        verdicts = [v.verdict.value for v in values if isinstance(v, CheckedSentence)]
        tally = ", ".join(f"{verdicts.count(v)} {v}" for v in dict.fromkeys(verdicts))
        return f"{counted(len(values), 'sentence')}: {tally}"
    return counted(len(values), "sentence")


def _cut(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _SHOWN_CHARS else f"{line[: _SHOWN_CHARS - 1]}…"
