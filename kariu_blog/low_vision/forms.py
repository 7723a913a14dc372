"""Settings of the low-vision mode: as a form, and as the value of a cookie."""

from itertools import product
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Form, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf

from kariu_blog.cache.policy import Cookie

OPTIONS: dict[str, dict[str, Any]] = {
    "size": {"100": "100 %", "150": "150 %", "200": "200 %"},
    "colours": {
        "white": _l("Black on white"),
        "black": _l("White on black"),
        "blue": _l("Dark blue on light blue"),
        "sepia": _l("Brown on beige"),
    },
    "spacing": {"normal": _l("Normal"), "wide": _l("Wide"), "wider": _l("Very wide")},
    "pictures": {"shown": _l("Shown"), "hidden": _l("Hidden, with their descriptions in their place")},
}
COOKIE = Cookie("low_vision", frozenset(map("-".join, product(*OPTIONS.values()))))


def _one_of(name: str, label: str, suggested: str) -> RadioField:
    is_option = AnyOf(OPTIONS[name], message=_l("Choose one of these."))
    choices = [SelectChoice(*option) for option in OPTIONS[name].items()]
    return RadioField(label, choices=choices, default=suggested, validators=[is_option], validate_choice=False)


class ChoiceForm(Form):
    size = _one_of("size", _l("Size of the text"), "150")
    colours = _one_of("colours", _l("Colours"), "white")
    spacing = _one_of("spacing", _l("Space between letters and lines"), "normal")
    pictures = _one_of("pictures", _l("Pictures"), "shown")

    @property
    def value(self) -> str:
        """Value of the cookie."""
        return "-".join(field.data for field in self)


def choices(value: str) -> dict[str, str]:
    """Return the settings in a cookie's value by field name, none for an empty value."""
    return dict(zip(OPTIONS, value.split("-"), strict=True)) if value else {}
