"""What counts as right, wrong and clarified."""

from __future__ import annotations

from typing import Any

import pytest

from callbot.evaluation.manifest import Item
from callbot.evaluation.scoring import Result, is_false_answer, percentile, score

IDS = iter(range(10_000))


def pair(
    intent: str, expect: str, got_intent: str, decision: str, **other: Any
) -> tuple[Item, Result]:
    label = {key: other.pop(key) for key in ("audio", "style", "condition") if key in other}
    lieu, got_lieu = other.get("lieu"), other.get("got_lieu", other.get("lieu"))
    service, got_service = other.get("service"), other.get("got_service", other.get("service"))
    number = f"i{next(IDS)}"
    item = Item(
        id=number,
        text=other.get("text", "un deux trois quatre"),
        intent=intent,
        expect=expect,  # type: ignore[arg-type]
        lieu=lieu,
        service=service,
        **label,
    )
    result = Result(
        id=number,
        heard=other.get("heard", item.text),
        intent=got_intent,
        confidence=0.9,
        lieu=got_lieu,
        jour=None,
        decision=decision,
        service=got_service,
        latency_ms=other.get("latency_ms", 10.0),
    )
    return item, result


@pytest.mark.parametrize(
    ("made", "false"),
    [
        (pair("cantine", "answer", "cantine", "answer"), False),
        (pair("cantine", "answer", "encombrants", "answer"), True),
        (pair("hors_sujet", "out_of_scope", "cantine", "answer"), True),
        (pair("nom_agent", "refuse", "contact_service", "answer"), True),
        (pair("cantine", "answer", "urgence", "emergency"), True),
        (pair("urgence", "emergency", "fuite_eau", "answer"), True),
        (pair("demander_agent", "transfer", "demander_agent", "answer"), True),
        (pair("cantine", "answer", "encombrants", "transfer"), False),
        (pair("cantine", "answer", "encombrants", "confirm"), False),
        (pair("hors_sujet", "out_of_scope", "saluer", "social"), False),
        (pair("horaires_lieu", "answer", "horaires_lieu", "answer", lieu="piscine"), False),
        (
            pair(
                "horaires_lieu",
                "answer",
                "horaires_lieu",
                "answer",
                lieu="piscine",
                got_lieu="musee",
            ),
            True,
        ),
        (
            pair("horaires_lieu", "answer", "horaires_lieu", "answer", got_lieu="mairie"),
            False,
        ),
        (
            pair("horaires_lieu", "answer", "horaires_lieu", "answer", lieu="piscine", got_lieu=""),
            True,
        ),
        (
            pair("encombrants", "answer", "encombrants", "answer", got_lieu="dechetterie"),
            False,
        ),
        (
            pair(
                "contact_service",
                "answer",
                "contact_service",
                "answer",
                service="ccas",
                got_service="sports",
            ),
            True,
        ),
    ],
)
def test_false_answers(made: tuple[Item, Result], false: bool):
    assert is_false_answer(made) is false


def test_the_report_counts_every_share_over_its_own_items():
    report = score(
        [
            pair("a", "answer", "a", "answer", style="plain"),
            pair("a", "answer", "b", "confirm", style="plain"),
            pair("b", "transfer", "b", "transfer", style="long", service="ccas"),
            pair("b", "transfer", "b", "transfer", service="ccas", got_service="sports"),
        ]
    )
    assert report["n"] == 4
    assert report["wer"] is None
    assert report["intent_accuracy"] == 0.75
    assert report["decision_accuracy"] == 0.75
    assert report["route_accuracy"] == 0.5
    assert report["clarified"] == 0.25
    assert report["false_answers"] == 0.0
    assert report["by_style"]["plain"]["decision_accuracy"] == 0.5
    assert report["by_style"]["long"]["route_accuracy"] == 1.0
    assert report["by_condition"] == {}
    assert set(report["items"][0]) == {
        "id",
        "heard",
        "intent",
        "confidence",
        "lieu",
        "jour",
        "decision",
        "service",
    }


def test_an_unlabelled_transfer_belongs_to_the_front_desk():
    report = score([pair("hors_sujet", "out_of_scope", "x", "transfer", got_service="accueil")])
    assert report["route_accuracy"] == 1.0


def test_word_errors_count_the_spoken_items_only():
    report = score(
        [
            pair("a", "answer", "a", "answer", audio="a.wav", condition="street", heard="un deux"),
            pair("a", "answer", "a", "answer", heard="tout autre chose"),
        ]
    )
    assert report["wer"] == 0.5
    assert report["by_condition"]["street"]["wer"] == 0.5


def test_percentiles_are_values_that_occurred():
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 0.5) == 50.0
    assert percentile(values, 0.95) == 95.0
    assert percentile([7.0], 0.95) == 7.0
    assert percentile([], 0.5) is None
