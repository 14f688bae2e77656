"""Kannel on this box: its smsbox takes messages over HTTP and reports back over HTTP."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any

from common import logs
from telephony.sms import gsm7
from telephony.sms.gateway import (
    Accepted,
    GatewayDoubtError,
    GatewayDownError,
    GatewayRefusedError,
    OnIncoming,
    OnReport,
)
from telephony.sms.gateways.asking import Answer, HttpPeer, Request
from telephony.sms.gateways.listener import Listener, readable, token_from
from telephony.sms.gateways.peers import checked, named, resident
from telephony.sms.gateways.secretsource import SecretError, SecretSource
from telephony.sms.model import Incoming, Report, ReportState, Text

REPORT_PATH = "rapport"
INCOMING_PATH = "entrant"

_DLR_MASK = 1 | 2 | 8 | 16
"""Delivered, failed, taken and refused by the operator; not: waiting at the operator."""

_STATES: dict[str, ReportState] = {"1": "delivered", "2": "failed", "8": "accepted", "16": "failed"}
_AGAIN_LATER = frozenset({401, 403, 404, 408, 429})


@dataclass(frozen=True)
class KannelSettings:
    """One smsbox. ``token`` opens the listener; without it only this run's reports come back."""

    name: str
    url: str
    user: str
    password: SecretSource
    sender: str = ""
    timeout_s: float = 15.0
    port: int = 0
    token: SecretSource | None = None


@dataclass
class KannelGateway:
    """Hands messages to smsbox. Reports come by our id; in doubt, only a report tells."""

    settings: KannelSettings
    on_report: OnReport
    on_incoming: OnIncoming
    _listener: Listener | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._peer = HttpPeer(named(self.settings.name), self.settings.timeout_s)

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def reports(self) -> bool:
        return True

    async def start(self) -> None:
        """Listen for reports; an unreadable token leaves a random one: reports of this run only."""
        try:
            token = token_from(self.settings.token) if self.settings.token else token_urlsafe(32)
        except SecretError as error:
            logs.get(gateway=self.name).error("réponses des résidents perdues", error=str(error))
            token = token_urlsafe(32)
        handlers = {REPORT_PATH: self._report, INCOMING_PATH: self._incoming}
        self._listener = Listener(self.name, self.settings.port, token, handlers)
        await self._listener.start()

    async def close(self) -> None:
        if self._listener is not None:
            await self._listener.close()
        await self._peer.close()

    async def send(self, text: Text) -> Accepted:
        answer = await self._peer.ask(self._request(checked(text)))
        if answer.status in (200, 202):
            return Accepted()
        raise self._failure(answer)

    async def find(self, text: Text) -> Accepted | None:
        raise GatewayDoubtError("Kannel ne dit pas après coup s'il a pris un message.")

    def _request(self, text: Text) -> Request:
        try:
            password = self.settings.password.read()
        except SecretError as error:
            raise GatewayDownError(
                f"{named(self.name)} n'a pas son mot de passe : {error}"
            ) from error
        now = datetime.now(UTC)
        left_min = math.ceil((text.expires_at - now).total_seconds() / 60)
        headers = {
            "X-Kannel-Username": self.settings.user,
            "X-Kannel-Password": password,
            "X-Kannel-To": text.request.number,
            "X-Kannel-Coding": "0" if gsm7.is_gsm7(text.request.text) else "2",
            "X-Kannel-Validity": str(max(1, left_min)),
            "Content-Type": "text/plain; charset=UTF-8",
        }
        if self.settings.sender:
            headers["X-Kannel-From"] = self.settings.sender
        listening = self._listener.url(REPORT_PATH) if self._listener else ""
        if listening:
            headers["X-Kannel-DLR-Mask"] = str(_DLR_MASK)
            # %d and %F are Kannel's: the kind of report and the operator's name of the message.
            headers["X-Kannel-DLR-Url"] = f"{listening}?id={text.id}&etat=%d&operateur=%F"
        return Request("POST", self.settings.url, headers, text.request.text.encode())

    def _failure(self, answer: Answer) -> Exception:
        peer = named(self.name)
        if answer.status in (401, 403):
            return GatewayDownError(f"{peer} refuse l'utilisateur ou le mot de passe.")
        if answer.status in _AGAIN_LATER or answer.status == 503:
            return GatewayDownError(f"{peer} ne prend rien pour l'instant ({answer.status}).")
        if 400 <= answer.status < 500:
            return GatewayRefusedError(f"{peer} refuse ce message ({answer.status}).")
        if 300 <= answer.status < 400:
            return GatewayDownError(f"{peer} renvoie ailleurs : corrigez son « url ».")
        return GatewayDoubtError(f"{peer} a répondu par une erreur ({answer.status}).")

    async def _report(self, fields: Mapping[str, Any]) -> bool:
        state = _STATES.get(str(fields.get("etat", "")))
        identifier = readable(str(fields.get("id", "")))
        if state is None or not identifier:
            return False
        error = "refusé par l'opérateur" if fields.get("etat") == "16" else "non remis"
        await self.on_report(
            Report(
                self.name,
                state,
                datetime.now(UTC),
                id=identifier,
                error=error if state == "failed" else "",
            )
        )
        return True

    async def _incoming(self, fields: Mapping[str, Any]) -> bool:
        number = resident(str(fields.get("numero", "")))
        octets = fields.get("texte")
        if not isinstance(octets, str):
            return False
        # Kannel hands UCS-2 messages on as UTF-16, and says so.
        utf16 = str(fields.get("charset", "")).upper().startswith("UTF-16")
        text = readable(octets, "utf-16-be" if utf16 else "utf-8")
        if number is not None:
            await self.on_incoming(Incoming(self.name, number, text, datetime.now(UTC)))
        return True
