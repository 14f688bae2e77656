"""Answers of the demo town: chosen, valid, sourced."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.french import split_sentences
from knowledge.ahead import sentences_ahead
from knowledge.days import find_day
from knowledge.loading import ANSWERED_INTENTS, GENERATED_INTENTS
from knowledge.models import check_phone
from knowledge.town import Town, load_town
from tests.knowledge.moments import at

NOW = at(2026, 11, 25, 10)
PLACES = {
    "mairie", "etat_civil", "urbanisme", "ccas", "dechetterie", "piscine", "mediatheque", "musee",
    "marche", "cimetiere", "police_municipale", "conservatoire", "parc", "gymnase",
}  # fmt: skip
SERVICES = {
    "accueil", "etat_civil", "elections", "affaires_scolaires", "petite_enfance", "urbanisme",
    "services_techniques", "proprete", "ccas", "logement", "police_municipale", "sports",
    "culture", "evenementiel", "cimetiere", "cabinet",
}  # fmt: skip


def test_demo_town_is_whole(town: Town) -> None:
    assert all("prend fin" in warning.message for warning in town.warnings)
    assert set(town.places) == PLACES
    assert set(town.services) == SERVICES
    assert {service.sip for service in town.services.values()} == {
        f"sip:{name}@127.0.0.1:5070" for name in SERVICES
    }


@pytest.mark.parametrize("intent", sorted(ANSWERED_INTENTS))
def test_every_intent_is_answered(town: Town, intent: str) -> None:
    reply = town.answer(intent, "", None, None, NOW)
    assert reply is not None
    assert reply.text
    assert reply.sources
    assert reply.service is None or reply.service in SERVICES


@pytest.mark.parametrize("intent", sorted(GENERATED_INTENTS))
@pytest.mark.parametrize("place", sorted(PLACES))
def test_places_answer_from_their_own_file(town: Town, intent: str, place: str) -> None:
    reply = town.answer(intent, "", place, None, NOW)
    assert reply is not None
    assert reply.decision == "answer"
    assert reply.sources[0].startswith((f"lieux/{place}#", "services/", "reponses/tarifs#"))


@pytest.mark.parametrize(
    ("intent", "text", "source", "decision"),
    [
        ("carte_identite_passeport", "ma carte est périmée", "carte_passeport", "answer"),
        ("carte_identite_passeport", "pour un passeport de mineur", "titre_mineur", "answer"),
        ("carte_identite_passeport", "on m'a volé mes papiers", "titre_perdu_vole", "answer"),
        ("prendre_rdv", "un rendez-vous pour les papiers", "rendez_vous", "answer"),
        ("prendre_rdv", "je voudrais décaler mon rendez-vous", "rendez_vous_modifier", "transfer"),
        ("acte_etat_civil", "l'acte de décès de ma mère", "acte_deces", "answer"),
        ("acte_etat_civil", "un acte de mariage", "acte_mariage", "answer"),
        ("mariage_pacs", "on veut se pacser", "pacs", "answer"),
        ("cantine_periscolaire", "une erreur sur la facture", "cantine_facture", "transfer"),
        ("cantine_periscolaire", "mon fils est malade", "cantine_annulation", "answer"),
        ("cantine_periscolaire", "c'est quoi le menu", "cantine_menu", "answer"),
        ("collecte_dechets", "où trouver des sacs jaunes", "collecte_jaune", "answer"),
        ("collecte_dechets", "les poubelles sont pas passées", "collecte_oubliee", "answer"),
        ("stationnement", "la carte de résident", "stationnement_resident", "answer"),
        ("stationnement", "contester une amende", "stationnement_amende", "answer"),
        ("location_salle", "elle est libre le 24 mai ?", "salle_disponible", "transfer"),
        ("fuite_eau", "il y a une fuite dans la rue", "fuite_eau", "transfer"),
        ("fuite_eau", "l'égout refoule", "egout", "answer"),
        ("animaux", "un chien errant m'a mordu", "animal_errant", "transfer"),
        ("tarifs_lieu", "le prix d'un repas à la cantine", "tarifs_cantine", "answer"),
        ("pharmacie_garde", "un docteur de garde", "medecin_garde", "answer"),
    ],
)
def test_cue_words_choose_the_answer(
    town: Town, intent: str, text: str, source: str, decision: str
) -> None:
    reply = town.answer(intent, text, None, None, NOW)
    assert reply is not None
    assert reply.sources[0].endswith(f"#{source}")
    assert reply.decision == decision


@pytest.mark.parametrize(
    ("intent", "text", "service"),
    [
        ("suivi_dossier", "où en est mon permis de construire", "urbanisme"),
        ("suivi_dossier", "personne ne me rappelle", "accueil"),
        ("nom_agent", "le nom de la dame de l'état civil", "etat_civil"),
        ("prendre_rdv", "un rendez-vous à l'urbanisme", "urbanisme"),
        ("rdv_elu", "l'adjoint à l'urbanisme", "cabinet"),
        ("inscription_activite", "une carte à la médiathèque", "culture"),
    ],
)
def test_the_service_named_is_in_charge(town: Town, intent: str, text: str, service: str) -> None:
    reply = town.answer(intent, text, None, None, NOW)
    assert reply is not None
    assert reply.service == service


def test_contact_gives_number_or_email(town: Town) -> None:
    number = town.answer("contact_service", "le numéro du CCAS", None, None, NOW)
    email = town.answer("contact_service", "une adresse mail pour l'urbanisme", None, None, NOW)
    assert number is not None
    assert email is not None
    assert number.text == "Le numéro du CCAS est le 02 61 91 10 90."
    assert email.text.endswith("urbanisme@valbrune.example.")
    assert email.sources == ("services/urbanisme#courriel",)


def test_an_address_is_spelt_only_on_request(town: Town) -> None:
    spelt = town.answer("contact_service", "vous pouvez épeler le mail du CCAS ?", None, None, NOW)
    assert spelt is not None
    assert spelt.text == "L'adresse s'écrit C, C, A, S, arobase, valbrune point example."
    assert spelt.sources == ("services/ccas#courriel",)
    dashed = town.answer("contact_service", "état civil lettre par lettre", None, None, NOW)
    assert dashed is not None
    assert "T, tiret, C, I" in dashed.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("la piscine pour un enfant", "L'entrée de la piscine coûte 2 euros 80 de 4 à 17 ans, "
         "et c'est gratuit avant 4 ans."),
        ("la carte de dix entrées", "La carte de 10 entrées à la piscine coûte 36 euros."),
        ("c'est combien la piscine pour deux adultes",
         "L'entrée de la piscine coûte 4 euros 20 pour un adulte."),
    ],
)  # fmt: skip
def test_a_price_that_is_named_is_said_alone(town: Town, text: str, said: str) -> None:
    reply = town.answer("tarifs_lieu", text, "piscine", None, NOW)
    assert reply is not None
    assert (reply.text, reply.sources) == (said, ("lieux/piscine#tarifs",))


def test_the_place_of_an_earlier_turn_yields_to_the_service_named_now(town: Town) -> None:
    reply = town.answer("contact_service", "et le numéro du CCAS ?", "piscine", None, NOW)
    assert reply is not None
    assert reply.service == "ccas"


def test_the_usual_place_yields_to_the_service_named_now(town: Town) -> None:
    reply = town.answer("horaires_lieu", "les horaires du service logement", "mairie", None, NOW)
    assert reply is not None
    assert reply.sources == ("services/logement#horaires",)
    kept = town.answer("horaires_lieu", "et dimanche ?", "piscine", None, NOW)
    assert kept is not None
    assert kept.sources == ("lieux/piscine#horaires",)


def test_unknown_place_and_unknown_intent(town: Town) -> None:
    reply = town.answer("horaires_lieu", "vous êtes ouverts ?", "patinoire", None, NOW)
    assert reply is not None
    assert reply.sources == ("lieux/mairie#horaires",)
    assert town.answer("saluer", "bonjour", None, None, NOW) is None


def test_expired_answers_are_not_spoken(town: Town) -> None:
    question = ("evenements", "il y a un marché de Noël ?")
    before = town.answer(*question, None, None, at(2026, 12, 20, 23, 59))
    after = town.answer(*question, None, None, at(2026, 12, 21))
    assert before is not None
    assert after is not None
    assert before.sources == ("reponses/vie_locale#marche_noel",)
    assert after.sources == ("reponses/vie_locale#evenements",)
    assert not any("marché de Noël" in said for said in sentences_ahead(town, at(2027, 1, 5)))


def test_nothing_valid_gives_no_answer(folder: Path) -> None:
    path = folder / "reponses" / "renvois.yml"
    text = path.read_text(encoding="utf-8")
    expired = "\n    valide_du: 2026-01-01\n    valide_au: 2026-11-24"
    path.write_text(
        text.replace("\n    source: impots.gouv.fr", f"{expired}\n    source: impots.gouv.fr"),
        encoding="utf-8",
    )
    town = load_town(folder, today=NOW.date())
    assert town.answer("impots", "les impôts", None, None, NOW) is None
    assert town.answer("impots", "les impôts", None, None, at(2026, 11, 24, 12)) is not None
    assert town.answer("impots", "les impôts", None, None, at(2025, 12, 31, 12)) is None
    assert any("valable" in str(warning) for warning in town.warnings)


def test_the_day_is_looked_for_in_the_text(town: Town) -> None:
    text = "la mairie samedi"
    given = town.answer("horaires_lieu", text, "mairie", find_day(text, NOW), NOW)
    assert given == town.answer("horaires_lieu", text, "mairie", None, NOW)


def test_numbers_are_kept_for_fiction(town: Town) -> None:
    numbers = [item.phone for item in (*town.services.values(), *town.places.values())]
    assert all(number is None or number.startswith("02 61 91 ") for number in numbers)


@pytest.mark.parametrize("number", ["02 61 91 10 00", "01 99 00 12 34", "3237", "32 37", "116 117"])
def test_good_numbers(number: str) -> None:
    assert check_phone(number) == number


@pytest.mark.parametrize(
    "number", ["02 61 91 10", "0261911000000", "+44 20 7946 0018", "mairie", ""]
)
def test_bad_numbers(number: str) -> None:
    with pytest.raises(ValueError, match="pas valable"):
        check_phone(number)


def test_sentences_ahead_hold_what_will_be_said(town: Town) -> None:
    ahead = list(sentences_ahead(town, NOW))
    assert len(ahead) == len(set(ahead))
    for intent, text in (
        ("horaires_lieu", "Vous êtes ouverts samedi matin ?"),
        ("horaires_lieu", "la mairie"),
        ("horaires_lieu", "la piscine demain"),
        ("tarifs_lieu", "la piscine"),
        ("adresse_lieu", "le musée"),
        ("contact_service", "le numéro de l'urbanisme"),
        ("encombrants", "les encombrants"),
        ("stationnement", "une amende"),
    ):
        reply = town.answer(intent, text, None, find_day(text, NOW), NOW)
        assert reply is not None
        assert set(split_sentences(reply.text)) <= set(ahead), reply.text
    assert "mairie" in ahead[0]


def test_sentences_ahead_follow_the_day(town: Town) -> None:
    assert any("jeudi 26 novembre" in said for said in sentences_ahead(town, NOW))
    assert not any("jeudi 26 novembre" in s for s in sentences_ahead(town, at(2026, 12, 2, 9)))


@pytest.mark.parametrize("day", range(23, 30))
def test_sentences_ahead_are_told_on_every_day_of_the_week(town: Town, day: int) -> None:
    assert len(list(sentences_ahead(town, at(2026, 11, day, 10)))) > 900


def test_vocabulary_names_the_town(town: Town) -> None:
    words = town.vocabulary()
    assert words[0] == "Valbrune"
    assert {"CCAS", "État civil", "piscine Jean-Bouin", "encombrants"} <= set(words)
    assert len(words) == len(set(words))


def test_how_to_reach_a_service(town: Town) -> None:
    reply = town.reach("logement", NOW)
    assert reply.text.startswith("Le numéro direct du service du logement est le 02 61 91 10 95.")
    assert "le lundi, le mardi et le jeudi" in reply.text
    assert reply.sources == ("services/logement#telephone", "services/logement#horaires")
