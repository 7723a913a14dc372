"""The editor in a real browser: nothing that a text may hold is lost, and nothing that was typed."""

import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from kariu_blog.text import body_from_typed
from tests.support import drawing
from tests.support.meaning import RARE, attributes, meaning, nestings
from tests.support.serving import PASSWORD, ROOT, Site
from tests.support.writing import editor, new_post, paste, save, saved_body, sign_in, write

expect.set_options(timeout=15_000)
PAGES = Path(__file__).parent / "support" / "pages"
EVERYTHING = body_from_typed(
    '<p lang="ru" dir="ltr">Абзац <strong>s</strong> <b>b</b> <em>e</em> <i>i</i> <s>s</s> <small>x</small>'
    " <mark>m</mark> <cite>c</cite> <q>q</q><q>r</q> <code>c</code> <sub>2</sub> <sup>3</sup>"
    ' <abbr title="КарИУ">К</abbr> <span lang="en">word</span> <a href="https://kariu.kz/" hreflang="kk">link</a>'
    "<br>line</p>"
    "<h2>Two</h2><h3>Three</h3><h4>Four</h4>"
    "<ul><li>one<ul><li>inner</li></ul></li><li><p>a</p><p>b</p></li></ul>"
    '<ol start="3"><li>third</li></ol>'
    "<dl><dt>term</dt><dd>meaning</dd></dl>"
    "<blockquote><p>said</p><p><cite>who</cite></p></blockquote>"
    "<hr>"
    "<table><caption>About <em>it</em></caption>"
    '<thead><tr><th scope="col">h</th><th scope="col" colspan="2">i</th></tr></thead>'
    '<tbody><tr><td rowspan="2">1</td><td>2</td><td>3</td></tr>'
    "<tr><td>4</td><td><p>5</p><p>6</p></td></tr></tbody><tbody><tr><td>a</td><td>b</td><td>c</td></tr></tbody>"
    "<tfoot><tr><td>7</td><td>8</td><td>9</td></tr></tfoot></table>"
    "<figure><p>Inside</p><figcaption>Under <strong>it</strong></figcaption></figure>"
    "<p>last</p>"
)
"""Every element and attribute that the cleaner lets through."""


def kept_as_draft(page: Page) -> None:
    expect(page.locator(".draft-state")).to_contain_text("Kept as a draft")


def put_cursor(words: Locator) -> None:
    words.click()
    words.page.wait_for_timeout(200)  # the editor hears of the cursor a moment later


def add_to_the_end(page: Page, code: str, words: str) -> None:
    put_cursor(editor(page, code).locator("p").last)
    expect(editor(page, code).locator(".ProseMirror-selectednode")).to_have_count(0)
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def test_every_allowed_element_goes_through_load_and_save_unchanged(page: Page) -> None:
    new_post(page)
    page.locator("#kk-title").fill("Барлығы")
    page.evaluate("html => { document.getElementById('kk-body').value = html }", EVERYTHING)
    save(page)
    assert saved_body(page, "kk") == EVERYTHING
    add_to_the_end(page, "kk", "!")
    save(page)
    assert saved_body(page, "kk") == EVERYTHING.replace("<p>last</p>", "<p>last!</p>")


def test_whatever_the_cleaner_lets_through_means_the_same_after_a_change(page: Page) -> None:
    bodies = {"kk": nestings(), "ru": attributes(), "en": iter(RARE)}
    new_post(page)
    for code, pieces in bodies.items():
        page.locator(f"#{code}-title").fill(f"Everything in {code}")
        typed = "\n<hr>\n".join(body_from_typed(piece) for piece in pieces) + "\n\nlast"
        page.evaluate("([id, typed]) => { document.getElementById(id).value = typed }", [f"{code}-body", typed])
    save(page)
    before = {code: saved_body(page, code) for code in bodies}
    for code in bodies:
        add_to_the_end(page, code, "!")
    save(page)
    for code in bodies:
        after = saved_body(page, code)
        assert after.endswith("<p>last!</p>")
        assert meaning(after.replace("last!", "last")) == meaning(before[code])


def test_lines_of_pasted_code_stay_lines(page: Page) -> None:
    new_post(page)
    page.locator("#en-title").fill("Code")
    editor(page, "en").click()
    paste(page, "<p>Type:</p><pre><code>a = 1\nb = <b>2\n</b>\nc = 3\n</code></pre>")
    save(page)
    body = saved_body(page, "en").replace("\n", "")
    assert re.sub("</?(code|b)>", "", body) == "<p>Type:</p><p>a = 1<br>b = 2<br><br>c = 3</p>"


