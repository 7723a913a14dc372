"""Posts and files of another site as every reader of a source returns them."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from datetime import datetime
from functools import cached_property
from mimetypes import guess_type
from urllib.parse import urlsplit

from kariu_blog.old_site.addresses import whole_size
from kariu_blog.posts.content import text_digest

Note = tuple[str, str]
"""A kind and a detail, for the report."""


class SourceError(Exception):
    """A source that cannot be read, or no further.  The message is a sentence."""


def is_picture(path: str) -> bool:
    return (guess_type(path, strict=False)[0] or "").startswith("image/")  # not strict, because of WebP


@dataclass(frozen=True)
class Attachment:
    """A file in the source's media library."""

    id: str
    url: str
    path: str
    """Below ``wp-content/uploads/``, in small letters."""
    link: str = ""
    """Address of its own page there."""
    parent: str = ""
    alts: Mapping[str, str] = field(default_factory=dict)
    """Alt texts by language, under the empty string for all languages."""
    captions: Mapping[str, str] = field(default_factory=dict)
    """HTML, likewise."""

    def alt(self, language: str) -> str:
        return self.alts.get(language, self.alts.get("", ""))

    def caption(self, language: str) -> str:
        return self.captions.get(language, self.captions.get("", ""))


@dataclass(frozen=True)
class Term:
    """A category or an author, with a name by language."""

    slug: str
    names: Mapping[str, str]
    id: str = ""


@dataclass(frozen=True)
class Archive:
    """What has to be known of a source before its posts are read."""

    hosts: frozenset[str] = frozenset()
    """Hosts of the source, without ``www.``."""
    categories: Mapping[str, Term] = field(default_factory=dict)
    authors: Mapping[str, Term] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    """Name of each tag by slug."""
    attachments: Mapping[str, Attachment] = field(default_factory=dict)
    items: int = 0

    @cached_property
    def by_path(self) -> Mapping[str, Attachment]:
        return {each.path: each for each in self.attachments.values()}

    @cached_property
    def pictures_of(self) -> Mapping[str, list[str]]:
        """Ids of the pictures that were uploaded to a post, by its id."""
        found: dict[str, list[str]] = {}
        for each in self.attachments.values():
            if is_picture(each.path):
                found.setdefault(each.parent, []).append(each.id)
        return found

    @cached_property
    def _paths_by_whole_size(self) -> Mapping[str, str]:
        return {whole_size(path): path for path in self.by_path}

    @cached_property
    def attachment_pages(self) -> frozenset[str]:
        return frozenset(urlsplit(each.link).path for each in self.attachments.values() if each.link)

    def canonical(self, path: str) -> str:
        """Return the path of the file of which this one is a size."""
        if path in self.by_path:
            return path
        return self._paths_by_whole_size.get(whole_size(path), whole_size(path))


@dataclass(frozen=True)
class ImportedText:
    """A post in one language."""

    title: str
    summary: str
    body: str
    """HTML, in which pictures and links of the old site are marked as ``bodies`` does it."""


@dataclass(frozen=True)
class ImportedPost:
    source: str
    kind: str
    """``post``, ``page``, or ``trash`` for a post of which only the addresses are known."""
    texts: Mapping[str, ImportedText]
    state: str = "publish"
    """WordPress's status, or ``protected`` if it has a password."""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    author: str = ""
    categories: tuple[str, ...] = ()
    cover: str = ""
    """Path of the cover."""
    views: int = 0
    is_sticky: bool = False
    group: str = ""
    addresses: tuple[str, ...] = ()
    """Addresses there, present and former ones."""
    media: Mapping[str, str] = field(default_factory=dict)
    """Address of each file that it shows or links to, by path."""
    notes: tuple[Note, ...] = ()

    @property
    def digest(self) -> str:
        """Fingerprint of everything."""
        texts = [f"{code}{astuple(text)}" for code, text in sorted(self.texts.items())]
        rest = (self.kind, self.state, self.published_at, self.author, self.categories, self.cover, self.addresses)
        return text_digest(*texts, repr(rest), repr(sorted(self.media.items())))
