"""``accueil.yml``: what it gives, and what is said to whoever gets it wrong."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from common.yamlfile import ConfigError
from telephony.queueactions import Overflowed, Ring
from telephony.queueing import Queueing
from telephony.reception import Direct, Overflow, QueueRules, Strategy, TransferMode
from telephony.receptionconfig import check_reception, load_reception
from tests.telephony.staffing import one

SHIPPED = Path(__file__).parents[2] / "config" / "accueil.yml"
SERVICES = {
    "accueil": "sip:accueil@pbx",
    "etat_civil": "sip:etat_civil@pbx",
    "elections": "sip:elections@pbx",
}
TWO_AGENTS = """\
agents:
  - {id: anne, nom: Anne, poste: "sip:101@192.0.2.10", services: [accueil, etat_civil]}
  - {id: bruno, nom: Bruno, poste: "sip:102@192.0.2.10", services: [etat_civil], presence: absent}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "accueil.yml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("shipped", [True, False])
def test_without_agents_every_service_keeps_its_one_address(tmp_path: Path, shipped: bool) -> None:
    file = SHIPPED if shipped else tmp_path / "accueil.yml"
    assert check_reception(file, SERVICES) == []
    reception = load_reception(file, SERVICES)
    for service, target in SERVICES.items():
        route = reception.route(service)
        assert isinstance(route, Direct)
        assert (route.target, route.mode, route.confirm) == (target, TransferMode.BLIND, False)
    queue = Queueing(reception, 0)
    with pytest.raises(KeyError):
        queue.enter("c1", "accueil", 0)
    # A call-back rings the same address, then the resident.
    ring = one(queue.enter("rappel:1", "elections", 0, callback=True), Ring)
    assert (ring.target, ring.callback) == ("sip:elections@pbx", True)
    assert not any(agent.person for agent in reception.agents)


def test_common_settings_hold_unless_a_service_has_its_own(tmp_path: Path) -> None:
    text = f"""\
{TWO_AGENTS}
files: {{strategie: tous, attente_max: 300, debordement: accueil, confirmation: true}}
services:
  etat_civil: {{attente_max: 120, transfert: accompagne, confirmation: false, duree_moyenne: 90}}
  elections: {{transfert: pont}}
rappels: {{delais: [5, ouverture], debut: "10:00", fin: "18:30", jours_max: 2}}
"""
    file = written(tmp_path, text)
    assert check_reception(file, SERVICES) == []
    reception = load_reception(file, SERVICES)
    rules = reception.route("etat_civil")
    assert isinstance(rules, QueueRules)
    assert (rules.strategy, rules.max_wait_s, rules.mode, rules.confirm, rules.usual_talk_s) == (
        Strategy.ALL,
        120,
        TransferMode.ATTENDED,
        False,
        90,
    )
    assert rules.overflow == Overflow("service", "accueil")
    main = reception.route("accueil")
    assert isinstance(main, QueueRules)
    assert (main.max_wait_s, main.overflow, main.confirm) == (300, Overflow("callback"), True)
    elections = reception.route("elections")
    assert isinstance(elections, Direct)
    assert (elections.mode, elections.confirm) == (TransferMode.BRIDGE, True)
    people = [agent for agent in reception.agents if agent.person]
    assert [(agent.id, agent.starts_available) for agent in people] == [
        ("anne", True),
        ("bruno", False),
    ]
    callbacks = reception.callbacks
    assert callbacks.retries == (300, None)
    assert (callbacks.from_time, callbacks.until_time) == (time(10), time(18, 30))
    assert callbacks.give_up_after_s == 2 * 86400


@pytest.mark.parametrize(
    ("value", "overflow"),
    [
        ("rappel", Overflow("callback")),
        ("robot", Overflow("bot")),
        ("etat_civil", Overflow("service", "etat_civil")),
        ('"sip:astreinte@192.0.2.10"', Overflow("sip", "sip:astreinte@192.0.2.10")),
    ],
)
def test_where_callers_overflow_to(tmp_path: Path, value: str, overflow: Overflow) -> None:
    text = f"{TWO_AGENTS}services: {{accueil: {{debordement: {value}}}}}"
    reception = load_reception(written(tmp_path, text), SERVICES)
    assert reception.queues["accueil"].overflow == overflow


def test_without_callbacks_the_last_resort_is_the_bot(tmp_path: Path) -> None:
    text = f"{TWO_AGENTS}rappels: {{actifs: false}}"
    reception = load_reception(written(tmp_path, text), SERVICES)
    queue = Queueing(reception, 0)
    queue.telephone("anne", plugged=False, now=0)
    assert one(queue.enter("c1", "accueil", 0), Overflowed).to == Overflow("bot")


