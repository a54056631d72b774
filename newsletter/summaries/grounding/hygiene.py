"""The checks "placeholder", "apology", "prompt_echo", "loop", "markup", "link" and "injection".

What no reader should ever see, whatever the paper says. Patterns are for all languages at once, because a
model that fails often does so in English.
"""

# ruff: noqa: E501

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from newsletter.summaries.grounding import words
from newsletter.summaries.grounding.boundaries import WordPattern, compile_words
from newsletter.summaries.grounding.findings import Finding


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


_PLACEHOLDER = _pattern(
    r"\bx{3,}\b", r"\bTODO\b", r"\bTBD\b", r"\bFIXME\b", r"\blorem ipsum\b", r"\[(?:insert|your|placeholder|name|title|todo)[^\[\]]*\]",
    r"<(?:insert|your|placeholder)[^<>]*>", r"\bplaceholder\b(?=[.\s]*$)", r"^\W*(?:n/?a|none|null|nil|undefined|nan|unknown|empty|string|text|\.{2,}|-+|_+)\W*$",
    r"\bsome error\b", r"\b(?:internal server|rate limit|connection|timeout|unexpected|api|syntax|key|value|type)\s?error\b(?=\s*(?:[:.!]|$|occurred))",
    r"\berror (?:occurred|code|message)\b(?=.{0,20}$)", r"^\W*(?:an? )?error\b.{0,40}$", r"\btraceback \(most recent", r"\bexception:", r"^\W*(?:takeaway|summary|sentence|key ?point|bullet|item)s? ?\d*\W*$",
    r"\b(?:takeaway|key point|bullet) (?:one|two|three|\d)\b", r"\bno (?:summary|abstract|information|content) (?:available|provided|found)\b", r"(?:요약|내용|정보|초록)[이가은는]? ?(?:없음|없습니다)\W*$",
    r"^\W*(?:없음|해당 ?없음|오류|에러|무|暂无|无|無|错误|錯誤|なし|該当なし|エラー|ninguno|error|aucun|keine|нет|ошибка|لا يوجد|خطأ)\W*$",
)  # fmt: skip

_APOLOGY = _pattern(
    r"\b(?:i am|i'm|we are|we're) (?:very |so |really )?(?:sorry|afraid|unable)\b", r"\bi apologi[sz]e\b", r"\bapologies\b", r"\bas an? (?:ai|artificial intelligence|(?:large )?language model)\b,?",
    r"\bi (?:can(?:not|'t)|could not|couldn't|am not able to|do not have|don't have|will not|won't) (?:\w+ ){0,2}(?:assist|help|provide|summari[sz]e|access|comply|answer|generate|fulfil|browse|complete|translate|see|read|the)\b",
    r"죄송(?:합니다|하지만|스럽)", r"(?:도와|도움을) ?드릴 수 없", r"(?:저는|나는) (?:ai|인공지능|언어 ?모델)", r"요약할 수 없습니다", r"抱歉", r"对不起", r"對不起", r"作为(?:一个|一名)?(?:ai|人工智能|语言模型|大型语言模型)", r"無法(?:提供|協助|總結)", r"无法(?:提供帮助|协助|总结该)",
    r"申し訳(?:ありません|ございません|ない)", r"お手伝いできません", r"(?:ai|言語モデル)として", r"\blo siento\b", r"\bno puedo (?:ayudar|resumir|proporcionar)", r"\bje suis désolé", r"\bdésolé\b", r"\bje ne peux pas\b",
    r"\bes tut mir leid\b", r"\bich kann (?:leider )?(?:nicht|dabei)", r"\bentschuldigung\b", r"\bdesculpe\b", r"\bsinto muito\b", r"\bnão posso (?:ajudar|resumir|fornecer)", r"\bmi dispiace\b", r"\bnon posso (?:aiutare|riassumere|fornire)",
    r"извините", r"к сожалению, я", r"я не могу", r"как (?:языковая модель|ии)\b", r"(?:^|\W)(?:آسف|أعتذر|عذرا|عذراً)(?:\W|$)", r"لا أستطيع", r"كنموذج لغوي", r"\bxin lỗi\b", r"\btôi không thể\b", r"\bmaaf\b", r"\bsaya tidak (?:dapat|bisa)\b", r"क्षमा करें", r"माफ़ करें", r"סליחה", r"אני מצטער", r"אינני יכול",
)  # fmt: skip

