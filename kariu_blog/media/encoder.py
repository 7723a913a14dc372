"""A picture as somebody sent it in, our own files out: a program of its own.

    python -I encoder.py FOLDER WIDTH…        <picture  >answer
    python -I encoder.py FOLDER icons DIGEST  <picture  >answer
    python -I encoder.py FOLDER card          <words    >answer

It reads the bytes, decodes them as what they are, and encodes the first frame anew: upright, in sRGB, without
metadata.  So nothing of the original's bytes is ever served, whatever else they may be besides a picture.  The
files get names by the content of the largest (see ``files.py``), and are in place, on the disk, all or none.

``icons`` makes the icons of a mark, and ``card`` draws the picture of a link to a post; ``storage.py`` says from what.

The answer is one JSON object: ``digest``, ``suffix``, ``width``, ``height`` and ``bytes`` of the largest file, or
``refusal``.  A program, not a function, because decoding takes hundreds of megabytes that a server's process would
not give back, and because a decoder that crashes on a forged file must take nobody along.
"""

import contextlib
import hashlib
import io
import json
import os
import resource
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any, cast

import pillow_heif
from PIL import Image, ImageCms, ImageDraw, ImageFile, ImageFont, ImageOps

PIXELS_MAX = 50_000_000
MEMORY_MAX = 1536 * 1024 * 1024
SECONDS_MAX = 60
FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "HEIF"]
SETTINGS: dict[str, dict[str, Any]] = {
    "jpg": {"format": "JPEG", "quality": 82, "progressive": True, "optimize": True},
    "png": {"format": "PNG", "optimize": True},
    "webp": {"format": "WEBP", "quality": 76, "method": 4},
    "avif": {"format": "AVIF", "quality": 55, "speed": 7, "max_threads": 1},
}
HEIGHT_TO_WIDTH_MAX = 1.5
DIGEST_LENGTH = 20
ICONS = (48, 180, 192, 512)
"""Of browsers, telephones (180) and the web app manifest."""
TOUCH_ICON = 180
CARD = (1200, 630)
MARGIN, LINES_HEIGHT, SMALLEST = 80, 340, 32
FONT = str(Path(__file__).with_name("fonts") / "NotoSerif-Bold.ttf")

Files = dict[str, bytes]


class RefusedError(Exception):
    """Why a picture is not taken, in a word."""


def main(folder: Path, *asked: str) -> dict[str, str | int]:
    os.nice(10)
    _limit(resource.RLIMIT_CPU, SECONDS_MAX)
    _limit(resource.RLIMIT_AS, MEMORY_MAX)
    try:
        answer, files = made(sys.stdin.buffer.read(), *asked)
    except RefusedError as refusal:
        return {"refusal": str(refusal)}
    try:
        put(folder, files)
    except OSError as error:
        return {"refusal": "disk", "reason": error.strerror or str(error)}
    return answer


def made(source: bytes, *asked: str) -> tuple[dict[str, str | int], Files]:
    if asked[0] == "card":
        return alone(_bytes(card(json.loads(source)), "png"), CARD)
    if asked[0] == "icons":
        return {}, icons(normalised(source, max(ICONS) * 2), asked[1])
    widths = [int(width) for width in asked]
    return encoded(normalised(source, max(widths)), widths)


def _limit(kind: int, most: int) -> None:
    """Lower a limit, unless it is lower already or the system refuses: macOS maps more than any RLIMIT_AS allows."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (most, most))


def normalised(source: bytes, width: int) -> Image.Image:
    """The first frame, upright, at most so wide and half as high again, in RGB or RGBA of sRGB, and nothing else."""
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    pillow_heif.register_heif_opener()
    try:
        opened = Image.open(io.BytesIO(source), formats=FORMATS)
        box = width, int(width * HEIGHT_TO_WIDTH_MAX)
        opened.draft(opened.mode, (max(box), max(box)))  # a JPEG is decoded at a half, quarter or eighth of its size
        opened.load()
        ImageOps.exif_transpose(opened, in_place=True)
        return _in_srgb(_fitted(_resizable(opened), box))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RefusedError("pixels") from error
    except Exception as error:  # decoders of six formats raise what they like at a forged file
        raise RefusedError("unreadable") from error


def _resizable(picture: Image.Image) -> Image.Image:
    """In a mode that can be made smaller: no palette, and eight bits, where Pillow would cut off at 255."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.has_transparency_data:
        return picture if picture.mode == "RGBA" else picture.convert("RGBA")
    return picture.convert("RGB") if picture.mode in ("1", "P") else picture


