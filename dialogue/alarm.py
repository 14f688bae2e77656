"""Words that an emergency is told with, and hardly anything else. Pure.

They decide nothing: with them, a smaller probability of an emergency is taken seriously.
"""

from __future__ import annotations

import re
from functools import lru_cache

from common.french import fold
from dialogue.ownwords import alternatives

_FIRE = (
    r"brulent|crame|(?:ca|qui|\w+s?on|cuisine|\w+ment|immeuble|toit|voiture|cave|garage) brule|"
    r"(?:a pris|prend|est en|y a le|au) feu|le feu (?:a pris|dans|chez|au)|"
    r"flammes?|fumee|incendie|explos(?:e|ion)|(?:les|aux) pompiers|samu|ambulance|"
    r"(?:odeur|fuite) de gaz|sent (?:\w+ ){0,3}(?:le gaz|brule)|etincelles?|electrocut\w*|"
    r"monoxyde|intoxi\w+|(?:camion|citerne|bus|car|tracteur)\b.{0,20}"
    r"\b(?:renversee?|couchee?|retournee?|bascule)"
)
_BODY = (
    r"(?:respire|respirer|bouge|reagit|repond|parle) plus|respire pas|(?:perdu|perd) connaissance|"
    r"inconscien\w+|evanoui\w*|inanimee?|convuls\w+|saigne\w*|perd (?:\w+ ){0,2}sang|"
    r"etouff\w+|suffoqu\w+|(?:se|s est) noie|noyer?|noyee|malaise|infarctus|avc|overdose|tout bleu|"
    r"(?:mal|barre|poids|douleur) (?:\w+ ){0,2}(?:poitrine|coeur)|"
    r"avale (?:\w+ ){0,2}(?:cachets?|medicaments?|comprimes?|produit|javel|pile)|"
    r"(?:est|s est) tombee? (?:du|de l|dans (?:l eau|le canal|la riviere|l escalier))|"
    r"bless(?:e|es|ee|ees)|(?:ete|fait|suis) renvers\w+|crise cardiaque|"
    r"(?:tous|toutes) (?:envie de vomir|(?:\w+ )?mal (?:a la tete|au crane|au coeur))|"
    r"(?:est|s est|de s) (?:effondr|ecroul)\w+|(?:coincee?s?|prise?) (?:dans|sous|dessous)|"
    r"(?:perd|perdu) les eaux|contractions|(?:en train d|elle va|je vais) accoucher|"
    r"accouche (?:la|dans|sur)|bebe (?:arrive|sort)\b|"
    r"gemi\w*|reveille (?:plus|pas)|plus de pouls|noyade|brulures?|ecrasee?s?|faucher?|"
    r"(?:gorge|visage|langue)\b.{0,15}\bgonfle\w*|devient (?:bleue?|violette?|violet)"
)
_VIOLENCE = (
    r"agresse[er]?|agression|poignard\w*|couteaux?|fusil|revolver|arme|coups? de feu|"
    r"(?:me|la|le|l|nous) (?:frappe|tape|bat|menace|suit)|cambrioleurs?|"
    r"(?:force|forcer|defonce|casse) (?:ma|la|notre) (?:porte|fenetre)|au secours|a l aide|"
    r"viol(?:ee?|er)|kidnapp\w+|sequestr\w+|otages?|arme blanche"
)
_DESPAIR = (
    r"suicid\w*|me tuer|en finir|(?:plus|pas) envie de (?:vivre|continuer)|idees noires|"
    r"mettre fin a (?:ma|ses|mes) jours?|(?:mot|message|lettre) d adieu|scarifi\w+|"
    r"(?:se|me|s est) pendre?|pendue?|(?:me|se) jeter|sauter (?:du|par|d un|dans)|veux mourir"
)
_MISSING = (
    r"(?:perdu|retrouve plus|trouve plus|cherche) (?:mon|ma|notre) (?:petite? )?"
    r"(?:fils|fille|gamine?|gosse|enfant|bebe|garcon)(?! .{0,30}\b(?:carte|inscri\w+))|"
    r"n(?: est)? (?:pas |toujours pas )rentree? (?:de l ecole|du college|a la maison)|"
    r"(?:enferme|empeche de sortir|crie arrete|hurle arrete)"
)
_POWER = (
    r"(?:eau|inonde\w*|coule|degouline|ruisselle)\b.{0,40}"
    r"\b(?:prises?|electri\w+|disjoncteur|compteur electrique)"
)
_LONG_AGO = re.compile(
    r"\b(?:l an(?:nee)? (?:dernier|derniere|passee?)|le mois (?:dernier|passe)|"
    r"la semaine (?:derniere|passee)|l (?:ete|hiver|automne) dernier|"
    r"il y a (?:plus de )?\w+ (?:semaines?|mois|ans?)|(?:devenir|etre) pompiers?)\b"
)
"""What is told so is over, or is no emergency at all: the words of its clause do not count."""
_BREAK = re.compile(r"[.,;:!?…]+|\b(?:et|mais)\b", re.IGNORECASE)


def sounds_alarming(text: str, more: tuple[str, ...] = ()) -> bool:
    """Tell whether a text has such words; ``more`` are the town's."""
    words = fold(text)
    if _LONG_AGO.search(words):
        words = " ".join(clause for clause in _clauses(text) if not _LONG_AGO.search(clause))
    return _alarm(more).search(words) is not None


def _clauses(text: str) -> list[str]:
    """Return the folded clauses; a mere time (« l'an dernier, ») is a part of the one beside it."""
    clauses: list[str] = []
    for clause in filter(None, map(fold, _BREAK.split(text))):
        if clauses and (_LONG_AGO.fullmatch(clause) or _LONG_AGO.fullmatch(clauses[-1])):
            clauses[-1] += f" {clause}"
        else:
            clauses.append(clause)
    return clauses


@lru_cache(maxsize=8)
def _alarm(more: tuple[str, ...]) -> re.Pattern[str]:
    told = (_FIRE, _BODY, _VIOLENCE, _DESPAIR, _MISSING, _POWER, alternatives(more))
    return re.compile(rf"\b(?:{'|'.join(told)})\b")
