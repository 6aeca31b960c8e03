# ruff: noqa: E501 (word lists read best as lines of words)
"""Words that turn a statement round, and words that leave it as it is."""

from __future__ import annotations

__all__ = [
    "AT_LEAST",
    "AT_MOST",
    "CERTAIN",
    "CONNECTIVES",
    "DIRECTIONS",
    "HEDGES",
    "NEGATIONS",
    "NUMBER_WORDS",
    "SCALES",
    "SECTION_LABELS",
    "SENSES",
    "SOFT",
    "UNITS",
    "opposites",
]

NEGATIONS = frozenset(
    """no not never none neither nor without cannot can't don't doesn't didn't won't isn't aren't
    wasn't weren't hasn't haven't hadn't couldn't wouldn't shouldn't fail fails failed failing
    failure lack lacks lacked lacking unable hardly barely absent absence""".split()
)

# One line an axis: words of one direction | words of the other. Axes stay apart: to "reduce" a
# loss does not contradict to "improve" it.
_AXES = """
increase increases increased increasing increasingly rise rises rising rose grow grows growing grew grown growth higher more greater larger bigger enhance enhances enhanced enhancing elevate elevates elevated elevating raise raises raised raising upregulate upregulates upregulated upregulation amplify amplifies amplified expand expands expanded gain gains gained exceed exceeds exceeded exceeding increment | decrease decreases decreased decreasing reduce reduces reduced reducing reduction reductions fall falls falling fell decline declines declined declining drop drops dropped dropping lower lowers lowered lowering less fewer smaller diminish diminishes diminished diminishing attenuate attenuates attenuated attenuating attenuation downregulate downregulates downregulated downregulation lessen lessens shrink shrinks shrank cut cuts loss losses decrement
improve improves improved improving improvement improvements better outperform outperforms outperformed outperforming surpass surpasses surpassed superior best advantage beneficial ameliorate ameliorates | worsen worsens worsened worsening worse degrade degrades degraded degrading degradation deteriorate deteriorates deteriorated underperform underperforms underperformed underperforming inferior worst disadvantage harmful detrimental exacerbate exacerbates
promote promotes promoted promoting activate activates activated activating activation induce induces induced inducing induction stimulate stimulates stimulated stimulating stimulation facilitate facilitates facilitated enable enables enabled enabling trigger triggers triggered cause causes caused allow allows allowed | inhibit inhibits inhibited inhibiting inhibition suppress suppresses suppressed suppressing suppression block blocks blocked blocking prevent prevents prevented preventing prevention impair impairs impaired impairing hinder hinders hindered disrupt disrupts disrupted disrupting abolish abolishes abolished abrogate abrogates abrogated preclude precludes
positive positively | negative negatively inverse inversely
fast faster fastest accelerate accelerates accelerated accelerating acceleration quick quickly rapid rapidly | slow slower slowest slows slowed slowing delay delays delayed decelerate gradual gradually
high highest highly | low lowest lowly
large largest big | small smallest little
long longer longest | short shorter shortest
strong stronger strongest strongly robust | weak weaker weakest weakly fragile
early earlier | late later
before prior preceding | after following subsequent
many most majority | few fewest minority
maximum maximal maximize maximizes maximise | minimum minimal minimize minimizes minimise
sensitive susceptible vulnerable | insensitive resistant
present presence | absent absence
similar same identical equal comparable | different distinct dissimilar unequal
common commonly frequent frequently often | rare rarely infrequent infrequently seldom
effective effectively efficient efficiently useful successful successfully | ineffective inefficient useless unsuccessful unsuccessfully
stable stability | unstable instability
possible able capable | impossible unable incapable
necessary required essential | unnecessary dispensable unneeded
sufficient adequate | insufficient inadequate
significant significantly | insignificant nonsignificant negligible
simple simpler simplest easy easier easily | complex harder difficult hard
broad broader wide wider | narrow narrower
dense | sparse
linear linearly | nonlinear nonlinearly
upper above | lower below
gain gains | loss losses
safe | unsafe dangerous
true correct correctly accurate accurately | false incorrect incorrectly inaccurate inaccurately
agree agrees consistent consistently | disagree disagrees inconsistent inconsistently
support supports supported confirm confirms confirmed | refute refutes refuted contradict contradicts contradicted
start starts started begin begins began | stop stops stopped end ends ended
male men man boys | female women woman girls
old older oldest elderly | young younger youngest
always | never
with | without
"""


