"""What is on: on a day, soon, and when one event takes place."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from common.french import split_sentences
from knowledge.agenda import AgendaDesk
from knowledge.calendars import Agenda
from knowledge.check import check_town
from knowledge.days import find_day
from knowledge.replies import Reply
from knowledge.town import Town
from tests.knowledge.conftest import Spoil
from tests.knowledge.moments import at

NOW = at(2026, 11, 25, 10)


def asked(town: Town, text: str, now: datetime = NOW) -> Reply:
    reply = town.answer("evenements", text, None, find_day(text, now), now)
    assert reply is not None
    return reply


def desk(*events: dict[str, Any], **values: Any) -> AgendaDesk:
    agenda = Agenda.model_validate(
        {
            "id": "a", "type": "agenda", "intentions": ["evenements"], "service": "evenementiel",
            "evenements": list(events), "source": "s", "responsable": "evenementiel",
            "relu_le": "2026-01-01", **values,
        }
    )  # fmt: skip
    return AgendaDesk(agenda, lambda place, day: None)


@pytest.mark.parametrize(
    ("text", "said", "sources"),
    [
        ("qu'est-ce qu'il y a ce week-end ?",
         "Il y a le marché samedi 28 novembre à 8 heures et le marché dimanche 29 novembre "
         "à 8 heures.", ["marche"]),
        ("il y a quoi samedi 5 décembre ?",
         "Il y a le marché samedi 5 décembre à 8 heures et le Téléthon samedi 5 décembre "
         "à 10 heures.", ["marche", "telethon"]),
        ("le conseil municipal c'est quand ?",
         "Le prochain conseil municipal, c'est jeudi 10 décembre, à 19 heures, à la mairie.",
         ["conseil_municipal"]),
        ("quelles sont les animations ?", "Bientôt, il y a le Téléthon samedi 5 décembre",
         ["telethon", "conseil_municipal", "marche_noel"]),
        ("c'est quand le festival ?", "c'est du vendredi 2 juillet au dimanche 4 juillet",
         ["festival_rives"]),
    ],
)  # fmt: skip
def test_events_are_answered(town: Town, text: str, said: str, sources: list[str]) -> None:
    reply = asked(town, text)
    assert said in reply.text
    assert list(reply.sources) == [f"calendriers/agenda#{source}" for source in sources]
    assert reply.service == "evenementiel"
    assert len(split_sentences(reply.text)) <= 2


def test_the_market_is_closed_on_christmas_day(town: Town) -> None:
    assert "marché" not in asked(town, "qu'est-ce qu'il y a le 25 décembre ?").text


def test_a_special_answer_goes_first(town: Town) -> None:
    assert asked(town, "le marché de Noël c'est quand ?").sources[0].startswith("reponses/")


def test_without_any_event_the_usual_answer_is_given(town: Town) -> None:
    reply = asked(town, "qu'est-ce qu'il y a mardi ?")
    assert reply.sources == ("reponses/vie_locale#evenements",)


def test_an_event_is_over_when_its_last_hour_is(town: Town) -> None:
    text = "quand est le conseil municipal ?"
    assert "aujourd'hui, à 19 heures" in asked(town, text, at(2026, 12, 10, 20)).text
    assert "jeudi 21 janvier" in asked(town, text, at(2026, 12, 11)).text
    telethon = "c'est quand le Téléthon ?"
    assert "aujourd'hui" in asked(town, telethon, at(2026, 12, 5, 17, 59)).text
    assert "Téléthon" not in asked(town, telethon, at(2026, 12, 5, 18, 1)).text


def test_an_event_of_several_days_that_has_begun() -> None:
    days = {"du": "2026-12-11", "au": "2026-12-20"}
    events = desk({"id": "e", "nom": "la foire", "mots": ["foire"], "dates": [days]})
    reply = events.answer("la foire", None, at(2026, 12, 15))
    assert reply is not None
    assert reply.text == "La foire, c'est jusqu'au dimanche 20 décembre."
    assert events.answer("la foire", None, at(2026, 12, 21)) is None


def test_an_agenda_that_is_over_is_silent() -> None:
    event = {"id": "e", "nom": "la foire", "mots": ["foire"], "dates": [{"le": "2027-02-01"}]}
    assert desk(event).answer("la foire", None, NOW) is not None
    assert desk(event, valide_au="2027-01-31").answer("la foire", None, NOW) is None
    assert desk(event, valide_au="2026-11-24").answer("la foire", None, NOW) is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("horaires_de: marche", "horaires_de: marché_", "n'a pas la forme attendue"),
        ("horaires_de: marche", "horaires_de: marches", "Vouliez-vous « marche » ?"),
        ("- {le: 2026-12-05,", "- {du: 2026-12-05,", "« le », ou bien « du » et « au »"),
        ("du: 2026-12-11, au: 2026-12-20", "du: 2026-12-20, au: 2026-12-11", "« au » est avant"),
        ("    horaires_de: marche\n", "", "« dates », ou bien « horaires_de »"),
        ("nom: le Téléthon", "nom: Téléthon", "doit commencer par"),
        ("id: telethon", "id: marche", "sert deux fois"),
    ],
)
def test_mistakes_in_an_agenda_are_named(spoil: Spoil, old: str, new: str, words: str) -> None:
    found = spoil("calendriers/agenda.yml", old, new)
    assert any(words in str(problem) for problem in found)
    assert {problem.file.name for problem in found} == {"agenda.yml"}


def test_an_event_that_is_past_is_reported(folder: Any) -> None:
    found = check_town(folder, today=date(2026, 12, 6))
    (past,) = [problem for problem in found if "est passé" in problem.message]
    assert (past.file.name, past.severity) == ("agenda.yml", "attention")
    assert "telethon" in past.message
