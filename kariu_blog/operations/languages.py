"""What a configured language lacks.  A start with a further language names all of it at once."""

import re
from collections import Counter
from collections.abc import Mapping

from babel import localedata
from sqlalchemy import Connection, inspect, select
from sqlalchemy.orm import Session

from kariu_blog import catalogues
from kariu_blog.config import ConfigurationError
from kariu_blog.database import Base
from kariu_blog.languages import LANGUAGES, Language
from kariu_blog.posts.feed_entries import FeedEntry
from kariu_blog.posts.tags import ANY, feed_tag
from kariu_blog.posts.taxonomy import Author, Category
from kariu_blog.search.keys import STEMMED

STEPS = "See “Add a language” in docs/contributing.md."


def insist_on_languages() -> None:
    """Refuse a language for which the code or the catalogues are incomplete.  Raises ConfigurationError."""
    if lacks := missing(LANGUAGES):
        raise ConfigurationError("\n  ".join(["The languages are incomplete.", *lacks, STEPS]))


def missing(languages: Mapping[str, Language]) -> list[str]:
    """Return what the languages lack in the code and the catalogues."""
    lacks = []
    numbers = Counter(language.number for language in languages.values())
    for code, language in languages.items():
        if not localedata.exists(language.locale):
            lacks.append(f"{code}: Babel has no locale {language.locale}.")
        if unordered := languages.keys() - {code} - set(language.fallbacks):
            lacks.append(f"{code}: the fallbacks lack {', '.join(sorted(unordered))}.")
        if numbers[language.number] > 1 or not 0 < language.number < 256:
            lacks.append(f"{code}: the number {language.number} is not from 1 to 255, or belongs to another language.")
        if code not in STEMMED:
            lacks.append(f"{code}: kariu_blog/search/keys.py makes no keys of its words.")
        lacks += [f"{code}: the catalogue {file} is missing." for file in catalogues.sources(code) if not file.exists()]
    return lacks


def missing_in_database(connection: Connection, languages: Mapping[str, Language]) -> list[str]:
    """Return what the languages lack in an upgraded database."""
    found = inspect(connection)
    lacks = []
    for table in sorted(table.name for table in Base.metadata.sorted_tables if "language" in table.c):
        for check in found.get_check_constraints(table):
            allowed = re.findall(r"'(\w+)'", check["sqltext"])
            refused = languages.keys() - allowed if check["name"] == f"ck_{table}_language" else ()
            lacks += [f"{code}: the table {table} refuses it; a migration is missing." for code in sorted(refused)]
    session = Session(connection)
    for rows in (session.scalars(select(Category)).all(), session.scalars(select(Author)).all()):
        unnamed = languages.keys() - {code for row in rows for code in row.item.languages("name")} if rows else ()
        lacks += [f"{code}: no {rows[0].__tablename__} has a name in it." for code in sorted(unnamed)]
    mixed = {code: feed_tag(ANY, code) for code in languages}
    fed = set(connection.scalars(select(FeedEntry.feed).where(FeedEntry.feed.in_(mixed.values())).distinct()))
    unfed = sorted(code for code, feed in mixed.items() if feed not in fed) if fed else ()
    return lacks + [f"{code}: the table feed_entry lacks the posts in {mixed[code]}." for code in unfed]
