"""Mistakes in the settings that no single value shows: ports that meet, folders that lack."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from itertools import combinations

from asr.model_files import check_model
from callbot.capacity import LINES_BESIDE_LEGS, Capacity, capacity
from callbot.directorychecks import directory_problems
from callbot.paths import MAX_SOCKET_PATH, Paths
from callbot.settings import MAX_LINES_PER_WORKER, MAX_WORKERS, SecretError, Settings
from common.yamlfile import Loaded, Location, Problem
from telephony.receptionconfig import connects_people
from tts.voicefiles import check_voice

BUILD = "Lancez « make run », qui le construit, ou corrigez ce nom."


def check_settings(
    loaded: Loaded[Settings], paths: Paths, environ: Mapping[str, str] = os.environ
) -> list[Problem]:
    """Return every problem, errors and warnings, with its line."""
    second_legs = connects_people(paths.reception_file)
    plan = capacity(loaded.value.telephonie, second_legs=second_legs)
    return [
        *_capacity(loaded, plan, second_legs=second_legs),
        *_ports(loaded, plan.workers),
        *_network(loaded),
        *_console(loaded),
        *_password(loaded, environ),
        *_directory(loaded, environ),
        *_voice(loaded, paths),
        *_model(loaded, paths),
        *_socket_path(loaded, paths),
    ]


def _capacity(loaded: Loaded[Settings], plan: Capacity, *, second_legs: bool) -> list[Problem]:
    problems = []
    per_worker = plan.lines_per_worker
    if plan.workers > MAX_WORKERS:
        problems.append(
            loaded.problem(
                ("telephonie", "lignes"),
                f"{loaded.value.telephonie.lignes} lignes à {per_worker} par processus demandent "
                f"{plan.workers} processus, plus que les {MAX_WORKERS} permis.",
                f"Mettez {MAX_WORKERS * per_worker} lignes au plus.",
            )
        )
    if second_legs and per_worker > LINES_BESIDE_LEGS:
        left = MAX_LINES_PER_WORKER - per_worker
        problems.append(
            loaded.problem(
                ("telephonie", "lignes_par_processus"),
                f"avec {per_worker} appels dans un processus, il y reste "
                f"{left or 'aucune'} place{'s' if left > 1 else ''} pour joindre un agent : "
                "des appelants attendraient sans que personne ne sonne.",
                "Mettez « auto ».",
                "attention",
            )
        )
    return problems


def _ports(loaded: Loaded[Settings], workers: int) -> list[Problem]:
    settings = loaded.value
    telephony = settings.telephonie
    media_end = telephony.rtp_range(workers).stop
    last_worker = telephony.worker_port(workers)
    ranges: list[tuple[Location, str, range]] = [
        (("telephonie", "port"), "du téléphone", range(telephony.port, telephony.port + 1)),
        (
            ("telephonie", "port_interne_debut"),
            "internes",
            range(telephony.port_interne_debut, last_worker + 1),
        ),
        (("telephonie", "rtp_debut"), "du son", range(telephony.rtp_debut, media_end)),
        (("rasa", "port"), "de Rasa", range(settings.rasa.port, settings.rasa.port + 1)),
        (
            ("console", "port"),
            "de la console",
            range(settings.console.port, settings.console.port + 1),
        ),
    ]
    problems = [
        loaded.problem(
            location,
            f"les ports {name} dépassent 65535.",
            "Commencez plus bas, ou réduisez « telephonie.lignes ».",
        )
        for location, name, ports in ranges
        if ports.stop > 65536
    ]
    for (_, name, ports), (location, other_name, other) in combinations(ranges, 2):
        if ports.start < other.stop and other.start < ports.stop:
            problems.append(
                loaded.problem(
                    location,
                    f"les ports {other_name} ({_span(other)}) touchent les ports {name} "
                    f"({_span(ports)}).",
                    "Choisissez des ports qui ne se touchent pas.",
                )
            )
    return problems


def _span(ports: range) -> str:
    return str(ports.start) if len(ports) == 1 else f"{ports.start} à {ports.stop - 1}"


def _network(loaded: Loaded[Settings]) -> list[Problem]:
    settings = loaded.value
    telephony = settings.telephonie
    problems = []
    address = ipaddress.ip_address(telephony.adresse)
    loopback_only = all(
        ipaddress.ip_network(peer).is_loopback for peer in telephony.pairs_autorises
    )
    if not address.is_loopback and loopback_only and telephony.enregistrement is None:
        problems.append(
            loaded.problem(
                ("telephonie", "pairs_autorises"),
                f"le callbot écoute sur {address}, mais seule cette machine a le droit d'appeler.",
                "Ajoutez l'adresse du standard.",
                "attention",
            )
        )
    for index, peer in enumerate(telephony.pairs_autorises):
        if ipaddress.ip_network(peer).prefixlen == 0:
            problems.append(
                loaded.problem(
                    ("telephonie", "pairs_autorises", index),
                    "le monde entier a le droit d'appeler.",
                    "Nommez l'adresse du standard ou de l'opérateur.",
                    "attention",
                )
            )
    return problems


def _console(loaded: Loaded[Settings]) -> list[Problem]:
    console = loaded.value.console
    loopback = ipaddress.ip_address(console.adresse).is_loopback
    if console.connexion == "aucune":
        if console.is_local:
            return []
        why = (
            f"un serveur web la présente sous le nom {console.noms[0]}"
            if loopback
            else "elle est ouverte au réseau"
        )
        return [
            loaded.problem(
                ("console", "noms" if loopback else "adresse"),
                f"la console s'ouvre sans mot de passe, et {why}.",
                "Mettez « connexion: comptes » sous « console », puis créez un compte : "
                "« callbot compte creer NOM --role administrateur ».",
            )
        ]
    if loopback:
        return []
    return [
        loaded.problem(
            ("console", "adresse"),
            "la console est ouverte au réseau sans HTTPS : les mots de passe y passent en clair.",
            "Mettez 127.0.0.1 et placez devant un serveur web avec HTTPS.",
            "attention",
        )
    ]


def _password(loaded: Loaded[Settings], environ: Mapping[str, str]) -> list[Problem]:
    registration = loaded.value.telephonie.enregistrement
    if registration is None:
        return []
    try:
        registration.password(environ)
    except SecretError as error:
        return [loaded.problem(("telephonie", "enregistrement"), str(error))]
    return []


def _directory(loaded: Loaded[Settings], environ: Mapping[str, str]) -> list[Problem]:
    console = loaded.value.console
    if console.connexion != "annuaire" or console.annuaire is None:
        return []
    return [
        loaded.problem(("console", "annuaire", *place), message, mend)
        for place, message, mend in directory_problems(console.annuaire, environ)
    ]


def _voice(loaded: Loaded[Settings], paths: Paths) -> list[Problem]:
    folder = loaded.value.voice_folder(paths)
    where = ("voix", "dossier")
    return [loaded.problem(where, _continued(text), BUILD) for text in check_voice(folder)]


def _model(loaded: Loaded[Settings], paths: Paths) -> list[Problem]:
    folder = loaded.value.model_folder(paths)
    return [
        loaded.problem(("reconnaissance", "modele"), _continued(text))
        for text in check_model(folder)
    ]


def _continued(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _socket_path(loaded: Loaded[Settings], paths: Paths) -> list[Problem]:
    longest = max(len(os.fsencode(p)) for p in (paths.lines_socket, paths.asr_socket))
    if longest <= MAX_SOCKET_PATH:
        return []
    return [
        loaded.problem(
            (),
            f"le chemin du dossier des données ({paths.var}) est trop long.",
            "Donnez un dossier plus proche de la racine avec --var ou CALLBOT_VAR.",
        )
    ]
