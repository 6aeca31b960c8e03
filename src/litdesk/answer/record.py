"""Answers about papers rather than about what they say: who, when, where, which, how many.

Such questions are read by rules and answered from the record; similarity knows nothing of them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import partial
from typing import TYPE_CHECKING

from litdesk.answer.conditions import (
    Condition,
    author_at,
    month_named,
    place_in_list,
    read_conditions,
)
from litdesk.answer.described import find_asked, stems_of
from litdesk.answer.names import Person, find_people
from litdesk.answer.titles import find_titled
from litdesk.sentences import content_words, fold, stem
from litdesk.types import AbstentionReason, Author, Citation, Draft, DraftSentence, Paper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    _Tell = Callable[[Paper, int], DraftSentence]

__all__ = ["answer_from_record"]

MAX_LISTED = 50
# So many papers of somebody are named where the question is after the co-authors.
_FEW = 3
# A topic of so many words describes one paper without calling it a paper.
_LONG = 4

_PAPERS = (
    r"(?:papers?|publications?|articles?|works?|preprints?|abstracts?|records?|studies"
    r"|entries|entry)"
)
_LISTS = re.compile(
    rf"\b{_PAPERS}\b|\b(?:everything|anything|something|what|which|all)\b.*?"
    r"\b(?:by|from|in|of|since|before|after|until|publish\w*|writ\w*|wrote|author\w*|appear\w*|older|newer)\b"
    r"|\b(?:publish\w*|wrote|written|authored|co-?authored|appeared)\b"
    r"|\b(?:has|have|did|does) .*\b(?:write|writing|work|papers)\b"
    r"|\b(?:stuff|things?)\b.*\b(?:by|from|of)\b|\baffiliat\w*",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"\bhow many\b|\bnumber of\b|\bcount\b", re.IGNORECASE)
_WHO = re.compile(
    r"\bwho\b.*?\b(?:wrote|writes|authored|published|co-?wrote|made|behind|responsible|"
    r"introduced|proposed|(?:are|is|were|was) (?:the )?(?:\w+ )?authors?(?: of)?)\b(?P<rest>.*)"
    r"|\bauthors? (?:of|on|behind|list (?:of|for))\b(?P<rest2>.*)"
    r"|\b(?:list|name|give)\b.*\bauthors\b(?P<rest3>.*)"
    r"|\bhow many authors (?:does|do|has|have|did|are on)\b(?P<rest6>.*?)(?:\bhave\b.*)?$"
    r"|\b(?:people|researchers|everybody|everyone|names) behind\b(?P<rest4>.*)"
    r"|\bby whom\b(?:.*?\b(?:was|were|is)\b)?(?P<rest5>.*?)(?:\b(?:written|published)\b.*)?$",
    re.IGNORECASE,
)
_COINED = re.compile(r"\bwho\b.*?\b(?:introduced|proposed)\b", re.IGNORECASE)
_WHEN = re.compile(
    r"\bwhen (?:was|were|did|is|has)\b(?P<rest>.*?)"
    r"\b(?:published|publish|appear\w*|written|come out|came out|released?|posted|submitted)\b"
    r"|\b(?:what|which) (?:year|date|month) (?:was|were|did|is|has|of)\b(?P<rest2>.*?)"
    r"(?:\b(?:published|appear\w*|written|come out|released|posted|submitted)\b.*)?$"
    r"|\b(?:publication|the) (?:year|date) of\b(?P<rest3>.*)"
    r"|^(?:was|were|is)\b(?P<rest5>.+?)\b(?:published|written|released|posted)\b"
    r"[^?]*\b(?:before|after|in|since) (?:19|20)\d\d"
    r"|\b(?:from|in) (?:what|which) (?:year|date) (?:is|was|did)\b(?P<rest4>.*)"
    r"|^\W*(?:and )?when (?:was|is) (?P<rest6>it|that|this)\W*$",
    re.IGNORECASE,
)
_WHERE = re.compile(
    r"\b(?:affiliations?|institutions?|institutes?|universit(?:y|ies)|labs?)\b"
    r"(?! (?:can|could|should|may|might|will|would)\b)"
    r".*?\b(?:of|for|behind|on|from|stand|wrote|does|has)\b(?P<rest>.*?)(?:\b(?:list|state|have)\b.*)?$"
    r"|\bwhere (?:does|do|did|is|was|were)\b(?P<rest2>.*?)\bcome from\b"
    r"|\bwhere (?:are|do|were|did) the authors (?:of|on|behind)\b(?P<rest3>.*?)(?:\bwork\b\W*)?$",
    re.IGNORECASE,
)
_CATEGORY = re.compile(
    r"\b(?:category|categories|subject class)\b.*?\b(?:is|was|does|do|has|of|for)\b(?P<rest>.*?)"
    r"(?:\b(?:filed|listed|posted|sorted|belong|have|in)\b\W*(?:under|to|in)?\W*)?$",
    re.IGNORECASE,
)
_LINK = re.compile(r"\b(?:link|url|doi|address)\b.*?\b(?:to|of|for)\b(?P<rest>.*)", re.IGNORECASE)
_BUT = r"besides|apart from|other than|except"
_COAUTHORS = re.compile(
    r"(?<!and )(?<!& )\bco-?authors\b"
    r"|(?:'s|\b(?:an?|any|each|every|his|her|their|which|what)) co-?author\b"
    r"|\bwho (?:has|have|did|does)\b.*\b(?:with|alongside)\b"
    r"|\bwhom? (?:has|did|does)\b.*\b(?:write|written|work|worked|publish\w*) with\b"
    r"|\bwho (?:wrote|works?|worked|published?|collaborat\w+|co-?authored)\b.*\bwith\b"
    r"|\bwho else\b|\bwith whom\b.*\b(?:wr\w+|work\w*|publish\w*|collaborat\w*)\b"
    rf"|\b(?:{_BUT}|next to|along with)\b.*\bwho(?: else)?\b"
    rf"|\bwho\b.*\b(?:{_BUT})\b",
    re.IGNORECASE,
)
_BESIDES = re.compile(rf"\b(?:{_BUT})\b[^,?]*", re.IGNORECASE)
_FIRST_OF_TWO = re.compile(
    r"\bwhich\b[^,:]*\b(?:earlier|later|first|last|older|newer|(?:more|less) recent)\b"
    r"[^,:]*[,:]?(?P<one>.+?) or (?P<other>.+)",
    re.IGNORECASE,
)
# Wordings that do not say where the name of the paper begins.
_ASKS_AUTHORS = re.compile(
    r"\b(?:co-?)?authors?\b|\bauthorship\b|\bbylines?\b|\bwhose (?:name\b|(?:paper|work) is\b)"
    r"|\bwho (?:leads?|led|signed|(?:co-?)?authored|wrote|is (?:behind|listed|named)|stands)\b"
    r"|\bwho's (?:behind|on)\b|\b(?:which|what) (?:researcher|person|name)\b"
    r"|\b(?:people|researchers|names|hands) (?:signed|wrote|worked|are on|stand|on)\b",
    re.IGNORECASE,
)
_ASKS_DATE = re.compile(
    r"\b(?:publication|submission|release) (?:year|date|month)\b|\b(?:year|month|date)s? of\b"
    r"|\bdate (?:on|for)\b|\bhow (?:old|recent|new) (?:is|was)\b"
    r"|\bwhen (?:was|were|did|is|has)\b.*\b(?:put online|put out|uploaded|posted|online|out"
    r"|appear\w*|published|released|submitted|written|dated)\b"
    r"|\b(?:what|which) (?:years?|months?|dates?|day)\b|\b(?:year|month|date)\W*$",
    re.IGNORECASE,
)
_ASKS_PLACE = re.compile(
    r"\baffiliations?(?=\W*$|\s+(?:is|are|was|were|of|for|on|does|do|has|listed|given|stated))"
    r"|\baffiliated\b|\b(?:what|which) institut(?:ion|e)s? (?:is|are|was|were|does|do|has)\b",
    re.IGNORECASE,
)
_WHERE_THEY_ARE = re.compile(
    r"\b(?:where|affiliations?|institutions?)\b[^?]*\bauthors\b", re.IGNORECASE
)
# `What do the authors propose?` is about what they say.
_SAY = (
    r"(?:propos|say|said|claim|find|found|show|argu|use|suggest|conclude|report|introduc|recommend"
    r"|prov|observ|explain|develop|present|assum|evaluat|test|train|compar|stud|analy|demonstrat)"
)
_NOT_OF = r"(?! (?:of|on|behind)\b)"
_WHAT_THEY_SAY = re.compile(
    r"\b(?:how|why)\b(?! many| old)[^?]*\bauthors?\b"
    r"|(?:^\W*|\bwhat )(?:do|did|does) (?:the |its |their )?(?:\w+ )?authors?\b"
    r"|\b(?:which|what|many) authors (?:do|did|does)\b(?!.*\b(?:have|name|list)\b)"
    rf"|\b(?:do|did|does|(?:can|could) (?!you\b))\b[^?]*\bauthors?\b{_NOT_OF}[^?]*\b{_SAY}"
    rf"|\bauthors?\b{_NOT_OF}\W+(?:\w+ )?{_SAY}|\baccording to\b",
    re.IGNORECASE,
)
_LONGEST_LIST = re.compile(
    r"\b(?:longest|largest|biggest) (?:\w+ )?(?:author ?list|list of (?:co-?)?authors|byline)\b"
    r"|\b(?:most|greatest number of) (?:co-?)?authors\b",
    re.IGNORECASE,
)
# `i.e. are more than a decade old`: the same in other words.
_GLOSS = re.compile(r",?\s*\b(?:i\.e\.|ie,|that is to say|in other words).*$", re.IGNORECASE)
_ASKS_WHEN = re.compile(r"\b(?:when|years?|dates?)\b", re.IGNORECASE)
_MOST_PAPERS = re.compile(
    r"\bmost (?:of )?(?:(?:the|my|these) )?"
    r"(?:often|frequent\w*|common|prolific|papers?|publications?|articles?|entries)\b",
    re.IGNORECASE,
)
_WHO_OF_ALL = re.compile(r"\b(?:who|whose|authors?|researchers?|people|person)\b", re.IGNORECASE)
_YEAR_OF_ALL = re.compile(r"\b(?:which|what) years?\b", re.IGNORECASE)
_NEWEST = re.compile(r"\b(?:newest|latest|most recent)\b", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not|without|except\w*|excluding|other than)\b", re.IGNORECASE)
_EVERYTHING = re.compile(r"\b(?:all|list|show|library|collection|(?:have|got)\W*$)", re.IGNORECASE)
_OLDEST = re.compile(r"\b(?:oldest|earliest)\b", re.IGNORECASE)
_BY_SOMEBODY = re.compile(
    r"\b(?:by|authored by|written by)\s+([A-Z][\w'’-]+(?:\s+[A-Z][\w'’.-]*)*)"
    r"|\b(?:has|did|does)\s+([A-Z][\w'’-]+(?:\s+[A-Z][\w'’.-]*)+)\s+(?:publish|wr[io]t|author)"
)
_ONE_PAPER = re.compile(
    r"\b(?:the|that|this|an?)\b[^?]*?\b(?:paper|publication|article|work|preprint|study)\b",
    re.IGNORECASE,
)
_AND_WHO = re.compile(r"\bwho (?:leads?|led|wrote|authored|is|are|signed)\b", re.IGNORECASE)
_OF = {"authors": "by", "date": "from"}
_OF_LISTS = frozenset(map(stem, "most longest largest biggest great greatest byline".split()))
_OF_ALL = frozenset(map(stem, "most often frequent frequently common prolific time".split()))
_FRAME = frozenset(
    stem(word)
    for word in """paper publication article work preprint abstract record study list name show
    give find count number many library corpus collection appear publish write written wrote author
    authored coauthor everything anything something available code mark flag come release new
    newest latest recent old older oldest earliest early newer year date month please exist include
    contain affiliation institution university lab group people person researcher first last co
    know dated add title get see read display tell there summarize summarise co-author co entry
    item carry affiliate together joint jointly ever collaborate collaboration team turn anywhere
    look want need both either side came i'm total altogether hold common find share two three
    predate here filed et al tagged stuff thing mine lead led leads signed own first-author
    last-author second senior carry own anybody lists lead leading marked affiliated given
    appeared total dates hand co-written co-wrote cowritten dig up pull get full complete
    longest everybody's whole got apart besides except else i've i'd we've w""".split()
)


def answer_from_record(
    question: str,
    papers: Sequence[Paper],
    *,
    focus: Sequence[Paper] = (),
    nearest: Paper | None = None,
) -> Draft | None:
    """Answer a question about the record.

    Args:
        question: The question as it was asked.
        papers: Every paper of the library.
        focus: Papers that the conversation is about, for `who wrote it?`.
        nearest: The paper that retrieval found first, for `who wrote the paper on trails?`.

    Returns:
        A draft whose citations name the field of the record that each sentence rests on; an
        abstention where the record has nobody of that name or nothing of that year; None if the
        question is not about the record.
    """
    question = _GLOSS.sub("", question)
    return (
        _first_of_two(question, papers)
        or _longest_list(question, papers)
        or _most_papers(question, papers)
        or _about_one(question, papers, focus, nearest)
        or _list_papers(question, papers)
    )


def _first_of_two(question: str, papers: Sequence[Paper]) -> Draft | None:
    """Tell the dates of two papers, the earlier first, where the question is which came first."""
    if not (match := _FIRST_OF_TWO.search(question)):
        return None
    found = [find_titled(match[name], papers)[:1] for name in ("one", "other")]
    if not all(found) or found[0] == found[1]:
        return None
    both = sorted((p for some in found for p in some), key=lambda p: (not p.year, p.date or ""))
    return _draft(_tell_date(paper, n) for n, paper in enumerate(both, start=1))


def _most_papers(question: str, papers: Sequence[Paper]) -> Draft | None:
    """Tell who has the most papers, or which year, where the question is after one of them."""
    if not _MOST_PAPERS.search(question) or _topic(question, ()) - _OF_ALL:
        return None
    groups: dict[str, list[Paper]] = defaultdict(list)
    if _YEAR_OF_ALL.search(question):
        field = "date"
        for paper in papers:
            if paper.year:
                groups[str(paper.year)].append(paper)
    elif _WHO_OF_ALL.search(question):
        field = "authors"
        names: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for paper in papers:
            for author in paper.authors:
                names[_person_key(author)][author.name] += 1
        called = {key: told.most_common(1)[0][0] for key, told in names.items()}
        for paper in papers:
            for key in dict.fromkeys(map(_person_key, paper.authors)):
                groups[called[key]].append(paper)
    else:
        return None
    return _tell_most(groups, field) if groups else None


def _person_key(author: Author) -> tuple[str, str]:
    """Family and first given name, so that `Sham M. Kakade` is `Sham Kakade`."""
    return fold(author.family), (fold(author.given).split() or [""])[0]


def _tell_most(groups: Mapping[str, Sequence[Paper]], field: str) -> Draft:
    ranked = sorted(groups, key=lambda name: (-len(groups[name]), name))
    best = [name for name in ranked if len(groups[name]) == len(groups[ranked[0]])]
    then = [f"{name} ({len(groups[name])})" for name in ranked[len(best) :][:_FEW]]
    most = f"The most papers, {len(groups[best[0]])}, are {_OF[field]} {_join(best[:_FEW])}"
    complete = field != "authors" or all(p.authors_complete for g in groups.values() for p in g)
    cut = "" if complete else " (some records do not name every author)"
    own = list(dict.fromkeys(paper for name in best[:_FEW] for paper in groups[name]))[:MAX_LISTED]
    return _draft([
        DraftSentence(
            text=f"{most}{'; then come ' + _join(then) if then else ''}{cut}.",
            markers=tuple(range(1, len(own) + 1)),
            citations=tuple(_field_citation(p, n, field) for n, p in enumerate(own, start=1)),
            from_record=True,
        )
    ])  # fmt: skip


def _longest_list(question: str, papers: Sequence[Paper]) -> Draft | None:
    """Tell which paper has the most authors, where the question is after one of them all."""
    if not _LONGEST_LIST.search(question) or _topic(question, ()) - _OF_LISTS:
        return None
    longest = max((len(paper.authors) for paper in papers), default=0)
    if not longest:
        return None
    found = [paper for paper in papers if len(paper.authors) == longest][:_FEW]
    return _draft(_tell_authors(paper, n, counted=True) for n, paper in enumerate(found, start=1))


def _about_one(
    question: str, papers: Sequence[Paper], focus: Sequence[Paper], nearest: Paper | None
) -> Draft | None:
    """Tell what is asked of one paper, unless the question is after somebody's co-authors."""
    if _asks_coauthors(question, papers):
        return None
    return _about_paper(question, papers, focus, nearest) or _about_described(
        question, papers, nearest
    )


