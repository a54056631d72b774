"""Acronyms that languages write their own way, and what English calls the same thing. Data, and look-up.

The English forms are in lower case, run together where they are several words; any of them in the source
vouches for the acronym.
"""

from collections.abc import Mapping

_AI = ("ai", "artificialintelligence")
_DNA = ("dna", "genome", "genomic", "deoxyribonucleicacid")
_RNA = ("rna", "ribonucleicacid")
_MRNA = ("mrna", "messengerrna")
_HIV = ("hiv",)
_AIDS = ("aids",)
_MRI = ("mri", "mr", "mris", "fmri", "magneticresonance")
_CT = ("ct", "computedtomography")
_PET = ("pet",)
_EU = ("eu", "europeanunion", "european")
_UN = ("un", "unitednations")
_US = ("us", "usa", "unitedstates", "american")
_UK = ("uk", "unitedkingdom", "british")
_GDP = ("gdp", "grossdomesticproduct")
_WHO = ("who", "worldhealthorganization")
_AR, _VR = ("ar", "augmentedreality"), ("vr", "virtualreality")
_NLP = ("nlp", "naturallanguageprocessing")
_ML = ("ml", "machinelearning")
_ICU = ("icu", "icus", "intensivecare")
_BMI = ("bmi", "bodymassindex")
_CI = ("ci", "cis", "confidenceinterval", "confidenceintervals")
_NATO, _IMF = ("nato",), ("imf", "internationalmonetaryfund")
_ECG = ("ecg", "ekg", "ecgs", "electrocardiogram", "electrocardiograms")
_STD = ("sd", "standarddeviation")
_PCR = ("pcr",)
_COPD = ("copd",)
_SME = ("sme", "smes")
_NGO = ("ngo", "ngos")
_ADHD = ("adhd",)
_ASD = ("asd", "autism")
_PTSD = ("ptsd",)
_ICT = ("ict",)
_GIS = ("gis",)
_OCR = ("ocr",)
_RL = ("rl", "reinforcementlearning")
_DL = ("dl", "deeplearning")
_GHG = ("ghg", "greenhousegas", "greenhousegases")
_PCA = ("pca", "principalcomponentanalysis")
_RCT = ("rct", "rcts", "randomizedcontrolledtrial", "randomizedcontrolledtrials")
_PV = ("pv", "photovoltaic", "photovoltaics")
_LLM = ("llm", "llms", "largelanguagemodel", "largelanguagemodels")
_RAG = ("rag",)
_RNN = ("rnn", "rnns")
_CNN = ("cnn", "cnns")

_ROMANCE = {
    "IA": _AI, "ADN": _DNA, "ARN": _RNA, "ARNm": _MRNA, "VIH": _HIV, "UE": _EU, "ONU": _UN, "OMS": _WHO,
    "OTAN": _NATO, "FMI": _IMF, "PIB": _GDP, "RA": _AR, "RV": _VR, "IMC": _BMI, "ACP": _PCA, "IC": _CI,
    "ONG": _NGO, "ONGs": _NGO, "TIC": _ICT, "ECG": _ECG, "GEI": _GHG,
}  # fmt: skip

