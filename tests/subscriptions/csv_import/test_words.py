"""What headings and cells of lists mean: by their words, in many languages."""

import pytest

from subscriptions.csv_import.headings import Role, column_of
from subscriptions.csv_import.standings import CellVote, meaning, vote
from subscriptions.csv_import.words import words


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("isUnsubscribed", Role.LEFT),
        ("Do Not Contact", Role.LEFT),
        ("Confirmed Opt-Out Date", Role.LEFT),
        ("not_confirmed", Role.LEFT),
        ("Suppression reason", Role.LEFT),
        ("수신거부", Role.LEFT),
        ("is_not_blocked", Role.ASKED),
        ("Terms accepted", Role.ASKED),
        ("subscribed_to_emails", Role.AGREED),
        ("수신동의", Role.AGREED),
        ("double_opt_in_at", Role.CONFIRMED),
        ("Statut", Role.STATE),
        ("active_subscription", Role.SILENT),
        ("SMS Consent", Role.SILENT),
        ("unsubscribe_url", Role.SILENT),
        ("status_changed_at", Role.SILENT),
        ("OPTIN_IP", Role.SILENT),
        ("company", Role.OTHER),
    ],
)
def test_a_heading_is_judged_by_its_words(heading, role):
    assert column_of(0, heading).role is role


@pytest.mark.parametrize(
    "cell", ["true", "Ja", "oui", "SÍ", "是", "예", "да", "はい", "1", "2025-02-03", "03.02.2025", "✓"]
)
def test_yes_in_many_languages_agrees_and_leaves(cell):
    assert vote(column_of(0, "subscribed"), cell) is CellVote.STAYS
    assert vote(column_of(0, "unsubscribed"), cell) is CellVote.LEFT


@pytest.mark.parametrize("cell", ["false", "Nein", "non", "否", "아니오", "нет", "いいえ", "0", "No."])
def test_no_in_many_languages_is_the_reverse(cell):
    assert vote(column_of(0, "subscribed"), cell) is CellVote.LEFT
    assert vote(column_of(0, "unsubscribed"), cell) is CellVote.NOTHING


@pytest.mark.parametrize("cell", ["not unsubscribed", "maybe", "soft", "2", "active?no"])
def test_in_doubt_a_word_is_unknown(cell):
    assert vote(column_of(0, "status"), cell) is CellVote.UNKNOWN


@pytest.mark.parametrize(
    "cell",
    [
        "validating",
        "Pending confirmation",
        "Removed by admin",
        "Active (pending)",
        "Subscribed, not confirmed",
        "by_bounces",
        "자동 삭제",
        "동의하지 않습니다",
        "未激活",
        "仮登録",
        "En attente de confirmation",
    ],
)
def test_words_of_those_who_left_or_never_confirmed(cell):
    assert vote(column_of(0, "status"), cell) is CellVote.LEFT


@pytest.mark.parametrize("cell", ["Yes, send me the newsletter", "동의합니다", "Active since 2024"])
def test_words_around_a_yes_change_nothing_or_are_asked_about(cell):
    assert vote(column_of(0, "newsletter"), cell) in (CellVote.STAYS, CellVote.UNKNOWN)


def test_every_word_of_a_cell_has_one_meaning():
    kinds = ["empty", "yes", "no", "active", "left"]
    for number, first in enumerate(kinds):
        for second in kinds[number + 1 :]:
            assert not words("cells", first) & words("cells", second), (first, second)
    assert meaning("Unsubscribed by admin") == "left"
