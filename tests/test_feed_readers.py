"""Feeds against their specifications, and as real feed readers keep them."""

import json
import locale
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fastfeedparser
import feedparser
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from lxml import etree
from reader import make_reader

from kariu_blog.database import db
from kariu_blog.feeds import builder
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post
from kariu_blog.text import slugify
from tests.support.browsing import Browser
from tests.support.cast import SITE, Write
from tests.support.editor import Editor
from tests.support.feed_rows import HEAD, row
from tests.support.posts import rewrite
from tests.support.serving import PASSWORD, start, stop

SCHEMA = Draft202012Validator(
    json.loads(Path(__file__).with_name("support").joinpath("jsonfeed.schema.json").read_text(encoding="utf-8"))
)
GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).with_name("support") / "atom.rng"))
ATOM = "{http://www.w3.org/2005/Atom}"


def paths(browse: Browser, language: str, format: str) -> list[str]:
    """Every feed of one format, its archive pages included."""
    links = [path.removeprefix(SITE) for path in browse.get(f"/{language}/feeds/").links().values()]
    found = [path for path in links if path.endswith(f"feed.{format}")]
    for path in found:  # and the pages that are found on the way
        older = re.search(
            r'(?:rel="prev-archive" href="|"next_url": ")([^"]+)', browse.raw(path).get_data(as_text=True)
        )
        found += [older[1].removeprefix(SITE)] if older else []
    return found


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_atom_feed_obeys_rfc_4287(browse_demo: Browser, language: str) -> None:
    for path in paths(browse_demo, language, "atom"):
        answer = browse_demo.raw(path)
        tree = etree.fromstring(answer.data)
        assert GRAMMAR.validate(tree), GRAMMAR.error_log.last_error
        for entry in tree.iter(f"{ATOM}entry"):
            assert [link.get("rel") for link in entry.findall(f"{ATOM}link")].count("alternate") == 1
            assert entry.find(f"{ATOM}author") is not None


def test_the_grammar_sees_a_feed_that_is_wrong(browse_demo: Browser) -> None:
    tree = etree.fromstring(browse_demo.raw("/kk/feed.atom").data)
    tree.find(f"{ATOM}entry").remove(tree.find(f"{ATOM}entry/{ATOM}updated"))
    assert not GRAMMAR.validate(tree)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_json_feed_obeys_version_1_1(browse_demo: Browser, language: str) -> None:
    for path in paths(browse_demo, language, "json"):
        answer = browse_demo.raw(path)
        document = json.loads(answer.data)
        SCHEMA.validate(document)
        assert document["feed_url"] == SITE + path
        assert document.get("next_url") != document["feed_url"]


@pytest.mark.parametrize(
    ("field", "value"), [("date_modified", "2021-06-29 06:44"), ("id", 7), ("author", {"name": "x"}), ("url", "/x")]
)
def test_the_schema_sees_a_json_feed_that_is_wrong(browse_demo: Browser, field: str, value: Any) -> None:
    document = json.loads(browse_demo.raw("/kk/feed.json").data)
    document["items"][0][field] = value
    assert not SCHEMA.is_valid(document)


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_fastfeedparser_reads_the_same_entries(browse_demo: Browser, format: str) -> None:
    data = browse_demo.raw(f"/kk/feed.{format}").data
    fast, slow = fastfeedparser.parse(data), feedparser.parse(data)
    assert [entry.title for entry in fast.entries] == [entry.title for entry in slow.entries]
    assert [entry.link for entry in fast.entries] == [entry.link for entry in slow.entries]


@pytest.mark.server
def test_a_feed_reader_fetches_once_and_keeps_what_was_read_when_the_translation_comes(tmp_path: Path) -> None:
    site = start(tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD)
    address = f"{site.url}/kk/all/feed.atom"
    editor = Editor(site)
    new = "/en/staff/posts/new"
    editor.send(
        new, {**editor.fields(new), "category": "2", "author": "2", "ru-title": "Только по-русски", "ru-body": "Текст"}
    )
    post = max(int(path.rpartition("/")[2]) for path in editor.addresses())
    form = f"/en/staff/posts/{post}"
    editor.send(f"{form}/ru/publication", editor.fields(form))
    with make_reader(str(tmp_path / "reader.sqlite")) as reader:
        reader.add_feed(address)
        reader.update_feed(address)
        before = next(entry for entry in reader.get_entries() if entry.title == "Только по-русски")
        reader.mark_entry_as_read(before)
        again = reader.update_feed(address)
        assert again is None or (again.new, again.modified) == (0, 0)
        editor.send(f"{form}/kk/publication", {**editor.fields(form), "kk-title": "Енді қазақша", "kk-body": "Мәтін"})
        change = reader.update_feed(address)
        assert change is not None
        assert (change.new, change.modified) == (0, 1)
        after = reader.get_entry(before)
        assert (after.title, after.read) == ("Енді қазақша", True)
    stop(site)


@pytest.mark.slow
def test_threads_under_a_kazakh_locale_write_english_dates() -> None:
    """The builder itself: the page layer would build the feed but once."""
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "kk_KZ.UTF-8")
    except locale.Error:
        pytest.skip("the locale kk_KZ.UTF-8 is not installed: localedef -i kk_KZ -f UTF-8 kk_KZ.UTF-8")
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(60):
            with ThreadPoolExecutor(8) as threads:
                found = set(threads.map(lambda _: builder.rss(HEAD, [row()], "https://x.test/feed.rss"), range(100)))
            assert locale.setlocale(locale.LC_ALL) == "kk_KZ.UTF-8"  # put back by each build
    finally:
        sys.setswitchinterval(interval)
        locale.setlocale(locale.LC_ALL, before)
    [document] = found
    assert b"<lastBuildDate>Tue, 29 Jun 2021 06:44:21 +0000</lastBuildDate>" in document
    assert b"<pubDate>Tue, 29 Jun 2021 06:44:21 +0000</pubDate>" in document


PASTED = st.text(
    st.one_of(
        st.characters(), st.characters(categories=["Cc", "Cs", "Cn"]), st.sampled_from("\x85\u2028\u200f\ufeff]>&<")
    )
)
"""With control characters, lone surrogates and characters that are none as often as letters."""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=PASTED, body=PASTED)
def test_whatever_a_person_pastes_every_feed_stays_whole(
    app: Flask, browse: Browser, write: Write, title: str, body: str
) -> None:
    post = _post_to_write(app, write)
    with app.app_context():
        found = db.session.get_one(Post, post)
        slug = slugify(title) or "pasted"
        content = Content(title=f"x{title}"[:200], summary=title[:500], body=f"<p>y{body}</p>", slug=slug[:100])
        rewrite(found, "en", content)
        db.session.commit()
        shown = found.translations["en"].title
    for path in ("/en/feed.atom", "/en/feed.rss", "/en/all/feed.atom"):  # an error would show the last good feed
        entries = etree.fromstring(browse.raw(path).data).iter("item", f"{ATOM}entry")
        assert [entry.findtext("title") or entry.findtext(f"{ATOM}title") for entry in entries] == [shown]
    assert [item["title"] for item in json.loads(browse.raw("/en/feed.json").data)["items"]] == [shown]


def _post_to_write(app: Flask, write: Write) -> int:
    with app.app_context():
        post = db.session.query(Post).first()
    return post.id if post else write(en="First")
