"""The server of ``flask serve``: granian, whose workers are forks of one loaded process."""

import ctypes
import gc
import logging
import multiprocessing
import os
import platform
import signal
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from functools import partial
from typing import Any

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.common import AbstractServer
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.test import Client

from kariu_blog import background
from kariu_blog.admission import THREADS
from kariu_blog.database import db
from kariu_blog.languages import LANGUAGES
from kariu_blog.newsroom.chores import CHORES, MAILS
from kariu_blog.operations.log import LOGGING, AccessLog

STOPPING = (signal.SIGINT, signal.SIGTERM)
PAUSE_SECONDS = 0.1
WATCH_SECONDS = 0.5
log = logging.getLogger(__name__)
M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3
"""glibc's malloc.h."""
MAPPED_BYTES = 4 * 1024 * 1024
"""Size from which freed blocks go back to the system, such as the 19 MiB of a password's hash."""
WARMING_WORD = "%D0%B4%D0%B5%D0%BD%D1%8C"
"""Russian word whose search loads the Russian dictionary, the larger part of the memory that workers share."""


def use_one_heap() -> None:
    """Make all later threads share the main heap, so that 16 take 10 MiB more than 4, and not 20 or more."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES)


def serve(app: Flask, behind: Callable[[Flask], None] | None = None) -> None:
    """Serve until a signal.  Workers start at once and share the memory of what is loaded.

    ``behind`` runs in a process of its own, which ends with the server.
    """
    _warm_up(app)
    logging.getLogger("_granian").addFilter(_is_not_about_threads)
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    os.register_at_fork(after_in_child=_heed_signals)
    os.register_at_fork(after_in_child=partial(_end_with, os.getpid()))
    tally = app.extensions["cache"].tally
    os.register_at_fork(before=tally.next_place)
    multiprocessing.set_start_method("fork", force=True)
    # From Python 3.12 on.  The threads of this process wait for signals and workers, and hold no locks.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded, use of fork", DeprecationWarning)
    gc.collect()
    gc.freeze()
    if behind is not None:
        process = multiprocessing.Process(target=behind, args=[app], name="behind", daemon=True)
        process.start()
        threading.Thread(target=process.join, name="behind", daemon=True).start()
    for name, work in (("push", app.extensions["push"].work), ("mail", MAILS), ("chores", CHORES)):
        os.register_at_fork(after_in_child=partial(background.start, app, name, work))
    try:
        Service(app).run()
    finally:
        for worker in multiprocessing.active_children():  # where granian itself failed: the exit would wait for them
            worker.kill()
            worker.join()
        _close(app)


class Service:
    """A sequence of granian servers, because granian gives up when workers are killed in quick succession.

    A thread waits for the signals.  A handler could run while granian is being replaced, or interrupt a thread that
    holds the lock of granian's event.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._application: Any = app.wsgi_app
        if app.config["ACCESS_LOG"]:
            self._application = AccessLog(app.wsgi_app, app.config["TRUSTED_PROXIES"])
        self._server = self._new_server()
        self._is_stopping = False

    def run(self) -> None:
        threading.Thread(target=self._await_signal, name="signals", daemon=True).start()
        while not self._is_stopping:
            with suppress(SystemExit):
                self._server.serve(target_loader=lambda: self._application, wrap_loader=False)
            self._server = self._new_server()
            time.sleep(PAUSE_SECONDS)

    def _await_signal(self) -> None:
        signal.sigwait(STOPPING)
        self._is_stopping = True
        while True:  # granian forgets a signal while it replaces a worker
            stop: Callable[[], None] = self._server.signal_handler_interrupt
            stop()
            time.sleep(PAUSE_SECONDS)

    def _new_server(self) -> AbstractServer[Any]:
        return Granian(
            "wsgi:app",
            address=self._app.config["HOST"],
            port=self._app.config["PORT"],
            interface=Interfaces.WSGI,
            websockets=False,
            workers=self._app.config["WORKERS"],
            blocking_threads=THREADS,
            respawn_failed_workers=True,  # without it the whole server stops when one worker is killed
            workers_kill_timeout=5,
            log_level=LogLevels.warning,
            log_dictconfig=LOGGING,
        )


def _is_not_about_threads(record: logging.LogRecord) -> bool:
    """Drop granian's advice to have fewer threads, because admission.py needs so many."""
    return "Python threads, which seems quite high" not in record.getMessage()


def _heed_signals() -> None:
    """Restore the default handling of signals in a new worker, until granian sets its own handlers."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


def _end_with(parent: int) -> None:
    """End this process soon after ``parent``, which may be killed without a chance to stop it."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _close(app: Flask) -> None:
    """Add up the views, and move the whole database into its main file, which workers do not when they end."""
    try:
        app.extensions["counters"].fold()
        if db.engine.dialect.name == "sqlite":
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    except (OSError, SQLAlchemyError) as error:
        log.warning("The database could not be closed (%s): copy it with flask backup alone.", error)
    db.engine.dispose()


def _warm_up(app: Flask) -> None:
    """Load templates, catalogues and statements once for all workers, and close all connections."""
    reader = Client(app.extensions["cache"].application)
    for language in LANGUAGES:
        for path in (f"/{language}/", f"/{language}/search?q={WARMING_WORD}"):
            Context().run(reader.get, path)  # within the command's application context they would share one ``g``
    db.session.remove()
    db.engine.dispose()
