"""What a body may hold: elements, attributes, and the addresses of what is kept here."""

import re

BLOCKS = ["p", "h2", "h3", "h4", "ul", "ol", "dl", "blockquote", "table", "figure", "hr"]
PARTS = ["li", "dt", "dd", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "figcaption"]
INLINE = ["a", "abbr", "b", "br", "cite", "code", "em", "i", "img", "mark", "q", "s", "small", "span", "strong"]
INLINE += ["sub", "sup"]
FORMATS = [tag for tag in INLINE if tag not in ("br", "img", "span")]
LINES = ["h2", "h3", "h4", "dt", "caption", "figcaption"]
"""Elements that hold words and no blocks."""
ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "hreflang"},
    "abbr": {"title"},
    "img": {"src", "alt"},
    "ol": {"start"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
}

TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)(?:\s+[a-z-]+(?:="[^"]*")?)*\s*>')
IMAGE = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')
"""An ``img`` of clean HTML, with its attributes."""

MEDIA = "/media/"
PICTURE_NAME = re.compile(r"([0-9a-f]{20})-([1-9][0-9]{0,3})x([1-9][0-9]{0,3})\.(jpg|png)")
"""Name of a picture's largest file: digest, width, height, format."""
PICTURE_ADDRESS = re.compile(rf"(?:https?://[^/?#]*)?({MEDIA}{PICTURE_NAME.pattern})")
FILES = "/files/"
FILE_ADDRESS = re.compile(rf"(?:https?://[^/?#]*)?({FILES}[0-9a-f]{{20}})(?:[?#].*)?")
FILE_LINK = re.compile(rf'<a(?: [a-z]+="[^"]*")*? href="{FILES}([0-9a-f]{{20}})"[^>]*>.*?</a>', re.S)
"""A link of clean HTML to a file of this site, whose key is the group."""
