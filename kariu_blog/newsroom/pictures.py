"""Pictures in the newsroom: the library, uploading, describing, deletion."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_security import current_user
from werkzeug.datastructures import FileStorage
from wtforms import FormField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, NumberRange

from kariu_blog.accounts.signin import csrf
from kariu_blog.database import db
from kariu_blog.forms import PageForm, PartForm
from kariu_blog.languages import LANGUAGES
from kariu_blog.media import storage
from kariu_blog.media.kinds import RefusedError
from kariu_blog.media.models import ALT_LENGTH, CAPTION_LENGTH, CREDIT_LENGTH, Picture
from kariu_blog.media.views import folder
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.desk import blueprint, is_script
from kariu_blog.newsroom.fields import at_most
from kariu_blog.newsroom.uploads import Refused, flash_refused, json_answer, sent_files
from kariu_blog.posts.queries.lists import Page
from kariu_blog.posts.rights import may_change_picture
from kariu_blog.routing import page_number

PICTURE = "/pictures/<int(max=2147483647):picture_id>"
PICTURES_MAX = 48
"""Number of pictures that are described on one page."""
COLUMNS = {"": "text", "caption_": "caption", "credit_": "credit"}
"""What is said of a picture, by the beginning of the names of its fields, which end with the language."""


class WordsForm(PartForm):
    """Description and caption of a picture in each language."""

    base_digest = HiddenField(name="base")
    """Digest of the words that the form was filled from."""


class PictureForm(PageForm):
    """Focal point, and what is said of a picture in each language."""

    focus_x = IntegerField(_l("From the left, in per cent"), validators=[InputRequired(), NumberRange(0, 100)])
    focus_y = IntegerField(_l("From the top, in per cent"), validators=[InputRequired(), NumberRange(0, 100)])
    base_digest = HiddenField(name="base")


class DescriptionsForm(PageForm):
    """What is said of several pictures, and one credit for all of them."""


for _code, _language in LANGUAGES.items():
    for _form in (WordsForm, PictureForm):
        setattr(_form, _code, StringField(_language.name, validators=[at_most(ALT_LENGTH)]))
        setattr(_form, f"caption_{_code}", StringField(_l("Caption"), validators=[at_most(CAPTION_LENGTH)]))
    for _form in (PictureForm, DescriptionsForm):
        setattr(_form, f"credit_{_code}", StringField(_l("Credit"), validators=[at_most(CREDIT_LENGTH)]))


@blueprint.get("/pictures")
def pictures() -> ResponseReturnValue:
    page, asked = _library(), request.args.get("q", "")
    uses = queries.use_counts(page.posts)
    to_describe = tuple(each.id for each in page.posts if not each.is_described)
    return render_template(
        "newsroom/pictures/pictures.html", page=page, asked=asked, uses=uses, to_describe=to_describe
    )


@blueprint.get("/pictures.json")
def picture_list() -> ResponseReturnValue:
    page = _library()
    return jsonify(pictures=[*map(_about, page.posts)], next=page.number + 1 if page.has_older else None)


@blueprint.post("/pictures")
def upload_pictures() -> ResponseReturnValue:
    return _answer(*_taken(sent_files()))


csrf.exempt(upload_pictures)  # the view checks the token, so that the answer to a script is JSON


@blueprint.get(PICTURE)
def picture(picture_id: int) -> ResponseReturnValue:
    picture = queries.picture(picture_id) or abort(404)
    focus = {"focus_x": picture.focus_x, "focus_y": picture.focus_y}
    return _show(picture, PictureForm(**focus, **_words(picture), base_digest=picture.description))


@blueprint.post(PICTURE)
def describe_picture(picture_id: int) -> ResponseReturnValue:
    picture = _changeable(picture_id)
    form = PictureForm()
    if not form.validate():
        return _show(picture, form, 422)
    if form.base_digest.data != picture.description:
        form.base_digest.data = picture.description
        return _show(picture, form, 409)
    picture.focus_x, picture.focus_y = form.focus_x.data, form.focus_y.data
    _describe(picture, form)
    db.session.commit()
    flash(_("The description of the picture is saved."))
    return redirect(url_for(".picture", picture_id=picture.id), 303)


@blueprint.route("/pictures/descriptions", methods=["GET", "POST"])
def descriptions() -> ResponseReturnValue:
    """Describe several pictures on one page; a credit that is left empty changes none."""
    pictures = queries.pictures_changeable_by(current_user, request.args.getlist("id", int)[:PICTURES_MAX])
    if not pictures:
        return redirect(url_for(".pictures"), 303)
    fields = {f"p{each.id}": FormField(WordsForm) for each in pictures}
    first = {f"p{each.id}": {**_words(each), "base_digest": each.description} for each in pictures}
    form = type("Form", (DescriptionsForm,), fields)(**first, **_credit_of_all(pictures))
    status = 200
    if request.method == "POST":
        parts = {each: form[f"p{each.id}"].form for each in pictures}
        changed = [each for each, part in parts.items() if part.base_digest.data != each.description]
        if form.validate() and not changed:
            return _save_descriptions(parts, form)
        status = 409 if changed else 422
        for each in changed:
            parts[each].base_digest.data = each.description
    page = render_template("newsroom/pictures/descriptions.html", pictures=pictures, form=form, status=status)
    return page, status


@blueprint.get(f"{PICTURE}/deletion")
def picture_deletion(picture_id: int) -> ResponseReturnValue:
    picture = _changeable(picture_id)
    return _refusal_if_used(picture) or render_template("newsroom/pictures/picture_deletion.html", picture=picture)


@blueprint.post(f"{PICTURE}/deletion")
def delete_picture(picture_id: int) -> ResponseReturnValue:
    with storage.lock(folder()):  # an upload of the same picture would rely on the files
        picture = _changeable(picture_id)
        if refusal := _refusal_if_used(picture):
            return refusal
        files = picture.files
        db.session.delete(picture)
        db.session.commit()
        storage.remove(folder(), files)
    flash(_("The picture has been deleted."))
    return redirect(url_for(".pictures"), 303)


def _taken(files: list[FileStorage]) -> tuple[list[Picture], list[tuple[str, str]]]:
    """Store the files.  Return the pictures, and name and reason of each file that was refused."""
    taken: dict[str, Picture] = {}
    refused = []
    with storage.lock(folder()):
        for file in files:
            name = file.filename or ""
            try:
                stored = storage.store(folder(), _read(file))
            except RefusedError as refusal:
                refused.append((name, refusal.reason))
                continue
            known = taken.get(stored.files.digest) or queries.picture_by_digest(stored.files.digest)
            taken[stored.files.digest] = known or Picture.of(stored.files, stored.bytes, name, current_user)
        db.session.add_all(taken.values())
        db.session.commit()
    return list(taken.values()), refused


def _read(file: FileStorage) -> bytes:
    source = file.stream.read(storage.BYTES_MAX + 1)
    if len(source) > storage.BYTES_MAX:
        raise RefusedError("bytes")
    if not source:
        raise RefusedError("empty")
    return source


def _answer(pictures: list[Picture], refused: Refused) -> ResponseReturnValue:
    if is_script():
        return json_answer("pictures", pictures, _about, refused)
    flash_refused(refused)
    if pictures:
        flash(ngettext("%(num)d picture is in the library.", "%(num)d pictures are in the library.", len(pictures)))
    elif not refused:
        flash(_("Choose at least one picture first."))
    if len(pictures) == 1 and not refused:
        return redirect(url_for(".picture", picture_id=pictures[0].id), 303)
    if pictures and not refused:
        return redirect(url_for(".descriptions", id=[picture.id for picture in pictures]), 303)
    return redirect(url_for(".pictures"), 303)


def _about(picture: Picture) -> dict[str, Any]:
    """Return what the editor's script needs to know of a picture."""
    return {
        "id": picture.id,
        "url": picture.files.address,
        "thumbnail": picture.files.small.address,
        "width": picture.width,
        "height": picture.height,
        "name": picture.name,
        "alt": _alts(picture),
        "caption": {code: alt.caption for code, alt in picture.alts.items() if alt.caption},
    }


