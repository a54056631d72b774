"""What models that summarise research papers commonly add of their own. Data only.

Each line is a number and the stems (see :func:`words.stem`) that this many of 10,000 summaries had without
their abstracts having them: counted on the ``ai_summary`` of Hugging Face's daily papers, on the calibration
half of the days from May 2025 to May 2026. A model's own habits replace these once it is calibrated.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

_COUNTS = """
1191 using
1050 improv
988 enhanc
684 perform
585 enabl
549 use
470 address
439 achiev
350 combin signif
324 reduc
308 superi
298 maintain
287 call pre
266 vari
246 method
230 approach
225 effici
209 novel rev
204 bas
193 demonstr new
188 task
178 languag
167 capabil compar without
157 better limit
152 diff research
141 techniqu
136 integr lik minim
131 leverag process
125 effect requir
120 creat exist mechan
115 comput featur incorp introduc lead outperform tradit
110 handl multipl
104 framework high larg
99 fac optim
94 challeng exhibit
89 comprehen diver identif provid show
84 speci
78 accurac develop due
73 tuning
68 gener highlight includ learn rath
63 abil assess curr impact issu system typ var
58 advanc appl art balanc offer qual usag util
52 accur fast gap resourc spe stat
47 complex compon ensur fin overhead specif
42 beyond detail dynam focu produc prompt reinforc result scenario struggl suff
37 adapt architectur autom despit emplo environ lack metr need output propo v x
31 benchmark con cost data design elimin excel fewer iterat key o off particular repr respon sacrif
31 synth
26 adjust allow analysi analyz bill cont deci distinct follow ineffici input investig involv k level
26 manag mitig model nam oper overcom pattern r real sequ strong stud target
21 affect assist complet condit count d dataset deep funct guid impl indic inform instead loss lower
21 measur mix necessit potenti preserv prev problem robust stabil strateg support term though top train
21 used versu well
16 activ addit ai alter augm benefit captur cau chang competit consid conv convert cover criteria cross
16 deriv detect determin direct domain empha especi establish evalu examin exten extend facilit frequ
16 import increa influ influenc initi inst interact joint making manipul mapp match modif moving multi
16 not often paramet q refin relationship reli scal separ sett solv stabl storag sugg superv tim
16 transform uniqu visu
10 accel accompan algorithm align along alwa area behavi bia broad build comprom contain continu
10 correct declin decompo deplo dimen disciplin distinguish drawn drop dual e elem equip error f fact
10 fail form funda futur genuin hidden imag imbal incon insight insuffici interv long low mathemat
10 necess no organ outcom paper point poor pract previ promot propert rel relat resist retent retrain
10 risk saf secur showca similar simpl singl solut strength structur suit surpass synchron synthesi t
10 temp text thr togeth toward tru tun understand utiliz valu ver vision vulnerabil work world
"""

# By the sort of thing (see :class:`polarity.Thing`; "-" is none known) the words that point somewhere and are
# said of such things, whether the abstract has them or not; a hyphen marks a part of a compound. A number
# holds for the words after it.
_USES = {
    "-": """