def test_tab_goes_from_cell_to_cell_and_out_and_brackets_indent_lists(page: Page) -> None:
    new_post(page)
    page.locator("#en-title").fill("Lists in a table")
    pane = editor(page, "en")
    pane.click()
    cell = "<ul><li>one</li><li>two</li></ul>"
    paste(page, f"<table><tr><td>{cell}</td><td>middle</td><td>{cell.replace('o', '0')}</td></tr></table><p>below</p>")
    put_cursor(pane.get_by_text("two"))
    page.keyboard.press("Tab")
    page.keyboard.type("next")
    put_cursor(pane.get_by_text("tw0"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") != "textbox"
    put_cursor(pane.get_by_text("two"))
    page.keyboard.press("Control+]")
    save(page)
    assert "<li>one<ul><li>two</li></ul></li>" in saved_body(page, "en")
    assert "<td>next</td><td><ul><li>0ne</li><li>tw0</li></ul></td>" in saved_body(page, "en")
    put_cursor(pane.get_by_text("two"))
    page.locator("#pane-en").get_by_role("button", name="One level up").click()
    save(page)
    assert "<li>one</li><li>two</li>" in saved_body(page, "en")


def test_enter_under_a_picture_goes_on_below_it_and_the_picture_may_be_a_link(page: Page) -> None:
    new_post(page)
    page.locator("#en-title").fill("Picture")
    pane = editor(page, "en")
    pane.click()
    address = f"/media/{'0a' * 10}-16x10.jpg"
    paste(page, f'<figure><img src="{address}" alt="A drawing"><figcaption>Under it</figcaption></figure><p>last</p>')
    put_cursor(pane.get_by_text("Under it"))
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("below")
    pane.get_by_alt_text("A drawing").click()
    page.keyboard.press("Control+k")
    page.get_by_label("Where it leads").fill("kariu.kz")
    page.get_by_role("button", name="Set the link").click()
    save(page)
    assert saved_body(page, "en").replace("\n", "") == (
        f'<figure><a href="https://kariu.kz"><img src="{address}" alt="A drawing"></a>'
        "<figcaption>Under it</figcaption></figure><p>below</p><p>last</p>"
    )


def test_the_library_says_that_the_session_has_ended(page: Page) -> None:
    write(page, en="With a picture")
    page.context.clear_cookies()
    page.locator("#pane-en").get_by_role("button", name="Picture").click()
    expect(page.locator("#picture-dialog").get_by_text("Sign in again")).to_be_visible()


def test_words_stay_with_their_writer_when_somebody_else_signs_in(page: Page, site: Site) -> None:
    command = [sys.executable, "-m", "flask", "staff", "add", "another", "--role", "editor", "--password-stdin"]
    subprocess.run(command, cwd=ROOT, env=site.environment, input=PASSWORD, text=True, check=True)
    page.goto("/en/staff/posts/10")
    tab = page.context.new_page()
    tab.goto("/en/staff/")
    tab.get_by_role("button", name="Sign out").click()
    sign_in(tab, "another")
    tab.get_by_label("Present password").fill(PASSWORD)
    for label in ("New password", "New password once more"):
        tab.get_by_label(label, exact=True).fill("four words of my own")
    tab.locator("main form").last.get_by_role("button").click()
    page.locator("#en-title").fill("Written by the first")
    expect(page.locator(".draft-state")).to_contain_text("Somebody else is signed in here now")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".draft-state")).to_contain_text("Somebody else is signed in here now")
    assert page.locator("#en-title").input_value() == "Written by the first"
    tab.goto("/en/staff/posts/10")
    assert tab.locator("#en-title").input_value() != "Written by the first"
    tab.get_by_role("button", name="Sign out").click()
    sign_in(tab)
    page.bring_to_front()
    save(page)
    assert page.locator("#en-title").input_value() == "Written by the first"


def test_opening_a_text_changes_nothing(page: Page) -> None:
    page.goto("/en/staff/posts/1")
    editor(page, "kk").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1500)
    assert page.locator(".draft-state").inner_text() == ""
    page.goto("/en/staff/")
    assert page.get_by_text("Not saved yet").count() == 0


