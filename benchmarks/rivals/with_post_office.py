"""django-post_office: a queue in the database, sent by several processes of five threads each.

Its mails are queued finished, subject, text and HTML in the row; timed is ``send_queued`` alone.
"""

import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings

contents = json.loads(Path(sys.argv[1]).read_text("utf-8"))
count, processes = int(sys.argv[2]), int(sys.argv[3])
database = urlsplit(os.environ["RIVAL_DATABASE"])
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "post_office"],
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
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=int(os.environ["SINK_PORT"]),
    POST_OFFICE={"BATCH_SIZE": count, "LOG_LEVEL": 0, "BATCH_DELIVERY_TIMEOUT": 3600},
    USE_TZ=True,
)
django.setup()
from django.core.management import call_command  # noqa: E402
from post_office.mail import send_queued  # noqa: E402
from post_office.models import STATUS, Email  # noqa: E402

call_command("migrate", verbosity=0)
Email.objects.bulk_create(
    Email(
        from_email="digest@paperpost.example",
        to=[f"reader{number}@example.org"],
        subject=contents[number % len(contents)]["subject"],
        message=contents[number % len(contents)]["text"],
        html_message=contents[number % len(contents)]["html"],
        status=STATUS.queued,
        priority=2,
        backend_alias="default",
    )
    for number in range(count)
)
began = time.monotonic()
sent, failed, requeued = send_queued(processes=processes, log_level=0)
seconds = time.monotonic() - began
if sent != count:
    raise SystemExit(f"{sent} sent, {failed} failed, {requeued} put off, of {count}")
print(json.dumps({"count": sent, "seconds": seconds, "processes": processes}))
