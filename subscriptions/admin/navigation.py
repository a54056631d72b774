"""The desk's menu: the day first, then content, people and the house."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy


def _item(title: str, icon: str, name: str, permission: str = "") -> dict[str, Any]:
    item: dict[str, Any] = {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{name}")}
    if permission:
        item["permission"] = _may(permission)
    return item


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001 - each item asks for itself
    """The groups of links; each is shown to those who may follow it."""
    content, people = "newsletter.view_", "subscriptions.view_"
    return [
        {
            "title": "",
            "items": [
                _item("Today", "today", "index"),
                _item("Alarms", "notifications", "operations_alarm_changelist", "operations.view_alarm"),
                _item("Set aside", "report", "newsletter_setaside_changelist", f"{content}setaside"),
            ],
        },
        {
            "title": "Content",
            "separator": True,
            "items": [
                _item("Editions", "newspaper", "newsletter_edition_changelist", f"{content}edition"),
                _item("Preview", "preview", "subscriptions_delivery_preview", "subscriptions.preview_digest"),
                _item("Summaries", "short_text", "newsletter_summary_changelist", f"{content}summary"),
                _item("Channels", "forum", "newsletter_channel_changelist", f"{content}channel"),
                _item("Reports", "flag", "newsletter_report_changelist", f"{content}report"),
                _item("Corrections", "rule", "newsletter_correction_changelist", f"{content}correction"),
                _item("Readings", "menu_book", "newsletter_reading_changelist", f"{content}reading"),
                _item("Papers", "description", "newsletter_paper_changelist", f"{content}paper"),
                _item("Topics", "label", "newsletter_topic_changelist", f"{content}topic"),
                _item("Try a query", "manage_search", "newsletter_topic_tester", f"{content}topic"),
                _item(
                    "Glossary", "translate", "newsletter_glossaryterm_changelist", f"{content}glossaryterm"
                ),
            ],
        },
        {
            "title": "Readers",
            "separator": True,
            "items": [
                _item("Subscribers", "group", "subscriptions_subscriber_changelist", f"{people}subscriber"),
                _item(
                    "Deliveries", "outgoing_mail", "subscriptions_delivery_changelist", f"{people}delivery"
                ),
                _item(
                    "Does ranking help?",
                    "sort",
                    "subscriptions_delivery_ranking",
                    f"{people}delivery",
                ),
                _item("Bounces", "undo", "subscriptions_deliveryevent_changelist", f"{people}deliveryevent"),
                _item(
                    "Consent",
                    "verified_user",
                    "subscriptions_consentevent_changelist",
                    f"{people}consentevent",
                ),
                _item("Suppressed", "block", "subscriptions_suppression_changelist", f"{people}suppression"),
            ],
        },
        {
            "title": "House",
            "separator": True,
            "items": [
                _item(
                    "Settings of the day",
                    "tune",
                    "newsletter_daysettings_changelist",
                    f"{content}daysettings",
                ),
                _item("Cost", "payments", "newsletter_summaryattempt_changelist", f"{content}summaryattempt"),
                _item("Sources", "cloud_download", "newsletter_intakeday_changelist", f"{content}intakeday"),
                _item(
                    "Log of editions",
                    "history",
                    "newsletter_editionchange_changelist",
                    f"{content}editionchange",
                ),
                _item("Audit log", "gavel", "admin_logentry_changelist", "admin.view_logentry"),
                _item("Staff", "badge", "auth_user_changelist", "auth.view_user"),
            ],
        },
    ]
