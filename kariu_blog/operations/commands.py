"""Context managers of the commands: the lock of the instance folder, and errors as sentences."""

import fcntl
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError


@contextmanager
def in_use(instance: Path, *, alone: bool = False, wait: bool = False) -> Iterator[None]:
    """Lock the instance folder, shared with others or ``alone``; ``wait`` for the lock or raise ClickException.

    Forked workers share the lock, which lasts as long as one of them lives (flock(2)).
    """
    kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    with (instance / "site.lock").open("w") as file:
        try:
            fcntl.flock(file, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            others = "A server or a backup" if alone else "A restore"
            raise click.ClickException(f"{others} is running in {instance}; try again when it has ended.") from error
        yield


@contextmanager
def explained(outcome: str) -> Iterator[None]:
    """Turn errors, SIGTERM and Ctrl+C into a ClickException that begins with ``outcome``."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt as error:
        raise click.ClickException(f"{outcome}: it was stopped.") from error
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise click.ClickException(f"{outcome}: {error.strerror or error}{where}.") from error
    except SQLAlchemyError as error:
        raise click.ClickException(f"{outcome}: {getattr(error, 'orig', error)}".partition("\n")[0]) from error
    finally:
        signal.signal(signal.SIGTERM, before)
