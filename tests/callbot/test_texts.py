"""The town's text messages: written for callers, checked before they go live."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callbot import cli
from callbot.paths import Paths
from callbot.textcheck import check_texts
from callbot.textwriter import TextWriter
from knowledge.town import Town, load_town
from telephony.sms.messages import load_messages
from telephony.sms.smsconfig import load_sms_settings
from tests.paths import CONFIG

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=PARIS)


@pytest.fixture(scope="module")
def town() -> Town:
    return load_town(CONFIG / "ville", today=NOW.date())


@pytest.fixture(scope="module")
def writer(town: Town) -> TextWriter:
    allowed = load_sms_settings(CONFIG / "sms.yml").allowed_links
    return TextWriter(load_messages(CONFIG / "sms", allowed), town)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    for name in ("sms", "ville"):
        shutil.copytree(CONFIG / name, tmp_path / "config" / name)
    shutil.copy(CONFIG / "sms.yml", tmp_path / "config")
    return Paths(tmp_path / "config", tmp_path / "var")


def damage(paths: Paths, name: str, old: str, new: str) -> int:
    """Replace the first ``old``; return its line (from 1)."""
    file = paths.config / name
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_an_answer_is_written_as_the_town_put_it(writer: TextWriter, town: Town) -> None:
    reply = town.entry_reply("passeport", NOW)
    assert reply is not None
    message = writer.answer(reply, NOW)
    assert message is not None
    assert message.text.startswith("Mairie de Valbrune : Passeport : pré-demande sur ants.gouv.fr")
    assert (message.encoding, message.segments) == ("gsm7", 2)


def test_how_to_reach_a_service_has_a_wording_of_its_own(writer: TextWriter, town: Town) -> None:
    message = writer.answer(town.reach("urbanisme", NOW), NOW)
    assert message is not None
    assert message.text == (
        "Mairie de Valbrune, Urbanisme : 02 61 91 10 60, urbanisme@valbrune.example. "
        "Horaires : lun, mer et ven 9h-12h, mar et jeu 13h30-17h."
    )
    asked = town.answer("contact_service", "le mail de l'urbanisme", None, None, NOW)
    assert asked is not None
    assert writer.answer(asked, NOW) == message


def test_an_answer_without_a_text_is_not_written(writer: TextWriter, town: Town) -> None:
    reply = town.entry_reply("nom_agent", NOW)
    assert reply is not None
    assert writer.answer(reply, NOW) is None


def test_a_link_that_is_not_allowed_is_not_sent(town: Town) -> None:
    strict = TextWriter(load_messages(CONFIG / "sms", ()), town)
    reply = town.entry_reply("passeport", NOW)
    assert reply is not None
    assert strict.answer(reply, NOW) is None


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (None, "dès qu'un agent est libre."),
        (NOW + timedelta(minutes=1), "dès qu'un agent est libre."),
        (NOW + timedelta(hours=4), "mardi 24 novembre à partir de 14 heures."),
        (
            datetime(2026, 11, 27, 8, 30, tzinfo=ZoneInfo("UTC")),
            "vendredi 27 novembre à partir de 9 h 30.",
        ),
    ],
)
def test_a_promise_names_a_day(writer: TextWriter, due: datetime | None, words: str) -> None:
    message = writer.callback_promised("ccas", due, NOW)
    assert message.text.startswith("Mairie de Valbrune, CCAS : ")
    assert f"nous vous rappelons {words}" in message.text


def test_a_missed_call_back_names_number_and_hours(writer: TextWriter) -> None:
    message = writer.callback_missed("ccas", NOW)
    assert "02 61 91 10 90 (lun-jeu 9h-12h et 13h30-17h, ven 9h-12h)." in message.text
    assert message.segments == 1


# The check


@pytest.mark.parametrize("month", [1, 4, 7, 11])
def test_every_delivered_message_is_short_and_plain_all_year(paths: Paths, month: int) -> None:
    report = check_texts(paths, datetime(2027, month, 15, 10, 0, tzinfo=PARIS))
    assert report.problems == ()
    assert len(report.texts) > 150
    assert {text.message.encoding for text in report.texts} == {"gsm7"}
    assert all(text.message.text.startswith("Mairie de Valbrune") for text in report.texts)


def test_a_text_that_is_too_long_is_named_with_its_line(paths: Paths) -> None:
    name = "ville/reponses/etat_civil.yml"
    line = damage(paths, name, 'sms: "PACS :', f'sms: "PACS{" très" * 60} :')
    (problem,) = check_texts(paths, NOW).problems
    assert (problem.file.name, problem.line, problem.severity) == ("etat_civil.yml", line, "erreur")
    assert "fait 3 messages" in problem.message


def test_a_link_is_named_with_its_line(paths: Paths) -> None:
    line = damage(paths, "ville/reponses/etat_civil.yml", "sur ants.gouv.fr", "sur ants-gouv.fr")
    (problem,) = check_texts(paths, NOW).problems
    assert (problem.line, problem.severity) == (line, "erreur")
    assert "« ants-gouv.fr »" in problem.mend


def test_a_place_is_named_by_what_makes_its_text(paths: Paths) -> None:
    line = damage(paths, "ville/lieux/piscine.yml", "acces: ", "acces: Voir piscine.example. ")
    (problem,) = check_texts(paths, NOW).problems
    assert (problem.file.name, problem.line) == ("piscine.yml", line)


def test_what_needs_the_long_alphabet_is_a_warning(paths: Paths) -> None:
    line = damage(paths, "ville/reponses/etat_civil.yml", 'sms: "PACS :', 'sms: "PACS 💍 :')
    problem = check_texts(paths, NOW).problems[0]
    assert problem.line == line
    found = {one.severity for one in check_texts(paths, NOW).problems}
    assert "attention" in found
    assert any("💍" in one.message for one in check_texts(paths, NOW).problems)


def test_wordings_with_a_mistake_are_named_and_nothing_is_written(paths: Paths) -> None:
    damage(paths, "sms/reponse.yml", ': {faits}"', ': {fait}"')
    report = check_texts(paths, NOW)
    assert report.texts == ()
    assert "Vouliez-vous « faits » ?" in report.problems[0].mend


def test_the_command_lists_every_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("callbot.settingschecks.check_model", lambda folder: [])
    monkeypatch.setattr("callbot.settingschecks.check_voice", lambda folder: [])
    folders = ["--config", str(CONFIG), "--var", str(tmp_path / "var")]
    assert cli.main(["check", "--sms", *folders]) == 0
    listed = capsys.readouterr().out
    assert (
        "reponses/etat_civil#pacs : 1 SMS, 154 caractères\n    Mairie de Valbrune : PACS" in listed
    )
    assert cli.main(["check", "--sms", "--json", *folders]) == 0
    texts = json.loads(capsys.readouterr().out)["sms"]
    assert {text["segments"] for text in texts} == {1, 2}
    assert cli.main(["check", *folders]) == 0
    assert "PACS" not in capsys.readouterr().out
