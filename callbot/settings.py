"""The settings of the box: ``config/callbot.yml``.

Field names are the French keys of the file, so that an admin, an error message and the code use
one word for one thing. Durations are seconds unless the key says otherwise.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, field_validator, model_validator

from callbot.directorysettings import DirectorySettings
from callbot.paths import Paths
from callbot.publishing.links import require_inside
from common import yamlfile
from common.yamlfile import Loaded, StrictModel

MAX_LINES_PER_WORKER = 4
"""The pjsua2 wheel is built with PJSUA_MAX_CALLS 4."""

MAX_WORKERS = 32

AUTO = "auto"

RTP_PORTS_PER_WORKER = 40
"""RTP and RTCP of four calls, with room for the sockets of calls that have just ended."""

_SIP_URI = re.compile(r"sips?:[^@\s<>;]+@[^@\s<>;]+(;[^\s<>]*)?\Z")
_SIP_HOST = re.compile(r"sips?:[^@\s<>;]+(;[^\s<>]*)?\Z")


def _ip(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError as error:
        raise ValueError(
            f"« {value} » n'est pas une adresse IP. Écrivez par exemple 192.168.1.20."
        ) from error


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise ValueError(
            f"« {value} » n'est ni une adresse IP ni un réseau. "
            "Écrivez par exemple 192.168.1.10 ou 192.168.1.0/24."
        ) from error


def _sip_uri(value: str) -> str:
    if not _SIP_URI.match(value):
        raise ValueError(
            f"« {value} » n'est pas une adresse SIP. Écrivez par exemple sip:accueil@192.168.1.10."
        )
    return value


def _registrar(value: str) -> str:
    if not _SIP_HOST.match(value):
        raise ValueError(
            f"« {value} » n'est pas l'adresse d'un standard. Écrivez par exemple sip:192.168.1.10."
        )
    return value


IpAddress = Annotated[str, AfterValidator(_ip)]
Network = Annotated[str, AfterValidator(_network)]
SipUri = Annotated[str, AfterValidator(_sip_uri)]
Port = Annotated[int, Field(ge=1, le=65535)]
Mode: TypeAlias = Literal["bouton", "dossier"]
"""What publishes edited files: a person, or the callbot by itself."""


class SecretError(Exception):
    """The password cannot be read; the message is French."""


class Registration(StrictModel):
    """The box as an extension of the town's PBX."""

    registrar: Annotated[str, AfterValidator(_registrar)]
    utilisateur: Annotated[str, Field(min_length=1)]
    mot_de_passe_variable: str | None = None
    mot_de_passe_fichier: Path | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Registration:
        if (self.mot_de_passe_variable is None) == (self.mot_de_passe_fichier is None):
            raise ValueError(
                "donnez « mot_de_passe_variable » ou « mot_de_passe_fichier », l'un des deux."
            )
        return self

    def password(self, environ: Mapping[str, str] = os.environ) -> str:
        """Return the password from where the settings say.

        Raises:
            SecretError: the variable is unset or the file cannot be read.
        """
        if self.mot_de_passe_variable is not None:
            value = environ.get(self.mot_de_passe_variable, "")
            if not value:
                raise SecretError(
                    f"la variable d'environnement {self.mot_de_passe_variable} est vide."
                )
            return value
        assert self.mot_de_passe_fichier is not None
        try:
            return self.mot_de_passe_fichier.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SecretError(
                f"le fichier du mot de passe {self.mot_de_passe_fichier} est illisible."
            ) from error


class Telephony(StrictModel):
    """Lines, ports and peers."""

    adresse: IpAddress = "127.0.0.1"
    adresse_annoncee: IpAddress | None = None
    port: Port = 5060
    lignes: int = Field(default=16, ge=1, le=64)
    lignes_par_processus: int | None = Field(default=None, ge=1, le=MAX_LINES_PER_WORKER)
    """None, « auto » in the file: see :mod:`callbot.capacity`."""
    processus: int | None = Field(default=None, ge=1, le=MAX_WORKERS)
    """None, « auto » in the file: as many as ``lignes`` needs; a number makes the lines."""
    port_interne_debut: Port = 5071
    rtp_debut: Port = 20000
    pairs_autorises: tuple[Network, ...] = ("127.0.0.0/8",)
    debordement: SipUri | None = None
    surcharge: bool = True
    enregistrement: Registration | None = None
    duree_max_appel: int = Field(default=1800, ge=60, le=86_400)
    silence_rtp: int = Field(default=30, ge=5, le=600)
    silence_agent: int = Field(default=8, ge=4, le=120)
    delai_arret: int = Field(default=60, ge=0, le=3600)

    @field_validator("lignes_par_processus", "processus", mode="before")
    @classmethod
    def _automatic(cls, value: object) -> object:
        return None if value == AUTO else value

    @field_validator("lignes_par_processus", mode="before")
    @classmethod
    def _limit(cls, value: object) -> object:
        if isinstance(value, int) and value > MAX_LINES_PER_WORKER:
            raise ValueError(
                f"{MAX_LINES_PER_WORKER} au plus. Pour plus d'appels, augmentez « lignes »."
            )
        return value

    def worker_port(self, worker: int) -> int:
        """Return the internal SIP port of worker 1, 2, …"""
        return self.port_interne_debut + worker - 1

    def rtp_range(self, worker: int) -> range:
        """Return the UDP ports that worker 1, 2, … may use for media."""
        first = self.rtp_debut + (worker - 1) * RTP_PORTS_PER_WORKER
        return range(first, first + RTP_PORTS_PER_WORKER)


