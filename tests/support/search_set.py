"""The second development set of the search (tests/search_set.toml): its texts, and how well queries are answered."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from kariu_blog.database import db
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post

SET: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).parent.with_name("search_set.toml").read_text())
TEXTS: dict[str, list[str]] = SET.pop("texts")  # type: ignore[assignment]
SHOWN = 10
Search = Callable[[str, str], list[str]]
"""Returns the slugs of the first results for a language and what was typed in it."""


@dataclass(frozen=True)
class Figures:
    """How well a class of queries is answered, each from 0 to 1."""

    recall: float
    """Right texts among the first ten results, of ten or all of them."""
    first: float
    """Queries whose first result is right."""
    precision: float
    """Right texts among the first ten results, of those in the language of the page."""


def publish() -> None:
    """Put the texts into the database, each as a post whose slug is its language and number."""
    for language, sentences in TEXTS.items():
        for number, sentence in enumerate(sentences):
            post, slug = Post(category_id=1, author_id=1), f"{language}-{number}"
            db.session.add(post)
            post.write(language, Content(title=slug, summary="", body=f"<p>{sentence}</p>", slug=slug)).publish()
    db.session.commit()


def shown(html: str) -> list[str]:
    """Return the slugs of a page of results."""
    return re.findall(r'<h2[^>]*><a href="/[a-z]+/posts/([a-z0-9-]+)"', html)[:SHOWN]


def figures(search: Search) -> dict[str, Figures]:
    """Return how well each class is answered."""
    found: dict[str, Figures] = {}
    for name, queries in SET.items():
        scores = [_scores(search, query, forms) for query, forms in queries.items()]
        found[name] = Figures(*map(mean, zip(*scores, strict=True)))
    return found


def _scores(search: Search, query: str, forms: str) -> tuple[float, float, float]:
    language, _, typed = query.partition(" ")
    right, got = right_texts(language, forms), search(language, typed)
    hits, own = right.intersection(got), [slug for slug in got if slug.startswith(language)]
    return (
        len(hits) / min(SHOWN, len(right)),
        float(got[:1] in [[each] for each in right]),
        len(hits) / max(1, len(own)),
    )


def right_texts(language: str, forms: str) -> set[str]:
    meant = "|".join(re.escape(form.replace("_", " ")) for form in forms.split())
    found = {
        f"{language}-{number}"
        for number, sentence in enumerate(TEXTS[language])
        if re.search(rf"(?<!\w)(?:{meant})(?!\w)", sentence.lower())
    }
    assert found, f"no text has {forms}"
    return found
