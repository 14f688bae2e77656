"""Who asks, as far as the connection and its headers tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from console.access import LOCAL_NAME, MACHINE, AccountIdentity, LocalIdentity, is_https
from console.accounts import Account
from console.guard import host_guard, is_same_origin
from console.roles import Role, Who
from console.sessions import COOKIE, Session, SessionLimits, key_of, new_token
from console.visits import COOKIE as AGENT

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIMITS = SessionLimits(idle=timedelta(hours=2), whole=timedelta(hours=12))
OURS = "192.0.2.10"
STAFF = {"anne": "Anne"}


class Connection:
    """Where a connection comes from, and which address of ours it came to."""

    def __init__(self, peer: str, here: object) -> None:
        self._known = {"peername": (peer, 40_000) if peer else "", "sockname": here}

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self._known.get(name, default)

    def is_closing(self) -> bool:
        return False


class OneSession:
    """Keeps the session of one browser."""

    def __init__(self, used_s_ago: float) -> None:
        self.token = new_token()
        self.touched: list[datetime] = []
        account = Account("marie", "Marie", Role.RECEPTION)
        used = NOON - timedelta(seconds=used_s_ago)
        self._session = Session(key_of(self.token), account, used, used)

    async def find(self, key: str) -> Session | None:
        return self._session if key == self._session.key else None

    async def touch(self, key: str, at: datetime) -> None:
        self.touched.append(at)


def request(peer: str, here: object = (OURS, 8080), **headers: str) -> web.Request:
    transport: Any = Connection(peer, here)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("GET", "/accueil", headers=names, transport=transport)


def identity(sessions: Any, token: str = "") -> AccountIdentity:
    return AccountIdentity(sessions, LIMITS, lambda: NOON, token)


@pytest.mark.parametrize(
    ("peer", "here", "machine"),
    [
        ("127.0.0.1", ("127.0.0.1", 8080), True),
        ("::1", ("::1", 8080, 0, 0), True),
        (OURS, (OURS, 8080), True),
        ("192.0.2.11", (OURS, 8080), False),
        ("192.0.2.11", None, False),
        ("", "/run/callbot.sock", False),
    ],
)
def test_only_a_program_of_this_machine_is_one(peer: str, here: object, machine: bool) -> None:
    assert identity(None).is_machine(request(peer, here)) is machine


@pytest.mark.parametrize(
    "who", [identity(None), LocalIdentity(STAFF.get)], ids=["accounts", "nobody logs in"]
)
async def test_whose_request_is_passed_on_is_no_program_of_this_machine(
    who: AccountIdentity | LocalIdentity,
) -> None:
    assert who.is_machine(request("127.0.0.1"))
    assert not who.is_machine(request("127.0.0.1", X_Forwarded_For="198.51.100.7"))


async def test_whoever_is_at_the_machine_may_do_all_where_nobody_logs_in() -> None:
    local = LocalIdentity(STAFF.get)
    who = await local.identify(request("127.0.0.1", Cookie=f"{AGENT}=anne"))
    assert who == Who("", "Anne", Role.ADMIN, "anne")
    stranger = await local.identify(request("127.0.0.1", Cookie=f"{AGENT}=pirate"))
    assert stranger == Who("", LOCAL_NAME, Role.ADMIN, "")
    assert await local.identify(request("127.0.0.1", Via="1.1 proxy")) is None


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "quelqu'un", "127.0.0.1"),
        ("192.0.2.11", "198.51.100.7", "192.0.2.11"),
    ],
)
def test_only_a_web_server_of_this_machine_says_for_whom_it_asks(
    peer: str, told: str, address: str
) -> None:
    assert identity(None).address(request(peer, X_Forwarded_For=told)) == address


@pytest.mark.parametrize(
    ("used_s_ago", "accept", "touched"),
    [
        (59.0, "text/html", []),
        (60.0, "text/html", [NOON]),
        (60.0, "text/event-stream", []),
    ],
)
async def test_a_use_is_written_down_now_and_then_and_never_for_a_stream(
    used_s_ago: float, accept: str, touched: list[datetime]
) -> None:
    sessions = OneSession(used_s_ago)
    asked = request("192.0.2.11", Cookie=f"{COOKIE}={sessions.token}", Accept=accept)
    who = await identity(sessions).identify(asked)
    assert who is not None
    assert who.account == "marie"
    assert sessions.touched == touched


async def test_a_session_that_nobody_used_for_long_is_nobodys() -> None:
    sessions = OneSession(LIMITS.idle.total_seconds())
    asked = request("192.0.2.11", Cookie=f"{COOKIE}={sessions.token}")
    assert await identity(sessions).identify(asked) is None
    assert sessions.touched == []


@pytest.mark.parametrize(
    ("token", "sent", "machine"),
    [
        ("secret", "Bearer secret", True),
        ("secret", "Bearer secre", False),
        ("secret", "secret", False),
        ("", "Bearer ", False),
    ],
)
async def test_a_program_of_this_machine_shows_its_token(
    token: str, sent: str, machine: bool
) -> None:
    who = identity(OneSession(0.0), token)
    found = await who.identify(request("127.0.0.1", Authorization=sent))
    assert found == (MACHINE if machine else None)


@pytest.mark.parametrize(
    ("headers", "https"),
    [
        ({}, False),
        ({"Origin": "http://mairie.example"}, False),
        ({"Origin": "https://mairie.example"}, True),
        ({"X_Forwarded_Proto": "https"}, True),
        ({"X_Forwarded_Proto": "http"}, False),
    ],
)
def test_https_is_known_by_the_form_or_the_web_server(headers: dict[str, str], https: bool) -> None:
    assert is_https(request("127.0.0.1", (OURS, 8080), **headers)) is https


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"Sec_Fetch_Site": "same-origin"}, True),
        ({"Sec_Fetch_Site": "same-site", "Origin": "http://127.0.0.1:8080"}, False),
        ({"Origin": "http://127.0.0.1:8080"}, True),
        ({"Origin": "http://127.0.0.1:8081"}, False),
        ({"Origin": "https://Mairie.example"}, True),
        ({"Origin": "https://pirate.example"}, False),
        ({"Origin": "ftp://mairie.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
def test_only_a_page_of_ours_changes_something(headers: dict[str, str], ours: bool) -> None:
    asked = request("127.0.0.1", (OURS, 8080), Host="127.0.0.1:8080", **headers)
    assert is_same_origin(asked, ["mairie.example"]) is ours


@pytest.mark.parametrize(
    ("listens", "host", "status"),
    [
        ("127.0.0.1", "127.0.0.1:8080", 200),
        ("127.0.0.1", "[::1]:8080", 200),
        ("127.0.0.1", "LOCALHOST:8080", 200),
        ("127.0.0.1", "mairie.example.", 200),
        ("127.0.0.1", "192.0.2.10:8080", 421),
        ("127.0.0.1", "pirate.example", 421),
        ("192.0.2.10", "192.0.2.10:8080", 200),
        ("192.0.2.10", "[2001:db8::1]:8080", 200),
        ("192.0.2.10", "pirate.example:8080", 421),
    ],
)
async def test_a_name_that_is_not_ours_is_refused(listens: str, host: str, status: int) -> None:
    async def page(_request: web.Request) -> web.StreamResponse:
        return web.Response()

    guard = host_guard(listens, ["Mairie.example"])
    assert (await guard(request("127.0.0.1", Host=host), page)).status == status
