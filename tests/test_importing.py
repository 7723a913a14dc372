"""The old site comes along: exports of WordPress, as readers and staff find them here."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from kariu_blog.database import db
from kariu_blog.old_site.models import ImportedItem
from kariu_blog.posts.post import Post, PostTranslation, Revision
from tests.support import drawing, files
from tests.support.browsing import Browser, Page
from tests.support.statements import statements
from tests.support.wordpress import (
    ENGLISH,
    FOOT,
    HEAD,
    HOST,
    KAZAKH,
    RUSSIAN,
    TERMS,
    attachment,
    in_three,
    item,
    write_export,
)

Import = Callable[..., str]


@pytest.fixture
def bring(app: Flask, tmp_path: Path) -> Import:
    """Import an export with these parts, and return what the command prints."""

    def bring(*parts: str, options: tuple[str, ...] = (), status: int = 0) -> str:
        file = write_export(tmp_path / "export.xml", *parts)
        folder = ["--folder", str(tmp_path)]
        answer = app.test_cli_runner().invoke(args=["import", "wordpress", str(file), *folder, *options])
        assert answer.exit_code == status, answer.output
        return str(answer.output)

    return bring


@pytest.fixture
def report(tmp_path: Path) -> Callable[[], str]:
    return lambda: (tmp_path / "report.tsv").read_text(encoding="utf-8")


def shown(browse: Browser, key: int, language: str) -> Page:
    """Open a post by its old address."""
    return browse.get(f"/?p={key}&lang={language}")


def body_of(page: Page) -> str:
    """Return the words of a post's body, with line breaks as spaces."""
    return page.text(page.one("div", class_="body")).replace("\u00ad", "")


def html_of(app: Flask, key: int, language: str) -> str:
    with app.app_context():
        row = db.session.get_one(ImportedItem, f"post:{key}")
        assert row.post is not None
        return row.post.translations[language].latest.body


@pytest.mark.parametrize(
    "encoding",
    ["[:{0}]{1}", "{{:{0}}}{1}{{:}}", "<!--:{0}-->{1}<!--:-->"],
    ids=["brackets", "braces", "comments"],
)
def test_each_language_of_a_post_is_a_text_of_its_own(bring: Import, browse: Browser, encoding: str) -> None:
    titles = "".join(encoding.format(*each) for each in (("kz", "Тақырып"), ("ru", "Тема"), ("en", "Subject")))
    bodies = "".join(encoding.format(*each) for each in (("kz", KAZAKH), ("ru", RUSSIAN), ("en", ENGLISH)))
    bring(item(5, titles, bodies))
    for language, title, body in (("kk", "Тақырып", KAZAKH), ("ru", "Тема", RUSSIAN), ("en", "Subject", ENGLISH)):
        page = shown(browse, 5, language)
        assert page.text(page.one("h1")) == title
        assert body[:20] in body_of(page)


def test_words_between_languages_belong_to_all_and_empty_languages_to_none(bring: Import, app: Flask) -> None:
    body = f"<p>2015</p>[:ru]{RUSSIAN}[:en]{ENGLISH}[:kk][:]<p>©</p>"
    bring(item(5, "[:ru]Тема[:kk]Тақырып[:en]Subject[:]", body))
    for language in ("ru", "en"):
        assert html_of(app, 5, language).startswith("<p>2015</p>")
        assert html_of(app, 5, language).endswith("<p>©</p>")
    with app.app_context():
        assert set(db.session.query(Post).one().translations) == {"ru", "en"}


@pytest.mark.parametrize(("body", "language"), [(KAZAKH, "kk"), (RUSSIAN, "ru"), (ENGLISH, "en")])
def test_a_post_in_one_language_is_known_by_its_letters(bring: Import, app: Flask, body: str, language: str) -> None:
    bring(item(5, "№ 5", body))
    with app.app_context():
        assert list(db.session.query(Post).one().translations) == [language]


def test_a_language_in_doubt_is_in_the_report(bring: Import, report: Callable[[], str]) -> None:
    bring(item(5, "Итоги", "2015"), item(6, "Итоги", RUSSIAN))
    assert "post:5\t/ru/posts/itogi\tИтоги\tТілі болжаммен анықталды\tru" in report()
    assert "post:6" not in report()