1526 with 1045 learning 1019 using 345 diverse 314 novel unified 303 enables multiple 298 complex 293
without 282 accuracy fine- 266 alignment scale- 251 new 240 dynamic efficiency understanding 230 real- 219
human 214 enabling large- long- 209 generalization 198 various 193 generates 183 efficient 178 consistency
introduces 162 approach 157 comprehensive 152 sparse 146 approaches scalable 141 adaptive enhances free- 136
introduced 131 single 125 challenges combining supervised 120 generate specific- 115 improved loss
specialized 110 different 99 matching 94 combines introducing real-time 89 automated complexity dynamics
enhanced explicit integrates lightweight robustness 84 integrating parallel requiring 78 existing scaling 73
consistent discrete efficiently human- integration prompting synthetic 68 enable improve natural open-source
prompts safety stable 63 achieve challenging deep end- improves intelligence pre- reliability resources
selection 58 achieving coherence compact continuous effective effectively general generated- global high-
incorporating long produce realistic 52 diversity error first improving learning- limited local 47 accurate
adaptively addresses augmented- coherent dense improvements including low- prompt reinforcement speed
stability success 42 addressed addressing compression create full linear maintaining open- optimizing robust
37 achieves advanced completion demonstrated demonstrating effects enhance extended flexible frequency
heterogeneous outperforming preservation preserving solving- supporting systematic traditional unifies 31
aligned- changes compared convergence degradation enhancing extends generated interpretable introduce learns
manual more precise short sparse- specific static struggle supports 26 adapters adaptive- advantage aligned
automatically collapse conflicts correctness creation decouples enhancement ensuring errors fine-grained
first- forward generator improvement inefficiencies interpretability large learnable minimal mismatches
online open precision prior priors pruning reduced reliable requires revealing reveals scales sequential
showing significant 21 accumulation address assisted- better clipping combined comprehension count creative
decoupling demands demonstrate demonstrations dense- disentanglement distinct divergence efficient- ensure
extensive factual few- flexibility following forgetting forward- full- implicit lack learned merging
misalignment need negative optimizes post- preserving- prompt- protection realism recall recent scalability
sliding state-of-the-art support systematically truth universal verified 16 accelerates achieved adapts
advance advantages aligning aligns assistants automate benefits bridge closed- coarse- complete consensus
constrained- conventional convolutional correction correction- costly creating demonstrates differences
disentangled extension failure false fewer fixed gain gains generalize high humans imbalance improvement-
initial integrated- larger localized logic low mitigated most numerical partial patch- ready- real rectified
refined removal resource reveal scale scaled security select simple simultaneously single- solving stopping
strong suffers supervised- transparency transparent understand using- verified- vulnerable 10 adapter
adapter- adapting additional align allowing always amplifying artificial balanced- balances blur challenge
clear combination common comparable complexity- compress compressed compressing consistent- containing
contrastive correct correcting counts creates decay declining decoupled deformable difficulty difficulty-
discarded distinctive distortions early early- ended- enhanced- excel fail fast follow followed fragmented
frequency- general- generalizability global- growth hard harmful identity incorporates independent- induces
insufficient integrity intelligent involves lag leading learn matching- natural- offline optimized ordering
outperform outperforms parallel- parallelism patch precisely preserves proficiency promising prompting-
proving reduces reduction refine- refining removes rigorous safe- selective selects self-supervised shows
similar similarity simpler simultaneous sketch- slides solver speed- stabilizes strict successful unsafe
unsupervised verifiers vulnerabilities
""",
    "bad": """
439 with 324 addresses 214 without 209 revealing 198 reduced 183 reducing significant 157 addressing 125
using 110 reduce 99 reduces 73 address 68 accuracy learning long- 52 achieving diverse 47 complex efficiency
42 enables requiring reveals significantly 37 adaptive alignment better fine- high- multiple suffer 31
additional challenges dynamic enhances fewer generate often sparse 26 approach catastrophic consistency
generalization incorporating more novel overcome real- stability various 21 accurately complexity creating
efficient efficiently enabling free- generates human improvements large- leading prevent pruning real-time
robustness safety scale- show speedup 16 compression demonstrates differences different effective eliminate
eliminates eliminating errors existing explicit fail heterogeneous implicit improve integrating introduces
learn learnable limited linear low- lower mitigates need new overcoming reliability resource solving
specific- success systematic understanding unified 10 achieves adapter adaptive- approaches bridge causes
close combining comprehensive continuous continuous- contrastive deep demonstrate dense dynamics effectively
enhance enhanced extra fine-grained first- generalize improved improves increased inefficiencies instability
introduced introducing learning- linear- long low maintaining merging mitigating open optimizes parallel
patch prompt prunes real realistic reduction reductions resolving reveal scalable showing specialized
specific suppresses unnecessary
""",
    "good": """
867 achieving 559 improving 538 high- 491 superior 460 with 381 state-of-the-art 360 improves 334 achieves
maintaining 314 improve 303 improved 219 efficiency enhances high 178 achieve 146 learning 141 significant
131 accuracy 120 demonstrating 115 competitive enhancing 104 strong 94 better revealing 89 enables 84
enhance long- 78 generates 73 consistency significantly 68 leading understanding 63 fine- 58 addresses
safety using without 52 demonstrates efficient human showing 47 general real-time 42 generate sacrificing 37
demonstrate ensuring faster generalization novel robustness unified 31 alignment approach enabling enhanced
fine-grained human- integrating low- maintain show stability top 26 addressing balance challenges complex
convergence limited reliability robust selection speed 21 balancing combines continuous deep factual
following- integrates new preserving scalable scale- scaling specialized specific- 16 accuracy- adaptive
advanced coherence comprehensive compression compromising consistent diverse diversity dynamic efficient-
enable excels global identity improvement including incorporating initial large- local maintains match
matching multiple online open- precise precision produce real- recall require reveals similarity solving-
sparse speedup speedups unifies 10 achieved adaptive- assistance augmented- balances combining complexity
consistently create decouples different discrete dynamics efficiently ended- ensure entire error extended
failure few- first following full gains higher improvements inconsistent increase integration introduced
introduces limits long loss low lower near- numerical offline optimize optimizing outperforming poor
preservation preserve preserves realism reduced refines refining scalability security selective
self-supervised shows supervised support supporting systematically traditional various
""",
    "rival": """
