"""Forms of items: what all kinds have in common, and their fields and validators."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Field, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, ValidationError

from kariu_blog.forms import PageForm, PartForm
from kariu_blog.languages import DEFAULT, LANGUAGES
from kariu_blog.media.files import Files
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.editing import Part, Status
from kariu_blog.newsroom.fields import MomentField, Validator, at_most, html_from_typed, readable
from kariu_blog.posts.content import BODY_LENGTH, text_digest
from kariu_blog.text import clean, clean_line, slugify, typed_from_body

NO_PICTURE = "0"
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
OWN_ADDRESS = re.compile(r"/(?![/\\])\S*")


class ItemWords(PartForm):
    """The fields of one language."""

    base_digest = HiddenField(name="base")


class ItemForm(PageForm):
    """What all languages of an item share, and an ``ItemWords`` for each language that it has."""

    title: ClassVar[str] = ""
    """Field of one language that has to be filled in at least once."""
    base_digest = HiddenField(name="base")

    def __init__(self, saved: Mapping[str, str] | None, typed: Mapping[str, str] | None = None) -> None:
        """Edit the fields of an item, None for a new one, with what was sent or with what is ``typed``."""
        super().__init__(**({} if typed is None else {"formdata": MultiDict(typed)}))
        self.saved = saved
        self.panes = {code: self[code].form for code in LANGUAGES if code in self}

    @classmethod
    def filled(cls, saved: Mapping[str, str] | None) -> Self:
        """Return the form as it shows what is saved."""
        form = cls(saved, saved or {})
        for name in form.parts:
            form.base_of(name).data = form.part(name).saved
        return form

    @cached_property
    def present(self) -> Self:
        return type(self)(self.saved, self.saved or {})

    def part(self, name: str) -> Part:
        """Return what became of a language, or of what all languages share (an empty name)."""
        typed = self.values(name)
        if self.saved is None:
            return Part(base="", saved="", typed=_digest(typed) if any(typed.values()) else "")
        return Part(base=self.base_of(name).data or "", saved=_digest(self.present.values(name)), typed=_digest(typed))

    def with_saved(self) -> Self:
        """Return the form with what is saved where nothing was typed, so that the next save overwrites the rest."""
        data = {**(self.saved or {}), "csrf_token": request.form.get("csrf_token", "")}
        for name in self.parts:
            is_faulty = any(field.errors for field in self.fields_of(name))
            if is_faulty or self.part(name).status is not Status.UNTOUCHED:
                names = self.values(name)
                data = {field: text for field, text in data.items() if field not in names}
                data |= {field: request.form[field] for field in names if field in request.form}
            data[self.base_of(name).name] = self.part(name).saved
        return type(self)(self.saved, data | {"slug": request.form.get("slug", "")})

    @property
    def parts(self) -> list[str]:
        return ["", *self.panes]

    def base_of(self, part: str) -> HiddenField:
        return (self.panes[part] if part else self).base_digest

    def fields_of(self, part: str) -> list[Field]:
        """Return the fields of a part that are saved."""
        fields = self.panes[part] if part else self
        return [field for field in fields if not isinstance(field, FormField | HiddenField) and field.name != "slug"]

    @property
    def has_body(self) -> bool:
        return any(isinstance(field, BodyField) for part in self.parts for field in self.fields_of(part))

    def values(self, part: str) -> dict[str, str]:
        return {field.name: _text_of(field) for field in self.fields_of(part)}

    @property
    def refusal(self) -> int:
        """Status with which the form is shown again, 0 if it can be saved."""
        if not self.validate():
            return 400 if self.csrf_token.errors else 422
        return 409 if any(self.part(name).status is Status.CONFLICT for name in self.parts) else 0

    def changes(self) -> dict[str, str]:
        """Return the fields of the parts that a save writes."""
        changed = [name for name in self.parts if self.part(name).status is Status.CHANGED]
        return {field: text for name in changed for field, text in self.values(name).items()}

    def faulty(self) -> list[tuple[Field, str | None]]:
        """Return the fields with errors, each with its language."""
        fields: list[tuple[Field, str | None]] = [(field, None) for field in self if not isinstance(field, FormField)]
        fields += [(field, code) for code, pane in self.panes.items() for field in pane]
        return [(field, code) for field, code in fields if field.errors]

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        if self.title and not any(pane[self.title].data for pane in self.panes.values()):
            self.panes[DEFAULT][self.title].errors = [_("Write this in at least one language.")]
            return False
        starts_at, ends_at = (self[name].data if name in self else None for name in ("starts_at", "ends_at"))
        if starts_at and ends_at and ends_at <= starts_at:
            self.ends_at.errors = [_("The end has to be later than the beginning.")]
            return False
        return is_valid

    def validate_slug(self, field: StringField) -> None:
        if field.data and not slugify(field.data):
            raise ValidationError(_("An address needs letters or digits."))


class BodyField(TextAreaField):  # type: ignore[misc]
    """A text with formatting, which the editor in the browser takes over."""

    _cleaned: tuple[str, str | None] = ("", "")

    def __init__(self, label: Any, **further: Any) -> None:
        about = _l("A blank line begins a new paragraph. Simple HTML is kept, scripts and styles are removed.")
        limits = [at_most(BODY_LENGTH), readable]
        strip = [lambda typed: clean(typed or "")]
        super().__init__(label, description=about, filters=strip, validators=limits, render_kw={"rows": 16}, **further)

    @property
    def html(self) -> str | None:
        """What is typed as clean HTML; None if it has too much markup."""
        if self._cleaned[0] != self.data:
            self._cleaned = self.data, html_from_typed(self.data)
        return self._cleaned[1]

    def _value(self) -> str:
        return typed_from_body(self.html) if self.html and self.html == self.data else self.data

    def pre_validate(self, _form: Any) -> None:
        if self.html is None:
            raise ValidationError(_("There is too much HTML markup in this text. Paste it as plain text."))


class PictureField(SelectField):  # type: ignore[misc]
    """A picture of the library, by its address; the editor's picker offers others than the newest."""

    def __init__(self, label: Any, **further: Any) -> None:
        super().__init__(label, validate_choice=False, render_kw={"data-by": "url"}, **further)

    def iter_choices(self) -> Any:
        newest = queries.library("", 1)
        pictures = [*(newest.posts if newest else ()), self.picture]
        names = {each.files.address: each.name or each.files.name for each in pictures if each}
        self.choices = [SelectChoice(NO_PICTURE, _("No picture")), *(SelectChoice(*each) for each in names.items())]
        return super().iter_choices()

    @property
    def picture(self) -> Any:
        files = Files.of(self.data or "")
        return queries.picture_by_digest(files.digest) if files else None

    def pre_validate(self, _form: Any) -> None:
        if (self.data or NO_PICTURE) != NO_PICTURE and self.picture is None:
            raise ValidationError(_("This picture is not in the library any more. Choose another one."))


