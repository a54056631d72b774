"""The pictures for sharing: what they say, in every script, whole, and only of what is public."""

import errno
import hashlib
import io
import json
import re
import time
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops

from newsletter.languages import LANGUAGES
from newsletter.models import Entry
from newsletter.share import drawing
from newsletter.share.cards import GROUND, ShareCard, Text, readable
from newsletter.share.drawing import KEPT, draw, tidy
from newsletter.share.fonts import drawable, families, folders
from tests.factories import DAY, make_edition, make_paper, make_summary, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
TITLES = {
    "en": "Robots fold laundry with half the memory",
    "ar": "يتعلم Diffusion Policy طي الملابس (RoboSuite)",
    "hi": "छोटे भाषा मॉडल से भी रोबोट घर के काम सीख सकते हैं",
    "ja": "直接の骨：ロボットは家事を学べる",
    "ko": "로봇이 빨래를 갭니다",
    "zh-Hans": "直接的骨：机器人学会了做家务",
    "he": "רובוטים מקפלים כביסה",
    "ru": "Роботы складывают бельё",
    "vi": "Rô-bốt gấp quần áo với nửa bộ nhớ",
}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    drawing._is_refused = False


def card(language="en", title="", **fields):
    return ShareCard(
        language=language, title=Text(title or TITLES.get(language, TITLES["en"]), language), **fields
    )


def image(shown):
    return Image.open(io.BytesIO(draw(shown.data()))).convert("RGB")


def ink(picture, box=(0, 60, 1200, 520)):
    """The box around all that is drawn on the ground, below the edge and above the name."""
    part = picture.crop(box)
    return ImageChops.difference(part, Image.new("RGB", part.size, GROUND)).getbbox()


@pytest.mark.parametrize("language", TITLES)
def test_every_script_has_its_letters(language):
    assert drawable(TITLES[language]) == TITLES[language]
    picture = image(card(language))
    assert picture.size == (1200, 630)
    left, _top, right, _bottom = ink(picture)
    is_rtl = LANGUAGES[language].rtl
    assert (left > 72) if is_rtl else (60 < left < 90)  # where its lines begin
    assert (1110 < right < 1140) if is_rtl else (right < 1140)


def test_no_language_of_the_mails_lacks_a_letter_of_its_own_name_or_phrases():
    for code, spec in LANGUAGES.items():
        phrases = Path(f"newsletter/rendering/phrases/{code}.toml").read_text(encoding="utf-8")
        letters = "".join(sorted({letter for letter in phrases if letter.isalnum()}))
        assert drawable(letters) == letters, code
        assert len(families(spec)) > 5


def test_a_letter_that_no_font_has_is_left_out_and_no_box_is_drawn():
    assert drawable("A 𓀀 hieroglyph \ue000 and a tail") == "A  hieroglyph  and a tail"
    boxes = image(card(title="Robots \U00013000\ue000"))
    assert ImageChops.difference(boxes, image(card(title="Robots"))).getbbox() is None
    assert ink(image(card(title="\ue000"))) is None


def test_the_same_character_has_the_shape_of_its_language():
    same = "直骨角今"
    shapes = {code: image(card(code, same)).tobytes() for code in ("ja", "zh-Hans", "zh-Hant", "ko")}
    assert len(set(shapes.values())) >= 3


def test_arabic_joins_its_letters_and_latin_words_stand_in_their_order():
    joined, apart = image(card("ar", "تعلم")), image(card("ar", "ت\u200cع\u200cل\u200cم"))
    assert ink(joined)[2] - ink(joined)[0] < ink(apart)[2] - ink(apart)[0]
    whole, turned = image(card("ar", "نموذج GPT mini")), image(card("ar", "نموذج mini GPT"))
    assert ImageChops.difference(whole, turned).getbbox() is not None


@pytest.mark.parametrize(
    "words",
    ["W" * 400, "word " * 200, "很长的标题" * 60, "عنوان طويل " * 80, "https://example.org/" + "x/" * 200],
)
def test_what_is_long_stays_within_the_picture(words):
    language = "ar" if words.startswith("ع") else "zh-Hans" if words.startswith("很") else "en"
    shown = card(language, words, lines=(Text(words, language),), topic="Topic", colour="#0f766e")
    left, _top, right, bottom = ink(image(shown))
    assert left >= 66
    assert right <= 1134
    assert bottom < 450  # well above the site's name
    assert all(json.loads(shown.data())["title"]["texts"])


def test_korean_lines_end_between_words_and_long_addresses_anywhere():
    (whole, *_) = json.loads(card("ko", "빨래를 갭니다 https://example.org/a-long-address").data())["title"][
        "texts"
    ]
    assert whole.startswith("빨\u2060래\u2060를 갭\u2060니\u2060다 https")
    assert "\u200b" in whole


def test_words_are_never_markup(settings):
    settings.SITE_NAME = '#panic("x")'
    hostile = '#panic("x") $a$ *b* \\ " </svg> {{ card }} ]'
    assert ink(image(card(title=hostile, topic=hostile, note=hostile))) is not None


