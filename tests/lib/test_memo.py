"""Results are remembered by what the arguments say, not by which objects they are."""

from dataclasses import dataclass

from lib.memo import memo


@dataclass(frozen=True)
class Card:
    title: str
    votes: int


def counted(size):
    calls = []

    @memo(size)
    def render(card, *, language="en"):
        """How a card is shown."""
        calls.append((card.title, language))
        return f"{card.title} ({card.votes}, {language})"

    return render, calls


def test_equal_arguments_are_computed_once():
    render, calls = counted(10)
    assert render(Card("A", 1)) == render(Card("A", 1)) == "A (1, en)"
    assert calls == [("A", "en")]


def test_whatever_differs_is_computed_anew():
    render, calls = counted(10)
    render(Card("A", 1))
    render(Card("A", 2))
    render(Card("A", 1), language="ko")
    assert len(calls) == 3


def test_the_least_recently_used_result_is_dropped_first():
    render, calls = counted(2)
    for title in ("A", "B", "A", "C"):
        render(Card(title, 1))
    calls.clear()
    render(Card("A", 1))
    assert calls == []
    render(Card("B", 1))
    assert calls == [("B", "en")]


def test_it_can_forget_and_keeps_the_function_s_name():
    render, calls = counted(10)
    render(Card("A", 1))
    render.cache_clear()
    render(Card("A", 1))
    assert len(calls) == 2
    assert render.__doc__ == "How a card is shown."
