"""Papers from elsewhere, on the page: shown before they count, counted by a button, taken back by another."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from config.request_limits import LARGEST_FILE, LARGEST_FORM, LARGEST_LIST, LARGEST_REPORT
from newsletter.models import WantedPaper
from newsletter.references import MOST_BYTES
from subscriptions.abuse import throttling
from subscriptions.models import ImportedLike, Taste, TasteImport, Vote
from subscriptions.readers.links import token
from subscriptions.web.rating import telling_papers
from tests.factories import DAY, NOW, make_edition, make_paper, make_subscriber, make_topic
from tests.subscriptions.visitors import act

pytestmark = pytest.mark.django_db

BIB = rb"""
@article{a, title={A {\'e}tude of <script>alert(1)</script> subject}, author={Lovelace, Ada}}
@misc{b, title={To come}, eprint={2403.03163}, archivePrefix={arXiv}}
@misc{c, title={Nobody knows it}}
@misc{broken, title={never closed
"""


@pytest.fixture
def reader():
    return make_subscriber()


@pytest.fixture
def known():
    return make_paper(title="A étude of <script>alert(1)</script> subject", arxiv_id="2603.77777")


def path(reader, *more):
    return "/".join([f"/my-data/{token(reader, 'my-data')}/import", *more, ""])


def upload(client, reader, data=BIB, name="mine.bib"):
    return act(client, path(reader), {"file": SimpleUploadedFile(name, data), "list": ""})


def counted():
    return dict(Vote.objects.values_list("paper__arxiv_id", "value"))


def test_a_list_is_shown_with_what_each_entry_means_and_nothing_is_kept(client, reader, known):
    page = upload(client, reader).content.decode()
    assert "A étude of &lt;script&gt;alert(1)&lt;/script&gt; subject" in page
    assert "<script>alert" not in page
    for sentence in (
        "Found",
        "Will be fetched from arXiv",
        "Not found here",
        "Its braces or quotation marks",
    ):
        assert sentence in page
    assert 'value="2603.77777"' in page
    assert 'value="2403.03163"' in page
    assert not any(model.objects.exists() for model in (Vote, TasteImport, ImportedLike, WantedPaper))


def test_what_is_ticked_counts_and_the_rest_does_not(client, reader, known):
    answer = act(client, path(reader, "count"), {"paper": ["2603.77777"]})
    assert answer.status_code == 302
    assert "done=counted" in answer.url
    assert counted() == {"2603.77777": 1}
    assert not WantedPaper.objects.exists()
    assert Taste.objects.filter(pk=reader.pk).exists()


def test_what_is_to_come_is_wanted_and_the_page_says_so(client, reader):
    act(client, path(reader, "count"), {"paper": ["2403.03163", "<b>", "2403.03163"]})
    assert list(WantedPaper.objects.values_list("arxiv_id", flat=True)) == ["2403.03163"]
    page = client.get(path(reader)).content.decode()
    assert "Still on its way: 1" in page
    assert "they count as soon as they are here" in page


def test_one_press_takes_a_list_back(client, reader, known):
    act(client, path(reader, "count"), {"paper": ["2603.77777"]})
    answer = act(client, path(reader, "undo"), {"import": str(TasteImport.objects.get().pk)})
    assert "done=taken-back" in answer.url
    assert counted() == {}
    assert "What you imported" not in client.get(path(reader)).content.decode()


def test_nobody_takes_back_anothers_list(client, reader, known):
    act(client, path(reader, "count"), {"paper": ["2603.77777"]})
    other = make_subscriber()
    for number in (str(TasteImport.objects.get().pk), "", "x", "²", "9" * 40):
        assert act(client, path(other, "undo"), {"import": number}).status_code == 302
    assert counted() == {"2603.77777": 1}


def test_looking_changes_nothing(client, reader, known):
    act(client, path(reader, "count"), {"paper": ["2603.77777"]})
    for address in (path(reader), path(reader, "count"), path(reader, "undo")):
        for method in (client.get, client.head):
            assert method(f"{address}?import={TasteImport.objects.get().pk}&paper=2403.1").status_code in (
                200,
                302,
            )
    assert counted() == {"2603.77777": 1}


def test_a_digests_link_opens_none_of_it(client, reader):
    for purpose in ("preferences", "vote", "view"):
        assert client.get(f"/my-data/{token(reader, purpose)}/import/").status_code == 404


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.7", "This is not a list of papers"),
        (b"@comment{nothing}", "There are no papers in it."),
        (b"2403.03163\n" * 5_001, "The limit is 5,000 papers."),
        (b"", "Choose a file"),
    ],
)
def test_what_is_no_list_is_said_beside_the_field(client, reader, data, sentence):
    answer = upload(client, reader, data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert 'aria-describedby="file-help file-error"' in answer.content.decode()


def test_a_list_may_be_pasted(client, reader, known):
    page = act(client, path(reader), {"list": "2603.77777\n2403.03163"}).content.decode()
    assert page.count('type="checkbox"') == page.count(" checked") == 2


def test_an_authors_papers_are_offered_and_none_is_ticked(client, reader):
    paper = make_paper(authors=["Émile Borel"])
    page = act(client, path(reader), {"author": "borel, emile"}).content.decode()
    assert paper.arxiv_id in page
    assert " checked" not in page
    answer = act(client, path(reader), {"author": "Nobody Known"})
    assert (answer.status_code, b"by an author of this name" in answer.content) == (422, True)


def test_for_an_orcid_the_page_says_what_to_do_instead(client, reader):
    answer = act(client, path(reader), {"author": "https://orcid.org/0000-0002-1825-009X"})
    assert answer.status_code == 422
    assert b"export your works at orcid.org as BibTeX" in answer.content


def test_so_many_lists_a_day_and_no_more(client, reader, monkeypatch):
    monkeypatch.setattr(throttling, "TASTE_IMPORTS_A_DAY", 2)
    statuses = [act(client, path(reader), {"list": "2403.03163"}).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_counting_is_as_often_as_looking(client, reader, known, monkeypatch):
    monkeypatch.setattr(throttling, "TASTE_IMPORTS_A_DAY", 1)
    statuses = [
        act(client, path(reader, "count"), {"paper": each}).status_code
        for each in ("2403.03163", "2603.77777")
    ]
    assert statuses == [302, 429]
    assert not Vote.objects.exists()


def test_a_pasted_list_may_be_as_long_as_a_file_and_one_that_is_longer_is_said(client, reader, known):
    pasted = "2603.77777\n" + "x" * 3_000_000
    assert act(client, path(reader), {"list": pasted}).status_code == 200
    answer = act(client, path(reader), {"list": "x" * (MOST_BYTES + 1)})
    assert answer.status_code == 422
    assert "The limit is 5 MB." in answer.content.decode()


def test_what_any_address_takes_is_read():
    largest = max(LARGEST_FORM, LARGEST_REPORT, LARGEST_FILE, LARGEST_LIST)
    assert largest == settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def test_no_direction_override_of_a_list_or_a_paper_reaches_the_page(client, reader):
    paper = make_paper(title="Ti\u202etle", authors=["Ada \u202eLovelace"])
    make_edition(make_topic(), [paper])
    broken = "@misc{a, title={Of no\u202ebody}, author={Some\u2066body}}\n@misc{bro\u202eken, title={never"
    pages = [
        upload(client, reader, f"@misc{{c, eprint={{{paper.arxiv_id}}}}}\n{broken}".encode()),
        act(client, path(reader), {"author": "Ada Lovelace"}),
        client.get(rate(reader)),
    ]
    for page in (answer.content.decode() for answer in pages):
        assert "Title" in page
        assert "Ada Lovelace" in page
        assert not set(page) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")


def test_five_thousand_papers_are_looked_at_and_counted_by_one_form(client, reader):
    ids = [f"2403.{number:05d}" for number in range(1, 5_001)]
    page = upload(client, reader, "\n".join(ids).encode()).content.decode()
    boxes = re.findall(r'type="checkbox" name="paper" value="([^"]*)"', page)
    assert [each for box in boxes for each in box.split()] == ids
    assert act(client, path(reader, "count"), {"paper": boxes}).status_code == 302
    assert ImportedLike.objects.count() == WantedPaper.objects.count() == 5_000


# -- ten papers -------------------------------------------------------------------------------------------


def rate(reader):
    return f"/rate/{token(reader, 'vote')}/"


def test_ten_papers_are_asked_that_are_liked_and_unlike_each_other():
    topics = [make_topic("one"), make_topic("two")]
    alike = [make_paper(title=f"Flow matching for video, part {part}", votes=90 - part) for part in range(12)]
    words = ("protein", "cooking", "galaxy", "traffic", "poetry", "cancer", "chess", "markets", "weather")
    others = [make_paper(title=f"Learning {word} from {word}s", votes=30) for word in words]
    hidden = make_paper(title="Hidden", votes=500, is_withdrawn=True)
    make_edition(topics[0], [*alike, hidden])
    make_edition(topics[1], others)
    make_edition(make_topic("of others"), [make_paper(title="Elsewhere", votes=999)])
    asked = telling_papers(make_subscriber(topics=topics))
    assert len(asked) == 10
    assert asked[0] == alike[0]
    assert len(set(asked) & set(others)) >= 6
    assert hidden not in asked


def test_each_answer_is_a_vote_and_skipping_is_none(client):
    reader, topic = make_subscriber(), make_topic()
    papers = [make_paper() for _ in range(3)]
    make_edition(topic, papers)
    assert client.get(rate(reader)).content.decode().count("<fieldset") == 3
    assert not Vote.objects.exists()
    values = dict(zip((f"paper-{paper.arxiv_id}" for paper in papers), ("1", "-1", "0"), strict=True))
    page = act(client, rate(reader), values | {"paper-\0": "1", "paper-unknown": "1", "other": "1"})
    assert page.status_code == 200
    assert counted() == {papers[0].arxiv_id: 1, papers[1].arxiv_id: -1}
    # Whoever holds a forwarded digest does not see by it what was voted on.
    assert client.get(rate(reader)).content.decode().count("<fieldset") == 3
    assert "skipped them all" in act(client, rate(reader), {}).content.decode()


def test_a_confirmed_reader_is_asked_at_once_and_a_new_site_asks_nothing(client):
    make_edition(make_topic(), [make_paper()], day=DAY)
    for is_first in (True, False):
        pending = make_subscriber(state="pending", confirmed_at=None, created_at=NOW - timedelta(days=1))
        page = act(client, f"/confirm/{token(pending, 'confirm')}/").content.decode()
        assert ("What do you think of these?" in page) == is_first
        make_paper().entries.model.objects.all().delete()
