"""Pages that show the caught mail. They are part of the site only while ``DEBUG`` is on."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Self

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.text import get_valid_filename
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

SHOWN = 200

# The markup of a mail is untrusted: it is shown in a frame without scripts, forms and access to the site.
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


@dataclass(frozen=True)
class CaughtMail:
    """One ``.eml`` file, parsed."""

    name: str
    source: bytes
    message: EmailMessage

    @classmethod
    def read(cls, file: Path) -> Self:
        """The mail in ``file``."""
        source = file.read_bytes()
        message = message_from_bytes(source, policy=default)
        assert isinstance(message, EmailMessage)  # noqa: S101 - what the default policy promises
        return cls(name=file.stem, source=source, message=message)

    def body(self, kind: str) -> str:
        """The part of ``kind`` ("html" or "plain"); empty if there is none."""
        part = self.message.get_body(preferencelist=(kind,))
        return str(part.get_content()) if part else ""

    @property
    def html(self) -> str:
        """The HTML part; empty if there is none."""
        return self.body("html")

    @property
    def text(self) -> str:
        """The plain text part; empty if there is none."""
        return self.body("plain")

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Names and values, decoded, in their order."""
        return [(name, str(value)) for name, value in self.message.items()]


def _file(name: str) -> Path:
    file = Path(settings.OUTBOX_DIR) / f"{get_valid_filename(name)}.eml"
    if not file.is_file():
        raise Http404("There is no such mail.")
    return file


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """The latest caught mails."""
    files = sorted(Path(settings.OUTBOX_DIR).glob("*.eml"), reverse=True)
    mails = [CaughtMail.read(file) for file in files[:SHOWN]]
    return render(request, "web/mail/list.html", {"mails": mails, "count": len(files)})


@require_safe
def mail_detail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail with its headers and parts."""
    return render(request, "web/mail/detail.html", {"mail": CaughtMail.read(_file(name))})


@require_safe
@xframe_options_sameorigin
def mail_html(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001 - as Django calls a view
    """The HTML part of one mail, for the frame."""
    return HttpResponse(CaughtMail.read(_file(name)).html, headers={"Content-Security-Policy": FRAME_POLICY})


@require_safe
def mail_source(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001 - as Django calls a view
    """The source of one mail."""
    return HttpResponse(_file(name).read_bytes(), content_type="text/plain; charset=utf-8")


urlpatterns = [
    path("", mail_list, name="mail-list"),
    path("<str:name>/", mail_detail, name="mail-detail"),
    path("<str:name>/html/", mail_html, name="mail-html"),
    path("<str:name>/source/", mail_source, name="mail-source"),
]
