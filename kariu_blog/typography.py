"""Line breaks in text and clean HTML on pages: soft hyphens and unbreakable spaces.

Feeds, metadata and the editor get the text as it was written.
"""

import re

from markupsafe import Markup, escape

from kariu_blog.languages import KAZAKH, with_unbroken_dates
from kariu_blog.text import TAG

SOFT_HYPHEN = "\u00ad"
LOW_VISION_HYPHEN = "<i></i>"
"""Empty element that the low-vision mode's style sheet turns into a soft hyphen."""
HEADING_LETTERS, LOW_VISION_LETTERS = 18, 10
"""Length of the longest word without hyphens, in a heading and in the low-vision mode."""
FEWEST_LETTERS = 2
"""Smallest number of letters before the first hyphen of a word and after the last one."""

_FULL_VOWELS = "аәеёиоөұүыіэюя"
_VOWEL = rf"(?:[{_FULL_VOWELS}]|(?<![{_FULL_VOWELS}у])у)"  # у after a vowel is a consonant: тау-лар
_CONSONANT = rf"(?!{_VOWEL}|[ьъ])\w"
_SYLLABLE_END = re.compile(rf"{_VOWEL}(?:(?!{_VOWEL})\w)*?(?={_CONSONANT}{_VOWEL})", re.I)
_WORD_OR_TAG = re.compile(r"<[^>]*>|(?P<word>[а-яёәғқңөұүһі]+)", re.I)
_CAPITAL = "[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ]"
_UNIT = r"(?:жж?|гг?|мың|тыс|млн|млрд|теңге|тенге|тг|[смк]м|м|кг|т|га|million|billion|[ckm]m|m|kg|t|ha)\b|[%‰°]"
_UNBROKEN = re.compile(
    rf"{TAG.pattern}"
    rf"|(?P<space> )(?:(?<=[№§] )(?=\d)|(?<=\d )(?={_UNIT})|(?<=\b{_CAPITAL}\. )(?={_CAPITAL})|(?=[–—](?:\s|$)))"
)
_HEADING = re.compile(r"(<h[2-4]\b.*?</h[2-4]>)", re.S)


def typeset(text: str, language: str) -> Markup:
    """Return plain text as HTML.  Its long Kazakh words can be parted in the low-vision mode."""
    return _typeset(escape(text), language, is_heading=False)


def heading(text: str, language: str) -> Markup:
    """Return the text of a heading as HTML.  Its very long Kazakh words can be parted for every reader."""
    return _typeset(escape(text), language, is_heading=True)


def typeset_body(body: str, language: str) -> Markup:
    """Return clean HTML with parted words in its text and its headings."""
    parts = _HEADING.split(body)
    return Markup().join(_typeset(part, language, is_heading=bool(place % 2)) for place, part in enumerate(parts))


def unbroken(body: str) -> str:
    """Return clean HTML in which no line ends between a number and its unit, initials and a name, or before a dash."""
    return _UNBROKEN.sub(lambda match: "\u00a0" if match["space"] else match[0], body)


def hyphenated(word: str, hyphen: str = SOFT_HYPHEN) -> str:
    """Put ``hyphen`` between the syllables of a Kazakh word, each but the first of which begins with one consonant."""
    last = len(word) - FEWEST_LETTERS
    return _SYLLABLE_END.sub(lambda end: end[0] + hyphen * (FEWEST_LETTERS <= end.end() <= last), word)


def _typeset(html: str, language: str, is_heading: bool) -> Markup:
    html = with_unbroken_dates(unbroken(str(html)))
    if language == KAZAKH:
        html = _WORD_OR_TAG.sub(lambda part: _parted(part["word"], is_heading) if part["word"] else part[0], html)
    return Markup(html)  # noqa: S704  # escaped, or clean HTML


def _parted(word: str, is_heading: bool) -> str:
    if is_heading and len(word) > HEADING_LETTERS:
        return hyphenated(word)
    return hyphenated(word, LOW_VISION_HYPHEN) if len(word) > LOW_VISION_LETTERS else word
