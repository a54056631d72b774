"""What was set aside, at the desk: why, where it stands, and what shall become of it."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from typing_extensions import override

from newsletter.admin.shared import ReadOnlyAdmin, UncountedAdmin, coloured, note
from newsletter.models import SetAside
from subscriptions import stages
from subscriptions.desk import set_asides

PAGES = {
    "reader": "subscriptions_subscriber_change",
    "delivery": "subscriptions_delivery_change",
    "summary": "newsletter_summary_change",
    "edition": "newsletter_edition_change",
    "topic": "newsletter_topic_change",
}
MOODS = {"waiting": "warning", "dropped": ""}


class StageFilter(admin.SimpleListFilter):
    """Items by the stage that set them aside."""

    title = "stage"
    parameter_name = "stage"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        visible = set_asides.visible_stages(request.user.has_perm)
        return [(slug, stages.BY_SLUG[slug].doing) for slug in visible]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[SetAside]) -> QuerySet[SetAside]:
        value = self.value()
        return queryset.filter(stage=value) if value in stages.BY_SLUG else queryset


class ItemStateFilter(admin.SimpleListFilter):
    """Items by whether they wait, are tried again or were dropped."""

    title = "state"
    parameter_name = "state"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(SetAside.State.choices)

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[SetAside]) -> QuerySet[SetAside]:
        value = self.value()
        return queryset.filter(state=value) if value in SetAside.State.values else queryset


@admin.register(SetAside)
class SetAsideAdmin(ReadOnlyAdmin, UncountedAdmin):
    """Items that a stage could not deal with and that wait for a person."""

    list_display = ("shown_item", "shown_stage", "shown_state", "reason", "count", "last_at", "retry_at")
    list_display_links = None
    list_filter = (ItemStateFilter, StageFilter)
    ordering = ("-pk",)
    actions = ("try_again", "drop")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SetAside]:
        """Whoever may not see people sees the stages of the content alone."""
        rows: QuerySet[SetAside] = super().get_queryset(request)
        return rows.filter(stage__in=set_asides.visible_stages(request.user.has_perm))

    @admin.display(description="item")
    def shown_item(self, row: SetAside) -> str:
        """The item as its stage names it."""
        where = address_of(row.item)
        return format_html('<a href="{}">{}</a>', where, row.item) if where else row.item or "everything"

    @admin.display(description="while")
    def shown_stage(self, row: SetAside) -> str:
        """The stage in words."""
        return stages.BY_SLUG[row.stage].doing

    @coloured("state", MOODS)
    def shown_state(self, row: SetAside) -> tuple[str, str]:
        """The state as the key of its colour and as words."""
        return row.state, row.get_state_display()

    def has_steer_permission(self, request: HttpRequest) -> bool:
        """For the actions below."""
        return request.user.has_perm("newsletter.change_setaside")

    @admin.action(description="Try again", permissions=["steer"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[SetAside]) -> None:
        """Have the next run try the chosen items."""
        count = set_asides.try_again(_plain(chosen), now=timezone.now())
        _tell(request, f"{count} will be tried again by the next run.")

    @admin.action(description="Drop: never try again", permissions=["steer"])
    def drop(self, request: HttpRequest, chosen: QuerySet[SetAside]) -> None:
        """Give the chosen items up."""
        _tell(request, f"{set_asides.drop(_plain(chosen))} are dropped and will not be tried again.")


def address_of(item: str) -> str | SafeString:
    """The page of the row that ``item`` names; empty where it is no row of ours."""
    noun, _, key = item.partition(" ")
    if noun == "paper":
        return f"{reverse('admin:newsletter_paper_changelist')}?{urlencode({'q': key})}"
    return reverse(f"admin:{PAGES[noun]}", args=[key]) if noun in PAGES and key.isdecimal() else ""


def _plain(chosen: QuerySet[SetAside]) -> QuerySet[SetAside]:
    """The chosen rows by their keys: what the list filtered and sorted by is no part of an update."""
    return SetAside.objects.filter(pk__in=chosen.order_by().values("pk"))


def _tell(request: HttpRequest, message: str) -> None:
    note(request, SetAside, message, name="what was set aside")
    messages.success(request, message)
