"""What other programs put on the clipboard, pasted into the editor in a real browser."""

import base64
import re

import pytest
from playwright.sync_api import Page, expect

from kariu_blog.text import body_from_typed
from tests.support import drawing
from tests.support.word import blip, picture, png, word
from tests.support.writing import drop, editor, new_post, paste, save, saved_body

PENDING = "still being sent"


def item(marker: str, words: str, level: int = 1, *, tag: str = "p", font: str = "") -> str:
    """A list's paragraph as Word writes it."""
    return (
        f"<{tag} class=MsoListParagraph style='margin-left:36.0pt;mso-list:l1 level{level} lfo2'><![if !supportLists]>"
        f"<span style='{font}'><span style='mso-list:Ignore'>{marker}<span style='font:7.0pt \"Times New Roman\"'>"
        f"&nbsp;&nbsp;&nbsp; </span></span></span><![endif]><span lang=RU>{words}<o:p></o:p></span></{tag}>\n"
    )


def in_safari(html: str) -> str:
    """Safari hands on Word's conditional comments the other way round."""
    return html.replace("<![if !supportLists]>", "<!--[if !supportLists]-->").replace("<![endif]>", "<!--[endif]-->")


CASES = {
    "margin comments": (
        word(
            "<p>Бұйрық<a style='mso-comment-reference:X_2'> күшіне</a><span class=MsoCommentReference><a "
            "class=msocomanchor href='#_msocom_2'>[X2]</a><span style='mso-special-character: comment'>&nbsp;</span>"
            "</span> енді</p><div style='mso-element:comment-list'><hr class=msocomoff>"
            "<div style='mso-element:comment'><p class=MsoCommentText>Заңгерден сұрау</p></div></div>"
        ),
        "<p>Бұйрық күшіне енді</p>",
    ),
    "tracked deletions": (
        word("<p>Бір<del cite='mailto:A' datetime='2024-01-01'>құпия</del><ins cite='mailto:A'> екі</ins></p>"),
        "<p>Бір екі</p>",
    ),
    "hidden words and rows": (
        "<p>Ашық<span style='mso-hide: all'>жасырын</span><span hidden>жасырын</span></p>"
        "<table><tr style='height:1pt;display: none'><td>жасырын</td></tr><tr><td>ашық</td></tr></table>",
        "<p>Ашық</p><table><tbody><tr><td>ашық</td></tr></tbody></table>",
    ),
    "hidden by a class, and a hidden column": (
        "<style>.x1{display:none}</style><table><col><col style='display:none'><tr><td>а</td><td>жасырын</td></tr>"
        "<tr class=x1><td>жасырын</td></tr></table>",
        "<table><tbody><tr><td>а</td></tr></tbody></table>",
    ),
    "hidden by other means": (
        "<p>Ашық"
        + "".join(
            f"<span style='{style}'>жасырын</span>"
            for style in ("opacity: 0", "font-size:0pt", "left:-9999px", "visibility: collapse", "clip:rect(0,0,0,0)")
        )
        + "<span style='opacity:0.5;left:-1px;font-size:0.8em'>!</span></p>",
        "<p>Ашық!</p>",
    ),
    "hidden columns under a cell that is wider": (
        "<table><col><col span=2 style='display:none'><tr><th colspan=3>бәрі</th></tr>"
        "<tr><td>а</td><td>жасырын</td><td>жасырын</td></tr><tr height=0><td>жасырын</td></tr></table>",
        "<table><tbody><tr><th>бәрі</th></tr><tr><td>а</td></tr></tbody></table>",
    ),
    "what Word hides from Safari": (
        word(
            "<p><!--[if supportFields]--><span style='mso-element:field-begin'></span> PAGEREF _Toc1 \\h "
            "<!--[endif]-->5</p>"
        ),
        "<p>5</p>",
    ),
    "lines of a chat": (
        "<div style='white-space:pre-wrap'>Бірінші\nекінші</div><p>бір\nжол</p>",
        "<p>Бірінші<br>екінші</p><p>бір жол</p>",
    ),
    "boxes around a link or bold words alone": (
        "<section><div><a href='https://kariu.kz/'>а</a></div><div><div><b>ә</b><br></div><br></div></section>",
        '<p><a href="https://kariu.kz/">а</a></p><p><b>ә</b></p>',
    ),
    "words beside each other": (
        "<div style='display:flex'><span>а</span><a href='https://kariu.kz/'>ә</a></div>",
        '<p>а</p><p><a href="https://kariu.kz/">ә</a></p>',
    ),
    "cells without their table": (
        "<meta charset=utf-8><td>а</td><td>ә</td>",
        "<table><tbody><tr><td>а</td><td>ә</td></tr></tbody></table>",
    ),
    "slides": (
        "<div class=O><span style='mso-special-format:bullet'>•</span>а</div>"
        "<div class=O><span style='mso-special-format:bullet'>•</span>ә</div>",
        "<ul><li>а</li><li>ә</li></ul>",
    ),
    "a raised word, a drawn box, a numbered item": (
        "<p>м<span style='position:relative;mso-text-raise:3.0pt'>2</span></p>"
        "<ul><li role=checkbox><img src='data:image/png;base64,iVBORw0KGgo='>іс</li></ul><ol>"
        "<li value=4>төрт</li></ol>",
        '<p>м<sup>2</sup></p><ul><li>іс</li></ul><ol start="4"><li>төрт</li></ol>',
    ),
    "boxes without height, and a dialog that is closed": (
        "<p>Ашық</p><div style='overflow: hidden; height:0px'>жасырын</div><div style='width:1px;height:1px;"
        "position:absolute;overflow:hidden'>жасырын</div><dialog>жасырын</dialog><dialog open>ашық</dialog>"
        "<div style='line-height:0;height:0.5em;overflow:hidden'>ашық</div>",
        "<p>Ашық</p><p>ашық</p><p>ашық</p>",
    ),
    "comments of a downloaded page of Google": (
        "<div><p>Мәтін<sup><a href='#cmnt1' id='cmnt_ref1'>[a]</a></sup><sup><a href='#ftnt1'>[1]</a></sup></p>"
        "<div><p><a href='#cmnt_ref1' id='cmnt1'>[a]</a>Заңгерден сұрау</p><p>жедел</p></div></div>",
        "<p>Мәтін<sup>[1]</sup></p>",
    ),
    "words raised by a length, as of Pages": (
        "<style>span.s1{vertical-align:4.0px}span.s2{vertical-align:-2.5pt}</style><p>м<span class=s1>2</span>, "
        "CO<span class=s2>2</span><span style='vertical-align:0px'>!</span></p>",
        "<p>м<sup>2</sup>, CO<sub>2</sub>!</p>",
    ),
    "items that say their number": (
        "<ol><li value=3>а</li><li value=4>ә</li><li value=9>б<ol><li value=2>в</li></ol></li><li>г</li></ol>",
        '<ol start="3"><li>а</li><li>ә</li></ol><ol start="9"><li>б<ol start="2"><li>в</li></ol></li><li>г</li></ol>',
    ),
    "ends of paragraphs of Word in a browser": (
        "<p><span class='TextRun'>5 км</span><span class='EOP SCXW1' data-ccp-props='{}'>&nbsp;</span></p>",
        "<p>5 км</p>",
    ),
    "links that lead nowhere from here": (
        "<p><a href='page.html'>а</a> <a href='about:blank'>ә</a> <a href='?p=1'>б</a> <a href='TEL:+7'>в</a></p>",
        '<p>а ә б <a href="TEL:+7">в</a></p>',
    ),
    "a caption whose picture does not come": (
        "<figure><a href='https://x.example/'><img src='https://x.example/1.png'></a><figcaption>Жазуы</figcaption>"
        "</figure><p>сөз</p>",
        "<p>Жазуы</p><p>сөз</p>",
    ),
    "formats in style alone": (
        "<p style='font-weight:bold'>қ<span style='font-weight:normal'>ж</span></p>"
        "<div style='font-style:oblique'>к</div>"
        "<p>CO<font style='vertical-align:sub'>2</font>, x<i style='font-style:normal;vertical-align:super'>n</i></p>"
        "<table><tr><td style='text-decoration:underline line-through;vertical-align:super'>е</td></tr></table>",
        "<p><strong>қ</strong>ж</p><p><em>к</em></p><p>CO<sub>2</sub>, x<sup>n</sup></p>"
        "<table><tbody><tr><td><s>е</s></td></tr></tbody></table>",
    ),
    "bold of a spreadsheet's class": (
        "<style><!-- .xl65{font-weight:700;} --></style><table><tr><td class=xl65>Барлығы</td></tr></table>",
        "<table><tbody><tr><td><strong>Барлығы</strong></td></tr></tbody></table>",
    ),
    "neighbours that say the same": (
        "<b style='font-weight:normal'><span style='font-weight:700'>Қа</span><span style='font-weight:700;"
        "font-style:italic'>ра</span></b>",
        "<p><strong>Қа<em>ра</em></strong></p>",
    ),
    "blocks of every name": (
        "<main>а</main><details><summary>ә</summary>б</details><fieldset><legend>в</legend>г</fieldset>"
        "<span style='display:block'>ғ</span><span style='display:block'>д</span>",
        "".join(f"<p>{letter}</p>" for letter in "аәбвгғд"),
    ),
    "a link around a heading and words": (
        "<a href='https://kariu.kz/'><h2>Ба<b>с</b></h2>сөз</a>",
        '<h2><a href="https://kariu.kz/">Бас</a></h2><p><a href="https://kariu.kz/">сөз</a></p>',
    ),
    "controls": (
        "<p>а</p><form><label></label><input value=x><textarea>x</textarea><button>x</button></form><p>ә</p>",
        "<p>а</p><p>ә</p>",
    ),
    "a direction that is so anyway": (
        "<ul><li dir=ltr><p dir=ltr role=presentation>а</p></li></ul><p dir=rtl>س <span dir=ltr>b</span></p>",
        '<ul><li>а</li></ul><p dir="rtl">س <span dir="ltr">b</span></p>',
    ),
    "a direction that stands in a style": (
        "<p style='flex-direction:row'>а</p><p style='text-align:right;direction:rtl'>س</p>",
        '<p>а</p><p dir="rtl">س</p>',
    ),
    "a list that goes on": (
        word(item("4)", "төрт"), item("5)", "бес")),
        '<ol start="4"><li>төрт</li><li>бес</li></ol>',
    ),
    "a list that leaves numbers out": (
        word(item("1.", "бір"), item("5.", "бес")),
        '<ol><li>бір</li></ol><ol start="5"><li>бес</li></ol>',
    ),
    "levels": (
        word(item("1.", "а"), item("1.1.", "ә", 2), item("1.2.", "б", 2), item("2.", "в"), item("2.1.", "г", 2)),
        "<ol><li>а<ol><li>ә</li><li>б</li></ol></li><li>в<ol><li>г</li></ol></li></ol>",
    ),
    "Kazakh letters": (
        word(item("а)", "1"), item("ә)", "2"), item("б)", "3")),
        "<ol><li>1</li><li>2</li><li>3</li></ol>",
    ),
    "Russian letters": (word(item("б)", "1"), item("в)", "2")), '<ol start="2"><li>1</li><li>2</li></ol>'),
    "Roman numbers": (
        word(*(item(f"{n}.", "x") for n in ("III", "IV", "V"))),
        '<ol start="3">' + "<li>x</li>" * 3 + "</ol>",
    ),
    "bullets that are letters of a symbol font": (
        word(item("v", "а", font="font-family:Wingdings"), item("o", "ә", 2, font='font-family:"Courier New"')),
        "<ul><li>а<ul><li>ә</li></ul></li></ul>",
    ),
    "markers that are words": (
        word(item("3-тарау.", "Қорытынды"), item("Статья 2.", "Права")),
        "<p>3-тарау. Қорытынды</p><p>Статья 2. Права</p>",
    ),
    "numbered headings": (
        word(item("I.", "Кіріспе", tag="h1"), "<p>сөз</p>", item("1.1", "Тарау", 2, tag="h2")),
        "<h2>I. Кіріспе</h2><p>сөз</p><h3>1.1 Тарау</h3>",
    ),
    "a list of Word in Safari": (
        in_safari(word(item("7.", "а"), item("8.", "ә"))),
        '<ol start="7"><li>а</li><li>ә</li></ol>',
    ),
    "a list of Word in a browser": (
        '<div class="ListContainerWrapper"><ol start="1"><li data-aria-level="1"><p>а</p></li></ol></div>'
        '<div class="ListContainerWrapper"><ul><li data-aria-level="2"><p>ә</p></li></ul></div>'
        '<div class="ListContainerWrapper"><ol start="2"><li data-aria-level="1"><p>б</p></li></ol></div>',
        "<ol><li>а<ul><li>ә</li></ul></li><li>б</li></ol>",
    ),
    "a list in a list without an item": (
        "<ol><li>а</li><ol><li>ә</li></ol><li style='list-style-type:none'><ul><li>б</li></ul></li></ol>",
        "<ol><li>а<ol><li>ә</li></ol><ul><li>б</li></ul></li></ol>",
    ),
    "footnotes and contents": (
        word(
            "<p class=MsoToc1><a href='#_Toc5'>Мазмұны</a></p><p><a name='_Toc5'>Мәтін</a><a href='#_ftn9'>[9]</a></p>"
            "<br clear=all><p><a href='#_ftnref9' name='_ftn9'>[9]</a> Дереккөз.</p>"
        ),
        "<p>Мазмұны</p><p>Мәтін[9]</p><p>[9] Дереккөз.</p>",
    ),
    "what is empty": (
        "<h3>&nbsp;</h3><ul><li></li><li>а</li></ul><ol><li> </li></ol>"
        "<table><caption></caption><tr><td>ә</td></tr></table><blockquote></blockquote><dl><dt></dt><dd> </dd></dl>",
        "<ul><li>а</li></ul><table><tbody><tr><td>ә</td></tr></tbody></table>",
    ),
    "emoji that are pictures": (
        '<p>Алға <img alt="👍🏽" src="https://x.example/1.png"><img alt="🇰🇿" src="data:image/gif;base64,R0lGOD"></p>',
        "<p>Алға 👍🏽🇰🇿</p>",
    ),
    "spaces of every width": (
        "<p>1\u202f000\u00a0₸</p><h2>№\u00a05,\u2007а</h2>",
        "<p>1\u202f000\u00a0₸</p><h2>№\u00a05,\u2007а</h2>",
    ),
    "a cell for the whole row": (
        "<table><tr><th colspan=999>а</th></tr><tr><td>1</td><td>2</td></tr></table>",
        '<table><tbody><tr><th colspan="2">а</th></tr><tr><td>1</td><td>2</td></tr></tbody></table>',
    ),
    "headings below a first one": ("<h1>а</h1><h2>ә</h2><h5>б</h5>", "<h2>а</h2><h3>ә</h3><h4>б</h4>"),
    "a film's frame": (
        '<iframe src="https://www.youtube.com/embed/abcdefghijk" title="Ашылу"></iframe>',
        '<p><a href="https://www.youtube.com/embed/abcdefghijk">Ашылу</a></p>',
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_pasted_means_the_same_and_the_server_agrees(page: Page, case: str) -> None:
    html, body = CASES[case]
    new_post(page)
    editor(page, "kk").click()
    paste(page, html)
    held = page.locator("#kk-body").input_value().replace("&nbsp;", "\u00a0")
    assert held == body
    assert body_from_typed(held).replace("\n", "") == body


def sent_pictures(page: Page) -> list[str]:
    """The addresses of the text's pictures when all are in the library."""
    expect(page.locator("#pane-kk .pasting")).not_to_contain_text(PENDING)
    return re.findall(r'<img src="(/media/[0-9a-f]{20}-90x60\.jpg)"', page.locator("#kk-body").input_value())


def test_words_pictures_come_from_the_rich_text_and_keep_their_captions(page: Page) -> None:
    new_post(page)
    page.locator("#kk-title").fill("Word суреттерімен")
    editor(page, "kk").click()
    html = word(
        "<p>Мәтін</p><p class=MsoNormal><img src='file:///C:/x/clip_image002.png' alt='C:\\x.png'></p>"
        "<p class=MsoCaption>1-сурет</p><p>ішінде <img src='file:///C:/x/clip_image004.png' alt='Көк'> бар</p>"
    )
    paste(page, html, rtf="{\\rtf1 " + blip(png("red")) + "\\par " + blip(png("blue")) + "}")
    expect(page.locator("#pane-kk .pasting")).to_contain_text(PENDING)
    save(page)  # which waits for them
    body = saved_body(page, "kk").replace("\n", "")
    pictures = re.findall(r"/media/[0-9a-f]{20}-90x60\.jpg", body)
    assert len(set(pictures)) == 2
    assert body == (
        f'<p>Мәтін</p><figure><img src="{pictures[0]}" alt=""><figcaption>1-сурет</figcaption></figure>'
        f'<p>ішінде <img src="{pictures[1]}" alt="Көк"> бар</p>'
    )


def colours(page: Page) -> list[str]:
    """What the text's pictures show, when all are in the library."""
    sent_pictures(page)
    colour = """async () => Promise.all([...document.querySelectorAll(".ProseMirror img[src]")].map(async (image) => {
      await image.decode();
      const context = new OffscreenCanvas(1, 1).getContext("2d");
      context.drawImage(image, 0, 0, 1, 1);
      const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
      return red > 128 ? "red" : blue > 128 ? "blue" : "green";
    }))"""
    return [str(name) for name in page.evaluate(colour)]


BULLET = "{\\*\\listpicture" + blip(png("black", 20, 20)) + "}"
SHOWN_AGAIN = (
    "{\\shp{\\*\\shpinst{\\sp{\\sn pib}{\\sv " + blip(png("blue")) + "}}}{\\shprslt" + blip(png("blue")) + "}}"
)
DRAWN = "<!--[if gte vml 1]><v:rect id=r1><v:textbox/></v:rect><![endif]--><img src='file:///C:/r.png' v:shapes=r1>"
LINKED = "<img width=90 height=60 src='file:///C:/linked.png'>"


def sized(number: int, width: int, height: int) -> str:
    return picture(number).replace("<img", f"<img width={width} height={height}")


WORDS_PICTURES = {
    "a bullet, a repeated shape, and what Word draws": (
        [picture(1), DRAWN, picture(2)],
        [BULLET, blip(png("red")), SHOWN_AGAIN],
        ["red", "blue"],
        1,
    ),
    "of other sizes than a linked one": (
        [sized(1, 300, 200), LINKED, sized(2, 150, 200)],
        [blip(png("red"), (300, 200)), blip(png("green"), (150, 200))],
        ["red", "green"],
        1,
    ),
    "of the same size as a linked one": ([sized(1, 90, 60), LINKED], [blip(png("red"), (90, 60))], [], 2),
}


@pytest.mark.parametrize("case", WORDS_PICTURES)
def test_words_pictures_come_each_in_its_place_or_not_at_all(page: Page, case: str) -> None:
    images, rtf, expected, missing = WORDS_PICTURES[case]
    new_post(page)
    editor(page, "kk").click()
    paste(
        page, word("<p>Мәтін</p>", *(f"<p>{image}</p>" for image in images)), rtf="{\\rtf1 " + "\\par ".join(rtf) + "}"
    )
    assert colours(page) == expected
    left_out = f"Pictures left out because they did not come along: {missing}."
    expect(page.locator("#pane-kk .pasting")).to_contain_text(left_out)


def test_pictures_that_carry_themselves_or_lie_here_go_into_the_library(page: Page) -> None:
    new_post(page)
    editor(page, "kk").click()
    own = f"/media/{'0a' * 10}-90x60.jpg"
    data = base64.b64encode(png("lime")).decode()
    paste(
        page, f'<p>а <img src="data:image/png;base64,{data}"></p><p><img src="https://elsewhere.kz{own}" alt="б"></p>'
    )
    pictures = sent_pictures(page)
    assert len(pictures) == 2
    assert pictures[1] == own
    page.keyboard.press("Control+End")
    paste(page, "<p>в</p><p><img src='file:///C:/x.png'></p>", files=[("image.png", "image/png", png("cyan"))])
    assert len(sent_pictures(page)) == 3


def test_how_many_pictures_cannot_come_and_why_is_said(page: Page) -> None:
    new_post(page)
    editor(page, "kk").click()
    images = "".join(f"<img src='{src}'>" for src in ("https://a.kz/1.png", "https://a.kz/2.png", "file:///C:/3.png"))
    paste(page, f"<p>Мәтін {images}<img width=1 height=1 src='https://a.kz/pixel.gif'></p>")
    said = page.locator("#pane-kk .pasting")
    expect(said).to_contain_text("Pictures left out because they are on other sites: 2.")
    expect(said).to_contain_text("Pictures left out because they did not come along: 1.")
    assert page.locator("#kk-body").input_value() == "<p>Мәтін</p>"


def test_a_copied_picture_opens_the_dialog(page: Page) -> None:
    new_post(page)
    editor(page, "kk").click()
    paste(
        page,
        '<meta charset="utf-8"><img src="https://a.kz/1.png" alt="x">',
        files=[("image.png", "image/png", png("red"))],
    )
    expect(page.locator("#picture-dialog .chosen")).to_have_count(1)
    expect(page.locator("#pane-kk .pasting")).to_be_empty()


def test_dropped_files_are_never_ignored_and_land_where_they_were_dropped(page: Page) -> None:
    new_post(page)
    editor(page, "kk").click()
    paste(page, "<p>Бірінші</p><p>Екінші</p>")
    heic = drawing.encoded(drawing.drawing(90, 60), "HEIF", quality=90)
    drop(page, [("IMG_1", "", heic), ("x.doc", "", b"no document")], editor(page, "kk").get_by_text("Екінші"))
    page.locator("#picture-dialog .chosen input").fill("Телефоннан")
    page.locator("#picture-dialog").get_by_role("button", name="Insert", exact=True).click()
    expect(page.locator("#file-dialog")).to_contain_text("This is no PDF, DOCX, XLSX, PPTX, ODT, ODS or ODP.")
    page.locator("#file-dialog").get_by_role("button", name="Close").click()
    dropped = r'^<p>Бірінші</p><figure><img src="[^"]+-90x60.jpg" alt="Телефоннан"></figure><p>Екінші</p>$'
    expect(page.locator("#kk-body")).to_have_value(re.compile(dropped))


def test_a_file_dropped_beside_the_text_comes_into_it(page: Page) -> None:
    new_post(page)
    page.locator("#kk-title").fill("Жанына")
    editor(page, "kk").click()
    drop(page, [("a.png", "image/png", png("red"))], page.get_by_role("heading", name="New post"))
    page.locator("#picture-dialog .chosen input").fill("Қызыл")
    page.locator("#picture-dialog").get_by_role("button", name="Insert", exact=True).click()
    expect(page.locator("#kk-body")).to_have_value(re.compile('alt="Қызыл"'))


def test_typing_rules_act_in_plain_paragraphs_alone_and_give_back_what_was_typed(page: Page) -> None:
    new_post(page)
    pane, field = editor(page, "kk"), page.locator("#kk-body")
    for typed, became in (
        ("- а", "<ul><li>а</li></ul>"),
        ("1. а", "<ol><li>а</li></ol>"),
        ("> а", "<blockquote><p>а</p></blockquote>"),
    ):
        for key in ("Backspace", "Control+z"):
            pane.click()
            page.keyboard.press("Control+a")
            page.keyboard.press("Delete")
            page.keyboard.type(typed)
            assert field.input_value() == became
            page.keyboard.press("Control+a")
            page.keyboard.press("Delete")
            page.keyboard.type(typed[:-1])
            page.keyboard.press(key)
            page.keyboard.type("ә")
            assert field.input_value() == f"<p>{typed[:-1].replace('>', '&gt;')}ә</p>"
            page.keyboard.press("Control+a")
            page.keyboard.press("Delete")
    paste(page, "<table><tr><td>ұя</td></tr></table><h2>бас</h2>")
    for place in ("ұя", "бас"):
        pane.get_by_text(place).click()
        page.wait_for_timeout(200)  # the editor hears of the cursor a moment later
        page.keyboard.press("Home")
        page.keyboard.type("- ")
    assert field.input_value() == "<table><tbody><tr><td>- ұя</td></tr></tbody></table><h2>- бас</h2>"


@pytest.mark.parametrize(
    "broken",
    [
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('', 'SecurityError'); }})",
        "Storage.prototype.getItem = () => '{damaged'",
        'Storage.prototype.getItem = () => \'{"kk-title": {}, "length": 3}\'',
    ],
)
def test_whatever_the_device_keeps_everything_is_saved(page: Page, broken: str) -> None:
    page.add_init_script(broken)
    new_post(page)
    page.locator("#kk-title").fill("Есте жоқ")
    editor(page, "kk").click()
    page.keyboard.type("Мәтін")
    save(page)
    assert saved_body(page, "kk") == "<p>Мәтін</p>"
