"""Plain French: what makes an answer hard to follow for somebody who hears it once.

Only warnings: an answer that is hard to follow is better than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from common.french import fold, split_sentences
from common.yamlfile import Location, Problem
from knowledge.matching import phrase_matcher
from knowledge.reading import TownData, is_long

MAX_SENTENCES = 2
"""Before a question of ours; a sentence of a few words says nothing that must be kept in mind."""
MAX_WORDS = 30
"""Of one sentence; more is not kept in mind."""
MAX_AMOUNTS = 3
"""Prices that can be told apart in one sentence."""
_SHORT = 5

KNOWN_ACRONYMS = frozenset(
    {"SMS", "PACS", "HLM", "RSA", "CAF", "CV", "BAFA", "CP", "CM", "CE", "TV", "GPS", "SNCF", "PDF"}
)
"""Said and understood by everybody."""

ACRONYMS: Mapping[str, str] = {
    "ALSH": "centre de loisirs",
    "ANTS": "France Titres",
    "APA": "allocation personnalisée d'autonomie",
    "ATSEM": "l'aide de la classe",
    "CCAS": "centre d'action sociale",
    "CMP": "centre médico-psychologique",
    "CNI": "carte d'identité",
    "CPAM": "assurance maladie",
    "DGFIP": "les impôts",
    "DICT": "déclaration de travaux",
    "EHPAD": "maison de retraite",
    "JDC": "journée défense et citoyenneté",
    "LAEP": "accueil parents et enfants",
    "MDPH": "maison du handicap",
    "PLU": "plan local d'urbanisme",
    "PMI": "protection maternelle et infantile",
    "PMR": "personnes à mobilité réduite",
    "RAM": "relais petite enfance",
    "RDV": "rendez-vous",
    "RPE": "relais petite enfance",
    "TEOM": "taxe des ordures ménagères",
}
"""What to say instead; the acronym itself may stand beside it."""

JARGON: Mapping[str, str] = {
    "administré*": "habitant",
    "afférent*": "dites de quoi il s'agit",
    "cerfa": "formulaire",
    "dans les meilleurs délais": "vite, ou le nombre de jours",
    "dématérialis*": "en ligne",
    "formalité préalable": "ce qu'il faut faire avant",
    "le cas échéant": "s'il y en a",
    "nonobstant": "malgré",
    "pétitionnaire*": "la personne qui demande",
    "s'acquitter": "payer",
    "se munir": "apporter",
    "muni de": "avec",
    "munis de": "avec",
    "susvisé*": "dites de quoi il s'agit",
    "susmentionné*": "dites de quoi il s'agit",
    "téléprocédure*": "démarche en ligne",
    "télédéclar*": "déclarer en ligne",
    "usagers": "habitants",
    "à l'issue de": "après",
    "à compter du": "à partir du",
    "en vertu de": "selon",
    "ci-dessous": "dites-le à la suite",
    "ci-dessus": "redites-le",
    "ci-joint*": "dites où le trouver",
}
"""What to say instead."""

_ACRONYM = re.compile(r"(?<![\w@.-])[A-ZÉÈÀ]{2,}(?![\w@-])")
_WORD = re.compile(r"[\w'’.@-]*\w")
_DIGITS = re.compile(r"\d(?:[ .]?\d){8,}")
_IN_PAIRS = re.compile(r"0\d(?: \d\d){4}")
_AMOUNT = re.compile(r"\b\d+ (?:euros?|centimes?)\b")
_ADDRESS = re.compile(r"[\w.-]+@[\w.-]+\w|\b[\w-]+(?:\.[\w-]+)*\.(?:fr|com|org|net|eu|example)\b")
_UNSPOKEN = re.compile(r"</?\w+>|https?://|[<>{}\[\]*#|\\^~`]")
_JARGON = tuple((phrase_matcher(word), word, plain) for word, plain in JARGON.items())


@dataclass(frozen=True)
class Remark:
    """What is hard to follow in a text, and the mend, in French."""

    message: str
    mend: str


def remarks(text: str, *, noted: bool) -> Iterator[Remark]:
    """Yield what is hard to follow in a text; ``noted``: a text message holds the details."""
    yield from _length(text)
    yield from _words(text)
    yield from _signs(text)
    yield from _numbers(text, noted=noted)


def check_plain_french(data: TownData) -> list[Problem]:
    """Return the remarks on all that the town has written to be said, with file and line."""
    problems: list[Problem] = []
    for sourced in data.entries:
        entry = sourced.entry
        for key, text in (("texte", entry.text), ("texte_simple", entry.simple)):
            for remark in remarks(text, noted=entry.sms is not None) if text else ():
                problems.append(sourced.problem([key], remark.message, remark.mend, "attention"))
        if entry.simple is not None and len(entry.simple) >= len(entry.text):
            message = "« texte_simple » n'est pas plus court que « texte »."
            mend = "Gardez-y l'essentiel, en une phrase."
            problems.append(sourced.problem(["texte_simple"], message, mend, "attention"))
    for place in data.places.values():
        texts: list[tuple[Location, str | None]] = [
            (["tarifs"], place.prices),
            (["acces"], place.access),
            (["precision_horaires"], place.hours_note),
        ]
        texts += [
            (["tarifs_precis", i, "texte"], case.text) for i, case in enumerate(place.price_cases)
        ]
        problems += _of_file(data, f"lieux/{place.id}", texts)
    for notice in data.notices:
        problems += _of_file(data, f"avis/{notice.id}", [(["texte"], notice.text)])
    return problems


def _of_file(
    data: TownData, source: str, texts: list[tuple[Location, str | None]]
) -> Iterator[Problem]:
    for location, text in texts:
        for remark in remarks(text, noted=True) if text else ():
            loaded = data.files[source]
            yield loaded.problem(location, remark.message, remark.mend, "attention")


def _length(text: str) -> Iterator[Remark]:
    if is_long(text):  # said already, by whoever reads the file
        return
    sentences = [one for one in split_sentences(text) if not one.rstrip().endswith("?")]
    counted = sum(len(_WORD.findall(one)) > _SHORT for one in sentences)
    if counted > MAX_SENTENCES:
        yield Remark(
            f"ce texte a {counted} phrases à retenir.",
            f"Gardez-en {MAX_SENTENCES} : le reste peut aller dans « sms » ou dans une autre "
            "réponse.",
        )
    for sentence in sentences:
        words = len(_WORD.findall(sentence))
        if words > MAX_WORDS:
            yield Remark(
                f"la phrase « {_begin(sentence)}… » a {words} mots.",
                f"Coupez-la : on retient mal plus de {MAX_WORDS} mots.",
            )


def _words(text: str) -> Iterator[Remark]:
    folded = fold(text)
    for acronym in dict.fromkeys(_ACRONYM.findall(text)):
        if acronym in KNOWN_ACRONYMS:
            continue
        plain = ACRONYMS.get(acronym)
        if plain is not None and fold(plain) in folded:
            continue
        mend = f"Dites « {plain} »." if plain else "Dites-le en toutes lettres."
        if plain is None and re.search(rf", (?:l'|la |le |les )?{acronym}\b", text):
            continue
        yield Remark(f"tout le monde ne comprend pas le sigle « {acronym} ».", mend)
    for pattern, word, plain in _JARGON:
        if found := pattern.search(folded):
            heard = found.group() if word.endswith("*") else word
            yield Remark(f"« {heard} » est un mot d'administration.", f"Plus simple : {plain}.")


def _signs(text: str) -> Iterator[Remark]:
    if sign := _UNSPOKEN.search(text):
        yield Remark(f"« {sign.group()} » ne se dit pas.", "Enlevez-le, ou écrivez-le en mots.")


def _numbers(text: str, *, noted: bool) -> Iterator[Remark]:
    numbers = _DIGITS.findall(text)
    if any(not _IN_PAIRS.fullmatch(number) for number in numbers):
        yield Remark(
            "un numéro de téléphone n'est pas écrit par deux chiffres.",
            "Écrivez-le comme 02 61 91 10 00 : il est alors dit lentement.",
        )
    if len(numbers) > 1:
        yield Remark(
            f"ce texte donne {len(numbers)} numéros à noter.",
            "Gardez le plus utile ; l'autre peut aller dans « sms ».",
        )
    for sentence in split_sentences(text):
        amounts = len(_AMOUNT.findall(sentence))
        if amounts > MAX_AMOUNTS:
            yield Remark(
                f"la phrase « {_begin(sentence)}… » donne {amounts} montants.",
                f"Gardez-en {MAX_AMOUNTS} au plus.",
            )
    if not noted and (found := _ADDRESS.search(text)):
        yield Remark(
            f"« {found.group()} » est difficile à noter en écoutant.",
            "Ajoutez un « sms » qui le contient.",
        )


def _begin(sentence: str) -> str:
    return " ".join(sentence.split()[:5])
