import pytest

from newsletter.search.highlights import LONGEST_EXCERPT, excerpt, found_tokens, mark


@pytest.mark.parametrize(
    ("text", "tokens", "marked"),
    [
        ("Few-Shot learners <b>learn</b>", {"few", "fewshot", "learn"}, ["Few-Shot", "learn"]),
        ("用扩散模型生成", {"扩散", "散模", "模型"}, ["扩散模型"]),
        ("图像与图", {"图"}, ["图", "图"]),
        ("모델은 확산", {"모델"}, ["모델"]),
        ("Café GPT 3.5", {"cafe", "3.5"}, ["Café", "3.5"]),
        ("nothing here", {"other"}, []),
        ("ﾃﾞｰﾀ", {"デー"}, ["ﾃﾞｰﾀ"]),
    ],
)
def test_what_was_looked_for_is_marked_and_the_text_stays_whole(text, tokens, marked):
    pieces = mark(text, tokens)
    assert "".join(piece.text for piece in pieces) == text
    assert [piece.text for piece in pieces if piece.is_marked] == marked


def test_an_excerpt_is_around_the_first_place_and_short():
    text = "words of no use " * 40 + "a needle in hay " + "more words " * 60
    pieces = excerpt(text, {"needle"})
    shown = "".join(piece.text for piece in pieces)
    assert "needle" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) <= LONGEST_EXCERPT + 4
    assert excerpt(text, {"absent"}) == ()


def test_single_signs_and_pairs_count_as_found():
    assert found_tokens("扩散模型", {"扩散", "模", "图"}) == {"扩散", "模"}
