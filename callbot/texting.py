"""The text messages of the box: what the dialogue asks to send, the outbox, the gateways."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from callbot.outbox import Outbox
from callbot.paths import Paths
from callbot.store import Store
from callbot.textwriter import TextWriter
from common import logs
from common.masking import mask_number
from console.ports import ActionRefusedError, TextEntry, TextState
from dialogue.ports import Reply, ServiceUnavailableError, TextOutcome
from telephony.callbacksteps import SendText
from telephony.sms import model
from telephony.sms.limits import Alarm
from telephony.sms.messages import Rendered
from telephony.sms.sender import Sender
from telephony.sms.smsconfig import SmsSettings, make_gateways

PURGE_EVERY_S = 3600.0
CALLED_BACK = "a demandé à être rappelé"
"""The consent to hear that the call-back failed."""

_REFUSED: Mapping[model.SubmitOutcome, str] = {
    "already": "Ce SMS est déjà en route.",
    "limited": "La limite de SMS est atteinte : réessayez plus tard.",
    "stopped": "Ce numéro a répondu STOP : il ne veut plus de SMS.",
    "refused": "Ce SMS n'est plus gardé, ou n'a pas échoué.",
}


class TextOffice:
    """Everything about text messages. Open with :meth:`open`; :meth:`run` while the core lives."""

    def __init__(
        self,
        outbox: Outbox,
        settings: SmsSettings,
        writer: TextWriter,
        store: Store,
        clock: Callable[[], datetime],
    ) -> None:
        self.changed: Callable[[str], None] = lambda _call: None
        """Told the call (or "") whose messages are different."""
        self.counted: Callable[[str], None] = lambda _state: None
        """Told each state that a message reaches."""
        self._outbox = outbox
        self._writer = writer
        self._store = store
        self._clock = clock
        self._gateways = make_gateways(settings, outbox.report, outbox.incoming)
        self._sender = Sender(outbox, self._gateways, settings.rules, clock)
        self._news: asyncio.Queue[str] = asyncio.Queue()
        self._log = logs.get(part="sms")

    @classmethod
    async def open(
        cls,
        paths: Paths,
        settings: SmsSettings,
        writer: TextWriter,
        store: Store,
        clock: Callable[[], datetime],
    ) -> TextOffice:
        """Open the outbox.

        Raises:
            DatabaseError: the file of the outbox cannot be used.
        """
        told: list[TextOffice] = []

        def changed(text: model.Text) -> None:
            for office in told:
                office._text_changed(text)

        def alarm(found: Alarm) -> None:
            logs.get(part="sms").error("sms_limit", why=found.sentence)

        outbox = await Outbox.open(
            paths.outbox,
            settings.rules,
            writer.zone,
            countries=settings.countries,
            on_change=changed,
            on_alarm=alarm,
        )
        office = cls(outbox, settings, writer, store, clock)
        told.append(office)
        return office

    @property
    def gateway(self) -> bool:
        """False when messages stay in the outbox."""
        return bool(self._gateways)

    def renew(self, writer: TextWriter) -> None:
        """Write the texts of another version from now on."""
        self._writer = writer

    async def run(self, keep_days: int) -> None:
        """Hand messages over until cancelled; what is older than ``keep_days`` is erased."""
        started = 0
        try:
            for gateway in self._gateways:
                started += 1
                await gateway.start()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._sender.run())
                group.create_task(self._follow())
                group.create_task(self._keep_purged(keep_days))
        finally:
            for gateway in self._gateways[:started]:
                await gateway.close()

    async def close(self) -> None:
        """Finish every queued write, then close the outbox."""
        await self._outbox.close()

    # What calls ask for

    def of_call(self, call: str) -> CallTexts:
        """Return what one conversation may send."""
        return CallTexts(self, call)

    async def send_answer(self, call: str, reply: Reply, number: str, consent: str) -> TextOutcome:
        """Keep the text of an answer for a resident who agreed.

        Raises:
            ServiceUnavailableError: the outbox does not take it.
        """
        now = self._clock()
        message = self._writer.answer(reply, now)
        if message is None:
            return "unavailable"
        key = f"{call}:{reply.sms_source}"
        return await self._submit(key, number, message, reply.sms_source, call, consent)

    async def give_up_callback(self, action: SendText) -> bool:
        """Tell a resident that the town called back in vain; True once the text is on disk."""
        message = self._writer.callback_missed(action.service, self._clock())
        source = "sms/rappel_manque"
        with contextlib.suppress(ServiceUnavailableError):
            outcome = await self._submit(
                action.key, action.number, message, source, "", CALLED_BACK
            )
            return outcome in ("queued", "waiting", "already")
        return False

    async def _submit(
        self, key: str, number: str, message: Rendered, source: str, call: str, consent: str
    ) -> TextOutcome:
        now = self._clock()
        agreed = model.Consent(now, consent)
        request = model.TextRequest(key, number, message.text, source, call, agreed)
        try:
            outcome = (await self._outbox.submit(request, now)).outcome
        except (sqlite3.Error, ValueError) as error:
            self._log.error("sms_not_kept", error=repr(error))
            raise ServiceUnavailableError("outbox") from error
        return "waiting" if outcome == "queued" and not self._leaves() else outcome

    def _leaves(self) -> bool:
        """Tell whether a gateway works."""
        return len(self._sender.errors()) < len(self._gateways)

    # What the console shows and asks: console.ports.Outbox

    async def page(
        self, *, words: str, states: Collection[TextState], limit: int, before: str
    ) -> Sequence[TextEntry]:
        """Return messages, newest first."""
        wanted = tuple(model.TextState(state) for state in states)
        found = await self._outbox.page(states=wanted, words=words, limit=limit, before=before)
        return [_entry(text) for text in found]

    async def texts_of(self, call: str) -> Sequence[TextEntry]:
        """Return the messages of one call, oldest first."""
        return [_entry(text) for text in await self._outbox.texts_of_call(call)]

    async def counts(self, *, since: datetime) -> Mapping[TextState, int]:
        """Return how many of today's messages are in each state."""
        counted = await self._outbox.counts(since)
        return {_STATES[state]: number for state, number in counted.today.items()}

    async def resend(self, text: str, agent: str) -> str:
        """Send a failed or expired message again.

        Raises:
            ActionRefusedError: it cannot be.
        """
        done = await self._outbox.resend(text, self._clock())
        if done.outcome != "queued":
            raise ActionRefusedError(_REFUSED[done.outcome])
        self._log.info("sms_resent", agent=agent)
        if not self.gateway:
            return "Le SMS attend : aucune passerelle n'est configurée."
        return "Le SMS repart."

    # Inside

    def _text_changed(self, text: model.Text) -> None:
        self.counted(str(text.state))
        self._news.put_nowait(text.request.call)

    async def _follow(self) -> None:
        """Keep the calls' records true."""
        while True:
            call = await self._news.get()
            if call:
                texts = await self._outbox.texts_of_call(call)
                await self._store.sms(call, tuple(_summary(text) for text in texts))
            self.changed(call)

    async def _keep_purged(self, days: int) -> None:
        while True:
            now = self._clock()
            await self._outbox.purge(now - timedelta(days=days), now)
            await asyncio.sleep(PURGE_EVERY_S)


