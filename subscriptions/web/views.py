"""The pages of the people: sign up, confirm, choose, leave.

GET and HEAD change nothing, ever: mail scanners and browsers' look-ahead follow every link.
"""

from dataclasses import asdict, replace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from newsletter.errors import StateError
from newsletter.languages import negotiate
from newsletter.models import Topic
from newsletter.web.addresses import check_language
from newsletter.web.pages import page_language, speak
from newsletter.web.placement import Placement
from newsletter.web.structured import website
from subscriptions import tasks
from subscriptions.abuse import proofs, throttling
from subscriptions.models import Subscriber
from subscriptions.readers import consent, votes, zones
from subscriptions.readers.links import form_of
from subscriptions.readers.links import token as make_token
from subscriptions.readers.queries import READERS, LineError, as_typed, read_keywords, wanted_queries
from subscriptions.web import check_mail, offer, reports
from subscriptions.web.fewer import fewer_context
from subscriptions.web.forms import UNPROVED, SignUpForm, fields_of, search_problem, stamp, wishes_of
from subscriptions.web.front_page import front_page
from subscriptions.web.pages import (
    Visit,
    due_after,
    due_with,
    form_context,
    is_of_another_site,
    linked,
    origin,
    refuse,
)
from subscriptions.web.prefilled import prefilled_start, prefilled_topics
from subscriptions.web.rating import telling_papers
from subscriptions.web.saved import keeping, paper_of
from subscriptions.web.searches import try_query
from subscriptions.web.start import begin
from subscriptions.web.wish_preview import kept_preview, preview

PREVIEWED = 3
_GUESSED = ("language", "time_zone", "hour", "cadence", "weekday", "size")
_SHORT_FORM = frozenset({"email", "shared", "website", "shown", "altcha"})
_pages = require_http_methods(["GET", "HEAD", "POST"])


@_pages
def sign_up(request: HttpRequest) -> HttpResponse:
    """The face of Paperpost: what it is, what a digest looks like, and the form."""
    speak(request, request.GET.get("language", ""))
    if request.method != "POST":
        return _door(request)
    return _take(request, SignUpForm(_completed(request)))


def _take(request: HttpRequest, form: SignUpForm) -> HttpResponse:
    """What becomes of a form that was sent: the form again with what is wrong, or the way to the inbox."""
    now = timezone.now()
    if not form.is_valid():
        return render(request, "web/sign_up.html", _sign_up_context(form), status=422)
    ip = throttling.client_ip(request)
    if not throttling.admit_sign_up(ip=ip, now=now):
        form.add_error(None, _("Too many sign-ups came from your network; please try again in an hour."))
        return render(request, "web/sign_up.html", _sign_up_context(form), status=429)
    if proofs.is_asked_for() and not proofs.spend(form.cleaned_data["altcha"]):
        form.is_proved = False
        form.add_error(None, UNPROVED)
        return render(request, "web/sign_up.html", _sign_up_context(form), status=422)
    if not form.is_by_a_program:
        consent.sign_up(
            email=form.cleaned_data["email"],
            wishes=form.wishes(),
            page_language=page_language(),
            origin=origin(request),
            now=now,
        )
        tasks.hand_over_sign_up()
    return check_mail.lead_there(check_mail.SentForm(form.cleaned_data["email"], form.wishes(), now))


@csrf_exempt  # its form stands on pages that are kept for everybody, and so has no token; see below
@_pages
def subscribe_to_topic(request: HttpRequest, slug: str, language: str) -> HttpResponse:
    """The sign-up with nothing but an address, from the page of a topic.

    A forged request can do here what anybody can do at the form anyway, for there is no session to misuse: it
    asks that a mail is sent, within all limits, and nothing happens until its reader presses the button. What
    a browser says comes from another site is turned away all the same, and finds the form with its token.
    """
    check_language(language)
    speak(request, language)
    if request.method != "POST":
        return redirect("topic", slug, language)
    data = request.POST.copy()
    for name in set(data) - _SHORT_FORM:
        del data[name]
    data.setlist("topics", [slug])
    data["language"] = language
    form = SignUpForm(_completed(request, data))
    if is_of_another_site(request):
        form.is_valid()
        form.add_error(None, _("Please press the button again."))
        return render(request, "web/sign_up.html", _sign_up_context(form), status=403)
    return _take(request, form)


