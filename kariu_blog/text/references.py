"""What a clean body refers to: pictures, files, other pages."""

import html
import re
from urllib.parse import urljoin

from kariu_blog.text.elements import FILE_LINK, IMAGE, MEDIA, PICTURE_NAME, TAG

_ADDRESS = re.compile(r' (href|src|srcset)="([^"]*)"')


def pictures_in(body: str) -> set[str]:
    """Return the digests of the pictures that a clean body shows."""
    return {name[1] for image in IMAGE.finditer(body) for name in PICTURE_NAME.finditer(image[1])}


def addresses_in(body: str) -> list[str]:
    """Return the addresses of the pictures that a clean body shows, each once, in its order."""
    names = [name[0] for image in IMAGE.finditer(body) for name in PICTURE_NAME.finditer(image[1])]
    return [MEDIA + name for name in dict.fromkeys(names)]


def pictures_without_alt(body: str) -> list[str]:
    """Return the digests of a clean body's pictures that have an empty alt text, in the body's order."""
    empty = [image[1] for image in IMAGE.finditer(body) if ' alt=""' in image[1]]
    return [name[1] for attributes in empty for name in PICTURE_NAME.finditer(attributes)]


def files_in(body: str) -> set[str]:
    """Return the keys of the files that a clean body links to."""
    return {link[1] for link in FILE_LINK.finditer(body)}


def absolute_links(body: str, base: str) -> str:
    """Return clean HTML with every address made absolute, as from a page at ``base``."""
    if not _ADDRESS.search(body):
        return body
    origin = urljoin(base, "/")[:-1]

    def joined(address: str) -> str:
        is_here = address.startswith("/") and not address.startswith("//")
        return origin + address if is_here else urljoin(base, address)  # which is slow, and pictures have many

    def absolute(attribute: re.Match[str]) -> str:
        name, value = attribute[1], html.unescape(attribute[2])
        addresses = value.split(", ") if name == "srcset" else [value]
        try:
            return f' {name}="{html.escape(", ".join(map(joined, addresses)))}"'
        except ValueError:
            return ""

    return TAG.sub(lambda tag: _ADDRESS.sub(absolute, tag[0]), body)
