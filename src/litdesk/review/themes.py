"""Step 3 of a review: papers grouped into themes, each named by its words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

import numpy as np

from litdesk.review.results import Cluster
from litdesk.review.search import PaperVectors, text_of
from litdesk.sentences import STOP_WORDS, stem, words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from litdesk.review.search import Embed
    from litdesk.types import Paper

    Likeness = Callable[[Sequence[str], Sequence[str]], NDArray[np.float32]]
    """Terms and ids of papers to the cosine of each term with what sets the papers apart."""

__all__ = ["Theme", "group_papers", "map_library", "name_groups", "order_papers", "rejoin_papers"]

_ONE_THEME = 3
_MOST_THEMES = 8
_EXACT_UP_TO = 1200
_NEW_THEME_BELOW = 0.35
_PAIR, _TITLED = 1.4, 1.6
_MOST_READ = 80
"""Papers of a group whose words are counted for its name."""
_TELLING = 16
"""Terms of a group that are compared with it by meaning."""
_LEAST_ALIKE = 0.01
_SMALL = 0.2
"""Share of small letters from which a capital is that of a title or of a sentence."""
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_PIECE = re.compile(r"[^.,;:!?()\[\]\"“”\n]+")
_GENERIC = frozenset(
    stem(word)
    for word in """paper papers work works study studies approach approaches method methods result
    results show shows propose proposed present novel new problem problems existing recent
    previous prior including based different various several number significant significantly
    important well large small high low many first second two three one using use used demonstrate
    provide further furthermore however given general often setting settings case cases find found
    analysis investigate understanding effect effects role performance model models evidence data
    compared effective efficient improve improved key addition particular related respectively
    known standard available specifically moreover although additionally consistent increase
    increased associated background objective methods conclusions introduce across achieve
    challenge challenges challenging address simple better best widely et al com https http www
    github code able make makes making even thus lead leads allow allows task tasks machine
    time times finally examine average computational framework introduces notion complex human
    natural knowledge able ability baseline subjects total years mean levels level group groups
    randomized trial confidence interval ratio clinical patients outcome outcomes measured design
    conclusion age factor factors concentrations treatment test line lines""".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A group of papers and the words that set it apart; the most telling word first."""

    paper_ids: tuple[str, ...]
    keywords: tuple[str, ...]

    @property
    def heading(self) -> str:
        """The keywords as a heading, such as `Shampoo, Adam and preconditioning`."""
        names = list(self.keywords)
        text = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
        return text[:1].upper() + text[1:] or "Other papers"


def group_papers(
    paper_ids: Sequence[str],
    *,
    papers: Mapping[str, Paper],
    vectors: PaperVectors,
    embed: Embed | None = None,
    topic: str = "",
) -> list[Theme]:
    """Group papers by their vectors (Ward's method); the number of groups by silhouette.

    No paper is a group of its own, because a theme is what papers have in common.

    Args:
        paper_ids: The papers.
        papers: They and others by id; names come from what sets a group apart.
        vectors: Their vectors.
        embed: Embeds the words that may name a group; without it they are only counted.
        topic: What all of them are about, whose words tell no theme from another.

    Returns:
        Themes, the largest first.
    """
    ids = sorted(paper_ids)
    groups = _split(ids, vectors) if len(ids) > _ONE_THEME else [ids]
    groups.sort(key=lambda group: (-len(group), group))
    return name_groups(groups, papers=papers, topic=topic, likeness=_likeness(vectors, embed))


def _likeness(vectors: PaperVectors, embed: Embed | None) -> Likeness | None:
    if embed is None:
        return None

    def likeness(terms: Sequence[str], paper_ids: Sequence[str]) -> NDArray[np.float32]:
        centre = vectors.apart[[vectors.places[i] for i in paper_ids]].mean(axis=0)
        cosines: NDArray[np.float32] = embed(terms) @ (centre / (np.linalg.norm(centre) or 1))
        return cosines

    return likeness


