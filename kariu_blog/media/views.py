"""Pictures as readers' browsers fetch them: a name stands for the same bytes for ever."""

from pathlib import Path

from flask import Blueprint, abort, current_app, send_file
from flask.typing import ResponseReturnValue

from kariu_blog.media.files import FILE_NAME, TYPES
from kariu_blog.media.storage import DRAWN, path_of
from kariu_blog.text import MEDIA

YEAR_SECONDS = 365 * 24 * 60 * 60

blueprint = Blueprint("media", __name__)


@blueprint.get(f"{MEDIA}<name>")
def file(name: str) -> ResponseReturnValue:
    places = (path_of(place, name) for place in (folder(), folder() / DRAWN)) if FILE_NAME.fullmatch(name) else ()
    path = next((path for path in places if path.is_file()), None) or abort(404)
    response = send_file(path, mimetype=TYPES[path.suffix[1:]], etag=path.stem, max_age=YEAR_SECONDS)
    response.cache_control.public = response.cache_control.immutable = True
    return response


def folder() -> Path:
    """Where the files are."""
    return Path(current_app.instance_path) / "media"
