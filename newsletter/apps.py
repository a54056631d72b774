from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class NewsletterConfig(AppConfig):
    name = "newsletter"

    def ready(self) -> None:
        from newsletter.web.bodies import believe_no_charset

        believe_no_charset()


class DeskConfig(AdminConfig):
    """Django's admin with a site of our own: the desk."""

    default_site = "newsletter.desk.site.DeskSite"
