"""Garbage collection of a process that serves."""

from __future__ import annotations

import gc

from common.settled import settle, uncollected


class _Knot:
    """Refers to itself: only a collection ends it."""

    ended = 0

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        _Knot.ended += 1


def test_what_is_loaded_is_left_alone_and_what_comes_later_is_collected() -> None:
    loaded: list[list[int]] = [[] for _ in range(1000)]
    settle()
    try:
        assert gc.get_freeze_count() >= len(loaded)
        assert len(gc.get_objects()) < len(loaded)
        _Knot()
        gc.collect()
        assert _Knot.ended == 1
    finally:
        gc.unfreeze()


def test_what_is_read_at_once_is_not_collected_in_between() -> None:
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
