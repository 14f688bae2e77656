"""Access and parking at a place: who asks for it, and which answer speaks of it."""

import pytest

from dialogue.placedetail import asks_detail, speaks_of_it


@pytest.mark.parametrize(
    "text",
    ["Et en fauteuil ?", "Il y a un ascenseur ?", "J'ai du mal à marcher", "On peut s'y garer ?"],
)
def test_access_and_parking_are_asked_for(text: str) -> None:
    assert asks_detail(text)


@pytest.mark.parametrize(
    "text",
    [
        "Je suis en fauteuil, où se trouve la mairie ?",
        "Avec une poussette, quel bus je prends ?",
        "La piscine ferme à quelle heure ? Je suis en fauteuil",
        "Et pour les handicapés ?",
        "De la gare, c'est loin ?",
    ],
)
def test_the_way_the_hours_and_another_case_are_something_else(text: str) -> None:
    assert not asks_detail(text)


def test_an_answer_speaks_of_the_same_detail() -> None:
    assert speaks_of_it("Et en fauteuil ?", "L'entrée est de plain-pied.")
    assert speaks_of_it("On peut se garer ?", "Un parking gratuit est devant l'entrée.")
    assert not speaks_of_it("Et en fauteuil ?", "Un parking gratuit est devant l'entrée.")
    assert not speaks_of_it("On peut se garer ?", "De la gare, longez le quai.")
