"""HTTP requests to a gateway, each of whose failures says whether the message may have left."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from telephony.sms.gateway import GatewayDoubtError, GatewayDownError

if TYPE_CHECKING:
    import aiohttp

_MAX_ANSWER_BYTES = 65536


@dataclass(frozen=True)
class Request:
    """One request, complete; ``repr`` shows neither headers nor body."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"Request({self.method})"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: str


class HttpPeer:
    """Asks one gateway; ``name`` is what French messages call it.

    Every request has a connection of its own: on one that is used again, nobody could tell
    whether a request was read before the peer closed it.
    """

    def __init__(self, name: str, timeout_s: float, authority: Path | None = None) -> None:
        import aiohttp  # noqa: PLC0415 - whoever only reads the settings does without

        self._name = name
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(10.0, timeout_s))
        self._authority = authority
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Let go of the sockets."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(self, request: Request) -> Answer:
        """Send one request; redirects are not followed, proxies of the environment not used.

        Raises:
            GatewayDownError: the request was not written.
            GatewayDoubtError: it was, or may have been, and no whole answer came.
        """
        import aiohttp  # noqa: PLC0415

        session = self._session or self._open()
        try:
            async with session.request(
                request.method,
                request.url,
                headers={"Accept-Encoding": "identity", **request.headers},
                data=request.body,
                allow_redirects=False,
            ) as response:
                return Answer(response.status, await self._body(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise GatewayDownError(f"{self._name} est injoignable : {_why(error)}.") from error
        except ValueError as error:
            raise GatewayDownError(f"{self._name} est mal réglée : requête impossible.") from error
        except TimeoutError as error:
            raise GatewayDoubtError(f"{self._name} n'a pas répondu à temps.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise GatewayDoubtError(f"{self._name} a coupé avant de répondre.") from error

    def _open(self) -> aiohttp.ClientSession:
        import aiohttp  # noqa: PLC0415

        context: ssl.SSLContext | bool = True
        if self._authority is not None:
            try:
                context = ssl.create_default_context(cafile=str(self._authority))
            except OSError as error:
                message = f"{self._name} est mal réglée : {self._authority} est inutilisable."
                raise GatewayDownError(message) from error
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context, force_close=True),
            timeout=self._timeout,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            raise_for_status=False,
        )
        return self._session

    async def _body(self, response: aiohttp.ClientResponse) -> str:
        content = b""
        async for chunk in response.content.iter_chunked(8192):
            content += chunk
            if len(content) > _MAX_ANSWER_BYTES:
                raise GatewayDoubtError(f"{self._name} a répondu trop longuement.")
        return content.decode("utf-8", "replace")


def is_safe_url(url: str) -> bool:
    """True for https, and for http that does not leave the box; no user, no fragment."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    host = parts.hostname or ""
    if not host or parts.username or parts.password or parts.fragment or not port_is_fine:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """True when the host is this box."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _why(error: BaseException) -> str:
    import aiohttp  # noqa: PLC0415

    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "pas de connexion à temps"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "son certificat n'est pas reconnu"
    if isinstance(error, aiohttp.ClientSSLError):
        return "la connexion chiffrée échoue"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "son nom est inconnu"
    return "la connexion est refusée"
