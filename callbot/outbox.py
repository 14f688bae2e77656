"""The text messages on disk: kept before the resident hears of it, sent once, followed to the end.

Every change is a transaction that reads the message, asks the policy and keeps the next version;
it is on disk before it is told to anybody. After a crash :meth:`Outbox.interrupted` gives back the
messages that were being handed over: the only ones of which it is not known who has them.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
from collections.abc import Callable, Collection, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from callbot import outboxrecords as rows
from callbot.database import Database
from callbot.outboxrecords import StateCounts
from callbot.schema import aware, instant
from common.frenchnumbers import FrenchNumber, french_number
from telephony.sms import limits, policy
from telephony.sms.limits import Alarm, Counts
from telephony.sms.model import Incoming, Limit, Report, Submitted, Text, TextRequest, TextState
from telephony.sms.rules import OutboxRules
from telephony.sms.store import Step

EXPIRY_BATCH = 100
EARLY_MAX = 1000
"""Reports kept for messages whose gateway has not yet said how it names them."""

log = logging.getLogger(__name__)

T = TypeVar("T")


class Outbox:
    """The messages of all residents. Open with :meth:`open`, end with :meth:`close`.

    ``zone`` is the town's; ``countries`` are the regions (ISO 3166) whose mobiles may get texts.
    ``on_change`` is told every message that was kept or changed, ``on_alarm`` the first refusal of
    each hour and day whose limit is reached; both from the event loop, after it is on disk.
    """

    def __init__(
        self,
        database: Database,
        rules: OutboxRules,
        zone: ZoneInfo,
        *,
        countries: Collection[str] = ("FR",),
        on_change: Callable[[Text], None] | None = None,
        on_alarm: Callable[[Alarm], None] | None = None,
    ) -> None:
        self.arrivals = asyncio.Event()
        """Set when a message waits for its hand-over; cleared by whoever hands over."""
        self._database = database
        self._rules = rules
        self._zone = zone
        self._countries = countries
        self._on_change = on_change
        self._on_alarm = on_alarm
        self._alarmed: dict[str, str] = {}
        self._writes: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(
        cls,
        path: Path,
        rules: OutboxRules,
        zone: ZoneInfo,
        *,
        countries: Collection[str] = ("FR",),
        on_change: Callable[[Text], None] | None = None,
        on_alarm: Callable[[Alarm], None] | None = None,
    ) -> Outbox:
        """Open or create the file; raises :class:`callbot.database.DatabaseError`."""
        database = await Database.open(path, "outbox", rows.MIGRATIONS)
        return cls(
            database, rules, zone, countries=countries, on_change=on_change, on_alarm=on_alarm
        )

    async def close(self) -> None:
        """Finish every queued write, then close."""
        if self._writes:
            await asyncio.wait(self._writes)
        await self._database.close()

    # What residents, staff and gateways ask for

    async def submit(self, request: TextRequest, now: datetime) -> Submitted:
        """Keep a message that a resident agreed to; the same key is kept once.

        Deciding and keeping are one transaction, and what is ``queued`` is on disk.

        Raises:
            ValueError: it has no key, says nothing, or nobody agreed to it.
        """
        limits.check(request)
        if not limits.may_get_texts(request.number, self._countries):
            return Submitted("refused")
        done = await self._write(lambda database: self._submit(database, request, now), _new_text)
        if done.limit in ("hour", "day"):
            self._alarm(done.limit, now)
        return done

    async def resend(self, identifier: str, now: datetime) -> Submitted:
        """Staff sends a message again that failed or expired, as a new one, without any limit.

        ``refused``: unknown, or in no such state; ``already``: it was sent again before;
        ``stopped``: the number has answered STOP.
        """
        return await self._write(
            lambda database: self._resend(database, identifier, now), _new_text
        )

    async def cancel(self, identifier: str, now: datetime) -> Text | None:
        """Staff stops a message that has not left; None when it has, or is unknown."""
        return await self.change(identifier, lambda text: policy.cancelled(text, now))

    async def report(self, report: Report) -> None:
        """Keep what a gateway says of a message; unknown ones, repeats and old news are nothing."""
        await self._write(lambda database: _report(database, report), _one)

    async def incoming(self, incoming: Incoming) -> None:
        """Honour a resident's STOP, which also ends what waits for that number, and START."""
        wish = limits.wish_of(incoming.text)
        if wish is not None:
            sender = french_number(incoming.number)
            number = sender.e164 if isinstance(sender, FrenchNumber) else incoming.number
            await self.stop(number, incoming.at, stop=wish == "stop")

    async def stop(self, number: str, now: datetime, *, stop: bool = True) -> None:
        """Send a number (E.164) nothing more, or with ``stop=False`` texts again."""

        def work(database: sqlite3.Connection) -> list[Text]:
            if not stop:
                database.execute("DELETE FROM stopped WHERE number = ?", (number,))
                return []
            database.execute(
                "INSERT INTO stopped VALUES (?, ?) ON CONFLICT (number) DO NOTHING",
                (number, instant(now)),
            )
            waiting = _texts(database, "number = ? AND state = 'queued'", (number,))
            return [_keep(database, policy.stopped(text, now)) for text in waiting]

        await self._write(work, list)

    async def stopped(self) -> tuple[str, ...]:
        """Return the numbers that have answered STOP, in order."""

        def read(database: sqlite3.Connection) -> tuple[str, ...]:
            found = database.execute("SELECT number FROM stopped ORDER BY number")
            return tuple(row["number"] for row in found)

        return await self._database.submit(read)

    # What the sender asks for

    async def change(self, identifier: str, step: Step) -> Text | None:
        """Keep what ``step`` makes of a message; None when it makes nothing, or is unknown."""

        def work(database: sqlite3.Connection) -> Text | None:
            found = _texts(database, "id = ?", (identifier,))
            return _advance(database, found[0], step(found[0])) if found else None

        return await self._write(work, _one)

    async def due(self, now: datetime, limit: int) -> tuple[Text, ...]:
        """Return messages to hand over now, due first first."""
        return await self._read(
            "state = 'queued' AND due_at <= ?1 AND expires_at > ?1 ORDER BY due_at, seq LIMIT ?2",
            (instant(now), limit),
        )

    async def interrupted(self, limit: int) -> tuple[Text, ...]:
        """Return messages whose hand-over no process can still be at, right after a start."""
        return await self._read(
            "state = 'sending' AND doubt_since IS NULL ORDER BY seq LIMIT ?", (limit,)
        )

    async def doubts(self, now: datetime, limit: int) -> tuple[Text, ...]:
        """Return messages in doubt of which a gateway is to be asked now."""
        return await self._read(
            "state = 'sending' AND doubt_since IS NOT NULL AND due_at <= ? "
            "ORDER BY due_at, seq LIMIT ?",
            (instant(now), limit),
        )

    async def next_due(self, now: datetime) -> datetime | None:
        """Return when a message that waits is due or expires, None when none waits."""
        return await self._earliest(
            "SELECT min(at) FROM (SELECT min(due_at) AS at FROM texts WHERE state = 'queued' "
            "AND due_at > ? UNION ALL SELECT min(expires_at) FROM texts WHERE state = 'queued')",
            (instant(now),),
        )

    async def next_doubt(self) -> datetime | None:
        """Return when a gateway is to be asked next, None when nothing is in doubt."""
        return await self._earliest(
            "SELECT min(due_at) FROM texts WHERE state = 'sending' AND doubt_since IS NOT NULL", ()
        )

    async def expire(self, now: datetime) -> int:
        """End messages that are too old to be sent; return how many, fewer than a batch if all."""

        def work(database: sqlite3.Connection) -> list[Text]:
            late = _texts(
                database,
                "state = 'queued' AND expires_at <= ? ORDER BY expires_at LIMIT ?",
                (instant(now), EXPIRY_BATCH),
            )
            return [_keep(database, policy.expired(text, now)) for text in late]

        ended = await self._write(work, list)
        return len(ended)

    # What the console and the records read

    async def text(self, identifier: str) -> Text | None:
        """Return one message, None when it is unknown or erased."""
        found = await self._read("id = ?", (identifier,))
        return found[0] if found else None

    async def texts_of_call(self, call: str) -> tuple[Text, ...]:
        """Return the messages agreed to in one call, in that order."""
        return await self._read("call_id = ? AND call_id <> '' ORDER BY seq", (call,))

    async def page(
        self,
        *,
        states: Collection[TextState] = (),
        words: str = "",
        limit: int = 50,
        before: str = "",
    ) -> tuple[Text, ...]:
        """Return messages, newest first: of these states (all when empty) and with these words.

        ``words``: part of a number, or words of the text whatever their accents; ``before``: the id
        of the last message of the page before.
        """
        condition, values = rows.search(states, words, before)
        return await self._read(f"{condition} ORDER BY seq DESC LIMIT ?", (*values, limit))

    async def counts(self, now: datetime) -> StateCounts:
        """Return how many messages stand where; every state is there."""

        def read(database: sqlite3.Connection) -> StateCounts:
            found = database.execute(
                "SELECT state, count(*) AS n, sum(day = ?) AS today FROM texts GROUP BY state",
                (limits.day_of(now, self._zone),),
            ).fetchall()
            return StateCounts(
                today=dict.fromkeys(TextState, 0)
                | {TextState(row["state"]): row["today"] for row in found},
                total=dict.fromkeys(TextState, 0)
                | {TextState(row["state"]): row["n"] for row in found},
            )

        return await self._database.submit(read)

    # Personal data

    async def purge(self, before: datetime, now: datetime) -> int:
        """Erase messages of which nothing has been heard since ``before``; return how many.

        Those that wait or are in doubt stay, unless they are too old to be sent by then. Today's
        stay, because limits count them; numbers that answered STOP stay until they say START.
        """

        def work(database: sqlite3.Connection) -> int:
            values = (instant(before), limits.day_of(now, self._zone))
            erased = database.execute(
                "DELETE FROM texts WHERE day < ?2 AND CASE state WHEN 'queued' THEN expires_at "
                "WHEN 'sending' THEN ?1 ELSE changed_at END < ?1",
                values,
            ).rowcount
            database.execute("DELETE FROM early WHERE at < ?", values[:1])
            return erased

        count = await self._database.submit(work)
        if count:
            await self._database.truncate_log()
        return count

    def _submit(
        self, database: sqlite3.Connection, request: TextRequest, now: datetime
    ) -> Submitted:
        known = _texts(database, "key = ? ORDER BY round DESC LIMIT 1", (request.key,))
        if known:
            return Submitted("already", known[0])
        if _is_stopped(database, request.number):
            return Submitted("stopped")
        limit = limits.reached(self._counted(database, request, now), self._rules)
        if limit is not None:
            return Submitted("limited", limit=limit)
        return self._insert(database, policy.new(_identifier(), request, now, self._rules))

    def _resend(self, database: sqlite3.Connection, identifier: str, now: datetime) -> Submitted:
        found = _texts(database, "id = ?", (identifier,))
        following = policy.again(found[0], _identifier(), now, self._rules) if found else None
        if following is None:
            return Submitted("refused")
        request = following.request
        sent = _texts(database, "key = ? AND round = ?", (request.key, following.round))
        if sent:
            return Submitted("already", sent[0])
        if _is_stopped(database, request.number):
            return Submitted("stopped")
        return self._insert(database, following)

    def _insert(self, database: sqlite3.Connection, text: Text) -> Submitted:
        values = rows.whole(text, self._zone)
        database.execute(rows.INSERT_TEXT, values)
        return Submitted("queued", rows.text_of(values))

    def _counted(self, database: sqlite3.Connection, request: TextRequest, now: datetime) -> Counts:
        day, hour = limits.day_of(now, self._zone), limits.hour_of(now)

        def count(condition: str, *values: str) -> int:
            # Only what residents asked for counts; what staff sends again is theirs to judge.
            (number,) = database.execute(
                f"SELECT count(*) FROM texts WHERE {condition} AND round = 1",  # noqa: S608
                values,
            ).fetchone()
            return int(number)

        return Counts(
            call=count("call_id = ? AND call_id <> ''", request.call),
            number=count("number = ? AND day = ?", request.number, day),
            hour=count("hour = ?", hour),
            day=count("day = ?", day),
        )

    def _alarm(self, limit: Limit, now: datetime) -> None:
        hourly = limit == "hour"
        window = limits.hour_of(now) if hourly else limits.day_of(now, self._zone)
        if self._alarmed.get(limit) == window:
            return
        self._alarmed[limit] = window
        if self._on_alarm is not None:
            most = self._rules.per_hour if hourly else self._rules.per_day
            self._on_alarm(Alarm(limit, most, window))

    async def _write(
        self, work: Callable[[sqlite3.Connection], T], changed: Callable[[T], list[Text]]
    ) -> T:
        """Run ``work``; what is on disk is told, even when whoever asked for it is cancelled."""

        async def run() -> T:
            result = await self._database.submit(work)
            for text in changed(result):
                self._tell(text)
            return result

        return await self._owned(run())

    async def _owned(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(work)
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return await asyncio.shield(task)

    def _tell(self, text: Text) -> None:
        if text.state is TextState.QUEUED:
            self.arrivals.set()
        if self._on_change is None:
            return
        try:
            self._on_change(text)
        except Exception:
            log.exception("nobody could be told of a text message")

    async def _read(self, condition: str, values: tuple[object, ...]) -> tuple[Text, ...]:
        return await self._database.submit(lambda database: _texts(database, condition, values))

    async def _earliest(self, statement: str, values: tuple[str, ...]) -> datetime | None:
        def read(database: sqlite3.Connection) -> datetime | None:
            (at,) = database.execute(statement, values).fetchone()
            return aware(at) if at else None

        return await self._database.submit(read)


def _identifier() -> str:
    return secrets.token_hex(8)


def _new_text(done: Submitted) -> list[Text]:
    return [done.text] if done.outcome == "queued" and done.text is not None else []


def _one(text: Text | None) -> list[Text]:
    return [text] if text is not None else []


# What follows runs in the owner thread, inside a transaction.


def _texts(
    database: sqlite3.Connection, condition: str, values: tuple[object, ...]
) -> tuple[Text, ...]:
    found = database.execute(f"SELECT * FROM texts WHERE {condition}", values)  # noqa: S608
    return tuple(rows.text_of(row) for row in found)


def _is_stopped(database: sqlite3.Connection, number: str) -> bool:
    found = database.execute("SELECT 1 FROM stopped WHERE number = ?", (number,))
    return found.fetchone() is not None


def _keep(database: sqlite3.Connection, text: Text | None) -> Text:
    if text is None or database.execute(rows.REPLACE_TEXT, rows.changing(text)).rowcount != 1:
        raise sqlite3.IntegrityError("another version of the message was kept meanwhile")
    return text


def _advance(database: sqlite3.Connection, text: Text, following: Text | None) -> Text | None:
    if following is None:
        return None
    kept = _keep(database, following)
    if kept.state is TextState.QUEUED and _is_stopped(database, kept.request.number):
        return _keep(database, policy.stopped(kept, kept.changed_at))
    if kept.gateway_id and kept.gateway_id != text.gateway_id:
        return _with_early(database, kept)
    return kept


def _with_early(database: sqlite3.Connection, text: Text) -> Text:
    named = (text.gateway, text.gateway_id)
    found = database.execute(
        "SELECT * FROM early WHERE gateway = ? AND gateway_id = ? ORDER BY seq", named
    ).fetchall()
    for report in map(rows.early_of, found):
        following = policy.reported(text, report)
        text = _keep(database, following) if following is not None else text
    database.execute("DELETE FROM early WHERE gateway = ? AND gateway_id = ?", named)
    return text


def _report(database: sqlite3.Connection, report: Report) -> Text | None:
    found = _texts(database, "id = ?", (report.id,)) if report.id else ()
    if not found and report.gateway_id:
        found = _texts(
            database,
            "gateway = ? AND gateway_id = ? AND gateway_id <> '' ORDER BY seq DESC LIMIT 1",
            (report.gateway, report.gateway_id),
        )
    if found:
        return _advance(database, found[0], policy.reported(found[0], report))
    _keep_early(database, report)
    return None


def _keep_early(database: sqlite3.Connection, report: Report) -> None:
    """A report may overtake the answer that says how the gateway names the message."""
    under_way = database.execute(
        "SELECT 1 FROM texts WHERE state = 'sending' AND gateway = ? LIMIT 1", (report.gateway,)
    ).fetchone()
    if under_way is None or not report.gateway_id:
        return
    values = (
        report.gateway,
        report.gateway_id,
        report.state,
        instant(report.at),
        report.error,
    )
    database.execute(rows.INSERT_EARLY, values)
    database.execute(
        "DELETE FROM early WHERE seq <= (SELECT max(seq) FROM early) - ?", (EARLY_MAX,)
    )
