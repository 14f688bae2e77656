"""Whatever gateways answer and report, in whatever order: a message leaves once, or people know."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.sms import policy
from telephony.sms.model import CLOSED, Report, ReportState, Text, TextState
from telephony.sms.rules import OutboxRules
from tests.telephony.sms.outboxparts import NOON, after, request

RULES = OutboxRules(retry_delays_s=(10.0, 60.0), lifetime_s=3600.0, doubt_s=600.0, settle_s=5.0)


def queued() -> Text:
    return policy.new("t1", request(), NOON, RULES)


def must(text: Text | None) -> Text:
    assert text is not None
    return text


def sending(gateway: str = "a") -> Text:
    return must(policy.begin(queued(), gateway, NOON))


def sent() -> Text:
    return must(policy.accepted(sending(), "a", "g1", NOON))


def doubtful() -> Text:
    return must(policy.in_doubt(sending(), "pas de réponse", NOON, RULES))


def report(state: ReportState, seconds: float = 5, gateway: str = "a", error: str = "") -> Report:
    return Report(gateway, state, after(seconds), id="t1", error=error)


def test_a_message_goes_out_and_arrives() -> None:
    text = sent()
    assert (text.state, text.gateway, text.gateway_id, text.attempts) == (
        TextState.SENT,
        "a",
        "g1",
        1,
    )
    arrived = must(policy.reported(text, report("delivered")))
    assert (arrived.state, arrived.changed_at) == (TextState.DELIVERED, after(5))
    assert arrived.version == text.version + 1


@pytest.mark.parametrize("state", ["accepted", "delivered", "failed", "expired"])
def test_a_report_names_the_message_or_leaves_its_name(state: ReportState) -> None:
    known = replace(sending(), gateway_id="g1")
    assert must(policy.reported(known, report(state))).gateway_id == "g1"
    named = replace(report(state), gateway_id="g2")
    assert must(policy.reported(known, named)).gateway_id == "g2"


@pytest.mark.parametrize(("error", "told"), [("", policy.NOT_DELIVERED), ("saturé", "saturé")])
def test_what_a_gateway_says_of_a_failure_is_told_or_that_it_failed(error: str, told: str) -> None:
    assert must(policy.reported(sent(), report("failed", error=error))).error == told


def test_nothing_begins_early_late_or_twice() -> None:
    text = queued()
    assert policy.begin(replace(text, due_at=after(1)), "a", NOON) is None
    assert policy.begin(text, "a", text.expires_at) is None
    assert policy.begin(sending(), "a", NOON) is None
    assert policy.begin(sent(), "a", NOON) is None


def test_waits_grow_and_the_end_is_told() -> None:
    text, waits = queued(), []
    for _ in range(3):
        text = must(policy.begin(text, "a", text.due_at))
        began = text.changed_at
        text = must(policy.down(text, "modem débranché", began, RULES))
        waits.append((text.due_at - began).total_seconds())
    assert waits == [10.0, 60.0, 60.0]
    assert policy.expired(text, text.expires_at - timedelta(seconds=1)) is None
    late = must(policy.expired(text, text.expires_at))
    assert (late.state, late.error) == (TextState.EXPIRED, "non envoyé à temps : modem débranché")
    assert must(policy.expired(queued(), after(3600))).error == "non envoyé à temps"


def test_a_refusal_is_final() -> None:
    text = must(policy.refused(sending(), "numéro interdit", NOON))
    assert (text.state, text.error) == (TextState.FAILED, "numéro interdit")
    assert not text.doubtful


def test_the_next_gateway_is_written_down_before_it_is_called() -> None:
    text = must(policy.redirected(sending(), "b", NOON))
    assert (text.state, text.gateway, text.attempts) == (TextState.SENDING, "b", 1)
    assert policy.accepted(text, "a", "g1", NOON) is None
    assert must(policy.accepted(text, "b", "g2", NOON)).gateway == "b"


def test_a_doubt_stays_with_its_gateway() -> None:
    text = doubtful()
    assert (text.state, text.doubt_since, text.due_at) == (TextState.SENDING, NOON, after(5))
    assert policy.redirected(text, "b", NOON) is None
    assert policy.down(text, "", NOON, RULES) is None
    assert policy.refused(text, "", NOON) is None
    assert policy.in_doubt(text, "", after(9), RULES) is None
    assert must(policy.accepted(text, "a", "g1", NOON)).state is TextState.SENT


def test_what_was_never_taken_goes_again_at_once_then_with_waits() -> None:
    first = must(policy.never_taken(doubtful(), after(5), RULES))
    assert (first.state, first.due_at, first.doubtful) == (TextState.QUEUED, after(5), False)
    again = must(policy.begin(first, "a", after(5)))
    second = must(policy.in_doubt(again, "pas de réponse", after(6), RULES))
    assert must(policy.never_taken(second, after(11), RULES)).due_at == after(21)


def test_people_decide_when_nobody_can_tell() -> None:
    text, asked = doubtful(), []
    while text.state is TextState.SENDING:
        asked.append((text.due_at - NOON).total_seconds())
        text = must(policy.unanswered(text, "cannot_tell", text.due_at, RULES))
    assert asked[:5] == [5, 10, 20, 40, 80]
    assert asked[-1] == 600
    assert max(late - early for early, late in pairwise(asked)) <= 60
    assert (text.state, text.doubtful) == (TextState.FAILED, True)
    assert text.error == "sans nouvelles de la passerelle ; vérifiez avant de renvoyer"


def test_a_gateway_out_of_reach_is_asked_until_the_text_is_too_old() -> None:
    text = doubtful()
    text = must(policy.unanswered(text, "not_reached", after(600), RULES))
    assert text.state is TextState.SENDING
    assert must(policy.never_taken(text, after(700), RULES)).state is TextState.QUEUED
    assert must(policy.unanswered(text, "not_reached", after(3600), RULES)).error == policy.NO_NEWS


def test_delivered_is_final_and_overrides_all() -> None:
    failed = must(policy.reported(sent(), report("failed", error="absent")))
    assert (failed.state, failed.error) == (TextState.FAILED, "absent")
    expired = must(policy.reported(sent(), report("expired")))
    assert expired.state is TextState.EXPIRED
    for text in (queued(), sending(), doubtful(), sent(), failed, expired):
        arrived = must(policy.reported(text, report("delivered", 9)))
        assert (arrived.state, arrived.error, arrived.doubtful) == (TextState.DELIVERED, "", False)
        for state in ("accepted", "delivered", "failed", "expired"):
            assert policy.reported(arrived, report(state, 10)) is None


def test_news_end_a_doubt_even_after_people_were_asked() -> None:
    given_up = must(policy.unanswered(doubtful(), "cannot_tell", after(600), RULES))
    for text in (doubtful(), given_up):
        assert must(policy.reported(text, report("accepted"))).state is TextState.SENT
        lost = must(policy.reported(text, report("failed", error="absent")))
        assert (lost.state, lost.error, lost.doubtful) == (TextState.FAILED, "absent", False)


def test_news_of_another_gateway_or_of_a_try_before_change_nothing() -> None:
    assert policy.reported(sent(), report("failed", gateway="b")) is None
    assert policy.reported(sent(), report("expired", gateway="b")) is None
    waiting = must(policy.down(sending(), "", NOON, RULES))
    assert policy.reported(waiting, report("failed")) is None
    # Taken after all: a second try would be one too many.
    assert must(policy.reported(waiting, report("accepted"))).state is TextState.SENT


def test_a_report_faster_than_the_answer_keeps_the_gateways_name() -> None:
    arrived = must(policy.reported(sending(), report("delivered")))
    named = must(policy.accepted(arrived, "a", "g1", after(6)))
    assert (named.state, named.gateway_id) == (TextState.DELIVERED, "g1")
    assert policy.accepted(named, "a", "g1", after(7)) is None
    assert policy.down(arrived, "", NOON, RULES) is None


def test_staff_sends_again_only_what_failed() -> None:
    failed = must(policy.refused(sending(), "refusé", NOON))
    fresh = must(policy.again(failed, "t2", after(60), RULES))
    assert (fresh.id, fresh.state, fresh.round, fresh.attempts) == ("t2", TextState.QUEUED, 2, 0)
    assert fresh.expires_at == after(3660)
    assert fresh.request == failed.request
    for text in (queued(), sending(), doubtful(), sent()):
        assert policy.again(text, "t2", NOON, RULES) is None


def test_stop_and_cancel_reach_only_what_waits() -> None:
    assert must(policy.stopped(queued(), NOON)).error == "ce numéro a répondu STOP"
    assert must(policy.cancelled(queued(), NOON)).state is TextState.FAILED
    for text in (sending(), doubtful(), sent()):
        assert policy.stopped(text, NOON) is None
        assert policy.cancelled(text, NOON) is None


EVENTS = st.sampled_from(
    [
        "take",
        "take",
        "take_unanswered",
        "lose_unanswered",
        "redirect_unanswered",
        "down",
        "refuse",
        "crash",
        "find",
        "find",
        "find_unreached",
        "find_silent",
        "report_accepted",
        "report_delivered",
        "report_failed",
        "report_expired",
        "expire",
    ]
)
PAUSES = st.sampled_from([0, 1, 6, 11, 61, 700, 1800])


@dataclass
class Operators:
    """Two honest gateways, and a sender between them that may die at any time."""

    text: Text = field(default_factory=queued)
    taken: list[str] = field(default_factory=list)

    def happens(self, event: str, gateway: str, now: datetime) -> Text | None:
        if event.startswith("report"):
            return self._reports(event.removeprefix("report_"), now)
        if event.startswith("find"):
            return self._found(event, now)
        if event == "expire":
            return policy.expired(self.text, now)
        begun = policy.begin(self.text, gateway, now)
        if begun is None:
            return None
        if event == "redirect_unanswered":
            begun = must(policy.redirected(begun, "ab".replace(gateway, ""), now))
            self.taken.append(begun.gateway)
        if event in ("take", "take_unanswered"):
            self.taken.append(gateway)
        return self._answered(event, begun, now)

    def _answered(self, event: str, begun: Text, now: datetime) -> Text | None:
        match event:
            case "take":
                return policy.accepted(begun, begun.gateway, "g1", now)
            case "down":
                return policy.down(begun, "en panne", now, RULES)
            case "refuse":
                return policy.refused(begun, "refusé", now)
        return policy.in_doubt(begun, "pas de réponse", now, RULES)

    def _found(self, event: str, now: datetime) -> Text | None:
        if event == "find_unreached":
            return policy.unanswered(self.text, "not_reached", now, RULES)
        if event == "find_silent":
            return policy.unanswered(self.text, "cannot_tell", now, RULES)
        if self.text.gateway in self.taken:
            return policy.accepted(self.text, self.text.gateway, "g1", now)
        return policy.never_taken(self.text, now, RULES)

    def _reports(self, state: str, now: datetime) -> Text | None:
        """Only of what was taken: a gateway does not invent news."""
        if not self.taken:
            return None
        news = Report(self.taken[0], state, now, id="t1")  # type: ignore[arg-type]
        return policy.reported(self.text, news)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(life=st.lists(st.tuples(EVENTS, st.sampled_from("ab"), PAUSES), max_size=40))
def test_any_life_of_a_message(life: list[tuple[str, str, int]]) -> None:
    world, now = Operators(), NOON
    for event, gateway, pause in life:
        now += timedelta(seconds=pause)
        was = world.text
        following = world.happens(event, gateway, now)
        if following is None:
            continue
        assert following.version > was.version
        if was.state in CLOSED and following.state is not was.state:
            assert was.state is not TextState.DELIVERED, "delivered is final"
            assert event.startswith("report"), "only news moves what is closed"
        if was.doubtful and following.state is TextState.SENDING:
            assert following.gateway == was.gateway, "a doubt never goes elsewhere"
        world.text = following
        assert len(world.taken) <= 1, "handed over twice"
        assert following.doubtful <= (following.state in (TextState.SENDING, TextState.FAILED))
        if following.state in (TextState.SENT, TextState.DELIVERED):
            assert world.taken, "said to be sent, and nobody has it"
        if world.taken and following.state in (TextState.QUEUED, TextState.EXPIRED):
            assert event == "report_expired", "taken, and it would be sent again"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    states=st.lists(st.sampled_from(["accepted", "delivered", "failed", "expired"]), max_size=8),
    repeats=st.integers(1, 3),
)
def test_reports_may_come_twice_and_in_any_order(states: list[ReportState], repeats: int) -> None:
    text = sent()
    for state in states * repeats:
        text = policy.reported(text, report(state)) or text
    if "delivered" in states:
        assert text.state is TextState.DELIVERED
    elif {"failed", "expired"} & set(states):
        first = next(state for state in states if state != "accepted")
        assert text.state == first
    else:
        assert text.state is TextState.SENT
    assert all(policy.reported(text, report(state)) is None for state in states)


@pytest.mark.parametrize("state", [TextState.SENT, TextState.DELIVERED])
def test_what_left_is_not_asked_for_again(state: TextState) -> None:
    text = replace(sent(), state=state)
    assert policy.never_taken(text, NOON, RULES) is None
    assert policy.unanswered(text, "cannot_tell", after(9999), RULES) is None
    assert policy.in_doubt(text, "", NOON, RULES) is None
