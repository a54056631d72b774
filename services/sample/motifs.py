"""One schematic drawing a paper, in the colours of its topic, on a card of 1200 x 648 points."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from PIL import ImageDraw

WIDTH, HEIGHT = 1200, 648
Point = tuple[float, float]


@dataclass(frozen=True)
class Inks:
    """From the card's ground to its darkest lines."""

    paper: str
    faint: str
    soft: str
    middle: str
    strong: str
    accent: str


HUES: Mapping[str, Inks] = {
    "blue": Inks("#f2f6fc", "#d9e4f4", "#b9d0ee", "#6f9fda", "#23497f", "#e8873a"),
    "violet": Inks("#f6f3fc", "#e5dcf5", "#cdbcec", "#9777cf", "#4a2f86", "#e9a23b"),
    "teal": Inks("#eff8f7", "#d2eae7", "#a9d6d1", "#4ba59c", "#165e57", "#e0704a"),
    "amber": Inks("#fdf7ec", "#f5e6c8", "#eccf98", "#d69b3a", "#7c5111", "#3f83b5"),
    "rose": Inks("#fcf2f4", "#f5d9df", "#ecb9c4", "#d2708a", "#7f2440", "#3a94a0"),
    "green": Inks("#f1f8f0", "#d8ebd5", "#b4d8af", "#64a95d", "#28602a", "#d9793c"),
}


@dataclass(frozen=True)
class Canvas:
    """Pillow's drawing in points of the finished card."""

    draw: ImageDraw.ImageDraw
    scale: int
    inks: Inks

    def _at(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self.scale, y * self.scale) for x, y in points]

    def line(self, points: Sequence[Point], ink: str, width: int = 4) -> None:
        """A line through ``points``."""
        self.draw.line(self._at(points), fill=ink, width=width * self.scale, joint="curve")

    def shape(self, points: Sequence[Point], fill: str, outline: str | None = None, width: int = 3) -> None:
        """A filled polygon."""
        self.draw.polygon(self._at(points), fill=fill)
        if outline:
            self.line([*points, points[0]], outline, width)

    def dot(self, x: float, y: float, radius: float, fill: str, outline: str | None = None) -> None:
        """A filled circle."""
        corners = self._at([(x - radius, y - radius), (x + radius, y + radius)])
        self.draw.ellipse(corners, fill=fill, outline=outline, width=3 * self.scale)

    def box(
        self,
        corners: tuple[float, float, float, float],
        fill: str,
        outline: str | None = None,
        radius: float = 0,
    ) -> None:
        """A filled rectangle (``corners``: left, top, right, bottom), its corners rounded by ``radius``."""
        left, top, right, bottom = corners
        self.draw.rounded_rectangle(
            self._at([(left, top), (right, bottom)]),
            radius * self.scale,
            fill=fill,
            outline=outline,
            width=3 * self.scale,
        )

    def arrow(self, start: Point, end: Point, ink: str, width: int = 5) -> None:
        """An arrow from ``start`` to ``end``."""
        angle = math.atan2(end[1] - start[1], end[0] - start[0])
        wings = [
            (end[0] - 22 * math.cos(angle + turn), end[1] - 22 * math.sin(angle + turn))
            for turn in (-0.45, 0.45)
        ]
        neck = (end[0] - 14 * math.cos(angle), end[1] - 14 * math.sin(angle))
        self.line([start, neck], ink, width)
        self.shape([end, *wings], ink)


def page(c: Canvas, rng: Random) -> None:
    """A screenshot on the left becomes lines of code on the right."""
    inks = c.inks
    c.box((110, 120, 530, 560), "#ffffff", inks.middle, 18)
    c.box((110, 120, 530, 170), inks.middle, None, 18)
    for x in (138, 164, 190):
        c.dot(x, 145, 8, inks.paper)
    c.box((140, 200, 500, 320), inks.soft, None, 8)
    for row in range(2):
        for column in range(3):
            left = 140 + column * 124
            c.box((left, 345 + row * 100, left + 112, 425 + row * 100), inks.faint, None, 6)
    c.arrow((570, 340), (650, 340), inks.accent, 8)
    c.box((690, 120, 1090, 560), inks.strong, None, 18)
    indent = 0
    for row in range(10):
        indent = max(0, min(3, indent + rng.choice((-1, 0, 1))))
        left = 725 + indent * 34
        middle = left + rng.randint(50, 100)
        c.box((left, 152 + row * 39, middle, 168 + row * 39), inks.accent, None, 8)
        c.box(
            (middle + 14, 152 + row * 39, middle + rng.randint(50, 130), 168 + row * 39), inks.middle, None, 8
        )