def test_translations_that_were_posts_of_their_own_become_one(bring: Import, browse: Browser, app: Flask) -> None:
    together = ("post_translations", "pll_5a")
    bring(
        item(5, "Тақырып", KAZAKH, terms=[("language", "kk"), together], slug="taqyryp"),
        item(6, "Тема", RUSSIAN, terms=[("language", "ru"), together], slug="tema"),
    )
    with app.app_context():
        assert set(db.session.query(Post).one().translations) == {"kk", "ru"}
    answer = browse.raw("/2015/03/tema/")
    assert (answer.status_code, answer.location) == (301, "/ru/posts/tema")


def test_dates_are_those_that_readers_saw_by_the_history_of_the_zone(bring: Import, browse: Browser) -> None:
    bring(item(5, date="2015-03-26 04:28:52"), item(6, date="2025-06-02 23:41:59"))
    assert shown(browse, 5, "en").one("time").get("datetime") == "2015-03-26T04:28:52+06:00"
    assert shown(browse, 6, "en").one("time").get("datetime") == "2025-06-02T23:41:59+05:00"


def test_a_post_without_any_date_is_a_draft(bring: Import, browse: Browser, report: Callable[[], str]) -> None:
    bring(item(5, date="0000-00-00 00:00:00"), item(6, date="2015-02-31 10:00:00", gmt="2015-03-03 04:00:00"))
    assert browse.raw("/?p=5&lang=en").status_code == 404
    assert shown(browse, 6, "en").one("time").get("datetime") == "2015-03-03T10:00:00+06:00"
    assert "\tКүні жоқ, сондықтан жоба\t0000-00-00 00:00:00" in report()


@pytest.mark.parametrize(
    ("part", "mark"),
    [
        (item(5, status="draft"), "On the old site this was a draft."),
        (item(5, status="pending"), "On the old site this waited for an editor."),
        (item(5, status="private"), "On the old site this was private."),
        (item(5, password="1234"), "On the old site this was protected by a password."),
    ],
)
def test_what_was_not_public_is_a_draft_with_a_mark(bring: Import, editor: Browser, part: str, mark: str) -> None:
    bring(part)
    assert editor.raw("/?p=5&lang=en").status_code == 404
    page = editor.get("/en/staff/posts/1")
    assert mark in page.text()
    assert "1234" not in page.html


def test_what_was_scheduled_is_scheduled(bring: Import, browse: Browser, app: Flask) -> None:
    bring(item(5, status="future", date="2041-05-05 09:00:00"))
    assert browse.raw("/?p=5&lang=en").status_code == 404
    with app.app_context():
        assert db.session.query(PostTranslation).one().state == "scheduled"


def test_views_are_the_base_of_those_counted_here(bring: Import, browse: Browser) -> None:
    bring(item(5, meta=[("post_views_count", "40"), ("views", "54")]))
    assert "54 views" in shown(browse, 5, "en").text()


def test_a_category_of_the_same_name_is_taken_and_another_one_added(
    bring: Import, browse: Browser, tmp_path: Path
) -> None:
    other = "<wp:category><wp:term_id>9</wp:term_id><wp:category_nicename>sport</wp:category_nicename>"
    bring(
        f"{other}<wp:cat_name>[:kk]Спорт[:en]Sport[:]</wp:cat_name></wp:category>",
        item(5, categories=["sport"]),
        item(6),
    )
    assert 'novosti" = "news"' in (tmp_path / "mapping.toml").read_text(encoding="utf-8")
    assert "Title" in browse.get("/en/categories/sport/").links()
    assert browse.raw("/category/novosti/?lang=ru").location == "/ru/categories/news/"
    assert browse.raw("/?cat=9&lang=kz").location == "/kk/categories/sport/"


def test_the_mapping_can_be_edited_before_anything_is_imported(bring: Import, browse: Browser, tmp_path: Path) -> None:
    said = bring(item(5), options=("--dry-run",))
    assert "1 post, publish" in said
    assert browse.raw("/?p=5&lang=en").status_code == 404
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace('"news"', '"science"'), encoding="utf-8")
    bring(item(5))
    assert "Title" in browse.get("/en/categories/science/").links()


