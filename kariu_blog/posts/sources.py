"""Which translations have to follow a change of another one, in Python and in SQL.

A save marks the other translations as outdated, except those that it follows itself.  A publication, or the declaration
that a translation is up to date, takes its own marks away.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from kariu_blog.languages import LANGUAGES
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.references import TranslationSource

Followed = Mapping[str, tuple[int | None, set[str]]]


def outdated_by(translation: PostTranslation) -> list[PostTranslation]:
    """Return the other translations that have changed since this one followed them."""
    others = translation.post.translations
    return [others[code] for code in LANGUAGES if code in others and _is_newer(others[code], translation)]


def is_outdated_sql() -> ColumnElement[bool]:
    """Return the condition on ``PostTranslation`` that another translation has changed since."""
    other, source = aliased(PostTranslation), TranslationSource
    follows = and_(source.translation_id == PostTranslation.id, source.language == other.language)
    newer = (
        select(other.id)
        .join(source, follows)
        .where(
            other.post_id == PostTranslation.post_id,
            or_(PostTranslation.published_at.is_not(None), other.published_at.is_not(None)),
            source.revision_id != other.latest_id,
        )
    )
    return newer.correlate(PostTranslation).exists()


def declare_up_to_date(translation: PostTranslation, seen: Collection[str]) -> None:
    """Note that the translation follows the languages ``seen`` as they are now saved."""
    for other in translation.post.translations.values():
        if other.language in seen:
            _note(translation, other)


def followed(post: Post | None) -> Followed:
    """Return, before a save, the latest revision of each translation, and the languages that it has to follow."""
    texts = post.translations if post is not None else {}
    return {code: (text.latest_id, {each.language for each in outdated_by(text)}) for code, text in texts.items()}


def note_save(post: Post, before: Followed, small: Collection[str]) -> None:
    """Note, after a save, what was ``followed`` before it; changes in the languages ``small`` mark no other."""
    for code, text in post.translations.items():
        latest_id, following = before.get(code, (None, set()))
        if text.latest_id == latest_id:
            continue
        for other in post.translations.values():
            source = other.sources.get(code)
            if source is None:
                _note(text, other)
                _note(other, text)
            elif other.language in following or (code in small and source.revision_id == latest_id):
                _note(other, text)


def _note(translation: PostTranslation, other: PostTranslation) -> None:
    if other is not translation and other.latest_id is not None:
        source = translation.sources.setdefault(other.language, TranslationSource(language=other.language))
        source.revision_id = other.latest_id


def _is_newer(other: PostTranslation, translation: PostTranslation) -> bool:
    """Return whether ``other`` was saved since ``translation`` followed it, where readers see one of them."""
    source = translation.sources.get(other.language)
    is_seen = translation.published_at is not None or other.published_at is not None
    return is_seen and source is not None and source.revision_id != other.latest_id
