"""Who may talk to the console: host names that are ours, and nothing kept by the browser."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; media-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
}


def host_guard(address: str, names: Iterable[str]) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Return a middleware that refuses a request under a foreign host name.

    A web page elsewhere can have its own name resolve to this machine and so read the answers
    (DNS rebinding); its requests still carry that name. ``address`` is where we listen: under a
    loopback address only loopback hosts and ``names`` are ours, else any IP address is too.
    """
    allowed = {"localhost", *(name.lower() for name in names)}
    loopback_only = ipaddress.ip_address(address).is_loopback

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_ours(request.host, allowed, loopback_only):
            return web.json_response({"erreur": "nom d'hôte refusé"}, status=421)
        return await handler(request)

    return middleware


def is_same_origin(request: web.Request, names: Iterable[str]) -> bool:
    """Return whether a request that changes something comes from a page of ours.

    Browsers say where a request comes from and no page can make them lie; what says nothing at
    all is no browser page of ours either. ``names`` are our host names behind a web server, which
    may hand us requests under another one.

    This takes the place of a token in each form: OWASP's cheat sheet on cross-site request forgery
    allows Fetch Metadata (Sec-Fetch-Site) for all requests that change something, if Origin is
    verified where a browser does not send it, as here. Unlike a token it also covers the log-in
    itself, and no form can forget it. Two more things stand behind it: the session's cookie is
    SameSite=Lax, and nothing is changed by GET.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    scheme, _, host = request.headers.get("Origin", "").partition("://")
    if scheme not in ("http", "https") or not host:
        return False
    ours = {name.lower() for name in names}
    return host.lower() == request.host.lower() or _without_port(host).lower() in ours


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: no answer is stored or framed."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _is_ours(host: str, allowed: set[str], loopback_only: bool) -> bool:
    name = _without_port(host).lower().rstrip(".")
    if name in allowed:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or not loopback_only


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