def test_what_word_puts_on_the_clipboard_comes_in_clean(page: Page) -> None:
    new_post(page)
    page.locator("#kk-title").fill("Word құжаты")
    editor(page, "kk").click()
    paste(page, (PAGES / "word.html").read_text(encoding="utf-8"))
    save(page)
    assert saved_body(page, "kk").replace("\n", "") == (
        "<h2>Ғылым күні</h2>"
        "<p><b>Құрметті әріптестер!</b> Сіздерді <i>Ғылым күнімен</i> құттықтаймын.</p>"
        "<ul><li>бірінші міндет<ul><li>оның бөлігі</li></ul></li><li>екінші міндет</li></ul>"
        '<p>Толығырақ <a href="https://kariu.kz/ru/science">сайтта</a>.</p>'
        "<ol><li>тіркелу</li><li>қатысу</li></ol>"
        "<table><tbody><tr><td><b>Күні</b></td><td>12 сәуір</td></tr></tbody></table>"
    )


def test_bold_and_italic_of_other_programs_are_kept_and_their_false_bold_is_not(page: Page) -> None:
    new_post(page)
    page.locator("#ru-title").fill("Из чужой программы")
    editor(page, "ru").click()
    paste(
        page,
        '<meta charset="utf-8"><b style="font-weight:normal;"><p dir="ltr"><span style="font-weight:700">Важно</span>'
        ' и <span style="font-style:italic">нет</span></p></b><div>Другая строка</div><img src="https://elsewhere.kz/x.png">',
    )
    save(page)
    assert saved_body(page, "ru").replace("\n", "") == (
        "<p><strong>Важно</strong> и <em>нет</em></p><p>Другая строка</p>"
    )


def test_type_in_three_panes_with_a_table_and_read_it(page: Page) -> None:
    write(page, kk="Үш тілде", ru="На трёх языках", en="In three languages")
    page.keyboard.press("Enter")
    page.locator("#pane-en").get_by_role("button", name="Table").click()
    page.keyboard.type("Day")
    page.keyboard.press("Tab")
    page.keyboard.type("Hour")
    page.locator("#pane-en").get_by_role("button", name="Remove the row").click()
    page.get_by_role("button", name="Publish all").click()
    expect(page.get_by_text("Published. Readers see it now: Қазақша, Русский, English.")).to_be_visible()
    for path, words in (("kk/posts/ush-tilde", "Үш тілде"), ("ru/posts/na-trekh-yazykakh", "На трёх языках")):
        page.goto(f"/{path}")
        assert page.locator(".body").inner_text() == words
    page.goto("/en/posts/in-three-languages")
    assert page.locator(".body p").inner_text() == "In three languages"
    assert page.locator(".body tr").count() == 2


def test_formatting_by_toolbar_and_keyboard_alone(page: Page) -> None:
    write(page, en="Formatting")
    pane = page.locator("#pane-en")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+b")
    expect(pane.get_by_role("button", name="Bold")).to_have_attribute("aria-pressed", "true")
    pane.get_by_label("Kind of paragraph").select_option("Heading")
    page.keyboard.press("End")
    page.wait_for_function("getSelection().isCollapsed")
    page.wait_for_timeout(200)  # the editor hears of the cursor a moment later
    page.keyboard.press("Enter")
    page.keyboard.type("- one")
    page.keyboard.press("Enter")
    page.keyboard.type("two")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+k")
    page.get_by_label("Where it leads").fill("kariu.kz")
    page.get_by_label("Words of the link").fill("our site")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").filter(has_text="Saved").first).to_be_visible()
    assert saved_body(page, "en").replace("\n", "") == (
        "<h2><strong>Formatting</strong></h2>"
        '<ul><li>one<ul><li>two<a href="https://kariu.kz">our site</a></li></ul></li></ul>'
    )


def test_the_toolbar_is_one_stop_with_arrows_inside(page: Page) -> None:
    new_post(page)
    page.locator("#pane-en").get_by_label("Kind of paragraph").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Bold"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "textbox"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.localName") == "summary"


def test_a_closed_tab_loses_nothing_and_a_save_ends_the_draft(page: Page) -> None:
    write(page, kk="Жабылған бет")
    kept_as_draft(page)
    page.goto("/en/staff/")
    page.get_by_role("link", name="Жабылған бет").click()
    expect(editor(page, "kk")).to_have_text("Жабылған бет")
    expect(page.get_by_text("This is your draft of")).to_be_visible()
    save(page)
    page.goto("/en/staff/")
    assert page.get_by_text("Not saved yet").count() == 0


