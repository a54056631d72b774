"""What models that summarise research papers commonly add of their own.

``data/english/habits.txt``: a number says how many of 10,000 summaries had each of the stems (see
:func:`words.stem`) after it without their abstracts having it. Counted on the ``ai_summary`` of Hugging
Face's daily papers from May to December 2025. A model's own habits replace these once it is calibrated.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from newsletter.grounding.word_counts import read_counts

_FILE = Path(__file__).parent / "data/english/habits.txt"

HABITS: Mapping[str, float] = MappingProxyType({stem: count / 10_000 for stem, count in read_counts(_FILE)})
