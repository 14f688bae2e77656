from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from prometheus_client.parser import text_string_to_metric_families

from console.api import Sources, create_app
from console.metrics import Metrics
from console.ports import CallView, Health

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Kept:
    """A call or a turn as any store may give it."""

    id: str = "c1"
    sip_call_id: str = "abc@pbx"
    started_at: datetime = NOON
    ended_at: datetime | None = NOON + timedelta(seconds=90)
    caller: str = "••••••78"
    called: str = "mairie"
    outcome: str | None = "answered"
    service: str | None = None
    sms: tuple[Any, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    turns: tuple[Any, ...] = ()
    events: tuple[Any, ...] = ()


@dataclass
class KeptTurn:
    n: int = 1
    at: datetime = NOON
    heard: str = "samedi matin ?"
    asr_confidence: float | None = 0.8
    intent: str | None = "horaires_lieu"
    confidence: float = 0.9
    decision: str = "answer"
    said: str = "Oui."
    sources: tuple[str, ...] = ("lieux/mairie#horaires", "phrases#autre_chose")
    service: str | None = None
    lieu: str | None = "mairie"
    jour: str | None = "samedi"
    interrupted: bool = False
    latency_ms: float | None = 840.6
    stages: dict[str, float] = field(default_factory=lambda: {"asr": 510.04})


class FakeHistory:
    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.kept: list[Kept] = [Kept(turns=(KeptTurn(),))]

    async def calls(
        self, *, limit: int = 100, since: datetime | None = None, sip_call_id: str | None = None
    ) -> list[CallView]:
        self.asked = {"limit": limit, "since": since, "sip_call_id": sip_call_id}
        return list(self.kept)

    async def call(self, call_id: str) -> CallView | None:
        return next((call for call in self.kept if call.id == call_id), None)


@dataclass
class Bench:
    history: FakeHistory
    metrics: Metrics
    session: ClientSession
    url: str

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        async with self.session.get(self.url + path, headers=headers) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            return answer.status, await answer.json()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    history, metrics = FakeHistory(), Metrics()
    health = Health("ok", workers=(1, 2), lines=8, active_calls=3)
    sources = Sources(lambda: health, history, metrics, lambda: {"ligne 1": 2}, "1.2")
    server = TestServer(create_app(sources, "127.0.0.1", ["callbot.mairie.local"]))
    await server.start_server()
    async with ClientSession() as session:
        yield Bench(history, metrics, session, f"http://127.0.0.1:{server.port}")
    await server.close()


async def test_health_names_the_workers(bench: Bench) -> None:
    status, body = await bench.get("/healthz")
    assert status == 200
    assert body["status"] == "ok"
    assert body["workers"] == [1, 2]
    assert (body["lines"], body["active_calls"], body["version"]) == (8, 3, "1.2")


async def test_a_call_has_the_fixed_fields(bench: Bench) -> None:
    _, body = await bench.get("/api/calls/c1")
    assert (body["outcome"], body["service"], body["sms"]) == ("answered", None, [])
    assert body["duration_s"] == 90
    (turn,) = body["turns"]
    assert turn["heard"] == "samedi matin ?"
    assert (turn["intent"], turn["confidence"], turn["decision"]) == (
        "horaires_lieu",
        0.9,
        "answer",
    )
    assert (turn["said"], turn["latency_ms"]) == ("Oui.", 841)
    assert turn["source"] == "lieux/mairie#horaires, phrases#autre_chose"


async def test_filters_reach_the_history(bench: Bench) -> None:
    _, body = await bench.get(
        "/api/calls?limit=5&since=2026-11-21T13:00:00+01:00&sip_call_id=abc%40pbx"
    )
    assert bench.history.asked == {"limit": 5, "since": NOON, "sip_call_id": "abc@pbx"}
    assert [call["id"] for call in body["calls"]] == ["c1"]
    assert "turns" not in body["calls"][0]


async def test_the_texts_of_a_call_are_given_as_they_are_kept(bench: Bench) -> None:
    text = {
        "id": "t1",
        "state": "delivered",
        "number": "••••••78",
        "source": "reponses/etat_civil#passeport",
        "at": NOON.isoformat(),
    }
    bench.history.kept = [Kept(sms=(text,))]
    _, detail = await bench.get("/api/calls/c1")
    _, summary = await bench.get("/api/calls")
    assert detail["sms"] == summary["calls"][0]["sms"] == [text]


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/api/calls?limit=0", 400, "limit"),
        ("/api/calls?limit=²", 400, "limit"),
        ("/api/calls?limit=1001", 400, "limit"),
        ("/api/calls?since=hier", 400, "since"),
        ("/api/calls?limite=3", 400, "limite"),
        ("/api/calls/absent", 404, "inconnu"),
        ("/api", 404, "inconnue"),
    ],
)
async def test_bad_requests_are_answered_in_french(
    bench: Bench, path: str, status: int, word: str
) -> None:
    got, body = await bench.get(path)
    assert got == status
    assert word in body["erreur"]


async def test_who_opens_an_unknown_address_sees_a_page(bench: Bench) -> None:
    browser = {"Accept": "text/html,*/*;q=0.8"}
    async with bench.session.get(f"{bench.url}/nulle/part", headers=browser) as answer:
        assert (answer.status, answer.content_type) == (404, "text/html")
        assert "Page introuvable" in await answer.text()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8080", 200),
        ("127.0.0.1", 200),
        ("[::1]:8080", 200),
        ("callbot.mairie.local", 200),
        ("rebound.example", 421),
        ("127.0.0.1.rebound.example:8080", 421),
        ("192.168.1.20:8080", 421),
    ],
)
async def test_a_foreign_host_name_is_refused(bench: Bench, host: str, status: int) -> None:
    got, _ = await bench.get("/healthz", Host=host)
    assert got == status


async def test_metrics_are_what_prometheus_reads(bench: Bench) -> None:
    bench.metrics.call_ended("transferred")
    bench.metrics.turn("answer", 840, {"asr": 510})
    bench.metrics.turn("transfer")
    bench.metrics.transfer("asked")
    bench.metrics.transfer("reached")
    bench.metrics.text("delivered")
    bench.metrics.callback("by_hand")
    async with bench.session.get(bench.url + "/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        text = await answer.text()
    values = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert values["callbot_calls_total", "transferred"] == 1
    assert values["callbot_calls_total", "failed"] == 0
    assert values["callbot_transfers_total", "asked"] == 1
    assert values["callbot_transfers_total", "reached"] == 1
    assert values["callbot_transfers_total", "abandoned"] == 0
    assert values["callbot_texts_total", "delivered"] == 1
    assert values["callbot_texts_total", "failed"] == 0
    assert values["callbot_callbacks_total", "by_hand"] == 1
    assert values["callbot_callbacks_total", "done"] == 0
    assert values["callbot_turns_total", "transfer"] == 1
    assert values["callbot_turn_latency_seconds_sum",] == pytest.approx(0.84)
    assert values["callbot_turn_latency_seconds_count",] == 1
    assert values["callbot_stage_seconds_sum", "asr"] == pytest.approx(0.51)
    assert values["callbot_active_calls",] == 3
    assert values["callbot_process_restarts_total", "ligne 1"] == 2


async def test_the_start_page_escapes_what_came_from_outside(bench: Bench) -> None:
    bench.history.kept = [Kept(id="c'><script>", caller="<b>x", outcome=None, ended_at=None)]
    async with bench.session.get(bench.url + "/") as answer:
        text = await answer.text()
    assert "En service" in text
    assert "en cours" in text
    assert "<script" not in text
    assert "<b>" not in text
    assert "c'>" not in text
