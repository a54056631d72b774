"""English words that point somewhere, in opposed pairs of groups. Data, and look-up by stem.

A line is one axis: words on its positive side, then those on its negative side. A word may be on several axes
("decline" is less and worse). Inflected forms come by stem; those whose stem differs are written out.
"""

# ruff: noqa: E501

from collections import defaultdict
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache

from newsletter.grounding import words

_AXES = """
more increase raise rise rising rose grow grew growth boost expand enlarge escalate amplify extend multiply widen heighten greater bigger larger higher high large long longer maximize maximal maximum surge soar double triple scale gain add elevate upward most many abundant excess inflate augment prolong lengthen swell balloon bloat snowball mushroom skyrocket rocket spike jump climb mount accumulate bump hike ramp uplift magnify intensify broaden deepen thicken fatten redouble quadruple quintuple upsize elongate stretch burgeon proliferate amass heap bulky bulkier heavy heavier heaviest tall taller wide wider huge vast massive enormous immense gigantic hefty ample extra additional surplus inflated oversized outsized mighty numerous plentiful swollen step-up | less reduce decrease lower low lowering cut drop dropping decline diminish shrink shrank lessen fall falling fell curtail narrow fewer smaller small short shorter shorten minimize minimal minimum plunge halve save trim slash prune compress cheap cheaper reduction downward least few scarce deplete deflate lose loss subtract remove suppress limit restrict dwindle wane ebb shrivel contract constrict dip slide sag slump sink plummet nosedive tumble subside taper abate attenuate dampen downsize downscale condense truncate abbreviate clip crop pare shave thin curb rein tiny tinier tiniest little slim slimmer meager meagre paltry scant minute lighter slender chop lop whittle retrench dock contraction shrinkage crunch squeeze undersized lesser curbed
better improve enhance outperform surpass exceed superior superiority best excel excellent beat boost strengthen advance refine upgrade enrich optimize outstrip outdo outrank outscore overtake gain strong stronger strongest win top competitive favorable remarkable impressive effective promising good great high higher elevate outpace dominate advantage benefit improvement ahead successful leading ameliorate rejuvenate revitalize invigorate uplift perfect polish hone sharpen bolster fortify reinforce buttress flourish thrive prosper triumph prevail conquer trounce vanquish outclass outmatch outplay outshine outdistance eclipse transcend top-notch first-rate stellar superb splendid magnificent outstanding exceptional phenomenal extraordinary formidable potent powerful capable proficient adept masterful brilliant marvelous flawless | worse degrade worsen underperform inferior inferiority worst deteriorate weaken lag impair harm hurt hinder trail undermine decline diminish damage spoil ruin corrode erode disappoint poor poorer poorly weak weaker bad fail subpar suboptimal mediocre inadequate insufficient unsatisfactory behind lose losing drop degradation collapse suffer regress downgrade underwhelm disadvantage detrimental limited lacking low lower cripple sabotage impoverish undercut sacrifice compromise stunt choke starve wreck destroy mar distort corrupt threaten jeopardize endanger dilute dampen dull restrict handicap mislead confuse squander waste burden hamper derail frustrate plague poison depress disrupt devastate ravage debilitate stumble flounder plummet slump tumble cheapen drain stall substandard lackluster dreadful terrible awful abysmal feeble flimsy setback regression downfall unfavorable unpromising ineffective useless failing deficient unsuccessful blunt sap hobble maim mangle botch bungle clog encumber deaden tarnish stain taint sully pollute infect vitiate debase devalue discredit dent scar blemish deform warp skew muddle muddy cloud blur garble scramble unsettle upset overturn topple subvert wear exhaust bleed leach fray unravel crumble wither wilt rot rust sour flag falter fumble blunder backfire misfire flop fizzle forfeit relinquish surrender concede miss undershoot underachieve underdeliver languish stagnate plateau relapse decay defeat succumb shoddy shoddier shabby sloppy crude clumsy lousy dismal lame bleak grim dire deplorable lamentable pathetic pitiful miserable horrible horrid atrocious appalling woeful wretched third-rate second-rate lacklustre uninspiring unremarkable unimpressive unexceptional forgettable pedestrian inept incompetent futile worthless pointless fruitless hopeless hollow feebler feeblest frail middling so-so underpowered damaging destructive counterproductive harmful deleterious pernicious adverse adversely ruinous catastrophic disastrous
fast faster fastest accelerate speedup speed quick quicker rapid rapidly hasten expedite swift real-time instant low-latency speedy speedier brisk nimble agile prompt promptly snappy instantaneous turbocharge fast-track streamline rush | slow slower slowest slowly decelerate slowdown delay sluggish lag laggy time-consuming lethargic plodding tardy belated leisurely retard stall impede drag linger procrastinate postpone defer sluggishly bog throttle decelerated unhurried protracted lengthy
efficient efficiency lightweight economical cheap cheaper inexpensive affordable low-cost cost-effective compact lean streamline frugal thrifty sparing resourceful parsimonious frugally | inefficient inefficiency costly costlier expensive heavyweight wasteful cumbersome bloated prohibitive bloat burdensome wastefully extravagant profligate squander bulky ponderous unwieldy lavish pricey pricy power-hungry resource-intensive inefficiently uneconomical
robust robustness resilient stable stability stabilize reliable reliability sturdy dependable trustworthy consistent consistency steady steadfast firm firmly solid sound secure steadily durable stout hardy unwavering unfailing | fragile fragility brittle unstable instability destabilize unreliable unreliability vulnerable vulnerability volatile erratic flaky inconsistent inconsistency untrustworthy shaky wobbly rickety jittery unsteady insecure precarious patchy spotty haphazard sporadic erratically fickle capricious temperamental frail delicate flimsy shaken fluctuating breakable crumbling tenuous unsound susceptible
simple simpler simplify easy easier easily straightforward ease streamline effortless disentangle untangle elementary plain uncomplicated manageable painless | complex complicate complicated hard harder difficult difficulty cumbersome intricate convoluted tedious laborious challenging muddle entangle tangle obfuscate confuse labyrinthine arduous onerous knotty thorny tricky troublesome overcomplicate elaborate
accurate accuracy precise precision precisely correct correctly right exact faithful truthful valid exactly flawless error-free spot-on unerring infallible rigorous factual authentic trustworthy meticulous | inaccurate inaccuracy imprecise imprecision incorrect incorrectly wrong wrongly erroneous error mistaken unfaithful false flawed invalid error-prone faulty glitchy buggy defective sketchy spurious dubious questionable misguided sloppy careless untrue misleading bogus fallacious imprecisely inexact off-target
enable allow permit facilitate support help empower let assist ensure guarantee unlock promote encourage foster admit entitle authorize license equip underpin aid sustain nurture spur stimulate catalyze invite pave ready open | prevent block forbid prohibit hinder disable inhibit obstruct impede stop preclude deny hamper thwart discourage bar disallow restrict stifle suppress hold-back foil frustrate interdict outlaw ban veto curb constrain debar exclude foreclose handicap shackle stymie undermine crush quash thwarts derail forestall avert halt cease
mitigate alleviate address solve relieve resolve overcome tackle remedy counter ease lessen reduce eliminate bridge fix combat soften appease assuage blunt cushion dampen defuse diminish pacify placate quell quench soothe subdue tame temper heal cure repair rectify correct neutralize counteract offset | exacerbate aggravate worsen intensify compound magnify amplify deepen ignore neglect overlook exacerbation inflame fuel ignite spark provoke stoke heighten escalate fan kindle multiply aggravates exaggerate overstate foment feed perpetuate entrench
include with contain incorporate integrate involve using comprise add together alongside | exclude without omit lacking lack absent free devoid removing remove discard avoid except
same consistent similar consistently similarity uniform homogeneous alike equal identical unify comparable match align | different differ difference dissimilar diverse heterogeneous distinct unequal opposite diverge mismatch misalign unlike contrast
always often frequent frequently usually commonly typically consistently common generally regularly invariably constantly perpetually continually habitually routinely reliably systematically uniformly | never rarely seldom infrequent rare occasionally uncommon hardly erratically sporadically intermittently scarcely fitfully infrequently inconsistently haphazardly
significant significantly substantial substantially considerable considerably dramatic dramatically major markedly strongly notably large greatly profound vastly hugely immensely remarkably strikingly tremendously enormously sharply drastically massively notable sizable sizeable noticeable appreciably decisively | insignificant negligible negligibly marginal marginally minor minimal slight slightly barely trivial modest weakly hardly mildly faintly feebly trivially imperceptibly scarcely inconsequential unimportant meager meagre paltry inappreciable fractionally timidly modestly nominal nominally
maintain preserve retain keep sustain conserve protect remain | lose sacrifice destroy discard abandon drop forget erase break disrupt violate vanish
succeed success successful able capable achieve attain reach accomplish secure earn deliver obtain garner clinch manage fulfil fulfill | fail failure unsuccessful unable incapable miss struggle falter inability forfeit flunk fumble botch collapse founder flounder squander falls-short bungle relinquish fall-short
demonstrate show reveal prove confirm validate support verify | refute disprove contradict hide conceal reject deny invalidate dispute debunk obscure
accept approve include select | reject refuse exclude decline deselect
rich rich abundant plentiful dense enrich comprehensive complete full fully extensive thorough entire wide | sparse scarce poor limited incomplete partial partially lacking narrow cursory
safe safer safety secure security harmless benign protected shielded guarded trustworthy safeguard | unsafe insecure dangerous harmful risky hazardous malicious toxic perilous treacherous jeopardize imperil endanger exposed vulnerable insecurely lethal noxious
local | global
static | dynamic
explicit explicitly | implicit implicitly
online | offline
public open open-source | private closed proprietary closed-source
discrete | continuous
linear | nonlinear non-linear
supervised | unsupervised self-supervised
positive positively | negative negatively
early earlier before prior preceding pre | late later after following post subsequent
first initial begin start | last final end finish
upper top above over ceiling | lower bottom below under floor
forward | backward reverse
coarse | fine fine-grained
shallow | deep
symmetric symmetrical | asymmetric asymmetrical
sequential sequentially serial | parallel concurrent simultaneous
single one | multiple many several various
general generalize universal broad broader generalization versatile widely | specific specialize specialized narrow overfit narrower specialization
clear clearer interpretable transparent clarity interpretability transparency explainable lucid intelligible legible crisp vivid unambiguous comprehensible | opaque unclear blurry obscure ambiguous uninterpretable vague ambiguity black-box murky hazy foggy nebulous cryptic unintelligible illegible blurred muddled inscrutable impenetrable unexplained
natural realistic realism authentic lifelike real | artificial unnatural unrealistic synthetic fake implausible
coherent coherence consistent cohesive logical orderly unified harmonious | incoherent incoherence disjointed jumbled chaotic messy scattered disorganized rambling illogical fragmented discordant
flexible flexibility adaptable adaptive versatile elastic malleable supple accommodating configurable pliable nimble | rigid inflexible fixed rigidity stiff brittle inelastic unyielding hard-coded hidebound intractable stubborn ossified
scalable scalability | unscalable
novel new newly modern recent fresh | old outdated obsolete stale conventional traditional existing classical
human manual manually | automatic automated automatically automate
require need demand necessitate rely depend | obviate eliminate unnecessary dispense avoid independent free
close closer narrow approach near converge reach | widen diverge distant far apart depart
expose increase invite cause produce create introduce induce trigger | avoid prevent eliminate remove suppress reduce
attract encourage motivate | repel deter discourage
balance balanced | imbalance unbalanced imbalanced
understand comprehend | misunderstand misinterpret misread
agree agreement align consensus | disagree disagreement conflict contradict
combine merge unify fuse join integrate couple | separate split divide disentangle decouple isolate detach
learn remember memorize recall | forget unlearn ignore
strict tight tighter rigorous | loose lax relaxed looser
"""


