"""Base classes of forms, with messages in the language of the page."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Form

NO_CHOICE = _l("This option is no longer available. Choose something else.")
MESSAGES = {
    "Not a valid choice.": NO_CHOICE,
    "Invalid Choice: could not coerce.": NO_CHOICE,
    "Not a valid integer value.": _l("This is not a whole number."),
    "Number must be between %(min)s and %(max)s.": _l("Enter a number from %(min)s to %(max)s."),
    "This field is required.": _l("Fill this in."),
}
"""Our messages in place of WTForms' own, by those."""


class _Messages:
    @staticmethod
    def gettext(message: str) -> str:
        return str(MESSAGES.get(message, message))


class PartForm(Form):
    """A form within another one."""

    class Meta:
        def get_translations(self, _form: Form) -> Any:
            return _Messages


class PageForm(FlaskForm):
    class Meta(PartForm.Meta, FlaskForm.Meta):
        pass
