"""One voice per language: each text that readers see keeps the words, manners and signs of its glossary."""

import pytest

from newsletter.languages import LANGUAGES
from tests.glossary import FOLDER, Text, faults, glossary, texts

PAGE = "locale/ko/LC_MESSAGES/django.po"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_speaks_as_the_glossary_of_its_language_says(code):
    read = texts(code)
    assert len(read) > 200
    found = [fault for text in read for fault in faults(text, glossary(code))]
    assert not found, "\n" + "\n".join(found)


def test_every_language_has_a_glossary_with_the_same_terms():
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(LANGUAGES)
    for code in LANGUAGES:
        assert glossary(code).terms.keys() == glossary("en").terms.keys(), code


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_glossary_forbids_what_it_asks_for_or_excuses_a_text_that_is_gone(code):
    voice = glossary(code)
    keys = {text.key for text in texts(code)} | {text.key for text in texts("en")}
    for name, term in voice.terms.items():
        assert not set(term.forms) & set(term.never), name
        assert term.free <= keys, f"{code}: {name}: {term.free - keys}"
    assert voice.as_typed <= keys, voice.as_typed - keys


def test_a_fault_names_the_file_the_key_the_word_and_the_right_word():
    text = Text("some.toml", "digest.unsubscribe", "Unsubscribe", "수신 거부")
    assert faults(text, glossary("ko"))[0] == (
        "some.toml: digest.unsubscribe: “수신 거부” is not our word for “unsubscribe”; write “구독 해지”"
    )


@pytest.mark.parametrize(
    ("code", "english", "said", "fault"),
    [
        ("en", "We sent you a mail.", "We sent you a mail.", "“a mail”"),
        ("en", "Now look into your mailbox", "Now look into your mailbox", "reads translated"),
        ("en", "Your opinions count.", "Your opinions count.", "write “vote”"),
        ("ko", "Your digest is paused.", "다이제스트를 일시 중지했습니다.", "write “메일”"),
        ("ko", "Please choose a day.", "날짜를 선택하세요.", "not in our register"),
        ("ko", "Saved.", "저장했다.", "not in our register"),
        ("ko", "%(n)s papers", "논문 %(n)s 편", "before a unit"),
        ("ko", "You read {site}", "{site}를 읽고 계십니다", "no particle"),
        ("ko", "It goes to {address}.", "{address}(으)로 갑니다.", "double particle"),
        ("ko", "Unfollow", "구독 취소", "write “구독 해지”"),
        ("zh-Hans", "Your vote", "你的评价", "只用“您”"),
        ("zh-Hans", "Your vote", "您的投票", "write “评价”"),
        ("zh-Hans", "Please wait.", "请稍候.", "here “。” stands last"),
        ("zh-Hans", "Yes, now", "是,现在", "full-width"),
        ("zh-Hans", "Now, please", "现在， 请", "no space beside"),
        ("zh-Hans", "10 papers", "10篇论文", "a space between"),
        ("zh-Hans", "One moment…", "请稍候...", "one sign"),
        ("zh-Hant", "Your search “x”", "您的搜尋“x”", "not among our quotation marks"),
        ("ja", "Your data", "あなたのデータ", "読者を呼ばずに"),
        ("ja", "It is saved.", "保存した。", "not in our register"),
        ("ja", "Save it?", "保存しますか", "a question mark"),
        ("ja", "10 papers", "論文 10 本", "no space beside"),
        ("ar", "A paper, a topic", "ورقة, موضوع", "the Arabic signs"),
        ("ar", "Please wait.", "انتظر من فضلك.", "يُرجى"),
        ("de", "You get this email.", "Du erhältst diese E-Mail.", "Sie, nie du"),
        ("de", "Your search “x”", "Ihre Suche \"x\"", "not among our quotation marks"),
        ("fr", "A mistake?", "Une erreur ?", "no-break space"),
        ("fr", "From the editor", "Le mot de l’éditeur", "write “rédaction”"),
        ("es", "Something wrong?", "Algo va mal?", "¿"),
        ("he", "Welcome to {site}", "ברוכים הבאים ל-Paper", "maqaf"),
        ("hi", "Nothing will happen.", "कुछ नहीं होगा.", "danda"),
        ("ru", "All my digests", "Все мои обзоры", "write “дайджест”"),
        ("it", "Saved!", "Salvato!", "exclamation mark"),
        ("vi", "Pause", "Tạm dừng.", "ends without a sign"),
        ("id", "Pause", "Jeda ", "a space at"),
    ],
)  # fmt: skip
def test_the_test_can_fail(code, english, said, fault):
    """Planted faults, one of each kind and language."""
    assert any(fault in each for each in faults(Text(PAGE, "planted", english, said), glossary(code)))


@pytest.mark.parametrize(
    ("code", "english", "said"),
    [
        ("ko", "Please choose a day.", "날짜를 선택해 주세요."),
        ("ko", "The digest comes every day at 8.", "메일은 매일 오전 8시(서울 시간)에 도착합니다."),
        ("zh-Hans", "10 of 15 new papers", "从 15 篇新论文中选出 10 篇"),
        ("ja", "Save the paper?", "この論文を保存しますか？"),
        ("fr", "A mistake?", "Une erreur\u202f?"),
        ("de", "You get this email.", "Sie erhalten diese E-Mail."),
    ],
)
def test_a_good_text_has_no_fault(code, english, said):
    assert faults(Text(PAGE, "planted", english, said), glossary(code)) == []


def test_a_form_for_many_numbers_says_the_number_and_a_form_for_one_need_not():
    ru, ar = glossary("ru"), glossary("ar")
    one = Text("a.toml", "n", "{n} votes", "один голос", "one")
    assert "does not say {n}" in faults(one, ru)[-1], "Russian says so of 21 too"
    assert not faults(Text("a.toml", "n", "{n} stars", "نجمتان", "two"), ar)
    assert faults(Text("a.toml", "n", "{n} stars", "نجوم", "few"), ar)
