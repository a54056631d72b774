"""What ``make demo`` promises: a digest for each demo reader, a desk to try, a stranger's first minutes."""

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from playwright.sync_api import Browser

from newsletter.rendering.phrases import phrases
from services.sample import LANGUAGES, load_sample
from services.sample.loading import FIRST, SECOND
from tests.end_to_end.demo import Demo
from tests.private import open_to_others

LINK = re.compile(r"https?://[^\s<>\"]+")
PAPER = re.compile(r"arxiv\.org/abs/([\d.]+)")


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


def test_every_demo_reader_has_one_digest_with_both_parts(demo: Demo):
    sample = load_sample()
    assert {reader.language for reader in sample.readers} == set(LANGUAGES)
    for reader in sample.readers:
        mail = demo.mails(to=reader.email)[0]
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        html, text = body(mail, "html"), body(mail, "plain")
        assert f'lang="{reader.language}"' in html
        for part in (html, text):
            assert PAPER.search(part)


def test_a_digest_bears_the_day_of_the_run_and_says_of_which_day_the_sample_is(demo: Demo):
    sample, today = load_sample(), datetime.now(UTC).date()
    for reader in sample.readers:
        text = body(demo.mails(to=reader.email)[0], "plain")
        spoken = phrases(reader.language)
        days = [spoken.day(today + timedelta(days=offset)) for offset in (-1, 0, 1)]  # of the reader's zone
        assert any(day in text[:300] for day in days)
        assert spoken.day(sample.day) in text


def test_services_keep_to_themselves_what_they_write(demo: Demo):
    kept = ("broker-url", "beat-schedule*", "paperpost.sqlite3", "outbox/*.eml", "logs/worker.log")
    assert [name for name in kept if not any(demo.folder.glob(name))] == []
    assert open_to_others(demo.folder) == []


def test_digests_say_what_was_checked_in_the_readers_language(demo: Demo):
    sample = load_sample()
    for reader in sample.readers:
        html = body(demo.mails(to=reader.email)[0], "html")
        own = {
            draft.sentence for (_, language), draft in sample.summaries.items() if language == reader.language
        }
        assert any(sentence in html for sentence in own), f"no sentence of the sample for {reader.email}"


def test_the_demo_says_what_it_does_and_where_everything_is(demo: Demo):
    lines = demo.said.splitlines()
    assert lines[0].startswith("The demo of ")
    assert re.search(r"ready 78, held 0", demo.said), "13 papers in six languages"
    assert re.search(r"ready 52, held 2", demo.said), "9 papers in six languages, two of them refused"
    assert re.search(r"likes 4, in quarantine 1", demo.said)
    for name in ("Site", "Caught mail", "Admin"):
        assert re.search(rf"^{name} +{re.escape(demo.site)}/", demo.said, re.MULTILINE), name
    assert "tomorrow's drafts at the desk" in demo.said


def test_what_the_demo_names_is_there_and_the_desk_can_be_tried(demo: Demo, browser: Browser):
    password = re.search(r"admin / (\S+)$", demo.said, re.MULTILINE)
    assert password
    pages = re.findall(r"^  (\w.+?) {2,}(https?://\S+)$", demo.said, re.MULTILINE)
    assert len(pages) == 7
    with browser.new_page() as page:
        page.goto(f"{demo.site}/admin/")
        page.locator("input[name=username]").fill("admin")
        page.locator("input[name=password]").fill(password[1])
        page.locator("form button[type=submit], form input[type=submit]").first.click()
        page.wait_for_load_state()
        shown = {}
        for name, address in pages:
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            shown[name] = page.inner_text("body")
    sample = load_sample()
    titles = {paper["id"]: paper["title"] for paper in sample.papers}
    assert titles[sample.listed(SECOND)[0]] in shown["tomorrow's drafts at the desk"]
    held = shown["two summaries that a check refused"]
    assert all(arxiv_id in held or titles[arxiv_id] in held for arxiv_id, _ in sample.wrong)
    assert "parts that hold parts" in shown["a returned mail in quarantine"]
    assert "Text-to-Image" in shown["the search, of titles and summaries"]
    assert "Harbour-500" in shown["a paper read in depth"]


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

        digest = demo.await_mail(
            lambda mail: "arxiv.org/abs/" in body(mail, "plain"), to=address, seconds=150
        )
    assert body(digest, "html")
    assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_enter_makes_it_tomorrow_and_likes_change_what_comes(demo: Demo):
    sample = load_sample()
    demo.press_enter()
    second = {}
    for reader in sample.readers:
        mail = demo.await_mail(
            lambda mail: not set(PAPER.findall(body(mail, "plain"))) & set(sample.listed(FIRST)),
            to=reader.email,
            seconds=180,
        )
        second[reader.email] = list(dict.fromkeys(PAPER.findall(body(mail, "plain"))))[: reader.size]
    assert all(set(papers) <= set(sample.listed(SECOND)) for papers in second.values())
    everybodys = next(
        second[reader.email] for reader in sample.readers if reader.size == 5 and not reader.likes
    )
    for reader in sample.readers:
        if reader.likes:
            assert set(second[reader.email]) != set(everybodys), reader.email
