"""The audience: how often people read what."""

from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from kariu_blog.audience.counters import Counters
from kariu_blog.database import db


def init_app(app: Flask) -> None:
    with app.app_context():
        engine = db.engine
    app.extensions["counters"] = Counters(Path(app.instance_path) / "views", lambda: Session(engine))
