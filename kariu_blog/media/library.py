"""What the library says of the pictures and files in bodies: credits, types and sizes."""

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
    files: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Suffix and bytes of files by key."""


def library_of(*bodies: str) -> Library:
    """Return what is known of all that clean bodies show.  One statement, or none if they show nothing."""
    known = Library()
    pictures, keys = (set[str]().union(*map(found, bodies)) for found in (pictures_in, files_in))
    for key, kind, credit, size in db.session.execute(_known(pictures, keys)) if pictures or keys else ():
        if size:
            known.files[key] = (kind, size)
        else:
            known.credits.setdefault(key, {})[kind] = credit
    return known


def _known(pictures: set[str], keys: set[str]) -> CompoundSelect[str, str, str, int]:
    """Select credits with their languages, and types with sizes."""
    alts = select(Picture.digest, PictureAlt.language, PictureAlt.credit, literal(0)).join(PictureAlt)
    files = select(File.key, FileVersion.suffix, literal(""), FileVersion.bytes).join(
        FileVersion, FileVersion.id == NEWEST
    )
    credited = alts.where(Picture.digest.in_(pictures), PictureAlt.credit != "")
    return union_all(credited, files.where(File.key.in_(keys)))
