"""The Content-Security-Policy of the desk, where untrusted texts are shown in privileged sessions."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# The theme's Alpine.js evaluates what stands in its attributes, and its charts and bars set their own styles.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:{pictures}; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "frame-ancestors 'self'; base-uri 'none'; object-src 'none'"
)


def desk_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: pages below ``/admin/`` get this policy unless they bring a stricter one of their own."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith("/admin/"):
            pictures = " https:" if settings.REMOTE_PICTURES else ""
            response.headers.setdefault("Content-Security-Policy", _POLICY.format(pictures=pictures))
        return response

    return answer
