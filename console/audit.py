"""The journal of the console: who did what, when, on what. It only grows.

An entry never holds a telephone number, a caller's words or a password.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from console.roles import ROLE_NAMES, Role


@dataclass(frozen=True)
class Entry:
    """One thing that was done, or refused."""

    at: datetime
    who: str
    """Account; a person's name where there is no log-in; empty: nobody that we know."""
    role: Role | None
    """At that moment; None: nobody was logged in."""
    address: str
    """Where the request came from; « terminal » for the command line."""
    what: str
    """Identifier: « appel.note », « connexion »."""
    on: str = ""
    """What it was done on: a call, a text message, an account, a file."""
    detail: str = ""
    number: int = 0
    """Its place in the journal, from 1; given by the journal."""


class Journal(Protocol):
    """Keeps entries for good."""

    async def add(self, entry: Entry) -> None:
        """Keep one entry; it is on disk when this returns."""

    async def page(self, *, before: int | None, limit: int, who: str, what: str) -> Sequence[Entry]:
        """Return entries, newest first, of the numbers below ``before``.

        ``who`` is a whole account name, ``what`` the beginning of an action; empty: all.
        """


ACTIONS: Mapping[str, str] = {
    "connexion": "Connexion",
    "connexion.refusee": "Connexion refusée",
    "deconnexion": "Déconnexion",
    "acces.refuse": "Page refusée à ce rôle",
    "compte.cree": "Compte créé",
    "compte.mot_de_passe": "Mot de passe changé",
    "compte.role": "Rôle changé",
    "compte.modifie": "Compte modifié",
    "compte.verrouille": "Compte verrouillé",
    "compte.deverrouille": "Compte déverrouillé",
    "compte.supprime": "Compte supprimé",
    "compte.sessions_fermees": "Sessions fermées",
    "appel.prendre": "Appel pris",
    "appel.transferer": "Appel transféré",
    "appel.rappeler": "Résident rappelé",
    "appel.note": "Note ajoutée",
    "appel.termine": "Appel marqué comme terminé",
    "appel.rouvrir": "Appel rouvert",
    "appel.faux": "Réponse signalée fausse",
    "appel.numero": "Numéro vu en entier",
    "rappel.maintenant": "Rappel lancé",
    "rappel.fait": "Rappel marqué comme fait",
    "rappel.annuler": "Rappel annulé",
    "message.ecoute": "Message vocal écouté",
    "message.fait": "Message vocal traité",
    "sms.renvoyer": "SMS renvoyé",
    "ville.brouillon": "Brouillon enregistré",
    "ville.brouillon_abandonne": "Brouillon abandonné",
    "ville.nouveau": "Brouillon créé",
    "ville.suppression": "Suppression proposée",
    "ville.exemple": "Exemple ajouté",
    "ville.publication": "Publication demandée",
    "ville.retour": "Retour à une version demandé",
}
"""French names; an action that is not among them is shown as it is written."""


def action_name(what: str) -> str:
    """Return what people read for an action."""
    return ACTIONS.get(what, what.replace(".", " : ").replace("_", " "))


def role_name(role: Role | None) -> str:
    """Return what people read for the role of an entry."""
    return "" if role is None else ROLE_NAMES[role]
