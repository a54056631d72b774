"""What ``make demo`` promises: a digest for each demo reader, and a stranger's first minutes."""

import re
from email.message import EmailMessage

from playwright.sync_api import Browser

from services.sample import load_sample
from tests.end_to_end.conftest import Demo
from tests.private import open_to_others

LINK = re.compile(r"https?://[^\s<>\"]+")


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


def test_every_demo_reader_has_one_digest_with_both_parts(demo: Demo):
    sample = load_sample()
    assert len({reader.language for reader in sample.readers}) >= 4
    for reader in sample.readers:
        (mail,) = demo.mails(to=reader.email)
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        html, text = body(mail, "html"), body(mail, "plain")
        assert f'lang="{reader.language}"' in html
        for part in (html, text):
            assert "arxiv.org/abs/" in part


def test_services_keep_to_themselves_what_they_write(demo: Demo):
    kept = ("broker-url", "beat-schedule*", "paperpost.sqlite3", "outbox/*.eml", "logs/worker.log")
    assert [name for name in kept if not any(demo.folder.glob(name))] == []
    assert open_to_others(demo.folder) == []


def test_digests_speak_the_readers_language_with_the_editors_words(demo: Demo):
    sample = load_sample()
    for reader in sample.readers:
        (mail,) = demo.mails(to=reader.email)
        html = body(mail, "html")
        own = {
            draft.sentence for (_, language), draft in sample.summaries.items() if language == reader.language
        }
        assert any(sentence in html for sentence in own), f"no editor's sentence for {reader.email}"


def test_a_stranger_signs_up_confirms_and_gets_the_days_digest(demo: Demo, browser: Browser):
    address = "stranger@example.net"
    with browser.new_page() as page:
        page.goto(demo.site)
        page.get_by_label("Email", exact=False).first.fill(address)
        page.locator("input[type=checkbox][value=huggingface-daily]").check()
        page.locator("form button[type=submit]").first.click()
        page.wait_for_load_state()

        confirmation = demo.await_mail(lambda mail: "/confirm/" in body(mail, "plain"), to=address)
        link = next(link for link in LINK.findall(body(confirmation, "plain")) if "/confirm/" in link)
        page.goto(link)
        page.locator("form button[type=submit]").first.click()
        page.wait_for_load_state()

        digest = demo.await_mail(lambda mail: "arxiv.org/abs/" in body(mail, "plain"), to=address, seconds=60)
    assert body(digest, "html")
    assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
