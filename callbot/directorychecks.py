"""Mistakes in ``console.annuaire`` that no single value shows."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

from callbot.directorysettings import NAME, DirectorySettings
from common.yamlfile import Location
from telephony.sms.gateways.secretsource import SecretError


def directory_problems(
    settings: DirectorySettings, environ: Mapping[str, str]
) -> Iterator[tuple[Location, str, str]]:
    """Yield what is wrong: where in ``annuaire``, what, and how to mend it."""
    try:
        settings.password(environ)
    except SecretError as error:
        yield ("compte",), str(error), ""
    if settings.certificat is not None and not _vouches(settings.certificat):
        yield (
            ("certificat",),
            f"« {settings.certificat} » n'est pas un certificat lisible.",
            "Donnez celui de l'autorité de la mairie, au format PEM.",
        )
    if not _is_filter(settings.filtre):
        yield (
            ("filtre",),
            "ce filtre ne peut pas être lu par l'annuaire.",
            f"Comptez les parenthèses ; par exemple (&(objectClass=user)(sAMAccountName={NAME})).",
        )


def _vouches(file: Path) -> bool:
    try:
        ssl.create_default_context(cafile=str(file))
    except (OSError, ssl.SSLError):
        return False
    return True


def _is_filter(text: str) -> bool:
    # ldap3 takes long to be read, and most towns have no directory.
    from ldap3.core.exceptions import LDAPException  # noqa: PLC0415
    from ldap3.operation.search import parse_filter  # noqa: PLC0415

    try:
        parse_filter(text.replace(NAME, "nom"), None, None, None, None, False)
    except LDAPException:
        return False
    return True
