"""The Kannel gateway against a real Kannel whose operator is fakesmsc."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from telephony.sms.gateway import (
    Accepted,
    GatewayDoubtError,
    GatewayDownError,
    GatewayRefusedError,
)
from telephony.sms.gateways.kannel import KannelGateway, KannelSettings
from telephony.sms.gateways.secretsource import SecretSource
from tests.harness import kannel
from tests.harness.kannel import Kannel
from tests.telephony.sms.gatewaybench import NUMBER, News, a_text, free_port, secret, until

TOKEN = "jeton-pour-les-essais-0123456789"

needs_kannel = [
    pytest.mark.component,
    pytest.mark.skipif(not kannel.installed(), reason="le paquet Debian kannel manque"),
    pytest.mark.skipif(
        not kannel.operator_installed(), reason="le paquet Debian kannel-extras manque"
    ),
]


@pytest.fixture
def back() -> int:
    return free_port()


@pytest.fixture
def server(tmp_path: Path, back: int) -> Iterator[Kannel]:
    with Kannel(tmp_path, free_port, f"http://127.0.0.1:{back}/{TOKEN}/entrant") as running:
        yield running


@pytest.fixture
def news() -> News:
    return News()


def settings(folder: Path, url: str, port: int = 0, **changes: Any) -> KannelSettings:
    values: dict[str, Any] = {
        "name": "kannel",
        "url": url,
        "user": kannel.USER,
        "password": secret(folder, kannel.PASSWORD),
        "sender": "MAIRIE",
        "port": port,
        "token": secret(folder, TOKEN, "jeton"),
        **changes,
    }
    return KannelSettings(**values)


@pytest.fixture
async def gateway(
    server: Kannel, tmp_path: Path, back: int, news: News
) -> AsyncIterator[KannelGateway]:
    made = KannelGateway(settings(tmp_path, server.url, back), news.report, news.arrived)
    await made.start()
    yield made
    await made.close()


class TestRealKannel:
    pytestmark = needs_kannel

    @pytest.mark.parametrize(
        "words",
        [
            "Mairie : pièce d'identité, 5 €, [déjà] payé à l'accueil.",
            "Ça coûte 5 € : c’est prêt à la fenêtre n° 3.",
        ],
        ids=["alphabet GSM", "UCS-2"],
    )
    async def test_a_text_reaches_the_telephone_and_its_delivery_is_told(
        self, server: Kannel, gateway: KannelGateway, news: News, words: str
    ) -> None:
        server.start_operator()
        text = a_text(words)
        assert await gateway.send(text) == Accepted()
        await until(lambda: server.delivered)
        assert server.delivered == [("MAIRIE", NUMBER, words)]
        await until(lambda: "delivered" in news.states(text.id))
        assert set(news.states(text.id)) == {"accepted", "delivered"}
        assert news.states("") == []

    async def test_a_long_text_arrives_whole_in_parts(
        self, server: Kannel, gateway: KannelGateway, news: News
    ) -> None:
        server.start_operator()
        words = "Pièces à apporter : " + ", ".join(f"justificatif {i}" for i in range(25)) + "."
        assert await gateway.send(a_text(words)) == Accepted()
        await until(lambda: "delivered" in news.states())
        await until(lambda: "".join(part for _, _, part in server.delivered) == words)
        assert len(server.delivered) > 1

    async def test_stop_from_a_telephone_comes_in(
        self, server: Kannel, gateway: KannelGateway, news: News
    ) -> None:
        server.start_operator(f"{NUMBER} 38000 text STOP merci")
        await until(lambda: news.incoming)
        assert [(i.gateway, i.number, i.text) for i in news.incoming] == [
            ("kannel", NUMBER, "STOP merci")
        ]

    async def test_an_incoming_text_keeps_its_accents(
        self, server: Kannel, gateway: KannelGateway, news: News
    ) -> None:
        server.start_operator(f"{NUMBER} 38000 ucs2 %00a%00r%00r%00%EA%00t")
        await until(lambda: news.incoming)
        assert news.incoming[0].text == "arrêt"

    async def test_without_an_operator_kannel_keeps_the_text_and_sends_it_later(
        self, server: Kannel, gateway: KannelGateway, news: News
    ) -> None:
        text = a_text()
        assert await gateway.send(text) == Accepted()
        assert news.reports == []
        server.start_operator()
        await until(lambda: "delivered" in news.states(text.id))

    async def test_a_stopped_smsbox_is_down_and_works_again_once_started(
        self, server: Kannel, gateway: KannelGateway, news: News
    ) -> None:
        server.start_operator()
        server.stop("smsbox")
        with pytest.raises(GatewayDownError, match="injoignable"):
            await gateway.send(a_text())
        server.start_smsbox()
        await gateway.send(a_text())
        await until(lambda: "delivered" in news.states() and server.delivered)
        assert len(server.delivered) == 1

    async def test_an_smsbox_killed_before_it_answers_leaves_a_doubt(
        self, server: Kannel, gateway: KannelGateway
    ) -> None:
        os.kill(server.pid("smsbox"), signal.SIGSTOP)
        sending = asyncio.create_task(gateway.send(a_text()))
        await until(server.has_unread_request)
        os.kill(server.pid("smsbox"), signal.SIGKILL)
        with pytest.raises(GatewayDoubtError, match="coupé"):
            await sending

    async def test_a_wrong_password_is_for_the_town_to_mend_not_the_end_of_the_text(
        self, server: Kannel, tmp_path: Path, news: News
    ) -> None:
        wrong = settings(tmp_path, server.url, password=secret(tmp_path, "autre", "faux"))
        made = KannelGateway(wrong, news.report, news.arrived)
        with pytest.raises(GatewayDownError, match="mot de passe") as refused:
            await made.send(a_text())
        assert "autre" not in str(refused.value)
        await made.close()

    async def test_a_wrong_path_does_not_end_the_text_either(
        self, server: Kannel, tmp_path: Path, news: News
    ) -> None:
        wrong = settings(tmp_path, server.url + "-ailleurs")
        made = KannelGateway(wrong, news.report, news.arrived)
        with pytest.raises(GatewayDownError):
            await made.send(a_text())
        await made.close()

    async def test_a_report_that_could_not_be_kept_does_not_stop_the_next(
        self, server: Kannel, gateway: KannelGateway, news: News
    ) -> None:
        server.start_operator()
        news.failing = 1
        await gateway.send(a_text())
        await until(lambda: news.reports and not news.failing)


class Peer:
    """Takes one request whole, then does what the test says."""

    def __init__(self, answer: bytes | None) -> None:
        self._answer = answer
        self.read = asyncio.Event()
        self.requests = 0
        self._server: asyncio.Server | None = None
        self.port = free_port()
        self._leave = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/cgi-bin/sendsms"

    async def __aenter__(self) -> Peer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._leave.set()
        self._server.close()
        await self._server.wait_closed()

    def die(self) -> None:
        """Break off all connections."""
        self._leave.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.requests += 1
        self.read.set()
        if self._answer is None:
            await self._leave.wait()
        else:
            writer.write(self._answer)
        writer.close()


async def test_a_kannel_killed_after_it_read_the_request_leaves_a_doubt(
    tmp_path: Path, news: News
) -> None:
    async with Peer(None) as peer:
        made = KannelGateway(settings(tmp_path, peer.url), news.report, news.arrived)
        sending = asyncio.create_task(made.send(a_text()))
        await peer.read.wait()
        peer.die()
        with pytest.raises(GatewayDoubtError, match="coupé"):
            await sending
        with pytest.raises(GatewayDoubtError):
            await made.find(a_text())
        assert peer.requests == 1
        await made.close()


async def test_an_answer_that_does_not_come_leaves_a_doubt(tmp_path: Path, news: News) -> None:
    async with Peer(None) as peer:
        hasty = settings(tmp_path, peer.url, timeout_s=0.2)
        made = KannelGateway(hasty, news.report, news.arrived)
        with pytest.raises(GatewayDoubtError, match="à temps"):
            await made.send(a_text())
        await made.close()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("202 Accepted", None),
        ("400 Bad Request", GatewayRefusedError),
        ("403 Forbidden", GatewayDownError),
        ("404 Not Found", GatewayDownError),
        ("503 Service Unavailable", GatewayDownError),
        ("302 Found\r\nLocation: http://127.0.0.1:9/", GatewayDownError),
        ("500 Internal Server Error", GatewayDoubtError),
    ],
)
async def test_what_an_answer_means(
    tmp_path: Path, news: News, status: str, expected: type[Exception] | None
) -> None:
    async with Peer(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok".encode()) as peer:
        made = KannelGateway(settings(tmp_path, peer.url), news.report, news.arrived)
        if expected is None:
            assert await made.send(a_text()) == Accepted()
        else:
            with pytest.raises(expected):
                await made.send(a_text())
        assert peer.requests == 1
        await made.close()


async def test_reports_of_strangers_are_not_heard(tmp_path: Path, news: News) -> None:
    port = free_port()
    made = KannelGateway(settings(tmp_path, "http://127.0.0.1:9/", port), news.report, news.arrived)
    await made.start()
    base = f"http://127.0.0.1:{port}"
    asked = {
        f"{base}/{TOKEN}/rapport?id=a1&etat=1": 200,
        f"{base}/{TOKEN[:-1]}/rapport?id=a1&etat=1": 404,
        f"{base}/{TOKEN}é/rapport?id=a1&etat=1": 404,
        f"{base}/rapport?id=a1&etat=1": 404,
        f"{base}/{TOKEN}/autre?id=a1&etat=1": 404,
        f"{base}/{TOKEN}/rapport?id=a1&etat=99": 400,
        f"{base}/{TOKEN}/rapport?etat=1": 400,
        f"{base}/{TOKEN}/entrant?numero={'9' * 400}&texte=STOP": 200,
        f"{base}/{TOKEN}/entrant?numero=%2B33612345678": 400,
    }
    async with aiohttp.ClientSession() as session:
        for url, status in asked.items():
            async with session.get(url) as response:
                assert (url, response.status) == (url, status)
                assert await response.read() in (b"", b"404: Not Found")
        async with session.delete(f"{base}/{TOKEN}/rapport?id=a1&etat=1") as response:
            assert response.status == 405
        async with session.post(f"{base}/{TOKEN}/rapport", data=b"x" * 100_000) as response:
            assert response.status in (400, 413)
    assert news.states() == ["delivered"]
    assert news.incoming == []
    await made.close()


async def test_a_taken_port_stops_nothing(tmp_path: Path, news: News) -> None:
    async with Peer(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n") as peer:
        taken = settings(tmp_path, peer.url, peer.port)
        made = KannelGateway(taken, news.report, news.arrived)
        await made.start()
        assert await made.send(a_text()) == Accepted()
        await made.close()


async def test_without_its_password_it_is_down(tmp_path: Path, news: News) -> None:
    lost = settings(tmp_path, "http://127.0.0.1:9/", password=SecretSource(file=tmp_path / "non"))
    made = KannelGateway(lost, news.report, news.arrived)
    with pytest.raises(GatewayDownError, match="n'existe pas"):
        await made.send(a_text())
    await made.close()


@pytest.mark.parametrize(
    "text",
    [
        a_text(identifier="../../etc/passwd"),
        a_text(number="0612345678"),
        a_text(number="+33612345678\r\nX: y"),
        a_text(""),
    ],
    ids=["id", "number", "lines", "empty"],
)
async def test_what_no_gateway_can_carry_is_refused(
    tmp_path: Path, news: News, text: object
) -> None:
    made = KannelGateway(settings(tmp_path, "http://127.0.0.1:9/"), news.report, news.arrived)
    with pytest.raises(GatewayRefusedError):
        await made.send(text)  # type: ignore[arg-type]
    await made.close()
