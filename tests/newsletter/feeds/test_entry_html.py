from dataclasses import replace

import pytest
from lxml import html

from newsletter.feeds.entry_html import CorrectionLine, write_entry
from newsletter.images.pictures import CardPicture
from newsletter.readings.offers import ReusableFigure
from newsletter.rendering.paper_rows import load_views
from tests.factories import make_paper

pytestmark = pytest.mark.django_db
HOSTILE = "\"'><script>alert(1)</script>&"


def test_nothing_that_a_source_says_becomes_markup():
    paper = make_paper()
    view = load_views([paper.pk], "ko")[paper.pk]
    figure = ReusableFigure(
        png=HOSTILE,
        webp="",
        width=3,
        height=4,
        alt=HOSTILE,
        label="",
        caption="",
        credit=HOSTILE,
        licence_name=HOSTILE,
        licence_url="https://creativecommons.org/licenses/by/4.0/",
    )
    hostile = replace(view, sentence=HOSTILE, title=HOSTILE, organisation=HOSTILE, figure=figure)
    written = write_entry(hostile, HOSTILE, [CorrectionLine("day", HOSTILE, HOSTILE)])
    tree = html.fromstring(written)
    assert not tree.findall(".//script")
    assert [picture.get("alt") for picture in tree.iter("img")] == [HOSTILE]
    assert [each.text for each in tree.iter("cite", "del")] == [HOSTILE, HOSTILE]
    assert HOSTILE in "".join(str(text) for small in tree.iter("small") for text in small.itertext())


def test_a_picture_of_unknown_height_has_no_size():
    paper = make_paper()
    view = load_views([paper.pk], "en")[paper.pk]
    for height, size in ((0, None), (90, "90")):
        picture = CardPicture(url="/a.png", shown_width=120, shown_height=height, is_still=False)
        (image,) = html.fromstring(write_entry(replace(view, picture=picture), "", ())).findall(".//img")
        assert (image.get("height"), image.get("width")) == (size, size and "120")
