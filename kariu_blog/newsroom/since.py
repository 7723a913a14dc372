"""What has changed in other languages since a translation followed them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from kariu_blog.newsroom import queries
from kariu_blog.newsroom.differences import Change, changes, is_marked, line_difference
from kariu_blog.newsroom.forms import TranslationForm
from kariu_blog.posts.content import CONTENT_FIELDS, Content
from kariu_blog.posts.post import PostTranslation
from kariu_blog.posts.sources import outdated_by

LINES = tuple(name for name in CONTENT_FIELDS if name not in {"body", "slug"})  # an address follows no other


@dataclass(frozen=True)
class Since:
    """The changes of one other language."""

    language: str
    lines: Sequence[str]
    """Title, summary and whatever else is a line, as far as they differ, as HTML."""
    blocks: Sequence[Change]

    @classmethod
    def compare(cls, before: Content, other: PostTranslation, translated: str, page_language: str) -> "Since":
        """``translated`` is the body that has to follow."""
        old, new = asdict(before), asdict(other.latest)
        lines = [line_difference(old[name], new[name]) for name in LINES]
        blocks = changes(before.body, other.latest.body, translated, page_language)
        return cls(other.language, list(filter(is_marked, lines)), blocks)


def changes_to_follow(pane: TranslationForm, page_language: str) -> list[Since]:
    """Return what changed in each language since the translation followed it; nothing for who may not write it."""
    translation, found = pane.translation, []
    if translation is None or pane.is_locked:
        return []
    for other in outdated_by(translation):
        revision = queries.revision(translation.sources[other.language].revision_id)
        if revision is not None:
            found.append(Since.compare(revision.content, other, translation.latest.body, page_language))
    return [since for since in found if since.lines or since.blocks]
