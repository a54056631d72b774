"""The operator's brand on pages: what templates see of it, its colours and pictures, the imprint."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path, re_path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from lib.colours import Shades
from newsletter.brand import brand_of_settings
from newsletter.share import icons
from newsletter.web.pages import page_language, speak

_public = cache_control(public=True, max_age=86_400)


def brand(_request: HttpRequest) -> dict[str, object]:
    """What every template of a page sees: ``brand``, its name as ``site``, and the page's own language."""
    own = brand_of_settings()
    return {"brand": own, "site": own.name, "interface_language": page_language()}


@require_safe
@_public
def colours(_request: HttpRequest) -> HttpResponse:
    """The style sheet that puts the operator's colours over those of ``site.css``."""
    own = brand_of_settings().colours
    dark = f"@media (prefers-color-scheme: dark) {{ {_variables(own.dark)} }}"
    return HttpResponse(f"{_variables(own.light)}\n{dark}\n", content_type="text/css; charset=utf-8")


def _variables(shades: Shades) -> str:
    return (
        f":root {{ --rust: {shades.accent}; --rust-deep: {shades.deep}; --rust-wash: {shades.wash}; "
        f"--on-colour: {shades.on}; }}"
    )


@require_safe
@_public
def stamp(_request: HttpRequest) -> HttpResponse:
    """The sign beside the name, in the operator's colour."""
    return _svg(icons.stamp().encode())


@require_safe
@_public
def favicon(_request: HttpRequest) -> HttpResponse:
    """The sign for browsers' tabs, at the address where all of them look."""
    return _picture(icons.favicon(), "image/x-icon")


@require_safe
@_public
def touch_icon(_request: HttpRequest) -> HttpResponse:
    """The sign for the home screens of Apple's devices."""
    return _picture(icons.icon(icons.TOUCH), "image/png")


@require_safe
@_public
def icon(_request: HttpRequest, size: str) -> HttpResponse:
    """The sign in a size that the manifest names."""
    return _picture(icons.icon(int(size)), "image/png")


@require_safe
@_public
def maskable_icon(_request: HttpRequest) -> HttpResponse:
    """The sign with room around it, for devices that cut icons to a shape of their own."""
    return _picture(icons.icon(max(icons.SIZES), is_maskable=True), "image/png")


@require_safe
@_public
def manifest(_request: HttpRequest) -> HttpResponse:
    """What a browser that installs the site shows (W3C, Web Application Manifest)."""
    own = brand_of_settings()
    version = f"?v={own.colours.light.accent[1:]}"
    shown = [
        {"src": f"/brand/icon-{size}.png{version}", "sizes": f"{size}x{size}", "type": "image/png"}
        for size in icons.SIZES
    ]
    largest = max(icons.SIZES)
    maskable = {
        "src": f"/brand/icon-maskable.png{version}",
        "sizes": f"{largest}x{largest}",
        "type": "image/png",
        "purpose": "maskable",
    }
    data = {
        "id": "/",
        "name": own.name,
        "short_name": own.name,
        "dir": own.direction,
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "background_color": "#f3efe7",  # --paper of site.css
        "theme_color": own.colours.light.accent,
        "icons": [*shown, maskable],
    }
    return JsonResponse(
        data, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False}
    )


@require_safe
@condition(etag_func=lambda _request: f'"{settings.SITE_LOGO.version}"' if settings.SITE_LOGO else None)
@_public
def logo(_request: HttpRequest) -> HttpResponse:
    """The operator's logo, the same address for ever: earlier mails show the one of today."""
    if not settings.SITE_LOGO:
        raise Http404
    return _picture(settings.SITE_LOGO.png, "image/png")


@require_safe
@_public
def sender(_request: HttpRequest) -> HttpResponse:
    """The square picture that a BIMI record of the sender's domain names."""
    if not settings.SENDER_PICTURE:
        raise Http404
    return _svg(settings.SENDER_PICTURE)


def _svg(data: bytes) -> HttpResponse:
    return _picture(data, "image/svg+xml")


def _picture(data: bytes, kind: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def imprint(request: HttpRequest) -> HttpResponse:
    """Who is responsible for this installation, in the operator's own words."""
    if not settings.IMPRINT_TEXT:
        raise Http404
    speak(request, request.GET.get("language", ""))
    return render(request, "web/imprint.html", {"imprint": settings.IMPRINT_TEXT})


urlpatterns = [
    path("favicon.ico", favicon, name="favicon"),
    path("apple-touch-icon.png", touch_icon, name="touch-icon"),
    path("site.webmanifest", manifest, name="manifest"),
    re_path(r"^brand/icon-(?P<size>192|512)\.png$", icon, name="brand-icon"),
    path("brand/icon-maskable.png", maskable_icon, name="brand-maskable-icon"),
    path("brand/colours.css", colours, name="brand-colours"),
    path("brand/stamp.svg", stamp, name="brand-stamp"),
    path("brand/logo.png", logo, name="brand-logo"),
    path("brand/sender.svg", sender, name="brand-sender"),
    path("imprint/", imprint, name="imprint"),
]
