"""Covers and pictures of texts, as feed readers get them: whole, with absolute addresses, described."""

import json
import re
from typing import Any

import atoma
import fastfeedparser
import feedparser
import html5lib
import pytest
from lxml import etree

from kariu_blog.feeds import builder
from kariu_blog.feeds.builder import Cover
from kariu_blog.media.files import Files
from tests.support.browsing import Browser
from tests.support.cast import SITE
from tests.support.feed_rows import HEAD, row

TITLES = {
    "kk": "Жарты ғасырлық жол және алдағы белестер",
    "ru": "Путь длиной в полвека и то, что впереди",
    "en": "Half a century behind us, and the road ahead",
}
ALTS = {
    "kk": "Кешкі аспан аясындағы терезелерінде жарық жанған оқу ғимараты",
    "ru": "Учебный корпус со светящимися окнами на фоне вечернего неба",
    "en": "A university building with lit windows against the evening sky",
}
MEDIA = "{http://search.yahoo.com/mrss/}"
ATOM = "{http://www.w3.org/2005/Atom}"


def entry_of(browse: Browser, language: str, format: str) -> Any:
    entries = feedparser.parse(browse.raw(f"/{language}/feed.{format}").data).entries
    return next(entry for entry in entries if entry.title == TITLES[language])


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("format", ["rss", "atom"])
def test_a_cover_is_an_enclosure_with_its_true_type_and_length(
    browse_demo: Browser, language: str, format: str
) -> None:
    entry = entry_of(browse_demo, language, format)
    assert entry.link.startswith(f"{SITE}/{language}/posts/")
    [enclosure] = entry.enclosures
    served = browse_demo.raw(enclosure.href.removeprefix(SITE))
    assert enclosure.href.startswith(f"{SITE}/media/")
    assert (enclosure.type, int(enclosure.length)) == (served.content_type, len(served.data))
    [media] = entry.media_content
    assert (media["url"], media["type"], media["medium"]) == (enclosure.href, "image/jpeg", "image")
    assert (media["width"], media["height"], media["filesize"]) == ("960", "540", enclosure.length)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_cover_is_described_in_the_entrys_language(browse_demo: Browser, language: str) -> None:
    for format in ("rss", "atom"):
        tree = etree.fromstring(browse_demo.raw(f"/{language}/feed.{format}").data)
        found = [element.text for element in tree.iter(f"{MEDIA}description")]
        assert ALTS[language] in found
    stand_ins = browse_demo.raw("/kk/all/feed.atom").get_data(as_text=True)
    assert "Солнце низко над степными холмами" in stand_ins  # whose text is in Russian alone
    assert "Дала төбелерінің" not in stand_ins


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_pictures_stand_in_the_text_with_absolute_addresses(browse_demo: Browser, language: str) -> None:
    items = json.loads(browse_demo.raw(f"/{language}/feed.json").data)["items"]
    item = next(item for item in items if item["title"] == TITLES[language])
    assert item["content_html"].startswith("<figure><picture><source")
    assert item["image"] in item["content_html"]
    assert ALTS[language] in item["content_html"]
    pictured = [item for item in items if "<img" in item["content_html"]]
    assert len(pictured) >= 3
    for item in pictured:
        assert ("image" in item) == item["content_html"].startswith("<figure>")
        tree = html5lib.parse(item["content_html"], namespaceHTMLElements=False)
        addresses = [img.get("src") for img in tree.iter("img")]
        for source in tree.iter("source"):
            addresses += [candidate.split()[0] for candidate in source.get("srcset").split(", ")]
        assert len(addresses) >= 5
        for address in addresses:
            assert browse_demo.raw(address.removeprefix(SITE)).status_code == 200, address
            assert address.startswith(f"{SITE}/media/")
        assert all(img.get("alt") for img in tree.iter("img"))


def test_other_readers_still_open_the_post_and_not_the_picture(browse_demo: Browser) -> None:
    document = browse_demo.raw("/en/feed.atom").data
    entry = next(entry for entry in atoma.parse_atom_bytes(document).entries if entry.title.value == TITLES["en"])
    [enclosure] = [link.href for link in entry.links if link.rel == "enclosure"]
    assert enclosure.startswith(f"{SITE}/media/")
    fast = next(entry for entry in fastfeedparser.parse(document).entries if entry.title == TITLES["en"])
    assert fast.link.startswith(f"{SITE}/en/posts/")
    rss = atoma.parse_rss_bytes(browse_demo.raw("/en/feed.rss").data)
    item = next(item for item in rss.items if item.title == TITLES["en"])
    assert (item.link.startswith(f"{SITE}/en/posts/"), item.enclosures[0].type) == (True, "image/jpeg")


def cover(alt: str = "Ә") -> Cover:
    files = Files("0a" * 10, 1600, 1067, "png")
    return Cover(f"https://x.test{files.address}", files, 12345, alt)


@pytest.mark.parametrize("alt", ['"><script>', "a\x0b\ufffe & <b>", "]]>", "", "\ud800"])
@pytest.mark.parametrize("build", [builder.rss, builder.atom, builder.json_feed])
def test_no_description_harms_a_feed(alt: str, build: Any) -> None:
    document = build(HEAD, [row(cover=cover(alt))], "https://x.test/feed")
    if build is builder.json_feed:
        content = json.loads(document)["items"][0]["content_html"]
    else:
        parsed = feedparser.parse(document)
        assert not parsed.bozo
        tree = etree.fromstring(document)
        content = next(iter(tree.iter(f"{ATOM}content", "{http://purl.org/rss/1.0/modules/content/}encoded"))).text
        assert parsed.entries[0].enclosures[0].type == "image/png"
    assert "<script>" not in content
    assert len(re.findall("<img ", content)) == 1


def test_a_text_full_of_pictures_counts_with_all_that_is_written_for_them() -> None:
    picture = f'<p><img src="/media/{"0a" * 10}-1600x1067.jpg" alt="x"></p>\n'
    rows = [row(id=f"tag:x,2021:{number}", body=picture * 100) for number in range(30)]
    document = builder.atom(HEAD, rows, "https://x.test/feed.atom")
    assert len(document) < builder.BYTES_MAX
    bodies = [entry.content[0].value for entry in feedparser.parse(document).entries]
    assert len(bodies) == 30
    assert "<img " in bodies[0]
    assert bodies[-1] == "<p>С</p>"
