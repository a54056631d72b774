"""What stands between a model and a reader: checks of a summary against its source.

Pure functions; no model is asked and nothing is stored. Each check has a name (:data:`CHECKS`), a verdict
and the words that made it. :func:`check_summary` runs them all on a draft, :func:`check_text` those that fit
a single text; :func:`calibrate` finds a model's thresholds from its own good summaries.
"""

from newsletter.grounding.calibration import DEFAULT, calibrate
from newsletter.grounding.findings import CHECKS, Finding, Source, Suspicion, Thresholds, Verdict
from newsletter.grounding.neighbours import Neighbours, Others
from newsletter.grounding.numbers import count_compared
from newsletter.grounding.verdicts import (
    check_summary,
    check_text,
    failed,
    faulty_takeaways,
    suspicions,
)

__all__ = [
    "CHECKS",
    "DEFAULT",
    "Finding",
    "Neighbours",
    "Others",
    "Source",
    "Suspicion",
    "Thresholds",
    "Verdict",
    "calibrate",
    "check_summary",
    "check_text",
    "count_compared",
    "failed",
    "faulty_takeaways",
    "suspicions",
]