def flow(c: Canvas, rng: Random) -> None:
    """Straight paths from a cloud of noise to a ring of data."""
    ends = [(1010 + 75 * math.cos(n * 0.524), 335 + 165 * math.sin(n * 0.524)) for n in range(12)]
    starts = [(rng.gauss(210, 62), rng.gauss(335, 82)) for _ in ends]
    starts.sort(key=lambda p: p[1])
    ends.sort(key=lambda p: p[1])
    for start, end in zip(starts, ends, strict=True):
        c.line([start, end], c.inks.soft, 5)
        for step in (0.25, 0.5, 0.75):
            x, y = (a + (b - a) * step for a, b in zip(start, end, strict=True))
            c.dot(x, y, 4 + 4 * step, c.inks.middle)
    for _ in range(90):
        c.dot(rng.gauss(210, 62), rng.gauss(335, 88), 4, c.inks.middle)
    for start, end in zip(starts, ends, strict=True):
        c.dot(*start, 8, c.inks.strong)
        c.dot(*end, 15, c.inks.accent, c.inks.paper)


def waves(c: Canvas, rng: Random) -> None:
    """One waveform divides into four simpler ones."""
    inks = c.inks
    mixed = [
        (x, 335 + 100 * math.sin(x / 19) * math.sin(x / 71) + 34 * math.sin(x / 5.3))
        for x in range(90, 480, 3)
    ]
    c.line(mixed, inks.strong, 5)
    for row, (length, height) in enumerate(((46, 34), (90, 40), (24, 28), (9, 18))):
        middle = 150 + row * 124
        c.line([(500, 335), (570, 335), (610, middle), (660, middle)], inks.soft, 6)
        c.box((660, middle - 48, 1100, middle + 48), "#ffffff", inks.soft, 14)
        phase = rng.random() * 6
        ink = inks.accent if row == 1 else inks.middle
        curve = [(x, middle + height * math.sin(x / length + phase)) for x in range(685, 1078, 3)]
        c.line(curve, ink, 5)


def funnel(c: Canvas, rng: Random) -> None:
    """Many pairs enter a funnel, the good ones leave it."""
    inks = c.inks
    c.shape([(470, 150), (850, 290), (850, 390), (470, 530)], inks.soft, inks.strong, 5)
    for _ in range(20):
        x, y = rng.uniform(90, 420), rng.uniform(140, 520)
        good = rng.random() < 0.35
        c.box((x - 24, y - 18, x - 2, y + 18), inks.accent if good else inks.middle, None, 5)
        for row in range(3):
            c.box((x + 4, y - 16 + row * 13, x + 36, y - 9 + row * 13), inks.middle, None, 3)
    for column in range(4):
        x = 905 + column * 62
        c.box((x - 22, 312, x, 368), inks.accent, None, 6)
        for row in range(3):
            c.box((x + 5, 316 + row * 18, x + 28, 326 + row * 18), inks.strong, None, 3)


def curve(c: Canvas, rng: Random) -> None:
    """A line that keeps falling beside those that level off."""
    inks = c.inks
    c.line([(150, 110), (150, 550), (1080, 550)], inks.strong, 5)
    for row in range(1, 5):
        c.line([(152, 550 - row * 92), (1080, 550 - row * 92)], inks.faint, 2)
    for floor, drop in ((240, 90), (290, 100), (335, 110)):
        flat = [(x, floor - 40 + drop * (1 - math.exp(-(x - 150) / 150))) for x in range(150, 1071, 10)]
        c.line(flat, inks.soft, 6)
    law = [(150 + 92 * n, 175 + 34 * n + rng.uniform(-6, 6)) for n in range(11)]
    c.line([(150, 175), (1070, 515)], inks.middle, 6)
    for x, y in law:
        c.dot(x, y, 13, inks.accent, inks.paper)


