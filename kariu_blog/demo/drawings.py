"""The pictures of the demonstration, drawn by code: a program of its own, as the encoder is.

python -I drawings.py NAME  >PNG
"""

import math
import random
import sys
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1200, 800
Colour = tuple[int, int, int]


def steppe() -> Image.Image:
    """A low sun over hills, each ridge nearer and darker than the one behind."""
    picture = _sky((250, 214, 165), (203, 226, 232))
    _sun(picture, (845, 330), 74, (255, 247, 226))
    for number in range(6):
        nearness = number / 5
        colour = _between((176, 190, 172), (44, 66, 62), nearness)
        _ridge(picture, 380 + 78 * number, 34 + 9 * number, number, colour)
    return picture


def university() -> Image.Image:
    """The corner of a building with its windows lit, at dusk under the first stars."""
    picture = _sky((232, 176, 150), (28, 52, 84))
    draw = ImageDraw.Draw(picture)
    dice = random.Random(1963)  # noqa: S311  # stars and windows
    for _ in range(70):
        x, y = dice.randrange(WIDTH), dice.randrange(HEIGHT // 2)
        draw.point((x, y), fill=(220, 226, 236))
    _building(draw, (90, 330, 700, HEIGHT), (34, 48, 66), dice)
    _building(draw, (700, 250, 1010, HEIGHT), (26, 38, 54), dice)
    _ridge(picture, 742, 8, 3, (18, 28, 40))
    return picture


def laboratory() -> Image.Image:
    """A ladle pouring light: circles of glowing metal over the dark of a workshop."""
    picture = _sky((58, 34, 30), (16, 22, 30))
    for radius, colour in ((330, (94, 42, 26)), (240, (170, 70, 28)), (150, (236, 142, 48)), (74, (255, 224, 150))):
        glow = Image.new("RGB", (WIDTH, HEIGHT), colour)
        mask = Image.new("L", (WIDTH, HEIGHT))
        ImageDraw.Draw(mask).ellipse((420 - radius, 430 - radius, 420 + radius, 430 + radius), fill=210)
        picture.paste(glow, mask=mask.filter(ImageFilter.GaussianBlur(radius // 6)))
    draw = ImageDraw.Draw(picture)
    for number in range(5):
        left = 640 + 112 * number
        draw.rectangle(
            (left, 150 + 26 * number, left + 26, HEIGHT), fill=(20 + 3 * number, 26 + 3 * number, 34 + 3 * number)
        )
    _ridge(picture, 720, 5, 9, (12, 16, 22))
    return picture


def microscope() -> Image.Image:
    """A microscope at a window, and samples in a row beside it."""
    picture = _sky((236, 226, 204), (132, 178, 190))
    draw = ImageDraw.Draw(picture)
    for left in range(60, WIDTH, 290):
        draw.rectangle((left, 0, left + 16, 610), fill=(214, 224, 222))
    draw.rectangle((0, 610, WIDTH, HEIGHT), fill=(42, 66, 76))
    dark, steel = (24, 40, 50), (58, 84, 96)
    draw.rounded_rectangle((270, 570, 640, 624), 20, fill=dark)
    draw.arc((300, 200, 660, 590), -80, 85, fill=dark, width=54)
    draw.rectangle((300, 470, 560, 498), fill=dark)
    draw.polygon([(388, 96), (468, 74), (536, 330), (456, 352)], fill=steel)
    draw.polygon([(372, 60), (466, 34), (476, 76), (382, 102)], fill=dark)
    draw.polygon([(474, 350), (524, 336), (536, 412), (500, 422)], fill=dark)
    _sun(picture, (470, 462), 15, (255, 206, 116))
    for number in range(4):
        left, top = 730 + 100 * number, 536 - 30 * (number % 2)
        draw.rounded_rectangle((left, top, left + 66, 614), 8, fill=_between(steel, (178, 120, 60), number / 3))
    return picture


def _sky(below: Colour, above: Colour) -> Image.Image:
    picture = Image.new("RGB", (1, HEIGHT))
    for y in range(HEIGHT):
        picture.putpixel((0, y), _between(above, below, y / HEIGHT))
    return picture.resize((WIDTH, HEIGHT))


def _sun(picture: Image.Image, centre: tuple[int, int], radius: int, colour: Colour) -> None:
    mask = Image.new("L", picture.size)
    x, y = centre
    ImageDraw.Draw(mask).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    picture.paste(Image.new("RGB", picture.size, colour), mask=mask.filter(ImageFilter.GaussianBlur(3)))


def _ridge(picture: Image.Image, height: int, swing: int, phase: int, colour: Colour) -> None:
    def at(x: int) -> float:
        return height - swing * (math.sin(x / 190 + phase * 1.7) + 0.5 * math.sin(x / 71 + phase * 2.9))

    outline = [(x, at(x)) for x in range(0, WIDTH + 8, 8)]
    ImageDraw.Draw(picture).polygon([(0, HEIGHT), *outline, (WIDTH, HEIGHT)], fill=colour)


def _building(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], colour: Colour, dice: random.Random) -> None:
    left, top, right, bottom = box
    draw.rectangle(box, fill=colour)
    for x in range(left + 26, right - 40, 58):
        for y in range(top + 34, bottom - 90, 74):
            lit = dice.random() < 0.45
            draw.rectangle(
                (x, y, x + 30, y + 44), fill=(247, 205, 128) if lit else _between(colour, (90, 110, 136), 0.25)
            )


def _between(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


if __name__ == "__main__":
    drawings: dict[str, Callable[[], Image.Image]]
    drawings = {"steppe": steppe, "university": university, "laboratory": laboratory, "microscope": microscope}
    drawings[sys.argv[1]]().resize((960, 640)).save(sys.stdout.buffer, "PNG")
