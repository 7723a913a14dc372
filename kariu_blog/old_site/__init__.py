"""The old site: what came from it, and its addresses, which lead on for good."""

from flask import Flask, Response, current_app
from sqlalchemy.orm import Session

from kariu_blog.database import db
from kariu_blog.old_site import answers
from kariu_blog.old_site.missed import Missed


def init_app(app: Flask) -> None:
    with app.app_context():
        engine = db.engine
    app.extensions["missed"] = Missed(lambda: Session(engine))
    app.before_request(answers.lead_on)
    app.after_request(_count_missed)


def _count_missed(response: Response) -> Response:
    path = answers.missed() if response.status_code == 404 else None
    if path is not None:
        current_app.extensions["missed"].add(path)
    return response