def _about_paper(
    question: str, papers: Sequence[Paper], focus: Sequence[Paper], nearest: Paper | None
) -> Draft | None:
    for pattern, tell in (
        (_WHO, _tell_authors),
        (_WHEN, _tell_date),
        (_WHERE, _tell_affiliations),
        (_CATEGORY, _tell_category),
        (_LINK, _tell_link),
    ):
        match = pattern.search(question)
        rest = next((part for part in match.groups() if part is not None), "") if match else ""
        if match is None or _names_no_paper(rest, focus):
            continue
        if pattern is _WHO and (
            _WHAT_THEY_SAY.search(question) or _WHERE_THEY_ARE.search(question)
        ):
            continue
        found = _find_named(rest, papers, nearest, as_name=bool(_COINED.search(question))) or (
            list(focus[:1]) if not content_words(rest) else []
        )
        if found:
            told = [tell]
            if pattern is _WHO and _ASKS_WHEN.search(question):
                told.append(_tell_date)
            return _tell_each(question, found, told)
    return None


def _find_named(
    rest: str, papers: Sequence[Paper], nearest: Paper | None, *, as_name: bool
) -> list[Paper]:
    if as_name:
        named = find_titled(rest, papers, as_name=True)
        return named or (find_asked(rest, papers) if _says_paper(rest) else [])
    long = len(set(content_words(rest))) >= _LONG
    described = nearest if long or _says_paper(rest) else None
    return find_titled(rest, papers) or find_asked(rest, papers, nearest=described)


