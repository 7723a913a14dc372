"""Acts about posts, for the log: what became of each translation, told from how the post stood before."""

from collections.abc import Iterator

from kariu_blog.accounts.acts import record
from kariu_blog.accounts.models import Staff
from kariu_blog.newsroom.outcome import Standing, Standings
from kariu_blog.posts.post import Post
from kariu_blog.posts.publication import State

KINDS = {
    State.PUBLIC: "post.published",
    State.SCHEDULED: "post.scheduled",
    State.WITHDRAWN: "post.withdrawn",
    State.REVIEW: "post.submitted",
}
"""By the state that a translation has come into."""


def record_changes(before: Standings, post: Post, staff: Staff) -> None:
    """Log what has become of the post and of each translation since ``before``."""
    after = Standings.of(post)
    for code, standing in after.translations.items():
        for kind in _kinds(before.translations.get(code), standing):
            record(kind, staff, standing.content.title, post_id=post.id, language=code)
    if before.shared is not None and after.shared is not None:
        moved = (("post.category_changed", 0), ("post.byline_changed", 1))
        for kind in (kind for kind, place in moved if before.shared[place] != after.shared[place]):
            _record_of_all(kind, post, staff)


def record_deletion(post: Post, staff: Staff) -> None:
    _record_of_all("post.deleted", post, staff)


def record_restoration(post: Post, staff: Staff) -> None:
    _record_of_all("post.undeleted", post, staff)


def _kinds(before: Standing | None, after: Standing) -> Iterator[str]:
    was = before.state if before else State.DRAFT
    is_redated = before is not None and before.published_at != after.published_at
    if after.state in KINDS and (was != after.state or (is_redated and after.state == State.SCHEDULED)):
        yield KINDS[State(after.state)]
    if before is not None and was == after.state == State.PUBLIC and before.content != after.content:
        yield "post.updated"
    if before is not None and after.update_at not in (None, before.update_at):
        yield "post.update_scheduled"
    if was == after.state == State.PUBLIC and after.is_in_review and not (before and before.is_in_review):
        yield "post.submitted"
    if was == State.SCHEDULED and after.state == State.DRAFT:
        yield "post.unscheduled"
    if before is not None and before.content.slug != after.content.slug:
        yield "post.address_changed"


def _record_of_all(kind: str, post: Post, staff: Staff) -> None:
    known = post.known_by(staff.language or next(iter(post.translations)))
    record(kind, staff, known.title, post_id=post.id, language=known.language)
