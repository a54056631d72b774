"""A setting that cannot be right is named, with what to write instead."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings import one_of, private_hosts, share, whole_number


def test_an_unknown_mode_names_the_setting_and_the_choices(monkeypatch):
    monkeypatch.setenv("SUMMARY_MODE", "both")
    with pytest.raises(ImproperlyConfigured, match=r"SUMMARY_MODE='both': use one of shared, direct\."):
        one_of("SUMMARY_MODE", "shared", "direct")


@pytest.mark.parametrize("text", ["²", "--5", "5.0", "many", "9" * 5000, "11", "-1"])
def test_what_is_no_number_in_bounds_is_one_sentence_that_names_the_setting(monkeypatch, text):
    monkeypatch.setenv("SOME_SETTING", text)
    with pytest.raises(ImproperlyConfigured, match=r"SOME_SETTING=.*use a whole number from 0 to 10\.$"):
        whole_number("SOME_SETTING", 3, low=0, high=10)


@pytest.mark.parametrize(("text", "value"), [("", 3), ("7", 7), (" 0 ", 0)])
def test_a_number_in_bounds_is_taken_and_nothing_is_the_default(monkeypatch, text, value):
    monkeypatch.setenv("SOME_SETTING", text)
    assert whole_number("SOME_SETTING", 3, low=0, high=10) == value


def test_an_address_in_place_of_a_private_host_says_what_to_write(monkeypatch):
    monkeypatch.setenv("CHANNEL_PRIVATE_HOSTS", "10.0.0.5:8065, http://chat.intern/hooks/secret")
    with pytest.raises(ImproperlyConfigured, match="entry 2: write a host or host:port"):
        private_hosts()
    monkeypatch.setenv("CHANNEL_PRIVATE_HOSTS", "10.0.0.5:8065, Chat.Intern")
    assert private_hosts() == ["10.0.0.5:8065", "chat.intern"]


@pytest.mark.parametrize("text", ["1.01", "-0.1", "10%", "half", "nan", "inf", "0,5"])
def test_what_is_no_share_is_one_sentence_that_names_the_setting(monkeypatch, text):
    monkeypatch.setenv("RANKING_TRIAL_SHARE", text)
    message = r"RANKING_TRIAL_SHARE=.*: use a number from 0 \(nobody\) to 1 \(everybody\)\.$"
    with pytest.raises(ImproperlyConfigured, match=message):
        share("RANKING_TRIAL_SHARE", 0.0)


@pytest.mark.parametrize(("text", "value"), [("", 0.0), ("1", 1.0), (" 0.25 ", 0.25)])
def test_a_share_is_taken_and_nothing_is_the_default(monkeypatch, text, value):
    monkeypatch.setenv("RANKING_TRIAL_SHARE", text)
    assert share("RANKING_TRIAL_SHARE", 0.0) == value
