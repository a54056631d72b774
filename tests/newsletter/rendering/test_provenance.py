"""What is said of how a summary was checked: true counts in every language, nothing of others' words."""

import pytest

from newsletter.grounding import count_compared
from newsletter.languages import LANGUAGES
from newsletter.models import Summary
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.phrases import phrases
from newsletter.rendering.provenance import Checked
from tests.factories import make_paper, make_summary

TAKEAWAYS = [
    {"text": "It reaches 91.5% on 3 data sets.", "evidence": "It reaches 91.5% on 3 data sets."},
    {"text": "It needs two arms and 4 GB.", "evidence": "It needs two arms and 4 GB."},
    {"text": "It folds towels.", "evidence": "It folds towels."},
]


def view_with(django_paper, language="en", **fields):
    make_summary(django_paper, language, **{"sentence": "A robot folds.", "takeaways": TAKEAWAYS, **fields})
    return load_views({django_paper.pk}, language)[django_paper.pk]


@pytest.mark.django_db
def test_statements_and_the_numbers_in_them_are_counted():
    view = view_with(make_paper())
    assert view.checked == Checked(statements=4, numbers=4)
    assert view.label == "By a language model, checked against the abstract: 4 statements, 4 numbers"


@pytest.mark.django_db
def test_what_was_counted_when_it_was_checked_is_not_counted_again(monkeypatch):
    monkeypatch.setattr("newsletter.rendering.papers.count_numbers", None)
    assert view_with(make_paper(), checked_numbers=9).checked == Checked(4, 9)


@pytest.mark.django_db
def test_a_consequence_is_a_statement_as_the_others_are():
    follows = {"text": "Cheap robots can do it.", "evidence": "Our work eliminates the need for costly arms."}
    view = view_with(make_paper(), takeaways=[*TAKEAWAYS, follows])
    assert view.takeaways == tuple(each["text"] for each in TAKEAWAYS)
    assert view.consequence is not None
    assert view.consequence.text == follows["text"]
    assert view.checked == Checked(5, 4)


@pytest.mark.django_db
@pytest.mark.parametrize("author", [Summary.Author.EDITOR, Summary.Author.EXTRACT])
def test_nothing_is_said_to_be_checked_of_words_that_no_model_wrote(author):
    view = view_with(make_paper(), author=author)
    name = {"editor": "digest.by_editor", "extract": "digest.extract"}[author]
    assert (view.checked, view.label) == (None, phrases("en").say(name))


@pytest.mark.django_db
def test_without_a_summary_it_is_the_abstracts_own_words():
    paper = make_paper()
    view = load_views({paper.pk}, "en")[paper.pk]
    assert (view.checked, view.label) == (None, "The abstract’s own words")


@pytest.mark.django_db
def test_the_line_leads_to_the_evidence():
    paper = make_paper()
    assert view_with(paper, "ko").evidence_url == f"/papers/{paper.arxiv_id}/ko/#evidence"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_counts_in_its_plural_forms(language):
    words = phrases(language)
    lines = {number: Checked(number, number).line(words) for number in (1, 2, 3, 5, 11, 100, 1_000_000)}
    assert all("{" not in line for line in lines.values())
    assert len(set(lines.values())) == len(lines)
    none = Checked(5, 0).line(words)
    assert none in lines[5]
    assert lines[5].removeprefix(none).startswith(words.say("list_separator"))
    for name in ("checked_statements", "checked_numbers"):
        forms = words.words[f"digest.{name}"]
        assert set(forms) >= set(words.locale.plural_form.tags), name


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "Accuracy rises by 3.5% on 12 data sets, and 3.5% again.", 2),
        ("en", "It needs twice the memory and three stages, since 2024.", 3),
        ("ko", "정확도가 3.5% 높아지고 데이터 세트는 12개다.", 2),
        ("zh-Hans", "准确率提高了3.5%，涉及12个数据集。", 2),
        ("ar", "ترتفع الدقة بنسبة 3.5٪ في 12 مجموعة بيانات.", 2),
        ("de", "Die Genauigkeit steigt um 3,5 % auf zwölf Datensätzen.", 2),
        ("ja", "精度は3.5%向上し、データセットは12個である。", 2),
        ("en", "GPT-4 reads ImageNet.", 0),
    ],
)
def test_a_number_is_what_the_checks_compare(language, text, count):
    assert count_compared([text], language=language) == count
    assert count_compared([text, text], language=language) == 2 * count
