"""Which records are the same paper, and what they say together."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from litdesk.ingest import read_paths
from litdesk.sameness import Resolution, resolve_records
from litdesk.types import Author, Paper, Record, Source

SEEDS = Path(__file__).parents[1] / "seeds"

ADA, BO, CY = (Author(family=f, given=g) for f, g in (("Li", "Ada"), ("Wu", "Bo"), ("Day", "Cy")))
EVE = Author(family="Moss", given="Eve")

GRAPHS = (
    "We study how fast messages travel over random graphs whose edges fail with a known rate. "
    "Our main result is a bound on the expected delay that holds for all sparse graphs, and that "
    "is tight up to a constant. Simulations on road maps agree with the bound, and a simple "
    "routing rule attains it without knowing which edges failed."
)
GRAPHS_REVISED = (
    "We study how fast messages travel over random graphs whose edges fail with an unknown rate. "
    "Our main result is a bound on the expected delay that holds for all sparse graphs, and that "
    "is tight up to a logarithmic factor. Experiments on road maps agree with the bound, and a "
    "simple routing rule attains it."
)
TREES = (
    "Decision trees are easy to read but hard to fit. This paper gives a solver that finds the "
    "best tree of a given depth by dynamic programming over subsets of features, and reports "
    "results on forty data sets, where it is faster than earlier exact methods."
)


def _record(title: str = "", abstract: str = "", **fields: object) -> Record:
    name = str(fields.pop("file", "a.bib"))
    number = int(str(fields.pop("at", 1)))
    source = Source(file=name, record=number, line=number)
    return Record(source=source, title=title, abstract=abstract, **fields)  # type: ignore[arg-type]


def _resolve(*records: Record) -> Resolution:
    return resolve_records(records, papers=())


def _count(*records: Record) -> int:
    added = _resolve(*records).added
    assert set(_resolve(*reversed(records)).added) == set(added)
    return len(added)


def _content(paper: Paper) -> Paper:
    return replace(paper, paper_id="")


# -- The seed corpus


@pytest.fixture(scope="module")
def seeds() -> tuple[Record, ...]:
    return read_paths([SEEDS]).records


@pytest.fixture(scope="module")
def papers(seeds: tuple[Record, ...]) -> dict[str, Paper]:
    return {paper.paper_id: paper for paper in resolve_records(seeds, papers=()).added}


def _titled(papers: dict[str, Paper], start: str) -> Paper:
    (paper,) = (p for p in papers.values() if p.title.startswith(start))
    return paper


def test_the_seed_records_are_sixty_three_papers(seeds: tuple[Record, ...]) -> None:
    resolution = resolve_records(seeds, papers=())
    outcomes = [assignment.outcome for assignment in resolution.assignments]

    assert (len(seeds), len(resolution.added), resolution.changed) == (94, 63, ())
    assert (outcomes.count("added"), outcomes.count("merged")) == (63, 31)
    assert len({paper.title for paper in resolution.added}) == 63
    assert [a.record_digest for a in resolution.assignments] == [r.digest for r in seeds]
    assert all(paper.title and paper.authors and paper.abstract for paper in resolution.added)


def test_a_second_ingest_of_the_seeds_changes_nothing(
    seeds: tuple[Record, ...], papers: dict[str, Paper]
) -> None:
    again = resolve_records(seeds, papers=list(papers.values()))

    assert (again.added, again.changed) == ((), ())
    assert {assignment.outcome for assignment in again.assignments} == {"unchanged"}


def test_the_order_of_the_records_changes_nothing(
    seeds: tuple[Record, ...], papers: dict[str, Paper]
) -> None:
    for seed in range(10):
        shuffled = list(seeds)
        random.Random(seed).shuffle(shuffled)  # noqa: S311
        added = resolve_records(shuffled, papers=()).added
        assert {paper.paper_id: paper for paper in added} == papers


def test_files_ingested_one_by_one_in_any_order_give_the_same_papers(
    papers: dict[str, Paper],
) -> None:
    expected = {_content(paper) for paper in papers.values()}
    readings = [read_paths([file]).records for file in sorted(SEEDS.glob("*.txt"))]
    for order in list(permutations(readings))[::17]:
        library: dict[str, Paper] = {}
        for records in order:
            resolution = resolve_records(records, papers=list(library.values()))
            library |= {p.paper_id: p for p in (*resolution.added, *resolution.changed)}
        assert {_content(paper) for paper in library.values()} == expected


def test_a_paper_under_two_titles_is_one_with_an_alias(papers: dict[str, Paper]) -> None:
    paper = _titled(papers, "Random Scaling for Emergent Capabilities")

    assert paper.aliases == ("Distributional Scaling Laws for Emergent Capabilities",)
    assert (len(paper.authors), paper.authors_complete, len(paper.sources)) == (5, True, 3)
    assert paper.abstract.startswith("Language models famously improve")
    assert [version.date for version in paper.versions] == ["2025-02-24", None]


def test_two_papers_with_half_their_words_in_common_stay_apart(papers: dict[str, Paper]) -> None:
    one = _titled(papers, "Continuous MDP Homomorphisms")
    other = _titled(papers, "Policy Gradient Methods in the Presence")

    assert one.paper_id != other.paper_id
    assert (one.aliases, other.aliases) == ((), ())
    # Each takes its own untitled abstract from the file of `Abstract:` lines.
    assert {s.file[:3] for s in one.sources} == {s.file[:3] for s in other.sources}
    assert (len(one.versions), len(other.versions)) == (1, 2)


def test_one_title_with_two_unlike_abstracts_is_one_paper(papers: dict[str, Paper]) -> None:
    paper = _titled(papers, "How Does Critical Batch Size Scale")

    assert (len(paper.versions), len(paper.sources), len(paper.authors)) == (2, 2, 8)


def test_the_newest_abstract_leads_and_the_older_one_is_kept(papers: dict[str, Paper]) -> None:
    paper = _titled(papers, "Beyond Implicit Bias")

    assert [(len(v.text), v.date) for v in paper.versions] == [(966, "2023-06-14"), (1187, None)]
    assert [author.family for author in paper.authors][-1] == "Barak"


def test_what_each_file_says_comes_together(papers: dict[str, Paper]) -> None:
    cooperative = _titled(papers, "Creating a Cooperative")
    assert (len(cooperative.authors), cooperative.date, cooperative.category) == (
        51,
        "2024-12-09",
        "CY",
    )
    soups = _titled(papers, "LoRA Soups")
    assert (len(soups.authors), soups.affiliations) == (6, ("princeton",))
    soap = papers["vyas2024soap"]
    assert (soap.has_code, soap.authors_complete, len(soap.sources)) == (True, False, 3)
    assert _titled(papers, "GenAI for Systems").paper_id == "tschandndgenai"


# -- Same or not


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            _record("Delay in Random Graphs", GRAPHS, authors=(ADA, BO), date="2020"),
            _record("Delay in random graphs.", authors=(ADA, BO), date="2021"),
            id="preprint and print, one without abstract",
        ),
        pytest.param(
            _record("Delay in Random Graphs", GRAPHS, authors=(ADA, BO)),
            _record(abstract=GRAPHS_REVISED),
            id="an untitled abstract in a revised wording",
        ),
        pytest.param(
            _record("Delay in Random Graphs", GRAPHS, authors=(ADA, BO, CY)),
            _record("Slow Messages and Fast Rules", GRAPHS, authors=(ADA, BO, CY)),
            id="retitled",
        ),
        pytest.param(
            _record("Delay in Random Graphs that Fail", authors=(ADA, BO), date="2020"),
            _record("Delay in Randon Graphs that Fail", authors=(ADA, BO), date="2020"),
            id="misspelt title",
        ),
        pytest.param(
            _record("Delay in Random Graphs", GRAPHS, authors=(ADA, BO), doi="10.48550/arxiv.1"),
            _record("Delay in Random Graphs", GRAPHS, authors=(ADA, BO), doi="10.1000/1"),
            id="a preprint's DOI and a publisher's",
        ),
        pytest.param(
            _record("Delay in Random Graphs", arxiv_id="2001.00001", authors=(ADA,)),
            _record("Other Words Altogether", arxiv_id="2001.00001", authors=(ADA,)),
            id="one arXiv identifier",
        ),
        pytest.param(
            _record("Delay in Random Graphs", authors=(Author(family="Li"), Author(family="Wu"))),
            _record("Delay in Random Graphs", authors=(ADA, BO)),
            id="family names alone",
        ),
        pytest.param(
            _record("Delay in Random Graphs", authors=(Author(family="Ada", given="Li"), BO)),
            _record("Delay in Random Graphs", authors=(ADA, BO)),
            id="a name turned round",
        ),
        pytest.param(
            _record("Delay in Random Graphs", GRAPHS),
            _record("DELAY IN RANDOM GRAPHS", GRAPHS_REVISED),
            id="no authors at all",
        ),
    ],
)
def test_these_are_the_same_paper(one: Record, other: Record) -> None:
    assert _count(one, replace(other, source=Source(file="b.bib", record=1, line=1))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            _record("Delay in Random Graphs: Part I", GRAPHS, authors=(ADA, BO), date="2020"),
            _record(
                "Delay in Random Graphs: Part II", GRAPHS_REVISED, authors=(ADA, BO), date="2020"
            ),
            id="parts of a series",
        ),
        pytest.param(
            _record("Overview of the Track 2019", GRAPHS, authors=(ADA, BO), date="2019"),
            _record("Overview of the Track 2020", GRAPHS_REVISED, authors=(ADA, BO), date="2020"),
            id="editions of a yearly report",
        ),
        pytest.param(
            _record("Delay in Random Graphs", GRAPHS, authors=(ADA, BO), date="2010"),
            _record("Delay in Random Graphs", TREES, authors=(CY, EVE), date="2020"),
            id="one title, other authors and years",
        ),
        pytest.param(
            _record("Delay in Random Graphs", authors=(ADA, BO), date="2010"),
            _record("Delay in Random Graphs", authors=(ADA, BO), date="2020"),
            id="one title, ten years on",
        ),
        pytest.param(
            _record("Delay in Random Graphs", GRAPHS, authors=(ADA, BO)),
            _record("Delay in Random Trees", TREES, authors=(ADA, BO)),
            id="near titles of one group",
        ),
        pytest.param(
            _record("Guano", GRAPHS, authors=(ADA, BO), date="2012"),
            _record("Sugar", GRAPHS, authors=(ADA, CY), date="2012"),
            id="chapters under the abstract of their book",
        ),
        pytest.param(
            _record("Introduction", authors=(ADA, BO), date="2012", venue="One"),
            _record("Introduction", authors=(ADA, BO), date="2012", venue="Two"),
            id="a title that says nothing",
        ),
        pytest.param(
            _record("Delay in Random Graphs", authors=(ADA, BO), date="2012"),
            _record("Erratum: Delay in Random Graphs", authors=(ADA, BO), date="2012"),
            id="a paper and its erratum",
        ),
        pytest.param(
            _record("Delay in Random Graphs", GRAPHS, authors=(ADA, BO), arxiv_id="2001.00001"),
            _record("Delay in Random Graphs", GRAPHS, authors=(ADA, BO), arxiv_id="2001.00002"),
            id="two arXiv identifiers",
        ),
        pytest.param(
            _record("Delay in Random Graphs", authors=(ADA, BO), doi="10.1000/1"),
            _record("Delay in Random Graphs", authors=(ADA, BO), doi="10.1000/2"),
            id="two publishers' DOIs",
        ),
        pytest.param(
            _record("Delay in Random Graphs", GRAPHS, authors=(ADA,), doi="10.1000/book"),
            _record("The Reading of Trees", TREES, authors=(CY,), doi="10.1000/book"),
            id="the DOI of a volume",
        ),
        pytest.param(
            _record("Delay in Random Graphs", GRAPHS), _record(abstract=TREES), id="untitled, other"
        ),
    ],
)
def test_these_are_different_papers(one: Record, other: Record) -> None:
    assert _count(one, replace(other, source=Source(file="b.bib", record=1, line=1))) == 2


def test_an_abstract_between_two_parts_does_not_join_them() -> None:
    one = _record("Delay, Part I", GRAPHS, authors=(ADA,))
    two = _record("Delay, Part II", GRAPHS, authors=(ADA,), at=2)

    assert _count(one, two, _record(abstract=GRAPHS, at=3)) == 2


def test_a_hundred_copies_are_one_paper() -> None:
    copies = [_record("Delay", GRAPHS, authors=(ADA,), at=n) for n in range(100)]

    (paper,) = _resolve(*copies).added

    assert (len(paper.sources), len(paper.versions)) == (100, 1)


def test_works_are_compared_in_blocks_not_each_with_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import litdesk.sameness.grouping as grouping

    compared = 0
    sameness = grouping.sameness

    def counting(*works: object) -> float:
        nonlocal compared
        compared += 1
        return sameness(*works)  # type: ignore[arg-type]

    monkeypatch.setattr(grouping, "sameness", counting)
    rng = random.Random(5)  # noqa: S311
    vocabulary = [f"w{n}" for n in range(4000)]
    records = [
        _record(f"Title {n} {rng.random()}", " ".join(rng.choices(vocabulary, k=80)), at=n)
        for n in range(800)
    ]

    assert len(_resolve(*records).added) == 800
    assert compared < 800


# -- What is kept


def test_the_merged_paper_keeps_the_best_of_each_record() -> None:
    old = _record(
        "Delay in random graphs",
        GRAPHS,
        authors=(ADA, BO, CY),
        date="2020",
        affiliations=("mit",),
        venue="arXiv preprint",
        has_code=True,
    )
    new = _record(
        "Delay in Random Graphs",
        GRAPHS_REVISED,
        authors=(ADA, BO),
        authors_complete=False,
        date="2021-02-03",
        affiliations=("eth", "mit"),
        venue="Journal of Graphs",
        doi="10.1000/1",
        has_code=False,
        at=2,
    )
    undated = replace(
        old, date=None, abstract=GRAPHS + " And more.", source=replace(old.source, record=3)
    )

    (paper,) = _resolve(old, new, undated).added

    assert paper.title == "Delay in Random Graphs"
    assert paper.aliases == ()
    assert [v.text for v in paper.versions] == [GRAPHS_REVISED, GRAPHS, undated.abstract]
    assert (paper.authors, paper.authors_complete) == ((ADA, BO, CY), True)
    assert (paper.date, paper.affiliations, paper.has_code) == ("2020", ("eth", "mit"), True)
    assert (paper.venue, paper.doi) == ("Journal of Graphs", "10.1000/1")
    assert [source.record for source in paper.sources] == [1, 2, 3]


def test_the_date_is_the_earliest_and_most_precise() -> None:
    dates = ("XXXX-01-01", "2020", "2020-09", "2020-09-17", "2021-01-01", None)
    records = [_record("Delay", GRAPHS, authors=(ADA,), date=d, at=n) for n, d in enumerate(dates)]

    (paper,) = _resolve(*records).added

    assert paper.date == "2020-09-17"
    assert [v.date for v in paper.versions] == ["2021-01-01"]


def test_a_paper_of_the_library_grows_under_its_old_identifier() -> None:
    (paper,) = _resolve(_record("Delay in Random Graphs", GRAPHS, authors=(ADA, BO))).added
    assert paper.paper_id == "linddelay"
    newer = _record(
        "Waiting in Random Graphs", GRAPHS, authors=(ADA, BO), date="2022", file="b.bib"
    )

    resolution = resolve_records([newer], papers=[paper])

    (changed,) = resolution.changed
    assert (resolution.added, changed.paper_id) == ((), "linddelay")
    assert (changed.title, changed.aliases) == ("Waiting in Random Graphs", (paper.title,))
    assert [a.outcome for a in resolution.assignments] == ["merged"]
    # The old title still finds it.
    old_title = _record("Delay in Random Graphs", authors=(ADA, BO), date="2021", file="c.bib")
    assert resolve_records([old_title], papers=[changed]).added == ()


def test_papers_of_the_library_are_never_joined() -> None:
    one, other = (
        _resolve(_record(title, abstract, authors=(ADA, BO))).added[0]
        for title, abstract in (("Delay in Graphs", GRAPHS), ("Reading Trees", TREES))
    )
    bridge = _record("Delay in Graphs", f"{GRAPHS} {TREES}", authors=(ADA, BO), file="b.bib")

    resolution = resolve_records([bridge], papers=[one, other])

    assert [p.paper_id for p in resolution.changed] == [one.paper_id]


def test_nothing_to_resolve_is_nothing() -> None:
    assert _resolve() == Resolution(added=(), changed=(), assignments=())


# -- Identifiers


@pytest.mark.parametrize(
    ("record", "paper_id"),
    [
        (
            _record("SOAP: On Baths", authors=(Author(family="Vyas"),), date="2024-09-17"),
            "vyas2024soap",
        ),
        (
            _record("On the Use of X", authors=(Author(family="van der Ørsted"),)),
            "vanderorstedndon",
        ),
        (_record("Élan vital", date="XXXX-02-01"), "anonndelan"),
        (_record(abstract="We bound the delay.", date="2020"), "anon2020bound"),
        (_record("A of B", authors=(Author(family="Rezaei-Shoshtari"),)), "rezaeishoshtarinda"),
    ],
)
def test_identifiers_read_like_citation_keys(record: Record, paper_id: str) -> None:
    assert [paper.paper_id for paper in _resolve(record).added] == [paper_id]


def test_identifiers_collide_into_letters_and_are_never_used_again() -> None:
    records = [
        _record(f"Delay in {what}", authors=(ADA,), date="2020", at=n)
        for n, what in enumerate(("Graphs", "Trees", "Roads"))
    ]

    added = resolve_records(records, papers=(), retired_ids=["li2020delaya"]).added
    backwards = resolve_records(records[::-1], papers=(), retired_ids=["li2020delaya"]).added

    assert {p.paper_id for p in added} == {"li2020delay", "li2020delayb", "li2020delayc"}
    assert set(added) == set(backwards)