def _about_described(question: str, papers: Sequence[Paper], nearest: Paper | None) -> Draft | None:
    """Tell what is asked of one paper, wherever in the question its name or topic stands."""
    if _WHAT_THEY_SAY.search(question):
        return None
    asked = (
        (_ASKS_AUTHORS, _tell_authors),
        (_ASKS_DATE, _tell_date),
        (_ASKS_PLACE, _tell_affiliations),
    )
    told = [tell for pattern, tell in asked if pattern.search(question)]
    described = nearest if _ONE_PAPER.search(question) else None
    found = find_asked(question, papers, nearest=described) if told else []
    return _tell_each(question, found, told) if found else None


def _says_paper(text: str) -> bool:
    return bool(re.search(rf"\b{_PAPERS}\b", text, re.IGNORECASE))


def _tell_each(question: str, found: Sequence[Paper], told: Sequence[_Tell]) -> Draft:
    place, role = place_in_list(question)
    authors: _Tell = partial(_tell_authors, counted=bool(_COUNTS.search(question)))
    if place is not None:
        authors = partial(_tell_one_author, place=place, role=role.removeprefix(" as "))
    tells = [authors if tell is _tell_authors else tell for tell in told]
    return _draft(tell(paper, n) for n, paper in enumerate(found, start=1) for tell in tells)


