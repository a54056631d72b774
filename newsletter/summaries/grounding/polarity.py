"""English words that point somewhere, in opposed pairs of groups. Data, and look-up by stem.

A line is one axis: words on its positive side, then those on its negative side. A word may be on several axes
("decline" is less and worse). Inflected forms come by stem; those whose stem differs are written out.
"""

# ruff: noqa: E501

from collections import defaultdict
from collections.abc import Mapping

from newsletter.summaries.grounding import words

_AXES = """
more increase raise rise rising rose grow grew growth boost expand enlarge escalate amplify extend multiply widen heighten greater bigger larger higher high large long longer maximize maximal maximum surge soar double triple scale gain add elevate upward most many abundant excess inflate augment prolong lengthen | less reduce decrease lower low lowering cut drop dropping decline diminish shrink shrank lessen fall falling fell curtail narrow fewer smaller small short shorter shorten minimize minimal minimum plunge halve save trim slash prune compress cheap cheaper reduction downward least few scarce deplete deflate lose loss subtract remove suppress limit restrict
better improve enhance outperform surpass exceed superior superiority best excel excellent beat boost strengthen advance refine upgrade enrich optimize outstrip outdo outrank outscore overtake state-of-the-art sota gain strong stronger strongest win top competitive favorable remarkable impressive effective promising good great high higher elevate outpace dominate advantage benefit improvement ahead successful leading | worse degrade worsen underperform inferior inferiority worst deteriorate weaken lag impair harm hurt hinder trail undermine decline diminish damage spoil ruin corrode erode disappoint poor poorer poorly weak weaker bad fail subpar suboptimal mediocre inadequate insufficient unsatisfactory behind lose losing drop degradation collapse suffer regress downgrade underwhelm disadvantage detrimental limited lacking low lower cripple sabotage impoverish undercut sacrifice compromise
fast faster fastest accelerate speedup speed quick quicker rapid rapidly hasten expedite swift real-time instant low-latency | slow slower slowest slowly decelerate slowdown delay sluggish lag laggy time-consuming
efficient efficiency lightweight economical cheap cheaper inexpensive affordable low-cost cost-effective compact lean streamline frugal | inefficient inefficiency costly costlier expensive heavyweight wasteful cumbersome bloated prohibitive bloat burdensome
robust robustness resilient stable stability stabilize reliable reliability sturdy dependable trustworthy consistent consistency steady | fragile fragility brittle unstable instability destabilize unreliable unreliability vulnerable vulnerability volatile erratic flaky inconsistent inconsistency untrustworthy
simple simpler simplify easy easier easily straightforward ease streamline effortless | complex complicate complicated hard harder difficult difficulty cumbersome intricate convoluted tedious laborious challenging
accurate accuracy precise precision precisely correct correctly right exact faithful truthful valid | inaccurate inaccuracy imprecise imprecision incorrect incorrectly wrong wrongly erroneous error mistaken unfaithful false flawed invalid
enable allow permit facilitate support help empower let assist ensure guarantee unlock promote encourage foster admit | prevent block forbid prohibit hinder disable inhibit obstruct impede stop preclude deny hamper thwart discourage bar disallow restrict stifle suppress
mitigate alleviate address solve relieve resolve overcome tackle remedy counter ease lessen reduce eliminate bridge fix combat soften | exacerbate aggravate worsen intensify compound magnify amplify deepen ignore neglect overlook exacerbation
include with contain incorporate integrate involve using comprise add together alongside | exclude without omit lacking lack absent free devoid removing remove discard avoid except
same consistent similar consistently similarity uniform homogeneous alike equal identical unify comparable match align | different differ difference dissimilar diverse heterogeneous distinct unequal opposite diverge mismatch misalign unlike contrast
always often frequent frequently usually commonly typically consistently common generally | never rarely seldom infrequent rare occasionally uncommon hardly
significant significantly substantial substantially considerable considerably dramatic dramatically major markedly strongly notably large greatly profound | insignificant negligible negligibly marginal marginally minor minimal slight slightly barely trivial modest weakly hardly mildly
maintain preserve retain keep sustain conserve protect remain | lose sacrifice destroy discard abandon drop forget erase break disrupt violate change vanish
succeed success successful able capable achieve attain reach accomplish | fail failure unsuccessful unable incapable miss struggle falter inability
demonstrate show reveal prove confirm validate support verify | refute disprove contradict hide conceal reject deny invalidate dispute debunk obscure
accept approve include select | reject refuse exclude decline deselect
rich rich abundant plentiful dense enrich comprehensive complete full fully extensive thorough entire wide | sparse scarce poor limited incomplete partial partially lacking narrow cursory
safe safer safety secure security harmless benign | unsafe insecure dangerous harmful risky hazardous malicious toxic
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
clear clearer interpretable transparent clarity interpretability transparency explainable | opaque unclear blurry obscure ambiguous uninterpretable vague ambiguity black-box
natural realistic realism authentic lifelike real | artificial unnatural unrealistic synthetic fake implausible
coherent coherence | incoherent incoherence disjointed
flexible flexibility adaptable adaptive | rigid inflexible fixed rigidity
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


def _build() -> Mapping[str, frozenset[tuple[int, int]]]:
    table: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    for axis, line in enumerate(_AXES.strip().splitlines()):
        for sign, side in zip((1, -1), line.split("|"), strict=True):
            for word in side.split():
                key = word if "-" in word else words.stem(word)
                table[key].add((axis, sign))
    return {key: frozenset(places) for key, places in table.items()}


POLARITY = _build()
KNOWN_WORDS = frozenset(word for word in _AXES.split() if word != "|")

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
