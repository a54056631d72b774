"""The page of a paper: all that is known of it, where it leads, and what it costs."""

import html
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.archive.related import find_related
from newsletter.features.corpus import take_in_features
from newsletter.images.pictures import CardPicture
from newsletter.models import Edition, Figure, PaperVersion
from newsletter.web.paper_parts import MOST_AUTHORS, own_picture
from tests.factories import DAY, NOW, make_edition, make_paper, make_summary, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ROBOTS = "A diffusion policy moves robot arms. It gains 3.9 points over the best. Code is available."


def page_of(client, paper, language="en"):
    answer = client.get(f"/papers/{paper.arxiv_id}/{language}/")
    assert answer.status_code == 200
    return answer.content.decode()


def publish(*papers, topic=None, **fields):
    return make_edition(topic or make_topic(), list(papers), **fields)


def test_the_title_stands_in_the_pages_language_and_the_papers_own_stands_apart(client):
    paper = make_paper(title="Robot arms")
    # That it begins with a Latin name does not make it a title to be read from the left.
    make_summary(paper, "ar", title="ArmNet: أذرع الروبوت", sentence="جملة واحدة.")
    publish(paper)
    page = page_of(client, paper, "ar")
    assert '<h1 class="of-paper" lang="ar" dir="rtl">ArmNet: أذرع الروبوت</h1>' in page
    assert '<p class="paper-original" lang="en" dir="ltr">Robot arms</p>' in page
    assert "جملة واحدة." in page.partition("</head>")[0]
    assert '<h1 class="of-paper" lang="en" dir="ltr">Robot arms</h1>' in page_of(client, paper)


def test_authors_lead_to_their_pages_and_thousands_do_not_fill_the_page(client):
    few = make_paper(authors=["Ada Lovelace", "José <b>Pérez"])
    many = make_paper(authors=[f"Author Number{n}" for n in range(3300)])
    publish(few, many)
    page = page_of(client, few, "ko")
    assert 'href="/authors/Ada%20Lovelace/?language=ko"' in page
    assert "<b>Pérez" not in page
    page = page_of(client, many)
    assert page.count('href="/authors/') == MOST_AUTHORS
    assert f"{3300 - MOST_AUTHORS} more are named on arXiv." in page
    assert len(page.encode()) < 60_000


def test_what_changed_between_versions_is_said_and_marked(client):
    paper = make_paper(title="Robot arms & hands", abstract=ROBOTS, version=2)
    publish(paper)
    texts = [("Robot <i>arms", ROBOTS.replace("3.9", "3.2")), (paper.title, ROBOTS)]
    for number, (title, abstract) in enumerate(texts, 1):
        day = datetime(2026, 4, number, tzinfo=UTC)
        PaperVersion.objects.create(
            paper=paper, version=number, title=title, abstract=abstract, updated_at=day
        )
    page = page_of(client, paper)
    assert "Version 2 of Thursday, April 2, 2026" in page
    assert "from <del>Robot &lt;i&gt;arms</del> to <ins>Robot arms &amp; hands</ins>." in page
    assert "In the abstract, <del>3.2 points</del> became <ins>3.9 points</ins>." in page
    assert "초록의 <del>3.2 points</del> 문구가 <ins>3.9 points</ins> 문구로" in page_of(client, paper, "ko")
    PaperVersion.objects.filter(version=1).delete()
    assert "Version 2" not in page_of(client, paper)


def test_a_withdrawn_papers_page_has_no_dead_link(client):
    alone, among = make_paper(is_withdrawn=True), make_paper(is_withdrawn=True)
    publish(alone)
    publish(among, make_paper(), day=DAY + timedelta(days=1))
    for paper in (alone, among):
        page = page_of(client, paper)
        assert "Ada Lovelace" in page
        local = set(re.findall(r'href="(/(?:archive|authors|topics)/[^"]*)"', page.partition("<main")[2]))
        assert local
        assert {path: client.get(html.unescape(path)).status_code for path in local} == dict.fromkeys(
            local, 200
        )
        assert (f"/archive/{DAY + timedelta(days=1)}/en/" in local) == (paper == among)


def test_days_and_topics_of_ready_editions_lead_to_their_pages(client):
    paper, topic = make_paper(), make_topic("vision", names={"en": "Vision", "ko": "시각"})
    publish(paper, topic=topic)
    publish(paper, topic=make_topic("secret"), state=Edition.State.DRAFT)
    page = page_of(client, paper, "ko")
    assert f'href="/archive/{DAY}/ko/"' in page
    assert '<a class="paper-topic" href="/topics/vision/ko/">시각</a>' in page
    assert "/topics/secret/" not in page
    assert "/?language=ko&amp;topics=vision&amp;paper=" in page


