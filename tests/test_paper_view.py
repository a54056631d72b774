"""A paper says the same wherever it is shown: in the mail and its text, previewed, and on every page."""

from email import message_from_bytes
from email.policy import default
from html import unescape

import pytest
from django.utils.html import strip_tags

from newsletter.models import Entry
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.phrases import phrases
from subscriptions.digests import choose_batch
from subscriptions.messages import build_batch
from subscriptions.models import Delivery
from subscriptions.readers.links import token
from subscriptions.readers.wishes import Wishes
from subscriptions.web.wish_preview import preview
from tests.factories import DAY, NOW, make_edition, make_paper, make_subscriber, make_summary, make_topic

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "ko", "zh-Hans", "ar")


def plain(text: str) -> str:
    """What is read, without tags, references and isolates."""
    return " ".join(unescape(strip_tags(text.replace("\u2066", "").replace("\u2069", ""))).split())


def everywhere(client, paper, topic, *, language) -> dict[str, str]:
    """The paper as each place says it."""
    reader = make_subscriber(topics=[topic], language=language)
    (choice,) = choose_batch([reader], now=NOW)
    assert choice.picks is not None
    row = Delivery.objects.create(
        subscriber=reader, day=choice.day, picks=choice.picks, language=language, created_at=NOW
    )
    parsed = message_from_bytes(build_batch([row], now=NOW)[row.pk].data, policy=default)
    text, html = (part.get_content() for part in parsed.iter_parts())
    Delivery.objects.update(state="sent")
    view = token(reader, "view")
    pages = {
        "paper": f"/papers/{paper.arxiv_id}/{language}/",
        "day": f"/archive/{DAY}/{language}/",
        "digest": f"/digests/{view}/{row.day}/",
    }
    return {"html": plain(html), "text": plain(text)} | {
        name: plain(client.get(path).content.decode()) for name, path in pages.items()
    }


@pytest.mark.parametrize("author", ["model", "editor", "extract", None])
@pytest.mark.parametrize("language", LANGUAGES)
def test_all_places_say_the_same(client, language, author):
    topic = make_topic()
    paper = make_paper(
        title="Folding linen with two arms",
        abstract="However, folding is hard. We present FoldNet, which folds towels. It reaches 91.5%.",
        authors=[f"Ada Author{number}" for number in range(13)],
        votes=7,
        comment="Accepted at ICRA",
        code_url="https://github.com/fold/net",
    )
    if author:
        make_summary(
            paper,
            language,
            author=author,
            title="A title of its own",
            sentence="FoldNet folds towels.",
            takeaways=[{"text": f"Point {n} & more.", "evidence": f"Evidence {n}."} for n in range(3)],
        )
    edition = make_edition(topic, [paper])
    Entry.objects.filter(edition=edition).update(matched=["linen"])
    view = load_views({paper.pk}, language)[paper.pk]
    assert view.labels
    said = [view.title, view.authors, view.sentence, *view.takeaways, view.label]
    said += [view.translated_title] if view.translated_title else []
    said += [signal.text for signal in view.signals]
    for place, text in everywhere(client, paper, topic, language=language).items():
        assert [part for part in said if " ".join(part.split()) not in text] == [], place


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_live_preview_has_the_papers_and_reasons_of_the_mail(client, language):
    topic = make_topic()
    papers = [make_paper(title=f"Linen {n}", abstract="This is hard. We fold linen.") for n in range(2)]
    edition = make_edition(topic, papers)
    Entry.objects.filter(edition=edition).update(matched=["linen"])
    wishes = Wishes(topics=(topic.slug,), language=language, size=5, queries=("linen",))
    shown = preview(wishes, now=NOW, shown=5)
    assert shown is not None
    views = load_views({paper.pk for paper in papers}, language)
    assert [paper.sentence for paper in shown.papers] == [views[paper.pk].sentence for paper in papers]
    query = phrases(language).say("digest.reason_query", query="linen")
    opening, closing = phrases(language).opening, phrases(language).closing
    assert {paper.why for paper in shown.papers} == {
        f"{topic.name_in(language)}{opening}linen{closing} · {query}{opening}Linen{closing}"
    }
