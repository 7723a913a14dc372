"""``make bench``: how fast pages are served, as ratios measured in turn in one run.

Three servers of two granian workers each: *bare* returns the same bytes from a bare WSGI function, *pages*
is the site, *off* is the site with ``KARIU_PAGES_MIB=0``.  Load comes from Debian's ``wrk``.
"""

import itertools
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from pymorphy3 import MorphAnalyzer
from sqlalchemy import event, text

from kariu_blog import create_app
from kariu_blog.admission import THREADS
from kariu_blog.database import db
from kariu_blog.demo.load import load_basics
from kariu_blog.posts.models import Post, PostTranslation
from kariu_blog.search import index
from tests.support.cast import PHONE
from tests.support.editor import eventually
from tests.support.serving import ROOT, Site, start, stop

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))
SOAK_MINUTES = int(os.environ.get("BENCH_SOAK_MINUTES", "5"))
POSTS = 10_000
HALF_OPEN, NOT_READING, SILENT = 256, 32, 64
HOST, LOOPBACK = "127.0.0.1", "127.0.1.%d"
SILENT_POST = b"POST /kk/low-vision HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx"
REQUEST = b"GET /kk/ HTTP/1.1\r\nHost: x\r\n\r\n"
ROTATION = 200
SEARCHES = 400
BODY = "<p>Университет ғалымдары жаңа зертханада алғашқы сынақтарын өткізді.</p>" * 38
"""5 kB."""
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")

SCRIPT = """
local paths = { %s }
local n = 0
wrk.headers["Accept-Encoding"] = "gzip"
wrk.headers["User-Agent"] = "%s"
%s
request = function()
  n = n + 1
  return wrk.format("GET", paths[n %% #paths + 1])
end
"""

BARE = """
import json
PAGES = {path: (status, [tuple(h) for h in headers], bytes.fromhex(body))
         for path, (status, headers, body) in json.load(open(%r)).items()}
def app(environ, start_response):
    status, headers, body = PAGES[environ["PATH_INFO"]]
    start_response(status, list(headers))
    return [body]
"""


def fill(instance: Path, posts: int) -> None:
    """Posts in three languages, written as rows: their number is what matters here."""
    app = create_app({"INSTANCE": instance})
    with app.app_context():
        upgrade()
        load_basics()
        db.session.commit()
        rows, texts, addresses = [], [], []
        for number in range(1, posts + 1):
            at = f"{datetime(2016, 1, 1, tzinfo=UTC) + timedelta(minutes=number * 50):%Y-%m-%d %H:%M:%S}.000000"
            rows.append((number, number % 4 + 1, number % 3 + 1, at, at, at, f"tag:bench:{number}"))
            addresses.append((f"post-{number}", number))
            for language in ("kk", "ru", "en"):
                title, feed_id = f"Жаңалық {number}", f"tag:bench:{language}/{number}"
                texts.append((number, language, f"post-{number}", title, "Қысқаша.", BODY, at, at, feed_id))
        connection = db.engine.raw_connection()
        connection.executemany(
            "INSERT INTO post (id, category_id, author_id, created_at, first_published_at, listed_at, feed_id,"
            " earlier_views, version) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 1)",
            rows,
        )
        connection.executemany(
            "INSERT INTO post_translation (post_id, language, slug, title, summary, body, published_at, updated_at,"
            " feed_id, version, review_note, correction_note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, '', '')",
            texts,
        )
        connection.executemany("INSERT INTO post_address (slug, post_id) VALUES (?, ?)", addresses)
        connection.commit()
        connection.close()
        db.engine.dispose()


def processes(site: Site) -> list[int]:
    children = Path(f"/proc/{site.process.pid}/task/{site.process.pid}/children").read_text().split()
    return [site.process.pid, *map(int, children)]


def processor_seconds(site: Site) -> float:
    ticks = 0
    for process in processes(site):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / CLOCK_TICKS


def memory_mib(site: Site) -> float:
    """Proportional set size of all its processes: what is shared counts once."""
    sizes = [
        re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.M)
        for process in processes(site)
    ]
    return sum(int(size[1]) for size in sizes if size) / 1024


