"""PDFs made by hand, as small as they can be: pages of lines, each with its place, size and font."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 612, 792  # points


@dataclass(frozen=True)
class Text:
    """A line of text; ``top`` counts from the page's top, in points."""

    text: str
    left: float = 72
    top: float = 72
    size: float = 10
    is_bold: bool = False


def flow(
    text: str, *, left: float = 72, top: float = 72, width: int = 90, size: float = 10, is_bold: bool = False
) -> list[Text]:
    """A paragraph in lines of at most ``width`` characters."""
    lines: list[str] = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [Text(line, left, top + 1.2 * size * at, size, is_bold) for at, line in enumerate(lines)]


def pdf(pages: Iterable[Sequence[Text]], *, rotate: int = 0, extra: bytes = b"") -> bytes:
    """A PDF whose pages draw the lines in the given order. ``extra`` stands in every page's content."""
    contents = [b"\n".join([*map(_draw, page), extra]) for page in pages]
    kids = b" ".join(b"%d 0 R" % (3 + 2 * at) for at in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(contents)),
    ]
    for at, content in enumerate(contents):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Rotate %d /Contents %d 0 R"
            b" /Resources << /Font <<"
            b" /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
            b" /B << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >> >> >> >>"
            % (WIDTH, HEIGHT, rotate, 4 + 2 * at),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        ]
    return assemble(objects)


def assemble(objects: Sequence[bytes], *, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        start,
    )
    return bytes(out)


def _draw(line: Text) -> bytes:
    shown = line.text.encode("latin-1", "replace")
    for sign in (b"\\", b"(", b")"):
        shown = shown.replace(sign, b"\\" + sign)
    font = b"B" if line.is_bold else b"F"
    return b"BT /%s %.1f Tf %.1f %.1f Td (%s) Tj ET" % (
        font,
        line.size,
        line.left,
        HEIGHT - line.top,
        shown,
    )
