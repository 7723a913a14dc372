"""People in the newsroom: administrators invite, limit, disable and enable; links go by mail or are shown once."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security import current_user
from wtforms import Field, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from kariu_blog.accounts import mail, names, people
from kariu_blog.accounts.models import AccountLink, Role, Staff
from kariu_blog.accounts.people import LastAdminError
from kariu_blog.database import db
from kariu_blog.forms import PageForm
from kariu_blog.languages import LANGUAGES
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.desk import admins_only, blueprint
from kariu_blog.newsroom.fields import at_most, readable
from kariu_blog.posts.navigation import layout
from kariu_blog.routing import page_language
from kariu_blog.text import clean_line

PERSON = "/people/<int(max=2147483647):staff_id>"
NAME_LENGTH = 120
LANGUAGE_CHOICES = [SelectChoice(code, each.name) for code, each in LANGUAGES.items()]
ROLES = {
    Role.AUTHOR: (_l("Author"), _l("writes posts and submits them for review")),
    Role.TRANSLATOR: (_l("Translator"), _l("writes texts for every post and submits them for review")),
    Role.EDITOR: (_l("Editor"), _l("changes and publishes every post")),
    Role.ADMIN: (_l("Administrator"), _l("an editor who also manages the people and the site")),
}
"""Name of each role, and what it does."""
ACCESS = {
    "disabling": (
        people.disable,
        _l("The account is closed. Its sessions, links and preview links have ended."),
    ),
    "enabling": (people.enable, _l("The account is open again.")),
    "unpairing": (
        people.remove_second_factor,
        _l("The second factor has been removed. At the next sign-in a new one can be set up."),
    ),
}
"""What an administrator does with somebody's access, and the sentence said afterwards."""


class Ticks(SelectMultipleField):  # type: ignore[misc]
    """Boxes to tick, of which none may be ticked."""

    widget, option_widget = ListWidget(prefix_label=False), CheckboxInput()


class ProfileForm(PageForm):
    """What administrators and the person alike may change of an account."""

    email = StringField(
        _l("E-mail"),
        description=_l("Not shown to readers. Links for a new password go there; it also signs in."),
        filters=[lambda typed: clean_line(typed or "")],
        render_kw={"type": "email", "autocomplete": "off"},
    )
    language = SelectField(_l("Language of the mails"), choices=LANGUAGE_CHOICES)

    person: Staff | None = None

    @classmethod
    def of(cls, person: Staff) -> Any:
        form = cls(obj=person, **{f"name_{code}": name for code, name in person.names.items()})
        form.person = person
        return form

    def validate_email(self, field: Field) -> None:
        typed, field.data = field.data, names.email_of(field.data) or field.data
        if typed and not names.email_of(typed):
            raise ValidationError(_("This is not an e-mail address."))
        if fault := typed and names.taken_fault(field.data, but=self.person):
            raise ValidationError(fault)

    @property
    def full_names(self) -> dict[str, str]:
        typed = {code: self[f"name_{code}"].data for code in LANGUAGES}
        return {code: name for code, name in typed.items() if name}

    def fill(self, person: Staff) -> None:
        person.email, person.language, person.names = self.email.data or None, self.language.data, self.full_names


for _code in LANGUAGES:
    setattr(
        ProfileForm,
        f"name_{_code}",
        StringField(
            _l("Full name"),
            filters=[lambda typed: clean_line(typed or "")],
            validators=[at_most(NAME_LENGTH), readable],
            render_kw={"autocomplete": "off"},
        ),
    )


class PersonForm(ProfileForm):
    role = SelectField(_l("Role"))
    languages = Ticks(_l("Only these languages"), choices=LANGUAGE_CHOICES)
    categories = Ticks(_l("Only these categories"), coerce=int)
    bylines = Ticks(_l("Only these authors"), coerce=int)

    def __init__(self, *arguments: Any, **fields: Any) -> None:
        super().__init__(*arguments, **fields)
        self.role.choices = [SelectChoice(role.value, name) for role, (name, _what) in ROLES.items()]
        known = layout()
        for field, all_of_it in ((self.categories, known.living("category")), (self.bylines, known.living("author"))):
            field.choices = [SelectChoice(each.id, each.name(page_language())) for each in all_of_it]

    @property
    def limits(self) -> dict[str, list[Any]]:
        return {name: self[name].data for name in ("languages", "categories", "bylines")}


