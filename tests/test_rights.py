"""Who may do what: every route of the newsroom, by role, by limit, on one's own post and on others', by language."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from flask import Flask

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db
from kariu_blog.newsroom.models import PreviewLink
from kariu_blog.posts.post import Post, Revision
from tests.support.browsing import Browser
from tests.support.cast import Write

LANGUAGES = ("kk", "ru", "en")
ALL, KAZAKH, NONE = set(LANGUAGES), {"kk"}, set[str]()


class Actor(NamedTuple):
    """Somebody of the cast before a post, with the limits of the account."""

    name: str
    owner: str = "other-author"
    limits: Mapping[str, list[Any]] = {}


ACTORS = {
    "admin": Actor("admin"),
    "editor": Actor("editor"),
    "Kazakh editor": Actor("editor", limits={"languages": ["kk"]}),
    "science editor": Actor("editor", limits={"categories": [4]}),
    "rector's editor": Actor("editor", limits={"bylines": [3]}),
    "translator": Actor("translator"),
    "Kazakh translator": Actor("translator", limits={"languages": ["kk"]}),
    "author, own": Actor("author", owner="author"),
    "author, foreign": Actor("author"),
    "Kazakh author, own": Actor("author", owner="author", limits={"languages": ["kk"]}),
}
OPENS = ("admin", "editor", "Kazakh editor", "translator", "Kazakh translator", "author, own", "Kazakh author, own")
OPEN = dict.fromkeys(OPENS, ALL)
WRITE = OPEN | {name: KAZAKH for name in OPENS if "Kazakh" in name}
PUBLISH = {"admin": ALL, "editor": ALL, "Kazakh editor": KAZAKH}
WHOLE = {"admin": ALL, "editor": ALL, "author, own": ALL}

POST_ROUTES: dict[str, tuple[str, dict[str, str], dict[str, set[str]]]] = {
    "post": ("", {}, OPEN),
    "preview": ("/{language}/preview", {}, OPEN),
    "preview_links": ("/{language}/preview-links", {}, OPEN),
    "revisions": ("/{language}/revisions", {}, OPEN),
    "revision": ("/{language}/revisions/{revision}", {}, OPEN),
    "save_post": ("", {"{language}-title": "Other words"}, WRITE),
    "review": ("/{language}/review", {}, WRITE),
    "give_back": ("/{language}/give-back", {}, WRITE),
    "make_preview_link": ("/{language}/preview-links", {"days": "1"}, WRITE),
    "restoration": ("/{language}/revisions/{revision}/restoration", {}, WRITE),
    "save_draft": ("/draft", {"{language}-title": "Other words"}, OPEN),
    "discard_draft": ("/draft/discard", {}, OPEN),
    "publication": ("/{language}/publication", {}, PUBLISH),
    "publication_of_all": ("/publication", {}, PUBLISH),
    "withdrawal": ("/{language}/withdrawal", {"answer": "withdraw"}, PUBLISH),
    "revoke_preview_link": ("/{language}/preview-links/x/revoke", {}, OPEN),
    "discard_change": ("/{language}/change/discard", {}, WRITE),
    "up_to_date": ("/{language}/up-to-date", {}, WRITE),
    "review_of_all": ("/review", {}, WRITE),
    "structure": ("/{language}/structure", {}, WRITE),
    "deletion": ("/deletion", {}, WHOLE),
    "delete_post": ("/deletion", {}, WHOLE),
}
"""Address below a post, what is sent, and in which languages whom it is allowed to."""
READING = {"post", "preview", "preview_links", "revisions", "revision", "deletion"}

ROLES = ("admin", "editor", "translator", "author")
EVERYBODY, ADMINS, PUBLISHERS = set(ROLES), {"admin"}, {"admin", "editor"}
ROUTES = {
    "posts": ("GET", "/", EVERYBODY),
    "pictures": ("GET", "/pictures", EVERYBODY),
    "picture_list": ("GET", "/pictures.json", EVERYBODY),
    "files": ("GET", "/files", EVERYBODY),
    "file_list": ("GET", "/files.json", EVERYBODY),
    "account": ("GET", "/account", EVERYBODY),
    "change_account": ("POST", "/account", EVERYBODY),
    "end_sessions": ("POST", "/account/sessions/end", EVERYBODY),
    "new_post": ("GET", "/posts/new", EVERYBODY - {"translator"}),
    "guide": ("GET", "/guide", EVERYBODY),
    "trash": ("GET", "/trash", EVERYBODY),
    "act_on_selection": ("POST", "/posts/selection", EVERYBODY),
    "reports": ("GET", "/reports", PUBLISHERS),
    "readers": ("GET", "/reports/readers", PUBLISHERS),
    "language_figures": ("GET", "/reports/languages/2021/csv", PUBLISHERS),
    "reader_figures": ("GET", "/reports/readers/2021/csv", PUBLISHERS),
    "site": ("GET", "/site", PUBLISHERS),
    "items": ("GET", "/site/notices/", PUBLISHERS),
    "new_item": ("GET", "/site/notices/new", PUBLISHERS),
    "save_item": ("POST", "/site/notices/new", PUBLISHERS),
    "item": ("GET", "/site/categories/1", ADMINS),
    "item_revisions": ("GET", "/site/categories/1/revisions", ADMINS),
    "item_revision": ("GET", "/site/categories/1/revisions/1", ADMINS),
    "item_restoration": ("POST", "/site/categories/1/revisions/1/restoration", ADMINS),
    "merging": ("GET", "/site/categories/2/merging", ADMINS),
    "merge_item": ("POST", "/site/categories/2/merging", ADMINS),
    "menu": ("GET", "/site/menu", ADMINS),
    "order_menu": ("POST", "/site/menu", ADMINS),
    "old_site": ("GET", "/site/old", PUBLISHERS),
    "old_addresses": ("GET", "/site/addresses", PUBLISHERS),
    "add_old_address": ("POST", "/site/addresses", PUBLISHERS),
    "delete_old_address": ("POST", "/site/addresses/deletion", PUBLISHERS),
    "people_list": ("GET", "/people", ADMINS),
    "new_person": ("GET", "/people/new", ADMINS),
    "invite_person": ("POST", "/people/new", ADMINS),
    "person": ("GET", "/people/3", ADMINS),
    "change_person": ("POST", "/people/3", ADMINS),
    "reset": ("POST", "/people/3/reset", ADMINS),
    "change_access": ("POST", "/people/3/disabling", ADMINS),
    "acts": ("GET", "/people/acts", ADMINS),
    "acts_table": ("GET", "/people/acts.csv", ADMINS),
}
PICTURES = {"upload_pictures", "picture", "describe_picture", "picture_deletion", "delete_picture", "descriptions"}
FILES = {"upload_files", "file", "name_file", "replace_file", "file_version", "file_content"}
FILES |= {"file_deletion", "delete_file"}
ELSEWHERE = {*PICTURES, *FILES, "take_merge_back", "skip_step", "restore_post", "undo_selection"}
"""Routes whose rights the tests of pictures, of files, of merging, of the first steps and of the board test."""


def limit(app: Flask, name: str, limits: Mapping[str, list[Any]]) -> None:
    with app.app_context():
        person = db.session.query(Staff).filter_by(username=name).one()
        for limited, to in limits.items():
            setattr(person, limited, to)
        db.session.commit()


def token(browser: Browser) -> str:
    return str(browser.get("/en/staff/account").all("input", name="csrf_token")[0].get("value"))


def test_the_tables_have_every_route_of_the_newsroom(app: Flask) -> None:
    known = {rule.endpoint.removeprefix("newsroom.") for rule in app.url_map.iter_rules()}
    newsroom = {name for name in known if f"newsroom.{name}" in app.view_functions}
    assert newsroom == {*POST_ROUTES, *ROUTES, *ELSEWHERE}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_no_others(app: Flask, role: str) -> None:
    allowed = set()
    for endpoint, (method, path, _who) in ROUTES.items():
        browser = Browser(app)
        browser.sign_in(role)
        data = {"csrf_token": token(browser)} if method == "POST" else None
        status = browser.client.open(f"/en/staff{path}", method=method, data=data).status_code
        assert status in (200, 303, 403, 422), endpoint
        allowed |= {endpoint} if status != 403 else set()
    assert allowed == {endpoint for endpoint, (_method, _path, who) in ROUTES.items() if role in who}


class Attempts:
    """One person's attempts at posts, each at a post of its own."""

    def __init__(self, app: Flask, write: Write, actor: Actor) -> None:
        limit(app, actor.name, actor.limits)
        self.app, self.write, self.actor = app, write, actor
        self.chief, self.browser = Browser(app), Browser(app)
        self.chief.sign_in("admin")
        self.browser.sign_in(actor.name)
        self.token, self.number = token(self.browser), 0

    def succeeds(self, endpoint: str, language: str) -> bool:
        post = self._post(endpoint, language)
        path, sent, _allowed = POST_ROUTES[endpoint]
        known = {"language": language, "revision": self._first_revision(post, language)}
        address = f"/en/staff/posts/{post}"
        if endpoint in READING:
            return self.browser.raw(address + path.format(**known)).status_code == 200
        page = self.chief.get(address)
        fields = {**page.fields(page.form("Save")[0]), "csrf_token": self.token, "writer": ""}
        fields |= {name.format(**known): words for name, words in sent.items()}
        del fields["writer"]
        before = self._standing(post, language)
        status = self.browser.client.post(address + path.format(**known), data=fields).status_code
        if endpoint in ("save_draft", "discard_draft", "revoke_preview_link", "structure"):
            return status in (200, 303)
        return self._standing(post, language) != before

    def _post(self, endpoint: str, language: str) -> int:
        self.number += 1
        titles = {code: f"{code}{self.number}" for code in LANGUAGES}
        published = {"published": None} if endpoint != "withdrawal" else {}
        post = self.write(**titles, by=self.actor.owner, **published)
        with self.app.app_context():
            translation = db.session.get_one(Post, post).translations[language]
            if endpoint == "restoration":
                translation.write(replace(translation.content, title="Later words"))
            if endpoint == "discard_change":
                translation.publish()
                translation.write(replace(translation.content, title="Later words"))
            if endpoint == "give_back":
                translation.ask_for_review()
            db.session.commit()
        return post

    def _first_revision(self, post: int, language: str) -> int:
        with self.app.app_context():
            translation = db.session.get_one(Post, post).translations[language]
            return db.session.scalars(translation.revisions.select().order_by(Revision.id)).all()[0].id

    def _standing(self, post: int, language: str) -> tuple[object, ...]:
        with self.app.app_context():
            found = db.session.get(Post, post)
            if found is None:
                return ()
            translation = found.translations[language]
            links = db.session.query(PreviewLink).filter_by(translation_id=translation.id).count()
            followed = sorted((source.language, source.revision_id) for source in translation.sources.values())
            return translation.latest.title, translation.state, links, found.trashed_at, followed


@pytest.mark.parametrize("who", ACTORS)
def test_each_person_does_with_posts_what_the_role_and_the_limits_allow(app: Flask, write: Write, who: str) -> None:
    attempts = Attempts(app, write, ACTORS[who])
    found = {
        endpoint: {language for language in LANGUAGES if attempts.succeeds(endpoint, language)}
        for endpoint in POST_ROUTES
    }
    assert found == {endpoint: allowed.get(who, NONE) for endpoint, (_path, _sent, allowed) in POST_ROUTES.items()}
