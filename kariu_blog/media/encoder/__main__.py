"""A picture as somebody sent it in, our own files out: a program of its own.

    python -I kariu_blog/media FOLDER WIDTH…        <picture  >answer
    python -I kariu_blog/media FOLDER icons DIGEST  <picture  >answer
    python -I kariu_blog/media FOLDER card          <words    >answer

It reads the bytes, decodes them as what they are, and encodes the first frame anew: upright, in sRGB, without
metadata.  So nothing of the original's bytes is ever served, whatever else they may be besides a picture.  The
files get names by the content of the largest (see ``media/files.py``), and are in place, on the disk, all or none.

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
from pathlib import Path
from typing import Any

from PIL import Image, ImageFile

from .cards import CARD, card
from .reading import RefusedError, normalised, resized

MEMORY_MAX = 1536 * 1024 * 1024
SECONDS_MAX = 60
SETTINGS: dict[str, dict[str, Any]] = {
    "jpg": {"format": "JPEG", "quality": 82, "progressive": True, "optimize": True},
    "png": {"format": "PNG", "optimize": True},
    "webp": {"format": "WEBP", "quality": 76, "method": 4},
    "avif": {"format": "AVIF", "quality": 55, "speed": 7, "max_threads": 1},
}
DIGEST_LENGTH = 20
ICONS = (48, 180, 192, 512)
"""Of browsers, telephones (180) and the web app manifest."""
TOUCH_ICON = 180

Files = dict[str, bytes]


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


def encoded(picture: Image.Image, widths: list[int]) -> tuple[dict[str, str | int], Files]:
    """Every file by its name, the largest last."""
    suffix = "png" if picture.mode == "RGBA" else "jpg"
    largest = _bytes(picture, suffix)
    digest = hashlib.sha256(largest).hexdigest()[:DIGEST_LENGTH]
    files: Files = {}
    for width in [*(width for width in widths if width < picture.width), picture.width]:
        smaller = resized(picture, width, round(picture.height * width / picture.width))
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
