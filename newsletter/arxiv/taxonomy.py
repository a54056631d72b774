"""arXiv's taxonomy: 8 groups hold 20 archives hold 155 active categories; six categories bear two names.

Source: arxiv.org/category_taxonomy. Whatever else arXiv prints in a record's list of categories, such as
"68T45, 62H30" (MSC) or "I.2.7" (ACM), is a subject class and no category.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from newsletter.errors import InvalidInput

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "physics": "Physics",
        "math": "Mathematics",
        "cs": "Computer Science",
        "q-bio": "Quantitative Biology",
        "q-fin": "Quantitative Finance",
        "stat": "Statistics",
        "eess": "Electrical Engineering and Systems Science",
        "econ": "Economics",
    }
)

# archive: (name, group)
_ARCHIVES: Mapping[str, tuple[str, str]] = {
    "astro-ph": ("Astrophysics", "physics"),
    "cond-mat": ("Condensed Matter", "physics"),
    "gr-qc": ("General Relativity and Quantum Cosmology", "physics"),
    "hep-ex": ("High Energy Physics - Experiment", "physics"),
    "hep-lat": ("High Energy Physics - Lattice", "physics"),
    "hep-ph": ("High Energy Physics - Phenomenology", "physics"),
    "hep-th": ("High Energy Physics - Theory", "physics"),
    "math-ph": ("Mathematical Physics", "physics"),
    "nlin": ("Nonlinear Sciences", "physics"),
    "nucl-ex": ("Nuclear Experiment", "physics"),
    "nucl-th": ("Nuclear Theory", "physics"),
    "physics": ("Physics", "physics"),
    "quant-ph": ("Quantum Physics", "physics"),
    "math": ("Mathematics", "math"),
    "cs": ("Computer Science", "cs"),
    "q-bio": ("Quantitative Biology", "q-bio"),
    "q-fin": ("Quantitative Finance", "q-fin"),
    "stat": ("Statistics", "stat"),
    "eess": ("Electrical Engineering and Systems Science", "eess"),
    "econ": ("Economics", "econ"),
}

# A line for each category, under its archive; an undivided archive is its only category.
_DIVISIONS: Mapping[str, str] = {
    "astro-ph": """
        CO Cosmology and Nongalactic Astrophysics
        EP Earth and Planetary Astrophysics
        GA Astrophysics of Galaxies
        HE High Energy Astrophysical Phenomena
        IM Instrumentation and Methods for Astrophysics
        SR Solar and Stellar Astrophysics""",
    "cond-mat": """
        dis-nn Disordered Systems and Neural Networks
        mes-hall Mesoscale and Nanoscale Physics
        mtrl-sci Materials Science
        other Other Condensed Matter
        quant-gas Quantum Gases
        soft Soft Condensed Matter
        stat-mech Statistical Mechanics
        str-el Strongly Correlated Electrons
        supr-con Superconductivity""",
    "nlin": """
        AO Adaptation and Self-Organizing Systems
        CD Chaotic Dynamics
        CG Cellular Automata and Lattice Gases
        PS Pattern Formation and Solitons
        SI Exactly Solvable and Integrable Systems""",
    "physics": """
        acc-ph Accelerator Physics
        ao-ph Atmospheric and Oceanic Physics
        app-ph Applied Physics
        atm-clus Atomic and Molecular Clusters
        atom-ph Atomic Physics
        bio-ph Biological Physics
        chem-ph Chemical Physics
        class-ph Classical Physics
        comp-ph Computational Physics
        data-an Data Analysis, Statistics and Probability
        ed-ph Physics Education
        flu-dyn Fluid Dynamics
        gen-ph General Physics
        geo-ph Geophysics
        hist-ph History and Philosophy of Physics
        ins-det Instrumentation and Detectors
        med-ph Medical Physics
        optics Optics
        plasm-ph Plasma Physics
        pop-ph Popular Physics
        soc-ph Physics and Society
        space-ph Space Physics""",
    "math": """
        AC Commutative Algebra
        AG Algebraic Geometry
        AP Analysis of PDEs
        AT Algebraic Topology
        CA Classical Analysis and ODEs
        CO Combinatorics
        CT Category Theory
        CV Complex Variables
        DG Differential Geometry
        DS Dynamical Systems
        FA Functional Analysis
        GM General Mathematics
        GN General Topology
        GR Group Theory
        GT Geometric Topology
        HO History and Overview
        IT Information Theory
        KT K-Theory and Homology
        LO Logic
        MG Metric Geometry
        MP Mathematical Physics
        NA Numerical Analysis
        NT Number Theory
        OA Operator Algebras
        OC Optimization and Control
        PR Probability
        QA Quantum Algebra
        RA Rings and Algebras
        RT Representation Theory
        SG Symplectic Geometry
        SP Spectral Theory
        ST Statistics Theory""",
    "cs": """
        AI Artificial Intelligence
        AR Hardware Architecture
        CC Computational Complexity
        CE Computational Engineering, Finance, and Science
        CG Computational Geometry
        CL Computation and Language
        CR Cryptography and Security
        CV Computer Vision and Pattern Recognition
        CY Computers and Society
        DB Databases
        DC Distributed, Parallel, and Cluster Computing
        DL Digital Libraries
        DM Discrete Mathematics
        DS Data Structures and Algorithms
        ET Emerging Technologies
        FL Formal Languages and Automata Theory
        GL General Literature
        GR Graphics
        GT Computer Science and Game Theory
        HC Human-Computer Interaction
        IR Information Retrieval
        IT Information Theory
        LG Machine Learning
        LO Logic in Computer Science
        MA Multiagent Systems
        MM Multimedia
        MS Mathematical Software
        NA Numerical Analysis
        NE Neural and Evolutionary Computing
        NI Networking and Internet Architecture
        OH Other Computer Science
        OS Operating Systems
        PF Performance
        PL Programming Languages
        RO Robotics
        SC Symbolic Computation
        SD Sound
        SE Software Engineering
        SI Social and Information Networks
        SY Systems and Control""",
    "q-bio": """
        BM Biomolecules
        CB Cell Behavior
        GN Genomics
        MN Molecular Networks
        NC Neurons and Cognition
        OT Other Quantitative Biology
        PE Populations and Evolution
        QM Quantitative Methods
        SC Subcellular Processes
        TO Tissues and Organs""",
    "q-fin": """
        CP Computational Finance
        EC Economics
        GN General Finance
        MF Mathematical Finance
        PM Portfolio Management
        PR Pricing of Securities
        RM Risk Management
        ST Statistical Finance
        TR Trading and Market Microstructure""",
    "stat": """
        AP Applications
        CO Computation
        ME Methodology
        ML Machine Learning
        OT Other Statistics
        TH Statistics Theory""",
    "eess": """
        AS Audio and Speech Processing
        IV Image and Video Processing
        SP Signal Processing
        SY Systems and Control""",
    "econ": """
        EM Econometrics
        GN General Economics
        TH Theoretical Economics""",
}

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "cs.NA": "math.NA",
        "cs.SY": "eess.SY",
        "math.IT": "cs.IT",
        "math.MP": "math-ph",
        "q-fin.EC": "econ.GN",
        "stat.TH": "math.ST",
    }
)
"""A category's second name to its canonical one: papers in one are always in the other."""

