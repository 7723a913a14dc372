"""Kazakh word forms by the rules of the grammar: vowel harmony, assimilation, voicing, falling vowels, buffer letters.

Written without a look at the stemmer that they test.  Letters in capitals are archiphonemes: A is а or е, Y is ы or і,
L (plural), D, G, N (cases), M (instrumental) change with the sound before them.
"""

import re
from collections.abc import Iterator
from itertools import product

BACK, FRONT = "аоұыяёю", "әөүіеэ"
NEUTRAL = "иу"
"""Vowels that leave the harmony to the vowel before them."""
VOWELS = BACK + FRONT + NEUTRAL
VOICELESS = "пткқсшщфхцчбвгд"
"""Also the voiced stops that end loan words."""
VOICED = {"п": "б", "к": "г", "қ": "ғ"}

PLURALS = ("", "LAр")
POSSESSIVES = ("", "Yм", "Yң", "Yңыз", "Yмыз", "Sы")
CASES = ("", "NYң", "GA", "NY", "DA", "DAн", "Mен", "DAғы")
TENSES = ("DY", "GAн", "Yп", "Aды", "AтYн", "у", "уы", "уға", "уын", "GAнын", "MAды", "Aмын", "Aмыз", "сA", "Aйық")


def is_front(stem: str) -> bool:
    """Return whether endings have front vowels: as the last vowel, и and у as the one before them."""
    vowels = [letter for letter in stem if letter in BACK + FRONT + NEUTRAL]
    if vowels[-1] == "и" and stem[-1] not in VOWELS:
        return True  # автомобиль, министр
    deciding = next((vowel for vowel in reversed(vowels) if vowel not in NEUTRAL), vowels[-1].replace("и", "і"))
    return deciding in FRONT


def add(stem: str, ending: str, *, falls: bool = False) -> str:
    """Return the stem with an ending; ``falls``: the stem's last narrow vowel does before a vowel (халық, халқы)."""
    if not ending:
        return stem
    front = is_front(stem)
    stem = stem.removesuffix("ь")
    last = stem[-1]
    is_vowel = last in VOWELS and not (last == "у" and ending[0] != "S") and not (last == "и" and ending[0] == "Y")
    ending = _ending(last, ending, is_vowel=is_vowel, long_vowel=last in "уи")
    ending = ending.translate(str.maketrans("AY", "еі" if front else "аы"))
    if front:
        ending = ending.translate(str.maketrans("ағықұ", "егікү"))
    if ending[0] in "ыі" and last not in VOWELS:
        stem = stem[:-2] + stem[-1] if falls else stem[:-1] + VOICED.get(last, last)
    return stem + ending


def _ending(last: str, ending: str, *, is_vowel: bool, long_vowel: bool) -> str:
    """Return the ending's variant after this letter, its vowels still open."""
    head, rest = ending[0], ending[1:]
    if head == "L":
        return ("т" if last in VOICELESS else "д" if last in "лмнңзж" else "л") + rest
    if head == "S":  # possessive of the third person
        return ("с" if last in VOWELS and last not in "уи" else "") + "Y"
    if head == "Y":
        return rest if is_vowel and not long_vowel else ending
    if head == "N":
        return ("т" if last in VOICELESS else "н" if last in VOWELS or (last in "мнң" and rest == "Yң") else "д") + rest
    if head == "D":
        after_nasal = rest == "Aн" and last in "мнң"
        return ("т" if last in VOICELESS else "н" if after_nasal else "д") + rest
    if head == "G":
        return ("қ" if last in VOICELESS else "ғ") + rest
    if head == "M":
        return ("п" if last in VOICELESS else "б" if last in "зж" else "м") + rest
    return ending


def noun_forms(lemma: str, *, falls: bool = False) -> Iterator[str]:
    """Yield every number, possessor and case of a noun, and the adjective of place (-дағы) of each."""
    for plural, possessive, case in product(PLURALS, POSSESSIVES, CASES):
        stem = add(lemma, plural)
        owned = add(stem, possessive, falls=falls and not plural)
        yield _declined(owned, case, possessive)


def _declined(owned: str, case: str, possessive: str) -> str:
    """Return a case; after the possessive of the third person н stands between, and the accusative is н alone."""
    vowels = str.maketrans("AY", "еі" if is_front(owned) else "аы")
    if possessive == "Sы":
        special = {"GA": "нA", "NY": "н", "DA": "ндA", "DAн": "нAн", "DAғы": "ндAғы"}
        if case in special:
            return owned + re.sub("ғы$", "гі" if is_front(owned) else "ғы", special[case].translate(vowels))
    elif possessive in ("Yм", "Yң") and case == "GA":
        return owned + "A".translate(vowels)
    return add(owned, case)


def verb_forms(stem: str) -> Iterator[str]:
    """Yield common forms of a verb, given by its stem (жаз, баста, оқы, қой, тап)."""
    for tense in TENSES:
        yield _conjugated(stem, tense)


def _conjugated(stem: str, tense: str) -> str:
    front, last = is_front(stem), stem[-1]
    voiced = stem[:-1] + VOICED.get(last, last)
    ending = tense
    if tense[0] == "у":
        stem = stem[:-1] if last in "ыій" else voiced
        ending = ("ю" if last == "й" else "у") + tense[1:]
    elif tense[0] == "A" and last in "ыі":
        stem, ending = stem[:-1] + "и", tense[1:].removeprefix("й")
    elif tense[0] == "A" and last in VOWELS:
        ending = "й" + tense[1:].removeprefix("й")
    elif tense[0] == "A":
        stem, ending = (stem[:-1], {False: "я", True: "йе"}[front] + tense[1:]) if last == "й" else (voiced, tense)
    elif tense[0] == "Y":
        stem, ending = (stem, tense[1:]) if last in VOWELS else (stem[:-1] + "у" if last == "п" else stem, tense)
    elif tense[0] == "M":
        ending = ("п" if last in VOICELESS else "б" if last in "зж" else "м") + tense[1:]
    elif tense[0] in "DG":
        ending = _ending("а" if last in VOWELS else last.replace("н", "л"), tense, is_vowel=False, long_vowel=False)
        ending = ending if tense[0] == "G" or last not in VOWELS else "д" + tense[1:]
    return stem + ending.translate(str.maketrans("AYағықұ", "еіегікү") if front else str.maketrans("AY", "аы"))
