"""``console.annuaire``: where the town's directory is, and which groups give which role."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from common.yamlfile import StrictModel
from console.roles import Role
from telephony.sms.gateways.secretsource import SecretSource

Cipher: TypeAlias = Literal["tls", "starttls", "none"]

NAME = "{nom}"
"""Stands for the name of the account."""
LDAPS_PORT, LDAP_PORT = 636, 389
ROLES = (Role.ADMIN, Role.EDITOR, Role.RECEPTION, Role.READER)
"""Whoever is in several groups has the first of these roles."""


def _address(value: str) -> str:
    if not _is_address(value):
        raise ValueError(
            f"« {value} » n'est pas l'adresse d'un annuaire. Écrivez par exemple "
            "ldaps://ad.mairie.local."
        )
    return value


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    whole = (parts.path or "/") == "/" and not (parts.query or parts.fragment or parts.username)
    known = parts.scheme in ("ldap", "ldaps") and bool(parts.hostname)
    return whole and known and (port is None or port > 0)


def _named(value: str) -> str:
    if value.count(NAME) != 1:
        raise ValueError(f"écrivez « {NAME} » une fois, à la place du nom du compte.")
    return value


def _filter(value: str) -> str:
    if not (value.startswith("(") and value.endswith(")")):
        raise ValueError(f"un filtre est entre parenthèses, par exemple (sAMAccountName={NAME}).")
    return value


def _dn(value: str) -> str:
    if "=" not in value:
        raise ValueError(
            f"« {value} » n'est pas un nom complet de l'annuaire. Écrivez par exemple "
            "cn=Callbot,ou=Groupes,dc=mairie,dc=local."
        )
    return value


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _absolute(value: Path) -> Path:
    if not value.is_absolute():
        raise ValueError("écrivez un chemin entier, qui commence par « / ».")
    return value


Address = Annotated[str, AfterValidator(_address)]
Filter = Annotated[str, AfterValidator(_named), AfterValidator(_filter)]
Pattern = Annotated[str, AfterValidator(_named)]
Dn = Annotated[str, AfterValidator(_dn)]
Dns = Annotated[tuple[Dn, ...], BeforeValidator(_several)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


class Groups(StrictModel):
    """The groups that give each role, by their full names."""

    administrateur: Dns = ()
    editeur: Dns = ()
    accueil: Dns = ()
    lecture: Dns = ()

    @model_validator(mode="after")
    def _not_empty(self) -> Groups:
        if not any(self.of(role) for role in ROLES):
            raise ValueError("nommez au moins un groupe : sans groupe, personne n'entre.")
        return self

    def of(self, role: Role) -> tuple[str, ...]:
        """Return the groups of a role."""
        found: tuple[str, ...] = getattr(self, str(role))
        return found


class DirectorySettings(StrictModel):
    """How the directory is asked."""

    adresse: Address
    base: Dn
    filtre: Filter = f"(&(objectClass=user)(sAMAccountName={NAME}))"
    identifiant: Pattern | None = None
    """What the person binds with, where they are not searched first: « {nom}@mairie.local »."""
    compte: Dn | None = None
    """Who searches; None: nobody, that is without a name."""
    mot_de_passe_variable: str | None = Field(default=None, min_length=1)
    mot_de_passe_fichier: AbsolutePath | None = None
    certificat: AbsolutePath | None = None
    """Certificate of the authority that vouches for the directory; None: those of the system."""
    nom_affiche: str = Field(default="displayName", pattern=r"^[A-Za-z][A-Za-z0-9-]*$")
    groupes: Groups

    @model_validator(mode="after")
    def _one_way(self) -> DirectorySettings:
        given = [self.mot_de_passe_variable, self.mot_de_passe_fichier]
        sources = sum(one is not None for one in given)
        if self.compte is not None and self.identifiant is not None:
            raise ValueError("donnez « compte » ou « identifiant », pas les deux.")
        if self.compte is not None and sources != 1:
            raise ValueError(
                "avec « compte », donnez « mot_de_passe_variable » ou « mot_de_passe_fichier », "
                "l'un des deux."
            )
        if self.compte is None and sources:
            raise ValueError("un mot de passe ne sert qu'avec « compte ».")
        return self

    @property
    def host(self) -> str:
        return self._parts.hostname or ""

    @property
    def port(self) -> int:
        default = LDAPS_PORT if self._parts.scheme == "ldaps" else LDAP_PORT
        return self._parts.port or default

    @property
    def cipher(self) -> Cipher:
        """How what is said is kept secret; only on this machine may it be plain."""
        if self._parts.scheme == "ldaps":
            return "tls"
        return "none" if _is_here(self.host) else "starttls"

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.adresse)

    def password(self, environ: Mapping[str, str] = os.environ) -> str:
        """Return the password of ``compte``; empty where there is none.

        Raises:
            SecretError: it cannot be read, or others than its owner may read it.
        """
        if self.compte is None:
            return ""
        return SecretSource(self.mot_de_passe_variable, self.mot_de_passe_fichier).read(environ)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
