"""The review tab's HTML."""

from __future__ import annotations

from app.review import render_review

from litdesk.review.results import (
    Cell,
    Review,
    ReviewSection,
    ReviewSentence,
    Scope,
    TableRow,
)
from litdesk.types import Citation, Reference

EVIL = "<script>alert(1)</script><img src=//x.org>"


def test_a_review_of_hostile_papers_is_only_text():
    cited = Citation(marker=3, paper_id="a", field="abstract", quote=EVIL, start=0, end=9)
    cell = Cell(text=EVIL, citation=cited)
    review = Review(
        status="review",
        scope=Scope(topic=EVIL),
        title=EVIL,
        sections=(
            ReviewSection(
                heading=EVIL,
                keywords=(EVIL,),
                paper_ids=("a",),
                versions=("v",),
                sentences=(
                    ReviewSentence(text=f"“{EVIL}”", kind="quotation", citations=(cited,)),
                ),
            ),
        ),
        table=(
            TableRow(
                paper_id="a", year=cell, question=cell, method=cell, data=Cell(), finding=cell,
                code=cell,
            ),
        ),
        references=(
            Reference(
                marker=3, paper_id="a", title=EVIL, authors=(), year=None, url=None, formatted=EVIL
            ),
        ),
    )  # fmt: skip
    html = str(render_review(review))
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "” [3]." in html
    assert "<td>not stated</td>" in html
