"""What the summaries of one real day take in tokens: for 10 readers in two languages, for 1,000 in eight.

The day is recorded (10 April 2026: arXiv's cs.AI, cs.CL, cs.CV and cs.LG, and Hugging Face's list). Which
summaries its digests need is the program's own choice. Counted are the tokens of the questions that would be
asked of the recorded abstracts, and for renderings, answers and the second look those of the bundled sample,
on average. The tokenizer is o200k where ``bpe-openai`` is installed, else four characters count as one.
"""

import json
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from benchmarks._week import RECORDED, announce, environment, list_daily, records_by_day

DAY = date(2026, 4, 10)
READERS = {10: ("en", "ko"), 1000: ("en", "ko", "zh-Hans", "ja", "ar", "de", "fr", "es")}
TOPICS_EACH = 3
SIZE = 10
SEED = 20260410


def token_counter() -> tuple[str, Callable[[str], int]]:
    """The tokenizer's name, and how it counts."""
    try:
        import bpe_openai
    except ImportError:
        return "4 characters", lambda text: len(text) // 4
    encoding = bpe_openai.get_encoding("o200k_base")
    return "o200k_base", lambda text: len(encoding.encode(text))


def sign_up(count: int, languages: tuple[str, ...]) -> None:
    """Readers who follow a few of the topics in computer science each, ten papers a day."""
    from newsletter.models import Topic
    from subscriptions.models import Subscriber, Subscription

    chance = random.Random(SEED)
    topics = list(Topic.objects.active().order_by("position")[:20])
    for number in range(count):
        reader = Subscriber.objects.create(
            email=f"reader{number}@example.org",
            state="active",
            language=languages[number % len(languages)],
            size=SIZE,
            next_due_at=datetime.combine(DAY, datetime.min.time(), UTC),
        )
        Subscription.objects.bulk_create(
            Subscription(subscriber=reader, topic=topic) for topic in chance.sample(topics, TOPICS_EACH)
        )


def needed(count: int) -> set[tuple[int, str]]:
    """The pairs of a paper and a language that the digests of ``count`` readers show on the day."""
    import time_machine

    from newsletter import tasks
    from newsletter.models import SummaryDemand
    from subscriptions import tasks as people
    from subscriptions.models import Subscriber

    Subscriber.objects.all().delete()
    SummaryDemand.objects.all().delete()
    sign_up(count, READERS[count])
    with time_machine.travel(datetime.combine(DAY, datetime.min.time(), UTC).replace(hour=6), tick=False):
        tasks.compose_due()
        tasks.approve_due()
        people.publish_demand()
    return set(SummaryDemand.objects.values_list("paper_id", "language"))


class Prices:
    """Tokens asked and answered: of an English summary, of a rendering, of the second look at a paper."""

    def __init__(self, count: Callable[[str], int]) -> None:
        from newsletter.grounding import Source
        from newsletter.summaries.forms import PromptInput, SummaryForm, request
        from newsletter.summaries.second_look import SupportQuestion, request_on
        from services.sample import LANGUAGES, load_sample
        from services.sample.model import SampleModel

        sample = load_sample()
        model = SampleModel(sample)
        self._count = count
        self._source, self._input, self._form, self._request = Source, PromptInput, SummaryForm, request
        asked: dict[str, list[int]] = {code: [] for code in LANGUAGES}
        answered: dict[str, list[int]] = {code: [] for code in LANGUAGES}
        looked: list[int] = []
        for paper in sample.papers:
            source, english = Source(paper["title"], paper["abstract"]), sample.summaries[paper["id"], "en"]
            for code in LANGUAGES:
                form = SummaryForm.of(mode="shared", language=code)
                question = request(form, PromptInput(source, code, english=None if code == "en" else english))
                texts = [message.content for message in question.messages]
                asked[code].append(sum(map(count, texts)))
                answered[code].append(count(json.dumps(model.answer(*texts), ensure_ascii=False)))
            statements = [(english.sentence, english.sentence_evidence)]
            statements += [(point.text, point.evidence) for point in english.takeaways]
            statements.append(statements[-1])  # one that is false on purpose
            looks = (request_on(SupportQuestion("", text, passage)) for text, passage in statements)
            looked.append(sum(count(message.content) + 1 for look in looks for message in look.messages))
        self._asked = {code: statistics.fmean(tokens) for code, tokens in asked.items()}
        self._answered = {code: statistics.fmean(tokens) for code, tokens in answered.items()}
        self._others = [code for code in LANGUAGES if code != "en"]
        self.look = statistics.fmean(looked)

    def of(self, title: str, abstract: str, code: str) -> tuple[float, float]:
        """Tokens asked and answered for one paper in one language; of English with the second look."""
        if code != "en":
            asked, answered = self._asked, self._answered
            known = [code] if code in asked else self._others
            return statistics.fmean(asked[each] for each in known), statistics.fmean(
                answered[each] for each in known
            )
        question = self._request(self._form.FACTS, self._input(self._source(title, abstract), "en"))
        return sum(self._count(message.content) for message in question.messages) + self.look, self._answered[
            "en"
        ]


def main() -> int:
    """Print the figures of both numbers of readers."""
    if not RECORDED.is_dir():
        sys.stderr.write(f"costs: the recorded data is not at {RECORDED}.\n")
        return 0
    with tempfile.TemporaryDirectory(prefix="paperpost-costs-") as folder:
        os.environ.update(environment(Path(folder), "http://127.0.0.1:9/v1") | {"SUMMARY_MODE": "shared"})
        import django

        django.setup()
        from django.core.management import call_command

        from newsletter.models import Paper
        from newsletter.topics.assignment import add_missing_topics
        from newsletter.topics.catalogue import load_topics

        call_command("migrate", verbosity=0)
        add_missing_topics(load_topics())
        announce(DAY, records_by_day().get(DAY, ()))
        list_daily(DAY)
        papers = {
            pk: (title, text) for pk, title, text in Paper.objects.values_list("pk", "title", "abstract")
        }
        tokenizer, count = token_counter()
        prices = Prices(count)
        for readers, languages in READERS.items():
            pairs = needed(readers)
            pairs |= {(paper, "en") for paper, _ in pairs}  # every language is made from the English summary
            tokens = [prices.of(*papers[paper], code) for paper, code in pairs]
            say(
                f"tokens_a_day_{readers}",
                round(sum(asked + answered for asked, answered in tokens)),
                asked=round(sum(asked for asked, _ in tokens)),
                answered=round(sum(answered for _, answered in tokens)),
                papers=len({paper for paper, _ in pairs}),
                summaries=len(pairs),
                announced=len(papers),
                languages=list(languages),
                tokenizer=tokenizer,
            )
    return 0


def say(name: str, value: float, **more: Any) -> None:
    """Print one figure as a line of JSON."""
    sys.stdout.write(json.dumps({"name": f"costs.{name}", "value": value, "unit": "tokens", **more}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
