from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callbot.records import Call, Turn
from console.card import card_of
from console.live import Change, LiveBoard, Person, WaitingEntry
from console.ports import Digest, FollowUp, Mark

# 23:30 in Paris.
LATE = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return LATE + timedelta(minutes=minutes)


def a_turn(n: int, heard: str = "samedi ?", **changes: Any) -> Turn:
    values: dict[str, Any] = {
        "n": n,
        "at": at(n),
        "heard": heard,
        "intent": "horaires_lieu",
        "confidence": 0.9,
        "decision": "answer",
        "said": "Oui.",
        "lieu": "mairie",
    }
    return Turn(**(values | changes))


@pytest.fixture
def board() -> LiveBoard:
    return LiveBoard(epoch="e", ring=5)


def start(board: LiveBoard, call: str = "c1", minutes: float = 0) -> None:
    board.call_started(call, caller="0612345678", called="mairie", at=at(minutes))


def test_a_snapshot_stays_as_it_was_taken(board: LiveBoard) -> None:
    start(board)
    before = board.snapshot()
    board.phase("c1", "thinking", at(1), service="ccas")
    board.turn("c1", a_turn(1))
    assert before.calls[0].turns == ()
    assert before.calls[0].phase == "ringing"
    with pytest.raises(FrozenInstanceError):
        before.calls[0].phase = "closing"  # type: ignore[misc]
    (now,) = board.snapshot().calls
    assert (now.phase, now.phase_since, now.service) == ("thinking", at(1), "ccas")


def test_turns_stay_in_order_and_a_late_latency_replaces(board: LiveBoard) -> None:
    start(board)
    board.heard("c1", "et dimanche")
    assert board.snapshot().calls[0].pending == "et dimanche"
    board.turn("c1", a_turn(2, "et dimanche"))
    board.turn("c1", a_turn(1))
    board.turn("c1", replace(a_turn(2, "et dimanche"), latency_ms=800.0))
    (call,) = board.snapshot().calls
    assert [(turn.n, turn.latency_ms) for turn in call.turns] == [(1, None), (2, 800.0)]
    assert call.pending == ""


def test_the_card_is_the_last_request_with_what_was_named_before(board: LiveBoard) -> None:
    start(board)
    board.turn("c1", a_turn(1, "la mairie samedi", jour="samedi"))
    board.turn("c1", a_turn(2, "et dimanche", lieu=None, jour="dimanche"))
    board.turn("c1", a_turn(3, "merci", intent="remercier", decision="social", lieu=None))
    board.details("c1", {"rue": "rue des Lilas"})
    card = board.snapshot().calls[0].card
    assert card is not None
    assert (card.asked, card.lieu, card.jour) == ("et dimanche", "mairie", "dimanche")
    assert card.then == ""
    assert card.details == {"rue": "rue des Lilas"}


def test_asking_for_a_human_does_not_hide_the_matter(board: LiveBoard) -> None:
    start(board)
    board.turn("c1", a_turn(1, "mon passeport", intent="carte_identite_passeport"))
    last = a_turn(2, "passez-moi quelqu'un", intent="demander_agent", service="etat_civil")
    board.turn("c1", last)
    card = board.snapshot().calls[0].card
    assert card is not None
    assert (card.asked, card.then) == ("mon passeport", "passez-moi quelqu'un")
    assert (card.intent, card.service) == ("carte_identite_passeport", "etat_civil")


def test_a_goodbye_does_not_change_the_service(board: LiveBoard) -> None:
    start(board)
    board.turn("c1", a_turn(1, service="proprete"))
    board.turn("c1", a_turn(2, "merci", intent="refuser", decision="social", service="accueil"))
    assert board.snapshot().calls[0].service == "proprete"
    board.call_ended("c1", outcome="answered", at=at(2))
    assert board.snapshot().finished[0].service == "proprete"


def test_a_reader_takes_only_what_it_missed(board: LiveBoard) -> None:
    start(board)
    seen = board.number
    board.turn("c1", a_turn(1))
    board.queue_changed([WaitingEntry("c1", "ccas", 1, at(1))])
    assert board.changes_since(seen) == (Change(2, "turn", "c1"), Change(3, "queue"))
    assert board.changes_since(board.number) == ()


def test_what_changes_nothing_is_no_change(board: LiveBoard) -> None:
    start(board)
    board.phase("c1", "listening", at(1))
    board.queue_changed([])
    seen = board.number
    board.phase("c1", "listening", at(2))
    board.queue_changed([])
    board.presence_changed([])
    board.turn("absent", a_turn(1))
    board.call_ended("absent", outcome="failed", at=at(1))
    assert board.number == seen


