"""How many audio ports a process has in the bridge, and when one is used again."""

from __future__ import annotations

from typing import Any, cast

from telephony.media import REST_S, AudioPort, PortPool


class _Port:
    """What the pool needs of a port; a real one takes a running stack."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.resets = 0

    def reset(self) -> None:
        self.resets += 1


def _pool(most: int) -> PortPool:
    return PortPool(most, cast("Any", _Port))


def _resets(port: AudioPort) -> int:
    return cast("_Port", port).resets


def test_calls_one_after_the_other_share_a_port() -> None:
    pool = _pool(most=8)
    first = pool.take(0.0)
    pool.give_back(first, 5.0)
    assert _resets(first) == 1
    assert pool.take(5.0 + REST_S) is first


def test_calls_at_once_have_ports_of_their_own() -> None:
    pool = _pool(most=2)
    taken = [pool.take(0.0) for _ in range(4)]
    assert len({id(port) for port in taken}) == 4


def test_a_port_rests_before_its_next_call() -> None:
    pool = _pool(most=8)
    first = pool.take(0.0)
    pool.give_back(first, 5.0)
    second = pool.take(5.0 + REST_S / 2)
    assert second is not first
    pool.give_back(second, 5.0 + REST_S)
    assert pool.take(5.0 + REST_S) is first


def test_a_flood_makes_no_more_ports_than_allowed() -> None:
    pool = _pool(most=3)
    taken = []
    for number in range(20):
        port = pool.take(number * 0.001)
        taken.append(port)
        pool.give_back(port, number * 0.001)
    assert len({id(port) for port in taken}) == 3
    assert taken[:6] == [*taken[:3], *taken[:3]], "who has rested longest comes first"
