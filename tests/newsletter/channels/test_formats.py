"""Titles are strangers' words: in no service do they mention, link, format or grow beyond a limit."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest

from newsletter.channels.answers import Answer, Verdict
from newsletter.channels.formats import SERVICES
from newsletter.channels.formats.base import encoded
from newsletter.channels.formats.webhook import signature
from newsletter.channels.posts import Item, Place, Post, Request, messages_of, next_message
from newsletter.channels.texts import JOINER, defused, fitted, markdown
from tests.newsletter.channels.standins import HOOK, SIGNING

pytestmark = pytest.mark.any_database
NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
OURS = "https://papers.example.org"
HOSTILE = (
    "@everyone @here <!channel> <@U123> <#C1> @channel @all @room ~town-square #tag /start $USD",
    "[click](https://evil.example/?a=1&b=2) <https://evil.example|us> https://evil.example www.evil.example",
    "*bold* _it_ ~gone~ `code` ||spoiler|| > quote \\ **x** __y__ <b>B</b> <script>1</script> &lt;i&gt;",
    '# Heading with "quotes" :tada: <:a:1> <t:1:R> <at user_id="all">all</at> user@evil.example 10.0.0.1',
    "- list\u200b 1. item $$x$$ {{y}} %s {0}",
)


def item(number, text="A title", **fields):
    values = {
        "paper": number,
        "identifier": f"arxiv:2603.{number:05d}",
        "headline": text,
        "title": text,
        "url": f"{OURS}/papers/2603.{number:05d}/en/",
        "sentence": text,
        "takeaways": (text,),
        "label": "Written by a language model",
    }
    return Item(**{**values, **fields})


def post(*items, **fields):
    values = {
        "day": date(2026, 3, 18),
        "topic": "Robotics",
        "topic_slug": "robotics",
        "language": "en",
        "heading": "Robotics · Wednesday",
        "tally": "3 new papers",
        "url": f"{OURS}/topics/robotics/en/",
        "items": items,
    }
    return Post(**{**values, **fields})


def strings(value):
    """All texts in a body."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in strings(each)]


def addresses(value):
    """Every address that a structured body links to."""
    if isinstance(value, dict):
        own = [value[name] for name in ("url", "href") if isinstance(value.get(name), str)]
        return own + [each for inner in value.values() for each in addresses(inner)]
    return [each for inner in value for each in addresses(inner)] if isinstance(value, list) else []


