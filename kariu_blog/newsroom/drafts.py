"""What autosave takes: the form's own fields, within bounds."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import FormField

from kariu_blog.newsroom.forms import PostForm
from kariu_blog.posts.models import BODY_LENGTH

DRAFTS_MAX = 20
"""How many one person may have."""
TOO_MANY_DRAFTS = _l(
    "You have reached the limit of unsaved drafts (%(number)d). Save or discard one of them first.", number=DRAFTS_MAX
)
BODY_LENGTH_MAX = 2 * BODY_LENGTH
"""A draft may be longer than what can be saved, so that it can be shortened later."""
FIELD_LENGTH_MAX = 10_000


def fields_of(form: PostForm, sent: Mapping[str, str]) -> dict[str, str]:
    """Return what was sent in fields of the form.  Raises RequestEntityTooLarge for what no draft holds."""
    fields = [field for field in form if not isinstance(field, FormField) and field is not form.csrf_token]
    fields += [field for _code, pane in form.panes() for field in pane]
    typed = {field.name: sent[field.name] for field in fields if field.name in sent}
    for name, value in typed.items():
        if len(value) > (BODY_LENGTH_MAX if name.endswith("-body") else FIELD_LENGTH_MAX):
            raise RequestEntityTooLarge
    return typed
