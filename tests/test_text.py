"""Text: characters, slugs, HTML as people type it."""

import random

import pytest

from kariu_blog import text

PICTURE = f"/media/{'0a' * 10}-1600x1067.jpg"


@pytest.mark.parametrize(
    ("typed", "body"),
    [
        ("Бір жол", "<p>Бір жол</p>"),
        ("Бір\nекі\r\nүш\r\rтөрт", "<p>Бір<br>екі<br>үш</p>\n<p>төрт</p>"),
        ("5 < 6 & 7 > 3", "<p>5 &lt; 6 &amp; 7 &gt; 3</p>"),
        (
            "<h2>Т</h2>\n\nМәтін\n<ul>\n\n<li>1</li></ul>",
            "<h2>Т</h2>\n<p>Мәтін</p>\n<ul>\n\n<li>1</li></ul>",
        ),
        ("<p>жол\nжалғасы</p>", "<p>жол жалғасы</p>"),
        ("<h1>Бас</h1>", "<h2>Бас</h2>"),
        ("<div>бір</div><div>екі</div>", "<p>бір</p>\n<p>екі</p>"),
        ('<p class="MsoNormal" style="x">Word<o:p></o:p></p>', "<p>Word</p>"),
        ("<p></p>\n\n<b> </b>\n\n ", ""),
        (
            '<a href="javascript:x">а</a> <a href="https://kariu.kz/" onclick="x">б</a>',
            '<p>а <a href="https://kariu.kz/">б</a></p>',
        ),
        ("<script>alert(1)</script><style>x</style>сөз<iframe src=x></iframe>", "<p>сөз</p>"),
        (
            f'<p>а<img src="{PICTURE}" onerror="x" width=9 alt=\'"Ә"\n &lt;br>\'><img src="/x.png"><img alt="x"></p>',
            f'<p>а<img src="{PICTURE}" alt="&quot;Ә&quot; &lt;br&gt;"></p>',
        ),
        (f'<img src="https://blog.kariu.test{PICTURE}">', f'<p><img src="{PICTURE}" alt=""></p>'),
        (
            f'<figure><picture><source><img src="{PICTURE}" alt="а"></picture><figcaption>б</figcaption></figure>',
            f'<figure><img src="{PICTURE}" alt="а"><figcaption>б</figcaption></figure>',
        ),
        (
            "<table><tr><td colspan=2>1</td></tr></table>",
            '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>',
        ),
        ("<pre>\nбір\n  <b>екі\nүш</b></pre>", "<p>бір<br><b>екі<br>үш</b></p>"),
        ("<ul><li><pre>бір\nекі</pre></li></ul>", "<ul><li><p>бір<br>екі</p></li></ul>"),
        (
            f'<figure><img src="{PICTURE}" alt=""><figcaption><p>а</p><p>ә <b>б</b></p></figcaption></figure>',
            f'<figure><img src="{PICTURE}" alt=""><figcaption>а<br>ә <b>б</b></figcaption></figure>',
        ),
        (
            '<table><thead lang="ru"><tr><td rowspan="0">1</td></tr><tr lang="kk"></tr></thead></table>',
            '<table><thead><tr lang="ru"><td rowspan="2">1</td></tr><tr lang="kk"></tr></thead></table>',
        ),
        ("<center>Бір</center><details><summary>Ә</summary>б</details>", "<p>Бір</p>\n<p>Ә</p>\n<p>б</p>"),
        ("<h1>а</h1><h2>ә</h2><h6>б</h6>", "<h2>а</h2>\n<h3>ә</h3>\n<h4>б</h4>"),
        ("<del>а</del> <strike>ә</strike>", "<p><s>а</s> <s>ә</s></p>"),
        ("<p>а</p><h2> </h2><ul><li></li></ul><figure><figcaption></figcaption></figure>", "<p>а</p>"),
        ("<ul><li>а</li><ul><li>ә</li></ul></ul>", "<ul><li>а<ul><li>ә</li></ul></li></ul>"),
        ("<ul><li>а</li><li><ul><li>ә</li></ul></li></ul>", "<ul><li>а<ul><li>ә</li></ul></li></ul>"),
        ("<ul><li><ul><li>ә</li></ul></li></ul>", "<ul><li>ә</li></ul>"),
        (
            '<a href="/x"><h2>а</h2>ә <b>б</b></a>',
            '<h2><a href="/x">а</a></h2>\n<p><a href="/x">ә <b>б</b></a></p>',
        ),
        ("<b><ul><li>а</li></ul>ә</b>", "<ul><li><b>а</b></li></ul>\n<p><b>ә</b></p>"),
        ('<p hidden>а</p><p>ә<span style="display: none">б</span></p>', "<p>ә</p>"),
        (
            '<p style="font-size:0">а</p><p style="opacity:0.0;color:red">б</p><p style="left: -9999px">в</p>'
            '<p style="font-size:;opacity:0.1;text-indent:-2em">г</p>',
            "<p>г</p>",
        ),
        ("<p>а</p><select><option>б</option></select><button>в</button><title>г</title>", "<p>а</p>"),
        ('<p>а<img alt="🎉" src="https://x.kz/1.png"><img alt="сурет" src="https://x.kz/2.png"></p>', "<p>а🎉</p>"),
        ('<p><img alt="1️⃣" src="https://x.kz/1.png"><img alt="2021" src="https://x.kz/2.png"></p>', "<p>1️⃣</p>"),
        ("<p>10&nbsp;000\u202f₸</p>\n\n№\u00a05", "<p>10\u00a0000\u202f₸</p>\n<p>№\u00a05</p>"),
        ("<b>\u0338а</b> <p>и&#774;</p>", "<p><b>\u0338а</b></p>\n<p>й</p>"),
        (
            "Жазыңыз: <office@kariu.kz> <https://kariu.kz>",
            "<p>Жазыңыз: &lt;office@kariu.kz&gt; &lt;https://kariu.kz&gt;</p>",
        ),
        ('<p>а<a href="#_ftn1">[1]</a> <a href="#part-2">ә</a></p>', '<p>а[1] <a href="#part-2">ә</a></p>'),
        (
            "<table><tr><td colspan=1000>а</td></tr><tr><td>1</td><td>2</td></tr></table>",
            '<table><tbody><tr><td colspan="2">а</td></tr><tr><td>1</td><td>2</td></tr></tbody></table>',
        ),
        ("<table><tr><td colspan=500>а</td></tr></table>", "<table><tbody><tr><td>а</td></tr></tbody></table>"),
        (
            "<table>" + f"<tr><td colspan=31>а</td></tr><tr>{'<td>1</td>' * 31}</tr></table>",
            f'<table><tbody><tr><td colspan="31">а</td></tr><tr>{"<td>1</td>" * 31}</tr></tbody></table>',
        ),
        (
            '<table><tr><td rowspan="9" colspan="x">1</td></tr></table>',
            "<table><tbody><tr><td>1</td></tr></tbody></table>",
        ),
    ],
)
def test_a_body_is_made_of_what_was_typed(typed: str, body: str) -> None:
    assert text.body_from_typed(typed) == body