class Reader(HTMLParser):
    """The tags, links and words of a piece of HTML."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.words = [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data):
        self.words += data


LIVE = re.compile(
    r"https?://|www\.\w|@(?:everyone|here|channel|all|room|evil)\b|(?<!\w)#tag|~town|(?<!\w)/start|:tada:|"
    r"[a-z]\.example|<@|<!|<#|10\.0\.0\.1"
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"webhook"}))
def test_no_word_of_a_stranger_is_live(name, text):
    body = SERVICES[name].build(post(item(1, text)))
    assert all(each.startswith(f"{OURS}/") for each in addresses(body))
    said = _words(name, body)
    for url in (f"{OURS}/papers/2603.00001/en/", f"{OURS}/topics/robotics/en/"):
        said = said.replace(url, "")
    if name in ("slack", "teams"):  # trees of elements whose texts are shown as they are
        assert text in said
        return
    assert not LIVE.search(said.replace("\\", "")), said
    shown = re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", said).replace(JOINER, "") if name in MARKDOWN else said
    assert text in shown.replace(JOINER, "")


MARKDOWN = ("discord", "mattermost")


def _words(name, body):
    """What people see of a body, or its Markdown."""
    if name == "telegram":
        reader = Reader(body["text"])
        assert set(reader.tags) <= {"a", "b", "i"}
        assert all(link.startswith(OURS) for link in reader.links)
        return reader.words
    if name == "matrix":
        reader = Reader(body["formatted_body"])
        assert set(reader.tags) <= {"p", "a", "strong", "br", "ul", "li", "em"}
        assert all(link.startswith(OURS) for link in reader.links)
        assert body["m.mentions"] == {}
        return reader.words + body["body"]
    if name == "discord":
        assert body["allowed_mentions"] == {"parse": []}
    return "\n".join(strings(body))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_of_a_stranger_is_shown_as_signs(name, text):
    """Every sign that could begin markup has a backslash before it."""
    body = SERVICES[name].build(post(item(1, text)))
    texts = [body["text"]] if name == "mattermost" else [body["embeds"][0]["title"]]
    for line in texts[0].split("\n"):
        bare = re.sub(r"\\.", "", line)  # escaped signs
        bare = re.sub(rf"\]\({OURS}[\w/.-]+\)", "", bare)  # our own links
        bare = bare.replace("**[", "").removeprefix("#### [").removeprefix("* ").strip("*_")
        assert not re.search(r"[*_`\[\]~|>]", bare), line
    assert not markdown("1. item").startswith("1. ")
    assert not markdown("# big").startswith("#")


def test_slacks_line_for_notifications_is_escaped():
    body = SERVICES["slack"].build(post(heading="<!channel> & <https://evil.example|us>"))
    assert "<" not in body["text"]
    assert body["text"].startswith("&lt;")


def test_words_stay_as_they_are_where_nothing_is_live():
    for text in ("It reaches 91.5% at 3:1, GPT-4.1 included.", "확산 모델은 빠르다.", "扩散模型更快。"):
        assert defused(text).replace(JOINER, "") == text
        assert JOINER not in defused(text.replace("3:1", ""))


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_parts_hold_whole_papers_in_order_and_the_longest_paper_fits(name):
    service = SERVICES[name]
    long = "It halves the memory *of* all <models> & more. " * 120
    items = [item(number, f"Title {number}", sentence=long[:600]) for number in range(1, 60)]
    monster = item(60, "word " * 20_000, sentence="deed " * 20_000, takeaways=("point " * 9000,) * 9)
    parts = list(messages_of(post(*items, monster), service.build, service.fits))
    assert [paper for part in parts for paper in part.papers] == list(range(1, 61))
    assert len(parts) > 1
    for part in parts:
        assert service.fits(part.body)
        text = encoded(part.body).decode()
        assert all(f"/papers/2603.{paper:05d}/en/" in text for paper in part.papers)
    texts = [encoded(part.body).decode() for part in parts]
    assert "3 new papers" in texts[0] or name == "webhook"
    assert not any("3 new papers" in text for text in texts[1:] if name != "slack")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_day_without_papers_is_one_message_with_its_line(name):
    service = SERVICES[name]
    message = next_message(post(note="There are no new papers today.", tally=""), service.build, service.fits)
    assert message.papers == ()
    assert "There are no new papers today" in encoded(message.body).decode().replace("\\\\", "")


def test_a_text_is_cut_at_a_word_before_it_is_escaped():
    cut = fitted("*word* " * 100, 100, markdown)
    assert len(cut) <= 100
    assert cut.endswith("…")
    assert not cut.removesuffix("…").rstrip().endswith("\\")


def test_the_signature_is_that_of_the_specification():
    """The example of https://github.com/standard-webhooks/standard-webhooks."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