class CallTexts:
    """See :class:`dialogue.ports.Texts`: the texts of one call."""

    def __init__(self, office: TextOffice, call: str) -> None:
        self._office = office
        self._call = call

    async def send(self, reply: Reply, number: str, consent: str) -> TextOutcome:
        """Keep a text for ``number`` (E.164)."""
        return await self._office.send_answer(self._call, reply, number, consent)


class TextDesk:
    """See :class:`console.ports.Outbox`."""

    def __init__(self, office: TextOffice) -> None:
        self._office = office
        self.page = office.page
        self.of_call = office.texts_of
        self.counts = office.counts
        self.resend = office.resend

    @property
    def gateway(self) -> bool:
        """False when no gateway is configured."""
        return self._office.gateway


_STATES: Mapping[model.TextState, TextState] = {
    model.TextState.QUEUED: "queued",
    model.TextState.SENDING: "sending",
    model.TextState.SENT: "sent",
    model.TextState.DELIVERED: "delivered",
    model.TextState.FAILED: "failed",
    model.TextState.EXPIRED: "expired",
}


def _entry(text: model.Text) -> TextEntry:
    request = text.request
    return TextEntry(
        id=text.id,
        number=request.number,
        text=request.text,
        source=request.source,
        state=_STATES[text.state],
        created_at=text.created_at,
        changed_at=text.changed_at,
        consent_at=request.consent.at,
        call=request.call,
        attempts=text.attempts,
        error=text.error,
    )


def _summary(text: model.Text) -> Mapping[str, str]:
    """What the record of the call keeps."""
    return {
        "id": text.id,
        "state": str(text.state),
        "number": mask_number(text.request.number),
        "source": text.request.source,
        "at": text.created_at.isoformat(),
    }
