from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callbot.voicemail import Voicemail
from common.audio import SAMPLE_RATE
from console.ports import ActionRefusedError

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
SECOND = b"\x01\x02" * SAMPLE_RATE


class Kept:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.changed: list[str] = []

    async def open(self) -> Voicemail:
        voicemail = await Voicemail.open(self.folder, {"anne": "Anne Dupont"})
        voicemail.changed = self.changed.append
        return voicemail


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "messages")


@pytest.fixture
async def voicemail(kept: Kept) -> AsyncIterator[Voicemail]:
    opened = await kept.open()
    yield opened
    await opened.close()


async def leave(voicemail: Voicemail, call: str = "c1", at: datetime = NOW) -> bool:
    return await voicemail.keep(call, "+33261911010", SECOND * 2, "rappelez-moi", "voirie", at)


async def test_a_message_is_kept_with_its_sound(voicemail: Voicemail, kept: Kept):
    assert await leave(voicemail)
    (message,) = await voicemail.list()
    assert (message.call, message.transcript, message.service) == ("c1", "rappelez-moi", "voirie")
    assert message.seconds == 2.0
    sound = await voicemail.audio(message.id)
    assert sound is not None
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getframerate(), file.getnframes()) == (SAMPLE_RATE, 2 * SAMPLE_RATE)
    assert kept.changed == ["c1"]


async def test_only_the_owner_may_read_the_sound(voicemail: Voicemail, kept: Kept):
    await leave(voicemail)
    assert kept.folder.stat().st_mode & 0o077 == 0
    modes = [file.stat().st_mode & 0o077 for file in kept.folder.glob("*")]
    assert modes and not any(modes)


async def test_messages_outlive_a_restart(voicemail: Voicemail, kept: Kept):
    await leave(voicemail)
    again = await kept.open()
    assert [message.call for message in await again.list()] == ["c1"]
    await again.close()


async def test_who_settled_it_first_stays_named(voicemail: Voicemail):
    await leave(voicemail)
    (message,) = await voicemail.list()
    await voicemail.done(message.id, "anne")
    await voicemail.done(message.id, "bruno")
    (message,) = await voicemail.list()
    assert message.done is not None
    assert message.done.author == "Anne Dupont"


async def test_an_unknown_message_is_refused(voicemail: Voicemail):
    with pytest.raises(ActionRefusedError):
        await voicemail.done("inconnu", "anne")
    assert await voicemail.audio("../messages") is None


async def test_old_messages_go_with_their_sound(voicemail: Voicemail, kept: Kept):
    await leave(voicemail, "old", NOW - timedelta(days=31))
    await leave(voicemail, "new")
    assert await voicemail.purge(NOW - timedelta(days=30)) == 1
    assert [message.call for message in await voicemail.list()] == ["new"]
    assert len(list(kept.folder.glob("*.wav"))) == 1


async def test_a_full_disk_loses_the_message_and_says_so(
    voicemail: Voicemail, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert not await leave(voicemail)
    assert await voicemail.list() == ()


async def test_sound_that_no_row_names_is_not_kept_for_ever(voicemail: Voicemail, kept: Kept):
    (kept.folder / "abandonne.wav").write_bytes(b"RIFF")
    await voicemail.purge(datetime.now(UTC) + timedelta(seconds=5))
    assert not list(kept.folder.glob("*.wav"))
