"""Files in the newsroom: the library, sending, titles, versions, deletion."""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_security import current_user
from werkzeug.datastructures import FileStorage
from wtforms import HiddenField, StringField

from kariu_blog.accounts.acts import record
from kariu_blog.accounts.signin import csrf
from kariu_blog.database import db
from kariu_blog.forms import PageForm
from kariu_blog.languages import LANGUAGES, format_size
from kariu_blog.media import storage
from kariu_blog.media.file_models import NAME_LENGTH, TITLE_LENGTH, File, FileVersion
from kariu_blog.media.kinds import RefusedError
from kariu_blog.media.views import folder
from kariu_blog.newsroom import file_queries as queries
from kariu_blog.newsroom.desk import blueprint, is_script
from kariu_blog.newsroom.fields import at_most
from kariu_blog.newsroom.site import may_edit, title_of
from kariu_blog.newsroom.site_kinds import KINDS
from kariu_blog.newsroom.uploads import Refused, flash_refused, json_answer, sent_files
from kariu_blog.posts.files import download, living_file
from kariu_blog.posts.queries.lists import Page
from kariu_blog.posts.queries.navigation import layout
from kariu_blog.routing import page_language, page_number
from kariu_blog.text import clean_line

FILE = "/files/<int(max=2147483647):file_id>"


class FileForm(PageForm):
    """The title of a file in each language."""

    base_digest = HiddenField(name="base")


for _code, _language in LANGUAGES.items():
    setattr(FileForm, _code, StringField(_language.name, validators=[at_most(TITLE_LENGTH)]))


@blueprint.get("/files")
def files() -> ResponseReturnValue:
    page, asked = _library(), request.args.get("q", "")
    return render_template("newsroom/files/files.html", page=page, asked=asked, uses=_use_counts(page.posts))


@blueprint.get("/files.json")
def file_list() -> ResponseReturnValue:
    return jsonify(files=[*map(_about, _library().posts)])


@blueprint.post("/files")
def upload_files() -> ResponseReturnValue:
    taken, refused = _taken(sent_files())
    if is_script():
        return json_answer("files", taken, _about, refused)
    flash_refused(refused)
    if taken:
        flash(ngettext("%(num)d file is in the library.", "%(num)d files are in the library.", len(taken)))
    elif not refused:
        flash(_("Choose at least one file first."))
    if len(taken) == 1 and not refused:
        return redirect(url_for(".file", file_id=taken[0].id), 303)
    return redirect(url_for(".files"), 303)


@blueprint.get(FILE)
def file(file_id: int) -> ResponseReturnValue:
    found = queries.file(file_id) or abort(404)
    return _show(found, FileForm(**{code: found.title_in(code) for code in LANGUAGES}, base_digest=found.state))


@blueprint.post(FILE)
def name_file(file_id: int) -> ResponseReturnValue:
    found, form = _changeable(file_id), FileForm()
    if not form.validate():
        return _show(found, form, 422)
    if form.base_digest.data != found.state:
        form.base_digest.data = found.state
        return _show(found, form, 409)
    found.name_in({code: form[code].data or "" for code in LANGUAGES})
    db.session.commit()
    flash(_("The titles of the file are saved."))
    return redirect(url_for(".file", file_id=file_id), 303)


@blueprint.post(f"{FILE}/versions")
def replace_file(file_id: int) -> ResponseReturnValue:
    """Put another content at the same address; the former one stays as an earlier version."""
    sent = sent_files()[:1]
    found = _changeable(file_id)
    taken, refused = _taken(sent, found)
    flash_refused(refused)
    if taken:
        record("file.replaced", current_user, found.current.name)
        db.session.commit()
        flash(_("The file has been replaced. Its address is the same, and the earlier version is kept below."))
    elif not refused:
        flash(_("Choose at least one file first."))
    return redirect(url_for(".file", file_id=file_id), 303)


for _view in (upload_files, replace_file):
    csrf.exempt(_view)  # the view checks the token, so that the answer to a script is JSON


@blueprint.get(f"{FILE}/versions/<int(max=2147483647):version_id>")
def file_version(file_id: int, version_id: int) -> ResponseReturnValue:
    found = queries.file(file_id) or abort(404)
    return download(next((each for each in found.versions if each.id == version_id), None) or abort(404))


@blueprint.get("/files/content/<key>")
def file_content(key: str) -> ResponseReturnValue:
    """Answer a link in a preview, also before anything public links to the file."""
    return download(living_file(key).current)


