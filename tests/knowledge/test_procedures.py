"""Procedures: the aspect asked about, in one or two sentences, where no answer is nearer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.french import fold, split_sentences
from knowledge.loading import ANSWERED_INTENTS
from knowledge.procedures import Procedure, asked_aspects, euros
from knowledge.procedurewording import Desk, aspect_sentence
from knowledge.replies import Reply
from knowledge.town import Town, load_town
from tests.knowledge.conftest import TODAY, Spoil
from tests.knowledge.moments import at

NOW = at(2026, 11, 25, 10)
PAPERS = "carte_identite_passeport"


def asked(town: Town, intent: str, text: str) -> Reply:
    reply = town.answer(intent, text, None, None, NOW)
    assert reply is not None
    return reply


def procedure(**values: Any) -> Procedure:
    return Procedure.model_validate(
        {
            "id": "p", "nom": "la carte", "feminin": True, "intentions": ["emploi"],
            "service": "etat_civil", "lieu": "etat_civil", "source": "s",
            "responsable": "etat_civil", "relu_le": "2026-01-01", **values,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "aspects"),
    [
        ("quels papiers faut-il pour un passeport ?", ("documents",)),
        ("refaire mes papiers, je dois amener quoi ?", ("documents",)),
        ("qu'est-ce qu'il faut apporter", ("documents",)),
        ("ça coûte combien ?", ("prix",)),
        ("c'est payant ?", ("prix",)),
        ("combien de temps ça prend ?", ("delai",)),
        ("c'est long ?", ("delai",)),
        ("elle est valable combien de temps", ("validite",)),
        ("combien de temps elle est valable", ("validite",)),
        ("faut-il un rendez-vous", ("rendez_vous",)),
        ("je peux le faire en ligne ?", ("en_ligne",)),
        ("c'est où ?", ("ou",)),
        ("quels papiers et combien ça coûte", ("documents", "prix")),
        ("je voudrais un passeport", ()),
        ("une carte ou un passeport", ()),
    ],
)
def test_aspects_are_told_apart(text: str, aspects: tuple[str, ...]) -> None:
    assert asked_aspects(fold(text)) == aspects


@pytest.mark.parametrize(
    ("intent", "text", "said", "source"),
    [
        (PAPERS, "quels papiers pour un passeport ?",
         "Pour le passeport, apportez une photo de moins de six mois", "demarches/passeport"),
        (PAPERS, "combien de temps pour avoir un passeport ?",
         "Comptez environ quatre semaines après le rendez-vous.", "demarches/passeport"),
        (PAPERS, "et ça coûte combien ?",
         "La carte d'identité est gratuite pour un renouvellement, et coûte 25 euros en cas de "
         "perte ou de vol.", "demarches/carte_identite"),
        ("mariage_pacs", "quels papiers pour le PACS, et combien ça coûte ?",
         "moins de trois mois. Le PACS est gratuit.", "demarches/pacs"),
        ("mariage_pacs", "on peut le faire en ligne, le PACS ?",
         "Non, cela ne se fait pas en ligne", "demarches/pacs"),
        ("acte_etat_civil", "l'acte de naissance est payant ?",
         "L'acte de naissance est gratuit.", "demarches/acte_naissance"),
        ("recensement_citoyen", "à quoi ça sert ?",
         "sert pour le permis de conduire", "demarches/recensement"),
        ("recensement_citoyen", "c'est où ?",
         "C'est à l'état civil, place de la République", "demarches/recensement"),
        ("inscription_electorale", "faut-il un rendez-vous ?",
         "Non, vous pouvez venir sans rendez-vous.", "demarches/inscription_electorale"),
        ("tarifs_lieu", "c'est combien le PACS ?", "Le PACS est gratuit.", "demarches/pacs"),
    ],
)  # fmt: skip
def test_an_aspect_is_answered(town: Town, intent: str, text: str, said: str, source: str) -> None:
    reply = asked(town, intent, text)
    assert said in reply.text
    assert reply.sources[0] == source
    assert reply.sms_source == source
    assert len(split_sentences(reply.text)) <= 2


@pytest.mark.parametrize(
    ("intent", "text", "source"),
    [
        (PAPERS, "je voudrais un passeport", "reponses/etat_civil#passeport"),
        (PAPERS, "quels papiers pour le passeport de ma fille", "reponses/etat_civil#titre_mineur"),
        (PAPERS, "on m'a volé ma carte, c'est combien", "reponses/etat_civil#titre_perdu_vole"),
        ("acte_etat_civil", "c'est où ?", "reponses/etat_civil#acte_naissance"),
        ("tarifs_lieu", "le prix de la piscine", "lieux/piscine#tarifs"),
        ("tarifs_lieu", "combien un repas à la cantine", "reponses/tarifs#tarifs_cantine"),
    ],
)
def test_nearer_answers_are_kept(town: Town, intent: str, text: str, source: str) -> None:
    assert asked(town, intent, text).sources[0] == source


def test_every_aspect_is_short_and_has_a_source(town: Town) -> None:
    replies = [one for one in town.prepared(NOW) if one.sources[0].startswith("demarches/")]
    assert len(replies) > 30
    for reply in replies:
        assert len(split_sentences(reply.text)) == 1
        assert "http" not in reply.text
        assert reply.sms is not None
        assert len(reply.sms) <= 240


def test_a_procedure_alone_answers_its_intent(folder: Any) -> None:
    path = folder / "reponses" / "elections.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[inscription_electorale]", "[procuration]"), encoding="utf-8")
    guide = folder / "demarches" / "inscription_electorale.yml"
    kept = [line for line in guide.read_text("utf-8").split("\n") if "precise" not in line]
    guide.write_text("\n".join(kept), encoding="utf-8")
    town = load_town(folder, today=TODAY)
    reply = asked(town, "inscription_electorale", "je veux m'inscrire")
    assert reply.text.startswith("C'est à la mairie, place de la République. Pour l'inscription")
    assert reply.sources == ("demarches/inscription_electorale", "lieux/mairie#adresse")
    assert town.intents >= ANSWERED_INTENTS


def test_a_procedure_that_is_over_gives_way(folder: Any) -> None:
    path = folder / "demarches" / "passeport.yml"
    path.write_text(path.read_text("utf-8") + "valide_au: 2026-11-24\n", encoding="utf-8")
    town = load_town(folder, today=TODAY)
    question = (PAPERS, "quels papiers pour un passeport", None, None)
    before, after = town.answer(*question, at(2026, 11, 24, 23)), town.answer(*question, NOW)
    assert before is not None
    assert after is not None
    assert before.sources == ("demarches/passeport",)
    assert after.sources[0].startswith("reponses/")


@pytest.mark.parametrize(
    ("amount", "said", "read"),
    [(86, "86 euros", "86 €"), (4.2, "4 euros 20", "4,20 €"), (1, "1 euro", "1 €"),
     (0.5, "50 centimes", "0,50 €")],
)  # fmt: skip
def test_amounts(amount: float, said: str, read: str) -> None:
    assert euros(amount) == said
    assert euros(amount, written=True) == read


@settings(deadline=None)
@given(amounts=st.lists(st.integers(0, 500), min_size=1, max_size=4))
def test_prices_agree_and_name_every_amount(town: Town, amounts: list[int]) -> None:
    prices = [{"montant": amount, "cas": f"cas {index}"} for index, amount in enumerate(amounts)]
    desk = Desk(town.services["etat_civil"], None)
    said = aspect_sentence(procedure(prix=prices), "prix", desk)
    assert said is not None
    assert all(f"{amount} euro" in said for amount in amounts if amount)
    assert ("gratuite" in said) == (0 in amounts)
    assert said.startswith("La carte ")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("lieu: etat_civil", "lieu: etat_civile", "Vouliez-vous « etat_civil » ?"),
        ("precise: [passeport]", "precise: [passport]", "Vouliez-vous « passeport » ?"),
        ("intentions: [carte", "intentions: [cartes", "Vouliez-vous"),
        ("montant: 86", "montant: -86", "trop petit"),
        ("{montant: 42, cas: de 15 à 17 ans}", "{montant: 42}", "dit son « cas »"),
        ("site: ants.gouv.fr", "site: https://ants.gouv.fr", "sans « http »"),
        ("rendez_vous: obligatoire", "rendez_vous: oui", "Valeurs possibles"),
        ("validite:", "validité:", "Vouliez-vous « validite » ?"),
        ("relu_le: 2026-09-10", "relu_le: 2025-09-10", "n'a pas été relue"),
    ],
)
def test_mistakes_in_a_procedure_are_named(spoil: Spoil, old: str, new: str, words: str) -> None:
    found = spoil("demarches/passeport.yml", old, new)
    assert any(words in str(problem) for problem in found)
    assert {problem.file.name for problem in found} == {"passeport.yml"}
