"""Reading and checking notices, calendars and procedures."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from common.yamlfile import ConfigError, Loaded, Location, Problem, read_tree, suggest, validate
from common.yamltree import position
from knowledge.calendars import Agenda, CollectionCalendar, Sector
from knowledge.hours import Hours, with_exceptions
from knowledge.notices import Notice, closed_days
from knowledge.procedures import Procedure
from knowledge.reading import (
    TownData,
    check_identifier,
    check_length,
    check_reference,
    check_review,
    files_in,
    read_items,
)
from knowledge.streets import same_street

_KINDS = "collecte ou agenda"
_NOTICE_ENDS = timedelta(days=7)


def read_notices(data: TownData, folder: Path, today: date, intents: Collection[str]) -> None:
    """Read ``avis/*.yml``; closures change the hours of what they close."""
    for loaded in read_items(data, folder, Notice, needed=False):
        notice = loaded.value
        data.files[f"avis/{notice.id}"] = loaded
        check_all(data, loaded, "lieux", notice.places, data.places, "le lieu")
        check_all(data, loaded, "services", notice.services, data.services, "le service")
        check_all(data, loaded, "intentions", notice.intents, intents, "l'intention")
        check_reference(data, loaded, ["responsable"], notice.owner, data.services, "le service")
        check_length(data, loaded, ["texte"], notice.text, sentences=1)
        what = f"l'annonce « {notice.id} »"
        check_review(data, loaded, [], notice, what, today, until_key="au", soon=_NOTICE_ENDS)
        data.notices.append(notice)
        if notice.kind == "fermeture":
            _close(data, notice)


def _close(data: TownData, notice: Notice) -> None:
    for place in notice.places:
        _close_hours(data, notice, f"lieux/{place}", data.hours.get(f"lieux/{place}"))
    for name in notice.services:
        service = data.services.get(name)
        if service is not None:
            own = data.hours.get(f"services/{name}")
            _close_hours(
                data, notice, f"services/{name}", own or data.hours.get(f"lieux/{service.place}")
            )


def _close_hours(data: TownData, notice: Notice, source: str, hours: Hours | None) -> None:
    if hours is not None:
        data.hours[source] = with_exceptions(hours, closed_days(notice, hours))


def read_calendars(data: TownData, folder: Path, today: date, intents: Collection[str]) -> None:
    """Read ``calendriers/*.yml``, of which « type » says what they hold."""
    for path in files_in(data, folder, needed=False):
        try:
            loaded = _calendar(path)
        except ConfigError as error:
            data.problems += error.problems
            continue
        calendar: CollectionCalendar | Agenda = loaded.value
        check_identifier(data, loaded, path.stem)
        data.files[f"calendriers/{calendar.id}"] = loaded
        check_reference(data, loaded, ["service"], calendar.service, data.services, "le service")
        check_reference(data, loaded, ["responsable"], calendar.owner, data.services, "le service")
        check_all(data, loaded, "intentions", calendar.intents, intents, "l'intention")
        known = {sourced.entry.id for sourced in data.entries}
        if data.answers_complete:
            check_all(data, loaded, "precise", calendar.refines, known, "la réponse")
        what = f"l'année du calendrier « {calendar.id} »"
        check_review(data, loaded, [], calendar, what, today)
        if isinstance(calendar, CollectionCalendar):
            _check_collection(data, loaded, calendar)
            data.collections.append(calendar)
        else:
            _check_agenda(data, loaded, calendar, today)
            data.agendas.append(calendar)


def read_procedures(data: TownData, folder: Path, today: date, intents: Collection[str]) -> None:
    """Read ``demarches/*.yml``."""
    known = {sourced.entry.id for sourced in data.entries}
    for loaded in read_items(data, folder, Procedure, needed=False):
        procedure = loaded.value
        data.files[f"demarches/{procedure.id}"] = loaded
        check_reference(data, loaded, ["lieu"], procedure.place, data.places, "le lieu")
        for key, name in (("service", procedure.service), ("responsable", procedure.owner)):
            check_reference(data, loaded, [key], name, data.services, "le service")
        check_all(data, loaded, "intentions", procedure.intents, intents, "l'intention")
        if data.answers_complete:
            check_all(data, loaded, "precise", procedure.refines, known, "la réponse")
        check_length(data, loaded, ["but"], procedure.purpose, sentences=1)
        check_review(data, loaded, [], procedure, f"la démarche « {procedure.id} »", today)
        data.procedures.append(procedure)


def _calendar(path: Path) -> Loaded[Any]:
    tree = read_tree(path)
    kind = tree.get("type") if isinstance(tree, dict) else None
    if kind == "collecte":
        return Loaded(validate(tree, path, CollectionCalendar), path, tree)
    if kind == "agenda":
        return Loaded(validate(tree, path, Agenda), path, tree)
    line = position(tree, ["type"])[0] if kind is not None else 1
    message = "« type » ne dit pas ce que contient ce calendrier."
    raise ConfigError([Problem(path, line, 1, message, f"Écrivez « type: » suivi de {_KINDS}.")])


def _check_collection(data: TownData, loaded: Loaded[Any], calendar: CollectionCalendar) -> None:
    streams = [stream.id for stream in calendar.streams]
    _check_once(data, loaded, "flux", streams)
    _check_once(data, loaded, "secteurs", [sector.id for sector in calendar.sectors])
    for index, stream in enumerate(calendar.streams):
        check_length(data, loaded, ["flux", index, "sinon"], stream.elsewhere, sentences=1)
    for number, sector in enumerate(calendar.sectors):
        for index, rule in enumerate(sector.rounds):
            where: Location = ["secteurs", number, "collectes", index, "flux"]
            check_reference(data, loaded, where, rule.stream, streams, "le flux")
    for number, moved in enumerate(calendar.moved):
        for index, name in enumerate(moved.streams):
            where = ["exceptions", number, "flux", index]
            check_reference(data, loaded, where, name, streams, "le flux")
    _check_streets(data, loaded, calendar.sectors)


def _check_streets(data: TownData, loaded: Loaded[Any], sectors: Iterable[Sector]) -> None:
    seen: dict[str, str] = {}
    for number, sector in enumerate(sectors):
        for index, street in enumerate(sector.streets):
            key = same_street(street)
            if key in seen:
                message = f"la rue « {street} » est déjà dans {seen[key]}."
                mend = "Gardez-la dans un seul secteur."
                where: Location = ["secteurs", number, "rues", index]
                data.problems.append(loaded.problem(where, message, mend))
            seen.setdefault(key, sector.name)


def _check_agenda(data: TownData, loaded: Loaded[Any], agenda: Agenda, today: date) -> None:
    _check_once(data, loaded, "evenements", [event.id for event in agenda.events])
    for index, event in enumerate(agenda.events):
        at: list[str | int] = ["evenements", index]
        where: Location = [*at, "horaires_de"]
        check_reference(data, loaded, where, event.place_hours, data.places, "le lieu")
        check_length(data, loaded, [*at, "precision"], event.note, sentences=1)
        if event.days and max(day.last for day in event.days) < today:
            message = f"l'événement « {event.id} » est passé."
            mend = "Il n'est plus dit : donnez les prochaines dates ou supprimez-le."
            data.problems.append(loaded.problem([*at, "dates"], message, mend, "attention"))


def _check_once(
    data: TownData,
    loaded: Loaded[Any],
    key: str,
    names: list[str],
) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            message = f"l'identifiant « {name} » sert deux fois."
            where: Location = [key, index, "id"]
            data.problems.append(loaded.problem(where, message, "Donnez-en un autre."))


def check_all(
    data: TownData,
    loaded: Loaded[Any],
    key: str,
    names: Iterable[str],
    known: Collection[str],
    what: str,
) -> None:
    """Each of ``names`` under ``key`` must be known."""
    for index, name in enumerate(names):
        if name not in known and name not in data.unreadable:
            hint = suggest(name, known)
            message = f"{what} « {name} » n'existe pas."
            data.problems.append(loaded.problem([key, index], message, hint))
