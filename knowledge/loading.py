"""Reading ``config/ville``: every mistake is collected, then all are reported at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from common.french import split_sentences
from common.yamlfile import ConfigError, Loaded, Location, Problem, Severity, load, suggest
from knowledge import hours as opening
from knowledge.models import AnswersFile, Entry, Place, Service, TownFile

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

MAX_SPOKEN_CHARACTERS = 330
MAX_SENTENCES = 4
REVIEW_AFTER = timedelta(days=550)
_EXAMPLE = "Exemple : Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off."

Item = TypeVar("Item", Place, Service)


@dataclass(frozen=True)
class SourcedEntry:
    """An answer and where it stands: ``reponses/etat_civil#passeport``."""

    entry: Entry
    source: str
    written: Loaded[AnswersFile] = field(repr=False)
    index: int

    def problem(
        self, location: Location, message: str, mend: str = "", severity: Severity = "erreur"
    ) -> Problem:
        """Return a problem placed at ``location`` within this answer."""
        where = ["reponses", self.index, *location]
        return self.written.problem(where, message, mend, severity)


@dataclass
class TownData:
    """Everything read, and every problem met on the way."""

    town: Loaded[TownFile] | None = None
    places: dict[str, Place] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    entries: list[SourcedEntry] = field(default_factory=list)
    hours: dict[str, opening.Hours] = field(default_factory=dict)
    """By source: ``lieux/piscine``, ``services/elections``."""
    files: dict[str, Loaded[Place] | Loaded[Service]] = field(default_factory=dict)
    """By source as well: where places and services are written."""
    problems: list[Problem] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    """File names without ending whose references cannot be judged."""
    answers_complete: bool = True
    """False when a file of answers could not be read, so that none can be called missing."""

    @property
    def errors(self) -> list[Problem]:
        """What makes the town unusable."""
        return [problem for problem in self.problems if problem.severity == "erreur"]

    @property
    def warnings(self) -> list[Problem]:
        """What should be looked at."""
        return [problem for problem in self.problems if problem.severity == "attention"]


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
    places = _read_all(data, folder / "lieux", Place)
    services = _read_all(data, folder / "services", Service)
    data.places = {loaded.value.id: loaded.value for loaded in places}
    data.services = {loaded.value.id: loaded.value for loaded in services}
    data.files = {f"lieux/{loaded.value.id}": loaded for loaded in places}
    data.files |= {f"services/{loaded.value.id}": loaded for loaded in services}
    _check_town(data)
    _check_places(data, places)
    _check_services(data, services)
    _read_answers(data, folder / "reponses", today, intents)
    _check_complete(data, folder / "reponses", today, intents)
    return data


def _files(data: TownData, folder: Path) -> list[Path]:
    if not folder.is_dir():
        data.problems.append(Problem(folder, 1, 1, "ce dossier est introuvable."))
        return []
    for path in sorted(folder.glob("*.yaml")):
        message = "ce fichier est ignoré : son nom finit par .yaml."
        data.problems.append(Problem(path, 1, 1, message, "Renommez-le en .yml.", "attention"))
    return sorted(folder.glob("*.yml"))


def _read_all(data: TownData, folder: Path, model: type[Item]) -> list[Loaded[Item]]:
    found: list[Loaded[Item]] = []
    for path in _files(data, folder):
        try:
            loaded = load(path, model)
        except ConfigError as error:
            data.problems += error.problems
            data.unreadable.add(path.stem)
            continue
        if loaded.value.id != path.stem:
            data.problems.append(
                loaded.problem(
                    ["id"],
                    f"« id » vaut « {loaded.value.id} » alors que le fichier est {path.name}.",
                    f"Écrivez « id: {path.stem} » ou renommez le fichier.",
                )
            )
        found.append(loaded)
    return found


