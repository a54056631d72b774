"""A mail that asks to be written to no more: never thrown away, never answered for somebody else."""

import mailbox
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core import mail

from newsletter.languages import LANGUAGES
from newsletter.models import SetAside
from subscriptions import stages, tasks
from subscriptions.feedback.reports import read
from subscriptions.mailbox import leaving
from subscriptions.mailbox.inbox import Maildir, read_box
from subscriptions.models import DeliveryEvent, OwedNotice, Subscriber
from subscriptions.readers import links
from tests.factories import NOW, make_subscriber

pytestmark = pytest.mark.processes

READER = "reader@example.org"


@pytest.fixture
def box(settings, tmp_path, db) -> Path:
    settings.BOUNCE_EMAIL = "bounces@paperpost.example"
    settings.REPLY_TO_EMAIL = "editor@paperpost.example"
    mailbox.Maildir(tmp_path / "box")
    return tmp_path / "box"


@pytest.fixture
def reader(db) -> Subscriber:
    return make_subscriber(READER)


def written(subject: str = "", text: str = "", *, sender: str = f"Reader <{READER}>", **fields: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "bounces@paperpost.example", subject
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def came(box: Path, *mails: bytes, now=NOW) -> dict[str, int]:
    """What became of ``mails``, by kind."""
    for number, data in enumerate(mails):
        (box / "new" / f"{now.timestamp()}.{number}").write_bytes(data)
    reading = read_box(Maildir(box), now=now)
    assert not reading.problems
    return dict(reading.counts)


def owed() -> list[tuple[str, str]]:
    return list(OwedNotice.objects.values_list("kind", "subscriber__email"))


# -- words ----------------------------------------------------------------------

# What people write, in the subject or as the first line, in each language of the mails.
ASKED = {
    "en": ("Unsubscribe", "Hi,\n\nplease unsubscribe me from this list.\n\nThanks, Ida"),
    "de": ("Abbestellen", "Guten Tag,\n\nbitte nehmen Sie mich aus dem Verteiler.\n"),
    "fr": ("Désabonnement", "Bonjour,\nje souhaite me désabonner, merci.\n"),
    "es": ("Darme de baja", "Hola:\nno quiero recibir más correos.\n"),
    "it": ("Cancellazione", "Buongiorno,\nvorrei disiscrivermi dalla newsletter.\n"),
    "pt-BR": ("Cancelar assinatura", "Olá,\nnão quero mais receber os e-mails.\n"),
    "ru": ("Отписаться", "Здравствуйте!\nПожалуйста, отпишите меня от рассылки.\n"),
    "ko": ("구독 취소", "안녕하세요.\n더 이상 보내지 말아 주세요.\n"),
    "ja": ("配信停止のお願い", "お世話になっております。\n購読を解除してください。\n"),
    "zh-Hans": ("退订", "您好，\n请不要再发邮件给我了。\n"),
    "zh-Hant": ("取消訂閱", "您好，\n請不要再寄電子報給我。\n"),
    "vi": ("Hủy đăng ký", "Xin chào,\ntôi không muốn nhận thư nữa.\n"),
    "id": ("Berhenti berlangganan", "Halo,\nsaya tidak ingin menerima surel ini lagi.\n"),
    "hi": ("सदस्यता रद्द करें", "नमस्ते,\nकृपया मुझे सूची से हटा दें।\n"),
    "ar": ("إلغاء الاشتراك", "السلام عليكم\nأرجو إلغاء اشتراكي في النشرة.\n"),
    "he": ("הסר", "שלום,\nנא להסיר אותי מרשימת התפוצה.\n"),
}


def test_each_language_of_the_mails_is_here():
    assert set(ASKED) == set(LANGUAGES)
    assert {path.stem for path in Path(leaving.__file__).parent.glob("*.toml")} == set(LANGUAGES)


@pytest.mark.parametrize("language", ASKED)
def test_a_wish_is_understood_in_the_subject_and_in_the_first_line(language):
    subject, text = ASKED[language]
    assert leaving.asks_to_leave(read(written(subject)))
    assert leaving.asks_to_leave(read(written(f"Re: [EXTERNAL] {subject}", "")))
    assert leaving.asks_to_leave(read(written("Paperpost", text)))
    assert leaving.asks_to_leave(read(written("", text)))


@pytest.mark.parametrize("language", ASKED)
def test_a_wish_in_each_language_reaches_the_editor_where_nobody_reads_under_its_address(box, language):
    subject, text = ASKED[language]
    assert came(box, written(subject, sender="x@example.net"), written("", text, sender="y@example.net")) == {
        "forwarded": 2
    }
    assert [message.to for message in mail.outbox] == [["editor@paperpost.example"]] * 2
    assert not owed()


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: papers", "The third one was wonderful.\n"),
        ("Re: Learning to unsubscribe: how readers of newsletters leave and why they come back", "Nice!\n"),
        ("A question", "Hello,\nwhich papers do you choose?\n> unsubscribe\n"),
        ("Re: 다이제스트", "재미있게 읽었습니다.\n"),
        ("", ""),
    ],
)
def test_what_people_write_else_is_no_such_wish(subject, text):
    assert not leaving.asks_to_leave(read(written(subject, text)))


