"""The content as a Django app, and the desk as its admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from typing_extensions import override


class NewsletterConfig(AppConfig):
    """The content of Paperpost as a Django app."""

    name = "newsletter"

    @override
    def ready(self) -> None:
        from newsletter.web.bodies import believe_no_charset

        believe_no_charset()


class DeskConfig(AdminConfig):
    """Django's admin with a site of our own: the desk."""

    default_site = "newsletter.desk.site.DeskSite"
