"""Who is a person, by what browsers send and robots do not."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from crawleruseragents import is_crawler

BROWSERS = ("Mozilla/5.0 (", "Opera/9.80 (")
"""How every browser begins its User-Agent, and hardly any other program."""
PROGRAM = re.compile("://|compatible; (?!MSIE)")
"""What only robots say of themselves: their home page, and with which browser they claim to be compatible."""
USER_AGENT_LENGTH_MAX = 300
IN_ADVANCE = {"HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ"}
"""What browsers send with a page that nobody looks at yet."""


def is_person(environ: Mapping[str, Any]) -> bool:
    """A browser that shows the page to somebody: no robot, no page fetched in advance."""
    return environ.keys().isdisjoint(IN_ADVANCE) and _is_browser(
        environ.get("HTTP_USER_AGENT", "")[:USER_AGENT_LENGTH_MAX]
    )


@lru_cache(maxsize=4096)
def _is_browser(user_agent: str) -> bool:
    if not user_agent.startswith(BROWSERS) or PROGRAM.search(user_agent):
        return False
    return not is_crawler(user_agent, case_sensitive=False)
