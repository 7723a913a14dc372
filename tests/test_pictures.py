"""Pictures: what is taken, what is made of it, what is refused, and who may do what."""

import io
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db
from kariu_blog.media import storage
from kariu_blog.media.models import Picture
from kariu_blog.posts.post import PostTranslation
from tests.support import drawing
from tests.support.browsing import Browser, Page
from tests.support.cast import SITE, PassTime, Write
from tests.support.pictures import ALTS, cover, describe, files_of, send, sent, token


def refusal(browser: Browser, data: bytes, name: str = "a.jpg", status: int = 422) -> str:
    answer = send(browser, (name, data), status=status)
    assert answer["pictures"] == []
    assert answer["errors"][0]["name"] == name
    return str(answer["errors"][0]["error"])


def opened(browser: Browser, address: str) -> Image.Image:
    return Image.open(io.BytesIO(browser.raw(address).data))


def is_like(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 25 for a, b in zip(pixel[:3], colour, strict=True))


KINDS = {
    "jpeg": (drawing.jpeg(), "JPEG"),
    "png": (drawing.encoded(drawing.drawing(), "PNG"), "JPEG"),
    "webp": (drawing.encoded(drawing.drawing(), "WEBP", lossless=True), "JPEG"),
    "avif": (drawing.encoded(drawing.drawing(), "AVIF", quality=95), "JPEG"),
    "heic": (drawing.encoded(drawing.drawing(), "HEIF", quality=95), "JPEG"),
    "gif that moves": (drawing.moving(), "JPEG"),
    "colour profile": (drawing.with_colour_profile(), "JPEG"),
    "broken colour profile": (drawing.jpeg(icc_profile=b"nonsense" * 20), "JPEG"),
    "four colours of print": (drawing.encoded(drawing.drawing(mode="CMYK"), "JPEG", quality=95), "JPEG"),
    "palette": (drawing.encoded(drawing.drawing().quantize(8), "PNG"), "JPEG"),
    "transparent": (drawing.transparent(), "PNG"),
    "a polyglot": (drawing.polyglot(), "JPEG"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_becomes_a_file_of_ours_that_looks_the_same(editor: Browser, kind: str) -> None:
    source, format = KINDS[kind]
    about = sent(editor, source, "picture.jpg")
    served = editor.raw(about["url"])
    picture = Image.open(io.BytesIO(served.data))
    assert picture.format == format
    assert served.content_type == f"image/{format.lower()}"
    assert picture.size == (about["width"], about["height"]) == (60, 40)
    rgb = picture.convert("RGB")
    assert is_like(rgb.getpixel((10, 20)), drawing.RED)
    assert is_like(rgb.getpixel((50, 20)), drawing.BLUE)
    assert is_like(rgb.getpixel((30, 2)), drawing.GREEN)
    assert b"script" not in served.data


def test_transparency_stays_and_sixteen_bits_become_eight(editor: Browser) -> None:
    clear = opened(editor, sent(editor, drawing.transparent())["url"])
    assert (clear.mode, clear.getpixel((30, 35))[3]) == ("RGBA", 0)  # type: ignore[index]
    assert sent(editor, drawing.palette_with_transparency())["url"].endswith(".png")
    grey = opened(editor, sent(editor, drawing.grey_of_sixteen_bits())["url"])
    assert is_like(grey.convert("RGB").getpixel((30, 20)), (128, 128, 128))


def test_a_picture_from_a_telephone_stands_upright_and_tells_nothing_of_where_it_was_taken(
    app: Flask, editor: Browser
) -> None:
    source = drawing.from_a_telephone()
    assert Image.open(io.BytesIO(source)).getexif().get_ifd(0x8825)
    about = sent(editor, source)
    assert (about["width"], about["height"]) == (300, 400)
    for name in files_of(app):
        picture = opened(editor, f"/media/{name}")
        assert not picture.getexif()
        assert not {"exif", "icc_profile", "comment", "xmp"} & set(picture.info)
        assert is_like(picture.convert("RGB").getpixel((picture.width // 2, 5)), drawing.GREEN)
        assert b"KarIU Phone" not in editor.raw(f"/media/{name}").data


def test_a_colour_profile_is_turned_into_what_the_web_takes_for_granted(editor: Browser) -> None:
    profile = drawing.profile_with_red_and_blue_exchanged()
    source = drawing.encoded(drawing.drawing(), "PNG", icc_profile=profile)
    picture = opened(editor, sent(editor, source)["url"])
    assert "icc_profile" not in picture.info
    assert not is_like(picture.convert("RGB").getpixel((10, 20)), drawing.RED)
    assert is_like(picture.convert("RGB").getpixel((10, 20)), (30, 30, 200))


def test_variants_are_made_once_in_every_width_and_never_larger(app: Flask, editor: Browser) -> None:
    about = sent(editor, drawing.jpeg(2000, 1500))
    assert (about["width"], about["height"]) == (1600, 1200)
    stem = about["url"].removeprefix("/media/").split("-")[0]
    expected = {f"{stem}-{width}.{suffix}" for width in (480, 960, 1600) for suffix in ("avif", "webp", "jpg")}
    assert set(files_of(app)) == expected - {f"{stem}-1600.jpg"} | {f"{stem}-1600x1200.jpg"}
    for name in expected - {f"{stem}-1600.jpg"}:
        assert opened(editor, f"/media/{name}").width == int(name.split("-")[1].split(".")[0])
    small = sent(editor, drawing.jpeg(100, 50))["url"].removeprefix("/media/")
    assert {name for name in files_of(app) if name.startswith(small[:20])} == {
        small,
        f"{small[:20]}-100.avif",
        f"{small[:20]}-100.webp",
    }
    assert sent(editor, drawing.jpeg(100, 20_000))["height"] == 9999


def test_the_same_picture_is_there_once(app: Flask, editor: Browser) -> None:
    first = sent(editor, drawing.jpeg(), "one.jpg")
    before = files_of(app)
    again = send(editor, ("two.jpg", drawing.jpeg()), ("three.png", drawing.jpeg(comment=b"other bytes")))
    assert [picture["id"] for picture in again["pictures"]] == [first["id"]]
    assert files_of(app) == before
    with app.app_context():
        assert db.session.query(Picture).count() == 1


FLAT = b"".join(b"\0" + bytes(drawing.RED) * 8 for _ in range(8))
GREYS = b"".join(b"\0" + struct.pack(">8H", *[0x1234] * 4, *[0xFFFF] * 4) for _ in range(8))
COLOURS = b"".join(b"\0" + struct.pack(">24H", *[0x1234, 0x5678, 0x9ABC] * 4, *[0xFFFF] * 12) for _ in range(8))
DISPLAY_P3, PQ, HLG = (12, 13), (9, 16), (9, 18)


def in_code_points(primaries: int, transfer: int, format: str) -> bytes:
    """A red picture that says which red is meant by numbers alone."""
    if format == "PNG":
        return drawing.png_of([(b"cICP", bytes([primaries, transfer, 0, 1]))], rows=FLAT)
    red = Image.new("RGB", (8, 8), drawing.RED)
    if format == "HEIF":
        names = {"color_primaries": primaries, "transfer_characteristics": transfer}
        return drawing.encoded(red, "HEIF", quality=95, save_nclx_profile=True, **names)
    source = drawing.encoded(red, "AVIF", quality=95)
    place = source.index(b"colrnclx") + 8
    return source[:place] + struct.pack(">HH", primaries, transfer) + source[place + 4 :]


@pytest.mark.parametrize("format", ["PNG", "HEIF", "AVIF"])
def test_colours_that_are_named_by_numbers_are_shown_as_meant(editor: Browser, format: str) -> None:
    picture = opened(editor, sent(editor, in_code_points(*DISPLAY_P3, format))["url"]).convert("RGB")
    red = picture.getpixel((4, 4))
    assert red[0] > drawing.RED[0] + 10  # type: ignore[index]
    assert is_like(red, (min(255, drawing.RED[0] + 20), 0, 10))
    for bright in (PQ, HLG):
        assert "This picture is in HDR (PQ or HLG)" in refusal(editor, in_code_points(*bright, format))


def test_gamma_is_that_of_the_file(editor: Browser) -> None:
    linear = drawing.png_of([(b"gAMA", struct.pack(">I", 100_000))], rows=FLAT)
    picture = opened(editor, sent(editor, linear)["url"]).convert("RGB")
    expected = tuple(round(255 * (value / 255) ** (1 / 2.2)) for value in drawing.RED)
    assert is_like(picture.getpixel((4, 4)), expected)
    usual = drawing.png_of([(b"gAMA", struct.pack(">I", 45_455))], rows=FLAT)
    assert is_like(opened(editor, sent(editor, usual)["url"]).convert("RGB").getpixel((4, 4)), drawing.RED)


@pytest.mark.parametrize(
    "source",
    [
        drawing.png_of([(b"tRNS", struct.pack(">H", 0x1234))], rows=GREYS, bits=16, colour=0),
        drawing.png_of([(b"tRNS", struct.pack(">3H", 0x1234, 0x5678, 0x9ABC))], rows=COLOURS, bits=16),
        drawing.png_of([(b"tRNS", struct.pack(">H", 3))], rows=b"\0\x33\x33\xff\xff" * 8, bits=4, colour=0),
        drawing.png_of([(b"tRNS", struct.pack(">H", 0))], rows=b"\0\x0f" * 8, bits=1, colour=0),
    ],
)
def test_a_colour_of_any_depth_can_be_transparent(editor: Browser, source: bytes) -> None:
    picture = opened(editor, sent(editor, source)["url"])
    assert picture.getpixel((1, 4))[3] == 0  # type: ignore[index]
    assert picture.getpixel((6, 4)) == (255, 255, 255, 255)


@pytest.mark.parametrize(
    "source",
    [
        drawing.png_of([(b"tEXt", b"Comment\0" + b"x" * 3_000_000), (b"zTXt", b"\xff" * 99)], rows=FLAT),
        drawing.png_of([(b"eXIf", b"no EXIF"), (b"iCCP", b"no profile")], rows=FLAT),
        drawing.png_of([(b"tIME", b"?")], rows=FLAT).replace(drawing.chunk(b"tIME", b"?")[-4:], b"????"),
        drawing.png_of([], rows=FLAT)[:-12],
        drawing.jpeg(comment=b"x" * 60_000),
        drawing.jpeg()[:-2],
        drawing.jpeg()[:-1],
        drawing.encoded(drawing.drawing(), "JPEG", quality=90, progressive=True)[:-2],
    ],
)
def test_what_is_thrown_away_anyway_refuses_no_picture(editor: Browser, source: bytes) -> None:
    picture = opened(editor, sent(editor, source)["url"]).convert("RGB")
    assert is_like(picture.getpixel((picture.width // 6, picture.height // 2)), drawing.RED)


def test_damaged_notes_of_a_camera_do_not_lay_a_picture_on_its_side(editor: Browser) -> None:
    about = sent(editor, drawing.jpeg(100, 50, exif=drawing.odd_exif(6)))
    assert (about["width"], about["height"]) == (50, 100)


def test_a_long_poster_stays_readable(editor: Browser) -> None:
    about = sent(editor, drawing.jpeg(1080, 6000))
    assert (about["width"], about["height"]) == (1080, 6000)


@pytest.mark.slow
def test_a_telephones_fifty_megapixels_are_taken(editor: Browser) -> None:
    wide = Image.new("RGB", (8192, 6144), drawing.RED)
    assert sent(editor, drawing.encoded(wide, "JPEG", quality=50))["width"] == 1600
    assert "more than 50 megapixels" in refusal(editor, drawing.png_header_of(8192, 8192))


REFUSED = {
    "nothing": (b"", "The file is empty."),
    "zero bytes": (b"\0" * 5000, "This is no picture that can be read"),
    "a drawing of vectors": (drawing.SVG, "This is no picture that can be read"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "This is no picture that can be read"),
    "cut off": (drawing.jpeg(400, 300)[:-3000], "This is no picture that can be read"),
    "cut off png": (drawing.encoded(drawing.drawing(400, 300), "PNG")[:-400], "This is no picture that can be read"),
    "cut off webp": (drawing.encoded(drawing.drawing(400, 300), "WEBP")[:-200], "This is no picture that can be read"),
    "cut off heic": (drawing.encoded(drawing.drawing(400, 300), "HEIF")[:-400], "This is no picture that can be read"),
    "a hundred megapixels": (drawing.png_header_of(10_000, 10_000), "more than 50 megapixels"),
    "a kind not taken": (drawing.encoded(drawing.drawing(), "BMP"), "This is no picture that can be read"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_picture_gets_a_sentence_and_leaves_nothing(app: Flask, editor: Browser, kind: str) -> None:
    source, sentence = REFUSED[kind]
    assert sentence in refusal(editor, source)
    assert files_of(app) == []
    with app.app_context():
        assert db.session.query(Picture).count() == 0


MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print("", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_a_bomb_costs_no_memory(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MEASURE, sys.executable, "-I", str(storage.ENCODER), str(tmp_path), "480"]
    peaks = []
    for source in (drawing.jpeg(1, 1), drawing.png_header_of(10_000, 10_000)):
        output = subprocess.run(command, input=source, stdout=subprocess.PIPE, check=True).stdout
        peaks.append(int(output.split()[-1]))
    assert peaks[1] < peaks[0] * 1.2


def test_several_at_once_and_each_refused_one_is_named(editor: Browser) -> None:
    big = ("big.jpg", b"x" * (storage.BYTES_MAX + 1))
    answer = send(editor, ("good.png", drawing.jpeg()), ("Жаман.jpg", b"x"), big)
    assert [picture["name"] for picture in answer["pictures"]] == ["good.png"]
    assert [error["name"] for error in answer["errors"]] == ["Жаман.jpg", "big.jpg"]
    assert "larger than 20 MB" in answer["errors"][1]["error"]
    assert "larger than 20 MB" in refusal(editor, big[1], big[0], status=413)


def post_form(browser: Browser, *files: tuple[str, bytes]) -> Page:
    answer = browser.client.post(
        "/ru/staff/pictures",
        data={"csrf_token": token(browser), "files": [(io.BytesIO(data), name) for name, data in files]},
        follow_redirects=True,
    )
    return browser._page(answer, 200)


@pytest.mark.slow
def test_without_scripts_the_form_leads_to_the_picture_and_names_what_is_refused(editor: Browser) -> None:
    page = post_form(editor, ("Сурет.jpg", drawing.jpeg()))
    assert page.path == "/ru/staff/pictures/1"
    assert "В медиатеку добавлено 1 изображение." in page.text()
    page = post_form(editor, ("Сурет.jpg", drawing.jpeg(61)), ("Құжат.pdf", b"%PDF-1.7"))
    assert page.path == "/ru/staff/pictures"
    assert "Құжат.pdf Этот файл нельзя прочитать как изображение" in page.text()
    page = post_form(editor, *((f"{'Ұзақ атау ' * 20}{number}.jpg", b"x") for number in range(40)))
    assert page.text(page.one("p", role="status")).count("Ұзақ") == 48
    assert "Сначала выберите хотя бы одно изображение." in post_form(editor).text()


def test_more_than_the_site_takes_is_said_in_the_pages_language(editor: Browser) -> None:
    answer = editor.client.post(
        "/ru/staff/pictures",
        input_stream=io.BytesIO(),
        headers={"Accept": "application/json", "X-CSRFToken": token(editor)},
        environ_overrides={"CONTENT_LENGTH": "200000000"},
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    assert "Слишком большой объём" in answer.json["errors"][0]["error"]  # type: ignore[index]


def test_no_other_address_takes_files(editor: Browser) -> None:
    fields = {"csrf_token": token(editor), "a": (io.BytesIO(drawing.jpeg()), "a.jpg")}
    assert editor.client.post("/en/staff/posts/new", data=fields).status_code == 415
    assert editor.client.post("/en/staff/pictures", data="{}", content_type="application/json").status_code == 415


def test_whoever_was_signed_out_is_told_to_sign_in(app: Flask, editor: Browser) -> None:
    with app.app_context():
        db.session.query(Staff).filter_by(username="editor").one().fs_uniquifier = "another"
        db.session.commit()
    data = {"files": (io.BytesIO(drawing.jpeg() + b"x" * 3_000_000), "a.jpg")}
    answer = editor.client.post("/ru/staff/pictures", data=data, headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert "сеанс завершён" in answer.json["errors"][0]["error"]  # type: ignore[index]
    data = {"files": (io.BytesIO(drawing.jpeg()), "a.jpg")}
    assert "/ru/staff/login" in (editor.client.post("/ru/staff/pictures", data=data).location or "")
    answer = editor.client.post(
        "/ru/staff/pictures",
        environ_overrides={"CONTENT_LENGTH": "200000000"},
        content_type="multipart/form-data; boundary=x",
    )
    assert "/ru/staff/login" in (answer.location or "")
    assert files_of(app) == []


def test_strangers_pictures_are_not_read(app: Flask, browse: Browser) -> None:
    data = {"files": (io.BytesIO(drawing.jpeg()), "a.jpg")}
    assert "/ru/staff/login" in (browse.client.post("/ru/staff/pictures", data=data).location or "")
    data = {"files": (io.BytesIO(drawing.jpeg() + b"x" * 3_000_000), "a.jpg")}
    assert browse.client.post("/ru/staff/pictures", data=data).status_code == 401
    assert files_of(app) == []


@pytest.mark.parametrize(
    ("language", "words"), [("kk", "Сеансыңыз аяқталды"), ("ru", "сеанс завершён"), ("en", "session")]
)
def test_a_script_without_a_session_is_told_to_sign_in(browse: Browser, language: str, words: str) -> None:
    answer = browse.raw(f"/{language}/staff/pictures.json")
    assert answer.status_code == 401
    assert words in answer.json["errors"][0]["error"]  # type: ignore[index]
    answer = browse.raw(f"/{language}/staff/", Accept="application/json")
    assert (answer.status_code, answer.mimetype) == (401, "application/json")


def test_a_missing_token_is_refused_for_scripts_as_well(app: Flask, editor: Browser) -> None:
    for headers in ({}, {"Accept": "application/json"}):
        data = {"files": (io.BytesIO(drawing.jpeg()), "a.jpg")}
        assert editor.client.post("/en/staff/pictures", data=data, headers=headers).status_code == 400
    assert files_of(app) == []


def test_files_without_a_picture_are_removed_after_a_day(app: Flask, editor: Browser) -> None:
    sent(editor, drawing.jpeg())
    kept, folder = files_of(app), Path(app.instance_path) / "media" / "1b"
    folder.mkdir()
    old, new = folder / f"{'1b' * 10}-480.avif", folder / f"{'1b' * 10}-480.webp"
    for path in (old, new):
        path.write_bytes(b"x")
    for path in (old, *(path for path in folder.parent.glob("??/*") if path != new)):
        os.utime(path, (0, 0))
    flask = app.test_cli_runner()
    said = f"{old.name}\nFiles without a row, older than a day: 1"
    assert flask.invoke(args=["media", "tidy", "--dry-run"]).output == f"{said}.\n"
    assert sorted(files_of(app)) == sorted([*kept, old.name, new.name])
    assert flask.invoke(args=["media", "tidy"]).output == f"{said}, removed.\n"
    assert sorted(files_of(app)) == sorted([*kept, new.name])


def test_a_file_is_served_for_ever_and_only_by_a_name_of_ours(app: Flask, editor: Browser) -> None:
    address = sent(editor, drawing.jpeg())["url"]
    stranger = Browser(app)
    whole = stranger.raw(address)
    assert set((whole.headers["Cache-Control"] or "").split(", ")) == {"public", "max-age=31536000", "immutable"}
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in whole.headers
    head = stranger.raw(address, "HEAD")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.data))
    assert stranger.raw(address, If_None_Match=whole.headers["ETag"]).status_code == 304
    assert editor.raw(address, If_None_Match=whole.headers["ETag"]).status_code == 304
    (Path(app.instance_path) / "media" / "ev").mkdir(exist_ok=True)
    (Path(app.instance_path) / "media" / "ev" / "evil.html").write_text("<script>")
    wrong = ("evil.html", ".lock", "..%2fsecret_key", address[7:].replace("jpg", "png"), "0" * 20 + "-60x40.jpg", "")
    for name in wrong:
        assert stranger.raw(f"/media/{name}").status_code == 404, name


@pytest.fixture
def covered(app: Flask, editor: Browser, write: Write) -> tuple[int, Any]:
    """A public post with a described cover, and a picture in its Kazakh text."""
    about = sent(editor, drawing.jpeg(1000, 800))
    body = f'<p>Мәтін</p><figure><img src="{about["url"]}" alt="Мәтінде"><figcaption>Жазуы</figcaption></figure>'
    post = write(kk="Мұқабасы бар", summary="Қысқаша", body=body)
    cover(app, post, about["id"])
    describe(editor, about["id"], 200, **ALTS, focus_x="20", focus_y="50")
    return post, about


def test_a_cover_is_shown_at_once_and_pictures_of_the_text_when_they_are_scrolled_to(
    app: Flask, covered: tuple[int, Any]
) -> None:
    _post, about = covered
    page = Browser(app).get("/kk/posts/muqabasy-bar")
    first, second = page.one("article").iter("img")
    assert (first.get("alt"), first.get("fetchpriority"), first.get("loading")) == (ALTS["kk"], "high", None)
    assert "fx2" in first.get("class")
    assert (second.get("alt"), second.get("loading")) == ("Мәтінде", "lazy")
    for image in (first, second):
        assert (image.get("src"), image.get("width"), image.get("height")) == (about["url"], "1000", "800")
        sources = [child for child in page.parents[image] if child.tag == "source"]
        assert [source.get("type") for source in sources] == ["image/avif", "image/webp"]
        for source in sources:
            for candidate in source.get("srcset").split(", "):
                address, width = candidate.split()
                assert opened(Browser(app), address).width == int(width.removesuffix("w"))
    metas = {meta.get("property"): meta.get("content") for meta in page.all("meta")}
    assert metas["og:image"] == SITE + about["url"]
    assert (metas["og:image:width"], metas["og:image:height"], metas["og:image:alt"]) == ("1000", "800", ALTS["kk"])
    assert SITE + about["url"] in Browser(app).raw("/sitemap.xml").get_data(as_text=True)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_list_shows_small_covers_described_in_the_pages_language(
    app: Flask, covered: tuple[int, Any], write: Write, language: str
) -> None:
    _post, about = covered
    cover(app, write(kk="Бұрынғы"), about["id"])
    page = Browser(app).get(f"/{language}/categories/news/")
    images = [image for image in page.all("img") if "thumb" in (image.get("class") or "")]
    assert [image.get("loading") for image in images] == [None, "lazy"]
    for image in images:
        assert image.get("alt") == ALTS[language]
        assert opened(Browser(app), image.get("src")).size == (480, 384)
        assert (image.get("width"), image.get("height")) == ("480", "384")
    article = Browser(app).get(f"/{language}/posts/muqabasy-bar")
    shown = next(iter(article.one("article").iter("img")))
    assert (shown.get("alt"), article.language_of(shown)) == (ALTS[language], language)


def test_a_changed_description_or_focus_is_seen_at_once(app: Flask, editor: Browser, covered: tuple[int, Any]) -> None:
    _post, about = covered
    stranger = Browser(app)
    paths = ("/kk/", "/kk/posts/muqabasy-bar", "/kk/categories/news/", "/kk/feed.atom", "/kk/all/feed.json")
    for path in paths:
        assert ALTS["kk"] in stranger.raw(path).get_data(as_text=True), path
    describe(editor, about["id"], kk="Жаңа сипаттама")
    for path in paths:
        assert "Жаңа сипаттама" in stranger.raw(path).get_data(as_text=True), path
    describe(editor, about["id"], focus_x="80")
    for path in paths[:3]:
        assert "fx8" in stranger.raw(path).get_data(as_text=True), path


def test_a_feed_is_invalidated_by_its_own_languages_description_alone(
    editor: Browser, covered: tuple[int, Any], pass_time: PassTime
) -> None:
    _post, about = covered
    pass_time(3)  # a feed has a date when its last change is two seconds old
    dates = {path: editor.raw(path).headers["Last-Modified"] for path in ("/kk/feed.rss", "/ru/feed.rss")}
    describe(editor, about["id"], ru="Иначе", focus_x="30")
    assert {path: editor.raw(path).headers["Last-Modified"] for path in dates} == dates
    describe(editor, about["id"], kk="Басқаша")
    pass_time(3)
    assert editor.raw("/kk/feed.rss").headers["Last-Modified"] != dates["/kk/feed.rss"]


def test_texts_name_only_pictures_of_this_site(app: Flask, write: Write) -> None:
    body = '<p>a<img src="https://evil.test/x.png" alt="x"><img src="/static/mark.svg"><img src="/media/x.svg"></p>'
    write(en="Foreign", body=body)
    with app.app_context():
        assert db.session.query(PostTranslation).one().body == "<p>a</p>"
