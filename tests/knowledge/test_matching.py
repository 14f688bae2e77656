"""Places and services in what callers say."""

from __future__ import annotations

import pytest

from knowledge.town import Town


@pytest.mark.parametrize(
    ("text", "place", "by_name"),
    [
        ("C'est ouvert jusqu'à quand la pistoche ?", "piscine", True),
        ("Je cherche le piscine, c'est dans quelle rue ?", "piscine", True),
        ("la bibliothèque est ouverte ?", "mediatheque", True),
        ("la mediatek", "mediatheque", True),
        ("la bibliotec municipale", "mediatheque", True),
        ("la dechette", "dechetterie", True),
        ("à la décharge", "dechetterie", True),
        ("la déchèterie du coin", "dechetterie", True),
        ("le commissariat municipal", "police_municipale", True),
        ("l'hôtel de ville", "mairie", True),
        ("le C.C.A.S.", "ccas", True),
        ("le ccas", "ccas", True),
        ("le bureau de l'état civil", "etat_civil", True),
        ("le conservatoir", "conservatoire", True),
        ("le simetière", "cimetiere", True),
        ("les jours de marché", "marche", True),
        ("il y a un marché demain ?", "marche", True),
        ("le jardin public", "parc", True),
        ("le gymnase Alice Milliat", "gymnase", True),
        ("rendre mes livres", "mediatheque", False),
        ("des cours de piano", "conservatoire", False),
        ("l'aquagym du mardi", "piscine", False),
    ],
)
def test_place_is_found(town: Town, text: str, place: str, by_name: bool) -> None:
    found = town.find_place(text)
    assert found is not None
    assert (found.place, found.by_name) == (place, by_name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bonjour, je voudrais un renseignement.",
        "un marché de Noël",
        "la marche à suivre",
        "ça marche",
        "mon mari s'appelle Marie",
        "le livret de famille",
        "l'observatoire",
        "le parc automobile",
        "je me suis mariée à Paris",
        "c'est un dossier de retraite",
    ],
)
def test_no_place(town: Town, text: str) -> None:
    assert town.find_place(text) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("non pas la piscine, la médiathèque", "mediatheque"),
        ("la médiathèque, pas la piscine", "mediatheque"),
        ("la piscine, non, le musée", "musee"),
        ("la piscine, euh pardon, le gymnase", "gymnase"),
        ("le musée, enfin la médiathèque", "mediatheque"),
        ("bonjour la mairie, je voudrais les horaires de la piscine", "piscine"),
        ("les horaires de la piscine, c'est bien la mairie ?", "piscine"),
        ("pour aller au musée depuis la mairie", "musee"),
        ("la piscine, c'est à côté du gymnase ?", "piscine"),
        ("rendre mes livres à la piscine", "piscine"),
        ("le guichet de l'état civil à la mairie", "etat_civil"),
    ],
)
def test_among_several(town: Town, text: str, place: str) -> None:
    found = town.find_place(text)
    assert found is not None
    assert found.place == place


def test_surface_is_what_was_said(town: Town) -> None:
    found = town.find_place("Euh, la Médiathèque, s'il vous plaît")
    assert found is not None
    assert found.surface == "la Médiathèque"


@pytest.mark.parametrize(
    ("text", "intent", "place"),
    [
        ("où se trouve le CCAS ?", "adresse_lieu", "ccas"),
        ("le numéro du CCAS", "contact_service", None),
        ("le téléphone de la médiathèque", "contact_service", "mediatheque"),
        ("un rendez-vous au CCAS", "prendre_rdv", None),
        ("est-ce que la mairie recrute", "emploi", None),
        ("une place au cimetière", "cimetiere_concession", "cimetiere"),
        ("je cherche mon livre perdu", "objets_trouves", None),
        ("je veux inscrire mon fils au piano", "inscription_activite", "conservatoire"),
    ],
)
def test_place_depends_on_the_question(
    town: Town, text: str, intent: str, place: str | None
) -> None:
    found = town.find_place(text, intent)
    assert (found.place if found else None) == place


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("Vous pouvez me mettre en relation avec l'urbanisme ?", "urbanisme"),
        ("y a pas une dame de l'état civil au bout du fil ?", "etat_civil"),
        ("je veux parler au service des sports", "sports"),
        ("passez-moi la police municipale", "police_municipale"),
        ("quelqu'un pour la cantine", "affaires_scolaires"),
        ("où en est mon permis de construire", "urbanisme"),
        ("le service logement, pas le CCAS", "logement"),
        ("je veux parler à quelqu'un de la médiathèque", "culture"),
        ("le standard", "accueil"),
        ("les services techniques", "services_techniques"),
        ("le secrétariat du maire", "cabinet"),
        ("l'urbanism", "urbanisme"),
    ],
)
def test_service_is_found(town: Town, text: str, service: str) -> None:
    assert town.find_service(text) == service


@pytest.mark.parametrize("text", ["", "Je voudrais parler à quelqu'un.", "Un conseiller."])
def test_no_service(town: Town, text: str) -> None:
    assert town.find_service(text) is None


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (
            "Les horaires de la piscine et de la médiathèque pour samedi.",
            ("piscine", "mediatheque"),
        ),
        ("Le prix de la piscine, et puis le musée c'est combien ?", ("piscine", "musee")),
        ("La piscine, la biblio et le musée", ("piscine", "mediatheque", "musee")),
        ("Ouvert au musée ou au parc dimanche ?", ("musee", "parc")),
        ("le cimetière ainsi que la déchette", ("cimetiere", "dechetterie")),
        ("C'est à côté de la mairie et du musée, la piscine ?", ()),
        ("C'est entre la mairie et le musée.", ()),
        ("La piscine, euh non, la médiathèque", ()),
        ("Les horaires de la piscine et l'adresse du musée", ()),
        ("La piscine et le centre aquatique", ()),
        ("la piscine", ()),
    ],
)
def test_places_named_in_a_row(town: Town, text: str, places: tuple[str, ...]) -> None:
    assert town.find_places(text, "horaires_lieu") == places


def test_places_count_together_only_in_a_question_about_places(town: Town) -> None:
    assert town.find_places("rendez-vous à la mairie et au musée", "prendre_rdv") == ()
