"""The real server as ``make run`` starts it, and where its tests find a browser."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "kept in a safe place"
STARTED: list["Site"] = []
POSTGRESQL = os.environ.get("KARIU_TEST_DATABASE_URL", "")


@dataclass(frozen=True)
class Site:
    url: str
    output: Path
    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]

    def fetch(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return bytes(answer.read())


def start(instance: Path, *arguments: str, **environment: str) -> Site:
    """``flask serve`` on a free port, as ``make run`` starts it; returns once it answers."""
    if POSTGRESQL:
        environment.setdefault("KARIU_DATABASE_URL", own_database(instance))
    environment.setdefault("KARIU_SECOND_FACTOR", "none")
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KARIU_")}
    environment = {**clean, "KARIU_INSTANCE": str(instance), "KARIU_PORT": port, **environment}
    output = instance / "output.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "serve", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    site = Site(f"http://127.0.0.1:{port}", output, process, environment)
    STARTED.append(site)
    for _ in range(1200):
        try:
            site.fetch("/healthz")
        except (urllib.error.URLError, ConnectionError):
            assert process.poll() is None, output.read_text()
            time.sleep(0.1)
        else:
            return site
    raise AssertionError(f"no answer within 120 s: {output.read_text()}")


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def own_database(instance: Path) -> str:
    """An empty PostgreSQL database for one installation; the one that it has if it has one."""
    name = f"kariu_site_{hashlib.sha256(str(instance).encode()).hexdigest()[:12]}"
    with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f"CREATE DATABASE {name}".encode())
    return make_url(POSTGRESQL).set(database=name).render_as_string(False)


def stop(site: Site) -> None:
    os.killpg(site.process.pid, signal.SIGTERM)
    site.process.wait(30)


def stop_all() -> None:
    """Those that a failed test has left running."""
    for site in STARTED:
        if site.process.poll() is None:
            stop(site)


def workers(site: Site) -> list[int]:
    command = ["ps", "-A", "-o", "pid=", "-o", "ppid=", "-o", "stat="]
    rows = [
        row.split() for row in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    ]
    return [int(pid) for pid, parent, state in rows if int(parent) == site.process.pid and state[0] != "Z"]
