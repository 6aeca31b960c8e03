"""`litdesk usage`: what chat models were asked, and what it cost."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from litdesk.cli.options import AsJson, LibraryFolder, Verbose
from litdesk.cli.render import counted
from litdesk.cli.terminal import Terminal, one_line
from litdesk.settings import load_settings

if TYPE_CHECKING:
    from litdesk.usage import UsageGroup

__all__ = ["USAGE_HELP", "usage"]

USAGE_HELP = """Sum up what chat models were asked for this library, and what it cost.

Answers, judges, reviews and eval cases count, and so do replies that failed or were cut off. Tokens
are those that the provider reports; where it reports none they are estimated, and an "about" says
so. Costs are shown for models whose price stands in the file that `LITDESK_PRICES` names:

```toml
currency = "EUR"
[models."openai:NAME"]
input = 1.25    # for a million tokens
output = 10.0
```

**Examples**

- `litdesk usage`
- `litdesk usage --since 2026-11-01 --by day`
- `litdesk usage --json`
"""


def usage(
    ctx: typer.Context,
    since: Annotated[
        datetime | None,
        typer.Option("--since", metavar="DATE", formats=["%Y-%m-%d"], help="First day, in UTC."),
    ] = None,
    by: Annotated[
        Literal["model", "day"], typer.Option("--by", help="A line for each model, or each day.")
    ] = "model",
    library: LibraryFolder = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Sum up what chat models were asked for this library, and what it cost."""
    terminal = ctx.ensure_object(Terminal)
    terminal.begin(as_json=as_json, verbose=verbose)
    with terminal.assistant(load_settings(library=library)) as assistant:
        summary = assistant.usage_log.summary(since=since.date() if since else None, by=by)
    if as_json:
        terminal.write_json(summary.model_dump(mode="json"))
        return
    if not summary.groups:
        when = f" since {summary.since}" if summary.since else ""
        terminal.note(f"No chat model was asked{when}.")
        return
    for group in (*summary.groups, summary.total):
        terminal.write(_in_words(group), label=one_line(group.name))


def _in_words(group: "UsageGroup") -> str:
    about = "about " if group.estimated else ""
    parts = [
        counted(group.calls, "call"),
        f"{about}{group.input_tokens:,} tokens in, {group.output_tokens:,} out",
    ]
    parts += [f"{about}{amount:.4f} {unit}".rstrip() for unit, amount in group.cost.items()]
    if group.unpriced:
        parts.append(f"no price known for {', '.join(map(one_line, group.unpriced))}")
    if group.failures:
        failed = ", ".join(f"{count} {kind}" for kind, count in group.failures.items())
        parts.append(f"failed: {failed}")
    return "; ".join(parts)
