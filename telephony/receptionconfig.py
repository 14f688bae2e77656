"""Reading ``config/accueil.yml``: staff, queues, call-backs; mistakes are named in French.

The ids and addresses of the town's services are passed in: this room does not know the town. A
town without the file, or without agents in it, has one address for each service and no queue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from common.yamlfile import ConfigError, Loaded, Problem, StrictModel, load, suggest
from telephony.reception import (
    AfterHours,
    Agent,
    CallbackRules,
    Direct,
    Overflow,
    QueueRules,
    Reception,
    Strategy,
    TransferMode,
)
from telephony.transfer import is_target

MUSIC_FOLDER = "musiques"
"""Beside ``accueil.yml``; holds the WAV files that ``musique`` may name."""

SILENCE = "silence"
CALLBACK = "rappel"
BOT = "robot"
NEXT_OPENING = "ouverture"

_QUEUE_ONLY = (
    "strategie",
    "attente_max",
    "debordement",
    "annonce_toutes",
    "musique",
    "taille_max",
    "repos_apres_appel",
    "pause_sans_reponse",
    "duree_moyenne",
)


def _target(address: str) -> str:
    if not address.lower().startswith(("sip:", "sips:")) or not is_target(address):
        raise ValueError(
            f"l'adresse SIP « {address} » n'est pas valable. Exemple : sip:101@192.0.2.10."
        )
    return address


def _number_target(address: str) -> str:
    places = address.count("{numero}") + address.count("{national}")
    if places != 1 or not is_target(CallbackRules(target=address).address("+33612345678")):
        raise ValueError(
            f"l'adresse « {address} » ne convient pas : écrivez une adresse SIP ou tel: avec "
            "{numero} (+33612345678) ou {national} (0612345678) à la place du numéro. "
            "Exemple : sip:{national}@192.0.2.10."
        )
    return address


def _shown(number: str) -> str:
    digits = re.sub(r"[ .]", "", number)
    if not re.fullmatch(r"\+?[0-9]{3,15}", digits):
        raise ValueError(f'« {number} » n\'est pas un numéro. Exemple : "+33261910000".')
    return digits


def _music(name: str) -> str:
    if name != SILENCE and ("/" in name or not name.lower().endswith(".wav")):
        raise ValueError(
            f"« {name} » n'est ni « {SILENCE} » ni le nom d'un fichier .wav du dossier "
            f"{MUSIC_FOLDER}."
        )
    return name


def _clock(value: Any) -> Any:
    if not isinstance(value, str | time):
        raise ValueError('écrivez l\'heure entre guillemets, comme "09:00".')
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
SipTarget = Annotated[str, AfterValidator(_target)]
NumberTarget = Annotated[str, AfterValidator(_number_target)]
ShownNumber = Annotated[str, AfterValidator(_shown)]
Music = Annotated[str, AfterValidator(_music)]
Clock = Annotated[time, BeforeValidator(_clock)]


class AgentEntry(StrictModel):
    """One member of staff."""

    id: Identifier
    nom: Text
    poste: SipTarget
    services: tuple[Identifier, ...] = Field(min_length=1)
    presence: Literal["disponible", "absent"] = "disponible"


class QueueSettings(StrictModel):
    """What a queue may set; None leaves the common setting, or the built-in one."""

    strategie: Strategy | None = None
    attente_max: float | None = Field(default=None, ge=30, le=7200)
    debordement: Text | None = None
    annonce_toutes: float | None = Field(default=None, ge=15, le=600)
    musique: Music | None = None
    duree_sonnerie: float | None = Field(default=None, ge=5, le=120)
    taille_max: int | None = Field(default=None, ge=1, le=100)
    repos_apres_appel: float | None = Field(default=None, ge=0, le=600)
    pause_sans_reponse: float | None = Field(default=None, ge=1, le=600)
    duree_moyenne: float | None = Field(default=None, ge=10, le=3600)
    transfert: TransferMode | None = None
    confirmation: bool | None = None
    hors_horaires: AfterHours | None = None


class CallbackSettings(StrictModel):
    """When residents are called back."""

    actifs: bool = True
    delais: tuple[Annotated[float, Field(ge=1, le=1440)] | Literal["ouverture"], ...] = Field(
        default=(10.0, 45.0, "ouverture"), max_length=3
    )
    debut: Clock = time(9)
    fin: Clock = time(19)
    jours_max: int = Field(default=5, ge=1, le=30)
    vers: NumberTarget = CallbackRules.target
    numero_affiche: ShownNumber | None = None

    @model_validator(mode="after")
    def _ordered(self) -> CallbackSettings:
        if self.fin <= self.debut:
            raise ValueError("« fin » est avant « debut ».")
        return self


class ReceptionFile(StrictModel):
    """``accueil.yml``."""

    agents: tuple[AgentEntry, ...] = ()
    files: QueueSettings = Field(default_factory=QueueSettings)
    services: dict[str, QueueSettings] = Field(default_factory=dict)
    rappels: CallbackSettings = Field(default_factory=CallbackSettings)


def load_reception(file: Path, services: Mapping[str, str]) -> Reception:
    """Read the file; ``services`` gives the SIP address of each service of the town.

    Raises:
        ConfigError: with every error of the file.
    """
    if not file.exists():
        return _build(ReceptionFile(), services)
    loaded = load(file, ReceptionFile)
    errors = [problem for problem in _check(loaded, services) if problem.severity == "erreur"]
    if errors:
        raise ConfigError(errors)
    return _build(loaded.value, services)


def connects_people(file: Path) -> bool:
    """Tell whether callers are to be connected by a second leg: to agents, or to a telephone.

    A file that cannot be read connects nobody; :func:`check_reception` says what is wrong.
    """
    if not file.exists():
        return False
    try:
        reception = load(file, ReceptionFile).value
    except ConfigError:
        return False
    groups = (reception.files, *reception.services.values())
    blind = (None, TransferMode.BLIND)
    return bool(reception.agents) or any(group.transfert not in blind for group in groups)


def check_reception(file: Path, services: Mapping[str, str], *, pbx: bool = True) -> list[Problem]:
    """Return every error and warning of the file; a missing file is fine.

    ``pbx``: the callbot is registered at one, where numbers can be dialled.
    """
    if not file.exists():
        return []
    try:
        loaded = load(file, ReceptionFile)
    except ConfigError as error:
        return list(error.problems)
    return _check(loaded, services) + _check_callbacks(loaded, pbx)


def _check(loaded: Loaded[ReceptionFile], services: Mapping[str, str]) -> list[Problem]:
    problems = _check_agents(loaded, services)
    staffed = {service for agent in loaded.value.agents for service in agent.services}
    problems += _check_queue(loaded, ("files",), loaded.value.files, services)
    for service, settings in loaded.value.services.items():
        where = ("services", service)
        if service not in services:
            problems.append(
                loaded.problem(
                    where, f"le service « {service} » n'existe pas.", suggest(service, services)
                )
            )
            continue
        problems += _check_queue(loaded, where, settings, services, service)
        useless = [key for key in _QUEUE_ONLY if getattr(settings, key) is not None]
        if useless and service not in staffed:
            problems.append(
                loaded.problem(
                    (*where, useless[0]),
                    f"« {useless[0]} » est sans effet : aucun agent ne répond pour « {service} ».",
                    "Ajoutez ce service à un agent, ou supprimez ce réglage.",
                    "attention",
                )
            )
    return problems + _check_circles(loaded, services, staffed)


def _check_callbacks(loaded: Loaded[ReceptionFile], pbx: bool) -> list[Problem]:
    settings = loaded.value.rappels
    rules = CallbackRules(enabled=settings.actifs, target=settings.vers)
    if not rules.enabled or rules.possible(pbx=pbx):
        return []
    message = "personne ne sera rappelé : le callbot n'a pas de standard où composer les numéros."
    mend = (
        "Ajoutez « vers » dans « rappels », ou « enregistrement » dans callbot.yml ; "
        "sinon mettez « actifs: false »."
    )
    return [loaded.problem(("rappels",), message, mend, "attention")]


def _check_agents(loaded: Loaded[ReceptionFile], services: Mapping[str, str]) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    phones: dict[str, str] = {}
    for index, agent in enumerate(loaded.value.agents):
        where = ("agents", index)
        if agent.id in seen:
            problems.append(
                loaded.problem(
                    (*where, "id"),
                    f"l'identifiant « {agent.id} » est déjà celui de {seen[agent.id]}.",
                    "Donnez-en un autre à l'un des deux.",
                )
            )
        seen.setdefault(agent.id, agent.nom)
        if agent.poste in phones:
            problems.append(
                loaded.problem(
                    (*where, "poste"),
                    f"ce poste est aussi celui de {phones[agent.poste]} : il pourra sonner deux "
                    "fois à la fois.",
                    "Donnez un poste à chacun.",
                    "attention",
                )
            )
        phones.setdefault(agent.poste, agent.nom)
        for position, service in enumerate(agent.services):
            at = (*where, "services", position)
            if service not in services:
                message = f"le service « {service} » n'existe pas."
                problems.append(loaded.problem(at, message, suggest(service, services)))
            elif service in agent.services[:position]:
                message = f"le service « {service} » est écrit deux fois."
                problems.append(loaded.problem(at, message, "Gardez-en un seul."))
    return problems


def _check_queue(
    loaded: Loaded[ReceptionFile],
    where: tuple[str, ...],
    settings: QueueSettings,
    services: Mapping[str, str],
    service: str | None = None,
) -> list[Problem]:
    problems: list[Problem] = []
    overflow, music = settings.debordement, settings.musique
    if overflow is not None:
        at = (*where, "debordement")
        if overflow == service:
            message = "un service ne peut pas déborder vers lui-même."
            mend = f"Mettez un autre service, une adresse SIP, « {CALLBACK} » ou « {BOT} »."
            problems.append(loaded.problem(at, message, mend))
        elif overflow == CALLBACK and not loaded.value.rappels.actifs:
            message = "les rappels sont désactivés."
            mend = "Mettez « actifs: true » dans « rappels », ou un autre débordement."
            problems.append(loaded.problem(at, message, mend))
        elif not _is_overflow(overflow, services):
            message = f"« {overflow} » n'est ni un service, ni une adresse SIP, ni « {CALLBACK} »."
            known = (*services, CALLBACK, BOT)
            mend = suggest(overflow, known) or "Exemple d'adresse : sip:standard@192.0.2.10."
            problems.append(loaded.problem(at, message, mend))
    if music not in (None, SILENCE):
        path = loaded.file.parent / MUSIC_FOLDER / str(music)
        if not path.is_file():
            message = f"le fichier « {music} » n'est pas dans le dossier {MUSIC_FOLDER}."
            mend = f"Copiez-le dans {path.parent}, ou mettez « {SILENCE} »."
            problems.append(loaded.problem((*where, "musique"), message, mend))
    longest = _first(settings.attente_max, loaded.value.files.attente_max, QueueRules.max_wait_s)
    ring = _first(settings.duree_sonnerie, loaded.value.files.duree_sonnerie, QueueRules.ring_s)
    if ring > longest:
        key = "duree_sonnerie" if settings.duree_sonnerie is not None else "attente_max"
        message = "la sonnerie dure plus longtemps que l'attente."
        mend = "Réduisez « duree_sonnerie » ou augmentez « attente_max »."
        problems.append(loaded.problem((*where, key), message, mend))
    return problems


def _is_overflow(value: str, services: Mapping[str, str]) -> bool:
    known = value in services or value in (CALLBACK, BOT)
    return known or (value.lower().startswith(("sip:", "sips:")) and is_target(value))


def _check_circles(
    loaded: Loaded[ReceptionFile], services: Mapping[str, str], staffed: set[str]
) -> list[Problem]:
    """Warn where the overflow of services leads back to the first."""
    problems: list[Problem] = []
    for service, settings in loaded.value.services.items():
        path, current = [service], _next(loaded.value, service)
        while current in services and current in staffed and current not in path:
            path.append(current)
            current = _next(loaded.value, current)
        if settings.debordement is not None and current == service and len(path) > 1:
            problems.append(
                loaded.problem(
                    ("services", service, "debordement"),
                    f"le débordement tourne en rond : {' → '.join([*path, service])}.",
                    "L'appelant finira par un rappel ; nommez plutôt un dernier recours.",
                    "attention",
                )
            )
    return problems


def _next(file: ReceptionFile, service: str) -> str:
    own = file.services.get(service)
    return (own.debordement if own else None) or file.files.debordement or CALLBACK


def _build(file: ReceptionFile, services: Mapping[str, str]) -> Reception:
    agents = [
        Agent(entry.id, entry.nom, entry.poste, entry.services, entry.presence == "disponible")
        for entry in file.agents
    ]
    staffed = {service for agent in agents for service in agent.services}
    queues: dict[str, QueueRules] = {}
    direct: dict[str, Direct] = {}
    for service, target in services.items():
        own = file.services.get(service, QueueSettings())
        rules = _rules(service, own, file, services)
        queues[service] = rules
        if service not in staffed:
            mode = _first(own.transfert, file.files.transfert, TransferMode.BLIND)
            ring = own.duree_sonnerie or file.files.duree_sonnerie
            direct[service] = Direct(service, target, mode, rules.confirm, ring)
            agents.append(Agent.for_service(service, target))
    callbacks = file.rappels
    return Reception(
        tuple(agents),
        queues,
        direct,
        CallbackRules(
            enabled=callbacks.actifs,
            retries=tuple(
                None if delay == NEXT_OPENING else float(delay) * 60 for delay in callbacks.delais
            ),
            from_time=callbacks.debut,
            until_time=callbacks.fin,
            give_up_after_s=callbacks.jours_max * 86400.0,
            target=callbacks.vers,
            shown=callbacks.numero_affiche or "",
        ),
    )


def _rules(
    service: str, own: QueueSettings, file: ReceptionFile, services: Mapping[str, str]
) -> QueueRules:
    common, default = file.files, QueueRules(service)
    last = CALLBACK if file.rappels.actifs else BOT
    music = _first(own.musique, common.musique, SILENCE)
    return QueueRules(
        service,
        strategy=_first(own.strategie, common.strategie, default.strategy),
        max_wait_s=_first(own.attente_max, common.attente_max, default.max_wait_s),
        overflow=_overflow(
            _first(own.debordement, common.debordement, last), service, services, last
        ),
        announce_every_s=_first(
            own.annonce_toutes, common.annonce_toutes, default.announce_every_s
        ),
        music=None if music == SILENCE else music,
        ring_s=_first(own.duree_sonnerie, common.duree_sonnerie, default.ring_s),
        max_size=_first(own.taille_max, common.taille_max, default.max_size),
        wrap_up_s=_first(own.repos_apres_appel, common.repos_apres_appel, default.wrap_up_s),
        mode=_first(own.transfert, common.transfert, default.mode),
        confirm=_first(own.confirmation, common.confirmation, default.confirm),
        penalty_s=_first(own.pause_sans_reponse, common.pause_sans_reponse, default.penalty_s),
        after_hours=_first(own.hors_horaires, common.hors_horaires, default.after_hours),
        usual_talk_s=own.duree_moyenne or common.duree_moyenne,
    )


def _overflow(value: str, service: str, services: Mapping[str, str], last: str) -> Overflow:
    if value == service:
        # The common overflow names this very service: nobody comes after it.
        value = last
    if value in (CALLBACK, BOT):
        return Overflow("callback" if value == CALLBACK else "bot")
    return Overflow("service" if value in services else "sip", value)


def _first(own: Any, common: Any, default: Any) -> Any:
    """Return the first value that is set."""
    return next((value for value in (own, common) if value is not None), default)
