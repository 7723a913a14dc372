"""Bodies with everything that the cleaner lets through, and what a body means, however it is written down."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import html5lib

from kariu_blog.text.elements import ATTRIBUTES, BLOCKS, INLINE

PICTURE = f"/media/{'0a' * 10}-16x10.jpg"
FLOW = [*BLOCKS, *INLINE]
CHILDREN: dict[str, list[str]] = {
    **dict.fromkeys([*INLINE, "p", "h2", "h3", "h4"], INLINE),
    **dict.fromkeys(["a", "blockquote", "li", "dd", "td", "th", "caption", "figcaption"], FLOW),
    "dt": [tag for tag in FLOW if tag != "dl"],  # which libxml2 takes for a list beside it
    **{tag: ["li"] for tag in ("ul", "ol")},
    **{tag: ["tr"] for tag in ("thead", "tbody", "tfoot")},
    **{tag: [] for tag in ("br", "hr", "img")},
    "dl": ["dt", "dd"],
    "table": ["caption", "thead", "tbody", "tfoot"],
    "tr": ["th", "td"],
    "figure": [*FLOW, "figcaption"],
}
"""What HTML lets stand in each element that the cleaner knows."""
STANDS_IN = {"li": "ul", "dt": "dl", "dd": "dl", "figcaption": "figure", "td": "tr", "th": "tr", "tr": "tbody"}
STANDS_IN |= dict.fromkeys(["caption", "thead", "tbody", "tfoot"], "table")
USUAL = {"a": ' href="/x"', "span": ' lang="en"', "abbr": ' title="т"', "img": f' src="{PICTURE}" alt="т"'}
VALUES = {"lang": "ru", "dir": "rtl", "href": "/y", "hreflang": "kk", "title": "ә", "src": PICTURE, "alt": "ә"}
VALUES |= {"start": "3", "scope": "row", "colspan": "2", "rowspan": "2"}
RARE = [
    f'<figure><a href="/x"><img src="{PICTURE}" alt="т"></a>'
    "<figcaption><p>a <b>b</b></p><p>c</p></figcaption></figure>",
    f'<figure><span lang="ru"><img src="{PICTURE}" alt="т"></span><figcaption>a</figcaption>'
    f'<img src="{PICTURE}" alt="ә"><p>b</p><figcaption>c</figcaption></figure>',
    '<p><span lang="ru">a <span lang="kk">b <span lang="ru">c</span></span> d</span></p>',
    "<p><q>a <q>b</q> c</q> <sup>d<sup>e</sup></sup></p>",
    '<table><thead lang="ru" dir="ltr"><tr><td rowspan="0">a</td><td>b</td></tr><tr lang="en"><td>c</td></tr></thead>'
    '<tbody><tr><td colspan="2">d</td></tr></tbody></table>',
    '<table><caption lang="ru"><p>a</p><ul><li>b</li></ul></caption><tr><td>c</td></tr></table>',
    '<figure><a href="/x">a</a> b<figcaption>c</figcaption></figure>',
    f'<figure>a <a href="/x">b</a> c <em>d</em><img src="{PICTURE}" alt="т">e<figcaption>f</figcaption></figure>',
    '<p><i lang="en">a <b lang="ru">b</b></i> <span lang="en">c <a href="/x" lang="kk">d</a></span></p>',
    "<pre>a\n  b <b>c\nd</b>\n\ne</pre><ul><li><pre>f\ng</pre></li></ul>",
]


def nestings() -> Iterator[str]:
    """Every element in every other one where HTML allows it."""
    for parent, children in CHILDREN.items():
        for child in children:
            inside = _filled(child)
            yield _placed(parent, f"before {inside} after" if "b" in children else inside)


def attributes() -> Iterator[str]:
    """Every attribute on every element that may have it."""
    rows = {"colspan": "<tr><td>a</td><td>b</td></tr>", "rowspan": "<tr></tr>"}
    for tag in CHILDREN:
        for name in sorted(ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set())):
            others = USUAL["img"] if tag == "img" and name in ("lang", "dir") else ""
            whole = _placed(tag, _inside(tag), f'{others} {name}="{VALUES[name]}"')
            yield whole.replace("</tbody>", f"{rows.get(name, '')}</tbody>")


def _inside(tag: str) -> str:
    """Words, or the least that an element needs for words in it."""
    children = CHILDREN[tag]
    return "in it" if not children or "b" in children else _filled(children[-1])


def _filled(tag: str) -> str:
    return _opened(tag, _inside(tag), USUAL.get(tag, ""))


def _placed(tag: str, inside: str, about: str | None = None) -> str:
    """An element within those that it needs around it."""
    made = _opened(tag, inside, USUAL.get(tag, "") if about is None else about)
    return _placed(STANDS_IN[tag], made) if tag in STANDS_IN else made


def _opened(tag: str, inside: str, about: str) -> str:
    if not CHILDREN[tag]:
        return f"<{tag}{about}>"
    row = "<tr><td>cell</td></tr>" if inside.startswith("<caption") else ""
    return f"<{tag}{about}>{inside}{row}</{tag}>"


class Said(NamedTuple):
    kind: str
    """``box`` or the end of one, ``break`` between lines, ``leaf`` (a picture, a line break) or ``words``."""
    what: Any
    formats: tuple[Any, ...] = ()
    """The elements within the line that it stands in, with their attributes; those with a language outermost first."""


def meaning(body: str) -> list[Said]:
    """What a body says in its order.

    A paragraph without attributes is the breaks around it, since the only one of a box needs no tags; formats
    without a language have no order.
    """
    root = html5lib.parseFragment(body, treebuilder="etree", namespaceHTMLElements=False)
    said: list[Said] = []
    for one in _read(root, ()):
        last = said[-1] if said else Said("box", "")
        if one.kind == "break" and last.kind in ("box", "break"):
            continue
        if one.kind == "box" and last.kind == "break":
            said.pop()
        if one.kind == last.kind == "words" and one.formats == last.formats:
            one = Said("words", last.what + " " + one.what, one.formats)
            said.pop()
        said.append(one)
    return said


def _read(node: Any, formats: tuple[Any, ...]) -> Iterator[Said]:
    yield from _words(node.text, formats)
    for child in node:
        about = (child.tag, *sorted(child.items()))
        if child.tag in ("br", "img"):
            kept = [one for one in formats if one[0] in ("a", "span")]
            yield Said("leaf", about, tuple(kept) if child.tag == "img" else ())
        elif child.tag in INLINE:
            yield from _read(child, _within(formats, about))
        else:
            is_plain = about in (("p",), ("tbody",))
            yield Said("break", "") if is_plain else Said("box", about)
            yield from _read(child, formats)
            yield Said("break", "") if is_plain else Said("box", "end")
        yield from _words(child.tail, formats)


def _within(formats: tuple[Any, ...], about: tuple[Any, ...]) -> tuple[Any, ...]:
    if about in (("a",), ("span",)):
        return formats
    return tuple(sorted((*formats, about), key=lambda one: "~" if {"lang", "dir"} & dict(one[1:]).keys() else str(one)))


def _words(text: str | None, formats: tuple[Any, ...]) -> Iterator[Said]:
    if text and text.split():
        yield Said("words", " ".join(text.split()), formats)
