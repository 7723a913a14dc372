"""Files that texts link to, as readers download them."""

from flask import Blueprint, Response, abort, send_file
from flask.typing import ResponseReturnValue

from kariu_blog.media.file_models import File, FileVersion
from kariu_blog.media.storage import path_of
from kariu_blog.media.views import folder
from kariu_blog.posts.queries.files import file_at, is_linked_publicly
from kariu_blog.text import FILES

POLICY = "default-src 'none'; sandbox"
"""What a browser that opens the file in spite of all may do in it: nothing."""

blueprint = Blueprint("files", __name__)


@blueprint.get(f"{FILES}<key>")
def file(key: str) -> ResponseReturnValue:
    found = living_file(key)
    return download(found.current) if is_linked_publicly(found) else abort(404)


def living_file(key: str) -> File:
    """Return a file whoever may have it; a key that nobody gave is 404, that of a deleted file 410."""
    found = file_at(key) or abort(404)
    return abort(410) if found.deleted_at else found


def download(version: FileVersion) -> Response:
    """Return the content of a version, to be asked for again each time: whether it is public may change."""
    path = path_of(folder(), version.stored_name)
    if not path.is_file():
        abort(404)
    name = version.name
    response = send_file(path, version.type, as_attachment=True, download_name=name, etag=version.digest)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = POLICY
    return response
