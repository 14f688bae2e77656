"""Answers that can never be said, and names that lead elsewhere: another is before them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from common.french import fold
from common.yamlfile import Problem
from knowledge.models import Entry, Place
from knowledge.reading import SourcedEntry, TownData

_FROM_PLACES = {
    "horaires_lieu": "les horaires",
    "adresse_lieu": "les adresses",
    "contact_service": "les numéros",
}
"""Intents that are answered from the places and services alone."""

_MEND = (
    "Donnez-lui des « mots » que l'autre n'a pas, ou des « questions » pour qu'on la trouve "
    "autrement, ou supprimez-la."
)


def check_reached(data: TownData) -> Iterator[Problem]:
    """Name the answers and prices that nothing a caller says leads to.

    An answer with ``questions`` of its own is found by the search.
    """
    for number, sourced in enumerate(data.entries):
        if not sourced.entry.questions:
            yield from _check_entry(data, sourced, data.entries[:number])
    for place in data.places.values():
        yield from _check_prices(data, place)
    places = {place.id: place.names for place in data.places.values()}
    services = {service.id: service.names for service in data.services.values()}
    yield from _check_names(data, "lieux", places)
    yield from _check_names(data, "services", services)


def _check_entry(
    data: TownData, sourced: SourcedEntry, earlier: Sequence[SourcedEntry]
) -> Iterator[Problem]:
    entry = sourced.entry
    said = f"la réponse « {entry.id} » n'est jamais dite"
    asked = [intent for intent in entry.intents if intent not in _FROM_PLACES]
    if not asked:
        told = " et ".join(_FROM_PLACES[intent] for intent in entry.intents)
        yield sourced.problem(
            ["intentions"],
            f"{said} : {told} viennent des fichiers des lieux et des services.",
            "Écrivez-le là, ou donnez-lui une autre intention.",
            "attention",
        )
        return
    instead = [_said_instead(data, sourced, intent, earlier) for intent in asked]
    if all(instead):
        yield sourced.problem(["id"], f"{said} : {instead[0]}", _MEND, "attention")


def _said_instead(
    data: TownData, sourced: SourcedEntry, intent: str, earlier: Sequence[SourcedEntry]
) -> str:
    """Tell in French what callers with this intent hear instead; '' when nothing stands before."""
    entry = sourced.entry
    for other in earlier:
        if intent in other.entry.intents and _covers(other.entry, entry):
            there = other.problem(["id"], "")
            return (
                f"pour « {intent} », « {other.entry.id} » ({there.file.name}, ligne {there.line}) "
                "l'est toujours à sa place."
            )
    place = data.places.get(entry.place or "")
    if intent == "tarifs_lieu" and not entry.cues and place is not None and place.prices:
        return f"pour « {intent} », les tarifs de lieux/{place.id}.yml le sont à sa place."
    return ""


def _covers(other: Entry, entry: Entry) -> bool:
    """Tell whether ``other``, which is read first, is said whenever ``entry`` could be.

    The answer with the most cue words is said, the first of them in its file.
    """
    if other.place != entry.place or not _holds_longer(other, entry):
        return False
    return bool(other.cues) == bool(entry.cues) and _in(entry.cues, other.cues)


def _in(cues: Iterable[str], others: Iterable[str]) -> bool:
    """Tell whether some of ``others`` is said wherever one of ``cues`` is."""
    known = {_key(cue) for cue in others}
    return all(_key(cue) in known or (fold(cue), True) in known for cue in cues)


def _key(cue: str) -> tuple[str, bool]:
    """Return a cue as it is compared, and whether it may have any ending."""
    return fold(cue), cue.rstrip().endswith("*")


def _holds_longer(other: Entry, entry: Entry) -> bool:
    begins = (other.valid_from or date.min) <= (entry.valid_from or date.min)
    return begins and (other.valid_until or date.max) >= (entry.valid_until or date.max)


def _check_prices(data: TownData, place: Place) -> Iterator[Problem]:
    """The first price with one of its words in the question is said."""
    taken: list[str] = []
    for index, case in enumerate(place.price_cases):
        if _in(case.cues, taken):
            message = "ce tarif n'est jamais dit : ses « mots » sont tous dans ceux d'au-dessus."
            mend = "Donnez-lui un mot à lui, ou mettez-le avant eux."
            written = data.files[f"lieux/{place.id}"]
            yield written.problem(["tarifs_precis", index, "mots"], message, mend, "attention")
        taken += case.cues


def _check_names(
    data: TownData, folder: str, names: Mapping[str, Sequence[str]]
) -> Iterator[Problem]:
    """What two places, or two services, are called leads to one of them only."""
    taken: dict[str, str] = {}
    for identifier, own in sorted(names.items()):
        for index, name in enumerate(own):
            owner = taken.setdefault(fold(name), identifier)
            if owner != identifier:
                message = f"« {name} » est aussi un nom de {folder}/{owner}.yml."
                mend = "Gardez-le dans un seul fichier : le robot ne saurait lequel choisir."
                written = data.files[f"{folder}/{identifier}"]
                yield written.problem(["autres_noms", index], message, mend, "attention")