class Voice(StrictModel):
    """How the bot speaks."""

    dossier: str = Field(default="fr_FR-siwis-kokoro", min_length=1)
    debit: float = Field(default=1.0, ge=0.5, le=2.0)
    fils: int = Field(default=2, ge=1, le=64)


class Recognition(StrictModel):
    """How the bot hears."""

    modele: str = Field(default="whisper-base", min_length=1)
    fils: int = Field(default=1, ge=1, le=64)
    simultanees: int = Field(default=2, ge=1, le=32)


class Rasa(StrictModel):
    """Where Rasa listens, on loopback only."""

    port: Port = 5005


class Console(StrictModel):
    """Where the pages and the API listen."""

    adresse: IpAddress = "127.0.0.1"
    port: Port = 8080
    noms: tuple[str, ...] = ()
    connexion: Literal["aucune", "comptes", "annuaire"] = "aucune"
    annuaire: DirectorySettings | None = None
    """The town's directory; asked with « connexion: annuaire » only."""
    inactivite: int = Field(default=120, ge=5, le=1440)
    """Minutes without use after which a session ends."""
    session: int = Field(default=12, ge=1, le=168)
    """Hours after which it ends anyway."""

    @model_validator(mode="after")
    def _directory_named(self) -> Console:
        if self.connexion == "annuaire" and self.annuaire is None:
            raise ValueError("« connexion: annuaire » demande une rubrique « annuaire ».")
        return self

    @property
    def has_accounts(self) -> bool:
        """True where people log in."""
        return self.connexion != "aucune"

    @property
    def is_local(self) -> bool:
        """True where only this machine reaches the console."""
        return ipaddress.ip_address(self.adresse).is_loopback and not self.noms


class Privacy(StrictModel):
    """What is kept of a call."""

    conservation: int = Field(default=30, ge=0, le=3650)
    enregistrement_audio: bool = False
    masquer_numeros: bool = True
    messages_vocaux: bool = False
    conservation_messages: int = Field(default=30, ge=1, le=365)


class Publication(StrictModel):
    """How what was edited goes live."""

    mode: Mode = "bouton"


class Journal(StrictModel):
    """How talkative the logs are."""

    niveau: Literal["debug", "info", "warning", "error"] = "info"


class Settings(StrictModel):
    """All of ``config/callbot.yml``."""

    telephonie: Telephony = Telephony()
    voix: Voice = Voice()
    reconnaissance: Recognition = Recognition()
    rasa: Rasa = Rasa()
    console: Console = Console()
    secours: SipUri | None = None
    vie_privee: Privacy = Privacy()
    publication: Publication = Publication()
    journaux: Journal = Journal()

    def voice_folder(self, paths: Paths) -> Path:
        """Return the folder of the voice: a name under ``var/voices`` or a path."""
        return paths.voices / Path(self.voix.dossier).expanduser()

    def model_folder(self, paths: Paths) -> Path:
        """Return the folder of the Whisper model: a name under ``var/models`` or a path."""
        return paths.models / Path(self.reconnaissance.modele).expanduser()


def load(paths: Paths) -> Loaded[Settings]:
    """Read the settings.

    Raises:
        ConfigError: with every problem found in the file, or it is a link to another folder.
    """
    require_inside(paths.config, paths.settings_file)
    return yamlfile.load(paths.settings_file, Settings)


def load_settings(paths: Paths | None = None) -> tuple[Settings, Paths]:
    """Return settings and folders as a process of the box needs them.

    Raises:
        ConfigError: the settings are unusable.
    """
    chosen = paths or Paths.choose()
    return load(chosen).value, chosen
