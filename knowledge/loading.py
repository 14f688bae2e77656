"""Reading ``config/ville``: every mistake is collected, then all are reported at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from common.yamlfile import ConfigError, Loaded, Location, Problem, load, suggest
from knowledge import hours as opening
from knowledge.models import AnswersFile, Place, Service, TownFile
from knowledge.reading import (
    SourcedEntry,
    TownData,
    check_length,
    check_reference,
    check_review,
    files_in,
    read_items,
)
from knowledge.timely import read_calendars, read_notices, read_procedures

__all__ = ["ANSWERED_INTENTS", "GENERATED_INTENTS", "SourcedEntry", "TownData", "read_town"]

GENERATED_INTENTS = frozenset({"horaires_lieu", "adresse_lieu", "tarifs_lieu", "contact_service"})
"""Answered from the places and services themselves."""

ANSWERED_INTENTS = GENERATED_INTENTS | {
    "carte_identite_passeport", "prendre_rdv", "retrait_titre", "acte_etat_civil",
    "declaration_naissance", "declaration_deces", "mariage_pacs", "recensement_citoyen",
    "inscription_electorale", "procuration", "inscription_scolaire", "cantine_periscolaire",
    "petite_enfance", "encombrants", "collecte_dechets", "dechetterie_acces", "depot_sauvage",
    "signalement_voirie", "fuite_eau", "travaux_circulation", "urbanisme_permis", "stationnement",
    "nuisances_bruit", "objets_trouves", "animaux", "aides_sociales", "seniors", "logement_social",
    "location_salle", "associations", "evenements", "inscription_activite",
    "cimetiere_concession", "rdv_elu", "suivi_dossier", "reclamation", "emploi",
    "pharmacie_garde", "impots", "nom_agent",
}  # fmt: skip
"""The intents of the delivered dialogue that need an answer of the town."""

_EXAMPLE = "Exemple : Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off."


def read_town(folder: Path, today: date, intents: Collection[str] | None = None) -> TownData:
    """Read a town and check it; never raises for what an admin wrote.

    ``intents`` are the intents that need an answer; without them, those of the delivered dialogue,
    and an answer may then serve intents of the town's own.
    """
    data = TownData()
    if not folder.is_dir():
        data.problems.append(Problem(folder, 1, 1, "le dossier de la ville est introuvable."))
        return data
    try:
        data.town = load(folder / "ville.yml", TownFile)
    except ConfigError as error:
        data.problems += error.problems
    places = read_items(data, folder / "lieux", Place)
    services = read_items(data, folder / "services", Service)
    data.places = {loaded.value.id: loaded.value for loaded in places}
    data.services = {loaded.value.id: loaded.value for loaded in services}
    data.files = {f"lieux/{loaded.value.id}": loaded for loaded in places}
    data.files |= {f"services/{loaded.value.id}": loaded for loaded in services}
    _check_town(data)
    _check_places(data, places)
    _check_services(data, services)
    _read_answers(data, folder / "reponses", today, intents)
    known = ANSWERED_INTENTS if intents is None else {*intents, *ANSWERED_INTENTS}
    read_notices(data, folder / "avis", today, known)
    read_calendars(data, folder / "calendriers", today, known)
    read_procedures(data, folder / "demarches", today, known)
    _check_complete(data, folder / "reponses", today, intents)
    return data


def _check_town(data: TownData) -> None:
    loaded = data.town
    if loaded is None:
        return
    town = loaded.value
    check_reference(data, loaded, ["lieu_principal"], town.main_place, data.places, "le lieu")
    check_reference(
        data, loaded, ["service_principal"], town.main_service, data.services, "le service"
    )
    try:
        ZoneInfo(town.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        mend = "En France métropolitaine : Europe/Paris."
        message = f"le fuseau horaire « {town.timezone} » n'existe pas."
        data.problems.append(loaded.problem(["fuseau"], message, mend))


def _check_places(data: TownData, places: list[Loaded[Place]]) -> None:
    for loaded in places:
        place = loaded.value
        check_reference(data, loaded, ["service"], place.service, data.services, "le service")
        texts: list[tuple[Location, str]] = [(["horaires"], place.hours)]
        if place.holiday_hours is not None:
            texts.append((["horaires_vacances"], place.holiday_hours))
        for index, exception in enumerate(place.exceptions):
            texts.append((["exceptions", index, "horaires"], exception.hours))
        if not _parses(data, loaded, texts):
            continue
        hours = _place_hours(data, place)
        data.hours[f"lieux/{place.id}"] = hours
        _warn_hours(data, loaded, place.hours)
        for key, text in (("tarifs", place.prices), ("acces", place.access)):
            check_length(data, loaded, [key], text)
        for index, case in enumerate(place.price_cases):
            where: Location = ["tarifs_precis", index, "texte"]
            check_length(data, loaded, where, case.text, sentences=1)


def _check_services(data: TownData, services: list[Loaded[Service]]) -> None:
    for loaded in services:
        service = loaded.value
        check_reference(data, loaded, ["lieu"], service.place, data.places, "le lieu")
        if service.hours is None:
            continue
        if _parses(data, loaded, [(["horaires"], service.hours)]):
            data.hours[f"services/{service.id}"] = _build(data, service.hours)
            _warn_hours(data, loaded, service.hours)


def _parses(
    data: TownData,
    loaded: Loaded[Place] | Loaded[Service],
    texts: list[tuple[Location, str]],
) -> bool:
    good = True
    for location, text in texts:
        try:
            opening.parse(text)
        except opening.HoursError as error:
            good = False
            message = f"les horaires « {text} » sont illisibles, près de « {error.near} »."
            data.problems.append(loaded.problem(location, message, _EXAMPLE))
            continue
        if times := opening.backwards(text):
            message = f"« {times} » finit le lendemain."
            mend = "Si ce n'est pas voulu, remettez l'ouverture avant la fermeture."
            data.problems.append(loaded.problem(location, message, mend, "attention"))
    return good


def _place_hours(data: TownData, place: Place) -> opening.Hours:
    return _build(
        data,
        place.hours,
        place.holiday_hours,
        [opening.Exceptional(e.start, e.end, e.hours, e.reason) for e in place.exceptions],
    )


def _build(
    data: TownData,
    expression: str,
    holiday_expression: str | None = None,
    exceptions: list[opening.Exceptional] | None = None,
) -> opening.Hours:
    town = data.town.value if data.town else None
    try:
        timezone = ZoneInfo(town.timezone) if town else opening.PARIS
    except (ZoneInfoNotFoundError, ValueError, OSError):
        timezone = opening.PARIS
    return opening.build(
        expression,
        holiday_expression=holiday_expression,
        school_holidays=[(p.start, p.end) for p in town.school_holidays] if town else [],
        exceptions=exceptions or [],
        timezone=timezone,
        region=town.region if town else "metropole",
    )


def _warn_hours(data: TownData, loaded: Loaded[Place] | Loaded[Service], expression: str) -> None:
    if not opening.says_holidays(expression):
        message = "les horaires ne disent rien des jours fériés."
        mend = "Ajoutez « ; PH off » si c'est fermé ces jours-là."
        data.problems.append(loaded.problem(["horaires"], message, mend, "attention"))


def _read_answers(
    data: TownData, folder: Path, today: date, intents: Collection[str] | None
) -> None:
    seen: dict[str, str] = {}
    for path in files_in(data, folder):
        try:
            loaded = load(path, AnswersFile)
        except ConfigError as error:
            data.problems += error.problems
            data.answers_complete = False
            continue
        for index, entry in enumerate(loaded.value.answers):
            at: list[str | int] = ["reponses", index]
            if entry.id in seen:
                message = f"l'identifiant « {entry.id} » sert déjà dans {seen[entry.id]}."
                data.problems.append(
                    loaded.problem([*at, "id"], message, "Donnez-en un autre à l'une des deux.")
                )
                continue
            seen[entry.id] = path.name
            _check_entry(data, loaded, index, today, intents)
            data.entries.append(
                SourcedEntry(entry, f"reponses/{path.stem}#{entry.id}", loaded, index)
            )


def _check_entry(
    data: TownData,
    loaded: Loaded[AnswersFile],
    index: int,
    today: date,
    intents: Collection[str] | None,
) -> None:
    entry = loaded.value.answers[index]
    at: list[str | int] = ["reponses", index]
    check_reference(data, loaded, [*at, "lieu"], entry.place, data.places, "le lieu")
    check_reference(data, loaded, [*at, "service"], entry.service, data.services, "le service")
    check_reference(data, loaded, [*at, "responsable"], entry.owner, data.services, "le service")
    for position, intent in enumerate(entry.intents):
        if intent in (ANSWERED_INTENTS if intents is None else intents):
            continue
        message = f"l'intention « {intent} » n'existe pas."
        if intents is None:
            message = f"l'intention « {intent} » n'est pas de celles qui sont livrées."
        known = ANSWERED_INTENTS if intents is None else intents
        data.problems.append(
            loaded.problem(
                [*at, "intentions", position],
                message,
                suggest(intent, known),
                "attention" if intents is None else "erreur",
            )
        )
    check_length(data, loaded, [*at, "texte"], entry.text)
    check_review(data, loaded, at, entry, f"la réponse « {entry.id} »", today)


def _check_complete(
    data: TownData, folder: Path, today: date, intents: Collection[str] | None
) -> None:
    for intent in sorted(
        (ANSWERED_INTENTS if intents is None else set(intents)) - GENERATED_INTENTS
    ):
        if any(intent in one.intents and not one.cues for one in data.procedures):
            continue
        entries = [found.entry for found in data.entries if intent in found.entry.intents]
        if not entries:
            message = f"aucune réponse pour l'intention « {intent} »."
            mend = f"Ajoutez-en une avec « intentions: [{intent}] » dans un fichier de ce dossier."
            data.problems.append(Problem(folder, 1, 1, message, mend))
        elif not any(entry.valid_on(today) for entry in entries):
            message = f"aucune réponse valable aujourd'hui pour l'intention « {intent} »."
            mend = "Les appels à ce sujet iront à un agent."
            data.problems.append(Problem(folder, 1, 1, message, mend, "attention"))
