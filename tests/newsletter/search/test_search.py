"""The search finds what people type, in every script, alike in both databases."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.models import Entry, Paper, SearchEntry, SearchTerm
from newsletter.search import index
from newsletter.search.index import _recent_papers, all_papers, index_changes, index_papers
from newsletter.search.narrowing import Narrowing
from newsletter.search.service import search, search_alike
from tests.factories import DAY, NOW, make_edition, make_paper, make_reading, make_summary, make_topic

pytestmark = pytest.mark.django_db
ALL = Narrowing()


def publish(*papers: Paper, day: date = DAY, **fields):
    edition = make_edition(make_topic(**fields), list(papers), day=day)
    index_papers(all_papers(), now=NOW)
    return edition


def found(text: str, narrowing: Narrowing = ALL, **options) -> list[int]:
    return [ranked.paper for ranked in search(text, narrowing, **options).papers]


def test_titles_come_before_abstracts_and_forms_of_a_word_are_found():
    title = make_paper(title="Segmenting cells with transformers")
    abstract = make_paper(
        title="Cells under the microscope", abstract="We use a transformer for segmentation."
    )
    other = make_paper(title="Planning for robots")
    publish(title, abstract, other)
    assert found("transformer segmentation") == [title.pk, abstract.pk]
    assert set(found("Cell")) == {title.pk, abstract.pk}
    assert found("lovelace robots")[0] == other.pk
    assert found(title.arxiv_id) == [title.pk]
    assert found(f"https://arxiv.org/abs/{other.arxiv_id}v2") == [other.pk]


@pytest.mark.parametrize(
    ("language", "sentence", "queries"),
    [
        ("zh-Hans", "用扩散模型生成图像的新方法。", ["扩散", "扩散模型", "图", "模型 图像"]),
        ("ko", "모델은 확산 과정으로 이미지를 만든다.", ["모델", "확산 모델", "이미지"]),
        ("ja", "拡散モデルでﾃﾞｰﾀを作る。", ["拡散", "モデル", "データ"]),
        ("ar", "نَماذج لُغويّة كبيرة", ["النماذج اللغوية", "نماذج"]),
        ("hi", "भाषा मॉडल का प्रशिक्षण", ["मॉडल", "प्रशिक्षण"]),
        ("ru", "Диффузионных моделей больше", ["диффузионные модели"]),
    ],
)
def test_words_of_one_and_two_signs_and_other_scripts_are_found(language, sentence, queries):
    papers = [make_paper() for _ in range(3)]
    make_summary(papers[1], language, sentence=sentence, takeaways=[])
    make_summary(papers[2], language, sentence="…", takeaways=[])
    publish(*papers)
    for query in queries:
        assert found(query)[:1] == [papers[1].pk], query


def test_compounds_numbers_and_accents_are_found_however_they_are_written():
    paper = make_paper(title="Few-shot GPT-4 by Erdős at 3.5x: $\\alpha$-DPO", authors=["Paul Erdős"])
    publish(paper, make_paper(title="A shot at planning"))
    for query in ("fewshot", "few-shot", "gpt4", "GPT 4", "erdos", "ERDŐS", "alpha dpo", "3.5x"):
        assert found(query)[:1] == [paper.pk], query


def test_a_typo_finds_its_word_and_says_so():
    papers = [make_paper(title=f"Transformer number {number}") for number in range(4)]
    publish(*papers)
    results = search("transfromer", ALL)
    assert {ranked.paper for ranked in results.papers} == {paper.pk for paper in papers}
    assert results.corrected == {"transfromer": "transformer"}
    assert found("transfrmr") == found("transformers")
    assert found("transfromer", is_exact=True) == []


def test_a_typo_finds_a_word_of_a_single_paper(django_assert_max_num_queries):
    paper = make_paper(title="Diffusion of heat", authors=["Emmy Noether"])
    publish(paper)
    assert found("diffusoin") == found("difuson") == found("noehter") == [paper.pk]
    assert search("difusoin heat", ALL).corrected == {"difusoin": "diffusion"}
    with django_assert_max_num_queries(5):
        assert found("difuson") == [paper.pk]
    Entry.objects.filter(paper=paper).update(is_hidden=True)
    assert search("diffusoin", ALL).corrected == {}, "a hidden paper gives no word away"


def test_a_word_that_finds_something_is_mistyped_only_beside_a_common_one():
    rare = make_paper(title="Casual effects")
    publish(rare, *(make_paper(title="Causal effects") for _ in range(3)))
    assert search("casual", ALL).corrected == {}
    assert found("casual") == [rare.pk]
    assert search("effect", ALL).corrected == {}, "another form of it is found"
    SearchTerm.objects.filter(word="causal").update(papers=20)
    assert search("casual", ALL).corrected == {"casual": "causal"}


def test_the_papers_of_the_last_days_are_found_by_indexes():
    old, new = [make_paper() for _ in range(2)]
    midnight = datetime.combine(NOW.date() - timedelta(days=3), time.min, UTC)
    make_summary(old, "ko", written_at=midnight - timedelta(seconds=1))
    make_summary(new, "ko", written_at=midnight)
    with CaptureQueriesContext(connection) as queries:
        assert _recent_papers(NOW.date()) == {new.pk}
    (asked,) = [query["sql"] for query in queries if '"written_at" >=' in query["sql"]]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {asked}")
            assert "USING INDEX summary_written_at" in str(cursor.fetchall())


@pytest.mark.parametrize("text", ["-", "%", "🤖", "「」 …"])
def test_signs_without_a_word_find_nothing(text):
    publish(make_paper())
    results = search(text, ALL)
    assert (results.papers, results.lacks_words) == ((), True)
    assert not search(" ", ALL).lacks_words


def test_results_are_narrowed():
    papers = [make_paper(categories=["cs.CV"], authors=["Fei-Fei Li"]), make_paper(code_url="https://x.org")]
    make_summary(papers[0], "ko")
    make_reading(papers[1], "ko")
    first = publish(papers[0], day=DAY - timedelta(days=40))
    second = publish(papers[1])
    for narrowing, expected in (
        (Narrowing(topic=first.topic_id), papers[0]),
        (Narrowing(since=DAY), papers[1]),
        (Narrowing(since=DAY, until=DAY), papers[1]),
        (Narrowing(until=DAY - timedelta(days=1)), papers[0]),
        (Narrowing(topic=second.topic_id, since=DAY - timedelta(days=90)), papers[1]),
        (Narrowing(category="cs.CV"), papers[0]),
        (Narrowing(author="li fei-fei"), papers[0]),
        (Narrowing(language="ko"), papers[0]),
        (Narrowing(has_code=True), papers[1]),
        (Narrowing(has_reading=True), papers[1]),
    ):
        assert found("", narrowing) == found("study", narrowing) == [expected.pk], narrowing
    assert found("study", Narrowing(author="Fei Lovelace")) == []
    assert found("study", Narrowing(category='x" OR *')) == []


def test_what_is_hidden_is_gone_at_once_and_leaves_the_index():
    papers = [make_paper(title=f"Quokka number {number}") for number in range(2)]
    publish(*papers)
    Entry.objects.filter(paper=papers[0]).update(is_hidden=True)
    assert found("quokka") == [papers[1].pk]
    assert index_papers(all_papers(), now=NOW).counts == {"indexed": 0, "removed": 1}
    assert SearchTerm.objects.get(word="quokka").papers == SearchEntry.objects.count() == 1
    Paper.objects.filter(pk=papers[1].pk).update(is_withdrawn=True)
    assert found("quokka") == []


def test_the_index_follows_changes_and_may_run_twice():
    paper = make_paper(title="An old title")
    publish(paper)
    assert index_changes(now=timezone.now()).counts == {"indexed": 0, "removed": 0}
    Paper.objects.filter(pk=paper.pk).update(title="A newer heading", version=2)
    summary = make_summary(paper, "ko", sentence="확산", takeaways=[])
    assert index_changes(now=timezone.now()).counts["indexed"] == 1
    assert found("heading") == found("확산") == [paper.pk]
    assert found("title", is_exact=True) == []
    assert not SearchTerm.objects.filter(word="title", papers__gt=0).exists()
    summary.state = "held"
    summary.save()
    index_changes(now=timezone.now())
    assert found("확산") == []
    paper.delete()
    assert found("heading") == []
    assert not SearchEntry.objects.exists()


def test_papers_alike_share_telling_words():
    papers = [make_paper(title=f"Grasping with tactile sensors {number}") for number in range(3)]
    others = [make_paper(title=f"Galaxies of type {number}") for number in range(3)]
    publish(*papers, *others)
    alike = [ranked.paper for ranked in search_alike(papers[0].arxiv_id, ALL).papers]
    assert set(alike[:2]) == {papers[1].pk, papers[2].pk}
    assert papers[0].pk not in alike
    assert search_alike("nothing", ALL).papers == ()


@pytest.mark.parametrize(
    "text",
    [
        *(
            "*",
            '"',
            "'",
            "a AND",
            "NEAR(x y)",
            "^x -y",
            "(((",
            "x:y",
            "title:study",
            "\0study",
            "%s %d",
            "\\",
        ),
        *("\u061c\u202estudy", "study " * 40, "' & | ! study", "=study", "扩" * 199, "é" * 199, "a" * 199),
        *("1.2.3.4.5", "\ud800study"),
    ],
)
def test_hostile_queries_are_words_alone(text):
    paper = make_paper(title="A study")
    publish(paper)
    results = search(text, ALL)
    assert {ranked.paper for ranked in results.papers} <= {paper.pk}
    if "study" in text:
        assert found(text) == [paper.pk]


def test_a_stopped_run_skips_nobodys_turn(monkeypatch):
    publish(*[make_paper() for _ in range(6)])
    SearchEntry.objects.all().delete()
    monkeypatch.setattr(index, "AT_ONCE", 2)
    monkeypatch.setattr(index, "_recent_papers", lambda _today: set())
    write, parts = index._write, iter([True, False])

    def write_once(facts):
        if next(parts):
            return write(facts)
        raise OperationalError("the server went away")

    monkeypatch.setattr(index, "_write", write_once)
    with pytest.raises(OperationalError):
        index_changes(now=NOW)
    assert SearchEntry.objects.count() == 2
    monkeypatch.setattr(index, "_write", write)
    monkeypatch.setattr(index, "INDEXED_A_RUN", 2)
    assert [index_changes(now=NOW).counts["indexed"] for _ in range(3)] == [2, 2, 0]
    assert SearchEntry.objects.count() == 6


def test_words_are_counted_up_and_down():
    first, second = make_paper(title="Quasars"), make_paper(title="Quasars and pulsars")
    publish(first, second)
    counts = SearchTerm.objects.filter(word__in=["quasars", "pulsars"]).order_by("word")
    assert list(counts.values_list("papers", flat=True)) == [1, 2]
    Paper.objects.filter(pk=second.pk).update(is_withdrawn=True)
    index_papers(all_papers(), now=NOW)
    assert list(counts.values_list("papers", flat=True)) == [0, 1]
