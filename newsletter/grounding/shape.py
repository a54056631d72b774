"""The checks "schema", "length", "loop" between fields, and "novelty": the form of a whole summary."""

import re
from collections.abc import Iterator

from rapidfuzz import fuzz

from newsletter.grounding import words
from newsletter.grounding.boundaries import bare
from newsletter.grounding.findings import Finding, Source
from newsletter.languages import language as language_of
from newsletter.records import SummaryDraft

FEWEST, MOST = 3, 7
MOST_KEYWORDS = 6
_ALIKE = 92.0
_SHORTEST = {True: 6, False: 15}  # characters of a statement, by whether the language is CJK


def check_schema(draft: SummaryDraft) -> Iterator[Finding]:
    """Fields that are missing, empty or too many."""
    if not draft.sentence.strip():
        yield Finding("schema", "failed", "sentence", (), "The sentence is empty.")
    count = len(draft.takeaways)
    if not FEWEST <= count <= MOST:
        yield Finding(
            "schema", "failed", "takeaways", (str(count),), f"There must be {FEWEST}-{MOST} takeaways."
        )
    for at, takeaway in enumerate(draft.takeaways):
        if not takeaway.text.strip():
            yield Finding("schema", "failed", f"takeaways[{at}].text", (), "The takeaway is empty.")
        if not takeaway.evidence.strip():
            yield Finding("schema", "failed", f"takeaways[{at}].evidence", (), "The evidence is empty.")
    for at, keyword in enumerate(draft.keywords):
        if not keyword.strip() or len(keyword) > 60:
            yield Finding("schema", "failed", f"keywords[{at}]", (keyword,), "A keyword is 1-60 characters.")
    if len(draft.keywords) > MOST_KEYWORDS:
        yield Finding("schema", "warned", "keywords", (), f"More than {MOST_KEYWORDS} keywords.")


def check_lengths(draft: SummaryDraft, *, language: str) -> Iterator[Finding]:
    """Sentences and takeaways that are shorter or longer (characters) than the language allows."""
    limits = language_of(language)
    shortest = _SHORTEST[limits.cjk]
    length = len(draft.sentence.strip())
    if length > limits.sentence_limit:
        message = f"The sentence has {length} characters; at most {limits.sentence_limit} are allowed."
        yield Finding("length", "failed", "sentence", (str(length),), message)
    if len(words.sentences(draft.sentence)) > 1:
        yield Finding("length", "warned", "sentence", (), "This must be one sentence.")
    if 0 < length < shortest:
        yield Finding("length", "failed", "sentence", (draft.sentence,), "This is too short to say anything.")
    for at, takeaway in enumerate(draft.takeaways):
        length, field = len(takeaway.text.strip()), f"takeaways[{at}].text"
        if length > limits.takeaway_limit:
            message = f"The takeaway has {length} characters; at most {limits.takeaway_limit} are allowed."
            yield Finding("length", "failed", field, (str(length),), message)
        if 0 < length < shortest:
            yield Finding("length", "failed", field, (takeaway.text,), "This is too short to say anything.")


def _plain(text: str) -> str:
    return bare(words.normalise(text))


def check_repetition(draft: SummaryDraft) -> Iterator[Finding]:
    """Takeaways that say what another one, the sentence or the title has said."""
    earlier: list[tuple[str, str]] = [("sentence", _plain(draft.sentence))]
    for at, takeaway in enumerate(draft.takeaways):
        plain, field = _plain(takeaway.text), f"takeaways[{at}].text"
        twins = (name for name, other in earlier if other and plain and _repeats(plain, other))
        twin = next(twins, "")
        if twin:
            yield Finding("loop", "failed", field, (takeaway.text,), f"This repeats {twin}.")
        else:
            earlier.append((field, plain))


def _repeats(one: str, other: str) -> bool:
    # Numbers decide: "12 % on A" and "14 % on A" are two facts.
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    return one == other or fuzz.ratio(one, other) >= _ALIKE


def check_novelty(draft: SummaryDraft, source: Source) -> Iterator[Finding]:
    """A title or the abstract's first sentence passed off as the summary."""
    title, sentence = _plain(source.title), _plain(draft.sentence)
    titles = [one for one in (title, _plain(draft.title)) if one]
    fields = [("sentence", sentence)]
    fields += [(f"takeaways[{at}].text", _plain(each.text)) for at, each in enumerate(draft.takeaways)]
    for field, plain in fields:
        if any(plain == one or (len(one) > 12 and fuzz.ratio(plain, one) >= _ALIKE) for one in titles):
            yield Finding("novelty", "failed", field, (), "This only repeats the title.")
    first = words.sentences(words.normalise(source.abstract))[:1]
    if first and len(sentence) > 40 and fuzz.ratio(sentence, _plain(first[0])) >= _ALIKE:
        yield Finding("novelty", "failed", "sentence", (), "This only repeats the abstract's first sentence.")
    copied = [field for field, plain in fields if len(plain) > 40 and plain in _plain(source.abstract)]
    if len(copied) > 1 and len(copied) == len(fields):
        yield Finding("novelty", "failed", "takeaways", (), "Every statement is copied from the abstract.")