def _asks_coauthors(question: str, papers: Sequence[Paper]) -> bool:
    if not _COAUTHORS.search(question):
        return False
    return bool(find_people(question, (a for paper in papers for a in paper.authors)))


def _names_no_paper(rest: str, focus: Sequence[Paper]) -> bool:
    return not content_words(rest) and not focus


def _tell_authors(paper: Paper, marker: int, *, counted: bool = False) -> DraftSentence:
    names = _join([author.name for author in paper.authors])
    if not names:
        return _record_sentence(
            f"The record of {_titled(paper)} names no authors.", paper, marker, "title"
        )
    cut = "" if paper.authors_complete else ", and others that the record does not name"
    number = f"{len(paper.authors)} people: " if counted and paper.authors_complete else ""
    return _record_sentence(
        f"{_titled(paper)} was written by {number}{names}{cut}.", paper, marker, "authors"
    )


def _tell_one_author(paper: Paper, marker: int, *, place: int, role: str) -> DraftSentence:
    author = author_at(paper, place)
    if author is None:
        return _tell_authors(paper, marker)
    told = f"The {role} of {_titled(paper)} is {author.name}."
    return _record_sentence(told, paper, marker, "authors")


def _tell_date(paper: Paper, marker: int) -> DraftSentence:
    if paper.date is None:
        return _record_sentence(
            f"The record of {_titled(paper)} states no date.", paper, marker, "title"
        )
    if paper.year is None:
        shown = paper.date.removeprefix("XXXX-")
        return _record_sentence(
            f"The record of {_titled(paper)} states a day ({shown}) and no year.",
            paper,
            marker,
            "date",
        )
    month = month_named(paper.date)
    when = f"{month} {paper.year} ({paper.date})" if month else str(paper.year)
    told = f"{_titled(paper)} is dated {when}."
    return _record_sentence(told, paper, marker, "date")


