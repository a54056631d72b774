"""Notices proxies in front that the settings do not believe."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from operations.proxies import Notes, is_unbelieved


def notice_unbelieved_proxy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: note that a near proxy passed a request on while ``PROXY_HOPS`` is 0."""
    notes = Notes()

    def answer(request: HttpRequest) -> HttpResponse:
        if is_unbelieved(request.META):
            notes.note()
        return get_response(request)

    return answer
