"""Our copies of papers' pictures, as mails and pages load them: the same bytes for everybody, for ever."""

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from newsletter.images.pictures import content_type, folder
from newsletter.web.caching import KEPT_ELSEWHERE
from newsletter.web.openness import is_taken_back

_A_YEAR = 31_536_000  # seconds


@require_safe
def picture(_request: HttpRequest, name: str) -> FileResponse:
    """The stored picture ``name``. Its address holds the hash of where it came from: it never changes.

    Whoever has it keeps it; a cache that serves others asks again, for an editor may hide the paper.
    """
    kind = content_type(name)
    path = folder() / name
    if kind is None or not path.is_file() or is_taken_back(name):
        raise Http404
    response = FileResponse(path.open("rb"), content_type=kind)
    response["Cache-Control"] = f"public, max-age={_A_YEAR}, s-maxage={KEPT_ELSEWHERE}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response
