"""What is to be read: hours without the moment of the call, and which texts are offered."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.days import find_day
from knowledge.hours import PARIS, build
from knowledge.nouns import Noun
from knowledge.town import Reply, Town
from knowledge.writtenhours import dates_text, week_text
from tests.knowledge.moments import at

NOW = at(2026, 11, 25, 10)


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        ("Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00",
         "lun-ven 8h30-12h et 13h30-17h30, sam 9h-12h"),
        ("Mo-Su 08:00-18:00", "tous les jours 8h-18h"),
        ("We,Sa 08:00-13:00", "mer et sam 8h-13h"),
        ("Mo-We,Fr 09:00-17:00", "lun-mer et ven 9h-17h"),
        ("24/7", ""),
        ("off", ""),
    ],
)  # fmt: skip
def test_a_week_is_short(expression: str, written: str) -> None:
    hours = build(expression, timezone=PARIS)
    assert week_text(hours, date(2026, 11, 25)) == written


def test_days_are_dates(town: Town) -> None:
    days = (date(2026, 12, 24), date(2026, 12, 25))
    hours = town.place_hours("piscine")
    assert dates_text(hours, days) == "jeu 24/12 : 10h-16h ; ven 25/12 : fermé"


@pytest.mark.parametrize(
    ("phrase", "title"),
    [
        ("la piscine Jean-Bouin", "Piscine Jean-Bouin"),
        ("l'état civil", "État civil"),
        ("l’accueil", "Accueil"),
        ("les services techniques", "Services techniques"),
        ("le lavoir", "Lavoir"),
    ],
)
def test_a_heading_has_no_article(phrase: str, title: str) -> None:
    assert Noun(phrase, feminine=False).title == title


def asked(town: Town, intent: str, text: str) -> Reply:
    reply = town.answer(intent, text, None, None, NOW)
    assert reply is not None
    return reply


def test_hours_are_written_for_any_day(town: Town) -> None:
    reply = asked(town, "horaires_lieu", "la piscine est ouverte maintenant")
    assert "en ce moment" in reply.text
    assert reply.sms is not None
    assert "moment" not in reply.sms
    assert "Horaires : lun et jeu 12h-14h et 17h-20h" in reply.sms
    assert not reply.sms_offered
    named = town.answer("horaires_lieu", "la piscine demain", None, find_day("demain", NOW), NOW)
    assert named is not None
    assert named.sms is not None
    assert "Jeu 26/11 : 12h-14h et 17h-20h. Horaires :" in named.sms


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("adresse_lieu", "où se trouve la piscine"),
        ("contact_service", "le numéro de l'urbanisme"),
        ("carte_identite_passeport", "que faut-il apporter pour un passeport"),
    ],
)
def test_what_is_hard_to_note_is_offered(town: Town, intent: str, text: str) -> None:
    reply = asked(town, intent, text)
    assert reply.sms
    assert reply.sms_offered
    assert reply.sms_source == reply.sources[0]


def test_no_text_is_offered_for_a_call_that_is_handed_over(town: Town) -> None:
    reply = asked(town, "prendre_rdv", "je veux annuler mon rendez-vous")
    assert (reply.decision, reply.sms, reply.sms_offered) == ("transfer", None, False)


def test_no_generated_text_repeats_the_town_or_asks_anything(town: Town) -> None:
    replies = [town.reach(service, NOW) for service in town.services]
    for intent in ("horaires_lieu", "adresse_lieu", "contact_service", "tarifs_lieu"):
        replies += [
            reply
            for place in town.places
            if (reply := town.answer(intent, "", place, None, NOW)) is not None
        ]
    assert len(replies) > 40
    for reply in replies:
        assert reply.sms is not None or reply.sources[0].startswith("reponses/")
        assert "?" not in (reply.sms or "")
