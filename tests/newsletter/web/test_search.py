"""The page of the search: what it finds, marks, suggests and promises, and that nothing typed breaks it."""

import re
from html import escape

import pytest

from newsletter.models import Entry
from newsletter.search.index import all_papers, index_papers
from tests.factories import NOW, make_edition, make_paper, make_subscriber, make_summary, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def papers():
    made = [
        make_paper(
            title="Quokka <script>alert(1)</script> segmentation",
            authors=["Geoffrey Hinton"],
            code_url="https://example.org/code",
        ),
        make_paper(title="Another paper", abstract="On the segmentation of quokkas & wombats."),
        make_paper(title="Galaxies"),
    ]
    make_summary(made[2], "ko", sentence="확산 모델로 은하를 만든다.", takeaways=[])
    make_edition(make_topic(names={"en": "Animals"}), made)
    index_papers(all_papers(), now=NOW)
    return made


def test_what_is_found_is_marked_and_hostile_titles_stay_text(client, papers, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        page = client.get("/search/?q=quokka+segmentation&language=en").content.decode()
    assert "<mark>Quokka</mark> &lt;script&gt;alert(1)&lt;/script&gt; <mark>segmentation</mark>" in page
    assert "<mark>quokkas</mark> &amp; wombats" in page
    assert "2 papers have all the words." in page
    assert f'href="/papers/{papers[0].arxiv_id}/en/"' in page
    assert papers[2].arxiv_id not in page


def test_a_word_of_another_language_shows_where_it_stands(client, papers):
    page = client.get("/search/?q=모델&language=en").content.decode()
    assert '<p class="line-sentence excerpt" lang="ko" dir="ltr">확산 <mark>모델</mark>로' in page


def test_a_typo_is_put_right_in_at_most_twelve_queries_and_the_words_as_typed_stay_a_link_away(
    client, papers, django_assert_max_num_queries
):
    for number in range(3):
        make_edition(make_topic(), [make_paper(title=f"Segmentation of wombats {number}")])
    index_papers(all_papers(), now=NOW)
    client.get("/search/")  # how many papers there are, and the topics, are known for a while
    with django_assert_max_num_queries(12):
        page = client.get("/search/?q=segmentatoin+galaxies&language=en").content.decode()
    assert "<strong><bdi>segmentation galaxies</bdi></strong>" in page
    assert "?q=segmentatoin+galaxies&amp;exact=1&amp;language=en" in page
    assert "Nothing was found." in client.get("/search/?q=segmentatoin&exact=1&language=en").content.decode()


def test_what_holds_no_word_is_said_to_hold_none(client, papers):
    page = client.get("/search/?q=-+%3Cb%3E&language=en").content.decode()
    assert "There is no word in" not in page, "b is one"
    page = client.get("/search/?q=%25+%3C%3E&language=en").content.decode()
    assert "There is no word in <bdi>% &lt;&gt;</bdi> to look for." in page
    assert '<article class="line">' not in page


def test_filters_narrow_and_two_of_a_kind_hold_together(client, papers):
    def found(query):
        return set(
            re.findall(r"/papers/([\d.]+)/en/", client.get(f"/search/?language=en&{query}").content.decode())
        )

    assert found("q=segmentation&has=code") == {papers[0].arxiv_id}
    assert found("has=code&has=reading") == set()
    assert found("author=hinton") == {papers[0].arxiv_id}
    assert found("summary=ko") == {papers[2].arxiv_id}
    assert found("day=2026-03-18&q=quokka") == {papers[0].arxiv_id, papers[1].arxiv_id}
    assert found("day=2025") == found("topic=nothing") == set()
    assert papers[1].arxiv_id in found(f"like={papers[0].arxiv_id}")
    assert "<mark>" not in client.get(f"/search/?like={papers[0].arxiv_id}").content.decode()


def test_an_empty_search_says_how_it_works_and_shows_the_newest(client, papers):
    page = client.get("/search/?language=en").content.decode()
    assert "How it works" in page
    assert page.count('<article class="line">') == 3


def test_what_was_hidden_is_neither_found_nor_suggested_nor_named(client, papers):
    Entry.objects.filter(paper=papers[0]).update(is_hidden=True)
    assert papers[0].arxiv_id not in client.get("/search/?q=quokka&language=en").content.decode()
    assert client.get("/search/suggest/?q=quok").json() == {"suggestions": []}
    assert "Quokka" not in client.get(f"/search/?like={papers[0].arxiv_id}").content.decode()


def test_without_a_script_the_page_itself_suggests_topics_and_what_it_shows(client, papers):
    page = client.get("/search/?language=en").content.decode()
    offered = page.partition('<datalist id="suggestions">')[2].partition("</datalist>")[0]
    assert '<option value="Animals"></option>' in offered
    assert f'<option value="{escape(papers[0].title)}"></option>' in offered


def test_titles_authors_and_topics_are_suggested(client, papers, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        assert client.get("/search/suggest/?q=gala&language=en").json()["suggestions"][-1] == "Galaxies"
    assert client.get("/search/suggest/?q=geoffrey+hin").json() == {"suggestions": ["Geoffrey Hinton"]}
    assert client.get("/search/suggest/?q=anim&language=en").json()["suggestions"][0] == "Animals"
    for text in ("", "x", "'", "%00", "\ud800".encode("utf-8", "surrogatepass")):
        assert client.get("/search/suggest/", {"q": text}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "a" * 10_000,
        "q=" + "word+" * 500,
        'q=%22+OR+"*:*"+NEAR(a+b)+-c+%5e',
        "q=%00%ED%A0%80%FF",
        "q=%E2%80%AE%D8%9Cquokka",
        "q=quokka&p=999999999999999999999&day=0000-00-00&from=x&to=9999-99-99&topic=%00&category='%00&author=%22",
        "like='%00&p=-1&has=" + "x&has=" * 50,
        "author=" + "%F0%9F%A4%96" * 200,
        "q=扩" + "散" * 300,
    ],
)
def test_whatever_is_asked_is_answered(client, papers, query):
    assert client.get(f"/search/?{query}").status_code == 200


def test_a_search_becomes_a_query_of_a_digest(client, papers):
    page = client.get(
        "/search/?q=quokka+segmentation+모델&category=cs.LG&author=Hinton&language=en"
    ).content.decode()
    query = "quokka AND segmentation AND author:Hinton AND cat:cs.LG"
    assert f'<input type="hidden" name="query" value="{query}">' in page
    assert "These words are left out: <bdi>모델</bdi>" in page
    form = client.get("/", {"query": [query, "cat:cs.CV", "((("], "language": "en"}).content.decode()
    assert f">{query}</textarea>" in form
    assert ">cs.CV</textarea>" in form
    reader = make_subscriber(queries=["robot"])
    from subscriptions.readers.links import token

    choices = client.get(f"/preferences/{token(reader, 'preferences')}/", {"query": query}).content.decode()
    assert f">robot\n{query}</textarea>" in choices
    reader.refresh_from_db()
    assert reader.queries == ["robot"]