def load(site: Site, script: Path, connections: int = 16, refusals: int = 0) -> tuple[float, float]:
    """Requests a second, and processor microseconds a request; at most ``refusals`` of a hundred may be refused."""
    before = processor_seconds(site)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", str(script), site.url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    requests = re.search(r"(\d+) requests in", output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert requests is not None
    assert rate is not None
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    assert refused is None or int(refused[1]) * 100 <= refusals * int(requests[1]), output
    return float(rate[1]), (processor_seconds(site) - before) / int(requests[1]) * 1e6


@contextmanager
def bare(pages: dict[str, tuple[str, list[list[str]], str]], folder: Path) -> Iterator[Site]:
    """A server of the same kind that returns these bytes and does nothing else."""
    (folder / "pages.json").write_text(json.dumps(pages))
    (folder / "bare.py").write_text(BARE % str(folder / "pages.json"))
    with granian("bare:app", folder, THREADS) as site:
        yield site


@contextmanager
def granian(target: str, folder: Path, threads: int, **environment: str) -> Iterator[Site]:
    """A server by itself, which begins in ``folder``."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    server = Path(sys.executable).with_name("granian")
    command = [str(server), "--interface", "wsgi", "--no-ws", "--port", str(port), "--workers", "2"]
    command += ["--blocking-threads", str(threads), "--workers-kill-timeout", "5", "--log-level", "critical", target]
    environment = {**os.environ, "MALLOC_ARENA_MAX": "1", **environment}
    process = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)
    site = Site(f"http://127.0.0.1:{port}", folder, process, environment)
    try:
        eventually(lambda: does_answer(site))
        yield site
    finally:
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


def etag_of(site: Site, path: str) -> str:
    return next(value for name, value in answer(site, path)[1] if name.lower() == "etag")


def _parts(status: str, headers: list[tuple[str, str]], body: bytes) -> tuple[str, list[list[str]], str]:
    kept = [[name, value] for name, value in headers if name.lower() not in ("date", "server", "connection")]
    return status, kept, body.hex()


def build_cost(app: Flask, path: str) -> float:
    """Processor milliseconds to make a page, without the server around it."""
    reader = app.test_client()
    for _ in range(10):
        reader.get(path)
    started = time.process_time()
    for _ in range(50):
        assert reader.get(path).status_code == 200
    return (time.process_time() - started) / 50 * 1000


def invented_words(count: int) -> list[str]:
    """As many Kazakh-looking roots, the first of them written most often."""
    chance = random.Random(7)
    first, vowels, last = "бгджзкқлмнпрстш", "аәеоөұүіы", "бзйқклмнңпрсттш"
    made: dict[str, None] = {}
    while len(made) < count:
        parts = (
            chance.choice(first) + chance.choice(vowels) + chance.choice(last)
            for _ in range(chance.choice((1, 2, 2, 3)))
        )
        made["".join(parts)] = None
    return list(made)


def fill_for_search(instance: Path, posts: int, words: int) -> tuple[list[str], int]:
    """Kazakh posts of so many words, as often as words of a language are written; with their size in bytes."""
    chance, roots = random.Random(8), invented_words(20_000)
    often = list(itertools.accumulate(1 / (place + 3) for place in range(len(roots))))
    endings = ["", "", "", "лар", "дың", "ға", "ды", "да", "дан", "мен", "ы", "ында", "ларымыз", "сы"]
    fill(instance, posts)
    size = 0
    app = create_app({"INSTANCE": instance})
    with app.app_context():
        connection = db.engine.raw_connection()
        connection.execute("DELETE FROM post_translation WHERE language <> 'kk'")
        for number in range(1, posts + 1):
            text = [root + chance.choice(endings) for root in chance.choices(roots, cum_weights=often, k=words)]
            body = f"<p>{' '.join(text)}</p>"
            size += len(body.encode())
            connection.execute("UPDATE post_translation SET body = ? WHERE post_id = ?", (body, number))
        connection.commit()
        connection.execute("VACUUM")
        connection.close()
        db.engine.dispose()
    return chance.choices(roots, cum_weights=often, k=SEARCHES), size


def report_search(folder: Path) -> None:
    """A query with its page, the index's size, and what it adds to a save."""
    instance = folder / "search"
    instance.mkdir()
    words, size = fill_for_search(instance, POSTS, 300)
    app = create_app({"INSTANCE": instance})
    file = instance / "kariu.sqlite3"
    with app.app_context():
        before = file.stat().st_size
        started = time.perf_counter()
        for _done in index.bring_up_to_date():
            pass
        index.tidy()
        db.session.commit()
        print(f"indexing {POSTS} posts of 300 words: {time.perf_counter() - started:.0f} s")
        db.session.execute(text("VACUUM"))
        db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    print(f"the index: {(file.stat().st_size - before) / size:.2f} times the text")
    reader = app.test_client()
    for name, queries in {
        "a word": words,
        "two words": [" ".join(pair) for pair in zip(words[::2], words[1::2], strict=True)],
    }.items():
        took = sorted(search_seconds(reader, query) * 1000 for query in queries)
        print(
            f"{name}: {statistics.median(took):.1f} ms with its page, one in ten over {took[len(took) * 9 // 10]:.1f}"
        )
    report_nothing_found(reader)
    with app.app_context():
        with_index = save_seconds()
        for moment, act in (("after_insert", index.index_new), ("after_update", index.index_changed)):
            event.remove(PostTranslation, moment, act)
        print(f"a save of 300 new words takes {(with_index - save_seconds()) * 1000:.1f} ms more for the index")


