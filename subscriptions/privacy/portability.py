"""A reader's data in the reader's hands: export, and erasure that leaves no trace."""

import csv
import io
import json
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from lib.csv_cells import escape_cell
from newsletter.models import Paper, SetAside
from subscriptions import journal, stages
from subscriptions.addresses import address_hash
from subscriptions.journal import WishKind
from subscriptions.models import Delivery, ImportedLike, SignUp, Subscriber, Suppression, TasteImport
from subscriptions.privacy import traces
from subscriptions.readers.saved import wants_weekly
from subscriptions.taste.overview import Overview, overview_of

# All columns of a reader but those that are keys: the row's own, and what the reader's links are made of.
_FIELDS = tuple(
    field.name
    for field in Subscriber._meta.concrete_fields
    if field.name not in ("id", "public_id", "links_epoch")
)


def everything_about(subscriber: Subscriber) -> dict[str, Any]:
    """All that is kept of a reader, as plain values with ISO dates: what an export contains."""
    deliveries = list(subscriber.deliveries.order_by("day"))
    named = _arxiv_ids(deliveries)
    return {
        **{name: _plain(getattr(subscriber, name)) for name in _FIELDS},
        "topics": list(subscriber.topics.order_by("slug").values_list("slug", flat=True)),
        "consent": [
            {
                "kind": event.kind,
                "at": _plain(event.at),
                "text_version": event.text_version,
                "language": event.language,
                "origin_hash": event.origin_hash,
                "detail": event.detail,
            }
            for event in subscriber.consent_events.order_by("at", "pk")
        ],
        "digests": [
            {
                "day": _plain(delivery.day),
                "state": delivery.state,
                "settled_at": _plain(delivery.settled_at),
                "language": delivery.language,
                "subject": delivery.subject,
                "message_id": delivery.message_id,
                "reply": delivery.reply,
                "revisions": delivery.revisions,
                "papers": [named[paper] for paper in delivery.picks.named if paper in named],
            }
            for delivery in deliveries
        ],
        "events": [
            {"kind": event.kind, "at": _plain(event.at), "detail": event.detail}
            for event in subscriber.events.order_by("at")
        ],
        "imports": [
            {
                "at": _plain(like.taste_import.at),
                "paper": like.arxiv_id,
                "state": like.state,
                "counted_at": _plain(like.counted_at),
            }
            for like in ImportedLike.objects.filter(taste_import__subscriber=subscriber)
            .select_related("taste_import")
            .order_by("pk")
        ],
        "learned": _learned(overview_of(subscriber, is_whole=True)),
        "votes": [
            {"paper": vote.paper.arxiv_id, "value": vote.value, "at": _plain(vote.at)}
            for vote in subscriber.votes.select_related("paper").order_by("at")
        ],
        "taste_overrides": [
            {"kind": each.kind, "label": each.label, "stance": each.stance, "at": _plain(each.at)}
            for each in subscriber.taste_overrides.order_by("at", "pk")
        ],
        "saved_papers": [
            {"paper": saved.paper.arxiv_id, "note": saved.note, "at": _plain(saved.saved_at)}
            for saved in subscriber.saved_papers.select_related("paper").order_by("saved_at", "pk")
        ],
        "followed_papers": [
            {"paper": followed.paper.arxiv_id, "at": _plain(followed.at)}
            for followed in subscriber.followed_papers.select_related("paper").order_by("at", "pk")
        ],
        "weekly_part_of_saved_papers": wants_weekly(subscriber),
        "corrections": [
            {
                "at": _plain(owed.correction.confirmed_at),
                "paper": owed.correction.paper.arxiv_id,
                "told_on": _plain(owed.delivery.day) if owed.delivery else "",
                "mail": owed.mail_state,
                "mail_at": _plain(owed.mail_at),
            }
            for owed in subscriber.owed_corrections.select_related("correction__paper", "delivery").order_by(
                "correction_id"
            )
        ],
    }


def _learned(overview: Overview) -> list[dict[str, Any]]:
    """What votes taught, in words, and what the reader said of it."""
    learned = [
        *(("liked author", each) for each in overview.authors),
        *(("liked word", each) for each in overview.terms),
        *(("co-author of a liked author", each) for each in overview.near),
    ]
    return [
        {"kind": kind, "name": each.label, "weight_in_percent": each.share, "via": each.via}
        for kind, each in learned
    ]


def _arxiv_ids(deliveries: Iterable[Delivery]) -> dict[int, str]:
    """What a reader can look up, of the papers that were sent."""
    sent = {paper for delivery in deliveries for paper in delivery.picks.named}
    return {pk: paper.arxiv_id for pk, paper in Paper.objects.only("arxiv_id").in_bulk(sent).items()}


def as_json(subscriber: Subscriber) -> str:
    """The export for machines and people alike, as UTF-8 text."""
    return json.dumps(everything_about(subscriber), ensure_ascii=False, indent=2) + "\n"


def as_csv(subscriber: Subscriber) -> str:
    """The export as a table of ``what, when, name, value``, one fact a line."""
    data = everything_about(subscriber)
    lines = io.StringIO()
    table = csv.writer(lines)
    table.writerow(("what", "when", "name", "value"))
    for name in (*_FIELDS, "topics", "weekly_part_of_saved_papers"):
        value = data[name]
        table.writerow(("reader", "", name, escape_cell(value if isinstance(value, str) else _short(value))))
    for part in (
        "consent",
        "digests",
        "events",
        "imports",
        "learned",
        "votes",
        "taste_overrides",
        "saved_papers",
        "followed_papers",
        "corrections",
    ):
        for row in data[part]:
            when = row.get("at") or row.get("day")
            for name, value in row.items():
                if name not in ("at", "day"):
                    shown = value if isinstance(value, str) else _short(value)
                    table.writerow((part, when, name, escape_cell(shown)))
    return lines.getvalue()


@transaction.atomic
def erase(subscriber: Subscriber, *, now: datetime) -> None:
    """Delete every row about a reader. What stays is a keyed hash, so that no import brings the person back.

    A harder suppression that is there already (a complaint, the operator's word) stays as it is.
    """
    TasteImport.objects.filter(subscriber=subscriber).drop()  # first: none of them is counted any more
    suppress_unknown(subscriber.email, now=now)
    SetAside.objects.about(stages.reader(subscriber.pk)).delete()
    Subscriber.objects.filter(pk=subscriber.pk).delete()


@transaction.atomic
def suppress_unknown(address: str, *, now: datetime) -> None:
    """Keep ``address`` out, although it has no subscriber (any more): its hash, and no form that waits."""
    Suppression.objects.keep_out(address, reason=Suppression.Reason.ERASED, at=now)
    journal.note(WishKind.ERASED, address_hash(address))
    traces.clear_rows(address)
    transaction.on_commit(partial(traces.clear_files, address))
    forms = SignUp.objects.filter(email__iexact=address)
    names = [stages.SIGN_UPS.item(pk) for pk in forms.values_list("pk", flat=True)]
    SetAside.objects.filter(stage=stages.SIGN_UPS.slug, item__in=names).delete()
    forms.delete()


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _short(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
