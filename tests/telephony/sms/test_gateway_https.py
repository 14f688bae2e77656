"""The gateway for providers on the Internet, against a TLS server with an authority of its own."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from telephony.sms.gateway import (
    Accepted,
    GatewayDoubtError,
    GatewayDownError,
    GatewayRefusedError,
)
from telephony.sms.gateways.https import (
    HttpsGateway,
    HttpsSettings,
    Lookup,
    Reading,
    Webhook,
)
from telephony.sms.gateways.smpp import SmppGateway, SmppSettings
from telephony.sms.gateways.smpplink import LinkSettings
from tests.harness import certificates
from tests.harness.certificates import Authority
from tests.harness.smsc import PASSWORD, USER, Smsc
from tests.telephony.sms.gatewaybench import NUMBER, News, a_text, free_port, secret, until

KEY = "cle-tres-secrete"
TOKEN = "jeton-pour-les-essais-0123456789"

needs_openssl = pytest.mark.skipif(
    not certificates.installed(), reason="le paquet Debian openssl manque"
)


@dataclass
class Provider:
    """Notes each request; answers as the test says."""

    port: int
    status: int = 200
    answer: Any = field(default_factory=lambda: {"messages": [{"id": 4711}]})
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    break_off: bool = False
    known: dict[str, Any] = field(default_factory=dict)
    """What a lookup finds, by our id."""
    requests: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    async def start(self, tls: Any = None) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=tls).start()

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.text()
        self.requests.append((request.method, str(request.rel_url), dict(request.headers), body))
        self.came.set()
        if self.hang:
            await asyncio.sleep(3600)
        if self.break_off:
            assert request.transport is not None
            request.transport.close()
        if request.path.startswith("/lookup/"):
            found = self.known.get(request.path.removeprefix("/lookup/"))
            return web.json_response(found, status=200 if found is not None else 404)
        text = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        return web.Response(
            status=self.status, text=text, headers=self.headers, content_type="application/json"
        )


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    running = Provider(free_port())
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
def news() -> News:
    return News()


@pytest.fixture
def settings(provider: Provider, tmp_path: Path) -> HttpsSettings:
    return HttpsSettings(
        "prestataire",
        f"http://127.0.0.1:{provider.port}/v1/sms",
        headers={"Authorization": "Bearer {secret}"},
        body={"to": ["{numero}"], "from": "{expediteur}", "text": "{texte}", "ref": "{id}", "n": 1},
        secrets={"secret": secret(tmp_path, KEY)},
        reading=Reading("messages.0.id"),
        sender="MAIRIE",
        timeout_s=5.0,
    )


def made(settings: HttpsSettings, news: News) -> HttpsGateway:
    return HttpsGateway(settings, news.report, news.arrived, clock=lambda: 1_795_000_000.4)


async def sent(settings: HttpsSettings, words: str = "Bonjour") -> Accepted:
    gateway = made(settings, News())
    try:
        return await gateway.send(a_text(words))
    finally:
        await gateway.close()


async def test_a_text_as_json(settings: HttpsSettings, provider: Provider) -> None:
    words = 'Ça « coûte » 5 € : {secret} "{id}" \\ ok'
    assert await sent(settings, words) == Accepted("4711")
    ((method, path, headers, body),) = provider.requests
    assert (method, path) == ("POST", "/v1/sms")
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert headers["Content-Type"].startswith("application/json")
    assert json.loads(body) == {
        "to": [NUMBER],
        "from": "MAIRIE",
        "text": words,
        "ref": a_text().id,
        "n": 1,
    }


async def test_a_text_as_a_form(settings: HttpsSettings, provider: Provider) -> None:
    form = replace(
        settings,
        format="formulaire",
        body={"dest": "{numero_sans_plus}", "msg": "{texte}", "cle": "{secret}"},
    )
    await sent(form, "5 € & plus=moins")
    (_, _, headers, body) = provider.requests[0]
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert body == f"dest=33612345678&msg=5+%E2%82%AC+%26+plus%3Dmoins&cle={KEY}"


async def test_a_text_in_the_address(settings: HttpsSettings, provider: Provider) -> None:
    get = replace(
        settings,
        method="GET",
        url=settings.url + "?to={numero}&text={texte}",
        body={},
    )
    await sent(get, "a&to=+33699999999/../#é")
    (method, path, _, body) = provider.requests[0]
    assert (method, body) == ("GET", "")
    assert path == "/v1/sms?to=%2B33612345678&text=a%26to%3D%2B33699999999/../%23%C3%A9"


async def test_ovh_s_signature(settings: HttpsSettings, provider: Provider, tmp_path: Path) -> None:
    ovh = replace(
        settings,
        headers={"X-Ovh-Application": "appli"},
        secrets={
            "secret_application": secret(tmp_path, "AS", "as"),
            "cle_utilisateur": secret(tmp_path, "CK", "ck"),
        },
        signature="ovh",
        body={"receivers": ["{numero}"], "message": "{texte}"},
    )
    await sent(ovh, "prêt")
    (_, _, headers, body) = provider.requests[0]
    told = f"AS+CK+POST+{ovh.url}+{body}+1795000000"
    assert headers["X-Ovh-Signature"] == "$1$" + hashlib.sha1(told.encode()).hexdigest()
    assert headers["X-Ovh-Timestamp"] == "1795000000"
    assert headers["X-Ovh-Consumer"] == "CK"
    assert headers["X-Ovh-Application"] == "appli"
    assert "AS" not in headers.values()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, GatewayRefusedError),
        (404, GatewayRefusedError),
        (401, GatewayDownError),
        (403, GatewayDownError),
        (429, GatewayDownError),
        (503, GatewayDownError),
        (307, GatewayDownError),
        (500, GatewayDoubtError),
        (502, GatewayDoubtError),
        (504, GatewayDoubtError),
        (402, GatewayDownError),
        (422, GatewayDownError),
        (203, GatewayRefusedError),
    ],
)
async def test_what_an_answer_means(
    settings: HttpsSettings, provider: Provider, status: int, expected: type[Exception]
) -> None:
    provider.status = status
    provider.headers = {"Location": f"http://127.0.0.1:{provider.port}/ailleurs"}
    reading = Reading(refused=frozenset({203}), again=frozenset({402, 422}))
    with pytest.raises(expected) as raised:
        await sent(replace(settings, reading=reading))
    assert len(provider.requests) == 1
    for private in (KEY, NUMBER, "Bonjour"):
        assert private not in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"valid": [NUMBER], "ids": [1]}, Accepted("1")),
        ({"valid": [], "ids": []}, GatewayRefusedError),
        ({}, GatewayRefusedError),
        ("<html>maintenance</html>", GatewayDoubtError),
    ],
)
async def test_a_provider_that_refuses_with_200(
    settings: HttpsSettings, provider: Provider, answer: object, expected: Any
) -> None:
    provider.answer = answer
    strict = replace(settings, reading=Reading("ids.0", required="valid"))
    if isinstance(expected, Accepted):
        assert await sent(strict) == expected
    else:
        with pytest.raises(expected):
            await sent(strict)


@pytest.mark.parametrize(
    "answer", ["", "[", {"messages": "x"}, {"messages": [{"id": {}}]}, "[" * 9000]
)
async def test_an_identifier_that_is_not_there_harms_nothing(
    settings: HttpsSettings, provider: Provider, answer: object
) -> None:
    provider.answer = answer
    assert await sent(settings) == Accepted("")


async def test_an_endless_answer_is_not_read(settings: HttpsSettings, provider: Provider) -> None:
    provider.answer = "x" * 200_000
    with pytest.raises(GatewayDoubtError, match="longuement"):
        await sent(settings)


async def test_a_provider_out_of_reach_is_down(settings: HttpsSettings) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/"
    with pytest.raises(GatewayDownError, match="injoignable"):
        await sent(replace(settings, url=nobody))
    with pytest.raises(GatewayDownError, match="nom est inconnu"):
        await sent(replace(settings, url="https://prestataire.invalid/"))


async def test_no_answer_in_time_and_a_cut_leave_a_doubt(
    settings: HttpsSettings, provider: Provider
) -> None:
    provider.break_off = True
    with pytest.raises(GatewayDoubtError, match="coupé"):
        await sent(settings)
    provider.hang = True
    with pytest.raises(GatewayDoubtError, match="à temps"):
        await sent(replace(settings, timeout_s=0.3))
    assert len(provider.requests) == 2


async def test_a_missing_key_is_down(settings: HttpsSettings, tmp_path: Path) -> None:
    key = settings.secrets["secret"].file
    assert key is not None
    key.chmod(0o644)
    with pytest.raises(GatewayDownError, match="chmod 600"):
        await sent(settings)


class TestDoubt:
    async def found(self, settings: HttpsSettings) -> Accepted | None:
        gateway = made(settings, News())
        try:
            return await gateway.find(a_text())
        finally:
            await gateway.close()

    @pytest.fixture
    def with_lookup(self, settings: HttpsSettings, provider: Provider) -> HttpsSettings:
        lookup = Lookup(
            f"http://127.0.0.1:{provider.port}/lookup/{{id}}",
            headers=settings.headers,
            identifier="id",
        )
        return replace(settings, lookup=lookup)

    async def test_without_a_lookup_it_cannot_tell(self, settings: HttpsSettings) -> None:
        with pytest.raises(GatewayDoubtError):
            await self.found(settings)

    async def test_a_lookup_tells_both_ways(
        self, with_lookup: HttpsSettings, provider: Provider
    ) -> None:
        assert await self.found(with_lookup) is None
        provider.known[a_text().id] = {"id": "p-9"}
        assert await self.found(with_lookup) == Accepted("p-9")
        provider.known[a_text().id] = {}
        assert await self.found(with_lookup) is None
        assert {r[2]["Authorization"] for r in provider.requests} == {f"Bearer {KEY}"}

    async def test_a_question_without_an_answer_says_nothing(
        self, with_lookup: HttpsSettings, provider: Provider
    ) -> None:
        lookup = with_lookup.lookup
        assert lookup is not None
        other = replace(with_lookup, lookup=replace(lookup, url=with_lookup.url))
        for status, answer in ((500, {}), (401, {}), (302, {}), (200, "<html>portail</html>")):
            provider.status, provider.answer = status, answer
            with pytest.raises(GatewayDownError):
                await self.found(other)
        provider.break_off = True
        with pytest.raises(GatewayDownError):
            await self.found(other)


@needs_openssl
class TestTls:
    @pytest.fixture
    def authority(self, tmp_path: Path) -> Authority:
        return Authority(tmp_path)

    @pytest.fixture
    async def safe(self, authority: Authority) -> AsyncIterator[Provider]:
        running = Provider(free_port())
        await running.start(authority.server("localhost"))
        yield running
        await running.stop()

    async def test_a_provider_with_the_right_certificate(
        self, settings: HttpsSettings, safe: Provider, authority: Authority
    ) -> None:
        url = f"https://localhost:{safe.port}/v1/sms"
        assert await sent(replace(settings, url=url, authority=authority.file)) == Accepted("4711")

    async def test_a_provider_that_nobody_vouches_for_hears_nothing(
        self, settings: HttpsSettings, safe: Provider, authority: Authority
    ) -> None:
        unknown = replace(settings, url=f"https://localhost:{safe.port}/v1/sms")
        with pytest.raises(GatewayDownError, match="certificat"):
            await sent(unknown)
        other_name = replace(
            settings, url=f"https://127.0.0.1:{safe.port}/v1/sms", authority=authority.file
        )
        with pytest.raises(GatewayDownError, match="certificat"):
            await sent(other_name)
        missing = replace(unknown, authority=authority.file.with_name("absent.pem"))
        with pytest.raises(GatewayDownError, match=r"absent\.pem"):
            await sent(missing)
        assert safe.requests == []

    async def test_an_operator_over_tls(self, authority: Authority, tmp_path: Path) -> None:
        news = News()
        async with Smsc(free_port(), authority.server("localhost")) as smsc:
            link = LinkSettings(
                "localhost",
                smsc.port,
                USER,
                secret(tmp_path, PASSWORD),
                tls=True,
                authority=authority.file,
                first_retry_s=0.05,
            )
            settings = SmppSettings("operateur", link, "MAIRIE")
            gateway = SmppGateway(settings, news.report, news.arrived)
            await gateway.start()
            await until(lambda: gateway._link.bound)
            assert await gateway.send(a_text()) == Accepted("m1")
            await gateway.close()

    async def test_an_operator_that_nobody_vouches_for_gets_no_password(
        self, authority: Authority, tmp_path: Path
    ) -> None:
        news = News()
        async with Smsc(free_port(), authority.server("ailleurs.example")) as smsc:
            link = LinkSettings(
                "localhost",
                smsc.port,
                USER,
                secret(tmp_path, PASSWORD),
                tls=True,
                authority=authority.file,
                first_retry_s=0.05,
            )
            gateway = SmppGateway(SmppSettings("o", link), news.report, news.arrived)
            with capture_logs() as logged:
                await gateway.start()
                await until(lambda: any("certificat" in str(x.get("error")) for x in logged))
            with pytest.raises(GatewayDownError):
                await gateway.send(a_text())
            await gateway.close()
            assert smsc.binds == []


class TestWebhook:
    @pytest.fixture
    async def base(self, settings: HttpsSettings, news: News, tmp_path: Path) -> AsyncIterator[str]:
        webhook = Webhook(
            free_port(),
            secret(tmp_path, TOKEN, "jeton"),
            our_id="ref",
            identifier="data.id",
            state="data.status",
            states={"OK": "delivered", "KO": "failed", "0": "accepted"},
            number="msisdn",
            text="message",
        )
        gateway = made(replace(settings, webhook=webhook), news)
        assert gateway.reports
        await gateway.start()
        yield f"http://127.0.0.1:{webhook.port}/{TOKEN}"
        await gateway.close()

    async def test_reports_by_either_identifier(self, base: str, news: News) -> None:
        told = [
            {"ref": "a1", "data": {"status": "OK"}},
            {"data": {"id": 12, "status": "KO"}},
            {"ref": "a2", "data": {"status": 0}},
            {"ref": "a3", "data": {"status": "inconnu"}},
        ]
        async with aiohttp.ClientSession() as session:
            for each in told:
                async with session.post(f"{base}/rapport", json=each) as response:
                    assert response.status == 200
        assert [(r.state, r.id, r.gateway_id) for r in news.reports] == [
            ("delivered", "a1", ""),
            ("failed", "", "12"),
            ("accepted", "a2", ""),
        ]

    async def test_what_makes_no_sense_is_refused(self, base: str, news: News) -> None:
        strange = ["null", "[]", "{", '{"data": {"status": "OK"}}', '{"ref": "a1"}', "[" * 9000]
        async with aiohttp.ClientSession(headers={"Content-Type": "application/json"}) as session:
            for body in strange:
                async with session.post(f"{base}/rapport", data=body) as response:
                    assert response.status == 400
            many = "&".join(f"f{i}=1" for i in range(100))
            async with session.get(f"{base}/rapport?{many}") as response:
                assert response.status == 400
        assert news.reports == []

    async def test_a_report_that_could_not_be_kept_is_asked_for_again(
        self, base: str, news: News
    ) -> None:
        news.failing = 1
        url = f"{base}/rapport"
        async with aiohttp.ClientSession() as session:
            for status in (500, 200):
                each = {"ref": "a1", "data": {"status": "OK"}}
                async with session.post(url, json=each) as response:
                    assert response.status == status
        assert news.states() == ["delivered"]

    async def test_a_form_with_a_resident_s_stop(self, base: str, news: News) -> None:
        async with aiohttp.ClientSession() as session:
            for number in ("33612345678", "0612345678", "+33612345678", "INFO", "38000"):
                form = {"msisdn": number, "message": "STOP"}
                async with session.post(f"{base}/entrant", data=form) as response:
                    assert response.status == 200
            async with session.get(f"{base}/entrant?msisdn=33612345678&message=%FF") as response:
                assert response.status == 200
        assert {i.number for i in news.incoming} == {NUMBER}
        assert [i.text for i in news.incoming] == ["STOP", "STOP", "STOP", "?"]