def test_line_ends_are_what_wordpress_made_of_them(bring: Import, app: Flask) -> None:
    bring(item(5, body="One\ntwo\n\n<strong>Three</strong>\n<p>four\nfive</p><ul>\n<li>six\nseven</li>\n</ul>"))
    expected = (
        "<p>One<br>two</p>\n<p><strong>Three</strong></p>\n<p>four<br>five</p>\n<ul>\n<li>six<br>seven</li>\n</ul>"
    )
    assert re.sub(r"\s+<", "<", html_of(app, 5, "en")) == re.sub(r"\s+<", "<", expected)


def test_blocks_are_paragraphs_and_their_comments_are_gone(bring: Import, app: Flask) -> None:
    block = '<!-- wp:paragraph {"align":"left"} -->\n<p class="x">One\ntwo</p>\n<!-- /wp:paragraph -->\n\n'
    bring(item(5, body=block + block.replace("One", "Three")))
    assert html_of(app, 5, "en") == "<p>One two</p>\n<p>Three two</p>"


def test_what_stands_before_more_is_the_summary(bring: Import, browse: Browser) -> None:
    bring(item(5, body=f"The beginning.\n<!--more-->\n{ENGLISH}"), item(6, excerpt="An excerpt.", body=ENGLISH))
    page = shown(browse, 5, "en")
    assert page.text(page.one("p", class_="lead")) == "The beginning."
    assert "The beginning." not in body_of(page)
    assert page.text(shown(browse, 6, "en").one("p", class_="lead")) == "An excerpt."


def test_dirt_of_word_scripts_and_frames_are_gone(bring: Import, app: Flask, report: Callable[[], str]) -> None:
    dirt = "<!--[if gte mso 9]><xml>1</xml><![endif]--><p class=MsoNormal style='x'><span lang=kk>а</span><o:p></o:p>"
    bring(
        item(5, body=dirt + '<font color=red>b</font></p><script>alert(1)</script><iframe src="https://x.y/"></iframe>')
    )
    assert html_of(app, 5, "ru") == '<p><span lang="kk">а</span>b</p>'
    assert "\tСкрипт алынып тасталды\t" in report()
    assert "\tКірістірілген терезе алынып тасталды\thttps://x.y/" in report()


def test_the_words_of_a_post_are_indexed_once(bring: Import, app: Flask) -> None:
    with statements(app) as seen:
        bring(item(5, body=ENGLISH))
    assert len([each for each in seen if "INTO search_text" in each]) == 1


def test_an_import_without_news_reads_no_body(bring: Import, app: Flask, report: Callable[[], str]) -> None:
    export = item(5, body=f"[box]{ENGLISH}[/box]")
    bring(export)
    with statements(app) as seen:
        bring(export)
    assert "Шорткод алынып тасталды\tbox" in report()
    assert not [each for each in seen if "post_translation.body" in each]


def test_unknown_shortcodes_are_taken_out_and_reported_but_not_brackets(
    bring: Import, app: Flask, report: Callable[[], str]
) -> None:
    bring(item(5, body='[contact-form-7 id="5"]A [1] note [sic] [box]inside[/box] [[gallery]] end.'))
    assert html_of(app, 5, "en") == "<p>A [1] note [sic] inside [[gallery]] end.</p>"
    assert "Шорткод алынып тасталды\tcontact-form-7" in report()
    assert "Шорткод алынып тасталды\tbox" in report()


def test_the_link_of_a_button_stays_when_its_shortcode_is_taken_out(bring: Import, app: Flask) -> None:
    bring(
        item(
            5,
            body='A [button link="https://ok.kz/a?b=1&amp;c=2"]Apply[/button] [box link="yes"]inside[/box].',
        )
    )
    assert html_of(app, 5, "en") == '<p>A <a href="https://ok.kz/a?b=1&amp;c=2">Apply</a> inside.</p>'


