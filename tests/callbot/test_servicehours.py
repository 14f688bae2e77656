"""The demo town's hours, as call-backs see them, also from the thread that keeps them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from callbot.paths import Paths
from callbot.servicehours import TownServiceHours
from callbot.waiting import Waiting
from knowledge.town import load_town
from telephony.callbackrecord import CallbackState
from telephony.callbacks import CallbackPolicy
from telephony.callbacktimes import CallbackTimes
from telephony.reception import CallbackRules


async def test_a_request_before_a_public_holiday_waits_for_the_day_after(tmp_path: Path) -> None:
    town = load_town(Paths.choose().town)
    rules = CallbackRules()
    times = CallbackTimes(rules, TownServiceHours(town), town.timezone)
    policy = CallbackPolicy(rules, times, texts=True)

    def asked(now: datetime, service: str) -> CallbackState:
        step = policy.request(
            f"{service}{now.day}",
            number="+33612345678",
            mobile=True,
            service=service,
            reason="",
            now=now,
        )
        due.append(step.keep.due_at)
        steps.append(step)
        return step.keep.state

    due: list[datetime] = []
    steps = []
    evening = datetime(2026, 11, 10, 20, 0, tzinfo=town.timezone)
    assert asked(evening, "elections") is CallbackState.PLANNED
    assert due[0] == datetime(2026, 11, 12, 9, 0, tzinfo=town.timezone)
    assert asked(evening, "service_disparu") is CallbackState.BY_HAND
    waiting = await Waiting.open(tmp_path / "attente.sqlite3")
    await waiting.ask(policy, steps[0], evening)
    later = datetime(2026, 11, 13, 10, 0, tzinfo=town.timezone)
    renewed = await waiting.ask(policy, steps[0], evening, not_before=later)
    assert (renewed.outcome, renewed.callback.due_at) == ("renewed", later)
    await waiting.close()
