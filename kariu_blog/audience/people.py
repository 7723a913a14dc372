"""Requests that people make, as opposed to robots and browsers that fetch pages in advance."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from crawleruseragents import is_crawler

BROWSERS = ("Mozilla/5.0 (", "Opera/9.80 (")
"""Beginnings of the User-Agent of browsers, which hardly any other program has."""
PROGRAM = re.compile("://|compatible; (?!MSIE)")
"""Part of the User-Agent of robots: their home page, or the browser with which they are compatible."""
USER_AGENT_LENGTH_MAX = 300
IN_ADVANCE = {"HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ"}
"""Headers of a request in advance, for a page that nobody looks at yet."""


def is_person(environ: Mapping[str, Any]) -> bool:
    """Return whether a browser asks for a page to show it to somebody."""
    user_agent = environ.get("HTTP_USER_AGENT", "")[:USER_AGENT_LENGTH_MAX]
    return environ.keys().isdisjoint(IN_ADVANCE) and _is_browser(user_agent)


@lru_cache(maxsize=4096)
def _is_browser(user_agent: str) -> bool:
    if not user_agent.startswith(BROWSERS) or PROGRAM.search(user_agent):
        return False
    return not is_crawler(user_agent, case_sensitive=False)
