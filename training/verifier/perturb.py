"""Seeded errors: small edits that make a sentence say something else, and rewordings that do not.

An `Edit` names what it replaces, so that one edit can be made in the claim, in the evidence, or in
both; the last keeps a judge from learning to see errors by the claim's wording alone.
"""
# ruff: noqa: E501 (word lists read best as lines)

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.sentences import STOP_WORDS
from litdesk.verify.lexicon import NEGATIONS
from litdesk.verify.quantities import find_quantities
from litdesk.verify.reading import read

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

__all__ = [
    "CONTRADICTING", "EDITS", "Edit", "Pools", "clauses_of", "fabricate", "fabricate_clause", "reword",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Put `new` in the place of `old`."""

    kind: str
    old: str
    new: str

    def apply(self, text: str) -> str | None:
        """Return the text with the edit made.

        Args:
            text: A text that may hold `old`.

        Returns:
            The edited text, or None unless `old` stands in it exactly once.
        """
        pattern = r"(?<![\w.])" + re.escape(self.old) + r"(?![\w]|\.\d)"
        found = list(re.finditer(pattern, text))
        if len(found) != 1:
            return None
        return text[: found[0].start()] + self.new + text[found[0].end() :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """Words of other texts, to swap in."""

    names: Sequence[str]
    terms: Sequence[str]


CONTRADICTING = frozenset({"number", "unit", "negation", "direction", "comparator"})


def _inflected(*pairs: str) -> list[tuple[str, str]]:
    """Inflect pairs of regular verbs."""
    found = []
    for pair in pairs:
        one, other = pair.split("/")
        found += [
            (_form(one, form), _form(other, form)) for form in ("", "s", "ed", "ing")
        ]  # fmt: skip
    return found


_IRREGULAR = {
    "fall": ("fall", "falls", "fell", "falling"),
    "rise": ("rise", "rises", "rose", "rising"),
    "grow": ("grow", "grows", "grew", "growing"),
    "shrink": ("shrink", "shrinks", "shrank", "shrinking"),
    "drop": ("drop", "drops", "dropped", "dropping"),
    "gain": ("gain", "gains", "gained", "gaining"),
    "lose": ("lose", "loses", "lost", "losing"),
    "slow": ("slow", "slows", "slowed", "slowing"),
    "find": ("find", "finds", "found", "finding"),
    "show": ("show", "shows", "showed", "showing"),
    "give": ("give", "gives", "gave", "giving"),
    "lead": ("lead", "leads", "led", "leading"),
    "bind": ("bind", "binds", "bound", "binding"),
    "become": ("become", "becomes", "became", "becoming"),
    "begin": ("begin", "begins", "began", "beginning"),
    "hold": ("hold", "holds", "held", "holding"),
    "make": ("make", "makes", "made", "making"),
    "cut": ("cut", "cuts", "cut", "cutting"),
    "underlie": ("underlie", "underlies", "underlay", "underlying"),
    "occur": ("occur", "occurs", "occurred", "occurring"),
    "control": ("control", "controls", "controlled", "controlling"),
    "win": ("win", "wins", "won", "winning"),
    "differ": ("differ", "differs", "differed", "differing"),
    "prefer": ("prefer", "prefers", "preferred", "preferring"),
}


def _form(verb: str, form: str) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb][("", "s", "ed", "ing").index(form)]
    if form == "s":
        if verb.endswith(("s", "sh", "ch", "x")):
            return verb + "es"
        return verb[:-1] + "ies" if verb.endswith("y") and verb[-2] not in "aeo" else verb + "s"
    if form in {"ed", "ing"}:
        if verb.endswith("e"):
            return verb[:-1] + form
        if form == "ed" and verb.endswith("y") and verb[-2] not in "aeo":
            return verb[:-1] + "ied"
    return verb + form


_PAIRS = _inflected(
    "increase/decrease", "increase/reduce", "improve/worsen", "enhance/impair", "improve/degrade",
    "raise/lower", "elevate/reduce", "promote/inhibit", "activate/suppress", "induce/prevent",
    "stimulate/inhibit", "facilitate/hinder", "rise/fall", "grow/shrink", "gain/lose",
    "accelerate/delay", "upregulate/downregulate", "outperform/underperform", "enable/prevent",
    "allow/prevent", "cause/prevent", "strengthen/weaken", "amplify/attenuate", "expand/shrink",
    "accelerate/slow", "exceed/drop", "confirm/refute", "support/contradict", "begin/end",
    "win/lose", "accept/reject", "include/exclude", "join/leave", "protect/endanger",
    "maximize/minimize", "encourage/discourage",
) + [
    tuple(pair.split("/"))
    for pair in """higher/lower more/less greater/smaller better/worse larger/smaller faster/slower
    high/low positive/negative positively/negatively superior/inferior longer/shorter
    stronger/weaker strong/weak early/late earlier/later before/after increase/decrease
    improvement/deterioration gain/loss gains/losses effective/ineffective efficient/inefficient
    sensitive/resistant stable/unstable common/rare commonly/rarely often/rarely most/few
    similar/different significant/insignificant necessary/unnecessary sufficient/insufficient
    upregulation/downregulation activation/inhibition promotion/inhibition linear/nonlinear
    always/never with/without maximum/minimum largest/smallest highest/lowest best/worst
    fast/slow rapid/slow rapidly/slowly large/small long/short presence/absence simple/complex
    easier/harder easy/difficult accurate/inaccurate consistent/inconsistent robust/fragile
    older/younger old/young upper/lower first/last majority/minority dense/sparse male/female
    men/women increasing/decreasing beneficial/harmful safe/unsafe possible/impossible
    directly/indirectly sharp/smooth broad/narrow win/defeat winner/loser north/south east/west
    successful/unsuccessful advantage/disadvantage gained/lost rise/decline""".split()
]  # fmt: skip
_OPPOSITE: dict[str, list[str]] = {}
for _one, _other in _PAIRS:
    _OPPOSITE.setdefault(_one, []).append(_other)
    _OPPOSITE.setdefault(_other, []).append(_one)

_VERBS = """increase decrease reduce improve enhance impair raise lower promote inhibit activate suppress
induce prevent stimulate facilitate hinder rise fall grow gain lose accelerate outperform enable allow
cause show find suggest indicate demonstrate reveal affect require contain produce use involve lead
provide support confirm play regulate mediate express predict contribute exhibit bind occur depend
remain report identify observe achieve yield develop receive include control generate form correlate
associate describe explain extend generalize learn match capture encode store apply work help hold
become begin differ converge scale benefit exceed interact respond protect target win join serve star
appear release live direct write publish perform represent influence alter modulate trigger maintain
survive express encode carry propose introduce present""".split()
_LEMMA = {_form(verb, form): (verb, form) for verb in _VERBS for form in ("s", "ed")}
_AUXILIARY = (
    "is are was were has have had can could may might will would should must does do did".split()
)


def change_number(text: str, rng: random.Random, pools: Pools) -> Edit | None:
    """Return an edit that changes a number.

    Args:
        text: A sentence.
        rng: Where chance comes from.
        pools: Not used.

    Returns:
        The edit, or None if there is no number.
    """
    del pools
    found = [q for q in find_quantities(text) if not q.spelled or q.value >= 2]
    if not found:
        return None
    quantity = rng.choice(found)
    core = re.match(r"\d[\d,]*(?:\.\d+)?|\.\d+|[A-Za-z]+", text[quantity.span.start :])
    if core is None:
        return None
    old = core.group()
    others = [
        m.group()
        for q in found
        if (m := re.match(r"\d[\d,]*(?:\.\d+)?", q.text)) and m.group() != old
    ]
    if quantity.spelled:
        words = "two three four five six seven eight nine ten twelve twenty".split()
        new = rng.choice([w for w in words if w != old.lower()])
    elif others and rng.random() < 0.25:
        new = rng.choice(others)
    else:
        new = _other_number(old, rng)
    after = _next_word(text, quantity.span.start + len(old))
    return Edit(kind="number", old=old + after, new=new + after)


def _other_number(old: str, rng: random.Random) -> str:
    value = float(old.replace(",", ""))
    decimals = len(old.partition(".")[2])
    if re.fullmatch(r"(19|20)\d\d", old):
        return str(int(old) + rng.choice([-20, -10, -7, -3, -2, -1, 1, 2, 3, 5, 10]))
    for _ in range(20):
        style = rng.random()
        if style < 0.45:
            changed = value * rng.choice(
                [0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 1.2, 1.3, 1.5, 2, 2.5, 3, 10]
            )
        elif style < 0.7:
            changed = value + rng.choice([-1, 1]) * rng.randint(1, 9) * 10.0**-decimals
        else:
            place = rng.choice([i for i, c in enumerate(old) if c.isdigit()])
            digit = rng.choice([d for d in "123456789" if d != old[place]])
            changed = float((old[:place] + digit + old[place + 1 :]).replace(",", ""))
        new = f"{changed:,.{decimals}f}" if "," in old else f"{changed:.{decimals}f}"
        if changed > 0 and new != old and float(new.replace(",", "")) > 0:
            return new
    return str(int(value) + 7)


def _next_word(text: str, start: int) -> str:
    """The white space and word that follow, so that the place can be found again."""
    match = re.match(r"[ -]?[A-Za-z%]+", text[start:])
    return match.group() if match else ""


_UNIT_SWAPS = [
    set(group.split())
    for group in """ms seconds minutes hours
days weeks months years decades
day week month year
hour minute second
ng mg g kg
µg mg g
nm mm cm km
nM mM
meters kilometers miles
million billion thousand
% fold
patients studies trials
models datasets languages
percent points
dollars euros pounds""".splitlines()
]


def change_unit(text: str, rng: random.Random, pools: Pools) -> Edit | None:
    """Return an edit that changes the unit of a number.

    Args:
        text: A sentence.
        rng: Where chance comes from.
        pools: Not used.

    Returns:
        The edit, or None if there is no number with a unit.
    """
    del pools
    found = []
    for match in re.finditer(
        r"(\d[\d,.]*|\b(?:two|three|four|five|six|ten))([ -]?)([A-Za-zµ]+|%)", text
    ):
        for group in _UNIT_SWAPS:
            if match[3] in group:
                found += [(match, other) for other in sorted(group - {match[3]})]
    if not found:
        return None
    match, other = rng.choice(found)
    gap = "-" if other == "fold" else (match[2] or (" " if match[3] == "%" else ""))
    return Edit(
        kind="unit", old=match.group(), new=match[1] + ("" if other == "%" else gap) + other
    )


def negate(text: str, rng: random.Random, pools: Pools) -> Edit | None:
    """Return an edit that negates a statement or takes a negation away.

    Args:
        text: A sentence.
        rng: Where chance comes from.
        pools: Not used.

    Returns:
        The edit, or None if no verb is known.
    """
    del pools
    if edits := _unnegations(text):
        return rng.choice(edits)
    edits = []
    for match in re.finditer(rf"\b({'|'.join(_AUXILIARY)}) (\w+)", text):
        if match[2] in NEGATIONS:
            continue
        word = rng.choice(["not", "not", "not", "never"])
        put = f"{match[1]} {word} {match[2]}"
        if match[1] in {"has", "have"} and match[2] in {"a", "an", "the"}:
            put = f"{'does' if match[1] == 'has' else 'do'} not have {match[2]}"
        edits.append(Edit(kind="negation", old=match.group(), new=put))
    for match in re.finditer(r"\b([a-z]+)(?= (\w+))", text):
        if match[1] in _LEMMA and not _is_participle(text, match.start()):
            verb, form = _LEMMA[match[1]]
            does = "does" if form == "s" else "did"
            put = rng.choice([f"{does} not {verb}", f"{does} not {verb}", f"fail{form} to {verb}"])
            edits.append(
                Edit(kind="negation", old=f"{match[1]} {match[2]}", new=f"{put} {match[2]}")
            )
    return rng.choice(edits) if edits else None


def _is_participle(text: str, start: int) -> bool:
    before = text[:start].split()[-1:]
    return not before or before[0].lower() in {
        *_AUXILIARY, "be", "been", "being", "by", "the", "a", "an", "of", "and", "not", "with", "to", "than",
        "as", "these", "those", "significantly", "its", "their", "our", "no", "in",
    }  # fmt: skip


def _unnegations(text: str) -> list[Edit]:
    edits = []
    for match in re.finditer(r"\b(does|do|did) not (\w+)", text):
        form = {"does": "s", "do": "", "did": "ed"}[match[1]]
        edits.append(Edit(kind="negation", old=match.group(), new=_form(match[2], form)))
    for match in re.finditer(rf"\b({'|'.join(_AUXILIARY)}) (?:not|never) (\w+)", text):
        if match[1] not in {"does", "do", "did"}:
            edits.append(Edit(kind="negation", old=match.group(), new=f"{match[1]} {match[2]}"))
    for match in re.finditer(r"\bno (significant|\w+) (\w+)", text):
        put = f"a {match[1]} {match[2]}"
        edits.append(Edit(kind="negation", old=match.group(), new=put))
    return edits


def turn_direction(text: str, rng: random.Random, pools: Pools) -> Edit | None:
    """Return an edit that turns a direction word into its opposite.

    Args:
        text: A sentence.
        rng: Where chance comes from.
        pools: Not used.

    Returns:
        The edit, or None if there is no such word.
    """
    del pools
    found = [m for m in re.finditer(r"\b([A-Za-z]+)\b", text) if m[1].lower() in _OPPOSITE]
    weights = [
        0.15 if m[1].lower() in {"with", "first", "most", "before", "after"} else 1 for m in found
    ]
    if not found:
        return None
    match = rng.choices(found, weights)[0]
    new = rng.choice(_OPPOSITE[match[1].lower()])
    new = new.capitalize() if match[1][0].isupper() else new
    after = _next_word(text, match.end())
    return Edit(kind="direction", old=match[1] + after, new=new + after)


_COMPARATORS = [
    ("at least", "at most"), ("more than", "less than"), ("greater than", "less than"),
    ("more than", "fewer than"), ("higher than", "lower than"), ("over", "under"),
    ("above", "below"), ("up to", "at least"), ("larger than", "smaller than"),
    ("≥", "≤"), (">", "<"), ("no more than", "more than"), ("better than", "worse than"),
]  # fmt: skip


def turn_comparator(text: str, rng: random.Random, pools: Pools) -> Edit | None:
    """Return an edit that turns a bound of a number round.

    Args:
        text: A sentence.
        rng: Where chance comes from.
        pools: Not used.

    Returns:
        The edit, or None if no number has a bound.
    """
    del pools
    found = []
    for one, other in _COMPARATORS:
        for old, new in ((one, other), (other, one)):
            pattern = rf"(?<![\w])({re.escape(old)})(\s*[$€£]?\d[\d,.]*)(?![\w.]*\d)"
            found += [
                Edit(kind="comparator", old=m.group(), new=new + m[2])
                for m in re.finditer(pattern, text)
            ]
    return rng.choice(found) if found else None


_HEDGED = {
    "may": ["will", "must", "does"], "might": ["will", "must"], "could": ["will", "does"],
    "suggest": ["prove", "establish"], "suggests": ["proves", "establishes"],
    "suggested": ["proved", "established"], "suggesting": ["proving"],
    "possible": ["certain", "proven"], "possibly": ["certainly"], "potentially": ["definitely"],
    "potential": ["proven"], "likely": ["certain", "sure"], "probably": ["certainly"],
    "perhaps": ["certainly"], "appears": ["is proven"], "appear": ["are proven"],
    "seems": ["is known"], "some": ["all"], "often": ["always"], "usually": ["always"],
    "sometimes": ["always"], "associated": ["caused"], "most": ["all"], "partly": ["fully"],
    "partially": ["completely"], "can": ["always"], "typically": ["invariably"],
}  # fmt: skip


def drop_hedge(text: str, rng: random.Random, pools: Pools) -> Edit | None:
    """Return an edit that says with certainty what was said with reserve.

    Args:
        text: A sentence.
        rng: Where chance comes from.
        pools: Not used.

    Returns:
        The edit, or None if there is no reserve.
    """
    del pools
    found = [m for m in re.finditer(r"\b([a-z]+)(?= (\w+))", text) if m[1] in _HEDGED]
    if not found:
        return None
    match = rng.choice(found)
    new, after = rng.choice(_HEDGED[match[1]]), match[2]
    if match[1] == "associated" and after == "with":
        after = "by"
    return Edit(kind="hedge", old=f"{match[1]} {match[2]}", new=f"{new} {after}")


def swap_name(text: str, rng: random.Random, pools: Pools) -> Edit | None:
    """Return an edit that puts another name, or another technical term, in.

    Args:
        text: A sentence.
        rng: Where chance comes from.
        pools: Names and terms of other texts.

    Returns:
        The edit, or None if there is nothing to swap.
    """
    names = [n for n in dict.fromkeys(read(text).names) if n in text]
    if names and (rng.random() < 0.75 or not pools.terms) and pools.names:
        old = rng.choice(names)
        alike = [n for n in pools.names if n.isupper() == old.isupper() and n != old] or pools.names
        new = rng.choice(list(alike))
        return Edit(kind="name", old=old, new=new) if new not in text else None
    terms = [w for w in re.findall(r"\b[a-z]{6,}\b", text) if _is_term(w)]
    if not terms or not pools.terms:
        return None
    old = rng.choice(terms)
    alike = [t for t in pools.terms if _ending(t) == _ending(old) and t != old]
    return Edit(kind="name", old=old, new=rng.choice(alike)) if alike else None


_NO_TERM = set(_LEMMA) | set(_VERBS) | set(_OPPOSITE) | set(_HEDGED)


def _is_term(word: str) -> bool:
    return (
        word not in _NO_TERM and word not in STOP_WORDS and not word.endswith(("ly", "ing", "ed"))
    )


def _ending(word: str) -> str:
    for ending in (
        "tion",
        "tions",
        "ity",
        "ies",
        "ics",
        "ic",
        "al",
        "ous",
        "ive",
        "ment",
        "ments",
        "ers",
        "s",
    ):
        if word.endswith(ending):
            return ending
    return ""


EDITS: dict[str, Callable[[str, random.Random, Pools], Edit | None]] = {
    "number": change_number,
    "unit": change_unit,
    "negation": negate,
    "direction": turn_direction,
    "comparator": turn_comparator,
    "hedge": drop_hedge,
    "name": swap_name,
}
"""Every kind of small edit."""

_CLAUSES = [
    ", and was also associated with {term}", ", with no effect on {term}", ", independently of {term}",
    ", leading to a {n}% increase in {term}", ", which was replicated in {n} independent cohorts",
    ", particularly in {term}", ", a result that was confirmed for {name}", ", mainly because of {term}",
    ", and it outperforms {name} by {n}%", ", at the cost of higher {term}", ", although {term} was unaffected",
    ", which was first reported in {year}", ", as well as {term} and {term2}", " in {n} countries",
    " and reduces {term} by {n}%", ", especially when {name} is used", ", and won a prize in {year}",
]  # fmt: skip
_SENTENCES = [
    "{a} was shown to reduce {term} in {n} patients.", "{a} depends on {term} and {term2}.",
    "The authors found that {a} improves {b} by {n}%.", "{a} causes {term} through {b}.",
    "Treatment with {name} abolished the effect of {a} on {b}.", "{a} requires {term}.",
    "In {year}, {a} was replaced by {name}.", "{a} and {b} are encoded by {name}.",
    "{name} outperforms {a} on {b} by {n} points.", "The cost of {a} grows with {term}.",
    "{b} explains {n}% of the variance in {a}.", "{a} was measured with {name} in {n} samples.",
    "A follow-up in {year} confirmed that {a} predicts {term}.", "{a} is cheaper than {name}.",
]  # fmt: skip


def _filled(template: str, rng: random.Random, pools: Pools, own: Sequence[str]) -> str:
    own = list(own) or list(pools.terms)
    return template.format(
        term=rng.choice(pools.terms), term2=rng.choice(pools.terms), name=rng.choice(pools.names),
        n=rng.randint(2, 95), year=rng.randint(1985, 2024), a=rng.choice(own), b=rng.choice(own),
    )  # fmt: skip


def fabricate_clause(text: str, rng: random.Random, pools: Pools, *, foreign: str) -> str:
    """Return the sentence with a clause added that nothing supports.

    Args:
        text: A sentence.
        rng: Where chance comes from.
        pools: Names and terms of other texts.
        foreign: A sentence of another text, from which a clause may be taken.

    Returns:
        The longer sentence.
    """
    body = text.rstrip(" .")
    words = foreign.rstrip(" .").split()
    if rng.random() < 0.5 and len(words) >= 6:
        tail = " ".join(words[: rng.randint(6, 16)])
        return f"{body}, and {tail[0].lower() + tail[1:]}."
    return body + _filled(rng.choice(_CLAUSES), rng, pools, ()) + "."


def fabricate(own: Sequence[str], rng: random.Random, pools: Pools) -> str:
    """Return an invented sentence about a text's own terms.

    Args:
        own: Terms of the text.
        rng: Where chance comes from.
        pools: Names and terms of other texts.

    Returns:
        A sentence that sounds like the text and is not in it.
    """
    sentence = _filled(rng.choice(_SENTENCES), rng, pools, own)
    return sentence[0].upper() + sentence[1:]


_SYNONYMS: dict[str, list[str]] = {}
for _line in """
show|demonstrate|find|report|reveal
shows|demonstrates|finds|reports|reveals
showed|demonstrated|found|reported|revealed
increase|raise|boost|elevate
increases|raises|boosts|elevates
increased|raised|elevated|boosted
reduce|decrease|lower|cut
reduces|decreases|lowers|cuts
reduced|decreased|lowered|diminished
improve|enhance|better
improves|enhances
improved|enhanced
use|employ|utilize
uses|employs|utilizes
used|employed|utilized
inhibit|suppress|block
inhibits|suppresses|blocks
inhibited|suppressed|blocked
promote|foster|encourage
promotes|fosters
important|crucial|essential|key
significantly|markedly|substantially|considerably
large|big|sizeable
small|little
many|numerous|a lot of
several|a number of|various
also|in addition|additionally|moreover
method|approach|technique
methods|approaches|techniques
study|work|investigation
studies|investigations|works
patients|subjects|people
compared with|compared to|relative to|versus
compared to|relative to|in comparison with
associated with|linked to|related to|connected with
because|since|as
about|approximately|roughly|around
over|more than|above
more than|over
at least|no fewer than|a minimum of
less than|under|fewer than
however|yet|nevertheless
furthermore|moreover|in addition
therefore|thus|hence
in order to|to
due to|because of|owing to
propose|introduce|present|put forward
proposes|introduces|presents
development|formation
result in|lead to|cause
results in|leads to|causes
resulted in|led to|caused
required|needed|necessary
require|need
requires|needs
effective|efficacious|successful
performance|quality
outperforms|beats|surpasses
outperform|beat|surpass
achieve|reach|attain
achieves|reaches|attains
achieved|reached|attained
training|learning
examine|investigate|study|explore
examined|investigated|studied|explored
we|the authors|the researchers
our|their
mortality|death rate|deaths
tumor|tumour|cancer
tumors|cancers
mice|mouse models
children|kids|young people
obtain|get
obtained|got
provide|give|offer
provides|gives|offers
provided|gave|offered
identified|discovered|detected|found
identify|detect|discover
contributes to|plays a part in|helps
involved in|implicated in
role|part|function
plays a role in|is involved in
suggest|indicate|imply
suggests|indicates|implies
high|elevated
fast|quick|rapid
percent|%
began|started
film|movie
born in|a native of
located in|situated in
founded|established|set up
received|got|was given
died|passed away
known as|called
increases|leads to an increase in|causes a rise in|drives up
increased|led to an increase in|caused a rise in
reduces|leads to a reduction in|causes a drop in|brings down
reduced|led to a reduction in|caused a drop in|brought down
decreases|leads to a fall in|reduces|shrinks
decreased|fell|declined|went down
inhibits|is an inhibitor of|blocks|keeps down
activates|switches on|turns on|is an activator of
activated|switched on|turned on
regulates|controls|governs|steers
regulate|control|govern
regulated|controlled|governed
regulation|control
regulator|controller
mediates|brings about|is responsible for
mediated by|brought about by|that goes through
prevents|stops|keeps from happening
prevented|stopped|averted
protects|shields
impairs|harms|damages|disrupts
impaired|harmed|damaged|disturbed
impairment|damage|deficit
predicts|forecasts|foretells
predicted|forecast|foretold
associated with|tied to|correlated with|goes along with
correlated with|related to|associated with
correlates with|goes hand in hand with|tracks
depends on|relies on|hinges on
dependent on|reliant on
independent of|not dependent on|unrelated to
absence of|lack of
in the absence of|without
in the presence of|with
presence of|existence of
expression|production
expressed|produced|made
overexpression|excess production|raised expression
knockout|deletion|loss
deletion|removal|loss
deficient in|lacking|without
deficiency|lack|shortage
differentiation|maturation
proliferation|growth|multiplication
apoptosis|cell death|programmed cell death
metastasis|spread
invasion|spread
malignant|cancerous
carcinoma|cancer
neoplasms|tumours|cancers
myocardial infarction|heart attack
stroke|cerebral infarct
hypertension|high blood pressure
cardiac|heart
renal|kidney
hepatic|liver
pulmonary|lung
cerebral|brain
neuronal|nerve cell
neurons|nerve cells
obese|severely overweight
elderly|older
infants|babies
newborn|neonatal
women|females
men|males
individuals|people|persons
participants|people in the study|subjects
adults|grown-ups
adolescents|teenagers
physicians|doctors
clinicians|doctors
treatment|therapy
treatments|therapies
therapy|treatment
therapeutic|treatment
treated with|given|who received
administration of|giving
drug|medicine|compound
drugs|medicines
vaccine|immunisation
vaccination|immunisation
infection|being infected
symptoms|signs of illness
risk|likelihood|danger
risk of|chance of|probability of
incidence|number of new cases|rate
prevalence|frequency
survival|time alive
onset|beginning
outcome|result
outcomes|results|end points
trial|experiment
trials|experiments
cohort|group
data|measurements
evidence|proof
mechanism|way
mechanisms|ways
pathway|route
pathways|routes
process|course
function|job|task
functions|tasks
levels|amounts|concentrations
level|amount
concentration|level
concentrations|levels
amount|quantity
number of|count of
rate|pace|frequency
rates|frequencies
approximately half|about one in two
half of|50% of
the majority of|most
most of|the bulk of
a small number of|few
frequently|often|commonly
often|frequently|in many cases
rarely|seldom|infrequently
usually|as a rule|generally
mainly|chiefly|mostly|primarily
primarily|mainly|chiefly
only|just|solely
rapidly|quickly|fast
quickly|rapidly|fast
slowly|gradually
strongly|markedly|powerfully
strong|powerful|marked
weak|slight
crucial|vital|essential|key
essential|vital|indispensable|required
necessary|needed|required
sufficient|enough|adequate
critical|crucial|decisive
major|main|chief|principal
main|chief|principal
novel|new
new|novel
recent|latest
previous|earlier|prior
previously|before|earlier
initial|first
initially|at first
subsequently|later|afterwards
subsequent|later|following
during|in the course of|throughout
following|after
prior to|before
before|prior to|ahead of
after|following
until|up to
within|inside|in under
despite|in spite of|notwithstanding
although|though|even though
whereas|while
while|whereas
via|by means of|through
through|by way of|via
among|in
such as|for example|like
including|among them
similar to|like|comparable to
different from|unlike
differs from|is not the same as
differ|vary|are not the same
consistent with|in line with|in agreement with
in contrast to|unlike
rather than|instead of
remains|stays|is still
remained|stayed|was still
remain|stay|are still
occurs|happens|takes place
occur|happen|take place
occurred|happened|took place
exists|is there|is found
leads to|results in|causes|brings about
led to|resulted in|caused|brought about
lead to|result in|bring about
allows|enables|lets
allow|enable|let
allowed|enabled|let
enables|allows|makes possible
contains|includes|holds
contain|include|hold
consists of|is made up of|comprises
composed of|made of|consisting of
derived from|obtained from|that come from
located|found|situated
detected|found|observed
observed|seen|noted
determined|established|found
measured|assessed|quantified
assessed|evaluated|measured
evaluate|assess|judge
evaluated|assessed|judged
compare|contrast
analyzed|examined|studied
analysis|examination|study
investigation|study|inquiry
tested|tried|examined
describe|set out|portray
described|reported|set out
explain|account for
explains|accounts for
confirm|verify|back up
confirmed|verified|backed up
confirms|verifies|backs up
suggesting|indicating|which hints
suggested|indicated|hinted
indicates|points to|suggests
indicated|suggested|pointed to
demonstrate|show|prove
demonstrates|shows|proves
demonstrated|showed|proved
reveal|show|uncover
revealed|showed|uncovered
predict|forecast
capable of|able to
able to|capable of
likely to|prone to
ability|capacity
abilities|capacities
models|systems
model|system
algorithm|method|procedure
accuracy|correctness|precision
efficient|economical
efficiently|with little effort
robust|sturdy|reliable
complex|complicated|intricate
simple|plain|straightforward
difficult|hard
easy|simple
large-scale|big
huge|enormous|vast
tiny|very small
entire|whole|full
complete|full|entire
total|overall
additional|further|extra
further|more|additional
multiple|several|many
several|a handful of|some
various|different|diverse
diverse|varied
common|frequent|widespread
rare|uncommon|unusual
widely|broadly
well known|famous
famous|well known|renowned
popular|well liked
country|nation
countries|nations
city|town
area|region
region|area
begin|start|commence
begins|starts|commences
start|begin
ended|finished|concluded
end|finish
build|construct|erect
built|constructed|put up
created|made|devised
create|make|produce
creates|makes|produces
wrote|penned|authored
written by|penned by
directed by|made by
produced|made|put out
released|issued|put out
starred|played|acted
stars|features
married|wed
won|took|gained
award|prize
awards|prizes
company|firm|business
firm|company
job|position|post
worked|was employed
works|is employed
lives|resides
lived|resided
moved|relocated
left|departed from
joined|became a member of
became|turned into
led|headed|was in charge of
said|stated|remarked
says|states|remarks
told|informed
asked|inquired
announced|declared|made known
believe|think|hold
believes|thinks|holds
believed|thought|held
killed|slain
attack|assault
injured|hurt|wounded
arrested|detained|taken into custody
accused of|charged with|alleged to have
government|administration
law|statute
police|officers
car|vehicle
house|home
money|funds
costs|expenses
cost|expense
buy|purchase
bought|purchased
sell|vend
children|youngsters
kids|children
mother|mum
father|dad
friend|companion
happy|glad
angry|furious
help|aid|assist
helped|aided|assisted
helps|aids|assists
try|attempt
tried|attempted
want|wish
wants|wishes
need|require
""".strip().splitlines():
    _all = _line.split("|")
    _SYNONYMS[_all[0]] = list(dict.fromkeys(_SYNONYMS.get(_all[0], []) + _all[1:]))
_SYNONYM = re.compile(
    r"\b(" + "|".join(sorted(map(re.escape, _SYNONYMS), key=len, reverse=True)) + r")\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:[A-Z][A-Z &/]{4,}:? |(?:Here|In this (?:paper|work|study)|Furthermore|Moreover|However|In addition|Thus"
    r"|Therefore|Additionally|Finally|Interestingly|Specifically|Our (?:results|data|findings) (?:show|suggest|indicate|demonstrate)(?: that)?"
    r"|We (?:show|find|found|demonstrate|report|observe|conclude)(?:ed)? that|These (?:results|data|findings) (?:show|suggest|indicate|demonstrate) that)(?:,)? )"
)
_OPENERS = [
    "According to the study, ", "The authors report that ", "It was found that ", "The paper says that ",
    "The results show that ", "They show that ", "In this work, ", "Notably, ", "The abstract states that ",
]  # fmt: skip


def reword(text: str, rng: random.Random, *, strength: float) -> str:
    """Return the sentence in other words, meaning (nearly) the same.

    Args:
        text: A sentence.
        rng: Where chance comes from.
        strength: 0 for a light touch, 1 for as much as the lists know.

    Returns:
        The reworded sentence; now and then the same.
    """
    result = text
    if rng.random() < 0.3 + 0.7 * strength:
        result = re.sub(r"\s*\([^()]{1,80}\)", "", result)
    if rng.random() < 0.2 + 0.6 * strength:
        result = _capital(_LEAD.sub("", result))
    result = _SYNONYM.sub(lambda m: _synonym(m, rng, 0.15 + 0.6 * strength), result)
    if rng.random() < 0.6 * strength:
        result = _front_moved(result)
    if rng.random() < 0.5 * strength:
        result = _shortened(result, rng)
    if rng.random() < 0.5 * strength:
        result = _EXTRA.sub("", result)
    if rng.random() < 0.4 * strength:
        result = _passive(result)
    if rng.random() < 0.15 + 0.1 * strength:
        first = result.split(" ", 1)[0]
        body = (
            result
            if any(c.isupper() or c.isdigit() for c in first[1:])
            else result[:1].lower() + result[1:]
        )
        result = rng.choice(_OPENERS) + body
    return result


def _synonym(match: re.Match[str], rng: random.Random, chance: float) -> str:
    if rng.random() >= chance:
        return match.group()
    new = rng.choice(_SYNONYMS[match.group().lower()])
    return _capital(new) if match.group()[0].isupper() else new


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _front_moved(text: str) -> str:
    """Turn `In mice, X grows.` into `X grows in mice.`."""
    match = re.match(
        r"^((?:In|For|When|Among|After|During|With|By|Under|At|On) [^,]{3,60}), ([^,]+)\.$", text
    )
    if match is None:
        return text
    return _capital(match[2]) + " " + match[1][0].lower() + match[1][1:] + "."


_EXTRA = re.compile(
    r"\b(?:significantly|markedly|substantially|strongly|highly|considerably|clearly|interestingly"
    r"|importantly|surprisingly|notably|specifically|directly|rapidly|largely|generally|further"
    r"|consistently|dramatically|greatly|critically|indeed|also|both|overall|well-known|recently)"
    r" (?=[a-z])"
)
_ACTIVE = {
    _form(verb, form): _form(verb, "ed") if verb not in {"show", "give", "begin"} else verb + "n"
    for verb in """inhibit activate suppress induce prevent promote regulate mediate control reduce
    increase improve enhance impair cause predict express produce support confirm protect modulate
    alter trigger maintain influence stimulate affect require""".split()
    for form in ("s", "ed")
}
_CLAUSE = re.compile(
    r"^(?P<who>(?:[^\s,;:()]+ ){1,6}?)(?P<verb>" + "|".join(_ACTIVE) + r") "
    r"(?P<what>(?!by\b|in\b|with\b|that\b|to\b|from\b)[^\s,;:()]+(?: [^\s,;:()]+){0,5}?)"
    r"(?P<rest>(?: (?:in|during|through|via|after|under|among|at|for) [^,;:()]+)?)\.$"
)
_UNFIT = re.compile(
    r"\b(?:and|or|not|that|which|who|we|is|are|was|were|been|be|to|it|they)\b", re.IGNORECASE
)


def _passive(text: str) -> str:
    """Turn `X inhibits Y in mice.` into `Y is inhibited by X in mice.`."""
    match = _CLAUSE.match(text)
    if match is None or _UNFIT.search(match["who"]) or _UNFIT.search(match["what"]):
        return text
    who, what = match["who"].strip(), match["what"].strip()
    past, many = match["verb"].endswith("ed"), what.endswith("s") and not what.endswith("ss")
    verb = {(True, True): "were", (True, False): "was", (False, True): "are"}.get(
        (past, many), "is"
    )
    if who.split()[0].istitle() and who.split()[0].lower() in STOP_WORDS:
        who = who[0].lower() + who[1:]
    return f"{_capital(what)} {verb} {_ACTIVE[match['verb']]} by {who}{match['rest']}."


def clauses_of(text: str) -> list[str]:
    """Return the parts of a sentence that stand by themselves.

    Args:
        text: A sentence.

    Returns:
        Two sentences or more; none where it is of one piece.
    """
    parts = re.split(r"(?:;|, and|, but|, whereas|, while) ", text.rstrip(" ."))
    if len(parts) < 2 or any(len(part.split()) < 5 for part in parts):
        return []
    whole = [p for p in parts if _FINITE.search(" ".join(p.split()[:8]))]
    return [_capital(part.strip(" ,")) + "." for part in whole] if len(whole) == len(parts) else []


_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|may|might|will|did|does|do|"
    + "|".join(sorted(_LEMMA))
    + r")\b"
)


def _shortened(text: str, rng: random.Random) -> str:
    """Keep a part that stands by itself."""
    parts = re.split(
        r"(?:;|, which|, whereas|, while|, and (?=(?:we|it|this|the|these|they)\b)|, but) ", text
    )
    parts = [p.strip(" ,") for p in parts[:1] if len(p.split()) >= 8]
    return parts[0].rstrip(".") + "." if parts and rng.random() < 0.8 else text
