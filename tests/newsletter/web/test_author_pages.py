"""Pages of authors' names: one address for all spellings, whatever signs a name has."""

import re
from urllib.parse import quote

import pytest

from newsletter.features.corpus import take_in_features
from newsletter.models import Entry
from tests.factories import NOW, make_edition, make_paper, make_topic

pytestmark = pytest.mark.django_db


def publish(*names: str, papers: int = 1):
    make_edition(make_topic(), [make_paper(authors=list(names)) for _ in range(papers)])
    take_in_features(now=NOW)


@pytest.mark.any_database
@pytest.mark.parametrize(
    "name", ["AT&T/Bell Labs", '50% "Team" {language}', "王伟", "<b>Eve</b>", "a..b;c?d#e"]
)
def test_a_name_has_a_page_whatever_its_signs_and_other_spellings_lead_there(client, name):
    publish(name)
    address = f"/authors/{quote(name, safe='')}/"
    answer = client.get(f"{address}?language=ko")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<b>Eve" not in page
    assert page.count("<article") == 1
    assert f'href="{address}?language=ar"' in page
    other = client.get(f"/authors/{quote(name.upper() + '-', safe='')}/?language=ko")
    assert (other.status_code, other["Location"]) == (302, f"{address}?language=ko")


def test_many_papers_come_in_pages_until_the_last(client, django_assert_max_num_queries):
    publish("Wei Wang", papers=45)
    address, seen = "/authors/Wei%20Wang/?language=en", []
    while address:
        with django_assert_max_num_queries(12):
            page = client.get(address).content.decode()
        seen += re.findall(r'<h3><a href="(/papers/[^"]+)"', page)
        following = re.search(r'<link rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 45


def test_names_of_nobody_or_of_nothing_public_are_not_found(client):
    publish("Ada Lovelace")
    for name in ("Nobody", "..", "%25", "x" * 3000, "Ada", "%00"):
        assert client.get(f"/authors/{name}/").status_code == 404, name
    for cursor in ("0", "-1", "x", "9" * 30, "1"):
        assert client.get(f"/authors/Ada%20Lovelace/?before={cursor}").status_code == 404, cursor
    Entry.objects.update(is_hidden=True)
    assert client.get("/authors/Ada%20Lovelace/").status_code == 404