# What one wants more of, what one wants less of, and whom one wants to beat.
_GOOD_THINGS = """
performance accuracy quality efficiency capability capabilities ability abilities generalization generality robustness
reliability stability consistency fidelity precision recall score scores results result success rate throughput speed
scalability flexibility diversity coverage coherence alignment realism safety security privacy trust interpretability
transparency understanding comprehension expressiveness expressivity adaptability controllability usability fairness
correctness faithfulness factuality gains improvement improvements progress convergence resolution detail details
creativity productivity utility
effectiveness competence skill skills insight insights knowledge benefits state-of-the-art sota f1 bleu auc
"""
# Tasks: to be bad at one is a defeat, but to do less of one is not.
_TASKS = """
transfer control editing retrieval reconstruction segmentation detection classification prediction forecasting synthesis
rendering compression tracking navigation manipulation translation recognition scaling deployment support evaluation planning
generation learning training inference perception grounding exploration reasoning
"""
_BAD_THINGS = """
cost costs latency overhead memory computation compute error errors hallucination hallucinations bias biases noise
complexity time delay redundancy risk risks forgetting overfitting drift artifacts artefacts gap gaps degradation
consumption expense burden demands requirements requirement budget footprint usage tokens parameters flops bottleneck
bottlenecks failure failures vulnerability vulnerabilities toxicity harm harms leakage uncertainty ambiguity variance
instability conflict conflicts interference mismatch inconsistency inconsistencies limitation limitations issue issues
problem problems challenge challenges collapse loss misalignment distortion distortions contamination discrepancy effort
energy steps expensive waste inefficiency inefficiencies rewriting confusion dependence dependency reliance
"""
_RIVALS = """
baseline baselines method methods model models approach approaches technique techniques system systems competitor
competitors alternative alternatives counterpart counterparts predecessor predecessors sota state prior previous existing
others humans human experts gpt rivals existing traditional conventional standard open-source proprietary algorithms
frameworks policies optimizers llm llms mllms vlms lrms lms lvlms transformers current
"""
# Verbs that, said of the work itself, admit a defeat, and comparisons that do. Bases; regular forms are added.
_DEFEAT_VERBS = """
degrade worsen underperform deteriorate weaken impair harm hurt hinder undermine diminish damage spoil ruin corrode erode
disappoint cripple sabotage impoverish undercut compromise destabilize complicate prevent block forbid prohibit disable
inhibit obstruct impede preclude thwart stifle exacerbate aggravate neglect lag trail regress slow decelerate
blunt sap hobble maim mangle botch bungle clog encumber deaden tarnish taint sully pollute vitiate debase devalue
discredit dent scar deform warp skew muddle muddy cloud garble unsettle upset overturn topple subvert exhaust fray unravel
crumble wither wilt sour falter fumble blunder backfire misfire flop fizzle forfeit relinquish surrender concede miss
undershoot underachieve underdeliver languish stagnate relapse decay inflame retard impair hinder foil forestall shackle
stymie bog balloon bloat swell inflate
stunt choke starve wreck destroy mar distort corrupt threaten jeopardize endanger dilute dampen dull restrict handicap
discourage mislead confuse obscure squander waste burden hamper curb cap stall bury cheapen drain shrink lessen lower
curtail constrain derail frustrate plague poison depress reduce decrease fail lose sacrifice trim limit drag depress
devastate ravage debilitate enfeeble disrupt sink tank plummet slump tumble backslide flounder stumble
"""
_DEFEAT_COMPARISONS = """
worse worst inferior poorer poorest weaker weakest slower slowest subpar sluggish ineffective inefficient ineffectively
inefficiently unreliable unreliably poorly inaccurately incorrectly unstable barely negligibly marginally rarely seldom
inaccurate fragile brittle substandard mediocre disappointing underwhelming lackluster dreadful terrible awful abysmal
shoddy shoddier shabby sloppy crude clumsy lousy dismal lame deplorable pathetic pitiful miserable horrible atrocious
appalling woeful wretched third-rate second-rate lacklustre uninspiring unremarkable unimpressive inept incompetent futile
worthless fruitless hopeless shaky rickety jittery unsteady precarious patchy spotty haphazard sporadically erratically
fickle error-prone faulty glitchy buggy defective useless wasteful wastefully faintly adversely disastrous catastrophic
frail feebler dubious questionable unsound cumbersome unwieldy murky muddled sloppily clumsily inconsistently
hardly scarcely unsuccessfully unsuccessful insignificantly lesser feeble flimsy wobbly
"""
# After these a fault is named to be cured, shown or left to others.
_RELIEF = """
address addresses addressing mitigate mitigates mitigating reduce reduces reducing avoid avoids avoiding prevent prevents
preventing overcome overcomes overcoming without reveal reveals revealing highlight highlights highlighting expose exposes
exposing identify identifies identifying tackle tackles tackling resolve resolves resolving alleviate alleviates alleviating
eliminate eliminates eliminating despite unlike when where whether existing current prior previous
find finds uncover uncovers detect detects detecting minimize minimizes minimizing solve solves solving
correct corrects correcting handle handles handling limitations challenge challenges problem problems issue issues
suffer suffers often caused due remains remain investigate investigates diagnose diagnoses quantify
fix fixes fixing against no not
"""

