"""Mails from templates: every notice in every language, and no template's fault gets through."""

import pytest
from django.conf import settings
from django.template import engines

from newsletter.errors import RenderingError
from newsletter.languages import LANGUAGES
from newsletter.rendering import mjml, render_email, render_mjml
from newsletter.rendering.phrases import phrases
from tests.mail_checker import Page

NO_SEPARATORS = dict.fromkeys(map(ord, ".,\u202f\u00a0"))
NOTICES = {
    "confirm": {"confirm_url": "https://paperpost.example/confirm/abc/"},
    "already-subscribed": {"preferences_url": "https://paperpost.example/preferences/abc/"},
    "welcome": {"preferences_url": "https://paperpost.example/p/", "next_digest": "Tomorrow at eight."},
    "leaving": {"unsubscribe_url": "https://paperpost.example/unsubscribe/abc/"},
    "goodbye": {"resubscribe_url": "https://paperpost.example/undo/abc/"},
    "change-of-address": {"confirm_url": "https://paperpost.example/c/", "new_email": "<b>@example.org"},
    "my-data": {"my_data_url": "https://paperpost.example/my-data/abc/"},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NOTICES)
def test_every_notice_is_right_in_every_language(name, language):
    made = render_email(name, NOTICES[name], language=language)
    page = Page(made.html)
    assert page.faults == []
    assert page.faults_of_language(language) == []
    assert "\n" not in made.subject
    assert made.subject
    address = next(value for value in NOTICES[name].values() if value.startswith("https"))
    assert address in made.text
    assert address in page.targets
    assert "{" not in made.text


def test_the_table_of_notices_is_complete():
    subjects = (settings.BASE_DIR / "templates/emails").glob("*/subject.txt")
    assert {subject.parent.name for subject in subjects} - {"digest", "correction"} == set(NOTICES)


@pytest.mark.parametrize("name", ["confirm", "change-of-address"])
def test_an_address_that_was_not_confirmed_is_not_told_that_it_was(name):
    made = render_email(name, NOTICES[name], language="en")
    assert phrases("en").say("footer_sign_up") in made.text
    assert phrases("en").say("footer_why") not in made.text


def test_html_is_escaped_and_text_is_not():
    made = render_email("change-of-address", NOTICES["change-of-address"], language="en")
    assert "<b>@example.org" in made.text
    assert "&lt;b&gt;@example.org" in made.html


def test_a_missing_value_that_would_be_a_link_is_an_error():
    with pytest.raises(RenderingError, match="leads nowhere"):
        render_email("confirm", {}, language="en")


def test_an_unknown_mail_is_an_error():
    with pytest.raises(RenderingError):
        render_email("no-such-mail", {}, language="en")


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (
            "<mjml><mj-body><mj-section><mj-colum></mj-colum></mj-section></mj-body></mjml>",
            "left in the mail",
        ),
        ("<mjml><mj-body><mj-section></mj-body></mjml>", "is no MJML"),
    ],
)
def test_broken_mjml_is_an_error(source, fault, monkeypatch):
    monkeypatch.setattr(mjml, "_template", lambda engine, path: engines["html"].from_string(source))
    with pytest.raises(RenderingError, match=fault):
        render_mjml("broken.mjml", {})


def test_values_of_attributes_come_through_as_they_are(monkeypatch):
    source = (
        "<mjml><mj-body><mj-section><mj-column><mj-text>"
        '<img src="https://x.example/a.png" alt="{{ alt }}" width="1"></mj-text>'
        "</mj-column></mj-section></mj-body></mjml>"
    )
    monkeypatch.setattr(mjml, "_template", lambda engine, path: engines["html"].from_string(source))
    for alt in (r"\frac{1}{2} \u{94d} \n", "हिन्दी \u200b é \u0301", '"quoted" <b> \\" end\\'):
        html = render_mjml("attributes.mjml", {"alt": alt})
        seen = []

        class Pictures(Page):
            def _check_picture(self, values):
                seen.append(values["alt"])  # noqa: B023 - used at once

        Pictures(html)
        assert seen == [alt]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_phrase_with_the_same_gaps(language):
    ours, english = phrases(language).words, phrases("en").words
    assert ours.keys() == english.keys()
    for name, said in english.items():
        theirs = ours[name]
        assert isinstance(theirs, dict) == isinstance(said, dict), name
        if not isinstance(said, dict):
            assert theirs.strip(), name
            assert gaps(theirs) == gaps(said), name
            continue
        needed = set(phrases(language).locale.plural_form.tags) | {"other"}
        assert needed <= theirs.keys(), f"{name} lacks {needed - theirs.keys()}"
        assert gaps(theirs["other"]) == gaps(said["other"]), name


def gaps(text):
    return {part.partition("}")[0] for part in text.split("{")[1:]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_and_days_are_said_as_the_language_says_them(language):
    words = phrases(language)
    for number in (1, 2, 5, 11, 21, 100, 1234):
        assert "{" not in words.count("digest.votes", number)
    assert "".join(words.number(1234567).split()).translate(NO_SEPARATORS) == "1234567"


def test_a_full_hour_is_said_as_people_say_it():
    said = {code: [phrases(code).hour(hour) for hour in (0, 8, 12, 20)] for code in ("ko", "ja", "de")}
    assert said["ko"] == ["오전 12시", "오전 8시", "오후 12시", "오후 8시"]
    assert said["ja"] == ["0時", "8時", "12時", "20時"]
    assert said["de"] == ["00:00", "08:00", "12:00", "20:00"]


def test_plural_forms():
    assert [phrases("ru").count("digest.votes", number) for number in (1, 2, 5, 21)] == [
        "1 голос", "2 голоса", "5 голосов", "21 голос",
    ]  # fmt: skip
    assert phrases("ar").count("digest.votes", 2) == "صوتان"
    assert phrases("ko").count("digest.tally", 57, n="12", m="{n}") == "새 논문 {n}편에서 고른 12편"
