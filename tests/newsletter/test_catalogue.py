"""The topics offered to begin with: complete, legible, true to arXiv, and not only computer science."""

import gzip
import json
import re
from collections import Counter

import pytest

from newsletter import catalogue, taxonomy
from newsletter.languages import LANGUAGES
from newsletter.matching import PaperText, QueryIndex, parse_query

TOPICS = catalogue.load_topics()
PROMISED = {
    "huggingface-daily",
    "diffusion-models",
    "large-language-models",
    "computer-vision",
    "robotics",
    "reinforcement-learning",
}


def contrast_on_white(colour):
    """The contrast ratio of WCAG 2, section 1.4.3."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_it_offers_enough_topics_with_the_promised_ones_and_no_slug_twice():
    slugs = [topic.slug for topic in TOPICS]
    assert len(slugs) >= 45
    assert set(slugs) >= PROMISED
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) and len(slug) <= 60 for slug in slugs)


def test_every_topic_and_area_has_a_name_in_each_language_of_the_interface():
    for record in (*TOPICS, *catalogue.load_areas()):
        assert set(record.names) == {"en", "ko", "zh-Hans", "ja", "ar"} <= set(LANGUAGES)
        assert all(name == name.strip() != "" for name in record.names.values())
        assert record.name_in("ko") == record.names["ko"]
        assert record.name_in("tlh") == record.names["en"]


def test_names_are_written_in_their_own_script():
    scripts = {"ko": "[가-힣]", "zh-Hans": "[一-鿿]", "ja": "[ぁ-ヿ一-鿿]", "ar": "[ء-ي]"}
    for record in (*TOPICS, *catalogue.load_areas()):
        for language, script in scripts.items():
            assert re.search(script, record.names[language]), (record.slug, language)


def test_no_two_topics_look_or_read_the_same():
    for language in ("en", "ko", "zh-Hans", "ja", "ar"):
        assert len({topic.names[language] for topic in TOPICS}) == len(TOPICS)
    assert len({topic.colour for topic in TOPICS}) == len(TOPICS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.slug)
def test_a_topic_has_real_categories_a_query_that_parses_and_a_legible_colour(topic):
    assert all(taxonomy.expand(pattern) for pattern in topic.categories)
    assert topic.categories or topic.query or topic.listing
    assert topic.listing in ("", "huggingface")
    if topic.query:
        assert parse_query(topic.query)
        assert "\n" not in topic.query
    catalogue.topic_query(topic.categories, topic.query)
    assert re.fullmatch(r"#[0-9a-f]{6}", topic.colour)
    assert contrast_on_white(topic.colour) >= 4.5
    assert topic.area in {area.slug for area in catalogue.load_areas()}


def test_the_topics_stand_area_by_area_in_the_areas_order():
    areas = [area.slug for area in catalogue.load_areas()]
    places = [areas.index(topic.area) for topic in TOPICS]
    assert places == sorted(places)
    assert set(places) == set(range(len(areas)))


def test_every_category_of_arxiv_is_in_a_topic():
    covered = {
        taxonomy.canonical(category)
        for topic in TOPICS
        for pattern in topic.categories
        for category in taxonomy.expand(pattern)
    }
    assert set(map(taxonomy.canonical, taxonomy.CATEGORIES)) - covered == set()


def test_every_group_of_arxiv_has_a_topic_of_its_own():
    groups = {
        taxonomy.group_of(category)
        for topic in TOPICS
        if not topic.query
        for pattern in topic.categories
        for category in taxonomy.expand(pattern)
    }
    assert groups == set(taxonomy.GROUPS)


def test_a_recorded_day_gives_topics_a_sensible_share_of_its_papers(recorded):
    folder = recorded / "arxiv_meta"
    with gzip.open(folder / "cs_ai_cl_cv_lg_dated.days.json.gz", "rt", encoding="utf-8") as file:
        day = set(json.load(file)["2026-03-18"])
    papers = {}
    with gzip.open(folder / "cs_ai_cl_cv_lg_dated.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            if line[len('{"id":"') :][:10] in day:
                row = json.loads(line)
                papers[row["id"]] = PaperText(
                    row["title"], row["abstract"], tuple(row["authors"]), tuple(row["categories"])
                )
    with_words = {topic.slug: topic for topic in TOPICS if topic.query}
    index = QueryIndex(
        {slug: catalogue.topic_query(topic.categories, topic.query) for slug, topic in with_words.items()}
    )
    hits = list(index.match(papers))
    counts = Counter(hit.query for hit in hits)
    for slug in ("diffusion-models", "large-language-models", "reinforcement-learning", "ai-agents"):
        assert 10 <= counts[slug] <= len(papers) / 4
    assert max(counts.values()) <= len(papers) / 4
    assert sum(counts[slug] > 0 for slug in with_words) >= 0.8 * len(with_words)
    assert all(hit.match.words or hit.match.categories for hit in hits)