def test_films_are_links(bring: Import, app: Flask) -> None:
    frame = '<iframe src="https://www.youtube.com/embed/dQw4w9WgXc7?rel=0"></iframe>'
    bring(item(5, body=f"Text\n\nhttps://youtu.be/dQw4w9WgXc7\n\n[embed]https://vimeo.com/12345678[/embed]{frame}"))
    found = re.findall(r'href="([^"]*)"', html_of(app, 5, "en"))
    assert found == [
        "https://youtu.be/dQw4w9WgXc7",
        "https://vimeo.com/12345678",
        "https://www.youtube.com/watch?v=dQw4w9WgXc7",
    ]


def test_links_to_any_host_of_the_old_site_lead_to_the_post_in_the_same_language(bring: Import, app: Flask) -> None:
    links = [
        f"https://www.{HOST}/2015/03/second/",
        "http://other.kz/?p=6",
        "/2015/03/second/?lang=en",
        "https://ok.kz/",
    ]
    body = " ".join(f'<a href="{link}">x</a>' for link in links)
    bring(
        item(5, body=f"[:ru]{body} {RUSSIAN}[:]"),
        item(6, "[:ru]Второй[:en]Second[:]", f"[:ru]{RUSSIAN}[:en]{ENGLISH}[:]", slug="second"),
        options=("--hosts", "other.kz"),
    )
    found = re.findall(r'href="([^"]*)"', html_of(app, 5, "ru"))
    assert found == ["/ru/posts/vtoroy", "/ru/posts/vtoroy", "/en/posts/second", "https://ok.kz/"]


def uploads(folder: Path, *paths: str) -> Path:
    for number, path in enumerate(paths):
        file = folder / "uploads" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(drawing.jpeg(640 + number, 480))
    return folder / "uploads"


@pytest.mark.slow
def test_pictures_come_with_captions_galleries_covers_and_descriptions(
    bring: Import, browse: Browser, tmp_path: Path
) -> None:
    site = f"http://www.{HOST}/wp-content/uploads/2015/03"
    picture = f'<a href="{site}/hall.jpg"><img src="{site}/hall-300x200.jpg" alt="A hall" /></a>'
    caption = f'[caption id="a" width="300"]{picture} Words[/caption]'
    bring(
        attachment(7, "2015/03/hall.jpg", "[:ru]Зал[:en]Hall[:]", caption="[:ru]Новый[:en]The <em>new</em> hall[:]"),
        attachment(8, "2015/03/lab.jpg", "[:ru]Опыт[:en]Experiment[:]"),
        item(5, body=f'{ENGLISH}\n\n{caption}\n\n[gallery ids="7,8"]', meta=[("_thumbnail_id", "8")]),
        options=("--uploads", str(uploads(tmp_path, "2015/03/hall.jpg", "2015/03/lab.jpg"))),
    )
    page = shown(browse, 5, "en")
    assert [each.get("alt") for each in page.one("article").iter("img")] == [
        "Experiment",
        "A hall",
        "Hall",
        "Experiment",
    ]
    assert [page.text(each) for each in page.all("figcaption")] == ["Words", "The new hall"]
    assert len(page.one("figure", class_="gallery").findall("figure/a/picture/img")) == 2
    answer = browse.raw("/wp-content/uploads/2015/03/hall-150x150.jpg")
    assert answer.status_code == 301
    assert browse.raw(answer.location).mimetype == "image/jpeg"


PHOTO = "<img src='/wp-content/uploads/{0}.jpg' alt='{0}' />"
LINKED = f"<a href='/wp-content/uploads/{{0}}.jpg'>{PHOTO}</a>"
IN_LIST = f"<li class='blocks-gallery-item'><figure>{PHOTO}<figcaption>About {{0}}</figcaption></figure></li>"
IN_TERMS = f"<dl class='gallery-item'><dt>{LINKED}</dt>\n<dd class='gallery-caption'>About {{0}}</dd></dl>"
NESTED = f"<!-- wp:image --><figure class='wp-block-image'>{PHOTO}<figcaption>About {{0}}</figcaption></figure>\n"


