"""What an administrator does to the accounts of others, in the browser. What is said is French."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from console.accounts import Account, AccountError, account_name, checked
from console.audit import Entry
from console.login import BUSY, Accountable
from console.passwords import BusyError, generated
from console.roles import Role, Who

OWN_ROLE = "Vous ne pouvez pas changer votre propre rôle : demandez-le à un autre administrateur."
OWN_LOCK = "Vous ne pouvez pas verrouiller votre propre compte."
OWN_PASSWORD = "Pour changer votre propre mot de passe, ouvrez « Mon compte »."  # noqa: S105
OF_DIRECTORY = "Le mot de passe de ce compte est celui de l’annuaire de la mairie."
NOT_LOCKED = "Verrouillez d’abord ce compte : seul un compte verrouillé peut être supprimé."


@dataclass(frozen=True)
class Asked:
    """Who asks for a change, and where from."""

    who: Who
    address: str


@dataclass(frozen=True)
class Fields:
    """What a form says of an account, as typed."""

    shown: str
    role: str
    agent: str


class AccountChanges:
    """Changes accounts; each change is kept together with its entry in the journal."""

    def __init__(self, parts: Accountable, agents: Callable[[], Mapping[str, str]]) -> None:
        """``agents`` returns the names of staff by id."""
        self._parts = parts
        self._agents = agents

    async def create(self, asked: Asked, name: str, fields: Fields) -> tuple[Account, str]:
        """Create an account; return it with its first password, which is kept nowhere.

        Raises:
            AccountError: it cannot be created so.
        """
        wanted = account_name(name)
        account = checked(
            Account(wanted, fields.shown, _role(fields.role), self._agent(fields.agent, ""))
        )
        if await self._parts.accounts.account(wanted) is not None:
            raise AccountError(f"Le compte « {wanted} » existe déjà.")
        password, secret = await self._made()
        entry = self._entry(asked, "compte.cree", wanted, str(account.role))
        await self._parts.accounts.create(account, secret, entry)
        return account, password

    async def change(self, asked: Asked, name: str, fields: Fields) -> None:
        """Change role, shown name and member of staff; every session of the account ends.

        Of an account of the directory, only the member of staff.

        Raises:
            AccountError: there is no such account, or it cannot be changed so.
        """
        account = await self.known(name)
        agent = self._agent(fields.agent, account.agent)
        if account.directory:
            changed = replace(account, agent=agent)
        else:
            role = _role(fields.role)
            changed = checked(replace(account, shown=fields.shown, role=role, agent=agent))
        if changed == account:
            return
        what, detail = "compte.modifie", ""
        if changed.role is not account.role:
            if name == asked.who.account:
                raise AccountError(OWN_ROLE)
            what, detail = "compte.role", str(changed.role)
        await self._parts.accounts.update(changed, self._entry(asked, what, name, detail))

    async def new_password(self, asked: Asked, name: str) -> str:
        """Make another password, which is kept nowhere; every session of the account ends.

        Raises:
            AccountError: there is no such account, it is one's own or one of the directory.
        """
        if name == asked.who.account:
            raise AccountError(OWN_PASSWORD)
        if (await self.known(name)).directory:
            raise AccountError(OF_DIRECTORY)
        password, secret = await self._made()
        entry = self._entry(asked, "compte.mot_de_passe", name)
        await self._parts.accounts.change_secret(name, secret, entry)
        return password

    async def lock(self, asked: Asked, name: str) -> None:
        """Let nobody in with an account any more; every session of it ends.

        Raises:
            AccountError: there is no such account, it is one's own or the last administrator.
        """
        if name == asked.who.account:
            raise AccountError(OWN_LOCK)
        entry = self._entry(asked, "compte.verrouille", name)
        await self._parts.accounts.set_locked(name, True, entry)

    async def unlock(self, asked: Asked, name: str) -> None:
        """Let people in with an account again; raises AccountError when there is none."""
        entry = self._entry(asked, "compte.deverrouille", name)
        await self._parts.accounts.set_locked(name, False, entry)

    async def remove(self, asked: Asked, name: str) -> None:
        """Forget a locked account.

        Raises:
            AccountError: there is no such account, or it is not locked.
        """
        if not (await self.known(name)).locked:
            raise AccountError(NOT_LOCKED)
        entry = self._entry(asked, "compte.supprime", name)
        await self._parts.accounts.remove(name, entry)

    async def known(self, name: str) -> Account:
        """Return an account; raises AccountError when there is none."""
        account = await self._parts.accounts.account(name)
        if account is None:
            raise AccountError(f"Il n’y a pas de compte « {name} ».")
        return account

    def _agent(self, typed: str, before: str) -> str:
        """Return the id of a member of staff; one that has left the file may stay as it is."""
        agent = typed.strip()
        if agent and agent != before and agent not in self._agents():
            raise AccountError("Cet agent n’est pas inscrit dans config/accueil.yml.")
        return agent

    async def _made(self) -> tuple[str, str]:
        password = generated()
        try:
            return password, await self._parts.passwords.hash(password)
        except BusyError:
            raise AccountError(BUSY) from None

    def _entry(self, asked: Asked, what: str, on: str, detail: str = "") -> Entry:
        at, who = self._parts.clock(), asked.who
        return Entry(at, who.account, who.role, asked.address, what, on=on, detail=detail)


def _role(typed: str) -> Role:
    try:
        return Role(typed)
    except ValueError:
        raise AccountError("Choisissez un rôle.") from None
