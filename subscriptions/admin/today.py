"""The desk's first page: the whole day as a pipeline, and what needs a person."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Min
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from newsletter.desk.charts import columns
from newsletter.desk.today import ContentStatus, load_content_status
from newsletter.models import Channel, ChannelPost, Edition, Entry, Reading, Report, SetAside, Summary
from subscriptions.admin.subscribers import readers_by_state
from subscriptions.delivery.doubts import count_doubts
from subscriptions.delivery.holds import current_holds
from subscriptions.delivery.slowdown import current_slowdown
from subscriptions.desk import set_asides
from subscriptions.feedback.events import sender_troubles
from subscriptions.models import DayHold, Delivery, DeliveryEvent, Subscriber

CHART_DAYS = 14
KEPT = 60  # seconds for counts over everybody
KEPT_LONGER = 300  # for how readers came day by day
KEPT_PAST = 3600  # seconds for a day that is over


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the pipeline: how many, and what stands below the count.

    ``mood`` is "", "good", "wait" or "bad".
    """

    name: str
    count: int
    detail: str = ""
    mood: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Something that needs a person, and where it is done."""

    text: str
    link: str
    query: str = ""
    mood: str = "wait"

    @property
    def address(self) -> str:
        """The address of the page that lists these rows."""
        return reverse(f"admin:{self.link}") + (f"?{self.query}" if self.query else "")


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the template of the first page shows; the day may be asked for by ``?day=2026-03-18``."""
    now = timezone.now()
    content = load_content_status(_asked(request), now=now)
    sees_people = request.user.has_perm("subscriptions.view_delivery")
    sent = _states_by_day(now.date())
    deliveries = sum(
        (sent.get(content.day + timedelta(days=more), Counter()) for more in (0, 1)), Counter[str]()
    )
    next_send = _next_send() if sees_people else None
    bounced = DeliveryEvent.objects.filter(at__gte=now - timedelta(days=1)).count() if sees_people else 0
    context.update(
        title="Today",
        content=content,
        now=now,
        steps=_steps(content, deliveries, bounced, times=_times(content, sees_people=sees_people), now=now),
        tasks=[
            *(_holds() if sees_people else ()),
            *(_doubts() if sees_people else ()),
            *_set_aside(request),
            *_tasks(content, sent, now=now, sees_people=sees_people),
        ],
        next_send=next_send,
        sees_people=sees_people,
        may_change=request.user.has_perm("newsletter.change_edition"),
        cost_chart=columns(content.costs, label="Cost a day in US dollars", unit=" $"),
    )
    if sees_people:
        growth, totals = _growth(now)
        context.update(
            growth_chart=columns(growth, label="New confirmed readers a day"),
            sent_chart=columns(
                [(f"{day:%d %b}", counts["sent"]) for day, counts in sorted(sent.items())],
                label="Digests sent a day",
            ),
            totals=totals,
            new_readers=sum(count for _, count in growth),
            holds=DayHold.objects.stopped().filter(day__gte=now.date() - timedelta(days=2)).order_by("day"),
        )
    return context


def _holds() -> list[Task]:
    """Why nothing is sent until somebody says so."""
    link = "subscriptions_delivery_holds"
    return [Task(f"Sending is held: {hold}", link, mood="bad") for hold in current_holds()]


def _doubts() -> list[Task]:
    """Digests of which a restored backup does not know whether they were sent."""
    count = count_doubts().total()
    if not count:
        return []
    text = f"{_many(count, 'digest')} may be missing since a backup was restored"
    return [Task(text, "subscriptions_delivery_missed")]


