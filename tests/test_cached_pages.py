"""A cached page equals the one that would be built now: after many changes, in the same order in each run."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from kariu_blog.database import db, now
from kariu_blog.languages import LANGUAGES
from kariu_blog.media.files import Files
from kariu_blog.media.models import Picture
from kariu_blog.posts.content import Content
from kariu_blog.posts.items import SiteItem, typed_moment, write
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.taxonomy import Author, Category
from tests.support.cast import PassTime
from tests.support.posts import correct, rewrite

ROBOT = {"User-Agent": "robot"}
"""Whose views are not counted."""
BODY = "<p>Мәтін</p>"
LISTS = (
    "/{0}/",
    "/{0}/?page=2",
    "/{0}/rector/",
    "/{0}/feeds/",
    "/{0}/feed.atom",
    "/{0}/all/feed.json",
    "/{0}/categories/news/",
    "/{0}/categories/science/feed.rss",
    "/{0}/authors/administration/",
    "/{0}/authors/rector/feed.atom",
    "/{0}/archive/2021/06/",
    "/sitemap.xml",
    "/feeds.opml",
)


class Newsroom:
    """Does something by chance; ``number`` makes each text another."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._number = 0
        self.slugs: set[str] = set()
        self.acts: list[Callable[[Post], Any]] = [
            lambda post: self._write(post, self._text(post)),
            lambda post: self._write(post, self._text(post), is_correction=True),
            lambda post: self._write(post, self._text(post), slug=self._slug()),
            lambda post: self._text(post).publish(self._moment()),
            lambda post: self._text(post).publish(self._moment()),
            lambda post: self._text(post).publish(),
            lambda post: self._text(post).withdraw(),
            lambda post: self._text(post).ask_for_review(),
            lambda post: post.write(self._text(post).language, self._content(self._slug())),
            lambda post: self._text(post).update(),
            lambda post: self._text(post).discard(),
            lambda post: correct(self._text(post), self._chance.choice(["", self._name()])),
            lambda post: self._translate(post),
            lambda post: setattr(post, "category", self._any(Category)),
            lambda post: setattr(post, "author", self._any(Author)),
            lambda post: setattr(post, "cover", self._chance.choice([None, self._any(Picture)])),
            lambda _post: self._any(Picture).describe({self._language(): self._chance.choice(["", self._name()])}),
            lambda _post: setattr(self._any(Picture), "focus_x", self._chance.choice([0, 50, 100])),
            lambda _post: self._edit(self._any(Category)),
            lambda _post: self._edit(self._any(Author)),
            lambda _post: self._edit(self._any(SiteItem)),
            lambda _post: self._edit(SiteItem(kind="notice", fields={})),
            lambda _post: self._edit(SiteItem(kind="quotation", fields={})),
            lambda post: setattr(post, "pinned_until", self._moment()),
            lambda post: setattr(post, "ends_at", self._chance.choice([None, self._moment()])),
            lambda post: self._delete(post),
        ]

    def act(self) -> None:
        self._number += 1
        posts = db.session.query(Post).order_by(Post.id).all()
        if len(posts) < 4 or self._number % 4 == 0:
            post = Post(category=self._any(Category), author=self._any(Author))
            db.session.add(post)
            self._translate(post)
        else:
            self._chance.choice(self.acts)(self._chance.choice(posts))
        db.session.commit()

    def paths(self) -> list[str]:
        """Some, so that others are not read for a while."""
        every = {path.format(code) for path in LISTS for code in LANGUAGES}
        every |= {f"/{code}/posts/{slug}" for slug in self.slugs for code in LANGUAGES}
        return self._chance.sample(sorted(every), min(len(every), self._chance.choice([3, 10, 100])))

    def pause(self) -> float:
        """Return how many seconds pass until the next act."""
        return self._chance.choice([0, 0, 0, 0.3, 1.2])

    def _any(self, kind: type[Any]) -> Any:
        return self._chance.choice(db.session.query(kind).all())

    def _language(self) -> str:
        return self._chance.choice(list(LANGUAGES))

    def _edit(self, item: Any) -> None:
        """Give an item other words, and now and then a beginning, an end, or another colour."""
        fields = {f"{self._language()}-{word}": self._name() for word in ("name", "text")}
        times = {name: self._chance.choice(["", typed_moment(self._moment())]) for name in ("starts_at", "ends_at")}
        write(item, {**item.fields, **fields, **times, "hidden": self._chance.choice(["", "", "", "y"])})

    def _name(self) -> str:
        return f"Атау {self._number}"

    def _slug(self) -> str:
        self.slugs.add(slug := f"slug-{self._number}")
        return slug

    def _moment(self) -> datetime:
        return now() + timedelta(seconds=self._chance.choice([-1e8, -60, 0.5, 1.1, 1.1, 1.5]))

    def _text(self, post: Post) -> PostTranslation:
        return self._chance.choice(list(post.translations.values()))

    def _write(self, post: Post, text: PostTranslation, slug: str = "", **further: Any) -> None:
        rewrite(post, text.language, self._content(slug or text.slug), **further)

    def _translate(self, post: Post) -> None:
        language = self._language()
        if language not in post.translations:
            post.write(language, self._content(self._slug())).publish(self._moment())

    def _content(self, slug: str) -> Content:
        return Content(title=self._name(), summary="", body=BODY, slug=slug)

    def _delete(self, post: Post) -> None:
        for address in post.addresses_left():
            db.session.merge(address)
        db.session.delete(post)


@pytest.mark.cached
@pytest.mark.parametrize(
    ("seed", "steps"),
    [
        pytest.param(1, 40, marks=pytest.mark.slow),
        pytest.param(2, 40, marks=pytest.mark.slow),
        pytest.param(3, 1000, marks=pytest.mark.endurance),
    ],
)
def test_a_cached_page_equals_the_one_that_would_be_built_now(
    demo: Flask, pass_time: PassTime, seed: int, steps: int
) -> None:
    newsroom, layer = Newsroom(seed), demo.extensions["cache"]
    kept, made = Client(layer), Client(layer.application)
    with demo.app_context():
        for number in range(2):
            files = Files(f"{number:020x}", 1600, 1067, "jpg")
            db.session.add(Picture.of(files, 1000, f"{number}.jpg", None))
        db.session.commit()
    for _ in range(steps):
        with demo.app_context():
            newsroom.act()
        pass_time(newsroom.pause())
        for path in newsroom.paths():
            before, shown = (reader.get(path, headers=ROBOT).data for reader in (made, kept))
            if shown != before:  # time has gone on between the two
                assert shown == made.get(path, headers=ROBOT).data, f"{path} after {newsroom._number} acts"