def report_nothing_found(reader: FlaskClient) -> None:
    """Processor time of a search without a result, whose page has made suggestions looked for."""
    chance = random.Random(10)
    took = []
    for _ in range(100):
        started = time.process_time()
        search_seconds(reader, "".join(chance.choices("щзхфцъэжюбыа", k=chance.randint(6, 14))))
        took.append((time.process_time() - started) * 1000)
    print(f"nothing found: {statistics.median(took):.1f} ms of processor time with its page, at most {max(took):.1f}")


def search_seconds(reader: FlaskClient, query: str) -> float:
    started = time.perf_counter()
    assert reader.get("/kk/search", query_string={"q": query}).status_code == 200
    return time.perf_counter() - started


def save_seconds() -> float:
    """The median of fifty saves, each of a text of 300 Russian words of which none was met before."""
    took, words = [], iter(russian_words())
    for number in range(50):
        post = db.session.get_one(Post, number + 1)
        body = " ".join(itertools.islice(words, 300))
        started = time.perf_counter()
        post.write("ru", title=f"Тема {number}", summary="", body=body, slug=f"tema-{time.time_ns()}")
        db.session.commit()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def russian_words() -> list[str]:
    known = {reading.word for reading in MorphAnalyzer(lang="ru").iter_known_word_parses("про")}
    return random.Random(9).sample(sorted(known), 50 * 300)


def report_builds(folder: Path) -> None:
    """What a page costs when it has to be made: in a small and in a large site, and far down a list."""
    sites: dict[int, Flask] = {}
    for posts in (1_000, 100_000):
        instance = folder / str(posts)
        instance.mkdir()
        fill(instance, posts)
        sites[posts] = create_app({"INSTANCE": instance, "PAGES_MIB": 0})
    small, large = sites[1_000], sites[100_000]
    pairs = {
        "front page, 100,000 posts to 1,000": ((large, "/kk/"), (small, "/kk/")),
        "category page, 100,000 posts to 1,000": ((large, "/kk/categories/news/"), (small, "/kk/categories/news/")),
        "author's page, 100,000 posts to 1,000": ((large, "/kk/authors/rector/"), (small, "/kk/authors/rector/")),
        "archive, 100,000 posts to 1,000": ((large, "/kk/archive/2016/01/"), (small, "/kk/archive/2016/01/")),
        "post, 100,000 posts to 1,000": ((large, "/kk/posts/post-700"), (small, "/kk/posts/post-700")),
        "feed, 100,000 posts to 1,000": ((large, "/kk/feed.atom"), (small, "/kk/feed.atom")),
        "mixed feed, 100,000 posts to 1,000": ((large, "/kk/all/feed.atom"), (small, "/kk/all/feed.atom")),
        "page 500 to page 1": ((large, "/kk/?page=500"), (large, "/kk/")),
    }
    for name, (one, other) in pairs.items():
        rounds = [(build_cost(*one), build_cost(*other)) for _ in range(ROUNDS)]
        ratio = statistics.median(a / b for a, b in rounds)
        print(f"made anew, {name:38} {ratio:.2f}  ({statistics.median(a for a, _b in rounds):.1f} ms)", flush=True)


