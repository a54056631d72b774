"""Antonyms of general English, for flips of direction that the checks have no list of.

Written down as a dictionary of antonyms would have them, without a look at what the checks know. The
benchmark puts one side in where a summary has the other, and leaves out what the product's lists hold.
"""

from collections.abc import Iterator, Mapping

# One pair a line, base forms; either side may take the other's place.
_VERBS = """
narrow broaden
tighten loosen
amplify dampen
sharpen blur
widen narrow
elevate depress
enrich deplete
expand contract
extend truncate
unify splinter
simplify convolute
clarify obfuscate
preserve discard
retain shed
improve mar
enhance debilitate
boost slash
reduce magnify
achieve forgo
enable thwart
outperform underbid
attract repel
reveal conceal
uncover hide
confirm refute
validate invalidate
support contest
align misalign
lengthen shorten
enlarge shrink
heighten soften
intensify ease
relieve aggravate
refine coarsen
purify contaminate
connect disconnect
bridge sunder
unlock lock
include omit
accept reject
construct dismantle
build demolish
repair break
conserve squander
streamline encumber
hasten delay
quicken slacken
raise cut
diversify homogenize
balance tilt
facilitate obstruct
empower disempower
generate suppress
mitigate fuel
surpass trail
increase curtail
address sidestep
integrate segregate
demonstrate disprove
maintain abandon
optimize pessimize
accelerate brake
leverage shun
"""
_ADJECTIVES = """
strong feeble
broad parochial
smooth jagged
crisp smudgy
rich meagre
abundant scant
rapid leisurely
swift plodding
cheap pricey
compact bulky
lightweight ponderous
simple byzantine
precise inexact
sharp dull
clean grubby
steady wobbly
tight slack
sound flawed
wide cramped
substantial trifling
remarkable ordinary
impressive middling
superior runner-up
consistent spotty
reliable flaky
robust flimsy
flexible wooden
diverse homogeneous
novel hackneyed
effective feckless
efficient profligate
accurate wayward
high lowly
scalable unwieldy
stable volatile
realistic cartoonish
coherent garbled
competitive outclassed
better shabbier
"""
_ADVERBS = """
significantly trivially
substantially slightly
consistently fitfully
effectively fruitlessly
efficiently lavishly
accurately carelessly
markedly imperceptibly
successfully vainly
greatly scantly
seamlessly clumsily
robustly precariously
dramatically minutely
precisely vaguely
reliably sporadically
"""


def _forms(verb: str) -> tuple[str, ...]:
    """Base, third person, participle and past of a verb, spelt as it is usual."""
    irregular = {
        "cut": ("cut", "cuts", "cutting", "cut"),
        "break": ("break", "breaks", "breaking", "broke"),
        "hide": ("hide", "hides", "hiding", "hid"),
        "build": ("build", "builds", "building", "built"),
        "forgo": ("forgo", "forgoes", "forgoing", "forwent"),
        "shrink": ("shrink", "shrinks", "shrinking", "shrank"),
        "underbid": ("underbid", "underbids", "underbidding", "underbid"),
        "sidestep": ("sidestep", "sidesteps", "sidestepping", "sidestepped"),
        "shed": ("shed", "sheds", "shedding", "shed"),
    }
    if verb in irregular:
        return irregular[verb]
    if verb[-1] == "y" and verb[-2] not in "aeiou":
        return verb, verb[:-1] + "ies", verb + "ing", verb[:-1] + "ied"
    if verb in {"blur", "mar", "omit", "repel", "shun"}:
        return verb, verb + "s", verb + verb[-1] + "ing", verb + verb[-1] + "ed"
    core = verb.removesuffix("e")
    third = verb + ("es" if verb.endswith(("s", "sh", "ch", "x")) else "s")
    return verb, third, core + "ing", core + "ed"


def _pairs() -> Iterator[tuple[str, str]]:
    for line in _VERBS.split("\n"):
        if line:
            one, other = line.split()
            yield from zip(_forms(one), _forms(other), strict=True)
    for line in (_ADJECTIVES + _ADVERBS).split("\n"):
        if line:
            one, other = line.split()
            yield one, other


def _both_ways() -> Mapping[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for one, other in _pairs():
        table.setdefault(one, []).append(other)
        table.setdefault(other, []).append(one)
    return {word: tuple(dict.fromkeys(others)) for word, others in table.items()}


ANTONYMS = _both_ways()
