"""Fields and validators of the forms of items."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, ValidationError

from kariu_blog.media import storage
from kariu_blog.media.files import Files
from kariu_blog.media.kinds import RefusedError
from kariu_blog.media.views import folder
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.fields import MomentField, Validator, at_most, html_from_typed, readable
from kariu_blog.posts.content import BODY_LENGTH
from kariu_blog.text import clean, clean_line, typed_from_body

NO_PICTURE = "0"
MARK_PIXELS = 512
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
OWN_ADDRESS = re.compile(r"/(?![/\\])\S*")


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


def is_mark(_form: Any, field: PictureField) -> None:
    """Take a picture of which icons can be made, and make them."""
    picture = field.picture
    if picture is None:
        return
    if min(picture.width, picture.height) < MARK_PIXELS:
        raise ValidationError(_("The mark needs at least 512 pixels in width and in height."))
    try:
        with storage.lock(folder()):
            storage.make_icons(folder(), picture.files)
    except (RefusedError, OSError) as error:
        raise ValidationError(_("No icons can be made of this picture. Choose another one.")) from error


def is_url(_form: Any, field: Field) -> None:
    if not all(map(_is_web_address, field.data.splitlines())):
        raise ValidationError(_("This is not a web address, such as https://example.org/."))


def is_address(form: Any, field: Field) -> None:
    """Take an address of this site without its host, too."""
    if not OWN_ADDRESS.fullmatch(field.data):
        is_url(form, field)


def is_email(_form: Any, field: Field) -> None:
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


def _is_web_address(typed: str) -> bool:
    try:
        parts = urlsplit(typed)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", typed)