def test_opening_and_saving_a_body_never_changes_it() -> None:
    pieces = [
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<ul>",
        "<li>",
        "</ul>",
        "сөз",
        "\n",
        "\n\n",
        " ",
        "<br>",
        "<hr>",
        "<h2>",
        "</h2>",
    ]
    pieces += [
        "<blockquote>",
        "</blockquote>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        '<a href="/x">',
        "</a>",
        "<",
        "&",
        '"',
        f'<img src="{PICTURE}" alt="а">',
        "<figure>",
        "</figure>",
        "<figcaption>",
        "</figcaption>",
        "<caption>",
        "<dl><dt>",
        "<pre>",
        "</pre>",
        '<thead lang="ru">',
        '<td rowspan="0">',
        "<td colspan=1000>",
        "<center>",
        "https://youtu.be/dQw4w9WgXcQ",
        "&nbsp;",
        "\u0338",
    ]
    dice = random.Random(1963)
    for _ in range(3000):
        body = text.body_from_typed("".join(dice.choice(pieces) for _ in range(dice.randint(1, 14))))
        assert text.body_from_typed(text.typed_from_body(body)) == body


@pytest.mark.parametrize(
    "nasty",
    [
        "<div>" * 20_000,
        "<b>" * 500,
        "<" * 50_000,
        "<p>" + "".join(f"<b lang=x{number}>" for number in range(1600)) + "<p>x" * 1600,
    ],
)
def test_what_would_take_seconds_to_parse_is_refused(nasty: str) -> None:
    with pytest.raises(text.TooManyTagsError):
        text.body_from_typed(nasty)


@pytest.mark.parametrize(
    "long",
    [
        "a" + " " * 300_000 + "b",
        "a\n" * 100_000,
        "a" + "\n \t" * 100_000,
        " <br> " * 9_000,
        "<pre>" + "a\n" * 100_000,
        "<figure><figcaption><ul><li>a" + "\n" * 250_000 + "b",
    ],
)
def test_long_texts_are_read_in_one_go(long: str) -> None:
    assert text.body_from_typed(long).startswith("<p>a" if long[0] == "a" else "")


