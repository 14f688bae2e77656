from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callbot.tally import DayTally
from console.metrics import Metrics
from console.ports import DayCounts, Health

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


class Board:
    def __init__(self) -> None:
        self.shown: list[DayCounts] = []
        self.metrics = Metrics()
        self.tally = DayTally(PARIS, self.metrics, self.shown.append)

    def call(self, name: str, *kinds: str, waiting_s: float = 10.0) -> None:
        at = NOON
        for kind in kinds:
            self.tally.event(name, kind, at)
            at += timedelta(seconds=waiting_s)
        self.tally.ended(name)

    def exported(self, result: str) -> float:
        lines = self.metrics.render(Health("ok"), {}).decode().splitlines()
        wanted = f'callbot_transfers_total{{result="{result}"}} '
        return next(float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted))


@pytest.fixture
def board() -> Board:
    return Board()


def test_every_way_out_is_counted(board: Board):
    board.call("a", "transfert", "transfert_abouti")
    board.call("b", "transfert", "transfert_echoue")
    board.call("c", "transfert", "attente_abandonnee")
    counts = board.tally.counts(NOON)
    assert (counts.transfers_asked, counts.transfers_reached) == (3, 1)
    assert (counts.transfers_refused, counts.transfers_abandoned) == (1, 1)
    assert counts.mean_wait_s == 10.0
    assert [board.exported(r) for r in ("asked", "reached", "refused", "abandoned")] == [3, 1, 1, 1]


def test_a_caller_is_counted_once(board: Board):
    board.call("a", "transfert", "transfert_echoue", "transfert", "transfert_abouti")
    counts = board.tally.counts(NOON)
    assert (counts.transfers_asked, counts.transfers_reached, counts.transfers_refused) == (1, 1, 0)
    assert counts.mean_wait_s == 10.0
    assert board.exported("asked") == 1
    assert board.exported("refused") == 0


def test_whoever_talked_to_somebody_was_reached_whatever_came_after(board: Board):
    board.call("a", "transfert", "transfert_abouti", "transfert", "attente_abandonnee")
    assert board.tally.counts(NOON).transfers_reached == 1


def test_the_board_sees_each_change_and_other_points_change_nothing(board: Board):
    board.call("a", "transfert", "touche", "transfert_abouti")
    assert [(c.transfers_asked, c.transfers_reached) for c in board.shown] == [(1, 0), (1, 1)]


def test_a_new_day_begins_at_zero_on_the_clocks_of_the_town(board: Board):
    board.call("a", "transfert", "transfert_abouti")
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert board.tally.counts(late) == DayCounts(late.astimezone(PARIS).date())


def test_a_restart_keeps_the_counts_and_counts_nothing_twice(board: Board):
    board.tally.restore("a", "transfert", NOON)
    board.tally.restore("a", "transfert_abouti", NOON + timedelta(seconds=4))
    assert board.tally.counts(NOON).mean_wait_s == 4.0
    assert board.exported("asked") == 0
