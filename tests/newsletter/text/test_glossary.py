"""Only the terms that a text has are named, each once and as the glossary writes it."""

from newsletter.text.glossary import MOST_TERMS, TermTranslation, listed, terms_in

GLOSSARY = [
    TermTranslation("diffusion model", "확산 모델"),
    TermTranslation("token", "토큰"),
    TermTranslation("AR", "자기회귀"),
    TermTranslation("", "x"),
]


def test_terms_are_found_as_whole_words_in_any_case_and_in_the_plural():
    assert terms_in("Diffusion models and tokenizers are rare.", GLOSSARY) == (GLOSSARY[0],)
    assert terms_in("TOKENS of ar-models", GLOSSARY) == (GLOSSARY[1], GLOSSARY[2])


def test_terms_are_listed_with_their_translations_up_to_a_number():
    assert listed(GLOSSARY[:2], "、") == "diffusion model → 확산 모델、token → 토큰"
    assert listed(GLOSSARY[1:2] * (MOST_TERMS + 5)).count("토큰") == MOST_TERMS
    assert listed([]) == ""
