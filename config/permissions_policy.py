"""The Permissions-Policy of all pages: what nothing on them may ask a browser for.

https://www.w3.org/TR/permissions-policy/; what is not named here keeps its default, such as writing to the
clipboard, by which a citation is copied.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_REFUSED = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture"),
    *("encrypted-media", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer"),
    *("microphone", "midi", "payment", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
)
POLICY = ", ".join(f"{feature}=()" for feature in _REFUSED)


def permissions_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: each answer carries :data:`POLICY`."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", POLICY)
        return response

    return answer