# Archives closed between 1996 and 1999, and the category that took their papers in.
_CLOSED_ARCHIVES: Mapping[str, str] = {
    "acc-phys": "physics.acc-ph",
    "adap-org": "nlin.AO",
    "alg-geom": "math.AG",
    "ao-sci": "physics.ao-ph",
    "atom-ph": "physics.atom-ph",
    "bayes-an": "physics.data-an",
    "chao-dyn": "nlin.CD",
    "chem-ph": "physics.chem-ph",
    "cmp-lg": "cs.CL",
    "comp-gas": "nlin.CG",
    "dg-ga": "math.DG",
    "funct-an": "math.FA",
    "mtrl-th": "cond-mat.mtrl-sci",
    "patt-sol": "nlin.PS",
    "plasm-ph": "physics.plasm-ph",
    "q-alg": "math.QA",
    "solv-int": "nlin.SI",
    "supr-con": "cond-mat.supr-con",
}

# Old papers bear the bare name of these archives, from before they were divided.
_ONCE_UNDIVIDED = frozenset({"astro-ph", "cond-mat", "q-bio"})


def _read_categories() -> dict[str, tuple[str, str]]:
    categories: dict[str, tuple[str, str]] = {}
    for archive, (name, _group) in _ARCHIVES.items():
        if archive not in _DIVISIONS:
            categories[archive] = (name, archive)
            continue
        for line in _DIVISIONS[archive].strip().splitlines():
            code, category = line.strip().split(" ", 1)
            categories[f"{archive}.{code}"] = (category, archive)
    return categories


