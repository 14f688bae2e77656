"""How often a log-in may be tried: delays that grow, and never a door locked for good. Pure.

Two counts, one by account and one by address. An account is never held for more than
ACCOUNT.longest, so that nobody can shut a colleague out; whoever keeps guessing from one address
is soon held there for longer than that. A success forgets the failures of the account, but not
those of the address: a guesser who has an account of their own gains nothing by it. Where a web
server before us does not say who asks, all share one count, whose delay stays short.

Instants are seconds of one clock that never goes back.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

FORGET_S = 3600.0
MAX_KEPT = 10_000
"""Keys remembered; the one that failed longest ago goes first."""


@dataclass(frozen=True)
class Growth:
    """Failures without delay, the first delay, and the longest; seconds."""

    free: int
    first: float
    longest: float

    def delay(self, failures: int) -> float:
        """Return how long the next try must wait after so many failures in a row."""
        beyond = failures - self.free
        if beyond < 0:
            return 0.0
        return min(self.longest, self.first * 2.0 ** min(beyond, 32))


ACCOUNT = Growth(free=3, first=2.0, longest=60.0)
ADDRESS = Growth(free=10, first=5.0, longest=900.0)
UNKNOWN_ADDRESS = Growth(free=20, first=1.0, longest=5.0)


@dataclass(frozen=True)
class _Failures:
    count: int
    last: float


class _Counts:
    def __init__(self, growth: Growth) -> None:
        self._growth = growth
        self._kept: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        known = self._known(key, now)
        if known is None:
            return 0.0
        return max(0.0, known.last + self._growth.delay(known.count) - now)

    def failed(self, key: str, now: float) -> None:
        known = self._known(key, now)
        self._kept[key] = _Failures(known.count + 1 if known else 1, now)
        self._kept.move_to_end(key)
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)

    def forgive(self, key: str, *, all_of_them: bool) -> None:
        known = self._kept.pop(key, None)
        if known is not None and known.count > 1 and not all_of_them:
            self._kept[key] = _Failures(known.count - 1, known.last)

    def _known(self, key: str, now: float) -> _Failures | None:
        known = self._kept.get(key)
        return known if known is not None and now - known.last < FORGET_S else None


class LoginLimits:
    """Counts failures; one for the core."""

    def __init__(self) -> None:
        self._accounts = _Counts(ACCOUNT)
        self._addresses = _Counts(ADDRESS)
        self._unknown = _Counts(UNKNOWN_ADDRESS)

    def begin(self, account: str, address: str, now: float) -> float:
        """Return how long to wait before a try, in seconds; at 0 it is counted as a failure.

        It is counted before the password is verified, so that many tries at once gain nothing;
        :meth:`succeeded` takes it back. A loopback ``address`` is that of a web server which does
        not say for whom it asks.
        """
        addresses, network = self._place(address)
        wait = max(self._accounts.wait(account, now), addresses.wait(network, now))
        if wait > 0:
            return wait
        self._accounts.failed(account, now)
        addresses.failed(network, now)
        return 0.0

    def succeeded(self, account: str, address: str) -> None:
        """The try was right."""
        addresses, network = self._place(address)
        self._accounts.forgive(account, all_of_them=True)
        addresses.forgive(network, all_of_them=False)

    def _place(self, address: str) -> tuple[_Counts, str]:
        network = _network(address)
        return (self._addresses if network else self._unknown), network


def _network(address: str) -> str:
    """Return what one person holds: an IPv6 /64 or one IPv4 address; empty: nobody knows."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if ip.is_loopback:
        return ""
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    if ip.version == 4 or mapped is not None:
        return str(mapped or ip)
    return str(ipaddress.ip_network((ip, 64), strict=False))