@pytest.mark.parametrize(
    ("start", "each", "end"),
    [
        ("<ul class='wp-block-gallery columns-2'>", IN_LIST, "</ul>"),
        ("<figure class='wp-block-gallery'><ul class='blocks-gallery-grid'>", IN_LIST, "</ul></figure>"),
        ("<!-- wp:gallery --><figure class='wp-block-gallery has-nested-images'>", NESTED, "</figure>"),
        ("<div id='gallery-1' class='gallery galleryid-5'>", IN_TERMS, "<br style='clear: both' /></div>"),
    ],
    ids=["list", "classic block", "nested block", "printed shortcode"],
)
def test_galleries_of_every_release_are_one_gallery_with_captions(
    bring: Import, app: Flask, start: str, each: str, end: str
) -> None:
    bring(item(5, body=f"{ENGLISH}\n\n{start}{each.format('hall')}{each.format('lab')}{end}\n\nAfter."))
    figures = "".join(
        f'<figure><p><a href="/wp-content/uploads/{name}.jpg#picture">{name}</a></p>'
        f"<figcaption>About {name}</figcaption></figure>"
        for name in ("hall", "lab")
    )
    found = re.sub(r">\s+<", "><", html_of(app, 5, "en"))
    assert found.endswith(f"<figure>{figures}</figure><p>After.</p>")


def test_a_gallery_without_a_list_shows_the_pictures_of_its_post(bring: Import, app: Flask) -> None:
    parts = [attachment(7, "a.jpg", parent=5), attachment(8, "order.pdf", parent=5), attachment(9, "c.jpg", parent=6)]
    bring(*parts, item(5, body=f"{ENGLISH}\n\n[gallery]"), item(6, body=f'{ENGLISH}\n\n[gallery ids="77"]\n\nEnd.'))
    assert re.findall(r"uploads/([^\"]+)", html_of(app, 5, "en")) == ["a.jpg#picture"]
    assert html_of(app, 5, "en").count("<figure>") == 1
    assert html_of(app, 6, "en").endswith("<p>End.</p>")


@pytest.mark.slow
def test_texts_come_first_and_pictures_when_they_are_there(
    bring: Import, browse: Browser, app: Flask, tmp_path: Path, report: Callable[[], str]
) -> None:
    part = item(5, body=f'{ENGLISH}<img src="/wp-content/uploads/2015/03/hall.jpg" alt="A hall">')
    bring(part)
    assert shown(browse, 5, "en").links()["A hall"].startswith("/wp-content/uploads/2015/03/hall.jpg")
    assert browse.raw("/wp-content/uploads/2015/03/hall.jpg").status_code == 404
    assert "Сурет немесе файл табылмады\t2015/03/hall.jpg" in report()
    bring(part, options=("--uploads", str(uploads(tmp_path, "2015/03/hall.jpg"))))
    assert [each.get("alt") for each in shown(browse, 5, "en").one("div", class_="body").iter("img")] == ["A hall"]
    assert "hall.jpg" not in report()
    with app.app_context():
        assert db.session.query(PostTranslation).one().updated_at.year == 2015


def test_a_second_import_changes_nothing(bring: Import, app: Flask) -> None:
    parts = [item(number, *in_three(number)) for number in range(1, 4)]
    bring(*parts, item(9, kind="page", status="publish"))

    def everything() -> object:
        with app.app_context():
            tables = [
                db.session.execute(select(table)).all()
                for name, table in sorted(db.metadata.tables.items())
                if name != "cache_tag"
            ]
            return [sorted(map(repr, rows)) for rows in tables]

    before = everything()
    assert "4 the same as before" in bring(*parts, item(9, kind="page", status="publish"))
    assert everything() == before


def test_a_newer_export_changes_only_what_nobody_edited_here(bring: Import, editor: Browser) -> None:
    bring(item(5, "First"), item(6, "Second"))
    page = editor.get("/en/staff/posts/2")
    editor.submit(page, "Update on the site", {"en-title": "Edited here"}, within="en")
    said = bring(item(5, "First, newer"), item(6, "Second, newer"))
    assert "1 changed" in said
    assert "1 edited here since" in said
    assert shown(editor, 5, "en").text(shown(editor, 5, "en").one("h1")) == "First, newer"
    assert "Edited here" in shown(editor, 6, "en").text()


