"""How many calls fit into how many line workers.

A worker holds four calls. A caller whom the box itself connects to a person takes two of them:
their own and the second leg.
"""

from __future__ import annotations

from dataclasses import dataclass

from callbot.paths import Paths
from callbot.settings import MAX_LINES_PER_WORKER, Settings, Telephony
from telephony.receptionconfig import connects_people

LINES_BESIDE_LEGS = MAX_LINES_PER_WORKER // 2
"""Callers of one worker when each of them may need a second leg."""


@dataclass(frozen=True)
class Capacity:
    """Line workers, and the callers that each lets in."""

    workers: int
    lines_per_worker: int

    @property
    def lines(self) -> int:
        """Simultaneous callers of the whole box behind the edge."""
        return self.workers * self.lines_per_worker


def capacity(telephony: Telephony, *, second_legs: bool) -> Capacity:
    """Return what the settings come to; lines are rounded up to whole workers."""
    per_worker = telephony.lignes_par_processus
    if per_worker is None:
        per_worker = LINES_BESIDE_LEGS if second_legs else MAX_LINES_PER_WORKER
    workers = telephony.processus
    return Capacity(workers or -(-telephony.lignes // per_worker), per_worker)


def planned(settings: Settings, paths: Paths) -> Capacity:
    """Return what the settings come to with the staff of this town."""
    second_legs = connects_people(paths.reception_file)
    return capacity(settings.telephonie, second_legs=second_legs)
