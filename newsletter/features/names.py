"""Names of authors as keys. Pure. A key stands for a name, not for a person: many share "Wei Wang"."""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

_WORD = re.compile(r"[^\W_]+")


def fold_name(name: str) -> str:
    """``name`` without accents, punctuation and capitals: "José M. Pérez" and "Jose M Perez" are one."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return " ".join(_WORD.findall(plain.casefold()))


@lru_cache(maxsize=65536)
def author_key(name: str) -> int:
    """A number of 63 bits for a name as it is folded; 0 for one without a letter."""
    folded = fold_name(name)
    if not folded:
        return 0
    return int.from_bytes(blake2b(folded.encode(), digest_size=8).digest(), "big") >> 1