def test_a_reader_left_behind_or_from_another_run_needs_a_snapshot(board: LiveBoard) -> None:
    for n in range(8):
        start(board, f"c{n}")
    assert board.changes_since(2) is None
    kept = board.changes_since(3)
    assert kept is not None
    assert len(kept) == 5
    assert board.changes_since(9) is None
    assert board.changes_since(-1) is None


def test_listeners_are_woken_until_they_leave(board: LiveBoard) -> None:
    woken: list[int] = []
    leave = board.subscribe(lambda: woken.append(board.number))
    start(board)
    leave()
    start(board, "c2")
    assert woken == [1]


def test_figures_count_the_day_of_the_town(board: LiveBoard) -> None:
    outcomes = ["answered", "answered", "transferred", "abandoned", "callback"]
    for n, outcome in enumerate(outcomes):
        start(board, f"c{n}", n)
        board.call_ended(f"c{n}", outcome=outcome, at=at(n + 1))
    start(board, "w", 10)
    start(board, "b", 11)
    board.queue_changed(
        [
            WaitingEntry("w", "ccas", 1, at(12)),
            WaitingEntry("c4", "ccas", 2, at(5), callback=True),
        ]
    )
    figures = board.figures(at(20))
    assert (figures.waiting, figures.oldest, figures.in_progress) == (1, at(12), 1)
    assert (figures.ended, figures.answered, figures.by_bot_percent) == (5, 3, 40)
    assert figures.callbacks == 1
    board.followed_up("c4", FollowUp(marks=(Mark("done", at(21), "Marie"),)))
    assert board.figures(at(21)).callbacks == 0
    # 00:05 in Paris, still the same day in UTC.
    tomorrow = board.figures(at(35))
    assert (tomorrow.ended, tomorrow.by_bot_percent) == (0, None)


def test_calls_of_yesterday_are_forgotten(board: LiveBoard) -> None:
    start(board, "yesterday")
    board.call_ended("yesterday", outcome="answered", at=at(1))
    start(board, "today", 40)
    board.call_ended("today", outcome="answered", at=at(41))
    assert [call.id for call in board.snapshot().finished] == ["today"]


def test_the_day_so_far_comes_back_after_a_restart(board: LiveBoard) -> None:
    def kept(call: str, minutes: float, ended: float | None) -> Digest:
        end = None if ended is None else at(ended)
        outcome = None if end is None else "callback"
        record = Call(call, call, at(minutes), "••••••78", "", end, outcome)  # type: ignore[arg-type]
        return Digest(record, "mon passeport", "carte_identite_passeport")

    start(board, "running")
    board.restore([kept("b", 2, 3), kept("a", 0, 1), kept("old", -1500, -1499)], at(5))
    board.restore([kept("open", 4, None), kept("running", 0, 1)], at(5))
    finished = board.snapshot().finished
    assert [call.id for call in finished] == ["b", "a"]
    assert (finished[0].outcome, finished[0].asked) == ("callback", "mon passeport")
    assert [call.id for call in board.snapshot().calls] == ["running"]


def test_presence_is_shown_as_it_is(board: LiveBoard) -> None:
    board.presence_changed([Person("marie", "Marie", "in_call", wanted="break")])
    person = board.person("marie")
    assert person is not None
    assert (person.state, person.wanted) == ("in_call", "break")
    assert board.person("paul") is None


def test_a_card_tells_the_matter_and_not_the_yes_to_a_text_about_it() -> None:
    turns = [
        a_turn(1, "quels papiers pour un passeport", intent="carte_identite_passeport"),
        a_turn(2, "oui je veux bien", intent="affirmer", decision="confirm"),
        a_turn(3, "06 12 34 56 78", intent=None, decision="answer"),
        a_turn(4, "rappelez-moi plutôt", intent="demander_rappel", decision="transfer"),
    ]
    card = card_of(turns)
    assert card is not None
    assert (card.asked, card.then) == ("quels papiers pour un passeport", "rappelez-moi plutôt")
    assert card.intent == "carte_identite_passeport"


def test_a_card_tells_the_matter_and_not_the_goodbye_that_agrees_to_a_call_back() -> None:
    turns = [
        a_turn(1, "l'urbanisme peut me rappeler pour mon permis", intent="permis"),
        a_turn(2, "oui merci au revoir", intent="au_revoir", decision="transfer"),
    ]
    card = card_of(turns)
    assert card is not None
    assert (card.intent, card.then) == ("permis", "")
