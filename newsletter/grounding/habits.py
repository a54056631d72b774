"""What models that summarise research papers commonly add of their own. Data only.

Each line is a number and the stems (see :func:`words.stem`) that this many of 10,000 summaries had without
their abstracts having them: counted on the ``ai_summary`` of Hugging Face's daily papers from May to
December 2025. A model's own habits replace these once it is calibrated.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

_COUNTS = """
1596 using
1457 enhanc
940 improv
620 use
527 perform
418 vari
336 achiev
263 signif
258 address reduc
232 outperform
217 combin
212 enabl
207 new
196 compar method without
191 exist rev
186 integr task
181 lead
165 leverag
160 highlight
155 maintain
150 superi
145 high lik
140 provid
129 call effici minim
114 better
108 demonstr
103 diff
93 handl
88 creat
83 includ qual
78 accurac approach spe techniqu
72 bas identif issu limit novel offer
67 abil focu incorp process
62 accur diver larg show
57 capabil result usag
52 fewer languag
46 art effect ensur introduc research sacrif
41 advanc curr featur impact nam need propo resourc stat synth util
36 challeng comprehen cost due emplo especi excel exhibit facilit imag optim requir speci support
36 tuning
31 adjust assess comput gener mitig paper surpass top tun var
26 affect analyz data despit examin futur increa insight lack mechan multipl produc sett specif stud
26 system tradit
21 addit allow appl area balanc benefit convert cruci develop empha fast framework import loss lower
21 not overcom pre rath refin rel used
16 align along complex comprom con cover direct driven environ evalu fin flex found gap indic
16 investig involv model off often output particular pattern potenti prev quest relat retrain robust
16 scenario sever showca stabil strateg suit term text typ vulnerabil
10 alter answ architectur aspect autom benchmark beyond categ certain competit compl compon conjunct
10 consid dataset defin demand depend deriv detail diminish elem embed expl exten fac fidel follow
10 guid hybrid inform instead interact key learn lifecycl low making manag match mean measur metr
10 multi necessari overview previ problem protect separ short singl siz skill solut solv stabl
10 strength struggl sugg superv target thereb trad uncov understand uniqu updat
"""


def _read(text: str) -> Iterator[tuple[str, float]]:
    share = 0.0
    for token in text.split():
        if token.isdigit():
            share = int(token) / 10_000
        else:
            yield token, share


HABITS: Mapping[str, float] = MappingProxyType(dict(_read(_COUNTS)))
