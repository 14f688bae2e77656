"""What an admin writes under ``config/ville``: the town, its places, services and answers."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

import phonenumbers
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from common.yamlfile import StrictModel
from knowledge.holidays_fr import Region

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]

_SHORT_NUMBER = re.compile(r"^(?:1[0-9]{1,2}|116[ ]?[0-9]{3}|3[0-9]{3}|3[0-9] [0-9]{2})$")
_EMAIL = re.compile(r"^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$", re.ASCII)
_SIP = re.compile(r"^sips?:[\w.!~*'()&=+$,;?/%-]+@[\w.:\[\]-]+(?:;[\w=.-]+)*$", re.ASCII)


def check_phone(number: str) -> str:
    """Accept a French number ("02 61 91 10 00") or a short one ("32 37"); raises ValueError."""
    if _SHORT_NUMBER.match(number):
        return number
    mend = f"le numéro « {number} » n'est pas valable. Écrivez-le comme 02 61 91 10 00."
    try:
        parsed = phonenumbers.parse(number, "FR")
    except phonenumbers.NumberParseException as error:
        raise ValueError(mend) from error
    digits = str(parsed.national_number)
    if parsed.country_code != 33 or len(digits) != 9 or not phonenumbers.is_possible_number(parsed):
        raise ValueError(mend)
    return number


def _email(address: str) -> str:
    if not _EMAIL.match(address):
        raise ValueError(f"le courriel « {address} » n'est pas valable.")
    return address


def _sip(address: str) -> str:
    if not _SIP.match(address):
        raise ValueError(
            f"l'adresse SIP « {address} » n'est pas valable. Exemple : sip:accueil@192.0.2.10:5060."
        )
    return address


def _with_article(name: str) -> str:
    if not re.match(r"^(?:le |la |les |l['’])\S", name):
        raise ValueError(
            f"« {name} » doit commencer par le, la, les ou l'. Exemple : la piscine Jean-Bouin."
        )
    return name


Phone = Annotated[str, AfterValidator(check_phone)]
Email = Annotated[str, AfterValidator(_email)]
SipTarget = Annotated[str, AfterValidator(_sip)]
NounPhrase = Annotated[str, AfterValidator(_with_article)]


class Period(StrictModel):
    """Days from ``start`` to ``end``, both included."""

    name: Text = Field(alias="nom")
    start: date = Field(alias="du")
    end: date = Field(alias="au")

    @model_validator(mode="after")
    def _ordered(self) -> Period:
        if self.end < self.start:
            raise ValueError("« au » est avant « du ».")
        return self


class TownFile(StrictModel):
    """``ville.yml``."""

    name: Text = Field(alias="nom")
    inhabitants: int = Field(alias="habitants", gt=0)
    timezone: Text = Field(alias="fuseau", default="Europe/Paris")
    region: Region = Field(alias="jours_feries", default="metropole")
    main_place: Identifier = Field(alias="lieu_principal")
    main_service: Identifier = Field(alias="service_principal")
    school_holidays: tuple[Period, ...] = Field(alias="vacances_scolaires", default=())
    vocabulary: tuple[Text, ...] = Field(alias="vocabulaire", default=())


class Exceptional(StrictModel):
    """Opening hours that replace the usual ones for some days."""

    start: date = Field(alias="du")
    end: date = Field(alias="au")
    hours: Text = Field(alias="horaires", default="off")
    reason: str = Field(alias="motif", default="")

    @model_validator(mode="after")
    def _ordered(self) -> Exceptional:
        if self.end < self.start:
            raise ValueError("« au » est avant « du ».")
        return self


class PriceCase(StrictModel):
    """A price that is asked for by name: one short sentence instead of all prices."""

    cues: tuple[Text, ...] = Field(alias="mots", min_length=1)
    text: Text = Field(alias="texte")


class Place(StrictModel):
    """``lieux/<id>.yml``: somewhere residents go."""

    id: Identifier
    name: NounPhrase = Field(alias="nom")
    short: NounPhrase = Field(alias="nom_court")
    feminine: bool = Field(alias="feminin")
    address: Text = Field(alias="adresse")
    access: Text | None = Field(alias="acces", default=None)
    hours: Text = Field(alias="horaires")
    holiday_hours: Text | None = Field(alias="horaires_vacances", default=None)
    hours_note: Text | None = Field(alias="precision_horaires", default=None)
    exceptions: tuple[Exceptional, ...] = Field(alias="exceptions", default=())
    service: Identifier
    office: bool = Field(alias="bureau", default=False)
    """A desk of the town hall: a place only when its hours or address are asked for."""
    phone: Phone | None = Field(alias="telephone", default=None)
    email: Email | None = Field(alias="courriel", default=None)
    prices: Text | None = Field(alias="tarifs", default=None)
    price_cases: tuple[PriceCase, ...] = Field(alias="tarifs_precis", default=())
    names: tuple[Text, ...] = Field(alias="autres_noms", default=())
    cues: tuple[Text, ...] = Field(alias="mots", default=())
    unless: tuple[Text, ...] = Field(alias="sauf", default=())
    source: Text
    reviewed: date | None = Field(alias="relu_le", default=None)

    @model_validator(mode="after")
    def _priced(self) -> Place:
        if self.price_cases and self.prices is None:
            raise ValueError("« tarifs_precis » ne va pas sans « tarifs ».")
        return self


class Service(StrictModel):
    """``services/<id>.yml``: a desk that calls are handed to."""

    id: Identifier
    name: Text = Field(alias="nom")
    spoken: NounPhrase = Field(alias="nom_parle")
    feminine: bool = Field(alias="feminin", default=False)
    phone: Phone = Field(alias="telephone")
    email: Email | None = Field(alias="courriel", default=None)
    sip: SipTarget
    hours: Text | None = Field(alias="horaires", default=None)
    place: Identifier = Field(alias="lieu")
    names: tuple[Text, ...] = Field(alias="autres_noms", default=())
    cues: tuple[Text, ...] = Field(alias="mots", default=())
    unless: tuple[Text, ...] = Field(alias="sauf", default=())


class Valid(StrictModel):
    """What is said only for a time, and looked at again."""

    source: Text
    owner: Identifier = Field(alias="responsable")
    valid_from: date | None = Field(alias="valide_du", default=None)
    valid_until: date | None = Field(alias="valide_au", default=None)
    reviewed: date = Field(alias="relu_le")

    @model_validator(mode="after")
    def _ordered(self) -> Valid:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("« valide_au » est avant « valide_du ».")
        return self

    def valid_on(self, day: date) -> bool:
        """True when it may be spoken about ``day``."""
        after = self.valid_from is None or self.valid_from <= day
        return after and (self.valid_until is None or day <= self.valid_until)


class Entry(Valid):
    """One answer. Without ``mots`` it is the usual answer of its intents.

    One without intents is found by the search alone, for which it names its ``questions``.
    """

    id: Identifier
    intents: tuple[Identifier, ...] = Field(alias="intentions", default=())
    questions: tuple[Text, ...] = ()
    """What residents ask when they want it, as they would say it."""
    place: Identifier | None = Field(alias="lieu", default=None)
    service: Identifier | None = None
    named_service: bool = Field(alias="service_nomme", default=False)
    cues: tuple[Text, ...] = Field(alias="mots", default=())
    text: Text = Field(alias="texte")
    simple: Text | None = Field(alias="texte_simple", default=None)
    """Said instead to whoever has not understood it twice."""
    sms: Text | None = None
    follow_up: Literal["repondre", "transferer"] = Field(alias="suite", default="repondre")

    @model_validator(mode="after")
    def _findable(self) -> Entry:
        if not self.intents and not self.questions:
            raise ValueError(
                "il manque « intentions », ou des « questions » auxquelles cette réponse convient."
            )
        return self


class AnswersFile(StrictModel):
    """``reponses/*.yml``."""

    answers: tuple[Entry, ...] = Field(alias="reponses", min_length=1)
