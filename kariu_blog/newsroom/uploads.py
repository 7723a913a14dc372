"""What uploads of pictures and of files share: their limits, and what is answered when they are refused."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from errno import EDQUOT, EFBIG, ENOSPC
from typing import Any

from flask import flash, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, Unauthorized

from kariu_blog.accounts.signin import csrf
from kariu_blog.errors import sentence_of, show_error
from kariu_blog.newsroom.desk import blueprint, is_script, to_sign_in

UPLOAD_BYTES_MAX = 128 * 1024 * 1024
DRAIN_BYTES = 1024 * 1024
NAMES_SHOWN = 8
"""Number of file names in a message, which travels in the session's cookie of 4 kB."""
REASONS = {
    "empty": _l("The file is empty."),
    "bytes": _l("The file is larger than 20 MB. Make the picture smaller and send it again."),
    "pixels": _l("The picture has more than 50 megapixels. Make it smaller and send it again."),
    "unreadable": _l("This is no picture that can be read: it is damaged, or not JPEG, PNG, WebP, AVIF, GIF or HEIC."),
    "hdr": _l("This picture is in HDR (PQ or HLG), which screens show too dark. Save it in SDR and send it again."),
    "disk": _l("The disk of the site is full. Tell the administrator, and send the file again later."),
    "file_bytes": _l("The file is larger than 50 MB. Make it smaller and send it again."),
    "unknown": _l("This is no PDF, DOCX, XLSX, PPTX, ODT, ODS or ODP."),
    "old": _l("This is a document of an old Office. Save it as DOCX, XLSX, PPTX or PDF and send it again."),
    "damaged": _l("The file is damaged or cut off. Open it, save it anew and send it again."),
    "password": _l("The file is protected by a password. Save it without one and send it again."),
    "macros": _l("The file contains macros or scripts. Save it without them and send it again."),
    "mixed": _l("There is something else in the file besides the document. Save it anew and send it again."),
    "bomb": _l("The file unpacks to more than 200 MB. Make it smaller and send it again."),
}
STATUS = {"bytes": 413, "file_bytes": 413, "disk": 507}
"""Status of an answer by the reason that all refused files have in common."""

Refused = Sequence[tuple[str, str]]
"""Name of each file that was refused, with the reason."""


def sent_files() -> list[FileStorage]:
    """Return the files of a form whose token is valid.

    The view of the form is exempt from the general check, so that a script gets an answer in JSON.
    """
    request.max_content_length = UPLOAD_BYTES_MAX
    csrf.protect()
    return [file for file in request.files.getlist("files") if file.filename]


def json_answer(kind: str, taken: Sequence[Any], about: Callable[[Any], Any], refused: Refused) -> ResponseReturnValue:
    """Answer a script with 201 if any file was taken."""
    errors = [{"name": name, "error": str(REASONS[reason])} for name, reason in refused]
    reasons = {reason for _name, reason in refused}
    status = STATUS.get(reasons.pop(), 422) if len(reasons) == 1 else 422
    return jsonify({kind: [*map(about, taken)], "errors": errors}), 201 if taken else status


def flash_refused(refused: Refused) -> None:
    for reason in dict.fromkeys(reason for _name, reason in refused):
        names = [name[:60] for name, why in refused if why == reason]
        shown = Markup(", ").join(Markup("<bdi>{}</bdi>").format(name) for name in names[:NAMES_SHOWN])
        flash(Markup("{}{} {}").format(shown, "…" if len(names) > NAMES_SHOWN else "", REASONS[reason]))


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
    refused = [("", "disk")]
    if is_script():
        return json_answer("pictures", [], str, refused)
    flash_refused(refused)
    return redirect(request.path, 303)