def _directions() -> dict[str, list[tuple[int, int]]]:
    table: dict[str, list[tuple[int, int]]] = {}
    for axis, line in enumerate(_AXES.strip().splitlines()):
        for sign, side in zip((1, -1), line.split("|"), strict=True):
            for word in side.split():
                table.setdefault(word, []).append((axis, sign))
    return table


DIRECTIONS = _directions()
"""Word to its places on the axes: `(axis, 1 or -1)`."""


def opposites(one: str, other: str) -> bool:
    """Return whether two words point in opposite directions of one axis.

    Args:
        one: A word in lower case.
        other: A word in lower case.

    Returns:
        True if some axis holds both on its two sides.
    """
    there = DIRECTIONS.get(other, [])
    return any((axis, -sign) in there for axis, sign in DIRECTIONS.get(one, []))


SECTION_LABELS = frozenset(
    """ABSTRACT AIM AIMS ANALYSIS BACKGROUND CASE CONCLUSION CONCLUSIONS CONTEXT DATA DESIGN EXPOSURES FINDINGS
    FUNDING IMPORTANCE INTERPRETATION INTERVENTION INTERVENTIONS INTRODUCTION MAIN MEASUREMENTS MEASURES METHOD
    METHODOLOGY METHODS OBJECTIVE OBJECTIVES OUTCOME OUTCOMES PARTICIPANTS PATIENTS POPULATION PRINCIPAL PURPOSE
    RATIONALE REGISTRATION RELEVANCE RESULT RESULTS SAMPLE SETTING SETTINGS SIGNIFICANCE SOURCES STUDY SUBJECTS
    SUMMARY SYNTHESIS TRIAL""".split()
)
"""Headings of structured abstracts; not names."""

AT_LEAST = (
    "at least", "more than", "greater than", "higher than", "larger than", "over", "above",
    "exceeding", "no less than", "no fewer than", "minimum of", "≥", ">",
)  # fmt: skip
AT_MOST = (
    "at most", "less than", "fewer than", "lower than", "smaller than", "under", "below", "up to",
    "no more than", "maximum of", "≤", "<",
)  # fmt: skip

HEDGES = frozenset(
    """may might could possibly possible potentially potential likely probably perhaps suggest
    suggests suggested suggesting appear appears appeared seem seems seemed hypothesize
    hypothesise hypothesized speculate preliminary putative presumably conjecture conjectured
    sometimes partly""".split()
)

SOFT = HEDGES | frozenset(
    """can indicate indicates indicated indicating imply implies implied implying tend tends tended
    often usually typically generally commonly frequently mostly largely mainly some many most
    several approximately about around nearly almost roughly partially incompletely propose
    proposes proposed believe believed associated linked correlated related""".split()
)
"""Words that keep something back; in the place of one, a word of `CERTAIN` says too much."""

CERTAIN = frozenset(
    """all every each always must will shall certain certainly definitely surely clearly undoubtedly
    exactly fully completely entirely wholly totally invariably necessarily universally
    conclusively prove proves proved proven proving cause causes caused causing due guarantee
    guarantees guaranteed ensure ensures ensured""".split()
)

