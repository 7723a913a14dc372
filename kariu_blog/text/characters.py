"""Characters: what a text may hold, and white space."""

import re
import unicodedata

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 (section 2.2) forbids or nobody sees: C0 but tab and line ends, C1 but U+0085, surrogates."""
_NON_BREAKING = "\u00a0\u2007\u202f"
SPACES = re.compile(rf"[^\S{_NON_BREAKING}]+")
"""White space at which a line may end: str.split() takes non-breaking spaces for such, too."""
_BETWEEN_TAGS = re.compile("[^<>]+")
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0\U0001d159"
"""Letters and signs by their category that nobody sees: fillers of Hangul, an empty Braille cell, a null note."""


def clean(text: str) -> str:
    """Return the text with line ends as ``\\n``, composed letters (NFC) and nothing that XML forbids.

    An angle bracket is composed with no mark after it, because ``>`` with U+0338 would end no tag.
    """
    text = FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _BETWEEN_TAGS.sub(lambda part: unicodedata.normalize("NFC", part[0]), text)


def clean_line(text: str) -> str:
    """Return the same on one line, without white space at its ends."""
    return squeezed(clean(text)).strip()


def squeezed(text: str) -> str:
    """Return the text with each run of white space as one space; non-breaking spaces stay."""
    if not any(space in text for space in _NON_BREAKING):
        return " ".join(text.split())  # three times as fast
    return SPACES.sub(" ", text).strip(" ")


def is_seen(line: str) -> bool:
    """Return whether anything in it can be seen: a letter, digit or sign, not marks and blanks alone."""
    return any(unicodedata.category(sign)[0] in "LNPS" and sign not in _BLANK_LETTERS for sign in line)
