"""Rows and verifiers for tests of the evals."""

from __future__ import annotations

from litdesk.evaluate.judging import Judge, judge_row
from litdesk.evaluate.rows import Row
from litdesk.types import Verdict
from litdesk.verify.judge import Judgement


class Table:
    """A verifier that supports a claim by the sets of papers that it is told, and by no others."""

    name = "table"

    def __init__(self, supported=(), verdicts=None):
        self.supported = {(claim, frozenset(papers)) for claim, papers in supported}
        self.verdicts = verdicts or {}

    def judge(self, claim, evidence):
        papers = frozenset(text.paper_id for text in evidence)
        known = any(c == claim and p <= papers for c, p in self.supported)
        verdict = self.verdicts.get(claim) or (Verdict.SUPPORTED if known else Verdict.UNSUPPORTED)
        return Judgement(
            verdict=verdict,
            score=0.9 if verdict is Verdict.SUPPORTED else 0.2,
            reason="as told",
            verifier="table",
            paper_id=None,
            span=None,
        )


def row(response="", *, papers=("p1", "p2", "p3"), **fields):
    given = {
        "id": "q1",
        "user_input": "Why?",
        "response": response,
        "retrieved_context_ids": tuple(papers),
        "retrieved_contexts": tuple(f"The text of {p}." for p in papers),
    }
    return Row.model_validate(given | fields)


def judged(response="", *, supported=(), verdicts=None, **fields):
    return judge_row(row(response, **fields), Judge(Table(supported, verdicts)))