def _door(request: HttpRequest) -> HttpResponse:
    """The empty form, with ``?query=`` those queries in it; with ``?change=address`` the one that was sent,
    to be sent again.
    """
    sent = check_mail.SentForm.of(request) if "change" in request.GET else None
    if sent is None:
        wanted = asdict(wanted_queries(request.GET.getlist("query")))
        form = SignUpForm(initial=_guess(request) | prefilled_topics(request) | wanted)
        context = _sign_up_context(form) | {"place": _front_place()} | prefilled_start(request)
        return render(request, "web/sign_up.html", context)
    form = SignUpForm(initial={"email": sent.email, **fields_of(sent.wishes)})
    response = render(request, "web/sign_up.html", _sign_up_context(form) | {"is_known": True})
    add_never_cache_headers(response)
    return response


def _front_place() -> Placement:
    return Placement(
        path=f"/?language={page_language()}",
        title=_("New papers in your field, in one email you can finish.").rstrip(".。"),
        description=_(
            "A daily email with the new research papers in your field, summarised in your language."
        ),
        language=page_language(),
        pattern="/?language={language}",
        structured=website(),
    )


@csrf_exempt  # it changes nothing
@_pages
def preview_digest(request: HttpRequest) -> HttpResponse:
    """Today's digest for exactly the choices in the form, which need not be complete; nothing is kept.

    With the header ``X-Fragment`` only the digest, for the script; without, the whole page with the form as
    it was typed.
    """
    speak(request, request.GET.get("language", ""))
    if request.method != "POST":
        return redirect(f"{reverse('sign-up')}?language={page_language()}")
    form = SignUpForm(_completed(request))
    context = {"is_preview": True} | _previewed(request, form)
    if "X-Fragment" in request.headers:
        return render(request, "web/_preview.html", context)
    for unfinished in ("email", "__all__"):
        form.errors.pop(unfinished, None)
    return render(request, "web/sign_up.html", _sign_up_context(form) | context)


def _previewed(request: HttpRequest, form: SignUpForm) -> dict[str, Any]:
    """The digest for the form, or what is in its way. What was asked for a moment ago is no further look."""
    now = timezone.now()
    form.is_valid()
    wrong = [field for field in form.errors if field not in ("email", "__all__")]
    if wrong:
        return {"problem": str(form.errors[wrong[0]][0])}
    wishes = form.wishes()
    kept = kept_preview(wishes, shown=PREVIEWED)
    if kept is None and not throttling.admit_look(ip=throttling.client_ip(request), now=now):
        return {"problem": _("That was a lot of previews; please wait a minute.")}
    return {"preview": kept or preview(wishes, now=now, shown=PREVIEWED), "spoken": wishes.language}


@csrf_exempt  # it changes nothing
@_pages
def start(request: HttpRequest) -> HttpResponse:
    """Topics and searches for what somebody works on; with ``X-Fragment`` only these, for the script."""
    speak(request, request.GET.get("language", ""))
    if request.method != "POST":
        return redirect(f"{reverse('sign-up')}?language={page_language()}")
    started = begin(request)
    if "X-Fragment" in request.headers:
        return render(request, "web/_start_result.html", {"start": started})
    form = SignUpForm(initial=_guess(request) | started.fields(request.POST))
    return render(
        request, "web/sign_up.html", _sign_up_context(form) | {"start": started, "opens_fold": True}
    )


