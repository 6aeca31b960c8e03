"""Quote exists: whether the words that a citation quotes stand where it says.

Definition: of the citations of an answer that quote an abstract or a title, the share for which
`text[start:end] == quote` (without offsets: for which the text has the quote); averaged over
answers.
Source: litdesk's own invariant.
Range: 0-1, higher is better.
Needs: citations with quotes, and the cited texts.
Limits: says that the words are there, not that they support the sentence.
Version: 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.evaluate.measures.measure import Measure

if TYPE_CHECKING:
    from litdesk.evaluate.judging import JudgedRow


def _parts(judged: JudgedRow) -> tuple[float, float] | None:
    found = [
        citation.quote_exists
        for sentence in judged.sentences
        for citation in sentence.citations
        if citation.quote_exists is not None
    ]
    return (sum(found) / len(found), 1.0) if found else None


MEASURE = Measure(
    name="quote_exists",
    title="Quotes that exist",
    version=1,
    better="higher",
    group="citation",
    parts=_parts,
)
