"""What a link to the sign-up form brings along: topics (``topics=SLUG``), and a paper like one's own work."""

from typing import Any

from django.http import HttpRequest

from newsletter.archive.public import public_papers
from newsletter.models import Topic
from newsletter.rendering.texts import clean

MOST_TOPICS = 10


def prefilled_topics(request: HttpRequest) -> dict[str, Any]:
    """The form's initial topics: those of the address that can be chosen."""
    slugs = [slug[:60].replace("\0", "") for slug in request.GET.getlist("topics")[:MOST_TOPICS]]
    if not slugs:
        return {}
    active = Topic.objects.active().filter(slug__in=slugs)
    return {"topics": list(active.values_list("slug", flat=True))}


def prefilled_start(request: HttpRequest) -> dict[str, str]:
    """What stands in "I work on…": the title of the public paper that the address names."""
    arxiv_id = request.GET.get("paper", "")[:32].replace("\0", "")
    paper = public_papers().filter(arxiv_id=arxiv_id).first() if arxiv_id else None
    return {"start_text": clean(paper.title)} if paper else {}
