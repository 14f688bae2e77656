"""What the core counted during a run: sentences from the store, recognitions in vain."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Counts:
    """Counted since the core started, or between two readings."""

    stored: int = 0
    """Sentences spoken from the store."""
    live: int = 0
    """Sentences computed while a caller waited."""
    asked: int = 0
    """Recognitions begun, most of them before the caller's turn was known to be over."""
    withdrawn: int = 0
    """Those that were not waited for: the caller went on."""

    def since(self, earlier: Counts) -> Counts:
        """Return what was counted after ``earlier``."""
        return Counts(
            self.stored - earlier.stored,
            self.live - earlier.live,
            self.asked - earlier.asked,
            self.withdrawn - earlier.withdrawn,
        )


async def read(console: str, token: str = "") -> Counts | None:
    """Return the counts of the callbot at ``http://host:port``, None when it tells none.

    ``token`` is what its console knows programs of this machine by.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.get(f"{console}/metrics") as response,
        ):
            response.raise_for_status()
            return parse(await response.text())
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None


def parse(exposition: str) -> Counts:
    """Read the counts out of a Prometheus exposition; raises ValueError when it is none."""
    found: dict[str, int] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            for label in ("source", "state"):
                if label in sample.labels and sample.name.endswith("_total"):
                    found[f"{sample.name}/{sample.labels[label]}"] = int(sample.value)
    return Counts(
        stored=found.get("callbot_sentences_total/stored", 0),
        live=found.get("callbot_sentences_total/live", 0),
        asked=found.get("callbot_recognitions_total/asked", 0),
        withdrawn=found.get("callbot_recognitions_total/withdrawn", 0),
    )
