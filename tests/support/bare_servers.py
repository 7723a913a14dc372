"""Servers of finished bytes, with which the benchmark compares the site: a short function under granian, and nginx."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kariu_blog.admission import THREADS
from tests.support.disturbing import HOST
from tests.support.editor import eventually
from tests.support.serving import Site, stop

BARE = """
import json
PAGES = {path: (status, [tuple(h) for h in headers], bytes.fromhex(body))
         for path, (status, headers, body) in json.load(open(%r)).items()}
def app(environ, start_response):
    status, headers, body = PAGES.get(environ["PATH_INFO"], ("404 NOT FOUND", [], b""))
    start_response(status, list(headers))
    return [body]
"""


NGINX = """
worker_processes 2;
daemon off;
pid nginx.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  default_type text/html;
  open_file_cache max=1000;
  server {{
    listen 127.0.0.1:{port};
    root files;
    index index;
    add_header Content-Encoding gzip;
    add_header Cache-Control "public, no-cache";
    add_header Vary Accept-Encoding;
  }}
}}
"""


@contextmanager
def bare(pages: dict[str, tuple[str, list[list[str]], str]], folder: Path) -> Iterator[Site]:
    """A server of the same kind that returns these bytes and does nothing else."""
    (folder / "pages.json").write_text(json.dumps(pages))
    (folder / "bare.py").write_text(BARE % str(folder / "pages.json"))
    with granian("bare:app", folder, THREADS) as site:
        yield site


@contextmanager
def nginx(pages: dict[str, tuple[str, list[list[str]], str]], folder: Path) -> Iterator[Site]:
    """nginx, which sends the bodies from files."""
    home = Path(tempfile.mkdtemp(dir=folder))
    for path, (_status, _headers, body) in pages.items():
        file = home / "files" / (path.removeprefix("/") + ("index" if path.endswith("/") else ""))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes.fromhex(body))
    for place in (folder, home, *(place for place in home.rglob("*") if place.is_dir())):
        place.chmod(0o755)  # its workers are another user's
    port = free_port()
    (home / "nginx.conf").write_text(NGINX.format(port=port))
    process = subprocess.Popen(["nginx", "-p", str(home), "-c", "nginx.conf"], start_new_session=True)
    site = Site(f"http://{HOST}:{port}", home, process, {})
    eventually(lambda: does_answer(site))
    yield site
    process.terminate()
    process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def granian(target: str, folder: Path, threads: int, **environment: str) -> Iterator[Site]:
    """A server by itself, which begins in ``folder``."""
    port = free_port()
    server = Path(sys.executable).with_name("granian")
    command = [str(server), "--interface", "wsgi", "--no-ws", "--port", str(port), "--workers", "2"]
    command += ["--blocking-threads", str(threads), "--workers-kill-timeout", "5", "--log-level", "error", target]
    environment = {**os.environ, "MALLOC_ARENA_MAX": "1", **environment}
    process = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)
    site = Site(f"http://127.0.0.1:{port}", folder, process, environment)
    eventually(lambda: does_answer(site))
    yield site
    stop(site)


def does_answer(site: Site) -> bool:
    try:
        answer(site, "/")
    except OSError:
        return False
    return True


def answer(site: Site, path: str, **headers: str) -> tuple[str, list[list[str]], str]:
    asked = {"Accept-Encoding": "gzip", "User-Agent": "", **{k.replace("_", "-"): v for k, v in headers.items()}}
    request = urllib.request.Request(site.url + path, headers=asked)
    try:
        with urllib.request.urlopen(request) as response:
            return _parts(f"{response.status} OK", response.headers.items(), response.read())
    except urllib.error.HTTPError as error:
        return _parts(f"{error.code} NOT MODIFIED", error.headers.items(), b"")


def _parts(status: str, headers: list[tuple[str, str]], body: bytes) -> tuple[str, list[list[str]], str]:
    kept = [[name, value] for name, value in headers if name.lower() not in ("date", "server", "connection")]
    return status, kept, body.hex()
