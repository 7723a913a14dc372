"""Names of the cache tags: a post, a list, a feed, an archive page, and what every page shows."""

LAYOUT = "layout"
"""What every page shows."""
POSTS = "posts"
"""The list of all posts."""
ANY = "any"
"""All posts in whatever language."""


def post_tag(key: int) -> str:
    return f"post:{key}"


def category_tag(key: int) -> str:
    return f"category:{key}"


def author_tag(key: int) -> str:
    return f"author:{key}"


def order_tag(category: int) -> str:
    """Return the tag for the order of posts in a category, whatever their words."""
    return f"order:{category}"


def feed_tag(subject: str, language: str) -> str:
    """Return the tag of a feed; ``subject`` is the tag of the list that it follows."""
    return f"{subject}:{language}"


def archive_tag(feed: str, part: int) -> str:
    """Return the tag of an archive page of a feed (RFC 5005, section 4)."""
    return f"{feed}:{part}"
