"""The town's directory over LDAP: Active Directory, OpenLDAP and the like.

A person is found (by the account that searches, or by binding straight away), binds with their own
password, and is looked for in the groups of the settings. ldap3 blocks, so it runs in threads of
its own; whatever fails there is a DirectoryError.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

import ldap3
from ldap3.core.exceptions import (
    LDAPException,
    LDAPInappropriateAuthenticationResult,
    LDAPInvalidCredentialsResult,
    LDAPNoSuchObjectResult,
    LDAPOperationsErrorResult,
    LDAPSizeLimitExceededResult,
    LDAPSocketOpenError,
    LDAPStartTLSError,
    LDAPUnwillingToPerformResult,
)
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import escape_rdn

from callbot.directorysettings import NAME, ROLES, DirectorySettings
from common import logs
from console.directory import DirectoryBusyError, DirectoryError, Member
from console.roles import Role
from telephony.sms.gateways.secretsource import SecretError

CONNECT_S = 4
ANSWER_S = 5
"""Longest wait for one answer."""
WHOLE_S = 15.0
"""Longest wait for all of them."""
THREADS = 2
MAX_WAITING = 8

_WRONG = (
    LDAPInvalidCredentialsResult,
    LDAPInappropriateAuthenticationResult,
    LDAPUnwillingToPerformResult,
)
_TROUBLE: tuple[tuple[type[Exception], str], ...] = (
    (
        LDAPSocketOpenError,
        "L'annuaire n'est pas joignable, ou son certificat n'est pas reconnu : vérifiez "
        "« adresse » et « certificat ».",
    ),
    (
        LDAPStartTLSError,
        "L'annuaire refuse de chiffrer, ou son certificat n'est pas reconnu : vérifiez « adresse » "
        "et « certificat ».",
    ),
    (
        LDAPInvalidCredentialsResult,
        "L'annuaire refuse le compte qui cherche : vérifiez « compte » et son mot de passe.",
    ),
    (LDAPNoSuchObjectResult, "L'annuaire ne trouve pas « base », ou ne la montre pas."),
    (
        LDAPOperationsErrorResult,
        "L'annuaire ne laisse chercher personne sans nom : donnez « identifiant » ou « compte ».",
    ),
)
"""Active Directory answers an unnamed search by an operations error."""
_NESTED = "1.2.840.113556.1.4.1941"
"""Active Directory's rule that follows groups in groups; other directories pass over it."""


class LdapDirectory:
    """Fills the protocol Directory of the console."""

    def __init__(self, settings: DirectorySettings, *, whole_s: float = WHOLE_S) -> None:
        """``whole_s`` is the longest wait, in seconds."""
        self._settings = settings
        self._whole_s = whole_s
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="directory")
        self._places = BoundedSemaphore(MAX_WAITING)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def member(self, name: str, password: str) -> Member | None:
        """Return who has this name and password; None: nobody.

        Raises:
            DirectoryError: it cannot be asked, or too many ask at once.
        """
        if not password or "\0" in password:
            # A bind without password succeeds, as nobody.
            return None
        if not self._places.acquire(blocking=False):
            raise DirectoryBusyError
        work: Future[Member | None] = self._threads.submit(self._member, name, password)
        work.add_done_callback(lambda _: self._places.release())
        try:
            async with asyncio.timeout(self._whole_s):
                return await asyncio.wrap_future(work)
        except TimeoutError:
            logs.get().error("directory_too_slow")
            raise DirectoryError("L'annuaire met trop longtemps à répondre.") from None

    # What follows runs in a thread.

    def _member(self, name: str, password: str) -> Member | None:
        try:
            if self._settings.identifiant is not None:
                return self._straight(self._settings.identifiant, name, password)
            return self._searched(name, password)
        except (LDAPException, ssl.SSLError, OSError, SecretError) as error:
            # The class alone: the text may hold somebody's name.
            logs.get().error("directory_failed", error=type(error).__name__)
            raise DirectoryError(_why(error)) from None

    def _straight(self, pattern: str, name: str, password: str) -> Member | None:
        user = pattern.replace(NAME, escape_rdn(name) if "=" in pattern else name)
        with self._bound(user, password) as own:
            found = _find(own, self._settings, name) if own else None
            if found is None:
                return None
            # What one binds with and what is searched may be names of two different people.
            with self._bound(found["dn"], password) as same:
                return self._told(same, found) if same else None

    def _searched(self, name: str, password: str) -> Member | None:
        settings = self._settings
        with self._searcher() as searcher:
            found = _find(searcher, settings, name)
            if found is None:
                return None
            with self._bound(found["dn"], password) as own:
                if own is None:
                    return None
                asks = own if settings.compte is None else searcher
                return self._told(asks, found)

    def _told(self, asks: ldap3.Connection, found: Any) -> Member:
        shown = _first(found, self._settings.nom_affiche) or _first(found, "cn")
        return Member(shown, self._role(asks, found))

    def _role(self, asks: ldap3.Connection, found: Any) -> Role | None:
        for role in ROLES:
            if any(_is_in(asks, group, found) for group in self._settings.groupes.of(role)):
                return role
        return None

    @contextmanager
    def _searcher(self) -> Iterator[ldap3.Connection]:
        """Connect as the account that searches; a wrong password of it is no person's mistake."""
        with self._connection(self._settings.compte, self._settings.password()) as connection:
            connection.bind()
            yield connection

    @contextmanager
    def _bound(self, user: str, password: str) -> Iterator[ldap3.Connection | None]:
        """Connect as a person; None: that is not their password."""
        with self._connection(user, password) as connection:
            try:
                connection.bind()
            except _WRONG:
                yield None
            else:
                yield connection

    @contextmanager
    def _connection(self, user: str | None, password: str) -> Iterator[ldap3.Connection]:
        connection = ldap3.Connection(
            self._server(),
            user=user,
            password=password or None,
            authentication=ldap3.SIMPLE if user else ldap3.ANONYMOUS,
            client_strategy=ldap3.SYNC,
            receive_timeout=ANSWER_S,
            auto_referrals=False,
            raise_exceptions=True,
            read_only=True,
        )
        try:
            connection.open(read_server_info=False)
            if self._settings.cipher == "starttls":
                connection.start_tls(read_server_info=False)
            yield connection
        finally:
            connection.strategy.close()

    def _server(self) -> ldap3.Server:
        settings = self._settings
        file = None if settings.certificat is None else str(settings.certificat)
        return ldap3.Server(
            f"[{settings.host}]" if ":" in settings.host else settings.host,
            settings.port,
            use_ssl=settings.cipher == "tls",
            tls=_Tls(settings.host, file),
            get_info=ldap3.NONE,
            connect_timeout=CONNECT_S,
        )