def cluster(c: Canvas, rng: Random) -> None:
    """A loose boundary drawn around what belongs to a concept, in conversation."""
    inks = c.inks
    rim = [
        (400 + (225 + 34 * math.sin(3 * a)) * math.cos(a), 340 + (180 + 22 * math.cos(2 * a)) * math.sin(a))
        for a in (n * math.tau / 72 for n in range(72))
    ]
    c.shape(rim, inks.faint, inks.strong, 5)
    for _ in range(70):
        x, y = rng.uniform(90, 720), rng.uniform(120, 560)
        angle = math.atan2((y - 340) / 180, (x - 400) / 225)
        reach = math.dist((x, y), (400, 340))
        rim_x = (225 + 34 * math.sin(3 * angle)) * math.cos(angle)
        rim_y = (180 + 22 * math.cos(2 * angle)) * math.sin(angle)
        inside = reach < math.hypot(rim_x, rim_y) - 12
        c.dot(x, y, 11, inks.accent if inside else inks.soft)
    for top, left, ink in ((140, 800, inks.middle), (290, 850, inks.strong), (440, 800, inks.middle)):
        c.box((left, top, left + 270, top + 100), ink, None, 26)
        c.shape([(left + 40, top + 98), (left + 84, top + 98), (left + 36, top + 128)], ink)
        for row in range(2):
            c.box(
                (left + 34, top + 28 + row * 28, left + 200 - row * 50, top + 42 + row * 28),
                inks.paper,
                None,
                7,
            )


def graph(c: Canvas, rng: Random) -> None:
    """Concepts joined to a net."""
    inks = c.inks
    nodes = [
        (150 + column * 180 + rng.uniform(-44, 44), 170 + row * 165 + rng.uniform(-36, 36))
        for column in range(6)
        for row in range(3)
    ]
    links = [
        (node, other)
        for node in nodes
        for _, other in sorted((math.dist(node, other), other) for other in nodes)[1:4]
    ]
    for link in links:
        c.line(link, inks.soft, 5)
    for link in links[::15]:
        c.line(link, inks.accent, 7)
    for number, (x, y) in enumerate(nodes):
        chosen = number % 5 == 0
        c.dot(x, y, 30 if chosen else 21, inks.accent if chosen else inks.middle, inks.paper)


def dialogue(c: Canvas, rng: Random) -> None:
    """A conversation in which one turn carries a picture."""
    inks = c.inks
    for row, (left, right) in enumerate(((110, 610), (590, 1090), (110, 560))):
        top = 110 + row * 150
        c.box((left, top, right, top + 115), "#ffffff" if row % 2 else inks.soft, inks.middle, 28)
        for line in range(3):
            end = left + rng.randint(230, 400)
            c.box((left + 34, top + 26 + line * 25, end, top + 38 + line * 25), inks.middle, None, 6)
    c.box((640, 400, 1090, 580), "#ffffff", inks.middle, 22)
    c.box((664, 420, 1066, 560), inks.faint, None, 12)
    c.shape([(664, 560), (790, 460), (868, 524), (940, 474), (1066, 560)], inks.middle)
    c.dot(992, 456, 22, inks.accent)


def bars(c: Canvas, rng: Random) -> None:
    """Weights on few levels; the rare outliers keep their value."""
    inks = c.inks
    c.line([(110, 540), (1090, 540)], inks.strong, 5)
    for level in range(5):
        c.line([(110, 540 - level * 62), (1090, 540 - level * 62)], inks.faint, 3)
    for column in range(24):
        left = 122 + column * 40
        if column in (6, 17):
            c.box((left, 150 + column * 3, left + 28, 538), inks.accent, None, 5)
            continue
        height = abs(rng.gauss(0, 1)) * 95 + 30
        level = min(4, max(1, round(height / 62))) * 62
        c.box((left, 540 - level, left + 28, 538), inks.middle, None, 5)
        c.line([(left, 540 - height), (left + 28, 540 - height)], inks.strong, 4)


def mesh(c: Canvas, rng: Random) -> None:
    """A triangulated form with one region that grows finer."""
    inks = c.inks

    def spot(row: int, column: int) -> Point:
        lift = 92 * math.exp(-((column - 8) ** 2 + (row - 2) ** 2) / 6)
        x = 130 + column * 78 + row * 22
        return x + rng.uniform(-9, 9), 240 + row * 72 - lift + rng.uniform(-7, 7)

    points = [[spot(row, column) for column in range(12)] for row in range(5)]
    for row in range(4):
        for column in range(11):
            a, b = points[row][column], points[row][column + 1]
            d, e = points[row + 1][column], points[row + 1][column + 1]
            chosen = 6 <= column <= 8 and 1 <= row <= 2
            for corner in ((a, b, d), (b, e, d)):
                fill = inks.accent if chosen else rng.choice((inks.faint, inks.soft, "#ffffff"))
                c.shape(corner, fill, inks.strong, 3)
                if chosen:
                    middle = (sum(x for x, _ in corner) / 3, sum(y for _, y in corner) / 3)
                    for point in corner:
                        c.line([middle, point], inks.strong, 2)


