"""The files of docs/deploy/: nginx and systemd take them, and the site works behind them."""

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import drawing
from tests.support.editor import Editor, eventually, get
from tests.support.serving import PASSWORD, ROOT, Site, start, stop

pytestmark = pytest.mark.server

DEPLOY = ROOT / "docs" / "deploy"
NAME = "blog.example.kz"
SILENT = 40
"""More clients than the server has threads."""
# In the http block, where Debian's own nginx.conf switches compression on.
AROUND = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 768; }}
http {{
  access_log off; gzip on; gzip_proxied any; gzip_types *;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  include {folder}/site.conf;
}}
"""


def needs(program: str, package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        shutil.which(program) is None, reason=f"{program} is not on this machine: apt-get install {package}"
    )


needs_nginx = needs("nginx", "nginx")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def nginx(folder: Path, plain: int, secure: int, application: str) -> Iterator[None]:
    """nginx with our file, in which only addresses, ports and the certificate are others."""
    certificate, key = folder / "fullchain.pem", folder / "privkey.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    make += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)
    file = (DEPLOY / "nginx.conf").read_text()
    for ours, of_this_test in {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
        "listen [::]:80;": "",  # a machine may have no IPv6
        "listen [::]:443 ssl http2;": "",
        f"/etc/letsencrypt/live/{NAME}/fullchain.pem": str(certificate),
        f"/etc/letsencrypt/live/{NAME}/privkey.pem": str(key),
        NAME: "localhost",
        "http://127.0.0.1:8000": application,
    }.items():
        assert ours in file, ours
        file = file.replace(ours, of_this_test)
    (folder / "site.conf").write_text(file)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    process = subprocess.Popen(["nginx", "-e", "stderr", "-c", str(folder / "nginx.conf")])
    try:
        eventually(lambda: process.poll() is not None or _listens(secure))
        assert process.poll() is None, (folder / "error.log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """nginx's own folder; its certificate is trusted as long as the tests of this file run."""
    folder = tmp_path_factory.mktemp("nginx")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(folder / "fullchain.pem"))
        yield folder


@pytest.fixture(scope="module")
def plain_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site itself, which is known by nginx's address."""
    url = f"https://localhost:{free_port()}"
    site = start(tmp_path_factory.mktemp("instance"), KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_SITE_URL=url)
    yield site
    stop(site)


@pytest.fixture(scope="module")
def front(application: Site, folder: Path, plain_port: int) -> Iterator[Site]:
    """The same site as its readers reach it."""
    url = application.environment["KARIU_SITE_URL"]
    with nginx(folder, plain_port, urlsplit(url).port or 0, application.url):
        yield Site(url, application.output, application.process, application.environment)


def headers_of(site: Site, path: str, **headers: str) -> tuple[int, Message, bytes]:
    asked = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(site.url + path, headers=asked), timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@needs_nginx
@pytest.mark.usefixtures("front")
def test_plain_http_leads_to_the_same_address_over_https(plain_port: int) -> None:
    client = http.client.HTTPConnection("127.0.0.1", plain_port, timeout=20)
    client.request("GET", "/kk/?page=2", headers={"Host": "localhost"})
    answer = client.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, "https://localhost/kk/?page=2")


@needs_nginx
def test_nginx_speaks_http_2(front: Site) -> None:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    where = ("localhost", urlsplit(front.url).port)
    with (
        socket.create_connection(where, timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as client,
    ):
        assert client.selected_alpn_protocol() == "h2"


@needs_nginx
@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_a_page_comes_through_nginx_as_the_site_made_it(application: Site, front: Site, coding: str) -> None:
    for path in ("/kk/", "/ru/feed.atom", "/en/search?q=university"):
        _status, direct, body = headers_of(application, path, Accept_Encoding=coding)
        status, through, same_body = headers_of(front, path, Accept_Encoding=coding)
        assert (status, same_body) == (200, body)
        for name in ("ETag", "Content-Encoding", "Cache-Control", "Content-Length", "Vary"):
            assert through.get_all(name) == direct.get_all(name), f"{name} of {path}"
    for path in ("/kk/", "/ru/feed.atom"):
        etag = headers_of(application, path, Accept_Encoding=coding)[1]["ETag"]
        again, _headers, nothing = headers_of(front, path, Accept_Encoding=coding, If_None_Match=etag)
        assert (again, nothing) == (304, b"")


@needs_nginx
def test_an_editor_signs_in_and_saves(front: Site) -> None:
    editor = Editor(front)
    assert editor.save("Half a century, over HTTPS")
    eventually(lambda: "Half a century, over HTTPS" in get(front, "/en/"))  # on PostgreSQL a moment later


@needs_nginx
def test_pictures_larger_than_nginx_takes_by_itself_are_sent_in(front: Site) -> None:
    editor = Editor(front)
    token = editor.fields(editor.post)["csrf_token"]
    body = b""
    for number in range(3):
        head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{number}.jpg"\r\n\r\n'
        body += head.encode() + drawing.jpeg(60 + number) + bytes(15_000_000) + b"\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Accept": "application/json", "X-CSRFToken": token}
    headers["Referer"] = f"{front.url}/en/staff/pictures"
    request = urllib.request.Request(f"{front.url}/en/staff/pictures", body + b"--x--\r\n", headers)
    with editor.browser.open(request, timeout=60) as answer:
        assert answer.status == 201
        pictures = json.loads(answer.read())["pictures"]
    assert len(pictures) == 3
    for picture in pictures:
        assert headers_of(front, picture["url"])[1]["Content-Type"] == "image/jpeg"


