"""A light stemmer for Kazakh in Cyrillic script: the table below and nothing else, no list of words.

Kazakh adds endings on the right alone, and the sound before an ending decides its variant (тер after т, дер after н,
лер after р).  So whatever may be an ending where it stands is taken off, until nothing comes off, and every form of a
word arrives at the same letters.  They are no word, often less than the root, and only good for comparing.

It works on letters as typed on a Russian keyboard, where ң is н: the genitive ның is then taken off as ны and н.
"""

_RUSSIAN_KEYBOARD = str.maketrans("әғқңөұүһіё", "агкноуухие")
_FRONT = str.maketrans("аығқ", "еігк")
_VOICELESS = str.maketrans("бг", "пк")
_VOWELS = "аоуыеиэюя"

HARD = "пткқсшщфхцчбвгд"
SOFT = "лмнңзжрйуғһ"
NATIVE = "аәеыіэ"
LOAN = "ияюё"
ROUND = "оөуүұ"
# After which letters, how many letters must be left at least, the endings with back vowels.  The numbers were measured:
# a common ending may leave two (үй-де), one that many roots seem to have must leave more (қан-ат).
TABLE = (
    (HARD, 2, "ты тар қа па ған тыңыз ы ымыз ыңыз ып итын у"),
    (HARD, 3, "та тағы сы ады атын айық айын амын амыз асыз са пын пыз пады"),
    (HARD, 4, "тық"),
    (HARD, 5, "а ат"),
    (SOFT, 2, "дың дар дық да дан ға ды майды ны лар ы ымыз ыңыз итын мен бен"),
    (SOFT, 3, "дағы ма дыңыз ып ады атын айық айын амын амыз асыз у са бын мын быз мады бады"),
    (SOFT, 4, "ба"),
    (SOFT, 5, "а сын"),
    (NATIVE, 2, "дың нда итын"),
    (
        NATIVE,
        3,
        "дым да ға дағы ды ма на ндағы мыз ңыз йды йтын йық ймын йсың ймыз ң йын йсыз лар дыңыз у са ю с мын мады",
    ),
    (NATIVE, 4, "дық"),
    (NATIVE, 5, "ны м п"),
    (LOAN, 2, "н"),
    (LOAN, 3, "да ға дағы сы мыз ңыз й м лар д"),
    (LOAN, 4, "п"),
    (ROUND, 2, "нда ң лар"),
    (ROUND, 3, "да ға"),
    (ROUND, 5, "с"),
)


def folded(text: str) -> str:
    """Small letters, as typed without the letters that a Russian keyboard lacks, and without ё."""
    return text.lower().translate(_RUSSIAN_KEYBOARD)


def _endings() -> dict[str, dict[str, int]]:
    """For each ending, by the letter before it, how many letters must be left."""
    found: dict[str, dict[str, int]] = {}
    for letters, least, endings in TABLE:
        for ending in endings.split():
            for variant in {folded(ending), folded(ending.translate(_FRONT))}:
                before = found.setdefault(variant, {})
                for letter in folded(letters):
                    before[letter] = min(least, before.get(letter, least))
    return found


_ENDINGS = _endings()
_LONGEST = max(map(len, _ENDINGS))


def _shorter(word: str) -> str:
    """Without its longest ending; the word itself if it has none."""
    for size in range(min(_LONGEST, len(word) - 2), 0, -1):
        rest, ending = word[:-size], word[-size:]
        least = _ENDINGS.get(ending, {}).get(rest[-1])
        if least is not None and len(rest) >= least and any(letter in _VOWELS for letter in rest):
            return rest[:-1] + rest[-1].translate(_VOICELESS) if ending[0] in _VOWELS else rest
    return word


def stem(word: str) -> str:
    """What all forms of a word have in common.

    >>> stem("университеттеріміздің") == stem("университет")
    True
    >>> stem("мектебі") == stem("мектеп"), stem("халқы") == stem("халық"), stem("каласында") == stem("қала")
    (True, True, True)
    """
    word = folded(word)
    while (rest := _shorter(word)) != word:
        word = rest
    if len(word) > 3 and word[-2] in "ыи" and word[-1] not in _VOWELS and word[-3] not in _VOWELS:
        word = word[:-2] + word[-1]  # халық, халқы: the last narrow vowel falls out
    return word[:-1] + word[-1:].translate(_VOICELESS)