def _tell_affiliations(paper: Paper, marker: int) -> DraftSentence:
    if not paper.affiliations:
        return _record_sentence(
            f"The record of {_titled(paper)} states no affiliation.", paper, marker, "title"
        )
    return _record_sentence(
        f"The record of {_titled(paper)} states {_join(paper.affiliations)}.",
        paper,
        marker,
        "affiliations",
    )


def _tell_category(paper: Paper, marker: int) -> DraftSentence:
    if paper.category is None:
        return _record_sentence(
            f"The record of {_titled(paper)} states no category.", paper, marker, "title"
        )
    return _record_sentence(
        f"The record of {_titled(paper)} states the category {paper.category}.",
        paper,
        marker,
        "category",
    )


def _tell_link(paper: Paper, marker: int) -> DraftSentence:
    if paper.link is None:
        return _record_sentence(
            f"The record of {_titled(paper)} has no link.", paper, marker, "title"
        )
    return _record_sentence(f"{_titled(paper)}: {paper.link}", paper, marker, "url")


def _list_papers(question: str, papers: Sequence[Paper]) -> Draft | None:
    people = find_people(question, (a for paper in papers for a in paper.authors))
    if people and _COAUTHORS.search(question):
        return _tell_coauthors(question, people, papers)
    question = _without_namesakes(question, people, papers)
    if people and _NEGATED.search(question):
        return None
    filters = list(read_conditions(question, papers, people))
    only_people = bool(people) and not _topic(question, filters)
    if not (only_people or _LISTS.search(question) or _COUNTS.search(question)):
        return None
    if not people and (stranger := _BY_SOMEBODY.search(question)):
        name = next(part for part in stranger.groups() if part)
        return Draft(
            abstention=AbstentionReason.NOTHING_RELEVANT,
            message=f"No paper of the library names {name} among its authors.",
        )
    topic = _topic(question, filters)
    if topic and _WHAT_THEY_SAY.search(question):
        return None
    if not filters and (topic or not _asks_about_all(question)):
        return None
    kept = [paper for paper in papers if all(f.keeps(paper) for f in filters)]
    if topic:
        if all(f.field == "date" for f in filters) and not re.search(
            _PAPERS, question, re.IGNORECASE
        ):
            return None
        kept = [paper for paper in kept if _has_topic(paper, topic)]
    return _tell_list(question, kept, filters, topic)


