"""What the public may see of a paper.

It has pages while an approved or frozen edition shows it, or once a digest held it: readers' own queries mail
papers of no edition. An editor who hides one wherever it is shown takes all of it back, also from who got it.
"""

import time
from functools import lru_cache

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from newsletter.images.pictures import stem_of
from newsletter.models import Edition, Entry, MailedPaper, Paper

LOOK_AGAIN = 60  # seconds that the answer is cached, because the mails of a whole morning load the picture
_READY = (Edition.State.APPROVED, Edition.State.FROZEN)


def public_paper(request: HttpRequest, arxiv_id: str) -> Paper:
    """The paper ``arxiv_id`` if ``request`` may see its pages, else 404.

    Staff look at what is not hidden before anybody else does.
    """
    paper = get_object_or_404(Paper, arxiv_id=arxiv_id)
    entries = list(Entry.objects.filter(paper=paper).values_list("is_hidden", "edition__state"))
    if any(not is_hidden and state in _READY for is_hidden, state in entries):
        return paper
    if any(is_hidden for is_hidden, _state in entries):
        raise Http404
    if MailedPaper.objects.filter(paper=paper).exists() or request.user.is_staff:
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
        ~Exists(entries.filter(is_hidden=False, edition__state__in=_READY)),
    ).exclude(image_url="")
    return frozenset(map(stem_of, hidden.values_list("image_url", flat=True)))