@pytest.mark.parametrize(
    "text",
    [
        "Hi, please unsubscribe me",
        "Hiermit kündige ich den Newsletter",
        "Pls unsub",
        "Don't email me again",
        "Bitte löschen Sie mich aus Ihrem Verteiler",
        "Dejen de enviarme correos",
        "Parem de me enviar e-mails",
        "Не хочу больше получать письма",
        "해지해 주세요",
        "メルマガを解除したいです",
        "别再给我发邮件了",
        "請停止寄信給我",
        "huy dang ky",
        "मैं और ईमेल नहीं चाहता",
        "בטל מנוי",
    ],
)
def test_a_wish_in_other_words_or_behind_a_greeting_is_heard(text):
    assert leaving.asks_to_leave(read(written(text)))
    assert leaving.asks_to_leave(read(written("Re: Paperpost", f"{text}\n\n> Papers of today\n")))


def test_a_reader_who_asks_gets_the_own_link(box, reader):
    assert came(box, written("Please unsubscribe me")) == {"answered": 1}
    assert owed() == [("leaving", READER)]
    assert tasks.send_notice("leaving", reader.pk)
    (message,) = mail.outbox
    assert message.to == [READER]
    assert links.token(reader, "unsubscribe") in message.body
    assert message.extra_headers.get("Auto-Submitted", message.message()["Auto-Submitted"]) == "auto-replied"
    reader.refresh_from_db()
    assert reader.state == "active"
    assert DeliveryEvent.objects.get().kind == "asked"


def test_a_forged_sender_changes_nothing_and_writes_to_the_reader_alone(box, reader):
    forged = written("unsubscribe", Reply_To="mallory@example.net", Sender="mallory@example.net")
    assert came(box, forged) == {"answered": 1}
    assert owed() == [("leaving", READER)]
    reader.refresh_from_db()
    assert reader.state == "active"


def test_a_reader_is_answered_once_a_day_and_then_the_editor_sees_it(box, reader):
    assert came(box, written("unsubscribe"), written("Unsubscribe!!")) == {"answered": 1, "forwarded": 1}
    assert came(box, written("unsubscribe", "again"), now=NOW + timedelta(hours=23)) == {"forwarded": 1}
    assert came(box, written("unsubscribe", "still"), now=NOW + timedelta(hours=25)) == {"answered": 1}


def test_who_says_more_than_that_is_answered_and_read_by_the_editor(box, reader):
    text = "The papers about whales were wrong: please look at their numbers, and then at mine, as I wrote."
    assert came(box, written("Unsubscribe", text)) == {"answered": 1}
    assert owed()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("state", ["unsubscribed", "suppressed", "pending"])