def _asks_about_all(question: str) -> bool:
    return bool(
        re.search(_PAPERS, question, re.IGNORECASE)
        and any(p.search(question) for p in (_COUNTS, _NEWEST, _OLDEST, _EVERYTHING))
    )


def _topic(question: str, filters: Sequence[Condition]) -> frozenset[str]:
    said = frozenset(word for f in filters for word in f.says)
    return frozenset(
        s
        for word in content_words(question)
        if (s := stem(word)) not in said and s not in _FRAME and not word.isdigit()
    )


def _has_topic(paper: Paper, topic: frozenset[str]) -> bool:
    return len(topic & stems_of(paper)) * 2 > len(topic)


def _tell_list(
    question: str, kept: Sequence[Paper], filters: Sequence[Condition], topic: frozenset[str]
) -> Draft | None:
    which = " ".join(f.words for f in filters).replace(" by ", " and by ")
    if not kept:
        if topic:
            return None
        return Draft(
            abstention=AbstentionReason.NOTHING_RELEVANT,
            message=f"The library has no paper {which}.",
        )
    ordered = _ordered(question, kept)
    field = filters[0].field if filters else "title"
    sentences = [_listed(paper, n) for n, paper in enumerate(ordered[:MAX_LISTED], start=1)]
    total = f"{len(kept)} paper{'s' if len(kept) != 1 else ''}"
    more = f"; the first {MAX_LISTED} are listed" if len(kept) > MAX_LISTED else ""
    matching = " and matching the rest of the question" if topic else ""
    said = f"{total} {which}".strip() + f"{matching} in the library{more}."
    head = DraftSentence(
        text=said[0].upper() + said[1:],
        markers=tuple(range(1, len(sentences) + 1)),
        citations=tuple(
            _field_citation(paper, n, field)
            for n, paper in enumerate(ordered[:MAX_LISTED], start=1)
        ),
        from_record=True,
    )
    one_wanted = _NEWEST.search(question) or _OLDEST.search(question)
    if len(ordered) == 1 and _AND_WHO.search(question):
        sentences += _tell_each(question, ordered, [_tell_authors]).sentences
    return _draft(sentences) if one_wanted else _draft([head, *sentences])