@require_http_methods(["GET", "HEAD"])
def try_search(request: HttpRequest) -> HttpResponse:
    """What one line of keywords, an author or a category would have found lately, in a sentence or two."""
    speak(request, request.GET.get("language", ""))
    now = timezone.now()
    text, kind = request.GET.get("q", "")[:4000], request.GET.get("kind", "keywords")
    context: dict[str, Any] = {"kind": kind}
    if not throttling.admit_look(ip=throttling.client_ip(request), now=now):
        context["problem"] = _("That was a lot of searches; please wait a minute.")
    else:
        try:
            searches = READERS.get(kind, read_keywords)(text)
            context["findings"] = [(as_typed(search), try_query(search)) for search in searches[:5]]
        except LineError as error:
            context["problem"] = search_problem(error)
    return render(request, "web/_findings.html", context)


@require_http_methods(["GET", "HEAD"])
@cache_control(public=True, max_age=3600)
def topic_words(_request: HttpRequest) -> HttpResponse:
    """By what words the topics are found, for the box that searches them."""
    return JsonResponse(offer.topic_words(), json_dumps_params={"ensure_ascii": False})


@require_http_methods(["GET", "HEAD"])
def proof(_request: HttpRequest) -> HttpResponse:
    """A challenge for the sign-up's proof of work, as ALTCHA's widgets read it; nothing is kept of it."""
    if not proofs.is_asked_for():
        raise Http404
    answer = JsonResponse(proofs.make_challenge(now=timezone.now()).as_json())
    add_never_cache_headers(answer)
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """A form from a page without its cookie: shown again as it was typed, with a fresh one."""
    match = request.resolver_match
    if match is not None and match.url_name == "report":
        return reports.show_once_more(request, **match.kwargs)
    speak(request, request.GET.get("language", ""))
    form = SignUpForm(request.POST)
    form.is_valid()
    form.add_error(None, _("This page was open for too long; please press the button again."))
    return render(request, "web/sign_up.html", _sign_up_context(form), status=403)


@linked("confirm")
def confirm(visit: Visit) -> HttpResponse:
    """The second half of the double opt-in: a page with one button, and what the button does."""
    form = form_of(visit.token)
    wishes = consent.wishes_of_form(visit.reader, form) or wishes_of(visit.reader)
    if "language" not in visit.request.GET:
        speak(visit.request, wishes.language)
    if not visit.acts:
        topics = Topic.objects.active().filter(slug__in=wishes.topics)
        names = [topic.name_in(page_language()) for topic in topics]
        return visit.page("confirm", wanted=[*names, *map(as_typed, wishes.queries)])
    try:
        consent.confirm(visit.reader, now=visit.now, form=form, origin=visit.origin)
    except StateError:
        return refuse(visit.request, "used")
    tasks.hand_over(tasks.enqueue_due)
    visit.reader.refresh_from_db()
    return visit.page(
        "confirmed",
        is_new=True,
        preferences_token=make_token(visit.reader, "preferences"),
        rate_token=make_token(visit.reader, "vote"),
        papers=telling_papers(visit.reader),
    )


@linked("unsubscribe")
def unsubscribe(visit: Visit) -> HttpResponse:
    """RFC 8058: a POST to this address unsubscribes, by its token alone. Its body is never read.

    A person sees a page first, whose button says so in the query (``?by=page``). No page that this link leads
    to has a link to the preferences: this one outlives a reader's new links, and whoever finds it in an old
    mail must not get at the reader's data.
    """
    if not visit.acts:
        if visit.reader.state in (Subscriber.State.UNSUBSCRIBED, Subscriber.State.SUPPRESSED):
            return visit.page("unsubscribed")
        topics = [(topic.slug, topic.name_in(page_language())) for topic in visit.reader.topics.active()]
        return visit.page("unsubscribe", topics=topics)
    how = "page" if visit.request.GET.get("by") == "page" else "one-click"
    has_left = consent.unsubscribe(visit.reader, now=visit.now, how=how, origin=visit.origin)
    visit.reader.refresh_from_db()
    # Whoever never confirmed has nothing to come back to; whoever left before was offered the way back then.
    is_undoable = has_left and visit.reader.confirmed_at is not None
    undo_token = make_token(visit.reader, "undo", now=visit.now) if is_undoable else ""
    return visit.page("unsubscribed", undo_token=undo_token)


