"""One digest of the bundled sample for one reader in four languages: what snapshots and browsers look at."""

import email
import email.policy
import uuid
from dataclasses import replace
from datetime import UTC, datetime, time

from django.test import override_settings

from newsletter.images import pictures
from newsletter.images.thumbnails import paint
from newsletter.models import Announcement, Paper, Summary
from subscriptions.digests import choose_batch
from subscriptions.messages import build_batch
from subscriptions.models import Delivery, Subscriber, Vote
from subscriptions.picks import NEW, Pick, Picks, by_author, by_words
from tests.day_of_2024 import draw_picture, load_sample
from tests.factories import NOW, make_edition, make_paper, make_subscriber, make_topic

LANGUAGES = ("en", "ko", "zh-Hans", "ja", "ar", "de", "hi")
SHOWN = ("2403.03163", "2403.03100", "2403.02545")
NAMED = ("2403.02709", "2403.02884")
PICTURE = "https://pictures.example/{}.png"

# The sample has no Arabic; these retell the same abstracts.
ARABIC = {
    "2403.03163": (
        "Design2Code: إلى أي مدى بلغت أتمتة هندسة الواجهات؟",
        "يقيس معيار من 484 صفحة حقيقية قدرة النماذج متعددة الوسائط على تحويل لقطة شاشة إلى شيفرة.",
        (
            "يعرض المعيار صفحات ويب حقيقية متنوعة اختيرت يدويًا لاختبار توليد الشيفرة من الصور.",
            "طُوِّرت مقاييس آلية تقارن الصفحة المولدة بالأصل، ودُعمت بتقييم بشري.",
            "تتأخر النماذج المفتوحة أساسًا في استرجاع العناصر المرئية وفي ترتيب التخطيط.",
        ),
    ),
    "2403.03100": (
        "NaturalSpeech 3: توليد الكلام دون أمثلة مسبقة بمرمّز ونماذج انتشار مفصّلة العوامل",
        "يقسّم النظام الكلام إلى محتوى وإيقاع وجرس وتفاصيل صوتية، ويولّد كل عامل بنموذج انتشار خاص به.",
        (
            "يفصل مرمّز عصبي موجة الكلام إلى فضاءات جزئية مستقلة.",
            "يولّد نموذج انتشار كل فضاء بحسب الموجّه الخاص به.",
            "تتحسن جودة الصوت والتشابه والوضوح مقارنة بالأنظمة السابقة.",
        ),
    ),
}


def sample_digest(language, *, with_pictures=True, folder=None):
    """The decoded parts (text, HTML) of the sample's digest, always the same for the same templates."""
    sample = load_sample()
    by_id = {paper["id"]: paper for paper in sample.papers}
    topics = [
        make_topic(
            "sample-vision",
            names={
                "en": "Computer Vision",
                "ko": "컴퓨터 비전",
                "zh-Hans": "计算机视觉",
                "ar": "الرؤية الحاسوبية",
            },
            colour="#0f766e",
        ),
        make_topic(
            "sample-generation",
            names={
                "en": "Generative Models",
                "ko": "생성 모델",
                "zh-Hans": "生成模型",
                "ar": "النماذج التوليدية",
            },
            colour="#7c3aed",
        ),
    ]
    rows = [store_paper(by_id[arxiv_id], sample, language) for arxiv_id in (*SHOWN, *NAMED)]
    note = {
        "en": "A good day for pictures: how they are made, and how they become code.",
        "ko": "그림을 만드는 법과 그림이 코드가 되는 법을 다룬 논문이 돋보이는 날입니다.",
        "zh-Hans": "今天的看点是图像：如何生成图像，又如何把图像变成代码。",
        "ar": "يوم حافل بالصور: كيف تُصنع، وكيف تتحول إلى شيفرة.",
    }
    for topic, papers, said in ((topics[0], rows, note), (topics[1], rows[1:2], {})):
        edition = make_edition(topic, papers, day=sample.day, note=said)
        edition.entries.update(matched=["image synthesis", "diffusion"] if topic is topics[1] else ["images"])
    reader = make_subscriber(
        "reader@example.org",
        public_id=uuid.UUID(int=20240306),
        topics=topics,
        language=language,
        size=len(SHOWN),
        queries=['author:"Diyi Yang"'],
    )
    now = datetime.combine(sample.day, time(9), tzinfo=UTC)
    with override_settings(MEDIA_ROOT=folder, REMOTE_PICTURES=False, SECRET_KEY="snapshots"):
        if with_pictures and folder is not None:
            for arxiv_id in SHOWN:
                card = draw_picture(arxiv_id)
                assert card is not None, "every paper that is shown has one"
                pictures.store(PICTURE.format(arxiv_id), paint(card))
        (choice,) = choose_batch([reader], now=now)
        assert choice.picks is not None
        row = Delivery.objects.create(
            subscriber=reader,
            day=choice.day,
            picks=liked_before(choice.picks, reader),
            language=language,
            created_at=now,
        )
        message = build_batch([row], now=now)[row.pk]
    parsed = email.message_from_bytes(message.data, policy=email.policy.default)
    text, html = (part.get_content() for part in parsed.iter_parts())
    return text.replace("\r\n", "\n"), html.replace("\r\n", "\n")


def liked_before(picks: Picks, reader: Subscriber) -> Picks:
    """The same picks for a reader who liked two papers of before."""
    liked = make_paper(
        day=None, title="Latent Diffusion for Speech That Nobody Has Recorded", authors=["Diyi Yang"]
    )
    Vote.objects.create(subscriber=reader, paper=liked, value=1, at=NOW)
    reasons = {
        "2403.03163": by_author("Diyi Yang", 4, liked=liked.pk),
        "2403.03100": by_words("diffusion models", liked=liked.pk),
        "2403.02545": NEW,
    }
    ids = dict(Paper.objects.values_list("pk", "arxiv_id"))
    papers = [Pick(pick.paper, (*pick.reasons, reasons[ids[pick.paper]])) for pick in picks.papers]
    return replace(picks, papers=tuple(papers))


def store_paper(found, sample, language):
    daily = found.get("daily", {})
    paper = Paper.objects.create(
        arxiv_id=found["id"],
        title=found["title"],
        abstract=found["abstract"],
        authors=found["authors"],
        categories=found["categories"],
        primary_category=found["categories"][0],
        comment=found.get("comment") or "",
        votes=daily.get("votes", 0),
        code_url=daily.get("code", ""),
        project_url=daily.get("project", ""),
        image_url=PICTURE.format(found["id"]) if found["id"] in SHOWN else "",
        video_url="https://videos.example/still.mp4" if found["id"] == "2403.03100" else "",
        published_at=found["published"],
    )
    Announcement.objects.create(paper=paper, source="huggingface", kind="daily", day=sample.day)
    written = sample.summaries.get((found["id"], language))
    if written is not None and found["id"] != "2403.02545":  # one comes as an extract, in every language
        Summary.objects.create(
            paper=paper,
            language=language,
            state="ready",
            author="editor" if found["id"] == "2403.03163" else "model",
            title=written.title,
            sentence=written.sentence,
            takeaways=[{"text": point.text, "evidence": point.evidence} for point in written.takeaways],
        )
    if language == "ar" and found["id"] in ARABIC:
        title, sentence, points = ARABIC[found["id"]]
        takeaways = [{"text": point, "evidence": "x"} for point in points]
        Summary.objects.create(
            paper=paper,
            language="ar",
            state="ready",
            author="editor",
            title=title,
            sentence=sentence,
            takeaways=takeaways,
        )
    return paper
