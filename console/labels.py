"""The French words of the reception pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers

from common.masking import HIDDEN, mask_number

UNKNOWN_CALLER = "Numéro inconnu"
_MASK = "•"
_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

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
CALL_BACKS: Mapping[str, str] = {
    "planned": "prévu",
    "queued": "en file",
    "dialling": "appel en cours",
    "talking": "appel en cours",
    "closing": "abandonné, SMS en cours d’envoi",
    "by_hand": "à faire à la main",
    "done": "fait",
    "given_up": "abandonné, SMS envoyé",
    "cancelled": "annulé",
}
BY_HAND: Mapping[str, str] = {
    "expired": "personne ne l’a pris à temps",
    "never_open": "le service n’a pas d’horaires de rappel",
    "not_reached": "le résident n’a pas répondu",
    "no_text": "le résident n’a pas répondu et le SMS n’est pas parti",
    "interrupted": "la conversation a été coupée : voyez si elle a suffi",
}
TEXTS: Mapping[str, str] = {
    "queued": "en attente",
    "sending": "en cours",
    "sent": "remis à la passerelle",
    "delivered": "reçu",
    "failed": "échec",
    "expired": "expiré",
}
NO_GATEWAY = "non envoyé : aucune passerelle"
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
    return spaced(number) if full and _MASK not in number else masked(number)


def masked(number: str) -> str:
    """Return a number with all but its last two digits hidden, as the history may hold it."""
    return number if _MASK in number else mask_number(number)


def is_whole(shown: str) -> bool:
    """Tell whether what :func:`shown_caller` returned holds a whole number."""
    return _MASK not in shown and sum(character.isdigit() for character in shown) >= 6


def cannot_be_called(number: str) -> str | None:
    """Return why a caller's number cannot be called, None when it can."""
    if _MASK in number:
        return "Le numéro de cet appel n’est plus connu : il ne peut pas être rappelé d’ici."
    if mask_number(number) in ("", HIDDEN):
        return "L’appelant cache son numéro : il ne peut pas être rappelé."
    return None


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


def minutes_seconds(seconds: float | None) -> str:
    """Return a duration in seconds as :func:`duration` does; "–" where there is none."""
    if seconds is None:
        return "–"
    start = datetime(2000, 1, 1)  # noqa: DTZ001 - only the difference counts
    return duration(start, start + timedelta(seconds=seconds))


def due(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return when something is to come: "maintenant", "dans 10 min", "demain 9 h".

    The script of the page says the same as time goes by (``echeance`` in ``temps.js``).
    """
    minutes = -((now - at) // timedelta(minutes=1))
    if minutes <= 0:
        return "maintenant"
    if minutes < 60:
        return f"dans {minutes}\u00a0min"
    there, here = at.astimezone(zone), now.astimezone(zone)
    hour = f"{there.hour}\u00a0h" + (f"\u00a0{there.minute:02}" if there.minute else "")
    days = (there.date() - here.date()).days
    if days > 6:
        return f"le {there:%d/%m} à {hour}"
    day = {0: "à", 1: "demain"}.get(days, _WEEKDAYS[there.weekday()])
    return f"{day} {hour}"


def past(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return when something was: "à 09:12", "hier à 16:40", "le 20/11 à 16:40"."""
    there, here = at.astimezone(zone), now.astimezone(zone)
    days = (here.date() - there.date()).days
    day = "" if days <= 0 else "hier " if days == 1 else f"le {there:%d/%m} "
    return f"{day}à {there:%H:%M}"


def percent(share: float | None) -> str:
    """Return a confidence between 0 and 1 as "91 %"."""
    return "" if share is None else f"{round(100 * share)}\u202f%"


def in_words(name: str) -> str:
    """Return an identifier of the configuration as words: "horaires_lieu", "lieux/mairie#prix"."""
    return name.replace("#", " · ").replace("_", " ")
