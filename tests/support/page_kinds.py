"""An example of every kind of page, on a running server with the demonstration content."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from tests.support.editor import Editor
from tests.support.files import PDF
from tests.support.serving import Site

SIGNS_IN = "sign in"
READERS = {
    "front page": "/{lang}/",
    "front page 2": "/{lang}/?page=2",
    "category": "/{lang}/categories/rector/",
    "post": "/{lang}/posts/university-and-metallurgical-plant-sign-an-agreement-on-dual-training",
    "stand-in": "/{lang}/posts/{stand_in}",
    "archive": "/{lang}/archive/2021/06/",
    "author": "/{lang}/authors/press-office/",
    "rector": "/{lang}/rector/",
    "page": "/{lang}/pages/about",
    "search": "/{lang}/search",
    "search results": "/{lang}/search?q={word}",
    "nothing found": "/{lang}/search?q=xyzzy&category=news",
    "feeds": "/{lang}/feeds/",
    "not found": "/{lang}/nothing",
    "gone": "/{lang}/posts/on-the-eve-of-the-new-academic-year",
    "shared preview": "/{lang}/preview/{token}",
    SIGNS_IN: "/{lang}/staff/login",
    "forgotten password": "/{lang}/staff/forgotten",
    "link for a password": "/{lang}/staff/link",
}
STAFF = {
    "newsroom": "/{lang}/staff/",
    "no such posts": "/{lang}/staff/?state=review",
    "new post": "/{lang}/staff/posts/new",
    "post form": "/{lang}/staff/posts/5",
    "post form with a change and a draft": "/{lang}/staff/posts/3",
    "preview": "/{lang}/staff/posts/5/{lang}/preview",
    "preview links": "/{lang}/staff/posts/5/en/preview-links",
    "history": "/{lang}/staff/posts/5/kk/revisions",
    "difference": "/{lang}/staff/posts/5/kk/revisions/{revision}",
    "deletion of a post": "/{lang}/staff/posts/1/deletion",
    "pictures": "/{lang}/staff/pictures",
    "picture": "/{lang}/staff/pictures/1",
    "deletion of a picture": "/{lang}/staff/pictures/1/deletion",
    "descriptions of pictures": "/{lang}/staff/pictures/descriptions?id=1&id=2",
    "files": "/{lang}/staff/files",
    "file": "/{lang}/staff/files/1",
    "deletion of a file": "/{lang}/staff/files/1/deletion",
    "site": "/{lang}/staff/site",
    "categories": "/{lang}/staff/site/categories/",
    "category form": "/{lang}/staff/site/categories/2",
    "rector form": "/{lang}/staff/site/rectors/2",
    "new notice": "/{lang}/staff/site/notices/new",
    "contacts form": "/{lang}/staff/site/contacts/3",
    "pin of a post": "/{lang}/staff/site/posts/5",
    "history of an item": "/{lang}/staff/site/rectors/2/revisions",
    "difference of an item": "/{lang}/staff/site/rectors/2/revisions/9",
    "merging": "/{lang}/staff/site/categories/4/merging?target=2",
    "order of the menu": "/{lang}/staff/site/menu",
    "password": "/{lang}/staff/password",
    "account": "/{lang}/staff/account",
    "second factor": "/{lang}/staff/second-factor",
    "people": "/{lang}/staff/people",
    "person": "/{lang}/staff/people/1",
    "invitation": "/{lang}/staff/people/new",
    "activity log": "/{lang}/staff/people/acts",
}
EVERY = {**READERS, **STAFF}
TREES = "studenty-i-prepodavateli-posadili-sto-dvadtsat-derevev"
STAND_INS = {"kk": TREES, "en": TREES, "ru": "kitapkhanada-qazaq-tilindegi-tekhnikalyq-adebietter-kormesi-ashyldy"}
WORDS = {"kk": "университет", "ru": "университет", "en": "university"}

COLUMNS = "".join(f'<th scope="col">{year}</th>' for year in range(1963, 2022, 3))
CELLS = "".join(f"<td>{number * 1000}</td>" for number in range(1, 21))
ADDED = (
    f"<table><caption>1963–2021</caption><thead><tr>{COLUMNS}</tr></thead><tbody><tr>{CELLS}</tr></tbody></table>"
    "<ol><li>1<ul><li>1.1</li></ul></li></ol><dl><dt>H<sub>2</sub>O</dt><dd>1</dd></dl><hr>"
    '<p><a href="https://kariu.kz/">kariu.kz</a> <code>x</code> <mark>1</mark> <s>2</s> <small>3</small></p>'
    '<p><a href="https://youtu.be/dQw4w9WgXcQ">1963</a></p>'
)
"""What no demonstration post has: with its picture, list and quotation the post then has all that a text may hold."""


@dataclass(frozen=True)
class Pages:
    site: Site
    editor: Editor
    known: dict[str, str]

    def path(self, kind: str, language: str) -> str:
        known = {"lang": language, "stand_in": STAND_INS[language], "word": WORDS[language], **self.known}
        return quote(EVERY[kind].format(**known), safe="/?=&")


def furnish(site: Site) -> Pages:
    """What the demonstration lacks.

    A correction, a cover, a table and a gallery in one post, a file, a change that readers have not seen and a draft of
    it, a deleted post, a link.
    """
    editor = Editor(site)
    post = "/en/staff/posts/5"
    fields = editor.fields(post)
    editor.send_file("/en/staff/files", "1963.pdf", PDF)
    pictures = re.findall(r'"url":"(/media/[^"]+)"', editor.get("/en/staff/pictures.json"))[:2]
    figures = "".join(f'<figure><img src="{src}" alt="1963"><figcaption>1963</figcaption></figure>' for src in pictures)
    gallery = f"<figure>{figures}<figcaption>1963–2021</figcaption></figure>"
    for language in ("kk", "ru", "en"):
        fields[f"{language}-body"] += ADDED + gallery
        fields[f"{language}-correction_note"] = "1963 → 1965"
    assert "Updated. Readers see" in editor.send(f"{post}/publication", {**fields, "cover": "1"})
    changed = "/en/staff/posts/3"
    editor.send(changed, {**editor.fields(changed), "en-title": "Open day, moved"})
    editor.send(f"{changed}/draft", {**editor.fields(changed), "en-title": "Not saved yet"})
    deletion = "/en/staff/posts/8/deletion"
    editor.send(deletion, editor.fields(deletion))
    links = editor.send(f"{post}/en/preview-links", {**editor.fields(f"{post}/en/preview-links"), "days": "7"})
    return Pages(
        site,
        editor,
        {
            "token": re.findall(r"/preview/([\w-]+)", links)[0],
            "revision": re.findall(r"revisions/(\d+)", editor.get(f"{post}/kk/revisions"))[0],
        },
    )
