"""Pictures of a paper: which may be shown again, and how they become small, plain and harmless.

Whether a figure may be re-served is said by the licence of the paper's version
(https://info.arxiv.org/help/license/index.html). Its bytes are a stranger's: they are decoded in a confined
process, from four formats only, and written anew, so that nothing but the pixels is left of them.
"""

import base64
import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from lib.sandbox import SandboxLimits, run_in_sandbox
from newsletter.errors import Unreadable
from newsletter.sources.fulltext.document import DocumentFigure

WIDTHS = (600, 1200)  # pixels: a mail's column, and the same on dense screens or on a page
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 60_000_000
MAX_SIDE = 20_000  # pixels
LEAST_SIDE = 48  # pixels; smaller is an icon
MAX_FILE = {"webp": 400_000, "png": 700_000}  # bytes of what is served
_LIMITS = SandboxLimits(memory=1024 * 2**20, seconds=20, output=8 * 2**20)


# -- licences ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence that allows a figure to be shown again with attribution.

    ``may_change`` is false where no adaptation may be shared: the caption stays as it was written. The
    picture is whole in any case; making it smaller and encoding it anew are technical modifications, which
    are no adaptation (CC BY-NC-ND 4.0, section 2(a)(4)).
    """

    name: str
    url: str
    may_change: bool = True


_CREATIVE = re.compile(
    r"^https?://(?:www\.)?creativecommons\.org/"
    r"(?:licenses/(?P<kind>by(?:-nc)?(?:-sa|-nd)?)/(?P<version>\d\.\d)|publicdomain/(?P<free>zero|mark)/(?P<edition>\d\.\d))",
    re.IGNORECASE,
)
_SHOWABLE = {"by", "by-sa", "by-nc-sa", "by-nc-nd"}


def licence_of(url: str) -> Licence | None:
    """The licence at ``url`` if it lets figures be shown again: CC BY, BY-SA, BY-NC-SA, BY-NC-ND, CC0 or the
    public domain; None for arXiv's own and every other licence."""
    match = _CREATIVE.match(url.strip())
    if match is None:
        return None
    if match["free"]:
        name = "CC0" if match["free"].lower() == "zero" else "Public Domain"
        kind, edition = match["free"].lower(), match["edition"]
        return Licence(f"{name} {edition}", f"https://creativecommons.org/publicdomain/{kind}/{edition}/")
    kind, version = match["kind"].lower(), match["version"]
    if kind not in _SHOWABLE:
        return None
    address = f"https://creativecommons.org/licenses/{kind}/{version}/"
    return Licence(f"CC {kind.upper()} {version}", address, may_change=not kind.endswith("nd"))


# -- which figures -------------------------------------------------------------------------------------------

