"""`litdesk eval`: run, compare, judge, make; a module for each, and what they share."""

import typer

from litdesk.cli.evaluate.compare import COMPARE_HELP, compare
from litdesk.cli.evaluate.judge import JUDGE_HELP, judge
from litdesk.cli.evaluate.make import MAKE_HELP, make
from litdesk.cli.evaluate.run import RUN_HELP, run

__all__ = ["EVAL_HELP", "eval_app"]

EVAL_HELP = "Measure how faithful the answers are, with intervals, and the judge first."

eval_app = typer.Typer(help=EVAL_HELP, rich_markup_mode="markdown", no_args_is_help=True)
eval_app.command(help=RUN_HELP)(run)
eval_app.command(help=COMPARE_HELP)(compare)
eval_app.command(help=JUDGE_HELP)(judge)
eval_app.command(help=MAKE_HELP)(make)