def test_a_colour_that_cannot_be_read_is_the_sites_own():
    assert readable("#0F766E") == "#0f766e"
    assert readable("#ffff00") == readable("url(x)") == readable("") == "#93380f"


def test_the_operators_colour_and_name_are_on_it(settings, monkeypatch):
    own = image(card())
    settings.SITE_NAME = "Lab letter"
    assert ImageChops.difference(own, image(card())).getbbox() is not None


def test_a_picture_is_drawn_once_and_the_oldest_go(monkeypatch, settings, tmp_path):
    first = drawing.picture(card())
    monkeypatch.setattr(drawing, "draw", lambda data: pytest.fail("It is kept."))
    assert drawing.picture(card()) == first
    folder = drawing.folder()
    assert [path.suffix for path in folder.iterdir()] == [".png"]
    for number in range(5):
        (folder / f"{number}.png").write_bytes(b"")
    tidy(folder, most=3)
    assert len(list(folder.iterdir())) == 3
    assert KEPT < 5000


def test_a_picture_that_cannot_be_kept_is_shown_and_said_once(settings, tmp_path, caplog):
    (tmp_path / "a-file").write_bytes(b"")
    settings.MEDIA_ROOT = tmp_path / "a-file"
    assert drawing.picture(card()) == drawing.picture(card())
    assert caplog.text.count("cannot be kept below MEDIA_ROOT") == 1
    settings.MEDIA_ROOT = tmp_path
    drawing.picture(card())
    assert len(list(drawing.folder().iterdir())) == 1


def test_a_full_disk_leaves_no_half_picture(monkeypatch, caplog):
    def replace(path, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", replace)
    assert drawing.picture(card()).startswith(b"\x89PNG")
    assert list(drawing.folder().iterdir()) == []
    assert "No space left" in caplog.text


def test_a_file_that_another_process_renamed_is_not_tidied(tmp_path, monkeypatch):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"")
    gone = tmp_path / "gone.new"
    monkeypatch.setattr(Path, "iterdir", lambda _: iter([gone, tmp_path / "a.png", tmp_path / "b.png"]))
    tidy(tmp_path, most=1)
    assert sum(path.exists() for path in (tmp_path / "a.png", tmp_path / "b.png")) == 1


def test_a_picture_takes_little_time():
    draw(card().data())
    times = []
    for number in range(5):
        began = time.perf_counter()
        draw(
            card(
                title=f"{TITLES['en']} {number}", lines=(Text("Success rose from 41% to 68%.", "en"),)
            ).data()
        )
        times.append(time.perf_counter() - began)
    assert min(times) < 0.1


def test_the_pages_of_a_site_have_their_pictures(client, django_assert_max_num_queries):
    topic = make_topic(slug="robots", names={"en": "Robots", "ko": "로봇"}, colour="#0f766e")
    papers = [make_paper(), make_paper(arxiv_id="math.GT/0309136")]
    make_summary(papers[0], "ko", title="빨래", sentence="로봇이 빨래를 갭니다.")
    make_edition(topic, papers)
    paths = [
        "/share/site/ar.png",
        f"/share/papers/{papers[0].arxiv_id}/ko.png",
        "/share/papers/math.GT/0309136/hi.png",
        "/share/topics/robots/ko.png",
        f"/share/days/{DAY}/ja.png",
    ]
    for path in paths:
        with django_assert_max_num_queries(12):
            answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png"), path
        assert "ETag" in answer
    assert len({hashlib.sha256(client.get(path).content).digest() for path in paths}) == len(paths)
    for code, path in (("ko", paths[1]), ("ja", paths[4])):
        page = re.sub(
            r"^/share/(papers|days)", lambda match: {"papers": "/papers", "days": "/archive"}[match[1]], path
        )
        shared = client.get(page.removesuffix(".png") + "/").content.decode()
        assert f'<meta property="og:image" content="https://paperpost.example{path}">' in shared, code


@pytest.mark.parametrize(
    "path",
    [
        "/share/papers/2603.99999/en.png",
        "/share/papers/{hidden}/en.png",
        "/share/topics/nothing/en.png",
        "/share/days/2026-99-99/en.png",
        "/share/days/2020-01-01/en.png",
        "/share/site/tlh.png",
        "/share/site/en.png.svg",
    ],
)
def test_what_is_not_public_has_no_picture(client, path):
    hidden = make_paper()
    make_edition(make_topic(), [hidden])
    Entry.objects.update(is_hidden=True)
    assert client.get(path.format(hidden=hidden.arxiv_id)).status_code == 404
    assert not drawing.folder().exists()


def test_the_fonts_are_free_and_of_this_environment():
    for folder in folders():
        assert "site-packages" in str(folder)
        for path in folder.glob("*.tt?"):
            with TTFont(path, lazy=True, fontNumber=0) as font:
                assert "Open Font License" in font["name"].getDebugName(13)
