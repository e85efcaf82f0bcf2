"""Draw the demonstration's pictures: plain flat illustrations, one per category, view and shade."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageDraw

SIZE, SCALE = (640, 480), 2
GROUND, INK = "#f6f4ee", "#2b3036"
SHADES: tuple[tuple[str, str, str], ...] = (
    ("#4d5b66", "#8fa1ad", "#d5dde2"),
    ("#33383d", "#6d757c", "#c3c8cc"),
    ("#d9d6cd", "#b5b0a3", "#f3f1ea"),
    ("#2f5d62", "#74a5a8", "#cfe2e1"),
    ("#6b5444", "#b08f74", "#e6d9cb"),
    ("#51567d", "#949ac0", "#d8daea"),
)
"""Body, second tone and light of each shade."""
VIEWS = ("front", "side", "detail")


class Pen:
    """Draws in a field of 640 by 480, twice as fine as it is kept."""

    def __init__(self, shade: tuple[str, str, str]) -> None:
        self.dark, self.mid, self.light = shade
        self.image = Image.new("RGB", (SIZE[0] * SCALE, SIZE[1] * SCALE), GROUND)
        self._draw = ImageDraw.Draw(self.image)

    def box(self, x: float, y: float, w: float, h: float, fill: str, r: float = 6, line: str = "") -> None:
        self._draw.rounded_rectangle(
            [x * SCALE, y * SCALE, (x + w) * SCALE, (y + h) * SCALE],
            r * SCALE,
            fill=fill,
            outline=line or None,
            width=2 * SCALE,
        )

    def shape(self, points: list[tuple[float, float]], fill: str) -> None:
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def disc(self, x: float, y: float, r: float, fill: str) -> None:
        self._draw.ellipse([(x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE], fill=fill)

    def line(self, points: list[tuple[float, float]], fill: str, width: float = 4) -> None:
        self._draw.line(
            [(x * SCALE, y * SCALE) for x, y in points], fill=fill, width=int(width * SCALE), joint="curve"
        )

    def shadow(self, x: float, y: float, w: float) -> None:
        self._draw.ellipse([x * SCALE, (y - 9) * SCALE, (x + w) * SCALE, (y + 9) * SCALE], fill="#e4e0d5")

    def rows(self, x: float, y: float, w: float, n: int, gap: float, fill: str) -> None:
        for i in range(n):
            self.box(x, y + i * gap, w * (1 if i % 3 else 0.7), gap * 0.35, fill, 2)


def _screen(pen: Pen, x: float, y: float, w: float, h: float, side: bool) -> None:
    pen.box(x, y, w, h, pen.dark, 8)
    pen.box(x + 9, y + 9, w - 18, h - 18, "#e9eff0", 3)
    if not side:
        pen.box(x + 9, y + 9, w - 18, 26, pen.mid, 3)
        pen.rows(x + 28, y + 54, w * 0.5, 5, 24, pen.light)
        pen.box(x + w * 0.66, y + 54, w * 0.24, h * 0.35, pen.light, 4)


def _laptop(pen: Pen, view: str) -> None:
    pen.shadow(90, 388, 460)
    if view == "side":
        pen.shape([(150, 372), (480, 372), (480, 360), (150, 360)], pen.dark)
        pen.shape([(476, 362), (548, 130), (536, 128), (462, 362)], pen.mid)
        return
    _screen(pen, 150, 96, 340, 240, False)
    pen.shape([(150, 338), (490, 338), (548, 378), (92, 378)], pen.mid)
    pen.shape([(168, 344), (472, 344), (492, 360), (148, 360)], pen.dark)
    pen.box(280, 364, 80, 10, pen.light, 3)
    if view == "detail":
        for i in range(9):
            for j in range(3):
                pen.box(196 + i * 28, 345 + j * 5, 22, 3, pen.light, 1)


def _desktop(pen: Pen, view: str) -> None:
    pen.shadow(110, 402, 430)
    _screen(pen, 120, 90, 300, 200, view == "side")
    pen.box(255, 290, 30, 70, pen.mid, 2)
    pen.box(200, 356, 140, 16, pen.mid, 6)
    pen.box(452, 150, 96, 240, pen.dark, 6)
    pen.box(466, 170, 68, 16, pen.mid, 3)
    pen.disc(500, 220, 9, pen.light)
    for i in range(7):
        pen.box(470, 270 + i * 14, 60, 5, pen.mid, 2)
    pen.box(130, 382, 270, 18, pen.mid, 4)


def _tablet(pen: Pen, view: str) -> None:
    pen.shadow(170, 418, 300)
    if view == "side":
        pen.box(300, 70, 26, 340, pen.dark, 10)
        pen.box(332, 120, 4, 40, pen.mid, 2)
        return
    pen.box(180, 70, 280, 340, pen.dark, 20)
    pen.box(196, 92, 248, 296, "#e9eff0", 6)
    for i in range(3):
        for j in range(4):
            pen.box(218 + i * 72, 116 + j * 66, 54, 46, pen.mid if (i + j) % 2 else pen.light, 8)
    if view == "detail":
        pen.line([(500, 120), (520, 400)], pen.mid, 9)


def _printer(pen: Pen, view: str) -> None:
    pen.shadow(120, 398, 400)
    pen.shape([(210, 170), (430, 170), (410, 90), (230, 90)], "#ffffff")
    pen.rows(252, 106, 130, 4, 16, pen.light)
    pen.box(140, 170, 360, 150, pen.mid, 12)
    pen.box(140, 170, 360, 52, pen.dark, 12)
    pen.box(420, 186, 54, 20, pen.light, 4)
    pen.box(180, 262, 280, 14, INK, 4)
    if view != "side":
        pen.shape([(200, 276), (440, 276), (466, 350), (174, 350)], "#ffffff")
    pen.box(140, 320, 360, 70, pen.dark, 10)
    pen.box(270, 348, 100, 10, pen.mid, 4)


def _copier(pen: Pen, view: str) -> None:
    pen.shadow(150, 440, 340)
    pen.box(180, 70, 280, 34, pen.light, 6)
    pen.box(170, 104, 300, 60, pen.dark, 6)
    pen.box(390, 112, 66, 40, "#e9eff0", 4)
    pen.box(180, 164, 280, 80, pen.mid, 4)
    if view != "side":
        pen.box(120, 196, 70, 12, pen.light, 3)
    for i in range(4 if view == "detail" else 3):
        pen.box(180, 250 + i * 46, 280, 40, pen.light if i % 2 else pen.mid, 4)
        pen.box(290, 264 + i * 46, 60, 8, pen.dark, 3)
    pen.box(190, 428, 260, 8, INK, 2)


def _projector(pen: Pen, view: str) -> None:
    pen.shadow(110, 350, 430)
    if view == "detail":
        pen.shape([(228, 226), (20, 90), (20, 430), (228, 300)], "#fbf3d8")
    pen.box(120, 180, 400, 150, pen.mid, 18)
    pen.box(120, 180, 400, 40, pen.dark, 18)
    pen.disc(228, 262, 52, pen.dark)
    pen.disc(228, 262, 38, pen.light)
    pen.disc(218, 252, 14, "#ffffff")
    for i in range(6):
        pen.box(330 + i * 26, 248, 12, 56, pen.dark, 4)
    pen.box(150, 330, 40, 14, INK, 3)
    pen.box(450, 330, 40, 14, INK, 3)


def _monitor(pen: Pen, view: str) -> None:
    pen.shadow(180, 414, 280)
    if view == "side":
        pen.box(300, 90, 20, 240, pen.dark, 5)
        pen.shape([(318, 220), (360, 240), (360, 396), (340, 396)], pen.mid)
        pen.box(270, 396, 140, 12, pen.dark, 5)
        return
    _screen(pen, 110, 84, 420, 252, False)
    pen.box(304, 336, 32, 60, pen.mid, 2)
    pen.box(230, 394, 180, 14, pen.dark, 6)


def _paper(pen: Pen, view: str) -> None:
    pen.shadow(130, 400, 390)
    count = {"front": 3, "side": 2, "detail": 1}[view]
    for i in range(count):
        y = 320 - i * 72
        pen.shape([(140, y), (420, y), (510, y - 40), (230, y - 40)], "#ffffff")
        pen.box(140, y, 280, 66, pen.mid, 3)
        pen.shape([(420, y), (510, y - 40), (510, y + 26), (420, y + 66)], pen.dark)
        pen.box(170, y + 18, 120, 30, pen.light, 3)


def _desk(pen: Pen, view: str) -> None:
    pen.shadow(90, 412, 460)
    pen.shape([(80, 210), (560, 210), (520, 168), (120, 168)], pen.light)
    pen.box(80, 210, 480, 18, pen.mid, 3)
    pen.box(110, 228, 18, 178, pen.dark, 2)
    pen.box(512, 228, 18, 178, pen.dark, 2)
    if view != "side":
        pen.box(390, 232, 112, 150, pen.mid, 4)
        for i in range(3):
            pen.box(400, 242 + i * 46, 92, 38, pen.light, 3)
            pen.box(432, 256 + i * 46, 28, 6, pen.dark, 2)
    if view == "detail":
        pen.box(210, 214, 120, 8, INK, 3)


def _chair(pen: Pen, view: str) -> None:
    pen.shadow(180, 430, 280)
    if view == "side":
        pen.shape([(250, 70), (282, 70), (330, 260), (300, 262)], pen.dark)
    else:
        pen.box(220, 60, 200, 190, pen.dark, 28)
        pen.box(240, 80, 160, 150, pen.mid, 20)
    pen.box(210, 256, 220, 40, pen.dark, 18)
    if view != "detail":
        pen.line([(206, 210), (206, 262)], INK, 8)
        pen.line([(434, 210), (434, 262)], INK, 8)
    pen.box(310, 296, 20, 70, pen.mid, 3)
    for x in (200, 260, 380, 440):
        pen.line([(320, 366), (x, 410)], INK, 9)
        pen.disc(x, 418, 10, INK)


def _aircon(pen: Pen, view: str) -> None:
    if view == "side":
        pen.box(250, 120, 140, 110, pen.light, 18)
        pen.box(250, 206, 140, 24, pen.dark, 10)
        return
    pen.box(90, 120, 460, 130, pen.light, 22)
    pen.box(90, 204, 460, 46, pen.mid, 16)
    pen.box(130, 220, 380, 10, pen.dark, 4)
    pen.box(452, 150, 60, 20, pen.mid, 4)
    count = 4 if view == "front" else 6
    for i in range(count):
        x = 150 + i * (340 / (count - 1))
        pen.line([(x, 274), (x - 14, 310), (x + 6, 344), (x - 10, 380)], pen.mid, 5)


def _switch(pen: Pen, view: str) -> None:
    pen.shadow(80, 330, 480)
    if view != "detail":
        pen.shape([(80, 220), (560, 220), (520, 170), (120, 170)], pen.mid)
    pen.box(80, 220, 480, 92, pen.dark, 6)
    for i in range(8):
        pen.box(116 + i * 40, 244, 30, 28, INK, 3)
        pen.box(124 + i * 40, 252, 14, 12, pen.light, 2)
        pen.disc(131 + i * 40, 288, 4, "#7fb36b")
    pen.box(468, 240, 62, 50, pen.mid, 4)


def _cleaning(pen: Pen, view: str) -> None:
    pen.shadow(150, 420, 340)
    pen.shape([(220, 280), (380, 280), (362, 410), (238, 410)], pen.mid)
    pen.box(212, 266, 176, 20, pen.dark, 6)
    pen.line([(228, 268), (300, 190), (372, 268)], INK, 5)
    pen.line([(430, 80), (410, 360)], pen.dark, 10)
    pen.shape([(370, 356), (452, 362), (470, 412), (352, 412)], pen.light)
    if view != "side":
        pen.box(150, 316, 52, 94, pen.light, 8)
        pen.box(164, 290, 24, 30, pen.dark, 4)
    if view == "detail":
        for x, y, r in ((180, 200, 16), (250, 150, 24), (320, 110, 14), (210, 120, 10)):
            pen.disc(x, y, r, "#dfeaec")


def _maintenance(pen: Pen, view: str) -> None:
    pen.shadow(120, 420, 400)
    _screen(pen, 110, 90, 300, 220, view == "side")
    pen.box(240, 310, 40, 60, pen.mid, 2)
    pen.box(180, 366, 160, 14, pen.dark, 6)
    pen.disc(460, 320, 74, pen.mid)
    for x, y in (
        (460, 236),
        (460, 404),
        (376, 320),
        (544, 320),
        (400, 260),
        (520, 260),
        (400, 380),
        (520, 380),
    ):
        pen.disc(x, y, 18, pen.mid)
    pen.disc(460, 320, 34, GROUND)
    if view == "detail":
        pen.line([(140, 250), (190, 190), (240, 230), (300, 150), (370, 200)], pen.dark, 6)


DRAWINGS: dict[str, Callable[[Pen, str], None]] = {
    "laptop": _laptop,
    "desktop": _desktop,
    "tablet": _tablet,
    "printer": _printer,
    "copier": _copier,
    "projector": _projector,
    "monitor": _monitor,
    "paper": _paper,
    "desk": _desk,
    "chair": _chair,
    "aircon": _aircon,
    "switch": _switch,
    "cleaning": _cleaning,
    "maintenance": _maintenance,
}


@cache
def drawn(art: str, view: str, shade: int) -> bytes:
    """Give one illustration as WebP: the drawing `art` seen from `view`, in shade number `shade`."""
    pen = Pen(SHADES[shade % len(SHADES)])
    DRAWINGS[art](pen, view)
    out = io.BytesIO()
    pen.image.reduce(SCALE).save(out, "WEBP", quality=82, method=2)
    return out.getvalue()
