"""Two other senders on the same mail server with the same content, for comparison.

They live in a virtual environment of their own, because what they need may clash with what Paperpost has
locked, and because one of them is a package that is called ``newsletter`` too. Both get what costs them
least: digests that are finished already, which they need not choose or make.
"""

from benchmarks.rivals.running import NAMES, prepare, run, write_contents

__all__ = ["NAMES", "prepare", "run", "write_contents"]
