"""Who takes part in the tests, where and when."""

import os
from collections.abc import Callable
from datetime import UTC, datetime

from kariu_blog.accounts.models import Role
from tests.support.serving import POSTGRESQL

SITE = "https://blog.kariu.test"
PASSWORD = "correct horse battery"
CAST = {
    "admin": Role.ADMIN,
    "editor": Role.EDITOR,
    "author": Role.AUTHOR,
    "other-author": Role.AUTHOR,
    "translator": Role.TRANSLATOR,
}
CHEAPEST_ARGON2 = {"argon2__time_cost": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
"""The least that RFC 9106 allows (section 3.1): a sign-in of a test waits for nothing."""
PAGES_MIB = 0 if POSTGRESQL else int(os.environ.get("KARIU_TEST_PAGES_MIB", "8"))
"""Without pages in memory on PostgreSQL: there a reader may see what was true a moment ago."""
LONG_AGO = datetime(2021, 6, 29, 6, 44, 21, tzinfo=UTC)
PHONE = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
"""A reader, whose views are counted."""
PassTime = Callable[[float], None]
"""The fixture ``pass_time``: sets the site's clock ahead by some seconds."""
Write = Callable[..., int]
"""The fixture ``write``: puts a post into the database and returns its id."""
