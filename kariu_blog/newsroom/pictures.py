"""Pictures in the newsroom: the library, uploading, describing, deletion."""

from contextlib import suppress
from errno import EDQUOT, EFBIG, ENOSPC
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_security import current_user
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, Unauthorized
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, NumberRange

from kariu_blog.accounts.signin import csrf
from kariu_blog.database import db
from kariu_blog.errors import sentence_of, show_error
from kariu_blog.forms import PageForm
from kariu_blog.languages import LANGUAGES
from kariu_blog.media import storage
from kariu_blog.media.models import ALT_LENGTH, Picture
from kariu_blog.media.storage import RefusedError
from kariu_blog.media.views import folder
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.desk import blueprint, is_script, to_sign_in
from kariu_blog.newsroom.fields import at_most
from kariu_blog.posts.queries.lists import Page
from kariu_blog.posts.rights import may_change_picture
from kariu_blog.routing import page_number

PICTURE = "/pictures/<int(max=2147483647):picture_id>"
UPLOAD_BYTES_MAX = 128 * 1024 * 1024
DRAIN_BYTES = 1024 * 1024
NAMES_SHOWN = 8
"""Number of file names in a message, which travels in the session's cookie of 4 kB."""
REASONS = {
    "empty": _l("The file is empty."),
    "bytes": _l("The file is larger than 20 MB. Make the picture smaller and send it again."),
    "pixels": _l("The picture has more than 50 megapixels. Make it smaller and send it again."),
    "unreadable": _l("This is no picture that can be read: it is damaged, or not JPEG, PNG, WebP, AVIF, GIF or HEIC."),
    "disk": _l("The disk of the site is full. Tell the administrator, and send the picture again later."),
}


class PictureForm(PageForm):
    """Focal point, and a description for each language."""

    focus_x = IntegerField(_l("From the left, in per cent"), validators=[InputRequired(), NumberRange(0, 100)])
    focus_y = IntegerField(_l("From the top, in per cent"), validators=[InputRequired(), NumberRange(0, 100)])
    base_digest = HiddenField(name="base")
    """Digest of the description that the form was filled from."""


for _code, _language in LANGUAGES.items():
    setattr(PictureForm, _code, StringField(_language.name, validators=[at_most(ALT_LENGTH)]))


@blueprint.get("/pictures")
def pictures() -> ResponseReturnValue:
    page, asked = _library(), request.args.get("q", "")
    uses = queries.use_counts(page.posts)
    return render_template("newsroom/pictures/pictures.html", page=page, asked=asked, uses=uses)


@blueprint.get("/pictures.json")
def picture_list() -> ResponseReturnValue:
    page = _library()
    return jsonify(pictures=[*map(_about, page.posts)], next=page.number + 1 if page.has_older else None)


@blueprint.post("/pictures")
def upload_pictures() -> ResponseReturnValue:
    request.max_content_length = UPLOAD_BYTES_MAX
    csrf.protect()
    return _answer(*_taken([file for file in request.files.getlist("files") if file.filename]))


csrf.exempt(upload_pictures)  # the view checks the token, so that the answer to a script is JSON


@blueprint.get(PICTURE)
def picture(picture_id: int) -> ResponseReturnValue:
    picture = queries.picture(picture_id) or abort(404)
    focus = {"focus_x": picture.focus_x, "focus_y": picture.focus_y}
    return _show(picture, PictureForm(**focus, **_alts(picture), base_digest=picture.description))


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
    picture.describe({code: form[code].data for code in LANGUAGES if form[code].data is not None})
    db.session.commit()
    flash(_("The description of the picture is saved."))
    return redirect(url_for(".picture", picture_id=picture.id), 303)


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


@blueprint.errorhandler(Unauthorized)
def _signed_out(error: Unauthorized) -> ResponseReturnValue:
    """Read and discard what is sent first, because a browser that is still sending files reads no answer."""
    request.max_content_length = UPLOAD_BYTES_MAX
    with suppress(RequestEntityTooLarge):
        while request.stream.read(DRAIN_BYTES):
            pass
    if is_script():
        return _refused(error)
    return to_sign_in()


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(RequestEntityTooLarge)
def _refused(error: HTTPException) -> ResponseReturnValue:
    if not is_script():
        return show_error(error)
    return jsonify(pictures=[], errors=[{"name": "", "error": sentence_of(error)}]), error.code or 400


@blueprint.errorhandler(OSError)
def _disk_full(error: OSError) -> ResponseReturnValue:
    """Answer for a disk that is full while Werkzeug stores the sent files."""
    if error.errno not in (ENOSPC, EDQUOT, EFBIG):
        raise error
    return _answer([], [("", "disk")])


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


def _answer(pictures: list[Picture], refused: list[tuple[str, str]]) -> ResponseReturnValue:
    if is_script():
        errors = [{"name": name, "error": str(REASONS[reason])} for name, reason in refused]
        return jsonify(pictures=[*map(_about, pictures)], errors=errors), _status(pictures, refused)
    for reason in dict.fromkeys(reason for _name, reason in refused):
        names = [name[:60] for name, why in refused if why == reason]
        shown = Markup(", ").join(Markup("<bdi>{}</bdi>").format(name) for name in names[:NAMES_SHOWN])
        flash(Markup("{}{} {}").format(shown, "…" if len(names) > NAMES_SHOWN else "", REASONS[reason]))
    if pictures:
        flash(ngettext("%(num)d picture is in the library.", "%(num)d pictures are in the library.", len(pictures)))
    elif not refused:
        flash(_("Choose at least one picture first."))
    if len(pictures) == 1 and not refused:
        return redirect(url_for(".picture", picture_id=pictures[0].id), 303)
    return redirect(url_for(".pictures"), 303)


def _status(pictures: list[Picture], refused: list[tuple[str, str]]) -> int:
    """Return 201 if any file was taken, otherwise the status of the reason that all have in common."""
    if pictures:
        return 201
    reasons = {reason for _name, reason in refused}
    return {"bytes": 413, "disk": 507}.get(reasons.pop(), 422) if len(reasons) == 1 else 422


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
    }


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
