"""``callbot compte``: the accounts of the console."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from getpass import getpass, getuser
from typing import TYPE_CHECKING

from callbot.commands import CommandError, Subparsers
from callbot.paths import Paths

if TYPE_CHECKING:
    from callbot.accountstore import AccountStore
    from console.accounts import Account
    from console.audit import Entry

ROLES = ("administrateur", "editeur", "accueil", "lecture")

Work = Callable[[argparse.Namespace, "AccountStore"], Awaitable[None]]


def add_parser(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "compte",
        help="gère les comptes de la console",
        description="Gère les comptes de la console. Ils servent avec « connexion: comptes » dans "
        "config/callbot.yml. Un changement compte aussitôt, même pendant que le callbot tourne.",
        epilog="Rôles : administrateur (tout), editeur (propose des changements), accueil (traite "
        "les appels), lecture (voit, sans les numéros).",
    )
    actions = parser.add_subparsers(dest="action", metavar="action", required=True, title="actions")
    creer = _add(actions, "creer", "crée un compte ; son mot de passe est affiché une seule fois")
    creer.add_argument("--role", choices=ROLES, required=True, metavar="RÔLE", help=_one_of(ROLES))
    creer.add_argument("--affiche", metavar="NOM", help="nom montré aux collègues")
    creer.add_argument("--agent", metavar="ID", help="l'agent de config/accueil.yml que c'est")
    _add_typed(creer)
    actions.add_parser("lister", help="montre les comptes")
    password = _add(actions, "mot-de-passe", "donne un nouveau mot de passe et ferme les sessions")
    _add_typed(password)
    role = _add(actions, "role", "change le rôle, le nom affiché ou l'agent ; ferme les sessions")
    role.add_argument("role", choices=ROLES, metavar="RÔLE", help=_one_of(ROLES))
    role.add_argument("--affiche", metavar="NOM", help="nom montré aux collègues")
    role.add_argument("--agent", metavar="ID", help="l'agent que c'est ; « aucun » : plus d'agent")
    _add(actions, "verrouiller", "ne laisse plus entrer avec un compte et ferme ses sessions")
    _add(actions, "deverrouiller", "laisse de nouveau entrer avec un compte verrouillé")
    _add(actions, "essayer", "demande à l'annuaire de la mairie si un mot de passe est bon")
    _add(actions, "supprimer", "supprime un compte et ferme ses sessions")


def run(args: argparse.Namespace) -> int:
    """Carry out one action.

    Raises:
        CommandError: it is not possible.
    """
    from callbot.database import DatabaseError
    from console.accounts import AccountError

    try:
        asyncio.run(_with_store(args, _ACTIONS[args.action]))
    except (AccountError, DatabaseError) as error:
        raise CommandError(str(error)) from error
    return 0


async def _with_store(args: argparse.Namespace, work: Work) -> None:
    from callbot.accountstore import AccountStore

    paths: Paths = args.paths
    store = await AccountStore.open(paths.accounts)
    try:
        await work(args, store)
    finally:
        await store.close()


async def _create(args: argparse.Namespace, store: AccountStore) -> None:
    from console.accounts import Account, account_name, checked
    from console.roles import Role

    name = account_name(args.nom)
    agents = _agents(args.paths)
    agent = args.agent if args.agent is not None else name if name in agents else ""
    _must_be_agent(args.paths, agents, agent)
    shown = args.affiche or agents.get(agent) or args.nom
    account = checked(Account(name, shown, Role(args.role), agent))
    if await store.account(name):
        raise CommandError(f"Le compte « {name} » existe déjà.")
    password, secret = await _password(args, name)
    await store.create(account, secret, _entry("compte.cree", name, args.role))
    print(f"Compte « {name} » créé, rôle {args.role}{_linked(account)}.")
    _show(args, password)


async def _list(_args: argparse.Namespace, store: AccountStore) -> None:
    rows = await store.rows()
    if not rows:
        print("Aucun compte. Créez-en un : callbot compte creer NOM --role administrateur")
    for row in rows:
        account = row.account
        last = "jamais connecté"
        if row.last_login is not None:
            last = f"connecté le {row.last_login.astimezone():%d/%m/%Y à %H:%M}"
        notes = ", annuaire" if account.directory else ""
        notes += ", verrouillé" if account.locked else ""
        print(
            f"{account.name:<20} {account.role:<15} {account.shown}{_linked(account)}"
            f" ({last}{notes})"
        )


async def _change_password(args: argparse.Namespace, store: AccountStore) -> None:
    account = await _known(args, store)
    if account.directory:
        raise CommandError(f"Le mot de passe de « {account.name} » est celui de l'annuaire.")
    password, secret = await _password(args, account.name)
    await store.change_secret(account.name, secret, _entry("compte.mot_de_passe", account.name))
    print(f"Nouveau mot de passe pour « {account.name} » ; ses sessions sont fermées.")
    _show(args, password)


async def _change_role(args: argparse.Namespace, store: AccountStore) -> None:
    from console.accounts import checked
    from console.roles import Role

    account = await _known(args, store)
    agent = account.agent if args.agent is None else args.agent
    agent = "" if agent == "aucun" else agent
    if args.agent is not None:
        _must_be_agent(args.paths, _agents(args.paths), agent)
    changed = checked(
        replace(account, role=Role(args.role), shown=args.affiche or account.shown, agent=agent)
    )
    await store.update(changed, _entry("compte.role", account.name, args.role))
    print(
        f"« {account.name} » a le rôle {args.role}{_linked(changed)} ; ses sessions sont fermées."
    )


async def _lock(args: argparse.Namespace, store: AccountStore) -> None:
    account = await _known(args, store)
    await store.set_locked(account.name, True, _entry("compte.verrouille", account.name))
    print(f"Compte « {account.name} » verrouillé ; ses sessions sont fermées.")


async def _unlock(args: argparse.Namespace, store: AccountStore) -> None:
    account = await _known(args, store)
    await store.set_locked(account.name, False, _entry("compte.deverrouille", account.name))
    print(f"Compte « {account.name} » déverrouillé.")


async def _remove(args: argparse.Namespace, store: AccountStore) -> None:
    account = await _known(args, store)
    await store.remove(account.name, _entry("compte.supprime", account.name))
    print(f"Compte « {account.name} » supprimé.")


async def _try(args: argparse.Namespace, _store: AccountStore) -> None:
    """Ask the directory as log-in would; nothing is kept."""
    from callbot.directory import LdapDirectory
    from callbot.settings import load
    from console.accounts import account_name
    from console.directory import DirectoryError

    settings = load(args.paths).value.console.annuaire
    if settings is None:
        raise CommandError(
            f"{args.paths.settings_file} ne décrit aucun annuaire (rubrique « console », "
            "« annuaire »)."
        )
    directory = LdapDirectory(settings)
    try:
        member = await directory.member(account_name(args.nom), _read())
    except DirectoryError as error:
        raise CommandError(str(error)) from error
    finally:
        directory.close()
    if member is None:
        raise CommandError("L'annuaire ne connaît pas ce nom, ou refuse ce mot de passe.")
    role = "aucun : cette personne n'est dans aucun des groupes" if not member.role else member.role
    print(f"L'annuaire accepte ce mot de passe. Nom : {member.shown}. Rôle : {role}.")


def _read() -> str:
    """Read a password, unseen; from a pipe, one line."""
    if sys.stdin.isatty():
        return getpass("Mot de passe : ")
    return sys.stdin.readline().rstrip("\n")


_ACTIONS: dict[str, Work] = {
    "creer": _create,
    "lister": _list,
    "mot-de-passe": _change_password,
    "role": _change_role,
    "verrouiller": _lock,
    "deverrouiller": _unlock,
    "essayer": _try,
    "supprimer": _remove,
}


async def _known(args: argparse.Namespace, store: AccountStore) -> Account:
    from console.accounts import account_name

    name = account_name(args.nom)
    account = await store.account(name)
    if account is None:
        raise CommandError(f"Il n'y a pas de compte « {name} ». Voyez « callbot compte lister ».")
    return account


async def _password(args: argparse.Namespace, account: str) -> tuple[str, str]:
    """Return a new password, made or typed, and its hash."""
    from console.passwords import Passwords, generated

    password = _typed(account) if args.saisir else generated()
    passwords = Passwords()
    try:
        return password, await passwords.hash(password)
    finally:
        passwords.close()


def _typed(account: str) -> str:
    """Read a password twice, unseen; from a pipe, one line."""
    from console.passwords import refusal

    if sys.stdin.isatty():
        password = getpass("Mot de passe : ")
        if getpass("Encore une fois : ") != password:
            raise CommandError("Les deux mots de passe ne sont pas les mêmes.")
    else:
        password = sys.stdin.readline().rstrip("\n")
    refused = refusal(password, account)
    if refused is not None:
        raise CommandError(refused)
    return password


def _show(args: argparse.Namespace, password: str) -> None:
    if not args.saisir:
        print(f"Mot de passe, affiché une seule fois : {password}")


def _entry(what: str, account: str, detail: str = "") -> Entry:
    from callbot.consoleaccess import TERMINAL
    from console.audit import Entry

    try:
        who = getuser()
    except (OSError, KeyError):
        who = ""
    return Entry(datetime.now(UTC), who, None, TERMINAL, what, on=account, detail=detail)


def _agents(paths: Paths) -> dict[str, str]:
    """Return the names of staff by id, as far as their file can be read."""
    from callbot.checks import service_targets
    from common.yamlfile import ConfigError
    from telephony.receptionconfig import load_reception

    try:
        reception = load_reception(paths.reception_file, service_targets(paths))
    except ConfigError:
        return {}
    return {agent.id: agent.name for agent in reception.agents}


def _must_be_agent(paths: Paths, agents: Mapping[str, str], agent: str) -> None:
    if agent and agent not in agents:
        known = ", ".join(agents) or "aucun n'y est inscrit"
        raise CommandError(
            f"« {agent} » n'est pas un agent de {paths.reception_file}. Agents : {known}."
        )


def _linked(account: Account) -> str:
    return f", agent {account.agent}" if account.agent else ""


def _add(actions: Subparsers, name: str, help_text: str) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
    parser.add_argument("nom", metavar="NOM", help="nom du compte, par exemple marie.dupont")
    return parser


def _add_typed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--saisir", action="store_true", help="demande le mot de passe au lieu d'en faire un"
    )


def _one_of(choices: tuple[str, ...]) -> str:
    return ", ".join(choices)
