"""The rows of an archive: papers, their editions day by day, summaries in several languages, readings.

Texts in English are the abstracts' own sentences. In other languages the papers of
``benchmarks/true_sentences`` have theirs, and of the rest a part has a frame around its own title.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from itertools import groupby
from typing import Any

from benchmarks._site_papers import Recorded

FRAMES = {
    "ko": "{title}: 이 논문이 다루는 내용을 짧게 정리했습니다.",
    "zh-Hans": "{title}：这篇论文的要点如下。",
    "ja": "{title}：本論文の要点をまとめました。",
    "ar": "{title}: ملخص لأهم ما جاء في هذه الورقة.",
}
EVERY = 8  # of how many papers one has a summary in the languages of FRAMES
HELD, HIDDEN, WITHDRAWN, READ, SECOND, MAILED = 500, 400, 700, 60, 12, 40
"""Of how many papers one is so: held, hidden, withdrawn, read in depth, in its second version, mailed."""


def build(papers: Sequence[Recorded]) -> None:
    """All rows of an empty database; :func:`catch_up` has what the product makes of them by itself."""
    from django.utils import timezone

    from benchmarks._site_search import add_summaries
    from newsletter.models import MailedPaper, Paper, RelatedPapers
    from newsletter.topics.assignment import add_missing_topics
    from newsletter.topics.catalogue import load_topics

    now = timezone.now()
    add_missing_topics(load_topics())
    shift = now.date() - max(paper.day for paper in papers)
    _insert(_papers(papers, shift))
    keys = dict(Paper.objects.values_list("arxiv_id", "pk"))
    _insert(_announcements(papers, keys, shift))
    _editions(papers, keys, shift, now)
    _insert(_summaries(papers, keys, now))
    _insert(_versions(papers, keys, shift))
    RelatedPapers.objects.bulk_create(_related(sorted(keys.values())), batch_size=2000)
    _readings(papers, keys, now)
    mailed = {keys[paper.id]: paper.day + shift for paper in (papers[0], *papers[::MAILED])}
    MailedPaper.objects.bulk_create(MailedPaper(paper_id=pk, since=day) for pk, day in sorted(mailed.items()))
    add_summaries(now)


def catch_up() -> None:
    """What tasks make of papers, where it is missing or out of date, then the planner's statistics."""
    from django.db import connection
    from django.utils import timezone

    from benchmarks._site_search import publish_searched
    from newsletter.features.corpus import take_in_features
    from newsletter.references.index import index_new
    from newsletter.search.index import all_papers, index_papers
    from newsletter.summaries.kept_extracts import keep_extracts

    now = timezone.now()
    publish_searched(now)
    with telling("extracts"):
        keep_extracts(now=now, most=sys.maxsize)
    with telling("the search's index"):
        index_papers(all_papers(), now=now)
    with telling("features"):
        while take_in_features(now=now).counts["papers"]:
            pass
    with telling("keys"):
        while index_new(most=50_000):
            pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Say on stderr how long something took."""
    began, own = time.perf_counter(), time.process_time()
    yield
    took, cpu = time.perf_counter() - began, time.process_time() - own
    sys.stderr.write(f"site: {what}: {took:.0f} s, {cpu:.0f} s of this process\n")


def _insert(rows: Iterable[Any]) -> None:
    from newsletter.intake.bulk import insert

    part: list[Any] = []
    for row in rows:
        part.append(row)
        if len(part) == 5000:
            insert(part)
            part = []
    insert(part)


def _noon(day: date) -> datetime:
    return datetime.combine(day, clock(12), UTC)


def _papers(papers: Sequence[Recorded], shift: timedelta) -> Iterator[Any]:
    from newsletter.models import Paper

    for at, paper in enumerate(papers):
        published = _noon(paper.day + shift) - timedelta(days=1, seconds=at % 3600)
        yield Paper(
            arxiv_id=paper.id,
            version=2 if at % SECOND == 0 else 1,
            title=paper.title,
            abstract=paper.abstract,
            authors=list(paper.authors),
            categories=list(paper.categories),
            primary_category=paper.categories[0],
            comment=paper.comment,
            published_at=published,
            updated_at=published,
            is_withdrawn=at % WITHDRAWN == 5,
            votes=paper.votes,
            code_url=paper.code_url,
            image_url=paper.image_url,
        )


def _announcements(papers: Sequence[Recorded], keys: dict[str, int], shift: timedelta) -> Iterator[Any]:
    from newsletter.models import Announcement

    for paper in papers:
        source = "huggingface" if paper.is_daily else "arxiv"
        yield Announcement(paper_id=keys[paper.id], source=source, kind="new", day=paper.day + shift)


def _editions(papers: Sequence[Recorded], keys: dict[str, int], shift: timedelta, now: datetime) -> None:
    from newsletter.models import Edition, Entry, Topic

    topics = dict(Topic.objects.values_list("slug", "pk"))
    (daily,) = Topic.objects.filter(listing="huggingface").values_list("slug", flat=True)
    editions: list[Any] = []
    entries: list[Any] = []
    number = 0
    for day, group in groupby(papers, key=lambda paper: paper.day):
        of_topic: dict[str, list[Recorded]] = {}
        for paper in group:
            for slug in (*paper.topics, *([daily] if paper.is_daily else [])):
                of_topic.setdefault(slug, []).append(paper)
        for slug, about in sorted(of_topic.items()):
            edition = Edition(
                topic_id=topics[slug],
                day=day + shift,
                state="frozen" if day < papers[-1].day else "approved",
                note={"en": "A word from the editor."} if len(editions) % 50 == 0 else {},
                composed_at=now,
                approved_at=now,
                candidates_count=len(about),
            )
            editions.append(edition)
            for position, paper in enumerate(about, 1):
                number += 1
                entries.append(
                    Entry(
                        edition=edition,
                        paper_id=keys[paper.id],
                        position=position,
                        is_hidden=keys[paper.id] % HIDDEN == 7,
                        matched=["study"],
                        strength=(number * 37 % 100) / 100,
                    )
                )
    Edition.objects.bulk_create(editions, batch_size=2000)
    for entry in entries:
        entry.edition_id = entry.edition.pk
    _insert(entries)


def _summaries(papers: Sequence[Recorded], keys: dict[str, int], now: datetime) -> Iterator[Any]:
    from benchmarks._true_sentences import sets

    own: dict[tuple[str, str], list[Any]] = {}
    for code, texts in sets().items():
        for sentence in texts.sentences:
            own.setdefault((sentence.paper, code), []).append(sentence)
    for at, paper in enumerate(papers):
        if not paper.topics and not paper.is_daily:
            continue
        pk = keys[paper.id]
        yield _english(paper, pk, now, is_held=at % HELD == 3)
        for code in sorted({code for known, code in own if known == paper.id} - {"en"}):
            said = own[paper.id, code]
            points = [{"text": each.text, "evidence": each.evidence} for each in said[1:]]
            yield _summary(pk, code, now, sentence=said[0].text, takeaways=points)
        for code, frame in FRAMES.items():
            if at % EVERY == 0 and (paper.id, code) not in own:
                text = frame.format(title=paper.title)
                points = [{"text": text, "evidence": paper.abstract[:80]}] * 3
                yield _summary(pk, code, now, title=text, sentence=text, takeaways=points)


def _english(paper: Recorded, pk: int, now: datetime, *, is_held: bool) -> Any:
    sentences = [f"{part.strip('. ')}." for part in paper.abstract.split(". ")]
    points = [{"text": each[:300], "evidence": each[:300]} for each in sentences[1:5]]
    state = "held" if is_held else "ready"
    return _summary(pk, "en", now, sentence=sentences[0][:300], takeaways=points, state=state)


def _summary(pk: int, code: str, now: datetime, **fields: Any) -> Any:
    from newsletter.grounding import count_compared
    from newsletter.models import Summary

    texts = [fields["sentence"], *[point["text"] for point in fields["takeaways"]]]
    values = {"state": "ready", "author": "model", "written_at": now, **fields}
    # The check counts them when it judges, and pages show what it counted.
    numbers = count_compared(texts, language=code)
    return Summary(paper_id=pk, language=code, checked_numbers=numbers, **values)


def _versions(papers: Sequence[Recorded], keys: dict[str, int], shift: timedelta) -> Iterator[Any]:
    from newsletter.models import PaperVersion

    for paper in papers[::SECOND]:
        for version in (1, 2):
            yield PaperVersion(
                paper_id=keys[paper.id],
                version=version,
                title=paper.title,
                abstract=paper.abstract if version == 2 else paper.abstract[:-200],
                updated_at=_noon(paper.day + shift) + timedelta(days=version),
                is_notable=version == 2,
            )


def _related(keys: Sequence[int]) -> Iterator[Any]:
    """As many neighbours as are kept of each paper: the next ones, which is nothing to how they are read."""
    from newsletter.archive.related import KEPT
    from newsletter.models import RelatedPapers

    for at, pk in enumerate(keys):
        near = [key for key in keys[max(at - KEPT, 0) : at + KEPT] if key != pk][:KEPT]
        yield RelatedPapers(paper_id=pk, nearest=[[key, 0.5, ["study", "robot"], []] for key in near])


def _readings(papers: Sequence[Recorded], keys: dict[str, int], now: datetime) -> None:
    from newsletter.models import Reading, ReadingText

    chosen = [paper for paper in papers[::READ] if paper.topics or paper.is_daily]
    readings = []
    for paper in chosen:
        sentences = [part for part in paper.abstract.split(". ") if part][:6]
        statements = [
            {
                "id": f"s{at}",
                "field": "idea" if at == 1 else "method",
                "text": f"{text}.",
                "evidence": text,
                "anchor": f"S{at}.p1",
                "section": f"{at} Method",
                "start": 0,
                "end": len(text),
            }
            for at, text in enumerate(sentences, 1)
        ]
        readings.append(
            Reading(
                paper_id=keys[paper.id],
                state="ready",
                origin="html",
                facts={"statements": statements, "results": []},
                wanted_at=now,
                read_at=now,
            )
        )
    Reading.objects.bulk_create(readings, batch_size=1000)
    _insert(
        ReadingText(
            reading_id=reading.pk,
            language="ko",
            texts=dict.fromkeys(
                (each["id"] for each in reading.facts["statements"]),
                FRAMES["ko"].format(title=paper.title),
            ),
            written_at=now,
        )
        for reading, paper in zip(readings, chosen, strict=True)
    )