@linked("unsubscribe")
def less(visit: Visit) -> HttpResponse:
    """Instead of leaving: another rhythm (``cadence``) or one topic less (``topic``).

    What cannot be understood changes nothing.
    """
    if not visit.acts:
        return redirect("unsubscribe", visit.token)
    cadence, slug = visit.request.POST.get("cadence", ""), visit.request.POST.get("topic", "")
    if cadence in (Subscriber.Cadence.WEEKDAYS, Subscriber.Cadence.WEEKLY):
        wishes = replace(wishes_of(visit.reader), cadence=cadence)
        due = due_with(wishes, visit.reader, visit.now)
        consent.change(visit.reader, wishes, now=visit.now, next_due_at=due, origin=visit.origin)
    elif "\0" in slug or not consent.unfollow(visit.reader, slug, now=visit.now, origin=visit.origin):
        return refuse(visit.request, "broken")
    return visit.page("less")


@linked("undo")
def undo(visit: Visit) -> HttpResponse:
    """Take an unsubscription back: once, within a day of it."""
    if not visit.acts:
        return visit.page("undo")
    try:
        consent.undo_unsubscribe(
            visit.reader, now=visit.now, next_due_at=due_after(visit.reader, visit.now), origin=visit.origin
        )
    except StateError:
        return refuse(visit.request, "used")
    return visit.page("confirmed")


@linked("vote")
def vote(visit: Visit) -> HttpResponse:
    """More or less like a paper: ``?paper=ARXIV_ID&value=1`` or ``-1`` says what the button will do."""
    paper = paper_of(visit)
    if paper is None:
        return refuse(visit.request, "broken")
    linked_value = visit.request.GET.get("value", "1")
    if not visit.acts:
        return visit.page("vote", value="-1" if linked_value == "-1" else "1", **keeping(visit.reader, paper))
    value = visit.request.POST.get("value", linked_value)
    if value not in ("1", "0", "-1"):
        return refuse(visit.request, "broken")
    votes.cast(visit.reader, paper, int(value), now=visit.now)
    return visit.page(
        "voted", value=value, **keeping(visit.reader, paper), **fewer_context(visit.reader, paper, value)
    )


def _guess(request: HttpRequest) -> dict[str, Any]:
    """What the browser tells of its reader."""
    accepted = negotiate(request.headers.get("Accept-Language", ""))
    code = page_language() if request.GET.get("language") else accepted
    return {
        "language": code,
        "time_zone": zones.guess(language=code),
        "hour": 8,
        "cadence": Subscriber.Cadence.WEEKDAYS.value,
        "weekday": 0,
        "size": 10,
        "layout": settings.DIGEST_LAYOUT,
        "topics": [],
    }


def _completed(request: HttpRequest, sent: QueryDict | None = None) -> QueryDict:
    """What was ``sent``, unless given the form of ``request``, and the guess for each field that was not."""
    sent = request.POST if sent is None else sent
    missing = [name for name in _GUESSED if name not in sent]
    if not missing:
        return sent
    data, guesses = sent.copy(), _guess(request)
    for name in missing:
        data[name] = str(guesses[name])
    return data


def _sign_up_context(form: SignUpForm) -> dict[str, Any]:
    return form_context(form) | {
        "shown": form.since or stamp(timezone.now()),
        "front": front_page(page_language()),
        "asks_for_proof": proofs.is_asked_for(),
        "proof_seconds": proofs.MINUTES * 60 - 120,
    }
