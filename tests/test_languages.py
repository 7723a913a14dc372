"""Languages: dates, order of letters, and catalogues that are whole."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import flask_security
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from flask import Flask, render_template_string

from kariu_blog import catalogues, languages
from kariu_blog.database import db
from kariu_blog.operations.languages import missing_in_database
from kariu_blog.posts.items import by_language, write
from kariu_blog.posts.taxonomy import Author
from kariu_blog.templating import in_language
from tests.support.browsing import Browser
from tests.support.cast import Write

ROOT = Path(__file__).parent.parent
MOMENT = datetime(2021, 6, 29, 6, 44, 21, tzinfo=UTC)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def messages(path: Path) -> list[Message]:
    return [message for message in catalogue(path) if message.id]


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def parts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(part) for part in value]  # type: ignore[attr-defined]


def test_an_error_within_words_of_another_language_leaves_the_page_its_own(app: Flask) -> None:
    with app.test_request_context("/kk/"):
        with suppress(ValueError), in_language("en"):
            raise ValueError
        assert render_template_string("{{ _('Search') }} {{ language }}") == "Іздеу kk"


@pytest.mark.parametrize(
    ("language", "text"),
    [("kk", "2021 ж. 29 маусым, 12:44"), ("ru", "29 июня 2021 г., 12:44"), ("en", "29 June 2021, 12:44")],
)
def test_dates_are_long_and_in_karagandas_time(language: str, text: str) -> None:
    assert languages.format_moment(MOMENT, language).replace("\u202f", " ") == text


@pytest.mark.parametrize(("language", "text"), [("kk", "2021 ж. маусым"), ("ru", "июнь 2021 г."), ("en", "June 2021")])
def test_months_stand_in_the_nominative(language: str, text: str) -> None:
    assert languages.format_month(2021, 6, language).replace("\u202f", " ") == text


def test_karaganda_moved_to_utc_plus_five_in_march_2024() -> None:
    assert languages.local(datetime(2024, 2, 29, 12, tzinfo=UTC)).isoformat() == "2024-02-29T18:00:00+06:00"
    assert languages.local(datetime(2024, 3, 1, 12, tzinfo=UTC)).isoformat() == "2024-03-01T17:00:00+05:00"


def test_kazakh_letters_are_sorted_where_they_belong() -> None:
    words = ["яблоко", "әже", "ата", "үй", "ұл", "қала", "кітап", "өмір", "от", "іс", "ғалым", "гүл", "һ", "ң", "н"]
    in_order = ["ата", "әже", "гүл", "ғалым", "кітап", "қала", "н", "ң", "от", "өмір", "ұл", "үй", "һ", "іс", "яблоко"]
    assert sorted(words, key=languages.alphabetical) == in_order


def test_authors_stand_in_the_order_of_the_kazakh_alphabet(app: Flask, browse: Browser) -> None:
    names = {"a": "Яхта", "b": "Әдебиет", "c": "Бас", "d": "Ғалым", "e": "Гүл", "f": "Ұстаз", "g": "Іс", "h": "Ыдыс"}
    with app.app_context():
        for slug, name in names.items():
            write(Author(slug=slug), by_language(name={"kk": name, "ru": "Имя", "en": "Name"}))
        db.session.commit()
    page = browse.get("/kk/feeds/")
    listed = [page.text(heading) for heading in page.all("h3")]
    in_order = ["Әдебиет", "Бас", "Гүл", "Ғалым", "Ұстаз", "Ыдыс", "Іс", "Яхта"]
    assert [name for name in listed if name in in_order] == in_order


@pytest.mark.parametrize(
    ("views", "words"),
    [
        (1, ("1 рет қаралды", "1 просмотр", "1 view")),
        (2, ("2 рет қаралды", "2 просмотра", "2 views")),
        (5, ("5 рет қаралды", "5 просмотров", "5 views")),
        (11, ("11 рет қаралды", "11 просмотров", "11 views")),
        (21, ("21 рет қаралды", "21 просмотр", "21 views")),
        (24, ("24 рет қаралды", "24 просмотра", "24 views")),
    ],
)
def test_numbers_take_the_right_form(browse: Browser, write: Write, views: int, words: tuple[str, str, str]) -> None:
    write(kk="Бірінші", ru="Пост", en="First", views=views)
    for path, form in zip(("kk/posts/birinshi", "ru/posts/post", "en/posts/first"), words, strict=True):
        page = browse.get(f"/{path}")
        assert [span for span in page.all("span") if page.text(span) == form], page.text()


@pytest.mark.parametrize("domain", ["messages", "flask_security"])
@pytest.mark.parametrize(("language", "plurals"), [("kk", 2), ("ru", 3)])
def test_catalogues_are_complete_and_keep_placeholders(language: str, plurals: int, domain: str) -> None:
    path = ROOT / f"translations/{language}/LC_MESSAGES/{domain}.po"
    assert catalogue(path).num_plurals == plurals
    for message in messages(path):
        assert not message.fuzzy, message.id
        translations = parts(message.string)
        if not isinstance(message.id, str):
            assert len(translations) == plurals, message.id
        for text in translations:
            assert text.strip(), message.id
            wanted = set(PLACEHOLDER.findall(parts(message.id)[-1]))
            assert set(PLACEHOLDER.findall(text)) == wanted, message.id


def test_templates_and_code_have_no_message_that_the_catalogues_lack(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "extract", "--mapping-file", "pyproject.toml"]
    subprocess.run(
        [*command, "--keywords", "_l", "--output", str(fresh), "."], cwd=ROOT, check=True, capture_output=True
    )
    wanted = {str(message.id) for message in messages(fresh)}
    for name in ("messages.pot", "kk/LC_MESSAGES/messages.po", "ru/LC_MESSAGES/messages.po"):
        assert {str(m.id) for m in messages(ROOT / "translations" / name)} == wanted, f"run `make catalogues`: {name}"


def test_the_sign_in_librarys_messages_are_all_in_kazakh() -> None:
    library = messages(Path(flask_security.__file__).parent / "translations/flask_security.pot")
    ours = {m.id for m in messages(ROOT / "translations/kk/LC_MESSAGES/flask_security.po")}
    assert {m.id for m in library} == ours


def test_no_visible_word_in_a_template_bypasses_gettext() -> None:
    names = {"RSS", "Atom", "ok", "xml", "utf", "https", "Ctrl", "Enter", "Shift", "Tab", "Telegram", "WhatsApp"}
    guides = {ROOT / "templates" / "newsroom" / "guide" / f"{code}.html" for code in languages.LANGUAGES}
    for template in set((ROOT / "templates").rglob("*.html")) - guides:
        source = template.read_text(encoding="utf-8")
        markup = re.sub(r"\{[%{#].*?[%}#]\}", " ", source, flags=re.S)
        attributes = re.findall(r'\b(?:title|alt|aria-label|placeholder)="([^"]*)"', markup)
        visible = re.sub(r'<[^>]*>|[\w-]+="[^"]*"', " ", markup)
        words = re.findall(r"[^\W\d_]{2,}", " ".join([visible, *attributes]))
        assert set(words) <= names, f"{template.name}: {set(words) - names}"


def test_no_message_holds_a_bare_percent_sign() -> None:
    for message in messages(ROOT / "translations/messages.pot"):
        for text in parts(message.id):
            assert "%" not in PLACEHOLDER.sub("", text), text


UZBEK = languages.Language("uz", 1, "qq", "uz_UZ", "Oʻzbekcha", ("ru", "kk"), "In Uzbek", "The text is in Uzbek.")
"""A fourth language, added in one place alone."""


def test_a_start_with_an_incomplete_language_names_everything_that_it_lacks(tmp_path: Path) -> None:
    program = f"""