def test_imported_posts_are_behind_everything_in_the_feeds_and_in_archives(
    bring: Import, browse: Browser, write: Callable[..., int]
) -> None:
    write(en="Written here")
    bring(*(item(number, f"Old {number}", date=f"2015-03-{number:02} 10:00:00") for number in range(1, 29)))
    bring(*(item(number, f"Old {number}", date=f"2016-03-{number - 30:02} 10:00:00") for number in range(31, 59)))
    feed = browse.raw("/en/feed.json").get_json()
    assert [each["title"] for each in feed["items"]][:3] == ["Written here", "Old 58", "Old 57"]
    atom = browse.raw("/en/feed.atom").get_data(as_text=True)
    assert 'rel="prev-archive"' in atom


def test_old_addresses_of_deleted_posts_are_gone(bring: Import, browse: Browser, app: Flask) -> None:
    bring(item(5, status="trash", slug="old__trashed"), item(6))
    assert browse.raw("/?p=5&lang=ru").status_code == 410
    assert browse.raw("/2015/03/old/").status_code == 410
    with app.app_context():
        db.session.query(Post).one().trash()
        db.session.commit()
    assert browse.raw("/2015/03/post-6/").status_code == 410


def test_pages_come_along(bring: Import, browse: Browser) -> None:
    bring(
        item(
            9,
            "[:ru]О нас[:en]About us[:]",
            f"[:ru]{RUSSIAN}[:en]{ENGLISH}[:]",
            kind="page",
            slug="o-nas",
            categories=(),
        )
    )
    assert browse.raw("/o-nas/?lang=en").location == "/en/pages/o-nas"
    page = browse.get("/o-nas/?lang=en")
    assert page.text(page.one("h1")) == "About us"


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("<!DOCTYPE rss [<!ENTITY a 'b'>]>", "document type"),
        ("<!-- a comment --><!DOCTYPE rss SYSTEM 'http://x/'>", "document type"),
        ("<html>", "no export of WordPress"),
        ("PK\x03\x04", "no export of WordPress"),
    ],
)
def test_another_kind_of_file_and_bombs_are_refused(app: Flask, tmp_path: Path, before: str, said: str) -> None:
    (tmp_path / "bad.xml").write_text(before + HEAD.partition("?>")[2] + item(5) + FOOT)
    answer = app.test_cli_runner().invoke(args=["import", "wordpress", str(tmp_path / "bad.xml")])
    assert answer.exit_code == 1
    assert said in answer.output
    with app.app_context():
        assert db.session.query(Post).count() == 0


def test_of_a_cut_file_what_is_whole_comes(app: Flask, browse: Browser, tmp_path: Path) -> None:
    (tmp_path / "cut.xml").write_text(HEAD + TERMS + item(5) + item(6)[:300])
    options = ["--folder", str(tmp_path)]
    answer = app.test_cli_runner().invoke(args=["import", "wordpress", str(tmp_path / "cut.xml"), *options])
    assert answer.exit_code == 1
    assert "cannot be read to its end" in answer.output
    assert "cannot be read to its end" in (tmp_path / "report.tsv").read_text()
    assert shown(browse, 5, "en").status == 200
    assert browse.raw("/?p=6&lang=en").status_code == 404


def test_characters_of_another_encoding_are_a_line_in_the_report(app: Flask, browse: Browser, tmp_path: Path) -> None:
    source = (HEAD + TERMS + item(5, "Тема\x0b", RUSSIAN) + item(6) + FOOT).encode("windows-1251", "replace")
    (tmp_path / "odd.xml").write_bytes(source)
    options = ["--folder", str(tmp_path)]
    answer = app.test_cli_runner().invoke(args=["import", "wordpress", str(tmp_path / "odd.xml"), *options])
    assert "not in the encoding" in answer.output
    assert shown(browse, 6, "en").status == 200


def test_odd_posts_come_with_a_title_and_an_address_each(bring: Import, browse: Browser) -> None:
    bring(
        item(5, "<b></b>[:kk][:ru]", slug="same"),
        item(6, "x" * 300, slug="same", date="2016-01-01 00:00:00"),
        item(7, "", "", slug="ұзақ" * 50),
        item(8, "<b><i>" * 30 + "Deep", "<b>" * 100 + "deep"),
    )
    assert shown(browse, 5, "en").text(shown(browse, 5, "en").one("h1")).startswith("The academic council")
    assert shown(browse, 6, "en").path != shown(browse, 5, "en").path
    assert shown(browse, 7, "en").status == shown(browse, 8, "en").status == 200
    assert browse.raw("/2016/01/same/?lang=en").location != browse.raw("/2015/03/same/?lang=en").location