def url(_form: Any, field: Field) -> None:
    if not all(map(_is_url, field.data.splitlines())):
        raise ValidationError(_("This is not a web address, such as https://example.org/."))


def address(form: Any, field: Field) -> None:
    """Take an address of this site without its host, too."""
    if not OWN_ADDRESS.fullmatch(field.data):
        url(form, field)


def email(_form: Any, field: Field) -> None:
    if field.data and not EMAIL.fullmatch(field.data):
        raise ValidationError(_("This is not an e-mail address."))


def several(label: Any, about: Any, *validators: Validator) -> TextAreaField:
    """Return a field with a value in each line."""
    limits = [at_most(1000), readable, *validators]
    return TextAreaField(label, description=about, filters=[_lines], validators=limits, render_kw={"rows": 3})


def short(label: Any, about: Any, *validators: Validator, **render: Any) -> StringField:
    strip = [lambda typed: clean_line(typed or "")]
    limits = [at_most(300), readable, *validators]
    return StringField(label, description=about, filters=strip, validators=limits, render_kw=render)


def moment(label: Any, about: Any) -> MomentField:
    formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
    return MomentField(label, description=about, format=formats, validators=[Optional()])


def _lines(typed: str | None) -> str:
    return "\n".join(filter(None, map(clean_line, (typed or "").splitlines())))


def _is_url(typed: str) -> bool:
    try:
        parts = urlsplit(typed)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", typed)


def _digest(values: Mapping[str, str]) -> str:
    return text_digest(*values.values())


def _text_of(field: Field) -> str:
    """Return what is typed as it is saved."""
    if isinstance(field, BodyField):
        return f"{field.data}" if field.html is None else field.html
    if isinstance(field, MomentField):
        return f"{field.data:%Y-%m-%dT%H:%M}" if field.data else ""
    if isinstance(field.data, bool):
        return "y" if field.data else ""
    return "" if field.data in (None, NO_PICTURE) else str(field.data)
