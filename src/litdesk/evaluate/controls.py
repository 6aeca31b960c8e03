"""Checks of judge and writer on the questions of a run that nobody has to think of running."""

from __future__ import annotations

import random
from dataclasses import asdict
from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import Measure
from litdesk.evaluate.measures.phrases import is_right
from litdesk.evaluate.perturb import reformat
from litdesk.evaluate.statistics import estimate
from litdesk.sentences import split_sentences
from litdesk.types import AnswerStatus, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from litdesk.evaluate.judging import Judge, JudgedRow, JudgedSentence
    from litdesk.verify.judge import EvidenceText

__all__ = ["run_controls", "writer_order"]

SAMPLE = 60
"""Sentences looked at by each check; drawn with a fixed seed where there are more."""

Cited = tuple[str, "JudgedSentence", list["EvidenceText"]]
"""Question, sentence, and the texts that it cites."""
Outcomes = list[tuple[str, bool]]
"""Question, and whether what is counted happened."""

_SHARE = Measure(
    name="share",
    title="Share",
    version=1,
    better="lower",
    group="sentence",
    parts=lambda _: None,
)


def run_controls(judged: Sequence[JudgedRow], judge: Judge) -> dict[str, dict[str, object]]:
    """Return what the judge makes of answers whose verdict is known beforehand.

    `shuffled_contexts` judges sentences by texts that another question cites: a floor near 0.
    `verbatim_copy` judges sentences of the cited texts by these texts: a ceiling near 1.
    `judge_order` gives the cited texts in reverse order; `leave_one_citation_out` takes each
    citation of a supported sentence with several away; `harmless_reformatting` changes spaces,
    quotation marks and emphasis. The last three say how often the verdict changes.

    Args:
        judged: The judged rows of a run.
        judge: The judge of the run.

    Returns:
        Name of the check to its share with an interval over questions, how many it rests on, and
        what was to be expected.
    """
    cited = [
        (row.row.group, sentence, texts)
        for row in judged
        for sentence in row.claims
        if (texts := _texts(row, sentence))
    ]
    sample, several = _sample(cited), _sample([one for one in cited if len(one[2]) > 1])
    return {
        "shuffled_contexts": _result(_shuffled(sample, judge), "near 0"),
        "verbatim_copy": _result(_verbatim(sample, judge), "near 1"),
        "judge_order": _result(_reversed(several, judge), "0"),
        "leave_one_citation_out": _result(
            _left_out(several, judge), "high where every citation is needed"
        ),
        "harmless_reformatting": _result(_reformatted(sample, judge), "near 0"),
    }


def writer_order(
    judged: Sequence[JudgedRow], shuffled: Sequence[JudgedRow]
) -> dict[str, dict[str, object]]:
    """Return how often another order of the passages before the writer changes the answer.

    `writer_order_decision`: answered once and declined once. Of the questions answered both times,
    `writer_order_papers`: other papers cited; `writer_order_support`: all sentences supported once
    and not all once; `writer_order_right`: right once and wrong once, by key facts. A model that
    samples differs from run to run in any order: compare with the repeated runs.

    Args:
        judged: The judged rows of a run.
        shuffled: Rows of the same questions, asked with their passages in an order by chance.

    Returns:
        As `run_controls`.
    """
    usual = {one.row.id: one for one in judged if one.row.repeat == 0}
    failed = AnswerStatus.FAILED
    pairs = [
        (usual[one.row.id], one)
        for one in shuffled
        if one.row.id in usual
        and one.row.state is not failed
        and usual[one.row.id].row.state is not failed
    ]
    both = [(a, b) for a, b in pairs if a.answered and b.answered]
    known = [(a, b) for a, b in both if is_right(a) is not None]
    return {
        "writer_order_decision": _flips(pairs, lambda one: one.row.state),
        "writer_order_papers": _flips(both, lambda one: one.cited_papers),
        "writer_order_support": _flips(both, lambda one: all(s.supported for s in one.claims)),
        "writer_order_right": _flips(known, is_right),
    }


def _flips(
    pairs: Sequence[tuple[JudgedRow, JudgedRow]], of: Callable[[JudgedRow], object]
) -> dict[str, object]:
    return _result(((a.row.group, of(a) != of(b)) for a, b in pairs), "0 with the quoting writer")


def _texts(row: JudgedRow, sentence: JudgedSentence) -> list[EvidenceText]:
    texts = row.row.texts()
    ids = dict.fromkeys(c.citation.paper_id for c in sentence.citations)
    return [texts[i] for i in ids if i is not None and i in texts]


def _sample(items: list[Cited]) -> list[Cited]:
    return random.Random(0).sample(items, SAMPLE) if len(items) > SAMPLE else items  # noqa: S311


def _result(outcomes: Iterable[tuple[str, bool]], expected: str) -> dict[str, object]:
    found = estimate(_SHARE, [(group, (float(is_so), 1.0)) for group, is_so in outcomes])
    kept = {name: asdict(found)[name] for name in ("value", "low", "high", "n", "questions")}
    return kept | {"expected": expected}


def _supported(judge: Judge, claim: str, texts: Sequence[EvidenceText]) -> bool:
    return judge.judge(claim, texts).verdict is Verdict.SUPPORTED


def _shuffled(sample: list[Cited], judge: Judge) -> Outcomes:
    outcomes = []
    for n, (question, sentence, own) in enumerate(sample):
        ids = {text.paper_id for text in own}
        turned = sample[n + 1 :] + sample[:n]
        other = next((t for _, _, t in turned if not ids & {x.paper_id for x in t}), None)
        if other:
            outcomes.append((question, _supported(judge, sentence.claim, other)))
    return outcomes


def _verbatim(sample: list[Cited], judge: Judge) -> Outcomes:
    outcomes = []
    for question, sentence, own in sample:
        text = own[0].text
        copies = [text[s.start : s.end] for s in split_sentences(text)]
        copies = [c for c in copies if c != sentence.claim]
        if copies:
            copy = copies[len(sentence.claim) % len(copies)]
            outcomes.append((question, _supported(judge, copy, own)))
    return outcomes


def _reversed(several: list[Cited], judge: Judge) -> Outcomes:
    return [
        (q, judge.judge(s.claim, texts).verdict != judge.judge(s.claim, texts[::-1]).verdict)
        for q, s, texts in several
    ]


def _left_out(several: list[Cited], judge: Judge) -> Outcomes:
    return [
        (question, not _supported(judge, s.claim, [t for t in texts if t is not left]))
        for question, s, texts in several
        if s.supported
        for left in texts
    ]


def _reformatted(sample: list[Cited], judge: Judge) -> Outcomes:
    return [
        (question, _supported(judge, form, texts) != _supported(judge, s.claim, texts))
        for question, s, texts in sample
        for form in reformat(s.claim).values()
    ]
