"""Save a paper, follow it or its authors: behind the link of a card in a mail.

A digest that was passed on has this link too. It may put something on the reader's list; it shows nothing
that is there, and whether a paper was there before is not told.
"""

from typing import Any

from django.http import HttpResponse

from newsletter.errors import StateError
from newsletter.models import Paper
from newsletter.rendering.texts import clean
from subscriptions.models import Subscriber
from subscriptions.readers import follows, saved
from subscriptions.readers.queries import LineError
from subscriptions.web.my_data import mail_link
from subscriptions.web.pages import Visit, linked, refuse
from subscriptions.web.way_back import way_back

AUTHORS_OFFERED = 12


def paper_of(visit: Visit) -> Paper | None:
    """The paper that the query ``?paper=ARXIV_ID`` names; None if there is none."""
    return Paper.objects.filter(arxiv_id=visit.request.GET.get("paper", "")[:32].replace("\0", "")).first()


def offered_authors(paper: Paper) -> list[str]:
    """The authors who can be followed with one press: the first and the last, who often leads a group."""
    names = list(dict.fromkeys(name for author in paper.authors if (name := clean(str(author)))))
    return names if len(names) <= AUTHORS_OFFERED else [*names[: AUTHORS_OFFERED - 1], names[-1]]


def keeping(reader: Subscriber, paper: Paper) -> dict[str, Any]:
    """What a page needs to offer to keep and to follow ``paper``, and the way back to the digest."""
    return {
        "paper": paper,
        "title": clean(paper.title),
        "authors": offered_authors(paper),
        **way_back(reader, paper),
    }


@linked("vote")
def save(visit: Visit) -> HttpResponse:
    """A page with a button, and what the button does: the paper is on the reading list."""
    paper = paper_of(visit)
    if paper is None:
        return refuse(visit.request, "broken")
    if not visit.acts:
        return visit.page("save", **keeping(visit.reader, paper))
    try:
        saved.save(visit.reader, paper, now=visit.now)
    except StateError:
        return visit.page("save", status=409, is_full=True, **keeping(visit.reader, paper))
    return visit.page("saved", **keeping(visit.reader, paper))


@linked("vote")
def follow(visit: Visit) -> HttpResponse:
    """Hear of new versions of a paper (``what=paper``) or of papers by one of its authors (``author=NAME``).

    With ``stop`` no longer. A visit without a press only shows what can be followed.
    """
    paper = paper_of(visit)
    if paper is None:
        return refuse(visit.request, "broken")
    sent = visit.request.POST
    author = clean(sent.get("author", "")[:300])
    if not visit.acts:
        return visit.page("save", **keeping(visit.reader, paper))
    try:
        done = _follow(visit, paper, author, stops="stop" in sent)
    except StateError:
        return visit.page("follow_full", status=409, **keeping(visit.reader, paper))
    except LineError:
        done = False
    if not done:
        return refuse(visit.request, "broken")
    return visit.page("followed", author=author, has_stopped="stop" in sent, **keeping(visit.reader, paper))


def _follow(visit: Visit, paper: Paper, author: str, *, stops: bool) -> bool:
    """Do what was pressed; whether it could be understood."""
    if visit.request.POST.get("what") == "paper":
        if stops:
            follows.unfollow_paper(visit.reader, paper)
        else:
            follows.follow_paper(visit.reader, paper, now=visit.now)
        return True
    if not author or author not in map(clean, map(str, paper.authors)):
        return False
    change = follows.unfollow_author if stops else follows.follow_author
    change(visit.reader, author, now=visit.now, origin=visit.origin)
    return True


@linked("vote")
def ask(visit: Visit) -> HttpResponse:
    """The way to the reading list: its link is mailed to the reader, whoever presses the button."""
    if not visit.acts:
        return visit.page("ask_reading_list")
    return mail_link(visit)
