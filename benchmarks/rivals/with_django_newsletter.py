"""django-newsletter: one message for all subscribers of a newsletter, sent by one process, as it is made.

One newsletter for each of the digests it is given; their text and HTML are literal templates. Timed is
``submit_queue`` alone.
"""

import json
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings


def templates_of(contents: list[dict[str, str]]) -> dict[str, str]:
    """The templates that the package looks for, by path."""
    templates = {}
    for number, content in enumerate(contents):
        folder = f"newsletter/message/digest{number}"
        templates[f"{folder}/message_subject.txt"] = "{{ message.title }}"
        templates[f"{folder}/message.txt"] = "{% verbatim %}" + content["text"] + "{% endverbatim %}"
        templates[f"{folder}/message.html"] = "{% verbatim %}" + content["html"] + "{% endverbatim %}"
    return templates


def main(contents: list[dict[str, str]], count: int) -> None:
    """Make the newsletters and send them; print how long the sending took."""
    memory = ("django.template.loaders.locmem.Loader", templates_of(contents))
    settings.configure(
        **json.loads(os.environ["RIVAL_SETTINGS"]),
        INSTALLED_APPS=[
            *("django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sites"),
            *("sorl.thumbnail", "newsletter"),
        ],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        NEWSLETTER_THUMBNAIL="sorl-thumbnail",
        ROOT_URLCONF="newsletter.urls",
        SITE_ID=1,
        STATIC_URL="/static/",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [("django.template.loaders.cached.Loader", [memory])]},
            }
        ],
    )
    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from newsletter.models import Message, Newsletter, Submission, Subscription

    call_command("migrate", verbosity=0)
    for number, content in enumerate(contents):
        letter = Newsletter.objects.create(
            title=f"Digest {number}",
            slug=f"digest{number}",
            email="digest@paperpost.example",
            sender="Paperpost",
            send_html=True,
        )
        message = Message.objects.create(title=content["subject"][:200], slug="today", newsletter=letter)
        readers = [
            Subscription.objects.create(
                newsletter=letter, email_field=f"reader{reader}@example.org", subscribed=True
            )
            for reader in range(number, count, len(contents))
        ]
        submission = Submission.objects.create(
            newsletter=letter,
            message=message,
            prepared=True,
            publish=True,
            publish_date=timezone.now() - timedelta(minutes=1),
        )
        submission.subscriptions.set(readers)
    began = time.monotonic()
    Submission.submit_queue()
    seconds = time.monotonic() - began
    unsent = Submission.objects.filter(sent=False).count()
    if unsent:
        raise SystemExit(f"{unsent} submissions were not sent")
    print(json.dumps({"count": count, "seconds": seconds, "processes": 1}))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text("utf-8")), int(sys.argv[2]))
