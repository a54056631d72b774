"""TeX, as authors type it into titles and abstracts, read into plain Unicode.

Pure. Not a TeX engine: what abstracts hold (fonts, accents, symbols, scripts, fractions, citations) has a
reading; a macro that only the paper's own preamble defines has none, and :class:`NoReading` says so. The
caller then leaves that stretch as it was.
"""

import re

from newsletter.text.tex.formulas import MAX_ARGUMENT, formula
from newsletter.text.tex.parser import MAX_DEPTH, Parser
from newsletter.text.tex.scripts import NoReading, script

__all__ = [
    "MAX_ARGUMENT",
    "MAX_DEPTH",
    "NoReading",
    "formula",
    "read_math",
    "read_one",
    "read_text",
    "script",
]

_DOUBLED_SPACE = re.compile(r"\s{2,}")


def read_math(source: str) -> str:
    """The inside of ``$…$`` in Unicode: ``\\mathcal{O}(n^2)`` gives ``O(n²)``. Raises :class:`NoReading`."""
    return _DOUBLED_SPACE.sub(" ", Parser(source.strip(), math=True).whole()).strip()


def read_text(source: str) -> str:
    """A whole stretch of running text with TeX commands, in Unicode. Raises :class:`NoReading`."""
    return Parser(source, math=False).whole()


def read_one(source: str, at: int) -> tuple[str, int]:
    """What starts at ``source[at]`` (a command, a group or a formula) and where the rest begins.

    Raises :class:`NoReading`.
    """
    parser = Parser(source, math=False)
    parser.at = at
    return parser.one(), parser.at