def _reference(
    data: TownData,
    loaded: Loaded[TownFile] | Loaded[Place] | Loaded[Service] | Loaded[AnswersFile],
    location: Location,
    name: str | None,
    known: Collection[str],
    what: str,
) -> None:
    if name is None or name in known or name in data.unreadable:
        return
    hint = suggest(name, known) or f"Existants : {', '.join(sorted(known))}."
    data.problems.append(loaded.problem(location, f"{what} « {name} » n'existe pas.", hint))


def _check_town(data: TownData) -> None:
    loaded = data.town
    if loaded is None:
        return
    town = loaded.value
    _reference(data, loaded, ["lieu_principal"], town.main_place, data.places, "le lieu")
    _reference(data, loaded, ["service_principal"], town.main_service, data.services, "le service")
    try:
        ZoneInfo(town.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        mend = "En France métropolitaine : Europe/Paris."
        message = f"le fuseau horaire « {town.timezone} » n'existe pas."
        data.problems.append(loaded.problem(["fuseau"], message, mend))


def _check_places(data: TownData, places: list[Loaded[Place]]) -> None:
    for loaded in places:
        place = loaded.value
        _reference(data, loaded, ["service"], place.service, data.services, "le service")
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
            _check_length(data, loaded, [key], text)


def _check_services(data: TownData, services: list[Loaded[Service]]) -> None:
    for loaded in services:
        service = loaded.value
        _reference(data, loaded, ["lieu"], service.place, data.places, "le lieu")
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


def _check_length(
    data: TownData,
    loaded: Loaded[Place] | Loaded[AnswersFile],
    location: Location,
    text: str | None,
) -> None:
    if text is None:
        return
    sentences = len(split_sentences(text))
    if len(text) <= MAX_SPOKEN_CHARACTERS and sentences <= MAX_SENTENCES:
        return
    message = f"ce texte est long à écouter ({len(text)} caractères, {sentences} phrases)."
    mend = "Gardez deux ou trois phrases courtes ; le reste peut aller dans « sms »."
    data.problems.append(loaded.problem(location, message, mend, "attention"))


def _read_answers(
    data: TownData, folder: Path, today: date, intents: Collection[str] | None
) -> None:
    seen: dict[str, str] = {}
    for path in _files(data, folder):
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
    _reference(data, loaded, [*at, "lieu"], entry.place, data.places, "le lieu")
    _reference(data, loaded, [*at, "service"], entry.service, data.services, "le service")
    _reference(data, loaded, [*at, "responsable"], entry.owner, data.services, "le service")
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
    _check_length(data, loaded, [*at, "texte"], entry.text)
    if entry.valid_until is not None and entry.valid_until < today:
        message = f"la réponse « {entry.id} » n'est plus valable depuis le {entry.valid_until}."
        mend = "Elle n'est plus dite : mettez-la à jour ou supprimez-la."
        data.problems.append(loaded.problem([*at, "valide_au"], message, mend, "attention"))
    elif today - entry.reviewed > REVIEW_AFTER:
        message = f"la réponse « {entry.id} » n'a pas été relue depuis le {entry.reviewed}."
        mend = "Relisez-la et changez « relu_le »."
        data.problems.append(loaded.problem([*at, "relu_le"], message, mend, "attention"))


def _check_complete(
    data: TownData, folder: Path, today: date, intents: Collection[str] | None
) -> None:
    for intent in sorted(
        (ANSWERED_INTENTS if intents is None else set(intents)) - GENERATED_INTENTS
    ):
        entries = [found.entry for found in data.entries if intent in found.entry.intents]
        if not entries:
            message = f"aucune réponse pour l'intention « {intent} »."
            mend = f"Ajoutez-en une avec « intentions: [{intent}] » dans un fichier de ce dossier."
            data.problems.append(Problem(folder, 1, 1, message, mend))
        elif not any(entry.valid_on(today) for entry in entries):
            message = f"aucune réponse valable aujourd'hui pour l'intention « {intent} »."
            mend = "Les appels à ce sujet iront à un agent."
            data.problems.append(Problem(folder, 1, 1, message, mend, "attention"))
