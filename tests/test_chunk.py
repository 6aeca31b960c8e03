from __future__ import annotations

from itertools import product

import pytest
from tests.desk import paper

from litdesk.chunk import split_paper

ABSTRACT = "One is 🐝. Two is e\u0301.  Three is 👩‍🔬!\n\nFour ends? Five."


@pytest.mark.parametrize(("window", "stride"), list(product([1, 2, 3, 5, 20], [1, 2, 3, 20])))
def test_a_chunk_is_a_slice_of_the_abstract_whatever_the_window(window, stride):
    whole = paper("p", ABSTRACT, title="Title")
    chunks = split_paper(whole, window=window, stride=stride)
    assert chunks
    for chunk in chunks:
        assert whole.abstract[chunk.start : chunk.end] == chunk.text != ""
        assert chunk.embedded_text == f"Title. {chunk.text}"
    assert len({chunk.chunk_id for chunk in chunks}) == len(chunks)


@pytest.mark.parametrize(
    ("window", "stride"), [(w, s) for w in (1, 2, 3) for s in (1, 2, 3) if s <= w]
)
def test_every_sentence_is_in_a_chunk_where_windows_meet(window, stride):
    chunks = split_paper(paper("p", ABSTRACT), window=window, stride=stride)
    for word in ("One", "Two", "Three", "Four", "Five"):
        assert any(word in chunk.text for chunk in chunks)


def test_a_paper_without_abstract_is_found_by_its_title():
    (chunk,) = split_paper(paper("p", title="Title"), window=1, stride=1)
    assert (chunk.text, chunk.start, chunk.end, chunk.embedded_text) == ("", 0, 0, "Title. ")


def test_a_paper_without_title_has_chunks_of_its_abstract_alone():
    (chunk,) = split_paper(paper("p", "One."), window=1, stride=1)
    assert chunk.embedded_text == "One."


@pytest.mark.parametrize("abstract", ["", "  \n "])
def test_a_paper_of_nothing_has_no_chunk(abstract):
    assert split_paper(paper("p", abstract), window=1, stride=1) == []


def test_the_same_content_has_the_same_id_and_other_content_another():
    def ids(text, title=""):
        return [c.chunk_id for c in split_paper(paper("p", text, title=title), window=1, stride=1)]

    assert ids("One. Two.") == ids("One. Two.")
    assert not set(ids("One. Two.")) & set(ids("One. Three."))
    assert not set(ids("One.")) & set(ids("One.", title="Title"))