def _in_srgb(picture: Image.Image) -> Image.Image:
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile := picture.info.get("icc_profile"):
        with contextlib.suppress(ImageCms.PyCMSError, OSError):  # a broken profile says nothing
            source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            picture = ImageCms.profileToProfile(picture, source, target, outputMode=mode) or picture
    picture = picture.convert(mode)
    if mode == "RGBA" and picture.getchannel("A").getextrema()[0] == 255:
        picture = picture.convert("RGB")
    picture.info = {}  # of which encoders would write profile, comment and more
    return picture


def _fitted(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    scale = min(1, box[0] / picture.width, box[1] / picture.height)
    return _resized(picture, round(picture.width * scale), round(picture.height * scale))


def _resized(picture: Image.Image, width: int, height: int) -> Image.Image:
    size = max(1, width), max(1, height)
    return picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def encoded(picture: Image.Image, widths: list[int]) -> tuple[dict[str, str | int], Files]:
    """Every file by its name, the largest last."""
    suffix = "png" if picture.mode == "RGBA" else "jpg"
    largest = _bytes(picture, suffix)
    digest = hashlib.sha256(largest).hexdigest()[:DIGEST_LENGTH]
    files: Files = {}
    for width in [*(width for width in widths if width < picture.width), picture.width]:
        smaller = _resized(picture, width, round(picture.height * width / picture.width))
        for format in ("avif", "webp", suffix):
            files[f"{digest}-{width}.{format}"] = _bytes(smaller, format)
    files.pop(f"{digest}-{picture.width}.{suffix}")
    files[f"{digest}-{picture.width}x{picture.height}.{suffix}"] = largest
    about: dict[str, str | int] = {"digest": digest, "suffix": suffix, "bytes": len(largest)}
    return {**about, "width": picture.width, "height": picture.height}, files


def _bytes(picture: Image.Image, format: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, **SETTINGS[format])
    return buffer.getvalue()


def icons(mark: Image.Image, digest: str) -> Files:
    """Put the mark into a square of each size, on white for telephones, which show transparent pixels as black."""
    side = max(mark.size)
    square = Image.new("RGBA", (side, side))
    square.paste(mark, ((side - mark.width) // 2, (side - mark.height) // 2))
    files: Files = {}
    for size in ICONS:
        icon = square.resize((size, size), Image.Resampling.LANCZOS)
        ground = Image.new("RGBA", icon.size, "#fff" if size == TOUCH_ICON else "#0000")
        files[f"{digest}-{size}.png"] = _bytes(Image.alpha_composite(ground, icon), "png")
    return files


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


def alone(largest: bytes, size: tuple[int, int]) -> tuple[dict[str, str | int], Files]:
    """Return the answer and the files for a picture of a single size."""
    digest = hashlib.sha256(largest).hexdigest()[:DIGEST_LENGTH]
    about: dict[str, str | int] = {"digest": digest, "suffix": "png", "bytes": len(largest)}
    return {**about, "width": size[0], "height": size[1]}, {f"{digest}-{size[0]}x{size[1]}.png": largest}


def put(folder: Path, files: Files) -> None:
    """Write all of them, on the disk before any has its name; on an error none is left.

    Called by one program at a time, so what another left behind when it was killed may be swept away.
    """
    for left_behind in folder.glob("new-*"):
        shutil.rmtree(left_behind)
    place = folder / next(iter(files))[:2]
    missing = [name for name in files if not (place / name).exists()]
    new = Path(tempfile.mkdtemp(prefix="new-", dir=folder))
    try:
        for name in missing:
            with (new / name).open("xb") as file:
                file.write(files[name])
                file.flush()
                os.fsync(file.fileno())
        place.mkdir(exist_ok=True)
        for name in missing:
            (new / name).rename(place / name)
        for changed in (place, folder):
            _sync(changed)
    except OSError:
        for name in missing:
            (place / name).unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(new)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


if __name__ == "__main__":
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    answer = main(Path(sys.argv[1]), *sys.argv[2:])
    sys.stdout.write(json.dumps(answer))