1515 large 376 with 366 enhances 340 existing 334 learning using 251 compared 225 outperforming 204 enables
unified 120 improves 115 novel 110 traditional 104 fine- 84 new without 78 alignment open-source 73
challenges 68 efficiency outperforms scaling 63 combines improve 58 accuracy large- multiple revealing
scale- specialized 52 discrete improving understanding 47 comprehensive lightweight 42 advanced free-
outperform state-of-the-art supervised 37 combining diverse dynamic enhance introduces open- sparse various
31 approach closed-source compression consistency efficient enabling improved integrates introduced
learning- matching self-supervised 26 compact different effective efficiently end- generalization
improvement pre- prompting requiring small synthetic 21 accelerates adaptive aligning comparable enhanced
enhanced- enhancing failures human- leading linear long- need open proprietary pruning reveals robust
robustness selection significantly single- surpassing 16 adapting augmented- collapse combination deep
effectively fine-grained generated generates human improvements improving- integration intelligence larger
matching- more priors rectified reliability safety scalable scale single static systematic unsupervised 10
accumulation adaptive- adapts addressed addresses advances align aligns automates balance complex compress
conflict consistent contrastive correction demonstrates demonstrating dense distinct diversity dynamics
efficient- errors explicit explicitly fail fewer first fixed- forward- frequency- full- general general-
improvement- instability integrating interpretability logic low- match necessitating optimize optimizes
parallel post- precision preserving promptable real- relying require sequential significant solving- sparse-
specific- speed- strong success supported supporting vulnerabilities
""",
    "task": """
1223 reinforcement 465 with 381 enhances 287 improves 282 enables 272 efficient 240 long- novel 225 improve
using 183 enabling 167 learning 152 improving understanding 141 improved 131 without 125 post- unified 115
pre- 104 addresses 94 scale- 89 combines enable enhanced fine- large- 84 complex diverse scalable 78
integrates 73 supervised 68 comprehensive efficiency large precise 63 effective enhance enhancing new
parallel 58 accuracy achieving challenges maintaining synthetic 52 accurate achieves adaptive approach
human- introduces significantly specialized 47 additional augmented- automated decouples deep dynamic faster
generalization integrating more multiple online 42 achieve advanced continual contrastive free- high-
self-supervised 37 combining efficient- end- long open- real- reduce robust stable superior 31 alignment
consistency decoupled human open-source reducing revealing robustness scaling specific- 26 address
consistent dense different disentangled fine-grained incorporating integrated introduced leading lightweight
low- optimizes real-time reduced sparse strong supervised- supports 21 adaptively aligned- automates
automatic better coherent demonstrate difficulty fast flexible high improvements intelligence interpretable
need optimized realistic reliable secure selection stability systematic traditional various 16 accelerates
addressed advances approaches automatically balanced compact continuous create demonstrates dynamics error
explainable explicit forward general harmful implicit including integrated- introducing minimal optimizing
preserving prompts refine reinforced reliability requiring reveals safety state-of-the-art static supporting
unsupervised 10 accelerate adapt adapted advance advantage allowing ambiguity asymmetric- before benefiting
capable clip closed- coherence combination compared competitive constrained continuous- correct correction
decoupling degradation demonstrating difficulty- discrete distinct ended- errors excelling existing extend
extensive facilitating faithful- following- forward- general- generalize global improvement- independent
instability learns less local logic- matching- natural negative optimize outperform outperforming rare
recent refines safe scale separates shows significant stabilize struggle unifies
""",
}  # fmt: skip


def _read(text: str) -> Iterator[tuple[str, float]]:
    share = 0.0
    for token in text.split():
        if token.isdigit():
            share = int(token) / 10_000
        else:
            yield token, share


HABITS: Mapping[str, float] = MappingProxyType(
    dict(_read(_COUNTS))
    | {f"{word} {kind}": share for kind, text in _USES.items() for word, share in _read(text)}
)
