"""The form of an item: what all kinds have in common."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Self

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Field, FormField, HiddenField, StringField
from wtforms.validators import ValidationError

from kariu_blog.forms import PageForm, PartForm
from kariu_blog.languages import DEFAULT, LANGUAGES
from kariu_blog.newsroom.editing import Part, Status
from kariu_blog.newsroom.fields import MomentField
from kariu_blog.newsroom.site_fields import NO_PICTURE, BodyField
from kariu_blog.posts.content import text_digest
from kariu_blog.posts.items import SiteItem
from kariu_blog.text import slugify


class ItemWords(PartForm):
    """The fields of one language."""

    base_digest = HiddenField(name="base")


class ItemForm(PageForm):
    """What all languages of an item share, and an ``ItemWords`` for each language that it has."""

    act: ClassVar[str]
    """Name of the kind in the table and in the log of acts."""
    plural: ClassVar[Any]
    new: ClassVar[Any] = ""
    """Words of the button that adds one; empty where none can be added."""
    about: ClassVar[Any] = ""
    title: ClassVar[str] = "name"
    """Field of one language by which staff know an item."""
    words: ClassVar[type[ItemWords] | None] = None
    model: ClassVar[Any] = SiteItem
    is_for_admins: ClassVar[bool] = False
    is_needed: ClassVar[bool] = False
    """Whether the title has to be filled in in at least one language."""
    base_digest = HiddenField(name="base")

    def __init__(self, saved: Mapping[str, str] | None, typed: Mapping[str, str] | None = None) -> None:
        """Edit the fields of an item, None for a new one, with what was sent or with what is ``typed``."""
        super().__init__(**({} if typed is None else {"formdata": MultiDict(typed)}))
        self.saved = saved
        self.panes = {code: self[code].form for code in LANGUAGES if code in self}

    def __init_subclass__(cls) -> None:
        for code in LANGUAGES if cls.words else ():
            setattr(cls, code, FormField(cls.words))

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
        if self.is_needed and not any(pane[self.title].data for pane in self.panes.values()):
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
