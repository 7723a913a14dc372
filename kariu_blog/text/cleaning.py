"""HTML from anywhere, made into HTML of the elements and attributes that a body may have."""

import re
import sys
import unicodedata
from urllib.parse import urlsplit

import nh3

from kariu_blog.text.characters import FORBIDDEN, clean, squeezed
from kariu_blog.text.elements import (
    ATTRIBUTES,
    BLOCKS,
    FILE_ADDRESS,
    IMAGE,
    INLINE,
    PARTS,
    PICTURE_ADDRESS,
)

_REFERENCE = re.compile(r"&#([xX][0-9a-fA-F]{1,8}|[0-9]{1,8});?")
_SPACES = re.compile(r"[ \t]{2,}")
_NO_TAG = re.compile(r"<(?=https?:|mailto:|[^\s<>/]+@)")
"""The bracket before an address that people put in brackets."""
_BOXES = "div|section|article|aside|main|header|footer|nav|address|center|details|summary|fieldset|legend|form"
_BOX = re.compile(rf"</?(?:{_BOXES}|dialog|hgroup|search)\b[^>]*>", re.I)
_HEADING = re.compile(r"(</?h)([1-6])\b", re.I)
_OTHER_NAMES = {"del": "s", "strike": "s", "menu": "ul", "dir": "ul"}
_OTHER_NAME = re.compile(rf"(</?)({'|'.join(_OTHER_NAMES)})\b", re.I)
UNREAD = {"script", "style", "title", "template", "noscript", "select", "button", "textarea", "datalist", "iframe"}
UNREAD |= {"object", "svg", "audio", "video", "canvas", "progress", "meter"}
"""Elements whose words nobody reads as a part of the text."""
_SPAN = re.compile(r"\s*\+?0*([0-9]{1,4}).*", re.S)
_EMOJI_MAKERS = {"\ufe0f", "\u20e3"}
_PLACE_ON_PAGE = re.compile("#(?:part-[1-9][0-9]*)?")
"""The addresses within a page that lead somewhere: those of its sections."""


def clean_html(text: str) -> str:
    """Return HTML of what a body may have, and ``pre``; links go to http(s), mailto, tel or here.

    Boxes of other pages (div, section, …) become paragraphs: dropping their tags alone would glue the last word of one
    to the first of the next.  A page has one h1, its title: where there are others, every heading is a level lower.
    """
    source = _REFERENCE.sub(_allowed_reference, _SPACES.sub(" ", _NO_TAG.sub("&lt;", clean(text))))
    lower = 1 if re.search("<h1", source, re.I) else 0
    source = _HEADING.sub(lambda tag: f"{tag[1]}{min(4, int(tag[2]) + lower)}", _BOX.sub("\n\n", source))
    source = _OTHER_NAME.sub(lambda tag: tag[1] + _OTHER_NAMES[tag[2].lower()], source)
    cleaned = nh3.clean(
        source,
        tags={*BLOCKS, *PARTS, *INLINE, "pre"},
        clean_content_tags=UNREAD,
        attributes=ATTRIBUTES,
        attribute_filter=_allowed_attribute,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return IMAGE.sub(_own_picture, cleaned.replace("&nbsp;", "\u00a0")).strip(" \n")


def _allowed_reference(reference: re.Match[str]) -> str:
    """Return a character reference, unless it would bring back a character that was just removed."""
    code = int(reference[1][1:], 16) if reference[1][0] in "xX" else int(reference[1])
    return "" if code == 0 or code > sys.maxunicode or FORBIDDEN.match(chr(code)) else reference[0]


def _allowed_attribute(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value; None for an address that leads nowhere or of no picture here."""
    if tag == "img" and name == "src":
        address = PICTURE_ADDRESS.fullmatch(value)
        return address[1] if address else None
    if name in ("colspan", "rowspan"):
        span = _SPAN.fullmatch(value)
        return span[1] if span and span[1] != "1" else None
    return _allowed_link(value) if name == "href" else squeezed(value)


def _allowed_link(address: str) -> str | None:
    """Return an address that can be taken apart; that of a file here as it is known, whatever the host."""
    if file := FILE_ADDRESS.fullmatch(address):
        return file[1]
    if address.startswith("#") and not _PLACE_ON_PAGE.fullmatch(address):
        return None
    try:
        urlsplit(address)
    except ValueError:
        return None
    return address


def _own_picture(image: re.Match[str]) -> str:
    """Return a picture of this site, with an alt text if only an empty one; of any other, the emoji that it shows."""
    alt = re.search(' alt="([^"]*)"', image[1])
    if ' src="' in image[1]:
        return image[0] if alt else f'<img{image[1]} alt="">'
    return alt[1] if alt and _is_emoji(alt[1]) else ""


def _is_emoji(words: str) -> bool:
    """Return whether they are pictographs alone, or signs and digits that a selector or a key makes one."""
    categories = {unicodedata.category(sign) for sign in words}
    is_made = bool(_EMOJI_MAKERS & set(words)) and categories <= {"So", "Sm", "Po", "Nd", "Mn", "Me", "Cf"}
    return is_made or ("So" in categories and categories <= {"So", "Sk", "Mn", "Me", "Cf"})
