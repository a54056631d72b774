"""The check "register": the style a language asks for, kept from the first field to the last."""

import re
from collections.abc import Iterator, Mapping, Sequence

from newsletter.summaries.grounding import words
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
_ADDRESS: Mapping[str, re.Pattern[str]] = {
    "de": re.compile(r"\b(?:du|dich|dir|dein(?:e[mnrs]?)?|ihr|euch|euer|eure[mnrs]?)\b(?=.*)"),
    "es": re.compile(r"\b(?:tú|vos|usted|ustedes|vosotros|contigo)\b", re.IGNORECASE),
    "fr": re.compile(r"\b(?:tu|toi|vous|votre|vos)\b", re.IGNORECASE),
    "it": re.compile(r"\b(?:tu|voi|vostro|vostra)\b", re.IGNORECASE),
    "pt-BR": re.compile(r"\b(?:você|vocês|tu|vós)\b", re.IGNORECASE),
    "ru": re.compile(r"\b(?:ты|тебя|тебе|вы|вас|вам|ваш[а-я]*)\b", re.IGNORECASE),
    "vi": re.compile(r"\b(?:bạn|quý vị)\b", re.IGNORECASE),
    "id": re.compile(r"\b(?:kamu|Anda|kalian)\b"),
    "zh-Hans": re.compile("[您你]"),
    "zh-Hant": re.compile("[您你妳]"),
    "ar": re.compile(r"(?:^|\s)(?:أنت|أنتم|لك|عليك|يمكنك)(?=\s|$)"),
}
_NOT_ADDRESS = re.compile(r"\bihr(?:e[mnrs]?)?\b")  # German "ihr" is mostly "her" or "their"


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
