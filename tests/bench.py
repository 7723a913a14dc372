"""``make bench``: how fast the site is, as ratios measured in turn in one run; written to docs/benchmarks.md.

Load comes from Debian's ``wrk``.  ``BENCH_ROUNDS``, ``BENCH_SECONDS`` and ``BENCH_SOAK_MINUTES`` make a run shorter.
"""

import itertools
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
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import downgrade, upgrade
from pymorphy3 import MorphAnalyzer
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from kariu_blog import create_app
from kariu_blog.admission import THREADS
from kariu_blog.database import db
from kariu_blog.demo.load import load_basics
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post
from kariu_blog.search import index
from tests.support import search_set
from tests.support.bare_servers import answer, bare, granian, nginx
from tests.support.cast import PHONE
from tests.support.disturbing import CLIENTS, locked_sqlite, sign_ins, silent_posts
from tests.support.postgresql import Cluster, cluster
from tests.support.posts import rewrite
from tests.support.report import Report
from tests.support.serving import ROOT, Site, start, stop

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))
SOAK_MINUTES = int(os.environ.get("BENCH_SOAK_MINUTES", "5"))
POSTS = 10_000
HALF_OPEN, NOT_READING, SILENT = 256, 32, 64
REQUEST = b"GET /kk/ HTTP/1.1\r\nHost: x\r\n\r\n"
ROTATION = 200
SEARCHES = 400
BODY = "<p>Университет ғалымдары жаңа зертханада алғашқы сынақтарын өткізді.</p>" * 38
"""5 kB."""
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
ABOUT_PAGES = f"""Four servers with two workers each: *nginx* sends the same bytes from files, *bare* returns them
from a short function under granian, *site* is the site, *uncached* is the site with `KARIU_PAGES_MIB=0`.
{POSTS:,} posts in three languages, gzip, 16 connections."""
ABOUT_SERVING = """The same site, while it is disturbed. Memory counts what processes share once."""
ABOUT_SEARCH = f"""{POSTS:,} posts of 300 words, {SEARCHES} queries, each with the page that shows its results, in
processor time; then how well the queries of `tests/search_set.toml` are answered, among the first ten results."""
ABOUT_BUILDS = (
    """Processor time to build a page from the database, with no cache, as a ratio of two sites or of two pages."""
)

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


def fill(instance: Path, posts: int) -> None:
    """Posts in three languages, written as rows: their number is what matters here."""
    app = create_app({"INSTANCE": instance})
    with app.app_context():
        upgrade()
        load_basics()
        db.session.commit()
        db.session.remove()
        downgrade(revision="0010")  # the migration after it makes the feeds' entries of what it finds
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
        upgrade()
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


def etag_of(site: Site, path: str) -> str:
    return next(value for name, value in answer(site, path)[1] if name.lower() == "etag")


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


def report_search(report: Report, folder: Path) -> None:
    """A query with its page, the index's size, and what it adds to a save."""
    report.begin("Search", ABOUT_SEARCH, "Measured", "Result")
    instance = folder / "search"
    instance.mkdir()
    words, size = fill_for_search(instance, POSTS, 300)
    app = create_app({"INSTANCE": instance})
    file = instance / "kariu.sqlite3"
    with app.app_context():
        before = file.stat().st_size
        started = time.perf_counter()
        index_all()
        index.tidy()
        db.session.commit()
        report.row("Indexing all posts", f"{time.perf_counter() - started:.0f} s")
        db.session.execute(text("VACUUM"))
        db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    report.row("Size of the index, to that of the text", f"{(file.stat().st_size - before) / size:.2f}")
    reader = app.test_client()
    for name, queries in {
        "A query of one word": words,
        "A query of two words": [" ".join(pair) for pair in zip(words[::2], words[1::2], strict=True)],
    }.items():
        took = sorted(search_seconds(reader, query) * 1000 for query in queries)
        report.row(name, f"{statistics.median(took):.1f} ms, one in ten over {took[len(took) * 9 // 10]:.1f} ms")
    report_nothing_found(report, reader)
    report_search_set(report, folder)
    with app.app_context():
        with_index = save_seconds()
        event.remove(Session, "after_flush", index.index_changes)
        more = (with_index - save_seconds()) * 1000
        report.row("What the index adds to a save of 300 Russian words, none met before", f"{more:.1f} ms")


def index_all() -> None:
    for _done in index.bring_up_to_date():
        pass


def report_nothing_found(report: Report, reader: FlaskClient) -> None:
    """Processor time of a search without a result, which is tried in other readings and with slips corrected."""
    chance = random.Random(10)
    took = []
    for _ in range(100):
        typed = "".join(chance.choices("щзхфцъэжюбыа", k=chance.randint(6, 14)))
        took.append(search_seconds(reader, typed) * 1000)
    found = f"{statistics.median(took):.1f} ms of processor time, at most {max(took):.1f} ms"
    report.row("A query that finds nothing", found)


