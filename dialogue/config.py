"""Settings of the dialogue: ``config/dialogue.yml`` and ``config/phrases.yml``."""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path

import pydantic
from pydantic import Field, model_validator

from common.yamlfile import ConfigError, Problem, StrictModel, load, suggest
from dialogue.ownwords import OwnWords

PHRASE_FIELDS: Mapping[str, frozenset[str]] = {
    "accueil": frozenset(),
    "ecouter": frozenset(),
    "autre_chose": frozenset(),
    "de_rien": frozenset(),
    "au_revoir": frozenset(),
    "robot": frozenset(),
    "hors_sujet": frozenset(),
    "refus_nom_agent": frozenset({"service"}),
    "urgence": frozenset(),
    "incompris": frozenset(),
    "mal_entendu": frozenset(),
    "allo": frozenset(),
    "hesitation": frozenset(),
    "attendre": frozenset(),
    "ca_va": frozenset(),
    "compliment": frozenset(),
    "bavardage_suite": frozenset(),
    "autre_demande": frozenset(),
    "autre_demande_agent": frozenset({"service"}),
    "precision_inconnue": frozenset(),
    "precision_agent": frozenset({"service"}),
    "reformuler": frozenset(),
    "rien_entendu": frozenset(),
    "confirmer": frozenset({"sujet"}),
    "transfert": frozenset({"service"}),
    "transfert_incompris": frozenset({"service"}),
    "transfert_sans_reponse": frozenset({"service"}),
    "transfert_personnel": frozenset({"service"}),
    "transfert_silence": frozenset({"service"}),
    "transfert_echec": frozenset(),
    "transfert_ferme": frozenset({"service"}),
    "transfert_coupe": frozenset(),
    "ralentir": frozenset(),
    "plus_simplement": frozenset(),
    "repete_agent": frozenset({"service"}),
    "rien_a_repeter": frozenset(),
    "transfert_anglais": frozenset(),
    "incident": frozenset({"service"}),
    "adieu_silence": frozenset(),
    "file_prochain": frozenset(),
    "file_un_devant": frozenset(),
    "file_devant": frozenset({"devant"}),
    "file_duree": frozenset({"minutes"}),
    "file_duree_plus": frozenset({"minutes"}),
    "file_patience": frozenset(),
    "file_quittee": frozenset(),
    "file_retour": frozenset(),
    "file_patience_rappel": frozenset(),
    "sms_proposer": frozenset(),
    "sms_proposer_meme": frozenset(),
    "sms_part": frozenset(),
    "sms_attend": frozenset(),
    "sms_deja": frozenset(),
    "sms_limite": frozenset(),
    "sms_stop": frozenset(),
    "sms_refus": frozenset(),
    "sms_panne": frozenset(),
    "sms_impossible": frozenset(),
    "sms_rien": frozenset(),
    "sms_pas_cela": frozenset(),
    "sms_renonce": frozenset(),
    "rappel_proposer": frozenset(),
    "rappel_promis": frozenset({"quand"}),
    "rappel_deja": frozenset({"quand"}),
    "rappel_deja_fait": frozenset(),
    "rappel_impossible": frozenset(),
    "rappel_panne": frozenset(),
    "rappel_renonce": frozenset(),
    "reprise_rappel": frozenset(),
    "reprise_sms": frozenset(),
    "message_proposer": frozenset(),
    "message_parlez": frozenset(),
    "message_garde": frozenset(),
    "message_vide": frozenset(),
    "message_perdu": frozenset(),
    "numero_propre_sms": frozenset({"numero"}),
    "numero_propre_rappel": frozenset({"numero"}),
    "numero_demander_sms": frozenset(),
    "numero_demander_rappel": frozenset(),
    "numero_suite": frozenset({"numero"}),
    "numero_relire": frozenset({"numero"}),
    "numero_redire": frozenset(),
    "numero_recommencer": frozenset(),
    "numero_patience": frozenset(),
    "numero_abandon": frozenset(),
    "rue_verifier": frozenset({"rue"}),
    "rue_redire": frozenset(),
    "rue_abandon": frozenset({"service"}),
    "oui_ou_non": frozenset(),
    "rien_entendu_question": frozenset(),
    "d_accord": frozenset(),
    "passer_agent": frozenset({"service"}),
    "annonce_sujet": frozenset({"sujet"}),
    "annonce_simple": frozenset(),
    "annonce_langue": frozenset({"langue"}),
    "prendre_appel": frozenset(),
    "rappel_annonce": frozenset({"service"}),
    "rappel_compose": frozenset(),
    "rappel_absent": frozenset({"quand"}),
    "rappel_absent_fin": frozenset(),
    "rappel_retarde": frozenset({"quand"}),
    "rappel_annule": frozenset(),
    "rappel_bonjour": frozenset(),
    "rappel_excuse": frozenset(),
    "lignes_occupees": frozenset(),
    "je_regarde": frozenset(),
}
"""Every phrase that the dialogue needs, with the placeholders it may hold."""


