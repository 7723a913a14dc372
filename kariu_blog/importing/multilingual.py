"""Texts in several languages within one field, as qTranslate and its successors write them."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping

from kariu_blog.languages import KAZAKH, LANGUAGES, RUSSIAN, guess, of_words
from kariu_blog.old_site.addresses import language_of

_CODE = r"([a-z]{2}(?:[_-][a-z]{2,4})?)?"
_TAG = re.compile(rf"<!--:{_CODE}-->|\[:{_CODE}\]|\{{:{_CODE}\}}", re.I)
"""A tag of one of the three encodings; without a code it ends a language."""
EVERY = ""
"""Key of a text that belongs to every language."""


def split(field: str) -> dict[str, str]:
    """Return a field by language, or under ``EVERY`` if it names none.

    Text outside of the tags belongs to every language that has a text of its own.  Languages that the site has not are
    left out.
    """
    parts, language = [], EVERY
    end = 0
    for tag in _TAG.finditer(field):
        parts.append((language, field[end : tag.start()]))
        language, end = next(filter(None, tag.groups()), EVERY), tag.end()
    parts.append((language, field[end:]))
    written = [tagged for tagged, text in parts if tagged and text.strip()]
    named = dict.fromkeys(code for tagged in written if (code := language_of(tagged)))
    if not named:
        return {EVERY: "".join(text for code, text in parts if code == EVERY)}
    texts: dict[str, str] = defaultdict(str)
    for tagged, text in parts:
        for code in named if tagged == EVERY else [language_of(tagged)]:
            if code:
                texts[code] += text
    return {code: texts[code] for code in named}


def unknown(field: str) -> set[str]:
    """Return the codes of languages that the site has not."""
    return {
        code for tag in _TAG.finditer(field) if (code := next(filter(None, tag.groups()), "")) and not language_of(code)
    }


def of(texts: Mapping[str, str], language: str) -> str:
    """Return what a field has for a language, empty if nothing."""
    return texts.get(language, texts.get(EVERY, ""))


def languages_of(title: Mapping[str, str], body: Mapping[str, str]) -> list[str]:
    """Return the languages in which a post has a text, none if neither field names one.

    A language in which only the title is written counts if nothing but titles is written.
    """
    written = [{code for code, text in field.items() if code and text.strip()} for field in (body, title)]
    return [code for code in LANGUAGES if code in (written[0] or written[1])]


def guessed(words: str) -> tuple[str, bool]:
    """Return the language of words by their letters, and whether there are enough of them to be certain."""
    found = guess(words)
    return found or of_words(words, RUSSIAN if re.search("[а-яё]", words.lower()) else "en"), found is not None


def names(field: str, languages: Collection[str] = tuple(LANGUAGES)) -> dict[str, str]:
    """Return a name in each language that has one; one without a language in all of them."""
    texts = {code: " ".join(text.split()) for code, text in split(field).items()}
    if EVERY in texts:
        return dict.fromkeys(languages, texts[EVERY])
    return {code: text for code, text in texts.items() if text}


def nearest(texts: Mapping[str, str], language: str) -> str:
    """Return a text in the language, or in one that stands in for it."""
    order = (language, *LANGUAGES[language].fallbacks, EVERY, KAZAKH)
    return next((texts[code] for code in order if texts.get(code, "").strip()), "")