def report_edits(site: Site, instance: Path, script: Path) -> None:
    """Throughput while somebody saves once a second, and pages read after acknowledged saves."""
    app = create_app({"INSTANCE": instance})

    def save(number: int, title: str) -> None:
        with app.app_context():
            text = db.session.get_one(Post, number).translations["kk"]
            text.write(title=title, summary="", body=BODY, slug=text.slug)
            db.session.commit()

    def keep_saving() -> None:
        while not finished.wait(1):
            save(1, f"Жаңалық {time.monotonic()}")

    ratios = []
    for _ in range(ROUNDS):
        alone, _cost = load(site, script)
        finished = threading.Event()
        editor = threading.Thread(target=keep_saving)
        editor.start()
        edited, _cost = load(site, script)
        finished.set()
        editor.join()
        ratios.append(edited / alone)
    print(f"one save a second, {ROTATION} posts in rotation: {statistics.median(ratios):.2f} of the throughput without")
    stale = 0
    for number in range(100):
        save(1, f"Нөмір {number}")
        for _ in range(100):
            with urllib.request.urlopen(f"{site.url}/kk/posts/post-1") as response:
                stale += f"Нөмір {number}</h1>" not in response.read().decode()
    print(f"10,000 reads after 100 acknowledged saves: {stale} stale")


def report_slow_clients(site: Site) -> None:
    """A normal request among clients that never finish theirs and clients that never read the answer."""
    idle, slow = request_seconds(site), []
    where = urlsplit(site.url)
    for number in range(HALF_OPEN + NOT_READING):
        client = socket.create_connection((where.hostname, where.port))
        client.sendall(REQUEST[:-2] if number < HALF_OPEN else REQUEST * 100)
        slow.append(client)
    among_them = request_seconds(site)
    for client in slow:
        client.close()
    ratio = among_them / idle
    print(f"a request among {HALF_OPEN} half-open clients and {NOT_READING} that do not read: {ratio:.1f} times idle")


def report_silent_posts(site: Site) -> None:
    """A finished page among clients, each with its own address, that announce a body and do not send it."""
    rounds = []
    for _ in range(ROUNDS):
        idle = slowest(site)
        silent = []
        for number in range(SILENT):
            client = socket.create_connection(
                (HOST, urlsplit(site.url).port or 0), source_address=(LOOPBACK % number, 0)
            )
            client.sendall(SILENT_POST)
            silent.append(client)
        rounds.append(slowest(site) / idle)
        for client in silent:
            client.close()
    print(f"p99 of a finished page among {SILENT} bodies that do not come: {statistics.median(rounds):.1f} times idle")


def slowest(site: Site) -> float:
    """The 99th percentile of five hundred requests in turn, each on a connection of its own."""
    return statistics.quantiles(seconds_of_requests(site, 500), n=100)[98]


def report_threads(instance: Path, script: Path) -> None:
    """Finished pages at 32 connections with as many threads as the site has, and with four."""
    rates: dict[int, list[float]] = {THREADS: [], 4: []}
    for _ in range(ROUNDS):
        for threads, measured in rates.items():
            with granian("wsgi:app", ROOT, threads, KARIU_INSTANCE=str(instance)) as site:
                load(site, script, 4)
                measured.append(load(site, script, 32, refusals=5)[0])
    ratio = statistics.median(many / few for many, few in zip(rates[THREADS], rates[4], strict=True))
    print(f"200s at 32 connections, {THREADS} threads to 4: {ratio:.2f}")


def request_seconds(site: Site) -> float:
    """The median of two hundred requests, each on a connection of its own."""
    return statistics.median(seconds_of_requests(site, 200))


def seconds_of_requests(site: Site, number: int) -> list[float]:

    def one() -> float:
        started = time.perf_counter()
        answer(site, "/kk/")
        return time.perf_counter() - started

    return [one() for _ in range(number)]


def report_feed_304(instance: Path) -> None:
    """What a feed reader that knows the feed is sent by every worker, before and after a restart."""
    bodies, etag = 0, ""
    for _ in range(2):
        site = start(instance, KARIU_SITE_URL="https://blog.kariu.test")  # part of every feed
        etag = etag or etag_of(site, "/kk/feed.atom")
        for _ in range(5_000):
            status, _headers, body = answer(site, "/kk/feed.atom", If_None_Match=etag)
            bodies += bool(body) or not status.startswith("304")
        stop(site)
    print(f"10,000 conditional requests for a feed, over all workers and a restart: {bodies} with a body")


