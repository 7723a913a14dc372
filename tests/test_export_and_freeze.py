"""Everything out again: as JSON Lines, and as files for a web server."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from flask import Flask

from kariu_blog.database import db
from kariu_blog.media.file_models import File
from kariu_blog.media.files import Files
from kariu_blog.media.models import Picture
from kariu_blog.old_site.models import OldAddress, OldMedia
from kariu_blog.posts.post import Post
from tests.support.bare_servers import does_answer, free_port
from tests.support.browsing import Browser
from tests.support.cast import Write
from tests.support.disturbing import HOST
from tests.support.editor import eventually
from tests.support.files import PDF, sent
from tests.support.serving import Site

MANUAL = Path(__file__).parent.parent / "docs" / "operating.md"


def run(app: Flask, *arguments: str) -> str:
    answer = app.test_cli_runner().invoke(args=list(arguments))
    assert answer.exit_code == 0, answer.output
    return str(answer.output)


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_an_export_has_every_text_picture_and_name_but_nobody_s_account(demo: Flask, tmp_path: Path) -> None:
    run(demo, "export", str(tmp_path / "out"))
    posts = {row["id"]: row for row in lines(tmp_path / "out" / "posts.jsonl")}
    with demo.app_context():
        for post in db.session.query(Post):
            exported: dict[str, dict[str, str]] = posts[post.id]["translations"]  # type: ignore[assignment]
            assert {code: text.body for code, text in post.translations.items()} == {
                code: text["body"] for code, text in exported.items()
            }
        pictures = [picture.files.name for picture in db.session.query(Picture).all()]
    assert sorted(path.name for path in (tmp_path / "out" / "media").iterdir()) == sorted(set(pictures))
    everything = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").glob("*.jsonl"))
    assert "password" not in everything
    assert "other-author" not in everything


def test_an_export_has_files_and_what_is_said_of_pictures(app: Flask, editor: Browser, tmp_path: Path) -> None:
    about = sent(editor)
    with app.app_context():
        picture = Picture.of(Files("0a" * 10, 1600, 1067, "jpg"), 1000, "x.jpg", None)
        db.session.add(picture)
        picture.describe({"kk": "Қар"}, "caption")
        picture.describe({"kk": "А. Әлиев"}, "credit")
        db.session.commit()
    run(app, "export", str(tmp_path / "out"))
    [file], [shown] = (lines(tmp_path / "out" / f"{name}.jsonl") for name in ("files", "pictures"))
    assert file["address"] == about["url"]
    assert [path.read_bytes() for path in (tmp_path / "out" / "media").glob("*.pdf")] == [PDF]
    assert "a.pdf" in str(file["versions"])
    assert (shown["captions"], shown["credits"]) == ({"kk": "Қар"}, {"kk": "А. Әлиев"})


@pytest.mark.slow
def test_a_frozen_site_has_the_same_bytes_under_the_same_addresses(
    browse_demo: Browser, demo: Flask, tmp_path: Path
) -> None:
    folder = tmp_path / "frozen"
    run(demo, "freeze", str(folder))
    for path, file in (
        ("/kk/feed.rss", "kk/feed.rss"),
        ("/ru/categories/news/feed.atom", "ru/categories/news/feed.atom"),
        ("/en/", "en/index.html"),
        (
            "/en/posts/half-a-century-behind-us-and-the-road-ahead",
            "en/posts/half-a-century-behind-us-and-the-road-ahead.html",
        ),
        ("/robots.txt", "robots.txt"),
        ("/sitemap.xml", "sitemap.xml"),
    ):
        assert (folder / file).read_bytes() == browse_demo.raw(path).get_data()
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert any(name.startswith("media/") and name.endswith(".jpg") for name in names)
    assert any(name.startswith("static/") and name.endswith(".css") for name in names)
    assert not any("staff" in name for name in names)


@pytest.mark.slow
def test_a_site_is_frozen_again_only_where_it_has_changed(demo: Flask, tmp_path: Path) -> None:
    folder = str(tmp_path / "frozen")
    run(demo, "freeze", folder)
    assert ", 0 of them changed, 0 removed" in run(demo, "freeze", folder)
    with demo.app_context():
        post = db.session.query(Post).filter(Post.listed_at.is_not(None)).first()
        assert post is not None
        post.trash()
        db.session.commit()
    said = run(demo, "freeze", folder)
    assert ", 0 removed" not in said
    assert ", 0 of them changed" not in said


@contextmanager
def nginx(frozen: Path, folder: Path) -> Iterator[str]:
    """Serve a frozen site by the settings of the operator's manual, and yield its origin."""
    block = re.search(r"^    map_hash.*?^    }$", MANUAL.read_text(encoding="utf-8"), re.S | re.M)
    assert block is not None
    port = free_port()
    settings = block[0].replace("/srv/frozen", str(frozen)).replace("server {", f"server {{ listen {HOST}:{port};")
    temporary = "".join(f"{kind}_temp_path {folder}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    http = f"include /etc/nginx/mime.types; access_log off; {temporary} {settings}"
    (folder / "conf").write_text(f"user root; daemon off; pid {folder}/pid; events {{}} http {{ {http} }}")
    process = subprocess.Popen(["nginx", "-e", "stderr", "-c", str(folder / "conf")])
    eventually(lambda: does_answer(Site(f"http://{HOST}:{port}", folder, process, {})))
    yield f"http://{HOST}:{port}"
    process.terminate()
    process.wait()


@pytest.mark.server
@pytest.mark.skipif(which("nginx") is None, reason="nginx is not on this machine: apt-get install nginx")
def test_nginx_serves_a_frozen_site_with_its_documents_and_old_addresses(
    app: Flask, editor: Browser, write: Write, tmp_path: Path
) -> None:
    write(en="Open day", body=f'<p><a href="{sent(editor)["url"]}">Order</a></p>')
    with app.app_context():
        address = db.session.query(File).one().address
        db.session.add(OldAddress(key="/2015/03/ашық-есік", target="/en/posts/open-day"))
        db.session.add(OldMedia(path="2015/03/order.pdf", address=address))
        db.session.commit()
    run(app, "freeze", str(tmp_path / "frozen"))
    with nginx(tmp_path / "frozen", tmp_path) as origin:
        with urlopen(origin + address) as answer:
            assert (answer.headers["Content-Type"], answer.read()) == ("application/pdf", PDF)
            assert answer.headers["Content-Disposition"] == "attachment; filename=a.pdf"
        for old in (f"/2015/03/{quote('ашық-есік')}/?lang=en", f"/2015/03/{quote('ашық-есік').lower()}"):
            assert urlopen(origin + old).url == f"{origin}/en/posts/open-day"
        assert urlopen(f"{origin}/wp-content/uploads/2015/03/order.pdf").url == origin + address
        assert urlopen(f"{origin}/feeds.opml").headers["Content-Type"] == "text/x-opml"
