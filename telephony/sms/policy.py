"""The life of one text message: pure transitions.

Every function takes the record and the instant, and returns the record to keep, or None when the
event does not apply to it. SENDING is kept *before* the gateway is called: whoever finds it after
a crash knows that the gateway may have the message, and asks before anything is sent again.

=========  ===============================  ============================================
state      event                            next
=========  ===============================  ============================================
QUEUED     due, a gateway is free           SENDING
QUEUED     older than the limit             EXPIRED
QUEUED     the number answers STOP,         FAILED
           staff cancels
SENDING    taken                            SENT
SENDING    the gateway is down              SENDING by the next one, or QUEUED for later
SENDING    refused                          FAILED
SENDING    no telling, or found so          SENDING in doubt
in doubt   the gateway has it               SENT
in doubt   the gateway never had it         QUEUED
in doubt   nobody can tell in time          FAILED: people check before they send again
any        reported delivered               DELIVERED
QUEUED     reported taken after all         SENT
SENDING,   reported failed, given up        FAILED, EXPIRED
SENT
=========  ===============================  ============================================

A message in doubt belongs to its gateway: no other one gets it. A report that contradicts what is
known for certain is ignored, so that reports may come twice, late and in any order.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from telephony.sms.model import Report, Text, TextRequest, TextState
from telephony.sms.rules import OutboxRules

NO_NEWS = "sans nouvelles de la passerelle ; vérifiez avant de renvoyer"
INTERRUPTED = "envoi interrompu ; la passerelle est interrogée"
NEVER_TAKEN = "la passerelle n'avait pas reçu le message"
STOPPED = "ce numéro a répondu STOP"
CANCELLED = "annulé avant l'envoi"
TOO_LATE = "non envoyé à temps"
NOT_DELIVERED = "non distribué"

ASK_AGAIN_MAX_S = 60.0
"""A gateway is asked about a message in doubt at least so often."""

Silence: TypeAlias = Literal["cannot_tell", "not_reached"]
"""Why a question about a message in doubt brought nothing."""


def new(identifier: str, request: TextRequest, now: datetime, rules: OutboxRules) -> Text:
    """Return the message of a request, to be handed over at once."""
    return Text(
        id=identifier,
        request=request,
        state=TextState.QUEUED,
        created_at=now,
        changed_at=now,
        due_at=now,
        expires_at=now + timedelta(seconds=rules.lifetime_s),
    )


def again(text: Text, identifier: str, now: datetime, rules: OutboxRules) -> Text | None:
    """Return the next message of the same request, for staff who send it again.

    It has an identifier of its own: what a gateway knows or reports of the first one does not
    count for it.
    """
    if text.state not in (TextState.FAILED, TextState.EXPIRED):
        return None
    return replace(new(identifier, text.request, now, rules), round=text.round + 1)


def begin(text: Text, gateway: str, now: datetime) -> Text | None:
    """A gateway is about to be called; None too early, too late, or not waiting."""
    if text.state is not TextState.QUEUED or not text.due_at <= now < text.expires_at:
        return None
    return _to(
        text,
        TextState.SENDING,
        now,
        gateway=gateway,
        gateway_id="",
        attempts=text.attempts + 1,
    )


def accepted(text: Text, gateway: str, gateway_id: str, now: datetime) -> Text | None:
    """The gateway has it: said after a hand-over, or when asked about a doubt."""
    if text.gateway != gateway:
        return None
    named = text.gateway_id or gateway_id
    if text.state is TextState.SENDING:
        return _to(text, TextState.SENT, now, gateway_id=named, error="")
    if named != text.gateway_id:
        # A report was faster than the answer: only the gateway's name for it is news.
        return replace(text, gateway_id=named, version=text.version + 1)
    return None


def redirected(text: Text, gateway: str, now: datetime) -> Text | None:
    """The gateway certainly does not have it, and another one is about to be called."""
    if not _in_hand(text):
        return None
    return _to(text, TextState.SENDING, now, gateway=gateway, gateway_id="")


def down(text: Text, error: str, now: datetime, rules: OutboxRules) -> Text | None:
    """The gateway certainly does not have it: another try later."""
    if not _in_hand(text):
        return None
    due = now + timedelta(seconds=rules.retry_delay_s(text.attempts))
    return _to(text, TextState.QUEUED, now, due_at=due, error=error)


def refused(text: Text, error: str, now: datetime) -> Text | None:
    """The gateway will never take it."""
    if not _in_hand(text):
        return None
    return _to(text, TextState.FAILED, now, error=error)


def in_doubt(text: Text, error: str, now: datetime, rules: OutboxRules) -> Text | None:
    """Nobody can tell whether the gateway has it; from now on it is asked."""
    if not _in_hand(text):
        return None
    ask = now + timedelta(seconds=rules.settle_s)
    return _to(text, TextState.SENDING, now, doubt_since=now, due_at=ask, error=error)


def never_taken(text: Text, now: datetime, rules: OutboxRules) -> Text | None:
    """Asked about a doubt, the gateway says that it never had the message."""
    if text.state is not TextState.SENDING or not text.doubtful:
        return None
    # The first loss goes out again at once: the resident has waited long enough.
    due = now
    if text.attempts > 1:
        due += timedelta(seconds=rules.retry_delay_s(text.attempts - 1))
    return _to(text, TextState.QUEUED, now, due_at=due, error=NEVER_TAKEN)


def unanswered(text: Text, why: Silence, now: datetime, rules: OutboxRules) -> Text | None:
    """Asked about a doubt, the gateway brings no answer: ask again later, or leave it to people.

    A gateway that cannot be reached is asked until the message is too old to be sent anyway.
    """
    if text.state is not TextState.SENDING or text.doubt_since is None:
        return None
    deadline = text.doubt_since + timedelta(seconds=rules.doubt_s)
    if why == "not_reached":
        deadline = max(deadline, text.expires_at)
    if now >= deadline:
        return replace(
            _to(text, TextState.FAILED, now, error=NO_NEWS), doubt_since=text.doubt_since
        )
    elapsed = (now - text.doubt_since).total_seconds()
    pause = min(max(elapsed, rules.settle_s, 0.1), ASK_AGAIN_MAX_S)
    ask = min(now + timedelta(seconds=pause), deadline)
    return replace(text, due_at=ask, version=text.version + 1)


def expired(text: Text, now: datetime) -> Text | None:
    """It is too late to hand it over."""
    if text.state is not TextState.QUEUED or now < text.expires_at:
        return None
    error = f"{TOO_LATE} : {text.error}" if text.error else TOO_LATE
    return _to(text, TextState.EXPIRED, now, error=error)


def stopped(text: Text, now: datetime) -> Text | None:
    """The resident wants no more texts; what is under way cannot be called back."""
    if text.state is not TextState.QUEUED:
        return None
    return _to(text, TextState.FAILED, now, error=STOPPED)


def cancelled(text: Text, now: datetime) -> Text | None:
    """Staff does not want it to leave any more."""
    if text.state is not TextState.QUEUED:
        return None
    return _to(text, TextState.FAILED, now, error=CANCELLED)


def reported(text: Text, report: Report) -> Text | None:
    """A gateway has news of it."""
    now = report.at
    if report.state == "delivered":
        if text.state is TextState.DELIVERED:
            return None
        name = {"gateway": report.gateway, "gateway_id": report.gateway_id or text.gateway_id}
        return _to(text, TextState.DELIVERED, now, error="", **name)
    if text.gateway != report.gateway:
        return None
    if report.state == "accepted":
        return _reported_taken(text, report)
    if text.state in (TextState.SENDING, TextState.SENT) or _failed_in_doubt(text):
        state = TextState.FAILED if report.state == "failed" else TextState.EXPIRED
        named = report.gateway_id or text.gateway_id
        return _to(text, state, now, gateway_id=named, error=report.error or NOT_DELIVERED)
    return None


def _reported_taken(text: Text, report: Report) -> Text | None:
    # One that waits for another try has been taken after all: a second would be one too many.
    if text.state in (TextState.SENDING, TextState.QUEUED) or _failed_in_doubt(text):
        named = report.gateway_id or text.gateway_id
        return _to(text, TextState.SENT, report.at, gateway_id=named, error="")
    return accepted(text, report.gateway, report.gateway_id, report.at)


def _in_hand(text: Text) -> bool:
    return text.state is TextState.SENDING and not text.doubtful


def _failed_in_doubt(text: Text) -> bool:
    return text.state is TextState.FAILED and text.doubtful


def _to(text: Text, state: TextState, now: datetime, **changes: Any) -> Text:
    """Return the next version; a doubt is over unless ``changes`` says otherwise."""
    changes = {"doubt_since": None, **changes}
    return replace(text, state=state, changed_at=now, version=text.version + 1, **changes)
