"""Words and their forms: every form of a word shares a key with it, as far as the grammar is regular."""

import itertools

import pytest

from kariu_blog.search.kazakh import stems
from kariu_blog.search.keys import form, keys, words
from tests.support.kazakh import noun_forms, verb_forms

WITHOUT_KAZAKH = str.maketrans("әғқңөұүһі", "агкноуухи")
NOUNS = (
    "адам ақпарат аудитория ауыл ауыз_ әдіс әкім әріптес бағдарлама байқау балалар бала басшы баспа бәйге білім бөлім"
    " бірлестік газет ғалым ғимарат ғылым грант дауыс декан диплом директор доцент дәріс дәрігер дүние емтихан есеп ел"
    " жазушы жарыс жастар жиналыс жиын жоба жол жұмыс жүйе журнал зал зауыт заң зерттеу зертхана из институт кафедра"
    " кеңес кездесу келісім кесте кітап кітапхана колледж комиссия конкурс конференция корпус көмек көрме қала қаулы қор"
    " қоғам қызмет қызметкер құжат құқық лекция маман мақала мақсат мамандық магистр мекеме мектеп мәдениет мәселе мемлекет"
    " министр мұғалім мұражай мүше нәтиже нұсқаулық облыс одақ ой оқу оқулық оқушы оқытушы олимпиада орталық орын_ өкіл"
    " өлең өндіріс өнер өнім партия пән пікір порт президент профессор рейтинг ректор республика сабақ сала сайт семинар"
    " серіктес сессия сөз спорт сұрақ стипендия студент сынып талап талапкер тапсырма тарих_ тәжірибе тәрбие теңге техника"
    " тіл той топ төлем түлек ұжым ұйым ұстаз университет үй факультет физика форум халық_ хабарландыру хат химия циркуль"
    " шара шәкірт шеберхана шығарма шығын экономика экскурсия электроника ән автомобиль ведомость_ факт_"
).split()
"""With _ those whose last narrow vowel falls out, or whose harmony or buffer vowel no rule gives."""
FALLING = ("ауыз", "орын", "халық", "ерін", "мұрын", "қарын", "мойын", "көрік", "әріп", "ғұрып", "құлық", "бөрік")
VERBS = (
    "жаз баста кел тап қой жүр оқы сүй шық тік аш сөйле мін бар бер ал көр кір жіберіл зертте қолдан жариялан ұйымдастыр"
    " қатыс өткіз айт біл ойна сақта тыңда үйрен жең қара сұра түс ұсын дайында орындат"
).split()
SURNAMES = "Абдрасилов Токаев Есимов Базаров Султанов Кусаинов Мусин Птицын Ахметов Жумабаев Ибраев Королёв Сагинтаев".split()


@pytest.mark.parametrize("spelling", ["as written", "without Kazakh letters"])
def test_every_form_of_a_kazakh_noun_shares_a_key_with_it(spelling: str) -> None:
    lost = []
    nouns = [noun for noun in NOUNS if not noun.endswith("_")]
    for noun, found in [(noun, noun_forms(noun)) for noun in nouns] + [(each, noun_forms(each, falls=True)) for each in FALLING]:
        for each in found:
            written = each if spelling == "as written" else each.translate(WITHOUT_KAZAKH)
            if keys(written, "kk").isdisjoint(keys(noun, "kk")):
                lost.append((noun, written))
    assert lost == []


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