def report_search_set(report: Report, folder: Path) -> None:
    """How well the queries of the second development set are answered."""
    instance = folder / "set"
    instance.mkdir()
    app = create_app({"INSTANCE": instance})
    with app.app_context():
        upgrade()
        load_basics()
        search_set.publish()
    reader = app.test_client()

    def search(language: str, typed: str) -> list[str]:
        answer = reader.get(f"/{language}/search", query_string={"q": typed})
        return search_set.shown(answer.get_data(as_text=True))

    for name, found in search_set.figures(search).items():
        result = f"{found.recall:.2f}, {found.first:.2f}, {found.precision:.2f}"
        report.row(f"Recall, first right and precision: {name.replace('_', ' ')}", result)


def search_seconds(reader: FlaskClient, query: str) -> float:
    """Processor time of a page of results."""
    started = time.process_time()
    assert reader.get("/kk/search", query_string={"q": query}).status_code == 200
    return time.process_time() - started


def save_seconds() -> float:
    """The median of fifty saves, each of a text of 300 Russian words of which none was met before."""
    took, words = [], iter(russian_words())
    for number in range(50):
        post = db.session.get_one(Post, number + 1)
        body = " ".join(itertools.islice(words, 300))
        started = time.perf_counter()
        content = Content(title=f"Тема {number}", summary="", body=body, slug=f"tema-{time.time_ns()}")
        rewrite(post, "ru", content)
        db.session.commit()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def russian_words() -> list[str]:
    known = {reading.word for reading in MorphAnalyzer(lang="ru").iter_known_word_parses("про")}
    return random.Random(9).sample(sorted(known), 50 * 300)


def report_builds(report: Report, folder: Path) -> None:
    """What a page costs when it has to be made: in a small and in a large site, and far down a list."""
    report.begin("Pages built from the database", ABOUT_BUILDS, "Page", "Ratio", "Milliseconds")
    sites: dict[int, Flask] = {}
    for posts in (1_000, 100_000):
        instance = folder / str(posts)
        instance.mkdir()
        fill(instance, posts)
        sites[posts] = create_app({"INSTANCE": instance, "PAGES_MIB": 0})
    small, large = sites[1_000], sites[100_000]
    pairs = {
        "Front page, 100,000 posts to 1,000": ((large, "/kk/"), (small, "/kk/")),
        "Category page, 100,000 posts to 1,000": ((large, "/kk/categories/news/"), (small, "/kk/categories/news/")),
        "Author's page, 100,000 posts to 1,000": ((large, "/kk/authors/rector/"), (small, "/kk/authors/rector/")),
        "Archive of a month, 100,000 posts to 1,000": (
            (large, "/kk/archive/2016/01/"),
            (small, "/kk/archive/2016/01/"),
        ),
        "Post, 100,000 posts to 1,000": ((large, "/kk/posts/post-700"), (small, "/kk/posts/post-700")),
        "Feed, 100,000 posts to 1,000": ((large, "/kk/feed.atom"), (small, "/kk/feed.atom")),
        "Mixed feed, 100,000 posts to 1,000": ((large, "/kk/all/feed.atom"), (small, "/kk/all/feed.atom")),
        "Page 500 of a list to page 1": ((large, "/kk/?page=500"), (large, "/kk/")),
    }
    for name, (one, other) in pairs.items():
        rounds = [(build_cost(*one), build_cost(*other)) for _ in range(ROUNDS)]
        ratio = statistics.median(a / b for a, b in rounds)
        report.row(name, f"{ratio:.2f}", f"{statistics.median(a for a, _b in rounds):.1f}")


def report_edits(report: Report, site: Site, instance: Path, script: Path) -> None:
    """Throughput while somebody saves once a second, and pages read after acknowledged saves."""
    app = create_app({"INSTANCE": instance})

    def save(number: int, title: str) -> None:
        with app.app_context():
            post = db.session.get_one(Post, number)
            rewrite(post, "kk", Content(title=title, summary="", body=BODY, slug=post.translations["kk"].slug))
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
    report.row("Throughput while somebody saves once a second, to that without", f"{statistics.median(ratios):.2f}")
    stale = 0
    for number in range(100):
        save(1, f"Нөмір {number}")
        for _ in range(100):
            with urllib.request.urlopen(f"{site.url}/kk/posts/post-1") as response:
                stale += f"Нөмір {number}</h1>" not in response.read().decode()
    report.row("Old answers among 10,000 after 100 acknowledged saves", str(stale))


