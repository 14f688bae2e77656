"""The configuration of a new town: the delivered dialogue, one place, one service, no facts.

Whatever the town has not written yet leads to its reception.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ruamel.yaml import YAML

from common.yamlfile import read_tree
from dialogue.intents import load_intents
from knowledge.loading import ANSWERED_INTENTS

SERVICE = "accueil"
PLACE = "mairie"
ANSWERS_FILE = "a_completer.yml"

_KEPT = ("callbot.yml", "dialogue.yml", "phrases.yml", "sms.yml")
_KEPT_FOLDERS = ("intents", "sms")
_SERVICE_LINE = re.compile(r"^service:.*$", re.MULTILINE)


@dataclass(frozen=True)
class NewTown:
    """What a town has to say about itself."""

    name: str
    inhabitants: int
    address: str
    phone: str
    """French, as it is written."""
    hours: str
    """OpenStreetMap notation."""
    sip: str
    """Where the reception's telephone rings."""


def create(town: NewTown, folder: Path, delivered: Path, today: date) -> None:
    """Write the configuration; ``delivered`` is the one that comes with the program.

    Raises:
        FileExistsError: there is something in the folder.
        OSError: the folder cannot be written.
        ConfigError: the delivered configuration is damaged.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(folder)
    folder.mkdir(parents=True, exist_ok=True)
    demo = str(read_tree(delivered / "ville" / "ville.yml")["nom"])
    for name in _KEPT:
        shutil.copyfile(delivered / name, folder / name)
    for name in _KEPT_FOLDERS:
        shutil.copytree(delivered / name, folder / name)
    for file in folder.rglob("*.yml"):
        text = file.read_text("utf-8").replace(demo, town.name)
        if file.parent.name == "intents":
            text = _SERVICE_LINE.sub(f"service: {SERVICE}", text)
        file.write_text(text, "utf-8")
    _write_town(town, folder / "ville", _intents(folder), today)


def _intents(folder: Path) -> list[str]:
    """Return the intents that need an answer."""
    intents = load_intents(folder / "intents", [SERVICE])
    answered = {n for n in intents.names if intents.behaviour(n) in ("repondre", "rediriger")}
    generated = {"horaires_lieu", "adresse_lieu", "contact_service", "tarifs_lieu"}
    return sorted((answered | (ANSWERED_INTENTS & set(intents.names))) - generated)


def _write_town(town: NewTown, folder: Path, intents: list[str], today: date) -> None:
    files: Mapping[str, Mapping[str, object]] = {
        "ville.yml": {
            "nom": town.name,
            "habitants": town.inhabitants,
            "fuseau": "Europe/Paris",
            "jours_feries": "metropole",
            "lieu_principal": PLACE,
            "service_principal": SERVICE,
        },
        f"lieux/{PLACE}.yml": {
            "id": PLACE,
            "nom": "la mairie",
            "nom_court": "la mairie",
            "feminin": True,
            "adresse": town.address,
            "horaires": town.hours,
            "service": SERVICE,
            "telephone": town.phone,
            "autres_noms": ["hôtel de ville"],
            "source": "mairie",
            "relu_le": today,
        },
        f"services/{SERVICE}.yml": {
            "id": SERVICE,
            "nom": "Accueil",
            "nom_parle": "l'accueil de la mairie",
            "telephone": town.phone,
            "sip": town.sip,
            "lieu": PLACE,
            "horaires": town.hours,
        },
        f"reponses/{ANSWERS_FILE}": {
            "reponses": [
                {
                    "id": intent,
                    "intentions": [intent],
                    "service": SERVICE,
                    "texte": "L'accueil de la mairie peut vous renseigner.",
                    "suite": "transferer",
                    "source": "à écrire",
                    "responsable": SERVICE,
                    "relu_le": today,
                }
                for intent in intents
            ]
        },
    }
    yaml = YAML()
    yaml.width = 10_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8") as out:
            yaml.dump(content, out)
