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
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings

contents = json.loads(Path(sys.argv[1]).read_text("utf-8"))
count = int(sys.argv[2])
database = urlsplit(os.environ["RIVAL_DATABASE"])
templates = {}
for number, content in enumerate(contents):
    folder = f"newsletter/message/digest{number}"
    templates[f"{folder}/message_subject.txt"] = "{{ message.title }}"
    templates[f"{folder}/message.txt"] = "{% verbatim %}" + content["text"] + "{% endverbatim %}"
    templates[f"{folder}/message.html"] = "{% verbatim %}" + content["html"] + "{% endverbatim %}"
settings.configure(
    INSTALLED_APPS=[
        *("django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sites"),
        *("sorl.thumbnail", "newsletter"),
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": database.path.strip("/"),
            "USER": database.username,
            "PASSWORD": database.password or "",
            "HOST": parse_qs(database.query).get("host", [database.hostname])[0],
            "PORT": database.port or "",
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=int(os.environ["SINK_PORT"]),
    NEWSLETTER_THUMBNAIL="sorl-thumbnail",
    ROOT_URLCONF="newsletter.urls",
    SITE_ID=1,
    STATIC_URL="/static/",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [("django.template.loaders.locmem.Loader", templates)],
                    )
                ]
            },
        }
    ],
    USE_TZ=True,
)
django.setup()
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from newsletter.models import Message, Newsletter, Submission, Subscription  # noqa: E402

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
