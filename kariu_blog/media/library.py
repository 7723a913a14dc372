"""What the library says of the pictures and files in bodies: captions, credits, types and sizes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import CompoundSelect, func, literal, select, union_all

from kariu_blog.database import db
from kariu_blog.media.file_models import File, FileVersion
from kariu_blog.media.models import Picture, PictureAlt
from kariu_blog.text import files_in, pictures_in

Words = dict[str, dict[str, str]]
"""Words by digest of a picture, then by language."""


@dataclass(frozen=True)
class Library:
    credits: Words = field(default_factory=dict)
    captions: Words = field(default_factory=dict)
    files: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Suffix and bytes of files by key."""


def library_of(bodies: Iterable[str], covers: Iterable[str] = ()) -> Library:
    """Return what is known of all that clean bodies show, and of ``covers`` by digest.

    One statement, or none if they show nothing.
    """
    known = Library({}, {}, files := {})
    pictures, keys = set(covers), set[str]()
    for body in bodies:
        pictures |= pictures_in(body)
        keys |= files_in(body)
    for key, kind, credit, caption, size in db.session.execute(_known(pictures, keys)) if pictures or keys else ():
        if size:
            files[key] = (kind, size)
        else:
            known.credits.setdefault(key, {})[kind] = credit
            known.captions.setdefault(key, {})[kind] = caption
    return known


def _known(pictures: set[str], keys: set[str]) -> CompoundSelect[str, str, str, str, int]:
    alts = select(Picture.digest, PictureAlt.language, PictureAlt.credit, PictureAlt.caption, literal(0))
    alts = alts.join(PictureAlt).where(Picture.digest.in_(pictures), PictureAlt.credit + PictureAlt.caption != "")
    newest = select(func.max(FileVersion.id)).where(FileVersion.file_id == File.id).scalar_subquery()
    files = select(File.key, FileVersion.suffix, literal(""), literal(""), FileVersion.bytes)
    files = files.join(FileVersion, FileVersion.id == newest).where(File.key.in_(keys))
    return union_all(alts, files)