ANSWERS = [
    ("slack", Answer(403, {}, b"invalid_token"), Verdict.GONE),
    ("slack", Answer(410, {}, b"channel_is_archived"), Verdict.GONE),
    ("slack", Answer(301, {"location": "http://10.0.0.1/"}), Verdict.REFUSED),
    ("slack", Answer(504), Verdict.UNCERTAIN),
    ("slack", Answer(200, {}, b"<html>sign in to the network</html>"), Verdict.UNCERTAIN),
    ("slack", Answer(200, {}, b'{"ok": false, "error": "channel_not_found"}'), Verdict.REFUSED),
    ("slack", Answer(200, {"retry-after": "40"}, b'{"ok":false,"error":"ratelimited"}'), Verdict.LATER),
    ("discord", Answer(200, {}, b"<html>sign in to the network</html>"), Verdict.UNCERTAIN),
    ("discord", Answer(429, {"retry-after": "40"}, b"error code: 1015"), Verdict.LATER),
    ("discord", Answer(400, {}, b'{"code": 50035, "message": "Invalid Form Body"}'), Verdict.REFUSED),
    ("discord", Answer(401, {}, b'{"code": 50027, "message": "Invalid Webhook Token"}'), Verdict.GONE),
    ("telegram", Answer(200, {}, b"<html>sign in to the network</html>"), Verdict.UNCERTAIN),
    ("telegram", Answer(403, {}, b'{"ok":false,"description":"Forbidden: bot was kicked"}'), Verdict.GONE),
    ("telegram", Answer(400, {}, b'{"ok":false,"description":"Bad Request: chat not found"}'), Verdict.GONE),
    (
        "telegram",
        Answer(400, {}, b'{"ok":false,"description":"x","parameters":{"migrate_to_chat_id":-100123}}'),
        Verdict.GONE,
    ),
    ("telegram", Answer(200, {}, b'{"ok":false,"error_code":403,"description":"x"}'), Verdict.GONE),
    ("mattermost", Answer(200, {}, b"<html>sign in to the network</html>"), Verdict.UNCERTAIN),
    ("matrix", Answer(200, {}, b"{}"), Verdict.UNCERTAIN),
    ("matrix", Answer(413, {}, b'{"errcode": "M_TOO_LARGE", "error": "large"}'), Verdict.REFUSED),
    ("feishu", Answer(200, {}, b'{"code": 19021, "msg": "sign match fail"}'), Verdict.GONE),
    ("feishu", Answer(200, {}, b'{"code": 9499, "msg": "Bad Request"}'), Verdict.REFUSED),
    ("feishu", Answer(200, {}, b'{"code": 9499, "msg": "too many request"}'), Verdict.LATER),
    ("feishu", Answer(200, {}, b"[" * 50_000), Verdict.UNCERTAIN),
    ("teams", Answer(200, {}, b"Webhook message delivery failed with error: 429"), Verdict.LATER),
    ("webhook", Answer(403), Verdict.REFUSED),
    ("webhook", Answer(404), Verdict.GONE),
    ("webhook", Answer(503, {"retry-after": "Wed, 18 Mar 2026 09:00:40 GMT"}), Verdict.LATER),
]


@pytest.mark.parametrize(("name", "answer", "verdict"), ANSWERS)
def test_an_answer_means_what_the_service_says_it_means(name, answer, verdict):
    outcome = SERVICES[name].outcome(answer, now=NOW)
    assert outcome.verdict is verdict
    if "retry-after" in answer.headers:
        assert outcome.wait == 40


GOOD = {
    "slack": Place(f"https://hooks.slack.com/services/T/B/{HOOK}"),
    "discord": Place(f"https://discord.com/api/webhooks/1/{HOOK}"),
    "teams": Place(f"https://prod-1.westus.logic.azure.com/workflows/1?sig={HOOK}"),
    "telegram": Place("https://api.telegram.org", "123456789:AAF-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "@papers"),
    "matrix": Place("https://matrix.example.org", "syt_token", "!room:example.org"),
    "mattermost": Place(f"https://chat.example.org/team/hooks/{HOOK}"),
    "feishu": Place(f"https://open.feishu.cn/open-apis/bot/v2/hook/{HOOK}"),
    "webhook": Place("https://example.org/hook", SIGNING),
}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_place_that_cannot_be_right_is_said_without_showing_it(name):
    service = SERVICES[name]
    assert service.problem(GOOD[name]) == ""
    wrong = [Place()]
    if name != "telegram":
        wrong += [replace(GOOD[name], address=address) for address in ("ftp://x", f"https://[{HOOK}", HOOK)]
    if name in ("slack", "discord", "teams", "feishu"):
        wrong.append(Place(f"https://evil.example/services/{HOOK}"))
    if name in ("telegram", "matrix", "webhook"):
        wrong += [replace(GOOD[name], secret=secret) for secret in ("not a secret", "a\nb", "ü" * 40)]
    if name in ("telegram", "matrix"):
        wrong.append(replace(GOOD[name], target="#alias"))
    for place in wrong:
        problem = service.problem(place)
        assert problem
        assert HOOK not in problem
    assert HOOK not in repr(GOOD["slack"]) + repr(Request(f"https://x/{HOOK}", b""))


def test_the_webhooks_words_stand_as_they_are():
    body = SERVICES["webhook"].build(post(item(1, HOSTILE[1])))
    assert json.loads(encoded(body))["data"]["papers"][0]["title"] == HOSTILE[1]
