"""Procedures as French sentences: one for each aspect, and all of them to be read."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.models import Place, Service
from knowledge.nouns import Noun
from knowledge.phrases import capital, join_words
from knowledge.procedures import Aspect, Procedure, euros, free_cases

MAX_TEXT = 240
"""Characters that two text messages can hold beside the town's name."""


@dataclass(frozen=True)
class Desk:
    """Where a procedure is carried out."""

    service: Service
    place: Place | None


def aspect_sentence(procedure: Procedure, aspect: Aspect, desk: Desk) -> str | None:
    """Return one sentence about an aspect, None when the town says nothing of it."""
    noun = Noun(procedure.name, procedure.feminine)
    sentences = {
        "documents": _documents(procedure, noun),
        "prix": _price(procedure, noun),
        "delai": f"Comptez {procedure.delay}." if procedure.delay else None,
        "validite": _validity(procedure, noun),
        "rendez_vous": _appointment(procedure, desk),
        "en_ligne": _online(procedure),
        "ou": _where(procedure, desk),
        "but": procedure.purpose,
    }
    return sentences[aspect]


def aspect_sources(procedure: Procedure, aspect: Aspect) -> tuple[str, ...]:
    """Return where the sentence about an aspect comes from."""
    own = f"demarches/{procedure.id}"
    if aspect == "ou":
        return own, f"lieux/{procedure.place}#adresse"
    if aspect == "rendez_vous" and procedure.appointment != "inutile":
        return own, f"services/{procedure.service}#telephone"
    return (own,)


def in_short(procedure: Procedure, desk: Desk) -> tuple[Aspect, ...]:
    """Return what is said of a procedure when no aspect is named: where, then with what."""
    wanted: tuple[Aspect, ...] = ("ou", "documents", "en_ligne", "prix")
    return tuple(a for a in wanted if aspect_sentence(procedure, a, desk) is not None)[:2]


def written(procedure: Procedure, desk: Desk) -> str:
    """Return the procedure to be read, the least needed left out where it grows long."""
    title = Noun(procedure.name, procedure.feminine).title
    parts = []
    if procedure.documents:
        parts.append(f"{join_words(procedure.documents, ', ')}.")
    if procedure.prices:
        parts.append(f"Prix : {_written_prices(procedure)}.")
    if procedure.online is not None:
        parts.append(f"En ligne : {procedure.online.site}.")
    booking = ", sur rendez-vous" if procedure.appointment == "obligatoire" else ""
    parts.append(f"{desk.service.name}, {desk.service.phone}{booking}.")
    if procedure.delay:
        parts.append(f"Délai : {procedure.delay}.")
    said = f"{title} : {parts[0][0].lower()}{parts[0][1:]}" if procedure.documents else title + "."
    for part in parts[1:] if procedure.documents else parts:
        if len(said) + 1 + len(part) <= MAX_TEXT:
            said += f" {part}"
    return said


def _documents(procedure: Procedure, noun: Noun) -> str | None:
    if not procedure.documents:
        return None
    return f"Pour {noun.phrase}, apportez {join_words(procedure.documents)}."


def _price(procedure: Procedure, noun: Noun) -> str | None:
    if not procedure.prices:
        return None
    free = free_cases(procedure.prices)
    paid = [price for price in procedure.prices if price.amount > 0]
    be, cost = noun.verb("est", "sont"), noun.verb("coûte", "coûtent")
    amounts = join_words([_spaced(euros(price.amount), price.case) for price in paid])
    if not paid:
        return f"{noun.capital} {be} {noun.agree('gratuit')}."
    if not free:
        return f"{noun.capital} {cost} {amounts}."
    cases = join_words([price.case for price in free if price.case])
    state = _spaced(noun.agree("gratuit"), cases)
    return f"{noun.capital} {be} {state}, et {cost} {amounts}."


def _validity(procedure: Procedure, noun: Noun) -> str | None:
    if procedure.validity is None:
        return None
    return f"{noun.capital} {noun.verb('est valable', 'sont valables')} {procedure.validity}."


def _appointment(procedure: Procedure, desk: Desk) -> str | None:
    if procedure.appointment == "obligatoire":
        return f"Oui, il faut un rendez-vous : appelez le {desk.service.phone}."
    if procedure.appointment == "possible":
        return (
            f"Venez avec ou sans rendez-vous ; pour en prendre un, appelez le {desk.service.phone}."
        )
    return "Non, vous pouvez venir sans rendez-vous." if procedure.appointment else None


def _online(procedure: Procedure) -> str | None:
    if procedure.on_site_only:
        return "Non, cela ne se fait pas en ligne, il faut venir sur place."
    if procedure.online is None:
        return None
    what = Noun(procedure.online.what, feminine=False)
    return f"Oui, {what.phrase} {what.verb('se fait', 'se font')} sur {procedure.online.site}."


def _where(procedure: Procedure, desk: Desk) -> str | None:
    if desk.place is None:
        return None
    place = Noun(desk.place.short, desk.place.feminine)
    booking = ", sur rendez-vous" if procedure.appointment == "obligatoire" else ""
    return capital(f"c'est {place.at}, {desk.place.address}{booking}.")


def _written_prices(procedure: Procedure) -> str:
    return ", ".join(
        _spaced("gratuit" if not p.amount else euros(p.amount, written=True), p.case)
        for p in procedure.prices
    )


def _spaced(words: str, more: str | None) -> str:
    return f"{words} {more}" if more else words