def report_soak(site: Site, script: Path) -> None:
    """Memory and open files of all processes while every page is read again and again."""
    for minute in range(SOAK_MINUTES):
        subprocess.run(["wrk", "-t1", "-c16", "-d60s", "-s", str(script), site.url], capture_output=True, check=True)
        files = sum(len(list(Path(f"/proc/{process}/fd").iterdir())) for process in processes(site))
        print(f"after minute {minute + 1} of reading {POSTS} pages: {memory_mib(site):.0f} MiB, {files} open files")


def main() -> None:
    if not shutil.which("wrk"):
        sys.exit("make bench needs wrk: apt-get install wrk")
    folder = Path(tempfile.mkdtemp())
    instance, off_instance = folder / "on", folder / "off"
    instance.mkdir()
    print(f"filling {POSTS} posts in three languages …", flush=True)
    fill(instance, POSTS)
    shutil.copytree(instance, off_instance)
    posts = [f"/kk/posts/post-{number * 37 % POSTS + 1}" for number in range(ROTATION)]
    cases: dict[str, tuple[list[str], bool]] = {
        "front page": (["/kk/"], False),
        "category page": (["/kk/categories/news/"], False),
        f"post, {ROTATION} in rotation, views counted": (posts, False),
        "feed, 200": (["/kk/feed.atom"], False),
        "feed, 304": (["/kk/feed.atom"], True),
    }
    stop(start(instance))
    started = time.monotonic()
    on = start(instance)
    first_answer = time.monotonic() - started
    off = start(off_instance, KARIU_PAGES_MIB="0")
    script = folder / "load.lua"
    try:
        print(f"{'':40} {'bare':>8} {'pages':>8} {'off':>6}  {'pages/bare':>10} {'off/bare':>8}  µs a request")
        for name, (paths, conditional) in cases.items():
            report_case(name, paths, conditional, on, off, folder, script)
        script.write_text(SCRIPT % (", ".join(f'"{path}"' for path in posts), PHONE, ""))
        report_edits(on, instance, script)
        everything = (f'"/kk/posts/post-{number}"' for number in range(1, POSTS + 1))
        script.write_text(SCRIPT % (", ".join(everything), PHONE, ""))
        report_slow_clients(on)
        report_silent_posts(on)
        report_soak(on, script)
        print(f"from the command to the first answer: {first_answer:.1f} s")
    finally:
        stop(on)
        stop(off)
    script.write_text(SCRIPT % (", ".join(f'"{path}"' for path in posts), PHONE, ""))
    report_threads(instance, script)
    report_feed_304(instance)
    report_search(folder)
    report_builds(folder)
    shutil.rmtree(folder)


def report_case(
    name: str, paths: list[str], conditional: bool, on: Site, off: Site, folder: Path, script: Path
) -> None:
    """One row: the three servers in turn, round after round."""
    etag = etag_of(on, paths[0]) if conditional else ""
    known = f"wrk.headers['If-None-Match'] = '{etag}'" if conditional else ""
    script.write_text(SCRIPT % (", ".join(f'"{path}"' for path in paths), PHONE, known))
    headers = {"If_None_Match": etag} if conditional else {}
    pages = {path: answer(on, path, **headers) for path in paths}
    rounds: dict[str, list[tuple[float, float]]] = {"bare": [], "pages": [], "off": []}
    with bare(pages, folder) as plain:
        for site in (plain, on):
            load(site, script, 4)
        for _ in range(ROUNDS):
            for which, site in (("bare", plain), ("pages", on), ("off", off)):
                is_off = which == "off"  # of many who wait for pages to be made some are refused
                rounds[which].append(load(site, script, 8 if is_off else 16, refusals=5 if is_off else 0))
    rates = {which: [rate for rate, _cost in results] for which, results in rounds.items()}
    cost = {which: statistics.median(cost for _rate, cost in results) for which, results in rounds.items()}
    ratio = {
        which: statistics.median(a / b for a, b in zip(rates[which], rates["bare"], strict=True)) for which in rates
    }
    middle = {which: statistics.median(values) for which, values in rates.items()}
    print(
        f"{name:40} {middle['bare']:8.0f} {middle['pages']:8.0f} {middle['off']:6.0f}  {ratio['pages']:10.2f}"
        f" {ratio['off']:8.3f}  {cost['bare']:.0f} / {cost['pages']:.0f} / {cost['off']:.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
