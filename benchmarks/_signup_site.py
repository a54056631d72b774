"""What the benchmark of the sign-up serves: Paperpost, and beside it the floor, a bare Django form view."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import include, path
from django.utils import timezone

from subscriptions.models import SignUp


class BareForm(forms.Form):
    """The same fields, checked by what Django has."""

    email = forms.EmailField()
    topics = forms.MultipleChoiceField(choices=[("diffusion-models", ""), ("robotics", "")])
    language = forms.ChoiceField(choices=[("en", ""), ("ko", "")])
    time_zone = forms.CharField(max_length=64)
    hour = forms.IntegerField(min_value=0, max_value=23)
    cadence = forms.ChoiceField(choices=[("daily", ""), ("weekly", "")])
    weekday = forms.IntegerField(min_value=0, max_value=6)
    size = forms.IntegerField(min_value=1, max_value=50)


def bare(request: HttpRequest) -> HttpResponse:
    """Check, insert one row, redirect."""
    form = BareForm(request.POST)
    if not form.is_valid():
        return render(request, "web/check_mail.html", status=422)
    data = dict(form.cleaned_data)
    SignUp.objects.create(
        email=data.pop("email"), wishes=data, language="en", text_version="floor", at=timezone.now()
    )
    return HttpResponseRedirect("/check-mail/")


urlpatterns = [path("bare/", bare), path("", include("config.urls"))]
