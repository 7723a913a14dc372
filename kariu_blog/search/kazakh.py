"""Stems of Kazakh words in Cyrillic script, by tables of endings and without a list of words.

Kazakh adds endings on the right only.  A noun takes number, possessor and case in this order, a verb takes negation,
tense and person, and the sound before an ending decides its variant (тер after т, дер after н, лер after р).  A word
that can be read in several ways has several stems: «мақсатын» is «мақсат» with two endings, or a verb's participle.
A stem is good for comparing only; it is often less than the root.

Words typed on a Russian keyboard have the same stems.  There ң is н, so that more endings fit a word without any
Kazakh letter.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from kariu_blog.languages import KAZAKH_LETTERS

_RUSSIAN_KEYBOARD = str.maketrans("әғқңөұүһіёэ", "агкноуухиее")
_EXCEPT_NG = {ord(letter): known for letter, known in zip("әғқөұүһіёэ", "агкоуухиее", strict=True)}
_FRONT = str.maketrans("аығқ", "еігк")
_VOICELESS = str.maketrans("бг", "пк")
_WIDE, _VOWELS = "аоыеи", "аоыеиу"
"""After folding.  Before an ending у counts as a consonant."""

SOUNDS = {"v": _WIDE, "u": "у", "h": "пткқсшщфхцчбвгд", "z": "зж", "n": "мнң", "l": "л", "r": "рй"}
PLURALS = {"v": "лар", "u": "лар", "h": "тар", "z": "дар", "n": "дар", "l": "дар", "r": "лар"}
AFTER_VOWEL = {"м": "one", "ң": "one", "мыз": "many", "ңыз": "many", "сы": "third"}
AFTER_CONSONANT = {"ым": "one", "ың": "one", "ымыз": "many", "ыңыз": "many", "ы": "third"}
"""Endings of the possessor, and after which kind of possessor a case then stands."""
CASES = {
    "v": "ның ға ны да дан мен дағы",
    "u": "ның дың ға ны ды да дан мен дағы",
    "h": "тың қа ты та тан пен тағы",
    "z": "дың ға ды да дан бен дағы",
    "n": "ның ға ды да нан мен дағы",
    "l": "дың ға ды да дан мен дағы",
    "r": "дың ға ды да дан мен дағы",
    "one": "ның а ды да нан мен дағы",
    "many": "дың ға ды да дан бен дағы",
    "third": "ның на н нда нан мен ндағы",
}
TENSES = (
    ("vunlzr", "ды дым дың дық дыңыз дыңыздар ған ғанмын ғансыз ғанбыз ғалы"),
    ("h", "ты тым тың тық тыңыз тыңыздар қан қанмын қансыз қанбыз қалы"),
    ("v", "йды йтын ймын йсың йсыз ймыз йық йын п пты ңыз"),
    ("unlzhr", "ады атын амын асың асыз амыз айық айын ып ыпты ыңыз иды итын имын имыз иық"),
    ("vunlzhr", "у са сақ сам сың"),
)
NEGATIONS = (("vunlr", "ма"), ("z", "ба"), ("h", "па"))
PARTICIPLES = ("у", "ған", "ген", "қан", "кен", "йтын", "йтін", "атын", "етін", "итын", "итін")
"""Verbal endings that make a noun, which then takes a noun's."""
CERTAIN = (
    *("ның", "нің", "дың", "дің", "тың", "тің", "лар", "лер", "мыз", "міз", "ңыз", "ңіз"),
    *("нан", "нен", "нда", "нде", "ына", "іне"),
)
"""Endings of three letters with which hardly any root ends; those of four are all certain."""
ENDING_MAX = 13
Table = dict[str, dict[str, int]]
"""By the ending and the sound before it, how many letters less a second reading leaves off; 0 if there is none."""


def folded(text: str) -> str:
    """Return text in small letters, as typed without the letters that a Russian keyboard lacks, and without ё and э."""
    return text.lower().translate(_RUSSIAN_KEYBOARD)


def _variants(ending: str) -> set[str]:
    return {spelt(ending), spelt(ending.translate(_FRONT))}


def spelt(word: str) -> str:
    """Return a word in the letters of the tables: as folded, but ң stays."""
    return word.lower().translate(_EXCEPT_NG)


def _nouns() -> Table:
    found: Table = defaultdict(dict)
    for sound, plural in PLURALS.items():
        for number in ("", plural):
            last = "r" if number else sound
            owned = {"": last} | (AFTER_VOWEL if last in "vu" else {}) | (AFTER_CONSONANT if last != "v" else {})
            for possessor, before_case in owned.items():
                for case in ["", *CASES[before_case].split()]:
                    for form in filter(None, _variants(number + possessor + case)):
                        found[form][sound] = 0 if number else _more(possessor, case)
    return found


def _more(possessor: str, case: str) -> int:
    """Return how many letters of the possessor and case may belong to the root: ғалым·ның, орын·да, кеңес·ін."""
    if possessor in ("м", "ң", "ым", "ың") and case:
        return len(possessor)
    if possessor == "ы" and case.startswith("нд"):
        return 2
    return 1 if possessor == "сы" else 0


