"""Who may do what at the desk: the roles that are shipped as Django groups. Pure but for :func:`write_roles`.

An editor works on the content and sees no reader. An operator keeps the mail going and sees readers with
masked addresses. An owner may do everything, also look at addresses, export, erase and lift suppressions.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_CONTENT = ("edition", "summary", "reading", "topic", "glossaryterm", "report", "channel")
_FACTS = (
    "paper",
    "demand",
    "intakeday",
    "sourcehealth",
    "editionchange",
    "summaryversion",
    "summaryattempt",
    "summarybatch",
    "readingtext",
    "readingcall",
    "figure",
    "daysettings",
    "setaside",
    "summaryrevision",
    "correction",
    "channelpost",
)
_PEOPLE = (
    *("subscriber", "delivery", "consentevent", "deliveryevent", "suppression", "liftedsuppression"),
    "dayhold",
)

_LOOK_AT_CONTENT = tuple(f"newsletter.view_{model}" for model in (*_CONTENT, *_FACTS))
_LOOK_AT_PEOPLE = tuple(f"subscriptions.view_{model}" for model in _PEOPLE)

_EDITOR = (
    *_LOOK_AT_CONTENT,
    *(f"newsletter.change_{model}" for model in _CONTENT),
    "newsletter.change_daysettings",
    "newsletter.change_setaside",
    "newsletter.tell_correction",
    "newsletter.add_topic",
    "newsletter.add_channel",
    "newsletter.delete_channel",
    "newsletter.add_glossaryterm",
    "newsletter.delete_glossaryterm",
    "subscriptions.preview_digest",
)
_OPERATOR = (
    "admin.view_logentry",
    "operations.view_alarm",
    "newsletter.change_daysettings",
    "newsletter.change_setaside",
    "newsletter.change_sourcehealth",
    *_LOOK_AT_CONTENT,
    *_LOOK_AT_PEOPLE,
    "subscriptions.preview_digest",
    "subscriptions.steer_delivery",
    "subscriptions.tend_subscriber",
)
_OWNER = (
    *_EDITOR,
    *_OPERATOR,
    "newsletter.delete_topic",
    "subscriptions.see_addresses",
    "subscriptions.export_subscribers",
    "subscriptions.erase_subscriber",
    "subscriptions.lift_suppression",
    *(f"auth.{act}_user" for act in ("view", "add", "change", "delete")),
    "auth.view_group",
)

ROLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {"editor": frozenset(_EDITOR), "operator": frozenset(_OPERATOR), "owner": frozenset(_OWNER)}
)


def write_roles(group: Any, permission: Any, content_type: Any) -> None:
    """Make the groups and give each its permissions; what an owner added to a group stays.

    The arguments are the models (historical ones when a migration calls). Permissions are made where Django
    has not made them yet: it does that only after all migrations.
    """
    for role, names in ROLES.items():
        row, _ = group.objects.get_or_create(name=role)
        row.permissions.add(*(_permission(name, permission, content_type) for name in sorted(names)))


# Permissions that are no plain view, add, change or delete: the model they hang on and what they say.
_SPECIAL = MappingProxyType(
    {
        "see_addresses": ("subscriber", "Can see readers' addresses"),
        "tend_subscriber": ("subscriber", "Can unsubscribe and suppress readers"),
        "erase_subscriber": ("subscriber", "Can erase readers"),
        "lift_suppression": ("suppression", "Can lift suppressions"),
        "export_subscribers": ("subscriber", "Can export what is kept of readers"),
        "tell_correction": ("correction", "Can tell readers of a correction"),
        "steer_delivery": ("delivery", "Can pause, cancel, retry and settle deliveries"),
        "preview_digest": ("delivery", "Can preview digests and send a test"),
    }
)


def _permission(name: str, permission: Any, content_type: Any) -> Any:
    app, _, codename = name.partition(".")
    act, _, plain = codename.rpartition("_")
    model, label = _SPECIAL.get(codename, (plain, f"Can {act} {plain}"))
    owner, _ = content_type.objects.get_or_create(app_label=app, model=model)
    row, _ = permission.objects.get_or_create(content_type=owner, codename=codename, defaults={"name": label})
    return row
