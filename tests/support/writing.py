"""Writing in the newsroom's editor in a real browser."""

from base64 import b64encode
from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect

from tests.support.serving import PASSWORD

Sent = tuple[str, str, bytes]
"""Name, type and content of a file."""
DATA = """
    const data = new DataTransfer();
    for (const [type, words] of Object.entries(content)) if (words) data.setData(type, words);
    for (const [name, type, base64] of files) {
      const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
      data.items.add(new File([bytes], name, {type}));
    }
    const same = {bubbles: true, cancelable: true};"""
PASTE = 'document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, ...same}));'
DROP = """
    const target = document.elementFromPoint(at.clientX, at.clientY);
    target.dispatchEvent(new DragEvent("drop", {dataTransfer: data, ...at, ...same}));"""


def sign_in(page: Page, name: str = "admin") -> None:
    page.goto("/en/staff/login")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()


def editor(page: Page, language: str) -> Locator:
    return page.locator(f"#pane-{language}").get_by_role("textbox", name="Text", exact=True)


def new_post(page: Page) -> None:
    page.goto("/en/staff/posts/new")
    page.get_by_label("Category").select_option("News")
    page.get_by_label("Author").select_option("Press office")


def write(page: Page, **texts: str) -> None:
    """A new post, each language typed into its own pane."""
    new_post(page)
    for language, text in texts.items():
        page.locator(f"#{language}-title").fill(text)
        editor(page, language).click()
        page.keyboard.type(text)


def save(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Saved").first).to_be_visible()


def saved_body(page: Page, language: str) -> str:
    """What the server has, read without the editor."""
    page.reload()
    return page.locator(f"#{language}-body").get_attribute("data-html") or ""


def paste(page: Page, html: str, plain: str = "", *, rtf: str = "", files: Sequence[Sent] = ()) -> None:
    """What Ctrl+V gives the editor that has the focus."""
    content = {"text/html": html, "text/plain": plain, "text/rtf": rtf}
    page.evaluate(f"([content, files]) => {{ {DATA} {PASTE} }}", [content, encoded(files)])


def drop(page: Page, files: Sequence[Sent], place: Locator) -> None:
    """Let files go in the upper left corner of some words."""
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box is not None
    at = {"clientX": box["x"] + 2, "clientY": box["y"] + 2}
    page.evaluate(f"([content, files, at]) => {{ {DATA} {DROP} }}", [{}, encoded(files), at])


def encoded(files: Sequence[Sent]) -> list[tuple[str, str, str]]:
    return [(name, type, b64encode(content).decode()) for name, type, content in files]
