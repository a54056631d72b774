"""All of a day: its papers in one list, with buttons that act on every edition of the day."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from newsletter.admin.shared import (
    attempt,
    note_context,
    number,
    posted_number,
    require_permission,
    saved_by,
    settle_draft,
    typed_notes,
)
from newsletter.desk import whole_day
from newsletter.desk.curation import Desk
from newsletter.desk.day_sheet import common_note, load_day
from newsletter.desk.paper_by_id import find_paper
from newsletter.models import Edition

Act = Callable[[date, Desk, HttpRequest], int | str]


def _add(day: date, desk: Desk, request: HttpRequest) -> int:
    def find(text: str) -> Any:
        return find_paper(text, now=desk.at)

    return whole_day.add_paper(day, desk, arxiv_id=request.POST.get("arxiv_id", ""), find=find)


def _note(day: date, desk: Desk, request: HttpRequest) -> int:
    """Writes only the changed notes: a field is empty where editions have different notes, which stay."""
    shared = common_note(list(Edition.objects.filter(day=day)))
    typed = {code: text.strip() for code, text in typed_notes(request).items()}
    changed = {code: text for code, text in typed.items() if text != shared.get(code, "")}
    return whole_day.write_note(day, desk, notes=changed)


def _paper(act: Callable[..., int], **fixed: Any) -> Act:
    return lambda day, desk, request: act(day, desk, paper=posted_number(request, "entry"), **fixed)


# By the value of a button's field ``act``: what it does, and what is said of the editions it changed.
ACTS: dict[str, tuple[Act, str]] = {
    "approve": (lambda day, desk, _: whole_day.approve(day, desk), "approved"),
    "hold": (lambda day, desk, _: whole_day.hold(day, desk), "held: no reader gets it until it is approved"),
    "reopen": (lambda day, desk, _: whole_day.reopen(day, desk), "back to draft"),
    "undo": (lambda day, desk, _: f"Undone: {whole_day.undo(day, desk)}", ""),
    "note": (_note, "annotated"),
    "add": (_add, "given the paper"),
    "pin": (_paper(whole_day.pin), "with the paper first"),
    "unpin": (_paper(whole_day.pin, pinned=False), "without the pin"),
    "hide": (_paper(whole_day.hide), "without the paper"),
    "recall": (_paper(whole_day.recall), "without the paper, and no digest that is not sent yet has it"),
    "put back": (_paper(whole_day.recall, recalled=False), "showing the paper again"),
    "show": (_paper(whole_day.hide, hidden=False), "showing the paper again"),
    "move": (
        lambda day, desk, request: whole_day.move(
            day, desk, paper=posted_number(request, "entry"), to=posted_number(request, "to")
        ),
        "put in the new order",
    ),
    "merge": (
        lambda day, desk, request: whole_day.merge(
            day, desk, paper=posted_number(request, "entry"), into=posted_number(request, "into")
        ),
        "without the double",
    ),
}


def urls(wrap: Callable[..., Any], site: AdminSite) -> list[URLPattern]:
    """The URL patterns, below those of the editions; ``wrap`` checks the user's permission."""

    def page(request: HttpRequest, day: str) -> HttpResponse:
        return day_page(request, day, site)

    def act(request: HttpRequest, day: str) -> HttpResponse:
        return act_on_day(request, day, site)

    return [
        path("day/<str:day>/", wrap(require_safe(page)), name="newsletter_edition_day"),
        path("day/<str:day>/act/", wrap(require_POST(act)), name="newsletter_edition_day_act"),
    ]


def _asked(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise Http404 from None


def day_page(request: HttpRequest, day: str, site: AdminSite, *, status: int = 200) -> HttpResponse:
    """Every paper of the day, whatever its topics, with the user's unsaved drafts."""
    require_permission(request, "newsletter.view_edition")
    chosen_day = _asked(day)
    sheet = load_day(chosen_day, page=number(request.GET.get("p", ""), otherwise=1))
    page_path = reverse("admin:newsletter_edition_day", args=[chosen_day.isoformat()])
    context = {
        **site.each_context(request),
        "title": f"All of {chosen_day:%A %d %B %Y}",
        "opts": Edition._meta,
        "sheet": sheet,
        **note_context(request, page_path, list(sheet.notes)),
        "page_numbers": range(1, sheet.pages + 1),
        "may_change": sheet.is_open and request.user.has_perm("newsletter.change_edition"),
        "may_recall": request.user.has_perm("newsletter.change_edition"),
        "may_reach": request.user.has_perm("subscriptions.view_subscriber"),
    }
    return TemplateResponse(request, "admin/desk/day.html", context, status=status)


def act_on_day(request: HttpRequest, day: str, site: AdminSite) -> HttpResponse:
    """Do what one button of the page says, if the day still has the revision that the page showed."""
    require_permission(request, "newsletter.change_edition")
    chosen_day, name = _asked(day), request.POST.get("act", "")
    if name not in ACTS:
        raise Http404
    act, outcome = ACTS[name]
    desk = Desk(by=request.user, at=timezone.now(), revision=posted_number(request, "revision"))

    def do() -> str:
        result = act(chosen_day, desk, request)
        return (
            result
            if isinstance(result, str)
            else f"{result} {'edition' if result == 1 else 'editions'}: {outcome}."
        )

    is_done = attempt(request, do)
    page_path = reverse("admin:newsletter_edition_day", args=[chosen_day.isoformat()])
    settle_draft(request, page_path, saved=saved_by(name), done=is_done)
    if name == "note" and not is_done:
        return day_page(request, day, site, status=409)
    page, paper = posted_number(request, "p"), posted_number(request, "entry")
    query = f"?p={page}" if page > 1 else ""
    return HttpResponseRedirect(f"{page_path}{query}" + (f"#entry-{paper}" if paper > 0 else ""))