def test_related_papers_stand_with_the_reason_and_cost_no_query_more(client):
    paper = make_paper(abstract=ROBOTS, authors=["Ada Lovelace", "Emmy Noether"])
    others = [
        make_paper(title=f"Arms {n}", abstract=f"{ROBOTS} Part {n}.", authors=["Ada Lovelace", *more])
        for n, more in enumerate([["Emmy Noether"], []])
    ]
    fillers = [make_paper(abstract=f"Filler {n} on topic{n}.", authors=[f"N {n}"]) for n in range(20)]
    publish(paper, *others, *fillers)
    page_of(client, paper)
    with CaptureQueriesContext(connection) as without:
        page_of(client, paper)
    take_in_features(now=NOW)
    find_related(now=NOW)
    with CaptureQueriesContext(connection) as queries:
        page = page_of(client, paper)
    for other in others:
        assert f'href="/papers/{other.arxiv_id}/en/"' in page
    assert "Both about:" in page
    assert "diffusion policy" in page
    assert 'Same author: <bdi lang="en" dir="ltr">Ada Lovelace</bdi>' in page
    assert 'Same authors: <bdi lang="en" dir="ltr">Ada Lovelace, Emmy Noether</bdi>' in page
    assert len(without) < len(queries) <= 12


@pytest.mark.parametrize(
    ("ending", "kind", "begin"),
    [("bib", "application/x-bibtex", "@misc{lovelace"), ("ris", "application/x-research", "TY  - UNPB")],
)
def test_a_citation_is_shown_and_is_a_file(client, ending, kind, begin):
    paper = make_paper(arxiv_id="math.GT/0309136")
    publish(paper)
    answer = client.get(f"/papers/math.GT/0309136/paper.{ending}")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith(kind)
    assert answer["Content-Disposition"] == f'attachment; filename="arxiv-math.GT-0309136.{ending}"'
    assert answer.content.decode().startswith(begin)
    assert client.get("/papers/math.GT/0309136/paper.xml").status_code == 404
    assert begin in page_of(client, paper)


def test_the_citation_of_what_is_not_public_is_not_there(client):
    paper = make_paper()
    edition = publish(paper)
    assert json.loads(client.get(f"/papers/{paper.arxiv_id}/paper.json").content)[0]["title"] == paper.title
    edition.entries.update(is_hidden=True)
    assert client.get(f"/papers/{paper.arxiv_id}/paper.json").status_code == 404
    assert client.get(f"/papers/{paper.arxiv_id}/en/").status_code == 404


def test_a_withdrawn_paper_says_so_and_an_unknown_language_is_not_there(client):
    paper = make_paper(is_withdrawn=True)
    publish(paper)
    assert "withdrawn by its authors" in page_of(client, paper)
    assert client.get(f"/papers/{paper.arxiv_id}/tlh/").status_code == 404


@pytest.mark.parametrize("language", ["de", "hi", "zh-Hant", "he"])
def test_languages_without_pages_of_their_own_have_the_paper(client, language):
    paper = make_paper()
    make_summary(paper, language, sentence="One sentence of that language.")
    publish(paper)
    assert f'lang="{language}"' in page_of(client, paper, language)


def test_figures_stand_only_where_their_licence_allows_it_and_have_a_size(client):
    paper = make_paper()
    publish(paper)
    for position, state in ((1, "shown"), (2, "linked")):
        Figure.objects.create(
            paper=paper,
            position=position,
            state=state,
            licence_name="CC BY 4.0",
            licence_url="https://creativecommons.org/licenses/by/4.0/",
            width=1200,
            height=400,
            caption="A plot",
            files={name: f"figures/{paper.pk}/{position}-{name}" for name in ("600.png", "600.webp")},
        )
    page = page_of(client, paper)
    assert page.count("<figure") == 1
    assert f'src="/papers/{paper.arxiv_id}/figures/1-600.png" width="' in page
    assert 'loading="lazy" decoding="async" alt="' in page
    assert f'href="/papers/{paper.arxiv_id}/en/in-depth/"' in page


def test_a_picture_is_shown_only_from_here_and_in_a_known_size(settings):
    here = f"{settings.SITE_URL}/pictures/a.jpg"
    assert own_picture(CardPicture(here, 300, 200)) == CardPicture("/pictures/a.jpg", 300, 200)
    assert own_picture(CardPicture(here, 300, 0)) is None
    assert own_picture(CardPicture("https://elsewhere.example/a.jpg", 300, 200)) is None
    assert own_picture(None) is None


def test_the_page_is_the_same_for_everybody_and_small(client):
    paper = make_paper()
    publish(paper)
    first = client.get(f"/papers/{paper.arxiv_id}/en/")
    assert first["ETag"]
    assert "csrf" not in first.content.decode()
    assert not first.cookies
    assert (
        client.get(f"/papers/{paper.arxiv_id}/en/", headers={"If-None-Match": first["ETag"]}).status_code
        == 304
    )
    assert len(first.content) < 60_000


def test_a_paper_leads_to_its_summaries_in_languages_that_pages_have_no_texts_in(client):
    paper, plain = make_paper(), make_paper()
    for code in ("ko", "de", "he"):
        make_summary(paper, code)
    make_summary(paper, "fr", state="wanted", sentence="", author="")
    publish(paper, plain)
    path = f"/papers/{paper.arxiv_id}"
    page = page_of(client, paper, "ja")
    assert f'<a href="{path}/de/" lang="de" hreflang="de" dir="ltr">Deutsch</a>' in page
    assert f'<a href="{path}/he/"' in page
    assert page.count(f'<a href="{path}/ko/"') == 1, "the switch of languages has it"
    assert f"{path}/fr/" not in page
    german = page_of(client, paper, "de")
    assert f'<a href="{path}/he/"' in german
    assert f'<a href="{path}/de/"' not in german
    assert "Also in:" not in page_of(client, plain)
