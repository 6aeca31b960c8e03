"""What each step of an answer took and gave, told to LangChain callbacks."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.callbacks.manager import CallbackManagerForChainRun

__all__ = ["ROOT", "Outcome", "Trace"]

ROOT = "litdesk"
"""Name of the run that all steps of an answer are children of."""


@dataclass(slots=True)
class Outcome:
    """What a step gave, set by the step itself."""

    given: object = None


@dataclass(slots=True, kw_only=True)
class Trace:
    """Times the steps of one question, and tells callbacks of them as runs of a chain.

    The inputs of a step are `{"input": …}`, its outputs `{"output": …}`: values of `litdesk.types`
    or texts. Without callbacks nothing of LangChain is touched.
    """

    callbacks: Sequence[BaseCallbackHandler] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)
    _root: CallbackManagerForChainRun | None = None

    @contextmanager
    def whole(self, question: str) -> Iterator[Outcome]:
        """Time a question, and tell the callbacks when it begins and ends.

        Args:
            question: The question.

        Yields:
            Where to put the answer.
        """
        if self.callbacks:
            from langchain_core.callbacks import CallbackManager

            manager = CallbackManager.configure(inheritable_callbacks=list(self.callbacks))
            self._root = manager.on_chain_start({"name": ROOT}, {"question": question}, name=ROOT)
        with self._timed("total", self._root) as outcome:
            yield outcome

    @contextmanager
    def step(self, name: str, taken: object = None) -> Iterator[Outcome]:
        """Time a step, and tell the callbacks when it begins and ends.

        Args:
            name: Its name.
            taken: What goes in.

        Yields:
            Where the step puts what comes out.
        """
        run = None
        if self._root is not None:
            manager = self._root.get_child()
            run = manager.on_chain_start({"name": name}, {"input": taken}, name=name)
        with self._timed(name, run) as outcome:
            yield outcome

    @contextmanager
    def _timed(self, name: str, run: CallbackManagerForChainRun | None) -> Iterator[Outcome]:
        outcome = Outcome()
        begin = perf_counter()
        try:
            yield outcome
        except BaseException as error:
            if run is not None:
                run.on_chain_error(error)
            raise
        else:
            if run is not None:
                run.on_chain_end({"output": outcome.given})
        finally:
            self.timings_ms[name] = round(1000 * (perf_counter() - begin), 2)
