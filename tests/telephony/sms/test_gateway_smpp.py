"""The SMPP gateway against an operator on a real socket."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmpplib.protocol import DeliverSm, EnquireLink
from aiosmpplib.state import (
    MESSAGE_STATE,
    NPI,
    RECEIPTED_MESSAGE_ID,
    TON,
    OptionalParam,
    PhoneNumber,
    SmppCommandStatus,
)
from structlog.testing import capture_logs

from telephony.sms.gateway import (
    Accepted,
    GatewayDoubtError,
    GatewayDownError,
    GatewayRefusedError,
)
from telephony.sms.gateways.smpp import SmppGateway, SmppSettings
from telephony.sms.gateways.smpplink import LinkSettings
from tests.harness.smsc import PASSWORD, USER, Smsc
from tests.telephony.sms.gatewaybench import NUMBER, News, a_text, free_port, secret, until

LONG_GSM = "Pièces à apporter : " + ", ".join(f"[justificatif {i}] 5 €" for i in range(20)) + "."
LONG_UCS2 = "Être prêt : ça coûte 5 €, « justificatif » n° 1 😀. " * 6


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    async with Smsc(free_port()) as running:
        yield running


@pytest.fixture
def news() -> News:
    return News()


@pytest.fixture
def settings(smsc: Smsc, tmp_path: Path) -> SmppSettings:
    link = LinkSettings(
        "127.0.0.1",
        smsc.port,
        USER,
        secret(tmp_path, PASSWORD),
        answer_s=5.0,
        first_retry_s=0.02,
        longest_retry_s=0.1,
    )
    return SmppSettings("operateur", link, "MAIRIE")


def quick(settings: SmppSettings, answer_s: float = 0.1) -> SmppSettings:
    return replace(settings, link=replace(settings.link, answer_s=answer_s))


class Bound:
    """A gateway with a session, ended at the end."""

    def __init__(self, settings: SmppSettings, news: News, smsc: Smsc) -> None:
        self._smsc = smsc
        self._gateway = SmppGateway(settings, news.report, news.arrived)

    async def __aenter__(self) -> SmppGateway:
        await self._gateway.start()
        await until(lambda: self._gateway._link.bound)
        return self._gateway

    async def __aexit__(self, *_: object) -> None:
        await self._gateway.close()


@pytest.fixture
async def gateway(settings: SmppSettings, news: News, smsc: Smsc) -> AsyncIterator[SmppGateway]:
    async with Bound(settings, news, smsc) as made:
        yield made


async def test_a_text_is_taken_and_its_receipt_told(
    gateway: SmppGateway, smsc: Smsc, news: News
) -> None:
    smsc.receipts = ("ENROUTE", "DELIVRD")
    words = "Pièce d'identité : 5 €, déjà payé."
    text = a_text(words)
    assert await gateway.send(text) == Accepted("m1")
    await until(lambda: len(news.reports) == 2)
    assert [(r.state, r.id, r.gateway_id, r.gateway) for r in news.reports] == [
        ("accepted", text.id, "m1", "operateur"),
        ("delivered", text.id, "m1", "operateur"),
    ]
    await until(lambda: len(smsc.acknowledged) == 2)
    assert set(smsc.acknowledged) == {SmppCommandStatus.ESME_ROK}
    (message,) = smsc.submitted
    assert message.short_message == words
    assert message.destination == PhoneNumber("33612345678", TON.INTERNATIONAL, NPI.ISDN)
    assert message.source == PhoneNumber("MAIRIE", TON.ALPHANUMERIC, NPI.UNKNOWN)
    assert message.registered_delivery == 1
    assert message.validity_period is not None


@pytest.mark.parametrize("way", ["udh", "sar", "payload"])
@pytest.mark.parametrize("words", [LONG_GSM, LONG_UCS2], ids=["GSM", "UCS-2"])
async def test_a_long_text_is_whole_on_the_telephone(
    settings: SmppSettings, smsc: Smsc, news: News, way: str, words: str
) -> None:
    smsc.receipts = ("DELIVRD",)
    async with Bound(replace(settings, long_texts=way), news, smsc) as gateway:  # type: ignore[arg-type]
        accepted = await gateway.send(a_text(words))
        await until(lambda: news.reports)
    assert smsc.texts() == [words]
    count = len(smsc.submitted)
    assert (count == 1) == (way == "payload")
    assert accepted == Accepted(f"m{count}")
    assert [m.registered_delivery for m in smsc.submitted] == [0] * (count - 1) + [1]
    assert [r.gateway_id for r in news.reports] == [accepted.gateway_id]


async def test_two_long_texts_have_references_of_their_own(
    gateway: SmppGateway, smsc: Smsc
) -> None:
    await gateway.send(a_text(LONG_GSM))
    await gateway.send(a_text(LONG_GSM, "1" * 32))
    references = {m.get_segmentation_data()[0] for m in smsc.submitted}
    assert len(references) == 2


async def test_accents_in_ucs2_for_operators_with_another_alphabet(
    settings: SmppSettings, smsc: Smsc, news: News
) -> None:
    async with Bound(replace(settings, accents="ucs2"), news, smsc) as gateway:
        for words in ("Mairie : tel. 01", "déjà", LONG_GSM):
            await gateway.send(a_text(words))
    assert smsc.texts() == ["Mairie : tel. 01", "déjà", LONG_GSM]
    assert [m.encoding for m in smsc.submitted[:2]] == [None, "ucs2"]


async def test_a_receipt_before_the_answer_still_names_our_text(
    gateway: SmppGateway, smsc: Smsc, news: News
) -> None:
    smsc.receipts, smsc.early = ("DELIVRD",), True
    text = a_text()
    assert await gateway.send(text) == Accepted("m1")
    await until(lambda: news.reports)
    assert news.states(text.id) == ["delivered"]


async def test_receipts_that_come_twice_or_from_before_are_passed_on(
    gateway: SmppGateway, smsc: Smsc, news: News
) -> None:
    text = a_text()
    await gateway.send(text)
    smsc.receipt("m1", "DELIVRD")
    smsc.receipt("m1", "DELIVRD")
    smsc.receipt("d-hier", "UNDELIV", "042")
    await until(lambda: len(news.reports) == 3)
    assert news.states(text.id) == ["delivered", "delivered"]
    old = news.reports[2]
    assert (old.state, old.id, old.gateway_id) == ("failed", "", "d-hier")
    assert "042" in old.error


@pytest.mark.parametrize(
    ("told", "state"),
    [("EXPIRED", "expired"), ("DELETED", "failed"), ("REJECTD", "failed"), ("ACCEPTD", "accepted")],
)
async def test_what_receipts_mean(
    gateway: SmppGateway, smsc: Smsc, news: News, told: str, state: str
) -> None:
    smsc.receipt("m1", told)
    await until(lambda: news.reports)
    assert news.states() == [state]


async def test_a_receipt_that_is_all_in_its_optional_fields(
    gateway: SmppGateway, smsc: Smsc, news: News
) -> None:
    fields = [OptionalParam(RECEIPTED_MESSAGE_ID, "m7"), OptionalParam(MESSAGE_STATE, 2)]
    smsc.arrives("33612345678", "-", esm_class=0b100, optional_params=fields)
    await until(lambda: news.reports)
    assert [(r.state, r.gateway_id) for r in news.reports] == [("delivered", "m7")]


async def test_identifiers_in_hexadecimal(settings: SmppSettings, smsc: Smsc, news: News) -> None:
    smsc.identify = lambda n: f"{n + 0xABCD00:X}"
    async with Bound(replace(settings, identifiers="hexadecimal"), news, smsc) as gateway:
        text = a_text()
        assert await gateway.send(text) == Accepted(str(0xABCD01))
        smsc.receipt(str(0xABCD01), "DELIVRD")
        await until(lambda: news.reports)
    assert news.states(text.id) == ["delivered"]


async def test_a_report_that_could_not_be_kept_is_asked_for_again(
    gateway: SmppGateway, smsc: Smsc, news: News
) -> None:
    news.failing = 1
    smsc.receipt("m1", "DELIVRD")
    smsc.receipt("m1", "DELIVRD")
    await until(lambda: len(smsc.acknowledged) == 2)
    assert smsc.acknowledged == [SmppCommandStatus.ESME_RX_T_APPN, SmppCommandStatus.ESME_ROK]
    assert news.states() == ["delivered"]


async def test_stop_from_a_telephone_comes_in(gateway: SmppGateway, smsc: Smsc, news: News) -> None:
    smsc.arrives("33612345678", "STOP")
    smsc.arrives("33612345678", "arrêt s'il vous plaît")
    smsc.arrives("33612345678", "STOP été", encoding="latin_1")
    smsc.arrives("38000", "publicité")
    await until(lambda: len(smsc.acknowledged) == 4)
    assert [(i.gateway, i.number, i.text) for i in news.incoming] == [
        ("operateur", NUMBER, "STOP"),
        ("operateur", NUMBER, "arrêt s'il vous plaît"),
        ("operateur", NUMBER, "STOP été"),
    ]


async def test_only_the_first_part_of_a_long_message_is_heard(
    gateway: SmppGateway, smsc: Smsc, news: News
) -> None:
    for part, words in ((1, b"STOP"), (2, b"START")):
        message = DeliverSm(
            sequence_num=part, short_message="x", source=PhoneNumber("0612345678"), esm_class=0x40
        )
        message.set_encoded_message(bytes((5, 0, 3, 9, 2, part)) + words)
        smsc.say(message.pdu())
    await until(lambda: len(smsc.acknowledged) == 2)
    assert [(i.number, i.text) for i in news.incoming] == [(NUMBER, "STOP")]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (SmppCommandStatus.ESME_RTHROTTLED, GatewayDownError),
        (SmppCommandStatus.ESME_RMSGQFUL, GatewayDownError),
        (SmppCommandStatus.ESME_RSYSERR, GatewayDownError),
        (SmppCommandStatus.ESME_RINVDSTADR, GatewayRefusedError),
        (SmppCommandStatus.ESME_RX_P_APPN, GatewayRefusedError),
    ],
)
async def test_what_refusals_mean(
    gateway: SmppGateway, smsc: Smsc, status: SmppCommandStatus, expected: type[Exception]
) -> None:
    smsc.status = lambda number: status if number == 1 else SmppCommandStatus.ESME_ROK
    with pytest.raises(expected):
        await gateway.send(a_text())
    assert await gateway.send(a_text()) == Accepted("m2")


async def test_an_operator_s_own_error_is_tried_again(gateway: SmppGateway, smsc: Smsc) -> None:
    smsc.answers = False
    sending = asyncio.create_task(gateway.send(a_text()))
    await until(lambda: smsc.submitted)
    sequence = smsc.submitted[0].sequence_num
    smsc.say(struct.pack(">LLLL", 16, 0x80000004, 0x0000_0411, sequence))
    with pytest.raises(GatewayDownError, match="0x411"):
        await sending


async def test_a_long_text_throttled_midway_starts_over(gateway: SmppGateway, smsc: Smsc) -> None:
    throttled = SmppCommandStatus.ESME_RTHROTTLED
    smsc.status = lambda number: throttled if number == 2 else SmppCommandStatus.ESME_ROK
    with pytest.raises(GatewayDownError, match="moins vite"):
        await gateway.send(a_text(LONG_GSM))
    assert len(smsc.submitted) == 2
    await gateway.send(a_text(LONG_GSM))
    assert smsc.texts()[-1] == LONG_GSM


async def test_no_answer_leaves_a_doubt_that_a_late_answer_ends(
    settings: SmppSettings, smsc: Smsc, news: News
) -> None:
    smsc.answers = False
    async with Bound(quick(settings), news, smsc) as gateway:
        text = a_text()
        with pytest.raises(GatewayDoubtError, match="à temps"):
            await gateway.send(text)
        with pytest.raises(GatewayDoubtError):
            await gateway.find(text)
        smsc.answer_withheld()
        await until(lambda: news.reports)
        assert [(r.state, r.id, r.gateway_id) for r in news.reports] == [
            ("accepted", text.id, "m1")
        ]
        assert await gateway.find(text) == Accepted("m1")


async def test_a_late_refusal_shows_that_it_was_not_taken(
    settings: SmppSettings, smsc: Smsc, news: News
) -> None:
    smsc.answers, smsc.status = False, lambda _: SmppCommandStatus.ESME_RTHROTTLED
    async with Bound(quick(settings), news, smsc) as gateway:
        text = a_text()
        with pytest.raises(GatewayDoubtError):
            await gateway.send(text)
        smsc.answer_withheld()
        smsc.say(EnquireLink(sequence_num=77).pdu())
        await until(lambda: gateway._late)
        assert await gateway.find(text) is None
        assert news.reports == []


async def test_a_session_lost_before_the_answer_leaves_a_doubt(
    gateway: SmppGateway, smsc: Smsc
) -> None:
    smsc.answers = False
    sending = asyncio.create_task(gateway.send(a_text()))
    await until(lambda: smsc.submitted)
    smsc.hang_up()
    with pytest.raises(GatewayDoubtError, match="déconnectée"):
        await sending
    with pytest.raises(GatewayDoubtError):
        await gateway.find(a_text())


async def test_a_session_lost_before_the_last_part_leaves_none(
    gateway: SmppGateway, smsc: Smsc
) -> None:
    smsc.answers = False
    sending = asyncio.create_task(gateway.send(a_text(LONG_GSM)))
    await until(lambda: smsc.submitted)
    smsc.hang_up()
    with pytest.raises(GatewayDownError):
        await sending


@pytest.mark.parametrize("politely", [True, False])
async def test_a_session_that_ends_is_opened_again(
    gateway: SmppGateway, smsc: Smsc, politely: bool
) -> None:
    (smsc.unbind if politely else smsc.hang_up)()
    await until(lambda: smsc.sessions == 2)
    await until(lambda: gateway._link.bound)
    assert await gateway.send(a_text()) == Accepted("m1")


async def test_without_a_session_it_is_down_until_the_operator_is_back(
    gateway: SmppGateway, smsc: Smsc
) -> None:
    await smsc.stop()
    await until(lambda: not gateway._link.bound)
    with pytest.raises(GatewayDownError, match="pas connectée"):
        await gateway.send(a_text())
    await smsc.start()
    await until(lambda: gateway._link.bound)
    assert await gateway.send(a_text()) == Accepted("m1")


async def test_an_operator_that_is_away_at_the_start_stops_nothing(
    settings: SmppSettings, smsc: Smsc, news: News
) -> None:
    await smsc.stop()
    made = SmppGateway(settings, news.report, news.arrived)
    await made.start()
    with pytest.raises(GatewayDownError):
        await made.send(a_text())
    await smsc.start()
    await until(lambda: made._link.bound)
    await made.close()


async def test_a_refused_password_is_logged_without_it(
    settings: SmppSettings, smsc: Smsc, news: News, tmp_path: Path
) -> None:
    link = replace(settings.link, password=secret(tmp_path, "mauvais", "faux"))
    made = SmppGateway(replace(settings, link=link), news.report, news.arrived)
    with capture_logs() as logged:
        await made.start()
        await until(lambda: any("refusée" in line["event"] for line in logged))
    assert "mauvais" not in str(logged)
    assert "mauvais" not in repr(made._settings)
    with pytest.raises(GatewayDownError):
        await made.send(a_text())
    await made.close()


async def test_a_password_too_long_for_smpp_is_not_cut(
    settings: SmppSettings, smsc: Smsc, news: News, tmp_path: Path
) -> None:
    link = replace(settings.link, password=secret(tmp_path, PASSWORD + "9", "long"))
    made = SmppGateway(replace(settings, link=link), news.report, news.arrived)
    with capture_logs() as logged:
        await made.start()
        await until(lambda: any("huit" in str(line.get("error")) for line in logged))
    assert smsc.binds == []
    await made.close()


async def test_the_session_is_kept_alive(settings: SmppSettings, smsc: Smsc, news: News) -> None:
    lively = replace(settings, link=replace(settings.link, enquire_s=0.05))
    async with Bound(lively, news, smsc) as gateway:
        await until(lambda: smsc.enquired >= 3)
        assert smsc.sessions == 1
        assert await gateway.send(a_text()) == Accepted("m1")


async def test_an_operator_that_no_longer_answers_is_left(
    settings: SmppSettings, smsc: Smsc, news: News
) -> None:
    smsc.answers_enquiries = False
    lively = replace(settings, link=replace(settings.link, enquire_s=0.05, answer_s=0.1))
    async with Bound(lively, news, smsc):
        await until(lambda: smsc.sessions >= 2)


async def test_it_unbinds_when_it_is_closed(settings: SmppSettings, smsc: Smsc, news: News) -> None:
    async with Bound(settings, news, smsc):
        pass
    assert smsc.unbound == 1


async def test_an_enquiry_and_an_unknown_command_are_answered(
    gateway: SmppGateway, smsc: Smsc
) -> None:
    smsc.say(EnquireLink(sequence_num=5).pdu())
    smsc.say(struct.pack(">LLLL", 16, 0x0000_0777, 0, 6))
    await until(lambda: smsc.nacks == [6])
    assert await gateway.send(a_text()) == Accepted("m1")


@pytest.mark.parametrize(
    "octets",
    [
        struct.pack(">LLLL", 8, 4, 0, 1),
        struct.pack(">LLLL", 0x7FFFFFFF, 5, 0, 1),
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
    ids=["short", "huge", "http"],
)
async def test_nonsense_ends_the_session_and_a_new_one_works(
    gateway: SmppGateway, smsc: Smsc, octets: bytes
) -> None:
    smsc.say(octets)
    await until(lambda: smsc.sessions >= 2)
    await until(lambda: gateway._link.bound)
    assert await gateway.send(a_text()) == Accepted("m1")


@pytest.mark.parametrize(
    "body", [b"", b"\0\0\0\0", b"abc", b"\0\x01\x0133612345678\0" + b"\xff" * 40]
)
async def test_a_broken_delivery_is_neither_a_report_nor_a_message(
    gateway: SmppGateway, smsc: Smsc, news: News, body: bytes
) -> None:
    smsc.say(struct.pack(">LLLL", 16 + len(body), 5, 0, 1) + body)
    await until(lambda: smsc.acknowledged or smsc.nacks or smsc.sessions > 1)
    await until(lambda: gateway._link.bound)
    assert await gateway.send(a_text()) == Accepted("m1")
    assert (news.reports, news.incoming) == ([], [])


async def test_unknown_optional_fields_harm_nothing(
    gateway: SmppGateway, smsc: Smsc, news: News
) -> None:
    message = DeliverSm(
        sequence_num=3, short_message="STOP", source=PhoneNumber("33612345678", TON.INTERNATIONAL)
    ).pdu()
    for strange in (b"\x14\x00\x00\x02ab", b"\x04\x27\x00\x09\x01", b"\x02"):
        octets = message + strange
        smsc.say(struct.pack(">L", len(octets)) + octets[4:])
    await until(lambda: len(news.incoming) == 3)
    assert {i.text for i in news.incoming} == {"STOP"}


async def test_many_texts_at_once_keep_their_own_answers(
    gateway: SmppGateway, smsc: Smsc, news: News
) -> None:
    smsc.receipts = ("DELIVRD",)
    texts = [a_text(f"Dossier {i}", f"{i:032x}") for i in range(200)]
    accepted = await asyncio.gather(*(gateway.send(text) for text in texts))
    by_text = {m.short_message: f"m{n}" for n, m in enumerate(smsc.submitted, 1)}
    assert [a.gateway_id for a in accepted] == [by_text[t.request.text] for t in texts]
    await until(lambda: len(news.reports) == 200)
    assert {r.id: r.gateway_id for r in news.reports} == {
        text.id: a.gateway_id for text, a in zip(texts, accepted, strict=True)
    }
