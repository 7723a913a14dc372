"""Views, as the database has them."""

from flask import Flask

from kariu_blog.audience.models import ViewCount
from kariu_blog.database import db


def views(app: Flask, post: int) -> int:
    app.extensions["counters"].fold()
    with app.app_context():
        count = db.session.get(ViewCount, post)
        return count.views if count else 0
