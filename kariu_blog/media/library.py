"""What the library says of the pictures and files in bodies: credits, types and sizes."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import CompoundSelect, literal, select, union_all

from kariu_blog.database import db
from kariu_blog.media.file_models import NEWEST, File, FileVersion
from kariu_blog.media.models import Picture, PictureAlt
from kariu_blog.text import files_in, pictures_in


@dataclass(frozen=True)
class Library:
    credits: dict[str, dict[str, str]] = field(default_factory=dict)
    """Credits of pictures by digest and language."""
    captions: dict[str, dict[str, str]] = field(default_factory=dict)
    files: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Suffix and bytes of files by key."""


def library_of(*bodies: str, covers: Iterable[str] = ()) -> Library:
    """Return what is known of all that clean bodies show, and of covers by digest.  At most one statement."""
    known = Library()
    pictures, keys = (set[str]().union(*map(found, bodies)) for found in (pictures_in, files_in))
    pictures.update(covers)
    for key, kind, credit, caption, size in db.session.execute(_known(pictures, keys)) if pictures or keys else ():
        if size:
            known.files[key] = (kind, size)
        else:
            known.credits.setdefault(key, {})[kind] = credit
            known.captions.setdefault(key, {})[kind] = caption
    return known


def _known(pictures: set[str], keys: set[str]) -> CompoundSelect[str, str, str, str, int]:
    """Select credits with their languages, and types with sizes."""
    alts = select(Picture.digest, PictureAlt.language, PictureAlt.credit, PictureAlt.caption, literal(0)).join(
        PictureAlt
    )
    files = select(File.key, FileVersion.suffix, literal(""), literal(""), FileVersion.bytes).join(
        FileVersion, FileVersion.id == NEWEST
    )
    return union_all(alts.where(Picture.digest.in_(pictures)), files.where(File.key.in_(keys)))