MISTAKES = [
    ("agents: [{id: Anne, nom: A, poste: 'sip:1@b', services: [accueil]}]", 1, "« id » n'a pas"),
    ("agents:\n  - {id: a, nom: A, poste: '101', services: [accueil]}", 2, "adresse SIP « 101 »"),
    (
        "agents:\n  - {id: a, nom: A, poste: 'sip:1@b?Replaces=x', services: [accueil]}",
        2,
        "adresse SIP",
    ),
    ("agents:\n  - {id: a, nom: A, poste: 'sip:1@b', services: [acueil]}", 2, "« accueil »"),
    ("agents:\n  - {id: a, nom: A, poste: 'sip:1@b', services: []}", 2, "pas assez"),
    (
        "agents:\n  - {id: a, nom: A, poste: 'sip:1@b', services: [accueil, accueil]}",
        2,
        "deux fois",
    ),
    (
        "agents:\n  - {id: a, nom: A, poste: 'sip:1@b', services: [accueil]}\n"
        "  - {id: a, nom: B, poste: 'sip:2@b', services: [accueil]}",
        3,
        "déjà celui de A",
    ),
    ("files:\n  strategie: hasard", 2, "repos_le_plus_long"),
    ("files:\n  attente_max: 5", 2, "trop petit"),
    ("files:\n  debordement: rapel", 2, "Vouliez-vous « rappel »"),
    ("files:\n  musique: bach.wav", 2, "dossier musiques"),
    ("files:\n  musique: ../x.wav", 2, "ni « silence »"),
    ("files:\n  attente_max: 30\n  duree_sonnerie: 60", 3, "plus longtemps que l'attente"),
    ("files:\n  duree_sonerie: 60", 2, "Vouliez-vous « duree_sonnerie »"),
    ("services:\n  ccas: {transfert: pont}", 2, "« ccas » n'existe pas"),
    ("services:\n  accueil:\n    debordement: accueil", 3, "vers lui-même"),
    ("services:\n  accueil:\n    transfert: saut", 3, "accompagne"),
    ("rappels:\n  delais: [1, 2, 3, 4]", 2, "trop d'éléments"),
    ("rappels:\n  debut: 9", 2, "entre guillemets"),
    ('rappels:\n  debut: "19:00"\n  fin: "09:00"', 1, "« fin » est avant"),
    ("rappels:\n  numero_affiche: mairie", 2, "n'est pas un numéro"),
    ("rappels:\n  vers: sip:standard@192.0.2.10", 2, "à la place du numéro"),
    ("rappels:\n  vers: sip:{numero}{numero}@192.0.2.10", 2, "à la place du numéro"),
    ('rappels:\n  vers: "sip:{numero}@192.0.2.10?Replaces=x"', 2, "à la place du numéro"),
    ('rappels:\n  vers: "sip:{nom}{numero}@192.0.2.10"', 2, "à la place du numéro"),
    ("files: {debordement: rappel}\nrappels: {actifs: false}", 1, "désactivés"),
]


@pytest.mark.parametrize(("text", "line", "said"), MISTAKES)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    file = written(tmp_path, text)
    problems = check_reception(file, SERVICES)
    errors = [problem for problem in problems if problem.severity == "erreur"]
    assert any(problem.line == line and said in str(problem) for problem in errors), problems
    with pytest.raises(ConfigError):
        load_reception(file, SERVICES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services: {elections: {attente_max: 60}}", "sans effet"),
        (
            TWO_AGENTS.replace("102", "101"),
            "aussi celui de Anne",
        ),
        (
            TWO_AGENTS + "services: {accueil: {debordement: etat_civil}, "
            "etat_civil: {debordement: accueil}}",
            "accueil → etat_civil → accueil",
        ),
    ],
)
def test_what_is_odd_but_works_is_a_warning(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text)
    problems = check_reception(file, SERVICES)
    assert any(said in problem.message for problem in problems)
    assert {problem.severity for problem in problems} == {"attention"}
    load_reception(file, SERVICES)


@pytest.mark.parametrize(
    ("target", "number", "address"),
    [
        ("tel:{numero}", "+33612345678", "tel:+33612345678"),
        ("sip:{numero}@192.0.2.10", "+33612345678", "sip:+33612345678@192.0.2.10"),
        ("sip:{national}@192.0.2.10", "+33612345678", "sip:0612345678@192.0.2.10"),
        (
            "sip:9{national}@[2001:db8::1]:5070",
            "+262692123456",
            "sip:90692123456@[2001:db8::1]:5070",
        ),
    ],
)
def test_residents_are_dialled_where_the_town_says(
    tmp_path: Path, target: str, number: str, address: str
) -> None:
    file = written(tmp_path, f'rappels: {{vers: "{target}"}}')
    assert load_reception(file, SERVICES).callbacks.address(number) == address


def test_residents_see_the_number_that_the_town_says(tmp_path: Path) -> None:
    file = written(tmp_path, 'rappels: {numero_affiche: "+33 2 61 91 00 00"}')
    assert load_reception(file, SERVICES).callbacks.shown == "+33261910000"
    assert load_reception(written(tmp_path, TWO_AGENTS), SERVICES).callbacks.shown == ""


def test_numbers_that_no_pbx_can_dial_are_a_warning(tmp_path: Path) -> None:
    file = written(tmp_path, TWO_AGENTS)
    (problem,) = check_reception(file, SERVICES, pbx=False)
    assert problem.severity == "attention"
    assert "« vers »" in str(problem)
    for settings in ("{actifs: false}", '{vers: "sip:{numero}@192.0.2.10"}'):
        file = written(tmp_path, f"{TWO_AGENTS}rappels: {settings}")
        assert check_reception(file, SERVICES, pbx=False) == []
    assert check_reception(written(tmp_path, TWO_AGENTS), SERVICES) == []


def test_music_is_a_file_of_the_music_folder(tmp_path: Path) -> None:
    (tmp_path / "musiques").mkdir()
    (tmp_path / "musiques" / "bach.wav").write_bytes(b"RIFF")
    file = written(tmp_path, f"{TWO_AGENTS}files: {{musique: bach.wav}}")
    assert load_reception(file, SERVICES).queues["accueil"].music == "bach.wav"
