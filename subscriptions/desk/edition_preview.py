"""An edition as a reader of its topic would get it, before anybody does; and a test to one's own mailbox."""

import re
from collections.abc import Sequence
from datetime import datetime

from newsletter.errors import InvalidInput
from newsletter.models import Edition
from subscriptions.delivery.dispatch import dispatch
from subscriptions.delivery.gate import MailKind
from subscriptions.digests import choose_batch
from subscriptions.messages import assemble, compose_digest, fit_digest
from subscriptions.messages.previews import MailPreview, nobody, opened
from subscriptions.messages.render_cache import load_render_cache
from subscriptions.models import Delivery, Subscriber
from subscriptions.picks import PINNED, Pick, Picks, for_topic

NOBODY = "reader@example.org"
ALSO = 20
MOST_CANDIDATES = 500
_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")


def preview_edition(
    edition: Edition, *, language: str, size: int, now: datetime, address: str = NOBODY
) -> MailPreview:
    """The digest of somebody who follows this topic alone and has had nothing yet; links in it lead nowhere.

    Works for drafts too. Raises InvalidInput if there is nothing to show.
    """
    papers = list(
        edition.entries.filter(is_hidden=False, paper__is_withdrawn=False).values_list(
            "paper_id", "is_pinned"
        )
    )
    because = for_topic(edition.topic_id)
    row = Delivery(
        pk=-1,
        subscriber_id=-1,
        day=edition.day,
        language=language,
        created_at=now,
        picks=Picks(
            papers=tuple(
                [Pick(paper, (PINNED, because) if pinned else (because,)) for paper, pinned in papers[:size]]
            ),
            also=tuple([paper for paper, _ in papers[size : size + ALSO]]),
            day=edition.day,
            new=len(papers),
            topics=(edition.topic_id,),
            editions=(edition.pk,),
        ),
    )
    cache = load_render_cache([row])
    digest = compose_digest(row, cache)
    if digest is None:
        raise InvalidInput(f"{edition} shows no paper: there is nothing to preview.")
    return opened(assemble(row, nobody(address), *fit_digest(digest), now=now))


def darkened(html: str) -> str:
    """The mail as a program in dark mode shows it, whatever the viewer's own mode is."""
    return _DARK.sub("@media all", html)


def send_test(edition: Edition, *, language: str, size: int, address: str, now: datetime) -> str:
    """Send the rehearsal of ``edition`` to ``address``; returns the subject. Raises DeliveryError."""
    shown = preview_edition(edition, language=language, size=size, now=now, address=address)
    dispatch(MailKind.TEST, shown.message, reader=None, now=now)
    return shown.message.subject


def who_gets(paper_id: int, readers: Sequence[Subscriber], *, now: datetime) -> list[tuple[Subscriber, str]]:
    """For each reader, in one sentence, whether the paper would be in the next digest, and why."""
    choices = choose_batch(readers[:MOST_CANDIDATES], now=now)
    return [
        (reader, _place(paper_id, choice.picks, choice.reason))
        for reader, choice in zip(readers, choices, strict=False)
    ]


def _place(paper_id: int, picks: Picks | None, reason: str) -> str:
    if picks is None:
        return reason
    for place, pick in enumerate(picks.papers, 1):
        if pick.paper == paper_id:
            kinds = ", ".join(sorted({reason.kind for reason in pick.reasons}))
            return f"Yes, in place {place}, because of: {kinds}."
    if paper_id in picks.also:
        return "In one line under “Also new”."
    return "No: other papers stand before it, or it was sent before."
