"""How a digest is laid out: at a glance, grades of cards, topics, and who decides."""

import email
import email.policy
import re

import pytest

from newsletter.languages import LANGUAGES
from newsletter.rendering.card_content import Grade
from newsletter.rendering.phrases import phrases
from subscriptions.digests import choose_batch
from subscriptions.messages import LARGEST_HTML, build_batch
from subscriptions.messages.page import build_page
from subscriptions.messages.shape import grades
from subscriptions.models import Delivery
from subscriptions.picks import PINNED, Pick, Picks, for_topic, for_update
from tests.factories import DAY, NOW, make_edition, make_paper, make_subscriber, make_summary, make_topic
from tests.mail_checker import faults_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def a_day(count=6, language="en"):
    topic = make_topic(names={"en": "Computer Vision"}, colour="#0f766e")
    papers = [make_paper() for _ in range(count)]
    for paper in papers:
        make_summary(paper, language)
    make_edition(topic, papers)
    return topic, papers


def parts_of(reader, picks=None):
    if picks is None:
        (choice,) = choose_batch([reader], now=NOW)
        picks = choice.picks
    assert picks is not None
    row = Delivery.objects.create(
        subscriber=reader, day=DAY, picks=picks, language=reader.language, created_at=NOW
    )
    data = build_batch([row], now=NOW)[row.pk].data
    assert faults_of(data, language=reader.language) == []
    text, html = email.message_from_bytes(data, policy=email.policy.default).iter_parts()
    return text.get_content(), html.get_content(), row


def encoded_html(row):
    """How many bytes of a mail the HTML takes as it is sent."""
    parsed = email.message_from_bytes(build_batch([row], now=NOW)[row.pk].data, policy=email.policy.default)
    return len(str(list(parsed.iter_parts())[1].get_payload()).encode())


def ids_in(html, pattern):
    return re.findall(pattern, html)