def _save_descriptions(parts: Mapping[Picture, WordsForm], form: DescriptionsForm) -> ResponseReturnValue:
    credit = {code: words for code in LANGUAGES if (words := form[f"credit_{code}"].data)}
    for picture, part in parts.items():
        _describe(picture, part)
        picture.describe(credit, "credit")
    db.session.commit()
    flash(_("The descriptions of the pictures are saved."))
    return redirect(url_for(".pictures"), 303)


def _credit_of_all(pictures: Sequence[Picture]) -> dict[str, str]:
    """Return the fields of the credit that all the pictures have."""
    said = [{name: words for name, words in _words(each).items() if name.startswith("credit_")} for each in pictures]
    return said[0] if all(credit == said[0] for credit in said) else {}


def _words(picture: Picture) -> dict[str, str]:
    """Return what is said of a picture, by the names of the fields."""
    alts = picture.alts.items()
    return {f"{start}{code}": getattr(alt, column) for code, alt in alts for start, column in COLUMNS.items()}


def _describe(picture: Picture, form: Any) -> None:
    for start, column in COLUMNS.items():
        typed = {code: form[start + code].data for code in LANGUAGES if start + code in form}
        picture.describe({code: words for code, words in typed.items() if words is not None}, column)


def _alts(picture: Picture) -> dict[str, str]:
    return {code: picture.alt(code) for code in LANGUAGES}


def _library() -> Page[Picture]:
    return queries.library(request.args.get("q", ""), page_number()) or abort(404)


def _changeable(picture_id: int) -> Picture:
    if queries.picture(picture_id) is None:
        abort(404)
    return queries.picture_changeable_by(current_user, picture_id) or abort(403)


def _refusal_if_used(picture: Picture) -> ResponseReturnValue | None:
    if queries.is_used(picture):
        flash(_("The picture is used, so it stays. Take it out of the posts first."))
    elif queries.is_remembered(picture):
        flash(_("An earlier text or a draft that is not saved yet shows this picture, so it stays."))
    else:
        return None
    return redirect(url_for(".picture", picture_id=picture.id), 303)


def _show(picture: Picture, form: PictureForm, status: int = 200) -> ResponseReturnValue:
    posts, others = queries.posts_showing(current_user, picture)
    page = render_template(
        "newsroom/pictures/picture.html",
        picture=picture,
        form=form,
        posts=posts,
        others=others,
        may_change=may_change_picture(current_user, picture),
        status=status,
    )
    return page, status
