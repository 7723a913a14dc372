"""Finished pages in memory, the versions that tell whether they are true, and the counting of views."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from kariu_blog.admission import Admission
from kariu_blog.database import db
from kariu_blog.pages.counters import Counters
from kariu_blog.pages.layer import PageLayer
from kariu_blog.pages.versions import versions_of


def init_app(app: Flask, next_moment: Callable[[float], float], moments: str) -> None:
    """Put the page layer in front; ``next_moment`` and ``moments``: as of the layer."""

    def moment(after: float) -> float:
        with app.app_context():
            return next_moment(after)

    with app.app_context():
        engine = db.engine
    admission: Admission = app.extensions["admission"]
    counters = Counters(Path(app.instance_path) / "views", lambda: Session(engine))
    layer = PageLayer(
        app.wsgi_app,
        versions_of(engine),
        counters,
        moment,
        moments,
        admission,
        app.config["SESSION_COOKIE_NAME"],
        app.config["PAGES_MIB"] * 1024 * 1024,
    )
    app.extensions["pages"], app.extensions["counters"] = layer, counters
    app.wsgi_app = admission.in_front_of(layer)  # type: ignore[assignment]
