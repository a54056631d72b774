"""What the benchmark of the site serves: Paperpost, and beside it the floor, a bare Django list of papers."""

from django.http import HttpResponse
from django.template import Context, Engine
from django.urls import include, path
from django.views.generic import ListView

from newsletter.models import Paper

TEMPLATE = Engine().from_string(
    "<!DOCTYPE html><title>Papers</title><ul>{% for paper in page_obj %}<li><h2>{{ paper.title }}</h2>"
    "<p>{{ paper.authors|join:', ' }}<p>{{ paper.abstract }}{% endfor %}</ul>"
    "{% if page_obj.has_next %}<a href='?page={{ page_obj.next_page_number }}'>Next</a>{% endif %}"
)


class BareList(ListView):  # type: ignore[type-arg]  # at run time it takes no argument
    """Django's own list view of all papers, newest first, in pages of twelve."""

    queryset = Paper.objects.order_by("-published_at")
    paginate_by = 12

    def render_to_response(self, context: dict[str, object], **_: object) -> HttpResponse:
        """The page, rendered at once."""
        return HttpResponse(TEMPLATE.render(Context(context)))


urlpatterns = [path("bare/", BareList.as_view()), path("", include("config.urls"))]
