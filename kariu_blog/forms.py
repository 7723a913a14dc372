"""Forms that refuse in sentences of this site, in the language of the page, where WTForms would use its own."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Form

NO_CHOICE = _l("This option is no longer available. Choose something else.")
REFUSALS = {
    "Not a valid choice.": NO_CHOICE,
    "Invalid Choice: could not coerce.": NO_CHOICE,
    "Not a valid integer value.": _l("This is not a whole number."),
    "Number must be between %(min)s and %(max)s.": _l("Enter a number from %(min)s to %(max)s."),
    "This field is required.": _l("Fill this in."),
}
"""What the fields and validators of our forms say by themselves."""


class _Refusals:
    def gettext(self, message: str) -> str:
        return str(REFUSALS.get(message, message))

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.gettext(singular if number == 1 else plural)


class PartForm(Form):  # type: ignore[misc]
    """A form within another one."""

    class Meta:
        def get_translations(self, _form: Form) -> Any:
            return _Refusals()


class PageForm(FlaskForm):  # type: ignore[misc]
    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, _form: Form) -> Any:
            return _Refusals()
