"""Words and their forms: every form of a word shares a key with it, as far as the grammar is regular."""

import itertools
import tomllib
from pathlib import Path

import pytest

from kariu_blog.search.kazakh import stems
from kariu_blog.search.keys import form, keys, words
from tests.support.kazakh import noun_forms, verb_forms

WITHOUT_KAZAKH = str.maketrans("әғқңөұүһі", "агкноуухи")
WORDS = tomllib.loads(Path(__file__).with_name("search_words.toml").read_text())
NOUNS, FALLING, VERBS, SURNAMES = (WORDS[name].split() for name in ("nouns", "falling", "verbs", "surnames"))


@pytest.mark.parametrize("spelling", ["as written", "without Kazakh letters"])
def test_every_form_of_a_kazakh_noun_shares_a_key_with_it(spelling: str) -> None:
    lost = []
    for noun in NOUNS + FALLING:
        for each in noun_forms(noun, falls=noun in FALLING):
            written = each if spelling == "as written" else each.translate(WITHOUT_KAZAKH)
            if keys(written, "kk").isdisjoint(keys(noun, "kk")):
                lost.append((noun, written))
    ambiguous = [] if spelling == "as written" else [("көрме", "кормен")]  # «көрмең», or «көр» with -мен
    assert lost == ambiguous


def test_every_common_form_of_a_kazakh_verb_shares_a_key_with_another() -> None:
    lost = []
    for verb in VERBS:
        found = list(verb_forms(verb))
        infinitive = keys(next(each for each in found if each.endswith(("у", "ю"))), "kk")
        lost += [(verb, each) for each in found if keys(each, "kk").isdisjoint(infinitive)]
    assert lost == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("мақсатын", "мақсат"),
        ("көлемін", "көлем"),
        ("жағдайын", "жағдай"),
        ("Қазақстаннан", "Қазақстан"),
        ("бастады", "бастау"),
        ("жасап", "жасау"),
        ("бара", "бару"),
        ("келе", "келеді"),
        ("қояды", "қою"),
        ("тауып", "табу"),
        ("автомобилі", "автомобиль"),
        ("фактісі", "факт"),
        ("аузы", "ауыз"),
        ("журналистер", "журналист"),
        ("альпинистердің", "альпинистке"),
        ("суларға", "судың"),
        ("тургынын", "тұрғын"),
        ("ЖОО-ның", "ЖОО"),
        ("19-дан", "19"),
    ],
)
def test_forms_that_differ_much_share_a_key(one: str, other: str) -> None:
    assert not keys(one, "kk").isdisjoint(keys(other, "kk"))


@pytest.mark.parametrize("word", ["ақпан", "қазан", "атлас", "айнек", "үстел", "екпін"])
def test_a_word_of_five_letters_is_not_taken_for_two(word: str) -> None:
    assert all(len(stem) > 2 for stem in stems(word))


def test_a_russian_surname_is_found_in_every_case() -> None:
    for surname, ending in itertools.product(SURNAMES, ("", "а", "у", "ым", "е", "ой", "ы", "ых")):
        assert not keys(surname + ending, "ru").isdisjoint(keys(surname, "ru")), surname + ending


@pytest.mark.parametrize(
    ("kazakh", "russian"),
    [("Әбдірасылов", "Абдрасилов"), ("Құсайынов", "Кусаинов"), ("Есімов", "Есимов"), ("Нұрсейітов", "Нурсеитов")],
)
def test_a_surname_is_the_same_in_kazakh_and_russian_spelling(kazakh: str, russian: str) -> None:
    assert not keys(kazakh, "kk").isdisjoint(keys(russian, "kk"))
    assert not keys(kazakh, "ru").isdisjoint(keys(russian, "ru"))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ЖОО-ның ҰБТ-да", ["ЖОО-ның", "ҰБТ-да"]),
        ("COVID-19-дан кейін", ["COVID", "19-дан", "кейін"]),
        ("сондай-ақ", ["сондай-ақ"]),
        ("оқу-әдістемелік IT-компания 3-курс", ["оқу", "әдістемелік", "IT", "компания", "3", "курс"]),
        ("10 000 теңге, 7 721 250", ["10 000", "теңге", "7 721 250"]),
        ("2024 150", ["2024", "150"]),
    ],
)
def test_words_are_parted_where_people_part_them(text: str, parts: list[str]) -> None:
    assert [match[0] for match in words(text)] == parts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("6B06103", "6В06103"),
        ("бiлiм", "білім"),
        ("10 000", "10000"),
        ("мəтін", "мәтін"),
        ("ɵнер", "өнер"),
        ("таӊ", "таң"),
        ("саба\u200eқ", "сабақ"),
        ("ҡала", "қала"),
    ],
)
def test_what_looks_the_same_is_the_same(one: str, other: str) -> None:
    assert form(one) == form(other)