ACRONYMS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "de": {
        "KI": (*_AI, *_CI), "KIs": _AI, "DNS": _DNA, "RNS": _RNA, "DNA": _DNA, "MRT": _MRI, "fMRT": _MRI,
        "BIP": _GDP, "UNO": _UN, "VN": _UN, "EKG": _ECG, "KMU": _SME, "NGO": _NGO, "NRO": _NGO, "ML": _ML,
        "ADHS": _ADHD, "PTBS": _PTSD, "IWF": _IMF, "VK": _UK, "USA": _US, "CT": _CT, "COPD": _COPD,
        "IKT": _ICT, "BMI": _BMI, "THG": _GHG, "SD": _STD, "HIV": _HIV, "EU": _EU, "PV": _PV,
    },
    "es": {
        **_ROMANCE, "RM": _MRI, "IRM": _MRI, "RMN": _MRI, "RMf": _MRI, "TC": _CT, "TAC": _CT, "TEP": _PET,
        "PLN": _NLP, "AA": _ML, "SIDA": _AIDS, "UCI": _ICU, "EE.UU": _US, "EEUU": _US, "EUA": _US,
        "RU": _UK, "EPOC": _COPD, "PYME": _SME, "TDAH": _ADHD, "TEA": _ASD, "TEPT": _PTSD, "SIG": _GIS,
        "AP": _DL, "AR": _RL, "ARNs": _RNA, "DE": _STD, "ECA": _RCT, "RAG": _RAG,
    },
    "fr": {
        **_ROMANCE, "IRM": _MRI, "IRMf": _MRI, "TDM": _CT, "TEP": _PET, "TAL": _NLP, "TALN": _NLP,
        "SIDA": _AIDS, "USA": _US, "RU": _UK, "BPCO": _COPD, "PME": _SME, "TDAH": _ADHD, "TSA": _ASD,
        "TSPT": _PTSD, "SIG": _GIS, "AA": _ML, "AP": _DL, "ECR": _RCT, "GES": _GHG, "PV": _PV, "ROC": _OCR,
        "LMM": _LLM, "IAG": (*_AI, "agi"),
    },
    "pt-BR": {
        **_ROMANCE, "RNAm": _MRNA, "RM": _MRI, "RMf": _MRI, "RMN": _MRI, "TC": _CT, "PLN": _NLP, "AM": _ML,
        "AIDS": _AIDS, "UTI": _ICU, "EUA": _US, "RU": _UK, "DPOC": _COPD, "PME": _SME, "TDAH": _ADHD,
        "TEA": _ASD, "TEPT": _PTSD, "SIG": _GIS, "AP": _DL, "AR": _RL, "DP": _STD, "GEE": _GHG,
        "ECR": _RCT,
    },
    "it": {
        **_ROMANCE, "RM": _MRI, "RMN": _MRI, "fMRI": _MRI, "TAC": _CT, "TC": _CT, "PIL": _GDP, "NATO": _NATO,
        "USA": _US, "PMI": _SME, "BPCO": _COPD, "HIV": _HIV, "TSPT": _PTSD, "DS": _STD, "TIC": _ICT,
    },
    "id": {
        "PBB": _UN, "PDB": _GDP, "AS": _US, "UE": _EU, "KB": ("kg", "knowledgebase"), "KA": _AI, "IMT": _BMI,
        "UKM": _SME, "UMKM": _SME, "TIK": _ICT, "LSM": _NGO, "PPOK": _COPD, "SIG": _GIS, "EKG": _ECG,
    },
    "vi": {
        "TTNT": _AI, "LHQ": _UN, "EU": _EU, "WHO": _WHO, "ADN": _DNA, "ARN": _RNA, "AND": _DNA,
        "XLNNTN": _NLP,
    },
    "ru": {"ВВП": _GDP, "ИИ": _AI},
}  # fmt: skip

_NONE: Mapping[str, tuple[str, ...]] = {}


def english_forms(acronym: str, *, language: str) -> tuple[str, ...]:
    """What the source may call it; nothing for what is no acronym of that language's own."""
    return ACRONYMS.get(language, _NONE).get(acronym, ())


# Words of places, peoples and languages as other languages write them: they name no method and no result.
_PLACES_TEXT = """
europa européen européenne européens européennes européa eropa âu châu liên minh unión unione união union
européia europeia europea europeo uni serikat amerika mỹ américa amérique états-unis états unis estados
unidos stati uniti ee uu inggris anh inglaterra angleterre inghilterra reino royaume regno unido unito
jerman jepang nhật bản hàn quốc trung việt nam ấn độ pháp đức nga corea corée coreia chine cina tiongkok
inde índia japón japon giappone japão alemania allemagne germania alemanha francia france frança prancis
españa espagne spagna espanha spanyol italia italie itália rusia russie rússia brasil brésil brasile
áfrica afrique afrika asie ásia á phi áfrika árabe arab wikipédia tokio tóquio pekín pékin pechino pequim
nueva york nova iorque londres londra parís parigi
"""
PLACES = frozenset(_PLACES_TEXT.split())
