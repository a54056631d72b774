"""The check "register": the style a language asks for, kept from the first field to the last."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from newsletter.grounding import words
from newsletter.grounding.boundaries import WordPattern, compile_words
from newsletter.grounding.findings import Finding
from newsletter.grounding.lexicons import lexicon

_END = r"[\s.!?。！？」』”\")）]*$"


@lru_cache(maxsize=64)
def _endings(language: str) -> tuple[WordPattern, Mapping[str, WordPattern]] | None:
    """The endings that are right, and those that are wrong with what they are called."""
    own = lexicon(language).register
    if not own.endings:
        return None
    wrong = {name: compile_words(rf"(?:{ends}){_END}") for name, ends in own.wrong_endings.items()}
    return compile_words(rf"(?:{own.endings}){_END}"), wrong


@lru_cache(maxsize=64)
def _address(language: str) -> WordPattern | None:
    """Words by which a text speaks to its reader, which none of these languages' registers allow."""
    pattern = lexicon(language).register.address
    return compile_words(pattern) if pattern else None


def _without_innocent(text: str, language: str) -> str:
    """The text without what only looks like an address: German "ihr" is mostly "her" or "their"."""
    pattern = lexicon(language).register.no_address
    return compile_words(pattern).sub(" ", text) if pattern else text


def check_register(fields: Sequence[tuple[str, str]], *, language: str) -> Iterator[Finding]:
    """``fields`` are (name, text) of the sentence and the takeaways."""
    endings = _endings(language)
    if endings is not None:
        yield from _check_endings(fields, *endings)
    address = _address(language)
    if address is None:
        return
    for field, text in fields:
        match = address.search(_without_innocent(text, language))
        if match:
            message = f"“{match.group().strip()}” speaks to the reader."
            yield Finding("register", "failed", field, (match.group().strip(),), message)


def _check_endings(
    fields: Sequence[tuple[str, str]], right: WordPattern, wrong: Mapping[str, WordPattern]
) -> Iterator[Finding]:
    for field, text in fields:
        for sentence in words.sentences(text):
            if right.search(sentence):
                continue
            style = next((name for name, pattern in wrong.items() if pattern.search(sentence)), "")
            if style:
                ending = sentence.rstrip(" .!?。！？")[-8:]
                message = f"“…{ending}” is in {style}, not in the polite style that the rest must have."
                yield Finding("register", "failed", field, (ending,), message)
                break
