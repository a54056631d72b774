"""The public pages of the content."""

from django.urls import path, re_path

from newsletter.web import branding, picture_pages, reading_pages, views

urlpatterns = [
    path("archive/", views.archive, name="archive"),
    re_path(
        r"^archive/(?P<day>\d{4}-\d\d-\d\d)/(?P<language>[A-Za-z-]{2,10})/$", views.day, name="archive-day"
    ),
    re_path(
        r"^papers/(?P<arxiv_id>[A-Za-z.-]*/?[0-9.]{7,12})/(?P<language>[A-Za-z-]{2,10})/$",
        views.paper,
        name="paper",
    ),
    *reading_pages.urlpatterns,
    *branding.urlpatterns,
    path("pictures/<str:name>", picture_pages.picture, name="picture"),
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
]
