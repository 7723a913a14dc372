"""Fields and validators that several forms of the newsroom share."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, Form, StringField, TextAreaField
from wtforms.validators import StopValidation

from kariu_blog.languages import from_local
from kariu_blog.posts.content import BODY_LENGTH
from kariu_blog.text import TAGS_MAX, TooManyTagsError, body_from_typed, clean_line

UNREADABLE = "\N{REPLACEMENT CHARACTER}"
Validator = Callable[[Form, StringField], None]
YEARS = range(1900, 2100)
NO_MOMENT = _l("This is not a date and time, such as 2026-09-01 09:00.")


def at_most(limit: int) -> Validator:
    def check(_form: Form, field: StringField) -> None:
        if len(field.data or "") > limit:
            raise StopValidation(_("Too long: at most %(limit)d characters.", limit=limit))

    return check


def readable(_form: Form, field: StringField) -> None:
    if UNREADABLE in field.data:
        raise StopValidation(
            _("Some characters arrived damaged and show as %(sign)s. Replace them and save again.", sign=UNREADABLE)
        )


def html_from_typed(typed: str) -> str | None:
    """Return what was typed as clean HTML, None if it has too much markup to be parsed."""
    if len(typed) > BODY_LENGTH:
        return None
    try:
        body = body_from_typed(typed)
    except TooManyTagsError:
        return None
    return body if body.count("<") <= TAGS_MAX else None  # what is saved can be sent again


def needed(_form: Form, field: StringField) -> None:
    if not field.data:
        raise StopValidation(_("Fill this in."))


def line(
    label: str, limit: int, description: str = "", validators: Sequence[Validator] = (), **render: Any
) -> StringField:
    """Return a field for one line of text, in a box that shows the whole line."""
    return StringField(
        label,
        widget=TextAreaField.widget,
        description=description,
        filters=[lambda typed: clean_line(typed or "")],
        validators=[at_most(limit), readable, *validators],
        render_kw=render,
    )


class MomentField(DateTimeLocalField):
    """Date and time in Karaganda; what cannot be read is an error and stays as typed."""

    data: datetime | None

    @property
    def moment(self) -> datetime | None:
        """The chosen time as an aware datetime."""
        return from_local(self.data) if self.data else None

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(NO_MOMENT) from error
        if self.data and self.data.year not in YEARS:
            self.data = None
            raise ValueError(NO_MOMENT)