def test_a_site_has_no_more_revisions_than_it_needs(bring: Import, app: Flask) -> None:
    bring(item(5, *in_three(5)))
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Revision)) == 3


def test_an_export_of_posts_alone_brings_their_categories_and_authors(app: Flask, tmp_path: Path) -> None:
    category = (
        "<wp:category><wp:category_nicename>old</wp:category_nicename><wp:cat_name>Old</wp:cat_name></wp:category>"
    )
    named = item(5, creator="Aigul", categories=["notices"])
    (tmp_path / "posts.xml").write_text(HEAD.replace("/1.2/", "/1.0/") + category + named + FOOT, encoding="utf-8")
    options = ["--folder", str(tmp_path)]
    answer = app.test_cli_runner().invoke(args=["import", "wordpress", str(tmp_path / "posts.xml"), *options])
    assert answer.exit_code == 0, answer.output
    page = shown(Browser(app), 5, "en")
    assert "notices" in page.links()
    assert "Aigul" in page.text()
    assert Browser(app).raw("/author/aigul/?lang=en").status_code == 301


def test_codes_with_a_country_are_languages(bring: Import, app: Flask) -> None:
    bring(item(5, "{:kk_KZ}Тақырып{:}[:ru-RU]Тема[:]", f"<!--:kk_KZ-->{KAZAKH}<!--:-->[:ru-RU]{RUSSIAN}[:]"))
    assert html_of(app, 5, "kk") == f"<p>{KAZAKH}</p>"
    assert html_of(app, 5, "ru") == f"<p>{RUSSIAN}</p>"


def test_shortcodes_and_addresses_are_no_words_of_a_language(bring: Import, app: Flask) -> None:
    code = '[vc_column width="full" background="gradient" animation="fade-in-from-the-left-hand-side"]'
    bring(item(5, "Тема", f"{code}Ректор обсудил открытие лаборатории.\n\nhttps://example.org/{'page' * 30}"))
    assert html_of(app, 5, "ru")


@pytest.mark.slow
def test_the_whole_picture_is_taken_though_texts_show_a_size_of_it(bring: Import, app: Flask, tmp_path: Path) -> None:
    folder = uploads(tmp_path, "hall-300x200.jpg", "hall.jpg", "lab-300x200.jpg")
    (folder / "lab-scaled.jpg").write_bytes(drawing.jpeg(1200, 480))
    sizes = [f"/wp-content/uploads/{name}-300x200.jpg" for name in ("hall", "lab", "none", "none")]
    bring(item(5, body=ENGLISH + "".join(f'<img src="{src}">' for src in sizes)), options=("--uploads", str(folder)))
    assert re.findall(r"-(\d+)x480", html_of(app, 5, "en")) == ["641", "1200"]
    with app.app_context():
        assert db.session.get_one(ImportedItem, "post:5").notes.count(["missing", "none.jpg"]) == 1


def test_further_pages_of_the_old_front_page_lead_to_the_front_page(bring: Import, browse: Browser, app: Flask) -> None:
    bring(item(5, body=f'{ENGLISH} <a href="/page/2/">More</a>'))
    assert browse.raw("/page/2/").location == "/kk/"
    assert browse.raw("/page/3/?lang=ru").location == "/ru/"
    assert 'href="/en/"' in html_of(app, 5, "en")


def test_what_has_to_be_mended_is_in_the_newsroom(bring: Import, editor: Browser) -> None:
    bring(item(5, body=f'{ENGLISH}<img src="/wp-content/uploads/2015/03/hall.jpg">[contact-form-7 id="1"]', comments=2))
    page = editor.get("/en/staff/site/old")
    assert page.links()["Title"] == "/en/staff/posts/1"
    for words in (
        "Picture or file missing: 2015/03/hall.jpg",
        "Shortcode taken out: contact-form-7",
        "Comments left out: 2",
    ):
        assert words in page.text()


