"""The sample's pictures: a drawn card for each paper, the same at every drawing.

They stand where a paper's own figure would stand, whose licence would not let us pass it on.
"""

from functools import cache
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFont

from services.sample.loading import load_sample
from services.sample.motifs import HEIGHT, HUES, MOTIFS, WIDTH, Canvas

_SCALE = 2  # drawn twice as large and reduced: Pillow's lines are not smoothed
_COLOURS = 96


@cache
def draw_picture(arxiv_id: str) -> bytes | None:
    """The card of a paper of the sample, as :func:`draw_card`; None for any other."""
    chosen = {paper["id"]: paper["picture"] for paper in load_sample().papers}
    return draw_card(arxiv_id, **chosen[arxiv_id]) if arxiv_id in chosen else None


def draw_card(arxiv_id: str, *, motif: str, hue: str) -> bytes:
    """A card for a paper as a PNG of 1200 x 648 pixels."""
    inks = HUES[hue]
    image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), inks.paper)
    canvas = Canvas(ImageDraw.Draw(image), scale=_SCALE, inks=inks)
    for x in range(40, WIDTH, 40):
        for y in range(44, HEIGHT, 40):
            canvas.dot(x, y, 2, inks.faint)
    MOTIFS[motif](canvas, Random(arxiv_id))  # noqa: S311 - a drawing, no secret
    canvas.box((0, HEIGHT - 10, WIDTH, HEIGHT), inks.strong)
    font = ImageFont.load_default(size=26 * _SCALE)
    canvas.draw.text((48 * _SCALE, 32 * _SCALE), f"arXiv:{arxiv_id}", font=font, fill=inks.strong)
    card = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    stream = BytesIO()
    card.quantize(_COLOURS, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()
