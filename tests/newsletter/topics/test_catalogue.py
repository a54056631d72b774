"""The topics offered to begin with: complete, legible, true to arXiv, and not only computer science."""

import gzip
import json
import re

import pytest

from newsletter.arxiv import taxonomy
from newsletter.languages import LANGUAGES
from newsletter.models import Paper, Topic
from newsletter.topics import catalogue
from newsletter.topics.assignment import fingerprint, match_topics
from newsletter.topics.matching import parse_query
from newsletter.topics.matching.strength import terms_of

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


def test_every_topic_has_a_name_in_each_language_of_mails_and_no_other():
    for record in TOPICS:
        assert tuple(record.names) == tuple(LANGUAGES), record.slug
        assert all(name == name.strip() != "" for name in record.names.values())
        assert record.name_in("ko") == record.names["ko"]
        assert record.name_in("tlh") == record.names["en"]


def test_every_file_of_names_holds_the_topics_in_their_order():
    for code in LANGUAGES:
        assert list(catalogue._read(f"topic_names/{code}.toml")) == [record.slug for record in TOPICS], code


def test_every_area_has_a_name_in_each_language_of_the_interface():
    for record in catalogue.load_areas():
        assert set(record.names) == {"en", "ko", "zh-Hans", "ja", "ar"}


SCRIPTS = {
    "ko": "[가-힣]",
    "zh-Hans": "[一-鿿]",
    "zh-Hant": "[一-鿿]",
    "ja": "[ぁ-ヿ一-鿿]",
    "ar": "[ء-ي]",
    "ru": "[а-яё]",
    "hi": "[ऀ-ॿ]",
    "he": "[א-ת]",
}


def test_names_are_written_in_their_own_script():
    named = [(each.slug, each.names) for each in TOPICS]
    named += [(each.slug, each.names) for each in catalogue.load_areas()]
    for slug, names in named:
        for language in SCRIPTS.keys() & names.keys():
            assert re.search(SCRIPTS[language], names[language]), (slug, language)


def test_the_two_ways_of_writing_chinese_are_not_mixed():
    simplified, traditional = "这个们习网络体与机学图优医", "這個們習網絡體與機學圖優醫"
    for record in TOPICS:
        assert set(record.names["zh-Hant"]).isdisjoint(set(simplified) - set(traditional)), record.slug
        assert set(record.names["zh-Hans"]).isdisjoint(set(traditional) - set(simplified)), record.slug


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_topics_read_the_same(language):
    assert len({topic.names[language].casefold() for topic in TOPICS}) == len(TOPICS)


def test_no_two_topics_look_the_same():
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
    if topic.supporting:
        assert terms_of(parse_query(topic.supporting).root)
    assert 0 <= topic.threshold < 1
    assert bool(topic.threshold) == bool(topic.query)
    assert re.fullmatch(r"#[0-9a-f]{6}", topic.colour)
    assert contrast_on_white(topic.colour) >= 4.5
    assert topic.area in {area.slug for area in catalogue.load_areas()}


def test_the_topics_stand_area_by_area_in_the_areas_order():
    areas = [area.slug for area in catalogue.load_areas()]
    places = [areas.index(topic.area) for topic in TOPICS]
    assert places == sorted(places)
    assert set(places) == set(range(len(areas)))


def test_every_category_of_arxiv_is_read_by_a_topic():
    covered = {
        taxonomy.canonical(category)
        for topic in TOPICS
        for pattern in topic.categories
        for category in taxonomy.expand(pattern)
    }
    assert set(map(taxonomy.canonical, taxonomy.CATEGORIES)) - covered == set()


def test_every_group_of_arxiv_has_a_topic_that_takes_all_of_a_category():
    taken = {
        taxonomy.group_of(each)
        for topic in TOPICS
        for pattern in re.findall(r"cat:(\S+)", topic.query)
        for each in taxonomy.expand(pattern)
    }
    assert taken == set(taxonomy.GROUPS)


def test_what_is_shipped_is_remembered_for_the_next_revision():
    shipped = catalogue.load_shipped()
    assert set(shipped) == {topic.slug for topic in TOPICS}
    for topic in TOPICS:
        made_first = fingerprint(topic.categories, topic.query)
        full = fingerprint(topic.categories, topic.query, topic.supporting, topic.threshold)
        assert {made_first, full} <= set(shipped[topic.slug]), f"add {made_first}, {full} to {topic.slug}"


@pytest.mark.slow
def test_a_recorded_day_gives_topics_a_sensible_share_of_its_papers(recorded):
    folder = recorded / "arxiv_meta"
    with gzip.open(folder / "cs_ai_cl_cv_lg_dated.days.json.gz", "rt", encoding="utf-8") as file:
        day = set(json.load(file)["2026-03-18"])
    papers: list[Paper] = []
    with gzip.open(folder / "cs_ai_cl_cv_lg_dated.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            if line[len('{"id":"') :][:10] in day:
                row = json.loads(line)
                said = {name: row[name] for name in ("title", "abstract", "authors", "categories")}
                papers.append(Paper(pk=len(papers) + 1, arxiv_id=row["id"], **said))
    topics = [
        Topic(
            pk=number,
            slug=record.slug,
            categories=list(record.categories),
            query=record.query,
            supporting=record.supporting,
            threshold=record.threshold,
        )
        for number, record in enumerate(TOPICS, 1)
        if record.query
    ]
    matched, problems = match_topics(topics, papers)
    counts = {topic.slug: len(matched[topic.pk]) for topic in topics}
    assert problems == []
    for slug in ("diffusion-models", "large-language-models", "reinforcement-learning", "ai-agents"):
        assert 10 <= counts[slug] <= len(papers) / 3
    assert max(counts.values()) <= len(papers) / 2
    computing = [topic.slug for topic in topics if topic.categories[0].startswith(("cs.", "eess."))]
    assert sum(counts[slug] > 0 for slug in computing) >= 0.8 * len(computing)
