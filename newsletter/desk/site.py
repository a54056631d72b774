"""The desk's site: Django admin behind a password and, where the operator asks for it, a second factor."""

import base64
from io import BytesIO
from typing import Any

import django_otp
import qrcode
import qrcode.image.svg
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from typing_extensions import override
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from newsletter.desk import drafts
from newsletter.desk.lookups import with_declared_lookups

RECOVERY_CODES = 8
LONGEST_CODE = 20
_SETTING_UP = "second-factor-being-set-up"  # in the session: the device whose key its page has shown


def _is_verified(request: HttpRequest) -> bool:
    verified = getattr(request.user, "is_verified", None)  # put there by OTPMiddleware
    return bool(verified is not None and verified())


class DeskSite(UnfoldAdminSite):  # type: ignore[misc] # the theme is untyped
    """Django's admin site; with ``STAFF_OTP`` a session needs the second factor besides the password."""

    @override
    def has_permission(self, request: HttpRequest) -> bool:
        allowed = bool(super().has_permission(request))
        return allowed and (not settings.STAFF_OTP or _is_verified(request))

    @override
    def register(self, model_or_iterable: Any, admin_class: type[Any] | None = None, **options: Any) -> None:
        super().register(model_or_iterable, with_declared_lookups(admin_class or ModelAdmin), **options)

    @override
    def get_urls(self) -> list[URLPattern]:
        return [
            path("second-factor/", self.second_factor, name="second_factor"),
            path("draft/", self.admin_view(self.draft), name="draft"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def draft(self, request: HttpRequest) -> HttpResponse:
        """Store what is being typed into a page, or discard it (``act=discard``) and return to the page."""
        page = request.POST.get("draft-page", "")
        if not page.startswith(reverse("admin:index")) or not url_has_allowed_host_and_scheme(page, None):
            return HttpResponseBadRequest()
        if request.POST.get("act") == "discard":
            drafts.drop(request.user, page)
            return HttpResponseRedirect(page)
        drafts.keep(request.user, page, request.POST, now=timezone.now())
        return HttpResponse(status=204)

    @override
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if self._waits_for_factor(request):
            target = request.GET.get(REDIRECT_FIELD_NAME, "")
            return HttpResponseRedirect(
                f"{reverse('admin:second_factor')}?{urlencode({REDIRECT_FIELD_NAME: target})}"
            )
        answer: HttpResponse = super().login(request, extra_context)
        return answer

    def _waits_for_factor(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(settings.STAFF_OTP and user.is_active and user.is_staff and not _is_verified(request))

    @method_decorator(never_cache)
    def second_factor(self, request: HttpRequest) -> HttpResponse:
        """GET shows the code's form, or how to set the factor up; POST checks the code."""
        if not self._waits_for_factor(request):
            return redirect("admin:index")
        user = request.user
        has_device = bool(list(django_otp.devices_for_user(user)))
        problem = ""
        if request.method == "POST":
            code = request.POST.get("code", "").strip()[:LONGEST_CODE]
            device = django_otp.match_token(user, code) if has_device else _confirm(request, code)
            if device is not None:
                django_otp.login(request, device)
                if not has_device:
                    codes = _new_recovery_codes(user)
                    messages.success(
                        request,
                        f"The second factor is set up. Write these recovery codes down: {', '.join(codes)}",
                    )
                return HttpResponseRedirect(_target(request))
            problem = "This code is not right, or too many were tried; wait for the next one."
        context: dict[str, Any] = {
            **self.each_context(request),
            "title": "Second factor",
            "known": has_device,
            "problem": problem,
            "target": request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, ""),
        }
        if not has_device and request.method != "POST":
            device = _new_device(request)
            context["qr"] = _drawn(device.config_url)
            context["key"] = base64.b32encode(device.bin_key).decode()
        return TemplateResponse(request, "admin/desk/second_factor.html", context)


@transaction.atomic
def _new_device(request: HttpRequest) -> TOTPDevice:
    """A device with a key that nobody has seen: whoever looked at an earlier page has no key of this one.

    A stranger who knows the password could otherwise copy the key and wait until its owner enrols with it.
    """
    TOTPDevice.objects.filter(user=request.user, confirmed=False).delete()
    device = TOTPDevice.objects.create(user=request.user, name="app", confirmed=False)
    request.session[_SETTING_UP] = device.pk
    return device


def _confirm(request: HttpRequest, code: str) -> Any:
    """The device that this session was shown, if ``code`` proves that the app has it."""
    with transaction.atomic():
        shown = TOTPDevice.objects.filter(user=request.user, pk=request.session.get(_SETTING_UP))
        device = shown.select_for_update().filter(confirmed=False).first()
        if device is None or not device.verify_is_allowed()[0] or not device.verify_token(code):
            return None
        device.confirmed = True
        device.save()
        TOTPDevice.objects.filter(user=request.user, confirmed=False).delete()
        del request.session[_SETTING_UP]
        return device


def _new_recovery_codes(user: Any) -> list[str]:
    device, _ = StaticDevice.objects.get_or_create(user=user, name="recovery codes")
    device.token_set.all().delete()
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def _target(request: HttpRequest) -> str:
    wanted = request.POST.get(REDIRECT_FIELD_NAME, "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("admin:index")


def _drawn(text: str) -> str:
    """``text`` as a QR code, a data URI."""
    drawn = BytesIO()
    qrcode.make(text, image_factory=qrcode.image.svg.SvgPathImage).save(drawn)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()
