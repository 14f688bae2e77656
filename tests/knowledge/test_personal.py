"""What only a person can tell: what is in somebody's own file."""

import pytest

from knowledge.personal import asks_own_file


@pytest.mark.parametrize(
    "text",
    [
        "Où en est ma demande de logement ?",
        "Ma fille est combientième sur la liste ?",
        "Est-ce que mon fils est bien inscrit à la cantine ?",
        "Vous m'avez compté deux repas de trop.",
        "J'ai trop payé pour la crèche.",
        "J'ai contesté mon amende et depuis rien.",
        "Je ne comprends pas le montant que vous me réclamez.",
    ],
)
def test_what_is_in_a_file_is_for_a_person(text: str) -> None:
    assert asks_own_file(text, "cantine_periscolaire")


@pytest.mark.parametrize(
    "text",
    [
        "Comment inscrire mon fils à la cantine ?",
        "J'ai demandé à ma voisine, elle ne sait rien.",
        "Il y a trop de bruit.",
        "Je monte mon dossier de retraite, il me faut un acte.",
    ],
)
def test_what_is_the_same_for_everybody_is_answered(text: str) -> None:
    assert not asks_own_file(text, "cantine_periscolaire")


def test_the_general_answer_tells_how_to_see_for_oneself() -> None:
    assert not asks_own_file("Suis-je bien inscrite sur la liste ?", "inscription_electorale")
