"""The picture of a link to a post: its title on the colours of the site."""

from pathlib import Path
from typing import cast

from PIL import Image, ImageDraw, ImageFont

CARD = (1200, 630)
MARGIN, LINES_HEIGHT, SMALLEST = 80, 340, 32
FONT = str(Path(__file__).parent.with_name("fonts") / "NotoSerif-Bold.ttf")


def card(words: dict[str, str]) -> Image.Image:
    """Draw ``title``, ``category``, ``site`` and the PNG file ``mark`` in the colours ``ground`` and ``light``."""
    drawn = Image.new("RGB", CARD, words["ground"])
    draw = ImageDraw.Draw(drawn)
    ground, light = (Image.new("RGB", (1, 1), words[name]) for name in ("ground", "light"))
    quiet = cast(tuple[int, ...], Image.blend(ground, light, 0.16).getpixel((0, 0)))
    for radius in range(80, 1300, 62):
        box = (1120 - radius, 600 - radius, 1120 + radius, 600 + radius)
        draw.ellipse(box, outline=quiet, width=2)
    draw.rectangle((0, 0, 18, CARD[1]), fill=words["light"])
    draw.text((MARGIN, 64), words["category"], words["light"], _font(34))
    size, lines = next(fit for size in range(72, SMALLEST - 1, -4) if (fit := _fitting(words["title"], size))[1])
    draw.multiline_text((MARGIN, 130), "\n".join(lines), "#fff", _font(size), spacing=size * 0.2)
    with Image.open(words["mark"], formats=["PNG"]) as mark:
        small = mark.convert("RGBA").resize((84, 84), Image.Resampling.LANCZOS)
    drawn.paste(small, (MARGIN, CARD[1] - 126), small)
    draw.text((MARGIN + 108, CARD[1] - 84), words["site"], "#fff", _font(34), anchor="lm")
    return drawn.quantize(128)


def _fitting(title: str, size: int) -> tuple[int, list[str]]:
    """Return the lines of a title in this size, none if they are too many."""
    font, lines = _font(size), [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= CARD[0] - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(word)
    lines = [line for line in lines if line]
    most = int(LINES_HEIGHT / (size * 1.36))
    if len(lines) > most and size == SMALLEST:
        lines = [*lines[: most - 1], lines[most - 1] + " …"]
    return size, lines if len(lines) <= most else []


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)
