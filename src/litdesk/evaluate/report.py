"""The report of a run: measures with intervals, counts, controls, judge card, gates."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from litdesk.evaluate.controls import run_controls, writer_order
from litdesk.evaluate.judging import judge_row
from litdesk.evaluate.measures import MEASURES
from litdesk.evaluate.measures.cost import cost
from litdesk.evaluate.measures.latency import latency
from litdesk.evaluate.measures.phrases import is_corrected
from litdesk.evaluate.statistics import DRAWS, Estimate, estimate
from litdesk.types import AnswerStatus, digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.evaluate.gate import Gate
    from litdesk.evaluate.judge_card import JudgeCard
    from litdesk.evaluate.judging import Judge, JudgedRow
    from litdesk.evaluate.run import Run
    from litdesk.evaluate.statistics import Parts

__all__ = ["Report", "make_report", "parts_of"]

FORMAT = 1
_CATEGORY_DRAWS = 500

Report = dict[str, Any]


def parts_of(judged: Sequence[JudgedRow]) -> dict[str, Parts]:
    """Return what every row gives to every measure.

    Args:
        judged: The rows.

    Returns:
        Name of the measure to question and parts, in the order of the rows.
    """
    return {
        name: [
            (one.row.group, None if one.row.state is AnswerStatus.FAILED else measure.parts(one))
            for one in judged
        ]
        for name, measure in MEASURES.items()
    }


def _estimates(parts: dict[str, Parts], *, draws: int = DRAWS) -> dict[str, Estimate]:
    return {name: estimate(measure, parts[name], draws=draws) for name, measure in MEASURES.items()}


def _of_category(
    category: str, parts: dict[str, Parts], judged: Sequence[JudgedRow]
) -> dict[str, dict[str, object]]:
    places = [n for n, one in enumerate(judged) if one.row.category == category]
    own = {name: [of_all[n] for n in places] for name, of_all in parts.items()}
    found = _estimates(own, draws=_CATEGORY_DRAWS)
    return {name: asdict(e) for name, e in found.items() if e.value is not None}


def make_report(
    run: Run,
    judge: Judge,
    *,
    card: JudgeCard | None = None,
    gates: Sequence[Gate] = (),
    accepted: Sequence[str] = (),
    prices: tuple[float, float] | None = None,
) -> tuple[Report, list[JudgedRow]]:
    """Judge the answers and make the report.

    Args:
        run: The answers.
        judge: Who judges.
        card: What is known of the judge.
        gates: Conditions to check.
        accepted: Kinds of error that gates may rest on unseen.
        prices: Money for a million input and output tokens.

    Returns:
        The report as JSON knows it, and the judged rows. All but `timing` is the same to the last
        digit for the same rows and judge.
    """
    rows = run.rows
    judged = [judge_row(row, judge) for row in rows]
    shuffled = [judge_row(row, judge) for row in run.shuffled]
    parts = parts_of(judged)
    estimates = _estimates(parts)
    freely = any(s.verifier != "quotation" for one in judged for s in one.claims if s.citations)
    checks = [
        gate.check(estimates, card=card, judged_freely=freely, accepted=accepted) for gate in gates
    ]
    categories = sorted({row.category for row in rows if row.category})
    report: Report = {
        "format": FORMAT,
        "provenance": _provenance(run, judge),
        "counts": _counts(judged),
        "measures": {name: _described(name, e) for name, e in estimates.items()},
        "by_category": {category: _of_category(category, parts, judged) for category in categories},
        "abstention": _two_by_two(judged),
        "repeats": _repeats(judged),
        "controls": run_controls(judged, judge) | writer_order(judged, shuffled),
        "gates": [asdict(check) for check in checks],
        "judged_freely": freely,
        "judge_card": card.model_dump(mode="json") if card else None,
        "timing": {"latency": latency(rows), "cost": cost(rows, prices=prices)},
    }
    return report, judged


def _described(name: str, found: Estimate) -> dict[str, object]:
    measure = MEASURES[name]
    return asdict(found) | {
        "title": measure.title,
        "version": measure.version,
        "better": measure.better,
        "group": measure.group,
        "rests_on_judge": bool(measure.rests_on),
    }


def _provenance(run: Run, judge: Judge) -> dict[str, object]:
    fields = sorted({field for row in run.rows for field in row.made_by})
    return {
        "judge": judge.name,
        "judge_digest": judge.digest,
        "judged_with": version("litdesk"),
        "cases": digest(*(row.digest_of_case for row in run.rows)),
        "made_by": {
            field: sorted({row.made_by[field] for row in run.rows if field in row.made_by})
            for field in fields
        },
    }


def _counts(judged: Sequence[JudgedRow]) -> dict[str, object]:
    states = Counter(one.row.state.value for one in judged)
    sentences = [s for one in judged for s in one.sentences]
    claims = [s for one in judged for s in one.claims]
    citations = [c for s in claims for c in s.citations]
    return {
        "rows": len(judged),
        "questions": len({one.row.id for one in judged}),
        "answered": states["answered"],
        "abstained": states["abstained"],
        "failed": states["failed"],
        "machine_made": sum(one.row.machine_made for one in judged),
        "machine_made_unreviewed": sum(
            one.row.machine_made and not one.row.reviewed for one in judged
        ),
        "answerable_unknown": sum(one.row.answerable is None for one in judged),
        "sentences": len(sentences),
        "sentences_from_record_not_judged": len(sentences) - len(claims),
        "sentences_quoted": sum(s.kind == "quotation" for s in claims),
        "sentences_uncited": sum(not s.citations for s in claims),
        "verdicts": dict(sorted(Counter(s.verdict.value for s in claims).items())),
        "supported_elsewhere": sum(s.supported_elsewhere for s in claims),
        "citations": len(citations),
        "citations_unknown": sum(c.citation.status == "unknown" for c in citations),
        "citations_over_cited": sum(c.over_cited for c in citations),
        "quotes_not_found": sum(c.quote_exists is False for c in citations),
    }


def _two_by_two(judged: Sequence[JudgedRow]) -> dict[str, int]:
    known = [
        one
        for one in judged
        if one.row.answerable is not None and one.row.state is not AnswerStatus.FAILED
    ]
    return {
        "answerable_answered": sum(bool(o.row.answerable) and o.answered for o in known),
        "answerable_abstained": sum(bool(o.row.answerable) and o.abstained for o in known),
        "unanswerable_answered": sum(
            not o.row.answerable and o.answered and not is_corrected(o) for o in known
        ),
        "unanswerable_corrected": sum(is_corrected(o) for o in known),
        "unanswerable_abstained": sum(not o.row.answerable and o.abstained for o in known),
    }


def _repeats(judged: Sequence[JudgedRow]) -> dict[str, object] | None:
    """The measures of each repetition, and how many questions did not end alike in all."""
    runs = sorted({one.row.repeat for one in judged})
    if len(runs) < 2:
        return None
    parts = {run: parts_of([one for one in judged if one.row.repeat == run]) for run in runs}
    values: dict[str, list[float | None]] = {}
    for name, measure in MEASURES.items():
        values[name] = [
            measure.of(np.array([p for _, p in parts[run][name] if p is not None], dtype=float))
            for run in runs
        ]
    states: dict[str, set[tuple[str, str]]] = {}
    for one in judged:
        states.setdefault(one.row.id, set()).add((one.row.state.value, one.row.response or ""))
    return {
        "runs": len(runs),
        "values": values,
        "questions_answered_otherwise": sum(len(found) > 1 for found in states.values()),
        "questions_decided_otherwise": sum(
            len({state for state, _ in found}) > 1 for found in states.values()
        ),
    }
