"""The town's directory, as log-in needs it: who somebody is and what their groups allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from console.roles import Role


class DirectoryError(Exception):
    """The directory cannot be asked: down, unreachable, or not as the settings say.

    The message is for whoever looks after it.
    """


class DirectoryBusyError(DirectoryError):
    """Too many people log in at once."""


@dataclass(frozen=True)
class Member:
    """Somebody whose password the directory has accepted."""

    shown: str
    """As people read it."""
    role: Role | None
    """None: no group gives access to the console."""


class Directory(Protocol):
    """Knows people's passwords."""

    async def member(self, name: str, password: str) -> Member | None:
        """Return who has this name and password; None: nobody.

        Raises:
            DirectoryError: it cannot be asked.
        """
