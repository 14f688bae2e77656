"""Procedures: what one needs for a request to the town, and the aspects that callers ask about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator

from common.yamlfile import StrictModel
from knowledge.models import Identifier, NounPhrase, Text, Valid

Aspect = Literal["documents", "prix", "validite", "delai", "rendez_vous", "en_ligne", "ou", "but"]
_ASPECTS: tuple[tuple[Aspect, re.Pattern[str]], ...] = (
    ("documents", re.compile(
        r"\b(?:quel(?:le)?s? (?:sont les )?(?:papiers?|documents?|pieces?(?! d identite)|"
        r"justificatifs?)|(?:papiers?|documents?|pieces?) (?:a (?:fournir|apporter|amener)|"
        r"faut il|il faut|demandee?s?|necessaires?)|"
        r"(?:apporter|amener|fournir|ramener|emmener|prevoir) (?:quoi|avec)|"
        r"(?:quoi|que|qu est ce qu \w+|ce qu \w+|qu est ce que je|que dois je|que faut il)"
        r"(?: \w+){0,3} (?:apporter|amener|fournir|ramener|emmener)|"
        r"faut quoi comme|il faut quoi|liste des (?:papiers|pieces|documents))\b")),
    ("validite", re.compile(
        r"\b(?:duree de validite|valables? combien|dure combien|combien d annees|"
        r"combien de temps(?: \w+){0,4} (?:valables?|valides?|bonne?s?))\b")),
    ("prix", re.compile(
        r"\b(?:combien(?! de | d )|quels? (?:est le |sont les )?(?:prix|tarifs?)|"
        r"les? (?:prix|tarifs?)|payante?|gratuite?|coutent?|coute|c est cher|faut payer|"
        r"timbres? (?:fiscal|fiscaux))\b")),
    ("delai", re.compile(
        r"\b(?:combien de (?:temps|jours|semaines|mois)|(?:quel|le|les|quels sont les) delais?|"
        r"c est long|ca prend|c est rapide|sous combien)\b")),
    ("rendez_vous", re.compile(
        r"\b(?:(?:il )?faut (?:il )?(?:un |prendre )?|besoin d un |besoin de |"
        r"sur |sans |avec ou sans )(?:rendez vous|rdv)\b")),
    ("en_ligne", re.compile(
        r"\b(?:en ligne|par internet|sur internet|a distance|sans me deplacer|sur le site)\b")),
    ("ou", re.compile(
        r"\b(?:ou (?:est ce qu|faut il|dois je|puis je|aller|s adresser|se fait|ca se fait|"
        r"deposer|demander)|c est ou|vais ou|va ou|aller ou|quel (?:guichet|bureau|service)|"
        r"quel endroit)\b")),
    ("but", re.compile(r"\b(?:a quoi (?:ca |cela )?sert|pour quoi faire)\b")),
)  # fmt: skip
MAX_ASPECTS = 2


def asked_aspects(folded: str) -> tuple[Aspect, ...]:
    """Return what is asked about a procedure in folded text, at most two aspects."""
    found = [aspect for aspect, pattern in _ASPECTS if pattern.search(folded)]
    if "validite" in found and "delai" in found:
        found.remove("delai")
    return tuple(found[:MAX_ASPECTS])


class Price(StrictModel):
    """What a case costs, in euros; 0 is free."""

    amount: float = Field(alias="montant", ge=0)
    case: Text | None = Field(alias="cas", default=None)
    """Said after the amount: « pour un adulte »."""


class Online(StrictModel):
    """What can be done on a site."""

    site: Text
    """As it is written, without http: « service-public.fr »."""
    what: NounPhrase = Field(alias="quoi", default="la demande")


class Procedure(Valid):
    """``demarches/<id>.yml``. Without ``mots`` it is the usual one of its intents."""

    id: Identifier
    name: NounPhrase = Field(alias="nom")
    feminine: bool = Field(alias="feminin", default=False)
    intents: tuple[Identifier, ...] = Field(alias="intentions", min_length=1)
    cues: tuple[Text, ...] = Field(alias="mots", default=())
    refines: tuple[Identifier, ...] = Field(alias="precise", default=())
    """The answers that give way to it when one of its aspects is asked about."""
    service: Identifier
    place: Identifier | None = Field(alias="lieu", default=None)
    """Where to go; None where that depends on the caller."""
    purpose: Text | None = Field(alias="but", default=None)
    documents: tuple[Text, ...] = ()
    prices: tuple[Price, ...] = Field(alias="prix", default=())
    delay: Text | None = Field(alias="delai", default=None)
    """Said after « comptez »: « environ quatre semaines »."""
    appointment: Literal["obligatoire", "possible", "inutile"] | None = Field(
        alias="rendez_vous", default=None
    )
    online: Online | None = Field(alias="en_ligne", default=None)
    on_site_only: bool = Field(alias="sur_place_seulement", default=False)
    validity: Text | None = Field(alias="validite", default=None)
    """Said after « est valable »: « dix ans »."""

    @model_validator(mode="after")
    def _consistent(self) -> Procedure:
        if self.online is not None and self.on_site_only:
            raise ValueError("choisissez entre « en_ligne » et « sur_place_seulement ».")
        if self.online is not None and re.match(r"https?:|www\.", self.online.site):
            raise ValueError("écrivez le site sans « http » ni « www ».")
        if any(price.case is None for price in self.prices[1:]):
            raise ValueError("chaque prix après le premier dit son « cas ».")
        return self


def euros(amount: float, *, written: bool = False) -> str:
    """Return "86 euros", "4 euros 20"; ``written``: "86 €", "4,20 €"."""
    whole, cents = divmod(round(amount * 100), 100)
    if written:
        return f"{whole},{cents:02d} €" if cents else f"{whole} €"
    if not whole and cents:
        return f"{cents} centimes"
    unit = "euros" if whole > 1 else "euro"
    return f"{whole} {unit} {cents:02d}" if cents else f"{whole} {unit}"


def free_cases(prices: Sequence[Price]) -> tuple[Price, ...]:
    """Return the cases that cost nothing."""
    return tuple(price for price in prices if price.amount == 0)
