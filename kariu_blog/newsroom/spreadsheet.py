"""Tables for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute (OWASP, CSV Injection)."""


def as_csv(name: str, rows: Iterable[Sequence[object]]) -> Response:
    """Return a file in which no cell is a formula (RFC 4180)."""
    table = io.StringIO("\ufeff", newline="")  # the byte order mark by which spreadsheets know UTF-8
    table.seek(1)
    csv.writer(table).writerows([_harmless(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": f"attachment; filename={name}.csv"}
    return Response(table.getvalue(), mimetype="text/csv", headers=headers)


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