def test_addresses_that_nobody_can_take_apart_are_dropped() -> None:
    body = text.body_from_typed('<a href="//[x">а</a> <a href="http://[::1">ә</a> <a href="//a:b@[c">б</a>')
    assert body == "<p>а ә б</p>"
    assert text.absolute_links('<a href="//[x">а</a>', "https://x.test/") == "<a>а</a>"


@pytest.mark.parametrize(
    "address",
    [
        f"{PICTURE}?x",
        f"{PICTURE}#x",
        PICTURE.replace("jpg", "svg"),
        PICTURE.replace("media", "static"),
        f"//evil.test{PICTURE}x",
        f"javascript:{PICTURE}",
        f"data:{PICTURE}",
        f"/media/../{PICTURE[7:]}",
    ],
)
def test_a_picture_from_elsewhere_is_dropped(address: str) -> None:
    assert text.body_from_typed(f'<p>а<img src="{address}" alt="ә"></p>') == "<p>а</p>"


def test_pictures_of_a_body_are_known_by_their_digests_and_those_without_alt_are_listed() -> None:
    other = PICTURE.replace("0a", "1b")
    body = text.body_from_typed(
        f'<p><img src="{PICTURE}" alt="а"> <img src="{PICTURE}"></p><img src="{other}" alt=" ">'
    )
    assert text.pictures_in(body) == {"0a" * 10, "1b" * 10}
    assert text.pictures_without_alt(body) == ["0a" * 10, "1b" * 10]
    assert text.pictures_in("<p>/media/x</p>") == set()


def test_every_address_of_a_body_is_made_absolute_and_nothing_else() -> None:
    body = text.body_from_typed(
        f'<a href="/kk/?a=1&amp;b=2, c">href="/x"</a> <a href="#part-1">б</a> <img src="{PICTURE}">'
    )
    assert text.absolute_links(body, "https://x.test/ru/posts/y") == (
        '<p><a href="https://x.test/kk/?a=1&amp;b=2,%20c">href="/x"</a> '
        f'<a href="https://x.test/ru/posts/y#part-1">б</a> <img src="https://x.test{PICTURE}" alt=""></p>'
    )


@pytest.mark.parametrize("reference", ["&#x1F;", "&#8;", "&#27;", "&#xFFFE;", "&#0;", "&#xD800;", "&#x110000;", "&#X0"])
def test_character_references_bring_nothing_back(reference: str) -> None:
    assert text.body_from_typed(f"а{reference}ә &#1241; &amp;") == "<p>аә ә &amp;</p>"


def test_characters_that_xml_forbids_disappear_and_others_stay() -> None:
    every = "".join(map(chr, [*range(0x110), 0xD800, 0xDFFF, 0x2028, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x1F600]))
    kept = text.clean(every)
    assert not set(kept) & {chr(n) for n in [*range(9), 11, 12, *range(14, 32), 0xD800, 0xFFFE, 0xFFFF]}
    assert {"\t", "\n", "\x85", "\u2028", "\ufeff", "😀", "Ā"} <= set(kept)
    assert text.clean("и\u0306") == "й"


def test_non_breaking_spaces_of_every_width_stay_in_lines() -> None:
    assert text.clean_line(" №\u00a05\n 10\u202f000\t\u2007а ") == "№\u00a05 10\u202f000 \u2007а"
    assert text.excerpt("<p>10\u00a0000</p>") == "10\u00a0000"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Әкімшілік", "akimshilik"),
        ("әріптес", "ariptes"),
        ("Қарағанды индустриялық университеті", "qaraghandy-industriyalyq-universiteti"),
        ("Ң ғ ү ұ ө һ і", "ng-gh-u-u-o-h-i"),
        ("Объявление: «Приём – 2021»!", "obyavlenie-priem-2021"),
        ("Rector's blog", "rectors-blog"),
        ("—«»!", ""),
    ],
)
def test_slugs_keep_every_kazakh_letter(title: str, slug: str) -> None:
    assert text.slugify(title) == slug


def test_long_slugs_end_between_words() -> None:
    slug = text.slugify("оқу " * 40)
    assert len(slug) <= text.SLUG_LENGTH
    assert slug == "-".join(["oqu"] * 20)
    assert len(text.slugify("а" * 300)) == text.SLUG_LENGTH


def test_an_excerpt_ends_between_words_and_holds_no_markup() -> None:
    assert text.excerpt("<p>Қысқа &amp; <b>нұсқа</b></p>") == "Қысқа & нұсқа"
    assert text.excerpt("<figure><figcaption>Жазуы</figcaption></figure><p>Мәтін</p>") == "Мәтін"
    words = text.excerpt("<p>" + "сөздер " * 60 + "</p>")
    assert len(words) <= text.EXCERPT_LENGTH
    assert words.endswith("сөздер…")
