"""The bundled sample is complete, consistent and true to the formats it is served in."""

import re
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from zoneinfo import ZoneInfo

import arxiv
import httpx
import pytest
from PIL import Image

from services.sample import LANGUAGES, load_sample
from services.sources import SourceServer
from services.sources.papers import submission_window

SAMPLE = load_sample()
PAPERS = {paper["id"]: paper for paper in SAMPLE.papers}
WRITTEN = [pytest.param(key, draft, id="-".join(key)) for key, draft in SAMPLE.summaries.items()]
TOPICS = {
    "huggingface-daily", "diffusion-models", "large-language-models",
    "computer-vision", "robotics", "reinforcement-learning",
}  # fmt: skip


def numbers(text):
    return set(re.findall(r"\d[\d,.]*\d|\d", text))


def test_there_are_two_dozen_papers_with_ids_of_their_own():
    assert len(PAPERS) == len(SAMPLE.papers) == 22
    assert all(re.fullmatch(r"2403\.\d{5}", arxiv_id) for arxiv_id in PAPERS)
    assert {"2403.03163", "2403.03206", "2403.03194", "2403.02545", "2403.03100"} <= set(PAPERS)


@pytest.mark.parametrize("paper", SAMPLE.papers, ids=lambda paper: paper["id"])
def test_a_paper_has_every_field_and_a_retold_abstract(paper):
    assert paper["abstract_note"] == "retold for the sample"
    assert 4 <= len(re.findall(r"[.!?](?:\s|$)", paper["abstract"])) <= 7
    assert paper["title"].strip() == paper["title"]
    assert len(set(paper["authors"])) == len(paper["authors"]) > 0
    assert all(re.fullmatch(r"(cs|eess)\.[A-Z]{2}", category) for category in paper["categories"])
    start, end = submission_window(SAMPLE.day)
    assert start <= datetime.fromisoformat(paper["published"]) < end


def test_ids_follow_the_order_of_submission():
    moments = [datetime.fromisoformat(paper["published"]) for paper in SAMPLE.papers]
    assert list(PAPERS) == sorted(PAPERS)
    assert all(earlier < later for earlier, later in pairwise(moments))


def test_every_paper_is_summarised_in_every_language():
    assert set(SAMPLE.summaries) == {(arxiv_id, language) for arxiv_id in PAPERS for language in LANGUAGES}
    assert SAMPLE.written_by == "editor"


@pytest.mark.parametrize(("key", "draft"), WRITTEN)
def test_a_summary_is_short_and_rests_on_the_abstract(key, draft):
    arxiv_id, language = key
    abstract = PAPERS[arxiv_id]["abstract"]
    assert 0 < len(draft.sentence) <= (200 if language == "en" else 100)
    assert bool(draft.title) == (language != "en")
    assert 3 <= len(draft.takeaways) <= 5
    assert 3 <= len(set(draft.keywords)) == len(draft.keywords) <= 6
    for takeaway in draft.takeaways:
        assert takeaway.evidence in abstract
        assert numbers(takeaway.text) <= numbers(takeaway.evidence)
    assert numbers(draft.sentence) <= numbers(abstract)


@pytest.mark.parametrize(("key", "draft"), WRITTEN)
def test_a_summary_is_in_its_script_and_register(key, draft):
    texts = [draft.sentence, *(takeaway.text for takeaway in draft.takeaways)]
    match key[1]:
        case "ko":
            assert all(re.search(r"니다\.$", text) for text in texts)
        case "ja":
            assert all(re.search(r"(ます|です|ました|ません|でした)。$", text) for text in texts)
        case "zh-Hans":
            assert all(text.endswith("。") and re.search(r"[\u4e00-\u9fff]", text) for text in texts)
            assert not re.search(r"[\u3040-\u30ff\uac00-\ud7af]", "".join(texts))
        case "en":
            assert all(text.endswith(".") and text.isascii() for text in texts)


def test_the_daily_list_is_ordered_by_votes_and_has_a_picture_each():
    votes = [row["paper"]["upvotes"] for row in SAMPLE.daily]
    assert len(votes) == 13
    assert votes == sorted(votes, reverse=True)
    assert SAMPLE.daily[0]["paper"]["githubRepo"] == "https://github.com/NoviScl/Design2Code"


@pytest.mark.slow
def test_pictures_are_served_small_and_differ():
    with SourceServer.from_sample(SAMPLE) as server:
        rows = httpx.get(f"{server.url}/api/daily_papers?date=2024-03-06").json()
        bodies = [httpx.get(row["thumbnail"]).content for row in rows]
        assert httpx.get(f"{server.url}/pictures/2403.02419.png").status_code == 404
    assert len(set(bodies)) == 13
    for body in bodies:
        assert len(body) <= 60_000
        assert Image.open(BytesIO(body)).size == (1200, 648)


def fetched(server, window):
    client = arxiv.Client(page_size=50, delay_seconds=0)
    client.query_url_format = server.url + "/api/query?{}"
    start, end = (f"{moment.astimezone(UTC):%Y%m%d%H%M}" for moment in window)
    query = f"cat:cs.* AND submittedDate:[{start} TO {end}]"
    return {
        result.get_short_id()[:-2]: result for result in client.results(arxiv.Search(query, max_results=None))
    }


def test_the_real_client_fetches_the_sample_field_by_field():
    with SourceServer.from_sample(SAMPLE) as server:
        results = fetched(server, submission_window(SAMPLE.day))
    assert set(results) == set(PAPERS)
    for arxiv_id, result in results.items():
        paper = PAPERS[arxiv_id]
        assert (result.title, result.summary) == (paper["title"], paper["abstract"])
        assert [author.name for author in result.authors] == paper["authors"]
        assert result.categories == paper["categories"]
        assert result.comment == paper.get("comment")
        assert result.published == datetime.fromisoformat(paper["published"])


def test_readers_are_invented_and_want_what_there_is():
    assert len(SAMPLE.readers) == 6
    assert {reader.language for reader in SAMPLE.readers} == set(LANGUAGES)
    for reader in SAMPLE.readers:
        assert reader.email.endswith("@example.org")
        assert set(reader.topics) <= TOPICS
        assert 0 <= reader.hour < 24
        assert ZoneInfo(reader.time_zone)
    assert set().union(*(reader.topics for reader in SAMPLE.readers)) == TOPICS
