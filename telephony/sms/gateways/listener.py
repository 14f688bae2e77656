"""A small HTTP listener on this box for what gateways have to tell: reports, incoming messages.

Only paths that begin with a token that cannot be guessed are answered; it listens on loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl

from common import logs
from telephony.sms.gateways.secretsource import SecretError, SecretSource

if TYPE_CHECKING:
    from aiohttp import web

Handler: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[bool]]
"""Gets the fields of one request; False means that they make no sense."""

_HOST = "127.0.0.1"
_MAX_BODY_BYTES = 65536
_RETRY_S = 30.0
_TOKEN = re.compile(r"[A-Za-z0-9_-]{24,128}\Z")


def token_from(source: SecretSource) -> str:
    """Return the token of a listener.

    Raises:
        SecretError: unreadable, or easy to guess, or no part of a path.
    """
    token = source.read()
    if not _TOKEN.match(token):
        raise SecretError(
            "un jeton a au moins 24 lettres ou chiffres. Faites : openssl rand -hex 24"
        )
    return token


class Listener:
    """Answers ``/TOKEN/WHAT`` with the handler of WHAT; all else is 404.

    A handler that raises is answered with 500, so that the gateway comes again.
    """

    def __init__(self, name: str, port: int, token: str, handlers: Mapping[str, Handler]) -> None:
        self._name = name
        self._port = port
        self._token = token
        self._handlers = dict(handlers)
        self._runner: web.AppRunner | None = None
        self._retry: asyncio.Task[None] | None = None
        self._log = logs.get(gateway=name)

    @property
    def port(self) -> int:
        """The port that is listened on, 0 while none is."""
        if self._runner is None or not self._runner.addresses:
            return 0
        return int(self._runner.addresses[0][1])

    def url(self, what: str) -> str:
        """Return where the gateway reports ``what``; empty while nothing listens."""
        return f"http://{_HOST}:{self.port}/{self._token}/{what}" if self.port else ""

    async def start(self) -> None:
        """Listen; a port that is taken is tried again until it is free."""
        if not await self._listen():
            self._retry = asyncio.create_task(self._listen_later())

    async def close(self) -> None:
        """Stop listening; requests that are being answered are waited for."""
        if self._retry is not None:
            self._retry.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._retry
            self._retry = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _listen(self) -> bool:
        from aiohttp import web  # noqa: PLC0415 - whoever only reads the settings does without

        app = web.Application(client_max_size=_MAX_BODY_BYTES)
        app.router.add_route("*", "/{token}/{what}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, _HOST, self._port).start()
        except OSError as error:
            await runner.cleanup()
            self._log.error(
                "retours des SMS non écoutés : port occupé", port=self._port, error=error.strerror
            )
            return False
        self._runner = runner
        return True

    async def _listen_later(self) -> None:
        listening = False
        while not listening:
            await asyncio.sleep(_RETRY_S)
            listening = await self._listen()

    async def _answer(self, request: web.Request) -> web.Response:
        from aiohttp import web  # noqa: PLC0415

        token = request.match_info["token"].encode("utf-8", "surrogateescape")
        handler = self._handlers.get(request.match_info["what"])
        if not hmac.compare_digest(token, self._token.encode()) or handler is None:
            return web.Response(status=404)
        if request.method not in ("GET", "POST"):
            return web.Response(status=405)
        try:
            fields = await _fields(request)
        except (ValueError, LookupError, RecursionError):
            return web.Response(status=400)
        try:
            understood = await handler(fields)
        except Exception as error:
            self._log.error("retour de la passerelle non traité", error=type(error).__name__)
            return web.Response(status=500)
        # Kannel sends the body of an answer back to the resident as a text: there is none.
        return web.Response(status=200 if understood else 400)


def readable(field: str, charset: str = "utf-8") -> str:
    """Return a field of a query as text; the gateway may have written it in another charset.

    Raises:
        LookupError: unknown charset.
    """
    return field.encode("utf-8", "surrogateescape").decode(charset, "replace")


async def _fields(request: web.Request) -> dict[str, Any]:
    """Return the fields of the query, and of the form or JSON object in the body.

    Octets of the query that are no UTF-8 are kept as lone surrogates (see :func:`readable`).
    """
    query = request.rel_url.raw_query_string
    fields: dict[str, Any] = dict(
        parse_qsl(query, keep_blank_values=True, errors="surrogateescape", max_num_fields=50)
    )
    if request.method != "POST":
        return fields
    if request.content_type == "application/json":
        body = json.loads(await request.text())
        if not isinstance(body, dict | list):
            raise ValueError("neither an object nor a list")
        fields |= body if isinstance(body, dict) else {"liste": body}
    elif request.content_type == "application/x-www-form-urlencoded":
        fields |= dict((await request.post()).items())
    return fields