# Nouns of the trade, and words that only look like relatives of those above.
_UNRELATED_TEXT = """
block blocks cloud clouds flops mars length lengths hop hops cost question questions questioning over under
against rate rates state states limitations point points pointed fraction fractions feed feeds feeding fed
sink sinks synthetic
"""
_UNRELATED = frozenset(_UNRELATED_TEXT.split())


class Thing(Enum):
    """What a word can do something to."""

    GOOD = "good"  # one wants more of it
    BAD = "bad"  # one wants less of it
    TASK = "task"
    RIVAL = "rival"


def _stems(text: str) -> frozenset[str]:
    return frozenset(words.stem(word) for word in text.split())


def _inflected(verb: str) -> tuple[str, ...]:
    core = verb.removesuffix("e")
    doubled = verb + verb[-1]
    return (verb, verb + "s", core + "es", core + "ing", core + "ed", doubled + "ing", doubled + "ed")


def _forms(word: str) -> tuple[str, ...]:
    """Regular forms of a word whose part of speech is not known; some of them are nobody's, which harms nobody."""
    core = word.removesuffix("e")
    forms = (*_inflected(word), core + "er", core + "est", word + "ly", core + "ly")
    if word.endswith("y"):
        return (*forms, *(word[:-1] + "i" + end for end in ("es", "ed", "er", "est", "ly", "ness")))
    return forms


