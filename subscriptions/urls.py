"""The pages of the people."""

from django.urls import path, re_path

from subscriptions.web import feed, my_data, preferences, rating, reading_list, saved, taste_imports, views

urlpatterns = [
    path("", views.sign_up, name="sign-up"),
    path("preview/", views.preview_digest, name="preview"),
    path("try/", views.try_search, name="try"),
    path("proof/", views.proof, name="proof"),
    path("check-mail/", views.check_mail, name="check-mail"),
    path("privacy/", views.privacy, name="privacy"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("unsubscribe/<str:token>/less/", views.less, name="less"),
    path("undo/<str:token>/", views.undo, name="undo"),
    path("vote/<str:token>/", views.vote, name="vote"),
    path("rate/<str:token>/", rating.rate, name="rate"),
    path("vote/<str:token>/save/", saved.save, name="save"),
    path("vote/<str:token>/follow/", saved.follow, name="follow"),
    path("vote/<str:token>/papers/", saved.ask, name="ask-reading-list"),
    path("preferences/<str:token>/", preferences.preferences, name="preferences"),
    path("preferences/<str:token>/pause/", preferences.pause, name="pause"),
    path("preferences/<str:token>/catch-up/", preferences.send_missed, name="catch-up"),
    path("preferences/<str:token>/links/", my_data.renew, name="renew"),
    path("preferences/<str:token>/my-data/", my_data.ask, name="ask-my-data"),
    # What these did needs a link of its own now; pages that are still open have their addresses.
    re_path(
        r"^preferences/(?P<token>[^/]+)/(?:address/|erase/|paperpost\.(?:json|csv))$", my_data.ask, name="ask"
    ),
    path("my-data/<str:token>/", my_data.show, name="my-data"),
    path("my-data/<str:token>/address/", my_data.move, name="move"),
    path("my-data/<str:token>/erase/", my_data.erase, name="erase"),
    path("my-data/<str:token>/import/", taste_imports.bring, name="import-taste"),
    path("my-data/<str:token>/import/count/", taste_imports.count, name="count-taste"),
    path("my-data/<str:token>/import/undo/", taste_imports.take_back, name="undo-taste"),
    re_path(r"^my-data/(?P<token>[^/]+)/paperpost\.(?P<kind>json|csv)$", my_data.export, name="export"),
    path("my-data/<str:token>/papers/", reading_list.show, name="reading-list"),
    path("my-data/<str:token>/papers/note/", reading_list.note, name="note-paper"),
    path("my-data/<str:token>/papers/remove/", reading_list.remove, name="remove-paper"),
    path("my-data/<str:token>/papers/restore/", reading_list.restore, name="restore-paper"),
    path("my-data/<str:token>/papers/follow/", reading_list.follow, name="follow-listed"),
    path("my-data/<str:token>/papers/feed/", reading_list.renew_feed, name="renew-feed"),
    re_path(
        r"^my-data/(?P<token>[^/]+)/papers/paperpost\.(?P<kind>bib|ris|json|md)$",
        reading_list.export,
        name="export-papers",
    ),
    path("saved/<str:token>.atom", feed.saved_papers, name="saved-feed"),
    path("arrive/<str:token>/", my_data.arrive, name="email-confirm"),
    path("digests/<str:token>/", preferences.digests, name="digests"),
    re_path(r"^digests/(?P<token>[^/]+)/(?P<day>\d{4}-\d\d-\d\d)/$", preferences.digest, name="digest"),
]
