"""A provider reached over HTTPS, whose requests and answers the configuration describes."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, urlencode

from common import logs
from telephony.sms.gateway import (
    Accepted,
    GatewayDoubtError,
    GatewayDownError,
    GatewayRefusedError,
    OnIncoming,
    OnReport,
)
from telephony.sms.gateways.asking import Answer, HttpPeer, Request
from telephony.sms.gateways.listener import Listener, token_from
from telephony.sms.gateways.peers import checked, named, resident
from telephony.sms.gateways.secretsource import SecretError, SecretSource
from telephony.sms.model import Incoming, Report, ReportState, Text

Method: TypeAlias = Literal["GET", "POST", "PUT"]
Format: TypeAlias = Literal["json", "formulaire"]
Signature: TypeAlias = Literal["ovh"]

REPORT_PATH = "rapport"
INCOMING_PATH = "entrant"

MESSAGE_FIELDS = frozenset({"numero", "numero_sans_plus", "texte", "id", "expediteur"})
"""What may be written between braces, beside the names of the secrets."""
OVH_SECRETS = frozenset({"secret_application", "cle_utilisateur"})
"""The secrets that OVH's signature is made of, beside the header ``X-Ovh-Application``."""

_FIELD = re.compile(r"\{([a-z_]+)\}")
_CREDENTIALS = frozenset({401, 403, 407})
_AGAIN_LATER = frozenset({408, 425, 429, 503})
_MAX_DEPTH = 20


@dataclass(frozen=True)
class Reading:
    """How to read an answer. A path such as ``messages.0.id`` leads to a value in its JSON."""

    identifier: str = ""
    required: str = ""
    """A 2xx answer counts only if something is there: a provider may refuse with 200."""
    refused: frozenset[int] = frozenset()
    again: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Lookup:
    """How to ask whether the provider has a message of ours."""

    url: str
    method: Method = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    identifier: str = ""
    """Where the answer names the message; nothing there means that it has none."""
    absent: frozenset[int] = frozenset({404})


@dataclass(frozen=True)
class Webhook:
    """What the provider tells by itself, through a proxy that hands it to this box."""

    port: int
    token: SecretSource
    our_id: str = ""
    identifier: str = ""
    state: str = ""
    states: Mapping[str, ReportState] = field(default_factory=dict)
    number: str = ""
    text: str = ""


@dataclass(frozen=True)
class HttpsSettings:
    """One provider."""

    name: str
    url: str
    method: Method = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    format: Format = "json"
    body: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    signature: Signature | None = None
    reading: Reading = Reading()
    lookup: Lookup | None = None
    webhook: Webhook | None = None
    authority: Path | None = None
    sender: str = ""
    timeout_s: float = 20.0


