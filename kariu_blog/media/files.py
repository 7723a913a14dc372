"""The files of a picture, known by the name of the largest, and the HTML that offers them to browsers.

``/media/0f3a…-1600x1067.jpg`` is the largest, the one that texts and feeds name; beside it are
``0f3a…-480.avif``, ``.webp`` and ``.jpg`` and so on for each width.  So a page needs no query to know them.
"""

import re
from dataclasses import dataclass
from typing import Self

from kariu_blog.text import IMAGE, MEDIA, PICTURE_NAME

WIDTHS = (480, 960, 1600)
ICON, TOUCH_ICON, APP_ICONS = 48, 180, (192, 512)
"""Sizes of the icons of a mark: of browsers, of telephones, of the web app manifest."""
TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}
SOURCES = ("avif", "webp")
"""What is offered to browsers before the format that all of them read; the smallest first."""
SIZES = "(min-width:46rem) 42rem, 92vw"
"""How wide a picture stands in a text and above it: see ``--measure`` in static/style/."""
FILE_NAME = re.compile(rf"{PICTURE_NAME.pattern}|[0-9a-f]{{20}}-[0-9]{{1,4}}\.(?:{'|'.join(TYPES)})")

_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_DESCRIBED = re.compile(r'<picture>((?:<source[^>]*>)*<img[^>]* alt="([^"]+)"(?:[^>]*( lang="[^"]+"))?)')


@dataclass(frozen=True)
class Files:
    digest: str
    width: int
    height: int
    suffix: str

    @classmethod
    def of(cls, address: str) -> Self | None:
        """Of the picture that an ``img`` of a text names; None if it is none of ours."""
        match = PICTURE_NAME.fullmatch(address.removeprefix(MEDIA))
        return cls(match[1], int(match[2]), int(match[3]), match[4]) if match else None

    @property
    def name(self) -> str:
        return f"{self.digest}-{self.width}x{self.height}.{self.suffix}"

    @property
    def address(self) -> str:
        return MEDIA + self.name

    @property
    def type(self) -> str:
        return TYPES[self.suffix]

    @property
    def widths(self) -> list[int]:
        return [*(width for width in WIDTHS if width < self.width), self.width]

    def names(self) -> list[str]:
        """Of all files."""
        every = [f"{self.digest}-{width}.{suffix}" for width in self.widths for suffix in (*SOURCES, self.suffix)]
        return [*every[:-1], self.name]

    def icon(self, size: int) -> str:
        """Return the file name of an icon, if it is the site's mark."""
        return f"{self.digest}-{size}.png"

    @property
    def small(self) -> "Small":
        width = self.widths[0]
        only = self.address if width == self.width else f"{MEDIA}{self.digest}-{width}.{self.suffix}"
        height = max(1, round(self.height * width / self.width))
        return Small(only, self._srcset("avif", WIDTHS[1]), width, height)

    def markup(self, attributes: str) -> str:
        """A ``picture`` element; ``attributes``: of its ``img``, as HTML, with the alt text."""
        sources = "".join(
            f'<source type="{TYPES[suffix]}" srcset="{self._srcset(suffix)}" sizes="{SIZES}">' for suffix in SOURCES
        )
        image = f'<img src="{self.address}" width="{self.width}" height="{self.height}" {attributes.strip()}>'
        return f"<picture>{sources}{image}</picture>"

    def _srcset(self, suffix: str, most: int = WIDTHS[-1]) -> str:
        widths = [width for width in self.widths if width <= most] or self.widths
        return ", ".join(f"{MEDIA}{self.digest}-{width}.{suffix} {width}w" for width in widths)


@dataclass(frozen=True)
class Small:
    """The smallest width of a picture, for lists."""

    address: str
    avif: str
    """Its two smallest widths, as a ``srcset``."""
    width: int
    height: int


def responsive(body: str) -> str:
    """Clean HTML whose pictures come in the size and format that a browser needs, when it needs them."""
    return IMAGE.sub(_responsive, body)


def with_descriptions(html: str) -> str:
    """Pictures whose descriptions also stand where a style sheet can show them: of an ``img`` none can."""
    return _DESCRIBED.sub(r'<picture data-alt="\2"\3>\1', html)


def _responsive(image: re.Match[str]) -> str:
    attributes = dict(_ATTRIBUTE.findall(image[1]))
    files = Files.of(attributes.pop("src", ""))
    if files is None:
        return image[0]
    kept = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return files.markup(f'{kept} loading="lazy" decoding="async"')
