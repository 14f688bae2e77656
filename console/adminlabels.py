"""The French words of the admin pages."""

from __future__ import annotations

import re
from collections.abc import Mapping

from console.publishing import Effect, FileKind, FileState

KINDS: Mapping[FileKind, str] = {
    "intent": "Intentions",
    "answers": "Réponses",
    "place": "Lieux et horaires",
    "service": "Services",
    "notice": "Annonces",
    "procedure": "Démarches",
    "calendar": "Calendriers",
    "town": "La ville",
    "phrases": "Phrases du robot",
    "text": "Modèles de SMS",
    "conversations": "Conversations de référence",
    "reception": "Accueil et files d’attente",
    "dialogue": "Réglages du dialogue",
    "gateways": "Passerelles SMS",
    "settings": "Réglages du callbot",
    "other": "Autres fichiers",
}
"""In the order of the list: what changes most comes first."""

STATES: Mapping[FileState, str] = {
    "same": "en service",
    "changed": "modifié, non publié",
    "new": "nouveau, non publié",
    "deleted": "à supprimer",
}

EFFECTS: Mapping[Effect, str] = {
    "none": "Rien ne change pour les appelants.",
    "facts": "En service en quelques secondes, sans apprentissage.",
    "training": "Le robot apprend d’abord les intentions : environ une minute.",
    "restart": "Pris en compte au prochain démarrage du callbot.",
}

_FOLDERS = frozenset({"lieux", "services", "reponses", "avis", "calendriers", "demarches"})
_SOURCE = re.compile(r"([a-z]+)/([a-z0-9_]+)(?:#.*)?")


def file_of_source(source: str) -> str:
    """Return the address of the file that a knowledge entry stands in, '' where there is none."""
    if source.startswith("phrases#"):
        return "/admin/fichier/phrases.yml"
    found = _SOURCE.fullmatch(source)
    if found is None or found[1] not in _FOLDERS:
        return ""
    return f"/admin/fichier/ville/{found[1]}/{found[2]}.yml"
