"""The hand-made questions are checked against the raw seed files, by nothing of litdesk."""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HALVES = ("tune", "report")
FILES = (*HALVES, "tune-varied", "tune-earlier", "tune-later", "tune-further")
MINIMUM = {
    "single": 40,
    "several": 12,
    "metadata": 12,
    "followup": 12,
    "typo": 8,
    "paraphrase": 10,
    "offtopic": 20,
    "nearmiss": 20,
    "falsepremise": 12,
}
UNANSWERABLE = {"offtopic", "nearmiss", "falsepremise"}
FIELDS = {
    "id": str,
    "user_input": str,
    "reference": str,
    "answerable": bool,
    "key_facts": list,
    "forbidden": list,
    "history": list,
    "tags": list,
    "papers": list,
}
OPTIONAL_FIELDS = {"min_papers": int, "gold_sentences": list}
COUNT_FACT = re.compile(r"(\d+) papers?")
ALIASES = {
    "Random Scaling for Emergent Capabilities": (
        "Distributional Scaling Laws for Emergent Capabilities"
    )
}
RARE = 5

Case = dict[str, Any]


@cache
def read_file(name: str) -> tuple[Case, ...]:
    text = (ROOT / "evals" / "cases" / f"seeds-{name}.jsonl").read_text(encoding="utf-8")
    return tuple(json.loads(line) for line in text.splitlines())


def all_cases() -> list[Case]:
    return [case for name in FILES for case in read_file(name)]


def category(case: Case) -> str:
    return str(case["tags"][0])


@cache
def read_seeds() -> tuple[tuple[str, ...], ...]:
    files = sorted((ROOT / "seeds").glob("*.txt"))
    return tuple(tuple(f.read_text(encoding="utf-8").split("\n")) for f in files)


@cache
def records(title: str) -> tuple[tuple[str, str], ...]:
    """The (bibliographic text, abstract) pairs that the raw pages hold under a title."""
    found = []
    names = [title, *([ALIASES[title]] if title in ALIASES else [])]
    for lines in read_seeds():
        for n, line in enumerate(lines):
            if line in names:
                found.append((f"{line} {lines[n + 1]}", lines[n + 2]))
            elif any(line.startswith(name) for name in names):
                header = lines[n - 1] if n and len(lines[n - 1]) < 30 else ""
                found.append((f"{header} {line}", lines[n + 1]))
    return tuple(found)


def occurs(fact: list[str], text: str) -> bool:
    return any(phrase.casefold() in text.casefold() for phrase in fact)


def supports(fact: list[str], title: str, *, by_record: bool) -> bool:
    pairs = records(title)
    if by_record:
        return any(occurs(fact, record) for record, _ in pairs)
    return all(occurs(fact, abstract) for _, abstract in pairs)


