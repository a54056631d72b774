"""django-post_office: a queue in the database, sent by several processes of five threads each.

Its mails are queued finished, subject, text and HTML in the row; timed is ``send_queued`` alone.
"""

import json
import os
import sys
import time
from pathlib import Path

import django
from django.conf import settings


def main(contents: list[dict[str, str]], count: int, processes: int) -> None:
    """Queue and send; print how long the sending took."""
    settings.configure(
        **json.loads(os.environ["RIVAL_SETTINGS"]),
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "post_office"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        POST_OFFICE={"BATCH_SIZE": count, "LOG_LEVEL": 0, "BATCH_DELIVERY_TIMEOUT": 3600},
    )
    django.setup()
    from django.core.management import call_command
    from post_office.mail import send_queued
    from post_office.models import STATUS, Email

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


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text("utf-8")), int(sys.argv[2]), int(sys.argv[3]))
