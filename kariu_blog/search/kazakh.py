"""A light stemmer for Kazakh in Cyrillic script: no dependencies, one table of endings.

Kazakh only adds endings on the right, and which variant of an ending is used depends on the
sound before it (тер after т, дер after н, лер after р).  So: take off any ending that could
legally stand there, and repeat until nothing comes off.  Every form of a word then arrives at
the same short key.  The key is for matching only; a reader never sees it.

    >>> [stem(w) for w in ("университет", "университетінде", "университеттеріміздің")]
    ['университет', 'университет', 'университет']
    >>> stem("мектебі") == stem("мектеп") and stem("халқы") == stem("халық")
    True

    >>> stem("қаласында", is_folded=True) == stem("каласында", is_folded=True)
    True
"""

import re

RUSSIAN_KEYBOARD = str.maketrans("әғқңөұүһіё", "агкноуухие")
VOICED = str.maketrans("бгғ", "пкқ")
FRONT = str.maketrans("аығқ", "еігк")
SHORT = ("а", "е", "н", "у", "са", "се")  # too common as part of a root: need a longer rest
WORD = re.compile(r"[^\W_]+")  # hyphens part words, as both databases do
VOWELS = "аәоөұүыіеэияюё"  # у counts as a consonant here: it behaves as one
HARD = "пткқсшщфхцчбвгд"  # unvoiced, and the letters of loan words that act so
SOFT = "лмнңзжрйуғһ"  # voiced
# Which letters may stand before the ending -> the endings, back-vowel form only.
TABLE = {
    HARD: "ты тың та тан тар тық тағы тікі тым қа қан қалы қанша па пақ пайды паған пай",
    SOFT: "дың дар дық дым нікі дікі ба бақ байды баған бай",
    SOFT + VOWELS: "да дан ға дағы ған ғалы ғанша ды дым ма мақ майды маған май",
    VOWELS: "ны на нда ндағы сы мыз ңыз йды йтын йық н ймын йсың ймыз",
    VOWELS + "мнң": "ның нан",
    VOWELS + "рйу": "лар лық",
    HARD + SOFT: "ы ым ың ын ымыз ыңыз ып ады ар атын айық айын ыл ыс иды итын а амын асың амыз асыз",
    HARD + SOFT + VOWELS: "у са сын сыз сам саң саңыз сақ мен бен пен дікі нікі дай тай",
}


def folded(text):
    """As typed without Kazakh letters."""
    return text.lower().translate(RUSSIAN_KEYBOARD)


def _endings(change):
    out = {}
    for before, line in TABLE.items():
        for ending in line.split():
            for form in {change(ending), change(ending.translate(FRONT))}:
                out[form] = out.get(form, "") + change(before)
    return out


EXACT, FOLDED = _endings(str), _endings(folded)


def _shorter(word, endings):
    for size in range(min(6, len(word) - 1), 0, -1):
        rest, ending = word[:-size], word[-size:]
        if rest[-1] in endings.get(ending, "") and _long_enough(rest, ending):
            return rest[:-1] + rest[-1].translate(VOICED) if ending[0] in VOWELS else rest
    return None


def _long_enough(rest, ending):
    if len(rest) == 2:
        return rest[0] in VOWELS + "у" and rest[1] not in VOWELS  # ел, үй, ән
    return len(rest) >= (4 if ending in SHORT else 3) and any(c in VOWELS + "у" for c in rest)


def stem(word, is_folded=True):
    """The matching key; is_folded=True gives Kazakh and Russian-keyboard spellings the same key."""
    word, endings = (folded(word), FOLDED) if is_folded else (word.lower(), EXACT)
    while (rest := _shorter(word, endings)) is not None:
        word = rest
    if (
        len(word) > 3
        and word[-1] not in VOWELS
        and word[-2] in ("ыи" if is_folded else "ыі")
        and word[-3] not in VOWELS
    ):
        word = word[:-2] + word[-1]  # орын/орны, халық/халқы
    return word[:-1] + word[-1:].translate(VOICED)  # мектеп/мектебі


def tokens(text):
    return [m.group().lower() for m in WORD.finditer(text)]