class HttpsGateway:
    """Hands messages over with one request each. It can tell in doubt if it has a lookup."""

    def __init__(
        self,
        settings: HttpsSettings,
        on_report: OnReport,
        on_incoming: OnIncoming,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._on_report = on_report
        self._on_incoming = on_incoming
        self._clock = clock
        self._peer = HttpPeer(named(settings.name), settings.timeout_s, settings.authority)
        self._listener: Listener | None = None

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def reports(self) -> bool:
        webhook = self._settings.webhook
        return webhook is not None and bool(webhook.state)

    async def start(self) -> None:
        """Listen for what the provider tells, if the token can be read."""
        webhook = self._settings.webhook
        if webhook is None:
            return
        try:
            token = token_from(webhook.token)
        except SecretError as error:
            logs.get(gateway=self.name).error("accusés et réponses perdus", error=str(error))
            return
        handlers = {REPORT_PATH: self._report, INCOMING_PATH: self._incoming}
        self._listener = Listener(self.name, webhook.port, token, handlers)
        await self._listener.start()

    async def close(self) -> None:
        if self._listener is not None:
            await self._listener.close()
        await self._peer.close()

    async def send(self, text: Text) -> Accepted:
        settings = self._settings
        values, secrets = self._values(checked(text)), self._secrets()
        url = fill(settings.url, values, lambda value: quote(value, safe=""))
        headers = {name: fill(value, values | secrets) for name, value in settings.headers.items()}
        body: bytes | None = None
        if settings.body and settings.format == "json":
            filled = fill_all(settings.body, values | secrets)
            body = json.dumps(filled, ensure_ascii=False).encode()
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
        elif settings.body:
            body = urlencode(fill_all(settings.body, values | secrets)).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        request = Request(settings.method, url, headers, body)
        return self._judge(await self._peer.ask(self._signed(request, secrets)))

    async def find(self, text: Text) -> Accepted | None:
        lookup = self._settings.lookup
        if lookup is None:
            raise GatewayDoubtError(f"{named(self.name)} ne sait pas retrouver un message.")
        values, secrets = self._values(checked(text)), self._secrets()
        url = fill(lookup.url, values, lambda value: quote(value, safe=""))
        headers = {name: fill(value, values | secrets) for name, value in lookup.headers.items()}
        request = self._signed(Request(lookup.method, url, headers), secrets)
        try:
            answer = await self._peer.ask(request)
        except GatewayDoubtError as error:
            # A question that was not answered changes nothing: it can be asked again.
            raise GatewayDownError(str(error)) from error
        if answer.status in lookup.absent:
            return None
        if 200 <= answer.status < 300:
            body = _json(answer)
            if body is None:
                raise GatewayDownError(f"{named(self.name)} a répondu autrement que prévu.")
            identifier = scalar(at(body, lookup.identifier))
            return Accepted(identifier) if identifier else None
        raise GatewayDownError(f"{named(self.name)} ne retrouve rien ({answer.status}).")

    def _values(self, text: Text) -> dict[str, str]:
        return {
            "numero": text.request.number,
            "numero_sans_plus": text.request.number.removeprefix("+"),
            "texte": text.request.text,
            "id": text.id,
            "expediteur": self._settings.sender,
        }

    def _secrets(self) -> dict[str, str]:
        try:
            return {name: source.read() for name, source in self._settings.secrets.items()}
        except SecretError as error:
            raise GatewayDownError(f"{named(self.name)} n'a pas ses clés : {error}") from error

    def _signed(self, request: Request, secrets: Mapping[str, str]) -> Request:
        if self._settings.signature is None:
            return request
        stamp = str(int(self._clock()))
        user = secrets["cle_utilisateur"]
        signed = (
            f"{secrets['secret_application']}+{user}+{request.method}+{request.url}+"
            f"{(request.body or b'').decode()}+{stamp}"
        )
        # What OVH's interface asks for; the secret itself does not travel.
        digest = hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()
        headers = {
            **request.headers,
            "X-Ovh-Consumer": user,
            "X-Ovh-Timestamp": stamp,
            "X-Ovh-Signature": f"$1${digest}",
        }
        return Request(request.method, request.url, headers, request.body)

    def _judge(self, answer: Answer) -> Accepted:
        """Say what an answer means; the configuration comes before the usual meanings.

        Raises:
            GatewayDownError, GatewayRefusedError, GatewayDoubtError: not accepted.
        """
        peer, status, reading = named(self.name), answer.status, self._settings.reading
        if status in reading.refused:
            raise GatewayRefusedError(f"{peer} refuse ce message ({status}).")
        if status in reading.again or status in _AGAIN_LATER:
            raise GatewayDownError(f"{peer} ne prend rien pour l'instant ({status}).")
        if status in _CREDENTIALS:
            raise GatewayDownError(f"{peer} refuse les clés d'accès ({status}).")
        if 300 <= status < 400:
            raise GatewayDownError(f"{peer} renvoie ailleurs ({status}) : corrigez son « url ».")
        if 400 <= status < 500:
            raise GatewayRefusedError(f"{peer} refuse ce message ({status}).")
        if not 200 <= status < 300:
            raise GatewayDoubtError(f"{peer} a répondu par une erreur ({status}).")
        body = _json(answer)
        if reading.required:
            if body is None:
                raise GatewayDoubtError(f"{peer} a répondu autrement que prévu.")
            if not at(body, reading.required):
                raise GatewayRefusedError(f"{peer} n'a pas pris ce message.")
        return Accepted(scalar(at(body, reading.identifier)) if reading.identifier else "")

    async def _report(self, fields: Mapping[str, Any]) -> bool:
        webhook = self._settings.webhook
        assert webhook is not None
        ours = scalar(at(fields, webhook.our_id)) if webhook.our_id else ""
        theirs = scalar(at(fields, webhook.identifier)) if webhook.identifier else ""
        told = scalar(at(fields, webhook.state)) if webhook.state else ""
        if not told or not (ours or theirs):
            return False
        state = webhook.states.get(told)
        if state is not None:
            error = "non remis" if state == "failed" else ""
            now = datetime.now(UTC)
            await self._on_report(Report(self.name, state, now, ours, theirs, error))
        return True

    async def _incoming(self, fields: Mapping[str, Any]) -> bool:
        webhook = self._settings.webhook
        assert webhook is not None
        text = at(fields, webhook.text) if webhook.text else None
        written = scalar(at(fields, webhook.number)) if webhook.number else ""
        if not isinstance(text, str) or not written:
            return False
        number = resident(written)
        if number is not None:
            now = datetime.now(UTC)
            await self._on_incoming(Incoming(self.name, number, clean(text), now))
        return True


def fill(template: str, values: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    """Put values between braces, once: braces in a value stay as they are."""
    return _FIELD.sub(
        lambda match: escape(values[match[1]]) if match[1] in values else match[0], template
    )


def fill_all(node: Any, values: Mapping[str, str]) -> Any:
    """Fill every text of a nested body; keys stay."""
    if isinstance(node, str):
        return fill(node, values)
    if isinstance(node, Mapping):
        return {str(key): fill_all(value, values) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [fill_all(value, values) for value in node]
    return node


def fields_of(node: Any) -> set[str]:
    """Return the names between braces anywhere in a nested body."""
    if isinstance(node, str):
        return set(_FIELD.findall(node))
    if isinstance(node, Mapping):
        return set().union(*(fields_of(value) for value in node.values()))
    if isinstance(node, list | tuple):
        return set().union(*(fields_of(value) for value in node))
    return set()


def at(node: Any, path: str) -> Any:
    """Follow a path of keys and indexes; None where it leads nowhere."""
    for part in path.split(".")[:_MAX_DEPTH]:
        if isinstance(node, Mapping):
            node = node.get(part)
        elif isinstance(node, list) and part.isdecimal() and int(part) < len(node):
            node = node[int(part)]
        else:
            return None
    return node


def scalar(value: Any) -> str:
    """Return an identifier or state as text; what is neither text nor number is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return clean(str(value))[:200]


def clean(text: str) -> str:
    """Return the text without what UTF-8 cannot write."""
    return text.encode("utf-8", "replace").decode()


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