class Thresholds(StrictModel):
    """Probabilities above which a reading is believed."""

    accepter: float = Field(ge=0, le=1)
    confirmer: float = Field(ge=0, le=1)
    marge: float = Field(ge=0, le=1)
    urgence: float = Field(gt=0, le=1)
    alerte: float = Field(default=0.1, gt=0, le=1)
    agent: float = Field(gt=0, le=1)
    ecoute: float = Field(ge=0, le=1)
    inaudible: float = Field(default=0.2, ge=0, le=1)
    mal_entendu: float = Field(ge=0, le=1)
    rue: float = Field(default=0.2, ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> Thresholds:
        for lower, upper in (("confirmer", "accepter"), ("alerte", "urgence")):
            if getattr(self, lower) > getattr(self, upper):
                raise ValueError(f"« {lower} » dépasse « {upper} ». Diminuez-le.")
        return self


class Waits(StrictModel):
    """Durations in seconds."""

    silence: float = Field(gt=0, le=60)
    ecoute_max: float = Field(gt=0, le=300)
    transfert: float = Field(gt=0, le=120)
    reponse: float = Field(gt=0, le=30)


class DialogueSettings(StrictModel):
    """How the conversation is led."""

    seuils: Thresholds
    attentes: Waits
    echecs_max: int = Field(ge=1, le=5)
    mots: OwnWords = Field(default_factory=OwnWords)


class Phrases(pydantic.RootModel[dict[str, str]]):
    """The fixed sentences by name."""

    def say(self, name: str, **values: str) -> str:
        """Return one phrase with its placeholders filled.

        Raises:
            KeyError: no phrase has this name, or a value is missing.
        """
        return self.root[name].format(**values)

    def template(self, name: str) -> str:
        """Return one phrase with its placeholders open."""
        return self.root[name]

    @property
    def names(self) -> tuple[str, ...]:
        """All phrases."""
        return tuple(self.root)

    def __contains__(self, name: str) -> bool:
        return name in self.root


def load_dialogue_settings(file: Path) -> DialogueSettings:
    """Read ``dialogue.yml``; raises ConfigError."""
    return load(file, DialogueSettings).value


def load_phrases(file: Path) -> Phrases:
    """Read ``phrases.yml``.

    Raises:
        ConfigError: a phrase is missing, empty or unknown, or holds an unknown placeholder.
    """
    loaded = load(file, Phrases)
    problems: list[Problem] = []
    for name in PHRASE_FIELDS:
        if name not in loaded.value.root:
            problems.append(loaded.problem([], f"il manque la phrase « {name} »."))
    for name, text in loaded.value.root.items():
        if name not in PHRASE_FIELDS:
            mend = suggest(name, PHRASE_FIELDS) or "Supprimez-la."
            problems.append(loaded.problem([name], f"la phrase « {name} » est inconnue.", mend))
        elif not text.strip():
            message, mend = f"la phrase « {name} » est vide.", "Écrivez ce que dit le robot."
            problems.append(loaded.problem([name], message, mend))
        elif message := _placeholder_fault(text, PHRASE_FIELDS[name]):
            problems.append(loaded.problem([name], message))
    if problems:
        raise ConfigError(problems)
    return loaded.value


def _placeholder_fault(text: str, allowed: frozenset[str]) -> str:
    try:
        used = {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
    except ValueError:
        return "accolade ouverte et jamais fermée."
    unknown = sorted(used - allowed)
    if unknown:
        possible = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "aucun ici"
        return f"{{{unknown[0]}}} est inconnu. Possible : {possible}."
    return ""