from kariu_blog import languages
from kariu_blog.languages import Language
languages.LANGUAGES["uz"] = {UZBEK!r}
from kariu_blog import config, create_app
try:
    create_app({{"INSTANCE": {str(tmp_path)!r}}})
except config.ConfigurationError as error:
    print(error)
"""
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True
    ).stdout
    for lack in (
        "uz: Babel has no locale qq.",
        "uz: the fallbacks lack en.",
        "kk: the fallbacks lack uz.",
        "en: the fallbacks lack uz.",
        "uz: the number 1 is not from 1 to 255, or belongs to another language.",
        "uz: kariu_blog/search/keys.py makes no keys of its words.",
        "translations/uz/LC_MESSAGES/messages.po is missing.",
        "translations/uz/LC_MESSAGES/flask_security.po is missing.",
        "See “Add a language” in docs/contributing.md.",
    ):
        assert lack in said


@pytest.mark.database
def test_everything_is_named_that_the_database_lacks_of_a_language(demo: Flask) -> None:
    with demo.app_context():
        assert missing_in_database(db.session.connection(), languages.LANGUAGES) == []
        lacks = missing_in_database(db.session.connection(), {**languages.LANGUAGES, "uz": UZBEK})
    refusing = ("picture_alt", "post_translation", "translation_source")
    assert {f"uz: the table {table} refuses it; a migration is missing." for table in refusing} <= set(lacks)
    assert {f"uz: no {table} has a name in it." for table in ("author", "category")} <= set(lacks)
    assert "uz: the table feed_entry lacks the posts in any:uz." in lacks


def test_catalogues_are_compiled_when_missing_or_older(tmp_path: Path) -> None:
    folder = tmp_path / "translations"
    shutil.copytree(ROOT / "translations", folder, ignore=shutil.ignore_patterns("*.mo"))
    catalogues.compile_all(folder)
    compiled = folder / "ru/LC_MESSAGES/messages.mo"
    first = compiled.read_bytes()
    source = folder / "ru/LC_MESSAGES/messages.po"
    source.write_text(source.read_text(encoding="utf-8").replace("Сохранить", "Записать"), encoding="utf-8")
    newer = compiled.stat().st_mtime + 2
    os.utime(source, (newer, newer))
    catalogues.compile_all(folder)
    assert compiled.read_bytes() != first