@blueprint.get(f"{FILE}/deletion")
def file_deletion(file_id: int) -> ResponseReturnValue:
    found = _changeable(file_id)
    return _refusal_if_used(found) or render_template("newsroom/files/file_deletion.html", file=found)


@blueprint.post(f"{FILE}/deletion")
def delete_file(file_id: int) -> ResponseReturnValue:
    with storage.lock(folder()):  # an upload of the same content would rely on what is stored
        found = _changeable(file_id)
        if refusal := _refusal_if_used(found):
            return refusal
        names = {version.stored_name for version in found.versions} - queries.used_names(found.versions)
        record("file.deleted", current_user, found.current.name)
        found.delete()
        db.session.commit()
        for name in names:
            storage.path_of(folder(), name).unlink(missing_ok=True)
    flash(_("The file has been deleted."))
    return redirect(url_for(".files"), 303)


def _taken(files: Sequence[FileStorage], replaced: File | None = None) -> tuple[list[File], Refused]:
    """Store what was sent, as new files or as the next version of one."""
    taken: dict[str, File] = {}
    refused = []
    with storage.lock(folder()):
        for sent in files:
            try:
                stored = storage.store_document(folder(), sent.stream)
            except RefusedError as refusal:
                refused.append((sent.filename or "", "file_bytes" if refusal.reason == "bytes" else refusal.reason))
                continue
            known = replaced or taken.get(stored) or queries.file_with_content(stored)
            taken[stored] = known or _new_file()
            if known in (None, replaced):
                _add_version(taken[stored], stored, sent.filename or "")
        db.session.commit()
    return list(taken.values()), refused


def _new_file() -> File:
    new = File(uploaded_by=current_user)
    db.session.add(new)
    return new


def _add_version(file: File, stored: str, name: str) -> None:
    """Add a version, named as it was sent but for the suffix, which is that of its content."""
    digest, suffix = stored.split(".")
    stem = clean_line(name).rpartition(".")[0] or clean_line(name)
    size = storage.path_of(folder(), stored).stat().st_size
    name = f"{stem[: NAME_LENGTH - len(suffix) - 1]}.{suffix}"
    file.versions.append(FileVersion(digest=digest, suffix=suffix, bytes=size, name=name, uploaded_by=current_user))
    file.name_in({})


def _about(file: File) -> dict[str, Any]:
    """Return what the editor's script needs to know of a file."""
    title = {code: said for code in LANGUAGES if (said := file.title(code))}
    current = file.current
    about = f"{current.suffix.upper()}, {format_size(current.bytes, page_language())}"
    stem = current.name.rpartition(".")[0]
    return {"id": file.id, "url": file.address, "name": stem, "title": title, "about": about}


def _library() -> Page[File]:
    return queries.files_page(request.args.get("q", ""), page_number()) or abort(404)


def _changeable(file_id: int) -> File:
    if queries.file(file_id) is None:
        abort(404)
    return queries.file_changeable_by(current_user, file_id) or abort(403)


def _refusal_if_used(file: File) -> ResponseReturnValue | None:
    if not (_use_counts([file])[file.key] or queries.is_typed(file)):
        return None
    flash(_("The file is used, so it stays. Remove the links to it first, also from drafts that are not saved yet."))
    return redirect(url_for(".file", file_id=file.id), 303)


def _use_counts(files: Sequence[File]) -> dict[str, int]:
    """Return the number of posts and items that link to each file, by its key."""
    posts = queries.uses(files)
    return {file.key: len(posts[file.key]) + len(layout().mentioning(file.address)) for file in files}


def _items_linking(file: File) -> list[tuple[str, str, str]]:
    """Return title, its language, and address of each item that links to the file; no address if it is not theirs."""
    kinds = {kind.act: (name, kind) for name, kind in KINDS.items()}
    found = []
    for item in layout().mentioning(file.address):
        name, kind = kinds[item.kind]
        found.append((*title_of(kind, item), url_for(".item", kind=name, item_id=item.id) if may_edit(kind) else ""))
    return found


def _show(file: File, form: FileForm, status: int = 200) -> ResponseReturnValue:
    posts, others = queries.posts_linking(current_user, file)
    page = render_template(
        "newsroom/files/file.html",
        file=file,
        form=form,
        posts=posts,
        others=others,
        items=_items_linking(file),
        may_change=queries.may_change(current_user, file),
        status=status,
    )
    return page, status
