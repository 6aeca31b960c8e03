"""Checks of the judge on the very answers of a run, that nobody has to think of running."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from litdesk.evaluate.perturb import reformat
from litdesk.sentences import split_sentences
from litdesk.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.evaluate.judging import Judge, JudgedRow, JudgedSentence
    from litdesk.verify.judge import EvidenceText

__all__ = ["run_controls"]

SAMPLE = 60
"""Sentences looked at by each check; drawn with a fixed seed where there are more."""

Cited = tuple["JudgedSentence", list["EvidenceText"]]


def run_controls(judged: Sequence[JudgedRow], judge: Judge) -> dict[str, dict[str, object]]:
    """Return what the judge makes of answers whose verdict is known beforehand.

    `shuffled_contexts` judges sentences by texts that another question cites: a floor near 0.
    `verbatim_copy` judges sentences of the cited texts by these texts: a ceiling near 1.
    `order_sensitivity` gives the cited texts in reverse order; `leave_one_citation_out` takes each
    citation of a supported sentence with several away; `harmless_reformatting` changes spaces,
    quotation marks and emphasis. The last three say how often the verdict changes.

    Args:
        judged: The judged rows of a run.
        judge: The judge of the run.

    Returns:
        Name of the check to its share, how many it rests on, and what was to be expected.
    """
    cited = [
        (sentence, _texts(row, sentence))
        for row in judged
        for sentence in row.claims
        if _texts(row, sentence)
    ]
    sample = _sample(cited)
    several = [one for one in cited if len(one[1]) > 1]
    return {
        "shuffled_contexts": _shuffled(sample, judge),
        "verbatim_copy": _verbatim(sample, judge),
        "order_sensitivity": _order(_sample(several), judge),
        "leave_one_citation_out": _left_out(_sample(several), judge),
        "harmless_reformatting": _reformatted(sample, judge),
    }


def _texts(row: JudgedRow, sentence: JudgedSentence) -> list[EvidenceText]:
    texts = row.row.texts()
    ids = dict.fromkeys(c.citation.paper_id for c in sentence.citations)
    return [texts[i] for i in ids if i is not None and i in texts]


def _sample(items: list[Cited]) -> list[Cited]:
    return random.Random(0).sample(items, SAMPLE) if len(items) > SAMPLE else items  # noqa: S311


def _result(outcomes: Sequence[bool], expected: str) -> dict[str, object]:
    share = sum(outcomes) / len(outcomes) if outcomes else None
    return {"share": share, "n": len(outcomes), "expected": expected}


def _supported(judge: Judge, claim: str, texts: Sequence[EvidenceText]) -> bool:
    return judge.judge(claim, texts).verdict is Verdict.SUPPORTED


def _shuffled(sample: list[Cited], judge: Judge) -> dict[str, object]:
    outcomes = []
    for n, (sentence, own) in enumerate(sample):
        ids = {text.paper_id for text in own}
        turned = sample[n + 1 :] + sample[:n]
        other = next((t for _, t in turned if not ids & {x.paper_id for x in t}), None)
        if other:
            outcomes.append(_supported(judge, sentence.claim, other))
    return _result(outcomes, "near 0")


def _verbatim(sample: list[Cited], judge: Judge) -> dict[str, object]:
    outcomes = []
    for sentence, own in sample:
        text = own[0].text
        copies = [text[s.start : s.end] for s in split_sentences(text)]
        copies = [c for c in copies if c != sentence.claim]
        if copies:
            copy = copies[len(sentence.claim) % len(copies)]
            outcomes.append(_supported(judge, copy, own))
    return _result(outcomes, "near 1")


def _order(several: list[Cited], judge: Judge) -> dict[str, object]:
    return _result(
        [
            judge.judge(s.claim, texts).verdict != judge.judge(s.claim, texts[::-1]).verdict
            for s, texts in several
        ],
        "0",
    )


def _left_out(several: list[Cited], judge: Judge) -> dict[str, object]:
    return _result(
        [
            not _supported(judge, s.claim, [t for t in texts if t is not left])
            for s, texts in several
            if s.supported
            for left in texts
        ],
        "high where every citation is needed",
    )


def _reformatted(sample: list[Cited], judge: Judge) -> dict[str, object]:
    return _result(
        [
            _supported(judge, form, texts) != _supported(judge, s.claim, texts)
            for s, texts in sample
            for form in reformat(s.claim).values()
        ],
        "near 0",
    )
