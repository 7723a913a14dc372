"""Clean bodies as readers get them: with credits, types and sizes, and on pages with galleries and films."""

import html
import re

from markupsafe import escape

from kariu_blog.languages import Said, format_size, nearest
from kariu_blog.media.files import SIZES
from kariu_blog.media.library import Library
from kariu_blog.text import plain
from kariu_blog.text.elements import FILE_LINK, IMAGE, PICTURE_NAME
from kariu_blog.text.films import FILM, frame_of

GALLERY_SIZES = "(min-width:46rem) 14rem, 46vw"
_FIGURE = re.compile(r"(<figure[^>]*>)((?:(?!</?figure\b).)*)(</figure>)", re.S)
"""A figure with no other in it."""
_GALLERY = re.compile(
    r"<figure([^>]*)>\s*((?:<figure[^>]*>(?:(?!</?figure\b).)*</figure>\s*)+)"
    r"(?:(<figcaption[^>]*>(?:(?!</figcaption>).)*)</figcaption>)?",
    re.S,
)
"""A figure that begins with figures, up to its caption if one follows."""
_CREDIT = re.compile(r' ?(<small class="credit".*?</small>)')
_UNLINKED = re.compile(r'(?<!">)(<picture[^>]*>(?:<source[^>]*>)*<img src="([^"]*)"[^>]*></picture>)')


def described(body: str, library: Library, language: str) -> str:
    """Return a clean body with the credits of its figures' pictures and with types and sizes of its files."""

    def with_about(link: re.Match[str]) -> str:
        if link[1] not in library.files:
            return link[0]
        suffix, size = library.files[link[1]]
        return f"{link[0]} <small>({suffix.upper()}, {format_size(size, language)})</small>"

    credited = body
    if library.credits:
        credited = _FIGURE.sub(lambda figure: _credited(figure, library, language), body)
        credited = _GALLERY.sub(_credited_once, credited)
    return FILE_LINK.sub(with_about, credited) if library.files else credited


def _credited(figure: re.Match[str], library: Library, language: str) -> str:
    digests = [name[1] for image in IMAGE.finditer(figure[2]) for name in PICTURE_NAME.finditer(image[1])]
    said = dict.fromkeys(nearest(library.credits.get(digest, {}), language) for digest in digests)
    words = " ".join(credit_markup(each, language) for each in said if each and each.words not in plain(figure[2]))
    if not words:
        return figure[0]
    caption, end, rest = figure[2].rpartition("</figcaption>")
    if end:
        return f"{figure[1]}{caption} {words}{end}{rest}{figure[3]}"
    return f"{figure[1]}{rest}<figcaption>{words}</figcaption>{figure[3]}"


def _credited_once(gallery: re.Match[str]) -> str:
    """Return a gallery with the credit below the whole if all its pictures have the same."""
    said = _CREDIT.findall(gallery[2])
    if len(set(said)) != 1 or len(said) != gallery[2].count("</figure>"):
        return gallery[0]
    figures = _CREDIT.sub("", gallery[2]).replace("<figcaption></figcaption>", "")
    return f"<figure{gallery[1]}>{figures}{gallery[3] or '<figcaption>'} {said[0]}</figcaption>"


def credit_markup(credit: Said, language: str) -> str:
    own = f' lang="{credit.language}"' if credit.language != language else ""
    return f'<small class="credit"{own}>{escape(credit.words)}</small>'


def caption_markup(caption: Said | None, credit: Said | None, language: str) -> str:
    """Return the caption of a cover in a language, an empty string if nothing is said of it."""
    own = f' lang="{caption.language}"' if caption and caption.language != language else ""
    words = [f"<span{own}>{escape(caption.words)}</span>"] if caption else []
    words += [credit_markup(credit, language)] if credit else []
    return f"<figcaption>{' '.join(words)}</figcaption>" if words else ""


def with_galleries(page: str) -> str:
    """Return a body with responsive pictures in which figures of figures are grids of pictures that open large."""

    def grid(gallery: re.Match[str]) -> str:
        figures = _UNLINKED.sub(r'<a href="\2">\1</a>', gallery[2]).replace(f'"{SIZES}"', f'"{GALLERY_SIZES}"')
        return f'<figure class="gallery"{gallery[1]}>{figures}{page[gallery.end(2) : gallery.end()]}'

    return _GALLERY.sub(grid, page)


def with_films(body: str, untitled: str) -> str:
    """Return a clean body whose films can be played in place; ``untitled`` is the title of those that have none.

    Nothing of a film's host is loaded before somebody presses it, and without scripts it is a link.
    """

    def film(found: re.Match[str]) -> str:
        address = found["address"] or found["of_picture"]
        host, frame = frame_of(html.unescape(address))
        title = found["title"] or found["caption"] or ""
        words = untitled if not title or "://" in title or address.endswith(title) else title
        caption = f"<figcaption{found['about']}>{found['caption']}</figcaption>" if found["caption"] else ""
        picture = found["picture"] or '<span class="drawn"></span>'
        label = "" if caption else f'<span class="title">{words}</span>'
        return (
            f'<figure class="player" data-frame="{escape(frame)}"><a href="{address}">{picture}'
            f'<span class="play"></span>{label}<small class="host">{host}</small></a>{caption}</figure>'
        )

    return FILM.sub(film, body)