# By the word and not by the stem, which "realism" and "real", "state" and "statistics" share.
THINGS: Mapping[str, Thing] = {
    **dict.fromkeys(_TASKS.split(), Thing.TASK),
    **dict.fromkeys(_RIVALS.split(), Thing.RIVAL),
    **dict.fromkeys(_BAD_THINGS.split(), Thing.BAD),
    **dict.fromkeys(_GOOD_THINGS.split(), Thing.GOOD),
}
RIVALS = frozenset(_RIVALS.split())
RELIEF = _stems(_RELIEF)
DEFEAT_VERBS = frozenset(form for verb in _DEFEAT_VERBS.split() for form in _inflected(verb))
DEFEATS = DEFEAT_VERBS | frozenset(_DEFEAT_COMPARISONS.split())

# Stems. After "to" the first name a purpose, of others the second name a difficulty: neither is a change.
STOPPING = _stems("prevent avoid block stop suppress eliminate restrict limit constrain inhibit")
TROUBLES = _stems("suffer struggle face fail lack wrong")

Axes = frozenset[tuple[int, int]]  # (axis, 1 or -1)


def _build() -> tuple[Mapping[str, Axes], Mapping[str, Axes]]:
    """The axes of every regular form of the listed words, and of the stems that are long enough to tell."""
    forms: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    stems: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    for axis, line in enumerate(_AXES.strip().splitlines()):
        for sign, side in zip((1, -1), line.split("|"), strict=True):
            for word in side.split():
                for form in _forms(word):
                    forms[form].add((axis, sign))
                stem = words.stem(word)
                if "-" not in word and len(stem) >= _TELLING:
                    stems[stem].add((axis, sign))
    return (
        {word: frozenset(axes) for word, axes in forms.items()},
        {stem: frozenset(axes) for stem, axes in stems.items()},
    )