_CATEGORIES = _read_categories()

CATEGORIES: Mapping[str, str] = MappingProxyType({key: name for key, (name, _) in _CATEGORIES.items()})
"""The 155 active categories: identifier to English name, in arXiv's order of archives."""

ARCHIVES: Mapping[str, str] = MappingProxyType({key: name for key, (name, _) in _ARCHIVES.items()})
"""The 20 open archives: identifier to English name."""

_AS_WRITTEN = {name.lower(): name for name in (*GROUPS, *ARCHIVES, *_CLOSED_ARCHIVES, *CATEGORIES)}
_SEPARATORS = re.compile(r"[\s,;]+")


def find_category(text: str) -> str | None:
    """The active category that ``text`` names, whatever its case and blanks, or None."""
    category = _AS_WRITTEN.get(text.strip().lower())
    return category if category in CATEGORIES else None


def canonical(category: str) -> str:
    """The name under which two names of the same category are equal: "cs.SY" gives "eess.SY".

    A closed archive gives the category that took its papers in. Anything else, known or not, stays as it is.
    """
    return ALIASES.get(category) or _CLOSED_ARCHIVES.get(category) or category


def archive_of(category: str) -> str | None:
    """The archive a category is in ("cs" for "cs.CV"), None for what is no category.

    A bare "astro-ph" on a paper of before 2009 is in the archive of that name.
    """
    if category in _CATEGORIES:
        return _CATEGORIES[category][1]
    if category in _CLOSED_ARCHIVES:
        return _CATEGORIES[_CLOSED_ARCHIVES[category]][1]
    return category if category in _ONCE_UNDIVIDED else None


def group_of(category: str) -> str | None:
    """The group a category is in ("physics" for "hep-th"), None for what is no category."""
    archive = archive_of(category)
    return None if archive is None else _ARCHIVES[archive][1]


def expand(pattern: str) -> tuple[str, ...]:
    """The active categories that a pattern names, in arXiv's order.

    "cs.CV" names itself; "cs.*", "cs" and "hep-th.*" a whole archive; "grp_physics" a whole group. Case
    does not matter. Raises :class:`InvalidInput` for anything else; ``near`` is the nearest name or "".
    """
    wanted = pattern.strip().lower()
    if wanted.startswith("grp_") and wanted[4:] in GROUPS:
        return tuple(key for key in CATEGORIES if group_of(key) == wanted[4:])
    exact = find_category(wanted)
    if exact is not None:
        return (exact,)
    archive = wanted.removesuffix(".*")
    if archive in ARCHIVES:
        return tuple(key for key, (_, home) in _CATEGORIES.items() if home == archive)
    if archive in _CLOSED_ARCHIVES:
        return (_CLOSED_ARCHIVES[archive],)
    near = _nearest(archive)
    hint = f"did you mean {near!r}?" if near else "write for example cs.CV or cs.*."
    raise InvalidInput(f"{pattern.strip()!r} is not one of arXiv's categories; {hint}", near=near)


def select_categories(texts: Iterable[str]) -> tuple[str, ...]:
    """Those of a record's class strings that are or once were categories, in order and without repeats.

    Subject classes of MSC and ACM fall out; "cs.CV, cs.MM" in one string is two categories.
    """
    chosen: dict[str, None] = {}
    for text in texts:
        for word in _SEPARATORS.split(text):
            if word in CATEGORIES or word in _CLOSED_ARCHIVES or word in _ONCE_UNDIVIDED:
                chosen[word] = None
    return tuple(chosen)


def _nearest(archive: str) -> str:
    # difflib takes 1.5 ms to import and is needed only after a typing error.
    from difflib import get_close_matches

    near = get_close_matches(archive[:40], list(_AS_WRITTEN), n=1, cutoff=0.6)
    return _AS_WRITTEN[near[0]] if near else ""
