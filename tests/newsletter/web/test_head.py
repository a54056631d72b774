"""What a page says of itself in its head: to who finds it and to who shares it."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import html

from newsletter.models import Paper, Summary
from newsletter.rendering.shortening import columns
from newsletter.web.placement import LONGEST_DESCRIPTION, LONGEST_TITLE, Neighbour, Placement, locale_of
from tests.factories import DAY, make_edition, make_paper, make_summary, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PLACE = Placement(path="/x/en/", title="A title", description="What it is.", language="en")
SITE = "https://paperpost.example"


def head_of(client, path):
    return html.fromstring(client.get(path).content.decode()).find("head")


def metas(head):
    return {
        meta.get("property") or meta.get("name"): meta.get("content")
        for meta in head.iter("meta")
        if meta.get("property") or meta.get("name")
    }


def scripts(head):
    return [json.loads(script.text) for script in head.iter("script") if "ld+json" in script.get("type", "")]


@pytest.fixture
def paper():
    made = make_paper(
        title='Ends </script><script>alert("x")</script> & <!-- early',
        authors=["Ada Lovelace", "Emmy </script> Noether"],
        abstract="We halve the memory. It works.",
        doi="10.1000/182<3>",
        published_at=datetime(2026, 3, 9, 12, tzinfo=UTC),
    )
    make_edition(make_topic(), [made])
    make_summary(made, "ko", title="메모리를 반으로", sentence="메모리를 반으로 줄입니다.")
    return made


def test_a_shared_paper_says_what_it_is_in_its_language(client, paper):
    head = head_of(client, f"/papers/{paper.arxiv_id}/ko/")
    said = metas(head)
    assert said["og:title"] == said["twitter:title"] == "메모리를 반으로"
    assert said["og:description"] == said["description"] == "메모리를 반으로 줄입니다"
    assert said["og:url"] == f"{SITE}/papers/{paper.arxiv_id}/ko/"
    assert (said["og:type"], said["og:locale"]) == ("article", "ko_KR")
    assert said["og:image"] == f"{SITE}/share/papers/{paper.arxiv_id}/ko.png"
    assert said["og:site_name"] == "Paperpost"
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
    assert said["og:image:alt"]
    assert said["twitter:card"] == "summary_large_image"
    others = [
        meta.get("content") for meta in head.iter("meta") if meta.get("property") == "og:locale:alternate"
    ]
    assert others == ["en_US"]
    assert head.findtext("title") == "메모리를 반으로 · Paperpost"


def test_a_paper_is_its_authors_and_the_summary_says_who_wrote_it(client, paper):
    (article,) = (
        item for item in scripts(head_of(client, f"/papers/{paper.arxiv_id}/ko/")) if "author" in item
    )
    assert (article["@context"], article["@type"]) == ("https://schema.org", "ScholarlyArticle")
    assert article["author"][0]["name"] == "Ada Lovelace"
    assert article["datePublished"] == "2026-03-09T12:00:00+00:00"
    assert article["inLanguage"] == "en"
    assert article["abstract"] == "We halve the memory. It works."
    assert f"https://arxiv.org/abs/{paper.arxiv_id}" in article["sameAs"]
    assert "https://doi.org/10.1000/182%3C3%3E" in article["sameAs"]
    assert {each["propertyID"]: each["value"] for each in article["identifier"]}["arXiv"].endswith(
        paper.arxiv_id
    )
    assert article["mainEntityOfPage"]["@id"] == f"{SITE}/papers/{paper.arxiv_id}/ko/"
    ours = article["subjectOf"]
    assert ours["isBasedOn"] == article["@id"]
    assert ours["inLanguage"] == "ko"
    assert "언어 모델" in ours["creditText"]
    assert ours["digitalSourceType"].endswith("TrainedAlgorithmicMediaDigitalSource")
    assert ours["text"].startswith("메모리를 반으로 줄입니다.")


@pytest.mark.parametrize(
    ("licence", "shown"),
    [("https://creativecommons.org/licenses/by/4.0/",) * 2, ("javascript:alert(1)", None)],
)
def test_a_licence_is_an_address_on_the_web_or_left_out(client, paper, licence, shown):
    Paper.objects.update(licence=licence)
    assert scripts(head_of(client, f"/papers/{paper.arxiv_id}/en/"))[0].get("license") == shown


def test_no_model_is_named_where_none_wrote(client, paper):
    Summary.objects.update(author=Summary.Author.EDITOR)
    for language in ("ko", "de"):  # an editor's, and the abstract's own words
        article = scripts(head_of(client, f"/papers/{paper.arxiv_id}/{language}/"))[0]
        assert "digitalSourceType" not in article["subjectOf"]
        assert article["subjectOf"]["creditText"]
    assert article["subjectOf"]["inLanguage"] == "en"


def test_hostile_titles_end_no_script(client, paper):
    page = client.get(f"/papers/{paper.arxiv_id}/en/").content.decode()
    assert "</script><script>" not in page
    assert "alert(" in scripts(html.fromstring(page).find("head"))[0]["name"]


def test_a_list_names_its_pages_and_the_way_to_it():
    place = replace(PLACE, above=(Neighbour("/y/", "Above"),)).listing([("One", "/papers/1/en/")])
    listed, way = (json.loads(html.fragment_fromstring(script).text) for script in place.scripts)
    assert listed["@type"] == "CollectionPage"
    assert listed["mainEntity"]["itemListElement"] == [
        {"@type": "ListItem", "position": 1, "name": "One", "url": f"{SITE}/papers/1/en/"}
    ]
    assert [(each["position"], each["name"], each["item"]) for each in way["itemListElement"]] == [
        (1, "Paperpost", f"{SITE}/"),
        (2, "Above", f"{SITE}/y/"),
        (3, "A title", f"{SITE}/x/en/"),
    ]


@pytest.mark.parametrize(
    "text",
    ["A title of words " * 20, "很长的标题，" * 40, "عنوان طويل جدا " * 20, "x" * 500, "두 줄의\n제목 " * 40],
)
def test_long_titles_and_descriptions_are_cut_between_words(text):
    place = replace(PLACE, title=text, description=text)
    assert columns(place.head_title) <= LONGEST_TITLE
    assert columns(place.head_description) <= LONGEST_DESCRIPTION
    assert "\n" not in place.head_description
    assert place.head_title.endswith("…") or place.head_title[-1] in "，。"


def test_the_sites_name_stands_behind_a_title_that_leaves_room():
    assert PLACE.head_title == "A title · Paperpost"
    assert replace(PLACE, title="T" * 65).head_title == "T" * 65
    assert replace(PLACE, title="Paperpost").head_title == "Paperpost"


def test_each_language_has_a_locale():
    assert [locale_of(code) for code in ("de", "pt-BR", "zh-Hant", "en")] == [
        "de_DE",
        "pt_BR",
        "zh_TW",
        "en_US",
    ]


@pytest.mark.parametrize("path", ["/", "/archive/", f"/archive/{DAY}/ja/", "/privacy/"])
def test_a_public_page_has_its_own_address_and_may_be_found(client, paper, path):
    head = head_of(client, path)
    canonical = next(link for link in head.iter("link") if link.get("rel") == "canonical").get("href")
    assert canonical.startswith(f"{SITE}{path}")
    assert "robots" not in metas(head)
    assert all(metas(head)[name] for name in ("og:title", "og:description", "og:image", "og:url"))


def test_the_front_page_says_how_to_search(client):
    (site,) = scripts(head_of(client, "/"))
    assert site["@type"] == "WebSite"
    assert site["potentialAction"]["target"]["urlTemplate"] == f"{SITE}/search/?q={{search_term_string}}"


@pytest.mark.parametrize("path", ["/nothing/", "/preferences/nothing/", "/check-mail/", "/?change=address"])
def test_readers_pages_and_errors_are_not_for_search_engines(client, path):
    assert metas(head_of(client, path)).get("robots") == "noindex" or path == "/?change=address"


def test_days_topics_and_papers_list_their_papers_and_the_way_to_them(client, paper):
    topic = paper.entries.get().edition.topic.slug
    for path in (f"/archive/{DAY}/ko/", f"/topics/{topic}/ko/"):
        listed, way = scripts(head_of(client, path))
        assert (listed["@type"], way["@type"]) == ("CollectionPage", "BreadcrumbList")
        (item,) = listed["mainEntity"]["itemListElement"]
        assert item["url"] == f"{SITE}/papers/{paper.arxiv_id}/ko/"
        assert item["name"] == "메모리를 반으로"
        assert way["itemListElement"][0]["item"] == f"{SITE}/"
    (_article, way) = scripts(head_of(client, f"/papers/{paper.arxiv_id}/en/"))
    assert [each["position"] for each in way["itemListElement"]] == [1, 2, 3]


def test_descriptions_differ_from_page_to_page(client, paper):
    other = make_paper(abstract="Another abstract says another thing. More.")
    make_edition(make_topic(), [other], day=DAY.replace(day=1))
    topic = paper.entries.get().edition.topic.slug
    paths = [
        *(
            "/",
            "/archive/",
            "/privacy/",
            "/topics/",
            f"/archive/{DAY}/en/",
            f"/archive/{DAY.replace(day=1)}/en/",
        ),
        *(f"/topics/{topic}/en/", f"/papers/{paper.arxiv_id}/en/", f"/papers/{other.arxiv_id}/en/"),
    ]
    heads = [head_of(client, path) for path in paths]
    assert len({metas(head)["description"] for head in heads}) == len(paths)
    assert len({head.findtext("title") for head in heads}) == len(paths)
