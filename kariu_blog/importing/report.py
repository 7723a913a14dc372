"""The report of an import as a file: a line for everything of a post that did not come as it was."""

import csv
from pathlib import Path

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kariu_blog.database import db
from kariu_blog.languages import DEFAULT, LANGUAGES
from kariu_blog.newsroom.old_site import NOTES
from kariu_blog.old_site.models import ImportedItem, OldMedia
from kariu_blog.posts.post import Post, PostTranslation

COLUMNS = ("source", "post", "title", "what", "detail", "reason")


def write_report(file: Path, faults: list[str]) -> int:
    """Write the report as tab-separated values in the newsroom's words, and return the number of its lines."""
    errors = {path: error for path, error in db.session.execute(select(OldMedia.path, OldMedia.error)) if error}
    with force_locale(LANGUAGES[DEFAULT].locale):
        words = {kind: str(said) for kind, said in NOTES.items()}
    count = 0
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, dialect="excel-tab")
        table.writerow(COLUMNS)
        for fault in faults:
            table.writerow(["", "", "", "stopped", fault, ""])
        texts = selectinload(ImportedItem.post).selectinload(Post.translations)
        rows = select(ImportedItem).order_by(ImportedItem.source).options(texts.load_only(PostTranslation.slug))
        for row in db.session.scalars(rows.execution_options(yield_per=100)):
            for what, detail in row.notes:
                said, error = words.get(what, what), errors.get(detail, "")
                table.writerow([row.source, _address_of(row.post), row.title, said, detail, error])
                count += 1
    return count + len(faults)


def _address_of(post: Post | None) -> str:
    return next((f"/{text.language}/posts/{text.slug}" for text in post.translations.values()), "") if post else ""
