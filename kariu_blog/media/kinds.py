"""What a file is, by its content: a PDF or an office document, or a reason to refuse it."""

import re
from collections.abc import Iterator
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import unpack_from
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, is_zipfile
from zlib import decompressobj
from zlib import error as ZlibError  # noqa: N812

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
TYPES = {
    "pdf": "application/pdf",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "pptx": f"{_OFFICE}presentationml.presentation",
    "odt": f"{_OPEN}text",
    "ods": f"{_OPEN}spreadsheet",
    "odp": f"{_OPEN}presentation",
}
STORED_NAME = re.compile(rf"([0-9a-f]{{20}})\.(?:{'|'.join(TYPES)})")
"""Name of a stored file: digest and type."""
UNPACKED_MAX = 200 * 1024 * 1024
ENTRIES_MAX = 10_000
DIRECTORY_MAX = 2 * 1024 * 1024
_PART_MAX = 1024 * 1024
_END = b"PK\5\6"
_END_BYTES = 22
_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
_PDF_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")
_PDF_ACTIVE = re.compile(
    b"|".join(
        b"/" + b"".join(b"(?:%c|(?i:#%02x))" % (letter, letter) for letter in name) + rb"\b"
        for name in (b"JavaScript", b"Launch")
    )
)
"""Names of actions that run something; any letter of a name may be written as its number (ISO 32000-1, 7.3.5)."""
_PDF_START = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,64}%PDF-")
_PDF_OBJECTS = re.compile(rb"/ObjStm\b.{0,300}?stream\r?\n", re.S)
"""Beginning of a stream with compressed objects (ISO 32000-1, 7.5.7)."""
_WEB_PAGE = re.compile(rb"<\s*(?:!doctype|html|head|body|script|svg|iframe)\b", re.I)
_MACROS = re.compile(r"vbaproject\.bin$|(^|/)(macrosheets|activex)/|^(basic|scripts)/|\.(doc|xls|ppt)m$", re.I)
_PROGRAM = re.compile(r"^(META-INF/MANIFEST\.MF|AndroidManifest\.xml|classes\.dex)$")
_ENDS_OF_PDF = 1024
"""Bytes at its beginning and end in which readers look for the marks of a PDF (ISO 32000-1, annex H.3)."""
_BLANK = b"\0\t\n\f\r "
"""What some programs fill the end of a PDF with."""


class RefusedError(Exception):
    """A picture or file that is not taken, with the reason in a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def kind_of(path: Path) -> str:
    """Return the suffix of what the file is, one of ``TYPES``.  Raises RefusedError."""
    if not path.stat().st_size:
        raise RefusedError("empty")
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        if _PDF_START.match(data):
            _check_pdf(data, is_zip=is_zipfile(file))
            return "pdf"
        if data[: len(_OLD_OFFICE)] == _OLD_OFFICE:
            raise RefusedError("password" if data.find(_ENCRYPTED_OFFICE) >= 0 else "old")
        if data[:4] != b"PK\3\4":
            raise RefusedError("unknown")
        _check_directory(data)
    return _kind_of_archive(path)


def _check_pdf(data: mmap, is_zip: bool) -> None:
    end = data.rfind(b"%%EOF")
    rest = data[end:].rstrip(_BLANK)
    if end < 0 or len(rest) > _ENDS_OF_PDF:  # programs find the objects without their table
        raise RefusedError("damaged")
    if is_zip or _WEB_PAGE.search(data[:_ENDS_OF_PDF]) or _WEB_PAGE.search(rest):
        raise RefusedError("mixed")
    if _PDF_ENCRYPTED.search(data):
        raise RefusedError("password")
    if _PDF_ACTIVE.search(data) or any(map(_PDF_ACTIVE.search, _compressed_objects(data))):
        raise RefusedError("macros")


def _compressed_objects(data: mmap) -> Iterator[bytes]:
    for beginning in _PDF_OBJECTS.finditer(data):
        with suppress(ZlibError):
            yield decompressobj().decompress(data[beginning.end() : beginning.end() + _PART_MAX], 8 * _PART_MAX)


def _check_directory(data: mmap) -> None:
    """Check the end of a ZIP file (APPNOTE.TXT, 4.3.16) before its directory is read, which a forged one makes huge."""
    if data[-_END_BYTES : -_END_BYTES + 4] != _END:
        raise RefusedError("mixed" if data.rfind(_END) >= 0 else "damaged")
    entries, size, start = unpack_from("<HII", data, len(data) - 12)
    if entries > ENTRIES_MAX or size > DIRECTORY_MAX:
        raise RefusedError("bomb")
    if start + size + _END_BYTES != len(data):
        raise RefusedError("mixed")


def _kind_of_archive(path: Path) -> str:
    try:
        with ZipFile(path) as archive:
            _check_members(archive)
            return _kind_by_parts(archive)
    except (BadZipFile, ZlibError, EOFError, NotImplementedError, ValueError) as error:
        raise RefusedError("damaged") from error


def _check_members(archive: ZipFile) -> None:
    members = archive.infolist()
    names = [member.filename for member in members]
    if any(member.flag_bits & 1 for member in members):
        raise RefusedError("password")
    if sum(member.file_size for member in members) > UNPACKED_MAX:
        raise RefusedError("bomb")
    if len(set(names)) < len(names) or any(map(_PROGRAM.match, names)):
        raise RefusedError("mixed")
    if any(map(_MACROS.search, names)):
        raise RefusedError("macros")
    if any(member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for member in members) or archive.testzip():
        raise RefusedError("damaged")  # documents are compressed in no other way (ISO/IEC 29500-2, annex B)


def _kind_by_parts(archive: ZipFile) -> str:
    types, mimetype, manifest = (
        _part(archive, name) for name in ("[Content_Types].xml", "mimetype", "META-INF/manifest.xml")
    )
    if "encryption-data" in manifest:
        raise RefusedError("password")
    if "macroEnabled" in types or "vbaProject" in types:
        raise RefusedError("macros")
    found = [
        suffix for suffix, type in TYPES.items() if f'"{type}.main+xml"' in types.replace("'", '"') or mimetype == type
    ]
    if len(found) != 1:
        raise RefusedError("mixed" if found else "unknown")
    return found[0]


def _part(archive: ZipFile, name: str) -> str:
    """Return the beginning of a part as text, an empty string if there is none."""
    if name not in archive.namelist():
        return ""
    with archive.open(name) as part:
        return part.read(_PART_MAX).decode(errors="replace").strip()
