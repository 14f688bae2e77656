"""Figures for Prometheus. No label ever holds a number, a name or a word of a caller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from console.ports import Health

CONTENT_TYPE = CONTENT_TYPE_LATEST

_TURN_BUCKETS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0)
_STAGE_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0)
OUTCOMES = ("answered", "transferred", "callback", "abandoned", "failed")
TRANSFERS = ("asked", "reached", "refused", "abandoned")
"""``refused``: nobody of the service was reached; ``abandoned``: the caller left while waiting."""
TEXTS = ("queued", "sending", "sent", "delivered", "failed", "expired")
SENTENCES = ("stored", "live")
"""``stored``: rendered ahead; ``live``: computed while the caller waits."""
RECOGNITIONS = ("asked", "withdrawn", "repaired")
"""``withdrawn``: the caller went on before the answer came."""
CALLBACKS = ("asked", "done", "given_up", "cancelled", "by_hand")


class Metrics:
    """Counts what happens; one instance for the core."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._restarts = _Restarts()
        self._registry.register(self._restarts)
        self._calls = self._counted("callbot_calls", "Calls ended, by outcome", "outcome", OUTCOMES)
        self._turns = Counter(
            "callbot_turns", "Turns, by decision", ["decision"], registry=self._registry
        )
        self._transfers = self._counted(
            "callbot_transfers", "Transfers, by what became of them", "result", TRANSFERS
        )
        self._texts = self._counted(
            "callbot_texts", "Text messages, by state reached", "state", TEXTS
        )
        self._callbacks = self._counted(
            "callbot_callbacks", "Call-backs, by what became of them", "result", CALLBACKS
        )
        self._sentences = self._counted(
            "callbot_sentences", "Sentences spoken, by where they came from", "source", SENTENCES
        )
        self._recognitions = self._counted(
            "callbot_recognitions", "Recognitions of a caller's words", "state", RECOGNITIONS
        )
        self._latency = Histogram(
            "callbot_turn_latency_seconds",
            "From the caller's last speech to our first sample",
            buckets=_TURN_BUCKETS,
            registry=self._registry,
        )
        self._stages = Histogram(
            "callbot_stage_seconds",
            "Time spent in one stage of a turn",
            ["stage"],
            buckets=_STAGE_BUCKETS,
            registry=self._registry,
        )
        self._overload = Gauge(
            "callbot_overload",
            "What new calls get: 0 the whole dialogue, 1 a shorter one, 2 an apology",
            registry=self._registry,
        )
        self._active = Gauge("callbot_active_calls", "Calls in progress", registry=self._registry)
        self._lines = Gauge("callbot_lines", "Lines ready", registry=self._registry)
        self._ready = Gauge("callbot_ready", "1 when calls are taken", registry=self._registry)

    def call_ended(self, outcome: str) -> None:
        """Count one ended call."""
        self._calls.labels(outcome).inc()

    def transfer(self, result: str) -> None:
        """Count one transfer that reached ``result``, one of TRANSFERS."""
        self._transfers.labels(result).inc()

    def text(self, state: str) -> None:
        """Count one text message that reached ``state``, one of TEXTS."""
        self._texts.labels(state).inc()

    def callback(self, result: str) -> None:
        """Count one call-back that reached ``result``, one of CALLBACKS."""
        self._callbacks.labels(result).inc()

    def sentence(self, stored: bool) -> None:
        """Count one spoken sentence."""
        self._sentences.labels("stored" if stored else "live").inc()

    def recognition(self, state: str) -> None:
        """Count one recognition that is ``asked``, ``withdrawn`` or ``repaired``."""
        self._recognitions.labels(state).inc()

    def overload(self, level: int) -> None:
        """Show what new calls get: 0 the whole dialogue, 1 a shorter one, 2 an apology."""
        self._overload.set(level)

    def turn(
        self,
        decision: str,
        latency_ms: float | None = None,
        stages_ms: Mapping[str, float] | None = None,
    ) -> None:
        """Count one turn with its latency, in milliseconds, where known."""
        self._turns.labels(decision).inc()
        if latency_ms is not None:
            self._latency.observe(latency_ms / 1000)
        for stage, value in (stages_ms or {}).items():
            self._stages.labels(stage).observe(value / 1000)

    def render(self, health: Health, restarts: Mapping[str, int]) -> bytes:
        """Return the exposition; ``restarts`` counts by process since the box started."""
        self._active.set(health.active_calls)
        self._lines.set(health.lines)
        self._ready.set(health.status == "ok")
        self._restarts.by_process = dict(restarts)
        return generate_latest(self._registry)

    def _counted(self, name: str, words: str, label: str, values: Iterable[str]) -> Counter:
        """Return a counter that shows every value from the start, at 0."""
        counter = Counter(name, words, [label], registry=self._registry)
        for value in values:
            counter.labels(value)
        return counter


class _Restarts(Collector):
    """Counts that another process keeps."""

    def __init__(self) -> None:
        self.by_process: dict[str, int] = {}

    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(
            "callbot_process_restarts", "Restarts by the supervisor", labels=["process"]
        )
        for process, count in sorted(self.by_process.items()):
            family.add_metric([process], count)
        yield family