def _next_send() -> datetime | None:
    """When the next reader is due; known for half a minute."""

    def look() -> list[datetime | None]:  # a list, because None alone would not be kept
        return [Subscriber.objects.active().aggregate(at=Min("next_due_at"))["at"]]

    cached: list[datetime | None] | None = cache.get_or_set("desk-next-send", look, KEPT // 2)
    return cached[0] if cached else None


def _asked(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None


def _states_by_day(today: date) -> dict[date, Counter[str]]:
    """Deliveries by state of the last days. Days that are over are counted once an hour."""
    states: dict[date, Counter[str]] = {}
    past = [today - timedelta(days=back) for back in range(CHART_DAYS - 1, 1, -1)]
    missing = []
    for day in past:
        cached = cache.get(f"desk-deliveries-{day}")
        if cached is None:
            missing.append(day)
        else:
            states[day] = cached
    recent = [today + timedelta(days=more) for more in (-1, 0, 1)]
    cached_recent = cache.get(f"desk-deliveries-now-{today}")
    for days, is_past in ((missing, True), ([] if cached_recent else recent, False)):
        if not days:
            continue
        counted: dict[date, Counter[str]] = {day: Counter() for day in days}
        rows = Delivery.objects.filter(day__in=days).order_by().values_list("day", "state")
        for day, state, count in rows.annotate(Count("pk")):
            counted[day][state] = count
        states |= counted
        if is_past:
            cache.set_many({f"desk-deliveries-{day}": counts for day, counts in counted.items()}, KEPT_PAST)
        else:
            cache.set(f"desk-deliveries-now-{today}", counted, 5)
    return states | (cached_recent or {})


def _growth(now: datetime) -> tuple[list[tuple[str, float]], dict[str, int]]:
    """Newly confirmed readers by day, and all readers by state; kept for some minutes."""
    cached = cache.get("desk-growth")
    if cached is not None:
        days: list[tuple[str, float]]
        days, totals = cached
        return days, totals
    first = now.date() - timedelta(days=CHART_DAYS - 1)
    rows: dict[date, int] = dict(
        Subscriber.objects.filter(confirmed_at__gte=datetime.combine(first, time(), UTC))
        .annotate(day=TruncDate("confirmed_at", tzinfo=UTC))
        .order_by()
        .values_list("day")
        .annotate(Count("pk"))
    )
    days = [
        (f"{day:%d %b}", rows.get(day, 0))
        for day in (first + timedelta(days=back) for back in range(CHART_DAYS))
    ]
    totals = readers_by_state()
    cache.set("desk-growth", (days, totals), KEPT_LONGER)
    return days, totals


def _many(count: int, thing: str) -> str:
    """``1 draft``, ``2 drafts``, ``2 held summaries``."""
    plural = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    return f"{count:,} {thing if count == 1 else plural}"


def _times(content: ContentStatus, *, sees_people: bool) -> dict[str, str]:
    """When each step of the day was last taken, as it is said behind its count; known for some seconds."""

    def look() -> dict[str, datetime | None]:
        rows = [row.edition for row in content.editions]
        papers = Entry.objects.filter(edition__day=content.day).values("paper")
        sent = Delivery.objects.for_day(content.day).filter(state=Delivery.State.SENT)
        return {
            "taken in": max((row.at for row in content.intake), default=None),
            "since": min((row.composed_at for row in rows), default=None),
            "written": Summary.objects.filter(paper__in=papers).aggregate(at=Max("written_at"))["at"],
            "approved": max((row.approved_at for row in rows if row.approved_at), default=None),
            "sent": sent.order_by("-pk").values_list("settled_at", flat=True).first()
            if sees_people
            else None,
        }

    times = cache.get_or_set(f"desk-times-{content.day}-{sees_people}", look, KEPT // 4) or {}
    return {name: f"{at:%H:%M} UTC" if at else "" for name, at in times.items()}


def _with(detail: str, time: str, word: str = "last") -> str:
    return f"{detail}, {word} {time}" if time else detail


def _steps(
    content: ContentStatus, deliveries: Counter[str], bounced: int, *, times: dict[str, str], now: datetime
) -> list[Step]:
    ready, held = content.summaries["ready"], content.summaries["held"] + content.states["held"]
    wanted = content.summaries["wanted"] + content.summaries["claimed"]
    released = content.states["approved"] + content.states["frozen"]
    waits = content.states["draft"]
    on_its_way = sum(deliveries[state] for state in ("queued", "claimed", "sending", "deferred"))
    clock = f"by themselves at {content.approves_at:%H:%M} UTC"
    return [
        Step(
            "Announced",
            content.announced,
            f"papers, taken in {times['taken in']}" if times["taken in"] else "no source is done yet",
        ),
        Step(
            "Matched",
            content.matched,
            _with(f"papers in {_many(len(content.editions), 'edition')}", times["since"], "since"),
        ),
        Step(
            "Summarised",
            ready,
            _with(f"of {_many(content.summaries.total(), 'summary')}", times["written"]),
            "wait" if wanted else "good",
        ),
        Step("Held", held, "for an editor" if held else "nothing", "bad" if held else "good"),
        Step(
            "Approved",
            released,
            f"{_many(waits, 'draft')}, {clock if content.approves_at > now else 'with the next tick'}"
            if waits
            else _with("all editions", times["approved"]),
            "wait" if waits else "good",
        ),
        Step("Due", on_its_way, "queued or under way", "wait" if on_its_way else ""),
        Step(
            "Sent",
            deliveries["sent"],
            _with(f"{deliveries['failed']} failed", times["sent"]),
            "bad" if deliveries["failed"] else "good",
        ),
        Step("Came back", bounced, "in 24 hours", "wait" if bounced else "good"),
    ]


def _tasks(
    content: ContentStatus, recent: dict[date, Counter[str]], *, now: datetime, sees_people: bool
) -> list[Task]:
    """What needs a person; ``recent`` are the deliveries' states by the readers' own days."""
    tasks = [Task(text, "newsletter_sourcehealth_changelist", mood="bad") for text in content.late]
    if content.budget_reached:
        share = f"{content.budget_share:.0%} of the day's {content.budget:,} tokens are used"
        text = f"{share}: what is not written goes out as an extract."
        tasks.append(Task(text, "newsletter_daysettings_changelist", mood="bad"))
    if content.summaries[Summary.State.HELD]:
        text = f"{_many(content.summaries[Summary.State.HELD], 'held summary')} of the day."
        tasks.append(Task(text, "newsletter_summary_changelist", query="state__exact=held"))
    if reported := Report.objects.open().count():
        text = f"{_many(reported, 'statement')} reported as wrong."
        tasks.append(Task(text, "newsletter_report_changelist", query="state__exact=open"))
    if held_readings := Reading.objects.filter(state=Reading.State.HELD).count():
        text = f"{_many(held_readings, 'held reading')}: too little of it stood its checks."
        tasks.append(Task(text, "newsletter_reading_changelist", query="state__exact=held"))
    tasks += _channels()
    if content.states[Edition.State.HELD]:
        text = f"{_many(content.states[Edition.State.HELD], 'held edition')}: no reader gets them."
        tasks.append(Task(text, "newsletter_edition_changelist", query="state__exact=held"))
    for day, counts in sorted(recent.items()) if sees_people else ():
        if counts["uncertain"]:
            text = f"{_many(counts['uncertain'], 'uncertain delivery')} of {day:%A}: did they arrive?"
            query = f"day={day}&state=uncertain"
            tasks.append(Task(text, "subscriptions_delivery_changelist", query=query, mood="bad"))
        if counts["failed"] and day >= now.date():
            text = f"{_many(counts['failed'], 'failed delivery')} of {day:%A}."
            tasks.append(Task(text, "subscriptions_delivery_changelist", query=f"day={day}&state=failed"))
    people = (*_pace(now), *_refusals(now), *_unproven(now)) if sees_people else ()
    return [*tasks, *people]


def _channels() -> list[Task]:
    """Channels that were switched off by their services, and posts that nobody knows to have arrived."""
    tasks = []
    if gone := Channel.objects.filter(is_on=False).exclude(last_error="").count():
        text = f"{_many(gone, 'channel')} switched off after an error."
        tasks.append(Task(text, "newsletter_channel_changelist", query="is_on__exact=0", mood="bad"))
    open_posts = ChannelPost.objects.filter(channel__is_on=True, state__in=("uncertain", "failed"))
    recent = timezone.now().date() - timedelta(days=2)
    if stuck := open_posts.filter(day__gte=recent).values("channel").distinct().count():
        text = f"{_many(stuck, 'channel')} with a post that failed or is uncertain."
        tasks.append(Task(text, "newsletter_channel_changelist"))
    return tasks


def _set_aside(request: HttpRequest) -> list[Task]:
    """What stages could not do and went on without, as far as whoever asks may know of it."""
    tasks = []
    for each in set_asides.summaries(request.user.has_perm):
        query = f"stage={each.stage.slug}&state={SetAside.State.WAITING}"
        if each.down:
            text = f"{each.stage.doing.capitalize()} fails for everything: {each.down}"
            tasks.append(Task(text, "newsletter_setaside_changelist", query=query, mood="bad"))
        if each.count:
            text = f"{_many(each.count, each.stage.noun)} set aside while {each.stage.doing}."
            tasks.append(Task(text, "newsletter_setaside_changelist", query=query))
    return tasks


def _pace(now: datetime) -> list[Task]:
    """What the mail server said about how much we send, while it holds."""
    learned = current_slowdown(now)
    if not learned.holds:
        return []
    rate = f"at most {learned.rate:.2g} messages a second for now" if learned.rate else "a trial comes next"
    wait = f", nothing before {learned.until:%H:%M:%S} UTC" if learned.until and learned.until > now else ""
    text = f"{learned.problem} Sending goes on by itself: {rate}{wait}."
    return [Task(text, "subscriptions_delivery_changelist", query="state=deferred", mood="bad")]


def _unproven(now: datetime) -> list[Task]:
    """What came back and bears no proof: nothing follows from it by itself."""
    rows = DeliveryEvent.objects.filter(standing=DeliveryEvent.Standing.UNPROVEN)
    count = rows.filter(at__gte=now - timedelta(days=1)).count()
    if not count:
        return []
    text = f"{_many(count, 'report')} of the last day without proof: nothing followed."
    query = f"standing__exact={DeliveryEvent.Standing.UNPROVEN}"
    return [Task(text, "subscriptions_deliveryevent_changelist", query=query)]


def _refusals(now: datetime) -> list[Task]:
    troubles = sender_troubles(now - timedelta(days=1))
    if not troubles:
        return []
    reasons = ", ".join(f"{reason} ({number})" for reason, number in sorted(troubles.items()))
    text = f"Mail servers refuse us for what is ours to mend: {reasons}."
    return [Task(text, "subscriptions_delivery_changelist", query="state=deferred", mood="bad")]
