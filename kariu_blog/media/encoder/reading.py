"""A picture as somebody sent it in: decoded as what it is, upright, in sRGB, without metadata."""

import contextlib
import io
import struct
import warnings
import zlib
from typing import Any

import pillow_heif
from PIL import ExifTags, Image, ImageCms, ImageMath

PIXELS_MAX = 51_000_000
"""A little more than the 50 megapixels that telephones promise, which are up to 8192 × 6144."""
FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "HEIF"]
HEIGHT_MAX = 9999
"""As high as the name of a file can say."""

PNG, JPEG, JPEG_END = b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"\xff\xd9"
PNG_FRAME = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"}
PNG_NOTES = {b"gAMA": 4, b"sRGB": 1, b"cICP": 4}
"""Bytes of the chunks that name colours by numbers."""
ICC_MAX = 4 * 1024 * 1024
PNG_BITS = 24
"""Place of the bit depth in a PNG."""
JPEG_KEPT = (b"JFIF\0", b"ICC_PROFILE\0", b"Adobe")
JPEG_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xDA), 0xFF}

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By EXIF's orientation: how to make a picture upright."""
ON_SIDE = {TURNS[orientation] for orientation in (5, 6, 7, 8)}

HDR = {16, 18}
"""Transfer characteristics (ITU-T H.273): PQ and HLG."""
GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
PNG_GAMMA, GAMMA_TOLERANCE = 100_000, 0.01
D50 = (0.9642, 1.0, 0.8249)
COLORANTS = {
    1: (0.43607, 0.22249, 0.01392, 0.38515, 0.71687, 0.09708, 0.14307, 0.06061, 0.71410),
    9: (0.67348, 0.27904, -0.00193, 0.16566, 0.67534, 0.02998, 0.12505, 0.04561, 0.79686),
    12: (0.51512, 0.24120, -0.00105, 0.29198, 0.69225, 0.04189, 0.15710, 0.06657, 0.78407),
}
"""By colour primaries (ITU-T H.273): red, green and blue of sRGB, BT.2020 and Display P3, adapted to D50."""


class RefusedError(Exception):
    """Why a picture is not taken, in a word."""


def normalised(source: bytes, width: int) -> Image.Image:
    """Return the first frame, upright, at most so wide, in RGB or RGBA of sRGB, and nothing else."""
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    pillow_heif.register_heif_opener()
    try:
        source, notes = without_notes(source)
        opened = _opened(source)
        turn, profile = _turn(opened, notes.get("eXIf")), _profile(opened, source, notes)
        size = _size_within(opened.size, width, is_on_side=turn in ON_SIDE)
        opened.draft(opened.mode, size)  # a JPEG is decoded at a half, quarter or eighth of its size
        picture = resized(_resizable(_loaded(opened, source, size), source), *size)
        return _in_srgb(picture if turn is None else picture.transpose(turn), profile)
    except RefusedError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RefusedError("pixels") from error
    except Exception as error:  # decoders of six formats raise what they like at a forged file
        raise RefusedError("unreadable") from error


