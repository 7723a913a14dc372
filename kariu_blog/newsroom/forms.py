"""The forms of the newsroom: fields, and what makes them valid."""

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, StopValidation, ValidationError

from kariu_blog.accounts.models import Staff
from kariu_blog.forms import PageForm, PartForm
from kariu_blog.languages import DEFAULT, LANGUAGES
from kariu_blog.media.models import ALT_LENGTH, Picture
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.editing import Part, Status
from kariu_blog.newsroom.fields import MomentField, at_most, html_from_typed, line, readable
from kariu_blog.posts.content import BODY_LENGTH, CONTENT_FIELDS, NOTE_LENGTH, SUMMARY_LENGTH, TITLE_LENGTH, Content
from kariu_blog.posts.navigation import layout
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.rights import may_publish, may_share, may_write
from kariu_blog.text import clean, clean_line, is_seen, slugify, typed_from_body

ID_MAX = 2**31 - 1
KEY = re.compile("new-[0-9a-f]{16}")
SHARED = re.compile("([0-9]{1,10})-([0-9]{1,10})-([0-9]{1,10})")
"""What ``shared_digest`` returns."""


def _id(typed: Any) -> int:
    """Return the chosen id, 0 if nothing is chosen yet."""
    return int(typed or 0)


def shared_digest(category_id: int, author_id: int, cover_id: int | None) -> str:
    """Name what all languages share."""
    return f"{category_id}-{author_id}-{cover_id or 0}"


def _living(kind: str, key: int) -> int:
    """Return the id of a category or byline, or of what it was merged into."""
    found = layout().find(kind, key)
    return found.id if found else key


def key_of(post: Post) -> str:
    """Return the key of the form that edits ``post``."""
    return f"post-{post.id}"


class TranslationForm(PartForm):
    """The fields of one language.

    Stored drafts and open pages name the hidden fields ``base`` and ``stage``, so these names stay.
    """

    title = line(_l("Title"), TITLE_LENGTH, rows=2)
    summary = line(_l("Summary"), SUMMARY_LENGTH, _l("One or two sentences for lists and feeds."), rows=3)
    body = TextAreaField(
        _l("Text"),
        description=_l("A blank line begins a new paragraph. Simple HTML is kept, scripts and styles are removed."),
        filters=[lambda typed: clean(typed or "")],
        validators=[at_most(BODY_LENGTH), readable],
        render_kw={"rows": 16},
    )
    slug = StringField(
        _l("Address"),
        description=_l("Empty: made from the title. Earlier addresses go on leading here."),
        filters=[lambda typed: clean_line(typed or "")],
        validators=[at_most(TITLE_LENGTH), readable],
        render_kw={"spellcheck": "false", "autocapitalize": "none"},
    )
    correction = BooleanField(
        _l("Small correction"), description=_l("Feed readers are not told that the text was updated.")
    )
    correction_note = line(
        _l("Correction for readers"),
        NOTE_LENGTH,
        _l("What was wrong and is right now. It stands below the text with today's date."),
        rows=2,
    )
    review_note = line(
        _l("Note to the author"),
        NOTE_LENGTH,
        _l("What should be changed. It goes to the author when you give the text back."),
        rows=2,
    )
    publish_at = MomentField(
        _l("Publish at"),
        description=_l("Karaganda time. Empty: at once."),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        validators=[Optional()],
    )
    base_digest = HiddenField(name="base")
    state_token = HiddenField(name="stage")

    post: Post | None
    translation: PostTranslation | None
    is_locked: bool
    """True if this person may only read the translation."""
    may_publish: bool
    html: str | None
    """The typed body as clean HTML; None if it has too much markup to be parsed."""
    part: Part

    def bind(self, post: Post | None, language: str, staff: Staff) -> None:
        """Compare what is in the fields with what is saved in ``language``."""
        self.post, self.translation = post, post.translations.get(language) if post else None
        self.is_locked = not may_write(staff, post, language)
        self.may_publish = may_publish(staff, language)
        self.html = self._html()
        self.part = Part(
            base=self.base_digest.data or "",
            saved=self.translation.latest.digest if self.translation else "",
            typed="" if self.is_empty else self.content.digest,
            base_state=self.state_token.data or "",
            saved_state=self.translation.state_token if self.translation else "",
            may_edit=not self.is_locked,
        )

    @property
    def is_live_or_scheduled(self) -> bool:
        return self.translation is not None and self.translation.is_live_or_scheduled

    @property
    def is_scheduled(self) -> bool:
        return self.translation is not None and self.translation.state == "scheduled"

    @property
    def has_unseen(self) -> bool:
        """True if a public text has a change that readers have not seen, once this form is saved."""
        latest = self.part.typed if self.part.status is Status.CHANGED else self.part.saved
        return bool(self.translation and self.translation.is_public and latest != self.translation.content.digest)

    @property
    def is_empty(self) -> bool:
        return not any(self[name].data.strip() for name in CONTENT_FIELDS)

    @property
    def content(self) -> Content:
        """What is typed, as a save would write it; without a slug, that of the translation."""
        typed = {name: self[name].data for name in CONTENT_FIELDS}
        body = self.body.data if self.html is None else self.html
        slug = slugify(self.slug.data) or (self.translation.latest.slug if self.translation else "")
        return Content(**{**typed, "body": body, "slug": slug})

    def validate_title(self, field: StringField) -> None:
        if not is_seen(field.data) and self.part.status is not Status.UNTOUCHED:
            raise StopValidation(_("Give the text a title."))

    def validate_body(self, _field: TextAreaField) -> None:
        if self.html is None:
            raise ValidationError(_("There is too much HTML markup in this text. Paste it as plain text."))
        if len(self.html) > BODY_LENGTH:
            raise ValidationError(_("Too long: at most %(limit)d characters.", limit=BODY_LENGTH))

    def validate_slug(self, field: StringField) -> None:
        wanted = slugify(field.data)
        if field.data and not wanted:
            raise ValidationError(_("An address needs letters or digits."))
        if wanted and wanted in queries.taken_slugs(wanted, self.post):
            raise ValidationError(_("Another post already has this address. Choose a different one."))

    def _html(self) -> str | None:
        """Keep a saved body that was not edited, because the rules for clean HTML may have changed since."""
        typed, saved = self.body.data, self.translation.latest.body if self.translation else ""
        return saved if typed and typed in (saved, typed_from_body(saved)) else html_from_typed(typed)


