"""No mail of ours looks like spam: digests in every language, and all that we write on other occasions."""

from datetime import UTC, datetime, time

import pytest
from django.core import mail

from newsletter.languages import LANGUAGES
from subscriptions.delivery import notices
from subscriptions.digests import choose_batch
from subscriptions.messages import build_batch
from subscriptions.models import Delivery, Subscriber
from tests.day_of_2024 import load_sample
from tests.factories import make_edition, make_subscriber, make_summary, make_topic
from tests.sample_digest import NAMED, SHOWN, store_paper
from tests.spamassassin import find_spamassassin, opinions_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.processes]

MOST_POINTS = 1.0  # of the 5 from which a mail counts as spam
# What every spam filter has to catch; in two halves, so that this file may be mailed.
GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*" + b"GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
STATES = {"confirm": "pending", "goodbye": "unsubscribed"}


def digests(sample, now):
    """The sample's day in every language, by language."""
    by_id = {paper["id"]: paper for paper in sample.papers}
    papers = [store_paper(by_id[arxiv_id], sample, "en") for arxiv_id in (*SHOWN, *NAMED)]
    for paper in papers:
        for language in set(LANGUAGES) - {"en"}:
            if told := sample.summaries.get((paper.arxiv_id, language)):
                points = [{"text": point.text, "evidence": "x"} for point in told.takeaways]
                make_summary(paper, language, title=told.title, sentence=told.sentence, takeaways=points)
    topic = make_topic()
    make_edition(topic, papers, day=now.date())
    readers = [make_subscriber(topics=[topic], language=language, size=3) for language in LANGUAGES]
    rows = [
        Delivery.objects.create(
            subscriber=reader, day=choice.day, picks=choice.picks, language=reader.language, created_at=now
        )
        for reader, choice in zip(readers, choose_batch(readers, now=now), strict=True)
        if choice.picks is not None
    ]
    assert len(rows) == len(readers)
    built = build_batch(rows, now=now)
    return {f"digest in {row.language}": built[row.pk].data for row in rows}


def letters(now):
    """Every notice in English, and each in some of the other languages."""
    kinds = list(notices.KINDS)
    pairs = [(kind, "en") for kind in kinds]
    pairs += [(kinds[place % len(kinds)], language) for place, language in enumerate(LANGUAGES)]
    found = {}
    for kind, language in pairs:
        state = STATES.get(kind, "active")
        reader = make_subscriber(state=state, language=language, new_email="new.reader@example.org")
        Subscriber.objects.filter(pk=reader.pk).update(confirmed_at=None if kind == "confirm" else now)
        assert notices.send(kind, Subscriber.objects.get(pk=reader.pk), now=now)
        found[f"{kind} in {language}"] = mail.outbox[-1].message().as_bytes()
    return found


# Slow, about 15 s: SpamAssassin compiles its rules in Perl, and reads three dozen mails.
def test_spamassassin_finds_next_to_nothing_in_our_mails(tmp_path, settings):
    if find_spamassassin() is None:
        pytest.skip("no SpamAssassin was found, and it could not be installed")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.FROM_EMAIL = "Paperpost <digest@paperpost.example>"
    settings.REPLY_TO_EMAIL = "editor@paperpost.example"
    settings.SITE_URL = "https://paperpost.example"
    settings.POSTAL_ADDRESS = "Paperpost, 1 Library Lane, 10115 Berlin"
    sample = load_sample()
    now = datetime.combine(sample.day, time(9), tzinfo=UTC)
    mails = digests(sample, now) | letters(now)
    bait = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Bait\r\n\r\n" + GTUBE + b"\r\n"
    *opinions, caught = opinions_of([*mails.values(), bait], folder=tmp_path)
    assert caught.score > 100, "SpamAssassin does not look"
    bad = {name: said for name, said in zip(mails, opinions, strict=True) if said.score > MOST_POINTS}
    assert bad == {}
