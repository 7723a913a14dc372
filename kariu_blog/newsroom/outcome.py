"""Sentences that say after an act what is true now, each with links to look."""

from datetime import datetime
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from kariu_blog.languages import LANGUAGES, format_moment
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.routing import page_language
from kariu_blog.templating import sentence

PUBLISHED = _l("Published. Readers see it now: %(texts)s.")
UPDATED = _l("Updated. Readers see the new text now: %(texts)s.")
CORRECTED = _l("Updated. Readers see the text and the correction below it now: %(texts)s.")
UNSEEN = _l("Saved: %(texts)s. Readers still see the earlier text; “Update on the site” shows them the new one.")
SAVED_FOR_REVIEW = _l("Saved: %(texts)s. Readers still see the earlier text. Submit the change for review.")
UPDATE_SCHEDULED = _l("Saved. Readers see the new text later: %(texts)s. Until then they see the earlier one.")
DISCARDED = _l("Discarded: %(texts)s. Readers' text has stayed as it was; the change is in the history.")
REDATED = _l("Saved. Readers see the new date now: %(texts)s.")
SCHEDULED = _l("Scheduled: %(texts)s. Readers do not see it before then.")
SUBMITTED = _l("Submitted for review: %(texts)s. An editor publishes it or gives it back with a note.")
STILL_IN_REVIEW = _l("Saved: %(texts)s. It is still waiting for review.")
GIVEN_BACK = _l("Given back to the author: %(texts)s.")
TAKEN_BACK = _l("Taken back from review: %(texts)s. You can go on writing.")
WITHDRAWN = _l("Withdrawn: %(texts)s. Readers no longer see it.")
STILL_WITHDRAWN = _l("Saved: %(texts)s. It is withdrawn, and readers do not see it.")
UNSCHEDULED = _l("No longer scheduled: %(texts)s. It is a draft again.")
DRAFT = _l("Saved as a draft: %(texts)s. Readers do not see it.")


class Standing(NamedTuple):
    """A translation at some moment: how far its publication is, its content, and what readers have not seen of it."""

    state: str
    published_at: datetime | None
    content: Content
    latest: Content
    update_at: datetime | None
    is_in_review: bool

    @classmethod
    def of(cls, translation: PostTranslation) -> "Standing":
        content, latest = translation.content, translation.latest
        is_in_review = translation.review_asked_at is not None
        return cls(translation.state, translation.published_at, content, latest, translation.update_at, is_in_review)

    @property
    def has_unseen(self) -> bool:
        return self.content != self.latest


class Standings(NamedTuple):
    """A post at some moment: what all languages share (None: no post yet), and each translation."""

    shared: tuple[Any, ...] | None
    translations: dict[str, Standing]

    @classmethod
    def of(cls, post: Post | None) -> "Standings":
        if post is None:
            return cls(None, {})
        shared = (post.category_id, post.author_id, post.cover_id, post.cover and post.cover.description)
        return cls(shared, {code: Standing.of(each) for code, each in post.translations.items()})


def outcome(before: Standings, post: Post, may_publish: bool) -> list[Markup]:
    """Return a sentence for each thing that has changed."""
    after = Standings.of(post)
    links: dict[str, list[Markup]] = {}
    for code in (code for code in LANGUAGES if code in after.translations):
        message = _message(before.translations.get(code), after.translations[code], may_publish)
        if message is not None:
            links.setdefault(str(message), []).append(_link(post.translations[code], message))
    said = [sentence(message, texts=Markup(", ").join(each)) for message, each in links.items()]
    if before.shared not in (None, after.shared):
        said.append(escape(_("Saved for all languages: category, author and cover.")))
    return said


def _message(before: Standing | None, after: Standing, may_publish: bool) -> Any:
    if before is None or before.state != after.state:
        return _of_state(before.state if before else "", after.state, may_publish)
    if before.content != after.content:
        note = after.content.correction_note
        is_corrected = note not in ("", before.content.correction_note)
        stayed = {"scheduled": SCHEDULED, "review": STILL_IN_REVIEW, "withdrawn": STILL_WITHDRAWN, "draft": DRAFT}
        return stayed.get(after.state, CORRECTED if is_corrected else UPDATED)
    if before.has_unseen or after.has_unseen:
        return _of_unseen(before, after, may_publish)
    if before.published_at != after.published_at:
        return SCHEDULED if after.state == "scheduled" else REDATED
    return None


def _of_state(was: str, state: str, may_publish: bool) -> Any:
    if was == "review" and state in ("draft", "withdrawn"):
        return GIVEN_BACK if may_publish else TAKEN_BACK
    became = {"public": PUBLISHED, "scheduled": SCHEDULED, "review": SUBMITTED, "withdrawn": WITHDRAWN}
    return became.get(state, UNSCHEDULED if was == "scheduled" else DRAFT)


def _of_unseen(before: Standing, after: Standing, may_publish: bool) -> Any:
    if not after.has_unseen:
        return DISCARDED
    if before == after:
        return None
    if after.update_at:
        return UPDATE_SCHEDULED
    if before.is_in_review != after.is_in_review:
        return SUBMITTED if after.is_in_review else GIVEN_BACK if may_publish else TAKEN_BACK
    if after.is_in_review:
        return STILL_IN_REVIEW
    return UNSEEN if may_publish else SAVED_FOR_REVIEW


def _link(translation: PostTranslation, sentence: Any) -> Markup:
    """Return the language's name, as a link to the page or the preview, with the time where the sentence needs it."""
    code = translation.language
    if translation.is_public and not translation.unseen:
        address = url_for("posts.post", lang=code, slug=translation.slug)
    else:
        address = url_for("newsroom.preview", post_id=translation.post_id, text_language=code)
    name = Markup('<a href="{}" lang="{}">{}</a>').format(address, code, LANGUAGES[code].name)
    moment = translation.update_at if sentence is UPDATE_SCHEDULED else translation.published_at
    if sentence not in (SCHEDULED, REDATED, UPDATE_SCHEDULED) or moment is None:
        return name
    return Markup("{} ({})").format(name, format_moment(moment, page_language()))
