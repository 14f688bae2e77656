"""One agent, change by change: what staff say, and what their telephones do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from telephony.presence import AgentState, Change, Presence, changed, paused

RESTED_SINCE = 40.0
AT_WORK = AgentState(Presence.AVAILABLE, Presence.AVAILABLE, since=50.0, idle_since=RESTED_SINCE)
NOW = 100.0


def doing(presence: Presence) -> AgentState:
    """Somebody who works, and does this now."""
    return replace(AT_WORK, presence=presence)


def test_without_time_to_write_up_an_agent_is_free_at_once() -> None:
    assert changed(doing(Presence.IN_CALL), Change.HUNG_UP, NOW).presence is Presence.AVAILABLE
    writing = changed(doing(Presence.IN_CALL), Change.HUNG_UP, NOW, wrap_up_s=0.5)
    assert (writing.presence, writing.rests_until) == (Presence.WRAP_UP, 100.5)


@pytest.mark.parametrize("change", [Change.PLUGGED, Change.HUNG_UP, Change.RING_STOPPED])
def test_what_changes_nothing_does_not_cut_the_writing_up_short(change: Change) -> None:
    writing = changed(doing(Presence.IN_CALL), Change.HUNG_UP, NOW, wrap_up_s=30.0)
    after = changed(writing, change, NOW + 10, wrap_up_s=0.0)
    assert after == writing
    assert changed(after, Change.RESTED, NOW + 30).rests_until is None


@pytest.mark.parametrize(
    ("before", "change", "rested_since"),
    [
        (Presence.BREAK, Change.WANTS_AVAILABLE, NOW),
        (Presence.OFFLINE, Change.WANTS_AVAILABLE, NOW),
        (Presence.IN_CALL, Change.HUNG_UP, NOW),
        (Presence.RINGING, Change.RING_STOPPED, RESTED_SINCE),
        (Presence.WRAP_UP, Change.RESTED, RESTED_SINCE),
        (Presence.BREAK, Change.RINGS, RESTED_SINCE),  # a call taken from the console
    ],
)
def test_whoever_has_rested_counts_from_the_last_call_or_the_return_to_work(
    before: Presence, change: Change, rested_since: float
) -> None:
    assert changed(doing(before), change, NOW, wrap_up_s=30.0).idle_since == rested_since


def test_a_telephone_that_is_never_answered_is_tried_every_ten_minutes_at_least() -> None:
    agent, lengths = AT_WORK, []
    for _ in range(30):
        agent = paused(agent, NOW, 15.0, missed=True)
        lengths.append(agent.paused_until - NOW)
    assert lengths[:6] == [15.0, 30.0, 60.0, 120.0, 240.0, 480.0]
    assert set(lengths[6:]) == {600.0}


def test_a_refusal_is_left_alone_no_longer_each_time() -> None:
    agent = paused(paused(AT_WORK, NOW, 15.0, missed=False), NOW, 15.0, missed=False)
    assert (agent.paused_until, agent.missed) == (NOW + 15.0, 0)
    assert not agent.can_be_rung(NOW + 14.9)
    assert agent.can_be_rung(NOW + 15.0)


def test_whoever_says_to_be_there_is_rung_again_at_once() -> None:
    missed = changed(paused(AT_WORK, NOW, 15.0, missed=True), Change.UNPLUGGED, NOW)
    assert missed.presence is Presence.OFFLINE
    back = changed(missed, Change.WANTS_AVAILABLE, NOW + 1)
    assert back.can_be_rung(NOW + 1)
    assert (back.missed, back.plugged) == (0, True)


def test_a_telephone_that_answers_is_there_after_all() -> None:
    gone = changed(paused(AT_WORK, NOW, 600.0, missed=True), Change.UNPLUGGED, NOW)
    answering = changed(gone, Change.ANSWERED, NOW + 1)
    assert changed(answering, Change.HUNG_UP, NOW + 2).can_be_rung(NOW + 2)