@needs_nginx
def test_clients_that_send_half_a_form_hold_nobody_up(front: Site) -> None:
    context, where = ssl.create_default_context(), ("localhost", urlsplit(front.url).port)
    half = b"POST /kk/staff/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
    half += b"Content-Type: application/x-www-form-urlencoded\r\n\r\nusername="
    silent = []
    for _ in range(SILENT):
        client = context.wrap_socket(socket.create_connection(where, timeout=20), server_hostname="localhost")
        client.sendall(half)
        silent.append(client)
    for _ in range(10):
        assert headers_of(front, "/kk/")[0] == 200
        assert headers_of(front, "/kk/staff/login")[0] == 200
    for client in silent:
        client.close()


@needs_nginx
def test_the_site_is_told_the_readers_address_and_nothing_that_the_reader_claims(tmp_path: Path) -> None:
    class Recorder(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.append(self.headers.get_all("X-Forwarded-For"))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Nothing is written to the console."""

    told: list[list[str] | None] = []
    recorder, port = HTTPServer(("127.0.0.1", 0), Recorder), free_port()
    threading.Thread(target=recorder.serve_forever, daemon=True).start()
    with nginx(tmp_path, free_port(), port, f"http://127.0.0.1:{recorder.server_port}"):
        context = ssl.create_default_context(cafile=str(tmp_path / "fullchain.pem"))
        client = http.client.HTTPSConnection("localhost", port, timeout=20, context=context)
        client.request("GET", "/kk/", headers={"X-Forwarded-For": "192.0.2.7"})
        assert client.getresponse().status == 204
    recorder.shutdown()
    recorder.server_close()
    assert told == [["127.0.0.1"]]


@needs("systemd-analyze", "systemd")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit = (DEPLOY / "kariu-blog.service").read_text()
    flask = Path(sys.executable).with_name("flask")
    here = unit.replace("/opt/kariu-blog/.venv/bin/flask", str(flask)).replace("/opt/kariu-blog", str(ROOT))
    (tmp_path / "kariu-blog.service").write_text(here)
    verify = ["systemd-analyze", "verify", "--man=no", str(tmp_path / "kariu-blog.service")]
    answer = subprocess.run(verify, capture_output=True, text=True)
    assert "kariu-blog.service" not in answer.stdout + answer.stderr
    assert answer.returncode == 0, answer.stderr


def test_what_the_container_is_given_is_a_whole_site(tmp_path: Path) -> None:
    container, folder = (DEPLOY / "Containerfile").read_text(), tmp_path / "app"
    folder.mkdir()
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", container, re.M):
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, folder / target)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KARIU_")}
    given = dict(re.findall(r"(KARIU_\w+|MALLOC_\w+)=(\S+)", container))
    opens_pages = (
        "from flask_migrate import upgrade; from kariu_blog import create_app; app = create_app()\n"
        "with app.app_context(): upgrade()\n"
        "print(*(app.test_client().get(path).status_code for path in ('/kk/', '/kk/search?q=x', '/ru/feed.rss')))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", opens_pages],
        cwd=folder,
        env={**clean, **given, "KARIU_INSTANCE": str(tmp_path / "instance")},
        capture_output=True,
        text=True,
    )
    assert answer.stdout == "200 200 200\n", answer.stderr
