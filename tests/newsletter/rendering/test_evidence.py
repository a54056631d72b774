"""What a statement rests on is shown in the abstract's own words, or not as a quotation."""

import re
from html import unescape

import pytest
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext, ngettext

from newsletter.rendering.evidence import evidence_of
from newsletter.rendering.paper_rows import load_views
from tests.factories import make_edition, make_paper, make_summary, make_topic

pytestmark = pytest.mark.django_db

ABSTRACT = (
    "Folding is hard. We present $\\texttt{FoldNet}$, which folds  towels\nwith two arms. It reaches "
    "91.5% on 3 data sets. Our work eliminates the need for costly arms."
)


def evidence(language="en", *, abstract=ABSTRACT, **fields):
    paper = make_paper(abstract=abstract)
    make_summary(paper, language, **fields)
    view = load_views({paper.pk}, language)[paper.pk]
    return evidence_of(view, paper.abstract)


def point(text, words):
    return {"text": text, "evidence": words}


def test_a_quotation_is_the_abstracts_words_as_they_stand():
    shown = evidence(
        "ko",
        sentence="로봇이 수건을 갠다.",
        sentence_evidence="we present FoldNet, which folds towels with two arms.",
        takeaways=[point("3개 데이터 세트에서 91.5%.", "It reaches 91.5% on 3 data sets.")],
    )
    assert shown.sentence.quotations == ("We present FoldNet, which folds towels with two arms.",)
    assert shown.points[0].quotations == ("It reaches 91.5% on 3 data sets.",)
    assert [each.checked_numbers for each in shown.statements] == [0, 2]
    assert "".join(passage.text for passage in shown.passages).count("FoldNet") == 1
    marked = {passage.text: passage.statements for passage in shown.passages if passage.statements}
    assert marked == {shown.sentence.quotations[0]: (1,), shown.points[0].quotations[0]: (2,)}


@pytest.mark.parametrize(
    "words",
    [
        "It reaches 97.5% on 3 data sets.",  # another number
        "It reaches 91.5% on 3 data",  # whole, but for its end
        "FoldNet is the best folder of all times.",
        "towels",
        "ching 91.5% on 3 data sets.",  # begins within a word
        "It reaches 91.5% on 3 data sets. … It flies.",  # one of two parts is not there
    ],
)
def test_what_is_not_there_word_for_word_is_no_quotation(words):
    shown = evidence(takeaways=[point("It reaches 91.5% on 3 data sets.", words)])
    expected = ("It reaches 91.5% on 3 data",) if words.endswith("data") else ()
    assert shown.points[0].quotations == expected
    assert shown.points[0].rests_on_whole is False


def test_a_passage_of_two_parts_is_two_quotations():
    words = "Folding is hard. … It reaches 91.5% on 3 data sets."
    shown = evidence(takeaways=[point("Hard, and 91.5%.", words)])
    assert shown.points[0].quotations == ("Folding is hard.", "It reaches 91.5% on 3 data sets.")
    assert [passage.begins for passage in shown.passages if passage.begins] == [(2,)]


def test_a_sentence_without_a_passage_rests_on_the_whole():
    shown = evidence(sentence="A robot folds.", sentence_evidence="")
    assert shown.sentence.quotations == ()
    assert shown.sentence.rests_on_whole


def test_an_editors_sentence_is_not_said_to_be_checked():
    shown = evidence(author="editor", sentence="A robot folds.", sentence_evidence="")
    assert (shown.sentence.rests_on_whole, shown.sentence.checked_numbers) == (False, None)


def test_an_extract_rests_on_itself():
    paper = make_paper(abstract=ABSTRACT)
    shown = evidence_of(load_views({paper.pk}, "ko")[paper.pk], paper.abstract)
    assert shown.sentence.quotations == (shown.sentence.text,)


def test_passages_that_overlap_keep_the_abstract_whole():
    shown = evidence(
        takeaways=[
            point("One.", "Folding is hard. We present FoldNet, which folds towels with two arms."),
            point("Two.", "which folds towels with two arms. It reaches 91.5% on 3 data sets."),
        ]
    )
    whole = "".join(passage.text for passage in shown.passages)
    assert whole.startswith("Folding is hard.")
    assert whole.endswith("costly arms.")
    assert (2, 3) in [passage.statements for passage in shown.passages]


def test_the_page_of_a_paper_shows_statements_evidence_and_abstract(client):
    paper = make_paper(abstract=ABSTRACT, title="Folding")
    make_edition(make_topic(), [paper])
    make_summary(
        paper,
        "ko",
        sentence="로봇이 수건을 갠다.",
        takeaways=[
            point("3개 데이터 세트에서 91.5%.", "It reaches 91.5% on 3 data sets."),
            point("<b>비싼</b> 팔이 필요 없다.", "Our work eliminates the need for costly arms."),
        ],
    )
    page = client.get(f"/papers/{paper.arxiv_id}/ko/").content.decode()
    assert '<section class="rest evidence" id="evidence"' in page
    assert page.count('<details class="rests-on"') == 3
    quotations = [
        " ".join(unescape(strip_tags(each)).split())
        for each in re.findall(r'<blockquote lang="en" dir="ltr"[^>]*>(.*?)</blockquote>', page)
    ]
    assert quotations == ["It reaches 91.5% on 3 data sets.", "Our work eliminates the need for costly arms."]
    assert "의의" in page
    assert "&lt;b&gt;비싼" in page
    assert 'href="#statement-2"' in page
    assert 'id="passage-3"' in page
    assert page.count("비싼") == 1  # what matters is no takeaway as well
    with translation.override("ko"):
        whole = gettext("It rests on the abstract as a whole, shown below.")
        one = "Compared with the abstract: names, what rises and falls, and %(n)s number."
        counted = ngettext(one, one.replace("number.", "numbers."), 2) % {"n": 2}
    assert "초록" in counted
    assert "초록" in whole
    assert counted in page
    assert whole in page
    assert f'href="/papers/{paper.arxiv_id}/ko/wrong/"' in page


def test_a_paper_without_an_abstract_says_so(client):
    paper = make_paper(abstract="")
    make_edition(make_topic(), [paper])
    page = client.get(f"/papers/{paper.arxiv_id}/en/").content.decode()
    assert 'id="evidence"' in page
    assert "arXiv has no abstract of this paper." in page