def _split(ids: list[str], vectors: PaperVectors) -> list[list[str]]:
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.metrics import silhouette_score

    rows = _rows(ids, vectors)
    best_labels, best_score = np.zeros(len(ids), dtype=int), 0.0
    for k in range(2, min(_MOST_THEMES, len(ids) // 2) + 1):
        labels = AgglomerativeClustering(n_clusters=k).fit_predict(rows)
        score = float(silhouette_score(rows, labels, metric="cosine"))
        if min(np.bincount(labels)) > 1 and score > best_score + 1e-9:
            best_labels, best_score = labels, score
    return [
        [one for one, label in zip(ids, best_labels, strict=True) if label == k]
        for k in range(int(best_labels.max()) + 1)
    ]


def _rows(ids: Sequence[str], vectors: PaperVectors) -> NDArray[np.float32]:
    return vectors.papers[[vectors.places[paper_id] for paper_id in ids]]


def rejoin_papers(
    paper_ids: Sequence[str],
    *,
    before: Sequence[Theme],
    papers: Mapping[str, Paper],
    vectors: PaperVectors,
    embed: Embed | None = None,
    topic: str = "",
) -> list[Theme]:
    """Put papers into the themes of an earlier review, new ones into the nearest.

    Args:
        paper_ids: The papers that are relevant now.
        before: The themes of the earlier review, in its order.
        papers: The papers by id.
        vectors: Their vectors.
        embed: As in `group_papers`.
        topic: As in `group_papers`.

    Returns:
        The earlier themes that still have papers, with their names, then themes for new papers
        that are near to none of them.
    """
    now = set(paper_ids)
    groups = [[i for i in theme.paper_ids if i in now] for theme in before]
    kept = [n for n, group in enumerate(groups) if group]
    placed = {i for group in groups for i in group}
    centres = [_rows(groups[n], vectors).mean(axis=0) for n in kept]
    strangers = []
    for paper_id in sorted(now - placed):
        row = _rows([paper_id], vectors)[0]
        near = [float(row @ c) / float(np.linalg.norm(c) or 1) for c in centres]
        if near and max(near) >= _NEW_THEME_BELOW:
            groups[kept[near.index(max(near))]].append(paper_id)
        else:
            strangers.append(paper_id)
    old = [Theme(paper_ids=tuple(groups[n]), keywords=before[n].keywords) for n in kept]
    if not strangers:
        return old
    return old + group_papers(strangers, papers=papers, vectors=vectors, embed=embed, topic=topic)


def order_papers(
    paper_ids: Sequence[str], *, papers: Mapping[str, Paper], vectors: PaperVectors
) -> list[str]:
    """Order papers by time and relation.

    Args:
        paper_ids: The papers of a theme.
        papers: The papers by id.
        vectors: Their vectors.

    Returns:
        Dated papers from old to new; each undated one after the paper that it is nearest to.
    """
    told = sorted((i for i in paper_ids if papers[i].year), key=lambda i: (papers[i].date or "", i))
    undated = sorted(i for i in paper_ids if not papers[i].year)
    for paper_id in undated:
        if not told:
            told.append(paper_id)
            continue
        cosines = _rows(told, vectors) @ _rows([paper_id], vectors)[0]
        told.insert(int(np.argmax(cosines)) + 1, paper_id)
    return told


def name_groups(
    groups: Sequence[Sequence[str]],
    *,
    papers: Mapping[str, Paper],
    topic: str = "",
    likeness: Likeness | None = None,
) -> list[Theme]:
    """Name groups by the words that set them apart from each other and from other papers.

    Class-based TF-IDF: term frequency in a group times log(1 + mean group length / frequency in
    all groups), after Grootendorst, “BERTopic: Neural topic modeling with a class-based TF-IDF
    procedure” (2022, arXiv:2203.05794). Here a term counts once a paper, so that one abstract does
    not name a theme alone, and the papers outside of all groups are one group more. Of a large
    group the first papers are read. Of the terms that tell most by count, those come first that are
    also like the group in meaning, as in KeyBERT (Grootendorst, 2020, doi:10.5281/zenodo.4461265).

    Args:
        groups: Ids of papers.
        papers: They, and the papers to set them apart from, by id.
        topic: Text whose words name no group.
        likeness: How like each term is to a group; None to go by counts alone.

    Returns:
        Themes in the order of `groups`.
    """
    inside = {i for group in groups for i in group}
    outside = [i for i in papers if i not in inside]
    surface: dict[str, Counter[str]] = {}
    read = [group[:_MOST_READ] for group in (*groups, outside)]
    counts = [
        Counter(t for text in _texts([papers[i] for i in group]) for t in _terms(text, surface))
        for group in read
    ]
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    mean_length = sum(total.values()) / (len(groups) + bool(outside) or 1)
    themes: list[Theme] = []
    used: set[str] = set()

    def shown(term: str) -> str:
        return _as_written(surface[term])

    known = {stem(word) for word in words(topic)}
    for n, group in enumerate(groups):
        titles = {t for i in read[n] for t in _terms(papers[i].title, {})}
        free = Counter(
            {
                t: c
                for t, c in counts[n].items()
                if t not in used and not known & set(t.split()) and (" " in t or _is_noun(shown(t)))
            }
        )
        scores = _scores(free, total, mean_length, len(read[n]), titles=titles)
        telling = _best_first(scores)
        if likeness and telling:
            telling = telling[:_TELLING]
            cosines = likeness([shown(t) for t in telling], group)
            telling = _best_first(_by_meaning(scores, dict(zip(telling, cosines, strict=True))))
        chosen = _apart(telling)
        used.update(chosen)
        names = tuple(shown(t) for t in chosen)
        themes.append(Theme(paper_ids=tuple(group), keywords=names))
    return themes


def _as_written(forms: Counter[str]) -> str:
    """The usual form, without the capitals of titles: `Markov`, but `policy`."""
    small = Counter({form: n for form, n in forms.items() if form.islower()})
    usual = small if small.total() >= _SMALL * forms.total() else forms
    return min(usual.items(), key=lambda i: (-i[1], i[0]))[0]


def _is_noun(word: str) -> bool:
    """Whether a word may name a theme alone, by its ending: `controlled` and `widely` do not."""
    return not word.endswith(("ed", "ly"))


def _scores(
    count: Counter[str],
    total: Counter[str],
    mean_length: float,
    size: int,
    *,
    titles: Collection[str],
) -> dict[str, float]:
    """How well each term tells a group; those of its titles and pairs of words count more."""
    least = 1 if size < 2 else max(2, round(size / 4))
    length = sum(count.values()) or 1
    return {
        t: (n / length)
        * log(1 + mean_length / total[t])
        * (_PAIR if " " in t else 1.0)
        * (_TITLED if t in titles else 1.0)
        for t, n in count.items()
        if n >= least
    }


def _by_meaning(scores: Mapping[str, float], cosines: Mapping[str, float]) -> dict[str, float]:
    return {t: scores[t] ** 0.5 * max(float(cosine), _LEAST_ALIKE) for t, cosine in cosines.items()}


def _best_first(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=lambda term: (-scores[term], term))


def _apart(terms: Iterable[str]) -> list[str]:
    """The first terms that share no word."""
    chosen: list[str] = []
    for term in terms:
        parts = set(term.split())
        if not any(parts & set(other.split()) for other in chosen):
            chosen.append(term)
        if len(chosen) == 3:
            break
    return chosen


def _texts(group: Sequence[Paper]) -> list[str]:
    """What names a group; one paper alone is named by its title."""
    if len(group) == 1 and group[0].title:
        return [group[0].title]
    return [text_of(paper) for paper in group]


def _terms(text: str, surface: dict[str, Counter[str]]) -> set[str]:
    """Stems of a text's words and pairs of words; how they are written goes into `surface`."""
    found: set[str] = set()
    for piece in _PIECE.findall(text):
        matches = list(_TOKEN.finditer(piece))
        keys = [_key(match[0].lower()) for match in matches]
        for key, match in zip(keys, matches, strict=True):
            if key:
                found.add(key)
                surface.setdefault(key, Counter())[match[0]] += 1
        between = [piece[m.end() : n.start()] == "-" for m, n in pairwise(matches)]
        hyphened = [False, *between, False]
        for n, (a, b) in enumerate(pairwise(keys)):
            # No part of `multi-agent` makes a pair with the word beside it.
            if a and b and a != b and not (hyphened[n] or hyphened[n + 2]):
                found.add(f"{a} {b}")
                written = piece[matches[n].start() : matches[n + 1].end()]
                surface.setdefault(f"{a} {b}", Counter())[" ".join(written.split())] += 1
    return found


def _key(token: str) -> str:
    if len(token) < 3 or token in STOP_WORDS or not token.isalpha():
        return ""
    key = stem(token)
    return "" if key in _GENERIC else key


def map_library(
    papers: Mapping[str, Paper], *, vectors: PaperVectors, embed: Embed | None = None
) -> list[Cluster]:
    """Return the map of a library: what its papers are about.

    Args:
        papers: The papers by id.
        vectors: Their vectors.
        embed: As in `group_papers`.

    Returns:
        Clusters, the largest first; papers without text are in none.
    """
    ids = [i for i in vectors.ids if i in papers]
    if not ids:
        return []
    k = max(1, min(24, round((len(ids) / 2) ** 0.5 * 1.5), len(ids) // 2))
    groups: list[list[str]] = [[] for _ in range(k)]
    for paper_id, label in zip(ids, _labels(_rows(ids, vectors), k), strict=True):
        groups[label].append(paper_id)
    groups = sorted((g for g in groups if g), key=lambda group: (-len(group), group))
    named = name_groups(groups, papers=papers, likeness=_likeness(vectors, embed))
    return [cluster_of(theme, papers) for theme in named]


def _labels(rows: NDArray[np.float32], k: int) -> list[int]:
    if k == 1:
        return [0] * len(rows)
    if len(rows) <= _EXACT_UP_TO:
        from sklearn.cluster import AgglomerativeClustering

        return [int(n) for n in AgglomerativeClustering(n_clusters=k).fit_predict(rows)]
    from sklearn.cluster import KMeans

    return [int(n) for n in KMeans(n_clusters=k, n_init=1, random_state=0).fit_predict(rows)]


def cluster_of(theme: Theme, papers: Mapping[str, Paper]) -> Cluster:
    """Return a theme as a part of the library's map.

    Args:
        theme: The theme.
        papers: Its papers by id.

    Returns:
        The cluster.
    """
    years = [year for i in theme.paper_ids if (year := papers[i].year)]
    return Cluster(
        keywords=theme.keywords,
        papers=len(theme.paper_ids),
        first_year=min(years, default=None),
        last_year=max(years, default=None),
        paper_ids=theme.paper_ids,
    )
