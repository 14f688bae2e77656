"""What callers hear about opening hours."""

from __future__ import annotations

from datetime import datetime

import pytest

from common.french import split_sentences
from knowledge.days import find_day
from knowledge.hours import build
from knowledge.nouns import Noun
from knowledge.town import Town
from knowledge.wording import Asked, hours_reply
from tests.knowledge.moments import at

WEDNESDAY = at(2026, 11, 25, 10, 0)


def said(town: Town, text: str, now: datetime = WEDNESDAY) -> str:
    reply = town.answer("horaires_lieu", text, None, find_day(text, now), now)
    assert reply is not None
    return reply.text


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "Bonjour, vous êtes ouverts samedi matin ?",
            "Oui, samedi 28 novembre au matin, la mairie est ouverte de 9 heures à 12 heures.",
        ),
        (
            "vous êtes ouverts samedi après-midi ?",
            "Non, samedi 28 novembre après-midi, la mairie est fermée. "
            "Ce jour-là, elle est ouverte de 9 heures à 12 heures.",
        ),
        (
            "la mairie, vous ouvrez quand la semaine prochaine ?",
            "La semaine prochaine, la mairie est ouverte du lundi au vendredi de 8 h 30 à "
            "12 heures et de 13 h 30 à 17 h 30, et le samedi de 9 heures à 12 heures.",
        ),
        (
            "la mairie samedi",
            "Samedi 28 novembre, la mairie est ouverte de 9 heures à 12 heures.",
        ),
        (
            "à quelle heure ouvre la mairie demain matin",
            "Demain matin, jeudi 26 novembre, la mairie est ouverte de 8 h 30 à 12 heures.",
        ),
        (
            "la mairie est ouverte dimanche ?",
            "Non, dimanche 29 novembre, la mairie est fermée. "
            "Elle rouvre lundi 30 novembre à 8 h 30.",
        ),
        (
            "C'est ouvert jusqu'à quand la pistoche ce soir ?",
            "Ce soir, la piscine est ouverte jusqu'à 19 heures. "
            "On sort de l'eau 20 minutes avant la fermeture.",
        ),
        (
            "la médiathèque est ouverte ce soir ?",
            "Non, ce soir, la médiathèque est fermée. "
            "Aujourd'hui, elle est ouverte de 10 heures à 18 heures.",
        ),
        (
            "la piscine ce week-end",
            "Samedi 28 novembre, la piscine est ouverte de 10 heures à 18 heures. "
            "Dimanche 29 novembre, elle est ouverte de 9 heures à 13 heures.",
        ),
        (
            "la médiathèque dimanche et lundi",
            "Dimanche 29 novembre et lundi 30 novembre, la médiathèque est fermée. "
            "Elle rouvre mardi 1er décembre à 14 heures.",
        ),
        (
            "le musée était ouvert hier ?",
            "Non, hier, mardi 24 novembre, le musée était fermé.",
        ),
        (
            "la piscine le 24 décembre",
            "Exceptionnellement, jeudi 24 décembre, la piscine est ouverte de 10 heures à "
            "16 heures : veille de Noël.",
        ),
        (
            "le marché le lundi de Pâques",
            "Le lundi 29 mars est férié, mais le marché est ouvert de 8 heures à 12 h 30.",
        ),
        (
            "le marché ouvre les jours fériés ?",
            "Les jours fériés, le marché est ouvert de 8 heures à 12 h 30, sauf Noël, "
            "le jour de l'An et la fête du Travail.",
        ),
        (
            "le musée les jours fériés",
            "Les jours fériés, le musée garde ses horaires habituels, sauf Noël, "
            "le jour de l'An et la fête du Travail.",
        ),
        (
            "la mairie est ouverte entre midi et deux ?",
            "Non, la mairie est fermée entre midi et deux. Elle est ouverte du lundi au "
            "vendredi de 8 h 30 à 12 heures et de 13 h 30 à 17 h 30, et le samedi de 9 heures "
            "à 12 heures.",
        ),
        (
            "la mairie est fermée entre midi et deux ?",
            "La mairie est fermée entre midi et deux. Elle est ouverte du lundi au "
            "vendredi de 8 h 30 à 12 heures et de 13 h 30 à 17 h 30, et le samedi de 9 heures "
            "à 12 heures.",
        ),
        (
            "le conservatoire pendant les vacances",
            "Pendant les vacances scolaires, le conservatoire est ouvert du lundi au jeudi de "
            "14 heures à 17 heures.",
        ),
        (
            "le parc est ouvert maintenant ?",
            "Le parc est ouvert en ce moment, jusqu'à 18 heures.",
        ),
        (
            "horaires du service des élections",
            "Le service des élections est ouvert en ce moment, jusqu'à 12 heures, puis de "
            "13 h 30 à 17 h 30. Il est ouvert du lundi au vendredi de 8 h 30 à 12 heures et de "
            "13 h 30 à 17 h 30.",
        ),
    ],
)
def test_answer(town: Town, question: str, answer: str) -> None:
    assert said(town, question) == answer