class _Tls(ldap3.Tls):  # type: ignore[misc]
    """TLS as Python itself does it; ldap3 compares names by an old copy, after the handshake."""

    def __init__(self, host: str, authority: str | None) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED, ca_certs_file=authority)
        self._host = host

    def wrap_socket(self, connection: ldap3.Connection, do_handshake: bool = False) -> None:
        """Encrypt a connection; raises SSLError for a server that nobody vouches for."""
        context = ssl.create_default_context(cafile=self.ca_certs_file)
        connection.socket = context.wrap_socket(
            connection.socket, do_handshake_on_connect=do_handshake, server_hostname=self._host
        )


def _why(error: Exception) -> str:
    """Return what is wrong with the directory or with what the settings say of it."""
    if isinstance(error, SecretError):
        return f"Mot de passe du compte qui cherche : {error}"
    known = (said for kind, said in _TROUBLE if isinstance(error, kind))
    return next(known, f"L'annuaire répond par une erreur ({type(error).__name__}).")


def _find(connection: ldap3.Connection, settings: DirectorySettings, name: str) -> Any:
    """Return the one entry of a person, None when there is none, or more than one."""
    wanted = settings.filtre.replace(NAME, escape_filter_chars(name))
    attributes = [settings.nom_affiche, "cn", "uid"]
    try:
        found = _search(connection, settings.base, wanted, ldap3.SUBTREE, attributes)
    except LDAPSizeLimitExceededResult:
        found = [None, None]
    if len(found) > 1:
        logs.get().warning("directory_name_not_unique")
        return None
    return found[0] if found else None


def _is_in(asks: ldap3.Connection, group: str, found: Any) -> bool:
    """Tell whether a group has a person, named in it by the whole name or by « uid »."""
    dn, uid = escape_filter_chars(found["dn"]), escape_filter_chars(_first(found, "uid"))
    named = f"(memberUid={uid})" if uid else ""
    member = f"(|(member={dn})(uniqueMember={dn}){named}(member:{_NESTED}:={dn}))"
    try:
        return bool(_search(asks, group, member, ldap3.BASE, [ldap3.NO_ATTRIBUTES]))
    except LDAPNoSuchObjectResult:
        logs.get().warning("directory_group_missing")
        return False


def _search(
    connection: ldap3.Connection, base: str, wanted: str, scope: str, attributes: Sequence[str]
) -> list[Any]:
    connection.search(base, wanted, scope, attributes=attributes, size_limit=2, time_limit=ANSWER_S)
    # Active Directory also names other directories, which are not asked.
    return [one for one in connection.response or () if one["type"] == "searchResEntry"]


def _first(found: Any, attribute: str) -> str:
    """Return the first value of an attribute; empty: there is none that is text."""
    values = found["raw_attributes"].get(attribute) or [b""]
    try:
        return bytes(values[0]).decode().strip()
    except UnicodeDecodeError:
        return ""
