"""Exports of WordPress as version 6.1 writes them, made up."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

HOST = "old.example.kz"
HEAD = f"""<?xml version="1.0" encoding="UTF-8" ?>
<!-- generator="WordPress/6.1.9" created="2026-11-29 06:57" -->
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>Old</title><link>http://{HOST}</link><wp:wxr_version>1.2</wp:wxr_version>
<wp:base_site_url>http://{HOST}</wp:base_site_url><wp:base_blog_url>http://{HOST}</wp:base_blog_url>
"""
FOOT = "</channel></rss>\n"
KAZAKH = "Ғылыми кеңес жаңа білім беру бағдарламасын бекітті, қатысушылар саны үш жүзден асты. Университет ректоры"
KAZAKH += " студенттердің өтініші бойынша зертхананың ашылуын талқылады."
RUSSIAN = "Учёный совет утвердил новую образовательную программу, число участников превысило три сотни. Ректор обсудил"
RUSSIAN += " открытие лаборатории по просьбе студентов университета."
ENGLISH = "The academic council approved a new degree programme, and more than three hundred people took part in it."


def cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def author(login: str, name: str, key: int = 1) -> str:
    fields = {"id": str(key), "login": cdata(login), "display_name": cdata(name)}
    parts = (f"<wp:author_{each}>{text}</wp:author_{each}>" for each, text in fields.items())
    return f"<wp:author>{''.join(parts)}</wp:author>\n"


def category(slug: str, name: str, key: int = 1) -> str:
    slug = f"<wp:category_nicename>{cdata(slug)}</wp:category_nicename>"
    return f"<wp:category><wp:term_id>{key}</wp:term_id>{slug}<wp:cat_name>{cdata(name)}</wp:cat_name></wp:category>\n"


def item(
    key: int,
    title: str = "Title",
    body: str = ENGLISH,
    *,
    excerpt: str = "",
    slug: str | None = None,
    date: str = "2015-03-26 04:28:52",
    gmt: str | None = None,
    status: str = "publish",
    kind: str = "post",
    creator: str = "press",
    categories: Iterable[str] = ("novosti",),
    terms: Iterable[tuple[str, str]] = (),
    meta: Iterable[tuple[str, str]] = (),
    password: str = "",
    sticky: bool = False,
    url: str = "",
    parent: int = 0,
    comments: int = 0,
) -> str:
    """Return a post, page or attachment; ``terms`` are pairs of a domain and a slug."""
    slug = quote(f"post-{key}" if slug is None else slug).lower()
    link = f"http://{HOST}/{date[:4]}/{date[5:7]}/{slug}/" if status == "publish" else f"http://{HOST}/?p={key}"
    link = f"http://{HOST}/{slug}/" if kind == "page" else link
    fields: Mapping[str, str] = {
        "dc:creator": cdata(creator),
        "content:encoded": cdata(body),
        "excerpt:encoded": cdata(excerpt),
        "wp:post_id": str(key),
        "wp:post_date": cdata(date),
        "wp:post_date_gmt": cdata(date if gmt is None else gmt),
        "wp:post_name": cdata(slug),
        "wp:status": cdata(status),
        "wp:post_parent": str(parent),
        "wp:post_type": cdata(kind),
        "wp:post_password": cdata(password),
        "wp:is_sticky": str(int(sticky)),
        **({"wp:attachment_url": cdata(url)} if url else {}),
    }
    pairs = [("category", each) for each in categories] + list(terms)
    parts = [f"<title>{cdata(title)}</title><link>{escape(link)}</link>"]
    parts += [f"<{name}>{text}</{name}>" for name, text in fields.items()]
    parts += [
        f"<category domain={quoteattr(domain)} nicename={quoteattr(quote(name).lower())}>{cdata(name)}</category>"
        for domain, name in pairs
    ]
    parts += [
        f"<wp:postmeta><wp:meta_key>{cdata(k)}</wp:meta_key><wp:meta_value>{cdata(v)}</wp:meta_value></wp:postmeta>"
        for k, v in meta
    ]
    parts += ["<wp:comment><wp:comment_id>1</wp:comment_id></wp:comment>"] * comments
    return f"<item>{''.join(parts)}</item>\n"


def attachment(key: int, path: str, alt: str = "", parent: int = 0, caption: str = "") -> str:
    url = f"http://{HOST}/wp-content/uploads/{path}"
    meta = [("_wp_attached_file", path), ("_wp_attachment_image_alt", alt)]
    about: dict[str, Any] = {"url": url, "meta": meta, "parent": parent, "excerpt": caption}
    return item(key, path, "", status="inherit", kind="attachment", categories=(), **about)


TERMS = author("press", "Баспасөз қызметі") + category("novosti", "[:kk]Жаңалықтар[:ru]Новости[:en]News[:]")


def write_export(file: Path, *parts: str) -> Path:
    file.write_text(HEAD + TERMS + "".join(parts) + FOOT, encoding="utf-8")
    return file


def in_three(number: int, words: int = 1) -> tuple[str, str]:
    """Return title and body of a post in three languages, no two alike."""
    title = f"[:kk]Жаңалық {number}[:ru]Новость {number}[:en]News {number}[:]"
    texts = [
        (code, f"{number}. {text}\n\n" * words) for code, text in (("kk", KAZAKH), ("ru", RUSSIAN), ("en", ENGLISH))
    ]
    return title, "".join(f"[:{code}]{text}" for code, text in texts) + "[:]"


def many(count: int, words: int = 5) -> Iterator[str]:
    """Yield posts of some fifteen years."""
    for number in range(1, count + 1):
        title, body = in_three(number, words)
        day = f"{2005 + number * 15 // count:04}-{number % 12 + 1:02}-{number % 28 + 1:02}"
        date = f"{day} {number % 24:02}:{number % 60:02}:07"
        yield item(number, title, body, date=date)
