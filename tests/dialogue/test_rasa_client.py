"""The client against a server that answers as Rasa does, and as it does when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dialogue.rasa_client import RasaClient, RasaError, rasa_command, rasa_environment


@dataclass
class FakeRasa:
    """Answers every request with ``answer``; remembers them."""

    answer: Any = None
    status: int = 200
    delay_s: float = 0.0
    seen: list[tuple[str, str, Any]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        self.seen.append((request.method, request.raw_path, body))
        await asyncio.sleep(self.delay_s)
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
def rasa() -> FakeRasa:
    return FakeRasa()


@pytest.fixture
async def client(rasa: FakeRasa) -> AsyncIterator[RasaClient]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", rasa.handle)
    async with TestServer(app) as server:
        made = RasaClient(str(server.make_url("")), timeout_s=2.0)
        yield made
        await made.close()


async def test_parse_gives_the_whole_ranking_best_first(rasa: FakeRasa, client: RasaClient) -> None:
    rasa.answer = {
        "intent": {"name": "nlu_fallback", "confidence": 1.0},
        "intent_ranking": [
            {"name": "saluer", "confidence": 0.2},
            {"name": "urgence", "confidence": 0.7},
        ],
    }
    understanding = await client.parse("au feu")
    assert understanding.ranking == (("urgence", 0.7), ("saluer", 0.2))


@pytest.mark.parametrize("text", ["/affirmer", "  //affirmer", "/ affirmer"])
async def test_speech_never_becomes_a_command(
    rasa: FakeRasa, client: RasaClient, text: str
) -> None:
    rasa.answer = {"intent_ranking": []}
    await client.parse(text)
    assert rasa.seen[0][2] == {"text": "affirmer"}


async def test_a_long_text_is_cut(rasa: FakeRasa, client: RasaClient) -> None:
    rasa.answer = {"intent_ranking": []}
    await client.parse("a" * 100_000)
    assert len(rasa.seen[0][2]["text"]) == 1000


async def test_step_sends_one_structured_message(rasa: FakeRasa, client: RasaClient) -> None:
    rasa.answer = [{"recipient_id": "c1", "custom": {"type": "urgence"}}]
    payloads = await client.step("c1", "urgence", {"attente": "rien", "jour": "l'été", "lieu": ""})
    assert payloads == [{"type": "urgence"}]
    message = {"sender": "c1", "message": '/urgence{"attente": "rien", "jour": "l\'été"}'}
    assert rasa.seen == [("POST", "/webhooks/rest/webhook", message)]


@pytest.mark.parametrize(
    "answer",
    [
        [],
        None,
        {"custom": {"type": "urgence"}},
        [{"recipient_id": "c1", "text": "Bonjour"}],
        [{"custom": {"type": "urgence"}}, {"text": "None"}],
        [{"custom": {}}],
        ["urgence"],
    ],
)
async def test_an_answer_that_says_nothing_is_a_failure(
    rasa: FakeRasa, client: RasaClient, answer: Any
) -> None:
    rasa.answer = answer
    with pytest.raises(RasaError):
        await client.step("c1", "urgence", {})


@pytest.mark.parametrize("answer", [None, {}, {"intent_ranking": [{"name": "x"}]}, []])
async def test_a_parse_without_ranking_is_a_failure(
    rasa: FakeRasa, client: RasaClient, answer: Any
) -> None:
    rasa.answer = answer
    with pytest.raises(RasaError):
        await client.parse("bonjour")


async def test_an_http_error_is_a_failure(rasa: FakeRasa, client: RasaClient) -> None:
    rasa.status = 500
    with pytest.raises(RasaError, match="500"):
        await client.parse("bonjour")
    assert not await client.ready()


async def test_no_answer_in_time_is_a_failure(rasa: FakeRasa, client: RasaClient) -> None:
    rasa.delay_s = 5
    with pytest.raises(RasaError):
        await client.step("c1", "urgence", {})


async def test_no_server_is_a_failure() -> None:
    client = RasaClient("http://127.0.0.1:21110")
    with pytest.raises(RasaError):
        await client.parse("bonjour")
    assert not await client.ready()
    await client.close()


async def test_forgetting_empties_the_conversation(rasa: FakeRasa, client: RasaClient) -> None:
    rasa.answer = {}
    await client.forget("appel/1 é")
    assert rasa.seen == [("PUT", "/conversations/appel%2F1%20%C3%A9/tracker/events", [])]


async def test_ready_once_a_model_is_loaded(rasa: FakeRasa, client: RasaClient) -> None:
    rasa.answer = {"model_file": ""}
    assert not await client.ready()
    rasa.answer = {"model_file": "model.tar.gz"}
    assert await client.ready()


def test_the_server_listens_on_loopback_only_and_calls_nobody() -> None:
    command = rasa_command(Path("/rasa/python"), Path("/rasa/model.tar.gz"), 5005)
    assert command[command.index("--interface") + 1] == "127.0.0.1"
    for option in ("--credentials", "--endpoints"):
        assert Path(command[command.index(option) + 1]).is_file()
    assert rasa_environment()["RASA_TELEMETRY_ENABLED"] == "false"
