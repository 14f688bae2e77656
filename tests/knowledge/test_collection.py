"""Days of waste collection: rules against a plain oracle, then the sentences."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.french import split_sentences
from common.yamlfile import load
from knowledge.calendars import CollectionCalendar, Round
from knowledge.collection import actual, is_off, next_pickup, pickups, planned
from knowledge.collectiondesk import CollectionDesk
from knowledge.days import find_day
from knowledge.holidays_fr import holiday_name
from knowledge.hours import PARIS
from knowledge.models import Service
from knowledge.phrases import WEEKDAYS
from knowledge.replies import Reply
from knowledge.town import Town
from tests.knowledge.conftest import Spoil
from tests.knowledge.moments import at
from tests.paths import CONFIG

NOW = at(2026, 11, 25, 10)
DAYS = st.dates(date(2025, 1, 1), date(2029, 12, 31))
HOLIDAYS = st.sampled_from(["maintenue", "annulee", "lendemain", "semaine"])
WEEKDAY_SETS = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True)


def rule(**values: Any) -> Round:
    return Round.model_validate({"flux": "ordures", "jours": ["mardi"], **values})


def calendar(rounds: list[dict[str, Any]], **values: Any) -> CollectionCalendar:
    return CollectionCalendar.model_validate(
        {
            "id": "c", "type": "collecte", "intentions": ["collecte_dechets"],
            "service": "proprete", "jours_feries": "maintenue",
            "flux": [{"id": "ordures", "nom": "les ordures", "mots": ["ordures"]}],
            "secteurs": [
                {"id": "nord", "nom": "le nord", "rues": ["rue des Lilas"], "collectes": rounds}
            ],
            "source": "s", "responsable": "proprete", "relu_le": "2026-01-01", **values,
        }
    )  # fmt: skip


def test_a_season_may_end_on_the_day_of_leap_years() -> None:
    season = rule(saison_du="01/11", saison_au="29/02")
    assert planned(season, date(2028, 2, 29))
    assert not planned(season, date(2028, 3, 7))


@settings(deadline=None)
@given(day=DAYS, weekdays=WEEKDAY_SETS)
def test_odd_and_even_weeks_share_the_weekdays(day: date, weekdays: list[str]) -> None:
    every = planned(rule(jours=weekdays), day)
    odd = planned(rule(jours=weekdays, semaines="impaires"), day)
    even = planned(rule(jours=weekdays, semaines="paires"), day)
    assert every == (WEEKDAYS[day.weekday()] in weekdays)
    assert odd + even == every


@settings(deadline=None)
@given(day=DAYS, start=DAYS)
def test_every_second_week_comes_once_in_any_fortnight(day: date, start: date) -> None:
    every_second = rule(jours=[WEEKDAYS[start.weekday()]], une_sur_deux_depuis=str(start))
    fortnight = [day + timedelta(days=offset) for offset in range(14)]
    (found,) = [one for one in fortnight if planned(every_second, one)]
    assert (found - start).days % 14 == 0


@settings(deadline=None)
@given(day=DAYS)
def test_a_season_may_run_over_the_new_year(day: date) -> None:
    weekdays = list(WEEKDAYS)
    summer = planned(rule(jours=weekdays, saison_du="01/04", saison_au="30/11"), day)
    winter = planned(rule(jours=weekdays, saison_du="01/12", saison_au="31/03"), day)
    assert summer != winter
    assert summer == (4 <= day.month <= 11)


@settings(deadline=None)
@given(day=DAYS, policy=HOLIDAYS)
def test_holidays_move_or_cancel(day: date, policy: str) -> None:
    when = actual(calendar([{"flux": "ordures", "jours": list(WEEKDAYS)}], jours_feries=policy),
                  "ordures", day, "metropole")  # fmt: skip
    if policy == "maintenue":
        assert when == day
    elif policy == "annulee":
        assert when == (None if holiday_name(day) else day)
    else:
        assert when is not None
        assert when >= day
        assert holiday_name(when) is None
        if policy == "lendemain" and not holiday_name(day):
            assert when == day


def test_a_holiday_puts_off_the_rest_of_its_week() -> None:
    week = calendar([{"flux": "ordures", "jours": ["mardi"]}], jours_feries="semaine")
    moved = actual(week, "ordures", date(2026, 5, 26), "metropole")
    assert moved == date(2026, 5, 27)  # Whit Monday is the day before.
    assert actual(week, "ordures", date(2026, 6, 2), "metropole") == date(2026, 6, 2)


@settings(deadline=None)
@given(
    day=DAYS,
    hour=st.integers(0, 23),
    weekdays=WEEKDAY_SETS,
    policy=HOLIDAYS,
)
def test_the_next_collection_is_the_first_that_is_not_over(
    day: date, hour: int, weekdays: list[str], policy: str
) -> None:
    moment = datetime.combine(day, time(hour), PARIS)
    plan = calendar([{"flux": "ordures", "jours": weekdays}], jours_feries=policy)
    sector = plan.sectors[0]
    found = next_pickup(plan, sector, "ordures", moment, "metropole")
    assert found is not None
    assert found.day > moment.date() or (found.day == moment.date() and moment.time() < time(13, 0))
    listed = pickups(plan, sector, moment.date() - timedelta(days=3), found.day, "metropole")
    missed = [p for p in listed if moment.date() < p.day < found.day]
    assert missed == []
    assert found in listed


@settings(deadline=None)
@given(first=DAYS, length=st.integers(0, 60), policy=HOLIDAYS)
def test_collections_are_those_of_each_day(first: date, length: int, policy: str) -> None:
    plan = calendar([{"flux": "ordures", "jours": ["lundi", "jeudi"]}], jours_feries=policy)
    sector, last = plan.sectors[0], first + timedelta(days=length)
    together = pickups(plan, sector, first, last, "metropole")
    days = [first + timedelta(days=offset) for offset in range(length + 1)]
    assert together == [one for day in days for one in pickups(plan, sector, day, day, "metropole")]


def test_only_the_holidays_named_count_and_exceptions_win() -> None:
    plan = calendar(
        [{"flux": "ordures", "jours": ["mardi", "vendredi"]}],
        jours_feries="lendemain",
        feries_chomes=["25/12"],
        exceptions=[{"le": "2026-12-22"}, {"le": "2026-12-29", "reporte_au": "2026-12-28"}],
    )
    assert is_off(plan, date(2026, 12, 25), "metropole")
    assert not is_off(plan, date(2026, 11, 11), "metropole")
    found = pickups(plan, plan.sectors[0], date(2026, 12, 21), date(2026, 12, 31), "metropole")
    assert [one.day.day for one in found] == [26, 28]


def test_nothing_is_known_after_the_last_day() -> None:
    plan = calendar([{"flux": "ordures", "jours": ["mardi"]}], valide_au="2026-12-31")
    sector = plan.sectors[0]
    assert next_pickup(plan, sector, "ordures", at(2026, 12, 30), "metropole") is None


# The demo town


def asked(town: Town, text: str, now: datetime = NOW) -> Reply:
    reply = town.answer("collecte_dechets", text, None, find_day(text, now), now)
    assert reply is not None
    return reply


@pytest.mark.parametrize(
    ("text", "words", "source"),
    [
        ("c'est quel jour les poubelles jaunes rue des Lilas ?",
         "Le prochain passage est mercredi 2 décembre.", "calendriers/collecte#coteaux"),
        ("les bacs jaunes rue Pasteur, c'est quand ?",
         "Le prochain passage est aujourd'hui.", "calendriers/collecte#centre"),
        ("quand passe le ramassage des déchets verts ?",
         "Dans quelle rue habitez-vous ?", "calendriers/collecte"),
        ("quand passe le ramassage des déchets verts rue du Moulin ?",
         "Le prochain passage est lundi 12 avril.", "calendriers/collecte#vallee"),
        ("les déchets verts place des Halles, c'est quel jour ?",
         "ils vont à la déchetterie", "calendriers/collecte#centre"),
        ("quel jour passent les poubelles ?",
         "Les ordures ménagères passent le mardi et le vendredi matin", "calendriers/collecte"),
        ("quel jour passe la poubelle grise ?",
         "Le prochain passage est vendredi 27 novembre.", "calendriers/collecte"),
        ("à quelle heure il faut sortir les poubelles ?",
         "Sortez votre bac la veille après 19 heures.", "calendriers/collecte"),
        ("on sort quoi ce soir rue Pasteur ?",
         "Demain, jeudi 26 novembre, rue Pasteur, il n'y a pas de collecte.",
         "calendriers/collecte#centre"),
        ("les poubelles passent le 25 décembre rue Pasteur ?",
         "La collecte est reportée au samedi 26 décembre.", "calendriers/collecte#centre"),
        ("rue des Vignes", "Rue des Vignes, les ordures", "calendriers/collecte#coteaux"),
        ("quel jour les bacs jaunes quartier des Coteaux",
         "Dans le quartier des Coteaux", "calendriers/collecte#coteaux"),
        ("quel jour les bacs jaunes rue de Rivoli",
         "Je ne trouve pas « rue de Rivoli »", "calendriers/collecte"),
    ],
)  # fmt: skip
def test_collections_are_answered(town: Town, text: str, words: str, source: str) -> None:
    reply = asked(town, text)
    assert words in reply.text
    assert reply.sources[0] == source
    assert reply.service == "proprete"
    assert len(split_sentences(reply.text)) <= 3


def test_what_was_collected_this_morning_is_over(town: Town) -> None:
    text = "les bacs jaunes rue Pasteur, c'est quand ?"
    assert "mercredi 9 décembre" in asked(town, text, at(2026, 11, 25, 13)).text


def test_other_matters_keep_their_answers(town: Town) -> None:
    for text, source in (
        ("le couvercle de mon bac est cassé", "bac_casse"),
        ("les poubelles sont pas passées rue des Lilas", "collecte_oubliee"),
        ("où trouver des sacs jaunes", "collecte_jaune"),
        ("mon bac jaune n'a pas été ramassé ce matin", "collecte_jaune"),
        ("combien coûte un composteur", "verre_compost"),
    ):
        assert asked(town, text).sources == (f"reponses/dechets#{source}",)


def test_a_calendar_that_is_over_gives_way(town: Town) -> None:
    reply = asked(town, "les bacs jaunes rue des Lilas, c'est quand ?", at(2028, 1, 3, 9))
    assert reply.sources[0].startswith("reponses/")


def test_the_text_holds_the_whole_week_and_no_moment(town: Town) -> None:
    reply = asked(town, "les bacs jaunes rue des Lilas, c'est quand ?")
    assert reply.sms is not None
    assert reply.sms_offered
    assert "Ordures ménagères : mar et ven matin." in reply.sms
    assert "prochain" not in reply.sms


def test_the_street_alone_can_be_asked_for(town: Town) -> None:
    assert town.find_street("euh rue de lila") == "rue des Lilas"
    assert town.find_street("je ne sais pas") is None


def test_the_desk_of_the_demo_town_says_every_sector_shortly() -> None:
    plan = load(CONFIG / "ville" / "calendriers" / "collecte.yml", CollectionCalendar).value
    service = load(CONFIG / "ville" / "services" / "proprete.yml", Service).value
    for reply in CollectionDesk(plan, service, "metropole").sector_replies(NOW):
        assert len(split_sentences(reply.text)) <= 2
        assert reply.sms is not None
        assert len(reply.sms) < 290


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{flux: ordures,", "{flux: ordure,", "Vouliez-vous « ordures » ?"),
        ("jours: [mardi, vendredi]", "jours: [mardis]", "Valeurs possibles : lundi"),
        ("saison_du: 01/04", "saison_du: 32/04", "comme 01/04"),
        ("saison_du: 01/04", "saison_du: avril", "comme 01/04"),
        (", saison_au: 30/11", "", "vont ensemble"),
        (
            "jours: [mardi, vendredi]",
            "jours: [mardi], semaines: paires, une_sur_deux_depuis: 2026-01-06",
            "choisissez entre",
        ),
        ("- rue des Roses", "- rue Pasteur", "est déjà dans le secteur du Centre"),
        ("id: vallee", "id: centre", "sert deux fois"),
        ("type: collecte", "type: collectes", "collecte ou agenda"),
        ("service: proprete", "service: propete", "Vouliez-vous « proprete » ?"),
        ("precise: [collecte_jours", "precise: [collecte_jour", "Vouliez-vous"),
        ("valide_au: 2027-12-31", "valide_au: 2026-12-20", "prend fin"),
        ("valide_au: 2027-12-31", "valide_au: 2025-12-31", "est avant"),
    ],
)
def test_mistakes_in_a_calendar_are_named(spoil: Spoil, old: str, new: str, words: str) -> None:
    found = spoil("calendriers/collecte.yml", old, new)
    assert any(words in str(problem) for problem in found)
    assert {problem.file.name for problem in found} == {"collecte.yml"}
