"""Whether the noun after a number is feminine: "21 personnes" is "vingt et une personnes"."""

from __future__ import annotations

import re
from functools import lru_cache

_FEMININE_LIST = """
    adresse affaire aide amende annexe antenne attestation authentification autorisation
    benne boîte borne cantine carte cave chaise chambre chose classe clé clef commande commune
    consigne copie cour crèche date demande dent dette école église enveloppe épreuve équipe
    erreur étape étoile facture famille femme fête fiche fille fin fois forme gare halle
    heure histoire journée langue lettre ligne limite liste livraison main maison marche
    matinée mesure minute naissance note offre page parcelle part partie pause pelle personne
    photo photocopie pièce piscine place plainte plaque porte poubelle poule prise procuration
    question rame règle remise rencontre réponse rue saison salle scène séance seconde semaine
    signature soirée somme station table tâche tasse taxe tente terrasse tonne touche
    tranche unité urne usine vaccination veille vérification version vidéo vie ville visite voie
    voiture voix zone œuvre entrée sortie année bouteille caution caisse ampoule palette
    demi-heure demi-journée
"""
_FEMININE = frozenset(_FEMININE_LIST.split())
_MASCULINE_LIST = "musée lycée trophée silence parapluie incendie génie cimetière comité été traité"
_MASCULINE = frozenset(_MASCULINE_LIST.split())
_FEMININE_ENDING = re.compile(r"(?:tion|sion|ette|ance|ence|ure|esse|euse|trice|ade|ée|rie|ille)\Z")


@lru_cache(maxsize=2048)
def is_feminine(word: str) -> bool:
    """Return True for a noun, singular or plural, that is surely or very likely feminine."""
    low = word.lower()
    for form in (low, low.removesuffix("s")):
        if form in _MASCULINE:
            return False
        if form in _FEMININE:
            return True
    return bool(_FEMININE_ENDING.search(low.removesuffix("s")))
