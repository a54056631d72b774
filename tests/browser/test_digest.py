"""The digest in a real browser: its look is kept as snapshots, and what can be measured is measured.

UPDATE_SNAPSHOTS=1 writes the snapshots anew: the HTML and the text of each language, and pictures of them at
375 and 700 pixels, light and dark, in light also without images. The pictures are for people; whether they
still show what is sent is known by the HTML they were taken from.
"""

import hashlib
import json
import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.sample_digest import LANGUAGES, sample_digest

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

FOLDER = Path(__file__).resolve().parent.parent / "snapshots"
UPDATE = os.environ.get("UPDATE_SNAPSHOTS") == "1"
WIDTHS = (375, 700)
SCHEMES = ("light", "dark")
SMALLEST_TARGET = 44  # CSS pixels
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3

MEASURE = """() => {
  const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgb(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const element = node.parentElement, style = getComputedStyle(element);
    if (!node.textContent.trim() || node.textContent.trim() === '●') continue;
    if (style.fontSize === '1px' || element.closest('[style*="display:none"]')) continue;
    const [a, b] = [luminance(rgb(style.color)), luminance(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) weak.push([node.textContent.trim().slice(0, 40), ratio.toFixed(2)]);
  }
  const small = [...document.querySelectorAll('a')].filter(a => getComputedStyle(a).display !== 'inline')
    .map(a => [a.textContent.trim().slice(0, 40), a.getBoundingClientRect()])
    .map(([text, box]) => [text, box.height, box.width])
    .filter(([, height, width]) => height < 44 || width < 44);
  return {weak, small, wide: document.documentElement.scrollWidth - window.innerWidth};
}"""


@pytest.fixture
def digest_of(tmp_path):
    def make(language, **options):
        return sample_digest(language, folder=tmp_path, **options)

    return make


def open_digest(browser, html, folder, *, width, scheme, with_pictures=True):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()

    def answer(route):
        name = route.request.url.rpartition("/")[2]
        path = folder / "pictures" / name
        route.fulfill(path=path) if with_pictures and path.exists() else route.abort()

    page.route("https://paperpost.example/**", answer)
    page.set_content(html, wait_until="load")
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_digest_looks_as_it_was_last_agreed(language, digest_of, browser, tmp_path):
    text, html = digest_of(language)
    names = {FOLDER / f"digest-{language}.html": html, FOLDER / f"digest-{language}.txt": text}
    if UPDATE:
        FOLDER.mkdir(exist_ok=True)
        for path, content in names.items():
            path.write_text(content, encoding="utf-8")
        for width in WIDTHS:
            for scheme in SCHEMES:
                for images in (True, False) if scheme == "light" else (True,):
                    take(browser, html, tmp_path, language, width=width, scheme=scheme, images=images)
        seen = FOLDER / "pictures.json"
        known = json.loads(seen.read_text()) if seen.exists() else {}
        seen.write_text(json.dumps({**known, language: fingerprint(html)}, indent=1, sort_keys=True) + "\n")
    for path, content in names.items():
        assert content == path.read_text(encoding="utf-8"), (
            f"{path.name} is not what is sent now; look at it, then UPDATE_SNAPSHOTS=1 pytest tests/browser"
        )
    assert json.loads((FOLDER / "pictures.json").read_text())[language] == fingerprint(html)


def fingerprint(html):
    return hashlib.sha256(html.encode()).hexdigest()[:16]


def take(browser, html, folder, language, *, width, scheme, images):
    page = open_digest(browser, html, folder, width=width, scheme=scheme, with_pictures=images)
    shot = Image.open(BytesIO(page.screenshot(full_page=True)))
    name = f"digest-{language}-{width}-{scheme}{'' if images else '-without-images'}.webp"
    shot.convert("RGB").save(FOLDER / name, quality=35, method=6)
    page.context.close()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [320, 375, 700])
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_can_be_read_and_touched(language, width, scheme, digest_of, browser, tmp_path):
    _, html = digest_of(language)
    page = open_digest(browser, html, tmp_path, width=width, scheme=scheme)
    found = page.evaluate(MEASURE)
    page.context.close()
    assert found["weak"] == []
    assert found["small"] == []
    assert found["wide"] <= 0
