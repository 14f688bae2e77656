"""Reading ``config/sms.yml``: gateways, limits, retries; mistakes are named in French.

A town without the file, or without gateways in it, keeps its messages in the outbox.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import phonenumbers
from pydantic import AfterValidator, Field

from common.yamlfile import (
    ConfigError,
    Loaded,
    Location,
    Problem,
    StrictModel,
    read_tree,
    suggest,
    validate,
)
from telephony.sms.gateway import Gateway, OnIncoming, OnReport
from telephony.sms.gateways.asking import is_loopback
from telephony.sms.gateways.entries import (
    ENTRIES,
    GatewayEntry,
    HttpsEntry,
    KannelEntry,
    Sender,
    SmppEntry,
)
from telephony.sms.gateways.gammu import GammuGateway, GammuSettings
from telephony.sms.gateways.https import HttpsGateway, HttpsSettings
from telephony.sms.gateways.kannel import KannelGateway, KannelSettings
from telephony.sms.gateways.listener import token_from
from telephony.sms.gateways.secretsource import SecretError, SecretSource
from telephony.sms.gateways.smpp import SmppGateway, SmppSettings
from telephony.sms.rules import OutboxRules

GatewaySettings: TypeAlias = KannelSettings | SmppSettings | GammuSettings | HttpsSettings

_HOST = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}\Z")
_SECRET_WORDS = frozenset(
    {
        *("mot_de_passe", "motdepasse", "passe", "password", "pass", "secret", "cle", "cle_api"),
        *("jeton", "token", "access_token", "api_key", "apikey", "x_api_key", "key"),
        *("authorization", "cle_utilisateur", "secret_application", "x_ovh_consumer"),
    }
)
"""Keys whose value would be a secret; in the body of a request, a placeholder may stand there."""


@dataclass(frozen=True)
class SmsSettings:
    """All of ``sms.yml``."""

    gateways: tuple[GatewaySettings, ...] = ()
    """In the order in which they are tried; none: messages stay in the outbox."""
    rules: OutboxRules = field(default_factory=OutboxRules)
    sender: str = ""
    allowed_links: frozenset[str] = frozenset()
    """Hosts that a link in a message may lead to, in small letters."""
    countries: tuple[str, ...] = ("FR",)
    """Regions (ISO 3166) whose numbers may get messages."""


def _link_host(value: str) -> str:
    value = value.strip().lower()
    if not _HOST.match(value):
        raise ValueError(
            f"« {value} » n'est pas un nom de site. Écrivez-le seul, comme www.ville.fr, "
            "sans https:// ni chemin."
        )
    return value


def _country(value: str) -> str:
    value = value.upper()
    if value not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"« {value} » n'est pas un code de pays. Exemple : FR.")
    return value


LinkHost = Annotated[str, AfterValidator(_link_host)]
Country = Annotated[str, AfterValidator(_country)]
Many = Annotated[int, Field(ge=1, le=100_000)]


class LimitsEntry(StrictModel):
    """How many messages may leave; None leaves the built-in limit."""

    par_appel: Many | None = None
    par_numero_et_jour: Many | None = None
    par_heure: Many | None = None
    par_jour: Many | None = None
    par_seconde: float | None = Field(default=None, gt=0, le=100)
    a_la_fois: int | None = Field(default=None, ge=1, le=50)


class TriesEntry(StrictModel):
    """How a hand-over is tried again; seconds, except ``validite_heures``."""

    attentes: tuple[Annotated[float, Field(ge=1, le=86400)], ...] | None = Field(
        default=None, min_length=1, max_length=20
    )
    validite_heures: float | None = Field(default=None, ge=0.1, le=168)
    doute: float | None = Field(default=None, ge=60, le=86400)


class SmsFile(StrictModel):
    """``sms.yml``; each gateway is validated by the model of its type."""

    passerelles: tuple[Any, ...] = Field(default=(), max_length=5)
    expediteur: Sender | None = None
    limites: LimitsEntry = LimitsEntry()
    essais: TriesEntry = TriesEntry()
    liens_autorises: tuple[LinkHost, ...] = ()
    pays: tuple[Country, ...] = Field(default=("FR",), min_length=1)


def load_sms_settings(file: Path) -> SmsSettings:
    """Read the file; a missing one means no gateway.

    Raises:
        ConfigError: with every error of the file.
    """
    if not file.exists():
        return SmsSettings()
    loaded, entries = _read(file)
    errors = [problem for problem in _check(loaded, entries) if problem.severity == "erreur"]
    if errors:
        raise ConfigError(errors)
    return _build(loaded.value, entries)


def check_sms_settings(file: Path) -> list[Problem]:
    """Return every error and warning of the file; a missing file is fine."""
    if not file.exists():
        return []
    try:
        return _check(*_read(file))
    except ConfigError as error:
        return list(error.problems)


def make_gateways(
    settings: SmsSettings, on_report: OnReport, on_incoming: OnIncoming
) -> tuple[Gateway, ...]:
    """Make the gateways in their order; none of them is started."""
    return tuple(_make(one, on_report, on_incoming) for one in settings.gateways)


def _make(settings: GatewaySettings, on_report: OnReport, on_incoming: OnIncoming) -> Gateway:
    match settings:
        case KannelSettings():
            return KannelGateway(settings, on_report, on_incoming)
        case SmppSettings():
            return SmppGateway(settings, on_report, on_incoming)
        case GammuSettings():
            return GammuGateway(settings, on_report, on_incoming)
        case HttpsSettings():
            return HttpsGateway(settings, on_report, on_incoming)


def _read(file: Path) -> tuple[Loaded[SmsFile], tuple[GatewayEntry, ...]]:
    """Read the file and each gateway.

    Raises:
        ConfigError: with the mistakes that can be found without looking elsewhere.
    """
    tree = read_tree(file)
    place = Loaded(SmsFile(), file, tree)
    problems = [_written_secret(place, where) for where in _written_secrets(tree, ())]
    try:
        loaded = Loaded(validate(tree, file, SmsFile), file, tree)
    except ConfigError as error:
        raise ConfigError([*problems, *error.problems]) from error
    entries: list[GatewayEntry] = []
    for index, written in enumerate(loaded.value.passerelles):
        try:
            entries.append(_entry(loaded, index, written))
        except ConfigError as error:
            # A secret in the file is named once, by the mend that belongs to it.
            found = {problem.line for problem in problems}
            problems += [one for one in error.problems if one.line not in found]
    if problems:
        raise ConfigError(problems)
    return loaded, tuple(entries)


def _entry(loaded: Loaded[SmsFile], index: int, written: Any) -> GatewayEntry:
    where = ("passerelles", index)
    known = ", ".join(ENTRIES)
    if not isinstance(written, Mapping) or "type" not in written:
        message = "une passerelle a au moins un « type » et un « nom »."
        raise ConfigError([loaded.problem(where, message, f"Types possibles : {known}.")])
    kind = written["type"]
    if kind not in ENTRIES:
        message = f"le type de passerelle « {kind} » n'existe pas."
        mend = suggest(str(kind), ENTRIES) or f"Types possibles : {known}."
        raise ConfigError([loaded.problem((*where, "type"), message, mend)])
    return validate(loaded.tree["passerelles"][index], loaded.file, ENTRIES[kind])


def _written_secrets(node: Any, where: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Find what looks like a secret that stands in the file itself."""
    items: Any = ()
    if isinstance(node, Mapping):
        items = node.items()
    elif isinstance(node, list):
        items = enumerate(node)
    for key, value in items:
        at = (*where, key)
        if isinstance(value, Mapping | list):
            yield from _written_secrets(value, at)
        elif _is_secret_word(key) and value is not None and not _only_named(value, at):
            yield at