_TELLING = 5  # letters that a stem must have for its words to be taken for relatives
_FORMS, _POLAR_STEMS = _build()


@lru_cache(maxsize=16384)
def axes_of(word: str) -> Axes:
    """Where a lower-case word points; an empty answer means nowhere."""
    if word in _UNRELATED:
        return frozenset()
    if word in _FORMS:
        return _FORMS[word]
    stem = words.stem(word)
    return _POLAR_STEMS.get(stem, frozenset()) if 2 * len(stem) > len(word) else frozenset()


AMOUNT = 0  # the axis of more | less

# The axes whose first side is said of bad things: one mitigates an error and preserves nothing by it.
CURING = frozenset(
    axis for axis, line in enumerate(_AXES.strip().splitlines()) if line.startswith("mitigate")
)

# Words shortly after which a word means its opposite.
NEGATORS = frozenset(
    [
        "not",
        "no",
        "without",
        "never",
        "cannot",
        "neither",
        "nor",
        "hardly",
        "lack",
        "lacks",
        "lacking",
        "fail",
        "fails",
        "failing",
        "prevent",
        "prevents",
        "preventing",
        "avoid",
        "avoids",
        "avoiding",
        "eliminate",
        "eliminates",
        "eliminating",
    ]
)

# Axes whose second side is a fault: better | worse, efficient | inefficient, robust | fragile and the like.
ILL_AXES = frozenset(
    axis
    for axis, line in enumerate(_AXES.strip().splitlines())
    if line.split()[0]
    in {
        "better",
        "fast",
        "efficient",
        "robust",
        "accurate",
        "enable",
        "mitigate",
        "succeed",
        "safe",
        "coherent",
        "significant",
        "maintain",
        "simple",
        "clear",
        "natural",
        "demonstrate",
    }
)

