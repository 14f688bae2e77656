"""Callers in the queue of a core that dies: each goes to the fallback, or the call ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.telephony.rawphone import RawPhone
from tests.telephony.test_worker import tone
from tests.telephony.townhall import (
    ANNE,
    ANNE_PORT,
    CALLER,
    WORKER,
    TownHall,
    asks_for_a_person,
    hears,
    hears_the_bot,
    hung_up,
    loud,
    queued,
    until,
)

pytestmark = [pytest.mark.component, pytest.mark.calls]

FALLBACK = "sip:secours@127.0.0.1:22098"
MUSIC = {"accueil": tone(1.0)}
WAITING = "prochaine personne"

Phone = Callable[..., Awaitable[RawPhone]]


async def who_waits(hall: TownHall, raw: Phone, **options: int) -> RawPhone:
    """Return a caller who is in the queue, and has been told so, as the only agent is busy."""
    anne = await raw(port=ANNE_PORT, target=WORKER, manual=True)
    caller = await raw(port=CALLER, target=WORKER, **options)
    await asks_for_a_person(hall, caller)
    anne.reply(await anne.called(), 486)
    await hears_the_bot(hall, caller, WAITING, "queued")
    return caller


@pytest.mark.parametrize("music", [MUSIC, {}], ids=["music", "silence"])
async def test_who_waits_goes_to_the_fallback_when_the_core_is_gone(
    tmp_path: Path, raw: Phone, music: dict[str, bytes]
) -> None:
    rules = queued(ANNE, penalty_s=60.0)
    options = {"core_grace_s": 0.5, "fallback": FALLBACK}
    async with TownHall(tmp_path, rules, music, **options) as hall:
        caller = await who_waits(hall, raw)
        if music:
            await hears(caller)
        else:
            await until(lambda: not loud(caller))
        await hall.core_dies()
        assert FALLBACK in (await caller.asked("REFER")).get("refer-to")
        await caller.notify("200 OK", "terminated;reason=noresource")
        await hung_up(caller)


async def test_who_waits_goes_to_the_fallback_as_soon_as_a_new_core_is_there(
    tmp_path: Path, raw: Phone
) -> None:
    rules = queued(ANNE, penalty_s=60.0)
    options = {"core_grace_s": 600.0, "fallback": FALLBACK}
    async with TownHall(tmp_path, rules, MUSIC, **options) as hall:
        caller = await who_waits(hall, raw)
        await hall.core_dies()
        await hall.core_starts()
        assert FALLBACK in (await caller.asked("REFER")).get("refer-to")
        await caller.notify("200 OK", "terminated;reason=noresource")
        await hung_up(caller)


async def test_who_waits_is_hung_up_when_there_is_no_fallback(tmp_path: Path, raw: Phone) -> None:
    async with TownHall(tmp_path, queued(ANNE, penalty_s=60.0), MUSIC, core_grace_s=0.5) as hall:
        caller = await who_waits(hall, raw)
        await hall.core_dies()
        await hung_up(caller)


async def test_who_waits_is_hung_up_when_the_fallback_takes_no_call(
    tmp_path: Path, raw: Phone
) -> None:
    options = {"core_grace_s": 0.5, "fallback": FALLBACK}
    async with TownHall(tmp_path, queued(ANNE, penalty_s=60.0), MUSIC, **options) as hall:
        caller = await who_waits(hall, raw, refer_answer=603)
        await hall.core_dies()
        await caller.asked("REFER")
        await hung_up(caller)