def _is_secret_word(key: Any) -> bool:
    return isinstance(key, str) and key.lower().replace("-", "_") in _SECRET_WORDS


def _only_named(value: Any, where: Location) -> bool:
    """True for a header or field of a request that takes its secret from elsewhere."""
    inside = {"entetes", "corps"} & {part for part in where[:-1] if isinstance(part, str)}
    return bool(inside) and isinstance(value, str) and re.search(r"\{[a-z_]+\}", value) is not None


def _written_secret(place: Loaded[SmsFile], where: tuple[str | int, ...]) -> Problem:
    message = f"« {where[-1]} » : un mot de passe ou une clé ne s'écrit pas dans ce fichier."
    if {"entetes", "corps"} & set(where):
        mend = "Déclarez-le dans « secrets » et mettez son nom entre accolades : {secret}."
    elif where[-1] in ("jeton", "token") or "secrets" in where:
        mend = "Mettez « fichier: /chemin » ou « variable: NOM » sous cette clé."
    else:
        mend = "Mettez « mot_de_passe_fichier » ou « mot_de_passe_variable » à la place."
    return place.problem(where, message, mend)


def _check(loaded: Loaded[SmsFile], entries: tuple[GatewayEntry, ...]) -> list[Problem]:
    problems = _check_apart(loaded, entries)
    for index, entry in enumerate(entries):
        where = ("passerelles", index)
        for path, source, is_token in _secrets_of(entry):
            problem = _check_secret(loaded, (*where, *path), source, is_token)
            problems += [problem] if problem else []
        if isinstance(entry, SmppEntry) and not entry.tls and not is_loopback(entry.hote):
            message = "sans « tls: true », les numéros et les messages circulent en clair."
            mend = "Demandez à l'opérateur un accès TLS, ou passez par un réseau privé (VPN)."
            problems.append(loaded.problem((*where, "hote"), message, mend, "attention"))
    limits = loaded.value.limites
    if limits.par_heure and limits.par_jour and limits.par_jour < limits.par_heure:
        message = "« par_jour » est plus petit que « par_heure »."
        problems.append(loaded.problem(("limites", "par_jour"), message))
    return problems