MOST = 4
MOST_PANELS = 4
_OVERVIEW = re.compile(
    r"\b(?:overview|architecture|framework|pipeline|workflow|schematic|illustrat\w+|diagram|our (?:method"
    r"|approach|model|system)|proposed|teaser|concept\w*|set-?up|structure|sketch)\b",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\b(?:results?|performance|compar\w+|accuracy|evaluation|benchmarks?|versus|vs\.?|outperform\w*|scores?"
    r"|improve\w*|scaling|main|measured|as a function of|error|win rate)\b",
    re.IGNORECASE,
)
_MINOR = re.compile(
    r"\b(?:more|additional|further|example|examples|qualitative|failure|ablation|screenshot|prompt|annotation|supplement\w*"
    r"|appendix|visuali[sz]ations?)\b",
    re.IGNORECASE,
)


def choose_figures(
    figures: Sequence[DocumentFigure], *, appendices: frozenset[str] = frozenset()
) -> list[DocumentFigure]:
    """The one to four figures that matter, all panels of each, in the paper's order.

    By caption and place: the best overview and the best result first, then what comes early. Figures without
    a label and a caption, of very many panels, or in one of the ``appendices`` (anchors) stay out.
    """
    first = [
        figure
        for figure in figures
        if figure.panel == 1
        and figure.caption
        and figure.label
        and figure.panels <= MOST_PANELS
        and figure.section not in appendices
    ]
    if not first:
        return []
    place = {figure.anchor: at for at, figure in enumerate(first)}
    chosen: list[DocumentFigure] = []
    for pattern in (_OVERVIEW, _RESULT):
        fitting = [each for each in first if pattern.search(_lead(each)) and each not in chosen]
        if fitting:
            chosen.append(max(fitting, key=lambda each: _score(each, place[each.anchor], pattern)))
    rest = sorted(
        (each for each in first if each not in chosen and not _MINOR.search(_lead(each))),
        key=lambda each: place[each.anchor],
    )
    chosen += rest[: max(0, 3 - len(chosen))] or ([] if chosen else first[:1])
    anchors = {each.anchor for each in chosen[:MOST]}
    return [figure for figure in figures if figure.anchor in anchors]


def _lead(figure: DocumentFigure) -> str:
    """What a caption begins with says what the figure is; the rest explains details."""
    return figure.caption[:220]


def _score(figure: DocumentFigure, at: int, pattern: re.Pattern[str]) -> float:
    word_count = len({match.group().lower() for match in pattern.finditer(_lead(figure))})
    return (
        2.0 * min(word_count, 3) - 0.35 * at - 1.5 * bool(_MINOR.search(_lead(figure))) - 0.2 * figure.panels
    )


# -- pixels --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FigureFiles:
    """One picture, ready to be served: ``files`` by name ("600.webp", "1200.png"), size of the largest."""

    width: int
    height: int
    files: dict[str, bytes]


def prepare(data: bytes) -> FigureFiles:
    """A figure's bytes as WebP and PNG of at most 600 and 1200 pixels' width, never enlarged or cropped.

    Raises :class:`~newsletter.errors.Unreadable`: "not a picture" (SVG among them), "too large", "broken",
    "too much memory", "too slow".
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(f"The picture has more than {MAX_BYTES // 2**20} MB.", reason="too large")
    value = run_in_sandbox(
        "newsletter.images.figures:scale_json", data, limits=_LIMITS, make_error=Unreadable
    ).value
    files = {str(name): base64.b64decode(text) for name, text in value["files"].items()}
    return FigureFiles(int(value["width"]), int(value["height"]), files)


def scale_json(data: bytes) -> dict[str, Any]:
    """:func:`scale` for another process."""
    picture = scale(data)
    files = {name: base64.b64encode(body).decode("ascii") for name, body in picture.files.items()}
    return {"width": picture.width, "height": picture.height, "files": files}


def scale(data: bytes) -> FigureFiles:
    """Decode and encode anew; to be called in a confined process. Raises as :func:`prepare` does."""
    image = _decode(data)
    files: dict[str, bytes] = {}
    largest = image
    for at, width in enumerate(WIDTHS):
        smaller = _narrowed(image, width)
        if at and smaller.width == largest.width:
            break  # it is no wider than the first
        largest = smaller
        files[f"{width}.webp"] = _webp(smaller)
        files[f"{width}.png"] = _png(smaller)
    return FigureFiles(largest.width, largest.height, files)


def _decode(data: bytes) -> Image.Image:
    if re.match(rb"\s*(?:<\?xml|<!--|<svg|<!doctype)", data[:512], re.IGNORECASE):
        raise Unreadable("A drawing (SVG) may hold scripts; it is not shown.", reason="not a picture")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            width, height = image.size
            if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
                raise Unreadable(f"The picture has {width} × {height} pixels.", reason="too large")
            if min(width, height) < LEAST_SIDE:
                raise Unreadable(
                    f"The picture has {width} × {height} pixels: an icon.", reason="not a picture"
                )
            image.load()
            return _plain(ImageOps.exif_transpose(image) or image)
    except UnidentifiedImageError as error:
        raise Unreadable("The file is no PNG, JPEG, WebP or GIF.", reason="not a picture") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable("The picture is far larger than its file says.", reason="too large") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable(f"The picture is damaged: {error}", reason="broken") from error


def _plain(image: Image.Image) -> Image.Image:
    """RGB on white, without the file's metadata."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        above = image.convert("RGBA")
        ground = Image.new("RGB", above.size, "white")
        ground.paste(above, mask=above.getchannel("A"))
        return ground
    plain = image.convert("RGB")
    plain.info = {}
    return plain


def _narrowed(image: Image.Image, width: int) -> Image.Image:
    if image.width <= width:
        return image
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _webp(image: Image.Image) -> bytes:
    for quality in (84, 70, 50):
        body = _saved(image, "WEBP", quality=quality, method=4)
        if len(body) <= MAX_FILE["webp"]:
            return body
    return _webp(_narrowed(image, max(image.width * 3 // 4, 1)))


def _png(image: Image.Image) -> bytes:
    """Few colours are enough for a plot and make a small file; a photograph gets fewer pixels."""
    body = _saved(image.quantize(256, method=Image.Quantize.MEDIANCUT), "PNG", optimize=True)
    if len(body) <= MAX_FILE["png"]:
        return body
    return _png(_narrowed(image, max(image.width * 3 // 4, 1)))


def _saved(image: Image.Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()
