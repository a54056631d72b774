"""The reading list: only behind the link that was mailed to the reader for it, which lasts for an hour."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from newsletter.errors import StateError
from newsletter.models import Paper
from newsletter.rendering import citations
from newsletter.rendering.citations import Citation
from newsletter.rendering.texts import clean
from subscriptions.models import FollowedPaper, SavedPaper
from subscriptions.readers import follows, saved
from subscriptions.readers.links import FEED, address
from subscriptions.readers.links import token as make_token
from subscriptions.web.pages import Visit, linked, refuse

ON_A_PAGE = 25
AUTHORS_NAMED = 10

_Writer = Callable[[Sequence[Citation]], str]
_FORMS: dict[str, tuple[_Writer, str]] = {
    "bib": (citations.write_bibtex, "application/x-bibtex; charset=utf-8"),
    "ris": (citations.write_ris, "application/x-research-info-systems; charset=utf-8"),
    "json": (citations.write_csl, "application/vnd.citationstyles.csl+json"),
    "md": (citations.write_markdown, "text/markdown; charset=utf-8"),
}


def newest_first(visit: Visit) -> "QuerySet[SavedPaper]":
    """What the reader saved, with the papers."""
    rows = SavedPaper.objects.filter(subscriber=visit.reader).select_related("paper")
    return rows.order_by("-saved_at", "-pk")


@linked("my-data")
def show(visit: Visit) -> HttpResponse:
    """The list, newest first, a page at a time; ``?q=`` finds words of titles and notes."""
    return _show(visit)


def _show(visit: Visit, *, done: str = "", removed: tuple[Paper, str] | None = None) -> HttpResponse:
    sought = visit.request.GET.get("q", "").replace("\0", "").strip()[:200]
    rows = newest_first(visit)
    if sought:
        rows = rows.filter(paper__title__icontains=sought) | rows.filter(note__icontains=sought)
    page = Paginator(rows, ON_A_PAGE).get_page(visit.request.GET.get("page", "1")[:6])
    followed = FollowedPaper.objects.filter(subscriber=visit.reader).select_related("paper").order_by("-at")
    is_followed = {row.paper_id for row in followed}
    context: dict[str, Any] = {
        "page": page,
        "sought": sought,
        "papers": [_shown(row, is_followed=row.paper_id in is_followed) for row in page],
        "has_any": bool(sought) or page.paginator.count > 0,
        "followed": [
            (row.paper.arxiv_id, clean(row.paper.title), row.paper.abstract_url) for row in followed
        ],
        "authors": follows.followed_authors(visit.reader),
        "feed": address("saved-feed", make_token(visit.reader, FEED)),
        "done": done,
    }
    if removed is not None:
        context |= {"removed_title": clean(removed[0].title), "undo": removed[1]}
    return visit.page("reading_list", **context)


def _shown(row: SavedPaper, *, is_followed: bool) -> dict[str, Any]:
    names = [clean(str(author)) for author in row.paper.authors[:AUTHORS_NAMED]]
    return {
        "id": row.pk,
        "arxiv_id": row.paper.arxiv_id,
        "title": clean(row.paper.title),
        "url": row.paper.abstract_url,
        "authors": ", ".join(name for name in names if name),
        "more_authors": max(len(row.paper.authors) - AUTHORS_NAMED, 0),
        "is_withdrawn": row.paper.is_withdrawn,
        "saved_at": row.saved_at,
        "note": row.note,
        "is_followed": is_followed,
    }


def _number(visit: Visit, name: str) -> int:
    text = visit.request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _list(visit: Visit) -> HttpResponse:
    return redirect(reverse("reading-list", args=[visit.token]))


@linked("my-data")
def note(visit: Visit) -> HttpResponse:
    """Keep what the reader wrote about a paper."""
    if not visit.acts:
        return _list(visit)
    text = visit.request.POST.get("note", "")
    if not saved.write_note(visit.reader, _number(visit, "saved"), text):
        return _show(visit, done=_("This paper is no longer on your list."))
    return _show(visit, done=_("Your note is saved."))


@linked("my-data")
def remove(visit: Visit) -> HttpResponse:
    """Take a paper off the list; the page offers to put it back."""
    if not visit.acts:
        return _list(visit)
    removed = saved.remove(visit.reader, _number(visit, "saved"), now=visit.now)
    if removed is None:
        return _show(visit, done=_("This paper is no longer on your list."))
    return _show(visit, removed=removed)


@linked("my-data")
def restore(visit: Visit) -> HttpResponse:
    """Put a paper back that was just removed, with its note."""
    if not visit.acts:
        return _list(visit)
    if not saved.restore(visit.reader, visit.request.POST.get("removed", "")[:20_000], now=visit.now):
        return refuse(visit.request, "used")
    return _show(visit, done=_("The paper is back on your list."))


@linked("my-data")
def follow(visit: Visit) -> HttpResponse:
    """Follow a paper (``paper``), or stop following it (``stop``) or an author (``author``)."""
    if not visit.acts:
        return _list(visit)
    sent = visit.request.POST
    if author := sent.get("author", "")[:300].replace("\0", ""):
        if author in follows.followed_authors(visit.reader):
            follows.unfollow_author(visit.reader, author, now=visit.now, origin=visit.origin)
            visit.reader.refresh_from_db()
        return _show(visit, done=_("You no longer follow this author."))
    paper = Paper.objects.filter(arxiv_id=sent.get("paper", "")[:32].replace("\0", "")).first()
    if paper is None:
        return refuse(visit.request, "broken")
    if "stop" in sent:
        follows.unfollow_paper(visit.reader, paper)
        return _show(visit, done=_("You no longer follow this paper."))
    try:
        follows.follow_paper(visit.reader, paper, now=visit.now)
    except StateError:
        return _show(visit, done=_("You already follow as many papers as you can."))
    return _show(visit, done=_("We will tell you about new versions of this paper."))


@linked("my-data")
def renew_feed(visit: Visit) -> HttpResponse:
    """Another address for the private feed; the one before ends."""
    if not visit.acts:
        return _list(visit)
    saved.renew_feed(visit.reader, FEED)
    return _show(visit, done=_("Your feed has a new address; the old one no longer works."))


@linked("my-data")
def export(visit: Visit, kind: str) -> HttpResponse:
    """The whole list as a file for programs that keep references, with the reader's notes."""
    write, content_type = _FORMS[kind]
    text = write([Citation.of(row.paper, note=row.note) for row in newest_first(visit)])
    answer = HttpResponse(text, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="paperpost.{kind}"'
    return answer