def _check_apart(loaded: Loaded[SmsFile], entries: tuple[GatewayEntry, ...]) -> list[Problem]:
    """Find what only one gateway may have: a name, a port."""
    problems: list[Problem] = []
    names: set[str] = set()
    ports: set[int] = set()
    for index, entry in enumerate(entries):
        where = ("passerelles", index)
        if entry.nom in names:
            message = f"deux passerelles s'appellent « {entry.nom} »."
            problems.append(loaded.problem((*where, "nom"), message, "Donnez-leur deux noms."))
        names.add(entry.nom)
        back = entry.retours if isinstance(entry, KannelEntry | HttpsEntry) else None
        if back is not None and back.port in ports:
            message = f"le port {back.port} sert déjà à une autre passerelle."
            at = (*where, "retours", "port")
            problems.append(loaded.problem(at, message, "Donnez un port à chacune."))
        ports |= {back.port} if back else set()
    return problems


def _secrets_of(entry: GatewayEntry) -> Iterator[tuple[tuple[str, ...], SecretSource, bool]]:
    """Return place and source of each secret; True for the token of a listener."""
    if isinstance(entry, KannelEntry | SmppEntry):
        source = entry.password
        yield (f"mot_de_passe_{'variable' if source.variable else 'fichier'}",), source, False
    if isinstance(entry, HttpsEntry):
        for name, secret in entry.secrets.items():
            yield ("secrets", name), secret.source, False
    if isinstance(entry, KannelEntry | HttpsEntry) and entry.retours is not None:
        yield ("retours", "jeton"), entry.retours.jeton.source, True


def _check_secret(
    loaded: Loaded[SmsFile], where: Location, source: SecretSource, is_token: bool
) -> Problem | None:
    """An unset variable is only a warning: a check may run outside the service."""
    if source.variable is not None and not os.environ.get(source.variable):
        message = f"la variable d'environnement {source.variable} est vide ici."
        mend = "Le service du callbot doit la recevoir."
        return loaded.problem(where, message, mend, "attention")
    try:
        _ = token_from(source) if is_token else source.read()
    except SecretError as error:
        return loaded.problem(where, str(error))
    return None


def _build(file: SmsFile, entries: tuple[GatewayEntry, ...]) -> SmsSettings:
    sender = file.expediteur or ""
    return SmsSettings(
        gateways=tuple(entry.settings(sender) for entry in entries),
        rules=_rules(file),
        sender=sender,
        allowed_links=frozenset(file.liens_autorises),
        countries=file.pays,
    )


def _rules(file: SmsFile) -> OutboxRules:
    limits, tries = file.limites, file.essais
    hours = tries.validite_heures
    written: dict[str, Any] = {
        "per_call": limits.par_appel,
        "per_number_day": limits.par_numero_et_jour,
        "per_hour": limits.par_heure,
        "per_day": limits.par_jour,
        "pace_per_s": limits.par_seconde,
        "in_flight": limits.a_la_fois,
        "retry_delays_s": tries.attentes,
        "lifetime_s": None if hours is None else hours * 3600.0,
        "doubt_s": tries.doute,
    }
    return OutboxRules(**{key: value for key, value in written.items() if value is not None})
