from __future__ import annotations

from contextlib import closing

import pytest
from langchain_core.retrievers import BaseRetriever
from tests.desk import paper
from tests.fake_embeddings import WordEmbeddings

from litdesk.chunk import split_paper
from litdesk.index import PaperIndex
from litdesk.retrieve import PaperRetriever, Searchable

PAPERS = [
    paper("ants", "Ants 🐜 lay trails of scent. Trails fade within an hour.", title="On Ants"),
    paper("bees", "Bees dance. They danced 35% longer with pollen. A hive hums.", title="On Bees"),
    paper("flies", "Flies dance in the air e\u0301.", title=""),
    paper("wasps", title="Wasps in Autumn"),
]
CHUNKS = [chunk for p in PAPERS for chunk in split_paper(p, window=1, stride=1)]
WORDS = WordEmbeddings()


@pytest.fixture(scope="module")
def retriever(tmp_path_factory):
    index = PaperIndex.open(
        tmp_path_factory.mktemp("index"),
        generation="g",
        papers=PAPERS,
        chunks=lambda: CHUNKS,
        vectors=lambda chunks: WORDS.encode([chunk.embedded_text for chunk in chunks]),
    )
    with closing(index):
        assert isinstance(index, Searchable)
        yield PaperRetriever(
            index=index,
            embeddings=WORDS,
            papers={p.paper_id: p for p in PAPERS},
            chunks_of=lambda ids: [c for c in CHUNKS if c.paper_id in ids],
            k=3,
        )


def ids(passages):
    return [p.paper.paper_id for p in passages]


def test_the_paper_that_answers_comes_first_with_its_best_sentence_first(retriever):
    found = retriever.find_passages("How long do trails of scent last?")
    assert ids(found)[0] == "ants"
    assert "trails" in found[0].evidence[0].text.lower()
    assert len(found) == 3
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)


def test_of_two_sentences_alike_the_one_that_tells_a_finding_comes_first(tmp_path):
    told = paper("moths", "Night falls. Most moths like old lamps. We show moths like lamps.")
    chunks = split_paper(told, window=1, stride=1)
    index = PaperIndex.open(
        tmp_path,
        generation="g",
        papers=[told],
        chunks=lambda: chunks,
        vectors=lambda some: WORDS.encode([chunk.embedded_text for chunk in some]),
    )
    with closing(index):
        found = PaperRetriever(
            index=index,
            embeddings=WORDS,
            papers={told.paper_id: told},
            chunks_of=lambda _: chunks,
        ).find_passages("moths like lamps")
    assert found[0].evidence[0].text.startswith("We show")


def test_evidence_is_every_sentence_as_a_slice_of_its_abstract(retriever):
    for passage in retriever.find_passages("dance trails"):
        abstract = passage.paper.abstract
        assert all(abstract[e.span.start : e.span.end] == e.text for e in passage.evidence)
        scores = [e.score for e in passage.evidence]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= s <= 1 for s in (*scores, passage.similarity, passage.coverage))


def test_a_question_for_an_amount_prefers_sentences_with_figures(retriever):
    best = retriever.find_passages("How much longer do bees dance?", focus=["bees"])[0]
    assert "35%" in best.evidence[0].text


def test_a_paper_with_only_a_title_is_found_and_has_no_evidence(retriever):
    found = retriever.find_passages("wasps in autumn")
    assert ids(found)[0] == "wasps"
    assert found[0].evidence == ()


def test_focus_is_preferred_between_equals(retriever):
    first = ids(retriever.find_passages("dance", focus=["flies"]))
    other = ids(retriever.find_passages("dance", focus=["bees"]))
    assert first.index("flies") <= other.index("flies")


def test_only_the_focus_is_given_even_where_the_search_finds_other_papers(retriever):
    found = retriever.find_passages("trails of scent", focus=["flies", "bees"], only_focus=True)
    assert ids(found) == ["flies", "bees"]
    assert all(passage.evidence for passage in found)


def test_papers_can_be_left_out(retriever):
    assert "ants" not in ids(retriever.find_passages("trails of scent", without=["ants"]))


@pytest.mark.parametrize("question", ["§", "the of and", "zyzzyva"])
def test_a_question_that_fits_nothing_has_low_scores_and_no_failure(retriever, question):
    assert all(passage.coverage == 0 for passage in retriever.find_passages(question))


def test_langchain_sees_a_retriever_of_documents(retriever):
    assert isinstance(retriever, BaseRetriever)
    document = retriever.invoke("trails of scent")[0]
    assert document.page_content == PAPERS[0].abstract
    assert document.metadata["paper_id"] == document.id == "ants"