def test_the_report_says_what_the_newsroom_says(bring: Import, editor: Browser, report: Callable[[], str]) -> None:
    bring(item(5, comments=2))
    words = "Пікірлер көшірілмеді"
    assert f"	Title	{words}	2	" in report()
    assert f"{words}: 2" in editor.get("/kk/staff/site/old").text()


def test_what_readers_ask_for_in_vain_can_be_led_on(editor: Browser, app: Flask, write: Callable[..., int]) -> None:
    write(en="Open day")
    reader = Browser(app)
    for path in ("/2012/04/lost/", "/2012/04/lost?lang=ru", "/?p=4711", "/wp-login.php", "/en/staff/nothing"):
        assert reader.raw(path).status_code == 404
    page = editor.get("/en/staff/site/addresses")
    rows = [page.text(row) for row in page.one("tbody").iter("tr")]
    assert any(row.startswith("/2012/04/lost 2 ") for row in rows)
    assert not any("wp-login" in row or "staff" in row for row in rows)
    page = editor.get(page.links()["/2012/04/lost"])
    for target in ("/en/nowhere/at/all", "https://example.org/en/", "//example.org/en/", "en/"):
        wrong = editor.submit(page, "Lead on", {"target": target}, status=422)
        assert "There is no such page on this site." in wrong.text()
    nothing = editor.submit(page, "Lead on", {"key": "lost", "target": "/en/posts/open-day"}, status=422)
    assert "This is no address of a page." in nothing.text()
    done = editor.submit(wrong, "Lead on", {"target": "/en/posts/open-day"})
    assert done.links().get("/2012/04/lost") is None
    answer = reader.raw("/2012/04/LOST/?lang=en")
    assert (answer.status_code, answer.location) == (301, "/en/posts/open-day")
    by_number = editor.submit(editor.get(done.links()["?p=4711"]), "Lead on", {"target": "/en/posts/open-day"})
    assert reader.raw("/?p=4711&lang=en").location == "/en/posts/open-day"
    editor.submit(by_number, "Remove")
    assert reader.raw("/2012/04/lost/").status_code == 404


def test_an_address_in_use_is_never_led_elsewhere(editor: Browser, write: Callable[..., int]) -> None:
    write(en="Open day")
    page = editor.get("/en/staff/site/addresses")
    page = editor.submit(page, "Lead on", {"key": "/en/posts/open-day", "target": "/en/"}, status=422)
    assert "This address is in use on this site." in page.text()


def test_a_feed_will_do_where_nobody_has_the_database(app: Flask, browse: Browser, tmp_path: Path) -> None:
    entry = f"<title>Тема</title><link>http://{HOST}/2015/03/tema/</link><guid>http://{HOST}/?p=77</guid>"
    entry += "<pubDate>Wed, 25 Mar 2015 22:28:52 +0000</pubDate>"
    entry += f"<content:encoded><![CDATA[<p>{RUSSIAN}</p>]]></content:encoded>"
    (tmp_path / "feed.xml").write_text(
        f"{HEAD}<item>{entry}<category>Новости</category></item>{FOOT}", encoding="utf-8"
    )
    options = ["--feed", str(tmp_path / "feed.xml"), "--folder", str(tmp_path)]
    answer = app.test_cli_runner().invoke(args=["import", "wordpress", *options])
    assert answer.exit_code == 0, answer.output
    assert browse.raw("/2015/03/tema/?lang=ru").location == browse.raw("/?p=77&lang=ru").location == "/ru/posts/tema"
    assert shown(browse, 77, "ru").one("time").get("datetime") == "2015-03-26T04:28:52+06:00"


@pytest.mark.slow
def test_documents_become_files_of_the_library(bring: Import, browse: Browser, app: Flask, tmp_path: Path) -> None:
    folder = uploads(tmp_path)
    (folder / "2015").mkdir(parents=True)
    (folder / "2015" / "order.pdf").write_bytes(files.PDF)
    bring(
        item(5, body=f'{ENGLISH} <a href="http://{HOST}/wp-content/uploads/2015/order.pdf">Order</a>'),
        options=("--uploads", str(folder)),
    )
    address = re.findall(r'href="([^"]*)"', html_of(app, 5, "en"))[0]
    assert browse.raw(address).mimetype == "application/pdf"
    assert browse.raw("/wp-content/uploads/2015/order.pdf").location == address