def report_slow_clients(report: Report, site: Site) -> None:
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
    who = f"{HALF_OPEN} clients with half a request and {NOT_READING} that do not read"
    report.row(f"Time of a request among {who}, to that without them", f"{among_them / idle:.1f}")


def report_disturbed(
    report: Report, site: Site, who: str, disturbed: Callable[[], AbstractContextManager[None]]
) -> None:
    """The slowest requests for a page in memory while something goes on, and without it."""
    rounds = []
    for _ in range(ROUNDS):
        idle = slowest(site)
        with disturbed():
            rounds.append(slowest(site) / idle)
    report.row(f"p99 of a page in memory {who}, to that without", f"{statistics.median(rounds):.1f}")


def report_frozen_database(report: Report, folder: Path) -> None:
    """PostgreSQL that takes requests and answers none, while readers search."""
    with cluster() as database, tempfile.TemporaryDirectory(dir=folder) as instance:
        site = start(Path(instance), KARIU_DATABASE_URL=database.new_database())
        report_disturbed(
            report, site, "while PostgreSQL is frozen and eight people search", lambda: frozen(database, site)
        )
        stop(site)


@contextmanager
def frozen(database: Cluster, site: Site) -> Iterator[None]:
    answer(site, "/kk/")
    database.freeze()
    searches = [threading.Thread(target=refused_search, args=(site, number)) for number in range(8)]
    for search in searches:
        search.start()
    yield
    database.thaw()
    for search in searches:
        search.join()


def refused_search(site: Site, number: int) -> None:
    with suppress(OSError):
        answer(site, f"/kk/search?q={number}")


def slowest(site: Site) -> float:
    """The 99th percentile of five hundred requests in turn, each on a connection of its own."""
    return statistics.quantiles(seconds_of_requests(site, 500), n=100)[98]


def report_threads(report: Report, instance: Path, script: Path) -> None:
    """Finished pages at 32 connections with as many threads as the site has, and with four."""
    rates: dict[int, list[float]] = {THREADS: [], 4: []}
    for _ in range(ROUNDS):
        for threads, measured in rates.items():
            with granian("wsgi:app", ROOT, threads, KARIU_INSTANCE=str(instance)) as site:
                load(site, script, refusals=100)
                measured.append(load(site, script, 32)[0])
    ratio = statistics.median(many / few for many, few in zip(rates[THREADS], rates[4], strict=True))
    report.row(f"Pages from memory at 32 connections, {THREADS} threads to 4", f"{ratio:.2f}")


def request_seconds(site: Site) -> float:
    """The median of two hundred requests, each on a connection of its own."""
    return statistics.median(seconds_of_requests(site, 200))


def seconds_of_requests(site: Site, number: int) -> list[float]:

    def one() -> float:
        started = time.perf_counter()
        answer(site, "/kk/")
        return time.perf_counter() - started

    return [one() for _ in range(number)]


def report_feed_304(report: Report, instance: Path) -> None:
    """What a feed reader that knows the feed is sent by every worker, before and after a restart."""
    bodies, etag = 0, ""
    for _ in range(2):
        site = start(instance, KARIU_SITE_URL="https://blog.kariu.test")  # part of every feed
        etag = etag or etag_of(site, "/kk/feed.atom")
        for _ in range(5_000):
            status, _headers, body = answer(site, "/kk/feed.atom", If_None_Match=etag)
            bodies += bool(body) or not status.startswith("304")
        stop(site)
    report.row("Answers with a body to 10,000 conditional requests for a feed, before and after a restart", str(bodies))


def report_soak(report: Report, site: Site, script: Path) -> None:
    """Memory and open files of all processes while every page is read again and again."""
    for minute in range(SOAK_MINUTES):
        subprocess.run(["wrk", "-t1", "-c16", "-d60s", "-s", str(script), site.url], capture_output=True, check=True)
        files = sum(len(list(Path(f"/proc/{process}/fd").iterdir())) for process in processes(site))
        after = f"All processes after minute {minute + 1} of reading every post"
        report.row(after, f"{memory_mib(site):.0f} MiB, {files} open files")


