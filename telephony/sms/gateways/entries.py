"""How each kind of gateway is written in ``config/sms.yml``; field names are the keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from common.yamlfile import StrictModel, suggest
from telephony.sms.gateways import https
from telephony.sms.gateways.asking import is_safe_url
from telephony.sms.gateways.gammu import GammuSettings
from telephony.sms.gateways.https import HttpsSettings, Lookup, Reading, Webhook
from telephony.sms.gateways.kannel import KannelSettings
from telephony.sms.gateways.pdus import LongTexts
from telephony.sms.gateways.secretsource import SecretSource
from telephony.sms.gateways.smpp import SmppSettings
from telephony.sms.gateways.smpplink import LinkSettings
from telephony.sms.model import ReportState

_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 .-]{1,11}\Z|\+?[0-9]{3,15}\Z")
_STATES: dict[str, ReportState] = {
    "accepte": "accepted",
    "delivre": "delivered",
    "echec": "failed",
    "expire": "expired",
}
_LONG_TEXTS: dict[str, LongTexts] = {"parties": "udh", "parties_sar": "sar", "un_seul": "payload"}


def _sender(value: str) -> str:
    if not _SENDER.match(value):
        raise ValueError(
            "un expéditeur a onze lettres ou chiffres au plus, sans accent, ou c'est un numéro. "
            "Exemple : MAIRIE."
        )
    return value


def _url(value: str) -> str:
    if not is_safe_url(value.replace("{", "").replace("}", "")):
        raise ValueError(
            "l'adresse commence par https:// (ou par http:// sur cette machine seulement), "
            "sans nom ni mot de passe."
        )
    return value


def _whole_host(value: str) -> str:
    """A placeholder in the name of the site would let a message choose who gets it."""
    host = value.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0]
    if "{" in host:
        raise ValueError("le nom du site ne peut pas contenir d'accolades.")
    return value


def _absolute(value: Path) -> Path:
    if not value.is_absolute():
        raise ValueError("écrivez un chemin entier, qui commence par « / ».")
    return value


Sender = Annotated[str, AfterValidator(_sender)]
Url = Annotated[str, AfterValidator(_url), AfterValidator(_whole_host)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
GatewayName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Ascii = Annotated[str, StringConstraints(pattern=r"^[!-~]*$")]
Seconds = Annotated[float, Field(ge=1, le=55)]
Status = Annotated[int, Field(ge=100, le=599)]
Port = Annotated[int, Field(ge=1, le=65535)]


class SecretEntry(StrictModel):
    """Where one secret is."""

    variable: Variable | None = None
    fichier: AbsolutePath | None = None

    @model_validator(mode="after")
    def _one_source(self) -> SecretEntry:
        if (self.variable is None) == (self.fichier is None):
            raise ValueError("donnez « variable » ou « fichier », l'un des deux.")
        return self

    @property
    def source(self) -> SecretSource:
        return SecretSource(self.variable, self.fichier)


class _WithPassword(StrictModel):
    mot_de_passe_variable: Variable | None = None
    mot_de_passe_fichier: AbsolutePath | None = None

    @model_validator(mode="after")
    def _one_source(self) -> _WithPassword:
        if (self.mot_de_passe_variable is None) == (self.mot_de_passe_fichier is None):
            raise ValueError(
                "donnez « mot_de_passe_variable » ou « mot_de_passe_fichier », l'un des deux."
            )
        return self

    @property
    def password(self) -> SecretSource:
        return SecretSource(self.mot_de_passe_variable, self.mot_de_passe_fichier)


class ListenerEntry(StrictModel):
    """Where Kannel reports back."""

    port: Port
    jeton: SecretEntry


class KannelEntry(_WithPassword):
    """A Kannel on this box."""

    nom: GatewayName
    type: Literal["kannel"]
    expediteur: Sender | None = None
    url: Url = "http://127.0.0.1:13013/cgi-bin/sendsms"
    utilisateur: Ascii
    delai: Seconds = 15.0
    retours: ListenerEntry | None = None

    def settings(self, sender: str) -> KannelSettings:
        """Return what the gateway needs."""
        return KannelSettings(
            self.nom,
            self.url,
            self.utilisateur,
            self.password,
            self.expediteur or sender,
            self.delai,
            self.retours.port if self.retours else 0,
            self.retours.jeton.source if self.retours else None,
        )


class SmppEntry(_WithPassword):
    """An operator."""

    nom: GatewayName
    type: Literal["smpp"]
    expediteur: Sender | None = None
    hote: Ascii = Field(min_length=1)
    port: Port = 2775
    utilisateur: Ascii = Field(min_length=1, max_length=15)
    type_systeme: Ascii = Field(default="", max_length=12)
    tls: bool = False
    autorite: AbsolutePath | None = None
    textes_longs: Literal["parties", "parties_sar", "un_seul"] = "parties"
    accents: Literal["gsm", "ucs2"] = "gsm"
    identifiants: Literal["identiques", "hexadecimaux"] = "identiques"
    delai: Seconds = 10.0
    entretien: float = Field(default=30.0, ge=5, le=600)

    def settings(self, sender: str) -> SmppSettings:
        """Return what the gateway needs."""
        link = LinkSettings(
            self.hote,
            self.port,
            self.utilisateur,
            self.password,
            self.type_systeme,
            self.tls,
            self.autorite,
            self.entretien,
            self.delai,
        )
        return SmppSettings(
            self.nom,
            link,
            self.expediteur or sender,
            _LONG_TEXTS[self.textes_longs],
            self.accents,
            "same" if self.identifiants == "identiques" else "hexadecimal",
        )


class GammuEntry(StrictModel):
    """A modem in the box."""

    nom: GatewayName
    type: Literal["gammu"]
    sortants: AbsolutePath = Path("/var/spool/gammu/outbox")
    envoyes: AbsolutePath = Path("/var/spool/gammu/sent")
    erreurs: AbsolutePath = Path("/var/spool/gammu/error")
    entrants: AbsolutePath = Path("/var/spool/gammu/inbox")
    releve: float = Field(default=2.0, ge=0.2, le=60)
    bloque_apres: float = Field(default=900.0, ge=60, le=86400)

    @model_validator(mode="after")
    def _apart(self) -> GammuEntry:
        if len({self.sortants, self.envoyes, self.erreurs, self.entrants}) < 4:
            raise ValueError("il faut quatre dossiers différents.")
        return self

    def settings(self, sender: str) -> GammuSettings:
        """Return what the gateway needs; a modem sends under its own number."""
        return GammuSettings(
            self.nom,
            self.sortants,
            self.envoyes,
            self.erreurs,
            self.entrants,
            self.releve,
            self.bloque_apres,
        )


class ReadingEntry(StrictModel):
    """What an answer means."""

    identifiant: Filled | None = None
    exige: Filled | None = None
    refus: frozenset[Status] = frozenset()
    reessai: frozenset[Status] = frozenset()

    @model_validator(mode="after")
    def _one_meaning(self) -> ReadingEntry:
        if self.refus & self.reessai:
            raise ValueError("un même code ne peut pas être dans « refus » et dans « reessai ».")
        return self


class LookupEntry(StrictModel):
    """How a message is found again."""

    url: Url
    methode: Literal["GET", "POST"] = "GET"
    entetes: dict[Filled, str] | None = None
    identifiant: Filled
    absent: frozenset[Status] = frozenset({404})


class WebhookEntry(StrictModel):
    """What the provider tells by itself."""

    port: Port
    jeton: SecretEntry
    id: Filled | None = None
    identifiant: Filled | None = None
    etat: Filled | None = None
    etats: dict[Literal["accepte", "delivre", "echec", "expire"], tuple[Filled, ...]] = Field(
        default_factory=dict
    )
    numero: Filled | None = None
    texte: Filled | None = None

    @model_validator(mode="after")
    def _whole(self) -> WebhookEntry:
        if self.etat is not None and not (self.id or self.identifiant):
            raise ValueError("pour les accusés, donnez aussi « id » ou « identifiant ».")
        if (self.etat is None) != (not self.etats):
            raise ValueError("« etat » et « etats » vont ensemble.")
        if (self.numero is None) != (self.texte is None):
            raise ValueError("« numero » et « texte » vont ensemble.")
        return self

    @property
    def states(self) -> dict[str, ReportState]:
        """Return the meaning of each word of the provider."""
        return {word: _STATES[state] for state, words in self.etats.items() for word in words}


class HttpsEntry(StrictModel):
    """A provider on the Internet."""

    nom: GatewayName
    type: Literal["https"]
    expediteur: Sender | None = None
    url: Url
    methode: Literal["GET", "POST", "PUT"] = "POST"
    entetes: dict[Filled, str] = Field(default_factory=dict)
    format: Literal["json", "formulaire"] = "json"
    corps: dict[str, Any] = Field(default_factory=dict)
    secrets: dict[Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")], SecretEntry] = Field(
        default_factory=dict
    )
    signature: Literal["ovh"] | None = None
    reponse: ReadingEntry = ReadingEntry()
    recherche: LookupEntry | None = None
    retours: WebhookEntry | None = None
    autorite: AbsolutePath | None = None
    delai: Seconds = 20.0

    @model_validator(mode="after")
    def _sensible(self) -> HttpsEntry:
        self._check_fields()
        self._check_body()
        if self.signature == "ovh":
            for name in sorted(https.OVH_SECRETS - set(self.secrets)):
                raise ValueError(f"la signature d'OVH demande « {name} » dans « secrets ».")
            if "X-Ovh-Application" not in self.entetes:
                raise ValueError("la signature d'OVH demande l'en-tête « X-Ovh-Application ».")
        return self

    def _check_fields(self) -> None:
        taken = https.MESSAGE_FIELDS & set(self.secrets)
        if taken:
            raise ValueError(f"un secret ne peut pas s'appeler « {min(taken)} ».")
        lookup = self.recherche
        everywhere = https.MESSAGE_FIELDS | set(self.secrets)
        quiet = everywhere - {"texte"}
        places: list[tuple[str, Any, frozenset[str] | set[str]]] = [
            ("url", self.url, https.MESSAGE_FIELDS),
            ("entetes", self.entetes, quiet),
            ("corps", self.corps, everywhere),
            ("recherche.url", lookup.url if lookup else "", https.MESSAGE_FIELDS - {"texte"}),
            ("recherche.entetes", (lookup.entetes or {}) if lookup else {}, quiet),
        ]
        for place, node, known in places:
            for name in sorted(https.fields_of(node) - known):
                raise ValueError(_unknown_field(name, place, self.secrets, known))
        used = set().union(*(https.fields_of(node) for _, node, _ in places))
        for missing in ("texte", "numero"):
            if not {missing, f"{missing}_sans_plus"} & used:
                raise ValueError(f"{{{missing}}} n'est ni dans « corps » ni dans « url ».")

    def _check_body(self) -> None:
        if self.methode == "GET" and self.corps:
            raise ValueError("une requête GET n'a pas de « corps ».")
        if self.format == "formulaire" and not all(
            isinstance(value, str) for value in self.corps.values()
        ):
            raise ValueError("dans un formulaire, chaque champ de « corps » est un texte.")

    def settings(self, sender: str) -> HttpsSettings:
        """Return what the gateway needs."""
        lookup, back = self.recherche, self.retours
        return HttpsSettings(
            name=self.nom,
            url=self.url,
            method=self.methode,
            headers=self.entetes,
            format=self.format,
            body=self.corps,
            secrets={name: entry.source for name, entry in self.secrets.items()},
            signature=self.signature,
            reading=Reading(
                self.reponse.identifiant or "",
                self.reponse.exige or "",
                self.reponse.refus,
                self.reponse.reessai,
            ),
            lookup=Lookup(
                lookup.url,
                lookup.methode,
                self.entetes if lookup.entetes is None else lookup.entetes,
                lookup.identifiant,
                lookup.absent,
            )
            if lookup
            else None,
            webhook=Webhook(
                back.port,
                back.jeton.source,
                back.id or "",
                back.identifiant or "",
                back.etat or "",
                back.states,
                back.numero or "",
                back.texte or "",
            )
            if back
            else None,
            authority=self.autorite,
            sender=self.expediteur or sender,
            timeout_s=self.delai,
        )


def _unknown_field(
    name: str, place: str, secrets: Mapping[str, Any], known: frozenset[str] | set[str]
) -> str:
    if name in secrets:
        return f"{{{name}}} dans « {place} » : un secret va dans « entetes » ou « corps »."
    hint = suggest(name, known) or f"Possibles : {', '.join(sorted(known))}."
    return f"{{{name}}} dans « {place} » n'est pas possible. {hint}"


GatewayEntry: TypeAlias = KannelEntry | SmppEntry | GammuEntry | HttpsEntry

ENTRIES: dict[str, type[GatewayEntry]] = {
    "kannel": KannelEntry,
    "smpp": SmppEntry,
    "gammu": GammuEntry,
    "https": HttpsEntry,
}