class InvitationForm(PersonForm):
    username = StringField(
        _l("User name"),
        description=_l("Small letters and digits of one alphabet, without spaces. It stays."),
        filters=[lambda typed: clean_line(typed or "").lower()],
        validators=[DataRequired(_l("Enter a user name."))],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )

    def validate_username(self, field: Field) -> None:
        if fault := names.username_fault(field.data):
            raise ValidationError(fault)


@blueprint.get("/people")
def people_list() -> ResponseReturnValue:
    admins_only()
    return render_template(
        "newsroom/people/people.html",
        people=queries.people(),
        roles={role: name for role, (name, _what) in ROLES.items()},
        links=queries.open_links(),
        seen=queries.last_seen(),
    )


@blueprint.get("/people/new")
def new_person() -> ResponseReturnValue:
    admins_only()
    return _show_invitation(InvitationForm(language=page_language()))


@blueprint.post("/people/new")
def invite_person() -> ResponseReturnValue:
    admins_only()
    form = InvitationForm()
    if not form.validate():
        return _show_invitation(form), 422
    known = {"email": form.email.data or None, "language": form.language.data, "names": form.full_names, **form.limits}
    return _hand_over(people.invite(current_user, form.username.data, Role(form.role.data), **known))


@blueprint.get(PERSON)
def person(staff_id: int) -> ResponseReturnValue:
    person = _person_or_404(staff_id)
    return _show(person, PersonForm.of(person))


@blueprint.post(PERSON)
def change_person(staff_id: int) -> ResponseReturnValue:
    person = _person_or_404(staff_id)
    form = PersonForm.of(person)
    if not form.validate():
        return _show(person, form), 422
    try:
        people.change_role(current_user, person, Role(form.role.data))
    except LastAdminError:
        return _refuse_last_admin(person)
    people.change_limits(current_user, person, **form.limits)
    form.fill(person)
    return _done(person, _("The account has been saved."))


@blueprint.post(f"{PERSON}/<any(disabling, enabling, unpairing):verb>")
def change_access(staff_id: int, verb: str) -> ResponseReturnValue:
    person = _person_or_404(staff_id)
    change, sentence = ACCESS[verb]
    try:
        change(current_user, person)
    except LastAdminError:
        return _refuse_last_admin(person)
    return _done(person, sentence)


@blueprint.post(f"{PERSON}/reset")
def reset(staff_id: int) -> ResponseReturnValue:
    """Send an invitation again, or a link for a new password."""
    person = _person_or_404(staff_id)
    return _hand_over(people.reset(current_user, person) if person.active else abort(403))


def _person_or_404(staff_id: int) -> Staff:
    admins_only()
    return db.session.get(Staff, staff_id) or abort(404)


def _show_invitation(form: InvitationForm) -> str:
    return render_template("newsroom/people/invitation.html", form=form, has_mail=mail.is_configured(), roles=ROLES)


def _show(person: Staff, form: PersonForm) -> str:
    link = queries.open_links().get(person.id)
    return render_template("newsroom/people/person.html", person=person, form=form, open_link=link, roles=ROLES)


def _hand_over(link: AccountLink) -> ResponseReturnValue:
    """Mail a link, or show it this once where that is not possible."""
    address = mail.hand_over(link)
    if not address:
        return _done(link.staff, _("The mail is on its way. The list of people says if it cannot be delivered."))
    db.session.commit()
    return render_template("newsroom/people/link.html", person=link.staff, open_link=link, address=address)


def _refuse_last_admin(person: Staff) -> ResponseReturnValue:
    db.session.rollback()
    return _done(person, _("Not done: this is the only administrator left. Make somebody else an administrator first."))


def _done(person: Staff, sentence: str) -> ResponseReturnValue:
    db.session.commit()
    flash(f"{sentence}")
    return redirect(url_for(".person", staff_id=person.id), 303)