def test_who_does_not_read_is_shown_to_the_editor(box, reader, state):
    Subscriber.objects.update(state=state)
    assert came(box, written("unsubscribe")) == {"forwarded": 1}
    assert not owed()


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "auto-generated"},
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"Precedence": "bulk"},
        {"Precedence": "list"},
        {"Precedence": "junk"},
        {"Return_Path": "<>"},
        {"List_Id": "<list.example.org>"},
        {"List_Unsubscribe": "<https://list.example.org/>"},
        {"List_Help": "<https://list.example.org/>"},
    ],
)
def test_a_program_is_not_answered(box, reader, fields):
    came(box, written("unsubscribe", **fields))
    assert not owed()


def test_auto_submitted_no_is_a_person(box, reader):
    assert came(box, written("unsubscribe", Auto_Submitted="no")) == {"answered": 1}


def test_without_an_editors_address_the_desk_shows_it_without_an_address(box, settings, db):
    settings.REPLY_TO_EMAIL = ""
    assert came(box, written("unsubscribe", sender="x@example.net"), written("Hello")) == {"kept": 2}
    row = SetAside.objects.get()
    assert row.stage == stages.WISHES.slug
    assert "asks by mail to be unsubscribed" in row.reason
    assert "example.net" not in row.reason + row.item


# -- tokens ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("unsubscribe {token}", ""),
        ("Unsubscribe {token}", ""),
        ("unsubscribe+{token}", ""),
        ("unsubscribe%20{token}", ""),
        ("unsubscribe%2520{token}", ""),
        ("unsubscribe=20{token}", ""),
        ("unsubscribe: {token}", ""),
        ("unsubscribe {token} [SEC=OFFICIAL]", ""),
        ("[SEC=UNOFFICIAL] unsubscribe {token}", ""),
        ("[EXTERNAL] Re: unsubscribe {token}", ""),
        ("Fwd: unsubscribe {token}", ""),
        ("AW: ***SPAM*** unsubscribe {token}", ""),
        ("unsubscribe {head} {tail}", ""),
        ("unsubscribe%20{head} {tail} [SEC=OFFICIAL]", ""),
        ("", "unsubscribe {token}\n"),
        ("Re: your mail", "\n\nunsubscribe+{token}\n\n-- \nIda\n"),
        ("", "unsubscribe {head}\n{tail}\n"),
        ("{token}", ""),
    ],
)
def test_a_token_unsubscribes_at_once_however_it_was_carried(box, reader, subject, text):
    token = links.token(reader, "unsubscribe")
    parts = {"token": token, "head": token[:31], "tail": token[31:]}
    data = written(subject.format(**parts), text.format(**parts), sender="somebody@example.net")
    assert came(box, data) == {"unsubscribed": 1}
    reader.refresh_from_db()
    assert reader.state == "unsubscribed"


def test_a_token_in_a_quotation_unsubscribes_nobody(box, reader):
    token = links.token(reader, "unsubscribe")
    quoted = f"Lovely papers today.\n\n> Unsubscribe: https://paperpost.example/unsubscribe/{token}/\n"
    assert came(box, written("Re: papers", quoted)) == {"forwarded": 1}
    reader.refresh_from_db()
    assert reader.state == "active"


def test_a_token_that_is_none_is_a_wish_in_words(box, reader):
    assert came(box, written("unsubscribe " + "A" * 50)) == {"answered": 1}
    reader.refresh_from_db()
    assert reader.state == "active"


def test_a_maildir_of_the_settings_is_read_by_the_tick(box, reader, settings):
    settings.BOUNCE_IMAP_URL, settings.BOUNCE_MAILDIR = "", str(box)
    (box / "new" / "1").write_bytes(written("unsubscribe"))
    assert tasks.read_bounces_due() == 1
    assert owed()