def test_the_first_leads_two_are_full_and_the_rest_is_short():
    assert grades("standard", 5) == (Grade.LEAD, Grade.FULL, Grade.FULL, Grade.COMPACT, Grade.COMPACT)
    assert grades("standard", 1) == (Grade.LEAD,)
    assert grades("brief", 2) == (Grade.COMPACT, Grade.COMPACT)
    assert grades("full", 3) == (Grade.LEAD, Grade.WHOLE, Grade.WHOLE)
    assert [grades(layout, 0) for layout in ("brief", "standard", "full")] == [(), (), ()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_paper_stands_in_the_glance_and_jumps_to_its_card(language):
    topic, papers = a_day(language=language)
    reader = make_subscriber(topics=[topic], language=language, size=6)
    text, html, row = parts_of(reader)
    names = [f"p{paper.arxiv_id}" for paper in papers]
    assert ids_in(html, r'href="#([^"]+)"') == ids_in(html, r'<div id="([^"]+)"') == names
    assert html.index(f'href="#{names[-1]}"') < html.index(f'id="{names[0]}"')
    words = phrases(language)
    for number, paper in enumerate(papers, 1):
        said = words.number(number)
        assert len(ids_in(html, rf">\s*{said}\s*</td>")) == 2
        assert re.search(rf"^{said}\. .*{re.escape(paper.title)}", text, re.MULTILINE)
        assert re.search(rf"^— {said} —\s*$", text, re.MULTILINE)
    page = build_page(row)
    assert page is not None
    assert ids_in(page, r'href="#([^"]+)"') == names
    assert "#0f766e" in html[: html.index(f'id="{names[0]}"')]


def test_takeaways_of_short_cards_are_on_the_web():
    topic, papers = a_day()
    text, html, _ = parts_of(make_subscriber(topics=[topic], size=6))
    shown = [f"Takeaway 1 of {paper.arxiv_id}." in html for paper in papers]
    assert shown == [True, True, True, False, False, False]
    assert all(f"Takeaway 3 of {paper.arxiv_id}." in text for paper in papers)
    assert all(f"What {paper.arxiv_id} found, in one sentence." in html for paper in papers)


@pytest.mark.parametrize(
    ("own", "operators", "told"),
    [
        ("", "standard", 3),
        ("", "brief", 0),
        ("", "full", 6),
        ("brief", "full", 0),
        ("full", "brief", 6),
        ("standard", "full", 3),
    ],
)
def test_the_readers_layout_comes_before_the_operators(own, operators, told, settings):
    settings.DIGEST_LAYOUT = operators
    topic, papers = a_day()
    _, html, _ = parts_of(make_subscriber(topics=[topic], size=6, layout=own))
    assert sum(f"Takeaway 1 of {paper.arxiv_id}." in html for paper in papers) == told


def test_papers_stand_under_their_topics_if_the_reader_wants_that():
    sight = make_topic(names={"en": "Sight"})
    sound = make_topic(names={"en": "Sound"})
    papers = [make_paper() for _ in range(5)]
    editions = [make_edition(sight, papers), make_edition(sound, papers)]
    reasons = [for_topic(sight.pk), for_topic(sound.pk), for_topic(sight.pk), PINNED, for_update(2)]
    picks = Picks(
        papers=tuple(Pick(paper.pk, (reason,)) for paper, reason in zip(papers, reasons, strict=True)),
        day=DAY,
        new=4,
        topics=(sight.pk, sound.pk),
        editions=tuple(edition.pk for edition in editions),
    )
    reader = make_subscriber(topics=[sight, sound], groups_topics=True)
    text, html, row = parts_of(reader, picks)
    order = [papers[place] for place in (0, 2, 1, 3, 4)]
    assert ids_in(html, r'<div id="p([^"]+)"') == [paper.arxiv_id for paper in order]
    headings = [match[1] for match in re.finditer(r"^== (.*?) ==\s*$", text, re.MULTILINE)]
    assert headings == ["Sight", "Sound", phrases("en").say("digest.group_other")]
    cards = html[html.index(f'<div id="p{order[0].arxiv_id}"') - 1500 :]
    assert cards.index("Sight") < cards.index(order[0].title) < cards.index("Sound</h2>")
    page = build_page(row)
    assert page is not None
    assert page.count("Sound</h2>") == 1


def test_without_topics_a_word_says_why():
    paper = make_paper(title="Haptic gloves")
    reader = make_subscriber(queries=["haptic"])
    _, html, _ = parts_of(reader, Picks(papers=(Pick(paper.pk, (for_update(2),)),), day=DAY, new=0))
    assert phrases("en").say("digest.glance_update") in html[: html.index("<h2")]


def test_how_long_it_takes_stands_beside_the_tally():
    topic, _ = a_day()
    for layout, said in (("brief", "about 1 minute"), ("full", "about 2 minutes")):
        text, html, _ = parts_of(make_subscriber(topics=[topic], size=6, layout=layout))
        assert f"6 new papers · {said}" in text
        assert f"6 new papers · {said}" in html


def test_old_identifiers_can_be_jumped_to():
    paper = make_paper(arxiv_id="astro-ph/0601001")
    topic = make_topic()
    make_edition(topic, [paper])
    _, html, _ = parts_of(make_subscriber(topics=[topic]))
    assert 'href="#pastro-ph-0601001"' in html


def test_what_is_wrong_can_be_said_at_each_card():
    topic, papers = a_day()
    text, html, _ = parts_of(make_subscriber(topics=[topic], size=6))
    for paper in papers:
        assert (
            html.count(f"wrong/?paper={paper.arxiv_id}") == text.count(f"wrong/?paper={paper.arxiv_id}") == 1
        )


@pytest.mark.parametrize("language", ["en", "ko"])
def test_fifty_papers_of_fifty_topics_fit_with_their_headings(language):
    topics = [
        make_topic(names={language: f"A topic that has a long name, number {place}"}) for place in range(50)
    ]
    papers = [make_paper(authors=["Ada Quay"]) for _ in topics]
    for paper in papers:
        make_summary(paper, language, sentence="It halves the memory.", takeaways=[])
    editions = [make_edition(topic, [paper]) for topic, paper in zip(topics, papers, strict=True)]
    picks = Picks(
        papers=tuple(
            Pick(paper.pk, (for_topic(topic.pk),)) for topic, paper in zip(topics, papers, strict=True)
        ),
        day=DAY,
        new=50,
        topics=tuple(topic.pk for topic in topics),
        editions=tuple(edition.pk for edition in editions),
    )
    sizes, cards = [], []
    for groups_topics in (False, True):
        reader = make_subscriber(
            topics=topics, language=language, layout="brief", size=50, groups_topics=groups_topics
        )
        _, html, row = parts_of(reader, picks)
        sizes.append(encoded_html(row))
        cards.append(len(ids_in(html, r'<div id="p([^"]+)"')))
    assert 10 < cards[1] < cards[0] < 50, "headings take room from cards"
    assert max(sizes) <= LARGEST_HTML
    assert sizes[1] - sizes[0] < sizes[0] / cards[0]
