"""Changes of posts in the database, past every form."""

from collections.abc import Callable

from flask import Flask

from kariu_blog.database import db
from kariu_blog.posts.models import Post


def change(app: Flask, post: int, act: Callable[[Post], object]) -> None:
    with app.app_context():
        act(db.session.get_one(Post, post))
        db.session.commit()