def stem(word: str) -> str:
    for ending in ("ings", "ing", "ers", "er", "ies", "ed", "es", "s", "ly", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


def stems(text: str) -> set[str]:
    return {stem(word) for word in re.findall(r"[a-z0-9]{3,}", text.casefold())}


@cache
def seed_titles() -> frozenset[str]:
    """Every title that some case names; the set covers all papers of the seeds."""
    return frozenset(title for case in all_cases() for title in case["papers"])


@cache
def paper_stems(title: str) -> frozenset[str]:
    return frozenset(stems(" ".join([title, *(abstract for _, abstract in records(title))])))


def field_faults(case: Case) -> list[str]:
    faults = [f for f, kind in FIELDS.items() if not isinstance(case.get(f), kind)]
    faults += [
        f for f, kind in OPTIONAL_FIELDS.items() if not isinstance(case.get(f, kind()), kind)
    ]
    return faults + sorted(case.keys() - FIELDS.keys() - OPTIONAL_FIELDS.keys())


def unfounded_facts(case: Case) -> list[list[str]]:
    by_record = "metadata" in case["tags"]
    unfounded = []
    for fact in case["key_facts"]:
        if by_record and (number := COUNT_FACT.match(fact[0])):
            founded = int(number[1]) == len(case["papers"])
        else:
            founded = any(supports(fact, title, by_record=by_record) for title in case["papers"])
        if not founded:
            unfounded.append(fact)
    return unfounded


def unfounded_sentences(case: Case) -> list[str]:
    abstracts = [abstract for title in case["papers"] for _, abstract in records(title)]
    return [
        sentence
        for sentence in case.get("gold_sentences", [])
        if not any(sentence in abstract for abstract in abstracts)
        or not any(occurs(fact, sentence) for fact in case["key_facts"])
    ]


def rare_words_shared(case: Case) -> set[str]:
    shared = stems(case["user_input"]) & paper_stems(case["papers"][0])
    return {w for w in shared if sum(w in paper_stems(title) for title in seed_titles()) <= RARE}


def test_a_case_has_the_documented_fields_and_no_other() -> None:
    assert {c.get("id"): faults for c in all_cases() if (faults := field_faults(c))} == {}


def test_no_question_reference_or_key_fact_is_blank() -> None:
    for case in all_cases():
        phrases = [phrase for fact in case["key_facts"] for phrase in fact]
        assert all(case["key_facts"]), case["id"]
        assert all(s.strip() for s in [case["user_input"], case["reference"], *phrases]), case["id"]


def test_a_case_is_what_its_category_says() -> None:
    for case in all_cases():
        kind, key = category(case), case["id"]
        assert kind in MINIMUM, key
        assert key.startswith(f"{kind}-")
        assert case["answerable"] is (kind not in UNANSWERABLE), key
        assert bool(case["key_facts"]) is (case["answerable"] or kind == "falsepremise"), key
        assert bool(case["history"]) is (kind == "followup"), key
        assert all(turn.keys() == {"user_input", "papers"} for turn in case["history"]), key


def test_the_papers_of_a_case_are_titles_in_the_seeds() -> None:
    for case in all_cases():
        named = [*case["papers"], *(title for turn in case["history"] for title in turn["papers"])]
        assert [title for title in named if not records(title)] == [], case["id"]
        if category(case) != "nearmiss":
            assert bool(case["papers"]) is (category(case) != "offtopic"), case["id"]


def test_a_question_on_several_papers_asks_for_at_least_two() -> None:
    for case in all_cases():
        if category(case) == "several":
            assert 2 <= case["min_papers"] <= len(case["papers"]) <= 5, case["id"]
        else:
            assert "min_papers" not in case, case["id"]


def test_every_key_fact_stands_in_each_version_of_a_named_abstract_or_in_a_record() -> None:
    assert {c["id"]: facts for c in all_cases() if (facts := unfounded_facts(c))} == {}


def test_gold_sentences_carry_a_key_fact_and_stand_verbatim_in_a_named_abstract() -> None:
    assert {c["id"]: wrong for c in all_cases() if (wrong := unfounded_sentences(c))} == {}


def test_no_forbidden_words_stand_in_the_sentences_that_answer() -> None:
    for case in all_cases():
        quoted = " ".join(case.get("gold_sentences", []))
        assert not occurs(case["forbidden"], quoted), case["id"]


def test_a_paraphrase_shares_no_rare_word_with_its_paper() -> None:
    paraphrases = [case for case in all_cases() if category(case) == "paraphrase"]
    assert {c["id"]: words for c in paraphrases if (words := rare_words_shared(c))} == {}


def test_ids_and_questions_are_unique_over_both_halves() -> None:
    ids = Counter(case["id"] for case in all_cases())
    asked = Counter((c["user_input"].casefold(), json.dumps(c["history"])) for c in all_cases())
    assert [key for key, n in (ids + asked).items() if n > 1] == []


def test_each_half_has_enough_questions_of_each_category() -> None:
    for half in HALVES:
        found = Counter(map(category, read_file(half)))
        assert {name: n for name, n in MINIMUM.items() if found[name] < n} == {}, half
        assert found.total() >= 150, half


def test_the_questions_of_each_half_touch_every_paper_of_the_seeds() -> None:
    assert len(seed_titles()) == 63
    for half in HALVES:
        named = {title for case in read_file(half) for title in case["papers"]}
        assert seed_titles() - named == set(), half
