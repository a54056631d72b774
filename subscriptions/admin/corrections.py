"""The pages of corrections: who had a paper, what they are told, a confirmation that names the number."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from newsletter.admin.shared import attempt, back_to, note, number, posted_number, require_permission
from newsletter.desk import corrections as drafting
from newsletter.errors import InvalidInput
from newsletter.languages import LANGUAGES
from newsletter.models import Correction, Paper
from newsletter.records import LONGEST_STATEMENT
from subscriptions.admin.previews import FRAME_POLICY
from subscriptions.corrections.reach import reach_of
from subscriptions.desk.corrections import Click, confirm_drafts, paper_reach, preview_html
from subscriptions.messages.as_sent import preview_as_sent
from subscriptions.models import Delivery
from subscriptions.web.mail_pages import page_of

PAGE = "subscriptions_delivery_correction"
WHICH = ("old", "new", "told")
_TELL = "newsletter.tell_correction"


def urls(wrap: Callable[..., Any], site: AdminSite) -> list[URLPattern]:
    """The addresses, below those of the deliveries; ``wrap`` asks who comes."""

    def page(request: HttpRequest, paper: int) -> HttpResponse:
        return correction_page(request, paper, site)

    def confirm(request: HttpRequest, paper: int) -> HttpResponse:
        return confirmation_page(request, paper, site)

    def framed(view: Callable[..., HttpResponse]) -> Any:
        return wrap(require_safe(xframe_options_sameorigin(view)))

    base = "correction/<int:paper>"
    return [
        path(f"{base}/", wrap(require_safe(page)), name=PAGE),
        path(f"{base}/act/", wrap(require_POST(act)), name=f"{PAGE}_act"),
        path(f"{base}/confirm/", wrap(require_safe(confirm)), name=f"{PAGE}_confirm"),
        path(f"{base}/tell/", wrap(require_POST(tell)), name=f"{PAGE}_tell"),
        path("correction/mail/<int:pk>/<str:which>/", framed(correction_mail), name=f"{PAGE}_mail"),
        path("<int:pk>/as-sent/", framed(sent_mail), name="subscriptions_delivery_as_sent"),
    ]


def correction_page(request: HttpRequest, paper: int, site: AdminSite) -> HttpResponse:
    """Who had the paper, in numbers; the drafts, and what was told before."""
    return _page(request, paper, site, template="admin/desk/correction.html", title="Corrections")


def confirmation_page(request: HttpRequest, paper: int, site: AdminSite) -> HttpResponse:
    """What will be told, to how many, with the cards as they were and as they are."""
    return _page(
        request, paper, site, template="admin/desk/correction_confirm.html", title="Tell the readers?"
    )


def _page(request: HttpRequest, paper: int, site: AdminSite, *, template: str, title: str) -> HttpResponse:
    require_permission(request, "newsletter.view_summary")
    row = get_object_or_404(Paper, pk=paper)
    context = {
        **site.each_context(request),
        "title": title,
        "paper": row,
        "reach": paper_reach(row),
        "longest": LONGEST_STATEMENT,
        "may_tell": request.user.has_perm(_TELL),
        "may_draft": request.user.has_perm("newsletter.change_summary"),
    }
    return TemplateResponse(request, template, context)


def _recall(request: HttpRequest, paper: Paper) -> str:
    languages = [code for code in reach_of(paper.pk) if code in LANGUAGES]
    if not languages:
        raise InvalidInput("Nobody has had this paper: there is nobody to tell.")
    drafting.draft_recall(paper.pk, languages, by=request.user, at=timezone.now())
    return "Drafted. Write the reasons, or leave them empty for the standard sentence."


def _from_change(request: HttpRequest, paper: Paper) -> str:
    language = request.GET.get("language", "")
    drafting.draft_from_last_change(paper.pk, language, by=request.user, at=timezone.now())
    return "Drafted from the last change. Look at both statements before you tell them."


def _save(request: HttpRequest, _: Paper) -> str:
    for name in request.POST:
        kind, _separator, key = name.partition("-")
        if kind == "right":
            old = request.POST.get(f"old-{key}", "")
            drafting.write_draft(number(key, otherwise=-1), old=old, right=request.POST[name])
    return "Saved."


def _drop(request: HttpRequest, _: Paper) -> str:
    drafting.drop_draft(posted_number(request, "draft"))
    return "Dropped: nothing is told."


ACTS: Mapping[str, tuple[Callable[[HttpRequest, Paper], str], str]] = {
    "recall": (_recall, "drafted a recall"),
    "change": (_from_change, "drafted a correction from the last change"),
    "save": (_save, "wrote corrections"),
    "go on": (_save, "wrote corrections"),
    "drop": (_drop, "dropped a draft of a correction"),
}


def act(request: HttpRequest, paper: int) -> HttpResponse:
    """Draft a correction or a recall, write its words, or drop it."""
    require_permission(request, "newsletter.change_summary")
    row = get_object_or_404(Paper, pk=paper)
    name = request.POST.get("act", "")
    if name not in ACTS:
        raise Http404
    do, entry = ACTS[name]
    is_done = attempt(request, lambda: do(request, row))
    if is_done:
        note(request, row, entry)
    return back_to(f"{PAGE}_confirm" if is_done and name == "go on" else PAGE, paper)


def tell(request: HttpRequest, paper: int) -> HttpResponse:
    """Confirm the drafts that the page named, with the number of readers that its button named."""
    require_permission(request, _TELL)
    row = get_object_or_404(Paper, pk=paper)
    click = Click(
        drafts=tuple([number(key, otherwise=-1) for key in request.POST.getlist("draft")]),
        readers=max(posted_number(request, "readers"), 0),
        has_mail=request.POST.get("mail") == "yes",
    )
    by_mail = " and by a mail of its own" if click.has_mail else ""
    done = f"{click.readers:,} readers are told by their next digest{by_mail}."
    if attempt(
        request,
        lambda: confirm_drafts(row, click, by=request.user, at=timezone.now()),
        done,
    ):
        note(request, row, f"confirmed corrections {list(click.drafts)}: {done}")
    return back_to(PAGE, paper)


def correction_mail(request: HttpRequest, pk: int, which: str) -> HttpResponse:
    """A card before or after, or the mail of its own, for a frame."""
    require_permission(request, "subscriptions.preview_digest")
    correction = get_object_or_404(Correction.objects.select_related("paper"), pk=pk)
    if which not in WHICH:
        raise Http404
    try:
        html = preview_html(correction, which, now=timezone.now())
    except InvalidInput as error:
        raise Http404(str(error)) from error
    return _framed(html)


def sent_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """A delivery with the revisions it carried, to nobody, with links that lead nowhere."""
    require_permission(request, "subscriptions.preview_digest")
    require_permission(request, "subscriptions.view_delivery")
    delivery = get_object_or_404(Delivery, pk=pk)
    try:
        html = preview_as_sent(delivery, to="reader@example.org").html
    except InvalidInput as error:
        raise Http404(str(error)) from error
    return _framed(html)


def _framed(html: str) -> HttpResponse:
    page = page_of(html)
    return HttpResponse(
        page.html, headers={"Content-Security-Policy": FRAME_POLICY.format(styles=page.styles)}
    )
