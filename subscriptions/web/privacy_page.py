"""What is kept of readers, why and for how long: the page that every footer leads to."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from newsletter.web.pages import page_language, speak
from newsletter.web.placement import Placement
from subscriptions.periods import Periods, current_periods


@require_http_methods(["GET", "HEAD"])
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept, why, for how long, and what votes do."""
    speak(request, request.GET.get("language", ""))
    place = Placement(
        path=f"/privacy/?language={page_language()}",
        title=_("Privacy"),
        description=_("What %(site)s keeps about its readers, and why.") % {"site": settings.SITE_NAME},
        language=page_language(),
        pattern="/privacy/?language={language}",
    )
    context = {
        "postal_address": settings.POSTAL_ADDRESS,
        "place": place,
        "periods": [(what, _days(days)) for what, days in _told_periods(current_periods())],
    }
    return render(request, "web/privacy.html", context)


def _told_periods(periods: Periods) -> list[tuple[str, int]]:
    """What readers are told of: what of the rows and mails is theirs, or may hold their words."""
    return [
        (_("Your digests, and what came back of them"), periods.deliveries),
        (_("Emails that came to us, such as bounces"), periods.mails),
        (_("An address that nobody confirmed"), periods.unconfirmed),
        (_("What you told us is wrong in a summary, once it is settled"), periods.reports),
    ]


def _days(number: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", number) % {"n": number}
