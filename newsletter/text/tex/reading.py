"""Reading what stands at one place of a text: a command, a group or a formula. Pure."""

from newsletter.text.tex.parser import Parser


def read_one(source: str, at: int) -> tuple[str, int]:
    """What starts at ``source[at]``, in Unicode, and where the rest begins.

    Raises :class:`~newsletter.text.tex.scripts.NoReading`.
    """
    parser = Parser(source, math=False)
    parser.at = at
    return parser.one(), parser.at