class PostForm(PageForm):
    """A post: what all languages share, and a ``TranslationForm`` for each language."""

    category = SelectField(_l("Category"), coerce=_id)
    author = SelectField(_l("Author"), coerce=_id)
    cover = SelectField(_l("Cover picture"), coerce=int, validate_choice=False)
    base_digest = HiddenField(name="base")
    form_key = HiddenField()

    shared: Part
    """What all languages share: category, author and cover."""
    is_locked: bool
    """True if this person may only read what all languages share."""
    merges: list[Field]
    """Category or byline, if what was chosen has been merged since."""
    left_out: frozenset[str] = frozenset()
    """Languages that are neither checked nor saved."""

    def __init__(self, post: Post | None, staff: Staff, typed: Mapping[str, str] | None = None) -> None:
        """Edit ``post`` with what was sent, or with what is ``typed`` in a draft."""
        super().__init__(**({} if typed is None else {"formdata": MultiDict(typed)}))
        self.post, self.panes = post, {code: self[code].form for code in LANGUAGES}
        if post is not None:
            self.form_key.data = key_of(post)
        elif not KEY.fullmatch(self.form_key.data or ""):
            self.form_key.data = f"new-{secrets.token_hex(8)}"
        for code, pane in self.panes.items():
            pane.bind(post, code, staff)
        self.is_locked = post is not None and not may_share(staff, post)
        self._follow_merges()
        saved = shared_digest(self.post.category_id, self.post.author_id, self.post.cover_id) if self.post else ""
        is_sent = self.category.data is not None  # a draft may hold other parts alone
        chosen = shared_digest(self.category.data, self.author.data, self.cover.data) if is_sent else saved
        self.shared = Part(base=self.base_digest.data or saved, saved=saved, typed=chosen)

    def _follow_merges(self) -> None:
        """Take a category or byline that was merged since the form was opened for what it became."""
        self.merges = []
        if base := SHARED.fullmatch(self.base_digest.data or ""):
            category, author, cover = map(int, base.groups())
            self.base_digest.data = shared_digest(_living("category", category), _living("author", author), cover)
        for field in (self.category, self.author):
            chosen = field.data
            if chosen and (living := _living(field.name, chosen)) != chosen:
                field.data = living
                self.merges.append(field)

    def all_fields(self) -> Iterator[tuple[Field, str | None]]:
        """Yield each field with its language, None if all languages share it."""
        languages = {f"cover_alt_{code}": code for code in LANGUAGES}
        yield from ((field, languages.get(field.name)) for field in self if not isinstance(field, FormField))
        yield from ((field, code) for code, pane in self.panes.items() for field in pane)

    @property
    def has_conflict(self) -> bool:
        """True if anything that this form would save, or that it shares with other languages, was changed meanwhile."""
        return self.shared.is_outdated or any(pane.part.status is Status.CONFLICT for pane in self.panes.values())

    def changed(self) -> list[str]:
        """Return the languages that a save writes."""
        changed = [code for code, pane in self.panes.items() if pane.part.status is Status.CHANGED]
        return [code for code in changed if code not in self.left_out]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if self.post is None and all(pane.is_empty for pane in self.panes.values()):
            self.panes[DEFAULT].title.errors = [_("Write the title in at least one language.")]
        return not any(field.errors for field in self if field.name not in self.left_out)

    def validate_category(self, field: SelectField) -> None:
        if not (field.data or field.errors):
            raise ValidationError(_("Choose a category."))

    def validate_author(self, field: SelectField) -> None:
        if not (field.data or field.errors):
            raise ValidationError(_("Choose an author."))

    def validate_cover(self, _field: SelectField) -> None:
        if self.cover.data and self.cover_picture is None:
            raise ValidationError(_("This picture is not in the library any more. Choose another one."))
        for code, words in self.cover_alts().items():
            if self.cover_picture and self.cover_picture.alt(code) not in ("", words):
                raise ValidationError(
                    _("Somebody has described this picture meanwhile. Empty your field to keep that.")
                )

    @property
    def cover_picture(self) -> Picture | None:
        return queries.picture(self.cover.data) if 0 < (self.cover.data or 0) <= ID_MAX else None

    def cover_alts(self) -> dict[str, str]:
        """Return the descriptions of the cover that are typed, by language."""
        typed = {code: self[f"cover_alt_{code}"].data for code in LANGUAGES}
        return {code: words for code, words in typed.items() if words}


for _code in LANGUAGES:
    setattr(PostForm, _code, FormField(TranslationForm))
    setattr(PostForm, f"cover_alt_{_code}", line(_l("What the cover shows"), ALT_LENGTH, rows=2))