def grid(c: Canvas, rng: Random) -> None:
    """A coarse and a fine view of one scene flow together."""
    inks = c.inks
    shades = (inks.faint, inks.soft, inks.middle, inks.accent)

    def view(left: float, top: float, cells: int, size: float) -> None:
        step = size / cells
        for row in range(cells):
            for column in range(cells):
                reach = math.hypot(row + 0.5 - cells / 2, column + 0.5 - cells / 2) / cells
                shade = shades[max(0, min(3, 3 - int(reach * 7 + rng.uniform(-0.4, 0.4))))]
                x, y = left + column * step, top + row * step
                c.box((x + 1, y + 1, x + step - 1, y + step - 1), shade)

    view(120, 130, 4, 180)
    view(120, 350, 16, 200)
    c.arrow((350, 220), (500, 310), inks.strong)
    c.arrow((350, 450), (500, 360), inks.strong)
    c.box((520, 260, 680, 410), inks.strong, None, 24)
    for n in range(3):
        c.box((552, 290 + n * 36, 648, 308 + n * 36), inks.soft, None, 8)
    c.arrow((700, 335), (780, 335), inks.strong)
    view(810, 200, 12, 270)


def sketch(c: Canvas, rng: Random) -> None:
    """A drawn goal, and an arm that fulfils it."""
    inks = c.inks

    def drawn(points: Sequence[Point]) -> None:
        for _ in range(2):
            c.line([(x + rng.uniform(-4, 4), y + rng.uniform(-4, 4)) for x, y in points], inks.strong, 3)

    c.box((100, 120, 500, 560), "#ffffff", inks.soft, 10)
    drawn([(140, 480), (460, 480)])
    drawn([(190, 480), (190, 380), (270, 380), (270, 480)])
    drawn([(350 + 45 * math.cos(n / 3), 435 + 45 * math.sin(n / 3)) for n in range(20)])
    drawn([(220, 240), (260, 220), (300, 240), (340, 220), (380, 240)])
    c.arrow((535, 340), (625, 340), inks.accent, 8)
    c.line([(660, 540), (1110, 540)], inks.strong, 6)
    c.box((1000, 480, 1090, 540), inks.strong, None, 10)
    c.line([(1045, 480), (1000, 300), (820, 210), (790, 330)], inks.middle, 26)
    for joint in ((1045, 480), (1000, 300), (820, 210)):
        c.dot(*joint, 24, inks.strong, inks.paper)
    c.line([(770, 400), (770, 350), (810, 350), (810, 400)], inks.strong, 8)
    c.box((755, 400, 825, 470), inks.accent, None, 6)
    c.dot(700, 505, 34, inks.soft, inks.middle)


def frames(c: Canvas, rng: Random) -> None:
    """A still that becomes a film while its noise is set right."""
    inks = c.inks
    for number in range(4):
        left, top = 110 + number * 250, 210
        c.box((left, top, left + 225, top + 225), "#ffffff", inks.strong, 12)
        hill = top + 150 - number * 8
        c.shape(
            [
                (left + 8, top + 217),
                (left + 8, hill),
                (left + 90, hill - 50),
                (left + 217, hill + 34),
                (left + 217, top + 217),
            ],
            inks.soft,
        )
        c.dot(left + 50 + number * 40, top + 62 - 6 * number, 25, inks.accent)
        for _ in range((70, 45, 22, 0)[number]):
            c.dot(left + rng.uniform(14, 210), top + rng.uniform(14, 210), 3, inks.middle)
    for number in range(16):
        for top in (150, 468):
            c.box((110 + number * 61, top, 146 + number * 61, top + 28), inks.middle, None, 6)


MOTIFS: Mapping[str, Callable[[Canvas, Random], None]] = {
    draw.__name__: draw
    for draw in (page, flow, waves, funnel, curve, cluster, graph, dialogue, bars, mesh, grid, sketch, frames)
}
