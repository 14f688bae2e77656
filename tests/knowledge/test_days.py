"""What callers say for a day, on Wednesday 25 November 2026 at 10:00 unless said otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from knowledge.days import find_day
from knowledge.holidays_fr import easter, holiday_name, public_holidays
from tests.knowledge.moments import at

NOW = at(2026, 11, 25, 10, 0)


def d(month: int, day: int, year: int = 2026) -> date:
    return date(year, month, day)


NEXT_WEEK = tuple(date(2026, 11, 30) + timedelta(days=offset) for offset in range(7))

CASES: list[tuple[str, str, tuple[date, ...], str | None]] = [
    ("vous êtes ouverts aujourd'hui ?", "aujourd'hui", (d(11, 25),), None),
    ("Vous êtes ouverts demain ?", "demain", (d(11, 26),), None),
    ("à quelle heure ouvre la mairie demain matin", "demain matin", (d(11, 26),), "matin"),
    ("et après-demain ?", "après-demain", (d(11, 27),), None),
    ("j'ai appelé hier", "hier", (d(11, 24),), None),
    ("avant-hier soir", "avant-hier soir", (d(11, 23),), "soir"),
    ("demain à midi c'est bon ?", "demain à midi", (d(11, 26),), "midi"),
    ("Les poubelles sont pas passées ce matin.", "ce matin", (d(11, 25),), "matin"),
    ("jusqu'à quand la pistoche ce soir ?", "ce soir", (d(11, 25),), "soir"),
    ("je peux passer cet aprèm ?", "cet aprèm", (d(11, 25),), "apres_midi"),
    ("je peux passer cette après-midi ?", "cette après-midi", (d(11, 25),), "apres_midi"),
    ("je viens ce midi", "ce midi", (d(11, 25),), "midi"),
    ("Mon mari est décédé cette nuit.", "cette nuit", (d(11, 25),), "nuit"),
    ("à faire ce week-end à Valbrune ?", "ce week-end", (d(11, 28), d(11, 29)), None),
    ("ouvert le weekend", "weekend", (d(11, 28), d(11, 29)), None),
    ("le week end prochain", "week end prochain", (d(11, 28), d(11, 29)), None),
    ("Vous êtes ouverts samedi ?", "samedi", (d(11, 28),), None),
    ("vous êtes ouverts samedi matin ?", "samedi matin", (d(11, 28),), "matin"),
    ("un créneau jeudi aprèm pour les papiers", "jeudi aprèm", (d(11, 26),), "apres_midi"),
    ("vendredi après-midi", "vendredi après-midi", (d(11, 27),), "apres_midi"),
    ("lundi en fin de matinée", "lundi en fin de matinée", (d(11, 30),), "matin"),
    ("mardi dans la soirée", "mardi dans la soirée", (d(12, 1),), "soir"),
    ("la pharmacie de garde ce dimanche ?", "ce dimanche", (d(11, 29),), None),
    ("elle ferme à quelle heure le dimanche ?", "dimanche", (d(11, 29),), None),
    ("l'aquagym du mardi ?", "mardi", (d(12, 1),), None),
    ("ouvert le mercredi", "mercredi", (d(11, 25),), None),
    ("mercredi prochain", "mercredi prochain", (d(12, 2),), None),
    ("samedi prochain", "samedi prochain", (d(11, 28),), None),
    ("samedi qui vient", "samedi qui vient", (d(11, 28),), None),
    ("samedi en huit", "samedi en huit", (d(12, 5),), None),
    ("lundi en quinze", "lundi en quinze", (d(12, 14),), None),
    ("lundi de la semaine prochaine", "lundi de la semaine prochaine", (d(11, 30),), None),
    ("samedi de la semaine prochaine", "samedi de la semaine prochaine", (d(12, 5),), None),
    ("samedi dernier", "samedi dernier", (d(11, 21),), None),
    ("les samedis vous ouvrez ?", "samedis", (d(11, 28),), None),
    ("ce samdi", "ce samdi", (d(11, 28),), None),
    ("mercredi 2", "mercredi 2", (d(12, 2),), None),
    ("vendredi 14 heures", "vendredi", (d(11, 27),), None),
    ("samedi 28 novembre", "samedi 28 novembre", (d(11, 28),), None),
    ("samedi 28 novembre au matin", "samedi 28 novembre au matin", (d(11, 28),), "matin"),
    ("libre le vingt-quatre mai ?", "vingt-quatre mai", (d(5, 24, 2027),), None),
    ("le 24 mai", "24 mai", (d(5, 24, 2027),), None),
    ("le trente et un décembre", "trente et un décembre", (d(12, 31),), None),
    ("le 1er décembre", "1er décembre", (d(12, 1),), None),
    ("le premier décembre au soir", "premier décembre au soir", (d(12, 1),), "soir"),
    ("le 3 mars 2028", "3 mars 2028", (d(3, 3, 2028),), None),
    ("le onze novembre", "onze novembre", (d(11, 11, 2027),), None),
    ("le 29 février", "29 février", (d(2, 29, 2028),), None),
    ("vous êtes ouverts le 11 ?", "11", (d(12, 11),), None),
    ("le 30 c'est ouvert", "30", (d(11, 30),), None),
    ("dans trois jours", "dans trois jours", (d(11, 28),), None),
    ("dans huit jours", "dans huit jours", (d(12, 2),), None),
    ("dans quinze jours", "dans quinze jours", (d(12, 9),), None),
    ("demain en huit", "demain en huit", (d(12, 3),), None),
    ("d'aujourd'hui en quinze", "d'aujourd'hui en quinze", (d(12, 9),), None),
    ("vous ouvrez quand la semaine prochaine ?", "semaine prochaine", NEXT_WEEK, None),
    ("en début de semaine prochaine", "en début de semaine prochaine", NEXT_WEEK, None),
    ("je passerai tantôt", "tantôt", (d(11, 25),), "apres_midi"),
    ("le pont de l'Ascension", "pont de l'Ascension", (d(5, 7, 2027),), None),
    ("le réveillon de Noël", "réveillon de Noël", (d(12, 24),), None),
    ("le réveillon du nouvel an", "réveillon du nouvel an", (d(12, 31),), None),
    ("premier dimanche du mois ?", "premier dimanche du mois", (d(12, 6),), None),
    ("le premier samedi de décembre", "premier samedi de décembre", (d(12, 5),), None),
    ("le dernier vendredi d'avril", "dernier vendredi d'avril", (d(4, 30, 2027),), None),
    ("le dernier samedi du mois", "dernier samedi du mois", (d(11, 28),), None),
    ("le marché le lundi de Pâques ?", "lundi de Pâques", (d(3, 29, 2027),), None),
    ("le lundi de pentecôte", "lundi de pentecôte", (d(5, 17, 2027),), None),
    ("le jeudi de l'Ascension", "jeudi de l'Ascension", (d(5, 6, 2027),), None),
    ("vous ouvrez à Noël ?", "Noël", (d(12, 25),), None),
    ("le jour de l'an", "jour de l'an", (d(1, 1, 2027),), None),
    ("à la Toussaint", "Toussaint", (d(11, 1, 2027),), None),
    ("le quatorze juillet", "quatorze juillet", (d(7, 14, 2027),), None),
    ("vous ouvrez les jours fériés ?", "jours fériés", (), None),
    ("ouvert pendant les vacances ?", "pendant les vacances", (), None),
    ("c'est ouvert maintenant ?", "maintenant", (d(11, 25),), None),
    ("vous êtes ouverts, là ?", "là", (d(11, 25),), None),
    ("ouvert en ce moment ?", "en ce moment", (d(11, 25),), None),
    ("vous fermez entre midi et deux ?", "entre midi et deux", (), "midi"),
    # corrections, several days
    ("mardi, non, mercredi", "mercredi", (d(11, 25),), None),
    ("samedi euh non dimanche", "dimanche", (d(11, 29),), None),
    ("demain, enfin plutôt vendredi matin", "vendredi matin", (d(11, 27),), "matin"),
    ("pas mardi mais jeudi", "jeudi", (d(11, 26),), None),
    ("jeudi, pas mardi", "jeudi", (d(11, 26),), None),
    ("c'était demain, non pardon, hier", "hier", (d(11, 24),), None),
    ("je viens demain, vous ouvrez aujourd'hui ?", "aujourd'hui", (d(11, 25),), None),
    ("j'ai appelé hier, vous ouvrez demain ?", "demain", (d(11, 26),), None),
    ("je viens demain, j'étais passé hier", "demain", (d(11, 26),), None),
    ("samedi et dimanche", "samedi et dimanche", (d(11, 28), d(11, 29)), None),
    ("lundi ou mardi matin", "lundi ou mardi matin", (d(11, 30), d(12, 1)), "matin"),
]


@pytest.mark.parametrize(("text", "surface", "dates", "part"), CASES)
def test_day_is_found(text: str, surface: str, dates: tuple[date, ...], part: str | None) -> None:
    found = find_day(text, NOW)
    assert found is not None
    assert (found.surface, found.dates, found.part) == (surface, dates, part)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bonjour, je voudrais un renseignement.",
        "Y aura un marché de Noël cette année ?",
        "le programme des vacances de Pâques",
        "J'habite rue du 11 novembre.",
        "l'école du 8 mai 1945",
        "Le parking de la gare, c'est gratuit entre midi et deux ?",
        "Les pots de yaourt, maintenant, ça va dans laquelle ?",
        "la terrasse est pleine jusqu'à deux heures du matin",
        "Mon chat a disparu depuis deux jours.",
        "Attendez, je parle à un répondeur, là ?",
        "On aimerait se marier l'été prochain.",
        "prenez le 12 jusqu'à la gare",
        "le lendemain",
        "mardi gras",
        "le 45 mai",
        "le 30 février",
        "le premier c'est lequel ?",
        "vous ouvrez la piscine quand ?",
        "c'est ouvert là où vous êtes ?",
    ],
)
def test_no_day(text: str) -> None:
    assert find_day(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "holiday"),
    [
        ("le onze novembre", "le 11 Novembre"),
        ("à Noël, c'est ouvert ?", "Noël"),
        ("le lundi de Pâques", "le lundi de Pâques"),
        ("les jours fériés", "jours fériés"),
        ("pendant les vacances scolaires", "vacances"),
        ("samedi", None),
    ],
)
def test_holiday_is_named(text: str, holiday: str | None) -> None:
    found = find_day(text, NOW)
    assert found is not None
    assert found.holiday == holiday


def test_the_day_is_that_of_paris() -> None:
    just_after_midnight_in_paris = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    found = find_day("demain", just_after_midnight_in_paris)
    assert found is not None
    assert found.dates == (d(11, 27),)


def test_sunday_is_still_this_weekend() -> None:
    found = find_day("ce week-end", at(2026, 11, 29, 9, 0))
    assert found is not None
    assert found.dates == (d(11, 29),)
    following = find_day("le week-end prochain", at(2026, 11, 29, 9, 0))
    assert following is not None
    assert following.dates == (d(12, 5), d(12, 6))


@pytest.mark.parametrize(
    ("text", "today"),
    [
        ("le 11 novembre", d(11, 11)),
        ("le 11, vous ouvrez ?", d(11, 11)),
        ("à Noël", d(12, 25)),
        ("le premier dimanche du mois", d(12, 6)),
    ],
)
def test_a_date_of_today_is_today(text: str, today: date) -> None:
    found = find_day(text, at(today.year, today.month, today.day, 8, 0))
    assert found is not None
    assert found.dates == (today,)


def test_easter_agrees_with_the_calendar_of_holidays() -> None:
    for year in range(2020, 2060):
        assert public_holidays(year)[easter(year) + timedelta(days=1)] == "le lundi de Pâques"


def test_regional_holidays() -> None:
    assert holiday_name(d(12, 26)) is None
    assert holiday_name(d(12, 26), "alsace-moselle") == "la Saint-Étienne"
    assert holiday_name(d(3, 26, 2027), "alsace-moselle") == "le Vendredi saint"


@pytest.mark.parametrize(
    ("said", "surface"),
    [
        ("un créneau judy pour les papiers", "jeudi"),
        ("c'est ouvert vandredi après-midi", "vendredi après-midi"),
        ("lundy prochain", "lundi prochain"),
    ],
)
def test_a_weekday_that_is_spelled_as_it_was_heard_is_understood(said: str, surface: str) -> None:
    found = find_day(said, NOW)
    assert found is not None
    assert found.surface == surface


@pytest.mark.parametrize(
    "said",
    [
        "je veux me marier", "mon mari est décédé", "Marie est partie", "le jardin est maudit",
        "j'ai perdu un radis", "un crédit", "la manche",
    ],
)  # fmt: skip
def test_other_words_are_no_weekdays(said: str) -> None:
    assert find_day(said, NOW) is None
