"""Plain French: what is remarked on, and that the delivered town needs no remark."""

import re
from datetime import date
from pathlib import Path

import pytest

from knowledge.loading import read_town
from knowledge.plainfrench import check_plain_french, remarks
from tests.paths import CONFIG

TODAY = date(2026, 11, 22)


def said(text: str, *, noted: bool = False) -> list[str]:
    return [remark.message for remark in remarks(text, noted=noted)]


def test_the_delivered_town_needs_no_remark() -> None:
    assert check_plain_french(read_town(CONFIG / "ville", TODAY)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Le PACS est gratuit. Prenez rendez-vous au 02 61 91 10 10. Est-ce pour bientôt ?",
        "Merci de nous prévenir. Donnez l'adresse de la rue. Une équipe passe sous trois jours.",
        "La maison du handicap, la MDPH, donne le dossier.",
        "L'aide au logement, l'AXYZ, se demande en ligne.",
        "Le passeport coûte 86 euros, 42 euros avant 18 ans et 17 euros avant 15 ans.",
        "Déchargez vos gravats à la déchetterie.",
    ],
)
def test_plain_words_pass(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "message", "mend"),
    [
        (
            "Le dossier se dépose en ligne. Le service vous répond sous un mois. Gardez bien le "
            "récépissé reçu alors.",
            "3 phrases",
            "« sms »",
        ),
        (" ".join(["mot"] * 31) + ".", "31 mots", "Coupez-la"),
        ("La carte <b>jeune</b> est gratuite.", "« <b> » ne se dit pas", "Enlevez-le"),
        ("Tapez # pour finir.", "« # » ne se dit pas", "en mots"),
        ("Apportez votre CNI.", "« CNI »", "« carte d'identité »"),
        ("Adressez-vous au CCAS.", "« CCAS »", "centre d'action sociale"),
        ("Consultez le PLU de la ville.", "« PLU »", "plan local d'urbanisme"),
        ("Voyez le SDZ.", "« SDZ »", "toutes lettres"),
        ("Les administrés viennent au guichet.", "« administres »", "habitant"),
        ("Il faut s'acquitter du droit.", "« s'acquitter »", "payer"),
        ("Appelez le 0261911000.", "deux chiffres", "02 61 91 10 00"),
        ("Appelez le 02 61 91 10 00 ou le 02 61 91 10 10.", "2 numéros", "sms"),
        ("C'est 1 euro, 2 euros, 3 euros ou 4 euros.", "4 montants", "3 au plus"),
        ("Écrivez à mairie@ville.example.", "« mairie@ville.example »", "sms"),
        ("Tout est sur service-public.fr.", "« service-public.fr »", "sms"),
    ],
)
def test_what_is_hard_to_follow_is_named_with_its_mend(text: str, message: str, mend: str) -> None:
    found = list(remarks(text, noted=False))
    assert len(found) == 1
    assert message in found[0].message
    assert mend in found[0].mend


def test_an_address_is_no_trouble_where_a_text_holds_it() -> None:
    assert said("Tout est sur service-public.fr.", noted=True) == []


def test_each_remark_is_a_warning_at_its_line(folder: Path) -> None:
    file = folder / "reponses" / "urbanisme.yml"
    written = file.read_text(encoding="utf-8")
    lines = written.splitlines()
    at = next(i for i, line in enumerate(lines) if re.match(r"\s+texte:", line))
    lines[at] = "    texte: Apportez votre CNI."
    lines.insert(at + 1, "    texte_simple: Apportez votre carte d'identité, sans rien oublier.")
    file.write_text("\n".join(lines), encoding="utf-8")
    problems = check_plain_french(read_town(folder, TODAY))
    assert [(p.line, p.severity) for p in problems] == [
        (at + 1, "attention"),
        (at + 2, "attention"),
    ]
    assert "texte_simple" in problems[1].message