def test_the_very_last_letters_survive_a_tab_closed_at_once(page: Page) -> None:
    page.goto("/en/staff/posts/2")
    editor(page, "en").click()
    page.keyboard.press("Control+End")
    page.context.set_offline(True)
    page.keyboard.type(" Last letters.")
    expect(page.locator(".draft-state")).to_contain_text("No connection")
    page.close(run_before_unload=False)
    page.context.set_offline(False)
    again = page.context.new_page()
    again.goto("/en/staff/posts/2")
    expect(editor(again, "en")).to_contain_text("Last letters.")
    expect(again.get_by_text("has been brought back")).to_be_visible()
    kept_as_draft(again)


def test_a_copy_brought_back_changes_nothing_that_was_not_typed(page: Page) -> None:
    new_post(page)
    page.locator("#en-title").fill("Two paragraphs")
    page.evaluate("document.getElementById('en-body').value = 'First.\\n\\nSecond\\nwith a break.'")
    save(page)
    body, address = saved_body(page, "en"), page.url
    page.context.set_offline(True)
    page.locator("#en-title").fill("Two paragraphs and a title")
    expect(page.locator(".draft-state")).to_contain_text("No connection")
    page.close(run_before_unload=False)
    page.context.set_offline(False)
    again = page.context.new_page()
    again.goto(address)
    expect(again.locator("#en-title")).to_have_value("Two paragraphs and a title")
    save(again)
    assert saved_body(again, "en") == body


def test_a_link_leads_where_readers_can_go(page: Page) -> None:
    write(page, en="Links")
    for typed, href in (("kariu.kz:8080/x", "https://kariu.kz:8080/x"), ("office@kariu.kz", "mailto:office@kariu.kz")):
        page.keyboard.press("Control+k")
        page.get_by_label("Where it leads").fill("javascript:alert(1)")
        page.get_by_role("button", name="Set the link").click()
        assert page.locator("#link-dialog").is_visible()
        page.get_by_label("Where it leads").fill(typed)
        page.get_by_label("Words of the link").fill("here")
        page.get_by_role("button", name="Set the link").click()
        expect(editor(page, "en").locator(f'a[href="{href}"]')).to_have_text("here")
        page.keyboard.press("Control+End")
        page.keyboard.press("Enter")


def test_empty_lines_are_no_text(page: Page) -> None:
    write(page, en="In English alone")
    editor(page, "kk").click()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    save(page)


def test_without_a_connection_a_save_waits_on_the_page(page: Page) -> None:
    page.goto("/en/staff/posts/3")
    page.locator("#en-title").fill("Typed in a tunnel")
    page.context.set_offline(True)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".draft-state")).to_contain_text("No connection")
    assert page.locator("#en-title").input_value() == "Typed in a tunnel"
    page.context.set_offline(False)
    save(page)
    assert page.locator("#en-title").input_value() == "Typed in a tunnel"


def test_a_session_that_ends_in_mid_sentence(page: Page) -> None:
    page.goto("/en/staff/posts/4")
    editor(page, "en").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Half a")
    kept_as_draft(page)
    page.context.clear_cookies()
    page.keyboard.type(" sentence.")
    expect(page.locator(".draft-state")).to_contain_text("You have been signed out")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in another tab").click()
    tab = opened.value
    tab.get_by_label("User name").fill("admin")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.locator("main").get_by_role("button", name="Sign in").click()
    tab.wait_for_url("**/staff/")
    page.bring_to_front()
    save(page)
    assert "Half a sentence." in re.sub("<[^>]*>", "", saved_body(page, "en"))


def test_signing_in_again_brings_back_what_was_typed(page: Page) -> None:
    page.goto("/en/staff/posts/5")
    page.context.clear_cookies()
    page.locator("#en-title").fill("Typed without a session")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".draft-state")).to_contain_text("You have been signed out")
    sign_in(page)
    page.goto("/en/staff/posts/5")
    assert page.locator("#en-title").input_value() == "Typed without a session"


