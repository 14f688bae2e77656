"""The modem gateway: spool folders, alone and with a real gammu-smsd over its dummy phone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telephony.sms.gateway import Accepted, GatewayDownError, GatewayRefusedError
from telephony.sms.gateways.gammu import GammuGateway, GammuSettings
from tests.harness import gammu
from tests.harness.gammu import Spool
from tests.telephony.sms.gatewaybench import NUMBER, News, a_text, until

needs_smsd = [
    pytest.mark.component,
    pytest.mark.skipif(not gammu.installed(), reason="le paquet Debian gammu-smsd manque"),
]


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def news() -> News:
    return News()


def settings(spool: Spool) -> GammuSettings:
    return GammuSettings("modem", spool.outbox, spool.sent, spool.errors, spool.inbox, 0.05)


@pytest.fixture
async def gateway(spool: Spool, news: News) -> AsyncIterator[GammuGateway]:
    made = GammuGateway(settings(spool), news.report, news.arrived)
    await made.start()
    yield made
    await made.close()


def only(folder: Path) -> Path:
    """Return the one file of a folder."""
    (file,) = folder.iterdir()
    return file


class TestRealSmsd:
    pytestmark = needs_smsd

    async def test_a_text_is_sent_and_told(
        self, spool: Spool, gateway: GammuGateway, news: News
    ) -> None:
        spool.start()
        words = "Ça coûte 5 € : c'est prêt."
        text = a_text(words)
        assert await gateway.send(text) == Accepted(text.id)
        await until(lambda: news.states(text.id))
        assert news.states() == ["accepted"]
        sent = only(spool.sent).read_bytes()
        assert sent == b"\xfe\xff" + words.encode("utf-16-be")
        assert f"to {NUMBER}" in spool.log
        assert await gateway.find(text) == Accepted(text.id)
        assert list(spool.outbox.iterdir()) == []

    async def test_a_long_text_leaves_in_parts(
        self, spool: Spool, gateway: GammuGateway, news: News
    ) -> None:
        spool.start()
        await gateway.send(a_text("Pièces : " + "justificatif, " * 30))
        await until(lambda: news.states(), 60)
        assert news.states() == ["accepted"]

    async def test_what_smsd_puts_with_the_errors_has_failed(
        self, spool: Spool, gateway: GammuGateway, news: News
    ) -> None:
        spool.start(can_keep_sent=False)
        text = a_text()
        await gateway.send(text)
        await until(lambda: news.states(text.id))
        assert news.states() == ["failed"]
        assert news.reports[0].error
        assert only(spool.errors).name.count(text.id) == 1

    async def test_stop_comes_in_and_leaves_no_file(
        self, spool: Spool, gateway: GammuGateway, news: News
    ) -> None:
        spool.start()
        spool.arrives(NUMBER, "arrêt svp")
        await until(lambda: news.incoming)
        await until(lambda: not list(spool.inbox.iterdir()))
        assert [(i.gateway, i.number, i.text) for i in news.incoming] == [
            ("modem", NUMBER, "arrêt svp")
        ]

    async def test_what_waits_while_smsd_is_stopped_leaves_when_it_starts(
        self, spool: Spool, gateway: GammuGateway, news: News
    ) -> None:
        text = a_text()
        await gateway.send(text)
        assert await gateway.find(text) == Accepted(text.id)
        spool.start()
        await until(lambda: news.states(text.id))
        assert news.states() == ["accepted"]


async def test_the_message_is_whole_before_smsd_can_see_it(
    spool: Spool, gateway: GammuGateway
) -> None:
    await gateway.send(a_text())
    file = only(spool.outbox)
    assert file.name.startswith("OUTC") and file.name.endswith(".txt")
    assert len(file.name) < 100
    assert file.stat().st_mode & 0o777 == 0o660


@pytest.mark.skipif(os.geteuid() != 0, reason="il faut être administrateur pour changer un groupe")
async def test_smsd_s_group_may_read_the_message(spool: Spool, gateway: GammuGateway) -> None:
    os.chown(spool.outbox, -1, 65534)
    await gateway.send(a_text())
    assert only(spool.outbox).stat().st_gid == 65534


async def test_a_doubt_is_always_resolved(spool: Spool, gateway: GammuGateway) -> None:
    text, other = a_text(), a_text(identifier="1" * 32)
    assert await gateway.find(text) is None
    await gateway.send(text)
    file = only(spool.outbox)
    for folder in (spool.outbox, spool.sent, spool.errors):
        file = file.rename(folder / file.name)
        assert await gateway.find(text) == Accepted(text.id)
        assert await gateway.find(other) is None
    file.unlink()
    assert await gateway.find(text) is None


async def test_an_unfinished_draft_was_not_handed_over(spool: Spool, gateway: GammuGateway) -> None:
    text = a_text()
    (spool.outbox / f".{text.id}.brouillon").write_bytes(b"\xfe\xff\x00")
    assert await gateway.find(text) is None
    assert await gateway.send(text) == Accepted(text.id)
    assert [file.name[0] for file in spool.outbox.iterdir()] == ["O"]


async def test_a_full_or_missing_folder_is_down(spool: Spool, gateway: GammuGateway) -> None:
    spool.outbox.rmdir()
    with pytest.raises(GatewayDownError, match="sortants"):
        await gateway.send(a_text())
    with pytest.raises(GatewayDownError):
        await gateway.find(a_text())


async def test_an_outbox_that_nobody_empties_is_down(spool: Spool, gateway: GammuGateway) -> None:
    await gateway.send(a_text())
    await gateway.send(a_text(identifier="2" * 32))
    old = datetime.now(UTC) - timedelta(minutes=16)
    file = sorted(spool.outbox.iterdir())[0]
    os.utime(file, (old.timestamp(), old.timestamp()))
    with pytest.raises(GatewayDownError, match="gammu-smsd"):
        await gateway.send(a_text(identifier="3" * 32))
    file.rename(spool.sent / file.name)
    await gateway.send(a_text(identifier="3" * 32))


async def test_what_expires_in_the_outbox_is_taken_back(
    spool: Spool, gateway: GammuGateway, news: News
) -> None:
    late, fresh = a_text(lifetime_s=-1), a_text(identifier="4" * 32)
    await gateway.send(late)
    await gateway.send(fresh)
    await until(lambda: news.states(late.id))
    assert news.states() == ["expired"]
    assert only(spool.outbox).name.count(fresh.id) == 1


async def test_a_report_that_could_not_be_kept_comes_again(
    spool: Spool, gateway: GammuGateway, news: News
) -> None:
    news.failing = 3
    await gateway.send(a_text())
    file = only(spool.outbox)
    file.rename(spool.sent / file.name)
    await until(lambda: news.states())
    assert news.failing == 0
    assert news.states() == ["accepted"]


async def test_after_a_restart_news_come_again(
    spool: Spool, gateway: GammuGateway, news: News
) -> None:
    text = a_text()
    await gateway.send(text)
    file = only(spool.outbox)
    file.rename(spool.errors / file.name)
    await until(lambda: news.states(text.id))
    await gateway.close()
    later = News()
    again = GammuGateway(settings(spool), later.report, later.arrived)
    await again.start()
    await until(lambda: later.states(text.id))
    assert later.states() == ["failed"]
    await again.close()


async def test_folders_that_come_later_are_watched(spool: Spool, news: News) -> None:
    elsewhere = replace(settings(spool), sent=spool.sent / "plus_tard")
    made = GammuGateway(elsewhere, news.report, news.arrived)
    await made.start()
    await made.send(a_text())
    file = only(spool.outbox)
    elsewhere.sent.mkdir()
    file.rename(elsewhere.sent / file.name)
    await until(lambda: news.states())
    await made.close()


async def test_foreign_files_are_left_alone_and_strange_ones_not_heard(
    spool: Spool, gateway: GammuGateway, news: News
) -> None:
    old = (datetime.now(UTC) - timedelta(seconds=5)).timestamp()
    foreign = spool.sent / "OUTC20261102_120000_00_+33612345678_sms0.txt"
    foreign.write_text("autre programme")
    for name, content in (
        ("IN20261102_120000_00_INFO_00.txt", b"Votre forfait"),
        ("IN20261102_120001_00_+33612345678_01.txt", "\ufeffSTOP".encode("utf-16-be")),
        ("IN20261102_120002_00_+33612345678_00.txt", b"\xfe\xff\x00S\x00T\xd8"),
        ("IN20261102_120003_00_+33612345678_00.txt", b"STOP"),
        ("INautre.txt", b"STOP"),
    ):
        file = spool.inbox / name
        file.write_bytes(content)
        os.utime(file, (old, old))
    await until(lambda: not list(spool.inbox.iterdir()))
    assert [i.text for i in news.incoming] == ["ST\ufffd", "STOP"]
    assert news.reports == []
    assert foreign.exists()


@pytest.mark.parametrize("identifier", ["x" * 41, "a_b", "../x", ""])
async def test_an_identifier_that_makes_no_file_name_is_refused(
    spool: Spool, gateway: GammuGateway, identifier: str
) -> None:
    with pytest.raises(GatewayRefusedError):
        await gateway.send(a_text(identifier=identifier))
    assert list(spool.outbox.iterdir()) == []


async def test_many_at_once(spool: Spool, gateway: GammuGateway) -> None:
    texts = [a_text(identifier=f"{i:032x}") for i in range(50)]
    await asyncio.gather(*(gateway.send(text) for text in texts))
    assert len(list(spool.outbox.iterdir())) == 50
    assert [await gateway.find(t) for t in texts] == [Accepted(t.id) for t in texts]
