"""Whether a language says what the English statement says: the same numbers, the same names. Pure."""

import re
import unicodedata
from collections.abc import Mapping

from newsletter import grounding
from newsletter.grounding import Source, registers
from newsletter.grounding import words as plain_words
from newsletter.grounding.numbers import is_supported, known_quantities
from newsletter.grounding.quantities import Quantity, quantities
from newsletter.languages import language as language_of
from newsletter.readings.facts import Facts
from newsletter.readings.verification import reasons


def check_translation(text: str, english: str, *, code: str, title: str, source: str = "") -> tuple[str, ...]:
    """What is wrong with ``text`` as ``english`` said in ``code``, in a sentence each; empty if nothing.

    Every check of part of a summary, and besides: every number of the English text is there, none is new.
    """
    against = Source(title, english, text=source)
    findings = list(grounding.check_text(text, against, language=code, evidence=english))
    findings += registers.check_register([("text", text)], language=code)
    faults = [reasons([each]) for each in grounding.failed(findings)]
    faults += [f"“{each.written}” is missing." for each in missing_numbers(text, english, code=code)]
    faults += [f"The name “{each}” is missing." for each in missing_names(text, english)]
    limit = 3 * language_of(code).takeaway_limit
    if len(text) > limit:
        faults.append("It is far longer than what it says.")
    return tuple(dict.fromkeys(faults))


def missing_numbers(text: str, english: str, *, code: str) -> list[Quantity]:
    """The quantities of the English text that the other one lacks. Spelled ones may be said freely."""
    plain = plain_words.normalise(text)
    known = quantities(plain, language=code)
    return [
        each
        for each in known_quantities(plain_words.normalise(english))
        if not each.spelled and not is_supported(each, known, plain)
    ]


_NAME = re.compile(
    r"(?<![\w-])(?=[\w+.-]{0,80}[A-Z0-9])(?=[\w+.-]{0,80}[A-Z])[A-Za-z][\w+.-]{0,80}[A-Z0-9][\w+-]*"
)


def missing_names(text: str, english: str) -> list[str]:
    """Names with capitals or digits inside ("GPT-4", "ResNet50", "BLEU") that the other text lost."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    names = dict.fromkeys(match.group().rstrip(".") for match in _NAME.finditer(english))
    return [name for name in names if name.casefold().removesuffix("s") not in folded]


def texts_of(facts: Facts, captions: Mapping[str, str]) -> dict[str, str]:
    """Everything that a language has to say, by id: the statements, and captions under their labels."""
    texts = {each.id: each.text for each in facts.statements}
    return texts | {f"caption:{label}": text for label, text in captions.items() if text}
