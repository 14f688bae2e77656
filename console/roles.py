"""Who may do what in the console: one table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an account is for; the values are what admins write and read."""

    ADMIN = "administrateur"
    EDITOR = "editeur"
    """Proposes changes of the town; an admin publishes them."""
    RECEPTION = "accueil"
    READER = "lecture"


class Permission(StrEnum):
    """What a page or an action needs."""

    PUBLIC = "public"
    """Nothing: anybody who reaches the console."""
    MACHINE = "machine"
    """To be a program of this machine, or to see calls."""
    OWN_ACCOUNT = "mon_compte"
    """To be logged in."""
    SEE_CALLS = "voir_appels"
    """Calls, transcripts, texts, call-backs; numbers are masked without SEE_NUMBERS."""
    SEE_NUMBERS = "voir_numeros"
    """Callers' whole numbers, where the town shows them at all."""
    HANDLE_CALLS = "traiter_appels"
    """Take, transfer, call back, note, resend; listen to what residents left."""
    SEE_TOWN = "voir_ville"
    """Intents, answers, hours, notices, and their history."""
    TRY = "essayer"
    """Have a sentence recognised, understood and answered."""
    PROPOSE = "proposer"
    """Edit a draft of the town's files."""
    PUBLISH = "publier"
    """Make a draft live, train, roll back."""
    MANAGE_ACCOUNTS = "gerer_comptes"
    SEE_JOURNAL = "voir_journal"


_READER = frozenset(
    {
        Permission.PUBLIC,
        Permission.MACHINE,
        Permission.OWN_ACCOUNT,
        Permission.SEE_CALLS,
        Permission.SEE_TOWN,
    }
)

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.READER: _READER,
    Role.RECEPTION: _READER | {Permission.SEE_NUMBERS, Permission.HANDLE_CALLS, Permission.TRY},
    Role.EDITOR: _READER | {Permission.TRY, Permission.PROPOSE},
    Role.ADMIN: frozenset(Permission),
}
"""The table."""

ROLE_NAMES: Mapping[Role, str] = {
    Role.ADMIN: "Administrateur",
    Role.EDITOR: "Éditeur",
    Role.RECEPTION: "Accueil",
    Role.READER: "Lecture seule",
}
"""As people read them."""


@dataclass(frozen=True)
class Who:
    """Who makes a request."""

    account: str
    """Log-in name; empty where the console asks for none."""
    name: str
    """As people read it."""
    role: Role
    agent: str = ""
    """Id of the member of staff in ``accueil.yml``; empty: none."""

    def may(self, permission: Permission) -> bool:
        """Tell whether the role allows it."""
        return permission in PERMISSIONS[self.role]
