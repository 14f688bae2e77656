"""The French words of the reception pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import phonenumbers

from common.masking import mask_number

UNKNOWN_CALLER = "Numéro inconnu"
_MASK = "•"

PHASES: Mapping[str, str] = {
    "ringing": "arrive",
    "speaking": "le robot parle",
    "listening": "l’appelant parle",
    "thinking": "le robot réfléchit",
    "queued": "en attente",
    "transferring": "transfert en cours",
    "talking": "avec un agent",
    "closing": "se termine",
}
OUTCOMES: Mapping[str, str] = {
    "answered": "répondu par le robot",
    "transferred": "passé à un agent",
    "callback": "à rappeler",
    "abandoned": "a raccroché",
    "failed": "échec",
}
DECISIONS: Mapping[str, str] = {
    "answer": "a répondu",
    "confirm": "a fait confirmer",
    "ask_again": "a fait répéter",
    "transfer": "a transféré",
    "emergency": "a donné les numéros d’urgence",
    "refuse": "a refusé",
    "redirect": "a renvoyé ailleurs",
    "out_of_scope": "hors du domaine de la mairie",
    "social": "échange de politesse",
}
PRESENCES: Mapping[str, str] = {
    "available": "disponible",
    "break": "en pause",
    "offline": "absent",
    "ringing": "son téléphone sonne",
    "in_call": "en ligne",
    "wrap_up": "termine sa saisie",
}
WANTED: Mapping[str, str] = {"available": "Disponible", "break": "Pause", "offline": "Absent"}
PRIORITIES: Mapping[str, str] = {
    "long_wait": "attend depuis longtemps",
    "struggling": "en difficulté",
    "urgent": "urgent",
}
WRONG_REASONS = (
    "La réponse est inexacte",
    "La demande a été mal comprise",
    "Ce n’est pas le bon service",
    "La réponse est incomplète",
    "Autre",
)


def shown_caller(number: str, full: bool) -> str:
    """Return a caller's number as the viewer may see it."""
    if not number:
        return UNKNOWN_CALLER
    if _MASK in number:
        return number
    return spaced(number) if full else mask_number(number)


def spaced(number: str) -> str:
    """Return a number as it is read in France; what is no number stays as it is."""
    try:
        parsed = phonenumbers.parse(number, "FR")
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    french = parsed.country_code == 33
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, form.NATIONAL if french else form.INTERNATIONAL)


def duration(start: datetime, end: datetime) -> str:
    """Return minutes and seconds, with hours where there are any: "1:05", "1:02:03"."""
    seconds = max(0, int((end - start) / timedelta(seconds=1)))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def percent(share: float | None) -> str:
    """Return a confidence between 0 and 1 as "91 %"."""
    return "" if share is None else f"{round(100 * share)}\u202f%"


def in_words(name: str) -> str:
    """Return an identifier of the configuration as words: "horaires_lieu", "lieux/mairie#prix"."""
    return name.replace("#", " · ").replace("_", " ")
