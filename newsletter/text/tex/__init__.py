"""TeX, as authors type it into titles and abstracts, read into plain Unicode.

Pure. Not a TeX engine: what abstracts hold (fonts, accents, symbols, scripts, fractions, citations) has a
reading; a macro that only the paper's own preamble defines has none, and :class:`NoReading` says so. The
caller then leaves that stretch as it was.
"""

from newsletter.text.tex.formulas import MAX_ARGUMENT, formula
from newsletter.text.tex.parser import MAX_DEPTH
from newsletter.text.tex.reading import read_one
from newsletter.text.tex.scripts import NoReading, script

__all__ = ["MAX_ARGUMENT", "MAX_DEPTH", "NoReading", "formula", "read_one", "script"]
