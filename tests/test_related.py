"""Related posts, and the page about how readers are counted."""

from flask import Flask

from kariu_blog.newsroom.related import keys_of, nearest, relate
from kariu_blog.posts.content import Content
from tests.support.browsing import Browser
from tests.support.cast import Write
from tests.support.posts import change, rewrite


def note_related(app: Flask) -> None:
    with app.app_context():
        relate()


def related(app: Flask, slug: str) -> list[str]:
    page = Browser(app).get(f"/en/posts/{slug}")
    sections = page.all("section", class_="related")
    return [page.text(title) for section in sections for title in section.iter("h3")]


def test_rare_shared_words_come_before_common_ones() -> None:
    others = {number: {"news", f"word {number}"} for number in range(40)}
    assert nearest({"news", "word 7", "word 9", "other"}, others) == [9, 7]
    assert nearest({"news"}, others) == []
    assert nearest(set(), others) == nearest({"word"}, {}) == []


def test_forms_of_a_word_are_one_word() -> None:
    assert keys_of([("ru", "Новая лаборатория")]) & keys_of([("ru", "В лаборатории металлургов")])
    assert not keys_of([("ru", "Для всех")]) & keys_of([("en", "Для всех")])


def test_posts_that_share_words_are_named_below_a_post_whatever_their_category(app: Flask, write: Write) -> None:
    write(en="A laboratory for metallurgists", category="science")
    for number in range(5):
        write(en=f"Filler {'abcdefgh'[number] * 5}", category="news")
    write(en="Students in the new laboratories", category="news")
    note_related(app)
    assert related(app, "students-in-the-new-laboratories")[0] == "A laboratory for metallurgists"
    assert related(app, "a-laboratory-for-metallurgists") == ["Students in the new laboratories"]


def test_a_cached_page_names_a_related_post_only_while_readers_see_it(app: Flask, write: Write) -> None:
    other = write(en="A laboratory for metallurgists", category="science")
    write(en="Students in the new laboratories", category="news")
    note_related(app)
    shown = ["A laboratory for metallurgists"]
    assert related(app, "students-in-the-new-laboratories") == shown
    change(app, other, lambda post: post.translations["en"].withdraw())
    assert related(app, "students-in-the-new-laboratories") == []
    change(app, other, lambda post: post.translations["en"].publish())
    assert related(app, "students-in-the-new-laboratories") == shown


def test_a_new_title_has_other_related_posts(app: Flask, write: Write) -> None:
    write(en="A laboratory for metallurgists", category="science")
    post = write(en="Students in the new laboratories", category="news")
    note_related(app)
    content = Content("Students in spring", "", "<p>…</p>", "students-in-the-new-laboratories")
    change(app, post, lambda post: rewrite(post, "en", content))
    note_related(app)
    assert related(app, "students-in-the-new-laboratories") == []


def test_how_readers_are_counted_is_told_in_each_language(app: Flask, editor: Browser) -> None:
    for language, words in (("kk", "қалай есептеледі"), ("ru", "Как считаются"), ("en", "How readers are counted")):
        page = Browser(app).get(f"/{language}/counting")
        assert words in page.text(page.one("h1"))
        assert f"/{language}/counting" in Browser(app).get(f"/{language}/").links().values()
    assert "/en/counting" in editor.get("/en/staff/reports/readers").links().values()
    assert "/kk/counting" in Browser(app).raw("/sitemap.xml").get_data(as_text=True)
