"""The pages of the people."""

from django.urls import path

from subscriptions import views

urlpatterns = [
    path("", views.sign_up, name="sign-up"),
    path("check-mail/", views.check_mail, name="check-mail"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("preferences/<str:token>/", views.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("undo/<str:token>/", views.undo, name="undo"),
    path("vote/<str:token>/", views.vote, name="vote"),
    path("digests/<str:token>/", views.digests, name="digests"),
]
