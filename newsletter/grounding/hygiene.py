"""The checks "placeholder", "apology", "prompt_echo", "loop", "markup", "link" and "injection".

What no reader should ever see, whatever the paper says. Patterns are for all languages at once, because a
model that fails often does so in English.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from newsletter.grounding import words
from newsletter.grounding.boundaries import WordPattern, compile_words
from newsletter.grounding.findings import Finding
from newsletter.grounding.lexicons import lexicons


def _pattern(*parts: str) -> WordPattern:
    """One of the parts, in any letters; in a text of ASCII only those that it can hold are looked for."""
    latin = [part for part in parts if part.removeprefix("(?:")[0].isascii()]
    return compile_words(_one_of(parts), ignore_case=True, for_ascii=_one_of(latin))


def _one_of(parts: Sequence[str]) -> str:
    """Those that begin at a word's boundary or at the text's start share that one look."""
    shared = {mark: [part.removeprefix(mark) for part in parts if part.startswith(mark)] for mark in _MARKS}
    groups = [f"{mark}(?:{'|'.join(rests)})" for mark, rests in shared.items() if rests]
    groups += [part for part in parts if not part.startswith(_MARKS)]
    return "|".join(groups)


_MARKS = (r"\b", "^")


_HYGIENE = tuple(each.hygiene for each in lexicons().values())
_NOTHING = "|".join(pattern for each in _HYGIENE for pattern in each.nothing)
_PLACEHOLDER = _pattern(
    *(pattern for each in _HYGIENE for pattern in each.placeholder), rf"^\W*(?:{_NOTHING})\W*$"
)
_APOLOGY = _pattern(*(pattern for each in _HYGIENE for pattern in each.apology))
_ECHO = _pattern(*(pattern for each in _HYGIENE for pattern in each.echo))
_MARKUP = _pattern(
    # TeX
    r"\\[a-zA-Z]{2,}",
    r"\\[$%&_#{}\\()\[\]]",
    r"\$[^$\d\s][^$]*\$",
    r"\$\\?[^$]{0,60}[\\^_{][^$]*\$",
    r"[\w)]\^\{",
    r"_\{",
    # HTML
    r"</?[a-z!][^<>]*>?",
    r"&(?:lt|gt|amp|quot|nbsp|#x?\w+);",
    # Markdown
    r"\*\*\S",
    r"^#{1,6}\s",
    r"^\s*[-*•]\s",
    r"```",
    r"\]\(https?:",
    # JSON
    r"^\s*[{\[]\s*[\"']",
    r"[\"']\s*[}\]]\s*$",
    r"\\[nrtu](?:[0-9a-f]{4})?",
    # a script
    r"javascript:",
    r"\bon\w+\s*=\s*[\"']",
    # a list's number
    r"^\s*\d{1,2}[.)]\s",
)
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2060-\u206f\ufff9-\ufffb\ufeff\U000e0000-\U000e007f]"
)
_LINK = compile_words(
    r"(?:https?://|ftp://|www\.)[^\s<>\"'）)」』]+|\b[\w.+-]{1,64}@[\w-]{1,63}\.(?!\d)[\w.-]{1,255}\b"
    r"|(?<![\w@.])(?:[a-z0-9-]{1,63}\.){1,10}(?:com|org|net|io|ai|dev|edu|gov|co|app|xyz|info|me|gg|ly|site|link|online|top|cn|kr|jp|ru|de|fr)(?:/[^\s<>\"'）)]*)?(?![\w])",
    ignore_case=True,
)
# What no text can end with: marks that announce more, and words of the language that need another after them.
# Those that also stand alone are left out: "legt … an", "zoom in", "de los que parten".
_OPEN_MARKS = re.compile(r"[,;:\-–—(\[{「『（“«]\s*$")
_OPEN_ENDS = {
    code: compile_words(rf"\b(?:{'|'.join(each.writing.open_words)})\s*$", ignore_case=True)
    for code, each in lexicons().items()
}

_MESSAGES = {
    "placeholder": "This is a placeholder or an error string, not a statement about the paper.",
    "apology": "This speaks about the writer instead of the paper.",
    "prompt_echo": "This repeats the request instead of answering it.",
    "markup": "This holds markup or escape sequences; write plain text.",
}


def check_hygiene(text: str, source: str, *, field: str, language: str = "en") -> Iterator[Finding]:
    """``source`` is the whole source text, as it is: what stands in it may be quoted."""
    plain = unicodedata.normalize("NFKC", text)
    for check, pattern in (
        ("placeholder", _PLACEHOLDER),
        ("apology", _APOLOGY),
        ("prompt_echo", _ECHO),
        ("markup", _MARKUP),
    ):
        for match in pattern.finditer(plain):
            word = match.group().strip()
            if (
                check in {"placeholder", "prompt_echo", "apology"}
                and len(word) > 2
                and word.lower() in source.lower()
            ):
                continue
            if check == "markup" and _is_innocent(word):
                continue
            # TeX that the source itself has ("UFO$^3$") is made readable where it is shown.
            own = check == "markup" and word[0] in "$\\" and _is_of_source(word, source)
            yield Finding(check, "warned" if own else "failed", field, (word,), _MESSAGES[check])
            if not own:
                break
    invisible = _INVISIBLE.search(text)
    if invisible:
        yield Finding(
            "markup",
            "failed",
            field,
            (f"U+{ord(invisible.group()):04X}",),
            "This holds an invisible character.",
        )
    yield from _check_links(plain, source, field=field)
    yield from _check_loop(plain, field=field)
    yield from _check_end(plain, field=field, language=language)


def _is_innocent(word: str) -> bool:
    """A comparison ("p < 0.05 and n > 3") is no tag."""
    return word.startswith("<") and not re.match(r"</?[a-z!]", word, re.IGNORECASE)


def _is_of_source(tex: str, source: str) -> bool:
    """Whether the source says what a piece of TeX says, as TeX, as Unicode or spelled out ("pi^3")."""
    bare = re.sub(r"[\\\s${}]", "", tex)
    spelled = words.normalise(tex)
    plain = re.sub(r"[\s${}\\]", "", source)
    return len(bare) > 1 and ((bool(spelled) and spelled in words.normalise(source)) or bare in plain)


def _check_links(text: str, source: str, *, field: str) -> Iterator[Finding]:
    for match in _LINK.finditer(text):
        known = re.sub(r"\s", "", source.lower())
        address = match.group().rstrip(".,;:!?")
        bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", address.lower()).rstrip("/")
        if bare not in known:
            yield Finding("link", "failed", field, (address,), "The source has no such address.")


def _check_loop(text: str, *, field: str) -> Iterator[Finding]:
    tokens = words.words(text) if " " in text.strip() else list(text)
    repeated = re.search(r"(.{1,12}?)\1{4,}", text)
    if (
        repeated
        and len(repeated.group()) >= 8
        and not repeated.group(1).isdigit()
        and repeated.group(1).strip(" .-_=0")
    ):
        yield Finding(
            "loop", "failed", field, (repeated.group(1).strip(),), "The same piece is repeated over and over."
        )
        return
    size = 4 if " " in text.strip() else 9
    if len(tokens) >= 3 * size:
        gram, count = Counter(words.ngrams(tokens, size=size)).most_common(1)[0]
        if count >= 3:
            phrase = (" " if size == 4 else "").join(gram)
            yield Finding("loop", "failed", field, (phrase,), "The same phrase is repeated.")
            return
    statements = [part.strip(" .!?。") for part in words.sentences(text) if len(part) > 8]
    twice = [part for part, count in Counter(statements).items() if count > 1]
    if twice:
        yield Finding("loop", "failed", field, (twice[0],), "The same sentence is said twice.")


def _check_end(text: str, *, field: str, language: str) -> Iterator[Finding]:
    """A text that stops in the middle: at a comma, a hyphen ("zero-"), an open bracket or a conjunction."""
    end = text.strip()
    cut = _OPEN_MARKS.search(end) or (language in _OPEN_ENDS and _OPEN_ENDS[language].search(end))
    opened = next(
        (
            pair
            for pair in ("()", "（）", "「」", "“”", "[]", "«»", "『』")
            if end.count(pair[0]) > end.count(pair[1])
        ),
        "",
    )
    if cut and len(end) > 3:
        yield Finding("placeholder", "failed", field, (end[-20:],), "The text breaks off.")
    elif opened or end.count('"') % 2:
        yield Finding(
            "placeholder", "failed", field, (opened[:1] or '"',), "A bracket or quotation is never closed."
        )


_INSTRUCTION = _pattern(*(pattern for each in _HYGIENE for pattern in each.instruction))
_QUOTED = re.compile(r"[\"“«「『']([^\"”»」』']{2,80})[\"”»」』']")


# Each instruction in Latin letters that the patterns find holds one of these: a quick look before a slow one.
_HINTS = tuple(hint for each in _HYGIENE for hint in each.instruction_hints)
_FOREIGN = re.compile("[\u0400-\u06ff\u0900-\u097f\u0590-\u05ff\u3040-\u9fff\uac00-\ud7af]")


@lru_cache(maxsize=512)
def instructions(source: str) -> tuple[str, ...]:
    """Sentences of a source that speak to whoever summarises it instead of about the work."""
    lower = source.lower()
    foreign = _FOREIGN.search(lower) is not None
    if not foreign and not any(hint in lower for hint in _HINTS):
        return ()
    return tuple(part for part in words.sentences(source) if _INSTRUCTION.search(part))


def without_instructions(source: str) -> str:
    """The source without such sentences: nothing may rest on them."""
    bad = set(instructions(source))
    if not bad:
        return source
    return " ".join(part for part in words.sentences(source) if part not in bad)


def check_injection(text: str, source: str, *, field: str) -> Iterator[Finding]:
    """Whether a text does what an instruction in the source asks, or passes the instruction on."""
    instruction = _INSTRUCTION.search(text)
    if instruction:
        yield Finding(
            "injection",
            "failed",
            field,
            (instruction.group(),),
            "This passes an instruction on to the reader.",
        )
        return
    demands = instructions(source)
    if not demands:
        return
    rest = without_instructions(source).lower()
    lower = text.lower()
    for sentence in demands:
        for payload in _QUOTED.findall(sentence):
            demanded = payload.strip(" .!?。").lower()
            if len(demanded) > 1 and demanded in lower and demanded not in rest:
                yield Finding(
                    "injection", "failed", field, (payload,), "An instruction in the source was followed."
                )
                return
        bare = sentence.lower()
        own = [word for word in words.words(text) if word not in words.STOP_WORDS]
        shared = [word for word in own if word in bare and word not in rest]
        if len(own) >= 2 and len(shared) >= max(2, 0.5 * len(own)):
            yield Finding(
                "injection", "failed", field, tuple(shared), "This rests on an instruction in the source."
            )
            return