def without_notes(source: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Return a PNG or JPEG without its metadata, however damaged, and what of that says how it is shown."""
    if source.startswith(PNG):
        return _png_without_notes(source)
    return _jpeg_without_notes(source) if source.startswith(JPEG) else (source, {})


def _png_without_notes(source: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Keep the chunks of the first frame (PNG, third edition, section 11)."""
    place, kept = len(PNG), [PNG]
    notes: dict[str, bytes] = {}
    while place + 12 <= len(source):
        length, kind = struct.unpack_from(">I4s", source, place)
        chunk = source[place : place + length + 12]
        place += length + 12
        is_whole = len(chunk) == length + 12 and zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")
        if kind in PNG_FRAME:
            kept.append(chunk)
        elif length == PNG_NOTES.get(kind, length) and is_whole:
            notes[kind.decode("latin-1")] = chunk[8:-4]
    return b"".join([*kept, source[place:]]), notes


def _jpeg_without_notes(source: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Keep all segments but APPn and comments (ITU-T T.81, B.2.4), of those JFIF, the ICC profile and Adobe's."""
    place, kept = len(JPEG), [JPEG]
    notes: dict[str, bytes] = {}
    while source[place : place + 1] == b"\xff" and source[place + 1 : place + 2] not in (b"", b"\xda"):
        if source[place + 1] in JPEG_WITHOUT_LENGTH:
            place += 1 if source[place + 1] == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", source, place + 2)
        segment = source[place : place + 2 + length]
        place += len(segment)
        if segment[1:10] == b"\xe1" + segment[2:4] + b"Exif\0\0":
            notes.setdefault("eXIf", segment[4:])
        elif not (segment[1] == 0xFE or 0xE0 <= segment[1] <= 0xEF) or segment[4:].startswith(JPEG_KEPT):
            kept.append(segment)
    return b"".join([*kept, source[place:]]), notes


def _opened(source: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(source), formats=FORMATS)
    except (OSError, SyntaxError, ValueError, KeyError, struct.error):
        if source[4:12] != b"ftypavif":
            raise
        return Image.open(io.BytesIO(source.replace(b"Exif", b"none")), formats=["AVIF"])  # its EXIF may be damaged


def _loaded(opened: Image.Image, source: bytes, size: tuple[int, int]) -> Image.Image:
    """Decode it.  A JPEG may lack its end, if every pixel is there: then no byte between changes any."""
    try:
        opened.load()
    except OSError:
        if opened.format != "JPEG":
            raise
        ends = (JPEG_END, bytes(range(1, 200)) + JPEG_END)
        first, other = (Image.open(io.BytesIO(source.rstrip(b"\xff") + end), formats=["JPEG"]) for end in ends)
        for picture in (first, other):
            picture.draft(picture.mode, size)
        if first.tobytes() != other.tobytes():
            raise
        return first
    return opened


def _turn(picture: Image.Image, exif: bytes | None) -> Image.Transpose | None:
    """Return how to make it upright, by the orientation alone, because the rest of its EXIF may be damaged."""
    with contextlib.suppress(Exception):
        found = picture.getexif()
        if exif:
            found.load(exif)
        return TURNS.get(found.get(ExifTags.Base.Orientation, 1))
    return None


def _profile(picture: Image.Image, source: bytes, notes: dict[str, bytes]) -> bytes | None:
    """Return the ICC profile of its colours, as it is in it or made of its code points (ITU-T H.273).

    Raises RefusedError if it is meant for brighter screens than there are.
    """
    icc = picture.info.get("icc_profile") or _unpacked(notes.get("iCCP", b""))
    primaries, transfer = _code_points(picture, source, notes)
    place = icc.find(b"cicp\0\0\0\0")
    if {transfer, icc[place + 9] if place >= 0 and place + 9 < len(icc) else 0} & HDR:
        raise RefusedError("hdr")
    if icc and "cICP" not in notes:
        return bytes(icc)
    if primaries in COLORANTS and (primaries != 1 or transfer in GAMMAS):
        return _icc(COLORANTS[primaries], GAMMAS.get(transfer))
    gamma = int.from_bytes(notes.get("gAMA", b""), "big") / PNG_GAMMA
    if not gamma or "sRGB" in notes or abs(gamma - 1 / 2.2) < GAMMA_TOLERANCE:
        return None
    return _icc(COLORANTS[1], 1 / gamma)


def _unpacked(profile: bytes) -> bytes:
    """Return the ICC profile of a PNG: after its name and method it is deflated."""
    with contextlib.suppress(zlib.error):
        return zlib.decompressobj().decompress(profile.partition(b"\0")[2][1:], ICC_MAX)
    return b""


def _code_points(picture: Image.Image, source: bytes, notes: dict[str, bytes]) -> tuple[int, int]:
    """Return primaries and transfer characteristics; 2 and 2 if it names none."""
    if "cICP" in notes:
        return notes["cICP"][0], notes["cICP"][1]
    if known := picture.info.get("nclx_profile"):
        return known["color_primaries"], known["transfer_characteristics"]
    place = source.find(b"colrnclx") if picture.format == "AVIF" else -1
    primaries, transfer = struct.unpack_from(">HH", source, place + 8) if place >= 0 else (2, 2)
    return primaries, transfer


def _icc(colorants: tuple[float, ...], gamma: float | None) -> bytes:
    """Return a profile of three colours in XYZ for D50 and one curve, that of sRGB without ``gamma`` (ICC.1:2010)."""
    numbers = [gamma] if gamma else [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045]
    curve = b"para" + struct.pack(">IHH", 0, 0 if gamma else 3, 0) + _fixed(*numbers)
    tags = {b"wtpt": _xyz(*D50), b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    tags |= {name: _xyz(*colorants[at : at + 3]) for name, at in ((b"rXYZ", 0), (b"gXYZ", 3), (b"bXYZ", 6))}
    place = 132 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", place + len(data), len(content))
        data += content
    head = struct.pack(
        ">I4sI4s4s4s12s4s28x", place + len(data), b"", 0x04300000, b"mntr", b"RGB ", b"XYZ ", b"", b"acsp"
    )
    return head + _fixed(*D50) + bytes(48) + table + data


def _fixed(*numbers: float) -> bytes:
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)


def _xyz(*numbers: float) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(*numbers)


def _resizable(picture: Image.Image, source: bytes) -> Image.Image:
    """Return it in a mode that can be made smaller: no palette, and eight bits, where Pillow would cut off at 255."""
    clear = picture.info.get("transparency")
    if picture.mode.startswith("I"):
        return _of_eight_bits(picture.convert("I"), clear)
    if picture.format == "PNG" and picture.mode in ("L", "RGB") and clear is not None:
        picture.info["transparency"] = _in_eight_bits(clear, source[PNG_BITS])
    if picture.has_transparency_data:
        return picture if picture.mode == "RGBA" else picture.convert("RGBA")
    return picture.convert("RGB") if picture.mode in ("1", "P") else picture


def _of_eight_bits(grey: Image.Image, clear: int | None) -> Image.Image:
    """Return a grey picture of sixteen bits in eight, transparent where it has the value ``clear``."""
    picture = grey.point(lambda value: value * (1 / 256)).convert("L")
    if clear is None:
        return picture
    alpha = ImageMath.lambda_eval(lambda seen: seen["convert"]((seen["grey"] != clear) * 255, "L"), grey=grey)
    picture.putalpha(alpha)
    return picture.convert("RGBA")


def _in_eight_bits(clear: Any, bits: int) -> Any:
    """Return the transparent colour as Pillow, which leaves it as it is, holds the others."""
    if isinstance(clear, tuple):
        return tuple(_in_eight_bits(value, bits) for value in clear)
    return clear >> 8 if bits > 8 else clear * 255 // (2**bits - 1)


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError):  # a broken profile says nothing
            source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            is_grey = picture.mode == "L" and source.profile.xcolor_space.strip() == "RGB"
            picture = picture.convert(mode) if is_grey else picture
            picture = ImageCms.profileToProfile(picture, source, target, outputMode=mode) or picture
    picture = picture.convert(mode)
    if mode == "RGBA" and picture.getchannel("A").getextrema()[0] == 255:
        picture = picture.convert("RGB")
    picture.info = {}  # of which encoders would write profile, comment and more
    return picture


def _size_within(size: tuple[int, int], width: int, *, is_on_side: bool) -> tuple[int, int]:
    """Return the size at which it is at most so wide when it is upright; a long poster stays readable."""
    box = (HEIGHT_MAX, width) if is_on_side else (width, HEIGHT_MAX)
    scale = min(1, box[0] / size[0], box[1] / size[1])
    return round(size[0] * scale), round(size[1] * scale)


def resized(picture: Image.Image, width: int, height: int) -> Image.Image:
    size = max(1, width), max(1, height)
    return picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