def main() -> None:
    for program in ("wrk", "nginx"):
        if not shutil.which(program):
            sys.exit(f"make bench needs {program}: apt-get install {program}")
    report = Report(rounds=ROUNDS, seconds=SECONDS, minutes=SOAK_MINUTES)
    folder = Path(tempfile.mkdtemp())
    instance, off_instance = folder / "on", folder / "off"
    instance.mkdir()
    print(f"filling {POSTS} posts in three languages …", flush=True)
    fill(instance, POSTS)
    with create_app({"INSTANCE": instance}).app_context():
        index_all()  # the first start would, and answer too late
        db.session.remove()
        db.engine.dispose()  # copying the files of an open database would drop its locks
    shutil.copytree(instance, off_instance)
    posts = [f"/kk/posts/post-{number * 37 % POSTS + 1}" for number in range(ROTATION)]
    cases: dict[str, tuple[list[str], bool]] = {
        "Front page": (["/kk/"], False),
        "Category page": (["/kk/categories/news/"], False),
        f"Post, {ROTATION} in rotation, views counted": (posts, False),
        "Feed": (["/kk/feed.atom"], False),
        "Feed, unchanged (304)": (["/kk/feed.atom"], True),
    }
    stop(start(instance))
    started = time.monotonic()
    on = start(instance)
    first_answer = time.monotonic() - started
    off = start(off_instance, KARIU_PAGES_MIB="0")
    script = folder / "load.lua"
    try:
        what = ("nginx", "bare", "site", "uncached")
        columns = (f"Requests a second: {', '.join(what)}", f"Processor time of one, µs: {', '.join(what)}")
        report.begin("Pages from memory", ABOUT_PAGES, "Page", "site / nginx", "site / bare", *columns)
        for name, (paths, conditional) in cases.items():
            report_case(report, name, paths, conditional, on, off, folder, script)
        report.begin("While people write, read and wait", ABOUT_SERVING, "Measured", "Result")
        report.row("From the command to the first answer", f"{first_answer:.1f} s")
        script.write_text(SCRIPT % (", ".join(f'"{path}"' for path in posts), PHONE, ""))
        report_edits(report, on, instance, script)
        everything = (f'"/kk/posts/post-{number}"' for number in range(1, POSTS + 1))
        script.write_text(SCRIPT % (", ".join(everything), PHONE, ""))
        report_slow_clients(report, on)
        report_disturbed(report, on, f"among {SILENT} silent POSTs", lambda: silent_posts(on, SILENT))
        report_disturbed(report, on, f"with {CLIENTS} failed sign-ins a second", lambda: sign_ins(on))
        report_disturbed(report, on, "while another program locks SQLite", lambda: locked_sqlite(instance))
        report_soak(report, on, script)
    finally:
        stop(on)
        stop(off)
    script.write_text(SCRIPT % (", ".join(f'"{path}"' for path in posts), PHONE, ""))
    report_threads(report, instance, script)
    report_frozen_database(report, folder)
    report_feed_304(report, instance)
    report_search(report, folder)
    report_builds(report, folder)
    report.write()
    shutil.rmtree(folder)


def report_case(
    report: Report, name: str, paths: list[str], conditional: bool, on: Site, off: Site, folder: Path, script: Path
) -> None:
    """One row: the three servers in turn, round after round."""
    etag = etag_of(on, paths[0]) if conditional else ""
    known = f"wrk.headers['If-None-Match'] = '{etag}'" if conditional else ""
    script.write_text(SCRIPT % (", ".join(f'"{path}"' for path in paths), PHONE, known))
    headers = {"If_None_Match": etag} if conditional else {}
    pages = {path: answer(on, path, **headers) for path in paths}
    rounds: dict[str, list[tuple[float, float]]] = {"nginx": [], "bare": [], "site": [], "uncached": []}
    whole = {path: answer(on, path) for path in paths}
    with bare(pages, folder) as plain, nginx(whole, folder) as files:
        for_nginx = script.with_suffix(".nginx")
        for_nginx.write_text(script.read_text().replace(etag or "\0", etag_of(files, paths[0])))
        for site, asks in ((plain, script), (on, script), (files, for_nginx)):
            load(site, asks, refusals=100)
        for _ in range(ROUNDS):
            rounds["nginx"].append(load(files, for_nginx))
            rounds["bare"].append(load(plain, script))
            rounds["site"].append(load(on, script))
            rounds["uncached"].append(load(off, script, 8, refusals=5))  # of many who wait some are refused
    rates = {which: [rate for rate, _cost in results] for which, results in rounds.items()}
    cost = {which: statistics.median(cost for _rate, cost in results) for which, results in rounds.items()}
    ratio = {
        which: statistics.median(a / b for a, b in zip(rates["site"], rates[which], strict=True)) for which in rates
    }
    middle = {which: statistics.median(values) for which, values in rates.items()}
    report.row(
        name,
        f"{ratio['nginx']:.2f}",
        f"{ratio['bare']:.2f}",
        " / ".join(f"{rate:,.0f}" for rate in middle.values()),
        " / ".join(f"{each:.0f}" for each in cost.values()),
    )


if __name__ == "__main__":
    main()