# Prefixes that turn a word round, and verbs' ones that do so with a comparison.
NEGATING = ("un", "in", "im", "ir", "il", "non", "dis", "de", "mis", "anti", "mal", "under", "counter")
TURNING = (("out", "under"), ("over", "under"), ("up", "down"), ("hyper", "hypo"), ("in", "ex"), ("in", "de"), ("pro", "anti"), ("pre", "post"), ("intra", "inter"), ("micro", "macro"), ("mono", "multi"), ("uni", "multi"), ("homo", "hetero"), ("on", "off"))  # fmt: skip


def opposites_by_form(word: str) -> tuple[str, ...]:
    """What a word would be without, with or with the other prefix: "stable" → "unstable", "instable" …"""
    forms = [prefix + word for prefix in NEGATING]
    forms += [prefix + "-" + word for prefix in ("non", "anti")]
    forms += [word.removeprefix(prefix).lstrip("-") for prefix in NEGATING if word.startswith(prefix)]
    for one, other in TURNING:
        if word.startswith(one):
            forms.append(other + word.removeprefix(one))
        if word.startswith(other):
            forms.append(one + word.removeprefix(other))
    if word.endswith("less"):
        forms.append(word.removesuffix("less") + "ful")
    if word.endswith("ful"):
        forms.append(word.removesuffix("ful") + "less")
    return tuple(form for form in forms if len(form) > 3 and form != word)
