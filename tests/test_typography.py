"""Where lines may end: Kazakh words between their syllables, and never before a dash or within a date."""

import pytest

from kariu_blog.typography import SOFT_HYPHEN, heading, hyphenated, typeset, typeset_body, unbroken
from tests.support.browsing import Browser
from tests.support.cast import Write

LONG = "қанағаттандырылмағандықтарыңыздан"
SHORT = "университетімізде"
DASHED = "Басқарма төрағасы – ректор"


@pytest.mark.parametrize(
    "word",
    [
        "қа-на-ғат-тан-ды-рыл-ма-ған-дық-та-ры-ңыз-дан",
        "Ха-бар-лан-ды-ру-лар",
        "тау-ла-ры-мыз-да-ғы-лар",
        "ба-уыр-мал-дық",
        "уни-вер-си-те-ті-міз-де",
        "стра-те-гия-лар",
        "объек-ті-ле-рі-міз",
        "ел-ші-лер",
        "аза-мат",
        "ән",
        "мектп",
    ],
)
def test_a_kazakh_word_is_parted_between_syllables_and_no_letter_is_left_alone(word: str) -> None:
    assert hyphenated(word.replace("-", ""), "-") == word


def test_only_kazakh_words_over_18_letters_in_headings_get_soft_hyphens() -> None:
    assert SOFT_HYPHEN in heading(LONG, "kk")
    assert heading(LONG, "kk").replace(SOFT_HYPHEN, "") == LONG
    for text in (heading(LONG, "ru"), heading(SHORT, "kk"), typeset(LONG, "kk"), typeset_body(f"<p>{LONG}</p>", "kk")):
        assert SOFT_HYPHEN not in text
    body = typeset_body(f"<h2>{LONG}</h2><p>{LONG}</p>", "kk")
    assert body.partition("</h2>")[0].count(SOFT_HYPHEN) == body.count(SOFT_HYPHEN) > 3


def test_text_is_escaped_and_tags_are_left_as_they_are() -> None:
    assert typeset("<b> & –", "kk") == "&lt;b&gt; &amp;\u00a0–"
    assert heading('<img alt="">', "en") == "&lt;img alt=&#34;&#34;&gt;"
    picture = f'<img alt="{LONG}" src="/{LONG}">'
    assert typeset_body(picture, "kk") == picture


def test_no_line_ends_before_a_dash_or_within_a_date() -> None:
    assert unbroken("төрағасы – ректор — 1–2 – ") == "төрағасы\u00a0– ректор\u00a0— 1–2\u00a0– "
    assert typeset("29 июня, 29 маусымда, 29 June, 29 студентов", "ru") == (
        "29\u00a0июня, 29\u00a0маусымда, 29\u00a0June, 29 студентов"
    )


def test_soft_hyphens_are_on_the_page_and_nowhere_else(editor: Browser, write: Write) -> None:
    title = f"{DASHED} {LONG}"
    post = write(kk=title, body=f"<h2>{LONG}</h2><p>{LONG}</p>")
    path = next(path for name, path in editor.get("/kk/").links().items() if LONG in name.replace(SOFT_HYPHEN, ""))
    page = editor.get(path)
    assert SOFT_HYPHEN in page.text(page.one("h1"))
    assert "төрағасы\u00a0– ректор" in page.html
    for element in page.tree.iter():
        assert SOFT_HYPHEN not in "".join(value for _name, value in element.items()), element.tag
        if element.tag in ("title", "script", "p", "textarea", "input"):
            assert SOFT_HYPHEN not in (element.text or "")
    for path in ("/kk/feed.atom", "/kk/feed.rss", "/kk/feed.json", "/sitemap.xml"):
        answer = editor.raw(path).get_data(as_text=True)
        assert SOFT_HYPHEN not in answer, path
        assert "<i></i>" not in answer, path
    form = editor.get(f"/kk/staff/posts/{post}").html
    assert f"{LONG}</textarea>" in form
    assert f"{title}</h1>" in form


def test_words_copied_from_a_heading_are_found(browse: Browser, write: Write) -> None:
    write(kk=LONG)
    copied = browse.get("/kk/").one("h3")
    assert LONG in browse.get(f"/kk/search?q={browse.get('/kk/').text(copied)}").html.replace(SOFT_HYPHEN, "")
