"""What models that summarise research papers commonly add of their own. Data only.

Each line is a number and the stems (see :func:`words.stem`) that this many of 10,000 summaries had without
their abstracts having them: counted on the ``ai_summary`` of Hugging Face's daily papers, on the calibration
half of the days from May 2025 to May 2026. A model's own habits replace these once it is calibrated.
"""

from collections.abc import Mapping
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
10 4 accel accompan algorithm align along alwa area behavi bia broad build comprom contain continu
10 correct declin decompo deplo dimen disciplin distinguish drawn drop dual e elem equip error f fact
10 fail form funda futur genuin hidden imag imbal incon insight insuffici interv long low mathemat
10 necess no organ outcom paper point poor pract previ promot propert rel relat resist retent retrain
10 risk saf secur showca similar simpl singl solut strength structur suit surpass synchron synthesi t
10 temp text thr togeth toward tru tun understand utiliz valu ver vision vulnerabil work world
"""

HABITS: Mapping[str, float] = MappingProxyType(
    {
        stem: int(line.split()[0]) / 10_000
        for line in _COUNTS.strip().splitlines()
        for stem in line.split()[1:]
    }
)
