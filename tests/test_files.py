"""Files that texts link to: what is taken, who may have it, and what becomes of it."""

import io
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZIP_LZMA

import feedparser
import pytest
from flask import Flask

from kariu_blog.accounts.acts import Act
from kariu_blog.database import db
from kariu_blog.media import storage
from kariu_blog.media.file_models import File
from kariu_blog.media.kinds import UNPACKED_MAX, RefusedError
from kariu_blog.posts.post import Post
from tests.support import drawing
from tests.support.backups import done, flask
from tests.support.browsing import Browser, Page
from tests.support.cast import PassTime, Write
from tests.support.disk import room_in_files
from tests.support.files import PDF, archive, office, office_types, open_document, send, sent, token

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
KINDS = {
    "pdf": (PDF, "application/pdf"),
    "docx": (office("docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": (
        archive({"[Content_Types].xml": office_types("xlsx").replace(b'"', b"'")}),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "pptx": (office("pptx"), "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    "odt": (open_document("odt"), "application/vnd.oasis.opendocument.text"),
    "ods": (open_document("ods"), "application/vnd.oasis.opendocument.spreadsheet"),
    "odp": (open_document("odp"), "application/vnd.oasis.opendocument.presentation"),
}
DAMAGED, PROTECTED = "The file is damaged or cut off.", "The file is protected by a password."
MACROS, MIXED = "The file contains macros or scripts.", "There is something else in the file"
UNKNOWN = "This is no PDF, DOCX, XLSX, PPTX, ODT, ODS or ODP."
PROGRAM = {"META-INF/MANIFEST.MF": b"Main-Class: X"}
SECRET = {"META-INF/manifest.xml": b"<manifest:encryption-data/>"}
REFUSED = {
    "nothing": (b"", "The file is empty."),
    "a page that is called a PDF": (b"<!doctype html><script>alert(1)</script>", UNKNOWN),
    "a picture": (drawing.jpeg(), UNKNOWN),
    "a drawing of vectors": (drawing.SVG, UNKNOWN),
    "a ZIP file of anything": (archive({"a.txt": b"a"}), UNKNOWN),
    "a PDF that is cut off": (PDF[:-20], DAMAGED),
    "a PDF that goes on and is cut off": (PDF + b"7 0 obj<</Length 9000>>stream\n" + b"x" * 5000, DAMAGED),
    "a document that is cut off": (office("docx")[:-30], DAMAGED),
    "a document with a damaged part": (
        open_document("odt").replace(b"opendocument.text", b"opendocument.tent", 1),
        DAMAGED,
    ),
    "a PDF with a password": (PDF.replace(b"<</Root", b"<</Encrypt 9 0 R/Root"), PROTECTED),
    "an Office document with a password": (OLE + "EncryptedPackage".encode("utf-16-le"), PROTECTED),
    "an ODF with a password": (open_document("odt", SECRET), PROTECTED),
    "a document of an old Office": (OLE, "This is a document of an old Office."),
    "a document with macros": (office("docx", {"word/vbaProject.bin": b"x"}), MACROS),
    "a sheet with old macros": (office("xlsx", {"xl/macrosheets/sheet1.xml": b"x"}), MACROS),
    "an ODF with macros": (open_document("ods", {"Basic/Standard/Module1.xml": b"x"}), MACROS),
    "a PDF with a script": (PDF.replace(b"endobj", b"/OpenAction<</S/JavaScript/JS(x)>>endobj", 1), MACROS),
    "a PDF with a script whose name is hidden": (PDF.replace(b"endobj", b"/S/J#61va#53cript>>endobj", 1), MACROS),
    "a document that is compressed in another way": (
        archive({"mimetype": KINDS["odt"][1].encode()}, method=ZIP_LZMA),
        DAMAGED,
    ),
    "a PDF with a script in a compressed part": (
        PDF.replace(
            b"trailer",
            b"9 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>stream\n"
            + zlib.compress(b"1 0 <</S/JavaScript/JS(x)>>")
            + b"\nendstream endobj\ntrailer",
        ),
        MACROS,
    ),
    "a document with a sheet with macros in it": (office("docx", {"word/embeddings/sheet.xlsm": b"x"}), MACROS),
    "a PDF that is a page too": (PDF.replace(b"\n1 0", b"\n%<script>alert(1)</script>\n1 0", 1), MIXED),
    "a PDF with a page at its end": (PDF + b"<html><body>x", MIXED),
    "a PDF that is a ZIP file too": (PDF + archive({"%%EOF": b"x"}), MIXED),
    "a document that is a program too": (office("docx", PROGRAM), MIXED),
    "a document with a page at its end": (office("docx") + b"<html>", MIXED),
    "a document behind a page": (b"PK\3\4<html>" + office("docx"), MIXED),
    "two documents in one": (office("docx", {"mimetype": KINDS["odt"][1].encode()}), MIXED),
    "a bomb": (office("xlsx", {"xl/a.xml": bytes(UNPACKED_MAX + 1)}), "The file unpacks to more than 200 MB."),
}


def stored(app: Flask) -> list[str]:
    folder = Path(app.instance_path) / "media" / storage.DOCUMENTS
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def linked(about: Any) -> str:
    return f'<p>Мәтін: <a href="{about["url"]}">Бұйрық</a></p>'


def replace(browser: Browser, about: Any, name: str, content: bytes) -> Page:
    """Replace a file with the form of its page."""
    answer = browser.client.post(
        f"/en/staff/files/{about['id']}/versions",
        data={"csrf_token": token(browser), "files": (io.BytesIO(content), name)},
        follow_redirects=True,
    )
    return browser._page(answer, 200)


@pytest.mark.parametrize("suffix", KINDS)
def test_a_file_is_what_it_holds_whatever_it_is_called(app: Flask, editor: Browser, write: Write, suffix: str) -> None:
    content, type = KINDS[suffix]
    about = sent(editor, content, "Бұйрық № 1.exe")
    write(kk="Бұйрық", body=linked(about))
    answer = Browser(app).raw(about["url"])
    assert (answer.status_code, answer.data, answer.mimetype) == (200, content, type)
    assert f"%E2%84%96%201.{suffix}" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_pdf_may_end_with_blanks(editor: Browser) -> None:
    assert sent(editor, PDF + bytes(5000), "a.pdf")["url"].startswith("/files/")


def test_a_pdf_may_begin_with_a_mark_or_a_blank_line(editor: Browser) -> None:
    for beginning in (b"\xef\xbb\xbf", b"\r\n"):
        assert sent(editor, beginning + PDF)["about"] == "PDF, 1\u00a0KB"


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_gets_a_sentence_and_leaves_nothing(app: Flask, editor: Browser, kind: str) -> None:
    content, sentence = REFUSED[kind]
    answer = send(editor, ("Файл.pdf", content), status=422)
    assert answer["errors"][0]["name"] == "Файл.pdf"
    assert answer["errors"][0]["error"].startswith(sentence)
    assert stored(app) == []
    with app.app_context():
        assert db.session.query(File).count() == 0


def test_a_file_that_is_too_large_is_refused(app: Flask, editor: Browser) -> None:
    answer = send(editor, ("a.pdf", PDF[:-6] + bytes(storage.FILE_BYTES_MAX) + PDF[-6:]), status=413)
    assert answer["errors"][0]["error"].startswith("The file is larger than 50 MB.")
    assert stored(app) == []


def test_a_browser_may_do_nothing_with_a_file(app: Flask, editor: Browser, write: Write) -> None:
    about = sent(editor)
    write(kk="Бұйрық", body=linked(about))
    answer = Browser(app).raw(about["url"])
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert set(str(answer.headers["Cache-Control"]).split(", ")) == {"private", "no-cache"}
    assert Browser(app).raw(about["url"], If_None_Match=answer.headers["ETag"]).status_code == 304
    assert Browser(app).raw(about["url"], Range="bytes=0-3").data == b"%PDF"


def test_strangers_have_a_file_only_while_a_public_text_links_to_it(
    app: Flask, editor: Browser, write: Write, pass_time: PassTime
) -> None:
    about, stranger = sent(editor), Browser(app)
    assert stranger.raw(about["url"]).status_code == 404
    post = write(kk="Жоспарланған", body=linked(about), published=timedelta(hours=1))
    write(ru="Черновик", body=linked(about), published=None)
    assert stranger.raw(about["url"]).status_code == 404
    assert editor.raw(about["url"].replace("/files", "/kk/staff/files/content")).status_code == 200
    pass_time(3601)
    assert stranger.raw(about["url"]).status_code == 200
    with app.app_context():
        db.session.get_one(Post, post).translations["kk"].withdraw()
        db.session.commit()
    assert stranger.raw(about["url"]).status_code == 404
    assert stranger.raw(f"/files/{'0' * 20}").status_code == 404


def test_a_page_and_a_menu_make_a_file_public_as_long_as_they_are(app: Flask) -> None:
    admin, reader = Browser(app), Browser(app)
    admin.sign_in("admin")
    about = sent(admin)
    form = admin.get("/en/staff/site/pages/new")
    admin.submit(form, "Save", {"kk-name": "Ережелер", "kk-body": linked(about), "slug": "erezhe"})
    assert reader.raw(about["url"]).status_code == 404
    page = admin.get(admin.get("/en/staff/site/pages/").links()["Ережелер"])
    admin.submit(page, "Save", {"place": "address"})
    assert reader.raw(about["url"]).status_code == 200
    assert "(PDF, 1\u00a0КБ)" in reader.get("/kk/pages/erezhe").html
    replace(admin, about, "b.docx", office("docx"))
    assert "(DOCX, 1\u00a0КБ)" in reader.get("/kk/pages/erezhe").html
    shown = admin.get(f"/en/staff/files/{about['id']}")
    assert admin.get(shown.links()["Ережелер"]).html.count(about["url"])
    assert "The file is used" in admin.get(f"/en/staff/files/{about['id']}/deletion").text()
    assert "Used in 1 place" in admin.get("/en/staff/files").text()
    admin.submit(admin.get(shown.links()["Ережелер"]), "Save", {"place": ""})
    assert reader.raw(about["url"]).status_code == 404
    link = admin.get("/en/staff/site/links/new")
    admin.submit(link, "Save", {"kk-name": "Бұйрық", "ru-name": "Приказ", "en-name": "Order", "address": about["url"]})
    assert reader.raw(reader.get("/kk/").links()["Бұйрық"]).status_code == 200


def test_an_unseen_change_makes_no_file_public_and_lets_none_be_deleted(
    app: Flask, editor: Browser, write: Write
) -> None:
    about, post = sent(editor), write(kk="Бұйрық")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"kk-body": linked(about)})
    assert Browser(app).raw(about["url"]).status_code == 404
    assert "Бұйрық" in editor.get(f"/en/staff/files/{about['id']}").links()
    assert "The file is used" in editor.get(f"/en/staff/files/{about['id']}/deletion").text()
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Update on the site")
    assert Browser(app).raw(about["url"]).status_code == 200


def test_a_file_in_a_draft_that_is_not_saved_yet_stays(editor: Browser, write: Write) -> None:
    about, post = sent(editor), write(kk="Бұйрық")
    page = editor.get(f"/en/staff/posts/{post}")
    fields = page.fields(page.form("Save")[0]) | {"kk-body": linked(about)}
    editor.client.post(f"/en/staff/posts/{post}/draft", data=fields)
    assert "drafts that are not saved yet" in editor.get(f"/en/staff/files/{about['id']}/deletion").text()


def test_a_replaced_file_keeps_its_address_and_the_version_before(app: Flask, editor: Browser, write: Write) -> None:
    about, reader = sent(editor), Browser(app)
    write(kk="Бұйрық", body=linked(about))
    assert "(PDF, 1\u00a0КБ)" in reader.get("/kk/posts/buyryq").html
    assert "(PDF, 1&#160;КБ)" in reader.raw("/kk/feed.atom").get_data(as_text=True).replace("\u00a0", "&#160;")
    page = replace(editor, about, "жаңа.docx", office("docx", {"a": bytes(3_000_000)}))
    assert "Its address is the same" in page.text()
    assert reader.raw(about["url"]).mimetype == KINDS["docx"][1]
    assert "(DOCX, " in reader.get("/kk/posts/buyryq").html
    assert "(DOCX, " in reader.raw("/kk/feed.atom").get_data(as_text=True)
    earlier = [href for words, href in page.links().items() if words == "a.pdf"]
    assert editor.raw(earlier[0]).data == PDF
    assert reader.raw(earlier[0]).status_code in (302, 401)
    with app.app_context():
        assert db.session.query(Act).filter_by(kind="file.replaced").count() == 1
    assert "The file is damaged" in replace(editor, about, "x.pdf", PDF[:-20]).text()
    assert reader.raw(about["url"]).mimetype == KINDS["docx"][1]


def test_a_file_that_is_used_stays_and_a_deleted_one_is_gone(app: Flask, editor: Browser, write: Write) -> None:
    about, other = sent(editor), sent(editor, office("docx"), "b.docx")
    post = write(kk="Бұйрық", body=linked(about))
    page = editor.get(f"/en/staff/files/{about['id']}")
    assert "Бұйрық" in page.links()
    assert "Delete the file" not in page.links()
    assert "The file is used, so it stays." in editor.get(f"/en/staff/files/{about['id']}/deletion").text()
    with app.app_context():
        db.session.delete(db.session.get_one(Post, post))
        db.session.commit()
    editor.submit(editor.get(f"/en/staff/files/{about['id']}/deletion"), "Delete for good")
    assert Browser(app).raw(about["url"]).status_code == 410
    assert editor.raw(f"/en/staff/files/{about['id']}").status_code == 404
    assert [name.split(".")[1] for name in stored(app)] == ["docx"]
    assert editor.raw(other["url"].replace("/files", "/en/staff/files/content")).status_code == 200


def test_a_title_in_each_language_is_the_words_of_new_links(editor: Browser) -> None:
    about = sent(editor, PDF, "buiryq-115.pdf")
    page = editor.get(f"/en/staff/files/{about['id']}")
    editor.submit(page, "Save", {"kk": "№ 115 бұйрық", "ru": "Приказ № 115"})
    [found] = editor.raw("/kk/staff/files.json?q=приказ").json["files"]  # type: ignore[index]
    assert found["title"] == {
        "kk": ["kk", "№ 115 бұйрық"],
        "ru": ["ru", "Приказ № 115"],
        "en": ["ru", "Приказ № 115"],
    }
    assert found["about"] == "PDF, 1\u00a0КБ"
    assert "Приказ № 115" in editor.get("/en/staff/files").links()
    assert editor.raw("/kk/staff/files.json?q=жоқ").json == {"files": []}
    again = editor.submit(page, "Save", {"en": "Order"}, 409)
    assert "somebody else changed this" in again.text()
    editor.submit(page, "Save", {"en": "x" * 201}, 422)


def test_authors_change_their_own_files_until_readers_have_them(editor: Browser, author: Browser, write: Write) -> None:
    own, theirs = sent(author), sent(editor, office("docx"), "b.docx")
    author.submit(author.get(f"/en/staff/files/{own['id']}"), "Save", {"en": "Mine"})
    assert author.raw(f"/en/staff/files/{theirs['id']}/deletion").status_code == 403
    write(kk="Бұйрық", body=linked(own))
    assert "Only an editor changes this file" in author.get(f"/en/staff/files/{own['id']}").text()


def test_the_same_file_is_there_once(app: Flask, editor: Browser) -> None:
    assert sent(editor)["id"] == sent(editor, PDF, "again.pdf")["id"]
    assert len(stored(app)) == 1


def test_an_address_with_the_sites_name_is_a_link_to_the_file_too(app: Flask, editor: Browser, write: Write) -> None:
    about = sent(editor)
    write(kk="Бұйрық", body=f'<p><a href="https://blog.example.kz{about["url"]}?x">Бұйрық</a></p>')
    assert Browser(app).raw(about["url"]).status_code == 200


def test_feed_readers_get_the_files_address_with_type_and_size(app: Flask, editor: Browser, write: Write) -> None:
    about = sent(editor)
    write(kk="Бұйрық", body=linked(about))
    [entry] = feedparser.parse(Browser(app).raw("/kk/feed.rss").data).entries
    assert f'{about["url"]}">Бұйрық</a> <small>(PDF, 1\u00a0КБ)</small>' in entry.content[0].value


@pytest.mark.parametrize("room", [0, 100])
def test_a_full_disk_leaves_nothing(tmp_path: Path, room: int) -> None:
    with storage.lock(tmp_path), room_in_files(room), pytest.raises(RefusedError, match="disk"):
        storage.store_document(tmp_path, io.BytesIO(PDF))
    assert [path for path in (tmp_path / storage.DOCUMENTS).rglob("*") if path.is_file()] == []


def test_what_a_killed_upload_left_is_in_nobodys_way(tmp_path: Path) -> None:
    place = tmp_path / storage.DOCUMENTS
    place.mkdir()
    (place / "new").write_bytes(PDF[:50])
    with storage.lock(tmp_path):
        name = storage.store_document(tmp_path, io.BytesIO(PDF))
    assert [path.name for path in place.rglob("*") if path.is_file()] == [name]
    assert storage.path_of(tmp_path, name).read_bytes() == PDF


def test_a_backup_has_the_files_and_brings_them_back(app: Flask, editor: Browser, tmp_path: Path) -> None:
    sent(editor)
    said = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "b.zip")]).output
    assert "is complete" in said
    assert "lacks" not in said
    [name], new = stored(app), tmp_path / "new"
    done(flask(new, "restore", str(tmp_path / "b.zip")))
    assert storage.path_of(new / "media", name).read_bytes() == PDF
    assert "Pictures and files: no faults" in done(flask(new, "check"))
    storage.path_of(Path(app.instance_path) / "media", name).unlink()
    said = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "c.zip")]).output
    assert f"The backup lacks {name}" in said