def _ordered(question: str, kept: Sequence[Paper]) -> list[Paper]:
    """Newest first, undated last; just one where the newest or the oldest is asked for."""
    dated = sorted((p for p in kept if p.year), key=lambda p: (p.date or "", p.paper_id))
    undated = [p for p in kept if not p.year]
    if _OLDEST.search(question) and dated:
        return dated[:1]
    newest = list(reversed(dated))
    return newest[:1] if _NEWEST.search(question) and dated else newest + undated


def _listed(paper: Paper, marker: int) -> DraftSentence:
    year = f" ({paper.year})" if paper.year else ""
    by = f", {paper.byline}" if paper.authors else ""
    said = f"{_titled(paper)}{by}{year}"
    return _record_sentence(f"{said.removesuffix('.')}.", paper, marker, "title")


def _without_namesakes(question: str, people: Sequence[Person], papers: Sequence[Paper]) -> str:
    """Leave out `not Dylan` where the question says which other Foster it is after."""
    for person in people:
        namesakes = {
            _person_key(author)[1]
            for paper in papers
            for author in paper.authors
            if fold(author.family) == person.family and not person.is_author(author)
        }
        for given in filter(None, namesakes if person.given else ()):
            other = (
                rf"\(?,?\s*\b(?:and )?not {re.escape(given)}\b(?: {re.escape(person.family)})?\)?"
            )
            question = re.sub(other, " ", question, flags=re.IGNORECASE)
    return question


def _not_besides(question: str, people: Sequence[Person]) -> list[Person]:
    """Return those of whom the question asks; `besides Lima` names one to leave out."""
    clause = _BESIDES.search(question)
    beside = fold(clause.group()) if clause else ""
    asked = [person for person in people if person.family not in beside]
    return asked or list(people)


def _tell_coauthors(
    question: str, people: Sequence[Person], papers: Sequence[Paper]
) -> Draft | None:
    """Tell with whom people wrote, on the topic of the question where they wrote on it."""
    asked = _not_besides(question, people)
    own = [paper for paper in papers if all(person.wrote(paper) for person in asked)]
    if len(asked) > 1 and not own:
        return None
    topic = _topic(question, list(read_conditions(question, papers, people)))
    own = [paper for paper in own if topic and _has_topic(paper, topic)] or own
    names: dict[tuple[str, str], Author] = {}
    for paper in own:
        for author in paper.authors:
            if not any(person.is_author(author) for person in people):
                names.setdefault(_person_key(author), author)
    listed = _join([author.name for author in names.values()]) or "nobody else"
    has = "has" if len(asked) == 1 else "have"
    head = DraftSentence(
        text=f"{_join([person.name for person in asked])} {has} written with {listed}.",
        markers=tuple(range(1, len(own) + 1)),
        citations=tuple(_field_citation(p, n, "authors") for n, p in enumerate(own, start=1)),
        from_record=True,
    )
    return _draft([head, *(_listed(p, n) for n, p in enumerate(own, start=1) if len(own) <= _FEW)])


def _record_sentence(text: str, paper: Paper, marker: int, field: str) -> DraftSentence:
    return DraftSentence(
        text=text,
        markers=(marker,),
        citations=(_field_citation(paper, marker, field),),
        from_record=True,
    )


def _field_citation(paper: Paper, marker: int, field: str) -> Citation:
    if field == "title":
        return Citation.of_title(paper, marker=marker)
    return Citation(
        marker=marker,
        paper_id=paper.paper_id,
        field=field,
        version=paper.version,
        quote=_value(paper, field),
    )


def _value(paper: Paper, field: str) -> str:
    match field:
        case "authors":
            return ", ".join(a.name for a in paper.authors)
        case "affiliations":
            return ", ".join(paper.affiliations)
        case "url":
            return paper.link or ""
        case "has_code":
            return "code" if paper.has_code else ""
        case _:
            return str(getattr(paper, field) or "")


def _draft(sentences: Iterable[DraftSentence]) -> Draft:
    return Draft(sentences=tuple(sentences))


def _titled(paper: Paper) -> str:
    return f"“{paper.title}”" if paper.title else f"An untitled abstract ({paper.paper_id})"


def _join(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
