"""Who may see the pages of a paper (:mod:`newsletter.archive.public` says which papers are public)."""

import time
from functools import lru_cache

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from newsletter.archive.public import READY, public_papers
from newsletter.images.pictures import stem_of
from newsletter.models import Entry, Paper
from newsletter.web.caching import KEPT_HERE

LOOK_AGAIN = KEPT_HERE  # seconds: the mails of a whole morning load the picture


def public_paper(request: HttpRequest, arxiv_id: str) -> Paper:
    """The paper ``arxiv_id`` if ``request`` may see its pages, else 404.

    Staff look at what is not hidden before anybody else does.
    """
    public = public_papers().filter(arxiv_id=arxiv_id).first()
    if public is not None:
        return public
    paper = get_object_or_404(Paper, arxiv_id=arxiv_id)
    if request.user.is_staff and not Entry.objects.filter(paper=paper, is_hidden=True).exists():
        return paper
    raise Http404


def is_taken_back(picture: str) -> bool:
    """Whether our copy ``picture`` (a file's name) is of a paper that editors hid wherever it was shown."""
    return picture.partition(".")[0] in _taken_back(int(time.monotonic() // LOOK_AGAIN))


@lru_cache(maxsize=1)
def _taken_back(_period: int) -> frozenset[str]:
    entries = Entry.objects.filter(paper=OuterRef("pk"))
    hidden = Paper.objects.filter(
        Exists(entries.filter(is_hidden=True)),
        ~Exists(entries.filter(is_hidden=False, edition__state__in=READY)),
    ).exclude(image_url="")
    return frozenset(map(stem_of, hidden.values_list("image_url", flat=True)))