def _verbs(rows: tuple[tuple[str, str], ...]) -> Table:
    found: Table = defaultdict(dict)
    for sounds, endings in rows:
        for ending in endings.split():
            for form in _variants(ending):
                found[form] |= dict.fromkeys(sounds, 0)
    return found


def _on_russian_keyboard(table: Table) -> Table:
    found: Table = defaultdict(dict)
    for ending, before in table.items():
        for variant in {ending, ending.replace("ң", "н")}:
            found[variant] = before | found[variant]
    for ending in ("нын", "нин"):  # «тургынын» is «тургы» in the genitive, or «тургын» with two endings
        found[ending]["v"] = 1
    return found


_SOUND = {spelt(letter): sound for sound, letters in SOUNDS.items() for letter in letters}
_NOUNS, _TENSES, _NEGATIONS = _nouns(), _verbs(TENSES), _verbs(NEGATIONS)
ENDINGS = sorted(_NOUNS, key=len, reverse=True)
"""All chains of a noun's endings, in the letters of ``spelt``, the longest first."""
_TYPED_NOUNS, _TYPED_TENSES = _on_russian_keyboard(_NOUNS), _on_russian_keyboard(_TENSES)
_PARTICIPLES = {ending: _TENSES[ending] for ending in map(spelt, PARTICIPLES)}
_CERTAIN = frozenset(map(spelt, CERTAIN)) | {spelt(ending).replace("ң", "н") for ending in CERTAIN}
_VOWEL_SET = frozenset(_VOWELS)
_UP = re.compile(f"(.+[{_VOWELS}])у[ыи]п")


def stems(word: str) -> list[str]:
    """Return what all forms of a word have in common, for each reading of it.

    >>> stems("университеттеріміздің"), stems("каласында"), stems("мектебі"), stems("халқы")
    (['университет'], ['кала', 'калас'], ['мектеп'], ['халк'])
    """
    small = word.lower()
    plain = spelt(small).replace("ь", "").replace("ъ", "").replace("я", "йа").replace("ю", "йу")
    is_kazakh = not KAZAKH_LETTERS.isdisjoint(small)
    if not plain:
        return [small]
    nouns, tenses = (_NOUNS, _TENSES) if is_kazakh else (_TYPED_NOUNS, _TYPED_TENSES)
    readings, certain = _as_noun(plain, nouns)
    found = {*readings, *(root for reading in readings for root in _as_participle(reading))}
    found |= {root for root, ending in _shorter(plain, tenses) if len(ending) >= certain for root in _positive(root)}
    if came := _UP.fullmatch(plain):  # тап, тауып
        found.add(f"{came[1]}п")
    if len(plain) == 4 and plain[-1] in "ае" and not certain:  # бар, бара
        found.add(plain[:-1])
    return sorted(set(map(_canonical, found)))


def _shorter(word: str, table: Table, longest: int = ENDING_MAX) -> Iterator[tuple[str, str]]:
    """Yield the ways to take one ending of the table off, each with the ending, the longest first."""
    for size in range(min(longest, len(word) - 2), 0, -1):
        ending = word[-size:]
        if ending in table and _SOUND.get(word[-size - 1]) in table[ending]:
            root = word[:-size]
            if len(root) >= _least(root, ending) and not _VOWEL_SET.isdisjoint(root):
                yield root, ending


def _least(root: str, ending: str) -> int:
    """Return how many letters must be left: two of a root such as ел, үй and су, but not before a single letter."""
    if len(ending) == 1 and ending != "у":
        return 3
    return 2 if root[0] in _VOWELS or (root[1:] == "у" and len(ending) > 1) else 3


def _as_noun(word: str, table: Table) -> tuple[set[str], int]:
    """Return the readings without the longest chain of a noun's endings, and its length if it is certain."""
    for root, ending in _shorter(word, table):
        more = table[ending][_SOUND[root[-1]]]
        is_certain = len(ending) > 3 or ending in _CERTAIN
        return {root, word[: len(root) + more], *([] if is_certain else [word])}, len(ending) * is_certain
    return {word}, 0


def _as_participle(reading: str) -> list[str]:
    return [each for root, _ending in _shorter(reading, _PARTICIPLES, 4) for each in _positive(root)]


def _positive(root: str) -> list[str]:
    return [root, *(shorter for shorter, _ending in _shorter(root, _NEGATIONS, 2))]


def _canonical(root: str) -> str:
    """Return a root as a key: without the narrow vowel at its end, or the one that falls out (халық, халқы)."""
    root = root.replace("ң", "н")
    root = root.removesuffix("т") if len(root) > 4 and root.endswith("ст") else root  # журналист, журналистер
    if len(root) > (2 if root[0] in _VOWELS else 3) and root[-1] in "ыи" and root[-2] not in _WIDE:
        root = root[:-1]
    if len(root) > 3 and root[-2] in "ыи" and root[-1] not in _VOWELS and root[-3] not in _WIDE:
        root = root[:-2] + root[-1]
    return root[:-1] + root[-1].translate(_VOICELESS)
