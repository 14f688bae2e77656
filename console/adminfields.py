"""What the forms of the admin pages ask for, by kind of file. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from console.publishing import FileKind

FieldKind: TypeAlias = Literal[
    "text", "area", "lines", "number", "date", "moment", "choice", "choices", "hours", "exceptions"
]
"""``lines``: a list, one item a line. ``moment``: a day, with or without an hour."""

Options: TypeAlias = Mapping[str, Sequence[tuple[str, str]]]
"""Identifier and French name of what can be chosen: "services", "places", "intents", …"""


@dataclass(frozen=True)
class Field:
    """One value of a file."""

    key: str
    """Of the YAML."""
    label: str
    kind: FieldKind
    help: str = ""
    required: bool = False
    options: str = ""
    """Where choices come from."""
    rows: int = 3
    """Height of an area."""


_SMS = Field(
    "sms", "Par SMS", "area", "La même réponse à lire ; 160 lettres font un SMS. Peut rester vide."
)
_SOURCE = Field(
    "source", "D’après", "text", "D’où vient l’information : arrêté, note de service…", True
)
_OWNER = Field("responsable", "Service responsable", "choice", "", True, "services")
_REVIEWED = Field("relu_le", "Relu le", "date", "À revoir au moins une fois par an.", True)
_CUES = "Un par ligne. Une étoile remplace la fin d’un mot : frelon*."

PLACE = (
    Field("horaires", "Horaires", "hours", "", True),
    Field("horaires_vacances", "Horaires des vacances scolaires", "hours"),
    Field("exceptions", "Jours exceptionnels", "exceptions"),
    Field("precision_horaires", "Précision sur les horaires", "text", "Dite après les horaires."),
    Field("adresse", "Adresse", "text", "", True),
    Field("acces", "Accès", "area", "Bus, parking, entrée accessible."),
    Field("telephone", "Téléphone", "text", "Comme 02 61 91 10 00."),
    Field("courriel", "Courriel", "text"),
    Field("tarifs", "Tarifs", "area"),
    _SOURCE,
    _REVIEWED,
)

SERVICE = (
    Field("nom", "Nom", "text", "", True),
    Field("nom_parle", "Nom dit au téléphone", "text", "Après « je vous passe ».", True),
    Field("horaires", "Horaires", "hours", "Sans horaires, ceux de son lieu."),
    Field("telephone", "Téléphone", "text", "Comme 02 61 91 10 00.", True),
    Field("courriel", "Courriel", "text"),
    Field("lieu", "Lieu", "choice", "", True, "places"),
    Field("autres_noms", "Autres noms", "lines", "Comme les appelants le nomment, un par ligne."),
)

NOTICE = (
    Field("type", "Genre d’annonce", "choice", "", True, "notices"),
    Field("texte", "Ce que dit le robot", "area", "Une phrase ou deux, comme on les dit.", True),
    _SMS,
    Field("du", "Du", "moment", "Sans heure : dès le début du jour.", True),
    Field("au", "Au", "moment", "Sans heure : jusqu’à la fin du jour.", True),
    Field("annoncer_des", "Annoncer dès le", "date", "Pour la dire à l’avance. Peut rester vide."),
    Field("lieux", "Lieux concernés", "choices", "", False, "places"),
    Field("services", "Services concernés", "choices", "", False, "services"),
    Field(
        "intentions",
        "Questions concernées",
        "choices",
        "L’annonce est dite avant la réponse à ces questions.",
        False,
        "intents",
    ),
    Field("mots", "Seulement si l’un de ces mots est dit", "lines", _CUES),
    _SOURCE,
    _OWNER,
    _REVIEWED,
)

INTENT = (
    Field("description", "De quoi il s’agit", "text", "Pour vos collègues."),
    Field("conduite", "Ce que fait le robot", "choice", "", True, "conducts"),
    Field("service", "Service compétent", "choice", "", False, "services"),
    Field(
        "confirmer",
        "Pour faire confirmer",
        "text",
        "Complète « Vous appelez pour …, c’est bien cela ? » : « l’accès à la déchetterie ».",
    ),
    Field(
        "exemples",
        "Ce que disent les appelants",
        "lines",
        "Une phrase par ligne, telle qu’on la dit. Au moins 25, les plus variées possible.",
        True,
        rows=18,
    ),
    Field(
        "seuil",
        "Seuil propre",
        "number",
        "Entre 0 et 1 ; vide : celui de toutes les intentions.",
    ),
)

ANSWER = (
    Field("texte", "Ce que dit le robot", "area", "Deux phrases au plus.", True, rows=4),
    Field(
        "texte_simple",
        "En plus simple",
        "area",
        "Une phrase, pour qui n’a pas compris deux fois. Peut rester vide.",
    ),
    _SMS,
    Field("intentions", "Intentions", "choices", "Questions auxquelles elle répond.", False,
          "intents"),
    Field(
        "mots",
        "Seulement si l’un de ces mots est dit",
        "lines",
        f"{_CUES} Vide : la réponse habituelle de ses intentions.",
    ),
    Field(
        "questions",
        "Questions",
        "lines",
        "Comment on la demande, une question par ligne : pour la recherche.",
    ),
    Field("service", "Service compétent", "choice", "", False, "services"),
    Field("lieu", "Lieu", "choice", "", False, "places"),
    Field("suite", "Ensuite", "choice", "", False, "follow_ups"),
    Field("valide_du", "Valable du", "date"),
    Field("valide_au", "Valable jusqu’au", "date"),
    _SOURCE,
    _OWNER,
    _REVIEWED,
)  # fmt: skip

FORMS: Mapping[FileKind, tuple[Field, ...]] = {
    "place": PLACE,
    "service": SERVICE,
    "notice": NOTICE,
    "intent": INTENT,
    "answers": ANSWER,
}
"""Other kinds are edited as YAML. The one of ``answers`` is for one answer of the file."""

FIXED: Options = {
    "notices": (
        ("fermeture", "Fermeture : les horaires suivent"),
        ("travaux", "Travaux"),
        ("greve", "Grève"),
        ("evenement", "Événement"),
        ("information", "Information"),
    ),
    "conducts": (
        ("repondre", "Répondre"),
        ("transferer", "Passer un agent du service"),
        ("rediriger", "Renvoyer vers un autre organisme"),
    ),
    "follow_ups": (
        ("repondre", "Continuer la conversation"),
        ("transferer", "Passer un agent"),
    ),
}
"""Choices that are the same in every town; a value that is not among them is kept."""
