"""Mails in which somebody asks to be written to no more: with the token of List-Unsubscribe, or in words.

What people write stands in one TOML file per language beside this module. A token is a proof and acts at
once. Words are none, since anybody can write any From: all they do is to send the reader of that address the
link that the reader has anyway, once a day, and never in answer to a machine (RFC 3834, section 2). Pure.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path

from subscriptions.feedback.records import Incoming
from subscriptions.readers.links import TOKEN_LENGTH

LONGEST_LINE = 160  # characters; who asks to leave is brief
LINES = 3  # of the mail's own text that are looked at, without the greeting
LONGEST_REPLY = 60  # characters of an answer's subject; longer ones are titles of papers
BRIEF = 400  # characters; a longer mail says something else too
BRIEF_BESIDE_SUBJECT = 60  # the same where the subject alone says it: a greeting and a name
_TAGS = re.compile(r"\s?(?:\[[^\[\]]{0,80}\]|\*{2,3}[^*]{1,40}\*{2,3})")
_QUOTED = re.compile(r"^\s*(?:>|-{2,}|_{5,}|from: |von: |de : |发件人|差出人|보낸 ?사람)", re.IGNORECASE)
_MARKS = re.compile(r"[^\w'\s]+")
_WORD = re.compile(r"unsubscribe", re.IGNORECASE)
_ESCAPED = re.compile(r"%(?:25)?(20|2B)|=(20)", re.IGNORECASE)
_TOKEN = re.compile(rf"(?<![\w-])[\w-]{{{TOKEN_LENGTH}}}(?![\w-])", re.ASCII)
_MOST_TOKENS = 8  # that are tried


# -- tokens ---------------------------------------------------------------------


def tokens(incoming: Incoming) -> Iterator[str]:
    """What may be the token of a mail that a program or a person wrote to List-Unsubscribe's mailto.

    It stands after "unsubscribe", with a space, a plus or their escaped forms between, perhaps broken by
    folded lines, and gateways write tags before and after it: in the subject, or where the text begins.
    """
    seen: set[str] = set()
    to = [address for address in incoming.sent_to if "unsubscribe" in address.lower()]
    for text in (incoming.subject, _beginning(incoming.text), *to[:2]):
        for token in _tokens_in(_ESCAPED.sub(" ", text[:1000])):
            if token not in seen and len(seen) < _MOST_TOKENS:
                seen.add(token)
                yield token


def _tokens_in(text: str) -> Iterator[str]:
    yield from _TOKEN.findall(text)
    for word in _WORD.finditer(text):
        after = re.sub(r"^[\s+:=?]+", "", text[word.end() :])
        run = re.match(r"[\w\s-]*", after, re.ASCII)
        joined = "".join(run[0].split()) if run else ""
        if len(joined) >= TOKEN_LENGTH:
            yield joined[:TOKEN_LENGTH]


def _beginning(text: str) -> str:
    """The first line of a mail and the one after it, on which a long token may go on."""
    return " ".join(islice(_own_lines(text), 2))


# -- words ----------------------------------------------------------------------


def asks_to_leave(incoming: Incoming) -> bool:
    """Whether the subject or one of the first lines asks for no more mail, in any language of ours."""
    return _is_wish(_bare_subject(incoming.subject)) or _begins_as_wish(incoming)


def says_more(incoming: Incoming) -> bool:
    """Whether a mail that asks to leave says something else too, which a person has to read."""
    length = sum(len(line) for line in _own_lines(incoming.text))
    return length > BRIEF or (length > BRIEF_BESIDE_SUBJECT and not _begins_as_wish(incoming))


def _begins_as_wish(incoming: Incoming) -> bool:
    lines = (line for line in _own_lines(incoming.text) if _is_wish(line) or not _is_greeting(line))
    return any(_is_wish(line) for line in islice(lines, LINES))


def is_automatic(incoming: Incoming) -> bool:
    """Whether a program wrote, or nobody could be answered (RFC 3834, section 2; RFC 5230, section 4.6)."""
    headers = incoming.headers
    if headers.get("auto-submitted", "no").partition(";")[0].strip().lower() not in ("", "no"):
        return True
    if headers.get("precedence", "").strip().lower() in ("bulk", "list", "junk", "auto_reply"):
        return True
    if headers.get("return-path", "<x>").replace(" ", "") in ("<>", ""):
        return True
    return any(name.startswith("list-") for name in headers)


def _own_lines(text: str) -> Iterator[str]:
    """The lines that the sender wrote: until the quotation or the signature begins."""
    for line in text.splitlines():
        if _QUOTED.match(line):
            return
        if line.strip():
            yield line.strip()


@lru_cache(maxsize=1)
def _words() -> Mapping[str, tuple[str, ...]]:
    """All languages' folded words by what they are."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    languages = [tomllib.loads(path.read_text(encoding="utf-8")) for path in files]
    return {
        name: tuple(dict.fromkeys(_fold(word) for language in languages for word in language[name]))
        for name in ("replies", "greetings", "wishes", "alone")
    }


@lru_cache(maxsize=1)
def _wishes() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Wishes that are looked for as whole words, and those of scripts that write on without spaces."""
    spaced = tuple(f" {wish} " for wish in _words()["wishes"] if _is_spaced(wish))
    unspaced = tuple(wish.replace(" ", "") for wish in _words()["wishes"] if not _is_spaced(wish))
    return spaced, unspaced


def _is_spaced(text: str) -> bool:
    return all(
        unicodedata.name(sign, "").startswith(("LATIN", "CYRILLIC")) for sign in text if sign.isalpha()
    )


def _is_wish(line: str) -> bool:
    if len(line) > LONGEST_LINE:
        return False
    spaced, unspaced = _wishes()
    folded = _fold(line)
    if folded in _words()["alone"]:
        return True
    padded, squeezed = f" {folded} ", folded.replace(" ", "")
    return any(wish in padded for wish in spaced) or any(wish in squeezed for wish in unspaced)


def _is_greeting(line: str) -> bool:
    folded = _fold(line)
    return len(folded) <= 60 and any(folded.startswith(greeting) for greeting in _words()["greetings"])


def _bare_subject(subject: str) -> str:
    """Without what mail programs and gateways put before and after it: "Re:", "Fwd:", "[EXTERNAL]".

    Nothing is left of an answer's whose rest is long: that is the title of a digest.
    """
    whole = bare = _TAGS.sub(" ", subject[:1000]).strip()
    for _ in range(10):
        before, colon, after = bare.replace("：", ":").partition(":")
        if not colon or _fold(re.sub(r"[\[(]?(?<!\d)\d+[\])]?$", "", before)) not in _words()["replies"]:
            break
        bare = after.strip()
    return "" if bare != whole and len(bare) > LONGEST_REPLY else bare


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return " ".join(_MARKS.sub(" ", plain).replace("_", " ").split())