_ECHO = _pattern(
    r"\bhere(?:'s| is| are) (?:the|a|an|your|my|some) (?:\w+ ){0,3}(?:summary|takeaways?|json|translation|key|abstract)\b", r"^\W*(?:sure|certainly|of course|okay)[,!:.]", r"\bin (?:json|the requested) format\b", r"\bvalid json\b", r"\bone json object\b",
    r"\b(?:3|three)(?:\s?-\s?|–| to )(?:7|seven) (?:takeaways?|short sentences|items)\b", r"\bno other text\b", r"\byou (?:summari[sz]e|are an? (?:assistant|expert|editor)) \w+", r"\badd no facts\b", r"\bthe (?:abstract|user|text) (?:asks|says|provided|given) (?:me|us|above|below)\b", r"^\s*(?:title|abstract|summary|sentence|takeaways?|evidence|keywords?)\s*:",
    r"\bexact(?:ly)? (?:words|span) of the source\b", r"\bsummari[sz]e the (?:following|above|abstract)\b", r"\bin (?:korean|chinese|japanese|spanish|french|german|arabic) \([^)]*\)", r"한국어 (?:한 문장|짧은 문장)", r"(?:위|아래) 초록을", r"요약(?:은 다음과 같습니다|하세요|해 ?주세요)", r"다음은 .{0,20}요약입니다",
    r"以下是.{0,14}(?:摘要|总结|總結|要点|要點)", r"请(?:总结|用中文)", r"好的[，,]", r"以下(?:は|に).{0,20}(?:要約|まとめ)", r"要約してください", r"\baquí (?:está|tienes) (?:el|un) resumen\b", r"\bvoici (?:le|un) résumé\b", r"\bhier ist (?:die|eine) zusammenfassung\b",
    r"\baqui está (?:o|um) resumo\b", r"\becco (?:il|un) riassunto\b", r"вот (?:краткое )?(?:резюме|изложение)", r"(?:إليك|فيما يلي) (?:ال)?(?:ملخص|ملخصا)", r"[\"']?(?:sentence|takeaways|evidence|summary)[\"']\s*:", r"<\|?(?:im_start|im_end|endoftext|eot_id|assistant|system|user|think|/think|s|/s|bos|eos)\|?>", r"\[/?INST\]", r"^\s*(?:assistant|user|system)\s*:",
)  # fmt: skip

