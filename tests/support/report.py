"""What ``make bench`` measures, as it is printed and as docs/benchmarks.md."""

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.support.serving import ROOT

FILE = ROOT / "docs" / "benchmarks.md"
FULL_RUN = {"rounds": 5, "seconds": 3, "minutes": 5}
HEAD = """# Benchmarks

`make bench` writes this page; edits are overwritten. Figures are medians. All figures of a run are measured in turn on
one machine, so their ratios can be compared. The figures themselves differ from machine to machine, and on a shared
machine from hour to hour.
"""
SHORT = """**This was a short run**, and its ratios are rough. A full one measures each figure in {rounds} rounds of
{seconds} seconds and reads for {minutes} minutes.
"""
BUSY = """**The machine was busy with other work** when this run began, so even its ratios say little.
"""


class Report:
    """Sections with a table each.  Whatever is added is printed at once."""

    def __init__(self, **extent: int) -> None:
        self._lines = [HEAD]
        if extent != FULL_RUN:
            self._lines.append(SHORT.format(**FULL_RUN))
        if os.getloadavg()[0] > (os.cpu_count() or 1):
            self._lines.append(BUSY)
        self._table("Run", "")
        for name, value in _run(extent).items():
            self.row(name, value)

    def begin(self, title: str, about: str, *columns: str) -> None:
        """Start a section; ``columns``: the head of its table."""
        print(f"\n{title}", flush=True)
        self._lines.append(f"\n## {title}\n\n{about}\n")
        self._table(*columns)

    def row(self, *cells: str) -> None:
        print("  ".join(cells), flush=True)
        self._lines.append(_row(*cells))

    def write(self) -> None:
        FILE.write_text("\n".join(self._lines) + "\n")

    def _table(self, *columns: str) -> None:
        self._lines += [_row(*columns), _row(*("---" for _ in columns))]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _run(extent: dict[str, int]) -> dict[str, str]:
    packages = ", ".join(f"{name} {version(name)}" for name in ("Flask", "SQLAlchemy", "granian"))
    return {
        "Date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Commit": _commit(),
        "Machine": f"{_processor()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB, {platform.system()}",
        "Load average at the start": f"{os.getloadavg()[0]:.1f}",
        "Software": f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}",
        "Extent": ", ".join(f"{name}: {value}" for name, value in extent.items()),
    }


def _commit() -> str:
    answer = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return answer.stdout.strip() or "unknown"


def _processor() -> str:
    names = [line.partition(":")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    return names[0].strip() if names else platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
