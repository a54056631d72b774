"""Topics with a live tester of their queries, and the glossary."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from typing_extensions import override

from newsletter.admin.draft_forms import DraftKeepingAdmin
from newsletter.admin.shared import require_permission
from newsletter.desk import drafts
from newsletter.desk.borderline import borderline_of
from newsletter.errors import InvalidInput
from newsletter.languages import LANGUAGES
from newsletter.models import Announcement, GlossaryTerm, Paper, Topic
from newsletter.topics.assignment import weigh_topics
from newsletter.topics.matching import parse_query, topic_query

SHOWN = 40
TRIED = 250  # papers, the newest: a try should answer at once
LONGEST_QUERY = 4000


class TopicForm(forms.ModelForm):  # type: ignore[type-arg] # generic for the checker only
    """The topic's form; a query, a category or a name that cannot be used is refused with the reason."""

    class Meta:
        model = Topic
        fields = (
            *("slug", "names", "area", "categories", "query", "supporting", "threshold"),
            *("listing", "colour", "position", "is_active"),
        )

    def clean_names(self) -> dict[str, str]:
        """The names by language. Raises ValidationError for another shape or an unknown language."""
        names = self.cleaned_data["names"]
        if not isinstance(names, dict) or not all(isinstance(name, str) and name for name in names.values()):
            raise ValidationError('Write the names as {"en": "Robotics", "ko": "로봇공학"}.')
        unknown = sorted(set(names) - set(LANGUAGES))
        if unknown:
            raise ValidationError(f"Unknown languages: {', '.join(unknown)}.")
        return names

    @override
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        categories = values.get("categories") or []
        if not isinstance(categories, list):
            raise ValidationError({"categories": 'Write categories as ["cs.CV", "eess.*"].'})
        try:
            topic_query([str(category) for category in categories], str(values.get("query") or ""))
        except InvalidInput as error:
            raise ValidationError({"query": str(error)}) from error
        try:
            if str(values.get("supporting") or "").strip():
                parse_query(values["supporting"])
        except InvalidInput as error:
            raise ValidationError({"supporting": str(error)}) from error
        return values


@admin.register(Topic)
class TopicAdmin(DraftKeepingAdmin):
    """The topics, each with its borderline papers; and a page on which a query is tried."""

    form = TopicForm
    list_display = ("__str__", "slug", "area", "categories", "threshold", "listing", "is_active")
    list_filter = ("is_active", "area")
    search_fields = ("slug", "names", "query")
    list_per_page = 40
    actions = ("switch_on", "switch_off")
    change_form_outer_before_template = "admin/desk/tester_link.html"
    change_form_outer_after_template = "admin/desk/borderline.html"

    @override
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [path("tester/", wrap(self.tester), name="newsletter_topic_tester"), *super().get_urls()]

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The topic's form, and below it the day's borderline papers."""
        topic = self.get_object(request, object_id) if request.method == "GET" else None
        shows_borderline = (
            topic is not None and not topic.listing and self.has_view_permission(request, topic)
        )
        borderline = borderline_of(topic, _day(request)) if shows_borderline and topic is not None else None
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "borderline": borderline}
        )

    @admin.action(description="Switch on", permissions=["change"])
    def switch_on(self, request: HttpRequest, chosen: QuerySet[Topic]) -> None:
        """Make the chosen topics active."""
        messages.success(request, f"{chosen.update(is_active=True)} topics are on.")

    @admin.action(description="Switch off: no new editions", permissions=["change"])
    def switch_off(self, request: HttpRequest, chosen: QuerySet[Topic]) -> None:
        """Make the chosen topics inactive: they get no new editions."""
        messages.success(request, f"{chosen.update(is_active=False)} topics are off.")

    def tester(self, request: HttpRequest) -> HttpResponse:
        """What a query would match of the newest announced day, and by which words. Changes nothing."""
        require_permission(request, "newsletter.view_topic")
        draft = {} if request.GET else drafts.find(request.user, request.path, now=timezone.now())
        values = {**draft, **request.GET.dict()}
        query = values.get("query", "")[:LONGEST_QUERY]
        categories = values.get("categories", "").replace(",", " ").split()[:50]
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "Try a query",
            "opts": self.opts,
            "query": query,
            "categories": " ".join(categories),
            "draft_page": request.path,
            "typed": bool(draft),
        }
        if request.GET and (query or categories):
            context |= _tried(query, categories)
        return TemplateResponse(request, "admin/desk/tester.html", context)


def _day(request: HttpRequest) -> date | None:
    """The day in the query string; None, the newest, for anything else."""
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None


def _tried(query: str, categories: list[str]) -> dict[str, Any]:
    try:
        topic_query(categories, query)
    except InvalidInput as error:
        return {"problem": str(error)}
    newest = Announcement.objects.aggregate(day=Max("day"))["day"]
    day = Paper.objects.announced_on(newest).order_by("-pk")[:TRIED] if newest else ()
    papers = {paper.pk: paper for paper in day}
    topic = Topic(pk=0, slug="trial", categories=categories, query=query)
    weighed, problems = weigh_topics([topic], list(papers.values()))
    matches = sorted(
        weighed[0].items(), key=lambda item: (-item[1].strength, -papers[item[0]].votes, item[0])
    )
    return {
        "problem": "; ".join(problems),
        "day": newest,
        "papers_count": len(papers),
        "matches_count": len(matches),
        "matches": [(papers[pk], match) for pk, match in matches[:SHOWN]],
    }


@admin.register(GlossaryTerm)
class GlossaryTermAdmin(DraftKeepingAdmin):
    """The terms that summaries must render in a fixed way."""

    list_display = ("term", "language", "translation", "note")
    list_filter = ("language",)
    search_fields = ("term", "translation")

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            choices = [(code, spoken.own_name) for code, spoken in LANGUAGES.items()]
            return forms.ChoiceField(choices=choices)
        return super().formfield_for_dbfield(db_field, request, **kwargs)