@pytest.mark.parametrize(
    ("now", "beginning"),
    [
        (at(2026, 11, 25, 7, 0), "La mairie est fermée en ce moment. Elle ouvre aujourd'hui"),
        (at(2026, 11, 25, 10, 0), "La mairie est ouverte en ce moment, jusqu'à 12 heures,"),
        (
            at(2026, 11, 25, 12, 0),
            "La mairie est fermée en ce moment. Elle ouvre aujourd'hui de 13 h 30 à 17 h 30.",
        ),
        (
            at(2026, 11, 25, 17, 30),
            "La mairie est fermée à cette heure-ci. Elle rouvre demain, jeudi 26 novembre, "
            "à 8 h 30.",
        ),
        (
            at(2026, 11, 28, 23, 59),
            "La mairie est fermée à cette heure-ci. Elle rouvre lundi 30 novembre à 8 h 30.",
        ),
        (
            at(2026, 11, 29, 0, 0),
            "La mairie est fermée aujourd'hui. Elle rouvre demain, lundi 30 novembre, à 8 h 30.",
        ),
        (
            at(2026, 11, 11, 10, 0),
            "Aujourd'hui, mercredi 11 novembre, est férié : la mairie est fermée. "
            "Elle rouvre demain, jeudi 12 novembre, à 8 h 30.",
        ),
    ],
)
def test_without_a_day_the_present_comes_first(town: Town, now: datetime, beginning: str) -> None:
    assert said(town, "la mairie, c'est ouvert ?", now).startswith(beginning)


def test_eleventh_of_november_is_closed_when_asked_ahead(town: Town) -> None:
    now = at(2026, 11, 9, 15, 0)
    assert said(town, "la médiathèque le onze novembre", now) == (
        "Le mercredi 11 novembre est férié : la médiathèque est fermée. "
        "Elle rouvre jeudi 12 novembre à 14 heures."
    )


def test_a_part_of_today_that_is_over_gives_the_present(town: Town) -> None:
    late = at(2026, 11, 25, 20, 0)
    assert said(town, "la mairie ce matin", late).startswith("La mairie est fermée")


SUNDAY_NIGHT = at(2026, 11, 22, 20, 0)


@pytest.mark.parametrize(
    ("text", "now", "next_week"),
    [
        ("la piscine dimanche", SUNDAY_NIGHT, True),
        ("la piscine le dimanche matin", at(2026, 11, 22, 15), True),
        ("la piscine dimanche", at(2026, 11, 22, 8), False),
        ("la piscine ce dimanche", SUNDAY_NIGHT, False),
        ("la piscine le dimanche 22 novembre", SUNDAY_NIGHT, False),
        ("la mairie dimanche", SUNDAY_NIGHT, False),
    ],
)
def test_a_weekday_whose_openings_are_over_is_that_of_next_week(
    town: Town, text: str, now: datetime, next_week: bool
) -> None:
    assert ("dimanche 29 novembre" in said(town, text, now).lower()) is next_week


def test_the_text_tells_the_same_day_as_the_voice(town: Town) -> None:
    text = "la piscine dimanche"
    day = find_day(text, SUNDAY_NIGHT)
    reply = town.answer("horaires_lieu", text, None, day, SUNDAY_NIGHT)
    assert reply is not None and reply.sms is not None
    assert "29" in reply.sms and "22" not in reply.sms


def test_plural_and_feminine_agree() -> None:
    halls = Noun("les halles", feminine=True)
    asked = Asked(halls, build("Mo-Fr 08:00-12:00; PH off"), WEDNESDAY)
    assert hours_reply(asked, find_day("demain", WEDNESDAY)) == (
        "Demain, jeudi 26 novembre, les halles sont ouvertes de 8 heures à 12 heures."
    )
    assert hours_reply(asked, find_day("dimanche", WEDNESDAY)) == (
        "Dimanche 29 novembre, les halles sont fermées. "
        "Elles rouvrent lundi 30 novembre à 8 heures."
    )
    assert (halls.at, halls.of) == ("aux halles", "des halles")


def test_never_open_says_closed_without_a_reopening() -> None:
    asked = Asked(Noun("le stade", feminine=False), build("off"), WEDNESDAY)
    assert hours_reply(asked, None) == "Le stade est fermé aujourd'hui."


def test_day_and_night() -> None:
    asked = Asked(Noun("le parking", feminine=False), build("24/7"), WEDNESDAY)
    assert hours_reply(asked, None) == "Le parking est ouvert jour et nuit."


def test_midnight_is_said() -> None:
    asked = Asked(Noun("la salle", feminine=True), build("Mo-Su 18:00-24:00"), WEDNESDAY)
    assert "de 18 heures à minuit" in hours_reply(asked, find_day("demain", WEDNESDAY))


def test_every_answer_about_hours_stays_short(town: Town) -> None:
    for place in town.places:
        for words in ("", "samedi", "demain matin", "ce week-end", "les jours fériés"):
            reply = town.answer("horaires_lieu", words, place, None, WEDNESDAY)
            assert reply is not None
            assert len(reply.text) <= 330, reply.text
            assert len(split_sentences(reply.text)) <= 4, reply.text
