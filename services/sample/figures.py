"""The figures of the two invented papers, drawn here: nobody's picture is passed on."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from services.sample.motifs import HEIGHT, HUES, WIDTH, Canvas

_SCALE = 2  # drawn twice as large and reduced: Pillow's lines are not smoothed
_FLOOR = 560
_TOP = 110


@cache
def draw_figure(arxiv_id: str, name: str) -> bytes | None:
    """The figure ``name`` of an invented paper as a PNG of 1200 x 648 pixels; None if there is none."""
    draw = _FIGURES.get((arxiv_id, name))
    if draw is None:
        return None
    inks = HUES["teal" if arxiv_id.endswith("1") else "amber"]
    image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), "#ffffff")
    draw(Canvas(ImageDraw.Draw(image), scale=_SCALE, inks=inks))
    stream = BytesIO()
    image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).quantize(64).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _write(c: Canvas, text: str, at: tuple[float, float], *, size: int = 28, anchor: str = "mm") -> None:
    font = ImageFont.load_default(size=size * c.scale)
    c.draw.text((at[0] * c.scale, at[1] * c.scale), text, font=font, fill=c.inks.strong, anchor=anchor)


def _bars(c: Canvas, shares: Sequence[tuple[str, float, str]], *, axis: str) -> None:
    """A bar for each (name, share of the axis, what stands above it)."""
    c.line([(150, _TOP - 20), (150, _FLOOR), (1130, _FLOOR)], c.inks.strong, 3)
    _write(c, axis, (150, 60), anchor="lm")
    step = 980 / len(shares)
    for number, (name, share, label) in enumerate(shares):
        left = 150 + step * number + step * 0.22
        right, top = left + step * 0.56, _FLOOR - share * (_FLOOR - _TOP)
        c.box((left, top, right, _FLOOR), c.inks.middle if number else c.inks.accent, None, 6)
        _write(c, label, ((left + right) / 2, top - 24))
        _write(c, name, ((left + right) / 2, _FLOOR + 36))


def _steps(c: Canvas, boxes: Sequence[str], *, below: str) -> None:
    """Boxes from left to right with arrows between them, and a line of words below."""
    width = 250
    gap = (1100 - width * len(boxes)) / (len(boxes) - 1)
    for number, text in enumerate(boxes):
        left = 50 + number * (width + gap)
        c.box((left, 220, left + width, 400), c.inks.soft, c.inks.strong, 14)
        for line, words in enumerate(text.split("\n")):
            _write(c, words, (left + width / 2, 290 + line * 40))
        if number:
            c.arrow((left - gap + 12, 310), (left - 12, 310), c.inks.accent, 7)
    _write(c, below, (600, 490))


def _lighthouse_overview(c: Canvas) -> None:
    _steps(
        c,
        ("a sentence\nof thought", "Lighthouse:\nwill it change?", "under 0.05:\nanswer now"),
        below="otherwise: one more sentence",
    )


def _lighthouse_results(c: Canvas) -> None:
    _bars(
        c,
        (
            ("Lighthouse", 0.808, "80.8%, 732 tokens"),
            ("Full thinking", 0.814, "81.4%, 1,240 tokens"),
            ("Fixed cut", 0.769, "76.9%, 730 tokens"),
        ),
        axis="Accuracy on Harbour-500",
    )


def _tidy_overview(c: Canvas) -> None:
    _steps(
        c,
        ("the room\nin order", "a walk\noutside", "the room\nin disorder"),
        below="20 rooms, 12 objects each",
    )


def _tidy_results(c: Canvas) -> None:
    _bars(
        c,
        (("HomeMap", 0.71, "71%"), ("NoMap", 0.46, "46%"), ("Shuffle", 0.19, "19%")),
        axis="Objects put back on Tidy-20",
    )


_FIGURES: Mapping[tuple[str, str], Callable[[Canvas], None]] = {
    ("2604.99901", "overview"): _lighthouse_overview,
    ("2604.99901", "results"): _lighthouse_results,
    ("2604.99902", "overview"): _tidy_overview,
    ("2604.99902", "results"): _tidy_results,
}
