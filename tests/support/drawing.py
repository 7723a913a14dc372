"""Picture files of every kind, made as cameras and programs make them."""

import base64
import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import pillow_heif
from PIL import Image, ImageCms, ImageDraw

pillow_heif.register_heif_opener()

RED, BLUE, GREEN = (200, 30, 30), (30, 60, 200), (30, 160, 60)


def drawing(width: int = 60, height: int = 40, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right, a green bar on top."""
    picture = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((width // 2, 0, width, height), fill=BLUE)
    draw.rectangle((0, 0, width, height // 5), fill=GREEN)
    return picture.convert(mode)


def encoded(picture: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def jpeg(width: int = 60, height: int = 40, **options: Any) -> bytes:
    return encoded(drawing(width, height), "JPEG", quality=95, **options)


def from_a_telephone() -> bytes:
    """Held upright: lying in the file, and turned by its Exif; with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter to the right
    exif[0x010F] = "KarIU Phone"
    exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 3.0, 11.0), 3: "E", 4: (72.0, 58.0, 12.0)})
    upright = drawing(300, 400)
    return encoded(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, exif=exif, comment=b"secret")


def odd_exif(orientation: int) -> bytes:
    """Notes with an orientation, and with a resolution that is a text and ends outside of them (TIFF 6.0)."""
    entries = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack(">HHII", 0x011A, 2, 999_999, 0xFFFF)
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 2) + entries + bytes(4)


def with_colour_profile() -> bytes:
    return jpeg(icc_profile=srgb_profile())


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def profile_with_red_and_blue_exchanged() -> bytes:
    """sRGB whose primaries stand under each other's names."""
    profile = bytearray(srgb_profile())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile)


def transparent() -> bytes:
    picture = drawing(mode="RGBA")
    picture.paste((0, 0, 0, 0), (0, 30, 60, 40))
    return encoded(picture, "PNG")


def palette_with_transparency() -> bytes:
    return encoded(drawing().quantize(8), "PNG", transparency=0)


def grey_of_sixteen_bits() -> bytes:
    """Its middle grey is far above 255."""
    return encoded(Image.new("I;16", (60, 40), 0x8000), "PNG")


def moving() -> bytes:
    """A GIF of two frames, the second black."""
    return encoded(drawing(), "GIF", save_all=True, append_images=[Image.new("RGB", (60, 40))])


def png_of(chunks: Sequence[tuple[bytes, bytes]], *, rows: bytes, bits: int = 8, colour: int = 2) -> bytes:
    """A PNG of 8 × 8 pixels, with chunks before its picture; ``rows`` each begin with a zero."""
    head = struct.pack(">IIBBBBB", 8, 8, bits, colour, 0, 0, 0)
    parts = [(b"IHDR", head), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_header_of(width: int, height: int) -> bytes:
    """A small file that says it is huge: all black, as deflate packs it a thousandfold."""
    rows = zlib.compress(b"\0" * (width + 1) * 100, 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def polyglot() -> bytes:
    """A picture that is a page with a script as well, for whoever believes its name."""
    return jpeg() + b"<!doctype html><script>alert(document.cookie)</script>"


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()