# One line a sense, any form of each word; what is in one line says much the same.
SENSES = tuple(
    line.split()
    for line in """
show shown demonstrate reveal exhibit display illustrate indicate report find found observe detect identify discover notice see seen
examine study investigate explore analyze analyse assess evaluate test work research inquiry
examination study investigation exploration analysis assessment evaluation
propose introduce present describe offer
apply adopt
increase enhance raise elevate boost rise rose grow higher greater
reduce decrease lower diminish lessen decline drop fall less smaller
improve enhance better ameliorate
important crucial essential key critical vital
necessary required essential need
significant substantial considerable marked
role function part task
method approach technique strategy procedure way means mechanism manner
level amount concentration quantity degree extent
region area zone site
group cohort class set
inhibit suppress block repress
activate stimulate
remain stay persist
metastasis spread dissemination
expression production
population community
decision choice
idea hypothesis notion concept
evidence proof
detail particular
separate distinct different
additional extra further more
weak slight feeble
current present existing
prior previous earlier past
result finding outcome
associate association link relate relation relationship correlate correlation connect connection
cause lead led produce induce trigger
mortality death die died
cancer tumor tumour carcinoma malignancy malignant
mouse mice murine
kidney renal
heart cardiac
liver hepatic
lung pulmonary
brain cerebral
skin cutaneous dermal
woman women female
man men male
child children pediatric paediatric
elderly older aged
large big great
small little minor
fast quick rapid speedy
many numerous several multiple various
diverse different various
new novel
main major primary principal chief
kind type form
aim goal objective purpose target
effect impact influence affect
advantage benefit
problem issue challenge difficulty
accurate precise exact
complex complicated
simple easy straightforward
common frequent prevalent
rare infrequent uncommon
whole entire full complete
part portion fraction share
contain include comprise hold
build built construct create develop make made
choose chose chosen select pick
happen occur arise
mean average
try attempt
allow permit enable
limit restrict constrain
prevent avoid avert
combine merge integrate unite
split divide partition
remove eliminate delete
measure quantify
predict forecast
treat treatment therapy therapeutic
disease disorder illness
drug medication medicine
need require demand
obtain get gain achieve reach attain
begin began start onset initiate
keep kept maintain retain preserve
help aid assist support
change alter modify vary
give provide yield offer supply
people individual person human patient
subject participant
strong robust powerful sturdy
possible feasible
sufficient enough adequate
equal same identical
similar comparable alike
explain account clarify
exceed surpass outperform beat
growth proliferation
start beginning
formation development emergence
effective successful
compared relative versus
lack absence
error mistake
speed pace rate
task job
""".strip().splitlines()
)

CONNECTIVES = frozenset(
    """accordingly additionally authors besides consequently finally furthermore hence hereby herein
    importantly indeed interestingly likewise meanwhile moreover namely nevertheless nonetheless
    notably overall particularly remarkably respectively similarly specifically strikingly
    researchers subsequently surprisingly therefore unexpectedly whereas
    employ employs employed employing utilize utilizes utilized utilise utilised""".split()
)
"""Words that join statements, name who speaks or say no more than `use`; they state nothing."""

NUMBER_WORDS = {
    word: float(value)
    for value, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve".split(), start=2
    )
} | {"twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "twice": 2.0, "half": 0.5}

SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "millions": 1e6, "billion": 1e9,
    "trillion": 1e12,
}  # fmt: skip

_UNIT_GROUPS = """
% percent
points point pp
times fold x
s sec secs second seconds
ms millisecond milliseconds
min mins minute minutes
h hr hrs hour hours
d day days
wk week weeks
mo month months
y yr yrs year years
decade decades
century centuries
ng
µg μg ug mcg
mg
g gram grams
kg kilogram kilograms
nm
µm μm um
mm
cm
m meter meters metre metres
km kilometer kilometers kilometre kilometres
mile miles
ft foot feet
nM
µM μM uM
mM
ml mL
l liter liters litre litres
kb
mb
gb
tb
hz
khz
mhz
ghz
°c
°f
k
patients patient participants participant subjects subject individuals people persons
children
mice mouse
rats rat
cells cell
cases case
samples sample
genes gene
studies study
trials trial
layers layer
tokens token
parameters parameter
datasets dataset
tasks task
models model
languages language
dollars dollar usd $
euros euro eur €
pounds pound gbp £
"""
UNITS = {
    name: line.split()[0] for line in _UNIT_GROUPS.strip().splitlines() for name in line.split()
}
"""Written unit to the one name of its group; what is counted is a unit as well."""
