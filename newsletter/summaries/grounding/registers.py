"""The check "register": the style a language asks for, kept from the first field to the last."""

import re
from collections.abc import Iterator, Mapping, Sequence

from newsletter.summaries.grounding import words
from newsletter.summaries.grounding.boundaries import WordPattern, compile_words
from newsletter.summaries.grounding.findings import Finding

_END = r"[\s.!?。！？」』”\")）]*$"

# By language: the endings that are right, and those that are wrong with what they are called.
_ENDINGS: Mapping[str, tuple[re.Pattern[str], Mapping[str, re.Pattern[str]]]] = {
    "ko": (
        re.compile(rf"(?:니다|니까){_END}"),
        {
            "해요체": re.compile(rf"[가-힣](?:요|죠){_END}"),
            "해라체": re.compile(rf"[가-힣]다{_END}"),
            "noun ending": re.compile(rf"[가-힣]{{0,60}}[함됨임음슴뜀]{_END}"),
        },
    ),
    "ja": (
        re.compile(rf"(?:です|ます|ました|でした|ません|ませんでした|でしょう|ましょう|ですか|ますか){_END}"),
        {
            "だ・である調": re.compile(
                rf"(?:である|であった|だった|だ|ない|なかった|した|する|れる|れた|せる|せた|いる|いた|える|えた|きる|きた|なる|なった|った|んだ|める|めた|ける|けた|げる|げた|べる|ある|あった|う|く|す|つ|む|い){_END}"
            ),
        },
    ),
}  # fmt: skip

# Words by which a text speaks to its reader, which none of these languages' registers allow.
_ADDRESS: Mapping[str, WordPattern] = {
    "de": compile_words(r"\b(?:du|dich|dir|dein(?:e[mnrs]?)?|ihr|euch|euer|eure[mnrs]?)\b(?=.*)"),
    "es": compile_words(r"\b(?:tú|vos|usted|ustedes|vosotros|contigo)\b", ignore_case=True),
    "fr": compile_words(r"\b(?:tu|toi|vous|votre|vos)\b", ignore_case=True),
    "it": compile_words(r"\b(?:tu|voi|vostro|vostra)\b", ignore_case=True),
    "pt-BR": compile_words(r"\b(?:você|vocês|tu|vós)\b", ignore_case=True),
    "ru": compile_words(r"\b(?:ты|тебя|тебе|вы|вас|вам|ваш\w*)\b", ignore_case=True),
    "vi": compile_words(r"\b(?:bạn|quý vị)\b", ignore_case=True),
    "id": compile_words(r"\b(?:kamu|Anda|kalian)\b"),
    "zh-Hans": compile_words("[您你]"),
    "zh-Hant": compile_words("[您你妳]"),
    "ar": compile_words(r"(?:^|\s)(?:أنت|أنتم|لك|عليك|يمكنك)(?=\s|$)"),
}
_NOT_ADDRESS = compile_words(r"\bihr(?:e[mnrs]?)?\b")  # German "ihr" is mostly "her" or "their"


def check_register(fields: Sequence[tuple[str, str]], *, language: str) -> Iterator[Finding]:
    """``fields`` are (name, text) of the sentence and the takeaways."""
    if language in _ENDINGS:
        yield from _check_endings(fields, language=language)
    address = _ADDRESS.get(language)
    if address is None:
        return
    for field, text in fields:
        found = address.search(_NOT_ADDRESS.sub(" ", text) if language == "de" else text)
        if found:
            message = f"“{found.group().strip()}” speaks to the reader."
            yield Finding("register", "failed", field, (found.group().strip(),), message)


def _check_endings(fields: Sequence[tuple[str, str]], *, language: str) -> Iterator[Finding]:
    right, wrong = _ENDINGS[language]
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
