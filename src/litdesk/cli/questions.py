"""`litdesk ask`: one question, one answer."""

from typing import Annotated

import typer

from litdesk.cli.options import AsJson, BaseUrl, LibraryFolder, Model, Verbose
from litdesk.cli.render import answer_paragraphs, listed
from litdesk.cli.steps import step_printer
from litdesk.cli.terminal import Terminal, one_line
from litdesk.settings import load_settings
from litdesk.types import Answer, AnswerStatus

__all__ = ["ASK_HELP", "ask", "write_answer"]

ASK_HELP = """Ask the papers of the library a question.

The answer cites a paper behind every sentence; a sentence that its paper does not support is marked
with the reason. What the papers do not answer is not answered: you are told why, and what comes
nearest.

**Examples**

- `litdesk ask "What does SOAP do differently from Shampoo?"`
- `litdesk ask "Which papers are by Nikhil Vyas?" --json`
- `litdesk ask "How does critical batch size scale?" --model ollama:qwen2.5`
"""


def ask(  # noqa: PLR0913 (the options of a command are its interface)
    ctx: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="One question, in quotes.")],
    revise: Annotated[
        bool,
        typer.Option(
            "--revise",
            metavar="",
            help="Let a chat model draft again where sentences fail, and keep the better draft.",
        ),
    ] = False,
    trace: Annotated[
        bool,
        typer.Option(
            "--trace",
            metavar="",
            help="Show each step on stderr: its name, its time, what went in and what came out.",
        ),
    ] = False,
    model: Model = None,
    base_url: BaseUrl = None,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Ask the papers of the library a question."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    answering = {"revise": True} if revise else None
    settings = load_settings(model=model, base_url=base_url, library=library, answer=answering)
    callbacks = [step_printer(terminal)] if trace else []
    with terminal.assistant(settings) as assistant, terminal.working("Reading the papers…"):
        answer = assistant.ask(question, callbacks=callbacks)
    if as_json:
        terminal.write_json(answer.model_dump(mode="json"))
    else:
        write_answer(terminal, answer)
    if (trace or verbose) and answer.usage.calls:
        terminal.note(one_line(f"Chat model: {answer.usage.in_words}"))
    if verbose:
        terminal.note(_made_by(answer))
    if answer.status == AnswerStatus.FAILED:
        raise typer.Exit(1)


def write_answer(terminal: Terminal, answer: Answer) -> None:
    """Write an answer for a reader; what failed goes to stderr.

    Args:
        terminal: Where to write.
        answer: Any answer.
    """
    if answer.status == AnswerStatus.FAILED:
        terminal.note(f"Error: {one_line(answer.error or 'The answer could not be written.')}")
        found = [(p.paper_id, p.title) for p in answer.retrieved]
        paragraphs = listed("The papers that were found", found)
    else:
        paragraphs = answer_paragraphs(answer)
    for paragraph in paragraphs:
        terminal.write(paragraph.body, label=paragraph.label)


def _made_by(answer: Answer) -> str:
    made = answer.provenance
    timings = ", ".join(f"{one_line(step)} {ms:.0f} ms" for step, ms in answer.timings_ms.items())
    return one_line(f"Written by {made.model or made.writer}. {timings}")
