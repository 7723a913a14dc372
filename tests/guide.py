"""The newsroom's help: docs/writing.*.md as HTML, beside the templates (``make guide``)."""

import re

from markdown_it import MarkdownIt

from kariu_blog.languages import LANGUAGES
from tests.support.serving import ROOT

FOLDER = ROOT / "templates" / "newsroom" / "guide"
PICTURE = re.compile(r'src="\.\./kariu_blog/static/([^"]+)"')


def rendered(language: str) -> str:
    """Return a guide as HTML, with addresses of its pictures as the site has them."""
    html = MarkdownIt().render((ROOT / "docs" / f"writing.{language}.md").read_text())
    return PICTURE.sub('loading="lazy" src="{{ asset(\'\\1\') }}"', html)


def write() -> None:
    for language in LANGUAGES:
        (FOLDER / f"{language}.html").write_text(rendered(language))


if __name__ == "__main__":
    write()
