"""The form of a post: what all languages share, and a pane for each language."""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import (
    BooleanField,
    Field,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, StopValidation, ValidationError

from kariu_blog import languages
from kariu_blog.accounts.models import Staff
from kariu_blog.forms import PageForm, PartForm
from kariu_blog.languages import DEFAULT, LANGUAGES
from kariu_blog.media.models import ALT_LENGTH, Picture
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.fields import MomentField, at_most, line, readable
from kariu_blog.posts.models import (
    BODY_LENGTH,
    NOTE_LENGTH,
    SUMMARY_LENGTH,
    TITLE_LENGTH,
    Post,
    PostTranslation,
    new_slug,
    text_digest,
)
from kariu_blog.posts.queries import categories
from kariu_blog.text import (
    TAGS_MAX,
    TooManyTags,
    body_from_typed,
    clean,
    clean_line,
    is_seen,
    pictures_without_alt,
    slugify,
    typed_from_body,
)

ID_MAX = 2**31 - 1
KEY = re.compile("new-[0-9a-f]{16}")


def _key(typed: Any) -> int:
    """Return the chosen id, 0 where nothing is chosen yet."""
    return int(typed or 0)


def key_of(post: Post) -> str:
    """Of the form that edits this post."""
    return f"post-{post.id}"


class TextForm(PartForm):
    """One language's pane.  ``base`` names the text that the pane was filled from."""

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
        _l("Small correction"),
        description=_l("Feed readers are not told that the text was updated."),
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
    base = HiddenField()
    state_token = HiddenField(name="stage")

    post: Post | None
    translation: PostTranslation | None
    is_locked: bool
    is_refused: bool
    """Whether this person wrote on while somebody brought the text out: the words are shown, and not taken."""
    _taken_apart: tuple[str, str | None] = ("", "")
    """What was typed and what it became: asked for often, and slow for a long text."""

    def bind(self, post: Post | None, language: str, staff: Staff) -> None:
        """Say which text the pane edits; one that this person may only read shows what it is."""
        self.post, self.translation = post, post.translations.get(language) if post else None
        self.is_locked = (
            self.translation is not None and self.translation.is_live_or_scheduled and not staff.may_publish
        )
        self.is_refused = self.is_locked and bool(self.base.data) and self.is_touched
        if self.is_locked and not self.is_refused:
            self.show()

    def show(self) -> None:
        """Fill the pane from its text."""
        if self.translation is None:
            return
        self.title.data = self.translation.title
        self.summary.data = self.translation.summary
        self.body.data = self.typed_body()
        self.slug.data = self.translation.slug
        self.correction_note.data = self.translation.correction_note
        is_time_typed = self.publish_at.data is not None and self.state_token.data == self.translation.state_token
        if self.translation.state == "scheduled" and self.translation.published_at and not is_time_typed:
            self.publish_at.data = languages.local(self.translation.published_at).replace(tzinfo=None)
        self.know_present()

    def know_present(self) -> None:
        """Take the text as it is now for the one that this pane was filled from."""
        if self.translation is not None:
            self.base.data, self.state_token.data = self.translation.digest, self.translation.state_token

    @property
    def html(self) -> str | None:
        """What is typed, as clean HTML; None where it is too much to take apart."""
        typed = self.body.data or ""
        if self._taken_apart[0] != typed:
            self._taken_apart = (typed, self._as_shown(typed) or self._apart(typed))
        return self._taken_apart[1]

    def _as_shown(self, typed: str) -> str | None:
        """The saved body, if nothing else was sent: it stays, also where the cleaner's rules are others by now."""
        text = self.translation
        return text.body if text is not None and typed in (text.body, self.typed_body()) else None

    @staticmethod
    def _apart(typed: str) -> str | None:
        if len(typed) > BODY_LENGTH:
            return None
        try:
            body = body_from_typed(typed)
        except TooManyTags:
            return None
        return body if body.count("<") <= TAGS_MAX else None  # what is saved can be sent again

    def typed_body(self) -> str:
        """The saved body as people type it."""
        return typed_from_body(self.translation.body) if self.translation else ""

    @property
    def is_empty(self) -> bool:
        return not (self.title.data or self.summary.data or self.body.data.strip() or self.slug.data)

    @property
    def is_touched(self) -> bool:
        """Whether the person changed anything since the pane was filled that is not saved yet."""
        if self.translation is None:
            return not self.is_empty
        if not self.base.data and self.is_empty:
            return False
        return self._digest() not in (str(self.base.data), self.translation.digest)

    @property
    def was_sent_changed(self) -> bool:
        """Whether what was sent differs from what the pane was filled from, also after it was saved."""
        return self._digest() != str(self.base.data) if self.base.data else not self.is_empty

    @property
    def is_stale(self) -> bool:
        """Whether the text was changed by somebody else since: saving would overwrite unseen words."""
        text = self.translation
        return self.is_touched and text is not None and text.digest != str(self.base.data)

    @property
    def is_outdated(self) -> bool:
        """Whether the text, or how far it is, is no longer what this pane shows."""
        text = self.translation
        if text is None:
            return False
        return text.digest not in (str(self.base.data), self._digest()) or text.state_token != str(
            self.state_token.data
        )

    @property
    def is_live_or_scheduled(self) -> bool:
        return self.translation is not None and self.translation.is_live_or_scheduled

    @property
    def was_published(self) -> bool:
        return self.translation is not None and self.translation.was_published

    @property
    def moment(self) -> datetime | None:
        """The chosen time, aware; None means at once."""
        return languages.from_local(self.publish_at.data) if self.publish_at.data else None

    def is_publishable(self) -> bool:
        """Whether there is something to read; says what is missing."""
        if not is_seen(self.title.data):
            self.title.errors = [_("Give the text a title.")]
        if not self.html:
            self.body.errors = [_("Write the text first.")]
        elif digests := self._newly_undescribed(self.html):
            self.body.errors = [_undescribed(digests)]
        return not self.errors

    def _newly_undescribed(self, html: str) -> list[str]:
        """Return the digests of pictures without alt text, but for those that readers see already."""
        seen = pictures_without_alt(self.translation.body) if self.translation and self.translation.is_public else []
        return [digest for digest in pictures_without_alt(html) if digest not in seen]

    def faults(self) -> list[str]:
        """Return all its error messages."""
        return [message for messages in self.errors.values() for message in messages]

    def values(self) -> dict[str, Any]:
        """What ``Post.write`` takes; without an address typed, one is made of the title."""
        title, slug = self.title.data, slugify(self.slug.data)
        if not slug:
            taken = queries.taken_slugs(slugify(title) or "post", self.post)
            slug = new_slug(title, taken)
        text = {"title": title, "summary": self.summary.data, "body": self.body.data, "slug": slug}
        return {**text, "is_correction": self.correction.data}

    def validate_title(self, field: StringField) -> None:
        if not is_seen(field.data) and self.is_touched:
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

    def _digest(self) -> str:
        if self.html is None:
            return ""
        slug = slugify(self.slug.data) or (self.translation.slug if self.translation else "")
        return text_digest(self.title.data, self.summary.data, self.html, slug, self.correction_note.data or "")


def _undescribed(digests: Sequence[str]) -> Markup:
    """Say which pictures lack a description, by the names of their files."""
    pictures = filter(None, map(queries.picture_by_digest, dict.fromkeys(digests)))
    names = Markup(", ").join(Markup("<bdi>{}</bdi>").format(picture.name) for picture in pictures)
    return Markup(_("Describe each picture (alt text): %(names)s.")) % {"names": names or "…"}  # noqa: S704


class PostForm(PageForm):
    """``base`` names the category and author that the form was filled from."""

    category = SelectField(_l("Category"), coerce=_key)
    author = SelectField(_l("Author"), coerce=_key)
    cover = SelectField(_l("Cover picture"), coerce=int, validate_choice=False)
    base = HiddenField()
    form_key = HiddenField()

    post: Post | None
    is_locked: bool
    unfinished: dict[str, list[str]]
    """What is missing in the languages that a publication of all leaves out."""
    _left_out: frozenset[str]
    """The languages of those that cannot even be saved."""

    def bind(self, post: Post | None, staff: Staff, language: str) -> None:
        """Say which post the form edits, for whom, and in which language it speaks."""
        self.post, self.unfinished, self._left_out = post, {}, frozenset()
        if post is not None:
            self.form_key.data = key_of(post)
        elif not KEY.fullmatch(self.form_key.data or ""):
            self.form_key.data = f"new-{secrets.token_hex(8)}"
        self.category.choices = [SelectChoice(category.id, category.name(language)) for category in categories()]
        names = [SelectChoice(author.id, author.name(language)) for author in queries.bylines(staff, post)]
        self.author.choices = sorted(names, key=lambda choice: languages.alphabetical(choice.label))
        if post is None:
            self.category.choices.insert(0, SelectChoice("", _("Choose a category")))
            self.author.choices.insert(0, SelectChoice("", _("Choose an author")))
        for code, pane in self.panes():
            pane.bind(post, code, staff)
        self.cover.choices = self._covers()
        self.is_locked = any(pane.is_locked for _code, pane in self.panes())
        if self.is_locked:
            self._show_shared()

    def offer_last_choice(self, staff: Staff) -> None:
        """Begin a new post with the category and byline that this person chose last."""
        self.category.data, self.author.data = queries.last_choice(staff)

    def show(self) -> None:
        """Fill everything from the post."""
        self._show_shared()
        for _code, pane in self.panes():
            pane.show()

    def panes(self) -> list[tuple[str, TextForm]]:
        return [(code, self.pane(code)) for code in LANGUAGES]

    def pane(self, language: str) -> TextForm:
        form: TextForm = self[language].form
        return form

    @property
    def is_stale(self) -> bool:
        return self.shared_is_stale or any(pane.is_stale or pane.is_refused for _code, pane in self.panes())

    def take_as_opened(self) -> None:
        """For a form of a new post that was sent twice: what the first click made is what the second one saw."""
        for _code, pane in self.panes():
            if pane.translation is not None and pane.translation.state != "withdrawn" and not pane.is_touched:
                pane.know_present()

    def leave_unfinished(self, codes: Sequence[str]) -> None:
        """Of these languages let only those that are whole be published; what cannot even be saved stays a draft.

        Where none is whole, or a field that all share is wrong, the form is refused as usual.
        """
        self.validate()
        broken = frozenset(code for code in codes if self.pane(code).errors)
        unfinished = {code: self.pane(code) for code in codes if not self.pane(code).is_publishable()}
        shared_is_wrong = any(field.errors for field in self if not isinstance(field, FormField))
        if not shared_is_wrong and set(codes) - set(unfinished):
            self.unfinished, self._left_out = {code: pane.faults() for code, pane in unfinished.items()}, broken

    def left_over(self, post: Post, sent: Mapping[str, str]) -> dict[str, str]:
        """Return the fields of ``sent`` that a save of ``post`` did not use: whole panes, or a time alone."""
        left = {name: value for name, value in sent.items() if name.split("-")[0] in self._left_out}
        for code in set(self.moments_not_used(post)) - self._left_out:
            translation = post.translations.get(code)
            left[f"{code}-publish_at"] = sent[f"{code}-publish_at"]
            left[f"{code}-stage"] = translation.state_token if translation else ""
        return left

    def refresh(self) -> None:
        """Show others' changes where this person made none, and let a second save overwrite what was shown."""
        if self.post is None:
            return
        if not self._shared_is_touched:
            self._show_shared()
        self.base.data = self._shared_base
        for _code, pane in self.panes():
            if pane.is_refused:
                continue
            if pane.translation is not None and pane.is_touched:
                pane.know_present()
            else:
                pane.show()

    def shared_versions(self) -> dict[str, dict[str, str]]:
        """Return the names of category, byline and cover, as saved and as chosen in this form."""
        if self.post is None:
            return {}
        chosen = (self.category.data, self.author.data, self.cover_picture)
        saved = (self.post.category_id, self.post.author_id, self.post.cover)
        return {"saved": self._named(*saved), "chosen": self._named(*chosen)}

    def _named(self, category: int, author: int, cover: Picture | None) -> dict[str, str]:
        categories, authors = (
            {choice.value: choice.label for choice in field.choices} for field in (self.category, self.author)
        )
        cover_name = cover.name if cover else _("No picture")
        return {"category": categories.get(category, ""), "author": authors.get(author, ""), "cover": cover_name}

    def faulty(self) -> list[tuple[Field, str | None]]:
        """Return each field with errors, beside the language that it belongs to."""
        shared = [(field, _language_of(field.name)) for field in self if not isinstance(field, FormField)]
        fields = shared + [(field, code) for code, pane in self.panes() for field in pane]
        return [(field, code) for field, code in fields if field.errors]

    def touched(self) -> list[str]:
        """The languages whose panes were changed."""
        panes = [(code, pane) for code, pane in self.panes() if code not in self._left_out]
        return [code for code, pane in panes if pane.is_touched and not pane.is_refused]

    @property
    def is_unsaved(self) -> bool:
        """Whether anything is typed that a save or another act would use up."""
        if self.touched() or (self.post is not None and self._shared_is_touched):
            return True
        notes = any(pane.review_note.data for _code, pane in self.panes())
        return notes or bool(self.moments_not_used(self.post)) or any(self.cover_alts().values())

    def write_to(self, post: Post, by_id: int) -> None:
        """Carry over what was changed here, and nothing else.  The form is valid and not stale."""
        if self.post is None or self._shared_is_touched:
            post.category_id, post.author_id = self.category.data, self.author.data
            post.cover_id = self.cover.data or None
        if self.cover_picture is not None:
            self.cover_picture.describe(self.cover_alts())
        texts = {code: self.pane(code).values() for code in self.touched()}  # all before the first is written
        for code, text in texts.items():
            post.write(code, **text, by_id=by_id).note_correction(self.pane(code).correction_note.data)

    def a_title(self) -> str:
        """By which a draft is known in a list: the first that was typed."""
        titles = [pane.title.data for _code, pane in self.panes() if pane.title.raw_data and pane.title.data]
        return str(titles[0])[:TITLE_LENGTH] if titles else ""

    def unpublished(self) -> list[str]:
        """The languages with a text that readers do not have yet, and that nobody took back from them."""
        states = {code: pane.translation.state if pane.translation else "draft" for code, pane in self.panes()}
        waiting = [code for code, state in states.items() if state in ("draft", "review", "scheduled")]
        return [code for code in waiting if not self.pane(code).is_empty]

    def moments_not_used(self, post: Post | None) -> list[str]:
        """Return the languages where a time is typed that is not that translation's time of publication."""
        translations = post.translations if post is not None else {}
        times = {code: each.published_at for code, each in translations.items() if each.is_live_or_scheduled}
        return [code for code, pane in self.panes() if pane.moment and pane.moment != times.get(code)]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if self.post is None and all(pane.is_empty for _code, pane in self.panes()):
            self.pane(DEFAULT).title.errors = [_("Write the title in at least one language.")]
        return not any(field.errors for field in self if field.name not in self._left_out)

    @property
    def cover_picture(self) -> Picture | None:
        return queries.picture(self.cover.data) if 0 < (self.cover.data or 0) <= ID_MAX else None

    def cover_alts(self) -> dict[str, str]:
        """Return what is typed to describe the cover, by language."""
        typed = {code: self[f"cover_alt_{code}"].data for code in LANGUAGES}
        return {code: words for code, words in typed.items() if words}

    def missing_cover_alts(self) -> list[str]:
        """Return the languages in which the chosen cover has no description yet, typed or saved."""
        missing = self.cover_picture.missing_alts() if self.cover_picture else []
        return [code for code in missing if code not in self.cover_alts()]

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

    def is_publishable(self, codes: Sequence[str]) -> bool:
        """Whether all that readers get by a save is whole; says what is missing.

        That is the translations ``codes``, changed ones that are public or scheduled, and a new cover of these.
        """
        live = [code for code in self.touched() if self.pane(code).is_live_or_scheduled]
        texts = [self.pane(code).is_publishable() for code in dict.fromkeys([*codes, *live])]
        is_cover_seen = self.post is not None and self.post.first_published_at is not None
        is_cover_new = is_cover_seen and self.post is not None and (self.cover.data or 0) != (self.post.cover_id or 0)
        return not ((codes or is_cover_new) and not self.is_cover_described()) and all(texts)

    def is_cover_described(self) -> bool:
        """Whether the cover, if there is one, has a description in every language; says which it lacks."""
        for code in self.missing_cover_alts():
            name = Markup("<bdi>{}</bdi>").format(self.cover_picture.name if self.cover_picture else "")
            self[f"cover_alt_{code}"].errors = [Markup(_("Describe the cover %(name)s.")) % {"name": name}]  # noqa: S704
        return not self.missing_cover_alts()

    def _covers(self) -> list[SelectChoice]:
        """The newest pictures, and the one that is chosen."""
        library = queries.library("", 1)
        pictures = {picture.id: picture for picture in (library.pictures if library else ())}
        if self.post is not None and self.post.cover is not None:
            pictures[self.post.cover.id] = self.post.cover
        if chosen := self.cover_picture:
            pictures[chosen.id] = chosen
        named = [SelectChoice(picture.id, picture.name or picture.files.name) for picture in pictures.values()]
        return [SelectChoice(0, _("No picture")), *named]

    def _show_shared(self) -> None:
        if self.post is not None:
            self.category.data, self.author.data = self.post.category_id, self.post.author_id
            self.cover.data = self.post.cover_id or 0
            self.base.data = self._shared_base

    @property
    def _shared_base(self) -> str:
        return f"{self.post.category_id}-{self.post.author_id}-{self.post.cover_id or 0}" if self.post else ""

    @property
    def _shared_is_touched(self) -> bool:
        if self.category.data is None:  # not sent, as in a draft of a text alone
            return False
        return self._shared_chosen not in (str(self.base.data), self._shared_base)

    @property
    def _shared_chosen(self) -> str:
        return f"{self.category.data}-{self.author.data}-{self.cover.data or 0}"

    @property
    def shared_is_stale(self) -> bool:
        """Whether somebody changed category, byline or cover since, and not to what is chosen here."""
        if self.post is None or self.is_locked or self.category.data is None or not self.base.data:
            return False
        return self._shared_base not in (str(self.base.data), self._shared_chosen)


for _code in LANGUAGES:
    setattr(PostForm, _code, FormField(TextForm))
    setattr(PostForm, f"cover_alt_{_code}", line(_l("What the cover shows"), ALT_LENGTH, rows=2))


def typed_texts(sent: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What somebody would want back of a form that cannot be shown again: label, text language, words."""
    typed = [field for field in TextForm() if not isinstance(field, HiddenField | BooleanField)]
    labels = {f"{code}-{field.name}": (field.label.text, code) for code in LANGUAGES for field in typed}
    labels |= {code: (_("Description"), code) for code in LANGUAGES}  # of a picture
    return [(*labels[name], words) for name, words in sent.items() if name in labels and words.strip()]


def _language_of(name: str) -> str | None:
    """Return the language of a cover's description, None for any other field that all share."""
    return name.removeprefix("cover_alt_") if name.startswith("cover_alt_") else None


class PreviewLinkForm(PageForm):
    days = SelectField(
        _l("Opens for"),
        coerce=int,
        default=7,
        choices=[SelectChoice(1, _l("one day")), SelectChoice(7, _l("one week")), SelectChoice(30, _l("thirty days"))],
    )