_MARKUP = _pattern(
    r"\\[a-zA-Z]{2,}", r"\\[$%&_#{}\\()\[\]]", r"\$[^$\d\s][^$]*\$", r"\$\\?[^$]{0,60}[\\^_{][^$]*\$", r"[\w)]\^\{", r"_\{", r"</?[a-z!][^<>]*>?", r"&(?:lt|gt|amp|quot|nbsp|#x?\w+);", r"\*\*\S", r"^#{1,6}\s", r"^\s*[-*•]\s", r"```",
    r"\]\(https?:", r"^\s*[{\[]\s*[\"']", r"[\"']\s*[}\]]\s*$", r"\\[nrtu](?:[0-9a-f]{4})?", r"javascript:", r"\bon\w+\s*=\s*[\"']", r"^\s*\d{1,2}[.)]\s",
)  # fmt: skip
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2060-\u206f\ufff9-\ufffb\ufeff\U000e0000-\U000e007f]"
)
_LINK = compile_words(
    r"(?:https?://|ftp://|www\.)[^\s<>\"'）)」』]+|\b[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,255}\b"
    r"|(?<![\w@.])(?:[a-z0-9-]{1,63}\.){1,10}(?:com|org|net|io|ai|dev|edu|gov|co|app|xyz|info|me|gg|ly|site|link|online|top|cn|kr|jp|ru|de|fr)(?:/[^\s<>\"'）)]*)?(?![\w])",
    ignore_case=True,
)
# What no text can end with: marks that announce more, and words of the language that need another after them.
# Those that also stand alone are left out: "legt … an", "zoom in", "de los que parten".
_OPEN_MARKS = re.compile(r"[,;:\-–—(\[{「『（“«]\s*$")
_OPEN_WORDS = {
    "en": "and or the of with for a an to in by",
    "ko": "및 그리고",
    "zh-Hans": "和 与 以及",
    "zh-Hant": "和 與 以及",
    "ja": "および",
    "es": "y o el la los las de del con para un una en por",
    "fr": "et ou le la les de du des avec pour un une en par au aux",
    "de": "und oder der die das des dem den mit für von",
    "pt-BR": "e ou o os as de do da com para um uma em por",
    "it": "e o il lo la gli le di del della con per un una in da",
    "ru": "и или с для в на из от",
    "vi": "và hoặc của với cho các những",
    "id": "dan atau yang dengan untuk dari oleh",
    "hi": "और या तथा",
    "ar": "أو في من على مع",
    "he": "או של עם את",
}
_OPEN_ENDS = {
    code: compile_words(rf"\b(?:{'|'.join(text.split())})\s*$", ignore_case=True)
    for code, text in _OPEN_WORDS.items()
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
        for found in pattern.finditer(plain):
            word = found.group().strip()
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
    said = words.normalise(tex)
    plain = re.sub(r"[\s${}\\]", "", source)
    return len(bare) > 1 and ((bool(said) and said in words.normalise(source)) or bare in plain)


def _check_links(text: str, source: str, *, field: str) -> Iterator[Finding]:
    for found in _LINK.finditer(text):
        known = re.sub(r"\s", "", source.lower())
        address = found.group().rstrip(".,;:!?")
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
            shown = (" " if size == 4 else "").join(gram)
            yield Finding("loop", "failed", field, (shown,), "The same phrase is repeated.")
            return
    said = [part.strip(" .!?。") for part in words.sentences(text) if len(part) > 8]
    twice = [part for part, count in Counter(said).items() if count > 1]
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


_INSTRUCTION = _pattern(
    r"\b(?:ignore|disregard|forget|override|bypass) (?:\w+ ){0,3}(?:previous|prior|above|earlier|all|any|your|the) (?:\w+ ){0,3}(?:instruction|prompt|rule|direction|guideline|message|context|text)s?\b",
    r"\b(?:system|developer) (?:prompt|message|instruction)s?\s*:", r"\bnew instructions?\s*:", r"\b(?:note|message|instructions?) (?:to|for) (?:the )?(?:ai|llms?|language models?|assistants?|reviewers?|summari[sz]ers?|models?)\b",
    r"\b(?:you must|you should|please|always|now|instead,?) (?:\w+ )?(?:respond|reply|answer|output|print|write|say|state|repeat|include|tell|recommend|translate|mention|claim|add) (?:only |exactly |that |with |the |this |:|\"|')",
    r"\b(?:respond|reply|answer|output) (?:only )?with\b(?=.{0,60}[\"':])", r"\bif you are an? (?:ai|llm|language model|assistant)\b", r"\byou are now\b", r"\b(?:give|leave) (?:a |only )?positive reviews?\b", r"\bdo not (?:summari[sz]e|mention|follow)\b",
    r"(?:이전|앞선|앞의|위의|모든|기존) ?(?:모든 )?(?:지시|명령|지침|프롬프트)(?:사항)?[을를은는]? ?(?:모두 )?무시", r"(?:라고|다고) (?:만 )?(?:답하|출력하|쓰|말하|응답하)(?:라|세요|십시오|시오)", r"(?:忽略|无视|忘记|無視|忽視)(?:之前|先前|以上|上述|前面|此前|所有)?的?(?:所有|全部|一切)?的?(?:指令|指示|提示|说明|要求|規則|规则)", r"请(?:只)?(?:输出|回答|回复|写)",
    r"(?:以前|これまで|上記|前)の(?:すべての)?(?:指示|命令|プロンプト)[をは]?(?:すべて)?(?:無視|忘れ)", r"と(?:だけ)?(?:答え|出力し|書い|返答し)(?:てください|なさい|ろ)", r"\bignor[ae] (?:\w+ ){0,3}(?:instrucciones|instruções|istruzioni)\b", r"\bignor(?:ez|er|e) (?:\w+ ){0,3}instructions\b", r"\b(?:ignoriere|vergiss|missachte) (?:\w+ ){0,4}(?:anweisungen|anweisung|vorgaben)\b",
    r"(?:игнорируй|проигнорируй|забудь)(?:те)? (?:\w+ ){0,3}(?:инструкци|указани)", r"تجاهل (?:\w+ ){0,3}(?:التعليمات|الأوامر|الإرشادات)", r"\bbỏ qua (?:\w+ ){0,3}(?:hướng dẫn|chỉ dẫn)", r"\babaikan (?:\w+ ){0,3}(?:instruksi|perintah)", r"(?:पिछले|सभी) (?:\w+ ){0,2}निर्देशों", r"התעלם (?:\w+ ){0,3}(?:הוראות|ההוראות)",
)  # fmt: skip
_QUOTED = re.compile(r"[\"“«「『']([^\"”»」』']{2,80})[\"”»」』']")


# One of these is in every instruction in Latin letters that the patterns find: a quick look before a slow one.
_HINTS = (
    "ignor", "disregard", "forget", "overrid", "bypass", "prompt", "message", "instruction", "note to", "note for",
    "you must", "you should", "please", "always ", "now ", "instead", "respond", "reply", "answer with", "output with", "answer only", "output only", "you are", "if you", "review", "do not", "vergiss",
    "missachte", "abaikan", "bỏ qua",
)  # fmt: skip
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
    found = _INSTRUCTION.search(text)
    if found:
        yield Finding(
            "injection", "failed", field, (found.group(),), "This passes an instruction on to the reader."
        )
        return
    demands = instructions(source)
    if not demands:
        return
    rest = without_instructions(source).lower()
    lower = text.lower()
    for sentence in demands:
        for payload in _QUOTED.findall(sentence):
            said = payload.strip(" .!?。").lower()
            if len(said) > 1 and said in lower and said not in rest:
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
