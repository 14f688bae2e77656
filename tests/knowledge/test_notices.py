"""Notices: said first while they hold, never afterwards, and closures change the hours."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.ahead import sentences_ahead
from knowledge.check import check_town
from knowledge.hours import PARIS
from knowledge.notices import About, Notice, NoticeBoard
from knowledge.replies import Reply
from knowledge.town import Town, load_town
from tests.knowledge.conftest import TODAY, Spoil
from tests.knowledge.moments import at

POOL = "La piscine est fermée du 4 au 17 janvier pour la vidange des bassins."
EVE = "Le jeudi 24 décembre, la mairie et l'état civil ferment à midi."
STREET = "La rue du Lavoir est barrée du 30 novembre au 11 décembre, pour des travaux sur l'eau."
STRIKE = """
id: greve
type: greve
services: [etat_civil]
texte: L'état civil est en service réduit jeudi, à cause d'une grève.
du: 2026-11-26
au: 2026-11-26
annoncer_des: 2026-11-24
source: préavis de grève
responsable: etat_civil
relu_le: 2026-11-20
"""


def notice(**values: Any) -> Notice:
    return Notice.model_validate(
        {
            "id": "a", "type": "information", "lieux": ["piscine"], "texte": "Bon à savoir.",
            "du": "2026-12-07", "au": "2026-12-13", "source": "s", "responsable": "sports",
            "relu_le": "2026-12-01", **values,
        }
    )  # fmt: skip


def asked(town: Town, intent: str, text: str, now: datetime) -> Reply:
    reply = town.answer(intent, text, None, None, now)
    assert reply is not None
    return reply


def test_a_closure_is_said_first_and_then_when_it_reopens(town: Town) -> None:
    reply = asked(town, "horaires_lieu", "la piscine est ouverte ?", at(2027, 1, 6, 10))
    assert reply.text == f"{POOL} Elle rouvre lundi 18 janvier à 12 heures."
    assert reply.sources == ("avis/piscine_vidange", "lieux/piscine#horaires")
    assert reply.sms_source == "avis/piscine_vidange"
    assert reply.sms is not None
    assert reply.sms.startswith("Piscine Jean-Bouin : fermée du 4 au 17 janvier 2027")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (at(2026, 12, 20, 23, 59), False),
        (at(2026, 12, 21), True),
        (at(2027, 1, 17, 23, 59), True),
        (at(2027, 1, 18), False),
    ],
)
def test_it_is_said_from_its_announcement_to_its_last_instant(
    town: Town, now: datetime, said: bool
) -> None:
    for intent in ("horaires_lieu", "tarifs_lieu", "adresse_lieu"):
        reply = asked(town, intent, "la piscine", now)
        assert (POOL in reply.text) == said
        assert ("avis/piscine_vidange" in reply.sources) == said


def test_the_day_asked_about_counts(town: Town) -> None:
    now = at(2026, 11, 25, 10)
    assert POOL in asked(town, "horaires_lieu", "la piscine le 5 janvier", now).text
    assert POOL not in asked(town, "horaires_lieu", "la piscine le 18 janvier", now).text
    later = asked(town, "horaires_lieu", "la piscine le 18 janvier", at(2027, 1, 6, 10))
    assert POOL not in later.text


def test_other_places_are_not_concerned(town: Town) -> None:
    reply = asked(town, "horaires_lieu", "la médiathèque", at(2027, 1, 6, 10))
    assert reply.sources == ("lieux/mediatheque#horaires",)


def test_half_a_day(town: Town) -> None:
    morning = asked(town, "horaires_lieu", "la mairie", at(2026, 12, 24, 11))
    assert morning.text.startswith(f"{EVE} La mairie est ouverte en ce moment, jusqu'à 12 heures.")
    afternoon = asked(town, "horaires_lieu", "la mairie", at(2026, 12, 24, 13))
    assert afternoon.text == f"{EVE} Elle rouvre samedi 26 décembre à 9 heures."
    assert town.closed("accueil", at(2026, 12, 24, 14)) is not None
    assert town.closed("accueil", at(2026, 12, 24, 10)) is None


def test_works_are_told_to_those_who_name_the_street(town: Town) -> None:
    now = at(2026, 11, 25, 10)
    named = asked(town, "travaux_circulation", "pourquoi la rue du Lavoir est barrée ?", now)
    other = asked(town, "travaux_circulation", "pourquoi ma rue est barrée ?", now)
    assert named.text.startswith(STREET)
    assert named.sources == ("avis/rue_du_lavoir", "reponses/voirie#travaux")
    assert other.sources == ("reponses/voirie#travaux",)


def test_a_strike_concerns_the_desk_of_the_service(folder: Path) -> None:
    (folder / "avis" / "greve.yml").write_text(STRIKE, encoding="utf-8")
    town, now = load_town(folder, today=TODAY), at(2026, 11, 25, 10)
    for intent, text, said in (
        ("contact_service", "le numéro de l'état civil", True),
        ("prendre_rdv", "un rendez-vous pour les papiers", True),
        ("acte_etat_civil", "un acte de naissance", False),
        ("contact_service", "le numéro du CCAS", False),
    ):
        reply = asked(town, intent, text, now)
        assert ("avis/greve" in reply.sources) == said, text
    assert any("service réduit jeudi" in said for said in sentences_ahead(town, now))
    assert not any(
        "service réduit jeudi" in said for said in sentences_ahead(town, at(2026, 11, 27))
    )


def test_what_is_not_sent_by_the_notice_keeps_its_source(folder: Path) -> None:
    (folder / "avis" / "greve.yml").write_text(STRIKE, encoding="utf-8")
    town, now = load_town(folder, today=TODAY), at(2026, 11, 25, 10)
    reply = asked(town, "contact_service", "le numéro de l'état civil", now)
    assert reply.sources[0] == "avis/greve"
    assert reply.sms_source == reply.sources[1]


MOMENTS = st.datetimes(datetime(2026, 11, 1), datetime(2027, 1, 31))  # noqa: DTZ001


@settings(deadline=None)
@given(start=MOMENTS, length=st.integers(1, 20_000), now=MOMENTS)
def test_nothing_is_said_outside_of_its_time(start: datetime, length: int, now: datetime) -> None:
    end = start + timedelta(minutes=length)
    one = notice(du=start.isoformat(" "), au=end.isoformat(" "))
    board, about = NoticeBoard([one]), About("horaires_lieu", "", "piscine")
    local = now.replace(tzinfo=PARIS)
    said = board.relevant(about, board.holding((), local))
    assert bool(said) == (start <= now < end)
    today = board.holding((now.date(),), local)
    assert bool(today) == (now < end and start.date() <= now.date())


def test_the_closest_notice_comes_first_and_two_are_enough() -> None:
    notices = [
        notice(id="sujet", intentions=["horaires_lieu"], lieux=[]),
        notice(id="service", services=["sports"], lieux=[]),
        notice(id="lieu"),
        notice(id="fermee", type="fermeture"),
    ]
    board = NoticeBoard(notices)
    holding = board.holding((), at(2026, 12, 8))
    about = About("horaires_lieu", "la piscine", "piscine", "sports")
    assert [one.id for one in board.relevant(about, holding)] == ["fermee", "lieu"]
    elsewhere = About("horaires_lieu", "le musée", "musee", "culture")
    assert [one.id for one in board.relevant(elsewhere, holding)] == ["sujet"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("lieux: [piscine]", "lieux: [pisine]", "Vouliez-vous « piscine » ?"),
        ("lieux: [piscine]", "intentions: [horaires_lieu]", "« lieux » ou « services »"),
        ("du: 2027-01-04", "du: 2027-01-34", "Écrivez 2026-12-07"),
        ("du: 2027-01-04", "du: 2027-02-04", "« au » est avant « du »"),
        ("id: piscine_vidange", "id: vidange", "Écrivez « id: piscine_vidange »"),
        ("responsable: sports", "responsable: sport", "Vouliez-vous « sports » ?"),
        ("\ntype: fermeture", "\ntype: ferme", "Valeurs possibles : fermeture"),
        ("bassins.", "bassins. Merci de votre patience.", "une seule phrase"),
        ("relu_le: 2026-11-10", "relu_le: 2025-11-10", "n'a pas été relue"),
    ],
)
def test_mistakes_in_a_notice_are_named(spoil: Spoil, old: str, new: str, words: str) -> None:
    found = spoil("avis/piscine_vidange.yml", old, new)
    assert any(words in str(problem) for problem in found)
    assert {problem.file.name for problem in found} == {"piscine_vidange.yml"}


@pytest.mark.parametrize(
    ("today", "words"),
    [(date(2027, 1, 12), "prend fin le 2027-01-17"), (date(2027, 1, 18), "n'est plus valable")],
)
def test_a_notice_that_ends_is_reported(folder: Path, today: date, words: str) -> None:
    found = [p for p in check_town(folder, today=today) if p.file.name == "piscine_vidange.yml"]
    assert [problem.severity for problem in found] == ["attention"]
    assert words in found[0].message


def test_a_town_without_notices_and_calendars(folder: Path) -> None:
    for name in ("avis", "calendriers"):
        for path in (folder / name).iterdir():
            path.unlink()
        (folder / name).rmdir()
    town = load_town(folder, today=TODAY)
    reply = asked(town, "collecte_dechets", "les bacs jaunes", at(2026, 11, 25, 10))
    assert reply.sources == ("reponses/dechets#collecte_jaune",)
