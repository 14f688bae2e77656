"""Wordings, what may stand in them, and the messages made of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.yamlfile import ConfigError, Problem
from telephony.sms.links import links_in, refused_links
from telephony.sms.messages import KINDS, MessageBook, check_messages, load_messages
from telephony.sms.template import TemplateError, parse
from tests.paths import CONFIG


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG / "sms", tmp_path / "sms")
    return tmp_path / "sms"


@pytest.fixture(scope="module")
def book() -> MessageBook:
    return load_messages(CONFIG / "sms", {"ants.gouv.fr"})


def write(folder: Path, name: str, text: str) -> list[Problem]:
    (folder / name).write_text(f'# Un modèle.\ntexte: "{text}"\n', encoding="utf-8")
    return check_messages(folder)


# Wordings


def test_optional_parts_go_with_their_values() -> None:
    template = parse("{a} : {b}[, {c}][ ({d}, {e})].")
    assert template.names == ("a", "b", "c", "d", "e")
    assert template.required == {"a", "b"}
    assert template.fill({"a": "A", "b": "B"}) == "A : B."
    full = {"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"}
    assert template.fill(full) == "A : B, C (D, E)."
    assert template.fill({**full, "d": " \n "}) == "A : B, C."


def test_a_value_is_written_once_and_never_read_as_a_wording() -> None:
    assert parse("{a} {b}").fill({"a": "{b} [x]", "b": "1\r\n2"}) == "{b} [x] 1 2"
    with pytest.raises(ValueError, match="b"):
        parse("{a} {b}").fill({"a": "A", "b": " "})


@pytest.mark.parametrize(
    "text",
    ["{a", "a}", "{}", "{A}", "{a b}", "{{a}}", "[a]", "[{a}", "{a}]", "[[{a}]]", "a][b", "{a.b}"],
)
def test_what_is_no_wording(text: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse(text)
    assert caught.value.message.endswith(".")
    assert caught.value.mend.endswith(".")


@given(st.text("ab{}[] ", max_size=30))
def test_any_text_is_a_wording_or_refused(text: str) -> None:
    try:
        template = parse(text)
    except TemplateError:
        return
    filled = template.fill(dict.fromkeys(template.names, "x"))
    assert not set("[]{}") & set(filled)


# The delivered ones


def test_the_delivered_wordings_have_no_mistake() -> None:
    assert check_messages(CONFIG / "sms") == []


def test_every_message_begins_with_the_town(book: MessageBook) -> None:
    for name, kind in KINDS.items():
        for names in (kind.needed, kind.known):
            message = book.render(name, **{n: "Valbrune" if n == "ville" else n for n in names})
            assert message.text.startswith("Mairie de Valbrune")
            assert (message.encoding, message.segments) == ("gsm7", 1)


def test_a_missing_value_is_a_mistake_of_the_program(book: MessageBook) -> None:
    with pytest.raises(ValueError, match="faits"):
        book.render("reponse", ville="Valbrune")
    with pytest.raises(KeyError):
        book.render("autre", ville="Valbrune")


def test_the_length_counts_what_is_sent(book: MessageBook) -> None:
    head = len("Mairie de Valbrune : ")
    fits = book.render("reponse", ville="Valbrune", faits="ê" * (306 - head))
    assert (fits.encoding, fits.segments, fits.too_long) == ("gsm7", 2, False)
    longer = book.render("reponse", ville="Valbrune", faits="ê" * (307 - head))
    assert (longer.segments, longer.too_long) == (3, True)
    foreign = book.render("reponse", ville="Valbrune", faits="ждём" * 20)
    assert (foreign.encoding, foreign.segments) == ("ucs2", 2)


# Links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("sur ants.gouv.fr, puis rendez-vous.", ("ants.gouv.fr",)),
        ("(https://www.ville.fr/a?b=c).", ("https://www.ville.fr/a?b=c",)),
        ("mairie@valbrune.example et a.b@c.d.fr", ()),
        ("le 12.30 à 8h30.", ()),
        ("ouvert.Venez", ("ouvert.Venez",)),
        ("HTTP://X.FR et y.org", ("HTTP://X.FR", "y.org")),
    ],
)
def test_what_a_telephone_takes_for_a_link(text: str, links: tuple[str, ...]) -> None:
    assert links_in(text) == links


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("ants.gouv.fr ou www.ants.gouv.fr/x ou https://ANTS.gouv.fr:443", 0),
        ("ants.gouv.fr.example", 1),
        ("faux-ants.gouv.fr", 1),
        ("https://ants.gouv.fr@autre.example/x", 1),
        ("ftp://ants.gouv.fr", 1),
        ("https://[", 1),
        ("https://autre.example/ants.gouv.fr", 1),
    ],
)
def test_links_lead_to_allowed_sites_only(text: str, refused: int) -> None:
    assert len(refused_links(text, {"ants.gouv.fr"})) == refused


@given(st.text("a.@:/-é ", max_size=40))
def test_no_text_is_too_strange_to_look_for_links(text: str) -> None:
    assert set(refused_links(text, ())) == set(links_in(text))


def test_a_message_names_its_refused_links(book: MessageBook) -> None:
    message = book.render("reponse", ville="Valbrune", faits="Voyez ants.gouv.fr et autre.fr")
    assert message.refused_links == ("autre.fr",)


def test_a_site_that_loses_its_accents_is_another_site() -> None:
    with_accent = load_messages(CONFIG / "sms", {"fête.fr"})
    message = with_accent.render("reponse", ville="Valbrune", faits="Voyez fête.fr")
    assert message.refused_links == ("fete.fr",)


# Mistakes of those who edit them


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mairie de {ville} : {fait}", "« {fait} » n'est pas prévu"),
        ("Mairie de {ville} : bonjour", "il manque « {faits} »"),
        ("Mairie de {ville}[ : {faits}]", "Écrivez-le hors des crochets."),
        ("Bonjour, {faits}. Mairie de {ville}", "ne commence pas par le nom de la ville"),
        ("Un message important de la part de {ville} : {faits}", "ne commence pas"),
        ("Mairie de {ville : {faits}", "accolades"),
        ("Mairie de {ville} : {faits}]", "crochets"),
    ],
)
def test_mistakes_are_named_with_their_line(folder: Path, text: str, words: str) -> None:
    (problem,) = write(folder, "reponse.yml", text)
    assert (problem.file.name, problem.line, problem.severity) == ("reponse.yml", 2, "erreur")
    assert words in f"{problem.message} {problem.mend}"
    with pytest.raises(ConfigError):
        load_messages(folder)


def test_a_value_that_may_be_missing_stands_in_brackets(folder: Path) -> None:
    text = "Mairie de {ville}, {service} : {telephone}, {courriel}"
    (problem,) = write(folder, "coordonnees.yml", text)
    assert "entre crochets" in problem.mend


def test_missing_and_unknown_files_are_named(folder: Path) -> None:
    (folder / "reponse.yml").rename(folder / "reponses.yml")
    (folder / "coordonnees.yml").unlink()
    found = {problem.file.name: problem for problem in check_messages(folder)}
    assert "introuvable" in found["reponse.yml"].message
    assert "Vouliez-vous « reponse » ?" in found["reponses.yml"].mend
    assert "introuvable" in found["coordonnees.yml"].message


def test_a_town_without_wordings_is_told_so(tmp_path: Path) -> None:
    (problem,) = check_messages(tmp_path / "sms")
    assert "introuvable" in problem.message
