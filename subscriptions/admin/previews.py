"""Previews: an edition, or one reader's digest, as it will be sent; and a test to oneself."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from newsletter.admin.shared import attempt, number, require_permission
from newsletter.errors import InvalidInput
from newsletter.languages import LANGUAGES
from newsletter.models import Edition, Paper
from subscriptions.admin.masking import shown
from subscriptions.desk import edition_preview
from subscriptions.messages import previews
from subscriptions.models import Subscriber
from subscriptions.web.mail_pages import page_of

SIZE = 10
READERS_ASKED = 40
VIEWS = {"desktop": "Desktop", "phone": "Phone", "dark": "Dark", "text": "Text", "source": "Source"}
# A mail is a stranger's document: no script, no form, nothing from elsewhere but its pictures from here.
FRAME_POLICY = (
    "default-src 'none'; style-src {styles}; img-src 'self' data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups"
)


def urls(wrap: Callable[..., Any], site: AdminSite) -> list[URLPattern]:
    """The addresses, below those of the deliveries; ``wrap`` asks who comes."""

    def page(request: HttpRequest) -> HttpResponse:
        return preview_page(request, site)

    def reach(request: HttpRequest, paper: int) -> HttpResponse:
        return reach_page(request, paper, site)

    return [
        path("preview/", wrap(require_safe(page)), name="subscriptions_delivery_preview"),
        path(
            "preview/mail/",
            wrap(require_safe(xframe_options_sameorigin(preview_mail))),
            name="subscriptions_delivery_preview_mail",
        ),
        path("preview/test/", wrap(require_POST(send_test)), name="subscriptions_delivery_preview_test"),
        path("reach/<int:paper>/", wrap(require_safe(reach)), name="subscriptions_delivery_reach"),
    ]


def _wanted(values: Any) -> dict[str, str]:
    """What is previewed: ``edition`` and ``language``, or ``reader``."""
    names = ("edition", "language", "reader")
    return {name: values[name] for name in names if values.get(name)}


def _made(request: HttpRequest, wanted: dict[str, str]) -> previews.MailPreview:
    """The preview; raises InvalidInput when there is nothing to show."""
    require_permission(request, "subscriptions.preview_digest")
    now = timezone.now()
    if "reader" in wanted:
        require_permission(request, "subscriptions.view_subscriber")
        reader = get_object_or_404(Subscriber, pk=number(wanted["reader"]))
        to = reader.email if request.user.has_perm("subscriptions.see_addresses") else edition_preview.NOBODY
        return previews.preview(reader, day=None, now=now, to=to)
    edition = get_object_or_404(Edition.objects.select_related("topic"), pk=number(wanted.get("edition", "")))
    return edition_preview.preview_edition(edition, language=_language(wanted), size=SIZE, now=now)


def _language(wanted: dict[str, str]) -> str:
    code = wanted.get("language", "en")
    return code if code in LANGUAGES else "en"


def _own_address(request: HttpRequest) -> str:
    return str(getattr(request.user, "email", ""))


def preview_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """The frame around a mail, with a choice of how it is looked at."""
    require_permission(request, "subscriptions.preview_digest")
    wanted = _wanted(request.GET)
    view = request.GET.get("view", "desktop")
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": "Preview",
        "wanted": wanted,
        "language": _language(wanted),
        "languages": list(LANGUAGES.values()),
        "view": view if view in VIEWS else "desktop",
        "views": list(VIEWS.items()),
        "editions": Edition.objects.select_related("topic").order_by("-day", "topic__position")[:60],
        "chosen": number(wanted.get("edition", "")),
        "own_address": _own_address(request),
    }
    if wanted:
        try:
            preview = _made(request, wanted)
        except InvalidInput as error:
            context["problem"] = str(error)
        else:
            context |= {
                "subject": preview.message.subject,
                "recipient": preview.message.recipient,
                "size": len(preview.message.data),
                "mail": reverse("admin:subscriptions_delivery_preview_mail")
                + f"?{urlencode({**wanted, 'view': context['view']})}",
            }
            if context["view"] in ("text", "source"):
                context["written"] = _written(preview, context["view"])
    return TemplateResponse(request, "admin/desk/preview.html", context)


def _written(preview: previews.MailPreview, view: str) -> str:
    if view == "text":
        return preview.text
    return preview.message.data.decode("utf-8", "replace").replace("\r\n", "\n")


def preview_mail(request: HttpRequest) -> HttpResponse:
    """The mail itself, for a frame."""
    try:
        preview = _made(request, _wanted(request.GET))
    except InvalidInput as error:
        raise Http404(str(error)) from error
    html = edition_preview.darkened(preview.html) if request.GET.get("view") == "dark" else preview.html
    page = page_of(html)
    return HttpResponse(
        page.html, headers={"Content-Security-Policy": FRAME_POLICY.format(styles=page.styles)}
    )


def send_test(request: HttpRequest) -> HttpResponse:
    """Send the edition to the address of whoever is logged in, and to nobody else."""
    require_permission(request, "subscriptions.preview_digest")
    wanted = _wanted(request.POST)
    edition = get_object_or_404(Edition.objects.select_related("topic"), pk=number(wanted.get("edition", "")))
    address = _own_address(request)

    def send() -> str:
        subject = edition_preview.send_test(
            edition, language=_language(wanted), size=SIZE, address=address, now=timezone.now()
        )
        return f"Sent to {address}: {subject}"

    if address:
        attempt(request, send)
    else:
        messages.error(request, "Your account has no address; add one to it first.")
    where = reverse("admin:subscriptions_delivery_preview")
    return HttpResponseRedirect(f"{where}?{urlencode(wanted)}")


def reach_page(request: HttpRequest, paper: int, site: AdminSite) -> HttpResponse:
    """Who would get a paper, and why: those readers of its topics who are due next, each chosen for."""
    require_permission(request, "subscriptions.view_subscriber")
    row = get_object_or_404(Paper, pk=paper)
    topics = list(row.entries.values_list("edition__topic", flat=True).distinct())
    following = Subscriber.objects.active().filter(subscriptions__topic__in=topics)
    # The ids first: SQLite and PostgreSQL find them in the order of the index and stop.
    ids = list(
        following.order_by(F("next_due_at").asc(nulls_last=True)).values_list("pk", flat=True)[
            : READERS_ASKED * 4
        ]
    )
    readers = list(
        Subscriber.objects.filter(pk__in=list(dict.fromkeys(ids))[:READERS_ASKED]).order_by("next_due_at")
    )
    answers = edition_preview.who_gets(row.pk, readers, now=timezone.now()) if readers else []
    context = {
        **site.each_context(request),
        "title": "Who would get it",
        "paper": row,
        "answers": [(reader, shown(reader.email, request), answer) for reader, answer in answers],
        "asked": len(readers),
    }
    return TemplateResponse(request, "admin/desk/reach.html", context)