def test_two_people_in_two_languages_do_not_disturb_each_other_and_in_one_see_both(
    page: Page, chromium: Browser
) -> None:
    other = chromium.new_context(base_url=page.url.split("/en/")[0]).new_page()
    sign_in(other)
    for each in (page, other):
        each.goto("/en/staff/posts/6")
    page.locator("#kk-title").fill("Біреудің тақырыбы")
    save(page)
    other.locator("#ru-title").fill("Чужой заголовок")
    other.locator("#en-title").fill("Theirs in English")
    save(other)
    page.goto("/en/staff/posts/6")
    assert page.locator("#ru-title").input_value() == "Чужой заголовок"
    page.locator("#en-title").fill("Mine in English")
    other.locator("#en-title").fill("Theirs once more")
    save(other)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("somebody else changed this post")).to_be_visible()
    assert page.locator("#en-title").input_value() == "Mine in English"
    expect(page.get_by_label("Title as saved by somebody else")).to_have_value("Theirs once more")
    other.context.close()


def test_on_a_phone_one_language_at_a_time(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/kk/staff/posts/7")
    assert page.locator("#ru-title").is_hidden()
    page.get_by_role("tab", name="Русский").click()
    assert page.locator("#ru-title").is_visible()
    assert page.locator("#kk-title").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.keyboard.press("ArrowRight")
    assert page.locator("#en-title").is_visible()


def test_what_was_typed_can_be_discarded_which_is_asked(page: Page) -> None:
    page.goto("/en/staff/posts/8")
    saved = page.locator("#en-title").input_value()
    page.locator("#en-title").fill("Not wanted")
    kept_as_draft(page)
    page.reload()
    page.get_by_text("Discard the draft").click()
    page.get_by_role("button", name="Discard it").click()
    assert page.locator("#en-title").input_value() == saved


def test_the_words_for_a_post_that_was_deleted_meanwhile_are_given_back(page: Page) -> None:
    write(page, en="Soon deleted")
    save(page)
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("link", name="Delete the post").click()
    other.get_by_role("button", name="Put it into the trash").click()
    page.locator("#en-title").fill("Long work on it")
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Somebody has deleted the post.")).to_be_visible()
    expect(page.get_by_label("Title English")).to_have_value("Long work on it")


def test_a_picture_is_sent_in_and_put_into_the_text_and_one_becomes_the_cover(page: Page) -> None:
    write(page, en="With a picture")
    pane = page.locator("#pane-en")
    pane.get_by_role("button", name="Picture").click()
    for name in ("broken.jpg", "square.png"):
        content = b"no picture" if name == "broken.jpg" else drawing.transparent()
        files = {"name": name, "mimeType": "image/png", "buffer": content}
        page.locator("#picture-files").set_input_files(files)  # type: ignore[arg-type]
    expect(page.get_by_text("This is no picture that can be read")).to_be_visible()
    page.locator("#picture-dialog").get_by_label("What the picture shows").fill("A drawing")
    page.get_by_role("button", name="Insert", exact=True).click()
    expect(editor(page, "en").get_by_alt_text("A drawing")).to_be_visible()
    page.get_by_role("button", name="Choose a picture").click()
    page.locator("#picture-dialog .tiles button").first.click()
    expect(page.get_by_label("What the cover shows Қазақша")).to_be_focused()
    page.keyboard.type("Сурет")
    save(page)
    body = saved_body(page, "en")
    assert re.search(r'<figure><img src="/media/[0-9a-f]{20}-\d+x\d+\.(png|jpg)" alt="A drawing"></figure>', body)
    assert page.locator("#cover").input_value() != "0"
    page.locator("#pane-en").get_by_role("button", name="Save and publish").click()
    page.locator(".errors").get_by_role("link", name="What the cover shows English").click()
    expect(page.get_by_label("What the cover shows English")).to_be_focused()
    page.keyboard.type("A drawing")
    page.get_by_label("What the cover shows Русский").fill("Рисунок")
    page.locator("#pane-en").get_by_role("button", name="Save and publish").click()
    expect(page.get_by_text("Published. Readers see it now: English.")).to_be_visible()


def test_a_text_of_five_megabytes_is_refused_with_a_sentence_and_kept(page: Page) -> None:
    page.goto("/en/staff/posts/9")
    page.locator("#en-title").fill("Too long a text")
    page.evaluate("document.getElementById('en-body').value = 'Ә сөз. '.repeat(400_000)")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#en-body-error")).to_have_text("Too long: at most 300000 characters.", timeout=60_000)
    assert len(page.locator("#en-body").input_value()) == 7 * 400_000
