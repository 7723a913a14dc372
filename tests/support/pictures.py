"""Pictures sent to the library as the newsroom's script does it."""

import io
from pathlib import Path
from typing import Any

from flask import Flask

from kariu_blog.database import db
from kariu_blog.posts.post import Post
from tests.support.browsing import Browser, Page

ALTS = {"kk": "Қызыл мен көк", "ru": "Красное и синее", "en": "Red and blue"}


def token(browser: Browser) -> str:
    page = browser.get("/en/staff/pictures")
    return page.fields(page.form("Send")[0])["csrf_token"]


def send(browser: Browser, *files: tuple[str, bytes], language: str = "en", status: int = 201) -> Any:
    """Send files as the newsroom's script does; the parsed answer."""
    answer = browser.client.post(
        f"/{language}/staff/pictures",
        data={"files": [(io.BytesIO(data), name) for name, data in files]},
        headers={"Accept": "application/json", "X-CSRFToken": token(browser)},
    )
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def sent(browser: Browser, data: bytes, name: str = "a.jpg") -> Any:
    [picture] = send(browser, (name, data))["pictures"]
    return picture


def describe(browser: Browser, picture: int, status: int = 200, **fields: str) -> Page:
    page = browser.get(f"/en/staff/pictures/{picture}")
    return browser.submit(page, "Save", fields, status)


def cover(app: Flask, post: int, picture: int) -> None:
    with app.app_context():
        db.session.get_one(Post, post).cover_id = picture
        db.session.commit()


def files_of(app: Flask) -> list[str]:
    folder = Path(app.instance_path) / "media"
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
