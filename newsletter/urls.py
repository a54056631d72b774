"""The public pages of the content."""

from django.urls import path

from newsletter.api import pages as api_pages
from newsletter.web import (
    archive_pages,
    author_pages,
    branding,
    day_pages,
    feed_pages,
    paper_page,
    picture_pages,
    reading_pages,
    search_pages,
    share_pages,
    sitemap_pages,
    topic_pages,
)

urlpatterns = [
    *api_pages.urlpatterns,
    *archive_pages.urlpatterns,
    *author_pages.urlpatterns,
    *branding.urlpatterns,
    *day_pages.urlpatterns,
    *feed_pages.urlpatterns,
    *paper_page.urlpatterns,
    *reading_pages.urlpatterns,
    *search_pages.urlpatterns,
    *share_pages.urlpatterns,
    *sitemap_pages.urlpatterns,
    *topic_pages.urlpatterns,
    path("pictures/<str:name>", picture_pages.picture, name="picture"),
]
